//! Reads a snapshot back: every operation's answer, page by page, with its exhibit.

use super::format::{Call, CallError, Header};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A snapshot that was opened and whose call log and header were understood.
#[derive(Debug)]
pub struct Snapshot {
    pub dir: PathBuf,
    pub header: Header,
    /// In the order of the log; a torn last line is dropped.
    pub calls: Vec<Call>,
}

/// How an operation's answer stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every page arrived.
    Complete,
    /// AWS, or the way to it, answered with an error and there is no page. Some codes are
    /// answers in themselves (`NoSuchEntity` of the password policy): the account room decides.
    Failed { call: Option<String>, error: CallError },
    /// Some pages arrived, then this happened.
    CutShort { call: Option<String>, error: CallError },
    /// No line in the log, no file.
    NotCollected,
}

/// The answer of one operation with one set of parameters (paging parameters apart).
#[derive(Clone, Debug)]
pub struct Answer {
    pub service: String,
    pub operation: String,
    /// Without `Marker` and `MaxItems`.
    pub parameters: BTreeMap<String, serde_json::Value>,
    pub outcome: Outcome,
    pub pages: Vec<Page>,
}

/// One evidence file.
#[derive(Clone, Debug)]
pub struct Page {
    /// Absolute path.
    pub path: PathBuf,
    /// Relative to the snapshot, `/` as separator; what messages name.
    pub name: String,
    /// When it was asked for; the file's import time for supplied evidence.
    pub at: Timestamp,
    pub call: Option<String>,
}

/// An exhibit: what one operation with one set of parameters returned, with a
/// number that every statement of the pack can point to.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// `E-01`, in the order of the collection.
    pub id: String,
    pub service: String,
    pub operation: String,
    pub parameters: BTreeMap<String, serde_json::Value>,
    pub outcome: Outcome,
    pub files: Vec<ExhibitFile>,
    /// Ids of the log's lines behind it, failed and superseded ones included.
    pub calls: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct ExhibitFile {
    /// Relative to the snapshot.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Why a snapshot, or a file of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{place}: {problem}\n  next: {next}")]
    Unreadable { place: String, problem: String, next: String },
}

impl Snapshot {
    /// Opens the snapshot in `dir`.
    pub fn open(_dir: &Path) -> Result<Self, ReadError> {
        unimplemented!()
    }

    /// The answers of an operation, one per set of parameters, in log order; empty if never asked.
    pub fn answers(&self, _service: &str, _operation: &str) -> Vec<Answer> {
        unimplemented!()
    }

    /// The answer of an operation without parameters; `NotCollected` if never asked.
    pub fn answer(&self, _service: &str, _operation: &str) -> Answer {
        unimplemented!()
    }

    /// Every exhibit, numbered.
    pub fn exhibits(&self) -> Result<Vec<Exhibit>, ReadError> {
        unimplemented!()
    }
}

impl Page {
    /// The file's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, ReadError> {
        unimplemented!()
    }

    /// The file as JSON of a known shape; a mismatch names file, line and column.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        unimplemented!()
    }
}
