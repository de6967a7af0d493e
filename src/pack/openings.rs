//! What a chapter's evidence shows as a whole, before its controls: a few sentences and, where people would rather
//! look than read, a picture. No verdicts: those are the controls'.

mod access_analyzer;
mod config;
mod identity_center;
mod logging;
mod organization;
mod use_of_roles;

use super::Inputs;
use super::numbering::Numbers;
use super::words::{count, number, sentence};
use crate::account::Population;
use crate::account::fact::{Gap, Observed};
use crate::account::regional::subjects::Region;
use crate::catalog::Section;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What stands between a chapter's heading and its first control.
#[derive(Debug, Serialize)]
pub struct Opening {
    pub sentences: Vec<String>,
    /// What keeps it from being whole, in sentences.
    pub missing: Vec<String>,
    pub charts: Vec<Chart>,
}

/// Bars that tell counts by kind.
#[derive(Debug, Serialize)]
pub struct Chart {
    /// Of its own within the pack; also an anchor.
    pub id: String,
    pub title: String,
    /// Over the labels, the notes, the bars and the totals.
    pub heads: [&'static str; 4],
    /// What is counted, in the order of each line's counts.
    pub kinds: Vec<(Tone, &'static str)>,
    pub lines: Vec<ChartLine>,
}

#[derive(Debug, Serialize)]
pub struct ChartLine {
    pub label: String,
    /// Beside the label, small; may be empty.
    pub note: String,
    /// Aligned with [`Chart::kinds`].
    pub counts: Vec<usize>,
}

/// How a kind is shown: its meaning for the reader, not its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Asks for somebody's attention.
    Alarming,
    /// The same, less so.
    Open,
    Unclear,
    Settled,
    Plain,
}

/// Lines of a chart before the rest is one line.
const LINES: usize = 20;

/// A chapter's opening; none for chapters without an overview.
pub(super) fn of_chapter(inputs: &Inputs<'_>, numbers: &Numbers, section: Section) -> Option<Opening> {
    match section {
        Section::AccessAnalyzer => Some(access_analyzer::opening(inputs)),
        Section::Config => Some(config::opening(inputs, numbers)),
        Section::Logging => Some(logging::opening(inputs)),
        Section::Organization => Some(organization::opening(inputs)),
        Section::IdentityCenter => Some(identity_center::opening(inputs)),
        Section::Roles => use_of_roles::opening(inputs),
        Section::RootUser
        | Section::PasswordPolicy
        | Section::UsersAndCredentials
        | Section::Policies
        | Section::Certificates
        | Section::Governance => None,
    }
}

/// `1 of 2 enabled Regions; of 1 it is not known`: of how many something holds, and of how many nobody can say.
/// A list of regions that is not whole is never given as one that is.
fn of_regions(regions: &Population<Region>, fact: impl Fn(&Region) -> Observed<bool>) -> String {
    let states: Vec<Option<bool>> = regions.subjects.iter().map(|region| fact(region).known().copied()).collect();
    let with = |wanted| states.iter().filter(|state| **state == wanted).count();
    let of = if regions.gaps.is_empty() {
        count(states.len(), "enabled Region", "enabled Regions")
    } else {
        count(states.len(), "known enabled Region", "known enabled Regions")
    };
    let unknown = match with(None) {
        0 => String::new(),
        open => format!("; of {open} it is not known"),
    };
    format!("{} of {of}{unknown}", with(Some(true)))
}

/// `at least 3 rules`, where the list behind the count is not whole.
fn at_least<T>(population: &Population<T>, one: &str, many: &str) -> String {
    let counted = count(population.subjects.len(), one, many);
    if population.gaps.is_empty() { counted } else { format!("at least {counted}") }
}

/// Each gap once, as a sentence; many of the same evidence as one.
fn missing<'a>(gaps: impl IntoIterator<Item = &'a Arc<Gap>>) -> Vec<String> {
    const TOLD: usize = 4;
    let reasons: BTreeSet<&str> = gaps.into_iter().map(|gap| gap.reason.as_str()).collect();
    let mut told: Vec<String> = reasons.iter().take(TOLD).map(|reason| sentence(reason)).collect();
    if reasons.len() > TOLD {
        let more = count(reasons.len() - TOLD, "further piece", "further pieces");
        told.push(format!("Missing besides: {more} of evidence; see Scope and completeness."));
    }
    told
}

/// The first lines as they are, the others as one line that says how many they are.
fn shortened(mut lines: Vec<ChartLine>, many: &str) -> Vec<ChartLine> {
    if lines.len() <= LINES {
        return lines;
    }
    let rest = lines.split_off(LINES - 1);
    let kinds = rest.first().map_or(0, |line| line.counts.len());
    let sum = |kind: usize| rest.iter().map(|line| line.counts[kind]).sum();
    lines.push(ChartLine {
        label: format!("{} further {many}", number(rest.len())),
        note: String::new(),
        counts: (0..kinds).map(sum).collect(),
    });
    lines
}
