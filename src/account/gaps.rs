//! Makes gaps, words them, and gathers them in the order of the sources.

use super::contradictions::other_region;
use super::fact::{Evidence, Gap, GapKind};
use super::identity_center::is_answered_elsewhere;
use super::{Account, KINDS, populations};
use crate::operations::operations;
use crate::snapshot::{Answer, CallError, Outcome, ReadError, Snapshot, is_definitive};
use crate::wire::shape::names;
use crate::wire::subject::{contradiction, echoes};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A gap that no failed call stands behind.
pub fn gap(evidence: Evidence, kind: GapKind, reason: impl Into<String>) -> Arc<Gap> {
    Arc::new(Gap { evidence, kind, code: None, reason: reason.into(), call: None })
}

/// What keeps an answer from being whole; none if it is.
pub fn of_answer(evidence: Evidence, answer: &Answer) -> Option<Arc<Gap>> {
    let (call, error, reason) = match &answer.outcome {
        Outcome::Complete => return None,
        Outcome::NotCollected => {
            return Some(gap(evidence, GapKind::NotCollected, format!("{evidence} was not collected")));
        }
        Outcome::Failed { call, error } => {
            let verb = if kind_of(error) == GapKind::Denied { "was refused" } else { "failed" };
            (call, error, format!("{evidence} {verb}: {}", words(error)))
        }
        Outcome::CutShort { call, error } => {
            let pages = answer.pages.len();
            let arrived = if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
            (call, error, format!("{evidence} was cut short after {arrived}: {}", words(error)))
        }
    };
    let code = Some(error.code.clone());
    Some(Arc::new(Gap { evidence, kind: kind_of(error), code, reason, call: call.clone() }))
}

/// An answer that arrived and cannot be understood.
pub fn unreadable(evidence: Evidence, call: Option<&str>, problem: &ReadError) -> Arc<Gap> {
    let ReadError::Unreadable { place, problem, .. } = problem;
    let reason = format!("the answer of {evidence} cannot be understood: {place}: {problem}");
    Arc::new(Gap { evidence, kind: GapKind::Unreadable, code: None, reason, call: call.map(str::to_owned) })
}

/// AWS says in this way that what was asked for does not exist.
pub fn says_none(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { error, .. } if matches!(error.code.as_str(), "NoSuchEntity" | "NoSuchEntityException"))
}

/// `1 use`, `12 uses`: a number and its noun.
pub fn counted(number: impl Into<i64>, noun: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `alice, bob and 3 more`: up to five names.
pub fn some_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    crate::text::some_names(names, 5)
}

fn words(error: &CallError) -> String {
    if error.message.is_empty() { error.code.clone() } else { format!("{} ({})", error.message, error.code) }
}

fn kind_of(error: &CallError) -> GapKind {
    match error.code.as_str() {
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthFailure"
        | "AuthorizationError"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "NotAuthorized"
        | "OptInRequired"
        | "OrganizationAccessDeniedException"
        | "SignatureDoesNotMatch"
        | "UnauthorizedAccess"
        | "UnauthorizedOperation"
        | "UnrecognizedClientException" => GapKind::Denied,
        "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => GapKind::Throttled,
        _ => GapKind::Failed,
    }
}

/// Every gap that stands anywhere in the account, each once, in the order of the sources.
/// `sources` are those of whole answers, which need not have reached any fact.
pub fn gather(account: &Account, sources: Vec<Arc<Gap>>) -> Vec<Arc<Gap>> {
    let mut found: BTreeSet<Arc<Gap>> = sources.into_iter().collect();
    found.extend(account.aliases.gap().cloned());
    found.extend(account.report_generated.gap().cloned());
    for count in account.reconciliation.iter().flat_map(|row| &row.counts) {
        found.extend(count.count.gap().cloned());
    }
    found.extend(KINDS.iter().flat_map(|kind| populations::gaps(account.population(kind))));
    let mut gaps: Vec<Arc<Gap>> = found.into_iter().collect();
    sort(&mut gaps);
    gaps
}

/// In the order of the collection.
fn sort(gaps: &mut [Arc<Gap>]) {
    let order: Vec<(&str, &str)> = operations().map(|(_, row)| (row.service, row.name)).collect();
    let place = |gap: &Gap| order.iter().position(|named| *named == (gap.evidence.service, gap.evidence.operation));
    gaps.sort_by_cached_key(|gap| place(gap).unwrap_or(usize::MAX));
}

/// The gaps with one more for each operation and Region that was asked and failed without reaching any fact, so that
/// no failed call goes unmentioned. An error that answers the question ("there is no such policy") is no failure, nor is
/// one of an additional Region of Identity Center where the primary Region answered.
pub fn with_failed_calls(mut gaps: Vec<Arc<Gap>>, snapshot: &Snapshot) -> Vec<Arc<Gap>> {
    let told: BTreeSet<String> = gaps.iter().filter_map(|gap| gap.call.clone()).collect();
    let asked: BTreeSet<(&'static str, &'static str)> =
        snapshot.calls.iter().filter_map(|call| names(&call.service, &call.operation)).collect();
    for (service, operation) in asked {
        let evidence = Evidence::of(service, operation);
        let mut seen = BTreeSet::new();
        let answers = snapshot.answers(service, operation);
        for answer in &answers {
            let (Outcome::Failed { call, error } | Outcome::CutShort { call, error }) = &answer.outcome else {
                continue;
            };
            let is_told = call.as_ref().is_some_and(|call| told.contains(call));
            let is_answered = is_definitive(&error.code) || is_answered_elsewhere(answer, &answers);
            if is_told || is_answered || !seen.insert((answer.region.clone(), error.code.clone())) {
                continue;
            }
            let found = of_answer(evidence, answer);
            let region = answer.region.as_deref().unwrap_or_default();
            gaps.extend(found.map(|gap| located(&gap, region)));
        }
    }
    sort(&mut gaps);
    gaps
}

/// A gap with its Region in its words.
pub fn located(gap: &Arc<Gap>, region: &str) -> Arc<Gap> {
    if region.is_empty() {
        return Arc::clone(gap);
    }
    let named = gap.evidence.to_string();
    let reason = gap.reason.replacen(&named, &format!("{named} in {region}"), 1);
    Arc::new(Gap { reason, ..(**gap).clone() })
}

/// An answer about something else than was asked for, or of another Region; nothing in it is about this.
pub fn elsewhere(evidence: Evidence, answer: &Answer) -> Option<Arc<Gap>> {
    other_region::find(evidence, answer).or_else(|| other_subject(evidence, answer))
}

fn other_subject(evidence: Evidence, answer: &Answer) -> Option<Arc<Gap>> {
    if !echoes(&answer.service, &answer.operation, &answer.parameters) {
        return None;
    }
    answer.pages.iter().find_map(|page| {
        // What is no JSON is told where it is read.
        let body = page.read().ok()?;
        let found = contradiction(&answer.service, &answer.operation, &answer.parameters, &body)?;
        let asked = match found.asked.as_str() {
            "" => "which was not asked for".to_owned(),
            asked => format!("not about {asked}"),
        };
        let reason = format!("{evidence} answered about {}, {asked} ({})", found.answered, page.name);
        Some(Arc::new(Gap { evidence, kind: GapKind::Conflict, code: None, reason, call: page.call.clone() }))
    })
}
