//! Staging folders, in which packs are made before they are renamed, and cleanup after killed runs.
//!
//! Each is locked while its process runs. A lock ends with its process, so a staging folder that can be locked belongs
//! to a dead run and is removed by the next one.

use super::progress::Console;
use crate::files;
use std::error::Error;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The next step if a pack cannot be written.
pub const FREE_SPACE: &str = "free some space, or name a folder that can be written to with --out; then run again";

/// Prefixes of an unfinished pack and of a copy from a store.
pub const MAKING: &str = ".making-";
pub const FETCHED: &str = ".fetched-";

/// A private folder of this process; it is removed when this value is dropped.
#[derive(Debug)]
pub struct Staging {
    dir: TempDir,
    /// `None` if the file system has no locks; such a folder is never treated as a dead run's.
    _lock: Option<File>,
}

impl Staging {
    pub fn new(parent: &Path, prefix: &str) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix);
        #[cfg(unix)]
        let private = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
        #[cfg(unix)]
        builder.permissions(private);
        loop {
            let dir = builder.tempdir_in(parent)?;
            match lock(dir.path()) {
                Ok(lock) if files::is_folder(dir.path()) => return Ok(Self { dir, _lock: Some(lock) }),
                // Another process removed it before it was locked.
                Ok(_) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(_)) => return Ok(Self { dir, _lock: None }),
            }
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Renames the folder. If the name was taken meanwhile, the rename fails and nothing changes.
    pub fn rename(self, place: &Path) -> Result<(), (Self, io::Error)> {
        match fs::rename(self.dir.path(), place) {
            Ok(()) => {
                // It was renamed, so there is nothing to remove.
                let _ = self.dir.keep();
                Ok(())
            }
            Err(error) => Err((self, error)),
        }
    }
}

fn lock(dir: &Path) -> Result<File, TryLockError> {
    let folder = File::open(dir).map_err(TryLockError::Error)?;
    folder.try_lock().map(|()| folder)
}

/// Removes staging folders of killed runs and reports it.
pub fn clear(parent: &Path, console: &Console) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_str().is_some_and(|name| {
            [MAKING, FETCHED].iter().any(|prefix| name.starts_with(prefix)) && files::is_folder(&path)
        });
        if !is_ours {
            continue;
        }
        // Held until the folder is removed, so that its owner notices.
        let Ok(_lock) = lock(&path) else { continue };
        match fs::remove_dir_all(&path) {
            Ok(()) => console.line(&format!("removed {}, which a run that was killed had left", path.display())),
            Err(error) => console.line(&format!(
                "warning: {}: a run that was killed left this folder, and it cannot be removed: {error}\n  next: remove it",
                path.display()
            )),
        }
    }
}

/// `out/name`, or `out/name-2`, `-3` … if something has that name: nothing is overwritten.
pub fn free_name(out: &Path, name: &str) -> PathBuf {
    let names = std::iter::once(name.to_owned()).chain((2..).map(|n: u32| format!("{name}-{n}")));
    names.map(|name| out.join(name)).find(|path| !files::exists(path)).expect("some number is free")
}

/// A staging folder in `out`.
pub fn staged(out: &Path) -> Result<Staging, String> {
    fs::create_dir_all(out)
        .and_then(|()| Staging::new(out, MAKING))
        .map_err(|error| files::at(out, &error, "name a folder that can be written to with --out"))
}

/// An error about a folder that names it by another path.
pub fn renamed(error: Box<dyn Error>, from: &Path, to: &Path) -> Box<dyn Error> {
    let (text, from) = (error.to_string(), from.display().to_string());
    if text.contains(&from) { text.replace(&from, &to.display().to_string()).into() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_folders_are_removed_and_living_ones_stay() {
        let out = tempfile::tempdir().unwrap();
        let living = Staging::new(out.path(), MAKING).unwrap();
        let dead = out.path().join(".making-dead");
        fs::create_dir_all(dead.join("snapshot")).unwrap();
        fs::create_dir(out.path().join("111122223333-2026-01-01")).unwrap();
        fs::write(out.path().join(".making-file"), "a file is not ours").unwrap();
        clear(out.path(), &Console::new(true, false));
        assert!(living.path().exists() && !dead.exists());
        assert!(out.path().join(".making-file").exists() && out.path().join("111122223333-2026-01-01").exists());
        let place = out.path().join("named");
        living.rename(&place).unwrap();
        assert!(place.is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn a_dangling_link_takes_a_name() {
        let out = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/nonexistent/x", out.path().join("a")).unwrap();
        assert_eq!(free_name(out.path(), "a"), out.path().join("a-2"));
    }
}
