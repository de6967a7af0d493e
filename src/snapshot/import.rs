//! Creates a snapshot from a folder of AWS CLI output.
//!
//! The files are copied byte for byte. Each becomes one line of the call log, without what cannot be known afterwards
//! (status, request ID, time of the call). The snapshot is marked *supplied*, not *observed*.

mod hints;
mod intake;
mod naming;
mod operations;
mod owner;
pub(super) mod peek;
mod report_csv;
mod stderr;
mod write;

pub use super::script::script;

use super::format::{FORMAT, Header, Origin, Requested};
use super::layout::{is_regional, kebab};
use super::write::WriteError;
use crate::text::one_line;
use intake::{Intake, Taken};
use jiff::Timestamp;
use operations::{About, OPERATIONS, Operation, When};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Every operation that can be imported, by service and name; a test compares it with what is collected.
pub fn known_operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS.iter().map(|operation| (operation.service, operation.name))
}

/// The result of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The number of imported evidence files.
    pub files: usize,
    /// Calls that had failed when the folder was made and so leave a gap; that there is no password
    /// policy, or no such contact, is an answer.
    pub errors: usize,
    /// Operations of a standard collection without a file in the folder, in the CLI's names.
    pub not_collected: Vec<String>,
    /// Files of no known operation; they are not imported.
    pub unknown: Vec<String>,
    /// The account's number, where it is known.
    pub account: Option<String>,
    /// The time of the collection and its source.
    pub started: Timestamp,
    pub started_from: StartedFrom,
    /// Notes for the user, in sentences.
    pub notes: Vec<String>,
}

/// The source of the collection's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartedFrom {
    /// `collected-at.txt` in the folder.
    File,
    /// The option.
    Option,
    /// Unknown, so the time of the import is used.
    #[default]
    Now,
}

/// What the user states about the folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The account ID, if the answers do not contain it.
    pub account: Option<&'a str>,
    /// When the answers were collected, if the folder does not say it.
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
/// How far the collecting computer's clock may be ahead.
const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// 2011-01-01: IAM did not exist before.
const FIRST_SECOND: i64 = 1_293_840_000;
/// The decoded form of `get-credential-report.json`; it is generated again from that file.
const REPORT_CSV: &str = "iam/credential-report.csv";

/// Makes the snapshot `to` from the AWS CLI output in `from`: a folder, or a credential report as a CSV file.
///
/// The evidence's time is `collected-at.txt` (RFC 3339) if the folder has one, otherwise the time in `known`, otherwise
/// `now`. Modification times do not show when AWS answered.
pub fn import(from: &Path, to: &Path, now: Timestamp, known: &Known<'_>) -> Result<Imported, ImportError> {
    refuse_occupied(to)?;
    let mut files = BTreeSet::new();
    let mut bad = Vec::new();
    let is_file = fs::symlink_metadata(from).is_ok_and(|found| found.is_file());
    let root = if is_file { from.parent().unwrap_or(from) } else { from };
    if is_file {
        files.extend(from.file_name().map(|name| name.to_string_lossy().into_owned()));
    } else {
        list_files(from, "", &mut files, &mut bad)?;
    }
    let seen = files.clone();
    let mut work = Intake::new(root, files, bad);
    let (started, started_from) = work.started(now, known.collected_at);
    let not_collected = take_operations(&mut work);
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
        let (seen, next) = hints::describe_folder(&seen, |name| crate::files::read(&root.join(name)).ok());
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

/// Whether AWS could have answered at this time.
pub fn can_be_collected_at(time: Timestamp, now: Timestamp) -> bool {
    time <= now.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX) && time.as_second() >= FIRST_SECOND
}

/// Imports the answers of every operation; returns the standard operations without an answer.
fn take_operations(work: &mut Intake<'_>) -> Vec<String> {
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

/// The requested operations: the standard ones, and those of options if the folder shows that they were used.
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

/// Every file below the root as a relative path with `/`; names that are not Unicode are converted lossily.
fn list_files(
    root: &Path,
    below: &str,
    files: &mut BTreeSet<String>,
    bad: &mut Vec<BadFile>,
) -> Result<(), ImportError> {
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
            list_files(root, &name, files, bad)?;
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
