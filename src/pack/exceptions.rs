//! The register of exceptions: who accepted which failure, until when, and
//! what became of that on the day of the evidence.

use super::Inputs;
use super::numbering::Numbers;
use super::words::{count, day, days_left, number, tally};
use crate::assess::{ExceptionResult, ExceptionState};
use crate::catalog::Exception;
use jiff::tz::TimeZone;
use serde::Serialize;

/// The register of exceptions.
#[derive(Debug, Serialize)]
pub struct Exceptions {
    /// How many there are, what became of them, what they do to the results.
    pub sentences: Vec<String>,
    /// In order of their ids.
    pub rows: Vec<ExceptionRow>,
}

/// One exception, and what became of it on the day of the evidence.
#[derive(Debug, Serialize)]
pub struct ExceptionRow {
    pub id: String,
    /// The control's id, number and title.
    pub control: String,
    pub number: String,
    pub title: String,
    /// Ids and patterns as written in the file, a few of them.
    pub subjects: Vec<String>,
    /// `and 12 more, in exceptions.toml`.
    pub more_subjects: Option<String>,
    /// Failures that it excepts.
    pub excepted: usize,
    pub reason: String,
    pub owner: String,
    pub approver: String,
    /// `2026-07-01`.
    pub approved: String,
    pub expires: String,
    /// `92 days after the evidence`.
    pub days_left: String,
    pub compensating_control: Option<String>,
    pub ticket: Option<String>,
    /// `in_force`, `undecided`, `not_needed`, `unused`, `future`, `expired`.
    pub state: &'static str,
    /// The same for readers.
    pub state_label: String,
    /// What it did, and what its owner should look at.
    pub note: String,
}

/// Ids and patterns that a row or a sentence names; `exceptions.toml` in the pack has them all.
const NAMED: usize = 5;

/// States in the order in which they are counted, as readers see them.
const STATES: [(ExceptionState, &str); 6] = [
    (ExceptionState::InForce, "in force"),
    (ExceptionState::Undecided, "not applied"),
    (ExceptionState::NotNeeded, "no longer needed"),
    (ExceptionState::Unused, "unused"),
    (ExceptionState::Future, "not yet approved"),
    (ExceptionState::Expired, "expired"),
];

/// The register; none where no exception was given.
pub(super) fn exceptions(inputs: &Inputs<'_>, numbers: &Numbers) -> Option<Exceptions> {
    let results = &inputs.assessment.exceptions;
    (!results.is_empty()).then(|| Exceptions {
        sentences: sentences(inputs),
        rows: results.iter().map(|result| row(inputs, numbers.get(result.control), result)).collect(),
    })
}

/// The rows about one control of the catalogue.
pub(super) fn of_control(inputs: &Inputs<'_>, control: usize, control_number: &str) -> Vec<ExceptionRow> {
    let about = inputs.assessment.exceptions.iter().filter(|result| result.control == control);
    about.map(|result| row(inputs, control_number, result)).collect()
}

/// The exceptions under which a control's subject fails, in words: reference, until when, owner, approver. Empty for
/// any other verdict. `control` and `subject` are places in the catalogue and in the control's population.
pub(super) fn texts(inputs: &Inputs<'_>, control: usize, subject: usize) -> Vec<String> {
    ids(inputs, control, subject)
        .map(|one| {
            format!(
                "{} until {} (owner {}, approved by {} on {})",
                one.id,
                day(one.expires),
                one.owner,
                one.approver,
                day(one.approved)
            )
        })
        .collect()
}

/// The exceptions under which a control's subject fails.
pub(super) fn ids<'a>(inputs: &Inputs<'a>, control: usize, subject: usize) -> impl Iterator<Item = &'a Exception> {
    let (assessment, catalog) = (inputs.assessment, inputs.catalog);
    let about =
        move |result: &&ExceptionResult| result.control == control && result.excepted.binary_search(&subject).is_ok();
    assessment.exceptions.iter().filter(about).map(|result| &catalog.exceptions[result.exception])
}

fn label(state: ExceptionState) -> &'static str {
    STATES.into_iter().find(|(one, _)| *one == state).expect("STATES holds every state").1
}

fn row(inputs: &Inputs<'_>, control_number: &str, result: &ExceptionResult) -> ExceptionRow {
    let exception = &inputs.catalog.exceptions[result.exception];
    let control = &inputs.catalog.controls[result.control];
    let mut subjects: Vec<&str> =
        exception.subjects.iter().chain(&exception.subjects_like).map(String::as_str).collect();
    let more = subjects.len().saturating_sub(NAMED);
    subjects.truncate(NAMED);
    ExceptionRow {
        id: exception.id.clone(),
        control: control.id.clone(),
        number: control_number.to_owned(),
        title: control.title.clone(),
        subjects: subjects.into_iter().map(str::to_owned).collect(),
        more_subjects: (more > 0).then(|| format!("and {} more, in exceptions.toml", number(more))),
        excepted: result.excepted.len(),
        reason: exception.reason.clone(),
        owner: exception.owner.clone(),
        approver: exception.approver.clone(),
        approved: exception.approved.to_string(),
        expires: exception.expires.to_string(),
        days_left: days_left(result.days_left),
        compensating_control: exception.compensating_control.clone(),
        ticket: exception.ticket.clone(),
        state: result.state.key(),
        state_label: label(result.state).to_owned(),
        note: note(inputs, exception, result),
    }
}

/// What the exception did, and what its owner should look at.
fn note(inputs: &Inputs<'_>, exception: &Exception, result: &ExceptionResult) -> String {
    let subjects = |n: usize| count(n, "subject", "subjects");
    let mut said = Vec::new();
    match result.state {
        ExceptionState::InForce => {
            let failures = count(result.excepted.len(), "failure is", "failures are");
            said.push(format!("{failures} excepted."));
        }
        ExceptionState::Undecided => said.push("Nothing is excepted.".to_owned()),
        ExceptionState::NotNeeded => said.push("Nothing that it names fails: it is no longer needed.".to_owned()),
        ExceptionState::Unused => said.push("No subject of the population fits it.".to_owned()),
        ExceptionState::Future => said.push(format!(
            "Nothing is excepted: it was approved on {}, after the day of the evidence.",
            day(exception.approved)
        )),
        ExceptionState::Expired => {
            said.push(format!("Nothing is excepted: it ended on {}.", day(exception.expires)));
        }
    }
    if result.failing > 0 {
        let fail = if result.failing == 1 { "fails" } else { "fail" };
        said.push(format!("{} that it names {fail} without an exception.", subjects(result.failing)));
    }
    if result.not_failing > 0 && result.state == ExceptionState::InForce {
        let fail = if result.not_failing == 1 { "does" } else { "do" };
        said.push(format!("{} that it names {fail} not fail.", subjects(result.not_failing)));
    }
    if result.unknown > 0 {
        let judged = format!("{} that it names could not be judged", subjects(result.unknown));
        said.push(format!("{judged}: missing evidence cannot be excepted."));
    }
    if !result.unmatched.is_empty() && result.state != ExceptionState::Unused {
        let named: Vec<&str> = result.unmatched.iter().take(NAMED).map(String::as_str).collect();
        let more = result.unmatched.len() - named.len();
        let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
        said.push(format!("No subject fits {}{more}.", named.join(", ")));
    }
    let population = inputs.assessment.controls.iter().find(|one| one.control == result.control);
    if !result.unmatched.is_empty() && population.is_some_and(|one| !one.population.complete) {
        said.push("The population may be incomplete.".to_owned());
    }
    said.join(" ")
}

/// How many there are and what they do; the first sentences of the section.
fn sentences(inputs: &Inputs<'_>) -> Vec<String> {
    let results = &inputs.assessment.exceptions;
    let states = tally(&STATES, results.iter().map(|result| result.state));
    let given = count(results.len(), "exception was", "exceptions were");
    let evidence = day(inputs.account.started.to_zoned(TimeZone::UTC).date());
    let mut sentences = vec![format!("{given} given. On {evidence}, the day of the evidence: {states}.")];
    sentences.extend(effect(inputs));
    let bare = inputs.catalog.exceptions.iter().filter(|one| one.compensating_control.is_none()).count();
    if bare > 0 {
        let states = if bare == 1 { "states" } else { "state" };
        sentences.push(format!("{} {states} no compensating control.", count(bare, "exception", "exceptions")));
    }
    sentences
}

/// What the exceptions in force do to the results; none if they do nothing.
pub(super) fn effect(inputs: &Inputs<'_>) -> Option<String> {
    let with = || inputs.assessment.controls.iter().filter(|result| result.population.excepted > 0);
    let failures: usize = with().map(|result| result.population.excepted).sum();
    (failures > 0).then(|| {
        let are = if failures == 1 { "counts" } else { "count" };
        format!(
            "{} of {} {are} as excepted, neither as failed nor as passed. No control passes by an exception.",
            count(failures, "failure", "failures"),
            count(with().count(), "control", "controls"),
        )
    })
}
