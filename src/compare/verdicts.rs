//! Changed verdicts of controls, with both sides assessed by one catalog.

use super::Side;
use super::changes::VerdictChange;
use crate::assess::{ControlResult, Verdict};
use crate::catalog::{Catalog, Control};
use std::collections::BTreeMap;

/// In the catalog's order, without unchanged controls.
pub fn compare(old: Side<'_>, new: Side<'_>, catalog: &Catalog) -> Vec<VerdictChange> {
    let before: BTreeMap<usize, &ControlResult> =
        old.assessment.controls.iter().map(|result| (result.control, result)).collect();
    let mut changes = Vec::new();
    for now in &new.assessment.controls {
        if let Some(then) = before.get(&now.control) {
            changes.extend(change(&catalog.controls[now.control], (old, then), (new, now)));
        }
    }
    changes
}

type Judged<'a> = (Side<'a>, &'a ControlResult);

fn change(control: &Control, old: Judged<'_>, new: Judged<'_>) -> Option<VerdictChange> {
    let (then, now) = (subjects(control, old), subjects(control, new));
    let of = |map: &BTreeMap<String, Verdict>, id: &str| map.get(id).copied();
    let failing = |map: &BTreeMap<String, Verdict>| -> Vec<String> {
        map.iter().filter(|(_, verdict)| **verdict == Verdict::Fail).map(|(id, _)| id.clone()).collect()
    };
    // A subject that is missing on an incomplete side may have failed there, so it counts as unknown.
    let unknown = |map: &BTreeMap<String, Verdict>, complete: bool, id: &str| match of(map, id) {
        Some(verdict) => matches!(verdict, Verdict::Unknown | Verdict::Manual),
        None => !complete,
    };
    let (whole_then, whole_now) = (old.1.population.complete, new.1.population.complete);
    let newly = failing(&now).into_iter().filter(|id| of(&then, id) != Some(Verdict::Fail));
    let (failing_before_unknown, newly_failing) = newly.partition(|id| unknown(&then, whole_then, id));
    // An accepted failure is still a failure.
    let fails_now = |id: &str| matches!(of(&now, id), Some(Verdict::Fail | Verdict::Excepted));
    let no_longer = failing(&then).into_iter().filter(|id| !fails_now(id));
    let (failing_now_unknown, no_longer_failing) = no_longer.partition(|id| unknown(&now, whole_now, id));
    let told = VerdictChange {
        control: control.id.clone(),
        title: control.title.clone(),
        before: old.1.verdict,
        after: new.1.verdict,
        direction: direction(old.1.verdict, new.1.verdict),
        newly_failing,
        failing_before_unknown,
        no_longer_failing,
        failing_now_unknown,
    };
    let lists = [&told.newly_failing, &told.failing_before_unknown, &told.no_longer_failing, &told.failing_now_unknown];
    (told.before != told.after || lists.iter().any(|list| !list.is_empty())).then_some(told)
}

/// Subject ID → verdict.
fn subjects(control: &Control, (side, result): Judged<'_>) -> BTreeMap<String, Verdict> {
    let population = side.account.population(control.kind).subjects;
    result.results.iter().map(|one| (population[one.subject].id().to_owned(), one.verdict)).collect()
}

fn direction(old: Verdict, new: Verdict) -> &'static str {
    match (old, new) {
        // An undecided verdict is neither better nor worse than a known one.
        (Verdict::Unknown | Verdict::Manual, _) | (_, Verdict::Unknown | Verdict::Manual) if old != new => {
            "not_comparable"
        }
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => "not_comparable",
        (one, other) if gravity(one) == gravity(other) => "same",
        (one, other) if gravity(one) < gravity(other) => "worse",
        _ => "better",
    }
}

/// The severity of a known verdict.
fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 2,
        Verdict::Excepted => 1,
        Verdict::Pass | Verdict::NotApplicable | Verdict::Unknown | Verdict::Manual | Verdict::Attested => 0,
    }
}
