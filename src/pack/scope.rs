//! Scope and completeness: what was asked, by whom, when, what came back, what is missing.

mod sources;

use super::words::{count, duration, full_stop, gap_code, listed, moment, number, sentence, thousands};
use super::{DisagreementLine, GapLine, Inputs, ReconciliationLine, Scope, evidence};
use crate::account::fact::{Gap, Observed};
use crate::account::{Agreement, Count, Disagreement, Reconciliation};
use crate::snapshot::format::Origin;
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(super) fn scope(inputs: &Inputs<'_>) -> Scope {
    let account = inputs.account;
    Scope {
        facts: facts(inputs),
        sources: sources::sources(inputs),
        gaps: gaps(inputs),
        gaps_sentence: gaps_sentence(account.gaps.len()),
        reconciliation: account.reconciliation.iter().map(reconciliation).collect(),
        reconciliation_sentence: reconciliation_sentence(&account.reconciliation, &account.disagreements),
        disagreements: account.disagreements.iter().map(disagreement).collect(),
        notes: account.notes.iter().map(|note| full_stop(note)).collect(),
        limits: limits(inputs),
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
    facts.push(("How the evidence came here", origin(header.origin).to_owned()));
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
        Origin::Observed => "Observed: this program made the calls and kept each answer as received.",
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

fn gaps(inputs: &Inputs<'_>) -> Vec<GapLine> {
    let mut met: BTreeMap<&Gap, Vec<String>> = BTreeMap::new();
    for result in &inputs.assessment.controls {
        for gap in &result.gaps {
            let controls = met.entry(gap).or_default();
            let id = &inputs.catalog.controls[result.control].id;
            if !controls.contains(id) {
                controls.push(id.clone());
            }
        }
    }
    let controls = |gap: &Gap| met.get(gap).cloned().unwrap_or_default();
    let kind = |gap: &Gap| (gap.evidence, gap.kind.clone(), gap.code.clone());
    let mut alike: BTreeMap<_, Vec<&Gap>> = BTreeMap::new();
    for gap in &inputs.account.gaps {
        alike.entry(kind(gap)).or_default().push(gap);
    }
    let mut lines = Vec::new();
    for gap in &inputs.account.gaps {
        let Some(group) = alike.remove(&kind(gap)) else { continue };
        // One line more would say as much as a line about the rest.
        let shown = if group.len() > TOLD + 1 { TOLD } else { group.len() };
        let (told, rest) = group.split_at(shown);
        lines.extend(told.iter().map(|gap| gap_line(gap, full_stop(&gap.reason), controls(gap))));
        if let Some(first) = rest.first() {
            let mut all: Vec<String> = rest.iter().flat_map(|gap| controls(gap)).collect();
            all.sort();
            all.dedup();
            let reason = format!(
                "{} more of this kind; assessment.json lists every one of them with its reason.",
                number(rest.len())
            );
            lines.push(GapLine { call: None, ..gap_line(first, reason, all) });
        }
    }
    lines
}

fn gap_line(gap: &Gap, reason: String, controls: Vec<String>) -> GapLine {
    GapLine {
        source: evidence::operation(gap.evidence.service, gap.evidence.operation),
        code: gap_code(gap),
        reason,
        call: gap.call.clone(),
        controls,
    }
}

fn gaps_sentence(gaps: usize) -> String {
    match gaps {
        0 => {
            "Nothing is missing: every operation that was asked was answered in full, and every answer was understood."
                .to_owned()
        }
        gaps => format!(
            "{} missing or could not be understood. Controls whose result it can change are unknown, never passed.",
            if gaps == 1 {
                "One piece of evidence is".to_owned()
            } else {
                format!("{} pieces of evidence are", number(gaps))
            }
        ),
    }
}

fn reconciliation(line: &Reconciliation) -> ReconciliationLine {
    let counted = |count: &Count| {
        let value = count.count.known().map_or_else(|| super::words::NOT_KNOWN.to_owned(), |count| thousands(*count));
        (evidence::source(&count.evidence), value)
    };
    ReconciliationLine {
        what: line.what.clone(),
        counts: line.counts.iter().map(counted).collect(),
        result: agreement(line.agrees).to_owned(),
        explanation: line.explanation.as_deref().map(sentence),
    }
}

fn agreement(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "agrees",
        Agreement::Differs => "differs",
        Agreement::NotComparable => "not comparable",
    }
}

fn reconciliation_sentence(lines: &[Reconciliation], disagreements: &[Disagreement]) -> String {
    let with = |agreement| lines.iter().filter(|line| line.agrees == agreement).count();
    let names = |agreement| {
        let names: Vec<&str> =
            lines.iter().filter(|line| line.agrees == agreement).map(|line| line.what.as_str()).collect();
        listed(&names)
    };
    if lines.is_empty() {
        return "No counts could be reconciled.".to_owned();
    }
    let (agree, differ, apart) = (with(Agreement::Agrees), with(Agreement::Differs), with(Agreement::NotComparable));
    let mut sentences = Vec::new();
    if agree == lines.len() {
        sentences.push("Every count that several sources give is the same in all of them.".to_owned());
    } else {
        sentences.push(format!("{} of {} counts agree between sources.", number(agree), number(lines.len())));
    }
    if differ > 0 {
        sentences.push(format!("Counts that differ: {}.", names(Agreement::Differs)));
    }
    if apart > 0 {
        let what = names(Agreement::NotComparable);
        sentences.push(format!("Counts for which fewer than two sources could be read: {what}."));
    }
    if !disagreements.is_empty() {
        let several = count(disagreements.len(), "statement", "statements");
        sentences.push(format!("The sources contradict each other on {several}."));
    }
    sentences.join(" ")
}

fn disagreement(line: &Disagreement) -> DisagreementLine {
    DisagreementLine {
        subject: line.subject.clone(),
        about: line.about.clone(),
        says: line.says.iter().map(|(source, says)| (evidence::source(source), says.clone())).collect(),
        explanation: line.explanation.as_deref().map(sentence),
    }
}

/// What the pack does not look at at all.
fn limits(inputs: &Inputs<'_>) -> Vec<String> {
    let mut limits = vec![
        "The evidence shows the account at one point in time, the time of collection. It does not show that a control \
         operated throughout a period."
            .to_owned(),
    ];
    if let Some(period) = &inputs.labels.period {
        limits.push(format!("The period {period} is a label given by the person who made the pack."));
    }
    limits.extend(
        [
            "Only IAM and the credentials of IAM users and of the root user are looked at. Policies attached to \
             resources (buckets, keys, queues and the like) are not.",
            "Policies of AWS Organizations (service control policies and resource control policies) can restrict what \
             this account's policies allow. They are not looked at.",
            "Temporary sessions that were issued before the collection and are still valid are not looked at, nor are \
             the sessions of federated users.",
            "Users and groups of IAM Identity Center or of another identity provider are not looked at; the roles that \
             they use in this account are.",
            "The credential report shows two access keys and two signing certificates a user. Passwords, keys and \
             certificates of any other kind are not looked at.",
            "The pack states what AWS answered. It does not judge whether a person should have the access they have.",
        ]
        .map(str::to_owned),
    );
    limits
}
