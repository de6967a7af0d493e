//! `auditpack collect` and `auditpack import`.

use super::arguments::{CollectOptions, ImportOptions};
use crate::files;
use crate::run::collection::{OUT_OF_TIME, gather, options as collection_options};
use crate::run::exit::Exit;
use crate::run::progress::Console;
use crate::run::{config, interrupt, store};
use crate::snapshot::{Writer, import as importing};
use std::error::Error;

pub fn collect(options: &CollectOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let failed = |error: std::io::Error| files::at(&options.out, &error, "name a new folder with --out");
    if options.out.exists()
        && !options.resume
        && std::fs::read_dir(&options.out).map_err(failed)?.next().is_some()
        && !Writer::is_at_work(&options.out)
    {
        let next = "choose another --out, or go on with --resume";
        return Err(format!("{} is not empty\n  next: {next}", options.out.display()).into());
    }
    let config = config::load(None)?;
    let store = store::open(&options.store, &config, false, &collection_options(&options.aws), console)?;
    interrupt::set_message(&format!(
        "what was collected is kept in {}; run the same command with --resume to go on",
        options.out.display()
    ));
    let outcome = gather(&options.out, &options.aws, options.resume, console)?;
    let kept = store.map(|store| store::keep_snapshot(&store, &options.out, console)).transpose()?;
    let failures: Vec<_> = outcome
        .failures
        .iter()
        .map(|failure| serde_json::json!({ "operation": failure.operation, "region": failure.region, "code": failure.error.code }))
        .collect();
    console.result(
        &serde_json::json!({
            "snapshot": files::shown(options.out.as_os_str()), "kept": kept, "account": outcome.account, "requests": outcome.requests,
            "answers_kept": outcome.kept, "throttled": outcome.throttled, "failures": failures,
        }),
        &format!(
            "{}\n{}{} requests, {} answers kept from before, {} without a complete answer",
            options.out.display(),
            kept.as_ref().map_or(String::new(), |kept| format!("{kept}\n")),
            outcome.requests,
            outcome.kept,
            failures.len()
        ),
    );
    if outcome.out_of_time {
        console.line(&format!(
            "{OUT_OF_TIME}\n  next: run the same command with --resume to go on, or allow more with --timeout"
        ));
    }
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Incomplete })
}

pub fn import(options: &ImportOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    if options.script {
        let script = importing::script();
        console.result(&serde_json::json!({ "script": script }), script.trim_end());
        return Ok(Exit::Done);
    }
    let (Some(from), Some(to)) = (&options.folder, &options.out) else {
        unreachable!("clap requires both without --script")
    };
    let known = importing::Known { account: options.account.as_deref(), collected_at: options.collected_at };
    let imported = importing::import(from, to, jiff::Timestamp::now(), &known)?;
    let mut words = vec![
        format!("{}\n{} files, {} errors imported", to.display(), imported.files, imported.errors),
        collected(&imported),
    ];
    words.extend(imported.notes.iter().map(|note| format!("note: {note}")));
    let lists = [("not collected", &imported.not_collected), ("not understood and left out", &imported.unknown)];
    for (what, names) in lists {
        words.extend(names.iter().map(|name| format!("{what}: {name}")));
    }
    let incomplete = imported.errors > 0 || !imported.not_collected.is_empty();
    console.result(
        &serde_json::json!({
            "snapshot": files::shown(to.as_os_str()), "account": imported.account, "files": imported.files, "errors": imported.errors,
            "not_collected": imported.not_collected, "unknown": imported.unknown,
            "collected_at": imported.started.to_string(), "collected_at_from": source(imported.started_from),
            "notes": imported.notes,
        }),
        &words.join("\n"),
    );
    Ok(if incomplete { Exit::Incomplete } else { Exit::Done })
}

/// What is taken as the time of the collection, and how to set it.
fn collected(imported: &importing::Imported) -> String {
    let time = imported.started.strftime("%Y-%m-%dT%H:%M:%SZ");
    match imported.started_from {
        importing::StartedFrom::File | importing::StartedFrom::Option => {
            format!("collected at {time}, by {}", source(imported.started_from))
        }
        importing::StartedFrom::Now => format!(
            "collected at {time}: nothing says when the answers were collected, so the time of this import stands for \
             it; ages and last uses count to it\n  next: if they are older, import again with --collected-at {time}, or \
             with a line like that in a file collected-at.txt in the folder"
        ),
    }
}

/// Who says when the answers were collected.
fn source(from: importing::StartedFrom) -> &'static str {
    match from {
        importing::StartedFrom::File => "collected-at.txt",
        importing::StartedFrom::Option => "--collected-at",
        importing::StartedFrom::Now => "the time of the import",
    }
}
