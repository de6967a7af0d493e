//! Stores packs and snapshots in a folder or an S3 bucket.
//!
//! A store has the contents of `--out` under the same names, and the records of organization runs in `runs/`. Only such
//! records are overwritten; the file that completes a pack is written last.
//!
//! Deliberately absent: the contents of packs, the clock, and command-line options.

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

/// The number of concurrent requests.
const CONCURRENT_REQUESTS: usize = 16;
/// An object larger than this is transferred alone, so that memory has at most one of them.
const LARGE: u64 = 8 << 20;

/// An open store. Clones share it, also between threads.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: Address,
    /// The prefix of every key.
    prefix: Key,
    /// The client for reading, and for writing records that may be overwritten.
    plain: Arc<dyn ObjectStore>,
    /// The client for writing packs: the same, or one that locks each object.
    keeping: Arc<dyn ObjectStore>,
    /// Locks existing objects.
    lock: Option<lock::Lock>,
    runtime: Runtime,
    names: OnceLock<BTreeSet<String>>,
}

impl Store {
    /// Opens a store; `options` customize the AWS configuration.
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

    /// The names in the store, complete or not, at the time of the first call.
    pub fn names(&self) -> Result<&BTreeSet<String>, StoreError> {
        if let Some(known) = self.inner.names.get() {
            return Ok(known);
        }
        let found = self.folders(&self.inner.prefix)?;
        Ok(self.inner.names.get_or_init(|| found))
    }

    /// An object's bytes, if it exists.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = self.key(name)?;
        self.inner.runtime.block_on(self.bytes(&key))
    }

    /// Whether each of these objects exists. Uses listing, because without permission to list a bucket S3 answers
    /// "access denied" for a missing object.
    pub fn have(&self, names: &[String]) -> Result<Vec<bool>, StoreError> {
        let keys = names.iter().map(|name| self.key(name)).collect::<Result<Vec<_>, _>>()?;
        let one = |key: Key| async move {
            let folder = key.parent().unwrap_or_default();
            match self.inner.plain.list_with_delimiter(Some(&folder)).await {
                Ok(listed) => Ok(listed.objects.iter().any(|object| object.location == key)),
                Err(error) => Err(self.failed(&folder, &error)),
            }
        };
        let asked = futures_util::stream::iter(keys.into_iter().map(one)).buffered(CONCURRENT_REQUESTS);
        self.inner.runtime.block_on(asked.try_collect())
    }

    async fn bytes(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        // Only plain files of a folder are opened: a pipe never ends, and a link may lead elsewhere.
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

    /// The folders directly below a prefix.
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

    /// A name's full address for messages.
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

/// A local folder, created private if it does not exist, because packs contain snapshots.
fn folder(dir: &Path) -> Result<Arc<dyn ObjectStore>, String> {
    private(dir).map_err(|error| error.to_string())?;
    let store = LocalFileSystem::new_with_prefix(dir).map_err(|error| error.to_string())?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// Creates a private folder if it does not exist.
fn private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The local folder of a name, if the store is a folder.
fn folder_of(store: &Store, name: &str) -> Option<PathBuf> {
    match &store.inner.address.place {
        Place::Folder(dir) => Some(dir.join(name)),
        Place::S3 { .. } => None,
    }
}
