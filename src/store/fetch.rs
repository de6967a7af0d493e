//! Downloads a folder from the store. Names are checked before files are created, because the store's contents are
//! untrusted.

use super::{CONCURRENT_REQUESTS, LARGE, Store, StoreError, private};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStore as _;
use object_store::path::Path as Key;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// An object below a prefix.
struct Object {
    key: Key,
    name: String,
    size: u64,
}

impl Store {
    /// Downloads everything below a name into a private folder.
    pub fn fetch(&self, name: &str, to: &Path) -> Result<(), StoreError> {
        let objects = self.below(name)?;
        if objects.is_empty() {
            return Err(StoreError::Failed {
                place: self.place(name),
                problem: "there is nothing of that name".to_owned(),
                next: "name something that is in the store",
            });
        }
        let (large, small): (Vec<Object>, Vec<Object>) = objects.into_iter().partition(|object| object.size > LARGE);
        self.inner.runtime.block_on(async {
            for object in &large {
                self.fetch_one(object, to).await?;
            }
            futures_util::stream::iter(&small)
                .map(|object| self.fetch_one(object, to))
                .buffer_unordered(CONCURRENT_REQUESTS)
                .try_collect::<()>()
                .await
        })
    }

    /// Reads every object below a name into memory, for small records.
    pub(super) fn read_below(&self, name: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let objects = self.below(name)?;
        let one = |object: Object| async move {
            let bytes = self.bytes(&object.key).await?;
            Ok::<_, StoreError>(bytes.map(|bytes| (object.name, bytes)))
        };
        let read = futures_util::stream::iter(objects.into_iter().map(one)).buffered(CONCURRENT_REQUESTS);
        let read: Vec<Option<(String, Vec<u8>)>> = self.inner.runtime.block_on(read.try_collect())?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn fetch_one(&self, object: &Object, to: &Path) -> Result<(), StoreError> {
        let path = to.join(&object.name);
        let told = |problem: String| StoreError::failed(self.place_of(&object.key), problem);
        let bytes = self.bytes(&object.key).await?.ok_or_else(|| told("it was deleted meanwhile".to_owned()))?;
        let written = private(path.parent().unwrap_or(to)).and_then(|()| crate::files::write_new(&path, &bytes));
        written.map_err(|error| told(format!("it cannot be written to {}: {error}", path.display())))
    }

    fn below(&self, name: &str) -> Result<Vec<Object>, StoreError> {
        let prefix = self.key(name)?;
        let listed: Result<Vec<_>, _> = self.inner.runtime.block_on(self.inner.plain.list(Some(&prefix)).try_collect());
        let mut found = Vec::new();
        for meta in listed.map_err(|error| self.failed(&prefix, &error))? {
            let Some(parts) = meta.location.prefix_match(&prefix) else { continue };
            let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            if parts.is_empty() {
                continue;
            }
            let name = parts.join("/");
            if !parts.iter().all(|part| is_plain(part)) {
                return Err(StoreError::failed(
                    self.place_of(&meta.location),
                    "its name cannot be a file's here".to_owned(),
                ));
            }
            found.push(Object { key: meta.location, name, size: meta.size });
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(without_markers(found))
    }
}

/// Removes the empty objects that consoles create for folders.
fn without_markers(objects: Vec<Object>) -> Vec<Object> {
    let folders: BTreeSet<String> = objects
        .iter()
        .flat_map(|object| object.name.match_indices('/').map(|(at, _)| object.name[..at].to_owned()))
        .collect();
    objects.into_iter().filter(|object| object.size > 0 || !folders.contains(&object.name)).collect()
}

/// Whether it is a plain name that cannot lead elsewhere.
fn is_plain(part: &str) -> bool {
    let path = PathBuf::from(part);
    let mut components = path.components();
    matches!((components.next(), components.next()), (Some(Component::Normal(name)), None) if name == part)
        && !part.contains(['\0', '\\', '/'])
}
