//! Makes a snapshot from a folder of AWS CLI output that somebody else collected.
//!
//! The files are copied byte for byte; each becomes one line of the call log
//! without the things that nobody can know afterwards (status, request id,
//! time of the single call). The snapshot says *supplied*, not *observed*.

pub(super) mod glance;
mod stderr;

pub use super::script::script;

use super::format::{Call, CallError, Caller, FORMAT, Header, Origin, Requested};
use super::layout::{file_name, kebab, stem};
use super::read::{companion, on_one_line};
use super::write::{WriteError, atomic, close_to_others, make_dir};
use crate::digest::sha256;
use glance::Glance;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What an import made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Evidence files taken over.
    pub files: usize,
    /// Calls that had failed when the folder was made and so leave a gap; that there is no password
    /// policy is an answer.
    pub errors: usize,
    /// Operations of a standard collection of which the folder holds nothing, as the CLI names them.
    pub not_collected: Vec<String>,
    /// Files that belong to no known operation; they stay behind.
    pub unknown: Vec<String>,
    /// The account's number, where it is known.
    pub account: Option<String>,
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
        f.write_str(&on_one_line(&self.file))?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}\n  next: {}", self.problem, self.next)
    }
}

/// The operations of a standard collection; for those asked once per thing, the parameter that names it.
const OPERATIONS: &[(&str, &str, Option<&str>)] = &[
    ("sts", "GetCallerIdentity", None),
    ("iam", "GenerateCredentialReport", None),
    ("iam", "GetCredentialReport", None),
    ("iam", "GetAccountSummary", None),
    ("iam", "GetAccountAuthorizationDetails", None),
    ("iam", "GetAccountPasswordPolicy", None),
    ("iam", "ListAccountAliases", None),
    ("iam", "ListUsers", None),
    ("iam", "ListRoles", None),
    ("iam", "ListVirtualMFADevices", None),
    ("iam", "ListServerCertificates", None),
    ("iam", "ListSAMLProviders", None),
    ("iam", "GetSAMLProvider", Some("SAMLProviderArn")),
    ("iam", "ListOpenIDConnectProviders", None),
    ("iam", "GetOpenIDConnectProvider", Some("OpenIDConnectProviderArn")),
    ("iam", "ListEntitiesForPolicy", Some("PolicyArn")),
];

/// Answers of later versions of the standard collection must not turn up as unknown files.
const COLLECTED_AT: &str = "collected-at.txt";
/// How far the clock of the computer that collected may be ahead.
const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// 2011-01-01: there is no IAM to ask before.
const FIRST_SECOND: i64 = 1_293_840_000;
/// Decoded twin of `get-credential-report.json`; made anew from it.
const REPORT_CSV: &str = "iam/credential-report.csv";

/// Makes the snapshot `to` from the AWS CLI output in `from`.
///
/// The evidence's time is `collected-at.txt` (RFC 3339) if the folder has one, else `now`;
/// modification times say nothing about when AWS answered. `account` is the number to assume
/// where the folder holds no caller identity.
pub fn import(from: &Path, to: &Path, now: Timestamp, account: Option<&str>) -> Result<Imported, ImportError> {
    refuse_occupied(to)?;
    let mut files = BTreeSet::new();
    let mut bad = Vec::new();
    list(from, "", &mut files, &mut bad)?;
    let mut work = Work { from, files, bad, taken: Vec::new(), caller: None };
    let started = work.collected_at(now).unwrap_or(now);
    let mut not_collected = Vec::new();
    for &(service, operation, parameter) in OPERATIONS {
        let before = (work.taken.len(), work.bad.len());
        match parameter {
            None => work.plain(service, operation),
            Some(name) => work.per_thing(service, operation, name),
        }
        if (work.taken.len(), work.bad.len()) == before && parameter.is_none() {
            not_collected.push(format!("{service} {}", kebab(operation)));
        }
    }
    work.files.remove(REPORT_CSV);
    let (known, caller) = work.identity(account);
    if !work.bad.is_empty() {
        work.bad.sort();
        return Err(ImportError::Files(work.bad));
    }
    if work.taken.is_empty() {
        let next =
            "name the folder that holds iam/ and sts/; `auditpack import --script` prints a script that makes one";
        return Err(folder_error(from, "no AWS CLI output was found in it", next));
    }
    let imported = Imported {
        files: work.taken.iter().filter(|taken| taken.file.is_some()).count(),
        errors: work.taken.iter().filter(|taken| taken.is_gap()).count(),
        not_collected,
        unknown: work.files.iter().map(|name| on_one_line(name)).collect(),
        account: known.clone(),
    };
    let header = Header {
        format: FORMAT.to_owned(),
        origin: Origin::Supplied,
        account: known,
        partition: caller.as_ref().and_then(|caller| caller.arn.split(':').nth(1).map(str::to_owned)),
        regions: vec!["aws-global".to_owned()],
        regions_enabled: Vec::new(),
        caller,
        started,
        finished: Some(started),
        resumed: Vec::new(),
        mixed_times: false,
        throttled: Vec::new(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        depth: "standard".to_owned(),
        requested: OPERATIONS.iter().map(|(service, operation, _)| requested(service, operation)).collect(),
    };
    write(from, to, &header, work.taken).map_err(|error| match error {
        WriteError::Io { place, problem } => {
            folder_error(Path::new(&place), &problem.to_string(), "choose another --out")
        }
        other => folder_error(to, &other.to_string(), "choose another --out"),
    })?;
    Ok(imported)
}

/// One file, or one error, that becomes a line of the call log.
struct Taken {
    service: &'static str,
    operation: &'static str,
    parameters: BTreeMap<String, Value>,
    page: Option<u32>,
    more: bool,
    items: Option<u64>,
    /// Name in the folder and in the snapshot.
    file: Option<(String, String)>,
    error: Option<CallError>,
}

impl Taken {
    fn is_gap(&self) -> bool {
        let answers = |code: &str| {
            self.operation == "GetAccountPasswordPolicy" && matches!(code, "NoSuchEntity" | "NoSuchEntityException")
        };
        self.error.as_ref().is_some_and(|error| !answers(&error.code))
    }
}

struct Work<'a> {
    from: &'a Path,
    /// Files nobody has claimed yet, relative, with `/`.
    files: BTreeSet<String>,
    bad: Vec<BadFile>,
    taken: Vec<Taken>,
    caller: Option<(String, Caller)>,
}

impl Work<'_> {
    /// `op.json`, or the pages `op/0001.json` …
    fn plain(&mut self, service: &'static str, operation: &'static str) {
        let base = format!("{service}/{}", kebab(operation));
        let evidence = stem(service, "aws-global", operation);
        let pages = self.stems_in(&base);
        if self.claim(&base, &evidence, (service, operation), BTreeMap::new(), None) && !pages.is_empty() {
            let problem = "the answer is there twice: as this file and as pages in a folder of the same name";
            self.bad(&format!("{base}.json"), problem, "keep the one that belongs to this collection");
            return;
        }
        let mut numbers: BTreeMap<u32, String> = BTreeMap::new();
        for page in pages {
            let digits = page.bytes().all(|byte| byte.is_ascii_digit());
            let Some(number) = page.parse::<u32>().ok().filter(|number| digits && *number > 0) else { continue };
            let (from, to) = (format!("{base}/{page}"), format!("{evidence}/{number:04}"));
            match numbers.get(&number) {
                Some(other) => {
                    let problem = format!("page {number} is there twice: here and as {}", on_one_line(other));
                    self.bad(&from, &problem, "keep the one that belongs to this collection");
                }
                None => {
                    self.claim(&from, &to, (service, operation), BTreeMap::new(), Some(number));
                }
            }
            numbers.entry(number).or_insert(from);
        }
        let gap = numbers.iter().zip(1..).find(|((number, _), expected)| *number != expected);
        if let Some(((number, from), expected)) =
            gap.map(|((number, from), expected)| ((*number, from.clone()), expected))
        {
            let problem = format!("page {number} is there and page {expected} is not");
            self.bad(&from, &problem, "add the missing page, or number the pages from 1 without a gap");
        }
        self.unclaimed(&base, "the name is not the number of a page", "name the pages 0001.json, 0002.json and so on");
    }

    /// `op/<percent-encoded parameter>.json`, one a thing.
    fn per_thing(&mut self, service: &'static str, operation: &'static str, parameter: &str) {
        let base = format!("{service}/{}", kebab(operation));
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for name in self.stems_in(&base) {
            let Ok(value) = percent_encoding::percent_decode_str(&name).decode_utf8() else { continue };
            if let Some(other) = values.insert(value.to_string(), name.clone()) {
                let problem = format!("the name means the same {parameter} as {}", on_one_line(&other));
                self.bad(&format!("{base}/{name}.json"), &problem, "keep the one that belongs to this collection");
                continue;
            }
            let evidence = format!("{}/{}", stem(service, "aws-global", operation), file_name(&value));
            let parameters = BTreeMap::from([(parameter.to_owned(), Value::from(value.as_ref()))]);
            self.claim(&format!("{base}/{name}"), &evidence, (service, operation), parameters, None);
        }
        let problem = format!("the name is not a percent-encoded {parameter}");
        self.unclaimed(&base, &problem, "name the file as the script of `auditpack import --script` does");
    }

    /// Answers in an operation's folder that nobody took would be lost without a word.
    fn unclaimed(&mut self, folder: &str, problem: &str, next: &str) {
        let inside = |name: &&String| {
            name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
                && [".json", ".stderr", ".exit"].iter().any(|end| name.ends_with(end))
        };
        let left: Vec<String> = self.files.iter().filter(inside).cloned().collect();
        let named: BTreeSet<String> = self.bad.iter().map(|bad| bad.file.clone()).collect();
        for name in left.iter().filter(|name| {
            !named.contains(*name) && !named.contains(name.rsplit_once('.').map_or("", |(stem, _)| stem))
        }) {
            self.bad(name, problem, next);
        }
    }

    /// Names in a folder without `.json`, `.stderr`, `.exit`; each once, sorted.
    fn stems_in(&self, folder: &str) -> BTreeSet<String> {
        let inside = |name: &String| {
            let name = name.strip_prefix(folder)?.strip_prefix('/')?;
            [".json", ".stderr", ".exit"].iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned)
        };
        self.files.iter().filter_map(inside).filter(|name| !name.contains('/')).collect()
    }

    /// Takes the files of one call; false if there are none.
    fn claim(
        &mut self,
        from: &str,
        to: &str,
        (service, operation): (&'static str, &'static str),
        parameters: BTreeMap<String, Value>,
        page: Option<u32>,
    ) -> bool {
        let [json, text, exit] = [".json", ".stderr", ".exit"].map(|end| format!("{from}{end}"));
        let there = [&json, &text, &exit].map(|name| self.files.remove(name));
        if !there.contains(&true) {
            return false;
        }
        let said = if there[1] { self.text(&text) } else { String::new() };
        let code = if there[2] { self.text(&exit) } else { String::new() };
        let answer = if there[0] { self.bytes(&json) } else { Vec::new() };
        let failed = match code.trim() {
            "" => answer.trim_ascii().is_empty() && !said.trim().is_empty(),
            "0" => false,
            _ => true,
        };
        let taken = Taken { service, operation, parameters, page, more: false, items: None, file: None, error: None };
        if failed {
            self.taken.push(Taken { error: Some(stderr::error(&said, code.trim())), ..taken });
            return true;
        }
        match Glance::at(&answer) {
            Ok(glance) => {
                if operation == "GetCallerIdentity" {
                    self.caller = glance.caller();
                    if self.caller.is_none() {
                        let problem = "the answer does not name an account of twelve digits and a caller's ARN";
                        self.bad(&json, problem, "run `aws sts get-caller-identity` again, or remove the file");
                    }
                }
                let more = glance.is_unfinished(operation);
                let file = Some((json, format!("{to}.json")));
                self.taken.push(Taken { more, items: glance.items, file, ..taken });
            }
            Err(broken) => self.bad.push(BadFile {
                file: json,
                line: broken.position.map(|(line, _)| line),
                column: broken.position.map(|(_, column)| column),
                problem: broken.problem,
                next: broken.next.to_owned(),
            }),
        }
        true
    }

    fn collected_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        if !self.files.remove(COLLECTED_AT) {
            return None;
        }
        let text = self.text(COLLECTED_AT);
        let text = text.trim_start_matches('\u{feff}').trim();
        match text.parse::<Timestamp>() {
            Ok(time) if time > now.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX) => {
                let problem = format!("{time} is in the future");
                self.bad(
                    COLLECTED_AT,
                    &problem,
                    "write when the answers were collected, and check this computer's clock",
                );
                None
            }
            Ok(time) if time.as_second() < FIRST_SECOND => {
                let problem = format!("{time} is before AWS had IAM");
                self.bad(COLLECTED_AT, &problem, "write when the answers were collected, or remove the file");
                None
            }
            Ok(time) => Some(time),
            Err(_) => {
                let problem = format!("{text:?} is not a time");
                self.bad(COLLECTED_AT, &problem, "write it like 2026-11-22T05:56:27Z, or remove the file");
                None
            }
        }
    }

    /// The account's number and the caller; the option fills in, but does not overrule.
    fn identity(&mut self, option: Option<&str>) -> (Option<String>, Option<Caller>) {
        let Some((account, caller)) = self.caller.take() else { return (option.map(str::to_owned), None) };
        if let Some(option) = option.filter(|option| *option != account) {
            let problem = format!("the answers are those of account {account}, not of {option}");
            self.bad("sts/get-caller-identity.json", &problem, "leave --account away, or name the right folder");
        }
        (Some(account), Some(caller))
    }

    fn bytes(&mut self, name: &str) -> Vec<u8> {
        fs::read(self.from.join(name)).unwrap_or_else(|error| {
            self.bad(name, &error.to_string(), "make the file readable");
            Vec::new()
        })
    }

    fn text(&mut self, name: &str) -> String {
        String::from_utf8_lossy(&self.bytes(name)).into_owned()
    }

    fn bad(&mut self, file: &str, problem: &str, next: &str) {
        let (problem, next) = (problem.to_owned(), next.to_owned());
        self.bad.push(BadFile { file: file.to_owned(), line: None, column: None, problem, next });
    }
}

fn requested(service: &str, operation: &str) -> Requested {
    Requested { source: "imported".to_owned(), service: service.to_owned(), operation: operation.to_owned() }
}

/// Writes the snapshot: evidence first, then the log, the header last, so that a folder
/// with a header is a whole snapshot.
fn write(from: &Path, to: &Path, header: &Header, taken: Vec<Taken>) -> Result<(), WriteError> {
    make_dir(to)?;
    close_to_others(to)?;
    let mut log = String::new();
    for (index, taken) in taken.into_iter().enumerate() {
        let mut evidence_sha256 = None;
        if let Some((source, target)) = &taken.file {
            let bytes = {
                let place = from.join(source);
                fs::read(&place).map_err(|problem| WriteError::Io { place: place.display().to_string(), problem })?
            };
            evidence_sha256 = Some(sha256(&bytes));
            let path = to.join(target);
            make_dir(path.parent().expect("evidence lies in a folder"))?;
            atomic(&path, &bytes)?;
            if taken.operation == "GetCredentialReport"
                && let Some(csv) = glance::report_csv(&bytes)
                && let Some(twin) = companion(target)
            {
                atomic(&to.join(twin), &csv)?;
            }
        }
        let call = Call {
            id: format!("c{:05}", index + 1),
            source: "imported".to_owned(),
            service: taken.service.to_owned(),
            operation: taken.operation.to_owned(),
            region: "aws-global".to_owned(),
            parameters: taken.parameters,
            started: header.started,
            ms: 0,
            attempt: 1,
            status: None,
            request_id: None,
            date: None,
            items: taken.items,
            page: taken.page,
            more: taken.more,
            sha256: None,
            evidence: taken.file.map(|(_, target)| target),
            evidence_sha256,
            error: taken.error,
            superseded: false,
        };
        log.push_str(&serde_json::to_string(&call).expect("a call always serialises"));
        log.push('\n');
    }
    atomic(&to.join("calls.jsonl"), log.as_bytes())?;
    let header = serde_json::to_string_pretty(header).expect("a header always serialises") + "\n";
    atomic(&to.join("snapshot.json"), header.as_bytes())
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
