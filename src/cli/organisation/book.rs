//! The run's own book in `--out`: which accounts there are, what became of each, and the collections under way.
//! It is there until the run has ended, so that a run that was killed goes on where it stopped.

use super::remote::Remote;
use super::share::Share;
use crate::cli::making::free_name;
use crate::cli::progress::Voice;
use crate::organisation::Entry;
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Its folder; shared by all processes of one run.
pub const UNFINISHED: &str = "organisation-unfinished";
/// A list of accounts older than this is no longer gone by.
pub const TOO_OLD: SignedDuration = SignedDuration::from_hours(24);

pub struct Book {
    pub dir: PathBuf,
    out: PathBuf,
    /// The same in a store, where packs are kept in one.
    pub remote: Option<Remote>,
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
        if fresh && dir.exists() {
            let aside = free_name(out, "set-aside");
            fs::rename(&dir, &aside)?;
            say.line(&format!("the cut-off run was set aside as {}", aside.display()));
        }
        let told = |error: std::io::Error| {
            format!("{}: {error}\n  next: name a folder that can be written to with --out", out.display())
        };
        let begun = dir.join("listing").exists();
        private(&dir.join("accounts")).map_err(told)?;
        private(&dir.join("entries")).map_err(told)?;
        let lock = File::create(dir.join(format!("part-{}-of-{}.lock", share.index + 1, share.of))).map_err(told)?;
        if lock.try_lock().is_err() {
            return Err(format!(
                "{}: another process is at work there\n  next: wait for it, or name another --out",
                dir.display()
            )
            .into());
        }
        let remote = store.map(|store| Remote::find(store, fresh)).transpose()?;
        let book = Self { dir, out: out.to_owned(), remote, _lock: lock };
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
        let mut found = entries(&self.dir)?;
        if let Some(remote) = &self.remote {
            for (account, entry) in remote.entries()? {
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
    pub fn settle(&self, entry: Entry) -> std::io::Result<(Entry, Option<String>)> {
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
    pub fn note(&self, entry: &Entry) -> std::io::Result<()> {
        let folder = self.dir.join("entries");
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        let json = serde_json::to_string_pretty(entry).expect("plain data always serialises");
        file.write_all(json.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(folder.join(format!("{}.json", entry.account))).map_err(|error| error.error)?;
        Ok(())
    }

    /// Whether the pack that an entry names is there.
    fn has_pack(&self, entry: &Entry) -> bool {
        let name = entry.pack.as_deref().filter(|name| super::is_plain(name));
        name.is_some_and(|name| self.out.join(name).join("SHA256SUMS").is_file())
    }

    /// The run has ended and its results stand elsewhere.
    pub fn close(self, pack: &str) -> Result<(), Box<dyn Error>> {
        if let Some(run) = self.remote.as_ref().and_then(Remote::run) {
            run.close(pack)?;
        }
        Ok(fs::remove_dir_all(&self.dir)?)
    }
}

/// The entries in a book's folder.
pub fn entries(dir: &Path) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    for file in fs::read_dir(dir.join("entries"))? {
        let path = file?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let entry: Entry = serde_json::from_slice(&fs::read(&path)?)
            .map_err(|error| format!("{}: {error}\n  next: remove the file and run again", path.display()))?;
        found.insert(entry.account.clone(), entry);
    }
    Ok(found)
}

/// A folder that only its owner can open: it holds snapshots.
fn private(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
