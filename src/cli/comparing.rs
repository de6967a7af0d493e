//! `auditpack compare`.

use super::arguments::CompareOptions;
use crate::run::config;
use crate::run::exit::Exit;
use crate::run::predecessor::{self, Predecessor};
use crate::run::progress::Console;
use crate::{account, assess, catalog, pack, render};
use std::error::Error;

pub fn compare(options: &CompareOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let config = config::load(options.config.as_deref())?;
    let own = options.controls.as_deref().or(config.controls.as_deref());
    let catalog = catalog::load(own, &config.overrides()?)?;
    let step = console.step("reading the evidence");
    let (old, new) = (predecessor::named(&options.old)?, predecessor::named(&options.new)?);
    if old.snapshot.header.started > new.snapshot.header.started {
        return Err(format!(
            "{} is later than {}\n  next: name the earlier one first",
            options.old.display(),
            options.new.display()
        )
        .into());
    }
    let account = account::read(&new.snapshot, meant(options, &old), &config.settings)?;
    step.now("comparing");
    let assessment = assess::assess(&account, &catalog);
    let before = old.account(&account.id, &config.settings)?;
    let mut changes = old.changes(&before, &account, &assessment, &catalog, new.attestations.as_deref());
    changes.new.pack_id.clone_from(&new.pack_id);
    drop(step);
    if console.json() {
        Console::raw(&render::json::safe(&changes)?);
    } else {
        let part = pack::changes::word(changes, &|id: &str| id.to_owned(), &std::collections::BTreeMap::new());
        Console::raw(render::changes::text(&part, Console::colours()).as_bytes());
    }
    Ok(Exit::Done)
}

/// The number that was given, or else the one that the other side knows.
fn meant<'a>(options: &'a CompareOptions, other: &'a Predecessor) -> Option<&'a str> {
    options.account.as_deref().or(other.snapshot.header.account.as_deref())
}
