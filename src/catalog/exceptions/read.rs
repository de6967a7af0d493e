//! From TOML to exceptions, with every mistake at its place.

use super::{Exception, LONGEST, pattern};
use crate::catalog::Problems;
use crate::catalog::header::{Member, Reader};
use crate::catalog::source::Source;
use crate::catalog::suggest::did_you_mean;
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

/// The longest id; it heads table rows and stands in running text.
const ID_LENGTH: usize = 64;

pub fn read(source: &Source, controls: &[&str]) -> Result<Vec<Exception>, Problems> {
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

/// One exception; none if anything in it is wrong, which is then told. `ids` are those taken so far.
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
    let mut entry = Entry { reader, table, place: item.span() };
    let id = entry.id(ids);
    let control = entry.control(controls);
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
struct Entry<'r, 'a, 't> {
    reader: &'r mut Reader<'a>,
    table: &'t DeTable<'t>,
    place: Range<usize>,
}

impl<'t> Entry<'_, '_, 't> {
    /// The exception that a mistake is about, where its id can be read.
    fn named(&self) -> String {
        let id = self.table.get("id").and_then(|member| member.get_ref().as_str());
        id.map_or_else(|| "an exception".to_owned(), |id| format!("exception {id}"))
    }

    fn member(&mut self, key: &str, next: &str) -> Option<Member<'t>> {
        let found = self.table.get(key);
        if found.is_none() {
            let message = format!("{} without {key}", self.named());
            self.reader.problem(&self.place, message, format!("add {key}: {next}"));
        }
        found
    }

    /// A text that says something, without white space around it.
    fn said(&mut self, key: &str, member: Member<'_>, next: &str) -> Option<String> {
        let Some(text) = member.get_ref().as_str() else {
            return self.reader.wrong(key, member, "text in quotes");
        };
        if text.trim().is_empty() {
            let message = format!("{} with an empty {key}", self.named());
            self.reader.problem(&member.span(), message, next);
            return None;
        }
        Some(text.trim().to_owned())
    }

    fn needed(&mut self, key: &str, next: &str) -> Option<String> {
        let member = self.member(key, next)?;
        self.said(key, member, next)
    }

    fn optional(&mut self, key: &str) -> Option<String> {
        let member = self.table.get(key)?;
        self.said(key, member, &format!("say it, or leave {key} out"))
    }

    fn id(&mut self, taken: &mut BTreeSet<String>) -> Option<String> {
        let member = self.member("id", "a reference of your own, such as \"EX-2026-01\"")?;
        let id = self.said("id", member, "give it a reference of your own, such as \"EX-2026-01\"")?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        if !id.chars().all(plain) || id.len() > ID_LENGTH {
            let next = format!("use letters, digits, '.', '-' and '_', at most {ID_LENGTH}");
            self.reader.problem(&member.span(), format!("the id {id:?} cannot be a reference"), next);
            return None;
        }
        if !taken.insert(id.clone()) {
            self.reader.problem(
                &member.span(),
                format!("the id {id} is given twice"),
                "give each exception its own id",
            );
            return None;
        }
        Some(id)
    }

    fn control(&mut self, controls: &[&str]) -> Option<String> {
        let member = self.member("control", "the id of the control that fails")?;
        let control = self.said("control", member, "name the control that fails")?;
        if !controls.contains(&control.as_str()) {
            let all = "\"auditpack controls list\" lists all ids";
            let next = did_you_mean(&control, controls.iter().copied(), all);
            self.reader.problem(&member.span(), format!("unknown control {control}"), next);
            return None;
        }
        Some(control)
    }

    /// Ids and patterns of subjects; at least one of either.
    fn subjects(&mut self) -> (Vec<String>, Vec<String>) {
        let before = self.reader.problems.len();
        let subjects = self.list("subjects", |entry, text, span| {
            if pattern::is_pattern(text) {
                let next = "a pattern stands under subjects_like, so that nobody writes one by mistake";
                entry.reader.problem(span, format!("the subject {text:?} is a pattern"), next);
            }
        });
        let subjects_like = self.list("subjects_like", |entry, text, span| {
            if pattern::is_blanket(text) {
                let next = "name what is accepted, as in \"arn:aws:iam::123456789012:user/ci-*\"";
                entry.reader.problem(span, format!("the pattern {text:?} accepts every failure"), next);
            }
        });
        // Of a list that cannot be read this was told already.
        if subjects.is_empty() && subjects_like.is_empty() && self.reader.problems.len() == before {
            let message = format!("{} names no subject", self.named());
            let next = "add subjects = [\"arn:…\"]; tables/results.csv of a pack has the ids in the column subject";
            self.reader.problem(&self.place, message, next);
        }
        (subjects, subjects_like)
    }

    fn list(&mut self, key: &str, check: impl Fn(&mut Self, &str, &Range<usize>)) -> Vec<String> {
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
            let span = self.table.get("approver").map_or_else(|| self.place.clone(), toml::Spanned::span);
            self.reader.problem(&span, message, "somebody other than the owner has to approve it");
            return None;
        }
        Some(approver)
    }

    fn dates(&mut self) -> (Option<Date>, Option<Date>) {
        let approved = self.date("approved", "the day on which it was accepted");
        let expires = self.date("expires", "the last day on which it holds; none holds for ever");
        let (Some((from, _)), Some((to, span))) = (&approved, &expires) else {
            return (approved.map(|(date, _)| date), expires.map(|(date, _)| date));
        };
        if to < from {
            let message = format!("{} expires on {to}, before it was approved on {from}", self.named());
            self.reader.problem(span, message, "correct one of the two dates");
        } else if days(*from, *to) > LONGEST {
            let message = format!("{} holds for {} days", self.named(), days(*from, *to));
            let next = format!("let it expire at most {LONGEST} days after it was approved, and renew it then");
            self.reader.problem(span, message, next);
        }
        (Some(*from), Some(*to))
    }

    fn date(&mut self, key: &str, next: &str) -> Option<(Date, Range<usize>)> {
        let member = self.member(key, &format!("{next}, as in 2026-09-30"))?;
        let found = match member.get_ref() {
            DeValue::Datetime(given) if given.time.is_none() => given.date.map(|date| date.to_string()),
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        };
        // A text is taken as a date where it is exactly one.
        let date = found.filter(|text| text.len() == 10).and_then(|text| text.parse::<Date>().ok());
        match date {
            Some(date) => Some((date, member.span())),
            None => {
                let message = format!("{key} of {} is not a date", self.named());
                self.reader.problem(&member.span(), message, "write year, month and day, as in 2026-09-30");
                None
            }
        }
    }
}

/// Days from one date to a later one.
fn days(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// Names that differ in capitals and spaces only are one person's.
fn same_person(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    plain(a) == plain(b)
}
