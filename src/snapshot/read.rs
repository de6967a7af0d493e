//! Reads a snapshot: every operation's answer, page by page, with its exhibit.

use super::answers;
use super::format::{Call, CallError, FORMAT, Header, is_partition};
use super::import::peek::{Peek, report_csv};
use super::unix_time;
use crate::arn::is_account;
use crate::digest::sha256;
use crate::files;
use crate::text::one_line;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The byte order mark that Windows tools write.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";
/// The most bytes of `snapshot.json`.
const LARGEST_HEADER: u64 = 64 << 20;

/// An open snapshot with a valid header and call log.
#[derive(Debug)]
pub struct Snapshot {
    pub dir: PathBuf,
    pub header: Header,
    /// In the order of the log; a torn last line is dropped.
    pub calls: Vec<Call>,
}

/// The outcome of an operation's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every page arrived.
    Complete,
    /// An error and no page. Some codes are themselves answers (`NoSuchEntity` for the password policy);
    /// [`crate::account`] decides.
    Failed { call: Option<String>, error: CallError },
    /// Some pages arrived, then this error.
    CutShort { call: Option<String>, error: CallError },
    /// No line in the log.
    NotCollected,
}

/// The answer of one operation with one set of parameters, not counting paging parameters.
#[derive(Clone, Debug)]
pub struct Answer {
    pub service: String,
    pub operation: String,
    /// `None` where the service is not regional.
    pub region: Option<String>,
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
    /// Relative to the snapshot, with `/`; used in messages.
    pub name: String,
    /// The time of the call; for supplied evidence, the import's time.
    pub at: Timestamp,
    pub call: Option<String>,
}

/// An exhibit: the answer of one operation with one set of parameters, with a number that the pack refers to.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// `E-01`, in the order of the collection.
    pub id: String,
    pub service: String,
    pub operation: String,
    /// `None` where the service is not regional.
    pub region: Option<String>,
    pub parameters: BTreeMap<String, serde_json::Value>,
    pub outcome: Outcome,
    pub files: Vec<ExhibitFile>,
    /// IDs of its calls in the log, including failed and superseded ones.
    pub calls: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct ExhibitFile {
    /// Relative to the snapshot.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Why a snapshot or one of its files cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("{place}: {problem}\n  next: {next}")]
    Unreadable { place: String, problem: String, next: String },
}

/// The next step for a damaged snapshot, which cannot be repaired by hand without breaking its hashes.
pub(super) const COPY_AGAIN: &str = "copy the whole snapshot folder again from where it was collected, or collect anew";

impl ReadError {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Unreadable { place: place.into(), problem: problem.into(), next: next.into() }
    }
}

impl Snapshot {
    /// Opens the snapshot in `dir`. Every evidence file in the log is checked against its hash once; later reads rely
    /// on it.
    pub fn open(dir: &Path) -> Result<Self, ReadError> {
        let dir = std::path::absolute(dir)
            .map_err(|error| ReadError::new(dir.display().to_string(), error.to_string(), "name a snapshot folder"))?;
        let header = header(&dir)?;
        only_plain_files(&dir, "")?;
        let calls = read_calls(&dir, &header)?;
        let mut snapshot = Self { dir, header, calls };
        for unfinished in snapshot.check_evidence()? {
            snapshot.calls[unfinished].more = true;
        }
        Ok(snapshot)
    }

    /// The answers of an operation, one for each Region and set of parameters, in log order; empty if never called.
    pub fn answers(&self, service: &str, operation: &str) -> Vec<Answer> {
        // Group only the calls of this operation.
        let calls = self.calls.iter().filter(|call| call.service == service && call.operation == operation);
        answers::groups(calls).iter().map(|group| self.answer_of(group)).collect()
    }

    /// The answer of an operation without parameters; `NotCollected` if never called. For regional services use
    /// [`Self::answers`].
    pub fn answer(&self, service: &str, operation: &str) -> Answer {
        self.answers(service, operation).into_iter().find(|answer| answer.parameters.is_empty()).unwrap_or_else(|| {
            Answer {
                service: service.to_owned(),
                operation: operation.to_owned(),
                region: None,
                parameters: BTreeMap::new(),
                outcome: Outcome::NotCollected,
                pages: Vec::new(),
            }
        })
    }

    /// Every exhibit, numbered in the order of the requested operations, then other calls. Operations that were never
    /// called have no exhibit.
    pub fn exhibits(&self) -> Result<Vec<Exhibit>, ReadError> {
        let place = |group: &answers::Group<'_>| {
            let asked = |asked: &super::Requested| asked.service == group.service && asked.operation == group.operation;
            self.header.requested.iter().position(asked).unwrap_or(usize::MAX)
        };
        let mut groups = answers::groups(&self.calls);
        // Regions are collected concurrently, so their order in the log is random. The sort is stable and keeps the
        // order within one operation and Region.
        groups.sort_by_key(|group| (place(group), group.region));
        groups.iter().enumerate().map(|(index, group)| self.exhibit_of(index + 1, group)).collect()
    }

    fn answer_of(&self, group: &answers::Group<'_>) -> Answer {
        let (outcome, pages) = group.resolve();
        let page = |call: &&Call| {
            let name = call.evidence.clone().unwrap_or_default();
            Page { path: self.dir.join(&name), name, at: call.started, call: Some(call.id.clone()) }
        };
        Answer {
            service: group.service.to_owned(),
            operation: group.operation.to_owned(),
            region: group.region.map(str::to_owned),
            parameters: group.parameters.clone(),
            outcome,
            pages: pages.iter().map(page).collect(),
        }
    }

    fn exhibit_of(&self, number: usize, group: &answers::Group<'_>) -> Result<Exhibit, ReadError> {
        let answer = self.answer_of(group);
        let mut files = Vec::new();
        for (page, call) in answer.pages.iter().zip(group.resolve().1) {
            let length = fs::metadata(&page.path).map_err(|error| file_error(&page.name, &error))?.len();
            let sha256 = call.evidence_sha256.clone().unwrap_or_default(); // held against the file when opened
            files.push(ExhibitFile { name: page.name.clone(), bytes: length, sha256 });
            if let Some(name) = companion(&page.name).filter(|name| files::exists(&self.dir.join(name))) {
                let (bytes, sha256) = files::hash(&self.dir.join(&name)).map_err(|error| file_error(&name, &error))?;
                files.push(ExhibitFile { name, bytes, sha256 });
            }
        }
        Ok(Exhibit {
            id: format!("E-{number:02}"),
            service: answer.service,
            operation: answer.operation,
            region: answer.region,
            parameters: answer.parameters,
            outcome: answer.outcome,
            files,
            calls: group.all.iter().map(|call| call.id.clone()).collect(),
        })
    }

    /// Checks every current evidence file against its hash in the log. A file that several calls wrote (a polled job)
    /// has the hash of the last one. Returns the indexes of the calls whose evidence announces more, even if the log
    /// does not.
    fn check_evidence(&self) -> Result<Vec<usize>, ReadError> {
        let mut expected: BTreeMap<&str, (usize, &Call)> = BTreeMap::new();
        for (index, call) in self.calls.iter().enumerate().filter(|(_, call)| !call.superseded) {
            if let Some(name) = &call.evidence {
                expected.insert(name, (index, call));
            }
        }
        let mut unfinished = Vec::new();
        for (name, (index, call)) in expected {
            if !stays_inside(name) {
                let problem = format!("call {} names an evidence file outside the snapshot: {name:?}", call.id);
                return Err(ReadError::new("calls.jsonl", problem, "do not use this snapshot; collect anew"));
            }
            let Some(logged) = &call.evidence_sha256 else {
                let problem = format!("call {} names no hash for {name}", call.id);
                return Err(ReadError::new("calls.jsonl", problem, COPY_AGAIN));
            };
            let bytes = files::read(&self.dir.join(name)).map_err(|error| file_error(name, &error))?;
            let found = sha256(&bytes);
            if found != *logged {
                let problem =
                    format!("the file is not what call {} wrote: its SHA-256 is {found}, not {logged}", call.id);
                return Err(ReadError::new(name, problem, COPY_AGAIN));
            }
            // Invalid JSON is reported when it is parsed, with line and column.
            if Peek::parse(&bytes).unwrap_or_default().is_unfinished(&call.operation) {
                unfinished.push(index);
            }
            if let Some(twin) = companion(name).filter(|twin| files::exists(&self.dir.join(twin))) {
                let decoded = files::read(&self.dir.join(&twin)).map_err(|error| file_error(&twin, &error))?;
                if report_csv(&bytes).as_deref() != Some(&decoded[..]) {
                    let problem = format!("the file is not what {name} holds as its Content");
                    return Err(ReadError::new(twin, problem, COPY_AGAIN));
                }
            }
        }
        Ok(unfinished)
    }
}

impl Page {
    /// The file's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, ReadError> {
        files::read(&self.path).map_err(|error| file_error(&self.name, &error))
    }

    /// Parses the file as JSON into a type; a mismatch names file, line and column.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        let bytes = self.bytes()?;
        let json = bytes.strip_prefix(BOM).unwrap_or(&bytes);
        let rewritten = unix_time::as_iso(json);
        serde_json::from_slice(rewritten.as_deref().unwrap_or(json)).map_err(|error| {
            let place = format!("{}:{}:{}", self.name, error.line(), error.column());
            let next =
                "compare the file with what the AWS CLI prints for this operation, and collect or import it again";
            ReadError::new(place, without_position(&error), next)
        })
    }
}

/// `serde_json`'s message without the position, which the caller adds in front.
pub(super) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

/// The header of the snapshot in `dir`; other files are not checked.
pub fn header(dir: &Path) -> Result<Header, ReadError> {
    #[derive(serde::Deserialize)]
    struct Version {
        format: String,
    }
    let path = dir.join("snapshot.json");
    let place = path.display().to_string();
    let bytes = files::read_at_most(&path, LARGEST_HEADER).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let next = "name the folder that `auditpack collect` or `auditpack import` wrote";
            ReadError::new(place.as_str(), "there is no such file, so this is not a snapshot", next)
        }
        _ => file_error(&place, &error),
    })?;
    let broken = |error: serde_json::Error| {
        let place = format!("{place}:{}:{}", error.line(), error.column());
        ReadError::new(place, without_position(&error), COPY_AGAIN)
    };
    let Version { format } = serde_json::from_slice(&bytes).map_err(broken)?;
    if format != FORMAT {
        let problem = format!("the format is {format:?}; this version reads {FORMAT:?}");
        return Err(ReadError::new(place, problem, "use the version of auditpack that wrote it, or a newer one"));
    }
    let header: Header = serde_json::from_slice(&bytes).map_err(broken)?;
    if let Some(account) = header.account.as_deref().filter(|account| !is_account(account)) {
        let problem = format!("the account {account:?} is not twelve digits");
        return Err(ReadError::new(place, problem, COPY_AGAIN));
    }
    if let Some(partition) = header.partition.as_deref().filter(|partition| !is_partition(partition)) {
        let problem = format!("{partition:?} cannot be a partition of AWS");
        return Err(ReadError::new(place, problem, COPY_AGAIN));
    }
    Ok(header)
}

/// Rejects links, which may lead out of the snapshot and change after the check, and pipes, which never end.
pub(super) fn only_plain_files(dir: &Path, below: &str) -> Result<(), ReadError> {
    let folder = dir.join(below);
    let unreadable = |error: std::io::Error| file_error(&folder.display().to_string(), &error);
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = files::shown(&entry.file_name());
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(unreadable)?;
        if let Some(what) = files::special(kind) {
            let problem = format!("this is {what}; a snapshot holds plain files and folders only");
            return Err(ReadError::new(one_line(&name), problem, COPY_AGAIN));
        }
        // Snapshots have only UTF-8 names, so nothing below another name is read.
        if kind.is_dir() && entry.file_name().to_str().is_some() {
            only_plain_files(dir, &name)?;
        }
    }
    Ok(())
}

/// Reads the call log. A kill leaves at most one torn line at the end of an unfinished collection; any other bad line
/// is damage.
pub(super) fn read_calls(dir: &Path, header: &Header) -> Result<Vec<Call>, ReadError> {
    let running = header.finished.is_none_or(|finished| header.resumed.iter().any(|resumed| *resumed > finished));
    let path = dir.join("calls.jsonl");
    let bytes = match files::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && running => return Ok(Vec::new()),
        Err(error) => return Err(file_error(&path.display().to_string(), &error)),
    };
    let mut calls = Vec::new();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Call>(line.trim_ascii_end()) {
            Ok(mut call) => {
                // A log from elsewhere may contain anything.
                call.error = call.error.map(|error| CallError::new(&error.code, &error.message));
                calls.push(call);
            }
            Err(_) if lines.peek().is_none() && !line.ends_with(b"\n") && running => {}
            Err(error) => {
                let place = format!("{}:{}:{}", path.display(), index + 1, error.column());
                let problem = format!("this line of the call log cannot be read: {}", without_position(&error));
                return Err(ReadError::new(place, problem, COPY_AGAIN));
            }
        }
    }
    Ok(calls)
}

/// The file that is derived from an evidence file and stored beside it: the decoded credential report.
pub(super) fn companion(name: &str) -> Option<String> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    // A report that was fetched again is `get-credential-report.2.json`.
    let generation = file.strip_prefix("get-credential-report")?.strip_suffix(".json")?;
    let number = generation.strip_prefix('.').unwrap_or("1");
    let known = (generation.is_empty() || generation.starts_with('.')) && number.bytes().all(|b| b.is_ascii_digit());
    let file = format!("credential-report{generation}.csv");
    known.then(|| if folder.is_empty() { file.clone() } else { format!("{folder}/{file}") })
}

/// Whether a name in the log stays inside the snapshot; the log is untrusted input.
pub(super) fn stays_inside(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(['\\', '\0'])
        && Path::new(name).components().all(|component| matches!(component, Component::Normal(_)))
}

pub(super) fn file_error(name: &str, error: &std::io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound => ReadError::new(name, "the file is missing from the snapshot", COPY_AGAIN),
        _ => ReadError::new(name, error.to_string(), "check that the file can be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture::Fixture;
    use serde_json::json;

    fn outcome(fixture: Fixture, operation: &str) -> (String, usize) {
        let answer = fixture.open().answer("iam", operation);
        let word = match answer.outcome {
            Outcome::Complete => "complete".to_owned(),
            Outcome::Failed { error, .. } => format!("failed {}", error.code),
            Outcome::CutShort { error, .. } => format!("cut short {}", error.code),
            Outcome::NotCollected => "not collected".to_owned(),
        };
        (word, answer.pages.len())
    }
    fn page(number: u32, more: bool) -> impl Fn(Fixture) -> Fixture {
        move |fixture| fixture.page("iam", "ListUsers", number, more, json!({ "Users": [number] }))
    }
    fn throttled(number: Option<u32>) -> impl Fn(Fixture) -> Fixture {
        move |fixture| fixture.failed("iam", "ListUsers", number, "Throttling", "slow")
    }

    #[test]
    fn regions_stay_apart() {
        let place = |region: &'static str| move |call: &mut Call| region.clone_into(&mut call.region);
        let snapshot = Fixture::new()
            .answer("config", "DescribeConfigRules", json!({ "ConfigRules": [] }))
            .last(place("us-east-1"))
            .failed("config", "DescribeConfigRules", None, "AccessDeniedException", "no")
            .last(place("eu-west-1"))
            .answer("sts", "GetCallerIdentity", json!({}))
            .last(place("us-east-1"))
            .failed("sts", "GetCallerIdentity", None, "Throttling", "slow")
            .last(place("eu-west-1"))
            .open();
        let rules = snapshot.answers("config", "DescribeConfigRules");
        let told: Vec<_> = rules.iter().map(|it| (it.region.as_deref(), it.outcome == Outcome::Complete)).collect();
        assert_eq!(
            told,
            [(Some("us-east-1"), true), (Some("eu-west-1"), false)],
            "a region cannot make good another's gap"
        );
        assert_eq!(snapshot.answers("sts", "GetCallerIdentity").len(), 1, "a service without regions answers once");
        let exhibits = snapshot.exhibits().unwrap();
        let order: Vec<_> = exhibits.iter().filter_map(|exhibit| exhibit.region.as_deref()).collect();
        assert_eq!(order, ["eu-west-1", "us-east-1"], "whichever was asked first");
    }

    #[test]
    fn an_answer_is_complete_only_with_its_last_page_and_no_error_left() {
        type Steps<'a> = &'a [&'a dyn Fn(Fixture) -> Fixture];
        let (one, two, last, slow) = (page(1, true), page(2, true), page(2, false), throttled(Some(2)));
        let (only, lost, superseded) =
            (page(1, false), throttled(None), |f: Fixture| f.last(|call| call.superseded = true));
        let repeated = |fixture: Fixture| {
            let error = CallError { code: "RepeatedMarker".to_owned(), message: String::new() };
            fixture.last(|call| call.error = Some(error))
        };
        let cases: &[(Steps<'_>, &str, usize)] = &[
            (&[], "not collected", 0),
            (&[&only], "complete", 1),
            (&[&one, &last], "complete", 2),
            (&[&one, &slow, &last], "complete", 2),
            (&[&lost, &only], "complete", 1),
            (&[&slow], "failed Throttling", 0),
            (&[&one], "cut short Incomplete", 1),
            (&[&one, &slow], "cut short Throttling", 1),
            (&[&one, &two, &repeated], "cut short RepeatedMarker", 2),
            (&[&last], "cut short Incomplete", 1),
            (&[&one, &superseded, &slow, &superseded], "not collected", 0),
            (&[&one, &superseded, &slow, &one, &last], "complete", 2),
            (&[&one, &slow, &only], "complete", 1),
        ];
        for (index, (steps, expected, pages)) in cases.iter().enumerate() {
            let fixture = steps.iter().fold(Fixture::new(), |fixture, step| step(fixture));
            assert_eq!(outcome(fixture, "ListUsers"), ((*expected).to_owned(), *pages), "case {index}");
        }
    }

    #[test]
    fn a_polled_job_is_as_its_last_answer_says() {
        let poll = |fixture: Fixture, more: bool| {
            let state = if more { "STARTED" } else { "COMPLETE" };
            fixture.answer("iam", "GenerateCredentialReport", json!({ "State": state })).last(|call| call.more = more)
        };
        let done = poll(poll(Fixture::new(), true), false);
        assert_eq!(outcome(done, "GenerateCredentialReport"), ("complete".to_owned(), 1));
        let late = poll(Fixture::new(), true).failed("iam", "GenerateCredentialReport", None, "DeadlineExceeded", "");
        assert_eq!(outcome(late, "GenerateCredentialReport"), ("cut short DeadlineExceeded".to_owned(), 1));
    }

    #[test]
    fn evidence_that_announces_more_is_incomplete_despite_the_log() {
        let users = |body: serde_json::Value| outcome(Fixture::new().answer("iam", "ListUsers", body), "ListUsers").0;
        assert_eq!(users(json!({ "Users": [], "IsTruncated": true, "Marker": "m" })), "cut short Incomplete");
        assert_eq!(users(json!({ "Users": [], "IsTruncated": "true" })), "cut short Incomplete");
        assert_eq!(users(json!({ "Users": [], "NextToken": "t" })), "cut short Incomplete");
        assert_eq!(users(json!({ "Users": [], "IsTruncated": false })), "complete");
        for state in ["STARTED", "complete"] {
            let fixture = Fixture::new().answer("iam", "GenerateCredentialReport", json!({ "State": state }));
            assert_eq!(outcome(fixture, "GenerateCredentialReport").0, "cut short Incomplete", "{state}");
        }
        let silent = Fixture::new().answer("iam", "GenerateCredentialReport", json!({}));
        assert_eq!(outcome(silent, "GenerateCredentialReport").0, "cut short Incomplete");
    }

    #[test]
    fn a_header_with_an_invalid_account_or_partition_is_rejected() {
        type Change = fn(&mut Header);
        let changes: [(Change, &str); 3] = [
            (|header| header.account = Some("1111".to_owned()), "is not twelve digits"),
            (|header| header.partition = Some("aws\u{1b}".to_owned()), "cannot be a partition"),
            (|header| header.partition = Some(String::new()), "cannot be a partition"),
        ];
        for (change, says) in changes {
            let mut fixture = Fixture::new();
            change(&mut fixture.header);
            let text = fixture.write().unwrap_err().to_string();
            assert!(text.contains("snapshot.json") && text.contains(says) && text.contains("next: "), "{text}");
        }
    }

    #[test]
    fn a_decoded_report_that_is_not_the_evidence_is_named() {
        let name = "evidence/iam/get-credential-report.json";
        let fixture = Fixture::new().report("2026-11-22T05:00:00Z", "user\nann\n");
        let numbered = fixture.calls.last().unwrap().evidence.clone().unwrap();
        fs::rename(fixture.dir().join(numbered), fixture.dir().join(name)).unwrap();
        let fixture = fixture.last(|call| call.evidence = Some(name.to_owned()));
        let again = companion("evidence/iam/get-credential-report.2.json");
        assert_eq!(again.as_deref(), Some("evidence/iam/credential-report.2.csv"));
        let csv = fixture.dir().join("evidence/iam/credential-report.csv");
        fs::write(&csv, "user\nann\n").unwrap();
        assert!(fixture.write().is_ok());
        fs::write(&csv, "user\nbob\n").unwrap();
        let text = fixture.write().unwrap_err().to_string();
        assert!(text.starts_with("evidence/iam/credential-report.csv: the file is not what"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_snapshot_are_refused() {
        let fixture = Fixture::new().answer("iam", "ListUsers", json!({}));
        let evidence = fixture.dir().join(fixture.calls[0].evidence.as_deref().unwrap());
        let outside = tempfile::tempdir().unwrap();
        fs::copy(&evidence, outside.path().join("users.json")).unwrap();
        fs::remove_file(&evidence).unwrap();
        std::os::unix::fs::symlink(outside.path().join("users.json"), &evidence).unwrap();
        let text = fixture.write().unwrap_err().to_string();
        assert!(text.contains("list-users") && text.contains("a symbolic link"), "{text}");
    }

    #[test]
    fn each_set_of_parameters_is_one_answer_numbered_in_request_order() {
        let mut fixture = Fixture::new()
            .answer_about("iam", "GetSAMLProvider", ("SAMLProviderArn", "b"), json!({}))
            .failed_about("iam", "GetSAMLProvider", ("SAMLProviderArn", "a"), "AccessDenied")
            .report("2026-11-22T05:00:00Z", "user\n")
            .answer("iam", "ListUsers", json!({}))
            .last(|call| drop(call.parameters.insert("Marker".to_owned(), json!("m"))));
        fixture.header.requested = ["ListUsers", "GetCredentialReport"]
            .map(|operation| crate::snapshot::Requested {
                source: "s".to_owned(),
                service: "iam".to_owned(),
                operation: operation.to_owned(),
            })
            .to_vec();
        let snapshot = fixture.open();
        let names: Vec<String> = snapshot
            .exhibits()
            .unwrap()
            .iter()
            .map(|e| format!("{} {} {}", e.id, e.operation, e.files.len()))
            .collect();
        let expected = [
            "E-01 ListUsers 1",
            "E-02 GetCredentialReport 1",
            "E-03 GetSAMLProvider 1",
            "E-04 GetSAMLProvider 0",
            "E-05 GenerateCredentialReport 1",
        ];
        assert_eq!(names, expected);
        assert_eq!(snapshot.answers("iam", "GetSAMLProvider").len(), 2);
        let exhibit = &snapshot.exhibits().unwrap()[0];
        assert_eq!(exhibit.files[0].sha256, sha256(&fs::read(snapshot.dir.join(&exhibit.files[0].name)).unwrap()));
    }

    #[test]
    fn a_torn_last_line_is_dropped_while_a_collection_runs_and_no_other() {
        let mut fixture = Fixture::new().answer("iam", "ListUsers", json!({}));
        fixture.header.finished = None;
        let dir = fixture.write().unwrap().dir;
        let log = fs::read_to_string(dir.join("calls.jsonl")).unwrap();
        fs::write(dir.join("calls.jsonl"), format!("{log}{}", &log[..40])).unwrap();
        assert_eq!(Snapshot::open(&dir).unwrap().calls.len(), 1);
        fs::write(dir.join("calls.jsonl"), format!("{}\n{log}", &log[..40])).unwrap();
        let error = Snapshot::open(&dir).unwrap_err().to_string();
        assert!(error.contains("calls.jsonl:1:40: this line of the call log cannot be read"), "{error}");
    }

    #[test]
    fn a_page_of_another_shape_is_named_with_line_and_column() {
        let snapshot = Fixture::new().answer("iam", "ListUsers", json!({ "Users": 7 })).open();
        let error = snapshot.answer("iam", "ListUsers").pages[0].read::<BTreeMap<String, Vec<u8>>>().unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("evidence/iam/list-users/0001.json:2:12: invalid type: integer `7`"), "{text}");
    }
}
