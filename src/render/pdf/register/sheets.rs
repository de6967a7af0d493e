//! A sheet as the JSON that its template reads; layout only, the words are the register's.

use super::plan::{Plan, is_only_named, label, shows_json, tells_statements};
use crate::pack::register::{
    ChangeRow, DiffLine, Explained, GrantsPart, Held, Links, Reach, Sheet, SheetKind, Table, TableRow, TrustPart,
    VersionPart,
};
use crate::render::Replaced;
use crate::render::pdf::glyphs::{Drawable, PROSE};
use serde_json::{Value, json};

/// Type size of the table of what is granted, and the room of a line in its cells, in points.
const TABLE_SIZE: f64 = 7.0;
const LEVEL_ROOM: f64 = 62.0;
const SERVICE_ROOM: f64 = 112.0;
/// Code whose words are longer than this has places to break.
const CODE: usize = 56;
/// A statement of up to so many lines is kept on one page.
const TOGETHER: usize = 24;

/// The template of a kind of sheet.
const fn template(kind: SheetKind) -> &'static str {
    match kind {
        SheetKind::Role => "role",
        SheetKind::User => "user",
        SheetKind::Group => "group",
        SheetKind::CustomerPolicy => "customer-policy",
        SheetKind::AwsPolicy => "aws-policy",
        SheetKind::InlinePolicy => "inline-policy",
    }
}

/// Everything that the sheet at a place shows in a volume. `opens`: the heading of its kind, on the first of it.
pub(super) fn sheet(
    plan: &Plan<'_>,
    volume: usize,
    place: usize,
    opens: Option<&str>,
    drawable: &Drawable,
    replaced: &mut Replaced,
) -> Value {
    let sheet = &plan.register.sheets[place];
    let (by_group, own): (Vec<&Held>, Vec<&Held>) =
        sheet.held.iter().partition(|held| is_only_named(sheet, held, plan.register));
    let mut facts = vec![json!(["Access level", sheet.level])];
    facts.extend(sheet.facts.iter().map(|fact| json!(fact)));
    let mut value = json!({
        "template": template(sheet.kind),
        "kind": sheet.kind,
        "opens": opens,
        "place": format!("Sheet {}", place + 1),
        "label": label(place),
        "name": sheet.name,
        "purpose": sheet.purpose,
        "notices": sheet.notices,
        "facts": facts,
        "tags": sheet.tags,
        "change": sheet.change.as_ref().map(|change| json!({
            "sentence": change.sentence,
            "rows": change.rows.iter().map(change_row).collect::<Vec<_>>(),
        })),
        "findings": sheet.findings,
        "trust": sheet.trust.as_ref().map(trust),
        "grants": sheet.grants.as_ref().map(|part| grants(part, plan, drawable)),
        "held": own.iter().map(|one| held(one, sheet, plan, volume)).collect::<Vec<_>>(),
        "by_group": by_group.iter().map(|one| json!({
            "title": one.title, "how": one.how, "ref": plan.reference(&one.file, volume),
        })).collect::<Vec<_>>(),
        "no_policy": no_policy(sheet),
        "links": sheet.links.iter().map(|one| links(one, plan, volume)).collect::<Vec<_>>(),
        "reach": sheet.reach.iter().map(|one| reach(one, plan, volume)).collect::<Vec<_>>(),
        "versions": sheet.versions.iter().map(version).collect::<Vec<_>>(),
        "exhibits": sheet.exhibits.iter().map(|one| [&one.id, &one.text]).collect::<Vec<_>>(),
    });
    clean(&mut value, PROSE, drawable, replaced);
    value
}

/// Makes every string safe; members that hold code have longer lines.
fn clean(value: &mut Value, fits: usize, drawable: &Drawable, replaced: &mut Replaced) {
    match value {
        Value::String(text) => drawable.clean(text, fits, replaced),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, fits, drawable, replaced)),
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| {
            let fits = if matches!(name.as_str(), "json" | "lines") { CODE } else { fits };
            clean(member, fits, drawable, replaced);
        }),
        _ => {}
    }
}

fn no_policy(sheet: &Sheet) -> Option<&'static str> {
    let policy = sheet.kind.is_policy();
    (sheet.held.is_empty() && !policy).then_some(if sheet.grants.is_some() {
        "It has no policy."
    } else {
        "Its policies are not known."
    })
}

fn change_row(row: &ChangeRow) -> Value {
    json!({"what": row.what, "before": row.before, "after": row.after, "lines": runs(&row.lines)})
}

/// Lines of a comparison, neighbours of one sign together.
fn runs(lines: &[DiffLine]) -> Vec<(char, String)> {
    let mut runs: Vec<(char, String)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((sign, text)) if *sign == line.sign => text.push_str(&format!("{} {}\n", line.sign, line.text)),
            _ => runs.push((line.sign, format!("{} {}\n", line.sign, line.text))),
        }
    }
    if let Some((_, text)) = runs.last_mut() {
        text.pop();
    }
    runs
}

fn trust(trust: &TrustPart) -> Value {
    let mut entries: Vec<Value> = trust.entries.iter().map(|entry| json!(entry)).collect();
    if entries.is_empty() {
        entries.push(json!({"sentence": "The trust policy lets nobody in.", "conditions": []}));
    }
    entries.extend(trust.denials.iter().map(|denial| json!({"sentence": denial, "conditions": []})));
    json!({"notes": not_understood(&trust.notes), "entries": entries, "json": trust.json})
}

fn not_understood(notes: &[String]) -> Vec<String> {
    notes.iter().map(|note| format!("Not understood: {note}")).collect()
}

fn grants(part: &GrantsPart, plan: &Plan<'_>, drawable: &Drawable) -> Value {
    let table = part.table.and_then(|place| plan.register.tables.get(place));
    json!({"sentences": part.sentences, "table": table.map(|table| levels(table, drawable))})
}

fn levels(table: &Table, drawable: &Drawable) -> Value {
    let groups = table.rest.iter().map(|group| format!("{}: {}", group.levels_in_words(), group.services.join(", ")));
    let rest = match table.more() {
        0 => String::new(),
        more => {
            let services = if more == 1 { "service" } else { "services" };
            let groups = groups.collect::<Vec<_>>().join(". ");
            format!("And {more} more {services}, no more broadly than these. {groups}.")
        }
    };
    let key = "Figures are actions allowed of those that there are. Bold: on all resources, or on all of a type.";
    let rows: Vec<Value> = table.rows.iter().map(|row| level_row(row, drawable)).collect();
    json!({"rows": rows, "rest": rest, "key": key})
}

fn level_row(row: &TableRow, drawable: &Drawable) -> Value {
    let service = if row.title == row.service { row.title.clone() } else { format!("{} ({})", row.title, row.service) };
    // Such a row is two lines high, and need not be measured; bold is a little wider.
    let fits = |text: &str, room: f64| drawable.width(text) * TABLE_SIZE * 1.07 <= room;
    let low = fits(&service, SERVICE_ROOM) && row.cells.iter().flatten().all(|cell| fits(&cell.scope, LEVEL_ROOM));
    let cells = row.cells.iter().map(|cell| {
        let words = |cell: &crate::pack::register::Cell| format!("{} of {}\n{}", cell.allowed, cell.of, cell.scope);
        cell.as_ref().map(|cell| json!({"text": words(cell), "broad": cell.broad}))
    });
    json!({"service": service, "low": low, "cells": cells.collect::<Vec<_>>()})
}

/// A policy on its holder's sheet, or on its own.
fn held(held: &Held, sheet: &Sheet, plan: &Plan<'_>, volume: usize) -> Value {
    let own = sheet.kind.is_policy();
    let whole = shows_json(sheet, held);
    let document = held.document.and_then(|place| plan.register.documents.get(place));
    let mut notes: Vec<String> = held.missing.iter().cloned().collect();
    if let Some(document) = document {
        notes.extend(remarks(document, whole));
    }
    let shown = document.filter(|document| whole || tells_statements(document));
    let statements = shown.iter().flat_map(|document| &document.statements).map(|one| {
        let json = if whole { one.json.as_str() } else { "" };
        let together = json.lines().count() <= TOGETHER && one.words.len() < 1_500;
        json!({
            "number": one.number.to_string(), "sid": one.sid, "words": one.words, "json": json, "together": together,
        })
    });
    let whole_json = document.filter(|_| whole).and_then(|document| document.json.as_deref());
    json!({
        "title": if own { "" } else { &held.title },
        "how": held.how,
        "ref": plan.reference(&held.file, volume),
        "notes": notes,
        "statements": statements.collect::<Vec<_>>(),
        "json": whole_json.unwrap_or_default(),
    })
}

/// What is said above a document's statements.
fn remarks(document: &Explained, whole: bool) -> Vec<String> {
    let mut remarks = not_understood(&document.notes);
    if document.statements.is_empty() && document.notes.is_empty() {
        remarks.push("The document has no statement and grants nothing.".to_owned());
    } else if !whole && !tells_statements(document) {
        let count = document.statements.len();
        let statements = if count == 1 { "statement is".to_owned() } else { format!("{count} statements are") };
        remarks.push(format!("Its {statements} on its own sheet, in words and as JSON."));
    }
    remarks
}

fn links(group: &Links, plan: &Plan<'_>, volume: usize) -> Value {
    let link =
        |link: &crate::pack::register::Link| json!({"text": link.text, "ref": plan.reference(&link.file, volume)});
    let title = group.relation.title();
    let title = match group.links.len() {
        0 | 1 => title.to_owned(),
        count => format!("{title} ({count})"),
    };
    json!({"title": title, "none": group.none, "links": group.links.iter().map(link).collect::<Vec<_>>()})
}

fn reach(reach: &Reach, plan: &Plan<'_>, volume: usize) -> Value {
    let steps = reach
        .steps
        .iter()
        .map(|step| json!({"words": step.words, "evidence": step.evidence, "ref": plan.reference(&step.file, volume)}));
    json!({"title": reach.title, "sentence": reach.sentence, "steps": steps.collect::<Vec<_>>()})
}

fn version(version: &VersionPart) -> Value {
    let title = if version.in_force { format!("{}, default version", version.id) } else { version.id.clone() };
    json!({
        "title": title, "made": format!("created {}", version.created), "change": version.change,
        "lines": runs(&version.lines),
    })
}
