//! Population sheets and inventories: every subject a row, passes too; the
//! facts first, then a column a control.

mod columns;
mod plans;

use super::numbering::Numbers;
use super::words::{count, full_stop};
use super::{Column, Inputs, Row, Sheet, evidence};
use crate::account::Account;
use crate::account::fact::{Evidence, Gap, Kind};
use crate::verdict::Verdict;
use columns::{Column as FactColumn, SheetRow};
use plans::PLANS;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A sheet of the pack.
struct Plan {
    id: &'static str,
    title: &'static str,
    /// What a row is.
    one: &'static str,
    many: &'static str,
    /// The kinds whose members are its rows; members with one id share a row.
    rows: &'static [&'static Kind],
    /// Further kinds whose controls have a column.
    also: &'static [&'static Kind],
    /// Columns that name the row.
    lead: usize,
    columns: &'static [FactColumn],
}

impl Plan {
    fn has_column_for(&self, kind: &str) -> bool {
        self.rows.iter().chain(self.also).any(|own| own.name == kind)
    }
}

/// Sheets, id and title, in which controls about a kind have a column; none for single subjects.
pub(super) fn with_column_for(kind: &str) -> Vec<(&'static str, &'static str)> {
    PLANS.iter().filter(|plan| plan.has_column_for(kind)).map(|plan| (plan.id, plan.title)).collect()
}

pub(super) fn sheets(inputs: &Inputs<'_>, numbers: &Numbers) -> Vec<Sheet> {
    let builder = SheetBuilder { inputs, numbers };
    PLANS.iter().map(|plan| builder.sheet(plan)).collect()
}

/// The rows of a sheet: by the first kind's members, then by those that only the others have.
fn rows<'a>(account: &'a Account, plan: &Plan) -> Vec<SheetRow<'a>> {
    let mut rows: Vec<SheetRow<'a>> = Vec::new();
    let mut places: BTreeMap<&'a str, usize> = BTreeMap::new();
    for kind in plan.rows {
        for subject in account.population(kind).subjects {
            let place = *places.entry(subject.id()).or_insert_with(|| {
                rows.push(SheetRow { id: subject.id(), subjects: Vec::new() });
                rows.len() - 1
            });
            rows[place].subjects.push(subject);
        }
    }
    rows
}

struct SheetBuilder<'a> {
    inputs: &'a Inputs<'a>,
    numbers: &'a Numbers,
}

impl SheetBuilder<'_> {
    fn sheet(&self, plan: &Plan) -> Sheet {
        let items = rows(self.inputs.account, plan);
        let places: BTreeMap<&str, usize> = items.iter().enumerate().map(|(place, item)| (item.id, place)).collect();
        let (controls, marks) = self.marks(plan, &places, items.len());
        let heads = plan.columns.iter().map(|column| column.head(plan.rows));
        let gaps: Vec<&Arc<Gap>> =
            plan.rows.iter().flat_map(|kind| self.inputs.account.population(kind).gaps).collect();
        let row = |(item, marks): (&SheetRow<'_>, Vec<Option<Verdict>>)| Row {
            id: item.id.to_owned(),
            cells: plan.columns.iter().map(|column| column.cell(item)).collect(),
            marks,
        };
        Sheet {
            id: plan.id.to_owned(),
            title: plan.title.to_owned(),
            intro: self.intro(plan, (items.len(), !controls.is_empty()), &gaps),
            complete: gaps.is_empty(),
            lead: plan.lead,
            columns: heads.chain(controls).collect(),
            rows: items.iter().zip(marks).map(row).collect(),
        }
    }

    /// The control columns, and each row's marks in their order.
    fn marks(&self, plan: &Plan, rows: &BTreeMap<&str, usize>, len: usize) -> (Vec<Column>, Vec<Vec<Option<Verdict>>>) {
        let mut columns = Vec::new();
        let mut marks: Vec<Vec<Option<Verdict>>> = (0..len).map(|_| Vec::new()).collect();
        for result in &self.inputs.assessment.controls {
            let control = &self.inputs.catalog.controls[result.control];
            if !plan.has_column_for(control.kind.name) {
                continue;
            }
            columns.push(Column {
                title: self.numbers.get(result.control).to_owned(),
                key: control.id.clone(),
                control: Some(control.id.clone()),
                kind: "mark",
            });
            for row in &mut marks {
                row.push(None);
            }
            let subjects = self.inputs.account.population(control.kind).subjects;
            for one in &result.results {
                if let Some(row) = rows.get(subjects[one.subject].id()) {
                    marks[*row][columns.len() - 1] = Some(one.verdict);
                }
            }
        }
        (columns, marks)
    }

    /// What the rows are, whether they are all, and how that is known.
    fn intro(&self, plan: &Plan, (len, is_tested): (usize, bool), gaps: &[&Arc<Gap>]) -> String {
        let mut sources: Vec<Evidence> = Vec::new();
        for evidence in plan.rows.iter().flat_map(|kind| kind.enumerated_by) {
            if !sources.contains(evidence) {
                sources.push(*evidence);
            }
        }
        // Some sources are requested in some accounts only, such as the management account.
        let is_collected = |source: &Evidence| !evidence::exhibit_ids(self.inputs, &[*source]).is_empty();
        if sources.iter().any(is_collected) {
            sources.retain(is_collected);
        }
        let named: Vec<String> = sources.iter().map(|source| self.named(*source)).collect();
        let named = super::words::listed(&named);
        let reasons: Vec<String> = gaps.iter().map(|gap| full_stop(&gap.reason)).collect();
        let reasons = reasons.join(" ");
        match (len, gaps.is_empty()) {
            (0, true) => format!("The account has no {}, according to {named}, read in full.", plan.many),
            (0, false) => {
                format!(
                    "No {} is known, and the account may have some: the sources are incomplete: {reasons}",
                    plan.one
                )
            }
            (_, true) => {
                // What the program itself asks about (kinds of events) is listed by nobody.
                let from = if sources.is_empty() { String::new() } else { format!(", from {named}") };
                let rows = count(len, "row", "rows");
                let passes = if is_tested { ", those that pass included" } else { "" };
                format!("Every {} in the account{passes}: {rows}{from}.", plan.one)
            }
            (_, false) => format!(
                "{} from {named}. There may be more: the sources are incomplete: {reasons}",
                count(len, plan.one, plan.many)
            ),
        }
    }

    /// `the credential report (E-03)`.
    fn named(&self, source: Evidence) -> String {
        let title = evidence::in_sentence(&source);
        match evidence::exhibit_ids(self.inputs, &[source]).as_slice() {
            [] => title,
            [only] => format!("{title} ({only})"),
            [first, .., last] => format!("{title} ({first} to {last})"),
        }
    }
}
