//! Makes a snapshot from a folder of AWS CLI output that somebody else collected.
//!
//! The files are copied byte for byte; each becomes one line of the call log
//! without the things that nobody can know afterwards (status, request id,
//! time of the single call). The snapshot says *supplied*, not *observed*.

pub(super) mod glance;
mod guesses;
mod naming;
mod operations;
mod owner;
mod raw_report;
mod stderr;
mod work;
mod write;

pub use super::script::script;

use super::format::{FORMAT, Header, Origin, Requested};
use super::layout::{is_regional, kebab};
use super::write::WriteError;
use crate::text::one_line;
use jiff::Timestamp;
use operations::{About, OPERATIONS, Operation, When};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use work::{Taken, Work};

/// Every operation that can be imported, by service and name; for a test that holds it against what is collected.
pub fn known_operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS.iter().map(|operation| (operation.service, operation.name))
}

/// What an import made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Evidence files taken over.
    pub files: usize,
    /// Calls that had failed when the folder was made and so leave a gap; that there is no password
    /// policy, or no such contact, is an answer.
    pub errors: usize,
    /// Operations of a standard collection of which the folder holds nothing, as the CLI names them.
    pub not_collected: Vec<String>,
    /// Files that belong to no known operation; they stay behind.
    pub unknown: Vec<String>,
    /// The account's number, where it is known.
    pub account: Option<String>,
    /// What is taken as the time of the collection, and why.
    pub started: Timestamp,
    pub started_from: StartedFrom,
    /// What else whoever imports should know, in sentences.
    pub notes: Vec<String>,
}

/// Where the time of the collection comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartedFrom {
    /// `collected-at.txt` in the folder.
    File,
    /// The option.
    Option,
    /// Nobody said, so the time of the import stands for it.
    #[default]
    Now,
}

/// What the person who imports knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The account's number, where the answers do not say it.
    pub account: Option<&'a str>,
    /// When the answers were collected, where the folder does not say it.
    pub collected_at: Option<Timestamp>,
}

/// A file of the folder that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadFile {
    /// Relative to the folder.
    pub file: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub problem: String,
    pub next: String,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{place}: {problem}\n  next: {next}")]
    Folder { place: String, problem: String, next: String },
    /// Every bad file at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Files(Vec<BadFile>),
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.file))?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}\n  next: {}", self.problem, self.next)
    }
}

/// When the answers were collected.
const COLLECTED_AT: &str = "collected-at.txt";
/// How far the clock of the computer that collected may be ahead.
const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// 2011-01-01: there is no IAM to ask before.
const FIRST_SECOND: i64 = 1_293_840_000;
/// Decoded twin of `get-credential-report.json`; made anew from it.
const REPORT_CSV: &str = "iam/credential-report.csv";

/// Makes the snapshot `to` from the AWS CLI output in `from`: a folder, or a credential report as a CSV file.
///
/// The evidence's time is `collected-at.txt` (RFC 3339) if the folder has one, else what `known` says, else `now`;
/// modification times say nothing about when AWS answered.
pub fn import(from: &Path, to: &Path, now: Timestamp, known: &Known<'_>) -> Result<Imported, ImportError> {
    refuse_occupied(to)?;
    let mut files = BTreeSet::new();
    let mut bad = Vec::new();
    let is_file = fs::symlink_metadata(from).is_ok_and(|found| found.is_file());
    let root = if is_file { from.parent().unwrap_or(from) } else { from };
    if is_file {
        files.extend(from.file_name().map(|name| name.to_string_lossy().into_owned()));
    } else {
        list(from, "", &mut files, &mut bad)?;
    }
    let seen = files.clone();
    let mut work = Work::new(root, files, bad);
    let (started, started_from) = work.started(now, known.collected_at);
    let not_collected = take_all(&mut work);
    let has_report = work.taken.iter().any(|taken| taken.operation.name == "GetCredentialReport");
    if has_report {
        work.files.remove(REPORT_CSV);
    }
    let separator = if has_report { None } else { work.raw_report() };
    let (account, partition, caller) = work.identity(known.account);
    if !work.bad.is_empty() {
        work.bad.sort();
        return Err(ImportError::Files(work.bad));
    }
    if work.taken.is_empty() {
        let (seen, next) = guesses::seen(&seen, |name| crate::files::read(&root.join(name)).ok());
        let usual = "name the folder that holds iam/ and sts/, or a credential report (CSV); `auditpack import --script` \
                     prints a script that makes the folder";
        let problem = format!("no AWS CLI output was found in it; {seen}");
        return Err(folder_error(from, &problem, &next.unwrap_or_else(|| usual.to_owned())));
    }
    let notes = work.notes(separator, (started, started_from), now);
    let imported = Imported {
        files: work.taken.iter().filter(|taken| taken.file.is_some()).count(),
        errors: work.taken.iter().filter(|taken| taken.is_gap()).count(),
        not_collected,
        unknown: work.files.iter().map(|name| one_line(name)).collect(),
        account: account.clone(),
        started,
        started_from,
        notes,
    };
    let depth = if has(&work.taken, When::Deep) { "deep" } else { "standard" };
    let regions = work.regions();
    let header = Header {
        format: FORMAT.to_owned(),
        origin: Origin::Supplied,
        account,
        partition,
        regions: if regions.is_empty() { vec!["aws-global".to_owned()] } else { regions },
        regions_enabled: work.enabled_regions(),
        caller,
        started,
        finished: Some(started),
        resumed: Vec::new(),
        mixed_times: false,
        throttled: Vec::new(),
        endpoints: Vec::new(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        depth: depth.to_owned(),
        requested: requested(&work.taken),
    };
    write::write(root, to, &header, work.taken).map_err(|error| match error {
        WriteError::Io { place, problem } => {
            folder_error(Path::new(&place), &problem.to_string(), "choose another --out")
        }
        other => folder_error(to, &other.to_string(), "choose another --out"),
    })?;
    Ok(imported)
}

/// Whether AWS can have answered at this time.
pub fn can_be_collected_at(time: Timestamp, now: Timestamp) -> bool {
    time <= now.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX) && time.as_second() >= FIRST_SECOND
}

/// Takes the answers of every operation; returns those of a standard collection of which there is nothing.
fn take_all(work: &mut Work<'_>) -> Vec<String> {
    let mut not_collected = Vec::new();
    for operation in OPERATIONS.iter() {
        let before = (work.taken.len(), work.bad.len());
        if is_regional(operation.service) {
            for region in work.regions_of(operation) {
                work.operation(operation, Some(&region));
            }
        } else {
            work.operation(operation, None);
        }
        let nothing = (work.taken.len(), work.bad.len()) == before;
        let always = operation.when == When::Always && !matches!(operation.about, About::Each(_));
        if nothing && always {
            not_collected.push(format!("{} {}", operation.service, kebab(operation.name)));
        }
    }
    not_collected
}

fn has(taken: &[Taken], when: When) -> bool {
    taken.iter().any(|taken| taken.operation.when == when)
}

/// What was to be collected: the standard, with what only options ask for where the folder shows that they were given.
fn requested(taken: &[Taken]) -> Vec<Requested> {
    let is_meant = |operation: &&Operation| match operation.when {
        When::Always => true,
        When::Deep => has(taken, When::Deep),
        When::Option => taken.iter().any(|taken| taken.operation.name == operation.name),
    };
    let asked = |operation: &Operation| Requested {
        source: "imported".to_owned(),
        service: operation.service.to_owned(),
        operation: operation.name.to_owned(),
    };
    OPERATIONS.iter().filter(is_meant).map(asked).collect()
}

fn refuse_occupied(to: &Path) -> Result<(), ImportError> {
    let occupied = match fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if occupied {
        return Err(folder_error(to, "the folder is not empty", "name a new folder for the snapshot with --out"));
    }
    Ok(())
}

/// Every file below `dir`, relative, with `/`; names that are not Unicode are shown as well as they can be.
fn list(root: &Path, below: &str, files: &mut BTreeSet<String>, bad: &mut Vec<BadFile>) -> Result<(), ImportError> {
    let dir: PathBuf = if below.is_empty() { root.to_owned() } else { root.join(below) };
    let unreadable = |error: std::io::Error| {
        folder_error(&dir, &error.to_string(), "name a folder with AWS CLI output that can be read")
    };
    for entry in fs::read_dir(&dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            list(root, &name, files, bad)?;
        } else if kind.is_file() {
            files.insert(name);
        } else {
            bad.push(BadFile {
                file: name,
                line: None,
                column: None,
                problem: "this is neither a plain file nor a folder, and nothing else is read".to_owned(),
                next: "put the file itself in its place, or remove it".to_owned(),
            });
        }
    }
    Ok(())
}

fn folder_error(place: &Path, problem: &str, next: &str) -> ImportError {
    ImportError::Folder { place: place.display().to_string(), problem: problem.to_owned(), next: next.to_owned() }
}
