//! One account: collects, makes its pack, stores it and reports the result.

use super::exit::Exit;
use super::options::{PackOptions, RenderOptions, RunOptions};
use super::pack::{Evidence, FinishedPack, PackJob, build};
use super::plan::Plan;
use super::progress::Console;
use super::unfinished::Unfinished;
use super::{collection, interrupt, staging, store};
use crate::collect::Options;
use crate::snapshot::Bring;
use std::error::Error;

/// `auditpack run` for one account: from AWS, a snapshot or a sample to a pack.
pub fn run(options: &RunOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let is_real = options.from.is_none() && options.sample.is_none();
    let plan =
        Plan::new(&options.pack)?.with_store(&options.pack, is_real, &collection::options(&options.aws), console)?;
    if let Some(from) = &options.from {
        let from = store::LocalFolder::find(from)?;
        let evidence = Evidence::Folder(&from.dir, Bring::Copy);
        return make(evidence, options.aws.account.as_deref(), &options.pack, &plan, console)
            .map_err(|error| from.name_in(error));
    }
    if let Some(name) = &options.sample {
        return make(Evidence::Sample(name), None, &options.pack, &plan, console);
    }
    collect_and_make(options, &plan, console)
}

/// Collects one account and makes its pack.
fn collect_and_make(options: &RunOptions, plan: &Plan, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let out = &options.pack.out;
    let unfinished = Unfinished::open(out, options.fresh, console)?;
    staging::clear(out, console);
    if let Some(pack) = unfinished.made(out) {
        let made = pack.place(out);
        console.line(&format!("{} was made by a run that was interrupted", made.display()));
        let kept = store::keep(plan.store.as_ref(), made.clone(), console)?;
        if pack.is_recent() {
            unfinished.close()?;
            return Ok(pack.tell(&made, &kept, console));
        }
        unfinished.close()?;
        return collect_anew(Unfinished::open(out, false, console)?, options, plan, console);
    }
    collect_anew(unfinished, options, plan, console)
}

fn collect_anew(
    unfinished: Unfinished,
    options: &RunOptions,
    plan: &Plan,
    console: &Console,
) -> Result<Exit, Box<dyn Error>> {
    let out = &options.pack.out;
    let kept = format!("what was collected is kept in {}; run the same command again to go on", out.display());
    interrupt::set_message(&kept);
    let snapshot = unfinished.snapshot();
    let out_of_time = collection::gather(&snapshot, &options.aws, unfinished.is_begun()?, console)?.out_of_time;
    let work = PackJob {
        evidence: Evidence::Folder(&snapshot, Bring::Copy),
        account: options.aws.account.as_deref(),
        options: &options.pack,
        plan,
        // The next run finds the pack by this record, so an interruption from here on does not make a second one. A
        // collection that reached its time limit is not recorded: the next run resumes it.
        note: &|place, made| if out_of_time { Ok(()) } else { unfinished.note(place, made) },
    };
    let made = build(&work, console)?;
    let exit = end(made, plan, console)?;
    if out_of_time {
        let next = format!("run the same command again: it asks for what is missing ({})", snapshot.display());
        console.line(&format!("{}\n  next: {next}, or allow more time with --timeout", collection::OUT_OF_TIME));
    } else {
        unfinished.close()?;
    }
    Ok(exit)
}

/// `auditpack render` for one account: a pack from a snapshot, offline.
pub fn render(options: &RenderOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, false, &Options::default(), console)?;
    let snapshot = options.snapshot.as_deref().expect("clap requires it without --org");
    let snapshot = store::LocalFolder::find(snapshot)?;
    let evidence = Evidence::Folder(&snapshot.dir, Bring::Copy);
    make(evidence, options.account.as_deref(), &options.pack, &plan, console).map_err(|error| snapshot.name_in(error))
}

fn make(
    evidence: Evidence<'_>,
    account: Option<&str>,
    options: &PackOptions,
    plan: &Plan,
    console: &Console,
) -> Result<Exit, Box<dyn Error>> {
    staging::clear(&options.out, console);
    let made = build(&PackJob { evidence, account, options, plan, note: &|_, _| Ok(()) }, console)?;
    end(made, plan, console)
}

/// Stores the pack if a store is configured, and reports the result.
fn end(made: FinishedPack, plan: &Plan, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let FinishedPack { place, id, manifest_sha256, ending } = made;
    let place = store::keep(plan.store.as_ref(), place, console)?;
    console.result(&ending.json(&place, &id, &manifest_sha256), &ending.text(&place, &manifest_sha256));
    Ok(ending.exit())
}
