//! Which sheets a volume takes, and how one sheet names another.

use crate::pack::register::{
    DOCUMENT_WIDTH, Explained, Finding, Held, Holding, Register, STATEMENT_WIDTH, Sheet, SheetKind,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// Pages that a volume is planned for: about 0.2 GB while it is made.
const PAGES: usize = 150;
/// Sheets a volume takes at most, so that its index and bookmarks stay in view.
const SHEETS: usize = 200;
/// Room for text on a page, in points.
const PAGE: usize = 700;
/// Height of a line of text, of code and of small print.
const LINE: usize = 12;
const CODE_LINE: usize = 10;
/// Characters on a line of text, and of the words beside code.
const ACROSS: usize = 100;
const BESIDE: usize = 36;
/// A holder's sheet tells policies of up to so many statements in words; the policy's own sheet has them all.
pub(super) const TOLD: usize = 10;

/// The volumes of a register.
pub(super) struct Plan<'a> {
    pub register: &'a Register,
    /// Places of the sheets of each volume.
    pub volumes: Vec<Range<usize>>,
    /// A sheet's file in the HTML register, which is its name there, to its place.
    places: BTreeMap<&'a str, usize>,
}

impl<'a> Plan<'a> {
    pub fn new(register: &'a Register) -> Self {
        let mut volumes = Vec::new();
        let (mut from, mut pages) = (0, 0);
        for (place, sheet) in register.sheets.iter().enumerate() {
            let more = height(sheet, register).div_ceil(PAGE).max(1);
            if place > from && (pages + more > PAGES || place - from >= SHEETS) {
                volumes.push(from..place);
                (from, pages) = (place, 0);
            }
            pages += more;
        }
        if from < register.sheets.len() {
            volumes.push(from..register.sheets.len());
        }
        let files = register.sheets.iter().enumerate().map(|(place, sheet)| (sheet.file.as_str(), place));
        Self { register, volumes, places: files.collect() }
    }

    /// `register/volume-07.pdf`, by the volume's place.
    pub fn file(&self, volume: usize) -> String {
        let digits = self.volumes.len().to_string().len().max(2);
        format!("register/volume-{:0digits$}.pdf", volume + 1)
    }

    /// The volume of a sheet.
    pub fn volume_of(&self, place: usize) -> usize {
        self.volumes.partition_point(|sheets| sheets.end <= place)
    }

    /// How the sheets of one volume name the sheet of an HTML file: a label in this volume, words for another.
    pub fn reference(&self, file: &str, volume: usize) -> Value {
        match self.places.get(file) {
            Some(place) if self.volumes[volume].contains(place) => json!({"to": label(*place), "place": ""}),
            Some(place) => {
                let words = format!("volume {}, sheet {}", self.volume_of(*place) + 1, place + 1);
                json!({"to": null, "place": words})
            }
            None => json!({"to": null, "place": ""}),
        }
    }
}

/// Names a sheet's heading in its volume; sheets are numbered through all volumes.
pub(super) fn label(place: usize) -> String {
    format!("s{}", place + 1)
}

/// About how high a sheet is, in points; an even spread of volumes needs no more.
fn height(sheet: &Sheet, register: &Register) -> usize {
    let lines = |text: &str, wide: usize| text.len() / wide + 1;
    let mut height = 120 + sheet.facts.len() * 13;
    height += sheet.tags.iter().map(|(key, value)| lines(key, 45) + lines(value, 45)).sum::<usize>() * LINE / 2;
    height += sheet.notices.iter().map(|notice| lines(notice, ACROSS) * LINE + 8).sum::<usize>();
    let told = |finding: &Finding| lines(&finding.reason, 50) * LINE + 8;
    let passed = |finding: &Finding| (finding.title.len() + finding.reason.len() + 8) * LINE / ACROSS;
    let findings = sheet.findings.iter();
    height += findings.map(|one| if one.verdict == "pass" { passed(one) } else { told(one) }).sum::<usize>();
    if let Some(change) = &sheet.change {
        height += change.rows.iter().map(|row| row.lines.len() * CODE_LINE + 3 * LINE).sum::<usize>();
    }
    if let Some(trust) = &sheet.trust {
        let entries = trust.entries.iter().map(|entry| lines(&entry.sentence, ACROSS) + entry.conditions.len() * 2);
        height += 40 + entries.sum::<usize>() * LINE + code_lines(&trust.json, DOCUMENT_WIDTH) * CODE_LINE;
    }
    if let Some(grants) = &sheet.grants {
        height += 30 + grants.sentences.iter().map(|sentence| lines(sentence, ACROSS) * LINE + 6).sum::<usize>();
        let table = grants.table.and_then(|table| register.tables.get(table));
        height += table.map_or(0, |table| table.rows.len() * 21 + table.more() * 2 + 20);
    }
    height += sheet.held.iter().map(|held| held_height(sheet, held, register)).sum::<usize>();
    let links = sheet.links.iter().flat_map(|group| &group.links).map(|link| link.text.len() + 28);
    height += sheet.links.len() * 36 + links.sum::<usize>() / ACROSS * LINE;
    let steps = sheet.reach.iter().flat_map(|reach| &reach.steps).map(|step| lines(&step.evidence, 60) * LINE);
    height += sheet.reach.len() * 36 + steps.sum::<usize>();
    height + sheet.versions.iter().map(|version| version.lines.len() * CODE_LINE + 30).sum::<usize>()
}

fn held_height(sheet: &Sheet, held: &Held, register: &Register) -> usize {
    let Some(document) = held.document.and_then(|place| register.documents.get(place)) else { return 40 };
    if is_only_named(sheet, held, register) {
        return LINE;
    }
    let whole = shows_json(sheet, held);
    let statements = document.statements.iter().map(|one| {
        let words = one.words.len() + one.sid.as_ref().map_or(0, String::len);
        if whole {
            ((words / BESIDE + 1) * LINE).max(code_lines(&one.json, STATEMENT_WIDTH) * CODE_LINE) + 16
        } else {
            (words / ACROSS + 1) * LINE + 5
        }
    });
    let json = document.json.as_ref().filter(|_| whole).map_or(0, |json| code_lines(json, DOCUMENT_WIDTH) * CODE_LINE);
    40 + json + if !whole && document.statements.len() > TOLD { 0 } else { statements.sum() }
}

fn code_lines(json: &str, width: usize) -> usize {
    json.lines().map(|line| line.len() / (width + 1) + 1).sum::<usize>() + 2
}

/// Whether the sheet shows the policy with its JSON: policies on their own sheet, and a holder's own inline
/// ones, which are part of it. Managed policies are shown in words; their JSON is on their own sheet only.
pub(super) fn shows_json(sheet: &Sheet, held: &Held) -> bool {
    sheet.kind.is_policy() || held.how == Holding::Inline || held.file.is_empty()
}

/// Whether a policy is only named: it came by a group, whose sheet tells its statements, and nothing about it
/// needs a word here.
pub(super) fn is_only_named(sheet: &Sheet, held: &Held, register: &Register) -> bool {
    let understood =
        held.document.and_then(|place| register.documents.get(place)).is_some_and(|it| it.notes.is_empty());
    sheet.kind == SheetKind::User
        && matches!(held.how, Holding::Group(_))
        && understood
        && held.missing.is_none()
        && !shows_json(sheet, held)
}

/// Whether a holder's sheet tells the statements in words.
pub(super) fn tells_statements(document: &Explained) -> bool {
    document.statements.len() <= TOLD
}
