//! Checks that each failed call in the log did fail, from its body.
//!
//! A log that turns a success into an error would hide evidence. A call without a response (a timeout, a broken
//! connection, a page that was not requested) has no body, so only the log shows that it failed; the same holds for a
//! response that was cut off or too long to keep. Every other error must follow from the bytes of the response.

use super::super::capture::Attempt;
use super::super::query::{Query, RequestParams, parse_attempt};
use super::body_of;
use crate::files;
use crate::snapshot::{Call, CallError, Origin, Snapshot, wire_name};
use crate::wire;

/// Errors of this program without one response of their own: their lines have no HTTP status.
const WITHOUT_AN_ANSWER: &[&str] = &[
    "AnswerTooLong",
    "Connection",
    "DeadlineExceeded",
    "JobFailed",
    "MalformedResponse",
    "MarkerTooLong",
    "NoCredentials",
    "OutOfTime",
    "PageLimit",
    "RepeatedMarker",
    "RepeatedPage",
    "ServiceSilent",
    "Timeout",
    "TruncatedBody",
];

/// Errors of a response with a status whose body is incomplete or too long to keep.
const WITHOUT_A_WHOLE_BODY: &[&str] = &["AnswerTooLong", "Timeout", "TruncatedBody"];

/// A line that is missing from the log: calls are numbered without gaps.
pub fn holes(snapshot: &Snapshot) -> Option<String> {
    if snapshot.header.origin == Origin::Supplied {
        return None;
    }
    let number = |call: &Call| call.id.strip_prefix('c').and_then(|id| id.parse::<usize>().ok());
    let (at, call) = snapshot.calls.iter().enumerate().find(|(at, call)| number(call) != Some(at + 1))?;
    Some(format!("calls.jsonl: line {} should be call c{:05} and is call {}", at + 1, at + 1, call.id))
}

/// Derives the error from the body again.
pub fn check(snapshot: &Snapshot, call: &Call) -> Result<(), String> {
    let Some(error) = &call.error else { return Ok(()) };
    let (id, operation) = (&call.id, &call.operation);
    if call.sha256.is_none() {
        // Nothing of an AssumeRole response is kept.
        let is_secret = call.service == "sts" && operation == "AssumeRole";
        let bodiless = if call.status.is_none() { WITHOUT_AN_ANSWER } else { WITHOUT_A_WHOLE_BODY };
        if is_secret || bodiless.contains(&error.code.as_str()) {
            return Ok(());
        }
        return Err(format!(
            "calls.jsonl: call {id} ({operation}) failed with {} and names no body that says so",
            error.code
        ));
    }
    let wire = wire_name(id);
    let named = |problem: String| format!("{wire}: {problem}");
    let path = snapshot.dir.join(&wire);
    if !files::exists(&path) {
        if call.withheld && wire::may_hold_a_secret(&call.service, operation) {
            return Ok(());
        }
        return Err(named(format!("the body with which call {id} failed is missing")));
    }
    let body = body_of(call, &path).map_err(&named)?;
    let stated = format!("{operation} failed with {}", error.code);
    let is_success = call.status.is_some_and(|status| (200..300).contains(&status));
    if !is_success && wire::answer(&call.service, operation, &body).is_ok() {
        return Err(named(format!("the log says that {stated}, and the body is an answer")));
    }
    match stated_by(call, body) {
        Err(found) if found == *error || found.code == error.code && found.code == "MalformedResponse" => Ok(()),
        Err(found) => {
            Err(named(format!("the log says that {stated}, and the body says {}: {}", found.code, found.message)))
        }
        // A valid answer that was rejected: it belonged to another account, or the request was retried.
        Ok(()) if error.code == "OtherAccount" || is_repeated(snapshot, call) => Ok(()),
        Ok(()) => Err(named(format!("the log says that {stated}, and the body is an answer"))),
    }
}

/// Parses the body as the collection does.
fn stated_by(call: &Call, body: Vec<u8>) -> Result<(), CallError> {
    let Some((service, operation)) = wire::shape::names(&call.service, &call.operation) else { return Ok(()) };
    let params = RequestParams {
        region: call.region.clone(),
        parameters: call.parameters.clone(),
        sent: call.parameters.clone(),
        constants: &[],
    };
    let query = Query { params: Some(params), ..Query::any(service, operation) };
    let attempt = Attempt {
        status: call.status,
        error_code: call.error_type.clone(),
        body: Some(body),
        failure: None,
        ..Attempt::unsent(CallError::new("", ""))
    };
    parse_attempt(&query, &attempt).map(drop)
}

/// Whether the next call is a retry of the same request.
fn is_repeated(snapshot: &Snapshot, call: &Call) -> bool {
    let same = |other: &&Call| {
        other.service == call.service
            && other.operation == call.operation
            && other.region == call.region
            && other.parameters == call.parameters
    };
    let after = snapshot.calls.iter().skip_while(|other| other.id != call.id).skip(1);
    after.into_iter().find(same).is_some_and(|next| next.attempt == call.attempt + 1)
}
