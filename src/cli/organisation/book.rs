//! The run's own book in `--out`: which accounts there are, what became of each, and the collections under way.
//! It is there until the run has ended, so that a run that was killed goes on where it stopped.

use super::remote::Remote;
use super::share::Share;
use crate::cli::lock::{self, NotLocked, Process};
use crate::cli::progress::Voice;
use crate::cli::staging::free_name;
use crate::files;
use crate::organisation::Entry;
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::making::FREE_SPACE;

/// Its folder; shared by all processes of one run.
pub const UNFINISHED: &str = "organisation-unfinished";
/// A list of accounts older than this is no longer gone by.
pub const TOO_OLD: SignedDuration = SignedDuration::from_hours(24);

pub struct Book {
    pub dir: PathBuf,
    out: PathBuf,
    /// The same in a store, where packs are kept in one.
    pub remote: Option<Remote>,
    say: Voice,
    /// Held until the process ends: no two of them work on the same part.
    _lock: File,
}

impl Book {
    pub fn open(
        out: &Path,
        share: Share,
        fresh: bool,
        store: Option<&Store>,
        say: &Voice,
    ) -> Result<Self, Box<dyn Error>> {
        let dir = out.join(UNFINISHED);
        if fresh && share.of > 1 && (dir.exists() || store.is_some()) {
            let next = "leave --fresh out, or start without --shard";
            return Err(format!("a part cannot set the whole run aside\n  next: {next}").into());
        }
        let told = |error: std::io::Error| files::at(&dir, &error, "name a folder that can be written to with --out");
        if let Some(what) = files::special_at(&dir).or(files::is_file(&dir).then_some("a file")) {
            let next = "remove it, or name another folder with --out";
            return Err(format!(
                "{}: this is {what}; runs are noted in a folder of this name\n  next: {next}",
                dir.display()
            )
            .into());
        }
        if fresh && files::exists(&dir) {
            let aside = free_name(out, "set-aside");
            fs::rename(&dir, &aside).map_err(told)?;
            say.line(&format!("the interrupted run was set aside as {}", aside.display()));
        }
        let begun = dir.join("listing").exists();
        files::private_folder(&dir.join("accounts")).map_err(told)?;
        files::private_folder(&dir.join("entries")).map_err(told)?;
        let lock = match lock::take(&dir.join(format!("part-{}-of-{}.lock", share.index + 1, share.of))) {
            Ok(lock) => lock,
            Err(NotLocked::AtWork(process)) => {
                let next = "wait until it has ended, or name another folder with --out";
                let (out, process) = (out.display(), Process(process));
                return Err(format!("another run is at work in {out} ({process})\n  next: {next}").into());
            }
            Err(NotLocked::Failed(error)) => return Err(told(error).into()),
        };
        let remote = store.map(|store| Remote::find(store, fresh)).transpose()?;
        let book = Self { dir, out: out.to_owned(), remote, say: *say, _lock: lock };
        if begun {
            book.still_young()?;
            say.line(&format!("going on with the run in {}", book.dir.display()));
        } else if let Some(run) = book.remote.as_ref().and_then(Remote::run) {
            say.line(&format!("going on with the run in {}", run.place()));
        }
        Ok(book)
    }

    fn still_young(&self) -> Result<(), Box<dyn Error>> {
        let started = crate::snapshot::Snapshot::open(&self.listing())?.header.started;
        if Timestamp::now().duration_since(started) > TOO_OLD {
            return Err(format!(
                "{}: the run was started at {started}, more than a day ago\n  next: start anew with --fresh",
                self.dir.display()
            )
            .into());
        }
        Ok(())
    }

    /// The snapshot that lists the accounts.
    pub fn listing(&self) -> PathBuf {
        self.dir.join("listing")
    }

    /// An account's collection under way.
    pub fn staging(&self, account: &str) -> PathBuf {
        self.dir.join("accounts").join(account)
    }

    /// What is known of the accounts, here or from other processes; a pack counts more than none.
    pub fn entries(&self) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
        let mut found = entries(&self.dir, &self.dir.display().to_string(), &self.say)?;
        if let Some(remote) = &self.remote {
            for (account, entry) in remote.entries(&self.say)? {
                if found.get(&account).is_none_or(|own| !own.state.has_pack() || entry.state.has_pack()) {
                    found.insert(account, entry);
                }
            }
        }
        Ok(found)
    }

    /// The accounts whose packs are made: here, and in the store where there is one.
    pub fn done(&self, entries: &BTreeMap<String, Entry>) -> Result<BTreeSet<String>, Box<dyn Error>> {
        let with_pack = |entry: &&Entry| entry.state.has_pack() && entry.pack.as_deref().is_some_and(super::is_plain);
        let packed: Vec<&Entry> = entries.values().filter(with_pack).collect();
        let there = match &self.remote {
            Some(remote) => remote.has_packs(&packed)?,
            None => packed.iter().map(|entry| self.has_pack(entry)).collect(),
        };
        let done = packed.into_iter().zip(there).filter(|(_, is_there)| *is_there);
        Ok(done.map(|(entry, _)| entry.account.clone()).collect())
    }

    /// Notes what became of an account, and keeps its pack where there is a store. Text is what went wrong with
    /// that: the pack and the note are here all the same, so that the next run has only that to do.
    pub fn settle(&self, entry: Entry) -> Result<(Entry, Option<String>), String> {
        self.note(&entry)?;
        let Some(remote) = &self.remote else { return Ok((entry, None)) };
        match remote.settle(&entry, &self.out, &self.staging(&entry.account)) {
            Ok(kept) => {
                if kept != entry {
                    self.note(&kept)?;
                }
                Ok((kept, None))
            }
            Err(error) => Ok((entry, Some(error.to_string()))),
        }
    }

    /// Entries with a pack that is here and that the store lacks: an earlier run was cut off in keeping it.
    pub fn unkept(&self, entries: &BTreeMap<String, Entry>, done: &BTreeSet<String>) -> Vec<Entry> {
        let is_open = |entry: &&Entry| {
            self.remote.is_some() && entry.state.has_pack() && !done.contains(&entry.account) && self.has_pack(entry)
        };
        entries.values().filter(is_open).cloned().collect()
    }

    /// Notes what became of an account, in one atomic step.
    pub fn note(&self, entry: &Entry) -> Result<(), String> {
        let folder = self.dir.join("entries");
        let path = folder.join(format!("{}.json", entry.account));
        let json = serde_json::to_string_pretty(entry).expect("plain data always serialises");
        let written = tempfile::NamedTempFile::new_in(&folder).and_then(|mut file| {
            file.write_all(json.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map(drop).map_err(|error| files::at(&path, &error, FREE_SPACE))
    }

    /// Whether the pack that an entry names is there.
    fn has_pack(&self, entry: &Entry) -> bool {
        let name = entry.pack.as_deref().filter(|name| super::is_plain(name));
        name.is_some_and(|name| files::is_file(&self.out.join(name).join("SHA256SUMS")))
    }

    /// The run has ended and its results stand elsewhere.
    pub fn close(self, pack: &str) -> Result<(), Box<dyn Error>> {
        if let Some(run) = self.remote.as_ref().and_then(Remote::run) {
            run.close(pack)?;
        }
        Ok(fs::remove_dir_all(&self.dir).map_err(|error| files::at(&self.dir, &error, "remove this folder"))?)
    }
}

/// The entries in a book's folder, which messages name `shown`. One that cannot be read costs no other: its account has
/// no result, and that is said.
pub fn entries(dir: &Path, shown: &str, say: &Voice) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
    let folder = dir.join("entries");
    let unreadable = |error: std::io::Error| files::at(&folder, &error, "begin again with --fresh");
    let mut found = BTreeMap::new();
    for file in fs::read_dir(&folder).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let name = path.file_name().map(files::shown).unwrap_or_default();
        let bytes = files::read(&path).map_err(|error| error.to_string());
        match bytes.and_then(|bytes| entry(&name, &bytes)) {
            Ok(entry) => drop(found.insert(entry.account.clone(), entry)),
            Err(problem) => say.line(&unusable(&format!("{shown}/entries/{name}"), &problem)),
        }
    }
    Ok(found)
}

/// The entry in a file of this name.
pub fn entry(name: &str, bytes: &[u8]) -> Result<Entry, String> {
    let entry: Entry = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if name == format!("{}.json", entry.account) {
        Ok(entry)
    } else {
        Err(format!("it is about account {}", entry.account))
    }
}

/// What is said of an entry that cannot be used.
pub fn unusable(place: &str, problem: &str) -> String {
    format!(
        "warning: {place}: this account's result cannot be read and is left out: {problem}\n  next: run again: the \
         account is asked again"
    )
}
