//! The first page after the cover: the conclusions in sentences and numbers.

use super::chapters::short_conclusion;
use super::numbering::{ChapterControls, Numbers};
use super::words::{NOT_KNOWN, ORDER, count, listed, moment, number, severity};
use super::{Inputs, Scope};
use crate::account::fact::Kind;
use crate::account::subjects::{
    AccessKey, Group, OidcProvider, Policy, Role, SamlProvider, ServerCertificate, User, VirtualMfaDevice,
};
use crate::assess::evidence_gaps::EvidenceGaps;
use crate::assess::{ControlResult, Verdict};
use crate::catalog::Severity;
use crate::snapshot::format::Origin;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Summary {
    /// Plain sentences that open the pack, the most important first.
    pub sentences: Vec<String>,
    /// Controls by verdict, in the order fail, unknown, excepted (where exceptions were given), manual, attested
    /// (where attestations were given), pass, not_applicable; zeros included.
    pub verdicts: Vec<VerdictCount>,
    /// Chart: a bar a chapter, parts by verdict in the same order.
    pub by_chapter: Vec<ChapterBar>,
    /// What the account holds: label and number, `at least 41`, or `not known`.
    pub populations: Vec<(String, String)>,
    /// One line a control, worst first.
    pub controls: Vec<SummaryLine>,
}

#[derive(Debug, Serialize)]
pub struct VerdictCount {
    pub verdict: Verdict,
    /// `Fail`, `Unknown`, `Fails under exception`, `Manual`, `Attested`, `Pass`, `Not applicable`.
    pub label: String,
    pub count: usize,
}

#[derive(Debug, Serialize)]
pub struct ChapterBar {
    pub title: String,
    pub total: usize,
    /// Aligned with `Summary::verdicts`.
    pub counts: Vec<usize>,
}

#[derive(Debug, Serialize)]
pub struct SummaryLine {
    pub id: String,
    /// As in [`ControlSection::number`].
    pub number: String,
    pub title: String,
    pub severity: String,
    pub verdict: Verdict,
    pub verdict_label: String,
    /// `3 of 41 fail`.
    pub conclusion: String,
}

/// Populations that the summary counts.
const COUNTED: [&Kind; 9] = [
    User::KIND,
    AccessKey::KIND,
    VirtualMfaDevice::KIND,
    Group::KIND,
    Role::KIND,
    Policy::KIND,
    ServerCertificate::KIND,
    SamlProvider::KIND,
    OidcProvider::KIND,
];

pub(super) fn summary(inputs: &Inputs<'_>, numbers: &Numbers, scope: &Scope, missing: &EvidenceGaps) -> Summary {
    let populations: Vec<(String, String)> = COUNTED.iter().map(|kind| population(inputs, kind)).collect();
    Summary {
        sentences: sentences(inputs, numbers, scope, missing),
        verdicts: shown(inputs)
            .iter()
            .map(|verdict| VerdictCount {
                verdict: *verdict,
                label: verdict.label().to_owned(),
                count: with(inputs, *verdict),
            })
            .collect(),
        by_chapter: numbers.chapters.iter().map(|chapter| bar(inputs, chapter)).collect(),
        populations,
        controls: lines(inputs, numbers),
    }
}

/// Verdicts that this pack can hold: without exceptions, none fails under one, and without attestations none is attested.
fn shown(inputs: &Inputs<'_>) -> Vec<Verdict> {
    let can_hold = |verdict: &Verdict| match verdict {
        Verdict::Excepted => !inputs.catalog.exceptions.is_empty(),
        Verdict::Attested => !inputs.catalog.attestations.is_empty(),
        _ => true,
    };
    ORDER.into_iter().filter(can_hold).collect()
}

fn with(inputs: &Inputs<'_>, verdict: Verdict) -> usize {
    inputs.assessment.controls.iter().filter(|result| result.verdict == verdict).count()
}

fn population(inputs: &Inputs<'_>, kind: &Kind) -> (String, String) {
    let population = inputs.account.population(kind);
    let count = population.subjects.len();
    let words = match (population.gaps.is_empty(), count) {
        (true, count) => number(count),
        (false, 0) => NOT_KNOWN.to_owned(),
        (false, count) => format!("at least {}", number(count)),
    };
    (super::words::sentence(kind.plural).trim_end_matches('.').to_owned(), words)
}

fn bar(inputs: &Inputs<'_>, chapter: &ChapterControls) -> ChapterBar {
    let results = || inputs.assessment.controls.iter().filter(|result| chapter.controls.contains(&result.control));
    ChapterBar {
        title: chapter.section.title().to_owned(),
        total: results().count(),
        counts: shown(inputs)
            .iter()
            .map(|verdict| results().filter(|result| result.verdict == *verdict).count())
            .collect(),
    }
}

/// Worst first: by verdict, then by severity, then in the catalogue's order.
fn lines(inputs: &Inputs<'_>, numbers: &Numbers) -> Vec<SummaryLine> {
    let mut results: Vec<&ControlResult> = inputs.assessment.controls.iter().collect();
    let severity_of = |result: &ControlResult| inputs.catalog.controls[result.control].severity;
    let rank = |verdict: Verdict| ORDER.iter().position(|one| *one == verdict).expect("ORDER holds every verdict");
    results.sort_by_key(|result| (rank(result.verdict), std::cmp::Reverse(severity_of(result)), result.control));
    let line = |result: &ControlResult| {
        let control = &inputs.catalog.controls[result.control];
        SummaryLine {
            id: control.id.clone(),
            number: numbers.get(result.control).to_owned(),
            title: control.title.clone(),
            severity: severity(control.severity).to_owned(),
            verdict: result.verdict,
            verdict_label: result.verdict.label().to_owned(),
            conclusion: short_conclusion(result),
        }
    };
    results.into_iter().map(line).collect()
}

fn sentences(inputs: &Inputs<'_>, numbers: &Numbers, scope: &Scope, missing: &EvidenceGaps) -> Vec<String> {
    let mut sentences = vec![opening(inputs), times(inputs), incomplete(missing, numbers)];
    sentences.extend(failing(inputs, numbers));
    sentences.push(super::administrators::sentence(inputs.account));
    sentences.extend(super::exceptions::effect(inputs));
    sentences.extend(super::attestations::effect(inputs));
    sentences.extend(super::attestations::open(inputs));
    sentences.push(scope.reconciliation_sentence.clone());
    sentences.extend(super::corroboration::summary(inputs, numbers));
    sentences
}

/// `Of 91 controls, 69 fail, 10 pass, 4 are inconclusive and 8 await an attestation.`
fn opening(inputs: &Inputs<'_>) -> String {
    let parts: Vec<String> = [
        (Verdict::Fail, "fails", "fail"),
        (Verdict::Excepted, "fails under exception", "fail under exception"),
        (Verdict::Pass, "passes", "pass"),
        (Verdict::Attested, "is attested by a person", "are attested by a person"),
        (Verdict::Unknown, "is inconclusive", "are inconclusive"),
        (Verdict::Manual, "awaits an attestation", "await an attestation"),
        (Verdict::NotApplicable, "does not apply", "do not apply"),
    ]
    .into_iter()
    .map(|(verdict, one, many)| (with(inputs, verdict), one, many))
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| format!("{} {}", number(count), if count == 1 { one } else { many }))
    .collect();
    if parts.is_empty() {
        return "The catalog holds no controls.".to_owned();
    }
    let controls = count(inputs.assessment.controls.len(), "control", "controls");
    format!("Of {controls}, {}.", listed(&parts))
}

/// Whose evidence it is, and of which times: passwords, keys and MFA are as old as the credential report.
fn times(inputs: &Inputs<'_>) -> String {
    let account = inputs.account;
    let collected = match inputs.header.origin {
        Origin::Observed => format!("collected on {}", moment(account.started)),
        Origin::Supplied => format!("supplied as files that were imported on {}", moment(account.started)),
    };
    let of_users = "Passwords, access keys and MFA of users";
    let report = match account.report_generated.known() {
        Some(_) => {
            let age = super::scope::report_age(&account.report_generated, account.started);
            format!("{of_users} are as of the credential report, which was generated on {age}.")
        }
        None => format!("{of_users} are not known, because there is no credential report."),
    };
    format!("The evidence is of AWS account {}, {collected}. {report}", account.id)
}

/// What is missing, in the same counts as on the cover, and what it leaves open.
fn incomplete(missing: &EvidenceGaps, numbers: &Numbers) -> String {
    let mut said = missing.sentences();
    let open: Vec<&str> = missing.inconclusive.iter().map(|control| numbers.get(*control)).collect();
    match open.len() {
        0 => {}
        1 => said.push(format!(
            "1 control is inconclusive because evidence is missing ({}); it does not count as passed.",
            open[0]
        )),
        several => said.push(format!(
            "{} controls are inconclusive because evidence is missing ({}); they do not count as passed.",
            number(several),
            some(&open)
        )),
    }
    said.join(" ")
}

/// Numbers of controls, the first of many.
fn some(numbers: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown = numbers[..numbers.len().min(SHOWN)].join(", ");
    let more = numbers.len().saturating_sub(SHOWN);
    if more > 0 { format!("{shown} and {} more", number(more)) } else { shown }
}

/// How grave the failures are, and the gravest by name.
fn failing(inputs: &Inputs<'_>, numbers: &Numbers) -> Option<String> {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let failing = |wanted: Severity| -> Vec<&ControlResult> {
        let of = |result: &&ControlResult| {
            result.verdict == Verdict::Fail && inputs.catalog.controls[result.control].severity == wanted
        };
        inputs.assessment.controls.iter().filter(of).collect()
    };
    let parts: Vec<String> = severities
        .iter()
        .map(|wanted| (failing(*wanted).len(), severity(*wanted)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", number(count)))
        .collect();
    let (gravest, results) = severities
        .iter()
        .map(|wanted| (severity(*wanted), failing(*wanted)))
        .find(|(_, results)| !results.is_empty())?;
    let names: Vec<String> = results
        .iter()
        .take(5)
        .map(|result| format!("“{}” ({})", inputs.catalog.controls[result.control].title, numbers.get(result.control)))
        .collect();
    let more = results.len().saturating_sub(names.len());
    let names = if more > 0 { format!("{} and {} more", names.join(", "), number(more)) } else { listed(&names) };
    Some(format!("{}. Failed controls of {gravest} severity: {names}.", are_failing(&parts)))
}

/// `1 critical and 3 medium controls fail`.
fn are_failing(parts: &[String]) -> String {
    let single = parts.len() == 1 && parts[0].starts_with("1 ");
    format!("{} {}", listed(parts), if single { "control fails" } else { "controls fail" })
}
