//! What the rest of the pack knows about a register's sheet: findings of the
//! controls, the change since the previous pack, the exhibits behind it.

use super::changes::{Changes, earlier, sheet_id};
use super::numbering::Numbers;
use super::register::{ChangeRow, Finding, Register, Relation, Sheet, SheetExhibit, SheetKind};
use super::words::{capital, count, full_stop};
use super::{Inputs, evidence, exceptions};
use crate::account::fact::{
    AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, ROLE_LIST, USER_LIST, VIRTUAL_MFA_DEVICES,
};
use crate::assess::Verdict;
use crate::catalog::Severity;
use crate::compare::{Change, Entity, Missing};
use crate::snapshot::Exhibit;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Fills every sheet's findings, change and exhibits.
pub(super) fn join(register: &mut Register, inputs: &Inputs<'_>, numbers: &Numbers, changes: Option<&Changes>) {
    let mut findings = findings(inputs, numbers);
    let exhibits = Exhibits::of(inputs);
    let changed = changes.map(|changes| Changed::of(changes, &register.sheets));
    for sheet in &mut register.sheets {
        let mut own = findings.remove(&sheet.id).unwrap_or_default();
        own.sort_by(|one, other| one.0.cmp(&other.0));
        sheet.findings = own.into_iter().map(|(_, finding)| finding).collect();
        sheet.exhibits = exhibits.behind(sheet);
        sheet.change = changed.as_ref().map(|changed| changed.of_sheet(sheet));
    }
}

/// Verdict, severity, place in the catalogue, words: the worst first.
type Rank = (Verdict, Reverse<Severity>, usize, String);

/// Kinds of subjects that a sheet is about, or whose user has one.
const KINDS: [&str; 8] =
    ["user", "credential", "access_key", "signing_certificate", "group", "role", "principal", "policy"];

/// Sheet's id → what controls found about it.
fn findings(inputs: &Inputs<'_>, numbers: &Numbers) -> BTreeMap<String, Vec<(Rank, Finding)>> {
    let mut found: BTreeMap<String, Vec<(Rank, Finding)>> = BTreeMap::new();
    for result in &inputs.assessment.controls {
        let control = &inputs.catalog.controls[result.control];
        let kind = control.kind.name;
        if !KINDS.contains(&kind) {
            continue;
        }
        let subjects = inputs.account.population(control.kind).subjects;
        for one in &result.results {
            if matches!(one.verdict, Verdict::Manual | Verdict::NotApplicable) {
                continue;
            }
            let subject = subjects[one.subject];
            let part = matches!(kind, "credential" | "access_key" | "signing_certificate");
            let reason = match one.reason.as_str() {
                "" if part => full_stop(&capital(subject.label())),
                "" => String::new(),
                reason => full_stop(reason),
            };
            let finding = Finding {
                control: control.id.clone(),
                number: numbers.get(result.control).to_owned(),
                title: control.title.clone(),
                verdict: one.verdict.key(),
                label: one.verdict.label(),
                reason: reason.clone(),
                exceptions: exceptions::texts(inputs, result.control, one.subject),
            };
            let rank = (one.verdict, Reverse(control.severity), result.control, reason);
            found.entry(sheet_id(kind, subject.id())).or_default().push((rank, finding));
        }
    }
    found
}

/// The exhibits behind each kind of sheet.
struct Exhibits<'a> {
    inputs: &'a Inputs<'a>,
    by_kind: BTreeMap<SheetKind, Vec<SheetExhibit>>,
}

/// Evidence that a kind of sheet rests on; a policy's is that of all others.
const fn evidence_behind(kind: SheetKind) -> &'static [Evidence] {
    match kind {
        SheetKind::Role => &[AUTHORIZATION_DETAILS, ROLE_LIST],
        SheetKind::User => &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, USER_LIST, VIRTUAL_MFA_DEVICES],
        _ => &[AUTHORIZATION_DETAILS],
    }
}

impl<'a> Exhibits<'a> {
    fn of(inputs: &'a Inputs<'a>) -> Self {
        let told = |sources: &[Evidence]| {
            let wanted = evidence::exhibit_ids(inputs, sources);
            inputs.exhibits.iter().filter(|exhibit| wanted.contains(&exhibit.id)).map(told).collect()
        };
        Self { inputs, by_kind: SheetKind::ALL.map(|kind| (kind, told(evidence_behind(kind)))).into() }
    }

    fn behind(&self, sheet: &Sheet) -> Vec<SheetExhibit> {
        let mut exhibits = self.by_kind[&sheet.kind].clone();
        if sheet.kind.is_managed_policy() {
            // Calls that were about this very policy.
            let about = |exhibit: &&Exhibit| {
                exhibit.parameters.get("PolicyArn").and_then(|value| value.as_str()) == Some(&sheet.id)
            };
            exhibits.extend(self.inputs.exhibits.iter().filter(about).map(told));
        }
        exhibits
    }
}

fn told(exhibit: &Exhibit) -> SheetExhibit {
    let operation = evidence::operation(&exhibit.service, &exhibit.operation);
    let outcome = evidence::outcome(exhibit);
    let pages = exhibit.files.iter().filter(|file| file.name.ends_with(".json")).count();
    let mut text = operation;
    if pages > 0 {
        text.push_str(&format!(", {}", count(pages, "page", "pages")));
    }
    if outcome != "complete" {
        text.push_str(&format!(", {outcome}"));
    }
    SheetExhibit { id: exhibit.id.clone(), text }
}

/// What became of each sheet's subject.
struct Changed<'a> {
    changes: &'a Changes,
    own: BTreeMap<String, &'a Entity>,
    /// User's ARN → passwords, keys and certificates that are not plainly unchanged.
    parts: BTreeMap<String, Vec<&'a Entity>>,
    /// Sheet's file → the policy or group that it is about, where that is not plainly unchanged.
    by_file: BTreeMap<String, &'a Entity>,
}

const PARTS: [&str; 3] = ["credential", "access_key", "signing_certificate"];

impl<'a> Changed<'a> {
    fn of(changes: &'a Changes, sheets: &[Sheet]) -> Self {
        let (mut own, mut parts) = (BTreeMap::new(), BTreeMap::<String, Vec<&Entity>>::new());
        for entity in &changes.entities {
            let id = sheet_id(entity.kind, &entity.id);
            if PARTS.contains(&entity.kind) {
                parts.entry(id).or_default().push(entity);
            } else {
                own.insert(id, entity);
            }
        }
        let mut by_file = BTreeMap::new();
        for sheet in sheets {
            if let Some(entity) = own.get(&sheet.id).filter(|entity| matches!(entity.kind, "policy" | "group")) {
                by_file.insert(sheet.file.clone(), *entity);
            }
        }
        Self { changes, own, parts, by_file }
    }

    fn of_sheet(&self, sheet: &Sheet) -> super::register::Change {
        let since = earlier(self.changes);
        let own = self.own.get(&sheet.id).copied();
        if own.is_some_and(|own| own.change == Change::Added) {
            return super::register::Change { sentence: format!("New since {since}."), rows: Vec::new() };
        }
        let (mut rows, mut missing) = (Vec::new(), Vec::new());
        if let Some(own) = own {
            rows.extend(own.rows.iter().map(|row| self::row("", row)));
            missing.extend(own.missing.iter().map(|one| lacking("", one)));
        }
        for part in self.parts.get(&sheet.id).into_iter().flatten() {
            of_part(part, &mut rows, &mut missing);
        }
        self.of_held(sheet, &mut rows, &mut missing);
        if sheet.kind == SheetKind::User {
            let own = self.changes.credentials.get(&sheet.id).into_iter().flatten();
            let reasons = self.changes.all_credentials.iter().chain(own);
            missing.extend(reasons.map(|reason| {
                let all = Missing::all(reason.clone());
                lacking("Passwords, access keys and certificates", &all)
            }));
        }
        let known = own.is_some() || self.changes.unchanged.contains(&compared_id(sheet));
        let part = if missing.is_empty() { "" } else { " Not all of it could be compared." };
        let sentence = match (own.map(|own| own.change), rows.len()) {
            (Some(Change::MadeAnew), _) => {
                format!("Deleted and recreated since {since}: it has the same name and another ID.{part}")
            }
            (_, 0) if !known => format!("Not comparable with {since}: the comparison does not know it."),
            (_, 0) if missing.is_empty() => format!("Unchanged since {since}."),
            (_, 0) => format!("Not comparable with {since}; the reasons are below."),
            (_, changes) => format!("{} since {since}.{part}", count(changes, "change", "changes")),
        };
        rows.extend(missing);
        super::register::Change { sentence, rows }
    }

    /// What a principal holds is a part of what it is: who has a policy that was rewritten is not unchanged.
    fn of_held(&self, sheet: &Sheet, rows: &mut Vec<ChangeRow>, missing: &mut Vec<ChangeRow>) {
        let held = sheet.held.iter().map(|held| (held.file.as_str(), "document"));
        let groups =
            sheet.links.iter().filter(|links| links.relation == Relation::Groups).flat_map(|links| &links.links);
        for (file, fact) in held.chain(groups.map(|group| (group.file.as_str(), ""))) {
            let Some(entity) = self.by_file.get(file) else { continue };
            // Who else is in a group is no change of this user, nor who else holds a policy.
            let matters =
                |row: &&crate::compare::Row| if fact.is_empty() { row.fact != "users" } else { row.fact == fact };
            let what = format!("{} {}", if fact.is_empty() { "Group" } else { "Policy" }, entity.label);
            let after = match entity.change {
                Change::MadeAnew => "deleted and recreated; see its own sheet",
                Change::Changed if entity.rows.iter().any(|row| matters(&row)) => "changed; see its own sheet",
                _ => "",
            };
            if !after.is_empty() {
                rows.push(ChangeRow { what, before: String::new(), after: after.to_owned(), lines: Vec::new() });
            } else if !matches!(entity.change, Change::Added | Change::Removed) {
                missing.extend(entity.missing.iter().map(|one| lacking(&what, one)));
            }
        }
    }
}

fn of_part(part: &Entity, rows: &mut Vec<ChangeRow>, missing: &mut Vec<ChangeRow>) {
    let what = capital(&part.label);
    let told = |before: &str, after: &str| ChangeRow {
        what: what.clone(),
        before: before.to_owned(),
        after: after.to_owned(),
        lines: Vec::new(),
    };
    match part.change {
        Change::Added => rows.push(told("", "new")),
        Change::Removed => rows.push(told("present", "removed")),
        Change::MadeAnew => rows.push(told("", "deleted, and a new one made in its place")),
        Change::Changed => rows.extend(part.rows.iter().map(|one| row(&what, one))),
        Change::NotComparable => {}
    }
    missing.extend(part.missing.iter().map(|one| lacking(&what, one)));
}

fn row(of: &str, row: &crate::compare::Row) -> ChangeRow {
    ChangeRow {
        what: if of.is_empty() { row.what.clone() } else { format!("{of}: {}", row.what) },
        before: row.before.clone(),
        after: row.after.clone(),
        lines: row.lines.clone(),
    }
}

fn lacking(of: &str, missing: &Missing) -> ChangeRow {
    let facts = missing.what.join(", ");
    let what = match (of.is_empty(), facts.is_empty()) {
        (true, true) => "As a whole".to_owned(),
        (true, false) => facts,
        (false, true) => of.to_owned(),
        (false, false) => format!("{of}: {facts}"),
    };
    let after = format!("not comparable. {}", full_stop(&missing.reason));
    ChangeRow { what, before: String::new(), after, lines: Vec::new() }
}

/// The id by which a comparison knows a sheet's subject.
fn compared_id(sheet: &Sheet) -> String {
    match sheet.id.split_once('#') {
        Some((holder, name)) => format!("{holder}#inline/{name}"),
        None => sheet.id.clone(),
    }
}
