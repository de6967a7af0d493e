//! The state of an organization run in `--out`: the list of accounts, each account's result, and unfinished
//! collections. It is kept until the run has ended, so that an interrupted run can be resumed.

use super::entries::{self, TOO_OLD, is_plain};
use super::remote_state::Remote;
use super::shard::Shard;
use crate::files;
use crate::organization::Entry;
use crate::run::lock::{self, NotLocked, Process};
use crate::run::progress::Console;
use crate::run::staging::{FREE_SPACE, free_name};
use crate::store::Store;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Its folder, shared by all processes of the run.
pub const UNFINISHED: &str = "organization-unfinished";
pub struct RunState {
    pub dir: PathBuf,
    out: PathBuf,
    /// The state in the store, if packs are stored.
    pub remote: Option<Remote>,
    console: Console,
    /// Held until the process ends, so that no two processes work on the same shard.
    _lock: File,
}

impl RunState {
    pub fn open(
        out: &Path,
        shard: Shard,
        fresh: bool,
        store: Option<&Store>,
        console: &Console,
    ) -> Result<Self, Box<dyn Error>> {
        let dir = out.join(UNFINISHED);
        if fresh && shard.of > 1 && (dir.exists() || store.is_some()) {
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
            console.line(&format!("the interrupted run was set aside as {}", aside.display()));
        }
        let begun = dir.join("listing").exists();
        files::private_folder(&dir.join("accounts")).map_err(told)?;
        files::private_folder(&dir.join("entries")).map_err(told)?;
        let lock = match lock::take(&dir.join(format!("part-{}-of-{}.lock", shard.index + 1, shard.of))) {
            Ok(lock) => lock,
            Err(NotLocked::AtWork(process)) => {
                let next = "wait until it has ended, or name another folder with --out";
                let (out, process) = (out.display(), Process(process));
                return Err(format!("another run is at work in {out} ({process})\n  next: {next}").into());
            }
            Err(NotLocked::Failed(error)) => return Err(told(error).into()),
        };
        let remote = store.map(|store| Remote::find(store, fresh)).transpose()?;
        let state = Self { dir, out: out.to_owned(), remote, console: *console, _lock: lock };
        if begun {
            state.still_young()?;
            console.line(&format!("going on with the run in {}", state.dir.display()));
        } else if let Some(run) = state.remote.as_ref().and_then(Remote::run) {
            console.line(&format!("going on with the run in {}", run.place()));
        }
        Ok(state)
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

    /// The folder of an account's collection.
    pub fn staging(&self, account: &str) -> PathBuf {
        self.dir.join("accounts").join(account)
    }

    /// The accounts' entries, from this folder or other processes; an entry with a pack takes precedence.
    pub fn entries(&self) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
        let mut found = entries::read_entries(&self.dir, &self.dir.display().to_string(), &self.console)?;
        if let Some(remote) = &self.remote {
            for (account, entry) in remote.entries(&self.console)? {
                if found.get(&account).is_none_or(|own| !own.state.has_pack() || entry.state.has_pack()) {
                    found.insert(account, entry);
                }
            }
        }
        Ok(found)
    }

    /// The accounts whose packs are finished: here, and also in the store if there is one.
    pub fn done(&self, entries: &BTreeMap<String, Entry>) -> Result<BTreeSet<String>, Box<dyn Error>> {
        let with_pack = |entry: &&Entry| entry.state.has_pack() && entry.pack.as_deref().is_some_and(is_plain);
        let packed: Vec<&Entry> = entries.values().filter(with_pack).collect();
        let there = match &self.remote {
            Some(remote) => remote.has_packs(&packed)?,
            None => packed.iter().map(|entry| self.has_pack(entry)).collect(),
        };
        let done = packed.into_iter().zip(there).filter(|(_, is_there)| *is_there);
        Ok(done.map(|(entry, _)| entry.account.clone()).collect())
    }

    /// Records an account's result and stores its pack if there is a store. The text is a storage error: pack and entry
    /// are still here, and the next run only has to store them.
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

    /// Entries with a pack that is missing in the store, because an earlier run was interrupted.
    pub fn unkept(&self, entries: &BTreeMap<String, Entry>, done: &BTreeSet<String>) -> Vec<Entry> {
        let is_open = |entry: &&Entry| {
            self.remote.is_some() && entry.state.has_pack() && !done.contains(&entry.account) && self.has_pack(entry)
        };
        entries.values().filter(is_open).cloned().collect()
    }

    /// Records an account's result atomically.
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

    /// Whether the pack in an entry exists.
    fn has_pack(&self, entry: &Entry) -> bool {
        let name = entry.pack.as_deref().filter(|name| is_plain(name));
        name.is_some_and(|name| files::is_file(&self.out.join(name).join("SHA256SUMS")))
    }

    /// Ends the run; its results are in the pack.
    pub fn close(self, pack: &str) -> Result<(), Box<dyn Error>> {
        if let Some(run) = self.remote.as_ref().and_then(Remote::run) {
            run.close(pack)?;
        }
        Ok(fs::remove_dir_all(&self.dir).map_err(|error| files::at(&self.dir, &error, "remove this folder"))?)
    }
}
