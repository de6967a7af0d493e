//! Checks that the evidence of a snapshot follows from the bodies that AWS sent.
//!
//! A snapshot keeps both: `wire/` has the bytes, `evidence/` the same answers in the AWS CLI's shape. The hashes in the
//! log protect each against accidents; only deriving the evidence from the bytes again shows that they belong together.
//! The same holds for errors: the body must show that the call failed. Imported evidence has no bytes and is not
//! checked here.

mod failed_calls;

use super::query::pretty;
use crate::digest::sha256;
use crate::files;
use crate::snapshot::{Call, Origin, Snapshot, wire_name};
use crate::wire;
use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most bytes of one body: a small compressed file must not exhaust memory.
const LARGEST: u64 = 1 << 30;
/// The most calls that a message names.
const NAMED: usize = 10;

/// A snapshot whose evidence is not what AWS sent.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}\n  next: do not use this snapshot: copy the whole folder again from where it was collected, or collect again",
    Lines(.0)
)]
pub struct Underived(Vec<String>);

struct Lines<'a>(&'a [String]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<&str> = self.0.iter().take(NAMED).map(String::as_str).collect();
        let more = self.0.len().saturating_sub(NAMED);
        let calls = if more == 1 { "call" } else { "calls" };
        let rest = format!("and {more} more {calls} whose evidence does not follow from the body that AWS sent");
        if more > 0 {
            lines.push(&rest);
        }
        f.write_str(&lines.join("\n"))
    }
}

/// Derives the evidence of each call from its body again and compares. `Snapshot::open` has checked the files' hashes.
pub fn check(snapshot: &Snapshot) -> Result<(), Underived> {
    if snapshot.header.origin == Origin::Supplied {
        return Ok(());
    }
    let mut ids = BTreeSet::new();
    let repeated = snapshot.calls.iter().filter(|call| !ids.insert(call.id.as_str()));
    let mut problems: Vec<String> =
        repeated.map(|call| format!("calls.jsonl: two calls have the id {}", call.id)).collect();
    problems.extend(failed_calls::holes(snapshot));
    if problems.is_empty() {
        problems = all(snapshot);
    }
    if problems.is_empty() { Ok(()) } else { Err(Underived(problems)) }
}

/// The problems of all calls, in the order of the log.
fn all(snapshot: &Snapshot) -> Vec<String> {
    let to_check = |call: &&Call| call.evidence.is_some() || call.error.is_some();
    let calls: Vec<&Call> = snapshot.calls.iter().filter(to_check).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some((place, call)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, calls.get(place)?)))
        {
            let checked = if call.error.is_some() { failed_calls::check(snapshot, call) } else { one(snapshot, call) };
            if let Err(problem) = checked {
                found.push((place, problem));
            }
        }
        found
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(calls.len().max(1));
    let mut found: Vec<(usize, String)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().flat_map(|other| other.join().expect("it only reads")).chain(own).collect()
    });
    found.sort();
    found.into_iter().map(|(_, problem)| problem).collect()
}

fn one(snapshot: &Snapshot, call: &Call) -> Result<(), String> {
    let evidence = call.evidence.as_deref().unwrap_or_default();
    let wire = wire_name(&call.id);
    let named = |problem: String| format!("{wire}: {problem}");
    let path = snapshot.dir.join(&wire);
    if !files::exists(&path) {
        // A body with a secret is not kept, and the log says so.
        if call.withheld && wire::may_hold_a_secret(&call.service, &call.operation) {
            return Ok(());
        }
        return Err(named(format!("the body that call {} got is missing; {evidence} was made from it", call.id)));
    }
    let body = body_of(call, &path).map_err(&named)?;
    let converted = wire::answer(&call.service, &call.operation, &body)
        .map_err(|problem| named(format!("the body is no answer to {}: {problem}", call.operation)))?;
    if call.evidence_sha256.as_deref() == Some(sha256(&pretty(&converted.value)).as_str()) {
        return Ok(());
    }
    // An earlier version of this program may have formatted the same values differently.
    let bytes = files::read(&snapshot.dir.join(evidence)).map_err(|error| format!("{evidence}: {error}"))?;
    if call.evidence_sha256.as_deref() != Some(sha256(&bytes).as_str()) {
        // A later call replaced the file (a job that was polled until it was done), and that call is checked.
        return Ok(());
    }
    // What a tree loses would be compared with nothing, and read.
    let kept = std::str::from_utf8(&bytes).ok().and_then(wire::tree);
    let kept = kept.ok_or_else(|| format!("{evidence}: this is not JSON in which each member stands once"))?;
    match difference("", &Value::Object(converted.value), &kept) {
        None => Ok(()),
        Some(difference) => {
            Err(format!("{evidence}: this does not follow from {wire}, the body that AWS sent: {difference}"))
        }
    }
}

/// The body of a call, checked against the hash in the log.
fn body_of(call: &Call, path: &std::path::Path) -> Result<Vec<u8>, String> {
    let body = body(path)?;
    let found = sha256(&body);
    if call.sha256.as_deref() == Some(found.as_str()) {
        return Ok(body);
    }
    let logged = call.sha256.as_deref().unwrap_or("none");
    Err(format!("this is not the body that call {} got: its SHA-256 is {found}, not {logged}", call.id))
}

fn body(path: &std::path::Path) -> Result<Vec<u8>, String> {
    let file = files::open(path).map_err(|error| error.to_string())?;
    let mut body = Vec::new();
    let read = GzDecoder::new(file).take(LARGEST + 1).read_to_end(&mut body);
    read.map_err(|error| format!("the file is not what gzip wrote: {error}"))?;
    if body.len() as u64 > LARGEST { Err(format!("the body is larger than {LARGEST} bytes")) } else { Ok(body) }
}

/// The first difference between two answers. A number and its digits, a time in two formats, and a document and its
/// encoded text are equal.
fn difference(place: &str, sent: &Value, kept: &Value) -> Option<String> {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            let names: BTreeSet<&String> = sent.keys().chain(kept.keys()).collect();
            names.into_iter().find_map(|name| {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                match (sent.get(name), kept.get(name)) {
                    (Some(sent), Some(kept)) => difference(&place, sent, kept),
                    (None | Some(Value::Null), None | Some(Value::Null)) => None,
                    (Some(_), None) => Some(format!("the body has {place} and the evidence has not")),
                    (None, _) => Some(format!("the evidence has {place} and the body has not")),
                }
            })
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            let both = sent.iter().zip(kept).enumerate();
            both.into_iter().find_map(|(index, (sent, kept))| difference(&format!("{place}[{index}]"), sent, kept))
        }
        (sent, kept) if means_the_same(sent, kept) => None,
        (sent, kept) => Some(format!("{place} is {} and the body says {}", short(kept), short(sent))),
    }
}

fn means_the_same(one: &Value, other: &Value) -> bool {
    if one == other {
        return true;
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let document = |value: &Value| match value {
        Value::String(text) => wire::document(text),
        Value::Object(_) => Some(value.clone()),
        _ => None,
    };
    let time = |value: &Value| text(value)?.parse::<Timestamp>().ok();
    let same = |one: Option<String>, other: Option<String>| one.is_some() && one == other;
    same(text(one), text(other))
        || time(one).is_some_and(|time_one| Some(time_one) == time(other))
        || document(one).is_some_and(|document_one| document_one.is_object() && Some(document_one) == document(other))
}

/// A value for a message, cut to 60 characters.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let start: String = text.chars().take(60).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn different_formats_are_equal_and_different_values_are_not() {
        let sent = json!({ "A": 8, "When": "2026-01-02T03:04:05+00:00", "L": [{ "D": { "b": 1 } }], "N": null });
        let same = json!({ "A": "8", "When": "2026-01-02T03:04:05Z", "L": [{ "D": "%7B%22b%22%3A1%7D" }] });
        assert_eq!(difference("", &sent, &same), None);
        for (change, says) in [
            (json!({ "A": 14 }), "A is 14 and the body says 8"),
            (json!({ "When": "2026-01-02T03:04:06Z" }), "When is"),
            (json!({ "L": [] }), "L is []"),
            (json!({ "L": [{ "D": { "b": 2 } }] }), "L[0].D.b is 2 and the body says 1"),
            (json!({ "More": true }), "the evidence has More and the body has not"),
        ] {
            let mut kept = sent.clone();
            for (name, value) in change.as_object().unwrap() {
                kept[name] = value.clone();
            }
            let found = difference("", &sent, &kept).unwrap_or_default();
            assert!(found.contains(says), "{found}");
        }
        let document = |text: &str| json!({ "D": text });
        let twice = document("%7B%22b%22%3A2%2C%22b%22%3A1%7D");
        let one_of_two = difference("", &twice, &json!({ "D": { "b": 1 } }));
        assert!(one_of_two.is_some(), "evidence that lost a member of the document");
        let one_more = difference("", &json!({ "D": { "b": 1 } }), &twice);
        assert!(one_more.is_some(), "evidence that adds a member which the last one hides");
        let mut fewer = sent.clone();
        fewer.as_object_mut().unwrap().shift_remove("A");
        assert_eq!(difference("", &sent, &fewer).as_deref(), Some("the body has A and the evidence has not"));
    }
}
