//! What a union of policies grants, in sentences and as a table.

use super::sheet::{Cell, GrantsPart, Rest, Table, TableRow};
use crate::policy::actions::{Level, table};
use crate::policy::grants::{Grants, Row, Scope};
use crate::policy::words::titled;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Services with a row of their own; the rest is listed in a line.
const ROWS: usize = 40;

/// Tables so far. Principals with the same policies share one.
#[derive(Default)]
pub struct Tables {
    pub made: Vec<Table>,
    by_grants: BTreeMap<usize, Option<usize>>,
}

impl Tables {
    /// Sentences and the table's place.
    pub fn part(&mut self, grants: &Arc<Grants>) -> GrantsPart {
        // The grants live as long as the sheets are made, so their address is their name.
        let key = Arc::as_ptr(grants) as usize;
        let place = match self.by_grants.get(&key) {
            Some(place) => *place,
            None => {
                let place = self.make(grants);
                self.by_grants.insert(key, place);
                place
            }
        };
        GrantsPart { sentences: sentences(grants), table: place }
    }

    /// The same for grants that nobody else shares and that are gone afterwards.
    pub fn part_once(&mut self, grants: &Grants) -> GrantsPart {
        GrantsPart { sentences: sentences(grants), table: self.make(grants) }
    }

    fn make(&mut self, grants: &Grants) -> Option<usize> {
        // Everything of everything needs no table of 450 services.
        if grants.full_admin.as_ref().is_some_and(|admin| admin.literal && admin.unmitigated) {
            return None;
        }
        let mut rows = grants.table();
        if rows.is_empty() {
            return None;
        }
        rows.sort_by_key(|row| (Reverse(weight(row)), row.service));
        let rest = rows.split_off(rows.len().min(ROWS));
        self.made.push(Table { rows: rows.iter().map(table_row).collect(), rest: by_levels(&rest) });
        Some(self.made.len() - 1)
    }
}

/// The worst level that is granted broadly, then the worst at all, then how much.
fn weight(row: &Row) -> (usize, usize, u32) {
    let level = |broad: bool| {
        let cells = row.cells.iter().enumerate();
        let found = cells.filter(|(_, cell)| cell.as_ref().is_some_and(|cell| !broad || is_broad(cell.scope)));
        found.map(|(level, _)| level + 1).max().unwrap_or(0)
    };
    (level(true), level(false), row.cells.iter().flatten().map(|cell| cell.allowed).sum())
}

fn is_broad(scope: Scope) -> bool {
    scope >= Scope::OfType
}

fn table_row(row: &Row) -> TableRow {
    let cell = |cell: &Option<crate::policy::grants::Cell>| {
        cell.as_ref().map(|cell| Cell {
            scope: cell.scope.to_string(),
            allowed: cell.allowed,
            of: cell.of,
            broad: is_broad(cell.scope),
        })
    };
    TableRow {
        title: if row.title.is_empty() { row.service.to_owned() } else { row.title.to_owned() },
        service: row.service.to_owned(),
        cells: std::array::from_fn(|level| cell(&row.cells[level])),
    }
}

/// Services with the same levels together, the most far-reaching levels first.
fn by_levels(rows: &[Row]) -> Vec<Rest> {
    let mut groups: BTreeMap<Reverse<[bool; 5]>, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let mut levels: [bool; 5] = std::array::from_fn(|level| row.cells[level].is_some());
        levels.reverse();
        groups.entry(Reverse(levels)).or_default().push(row.service);
    }
    let line = |(Reverse(mut levels), mut services): (Reverse<[bool; 5]>, Vec<&str>)| {
        levels.reverse();
        services.sort_unstable();
        let named = Level::ALL.iter().zip(levels).filter(|(_, granted)| *granted);
        let named: Vec<String> = named.map(|(level, _)| level.name().to_lowercase()).collect();
        Rest { levels: named.join(", "), services: services.into_iter().map(str::to_owned).collect() }
    };
    groups.into_iter().map(line).collect()
}

/// The broad grants first.
fn sentences(grants: &Grants) -> Vec<String> {
    let mut told = Vec::new();
    let places = |numbers: &[usize]| -> String {
        let shown: Vec<String> = numbers.iter().take(4).map(|&at| grants.statements[at].place.to_string()).collect();
        let more = numbers.len().saturating_sub(shown.len());
        if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
    };
    if let Some(admin) = &grants.full_admin {
        let extent =
            if admin.literal { "every action on every resource" } else { "nearly every action on every resource" };
        told.push(format!("Full administrator: {extent}, by {}.", places(&admin.statements)));
        told.extend(admin.mitigations.iter().cloned());
    } else {
        let full = grants.full_service_access();
        if !full.is_empty() {
            let name = |one: &crate::policy::grants::FullService| {
                let title = table().service(&one.service).map_or_else(|| one.service.clone(), titled);
                format!("{title} ({})", one.scope)
            };
            let shown: Vec<String> = full.iter().take(12).map(name).collect();
            let more = full.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(", and {more} more services") } else { String::new() };
            told.push(format!("Every action of: {}{more}.", shown.join(", ")));
        }
        if let Some(pass) = grants.passes_role() {
            let which = if pass.any_role { "any role" } else { "some roles" };
            let to = if pass.passed_to.is_empty() { "services".to_owned() } else { pass.passed_to.join(", ") };
            told.push(format!("Passes {which} to {to}, {}, by {}.", pass.scope, places(&pass.statements)));
        }
        let denials = grants.denials.len();
        let cancelling = grants.denials.iter().filter(|denial| denial.cancels && denial.doubt.is_none()).count();
        if denials > 0 {
            let noun = if denials == 1 { "statement denies" } else { "statements deny" };
            told.push(format!(
                "{denials} {noun}; {cancelling} of them certainly cancel something allowed and are taken off below."
            ));
        }
    }
    let not_action = grants.uses_not_action_allow();
    if !not_action.is_empty() {
        told.push(format!("Allows all but some actions, future ones included, by {}.", places(&not_action)));
    }
    if !grants.unknown.is_empty() {
        let shown: Vec<&str> = grants.unknown.iter().take(8).map(|grant| grant.pattern.as_str()).collect();
        let more = grants.unknown.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        told.push(format!("Grants what the table of actions does not know: {}{more}.", shown.join(", ")));
    }
    if let Some(cap) = &grants.capped_by {
        told.push(format!(
            "A permissions boundary caps all of this: only what {} allows too is allowed in effect. It is not taken off below.",
            cap.policy
        ));
    }
    if grants.statements.is_empty() {
        told.push("These policies allow nothing.".to_owned());
    }
    told
}
