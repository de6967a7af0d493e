//! Builds small snapshots for unit tests, through the same files that a collection leaves.
//!
//! `Fixture::new().answer("iam", "ListUsers", json).denied("iam", "GetAccountSummary").open()`

use super::format::{Call, CallError, Caller, FORMAT, Header, Origin};
use super::layout::{file_name, stem};
use super::{ReadError, Snapshot};
use crate::digest::sha256;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::path::Path;
use tempfile::TempDir;

/// The account that fixtures are about unless a test says otherwise.
pub(crate) const ACCOUNT: &str = "111122223333";

/// A snapshot folder in the making.
pub(crate) struct Fixture {
    dir: TempDir,
    pub header: Header,
    pub calls: Vec<Call>,
}

/// An open snapshot that keeps its folder while it lives.
#[derive(Debug)]
pub(crate) struct Opened {
    snapshot: Snapshot,
    _dir: TempDir,
}

impl Deref for Opened {
    type Target = Snapshot;
    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Fixture {
    /// An empty, finished snapshot of [`ACCOUNT`], started 2026-11-22 06:00 UTC.
    pub fn new() -> Self {
        let started: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let caller = Caller { arn: format!("arn:aws:iam::{ACCOUNT}:user/auditor"), user_id: "AIDAEXAMPLE".to_owned() };
        let header = Header {
            format: FORMAT.to_owned(),
            origin: Origin::Observed,
            account: Some(ACCOUNT.to_owned()),
            partition: Some("aws".to_owned()),
            regions: vec!["aws-global".to_owned()],
            regions_enabled: Vec::new(),
            caller: Some(caller),
            started,
            finished: Some(started),
            resumed: Vec::new(),
            mixed_times: false,
            throttled: Vec::new(),
            endpoints: Vec::new(),
            tool_version: "0.0.0".to_owned(),
            depth: "standard".to_owned(),
            requested: Vec::new(),
        };
        Self { dir: tempfile::tempdir().unwrap(), header, calls: Vec::new() }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A whole answer on one page.
    pub fn answer(self, service: &str, operation: &str, body: Value) -> Self {
        self.page(service, operation, 1, false, body)
    }

    /// One page of an answer; `more` announces a further one.
    pub fn page(self, service: &str, operation: &str, page: u32, more: bool, body: Value) -> Self {
        let name = format!("{}/{page:04}.json", stem(service, "aws-global", operation));
        self.file(service, operation, BTreeMap::new(), Some(page), more, &name, body)
    }

    /// A whole answer to a call with a parameter.
    pub fn answer_about(self, service: &str, operation: &str, parameter: (&str, &str), body: Value) -> Self {
        let name = format!("{}/{}.json", stem(service, "aws-global", operation), file_name(parameter.1));
        let parameters = BTreeMap::from([(parameter.0.to_owned(), Value::from(parameter.1))]);
        self.file(service, operation, parameters, None, false, &name, body)
    }

    /// A whole answer of a region to a call with parameters.
    pub fn answer_in(mut self, region: &str, of: (&str, &str), about: &[(&str, &str)], body: Value) -> Self {
        let values: Vec<&str> = about.iter().map(|(_, value)| *value).collect();
        let name = format!("{}/{}.json", stem(of.0, region, of.1), file_name(&format!("-{}", values.join("&"))));
        let parameters = about.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
        self = self.file(of.0, of.1, parameters, None, false, &name, body);
        self.last(|call| region.clone_into(&mut call.region))
    }

    /// The credential report, generated `generated`, with this CSV.
    pub fn report(self, generated: &str, csv: &str) -> Self {
        use base64::Engine as _;
        let content = base64::engine::general_purpose::STANDARD.encode(csv);
        let body = serde_json::json!({ "Content": content, "ReportFormat": "text/csv", "GeneratedTime": generated });
        self.answer("iam", "GenerateCredentialReport", serde_json::json!({ "State": "COMPLETE" })).answer(
            "iam",
            "GetCredentialReport",
            body,
        )
    }

    /// AWS refuses the call.
    pub fn denied(self, service: &str, operation: &str) -> Self {
        self.failed(service, operation, None, "AccessDenied", "User is not authorized to perform this operation")
    }

    /// The call fails with this code.
    pub fn failed(mut self, service: &str, operation: &str, page: Option<u32>, code: &str, message: &str) -> Self {
        let error = CallError { code: code.to_owned(), message: message.to_owned() };
        let call = self.call(service, operation, BTreeMap::new());
        self.calls.push(Call { page, error: Some(error), ..call });
        self
    }

    /// A call with a parameter fails with this code.
    pub fn failed_about(mut self, service: &str, operation: &str, parameter: (&str, &str), code: &str) -> Self {
        let error = CallError { code: code.to_owned(), message: "no".to_owned() };
        let call = self.call(service, operation, BTreeMap::from([(parameter.0.to_owned(), Value::from(parameter.1))]));
        self.calls.push(Call { error: Some(error), ..call });
        self
    }

    /// Changes the call that was added last.
    pub fn last(mut self, change: impl FnOnce(&mut Call)) -> Self {
        change(self.calls.last_mut().unwrap());
        self
    }

    /// Forgets an operation's calls, so that another answer can take their place.
    pub fn without(mut self, operation: &str) -> Self {
        self.calls.retain(|call| call.operation != operation);
        self
    }

    /// Writes the header and the log, and opens the snapshot.
    pub fn open(self) -> Opened {
        let snapshot = self.write().unwrap();
        Opened { snapshot, _dir: self.dir }
    }

    /// Writes the header and the log and tries to open the snapshot.
    pub fn write(&self) -> Result<Snapshot, ReadError> {
        let log: String = self.calls.iter().map(|call| serde_json::to_string(call).unwrap() + "\n").collect();
        fs::write(self.dir().join("snapshot.json"), serde_json::to_vec_pretty(&self.header).unwrap()).unwrap();
        fs::write(self.dir().join("calls.jsonl"), log).unwrap();
        Snapshot::open(self.dir())
    }

    #[expect(clippy::too_many_arguments, reason = "a call has that many parts")]
    fn file(
        mut self,
        service: &str,
        operation: &str,
        parameters: BTreeMap<String, Value>,
        page: Option<u32>,
        more: bool,
        name: &str,
        body: Value,
    ) -> Self {
        let path = self.dir().join(name);
        let bytes = serde_json::to_vec_pretty(&body).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        let call = self.call(service, operation, parameters);
        let (evidence, evidence_sha256) = (Some(name.to_owned()), Some(sha256(&bytes)));
        self.calls.push(Call { status: Some(200), page, more, evidence, evidence_sha256, ..call });
        self
    }

    fn call(&self, service: &str, operation: &str, parameters: BTreeMap<String, Value>) -> Call {
        Call {
            id: format!("c{:05}", self.calls.len() + 1),
            source: "fixture".to_owned(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: "aws-global".to_owned(),
            parameters,
            started: self.header.started,
            ms: 1,
            attempt: 1,
            status: None,
            request_id: None,
            date: None,
            items: None,
            page: None,
            more: false,
            sha256: None,
            error_type: None,
            evidence: None,
            evidence_sha256: None,
            withheld: false,
            error: None,
            masked: false,
            superseded: false,
        }
    }
}
