//! The pack as the JSON that the templates read, every string made safe.

use super::glyphs::{Drawable, shorten};
use super::layout::{Columns, INLINE_ROWS, TALL, rows_per_volume};
use crate::pack::{CallRow, Column, Cover, Pack, Row, Sheet};
use crate::render::Replaced;
use crate::verdict::Verdict;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// A sheet and how it is printed.
pub(super) struct Plan<'a> {
    pub sheet: &'a Sheet,
    columns: Columns,
    /// Empty: the sheet is part of `pack.pdf`.
    pub volumes: Vec<Volume>,
}

/// A part of a long sheet, printed as a file of its own.
pub(super) struct Volume {
    /// `annex/users-2.pdf`.
    pub file: String,
    pub rows: Range<usize>,
}

/// A row as printed: without its id, which no column shows.
#[derive(Serialize)]
struct PrintedRow {
    cells: Vec<String>,
    marks: Vec<Option<Verdict>>,
    /// Every cell is one line: the row's height is known, and need not be measured.
    line: bool,
}

pub(super) fn plan<'a>(sheet: &'a Sheet, drawable: &Drawable) -> Plan<'a> {
    plan_over(sheet, INLINE_ROWS, drawable)
}

/// A sheet of more than `most` rows is volumes.
pub(super) fn plan_over<'a>(sheet: &'a Sheet, most: usize, drawable: &Drawable) -> Plan<'a> {
    let size = rows_per_volume(sheet.columns.len());
    let total = sheet.rows.len();
    let starts = (0..total).step_by(size).filter(|_| total > most);
    let volumes = starts.enumerate().map(|(index, start)| Volume {
        file: format!("annex/{}-{}.pdf", file_name(&sheet.id), index + 1),
        rows: start..total.min(start + size),
    });
    Plan { sheet, columns: Columns::measure(&sheet.columns, &sheet.rows, drawable), volumes: volumes.collect() }
}

/// The call log as a sheet, where it is too long for `pack.pdf`.
pub(super) fn long_call_log(calls: &[CallRow]) -> Option<Sheet> {
    let column = |title: &str, key: &str, kind| Column { title: title.into(), key: key.into(), control: None, kind };
    let row = |call: &CallRow| Row {
        id: call.id.clone(),
        cells: vec![
            call.id.clone(),
            call.operation.clone(),
            call.parameters.clone(),
            call.time.clone(),
            call.ms.to_string(),
            call.outcome.clone(),
            call.request_id.clone(),
            call.sha256.clone(),
        ],
        marks: Vec::new(),
    };
    (calls.len() > INLINE_ROWS).then(|| Sheet {
        id: "calls".into(),
        title: "Call log".into(),
        intro: "Every request of the collection, in the order of its completion.".into(),
        complete: true,
        lead: 1,
        columns: vec![
            column("Call", "id", "word"),
            column("Operation", "operation", "text"),
            column("Parameters", "parameters", "text"),
            column("Time (UTC)", "time", "time"),
            column("ms", "ms", "number"),
            column("Answer", "outcome", "word"),
            column("Request id", "request_id", "text"),
            column("SHA-256 of the answer", "sha256", "text"),
        ],
        rows: calls.iter().map(row).collect(),
    })
}

/// Everything in `pack.pdf`. `attached`: bytes of the attached `assessment.json`, and whether it is attached.
pub(super) fn pack(
    pack: &Pack,
    plans: &[Plan<'_>],
    shelf: &super::register::Shelf,
    attached: (usize, bool),
    drawable: &Drawable,
    replaced: &mut Replaced,
) -> Vec<u8> {
    let inline = |plan: &Plan<'_>| if plan.volumes.is_empty() { 0..plan.sheet.rows.len() } else { 0..0 };
    let legends = Legends::new(pack);
    let sheets: Vec<Value> = plans.iter().map(|plan| sheet(plan, inline(plan), &legends, drawable, replaced)).collect();
    let calls = if pack.calls.len() > INLINE_ROWS { [].as_slice() } else { pack.calls.as_slice() };
    let mut data = json!({
        "cover": pack.cover,
        "summary": pack.summary,
        "scope": pack.scope,
        "changes": pack.changes,
        "chapters": pack.chapters,
        "exceptions": pack.exceptions,
        "attestations": pack.attestations,
        "frameworks": pack.frameworks,
        "exhibits": pack.exhibits,
        "calls": calls,
        "calls_intro": pack.calls_intro,
        "glossary": pack.glossary,
        "register": shelf,
        "attached": {"bytes": attached.0, "is": attached.1},
    });
    drawable.clean_all(&mut data, replaced);
    data["tall"] = json!(longest(&data) > TALL);
    data["drawings"] = drawings(pack, drawable);
    data["sheets"] = Value::Array(sheets);
    data["replaced"] = json!(replaced.characters.values().sum::<usize>());
    into_bytes(&data)
}

/// The pictures. A letter that no font has would fail the file in a picture too; a place to break a line
/// would be a letter of the picture. What is replaced in them was counted with the words that they show.
fn drawings(pack: &Pack, drawable: &Drawable) -> Value {
    let mut drawings = json!(crate::render::drawings::draw_all(pack));
    clean_drawings(&mut drawings, drawable);
    drawings
}

fn clean_drawings(value: &mut Value, drawable: &Drawable) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| clean_drawings(item, drawable)),
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| match member {
            Value::String(svg) if name == "svg" => drawable.clean(svg, usize::MAX, &mut Replaced::default()),
            other => clean_drawings(other, drawable),
        }),
        text => drawable.clean_all(text, &mut Replaced::default()),
    }
}

/// Everything in one annex volume.
pub(super) fn volume(
    owner: &Pack,
    plan: &Plan<'_>,
    number: usize,
    drawable: &Drawable,
    replaced: &mut Replaced,
) -> Vec<u8> {
    let rows = plan.volumes[number].rows.clone();
    let printed = sheet(plan, rows, &Legends::new(owner), drawable, replaced);
    into_bytes(&json!({"cover": cover(&owner.cover, drawable), "sheet": printed, "volume": number + 1}))
}

/// The cover's strings stand on every volume; what is replaced in them is counted once, with the pack.
pub(super) fn cover(cover: &Cover, drawable: &Drawable) -> Value {
    let mut value = json!(cover);
    drawable.clean_all(&mut value, &mut Replaced::default());
    value
}

/// Control id → number and title.
pub(super) struct Legends<'a>(BTreeMap<&'a str, (&'a str, &'a str)>);

impl<'a> Legends<'a> {
    pub(super) fn of_all(controls: BTreeMap<&'a str, (&'a str, &'a str)>) -> Self {
        Self(controls)
    }

    fn new(pack: &'a Pack) -> Self {
        let controls = pack.chapters.iter().flat_map(|chapter| &chapter.controls);
        Self(controls.map(|control| (control.id.as_str(), (control.number.as_str(), control.title.as_str()))).collect())
    }
}

pub(super) fn sheet(
    plan: &Plan<'_>,
    rows: Range<usize>,
    legends: &Legends<'_>,
    drawable: &Drawable,
    replaced: &mut Replaced,
) -> Value {
    let Plan { sheet, columns: layout, volumes } = plan;
    let columns: Vec<Value> = (sheet.columns.iter().zip(&layout.widths))
        .map(|(column, width)| json!({"title": column.title, "kind": column.kind, "width": width}))
        .collect();
    let legend: Vec<Value> = (sheet.columns.iter())
        .filter_map(|column| legends.0.get(column.control.as_deref()?))
        .map(|(number, title)| json!([number, title]))
        .collect();
    let volumes: Vec<Value> = (volumes.iter())
        .map(|volume| json!({"file": volume.file, "from": volume.rows.start + 1, "to": volume.rows.end}))
        .collect();
    let mut value = json!({
        "title": sheet.title, "intro": sheet.intro, "complete": sheet.complete, "columns": columns, "legend": legend,
        "total": sheet.rows.len(), "from": rows.start + 1, "to": rows.end, "volumes": volumes,
        "tall": layout.tall(&sheet.rows[rows.clone()]),
    });
    drawable.clean_all(&mut value, replaced);
    let rows = sheet.rows[rows].iter().map(|row| printed(row, layout, drawable, replaced));
    value["rows"] = rows.map(|row| json!(row)).collect();
    value
}

fn printed(row: &Row, layout: &Columns, drawable: &Drawable, replaced: &mut Replaced) -> PrintedRow {
    let mut cells = row.cells.clone();
    let mut line = true;
    for (fact, cell) in cells.iter_mut().enumerate() {
        shorten(cell);
        drawable.clean(cell, usize::MAX, replaced);
        if !layout.holds(fact, cell, drawable) {
            line = false;
            drawable.clean(cell, layout.characters(fact), replaced);
        }
    }
    PrintedRow { cells, marks: row.marks.clone(), line }
}

/// Length of the longest string, a line counting as a long word.
pub(super) fn longest(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 40 * text.matches('\n').count(),
        Value::Array(items) => items.iter().map(longest).max().unwrap_or_default(),
        Value::Object(members) => members.values().map(longest).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Sheet ids are ours, but a file name should not depend on that.
fn file_name(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

pub(super) fn into_bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a JSON value serialises")
}
