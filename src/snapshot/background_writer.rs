//! Writes calls to disk while the next ones are made.
//!
//! Syncing is slow, and slower the more programs do it. One thread for each snapshot writes the calls in order, in
//! batches of all calls that are waiting: first their files (synced, renamed, folders synced), then their lines in the
//! log. Call `flush` before relying on the disk.

use super::write::{TempFile, WriteError, io_error, make_dir, sync_dir};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// The most answers that wait for the disk. After a kill they are requested again, like calls in flight.
const QUEUE_LENGTH: usize = 8;

/// A call to be written: its files by name, and its line.
pub struct Recorded {
    pub files: Vec<(String, Vec<u8>)>,
    pub line: String,
}

/// The thread and its state.
#[derive(Debug)]
pub struct BackgroundWriter {
    give: Option<SyncSender<Recorded>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    written: Mutex<WriteState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct WriteState {
    given: u64,
    done: u64,
    /// The first failure; nothing is written after it.
    failed: Option<WriteError>,
    broken: bool,
}

impl State {
    fn write_state(&self) -> MutexGuard<'_, WriteState> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackgroundWriter {
    /// Starts a writer of files below `dir` and lines at the end of `log`.
    pub fn start(dir: &Path, log: File) -> std::io::Result<Self> {
        let (give, take) = sync_channel(QUEUE_LENGTH);
        let state = Arc::new(State::default());
        let (dir, shared) = (dir.to_owned(), Arc::clone(&state));
        let thread = std::thread::Builder::new().spawn(move || run(&dir, log, &take, &shared))?;
        Ok(Self { give: Some(give), thread: Some(thread), state })
    }

    /// Queues a call; returns a failure of earlier writes.
    pub fn put(&self, call: Recorded) -> Result<(), WriteError> {
        {
            let mut written = self.state.write_state();
            check(&mut written)?;
            written.given += 1;
        }
        let give = self.give.as_ref().expect("it is there until it is dropped");
        // The thread ends only after this value is dropped.
        give.send(call).expect("the thread takes calls until the last");
        Ok(())
    }

    /// Waits until everything queued is on disk.
    pub fn flush(&self) -> Result<(), WriteError> {
        let written = self.state.write_state();
        let waited = self.state.changed.wait_while(written, |written| written.done < written.given);
        check(&mut waited.unwrap_or_else(PoisonError::into_inner))
    }
}

fn check(written: &mut WriteState) -> Result<(), WriteError> {
    if !written.broken {
        return Ok(());
    }
    let again = || std::io::Error::other("an earlier file could not be written");
    Err(written.failed.take().unwrap_or_else(|| io_error(Path::new("the snapshot"), again())))
}

impl Drop for BackgroundWriter {
    fn drop(&mut self) {
        drop(self.give.take());
        if let Some(thread) = self.thread.take() {
            // A failure was already returned by `flush` or `put`.
            let _ = thread.join();
        }
    }
}

fn run(dir: &Path, mut log: File, take: &Receiver<Recorded>, state: &State) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| take.recv().ok()) {
        let mut names: BTreeSet<String> = first.files.iter().map(|(name, _)| name.clone()).collect();
        let mut batch = vec![first];
        while let Ok(more) = take.try_recv() {
            // A polled job writes the same file again, so it waits for the next batch.
            if more.files.iter().any(|(name, _)| names.contains(name)) {
                next = Some(more);
                break;
            }
            names.extend(more.files.iter().map(|(name, _)| name.clone()));
            batch.push(more);
        }
        let result = if state.write_state().broken { Ok(()) } else { write(dir, &mut log, &batch) };
        let mut written = state.write_state();
        written.done += batch.len() as u64;
        if let Err(problem) = result {
            written.broken = true;
            written.failed = Some(problem);
        }
        state.changed.notify_all();
    }
}

/// Writes every file before syncing the first, and syncs each folder once.
fn write(dir: &Path, log: &mut File, batch: &[Recorded]) -> Result<(), WriteError> {
    let mut folders = BTreeSet::new();
    let mut written: Vec<(TempFile, PathBuf)> = Vec::new();
    for (name, bytes) in batch.iter().flat_map(|call| &call.files) {
        let path = dir.join(name);
        let folder = path.parent().expect("a file of a snapshot stands in a folder").to_owned();
        make_dir(&folder)?;
        folders.insert(folder);
        written.push((TempFile::write(&path, bytes)?, path));
    }
    for (beside, path) in &written {
        beside.sync(path)?;
    }
    for (beside, path) in written {
        beside.rename_over(&path)?;
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

    fn background_writer(dir: &Path) -> BackgroundWriter {
        let log = OpenOptions::new().create(true).append(true).open(dir.join("calls.jsonl")).unwrap();
        BackgroundWriter::start(dir, log).unwrap()
    }

    fn call(number: usize, file: &str) -> Recorded {
        let files = vec![(file.to_owned(), number.to_string().into_bytes())];
        Recorded { files, line: format!("{number}\n") }
    }

    #[test]
    fn calls_are_written_in_order_and_a_file_has_its_last_bytes() {
        let place = tempfile::tempdir().unwrap();
        let writer = background_writer(place.path());
        for number in 0..50 {
            writer.put(call(number, if number % 3 == 0 { "e/polled.json" } else { "e/other.json" })).unwrap();
        }
        writer.flush().unwrap();
        let lines: String = (0..50).map(|number| format!("{number}\n")).collect();
        assert_eq!(fs::read_to_string(place.path().join("calls.jsonl")).unwrap(), lines);
        assert_eq!(fs::read_to_string(place.path().join("e/polled.json")).unwrap(), "48");
        assert_eq!(fs::read_dir(place.path().join("e")).unwrap().count(), 2, "nothing is left beside");
        writer.put(call(50, "e/last.json")).unwrap();
        drop(writer);
        assert!(place.path().join("e/last.json").exists(), "what was taken is written, whoever waits for it");
    }

    #[test]
    fn a_failed_write_is_reported_and_has_no_line() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let writer = background_writer(place.path());
        writer.put(call(1, "good.json")).unwrap();
        writer.flush().unwrap();
        writer.put(call(2, "file/below.json")).unwrap();
        assert!(writer.flush().unwrap_err().to_string().contains("next:"));
        // A later call does not hide the failure.
        assert!(writer.put(call(3, "later.json")).is_err() && writer.flush().is_err());
        drop(writer);
        assert_eq!(fs::read_to_string(place.path().join("calls.jsonl")).unwrap(), "1\n");
    }
}
