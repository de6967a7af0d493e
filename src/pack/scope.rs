//! Scope and completeness: what was asked, by whom, when, what came back, what is missing.

mod coverage;
mod sources;

use super::words::{count, duration, full_stop, gap_code, listed, moment, number, sentence, thousands};
use super::{Inputs, evidence};
use crate::account::fact::{Evidence, Observed};
use crate::account::{Agreement, Count, Difference, Disagreement, Reconciliation};
use crate::arn::name_of;
use crate::assess::evidence_gaps::{EvidenceGaps, GapClass, MissingEvidence};
use crate::snapshot::format::Origin;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Scope and completeness.
#[derive(Debug, Serialize)]
pub struct Scope {
    /// Label and value, in order: collected by, from, to, requests, depth, mixed times …
    pub facts: Vec<(String, String)>,
    /// One line a source operation: what was asked and what came back.
    pub sources: Vec<SourceLine>,
    /// The evidence gaps; that there are none is said by `gaps_sentence`.
    pub gaps: Vec<GapLine>,
    pub gaps_sentence: String,
    /// What this depth does not request, and what no analyzer of the account looks for. No gaps: nothing was refused.
    pub not_requested: Vec<GapLine>,
    pub not_requested_sentences: Vec<String>,
    pub reconciliation: Vec<ReconciliationLine>,
    pub reconciliation_sentence: String,
    pub disagreements: Vec<DisagreementLine>,
    /// What the reader should know besides, in sentences.
    pub notes: Vec<String>,
    /// What the pack does not look at at all, in sentences.
    pub limits: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct SourceLine {
    /// `iam:GetCredentialReport`.
    pub operation: String,
    /// `Credential report`.
    pub title: String,
    pub requests: usize,
    pub items: Option<u64>,
    /// `complete`, `answered: none set`, `AccessDenied`, `cut short`, `not collected`.
    pub outcome: String,
    /// True where `outcome` is a gap.
    pub is_gap: bool,
    pub exhibit: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct GapLine {
    /// `iam:ListUsers`.
    pub source: String,
    /// `AccessDenied`, `not collected` …
    pub code: String,
    pub reason: String,
    /// Call log line, where there is one.
    pub call: Option<String>,
    /// Controls that met it.
    pub controls: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ReconciliationLine {
    pub what: String,
    /// Source title and count (`not known` for a gap), in order.
    pub counts: Vec<(String, String)>,
    /// `agrees`, `differs`, `not comparable`, `different scope`.
    pub result: String,
    pub explanation: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct DisagreementLine {
    pub subject: String,
    pub about: String,
    /// Source title and what it says.
    pub says: Vec<(String, String)>,
    pub explanation: Option<String>,
}

pub(super) fn scope(inputs: &Inputs<'_>, missing: &EvidenceGaps) -> Scope {
    let account = inputs.account;
    let requested = sources::Requested::of(inputs, missing);
    let other = [GapClass::NotRequested, GapClass::NotAnalyzed];
    Scope {
        facts: facts(inputs),
        sources: requested.lines(),
        gaps: gaps(inputs, missing, GapClass::Gap),
        gaps_sentence: gaps_sentence(missing),
        not_requested: other.iter().flat_map(|class| gaps(inputs, missing, *class)).collect(),
        not_requested_sentences: other.iter().filter_map(|class| missing.sentence(*class)).collect(),
        reconciliation: account.reconciliation.iter().map(reconciliation).collect(),
        reconciliation_sentence: reconciliation_sentence(&account.reconciliation, &account.disagreements),
        disagreements: account.disagreements.iter().map(disagreement).collect(),
        notes: account.notes.iter().map(|note| full_stop(note)).collect(),
        limits: coverage::limits(inputs, &requested),
    }
}

fn facts(inputs: &Inputs<'_>) -> Vec<(String, String)> {
    let (header, account) = (inputs.header, inputs.account);
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.push(("Account", format!("{}, known from {}", account.id, account.id_from)));
    let caller = header.caller.as_ref().map(|caller| caller.arn.clone());
    let unknown = match header.origin {
        Origin::Observed => "not known: AWS did not say who made the calls",
        Origin::Supplied => "not known: the evidence was supplied as files",
    };
    facts.push(("Collected by", caller.unwrap_or_else(|| unknown.to_owned())));
    let supplied = header.origin == Origin::Supplied;
    facts.push((if supplied { "Import began" } else { "Collection began" }, moment(header.started)));
    let finished = header.finished.map(|end| match lasted(header.started, end) {
        Some(lasted) => format!("{} (after {lasted})", moment(end)),
        None => moment(end),
    });
    facts.push((
        if supplied { "Import ended" } else { "Collection ended" },
        finished.unwrap_or_else(|| "it did not run to its end".to_owned()),
    ));
    if !header.resumed.is_empty() {
        let times: Vec<String> = header.resumed.iter().map(|time| moment(*time)).collect();
        facts.push(("Resumed", listed(&times)));
    }
    facts.push(("Credential report", report_age(&account.report_generated, account.started)));
    facts.push(("Requests to AWS", requests(inputs)));
    facts.push(("Collection method", origin(header.origin).to_owned()));
    let elsewhere = header.other_endpoints();
    if !elsewhere.is_empty() {
        facts.push(("Endpoints other than AWS's own", elsewhere.join("; ")));
    }
    facts.push(("Depth", header.depth.clone()));
    if !header.regions.is_empty() {
        facts.push(("Regions", header.regions.join(", ")));
    }
    facts.push(("Collected with", format!("auditpack {}", header.tool_version)));
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// The pack before this one: its date and id, so that packs form a chain.
pub(super) fn previous(changes: &super::changes::Changes) -> String {
    let day = super::changes::day(&changes.old.as_of);
    match &changes.old.pack_id {
        Some(id) => format!("{day}, pack id {id}"),
        None => format!("none; compared with the evidence of {day}"),
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Observed => "Observed: auditpack made the calls and kept each response as received.",
        Origin::Supplied => "Supplied, not observed: somebody else made the calls and handed over the files.",
    }
}

/// `27 requests`, and how many of them were repetitions.
fn requests(inputs: &Inputs<'_>) -> String {
    if inputs.header.origin == Origin::Supplied {
        return format!("not known; {} supplied", count(inputs.calls.len(), "answer was", "answers were"));
    }
    let repeated = inputs.calls.iter().filter(|call| call.attempt > 1).count();
    let failed = inputs.calls.iter().filter(|call| call.error.is_some()).count();
    let mut text = count(inputs.calls.len(), "request", "requests");
    if repeated > 0 {
        text.push_str(&format!(", of which {} repeated an earlier one", number(repeated)));
    }
    text.push_str(&match failed {
        0 => "; every one was answered".to_owned(),
        failed => format!("; {} ended in an error", number(failed)),
    });
    text
}

fn lasted(from: Timestamp, to: Timestamp) -> Option<String> {
    let seconds = u64::try_from(to.as_second() - from.as_second()).ok()?;
    Some(duration(seconds))
}

/// When the credential report was made, and how that lies to the start of the collection.
pub(super) fn report_age(generated: &Observed<Timestamp>, started: Timestamp) -> String {
    let generated = match generated {
        Observed::Gap(gap) => return format!("There is none: {}", full_stop(&gap.reason)),
        Observed::Known(time) => *time,
    };
    let seconds = started.as_second() - generated.as_second();
    let apart = duration(seconds.unsigned_abs());
    match seconds {
        0 => format!("{}, when the collection began", moment(generated)),
        1.. => format!("{}, {apart} before the collection began", moment(generated)),
        _ => format!("{}, {apart} after the collection began", moment(generated)),
    }
}

/// Gaps of one kind that are told one by one; of more, the first stand for all.
const TOLD: usize = 12;

fn gaps(inputs: &Inputs<'_>, missing: &EvidenceGaps, class: GapClass) -> Vec<GapLine> {
    let kind = |one: &MissingEvidence| (one.gap.evidence, one.gap.kind.clone(), one.gap.code.clone());
    let mut alike: BTreeMap<_, Vec<&MissingEvidence>> = BTreeMap::new();
    for one in missing.with(class) {
        alike.entry(kind(one)).or_default().push(one);
    }
    let ids = |ones: &[&MissingEvidence]| -> Vec<String> {
        let controls: BTreeSet<usize> = ones.iter().flat_map(|one| one.controls.iter().copied()).collect();
        controls.into_iter().map(|control| inputs.catalog.controls[control].id.clone()).collect()
    };
    let mut lines = Vec::new();
    for one in missing.with(class) {
        let Some(group) = alike.remove(&kind(one)) else { continue };
        // One line more would say as much as a line about the rest.
        let shown = if group.len() > TOLD + 1 { TOLD } else { group.len() };
        let (told, rest) = group.split_at(shown);
        lines.extend(told.iter().map(|one| gap_line(one, full_stop(&one.gap.reason), ids(&[one]))));
        if let Some(first) = rest.first() {
            let reason = format!(
                "{} more of this kind; assessment.json lists every one of them with its reason.",
                number(rest.len())
            );
            lines.push(GapLine { call: None, ..gap_line(first, reason, ids(rest)) });
        }
    }
    lines
}

fn gap_line(missing: &MissingEvidence, reason: String, controls: Vec<String>) -> GapLine {
    let gap = &missing.gap;
    GapLine {
        source: evidence::operation(gap.evidence.service, gap.evidence.operation),
        code: match missing.class {
            GapClass::Gap => gap_code(gap),
            GapClass::NotRequested => "not requested".to_owned(),
            GapClass::NotAnalyzed => "no analyzer".to_owned(),
        },
        reason,
        call: gap.call.clone(),
        controls,
    }
}

fn gaps_sentence(missing: &EvidenceGaps) -> String {
    let sentence = missing.sentence(GapClass::Gap).unwrap_or_default();
    if missing.incomplete() {
        format!("{sentence} A control whose result a gap could change is inconclusive, never passed.")
    } else {
        format!("{sentence} Every request was answered in full, and every answer was understood.")
    }
}

fn reconciliation(line: &Reconciliation) -> ReconciliationLine {
    let counted = |count: &Count| {
        let value = count.count.known().map_or_else(|| super::words::NOT_KNOWN.to_owned(), |count| thousands(*count));
        (evidence::source(&count.evidence), value)
    };
    let said: Vec<String> = [by_name(line), line.explanation.as_deref().map(sentence)].into_iter().flatten().collect();
    ReconciliationLine {
        what: line.what.clone(),
        counts: line.counts.iter().map(counted).collect(),
        result: agreement(line.agrees).to_owned(),
        explanation: (!said.is_empty()).then(|| said.join(" ")),
    }
}

/// Names of a difference that a sentence has room for; `assessment.json` has them all.
const NAMED: usize = 12;

/// `352 in all: 350 in every source; 1 only in the credential report: left.yesterday; 1 missing there: new.joiner.`
fn by_name(line: &Reconciliation) -> Option<String> {
    let population = line.population.filter(|_| !line.differences.is_empty())?;
    let differing: usize = line.differences.iter().map(|one| one.names.len()).sum();
    let mut parts = vec![format!("{} in every source", number(population - differing))];
    parts.extend(line.differences.iter().map(difference));
    Some(format!("{} in all: {}.", number(population), parts.join("; ")))
}

/// `1 only in the credential report: left.yesterday`.
fn difference(one: &Difference) -> String {
    let names =
        |sources: &[Evidence]| -> String { listed(&sources.iter().map(evidence::in_sentence).collect::<Vec<_>>()) };
    let place = match (one.named_by.as_slice(), one.missing_from.as_slice()) {
        ([_], missing) if missing.len() > 1 => format!("only in {}", names(&one.named_by)),
        (_, [_]) => format!("missing from {}", names(&one.missing_from)),
        _ => format!("in {}, but not in {}", names(&one.named_by), names(&one.missing_from)),
    };
    let shown: Vec<&str> = one.names.iter().take(NAMED).map(String::as_str).collect();
    let more = one.names.len() - shown.len();
    let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
    format!("{} {place}: {}{more}", number(one.names.len()), shown.join(", "))
}

fn agreement(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "agrees",
        Agreement::Differs => "differs",
        Agreement::NotComparable => "not comparable",
        Agreement::DifferentScope => "different scope",
    }
}

fn reconciliation_sentence(lines: &[Reconciliation], disagreements: &[Disagreement]) -> String {
    let with = |agreement| lines.iter().filter(move |line| line.agrees == agreement);
    let names = |agreement| listed(&with(agreement).map(|line| line.what.as_str()).collect::<Vec<_>>());
    if lines.is_empty() {
        return "No populations could be reconciled.".to_owned();
    }
    let (agree, apart) = (with(Agreement::Agrees).count(), with(Agreement::NotComparable).count());
    let mut sentences = Vec::new();
    if agree == lines.len() {
        sentences.push("All populations agree in every source.".to_owned());
    } else {
        sentences.push(format!("{} of {} populations agree in every source.", number(agree), number(lines.len())));
    }
    for line in with(Agreement::Differs) {
        sentences.push(format!("{} differ between sources.", super::words::capital(&line.what)));
        sentences.extend(by_name(line));
    }
    if apart > 0 {
        sentences.push(format!("Fewer than two sources could be read for {}.", names(Agreement::NotComparable)));
    }
    for line in with(Agreement::DifferentScope) {
        let why = line.explanation.as_deref().unwrap_or("the sources count different things");
        sentences.push(format!(
            "{} cannot be compared by count: {}",
            super::words::capital(&line.what),
            full_stop(why)
        ));
    }
    sentences.extend(contradictions(disagreements));
    sentences.join(" ")
}

/// About whom the sources contradict each other.
fn contradictions(disagreements: &[Disagreement]) -> Option<String> {
    let mut subjects: Vec<&str> = disagreements.iter().map(|one| one.subject.as_str()).collect();
    subjects.dedup();
    let names: Vec<&str> = subjects.iter().take(NAMED).map(|arn| name_of(arn)).collect();
    let more = subjects.len() - names.len();
    let names = names.join(", ");
    let names = if more > 0 { format!("{names} and {} more", number(more)) } else { names };
    (!disagreements.is_empty()).then(|| {
        format!("Sources contradict each other on {}: {names}.", count(disagreements.len(), "subject", "subjects"))
    })
}

fn disagreement(line: &Disagreement) -> DisagreementLine {
    DisagreementLine {
        subject: line.subject.clone(),
        about: line.about.clone(),
        says: line.says.iter().map(|(source, says)| (evidence::source(source), says.clone())).collect(),
        explanation: line.explanation.as_deref().map(sentence),
    }
}
