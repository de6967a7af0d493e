//! Each framework edition's requirements, with the controls that answer them.

use super::Inputs;
use super::words::{count, listed, number};
use crate::assess::{ControlResult, Verdict};
use crate::catalog::{Framework, Requirement};
use serde::Serialize;

/// An edition's requirements and the controls that answer them.
#[derive(Debug, Serialize)]
pub struct FrameworkTable {
    pub id: String,
    pub name: String,
    pub scope: String,
    /// How much of it this pack covers, in words.
    pub sentence: String,
    pub rows: Vec<FrameworkRow>,
}

#[derive(Debug, Serialize)]
pub struct FrameworkRow {
    pub requirement: String,
    pub title: String,
    /// `automated`, `manual` … in this edition.
    pub assessment: Option<String>,
    /// Control id and its verdict; empty: not covered by this pack.
    pub controls: Vec<(String, Verdict, String)>,
}

pub(super) fn frameworks(inputs: &Inputs<'_>) -> Vec<FrameworkTable> {
    inputs.catalog.frameworks.iter().map(|framework| table(inputs, framework)).collect()
}

fn table(inputs: &Inputs<'_>, framework: &Framework) -> FrameworkTable {
    let answers: Vec<Vec<&ControlResult>> =
        framework.requirements.iter().map(|requirement| answers(inputs, framework, requirement)).collect();
    FrameworkTable {
        id: framework.id.clone(),
        name: framework.name.clone(),
        scope: framework.scope.clone(),
        sentence: coverage(&answers),
        rows: framework.requirements.iter().zip(&answers).map(|(one, by)| row(inputs, one, by)).collect(),
    }
}

fn answers<'a>(inputs: &Inputs<'a>, framework: &Framework, requirement: &Requirement) -> Vec<&'a ControlResult> {
    let satisfied = |result: &&ControlResult| {
        let ids = inputs.catalog.controls[result.control].satisfies.get(&framework.id);
        ids.is_some_and(|ids| ids.contains(&requirement.id))
    };
    inputs.assessment.controls.iter().filter(satisfied).collect()
}

fn row(inputs: &Inputs<'_>, requirement: &Requirement, answers: &[&ControlResult]) -> FrameworkRow {
    let level = requirement.level.map(|level| format!("level {level}"));
    let kind: Vec<String> = requirement.assessment.iter().cloned().chain(level).collect();
    let control = |result: &&ControlResult| {
        (inputs.catalog.controls[result.control].id.clone(), result.verdict, result.verdict.label().to_owned())
    };
    FrameworkRow {
        requirement: requirement.id.clone(),
        title: requirement.title.clone(),
        assessment: (!kind.is_empty()).then(|| kind.join(", ")),
        controls: answers.iter().map(control).collect(),
    }
}

/// `38 requirements are listed: 30 are covered by controls of this pack, of which … ; 8 are not covered`.
fn coverage(answers: &[Vec<&ControlResult>]) -> String {
    let covered = answers.iter().filter(|controls| !controls.is_empty()).count();
    let worst = |verdict: Verdict| answers.iter().filter(|controls| together(controls) == Some(verdict)).count();
    let parts: Vec<String> = [
        (Verdict::Fail, "with a failing control"),
        (Verdict::Unknown, "inconclusive"),
        (Verdict::Excepted, "failing under exception"),
        (Verdict::Manual, "to be decided by a person"),
        (Verdict::Attested, "attested by a person"),
        (Verdict::Pass, "passing"),
        (Verdict::NotApplicable, "not applicable"),
    ]
    .into_iter()
    .filter_map(|(verdict, words)| {
        let count = worst(verdict);
        (count > 0).then(|| format!("{} {words}", number(count)))
    })
    .collect();
    let total = count(answers.len(), "requirement is", "requirements are");
    let detail = if parts.is_empty() { String::new() } else { format!(" ({})", listed(&parts)) };
    let rest = answers.len() - covered;
    format!("{total} listed. {} covered by controls of this pack{detail}; {} not covered.", are(covered), are(rest))
}

/// The worst of the controls behind a requirement; those that do not apply do not count beside others.
fn together(controls: &[&ControlResult]) -> Option<Verdict> {
    let applicable = controls.iter().map(|result| result.verdict).filter(|verdict| *verdict != Verdict::NotApplicable);
    applicable.min().or((!controls.is_empty()).then_some(Verdict::NotApplicable))
}

fn are(count: usize) -> String {
    format!("{} {}", number(count), if count == 1 { "is" } else { "are" })
}
