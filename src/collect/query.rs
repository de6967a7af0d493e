//! A query, the path of its answer in the evidence, and the parsing of an attempt.

use super::capture::{Attempt, without_request};
use super::secrets::masked;
use super::source::{caller_identity, credential_report};
use crate::operations::Constant;
use crate::snapshot::{Call, CallError, is_paging, layout};
use crate::wire::subject::{OtherSubject, contradiction};
use crate::wire::{self, Converted};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An answer in the AWS CLI's shape.
pub type Answer = Map<String, Value>;

/// Parameters of a request by name.
pub type Parameters = BTreeMap<String, Value>;

/// An operation, with the Region and parameters that distinguish calls of the same operation.
#[derive(Clone, Debug)]
pub struct Query {
    pub service: &'static str,
    pub operation: &'static str,
    /// Whether an answer announces more.
    pub more: fn(&Answer) -> bool,
    /// Region and parameters; `None` matches calls of any Region and with any parameters.
    pub params: Option<RequestParams>,
}

/// Region and parameters of a request.
#[derive(Clone, Debug)]
pub struct RequestParams {
    pub region: String,
    /// The parameters that distinguish calls of the same operation.
    pub parameters: Parameters,
    /// All parameters that are sent, paging included.
    pub sent: Parameters,
    /// Parameters with the same value in every call.
    pub constants: &'static [(&'static str, Constant)],
}

impl Query {
    /// Every call of an operation.
    pub fn any(service: &'static str, operation: &'static str) -> Self {
        let more = if service == "iam" { is_truncated } else { has_token };
        Self { service, operation, more, params: None }
    }

    pub fn matches(&self, call: &Call) -> bool {
        call.service == self.service
            && call.operation == self.operation
            && self.params.as_ref().is_none_or(|params| {
                let elsewhere = layout::is_regional(self.service) && call.region != params.region;
                !elsewhere && call.parameters.iter().filter(|(name, _)| !is_paging(name)).eq(&params.parameters)
            })
    }

    /// The name of the evidence file: every text in the parameters that vary from call to call.
    pub fn evidence_name(&self) -> Option<String> {
        let mut texts = Vec::new();
        if let Some(params) = &self.params {
            let is_constant = |name: &str| params.constants.iter().any(|(constant, _)| *constant == name);
            let varying = params.parameters.iter().filter(|(name, _)| !is_constant(name));
            varying.for_each(|(_, value)| collect_texts(value, &mut texts));
        }
        (!texts.is_empty()).then(|| texts.join("&"))
    }
}

fn collect_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(object) => object.values().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}

/// Where the answer to a query is stored: the stem of its file names, and the current page.
#[derive(Debug)]
pub struct EvidencePath {
    pub stem: String,
    /// 0 before the first page.
    pub page: u32,
    pub paged: bool,
    /// The first page announced more, so every file name has a page number.
    pub numbered: bool,
    /// Bytes of all pages so far, as received.
    pub bytes: u64,
}

/// Parses an attempt: an answer in the AWS CLI's shape, or AWS's error, or an error of this program.
pub fn parse_attempt(query: &Query, attempt: &Attempt) -> Result<Converted, CallError> {
    if let Some(failure) = &attempt.failure {
        return Err(failure.clone());
    }
    let body = attempt.body.as_deref().unwrap_or_default();
    let status = attempt.status.unwrap_or(0);
    let malformed = |message: String| CallError::new("MalformedResponse", &masked(&message));
    let problem = if (200..300).contains(&status) && attempt.error_code.is_some() {
        // AWS sends this header with errors only, even if the status is a success.
        "an answer that calls itself an error".to_owned()
    } else if (200..300).contains(&status) {
        let read = wire::answer(query.service, query.operation, body);
        let checked = read.and_then(|converted| {
            credential_report::check(query, &converted.value)?;
            caller_identity::check(query, &converted.value)?;
            check_subject(query, attempt, &converted.value)?;
            Ok(converted)
        });
        match checked {
            Ok(converted) => return Ok(converted),
            Err(problem) => problem,
        }
    } else {
        let start: String = String::from_utf8_lossy(body).chars().take(80).collect();
        format!("HTTP {status} with a body that states no AWS error: {start:?}")
    };
    Err(match wire::refusal(body, attempt.error_code.as_deref()) {
        Some(refusal) => CallError::new(&masked(&refusal.code), &masked(&without_request(&refusal.message))),
        None => malformed(problem),
    })
}

/// The parameters of a request as they were sent.
pub fn parameters(query: &Query, attempt: &Attempt) -> BTreeMap<String, Value> {
    match &query.params {
        Some(params) => params.sent.clone(),
        None => wire::parameters(query.service, query.operation, &attempt.form),
    }
}

/// Rejects an answer about another trail, permission set or policy than the one that was requested.
fn check_subject(query: &Query, attempt: &Attempt, answer: &Answer) -> Result<(), String> {
    match contradiction(query.service, query.operation, &parameters(query, attempt), answer) {
        None => Ok(()),
        Some(OtherSubject { parameter, asked, answered }) => {
            Err(format!("the answer is about {answered:?}, and {parameter} {asked:?} was asked for"))
        }
    }
}

pub fn is_truncated(answer: &Answer) -> bool {
    match answer.get("IsTruncated") {
        // Operations without paging in the model may send it as text. Anything but `false` means more.
        Some(truncated) => truncated != &Value::Bool(false) && truncated.as_str() != Some("false"),
        None => answer.get("Marker").and_then(Value::as_str).is_some_and(|marker| !marker.is_empty()),
    }
}

/// Whether an answer has a token for the next page.
pub fn has_token(answer: &Answer) -> bool {
    let token = ["NextToken", "nextToken"].iter().find_map(|name| answer.get(*name));
    token.and_then(Value::as_str).is_some_and(|token| !token.is_empty())
}

/// Indented as the AWS CLI prints it, so that the two compare byte by byte.
pub fn pretty(value: &Answer) -> Vec<u8> {
    use serde::Serialize as _;
    let mut bytes = Vec::new();
    let style = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, style)).expect("a Vec takes any bytes");
    bytes.push(b'\n');
    bytes
}
