//! Entries of a run: one file for each account with its result, and the run's ID.

use crate::digest::sha256;
use crate::files;
use crate::organization::{Entry, State};
use crate::run::progress::Console;
use crate::run::staging::FREE_SPACE;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// A list of accounts older than this is not used.
pub const TOO_OLD: SignedDuration = SignedDuration::from_hours(24);

/// The entries in the folder of a run's state (`shown` in messages). An unreadable entry is reported, and its account
/// has no result.
pub fn read_entries(dir: &Path, shown: &str, console: &Console) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
    let folder = dir.join("entries");
    let unreadable = |error: std::io::Error| files::at(&folder, &error, "begin again with --fresh");
    let mut found = BTreeMap::new();
    for file in fs::read_dir(&folder).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let name = path.file_name().map(files::shown).unwrap_or_default();
        let bytes = files::read(&path).map_err(|error| error.to_string());
        match bytes.and_then(|bytes| parse_entry(&name, &bytes)) {
            Ok(entry) => drop(found.insert(entry.account.clone(), entry)),
            Err(problem) => console.line(&unusable(&format!("{shown}/entries/{name}"), &problem)),
        }
    }
    Ok(found)
}

/// Parses the entry in a file with this name.
pub fn parse_entry(name: &str, bytes: &[u8]) -> Result<Entry, String> {
    let entry: Entry = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if name == format!("{}.json", entry.account) {
        Ok(entry)
    } else {
        Err(format!("it is about account {}", entry.account))
    }
}

/// The message for an unusable entry.
pub fn unusable(place: &str, problem: &str) -> String {
    format!(
        "warning: {place}: this account's result cannot be read and is left out: {problem}\n  next: run again: the \
         account is asked again"
    )
}

/// Whether a folder name in an entry cannot lead elsewhere.
pub fn is_plain(name: &str) -> bool {
    Path::new(name).components().count() == 1
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An entry's state in one line.
pub fn state_text(entry: &Entry) -> String {
    match (&entry.state, &entry.reason) {
        (State::Complete | State::Incomplete, _) => entry.state.words().to_owned(),
        (state, Some(reason)) => format!("{}: {reason}", state.words()),
        (state, None) => state.words().to_owned(),
    }
}

/// Writes or replaces a small file of the run.
pub fn write_again(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = files::create_again(path).and_then(|mut file| std::io::Write::write_all(&mut file, bytes));
    written.map_err(|error| files::at(path, &error, FREE_SPACE))
}

/// The ID of the run with this listing.
pub fn run_id(listing: &Path) -> Result<String, String> {
    let log = listing.join("calls.jsonl");
    let bytes = files::read(&log).map_err(|error| files::at(&log, &error, "begin again with --fresh"))?;
    Ok(sha256(&bytes)[..16].to_owned())
}
