//! The run's state in a store, for processes without a shared folder: the first one lists the accounts, each records
//! its results, and later ones read them.

use super::entries::{self, TOO_OLD, is_plain, run_id, write_again};
use crate::files;
use crate::organization::Entry;
use crate::run::progress::Console;
use crate::run::staging::{FETCHED, FREE_SPACE, Staging};
use crate::run::store::LocalFolder;
use crate::snapshot::Snapshot;
use crate::store::{Kind, Record, Run, Store};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

type Failed = Box<dyn Error>;

/// The state that other processes of the run see.
pub struct Remote {
    store: Store,
    run: OnceLock<Run>,
    /// The previous run, which has ended or is too old to resume.
    before: Option<Run>,
}

impl Remote {
    /// Finds the unfinished run in the store; with `fresh` it is closed instead.
    pub fn find(store: &Store, fresh: bool) -> Result<Self, Failed> {
        let mut remote = Self { store: store.clone(), run: OnceLock::new(), before: None };
        let Some(newest) = store.newest_run()? else { return Ok(remote) };
        let is_young = Timestamp::now().duration_since(newest.record.started) <= TOO_OLD;
        let mut is_open = is_young && !newest.is_closed()?;
        if is_open && fresh {
            newest.close("set aside with --fresh")?;
            is_open = false;
        }
        if is_open {
            remote.run.set(newest).expect("it was made empty");
        } else {
            remote.before = Some(newest);
        }
        Ok(remote)
    }

    pub fn run(&self) -> Option<&Run> {
        self.run.get()
    }

    /// Downloads the unfinished run's list of accounts to `listing`.
    pub fn fetch_listing(&self, listing: &Path, named: Option<&[String]>) -> Result<(), Failed> {
        let Some(run) = self.run() else { return Ok(()) };
        if run.record.accounts.as_deref() != named {
            return Err(format!(
                "{}: the run under way there is over other accounts\n  next: give every part the same --org or \
                 --accounts, or begin anew without --shard and with --fresh",
                run.place()
            )
            .into());
        }
        if !listing.exists() {
            return take(run, listing);
        }
        if run_id(listing)? == run.record.id {
            return Ok(());
        }
        Err(format!(
            "{}: another run than the one in {} was cut off here\n  next: name another --out",
            listing.display(),
            run.place()
        )
        .into())
    }

    /// Starts the run in the store with the list in `listing`; if another process was faster, its list replaces it.
    pub fn publish_listing(&self, listing: &Path, named: Option<&[String]>) -> Result<(), Failed> {
        if self.run().is_some() {
            return Ok(());
        }
        let id = run_id(listing)?;
        let started = Snapshot::open(listing)?.header.started;
        let run = self.store.begin_run(self.before.as_ref(), listing, &Record::new(&id, started, named))?;
        let is_ours = run.record.id == id;
        self.run.set(run).expect("only one thread begins a run");
        if !is_ours {
            fs::remove_dir_all(listing).map_err(|error| files::at(listing, &error, "remove this folder"))?;
            self.fetch_listing(listing, named)?;
        }
        Ok(())
    }

    pub fn entries(&self, console: &Console) -> Result<BTreeMap<String, Entry>, Failed> {
        self.run().map_or_else(|| Ok(BTreeMap::new()), |run| entries(run, console))
    }

    /// Stores an account's pack and then its entry; for an account without a pack, its call log. The pack's folder is
    /// renamed to its name in the store.
    pub fn settle(&self, entry: &Entry, out: &Path, staging: &Path) -> Result<Entry, Failed> {
        let run = self.run().ok_or("the run was not begun in the store")?;
        let mut entry = entry.clone();
        if let Some(name) = entry.pack.clone().filter(|name| is_plain(name) && entry.state.has_pack()) {
            let place = out.join(&name);
            let kept = self.store.keep(Kind::Pack, &place, &name, &|name| !files::exists(&out.join(name)))?;
            if kept != name {
                let renamed = out.join(&kept);
                let next = format!("rename {} to this name", place.display());
                fs::rename(&place, &renamed).map_err(|error| files::at(&renamed, &error, &next))?;
                entry.pack = Some(kept);
            }
        } else if let Ok(log) = files::read(&staging.join("snapshot").join("calls.jsonl")) {
            run.note_calls(&entry.account, log)?;
        }
        run.note(&entry.account, serde_json::to_vec_pretty(&entry).expect("plain data always serialises"))?;
        Ok(entry)
    }

    /// Which of these entries' packs are complete in the store.
    pub fn has_packs(&self, entries: &[&Entry]) -> Result<Vec<bool>, Failed> {
        let manifest = |entry: &&Entry| format!("{}/SHA256SUMS", entry.pack.as_deref().unwrap_or_default());
        let names: Vec<String> = entries.iter().map(manifest).collect();
        Ok(self.store.have(&names)?)
    }
}

/// A run's state downloaded from the store, and its address there.
pub struct Fetched {
    pub here: LocalFolder,
    pub run: Run,
}

impl Fetched {
    /// The newest run in the store, finished or not.
    pub fn newest(store: &Store, beside: &Path) -> Result<Option<Self>, Failed> {
        let Some(run) = store.newest_run()? else { return Ok(None) };
        let failed = |error: std::io::Error| files::at(beside, &error, FREE_SPACE);
        fs::create_dir_all(beside).map_err(failed)?;
        let copy = Staging::new(beside, FETCHED).map_err(failed)?;
        let dir = copy.path().to_owned();
        run.fetch_listing(&dir.join("listing"))?;
        if let Some(accounts) = &run.record.accounts {
            write_again(&dir.join("accounts.json"), &serde_json::to_vec(accounts)?)?;
        }
        for (folder, texts) in [("entries", run.entries()?), ("calls", run.calls()?)] {
            fs::create_dir(dir.join(folder)).map_err(failed)?;
            for (name, text) in texts {
                if is_file(&name) {
                    write_again(&dir.join(folder).join(name), &text)?;
                }
            }
        }
        Ok(Some(Self { here: LocalFolder::copied(dir, copy), run }))
    }
}

fn entries(run: &Run, console: &Console) -> Result<BTreeMap<String, Entry>, Failed> {
    let mut found = BTreeMap::new();
    for (name, text) in run.entries()?.into_iter().filter(|(name, _)| is_file(name)) {
        match entries::parse_entry(&name, &text) {
            Ok(entry) => drop(found.insert(entry.account.clone(), entry)),
            Err(problem) => console.line(&entries::unusable(&format!("{}entries/{name}", run.place()), &problem)),
        }
    }
    Ok(found)
}

/// `123456789012.json` or `.jsonl`; other files do not belong to a run.
fn is_file(name: &str) -> bool {
    let stem = name.split_once('.').map(|(stem, ending)| (stem, matches!(ending, "json" | "jsonl")));
    stem.is_some_and(|(stem, is_known)| is_known && crate::arn::is_account(stem))
}

/// Downloads the run's list of accounts and renames it into place.
fn take(run: &Run, listing: &Path) -> Result<(), Failed> {
    let parent = listing.parent().map_or_else(PathBuf::new, Path::to_owned);
    let failed = |error: std::io::Error| files::at(&parent, &error, FREE_SPACE);
    let making = tempfile::Builder::new().prefix(".listing-").tempdir_in(&parent).map_err(failed)?;
    run.fetch_listing(making.path())?;
    fs::rename(making.path(), listing).map_err(failed)?;
    let _ = making.keep();
    if run_id(listing)? == run.record.id {
        Ok(())
    } else {
        Err(format!(
            "{}: the list of accounts is not the one that the run began with\n  next: begin anew with --fresh",
            run.place()
        )
        .into())
    }
}
