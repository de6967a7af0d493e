//! The run's own book in `--out`: which accounts there are, what became of each, and the collections under way.
//! It is there until the run has ended, so that a run that was killed goes on where it stopped.

use super::share::Share;
use crate::cli::making::free_name;
use crate::cli::progress::Voice;
use crate::organisation::Entry;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Its folder; shared by all processes of one run.
pub const UNFINISHED: &str = "organisation-unfinished";
/// A list of accounts older than this is no longer gone by.
const TOO_OLD: SignedDuration = SignedDuration::from_hours(24);

pub struct Book {
    pub dir: PathBuf,
    out: PathBuf,
    /// Held until the process ends: no two of them work on the same part.
    _lock: File,
}

impl Book {
    pub fn open(out: &Path, share: Share, fresh: bool, say: &Voice) -> Result<Self, Box<dyn Error>> {
        let dir = out.join(UNFINISHED);
        if fresh && dir.exists() {
            if share.of > 1 {
                return Err(
                    "a part cannot set the whole run aside\n  next: leave --fresh out, or start without --shard".into(),
                );
            }
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
        let book = Self { dir, out: out.to_owned(), _lock: lock };
        if begun {
            book.still_young()?;
            say.line(&format!("going on with the run in {}", book.dir.display()));
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

    pub fn entries(&self) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
        entries(&self.dir)
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
    pub fn has_pack(&self, entry: &Entry) -> bool {
        let name = entry.pack.as_deref().filter(|name| super::is_plain(name));
        name.is_some_and(|name| self.out.join(name).join("SHA256SUMS").is_file())
    }

    /// The run has ended and its results stand elsewhere.
    pub fn close(self) -> std::io::Result<()> {
        fs::remove_dir_all(&self.dir)
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
