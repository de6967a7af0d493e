//! `tables/access-review.csv`: the worksheet of an access review, one line a
//! user, group or role and level of access, with room for the decision.
//!
//! The first columns are frozen with the evidence. Filled in, the
//! file is what an attestation about the review hands over.

use super::RenderError;
use super::csv::{Line, save};
use crate::pack::Pack;
use crate::pack::register::{Level, Register, Sheet, Table};
use std::borrow::Cow;
use std::path::Path;

const HEAD: [&str; 14] = [
    "principal",
    "kind",
    "name",
    "owner",
    "last_used",
    "level",
    "services_broadly",
    "services_in_part",
    "granted_by",
    "evidence",
    "decision",
    "reviewer",
    "date",
    "proof_of_removal",
];

/// Writes the worksheet into `dir`/tables; nothing where the pack has no register.
pub fn write(pack: &Pack, dir: &Path) -> Result<(), RenderError> {
    let Some(register) = &pack.register else { return Ok(()) };
    let dir = dir.join("tables");
    super::make_dir(&dir)?;
    let head = HEAD.map(Cow::Borrowed).to_vec();
    let notes = register.notices.iter().map(|notice| note(notice));
    let reviewed = register.sheets.iter().filter(|sheet| !sheet.kind.is_policy());
    let lines = reviewed.flat_map(|sheet| lines(register, sheet));
    save(&dir, "access-review", std::iter::once(head).chain(notes).chain(lines))
}

/// What a reviewer must know before all lines: whom the list may lack, for one.
fn note(notice: &str) -> Line<'_> {
    let cell = |name| match name {
        "kind" => Cow::Borrowed("Note"),
        "name" => Cow::Borrowed("about the whole list"),
        "evidence" => Cow::Borrowed(notice),
        _ => Cow::Borrowed(""),
    };
    HEAD.map(cell).to_vec()
}

/// One line per level of access, and at least one, so that the review lists every principal.
fn lines<'a>(register: &'a Register, sheet: &'a Sheet) -> Vec<Line<'a>> {
    if sheet.administrator == Some(true) {
        // Nothing is left to tell apart, however the policies are written.
        return vec![line(sheet, &sheet.level, String::new(), String::new())];
    }
    let table = sheet.grants.as_ref().and_then(|grants| grants.table).map(|place| &register.tables[place]);
    let mut lines = Vec::new();
    // The table lists levels by service, after the level of all services together.
    if sheet.sweeping {
        lines.push(line(sheet, &sheet.level, String::new(), String::new()));
    }
    for level in Level::ALL.into_iter().rev() {
        if let Some((broadly, in_part)) = table.and_then(|table| services(table, level)) {
            lines.push(line(sheet, level.word(), broadly, in_part));
        }
    }
    if lines.is_empty() {
        // What is granted needs no table, is nothing, or is not known; the register's own word says which.
        lines.push(line(sheet, &sheet.level, String::new(), String::new()));
    }
    lines
}

fn line<'a>(sheet: &'a Sheet, level: &'a str, broadly: String, in_part: String) -> Line<'a> {
    let granted_by: Vec<String> = sheet.held.iter().map(|held| format!("{} ({})", held.title, held.how)).collect();
    let evidence = if sheet.notices.is_empty() { "whole".to_owned() } else { sheet.notices.join(" ") };
    let mut cells: Line<'a> =
        [sheet.id.as_str(), sheet.kind.label(), &sheet.name, &sheet.owner, &sheet.last_used, level]
            .map(Cow::Borrowed)
            .to_vec();
    cells.extend([broadly, in_part, granted_by.join(", "), evidence].map(Cow::Owned));
    // Decision, reviewer, date and proof are for people.
    cells.extend(std::iter::repeat_n(Cow::Borrowed(""), HEAD.len() - cells.len()));
    cells
}

/// Services of which a level is granted on all resources, and those of which it is granted in part; none if it is
/// granted of no service.
fn services(table: &Table, level: Level) -> Option<(String, String)> {
    let (mut broadly, mut in_part) = (Vec::new(), Vec::new());
    for row in &table.rows {
        if let Some(cell) = &row.cells[level as usize] {
            if cell.broad { broadly.push(row.service.as_str()) } else { in_part.push(row.service.as_str()) }
        }
    }
    // Of services beyond the table's rows the register does not say how far a level reaches.
    let rest = table.rest.iter().filter(|rest| rest.levels.contains(&level));
    in_part.extend(rest.flat_map(|rest| &rest.services).map(String::as_str));
    (!broadly.is_empty() || !in_part.is_empty()).then(|| (broadly.join(" "), in_part.join(" ")))
}
