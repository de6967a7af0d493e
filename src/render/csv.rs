//! `tables/*.csv`: RFC 4180, UTF-8 without a byte-order mark, and no cell that a
//! spreadsheet would run as a formula.

use super::RenderError;
use crate::pack::{AttestationExhibit, AttestationRow, ControlSection, Counted, ExceptionRow, Pack, Sheet};
use crate::verdict::Verdict;
use std::borrow::Cow;
use std::path::Path;

/// Writes every table into `dir`/tables.
pub fn write(pack: &Pack, dir: &Path) -> Result<(), RenderError> {
    let dir = dir.join("tables");
    super::make_dir(&dir)?;
    for sheet in &pack.sheets {
        save(&dir, &sheet.id, sheet_lines(sheet))?;
    }
    save(&dir, "controls", controls(pack))?;
    save(&dir, "results", results(pack))?;
    if let Some(given) = &pack.exceptions {
        save(&dir, "exceptions", exceptions(&given.rows))?;
    }
    if let Some(given) = &pack.attestations {
        save(&dir, "attestations", attestations(&given.rows))?;
        save(&dir, "attestation-exhibits", attestation_exhibits(&given.exhibits))?;
    }
    save(&dir, "frameworks", frameworks(pack))
}

pub(super) type Line<'a> = Vec<Cow<'a, str>>;

fn sheet_lines(sheet: &Sheet) -> impl Iterator<Item = Line<'_>> {
    let head = std::iter::once("id".into()).chain(sheet.columns.iter().map(|column| column.key.as_str().into()));
    std::iter::once(head.collect()).chain(sheet.rows.iter().map(sheet_row))
}

fn sheet_row(row: &crate::pack::Row) -> Line<'_> {
    let cells = row.cells.iter().map(|cell| Cow::Borrowed(cell.as_str()));
    let marks = row.marks.iter().map(|mark| Cow::Borrowed(mark.map_or("", Verdict::word)));
    std::iter::once(Cow::Borrowed(row.id.as_str())).chain(cells).chain(marks).collect()
}

fn sections(pack: &Pack) -> impl Iterator<Item = (&str, &ControlSection)> {
    pack.chapters.iter().flat_map(|chapter| chapter.controls.iter().map(|control| (chapter.title.as_str(), control)))
}

fn controls(pack: &Pack) -> impl Iterator<Item = Line<'_>> {
    let head = [
        "number",
        "control",
        "chapter",
        "title",
        "severity",
        "verdict",
        "conclusion",
        "population",
        "population_complete",
        "in_scope",
        "passed",
        "failed",
        "excepted",
        "inconclusive",
        "to_be_decided",
        "attested",
        "criterion",
        "exhibits",
    ];
    let rows = sections(pack).map(|(chapter, control)| control_row(chapter, control));
    std::iter::once(head.map(Cow::Borrowed).to_vec()).chain(rows)
}

fn control_row<'a>(chapter: &'a str, control: &'a ControlSection) -> Line<'a> {
    let counted = |what: Counted| {
        let found = control.counts.iter().find(|(one, _)| *one == what);
        // A count that a section has no need to show is none.
        Cow::Owned(found.map_or_else(|| "0".to_owned(), |(_, count)| count.to_string()))
    };
    vec![
        control.number.as_str().into(),
        control.id.as_str().into(),
        chapter.into(),
        control.title.as_str().into(),
        control.severity.as_str().into(),
        control.verdict.word().into(),
        control.conclusion.as_str().into(),
        counted(Counted::Population),
        if control.population_complete { "yes" } else { "no" }.into(),
        counted(Counted::InScope),
        counted(Counted::Passed),
        counted(Counted::Failed),
        counted(Counted::Excepted),
        counted(Counted::Inconclusive),
        counted(Counted::Undecided),
        counted(Counted::Attested),
        control.passes.as_deref().or(control.decided_by.as_deref()).unwrap_or_default().into(),
        control.exhibits.join(" ").into(),
    ]
}

/// Every result of every control: the populations in full, with the reasons.
fn results(pack: &Pack) -> impl Iterator<Item = Line<'_>> {
    let numbers: std::collections::BTreeMap<&str, &str> =
        sections(pack).map(|(_, control)| (control.id.as_str(), control.number.as_str())).collect();
    let head =
        ["number", "control", "subject", "verdict", "reason", "exceptions", "attestations"].map(Cow::Borrowed).to_vec();
    let rows = pack.assessment.controls.iter().flat_map(move |control| {
        let number = numbers.get(control.id.as_str()).copied().unwrap_or_default();
        control.results.iter().map(move |result| -> Line<'_> {
            let (exceptions, attestations) = (result.exceptions.join(" "), result.attestations.join(" "));
            let cells =
                [number, &control.id, &result.subject, result.verdict.word(), &result.reason].map(Cow::Borrowed);
            cells.into_iter().chain([exceptions.into(), attestations.into()]).collect()
        })
    });
    std::iter::once(head).chain(rows)
}

fn exceptions(rows: &[ExceptionRow]) -> impl Iterator<Item = Line<'_>> {
    let head = [
        "id",
        "control",
        "state",
        "excepted",
        "owner",
        "approver",
        "approved",
        "expires",
        "days_left",
        "reason",
        "compensating_control",
        "ticket",
        "note",
    ];
    std::iter::once(head.map(Cow::Borrowed).to_vec()).chain(rows.iter().map(exception_row))
}

fn exception_row(row: &ExceptionRow) -> Line<'_> {
    vec![
        row.id.as_str().into(),
        row.control.as_str().into(),
        row.state_label.as_str().into(),
        row.excepted.to_string().into(),
        row.owner.as_str().into(),
        row.approver.as_str().into(),
        row.approved.as_str().into(),
        row.expires.as_str().into(),
        row.days_left.as_str().into(),
        row.reason.as_str().into(),
        row.compensating_control.as_deref().unwrap_or_default().into(),
        row.ticket.as_deref().unwrap_or_default().into(),
        row.note.as_str().into(),
    ]
}

fn attestations(rows: &[AttestationRow]) -> impl Iterator<Item = Line<'_>> {
    let head = [
        "id",
        "control",
        "state",
        "conclusion",
        "accounts",
        "attested_by",
        "date",
        "reviewed_by",
        "reviewed",
        "valid_until",
        "days_left",
        "scope",
        "statement",
        "reason",
        "exhibits",
        "replaces",
        "ticket",
        "note",
    ];
    std::iter::once(head.map(Cow::Borrowed).to_vec()).chain(rows.iter().map(attestation_row))
}

fn attestation_row(row: &AttestationRow) -> Line<'_> {
    let exhibits: Vec<&str> = row.exhibits.iter().map(|(id, _)| id.as_str()).collect();
    let optional = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
    vec![
        row.id.as_str().into(),
        row.control.as_str().into(),
        row.state_label.as_str().into(),
        row.conclusion.into(),
        row.accounts.as_str().into(),
        row.attested_by.as_str().into(),
        row.date.as_str().into(),
        optional(&row.reviewed_by),
        optional(&row.reviewed),
        row.valid_until.as_str().into(),
        row.days_left.as_str().into(),
        row.scope.as_str().into(),
        row.statement.as_str().into(),
        optional(&row.reason),
        exhibits.join(" ").into(),
        row.replaces.join(" ").into(),
        optional(&row.ticket),
        row.note.as_str().into(),
    ]
}

fn attestation_exhibits(rows: &[AttestationExhibit]) -> impl Iterator<Item = Line<'_>> {
    let head = ["exhibit", "file", "bytes", "sha256", "attestations"].map(Cow::Borrowed).to_vec();
    let rows = rows.iter().map(|one| -> Line<'_> {
        vec![
            one.id.as_str().into(),
            one.name.as_str().into(),
            one.bytes.to_string().into(),
            one.sha256.as_str().into(),
            one.of.join(" ").into(),
        ]
    });
    std::iter::once(head).chain(rows)
}

fn frameworks(pack: &Pack) -> impl Iterator<Item = Line<'_>> {
    let head = ["framework", "requirement", "title", "assessment", "control", "verdict"].map(Cow::Borrowed).to_vec();
    let rows = pack.frameworks.iter().flat_map(|framework| {
        framework.rows.iter().flat_map(|row| {
            let line = |control: &'_ str, verdict: &'_ str| -> Line<'static> {
                let kind = row.assessment.as_deref().unwrap_or_default();
                let cells = [&framework.id, &row.requirement, &row.title, kind, control, verdict];
                cells.iter().map(|cell| Cow::Owned((*cell).to_owned())).collect()
            };
            if row.controls.is_empty() {
                vec![line("", "not covered")]
            } else {
                row.controls.iter().map(|(id, mark, _)| line(id, mark.word())).collect()
            }
        })
    });
    std::iter::once(head).chain(rows)
}

pub(super) fn save<'a>(dir: &Path, name: &str, lines: impl Iterator<Item = Line<'a>>) -> Result<(), RenderError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        let cells = line.iter().map(|cell| guarded(cell));
        writer.write_record(cells.map(|cell| cell.into_owned().into_bytes())).expect("a Vec takes every write");
    }
    let bytes = writer.into_inner().expect("a Vec takes every write");
    super::save(&dir.join(format!("{name}.csv")), &bytes)
}

/// Hidden characters shown; an apostrophe before what a spreadsheet takes for a formula.
fn guarded(cell: &str) -> Cow<'_, str> {
    let formula =
        cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '−', '﹣', '﹢', '﹦', '﹫'])
            || cell.starts_with(['\t', '\r', '\n']);
    let shown = crate::text::visible(cell);
    if formula { Cow::Owned(format!("'{shown}")) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "\u{a0}=1", "＝1", "＠x"] {
            assert!(guarded(cell).starts_with('\''), "{cell:?}");
        }
        assert_eq!(guarded("\u{202E}=1"), "⟨U+202E⟩=1");
        for cell in ["", "plain", "2026-11-22 05:56:27", "a=b", "arn:aws:iam::1:user/x"] {
            assert_eq!(guarded(cell), cell);
        }
    }
}
