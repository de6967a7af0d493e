//! Puts calls on disk while the next ones are asked.
//!
//! A disk that is told to sync answers late, and later the more programs tell it. One thread a snapshot takes the
//! calls in their order and as many at once as have come meanwhile: all their files, synced, renamed, their folders
//! synced; only then their lines, synced. Whoever needs to know what is on disk settles first.

use super::write::{Beside, WriteError, io_error, make_dir, sync_dir};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Answers that wait for the disk at most. After a kill they are asked for again, like those in flight.
const WAITING: usize = 8;

/// A call on its way: its files by their names, and its line.
pub struct Recorded {
    pub files: Vec<(String, Vec<u8>)>,
    pub line: String,
}

/// The thread, and how far it is.
#[derive(Debug)]
pub struct Behind {
    give: Option<SyncSender<Recorded>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    given: u64,
    done: u64,
    /// The first thing that failed; nothing is written after it.
    failed: Option<WriteError>,
    broken: bool,
}

impl State {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Behind {
    /// Writes files below `dir`, and lines at the end of `log`.
    pub fn start(dir: &Path, log: File) -> std::io::Result<Self> {
        let (give, take) = sync_channel(WAITING);
        let state = Arc::new(State::default());
        let (dir, shared) = (dir.to_owned(), Arc::clone(&state));
        let thread = std::thread::Builder::new().spawn(move || work(&dir, log, &take, &shared))?;
        Ok(Self { give: Some(give), thread: Some(thread), state })
    }

    /// Takes a call; tells what failed since the last one.
    pub fn put(&self, call: Recorded) -> Result<(), WriteError> {
        {
            let mut told = self.state.told();
            sound(&mut told)?;
            told.given += 1;
        }
        let give = self.give.as_ref().expect("it is there until it is dropped");
        // The thread ends only after this is dropped.
        give.send(call).expect("the thread takes calls until the last");
        Ok(())
    }

    /// Waits until everything that was taken is on disk.
    pub fn settle(&self) -> Result<(), WriteError> {
        let told = self.state.told();
        let waited = self.state.changed.wait_while(told, |told| told.done < told.given);
        sound(&mut waited.unwrap_or_else(PoisonError::into_inner))
    }
}

fn sound(told: &mut Told) -> Result<(), WriteError> {
    if !told.broken {
        return Ok(());
    }
    let again = || std::io::Error::other("an earlier file could not be written");
    Err(told.failed.take().unwrap_or_else(|| io_error(Path::new("the snapshot"), again())))
}

impl Drop for Behind {
    fn drop(&mut self) {
        drop(self.give.take());
        if let Some(thread) = self.thread.take() {
            // What failed is told to whoever settles.
            let _ = thread.join();
        }
    }
}

fn work(dir: &Path, mut log: File, take: &Receiver<Recorded>, state: &State) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| take.recv().ok()) {
        let mut names: BTreeSet<String> = first.files.iter().map(|(name, _)| name.clone()).collect();
        let mut batch = vec![first];
        while let Ok(more) = take.try_recv() {
            // A job that is polled writes the same file again; it takes its turn.
            if more.files.iter().any(|(name, _)| names.contains(name)) {
                next = Some(more);
                break;
            }
            names.extend(more.files.iter().map(|(name, _)| name.clone()));
            batch.push(more);
        }
        let written = if state.told().broken { Ok(()) } else { write(dir, &mut log, &batch) };
        let mut told = state.told();
        told.done += batch.len() as u64;
        if let Err(problem) = written {
            told.broken = true;
            told.failed = Some(problem);
        }
        state.changed.notify_all();
    }
}

/// Every file is written before the first is waited for, and a folder is synced once.
fn write(dir: &Path, log: &mut File, batch: &[Recorded]) -> Result<(), WriteError> {
    let mut folders = BTreeSet::new();
    let mut written: Vec<(Beside, PathBuf)> = Vec::new();
    for (name, bytes) in batch.iter().flat_map(|call| &call.files) {
        let path = dir.join(name);
        let folder = path.parent().expect("a file of a snapshot stands in a folder").to_owned();
        make_dir(&folder)?;
        folders.insert(folder);
        written.push((Beside::write(&path, bytes)?, path));
    }
    for (beside, path) in &written {
        beside.sync(path)?;
    }
    for (beside, path) in written {
        beside.take_its_place(&path)?;
    }
    for folder in &folders {
        sync_dir(folder);
    }
    let lines: String = batch.iter().map(|call| call.line.as_str()).collect();
    log.write_all(lines.as_bytes())
        .and_then(|()| log.sync_data())
        .map_err(|problem| io_error(&dir.join(super::write::LOG), problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};

    fn behind(dir: &Path) -> Behind {
        let log = OpenOptions::new().create(true).append(true).open(dir.join("calls.jsonl")).unwrap();
        Behind::start(dir, log).unwrap()
    }

    fn call(number: usize, file: &str) -> Recorded {
        let files = vec![(file.to_owned(), number.to_string().into_bytes())];
        Recorded { files, line: format!("{number}\n") }
    }

    #[test]
    fn calls_come_to_the_disk_in_their_order_and_a_file_has_its_last_bytes() {
        let place = tempfile::tempdir().unwrap();
        let behind = behind(place.path());
        for number in 0..50 {
            behind.put(call(number, if number % 3 == 0 { "e/polled.json" } else { "e/other.json" })).unwrap();
        }
        behind.settle().unwrap();
        let lines: String = (0..50).map(|number| format!("{number}\n")).collect();
        assert_eq!(fs::read_to_string(place.path().join("calls.jsonl")).unwrap(), lines);
        assert_eq!(fs::read_to_string(place.path().join("e/polled.json")).unwrap(), "48");
        assert_eq!(fs::read_dir(place.path().join("e")).unwrap().count(), 2, "nothing is left beside");
        behind.put(call(50, "e/last.json")).unwrap();
        drop(behind);
        assert!(place.path().join("e/last.json").exists(), "what was taken is written, whoever waits for it");
    }

    #[test]
    fn what_could_not_be_written_is_told_and_has_no_line() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let behind = behind(place.path());
        behind.put(call(1, "good.json")).unwrap();
        behind.settle().unwrap();
        behind.put(call(2, "file/below.json")).unwrap();
        assert!(behind.settle().unwrap_err().to_string().contains("next:"));
        // A later call does not make it look whole.
        assert!(behind.put(call(3, "later.json")).is_err() && behind.settle().is_err());
        drop(behind);
        assert_eq!(fs::read_to_string(place.path().join("calls.jsonl")).unwrap(), "1\n");
    }
}
