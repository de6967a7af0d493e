//! The controls, chapter by chapter: what was required, of whom, with what result.

use super::numbering::Numbers;
use super::words::{NOT_KNOWN, count, full_stop, moment, number, parameter, running, sentence, severity, yes_no};
use super::{
    Chapter, ControlSection, Counted, Inputs, ParameterLine, SubjectLine, attestations, evidence, exceptions, material,
    prose, sheets,
};
use crate::account::fact::{Fact, Field, Gap, Observed, Subject};
use crate::assess::{ControlResult, PopulationCount, Verdict};
use crate::catalog::Control;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows that a control's own section lists before it points to the sheet.
const FAILING: usize = 25;
const UNKNOWN: usize = 12;
const EXCEPTED: usize = 12;

pub(super) fn chapters(inputs: &Inputs<'_>, numbers: &Numbers) -> Vec<Chapter> {
    let by_control = results_by_control(inputs);
    let chapter = |chapter: &super::numbering::ChapterControls| Chapter {
        letter: chapter.letter.clone(),
        title: chapter.section.title().to_owned(),
        opening: super::openings::of_chapter(inputs, numbers, chapter.section),
        controls: chapter
            .controls
            .iter()
            .filter_map(|index| by_control[*index].map(|result| section(inputs, result, numbers.get(*index))))
            .collect(),
    };
    numbers.chapters.iter().map(chapter).collect()
}

/// Results in the catalogue's order.
fn results_by_control<'a>(inputs: &Inputs<'a>) -> Vec<Option<&'a ControlResult>> {
    let mut by_control = vec![None; inputs.catalog.controls.len()];
    for result in &inputs.assessment.controls {
        by_control[result.control] = Some(result);
    }
    by_control
}

fn section(inputs: &Inputs<'_>, result: &ControlResult, control_number: &str) -> ControlSection {
    let control = &inputs.catalog.controls[result.control];
    let subjects = inputs.account.population(control.kind).subjects;
    let sheets = sheets::with_column_for(control.kind.name);
    let line = |verdict, limit| lines(inputs, result, &subjects, verdict, limit);
    let (failing, unknown) = (line(Verdict::Fail, FAILING), line(Verdict::Unknown, UNKNOWN));
    let excepted = line(Verdict::Excepted, EXCEPTED);
    let left = [
        (result.population.failed.saturating_sub(failing.len()), "failing"),
        (result.population.unknown.saturating_sub(unknown.len()), "inconclusive"),
        (result.population.excepted.saturating_sub(excepted.len()), "under exception"),
    ];
    let conclusion = sentence(&result.conclusion);
    let failing = unsaid(failing, &conclusion, &subjects);
    let unknown = unsaid(unknown, &conclusion, &subjects);
    ControlSection {
        id: control.id.clone(),
        number: control_number.to_owned(),
        title: control.title.clone(),
        severity: severity(control.severity).to_owned(),
        verdict: result.verdict,
        verdict_label: result.verdict.label().to_owned(),
        conclusion,
        requirement: prose::blocks(&control.body.requirement),
        why: prose::blocks(&control.body.why),
        how_tested: tested(inputs, control, result),
        how_to_fix: prose::blocks(&control.body.how_to_fix),
        limits: prose::blocks(&control.body.limits),
        in_scope: control.in_scope.as_ref().map(|criterion| criterion.source.clone()),
        passes: control.passes().map(|criterion| criterion.source.clone()),
        decided_by: decided_by(control),
        parameters: parameters(control),
        population: population(control),
        counts: counts(result.population),
        population_complete: result.population.complete,
        facts: deciding(inputs, control, if sheets.is_empty() { subjects.first().copied() } else { None }),
        more: more(&left, control_number, &sheets),
        failing,
        unknown,
        excepted,
        exceptions: exceptions::of_control(inputs, result.control, control_number),
        attestations: attestations::of_control(inputs, result.control, control_number),
        material: material::tables(inputs, control, result),
        gaps: gap_sentences(&result.gaps),
        sheet: sheets.first().map(|(id, _)| (*id).to_owned()),
        sheets: sheets.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect(),
        exhibits: evidence::exhibit_ids(inputs, &control.evidence),
        frameworks: super::editions::of(inputs.catalog, control),
        from: control.from.clone(),
    }
}

fn lines(
    inputs: &Inputs<'_>,
    result: &ControlResult,
    subjects: &[&dyn Subject],
    verdict: Verdict,
    limit: usize,
) -> Vec<SubjectLine> {
    let of_verdict = result.results.iter().filter(|one| one.verdict == verdict);
    let line = |one: &crate::assess::SubjectResult| {
        let subject = subjects[one.subject];
        let mut reason = full_stop(&one.reason);
        for exception in exceptions::texts(inputs, result.control, one.subject) {
            reason.push_str(&format!(" Excepted under {exception}."));
        }
        SubjectLine { label: subject.label().to_owned(), id: subject.id().to_owned(), reason }
    };
    of_verdict.take(limit).map(line).collect()
}

/// Where there is one subject only, the conclusion has said of it what its line would say.
fn unsaid(lines: Vec<SubjectLine>, conclusion: &str, subjects: &[&dyn Subject]) -> Vec<SubjectLine> {
    // A conclusion can begin with the reason, as a sentence does.
    let is_said = |line: &SubjectLine| {
        let reason = line.reason.trim_end_matches('.');
        conclusion.contains(reason) || conclusion.starts_with(&*super::words::capital(reason))
    };
    if subjects.len() == 1 && lines.iter().all(is_said) { Vec::new() } else { lines }
}

/// How the control was tested, and what AWS Config says of the same.
fn tested(inputs: &Inputs<'_>, control: &Control, result: &ControlResult) -> Vec<super::Block> {
    let mut blocks = prose::blocks(&control.body.how_tested);
    blocks.extend(super::corroboration::of_control(inputs, result));
    blocks
}

/// What is asked of an attestation, where a person decides.
fn decided_by(control: &Control) -> Option<String> {
    let review = control.review()?;
    let mut asked = vec![format!("holds for {} at most", count_days(control.valid_days()))];
    if review.needs_reviewer {
        asked.push("was reviewed by a second person".to_owned());
    }
    if review.needs_evidence {
        asked.push("hands over a file where it says that the requirement is met".to_owned());
    }
    Some(format!("A person decides, by an attestation that {}.", super::words::listed(&asked)))
}

fn count_days(days: i32) -> String {
    count(usize::try_from(days).unwrap_or(1), "day", "days")
}

/// Where the subjects stand that the section has no room for.
fn more(left: &[(usize, &str)], control_number: &str, sheets: &[(&str, &str)]) -> Option<String> {
    let left: Vec<String> = left
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{} more {verdict}", number(*count)))
        .collect();
    if left.is_empty() {
        return None;
    }
    let titles: Vec<&str> = sheets.iter().map(|(_, title)| *title).collect();
    let sheets = if titles.len() == 1 { "the sheet" } else { "the sheets" };
    let left = super::words::listed(&left);
    Some(format!("And {left}: see column {control_number} of {sheets} {}.", super::words::listed(&titles)))
}

fn parameters(control: &Control) -> Vec<ParameterLine> {
    let line = |(name, value): (&String, &crate::catalog::Parameter)| ParameterLine {
        name: name.clone(),
        value: parameter(&value.value),
        overridden_from: value.overridden_from.as_ref().map(parameter),
    };
    control.parameters.iter().map(line).collect()
}

fn population(control: &Control) -> String {
    let (plural, doc) = (control.kind.plural, running(control.kind.doc));
    if sheets::with_column_for(control.kind.name).is_empty() {
        return sentence(&doc);
    }
    let of = if plural.ends_with("organization") { "" } else { " of the account" };
    let all = format!("All {plural}{of}.");
    if adds_nothing(&doc, plural) { all } else { format!("{all} Each is {}", lower_first(&doc)) }
}

/// The doc is but the singular of the name: `An IAM group.` of `IAM groups`.
fn adds_nothing(doc: &str, plural: &str) -> bool {
    let bare = |text: &str| -> Vec<String> {
        text.split(' ')
            .map(|word| word.trim_end_matches(['.', 's']).to_owned())
            .filter(|word| !matches!(word.as_str(), "A" | "An"))
            .collect()
    };
    bare(doc) == bare(plural)
}

/// A noun phrase inside a sentence: `An IAM user` → `an IAM user`; acronyms stay.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), text.chars().nth(1)) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

fn counts(population: PopulationCount) -> Vec<(Counted, usize)> {
    let mut counts = vec![
        (Counted::Population, population.total),
        (Counted::InScope, population.in_scope),
        (Counted::Passed, population.passed),
        (Counted::Failed, population.failed),
        (Counted::Excepted, population.excepted),
        (Counted::Inconclusive, population.unknown),
        (Counted::Undecided, population.manual),
        (Counted::Attested, population.attested),
    ];
    // What most controls never have is shown where there is any.
    let is_rare = |what: Counted| matches!(what, Counted::Excepted | Counted::Undecided | Counted::Attested);
    counts.retain(|(what, count)| !is_rare(*what) || *count > 0);
    counts
}

/// The facts that decided about a single subject, and those of the account that the criteria read besides.
fn deciding(inputs: &Inputs<'_>, control: &Control, single: Option<&dyn Subject>) -> Vec<(String, String)> {
    let account = inputs.account.account.subjects.first().map(|account| account as &dyn Subject);
    let mut facts = single.map_or_else(Vec::new, |subject| values(subject, &control.reads));
    facts.extend(account.map_or_else(Vec::new, |account| values(account, &control.account_reads)));
    facts
}

fn values(subject: &dyn Subject, fields: &[&'static Field]) -> Vec<(String, String)> {
    let value = |field: &&'static Field| {
        let (index, _) = subject.kind().field(field.name)?;
        Some((field.label(), fact_value(field, &subject.fact(index))))
    };
    let is_repeated = |field: &&&'static Field| {
        let same = SAME_FACT.iter().find(|(narrow, _)| *narrow == field.name);
        same.is_some_and(|(_, whole)| {
            let whole = fields.iter().find(|other| other.name == *whole);
            whole.is_some_and(|whole| value(field).map(|one| one.1) == value(whole).map(|one| one.1))
        })
    };
    fields.iter().filter(|field| !is_repeated(field)).filter_map(value).collect()
}

/// Facts that say the same unless a part of the evidence is missing: the first is shown only where it differs.
const SAME_FACT: &[(&str, &str)] = &[("last_known_use", "last_used")];

pub(super) fn fact_value(field: &Field, fact: &Observed<Fact>) -> String {
    match fact {
        // Why stands in the conclusion, and under the evidence that is missing.
        Observed::Gap(_) => NOT_KNOWN.to_owned(),
        Observed::Known(Fact::Null) => field.none.to_owned(),
        Observed::Known(Fact::Bool(value)) => yes_no(*value).to_owned(),
        Observed::Known(Fact::Int(value)) => value.to_string(),
        Observed::Known(Fact::Text(value)) => value.clone(),
        Observed::Known(Fact::Time(value)) => moment(*value),
        Observed::Known(Fact::TextList(values)) if values.is_empty() => field.none.to_owned(),
        Observed::Known(Fact::TextList(values)) => values.join(", "),
    }
}

/// One sentence for a gap, with the call behind it.
/// Gaps met. Of many in one source, which are told beside their subjects too, some stand for all.
fn gap_sentences(gaps: &[Arc<Gap>]) -> Vec<String> {
    const SHOWN: usize = 4;
    let mut by_source: BTreeMap<_, Vec<&Arc<Gap>>> = BTreeMap::new();
    for gap in gaps {
        by_source.entry((gap.evidence, gap.kind.clone())).or_default().push(gap);
    }
    let mut told = Vec::new();
    for gap in gaps {
        let Some(alike) = by_source.remove(&(gap.evidence, gap.kind.clone())) else { continue };
        let shown = if alike.len() > SHOWN + 1 { SHOWN } else { alike.len() };
        told.extend(alike[..shown].iter().map(|gap| gap_sentence(gap)));
        if alike.len() > shown {
            let source = evidence::source(&gap.evidence);
            told.push(format!(
                "{source}: {} more of this kind, each told beside its subject.",
                number(alike.len() - shown)
            ));
        }
    }
    told
}

pub(super) fn gap_sentence(gap: &Gap) -> String {
    let source = evidence::source(&gap.evidence);
    let operation = evidence::operation(gap.evidence.service, gap.evidence.operation);
    let call = gap.call.as_ref().map_or_else(String::new, |call| format!(" (call {call})"));
    format!("{source}, {operation}{call}: {}", full_stop(&gap.reason))
}

/// `3 of 41 fail`, for lists of controls.
pub(super) fn short_conclusion(result: &ControlResult) -> String {
    let population = result.population;
    let part = |count: usize, word: &str| format!("{} of {} {word}", number(count), number(population.in_scope));
    match result.verdict {
        Verdict::Fail if population.unknown > 0 => {
            let fail = if population.failed == 1 { "fails" } else { "fail" };
            format!("{}, {} inconclusive", part(population.failed, fail), number(population.unknown))
        }
        Verdict::Fail => part(population.failed, if population.failed == 1 { "fails" } else { "fail" }),
        Verdict::Unknown if population.unknown > 0 => {
            part(population.unknown, if population.unknown == 1 { "is inconclusive" } else { "are inconclusive" })
        }
        Verdict::Unknown => "the population is not known to be complete".to_owned(),
        Verdict::Excepted => {
            format!(
                "{} under exception",
                part(population.excepted, if population.excepted == 1 { "fails" } else { "fail" })
            )
        }
        Verdict::Pass => part(population.passed, if population.passed == 1 { "passes" } else { "pass" }),
        Verdict::Manual => "to be decided by a person".to_owned(),
        Verdict::Attested => match result.ruling.as_ref().and_then(|ruling| ruling.conclusion) {
            Some(conclusion) => format!("{}, by a person’s word", conclusion.label()),
            None => "by a person’s word".to_owned(),
        },
        Verdict::NotApplicable => match population.total {
            0 => "the population is empty".to_owned(),
            total => format!("none of {} in scope", count(total, "member", "members")),
        },
    }
}
