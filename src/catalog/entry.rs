//! What people write for the record, exceptions and attestations: read key by
//! key, each mistake reported with the entry's ID and its place.

use super::header::{Member, Reader};
use super::suggest::did_you_mean;
use jiff::civil::Date;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// For how long an approval or a statement can hold, in days: a year, and a month to renew it in.
pub const LONGEST: i32 = 400;

/// The longest id; it is used in table rows and in sentences.
const ID_LENGTH: usize = 64;

/// An entry being read.
pub struct Entry<'r, 'a, 't> {
    pub reader: &'r mut Reader<'a>,
    pub table: &'t DeTable<'t>,
    pub place: Range<usize>,
    /// `exception`, `attestation`.
    pub what: &'static str,
}

impl<'t> Entry<'_, '_, 't> {
    /// The entry that a mistake is about, where its id can be read.
    pub fn named(&self) -> String {
        let id = self.table.get("id").and_then(|member| member.get_ref().as_str());
        id.map_or_else(|| format!("an {}", self.what), |id| format!("{} {id}", self.what))
    }

    /// The place of a key's value, or of the entry where there is none.
    pub fn span(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or_else(|| self.place.clone(), toml::Spanned::span)
    }

    pub fn member(&mut self, key: &str, next: &str) -> Option<Member<'t>> {
        let found = self.table.get(key);
        if found.is_none() {
            let message = format!("{} without {key}", self.named());
            self.reader.problem(&self.place, message, format!("add {key}: {next}"));
        }
        found
    }

    /// A text that says something, without white space around it.
    pub fn said(&mut self, key: &str, member: Member<'_>, next: &str) -> Option<String> {
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

    pub fn needed(&mut self, key: &str, next: &str) -> Option<String> {
        let member = self.member(key, next)?;
        self.said(key, member, next)
    }

    pub fn optional(&mut self, key: &str) -> Option<String> {
        let member = self.table.get(key)?;
        self.said(key, member, &format!("say it, or leave {key} out"))
    }

    pub fn id(&mut self, example: &str) -> Option<String> {
        let next = format!("a reference of your own, such as {example:?}");
        let member = self.member("id", &next)?;
        let id = self.said("id", member, &format!("give it {next}"))?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        if !id.chars().all(plain) || id.len() > ID_LENGTH {
            let next = format!("use letters, digits, '.', '-' and '_', at most {ID_LENGTH}");
            self.reader.problem(&member.span(), format!("the id {id:?} cannot be a reference"), next);
            return None;
        }
        Some(id)
    }

    /// A control of the catalogue; `which` says in the message which one is meant.
    pub fn control(&mut self, controls: &[&str], which: &str) -> Option<String> {
        let member = self.member("control", &format!("the id of {which}"))?;
        let control = self.said("control", member, &format!("name {which}"))?;
        if !controls.contains(&control.as_str()) {
            let all = "\"auditpack controls list\" lists all ids";
            let next = did_you_mean(&control, controls.iter().copied(), all);
            self.reader.problem(&member.span(), format!("unknown control {control}"), next);
            return None;
        }
        Some(control)
    }

    pub fn date(&mut self, key: &str, next: &str) -> Option<(Date, Range<usize>)> {
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

    /// Nothing ends before it begins, nor holds for longer than `longest` days. `words`: what happens on the last
    /// day and what happened on the first.
    pub fn term(
        &mut self,
        from: Option<&(Date, Range<usize>)>,
        to: Option<&(Date, Range<usize>)>,
        (ends, began): (&str, &str),
        longest: i32,
    ) {
        let (Some((from, _)), Some((to, span))) = (from, to) else { return };
        let days = (*to - *from).get_days();
        if days < 0 {
            let message = format!("{} {ends} on {to}, before it {began} on {from}", self.named());
            self.reader.problem(span, message, "correct one of the two dates");
        } else if days > longest {
            let message = format!("{} holds for {days} days", self.named());
            let next = format!("let it end at most {longest} days after it {began}, and renew it then");
            self.reader.problem(span, message, next);
        }
    }
}

/// Names that differ in capitals and spaces only are one person's.
pub fn same_person(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    plain(a) == plain(b)
}
