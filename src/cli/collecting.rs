//! `auditpack collect` and `auditpack import`.

use super::arguments::{AwsOptions, CollectOptions, ImportOptions};
use super::exit::Exit;
use super::progress::{Step, Voice};
use crate::collect::{self, Options, Progress};
use crate::snapshot::{import as importing, Snapshot};
use std::cell::RefCell;
use std::error::Error;
use std::path::Path;

pub fn collect(options: &CollectOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.out.exists() && !options.resume && std::fs::read_dir(&options.out)?.next().is_some() {
        let next = "choose another --out, or go on with --resume";
        return Err(format!("{} is not empty\n  next: {next}", options.out.display()).into());
    }
    gather(&options.out, &options.aws, options.resume, say)?;
    let snapshot = Snapshot::open(&options.out)?;
    let failed = snapshot.exhibits()?.iter().filter(|exhibit| collect::is_gap(exhibit)).count();
    say.result(
        &serde_json::json!({ "snapshot": options.out, "requests": snapshot.calls.len(), "incomplete_answers": failed }),
        &format!("{}\n{} requests, {failed} without a complete answer", options.out.display(), snapshot.calls.len()),
    );
    Ok(if failed > 0 { Exit::Incomplete } else { Exit::Done })
}

/// Collects into `dir`, or goes on there.
pub fn gather(dir: &Path, aws: &AwsOptions, resume: bool, say: &Voice) -> Result<(), Box<dyn Error>> {
    let options = Options {
        account: aws.account.clone(),
        profile: aws.profile.clone(),
        region: aws.region.clone(),
        page_size: aws.page_size,
        allow_mixed_times: aws.allow_mixed_times,
        ..Options::default()
    };
    let shown = Shown { step: say.step("connecting to AWS"), last: RefCell::default() };
    if resume {
        shown.step.told(&format!("going on with the collection in {}", dir.display()));
        collect::resume(dir, &options, &shown)?;
    } else {
        collect::collect(dir, &options, &shown)?;
    }
    Ok(())
}

pub fn import(options: &ImportOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.script {
        print!("{}", importing::script());
        return Ok(Exit::Done);
    }
    let (from, to) = (options.folder.as_deref().expect("clap requires it"), options.out.as_deref().expect("clap requires it"));
    let imported = importing::import(from, to, jiff::Timestamp::now(), options.account.as_deref())?;
    todo!("{imported:?}")
}

/// Shows a collection's progress.
struct Shown {
    step: Step,
    last: RefCell<String>,
}
