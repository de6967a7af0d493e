//! Uploads a folder: first the file that reserves the name, last the manifest that marks it complete.

use super::{CONCURRENT_REQUESTS, LARGE, Store, StoreError, folder_of, private};
use crate::files;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Key;
use object_store::{Error, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The kind of a stored folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sealed pack.
    Pack,
    /// A snapshot without a pack.
    Snapshot,
}

impl Kind {
    /// A file unique to each pack; the folder that writes it first owns the name.
    fn first(self) -> &'static str {
        match self {
            Self::Pack => "pack.json",
            Self::Snapshot => "calls.jsonl",
        }
    }

    /// The files that are written last; without them the folder is incomplete.
    fn last(self) -> &'static [&'static str] {
        match self {
            Self::Pack => &["seal.json", "SHA256SUMS"],
            Self::Snapshot => &["snapshot.json"],
        }
    }
}

/// The result of writing an object that may already exist.
#[derive(Debug, PartialEq, Eq)]
enum Put {
    /// It exists with these bytes.
    There,
    /// It exists with other bytes.
    Other,
}

impl Store {
    /// Stores a folder under a name, or with `-2`, `-3` … appended if the name is taken; `is_free` says whether a name
    /// is free locally. An interrupted upload is resumed.
    pub fn keep(
        &self,
        kind: Kind,
        dir: &Path,
        name: &str,
        is_free: &dyn Fn(&str) -> bool,
    ) -> Result<String, StoreError> {
        let told = |problem: String| StoreError::Failed {
            place: dir.display().to_string(),
            problem,
            next: "name the folder of a pack or a snapshot as auditpack wrote it",
        };
        let mut files = Vec::new();
        list_files(dir, "", &mut files).map_err(|error| told(error.to_string()))?;
        for wanted in [kind.first(), kind.last()[kind.last().len() - 1]] {
            if !files.iter().any(|file| file.name == wanted) {
                return Err(told(format!("it holds no {wanted}")));
            }
        }
        let name = self.claim(kind, dir, name, is_free)?;
        let is_last = |file: &File| kind.last().contains(&file.name.as_str());
        let (last, rest): (Vec<File>, Vec<File>) =
            files.into_iter().filter(|file| file.name != kind.first()).partition(is_last);
        self.make_folders(dir, &name).map_err(|error| StoreError::failed(self.place(&name), error.to_string()))?;
        self.write_all(&name, rest)?;
        for file in kind.last().iter().filter_map(|wanted| last.iter().find(|file| file.name == **wanted)) {
            self.inner.runtime.block_on(self.write(&name, file))?;
        }
        self.set_modes(dir, &name).map_err(|error| StoreError::failed(self.place(&name), error.to_string()))?;
        Ok(name)
    }

    /// The first name that is free or already belongs to this folder.
    fn claim(&self, kind: Kind, dir: &Path, name: &str, is_free: &dyn Fn(&str) -> bool) -> Result<String, StoreError> {
        let names = std::iter::once(name.to_owned()).chain((2..).map(|n: u32| format!("{}-{n}", stem(name))));
        let claim = dir.join(kind.first());
        let bytes =
            files::read(&claim).map_err(|error| StoreError::failed(claim.display().to_string(), error.to_string()))?;
        let bytes = Bytes::from(bytes);
        for candidate in names.filter(|candidate| candidate == name || is_free(candidate)) {
            // A local folder is created in one step, so one without this file belongs to another.
            let key = self.key(&format!("{candidate}/{}", kind.first()))?;
            if self.inner.runtime.block_on(self.create(&key, &bytes))? == Put::There {
                return Ok(candidate);
            }
        }
        unreachable!("some number is free")
    }

    fn write_all(&self, name: &str, files: Vec<File>) -> Result<(), StoreError> {
        let (large, small): (Vec<File>, Vec<File>) = files.into_iter().partition(|file| file.size > LARGE);
        self.inner.runtime.block_on(async {
            for file in &large {
                self.write(name, file).await?;
            }
            futures_util::stream::iter(&small)
                .map(|file| self.write(name, file))
                .buffer_unordered(CONCURRENT_REQUESTS)
                .try_collect::<()>()
                .await
        })
    }

    async fn write(&self, name: &str, file: &File) -> Result<(), StoreError> {
        let key = self.key(&format!("{name}/{}", file.name))?;
        let bytes = files::read(&file.path)
            .map_err(|error| StoreError::failed(file.path.display().to_string(), error.to_string()))?;
        match self.create(&key, &Bytes::from(bytes)).await? {
            Put::There => Ok(()),
            Put::Other => Err(StoreError::Failed {
                place: self.place(&format!("{name}/{}", file.name)),
                problem: "the store holds other bytes under this name, and nothing is overwritten".to_owned(),
                next: "name another store or prefix with --store, or see who writes there",
            }),
        }
    }

    /// Creates an object. An existing one is compared, because the answer to an earlier attempt may have been lost.
    async fn create(&self, key: &Key, bytes: &Bytes) -> Result<Put, StoreError> {
        let mut attempts = 0;
        loop {
            let payload = PutPayload::from(bytes.clone());
            let options = PutOptions::from(PutMode::Create);
            match object_store::ObjectStore::put_opts(&*self.inner.keeping, key, payload, options).await {
                Ok(_) => return Ok(Put::There),
                Err(Error::AlreadyExists { .. }) => match self.bytes(key).await? {
                    Some(there) if there == *bytes => return self.lock(key).await.map(|()| Put::There),
                    Some(_) => return Ok(Put::Other),
                    // Another upload of this object is in progress; S3 reports that before it is finished.
                    None if attempts < 5 => {
                        attempts += 1;
                        tokio::time::sleep(Duration::from_millis(200) * attempts).await;
                    }
                    None => return Err(StoreError::failed(self.place_of(key), "it comes and goes".to_owned())),
                },
                Err(error) => return Err(self.failed(key, &error)),
            }
        }
    }

    async fn lock(&self, key: &Key) -> Result<(), StoreError> {
        let Some(lock) = &self.inner.lock else { return Ok(()) };
        lock.put(key).await.map_err(|answer| StoreError::lock(self.place_of(key), &answer))
    }

    /// Overwrites a record; records are never locked.
    pub(super) fn overwrite(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let key = self.key(name)?;
        let written = self.inner.runtime.block_on(self.inner.plain.put(&key, PutPayload::from(bytes)));
        written.map(drop).map_err(|error| self.failed(&key, &error))
    }

    /// Creates a record if it does not exist; records are never locked.
    pub(super) fn create_record(&self, name: &str, bytes: Vec<u8>) -> Result<bool, StoreError> {
        let key = self.key(name)?;
        let put = object_store::ObjectStore::put_opts(
            &*self.inner.plain,
            &key,
            PutPayload::from(bytes),
            PutOptions::from(PutMode::Create),
        );
        match self.inner.runtime.block_on(put) {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.failed(&key, &error)),
        }
    }

    /// In a local folder, files and folders keep their permissions.
    fn set_modes(&self, from: &Path, name: &str) -> std::io::Result<()> {
        match folder_of(self, name) {
            Some(to) => copy_modes(from, &to),
            None => Ok(()),
        }
    }

    /// Creates the folders that have no files.
    fn make_folders(&self, dir: &Path, name: &str) -> std::io::Result<()> {
        let Some(to) = folder_of(self, name) else { return Ok(()) };
        std::fs::set_permissions(&to, std::fs::metadata(dir)?.permissions())?;
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                let target = to.join(entry.file_name());
                private(&target)?;
                std::fs::set_permissions(&target, entry.metadata()?.permissions())?;
            }
        }
        Ok(())
    }
}

fn copy_modes(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_modes(&entry.path(), &target)?;
        } else if files::is_file(&target) {
            std::fs::set_permissions(&target, entry.metadata()?.permissions())?;
        }
    }
    std::fs::set_permissions(to, std::fs::metadata(from)?.permissions())
}

/// A file of the folder.
pub(super) struct File {
    /// Relative path with slashes.
    pub name: String,
    pub path: PathBuf,
    size: u64,
}

pub(super) fn list_files(dir: &Path, before: &str, found: &mut Vec<File>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let own = entry.file_name().into_string().map_err(|name| {
            std::io::Error::other(format!("{}: a name in a store is written in UTF-8", files::shown(&name)))
        })?;
        let name = format!("{before}{own}");
        if kind.is_dir() {
            list_files(&path, &format!("{name}/"), found)?;
        } else if kind.is_file() {
            found.push(File { name, size: entry.metadata()?.len(), path });
        } else {
            let what = files::special(kind).unwrap_or("no file");
            return Err(std::io::Error::other(format!("{name} is {what}; only plain files are kept in a store")));
        }
    }
    Ok(())
}

/// `123456789012-2026-09-30-2` without the appended number; a date ends in two digits.
fn stem(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, number)) if ends_in_a_date(stem) && number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => name,
    }
}

fn ends_in_a_date(text: &str) -> bool {
    text.len() > 10 && text.get(text.len() - 10..).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_number_after_the_date_is_counted_on() {
        assert_eq!(stem("123456789012-2026-09-30"), "123456789012-2026-09-30");
        assert_eq!(stem("123456789012-2026-09-30-12"), "123456789012-2026-09-30");
        assert_eq!(stem("organization-o-1-2026-09-30-2"), "organization-o-1-2026-09-30");
        assert_eq!(stem("evidence"), "evidence");
    }
}
