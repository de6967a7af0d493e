//! Compares the facts of two subjects. Which are compared and what they are called is said where they are declared.

use super::changes::{Missing, Row};
use crate::account::fact::{Fact, Field, Gap, GapKind, Observed, Subject};
use crate::describe::DiffLine;

/// The differences of two subjects' facts, and what could not be compared.
pub fn compare(old: &dyn Subject, new: &dyn Subject) -> (Vec<Row>, Vec<Missing>) {
    let kind = old.kind();
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for (index, field) in kind.fields.iter().enumerate().filter(|(_, field)| field.compared) {
        match (old.fact(index), new.fact(index)) {
            (Observed::Known(before), Observed::Known(after)) => rows.extend(row(field, before, after)),
            (Observed::Gap(before), Observed::Gap(after)) if left_to_depth(&before) && left_to_depth(&after) => {}
            (before, after) => {
                for (side, fact) in [(EARLIER, before), (LATER, after)] {
                    if let Observed::Gap(gap) = fact {
                        lack(&mut missing, (field.name, &field.label()), format!("{side}: {}", gap.reason));
                    }
                }
            }
        }
    }
    (rows, missing)
}

/// Only a deep collection requests it, and neither side was one. Both packs say so, so it is not repeated for each
/// subject.
fn left_to_depth(gap: &Gap) -> bool {
    gap.evidence.is_deep() && gap.kind == GapKind::NotCollected
}

pub const EARLIER: &str = "The earlier evidence";
pub const LATER: &str = "The later evidence";

/// Records that something could not be compared, grouped by reason.
pub fn lack(missing: &mut Vec<Missing>, (fact, label): (&'static str, &str), reason: String) {
    let at = missing.iter().position(|one| one.reason == reason && !one.what.is_empty()).unwrap_or_else(|| {
        missing.push(Missing::all(reason));
        missing.len() - 1
    });
    missing[at].facts.push(fact);
    missing[at].what.push(label.to_owned());
}

fn row(field: &'static Field, before: Fact, after: Fact) -> Option<Row> {
    match (before, after) {
        (Fact::TextList(before), Fact::TextList(after)) => list(field.name, field.label(), &before, &after),
        (before, after) => (before != after).then(|| Row {
            fact: field.name,
            what: field.label(),
            before: words(field, &before),
            after: words(field, &after),
            lines: Vec::new(),
        }),
    }
}

/// The removed and added items of a list, in its order; `None` if both have the same items in any order.
pub fn list(fact: &'static str, what: String, before: &[String], after: &[String]) -> Option<Row> {
    let (mut old, mut new): (Vec<&String>, Vec<&String>) = (before.iter().collect(), after.iter().collect());
    old.sort_unstable();
    new.sort_unstable();
    let only = |own: &[&String], other: &[&String], sign| -> Vec<DiffLine> {
        let mut lines: Vec<DiffLine> = Vec::new();
        for text in own.iter().filter(|text| other.binary_search(text).is_err()) {
            lines.push(DiffLine { sign, text: (*text).clone() });
        }
        lines
    };
    let mut lines = only(&old, &new, '-');
    lines.extend(only(&new, &old, '+'));
    (!lines.is_empty()).then(|| Row { fact, what, before: String::new(), after: String::new(), lines })
}

/// A value for readers.
fn words(field: &Field, fact: &Fact) -> String {
    match fact {
        Fact::Null => field.none.to_owned(),
        Fact::Bool(value) => (if *value { "yes" } else { "no" }).to_owned(),
        Fact::Int(value) => value.to_string(),
        Fact::Text(value) if value.is_empty() => "empty".to_owned(),
        Fact::Text(value) => value.clone(),
        Fact::Time(value) => value.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Fact::TextList(values) => values.join(", "),
    }
}
