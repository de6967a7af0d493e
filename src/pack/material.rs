//! Collected facts for the person who decides a control: tables beside the
//! statement. They decide nothing.

use super::chapters::fact_value;
use super::words::{count, number, stamp};
use super::{Inputs, sheets};
use crate::account::fact::{BaseType, Fact, Field, Observed};
use crate::assess::{ControlResult, Material};
use crate::catalog::{Control, Shown};
use serde::Serialize;

/// Collected facts that a reviewer looks at.
#[derive(Debug, Serialize)]
pub struct MaterialTable {
    pub title: String,
    /// How many there are, whether they are all, and that they decide nothing.
    pub sentence: String,
    pub heads: Vec<String>,
    /// Up to half a page.
    pub rows: Vec<Vec<String>>,
    /// The subject's id of each row; not printed.
    #[serde(skip)]
    pub ids: Vec<String>,
    /// `And 40 more: see the sheet Users.`
    pub more: Option<String>,
}

/// Rows that a control's section has room for.
const ROWS: usize = 15;
/// Characters of a cell.
const CELL: usize = 240;

pub(super) fn tables(inputs: &Inputs<'_>, control: &Control, result: &ControlResult) -> Vec<MaterialTable> {
    let Some(review) = control.review() else { return Vec::new() };
    result.material.iter().map(|material| table(inputs, &review.shows[material.shows], material)).collect()
}

fn table(inputs: &Inputs<'_>, shown: &Shown, material: &Material) -> MaterialTable {
    let subjects = inputs.account.population(shown.kind).subjects;
    let row = |place: &usize| -> Vec<String> {
        let subject = subjects[*place];
        let facts = shown.facts.iter().filter_map(|field| {
            let (index, _) = shown.kind.field(field.name)?;
            Some(match subject.fact(index) {
                Observed::Known(Fact::Time(time)) => stamp(time),
                fact => cell(&fact_value(field, &fact)),
            })
        });
        std::iter::once(cell(subject.label())).chain(facts).collect()
    };
    let total = material.subjects.len();
    let plural = shown.kind.plural;
    let of = if shown.when.is_some() { format!(" of {}", number(subjects.len())) } else { String::new() };
    let known = total - material.unknown;
    let all = match (known, material.complete) {
        (0, _) if material.unknown > 0 => format!("It is not known for {}{of} {plural}", number(material.unknown)),
        (0, true) if shown.when.is_none() => format!("There are no {plural}"),
        (0, true) => format!("There are none among the {} {plural}", number(subjects.len())),
        (0, false) => {
            format!("There are none among the {plural} that are known; evidence is missing, so there may be some")
        }
        (_, true) => format!("{}{of} {plural}", number(known)),
        (_, false) => {
            format!("{}{of} {plural} that are known; evidence is missing, so there may be more", number(known))
        }
    };
    let words = if known == 0 && material.unknown > 0 { "whether" } else { "for which" };
    let condition = shown.when.as_ref().map_or_else(String::new, |when| format!(", {words}: {}", when.source));
    let open = match material.unknown {
        0 => String::new(),
        _ if known == 0 => String::new(),
        1 => " It is not known for 1 more, which is shown too.".to_owned(),
        unknown => format!(" It is not known for {} more, which are shown too.", number(unknown)),
    };
    let left = total.saturating_sub(ROWS);
    let titles: Vec<&str> = sheets::with_column_for(shown.kind.name).into_iter().map(|(_, title)| title).collect();
    let whole = if titles.is_empty() { String::new() } else { format!(": see {}", super::words::listed(&titles)) };
    MaterialTable {
        title: shown.title.clone(),
        sentence: format!("{all}{condition}.{open}"),
        heads: std::iter::once("Subject".to_owned()).chain(shown.facts.iter().map(|field| head(field))).collect(),
        rows: material.subjects.iter().take(ROWS).map(row).collect(),
        ids: material.subjects.iter().take(ROWS).map(|place| subjects[*place].id().to_owned()).collect(),
        more: (left > 0).then(|| format!("And {}{whole}.", count(left, "more", "more"))),
    }
}

/// Times are written short, and their column says in which zone they are.
fn head(field: &Field) -> String {
    let zone = if field.ty.base == BaseType::Time { " (UTC)" } else { "" };
    format!("{}{zone}", field.label())
}

/// A value that leaves room for the others; the sheets have it whole.
fn cell(text: &str) -> String {
    if text.chars().count() <= CELL { text.to_owned() } else { text.chars().take(CELL - 1).chain(['…']).collect() }
}
