//! Organization runs shared by several processes: `runs/000001/` has the list of accounts, an entry for each finished
//! account, and the call logs of accounts without a pack.

use super::{Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: &str = "auditpack.run/v1";
const RUNS: &str = "runs";

/// The record that all processes of a run share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: String,
    /// The ID of the listing, which names its folder.
    pub id: String,
    pub started: Timestamp,
    /// The accounts of a file, if given.
    pub accounts: Option<Vec<String>>,
}

impl Record {
    pub fn new(id: &str, started: Timestamp, accounts: Option<&[String]>) -> Self {
        Self { format: FORMAT.to_owned(), id: id.to_owned(), started, accounts: accounts.map(<[String]>::to_vec) }
    }
}

/// A run in a store.
#[derive(Clone, Debug)]
pub struct Run {
    store: Store,
    number: u32,
    pub record: Record,
}

impl Store {
    /// The latest run.
    pub fn newest_run(&self) -> Result<Option<Run>, StoreError> {
        let numbers = self.folders(&self.key(RUNS)?)?;
        let mut numbers: Vec<u32> = numbers.iter().filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        let records: Vec<String> = numbers.iter().map(|number| record_of(*number)).collect();
        // A listing without a record belongs to a process that was killed before it started the run.
        let begun = numbers.into_iter().zip(self.have(&records)?).rfind(|(_, is_begun)| *is_begun);
        begun.map(|(number, _)| self.run(number)).transpose()
    }

    /// Starts a run with its list of accounts. If several processes start at the same time, all of them get the first
    /// one.
    pub fn begin_run(&self, after: Option<&Run>, listing: &Path, record: &Record) -> Result<Run, StoreError> {
        let number = after.map_or(1, |run| run.number + 1);
        let place = format!("{RUNS}/{number:06}");
        for (name, bytes) in files(listing)? {
            self.overwrite(&format!("{place}/listing-{}/{name}", record.id), bytes)?;
        }
        let text = serde_json::to_vec_pretty(record).expect("plain data always serialises");
        self.create_record(&record_of(number), text)?;
        self.run(number)
    }

    fn run(&self, number: u32) -> Result<Run, StoreError> {
        let name = record_of(number);
        let told = |problem: String| StoreError::failed(self.place(&name), problem);
        let bytes = self.get(&name)?.ok_or_else(|| told("it is gone".to_owned()))?;
        let record: Record = serde_json::from_slice(&bytes).map_err(|error| told(error.to_string()))?;
        if record.format != FORMAT || record.id.len() != 16 || !record.id.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(told(format!("it is not of the format {FORMAT}")));
        }
        Ok(Run { store: self.clone(), number, record })
    }
}

impl Run {
    /// Its name in the store.
    pub fn place(&self) -> String {
        self.store.place(&self.name(""))
    }

    fn name(&self, rest: &str) -> String {
        format!("{RUNS}/{:06}/{rest}", self.number)
    }

    /// The snapshot that lists the accounts.
    pub fn fetch_listing(&self, to: &Path) -> Result<(), StoreError> {
        self.store.fetch(&self.name(&format!("listing-{}", self.record.id)), to)
    }

    /// The accounts' entries so far: file name and text.
    pub fn entries(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.store.read_below(&self.name("entries"))
    }

    pub fn note(&self, account: &str, entry: Vec<u8>) -> Result<(), StoreError> {
        self.store.overwrite(&self.name(&format!("entries/{account}.json")), entry)
    }

    /// The call logs of accounts without a pack: file name and text.
    pub fn calls(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.store.read_below(&self.name("calls"))
    }

    pub fn note_calls(&self, account: &str, log: Vec<u8>) -> Result<(), StoreError> {
        self.store.overwrite(&self.name(&format!("calls/{account}.jsonl")), log)
    }

    pub fn is_closed(&self) -> Result<bool, StoreError> {
        Ok(self.store.have(&[self.name("closed.json")])? == [true])
    }

    /// Marks the run as ended, so that the next one starts again.
    pub fn close(&self, pack: &str) -> Result<(), StoreError> {
        let text = serde_json::json!({ "pack": pack }).to_string();
        self.store.create_record(&self.name("closed.json"), text.into_bytes()).map(drop)
    }
}

/// The object whose creator starts the run.
fn record_of(number: u32) -> String {
    format!("{RUNS}/{number:06}/run.json")
}

/// The files of a small folder.
fn files(dir: &Path) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    let read = super::upload::list_files(dir, "", &mut found).and_then(|()| {
        found
            .into_iter()
            .map(|file| Ok((file.name, crate::files::read(&file.path)?)))
            .collect::<std::io::Result<Vec<_>>>()
    });
    read.map_err(|error| StoreError::failed(dir.display().to_string(), error.to_string()))
}
