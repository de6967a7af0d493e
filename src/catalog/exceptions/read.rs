//! From TOML to exceptions, with every mistake at its place.

use super::{Exception, pattern};
use crate::catalog::Problems;
use crate::catalog::entry::{Entry, same_person};
use crate::catalog::header::{Member, Reader};
use crate::catalog::source::Source;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

const KEYS: [&str; 11] = [
    "id",
    "control",
    "subjects",
    "subjects_like",
    "reason",
    "owner",
    "approver",
    "approved",
    "expires",
    "compensating_control",
    "ticket",
];

pub fn read_exceptions(source: &Source, controls: &[&str]) -> Result<Vec<Exception>, Problems> {
    let mut problems = Vec::new();
    let mut exceptions: Vec<Exception> = Vec::new();
    let mut ids = BTreeSet::new();
    if let Some(table) = Reader::parse(source, 0..source.text.len(), &mut problems) {
        let mut reader = Reader { source, offset: 0, problems: &mut problems };
        reader.only(&table, &["exception"], "the file");
        for item in items(&mut reader, &table) {
            exceptions.extend(exception(&mut reader, item, controls, &mut ids));
        }
    }
    if problems.is_empty() {
        exceptions.sort_by(|a, b| a.id.cmp(&b.id));
        return Ok(exceptions);
    }
    problems.sort();
    Err(Problems(problems))
}

fn items<'t>(reader: &mut Reader<'_>, table: &'t DeTable<'t>) -> Vec<Member<'t>> {
    match table.get("exception").map(|member| (member, member.get_ref())) {
        None => Vec::new(),
        Some((_, DeValue::Array(items))) => items.iter().collect(),
        Some((member, _)) => {
            let message = "exception must be a list of tables";
            reader.problem(&member.span(), message, "head each exception with [[exception]], in double brackets");
            Vec::new()
        }
    }
}

/// One exception; none if it has a mistake, which is reported. `ids` are those taken so far.
fn exception(
    reader: &mut Reader<'_>,
    item: Member<'_>,
    controls: &[&str],
    ids: &mut BTreeSet<String>,
) -> Option<Exception> {
    let before = reader.problems.len();
    let Some(table) = item.get_ref().as_table() else {
        return reader.wrong("exception", item, "a table");
    };
    reader.only(table, &KEYS, "an exception");
    let mut entry = Entry { reader, table, place: item.span(), what: "exception" };
    let id = entry.id("EX-2026-01").and_then(|id| entry.untaken(id, ids));
    let control = entry.control(controls, "the control that fails");
    let (subjects, subjects_like) = entry.subjects();
    let reason = entry.needed("reason", "say why the failure is accepted");
    let owner = entry.needed("owner", "say who answers for it");
    let approver = entry.approver(owner.as_deref());
    let (approved, expires) = entry.dates();
    let compensating_control = entry.optional("compensating_control");
    let ticket = entry.optional("ticket");
    let exception = Exception {
        id: id?,
        control: control?,
        subjects,
        subjects_like,
        reason: reason?,
        owner: owner?,
        approver: approver?,
        approved: approved?,
        expires: expires?,
        compensating_control,
        ticket,
    };
    (reader.problems.len() == before).then_some(exception)
}

/// A `[[exception]]` being read.
impl Entry<'_, '_, '_> {
    /// Ids and patterns of subjects; at least one of either.
    fn subjects(&mut self) -> (Vec<String>, Vec<String>) {
        let before = self.reader.problems.len();
        let subjects = self.read_list("subjects", |entry, text, span| {
            if pattern::is_pattern(text) {
                let next = "a pattern stands under subjects_like, so that nobody writes one by mistake";
                entry.reader.problem(span, format!("the subject {text:?} is a pattern"), next);
            }
        });
        let subjects_like = self.read_list("subjects_like", |entry, text, span| {
            if pattern::is_blanket(text) {
                let next = "name what is accepted, as in \"arn:aws:iam::123456789012:user/ci-*\"";
                entry.reader.problem(span, format!("the pattern {text:?} accepts every failure"), next);
            }
        });
        // A list that cannot be read was reported already.
        if subjects.is_empty() && subjects_like.is_empty() && self.reader.problems.len() == before {
            let message = format!("{} names no subject", self.named());
            let next = "add subjects = [\"arn:…\"]; tables/results.csv of a pack has the ids in the column subject";
            self.reader.problem(&self.place, message, next);
        }
        (subjects, subjects_like)
    }

    fn read_list(&mut self, key: &str, check: impl Fn(&mut Self, &str, &Range<usize>)) -> Vec<String> {
        let Some(member) = self.table.get(key) else { return Vec::new() };
        let mut texts: Vec<String> = Vec::new();
        for (text, span) in self.reader.texts(key, member) {
            check(self, &text, &span);
            if text.trim().is_empty() {
                self.reader.problem(&span, format!("{key} has an empty text"), "give an id, or leave it out");
            } else if texts.contains(&text) {
                self.reader.problem(&span, format!("{text:?} is named twice"), "name it once");
            } else {
                texts.push(text);
            }
        }
        texts
    }

    /// Whoever answers for a failure does not also accept it.
    fn approver(&mut self, owner: Option<&str>) -> Option<String> {
        let approver = self.needed("approver", "say who accepted it")?;
        if owner.is_some_and(|owner| same_person(owner, &approver)) {
            let message = format!("{} is approved by its own owner, {approver}", self.named());
            let span = self.span("approver");
            self.reader.problem(&span, message, "somebody other than the owner has to approve it");
            return None;
        }
        Some(approver)
    }

    fn dates(&mut self) -> (Option<Date>, Option<Date>) {
        let approved = self.date("approved", "the day on which it was accepted");
        let expires = self.date("expires", "the last day on which it holds; none holds for ever");
        self.term(approved.as_ref(), expires.as_ref(), ("expires", "was approved"), crate::catalog::LONGEST);
        (approved.map(|(date, _)| date), expires.map(|(date, _)| date))
    }

    /// No two exceptions have one id.
    fn untaken(&mut self, id: String, taken: &mut BTreeSet<String>) -> Option<String> {
        if taken.insert(id.clone()) {
            return Some(id);
        }
        let span = self.span("id");
        self.reader.problem(&span, format!("the id {id} is given twice"), "give each exception its own id");
        None
    }
}
