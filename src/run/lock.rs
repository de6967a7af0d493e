//! A lock file for one process at a time; it contains the number of the process that holds the lock.

use crate::files;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// Why the lock could not be taken.
#[derive(Debug)]
pub enum NotLocked {
    /// Held by the process with this number, if known.
    AtWork(Option<u32>),
    Failed(io::Error),
}

/// `process 4711`, or an unknown process.
pub struct Process(pub Option<u32>);

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "process {number}"),
            None => f.write_str("process number unknown"),
        }
    }
}

/// Takes the lock at `path`; it is released when the file is dropped or the process ends.
pub fn take(path: &Path) -> Result<File, NotLocked> {
    loop {
        let mut file = open(path).map_err(NotLocked::Failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotLocked::AtWork(holder(path))),
            Err(TryLockError::Error(error)) => return Err(NotLocked::Failed(error)),
        }
        // A run that has just ended removes the file, so check that the locked file still exists at this path.
        if is_the_same(&file, path) {
            file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(NotLocked::Failed)?;
            return Ok(file);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    match files::create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            files::open_with(path, OpenOptions::new().read(true).write(true))
        }
        made => made,
    }
}

fn holder(path: &Path) -> Option<u32> {
    String::from_utf8(files::read_at_most(path, 64).ok()?).ok()?.trim().parse().ok()
}

#[cfg(unix)]
fn is_the_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_the_same(_file: &File, path: &Path) -> bool {
    files::is_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_sees_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = take(&path).unwrap();
        assert!(matches!(take(&path), Err(NotLocked::AtWork(Some(number))) if number == std::process::id()));
        drop(first);
        assert!(take(&path).is_ok());
        assert_eq!(Process(Some(7)).to_string(), "process 7");
    }
}
