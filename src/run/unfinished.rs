//! `unfinished/` in `--out`: the state of a run from its first call until its pack is finished and stored. An
//! interrupted run resumes from here at any step.

use super::exit::Exit;
use super::lock::{self, NotLocked, Process};
use super::pack::FinishedPack;
use super::progress::Console;
use super::staging::free_name;
use crate::files;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

const NAME: &str = "unfinished";
const LOCK: &str = "run.lock";
const MADE: &str = "made.json";
/// A pack older than this is still stored, but it is not the result of a new run.
const RECENT: SignedDuration = SignedDuration::from_hours(4);

type Failed = Box<dyn Error>;

/// The unfinished run in a folder, locked by this process.
#[derive(Debug)]
pub struct Unfinished {
    dir: PathBuf,
    _lock: File,
}

/// A finished pack that may not be stored yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pack {
    name: String,
    id: String,
    at: Timestamp,
    exit: u8,
    words: String,
    json: serde_json::Value,
}

impl Unfinished {
    /// Opens and locks the folder; with `fresh`, an earlier unfinished run is set aside.
    pub fn open(out: &Path, fresh: bool, console: &Console) -> Result<Self, Failed> {
        let dir = out.join(NAME);
        let failed = |error: std::io::Error| files::at(&dir, &error, "name a folder that can be written to with --out");
        if let Some(what) = files::special_at(&dir).or(files::is_file(&dir).then_some("a file")) {
            let next = "remove it, or name another folder with --out";
            return Err(format!(
                "{}: this is {what}; runs are collected in a folder of this name\n  next: {next}",
                dir.display()
            )
            .into());
        }
        fs::create_dir_all(out)
            .map_err(|error| files::at(out, &error, "name a folder that can be written to with --out"))?;
        let opened = Self::lock(&dir, out)?;
        if fresh && opened.has_begun() {
            let aside = free_name(out, "set-aside");
            fs::rename(&dir, &aside).map_err(failed)?;
            console.line(&format!("the interrupted run was set aside as {}", aside.display()));
            return Self::lock(&dir, out);
        }
        Ok(opened)
    }

    fn lock(dir: &Path, out: &Path) -> Result<Self, Failed> {
        let failed = |error: &std::io::Error| files::at(dir, error, "name a folder that can be written to with --out");
        files::private_folder(dir).map_err(|error| failed(&error))?;
        match lock::take(&dir.join(LOCK)) {
            // The run that held the lock has just ended and removed the folder.
            Err(NotLocked::Failed(error)) if error.kind() == ErrorKind::NotFound && !files::exists(dir) => {
                Self::lock(dir, out)
            }
            Ok(lock) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
            Err(NotLocked::AtWork(process)) => Err(format!(
                "another run is at work in {} ({})\n  next: wait until it has ended, or name another folder with --out",
                out.display(),
                Process(process)
            )
            .into()),
            Err(NotLocked::Failed(error)) => Err(failed(&error).into()),
        }
    }

    /// The folder of the evidence.
    pub fn snapshot(&self) -> PathBuf {
        self.dir.join("snapshot")
    }

    fn has_begun(&self) -> bool {
        files::exists(&self.snapshot()) || files::exists(&self.dir.join(MADE))
    }

    /// Whether a collection can be resumed. A folder without a header has no call and is removed.
    pub fn is_begun(&self) -> Result<bool, Failed> {
        let snapshot = self.snapshot();
        if files::exists(&snapshot.join("snapshot.json")) {
            return Ok(true);
        }
        if files::is_folder(&snapshot) {
            fs::remove_dir_all(&snapshot).map_err(|error| files::at(&snapshot, &error, "remove this folder"))?;
        }
        Ok(false)
    }

    /// Records the pack that is about to be renamed, so that a later run recognizes it.
    pub fn note(&self, place: &Path, made: &FinishedPack) -> Result<(), Failed> {
        let pack = Pack {
            name: place.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            id: made.id.clone(),
            at: Timestamp::now(),
            exit: made.ending.exit().code(),
            words: made.ending.text(place, &made.manifest_sha256),
            json: made.ending.json(place, &made.id, &made.manifest_sha256),
        };
        let (path, making) = (self.dir.join(MADE), self.dir.join("made.json.tmp"));
        let text = serde_json::to_vec_pretty(&pack).expect("plain data always serialises");
        let written = files::create_again(&making).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        let written = written.and_then(|()| fs::rename(&making, &path));
        Ok(written.map_err(|error| files::at(&path, &error, "free some space and run again"))?)
    }

    /// The pack of an interrupted run, if it exists.
    pub fn made(&self, out: &Path) -> Option<Pack> {
        let pack: Pack = serde_json::from_slice(&files::read(&self.dir.join(MADE)).ok()?).ok()?;
        let is_plain = pack.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let file = out.join(&pack.name).join("pack.json");
        let told: serde_json::Value = serde_json::from_slice(&files::read(&file).ok()?).ok()?;
        (is_plain && told["pack_id"] == pack.id.as_str()).then_some(pack)
    }

    /// Removes the state after the run has ended.
    pub fn close(self) -> Result<(), Failed> {
        Ok(fs::remove_dir_all(&self.dir).map_err(|error| files::at(&self.dir, &error, "remove this folder"))?)
    }
}

impl Pack {
    pub fn place(&self, out: &Path) -> PathBuf {
        out.join(&self.name)
    }

    /// Whether it is recent enough to be the result of a new run.
    pub fn is_recent(&self) -> bool {
        Timestamp::now().duration_since(self.at) < RECENT
    }

    /// Reports the result of the run that made it. `made` is its recorded path, `kept` its path now.
    pub fn tell(mut self, made: &Path, kept: &Path, console: &Console) -> Exit {
        self.json["pack"] = kept.display().to_string().into();
        console.result(&self.json, &self.words.replace(&made.display().to_string(), &kept.display().to_string()));
        Exit::of_code(self.exit)
    }
}
