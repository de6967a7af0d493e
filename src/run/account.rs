//! One account: collect, make its pack, keep it, and say how it ended.

use super::exit::Exit;
use super::options::{PackOptions, RenderOptions, RunOptions};
use super::pack::{Evidence, Made, Work, build};
use super::plan::Plan;
use super::progress::Voice;
use super::unfinished::Unfinished;
use super::{collection, interrupt, staging, store};
use crate::collect::Options;
use crate::snapshot::Bring;
use std::error::Error;

/// `auditpack run` for one account: from AWS, a snapshot or a sample to a pack.
pub fn run(options: &RunOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let is_real = options.from.is_none() && options.sample.is_none();
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, is_real, &collection::options(&options.aws), say)?;
    if let Some(from) = &options.from {
        let from = store::Here::find(from)?;
        let evidence = Evidence::Folder(&from.dir, Bring::Copy);
        return make(evidence, options.aws.account.as_deref(), &options.pack, &plan, say)
            .map_err(|error| from.name_in(error));
    }
    if let Some(name) = &options.sample {
        return make(Evidence::Sample(name), None, &options.pack, &plan, say);
    }
    collect_and_make(options, &plan, say)
}

/// The main job: one account, from the first call to the pack in its place.
fn collect_and_make(options: &RunOptions, plan: &Plan, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let out = &options.pack.out;
    let unfinished = Unfinished::open(out, options.fresh, say)?;
    staging::clear(out, say);
    if let Some(pack) = unfinished.made(out) {
        let made = pack.place(out);
        say.line(&format!("{} was made by a run that was interrupted", made.display()));
        let kept = store::keep(plan.store.as_ref(), made.clone(), say)?;
        if pack.is_recent() {
            unfinished.close()?;
            return Ok(pack.tell(&made, &kept, say));
        }
        unfinished.close()?;
        return collect_anew(Unfinished::open(out, false, say)?, options, plan, say);
    }
    collect_anew(unfinished, options, plan, say)
}

fn collect_anew(
    unfinished: Unfinished,
    options: &RunOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Exit, Box<dyn Error>> {
    let out = &options.pack.out;
    let kept = format!("what was collected is kept in {}; run the same command again to go on", out.display());
    interrupt::say(&kept);
    let snapshot = unfinished.snapshot();
    let out_of_time = collection::gather(&snapshot, &options.aws, unfinished.is_begun()?, say)?.out_of_time;
    let work = Work {
        evidence: Evidence::Folder(&snapshot, Bring::Copy),
        account: options.aws.account.as_deref(),
        options: &options.pack,
        plan,
        // The next run knows the pack by this note, so that a kill from here on costs no second one. A collection that
        // its time limit ended is not done with this pack: the next run goes on with it.
        note: &|place, made| if out_of_time { Ok(()) } else { unfinished.note(place, made) },
    };
    let made = build(&work, say)?;
    let exit = end(made, plan, say)?;
    if out_of_time {
        let next = format!("run the same command again: it asks for what is missing ({})", snapshot.display());
        say.line(&format!("{}\n  next: {next}, or allow more time with --timeout", collection::OUT_OF_TIME));
    } else {
        unfinished.close()?;
    }
    Ok(exit)
}

/// `auditpack render` for one account: a pack from a snapshot, offline.
pub fn render(options: &RenderOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, false, &Options::default(), say)?;
    let snapshot = options.snapshot.as_deref().expect("clap requires it without --org");
    let snapshot = store::Here::find(snapshot)?;
    let evidence = Evidence::Folder(&snapshot.dir, Bring::Copy);
    make(evidence, options.account.as_deref(), &options.pack, &plan, say).map_err(|error| snapshot.name_in(error))
}

fn make(
    evidence: Evidence<'_>,
    account: Option<&str>,
    options: &PackOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Exit, Box<dyn Error>> {
    staging::clear(&options.out, say);
    let made = build(&Work { evidence, account, options, plan, note: &|_, _| Ok(()) }, say)?;
    end(made, plan, say)
}

/// Keeps the pack where there is a store, and says how it all ended.
fn end(made: Made, plan: &Plan, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let Made { place, id, manifest_sha256, ending } = made;
    let place = store::keep(plan.store.as_ref(), place, say)?;
    say.result(&ending.json(&place, &id, &manifest_sha256), &ending.words(&place, &manifest_sha256));
    Ok(ending.exit())
}
