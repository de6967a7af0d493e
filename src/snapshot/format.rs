//! The snapshot's files as data: `snapshot.json` and the lines of `calls.jsonl`.
//!
//! These are on-disk contracts (version [`FORMAT`]): readers tolerate unknown
//! members, writers never drop one that a released version wrote.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format's name and version, first member of `snapshot.json`.
pub const FORMAT: &str = "auditpack.snapshot/v1";

/// Whether a text can name a partition: `aws`, `aws-us-gov` …
pub fn is_partition(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The origin of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// This program made the calls and kept the answers as received.
    Observed,
    /// Another tool made the calls; the files were imported.
    Supplied,
}

/// Who made the calls, as `sts:GetCallerIdentity` answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub arn: String,
    pub user_id: String,
}

/// Throttling responses of one service in one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    pub service: String,
    pub region: String,
    pub answers: u64,
}

/// A service with a custom endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// As in a call: `iam`.
    pub service: String,
    /// Without a user name and password.
    pub url: String,
}

/// `snapshot.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Always [`FORMAT`].
    pub format: String,
    pub origin: Origin,
    /// Twelve digits. Absent while unknown (`GetCallerIdentity` denied).
    pub account: Option<String>,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: Option<String>,
    /// The Regions that were collected.
    pub regions: Vec<String>,
    /// The Regions that are enabled in the account; empty while unknown. Those that are not in [`Self::regions`] were
    /// not collected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions_enabled: Vec<String>,
    pub caller: Option<Caller>,
    /// Start of the collection (UTC): the time of facts without a time of their own.
    pub started: Timestamp,
    /// Absent while the collection runs or after it was interrupted.
    pub finished: Option<Timestamp>,
    /// When the collection was resumed, oldest first.
    #[serde(default)]
    pub resumed: Vec<Timestamp>,
    /// Resumed more than four hours after `started`, so evidence from different times is combined.
    #[serde(default)]
    pub mixed_times: bool,
    /// Where AWS throttled requests; they were repeated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub throttled: Vec<Throttled>,
    /// Custom endpoints that the user configured (`AWS_ENDPOINT_URL`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Endpoint>,
    pub tool_version: String,
    /// `standard`; later `deep`.
    pub depth: String,
    /// The operations that the collection was to call, in order, whether or not it called them.
    pub requested: Vec<Requested>,
}

impl Header {
    /// Each custom endpoint with its services: `http://127.0.0.1:5000 (iam, sts)`.
    pub fn other_endpoints(&self) -> Vec<String> {
        let mut by_url: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for endpoint in &self.endpoints {
            by_url.entry(&endpoint.url).or_default().push(&endpoint.service);
        }
        by_url.into_iter().map(|(url, services)| format!("{url} ({})", services.join(", "))).collect()
    }
}

/// One operation that the collection was to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// The source's name, for example `credential-report`.
    pub source: String,
    /// SDK service id in lower case: `iam`, `sts`.
    pub service: String,
    /// API operation: `GetCredentialReport`.
    pub operation: String,
}

/// One line of `calls.jsonl`: one HTTP request and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the log's line, absent where it is false")]
pub struct Call {
    /// `c00001`, in the order of completion.
    pub id: String,
    pub source: String,
    pub service: String,
    pub operation: String,
    /// The signing Region; `aws-global` for IAM.
    pub region: String,
    /// The request's parameters as the CLI names them (`Marker`, `MaxItems`, `PolicyArn` …).
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// When the request was sent (UTC).
    pub started: Timestamp,
    /// Milliseconds until the body was read or the attempt failed.
    pub ms: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Absent without an HTTP response.
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// AWS's own `Date` header, verbatim.
    pub date: Option<String>,
    /// The number of entries in this answer, if the operation lists any.
    pub items: Option<u64>,
    /// 1 for the first page of a paged operation.
    pub page: Option<u32>,
    /// The answer announces more: a further page, or a job that is not finished.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// SHA-256 (hex) of the response body as received, failed answers included.
    pub sha256: Option<String>,
    /// The `x-amzn-ErrorType` header, with which some services name the error, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Evidence file derived from the body, relative to the snapshot.
    pub evidence: Option<String>,
    pub evidence_sha256: Option<String>,
    /// The body had a member that must not be stored, so only its hash is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    pub error: Option<CallError>,
    /// The body repeated a secret of the run, such as its session token. The secret was replaced by `[masked]` before
    /// hashing and storing, so body and hash differ from what was received.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// A later run replaced this page, because an earlier one was interrupted while paging.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
}

/// Why a call has no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// AWS's error code (`AccessDenied`), or one of this program: `Timeout`, `Connection`, `TruncatedBody`,
    /// `MalformedResponse`, `NoCredentials`, `OtherAccount`, `RepeatedMarker`, `RepeatedPage`, `MarkerTooLong`,
    /// `PageLimit`, `AnswerTooLong`, `ServiceSilent`, `DeadlineExceeded`, `OutOfTime`, `JobFailed`.
    pub code: String,
    pub message: String,
}

/// The most characters of an error message. AWS's messages are far shorter, but another server may send anything.
const LONGEST_MESSAGE: usize = 2_000;
/// The most characters of an error code.
const LONGEST_CODE: usize = 100;

impl CallError {
    /// An error with code and message cut to their limits.
    pub fn new(code: &str, message: &str) -> Self {
        Self { code: shortened(code, LONGEST_CODE), message: shortened(message, LONGEST_MESSAGE) }
    }
}

/// The start of a text, with the number of omitted characters.
fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} [{} more characters]", &text[..end], text[end..].chars().count()),
    }
}

/// Errors that are themselves answers: a retry would return the same.
const DEFINITIVE: &[&str] = &[
    "NoSuchEntity",
    "ResourceNotFoundException",
    "AWSOrganizationsNotInUseException",
    "ResourcePolicyNotFoundException",
    "OrganizationNotFoundException",
    "OrganizationNotInAllFeaturesModeException",
    "ServiceAccessNotEnabledException",
    // SNS: the topic is gone.
    "NotFound",
];

/// Whether an error is itself an answer: none exists.
pub fn is_definitive(code: &str) -> bool {
    DEFINITIVE.contains(&code)
}
