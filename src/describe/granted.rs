//! What a union of policies grants, in sentences and as a table.

use super::sheet::{Cell, GrantsPart, Rest, Table, TableRow};
use super::some_names;
use crate::policy::actions::{Level, table};
use crate::policy::exposure::exposures;
use crate::policy::grants::{AccessLevel, Denial, FullService, Grants, Row, Scope};
use crate::policy::plain_english::{listed, titled};
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

/// The worst level that is granted broadly, then the worst at all, then how important the service is, then how much.
fn weight(row: &Row) -> (usize, usize, usize, u32) {
    let level = |broad: bool| {
        let cells = row.cells.iter().enumerate();
        let found = cells.filter(|(_, cell)| cell.as_ref().is_some_and(|cell| !broad || is_broad(cell.scope)));
        found.map(|(level, _)| level + 1).max().unwrap_or(0)
    };
    let place = IMPORTANT.iter().rev().position(|prefix| *prefix == row.service).map_or(0, |place| place + 1);
    (level(true), level(false), place, row.cells.iter().flatten().map(|cell| cell.allowed).sum())
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
        Rest {
            levels: named.map(|(level, _)| *level).collect(),
            services: services.into_iter().map(str::to_owned).collect(),
        }
    };
    groups.into_iter().map(line).collect()
}

/// Services that decide most about an account, the most important first.
const IMPORTANT: [&str; 16] = [
    "iam",
    "sts",
    "organizations",
    "sso",
    "kms",
    "secretsmanager",
    "ssm",
    "s3",
    "cloudtrail",
    "lambda",
    "ec2",
    "ecs",
    "eks",
    "cloudformation",
    "dynamodb",
    "rds",
];

/// The broad grants first.
fn sentences(grants: &Grants) -> Vec<String> {
    let mut made = Vec::new();
    if let Some(admin) = &grants.full_admin {
        let extent =
            if admin.literal { "every action on every resource" } else { "nearly every action on every resource" };
        made.push(format!("Full administrator: {extent}, by {}.", places(grants, &admin.statements)));
        made.extend(admin.mitigations.iter().cloned());
    } else {
        made.extend(whole_services(grants));
        if let Some(pass) = grants.passes_role() {
            let which = if pass.any_role { "any role" } else { "some roles" };
            let to = if pass.passed_to.is_empty() { "services".to_owned() } else { listed(&pass.passed_to) };
            made.push(format!("Can pass {which} to {to} ({}), by {}.", pass.scope, places(grants, &pass.statements)));
        }
        made.extend(exposed(grants));
        made.extend(denials(grants));
    }
    let not_action = grants.uses_not_action_allow();
    if !not_action.is_empty() {
        made.push(format!("Allows all actions except some, future ones included, by {}.", places(grants, &not_action)));
    }
    if !grants.unknown.is_empty() {
        let shown: Vec<&str> = grants.unknown.iter().map(|grant| grant.pattern.as_str()).collect();
        made.push(format!("Allows actions that AWS's action table lacks: {}.", some_names(&shown, 8)));
    }
    if let Some(cap) = &grants.capped_by {
        made.push(format!(
            "The permissions boundary {} limits all of this: only what it allows too is allowed in effect.",
            cap.policy
        ));
    }
    if grants.statements.is_empty() {
        made.push("These policies allow nothing.".to_owned());
    }
    made
}

fn places(grants: &Grants, numbers: &[usize]) -> String {
    let shown: Vec<String> = numbers.iter().map(|&at| grants.statements[at].place.to_string()).collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    some_names(&shown, 4)
}

/// Services of which every action is allowed.
fn whole_services(grants: &Grants) -> Option<String> {
    let mut whole = grants.full_service_access();
    if grants.access_level() == AccessLevel::AllButFew {
        let words = grants.access_level_in_words();
        let words = words.split(';').next().unwrap_or_default();
        return Some(format!("Every action of {words}."));
    }
    let place = |one: &FullService| IMPORTANT.iter().position(|prefix| *prefix == one.service);
    whole.sort_by_key(|one| place(one).unwrap_or(IMPORTANT.len()));
    let name = |one: &FullService| {
        let title = table().service(&one.service).map_or_else(|| one.service.clone(), titled);
        format!("{title} ({})", one.scope)
    };
    let shown: Vec<String> = whole.iter().take(12).map(name).collect();
    match whole.len() - shown.len() {
        _ if whole.is_empty() => None,
        0 => Some(format!("Every action of {}.", listed(&shown))),
        more => Some(format!("Every action of {} services: {} and {more} more.", whole.len(), shown.join(", "))),
    }
}

/// What is allowed on all resources by which data, credentials or access may leave the account.
fn exposed(grants: &Grants) -> Vec<String> {
    let exposed = exposures(grants);
    let line = |title: &str, what: &str, found: &[String]| {
        let shown: Vec<&str> = found.iter().map(String::as_str).collect();
        (!found.is_empty()).then(|| format!("{title}: {what} on all resources ({}).", some_names(&shown, 12)))
    };
    let lines = [
        line("Data exfiltration", "can read data", &exposed.data),
        line("Credentials exposure", "can obtain credentials", &exposed.credentials),
        line("Resource exposure", "can change who has access to resources", &exposed.resources),
        line("Infrastructure modification", "can change resources", &exposed.infrastructure),
    ];
    lines.into_iter().flatten().collect()
}

/// What the Deny statements do to what is shown.
fn denials(grants: &Grants) -> Vec<String> {
    let count = |test: &dyn Fn(&Denial) -> bool| grants.denials.iter().filter(|denial| test(denial)).count();
    let statements = |count: usize| match count {
        1 => "One Deny statement".to_owned(),
        many => format!("{many} Deny statements"),
    };
    let subtracted = count(&|denial| denial.doubt.is_none() && denial.cancels);
    let conditional = count(&|denial| denial.doubt == Some("under a condition"));
    let idle = count(&|denial| denial.doubt.is_none() && !denial.cancels);
    let unclear = grants.denials.len() - subtracted - conditional - idle;
    let mut made = Vec::new();
    if subtracted > 0 {
        let verb = if subtracted == 1 { "takes" } else { "take" };
        made.push(format!(
            "{} {verb} permissions away and {} subtracted below.",
            statements(subtracted),
            is(subtracted)
        ));
    }
    if conditional > 0 {
        let verb = if conditional == 1 { "applies" } else { "apply" };
        made.push(format!(
            "{} {verb} only under a condition and {} not subtracted below.",
            statements(conditional),
            is(conditional)
        ));
    }
    if idle > 0 {
        let verb = if idle == 1 { "takes" } else { "take" };
        made.push(format!("{} {verb} away nothing that these policies allow.", statements(idle)));
    }
    if unclear > 0 {
        made.push(format!(
            "{} {} not understood for certain and {} not subtracted below.",
            statements(unclear),
            is(unclear),
            is(unclear)
        ));
    }
    made
}

fn is(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
