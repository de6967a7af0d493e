//! The first page after the cover: the conclusions in sentences and numbers.

use super::chapters::short_conclusion;
use super::numbering::{ChapterControls, Numbers};
use super::words::{NOT_KNOWN, ORDER, count, label, listed, mark, moment, number, severity};
use super::{ChapterBar, Inputs, Scope, Summary, SummaryLine, VerdictCount};
use crate::account::fact::Kind;
use crate::account::subjects::{
    AccessKey, Group, OidcProvider, Policy, Role, SamlProvider, ServerCertificate, User, VirtualMfaDevice,
};
use crate::assess::{ControlResult, Verdict};
use crate::catalog::Severity;
use crate::snapshot::format::Origin;

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

pub(super) fn summary(inputs: &Inputs<'_>, numbers: &Numbers<'_>, scope: &Scope) -> Summary {
    let populations: Vec<(String, String)> = COUNTED.iter().map(|kind| population(inputs, kind)).collect();
    Summary {
        sentences: sentences(inputs, numbers, scope),
        verdicts: shown(inputs)
            .iter()
            .map(|verdict| VerdictCount {
                verdict: mark(*verdict),
                label: label(*verdict).to_owned(),
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

fn bar(inputs: &Inputs<'_>, chapter: &ChapterControls<'_>) -> ChapterBar {
    let results = || inputs.assessment.controls.iter().filter(|result| chapter.controls.contains(&result.control));
    ChapterBar {
        title: chapter.title.to_owned(),
        total: results().count(),
        counts: shown(inputs)
            .iter()
            .map(|verdict| results().filter(|result| result.verdict == *verdict).count())
            .collect(),
    }
}

/// Worst first: by verdict, then by severity, then in the catalogue's order.
fn lines(inputs: &Inputs<'_>, numbers: &Numbers<'_>) -> Vec<SummaryLine> {
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
            verdict: mark(result.verdict),
            verdict_label: label(result.verdict).to_owned(),
            conclusion: short_conclusion(result),
        }
    };
    results.into_iter().map(line).collect()
}

fn sentences(inputs: &Inputs<'_>, numbers: &Numbers<'_>, scope: &Scope) -> Vec<String> {
    let mut sentences = vec![opening(inputs)];
    sentences.extend(missing(inputs));
    sentences.extend(failing(inputs, numbers));
    sentences.extend(super::exceptions::effect(inputs));
    sentences.extend(super::attestations::effect(inputs));
    sentences.extend(super::attestations::open(inputs));
    sentences.push(scope.reconciliation_sentence.clone());
    sentences.push(match inputs.account.report_generated.known() {
        Some(_) => {
            let report = super::scope::report_age(&inputs.account.report_generated, inputs.account.started);
            format!("The credential report, from which all statements about passwords, access keys and MFA of users come, was generated on {report}.")
        }
        None => "There is no credential report: nothing can be said about passwords, access keys and MFA of users.".to_owned(),
    });
    sentences
}

fn opening(inputs: &Inputs<'_>) -> String {
    let parts: Vec<String> = ORDER
        .iter()
        .filter_map(|verdict| {
            let count = with(inputs, *verdict);
            let words = match (verdict, count) {
                (_, 0) => return None,
                (Verdict::Fail, 1) => "fails",
                (Verdict::Fail, _) => "fail",
                (Verdict::Unknown, 1) => "is unknown",
                (Verdict::Unknown, _) => "are unknown",
                (Verdict::Excepted, 1) => "fails under exception",
                (Verdict::Excepted, _) => "fail under exception",
                (Verdict::Manual, 1) => "is to be decided by a person",
                (Verdict::Manual, _) => "are to be decided by a person",
                (Verdict::Attested, 1) => "is attested by a person",
                (Verdict::Attested, _) => "are attested by a person",
                (Verdict::Pass, 1) => "passes",
                (Verdict::Pass, _) => "pass",
                (Verdict::NotApplicable, 1) => "does not apply",
                (Verdict::NotApplicable, _) => "do not apply",
            };
            Some(format!("{} {words}", number(count)))
        })
        .collect();
    let tested = count(inputs.assessment.controls.len(), "control was", "controls were");
    let (account, as_of) = (&inputs.account.id, moment(inputs.account.started));
    let parts = listed(&parts);
    match inputs.header.origin {
        Origin::Observed => format!("{tested} tested on AWS account {account} as it stood on {as_of}: {parts}."),
        Origin::Supplied => {
            format!("{tested} tested on AWS account {account} as files show it that were imported on {as_of}: {parts}.")
        }
    }
}

/// What missing evidence does to the conclusions; the second sentence wherever any is missing.
fn missing(inputs: &Inputs<'_>) -> Option<String> {
    let gaps = inputs.account.gaps.len();
    match (with(inputs, Verdict::Unknown), gaps) {
        (0, 0) => None,
        (0, gaps) => Some(format!(
            "{} missing; every control could be concluded all the same.",
            count(gaps, "piece of evidence is", "pieces of evidence are")
        )),
        (unknown, _) => Some(format!(
            "Unknown is not a pass: {} cannot be concluded because evidence is missing. Scope and completeness names \
             what is missing and why.",
            count(unknown, "control", "controls")
        )),
    }
}

/// How grave the failures are, and the gravest by name.
fn failing(inputs: &Inputs<'_>, numbers: &Numbers<'_>) -> Option<String> {
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
    Some(format!("By severity, {}. Of {gravest} severity and not met: {names}.", are_failing(&parts)))
}

/// `1 critical and 3 medium controls fail`.
fn are_failing(parts: &[String]) -> String {
    let single = parts.len() == 1 && parts[0].starts_with("1 ");
    format!("{} {}", listed(parts), if single { "control fails" } else { "controls fail" })
}
