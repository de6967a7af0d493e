//! What is asked, where its answer goes, and how an attempt is read.

use super::capture::{Attempt, without_request};
use super::secrets::masked;
use super::source::{caller_identity, credential_report};
use crate::operations::Constant;
use crate::snapshot::{Call, CallError, is_paging, layout};
use crate::wire::subject::{Elsewhere, contradiction};
use crate::wire::{self, Converted};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An answer in the AWS CLI's shape.
pub type Answer = Map<String, Value>;

/// Parameters of a request by name.
pub type Parameters = BTreeMap<String, Value>;

/// What is asked: an operation, and what tells apart calls of the same operation.
#[derive(Clone, Debug)]
pub struct Query {
    pub service: &'static str,
    pub operation: &'static str,
    /// Whether an answer announces more.
    pub more: fn(&Answer) -> bool,
    /// Region and parameters; none where calls of any Region and with any parameters are meant.
    pub asked: Option<Asked>,
}

/// Region and parameters of a request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub region: String,
    /// What tells apart calls of the same operation.
    pub parameters: Parameters,
    /// All that is sent, the page included.
    pub sent: Parameters,
    /// Parameters that every call has.
    pub constants: &'static [(&'static str, Constant)],
}

impl Query {
    /// Every call of an operation.
    pub fn any(service: &'static str, operation: &'static str) -> Self {
        let more = if service == "iam" { is_truncated } else { has_token };
        Self { service, operation, more, asked: None }
    }

    pub fn matches(&self, call: &Call) -> bool {
        call.service == self.service
            && call.operation == self.operation
            && self.asked.as_ref().is_none_or(|asked| {
                let elsewhere = layout::is_regional(self.service) && call.region != asked.region;
                !elsewhere && call.parameters.iter().filter(|(name, _)| !is_paging(name)).eq(&asked.parameters)
            })
    }

    /// What the evidence file is called after: every text in the parameters that differ from call to call.
    pub fn names(&self) -> Option<String> {
        let mut texts = Vec::new();
        if let Some(asked) = &self.asked {
            let is_constant = |name: &str| asked.constants.iter().any(|(constant, _)| *constant == name);
            let telling = asked.parameters.iter().filter(|(name, _)| !is_constant(name));
            telling.for_each(|(_, value)| collect_texts(value, &mut texts));
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

/// Where the answer to a query goes: its stem, and the page it is at.
#[derive(Debug)]
pub struct Place {
    pub stem: String,
    /// 0 before the first page.
    pub page: u32,
    pub paged: bool,
    /// The first page announced more, so that every page has a number.
    pub numbered: bool,
    /// Of all pages so far, as received.
    pub bytes: u64,
}

/// What an attempt brought: an answer in the CLI's shape, or the error in AWS's words or ours.
pub fn read(query: &Query, attempt: &Attempt) -> Result<Converted, CallError> {
    if let Some(failure) = &attempt.failure {
        return Err(failure.clone());
    }
    let body = attempt.body.as_deref().unwrap_or_default();
    let status = attempt.status.unwrap_or(0);
    let malformed = |message: String| CallError::new("MalformedResponse", &masked(&message));
    let problem = if (200..300).contains(&status) && attempt.error_code.is_some() {
        // The header comes with errors only, whatever the status.
        "an answer that calls itself an error".to_owned()
    } else if (200..300).contains(&status) {
        let read = wire::answer(query.service, query.operation, body);
        let checked = read.and_then(|converted| {
            credential_report::check(query, &converted.value)?;
            caller_identity::check(query, &converted.value)?;
            about_what_was_asked(query, attempt, &converted.value)?;
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
    match &query.asked {
        Some(asked) => asked.sent.clone(),
        None => wire::parameters(query.service, query.operation, &attempt.form),
    }
}

/// An answer about another trail, permission set or policy than was asked for says nothing about this one.
fn about_what_was_asked(query: &Query, attempt: &Attempt, answer: &Answer) -> Result<(), String> {
    match contradiction(query.service, query.operation, &parameters(query, attempt), answer) {
        None => Ok(()),
        Some(Elsewhere { parameter, asked, answered }) => {
            Err(format!("the answer is about {answered:?}, and {parameter} {asked:?} was asked for"))
        }
    }
}

pub fn is_truncated(answer: &Answer) -> bool {
    match answer.get("IsTruncated") {
        // An operation whose model knows no pages may still tell, in text; only a clear no is a no.
        Some(told) => told != &Value::Bool(false) && told.as_str() != Some("false"),
        None => answer.get("Marker").and_then(Value::as_str).is_some_and(|marker| !marker.is_empty()),
    }
}

/// Whether a token for the next page stands in an answer.
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
