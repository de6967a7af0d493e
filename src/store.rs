//! Where packs and snapshots are kept beyond this process: a folder, or a bucket of S3.
//!
//! A store holds what `--out` holds, under the same names, and the records of runs over many accounts in
//! `runs/`. Nothing is overwritten in it but such a record; the file that makes a pack a pack is written last.
//!
//! Deliberately absent: what a pack means, the clock, and choices of the command line.

mod address;
mod error;
mod fetch;
mod http;
mod lock;
mod runs;
mod s3;
#[cfg(test)]
mod tests;
mod upload;

pub use address::{Address, Place};
pub use error::StoreError;
pub use runs::{Record, Run};
pub use s3::{Mode, Retention};
pub use upload::Kind;

use crate::collect::Options;
use crate::files;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;

/// Requests under way at the same time.
const AT_ONCE: usize = 16;
/// An object larger than this is moved alone, so that memory holds one of them and no more.
const LARGE: u64 = 8 << 20;

/// A store that is open. Clones share everything, and several threads may use them.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: Address,
    /// What comes before every key.
    prefix: Key,
    /// Reads, and writes what may be written again.
    plain: Arc<dyn ObjectStore>,
    /// Writes what is kept: the same, or one that locks each object.
    keeping: Arc<dyn ObjectStore>,
    /// Locks what is there already.
    lock: Option<lock::Lock>,
    runtime: Runtime,
    names: OnceLock<BTreeSet<String>>,
}

impl Store {
    /// Opens a store; `options` say what is special about the AWS configuration.
    pub fn open(address: &Address, retention: Option<&Retention>, options: &Options) -> Result<Self, StoreError> {
        let failed = |problem: String| StoreError::open(address, problem);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        let (prefix, plain, keeping, lock) = match &address.place {
            Place::Folder(dir) => {
                if retention.is_some() {
                    return Err(StoreError::NoRetention { store: address.to_string() });
                }
                let folder = folder(dir).map_err(failed)?;
                (Key::default(), Arc::clone(&folder), folder, None)
            }
            Place::S3 { bucket, prefix } => {
                let prefix = Key::parse(prefix).map_err(|error| failed(error.to_string()))?;
                let bucket = runtime.block_on(s3::Bucket::find(bucket, options))?;
                let lock = retention.map(|retention| bucket.lock(*retention)).transpose()?;
                let (plain, keeping): (Arc<dyn ObjectStore>, Arc<dyn ObjectStore>) =
                    (bucket.client(None)?, bucket.client(retention)?);
                (prefix, plain, keeping, lock)
            }
        };
        let names = OnceLock::new();
        let inner = Inner { address: address.clone(), prefix, plain, keeping, lock, runtime, names };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub fn address(&self) -> &Address {
        &self.inner.address
    }

    /// The names of what is kept here, complete or not, as they were when this was first asked.
    pub fn names(&self) -> Result<&BTreeSet<String>, StoreError> {
        if let Some(known) = self.inner.names.get() {
            return Ok(known);
        }
        let found = self.folders(&self.inner.prefix)?;
        Ok(self.inner.names.get_or_init(|| found))
    }

    /// An object's bytes, if there is one of that name.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = self.key(name)?;
        self.inner.runtime.block_on(self.bytes(&key))
    }

    /// Whether there is an object of each of these names. Asked by lists: whoever may not list a whole bucket is
    /// refused, and not told, where an object is missing.
    pub fn have(&self, names: &[String]) -> Result<Vec<bool>, StoreError> {
        let keys = names.iter().map(|name| self.key(name)).collect::<Result<Vec<_>, _>>()?;
        let one = |key: Key| async move {
            let folder = key.parent().unwrap_or_default();
            match self.inner.plain.list_with_delimiter(Some(&folder)).await {
                Ok(listed) => Ok(listed.objects.iter().any(|object| object.location == key)),
                Err(error) => Err(self.failed(&folder, &error)),
            }
        };
        let asked = futures_util::stream::iter(keys.into_iter().map(one)).buffered(AT_ONCE);
        self.inner.runtime.block_on(asked.try_collect())
    }

    async fn bytes(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        // What is no file in a folder is not opened: a pipe would never end, and a link leads elsewhere.
        let special = folder_of(self, key.as_ref()).and_then(|path| files::special_at(&path));
        if let Some(what) = special {
            return Err(StoreError::failed(
                self.place_of(key),
                format!("this is {what}, and only plain files are read"),
            ));
        }
        let got = match self.inner.plain.get(key).await {
            Ok(got) => got.bytes().await,
            Err(error) => Err(error),
        };
        match got {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed(key, &error)),
        }
    }

    /// The folders right below a prefix.
    fn folders(&self, prefix: &Key) -> Result<BTreeSet<String>, StoreError> {
        let listed = self.inner.runtime.block_on(self.inner.plain.list_with_delimiter(Some(prefix)));
        let listed = listed.map_err(|error| self.failed(prefix, &error))?;
        Ok(listed.common_prefixes.iter().filter_map(|found| found.filename().map(str::to_owned)).collect())
    }

    fn key(&self, name: &str) -> Result<Key, StoreError> {
        let prefix = self.inner.prefix.as_ref();
        let whole = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        Key::parse(&whole).map_err(|error| StoreError::failed(self.place(name), error.to_string()))
    }

    /// A name as the user finds it.
    fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.inner.address)
    }

    fn place_of(&self, key: &Key) -> String {
        let prefix = self.inner.prefix.as_ref();
        self.place(key.as_ref().strip_prefix(prefix).unwrap_or(key.as_ref()).trim_start_matches('/'))
    }

    fn failed(&self, key: &Key, error: &object_store::Error) -> StoreError {
        StoreError::request(self.place_of(key), error)
    }
}

/// A folder of this machine; it is made if there is none, for its owner's eyes: packs hold snapshots.
fn folder(dir: &Path) -> Result<Arc<dyn ObjectStore>, String> {
    private(dir).map_err(|error| error.to_string())?;
    let store = LocalFileSystem::new_with_prefix(dir).map_err(|error| error.to_string())?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// A folder that only its owner can open, where there was none.
fn private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The folder on this machine that a store's name stands for, if the store is one.
fn folder_of(store: &Store, name: &str) -> Option<PathBuf> {
    match &store.inner.address.place {
        Place::Folder(dir) => Some(dir.join(name)),
        Place::S3 { .. } => None,
    }
}
