//! What is in a folder, by what it is: files that a manifest covers, and everything that cannot be one of them.

use super::manifest::MANIFEST;
use super::{FETCH_AGAIN, SealError, unreadable};
use crate::files;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder's contents. Nothing in it was opened.
#[derive(Debug, Default)]
pub struct Contents {
    /// Plain files that a manifest covers: name with `/` → path.
    pub files: BTreeMap<String, PathBuf>,
    /// Names with what they are: links, pipes, sockets, devices.
    pub special: BTreeMap<String, &'static str>,
    /// Names that no manifest can list, as they are shown.
    pub not_utf8: Vec<String>,
    /// Plain files in the root that are made from the manifest: signatures, timestamps.
    pub not_covered: Vec<String>,
}

impl Contents {
    pub fn of(dir: &Path) -> Result<Self, SealError> {
        let mut found = Self::default();
        let mut folders = vec![(String::new(), dir.to_path_buf())];
        while let Some((prefix, folder)) = folders.pop() {
            let next = "check that the folder can be read";
            let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error, next))?;
            for entry in entries {
                let entry = entry.map_err(|error| unreadable(&folder, &error, next))?;
                let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error, next))?;
                let name = format!("{prefix}{}", files::shown(&entry.file_name()));
                if entry.file_name().to_str().is_none() {
                    found.not_utf8.push(name);
                } else if kind.is_dir() {
                    folders.push((format!("{name}/"), entry.path()));
                } else if let Some(what) = files::special(kind) {
                    found.special.insert(name, what);
                } else if !outside_manifest(&name) {
                    found.files.insert(name, entry.path());
                } else if name != MANIFEST {
                    found.not_covered.push(name);
                }
            }
        }
        found.not_utf8.sort();
        found.not_covered.sort();
        Ok(found)
    }

    /// The files, where there is nothing else.
    pub fn only_files(self, dir: &Path) -> Result<BTreeMap<String, PathBuf>, SealError> {
        let special = self.special.into_iter().map(|(name, what)| (name, format!("this is {what}")));
        let unnamed = self.not_utf8.into_iter().map(|name| (name, "the name is not UTF-8".to_owned()));
        match special.chain(unnamed).next() {
            None => Ok(self.files),
            Some((name, problem)) => Err(SealError::Unreadable {
                path: format!("{}/{name}", files::shown(dir.as_os_str())),
                problem: format!("{problem}, and a sealed folder holds plain files only"),
                next: format!("remove it, or {FETCH_AGAIN}"),
            }),
        }
    }
}

/// What the manifest does not cover: itself, and what is made from it.
pub fn outside_manifest(name: &str) -> bool {
    let in_root = !name.contains('/');
    in_root && (name == MANIFEST || name == "seal.json" || name.ends_with(".sig") || name.ends_with(".tsr"))
}
