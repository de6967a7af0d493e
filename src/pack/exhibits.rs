//! The exhibits with their files and hashes, and the call log.

use super::words::{moment, number};
use super::{Inputs, evidence};
use crate::snapshot::Exhibit;
use crate::snapshot::format::{Call, Origin};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub struct ExhibitRow {
    pub id: String,
    pub operation: String,
    pub parameters: String,
    /// When asked (first to last call), worded.
    pub time: String,
    pub outcome: String,
    pub calls: Vec<String>,
    /// File in the pack (`snapshot/evidence/…`), bytes, SHA-256.
    pub files: Vec<ExhibitFileRow>,
}

#[derive(Debug, Serialize)]
pub struct ExhibitFileRow {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Serialize)]
pub struct CallRow {
    pub id: String,
    pub operation: String,
    pub parameters: String,
    pub time: String,
    pub ms: u64,
    /// `200`, `AccessDenied` …
    pub outcome: String,
    pub request_id: String,
    pub sha256: String,
}

pub(super) fn exhibits(inputs: &Inputs<'_>) -> Vec<ExhibitRow> {
    let started: BTreeMap<&str, Timestamp> = inputs.calls.iter().map(|call| (call.id.as_str(), call.started)).collect();
    let row = |exhibit: &Exhibit| ExhibitRow {
        id: exhibit.id.clone(),
        operation: evidence::operation(&exhibit.service, &exhibit.operation),
        parameters: evidence::parameters(&exhibit.parameters),
        time: time(inputs, exhibit, &started),
        outcome: evidence::outcome(exhibit),
        calls: exhibit.calls.clone(),
        files: exhibit
            .files
            .iter()
            .map(|file| ExhibitFileRow {
                name: format!("snapshot/{}", file.name),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
            })
            .collect(),
    };
    inputs.exhibits.iter().map(row).collect()
}

/// From the first call to the last, as asked.
fn time(inputs: &Inputs<'_>, exhibit: &Exhibit, started: &BTreeMap<&str, Timestamp>) -> String {
    if inputs.header.origin == Origin::Supplied {
        return "supplied; when AWS was asked is not known".to_owned();
    }
    let times: Vec<Timestamp> = exhibit.calls.iter().filter_map(|call| started.get(call.as_str()).copied()).collect();
    match (times.iter().min(), times.iter().max()) {
        (Some(first), Some(last)) if moment(*first) == moment(*last) => moment(*first),
        (Some(first), Some(last)) => format!("{} to {}", moment(*first), moment(*last)),
        _ => "never asked".to_owned(),
    }
}

pub(super) fn calls_intro(inputs: &Inputs<'_>) -> String {
    let count = inputs.calls.len();
    match inputs.header.origin {
        Origin::Observed => format!(
            "Every request that was sent to AWS for this evidence, those that failed included: {}.",
            number(count)
        ),
        Origin::Supplied => format!(
            "One line a supplied answer: {}. The requests themselves were made by somebody else and not observed; the \
             times are those of the import.",
            number(count)
        ),
    }
}

pub(super) fn calls(inputs: &Inputs<'_>) -> Vec<CallRow> {
    let row = |call: &Call| CallRow {
        id: call.id.clone(),
        operation: evidence::operation(&call.service, &call.operation),
        parameters: evidence::parameters(&call.parameters),
        time: super::words::stamp(call.started),
        ms: call.ms,
        outcome: outcome(call),
        request_id: call.request_id.clone().unwrap_or_default(),
        sha256: call.sha256.clone().unwrap_or_default(),
    };
    inputs.calls.iter().map(row).collect()
}

fn outcome(call: &Call) -> String {
    let mut outcome = match (&call.error, call.status) {
        (Some(error), _) => error.code.clone(),
        (None, Some(status)) => status.to_string(),
        (None, None) => "no answer".to_owned(),
    };
    if call.attempt > 1 {
        outcome.push_str(&format!(", attempt {}", call.attempt));
    }
    if call.superseded {
        outcome.push_str(", superseded");
    }
    outcome
}
