//! Reads a TOML table member by member, so that every mistake is found and
//! each knows its place.

use super::source::{Literal, Source};
use super::suggest::did_you_mean;
use super::{ParameterValue, Problem};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table being read, and where its mistakes go.
pub struct Reader<'a> {
    pub source: &'a Source,
    /// Byte of the file at which the TOML begins.
    pub offset: usize,
    pub problems: &'a mut Vec<Problem>,
}

/// A member's value and its place.
pub type Member<'t> = &'t Spanned<DeValue<'t>>;

impl<'a> Reader<'a> {
    /// Parses the TOML from `offset` to `end` of the file; all its syntax errors are reported.
    pub fn parse(source: &'a Source, range: Range<usize>, problems: &mut Vec<Problem>) -> Option<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(&source.text[range.clone()]);
        for error in &errors {
            let at = range.start + error.span().map_or(0, |span| span.start);
            let reason = error.message().lines().next().unwrap_or("it cannot be read");
            problems.push(source.problem(at, format!("this is not TOML: {reason}"), "see https://toml.io"));
        }
        errors.is_empty().then(|| table.into_inner())
    }

    pub fn at(&self, span: &Range<usize>) -> usize {
        self.offset + span.start
    }

    pub fn problem(&mut self, span: &Range<usize>, message: impl Into<String>, next: impl Into<String>) {
        self.problems.push(self.source.problem(self.at(span), message, next));
    }

    /// Reports members that are not known.
    pub fn only(&mut self, table: &DeTable<'_>, known: &[&str], of: &str) {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let next = did_you_mean(name, known.iter().copied(), &format!("{of} has {}", known.join(", ")));
                self.problem(&key.span(), format!("unknown key {name}"), next);
            }
        }
    }

    /// A member that must be there.
    pub fn member<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<Member<'t>> {
        let found = table.get(key);
        if found.is_none() {
            let at = self.offset;
            self.problems.push(self.source.problem(at, format!("{key} is missing"), format!("add {key} = …")));
        }
        found
    }

    /// A text member that must be there.
    pub fn text<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<Literal> {
        let member = self.member(table, key)?;
        self.literal(key, member)
    }

    /// A text with its place.
    pub fn literal(&mut self, key: &str, member: Member<'_>) -> Option<Literal> {
        let Some(value) = member.get_ref().as_str() else {
            return self.wrong(key, member, "text");
        };
        let span = member.span();
        let start = self.at(&span);
        Some(Literal::new(&self.source.text[start..self.offset + span.end], start, value))
    }

    pub fn integer(&mut self, key: &str, member: Member<'_>) -> Option<i64> {
        let parsed = member.get_ref().as_integer().map(|n| i64::from_str_radix(n.as_str(), n.radix()));
        match parsed {
            Some(Ok(number)) => Some(number),
            Some(Err(_)) => {
                self.problem(&member.span(), format!("{key} is out of range"), "use a smaller number");
                None
            }
            None => self.wrong(key, member, "a whole number"),
        }
    }

    pub fn table<'t>(&mut self, key: &str, member: Member<'t>) -> Option<&'t DeTable<'t>> {
        match member.get_ref().as_table() {
            Some(table) => Some(table),
            None => self.wrong(key, member, "a table"),
        }
    }

    /// One text, or a list of them, each with its place.
    pub fn texts(&mut self, key: &str, member: Member<'_>) -> Vec<(String, Range<usize>)> {
        let items: Vec<Member<'_>> = match member.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![member],
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push((text.to_owned(), item.span())),
                None => {
                    self.wrong::<()>(key, item, "text in quotes");
                }
            }
        }
        texts
    }

    pub fn parameter(&mut self, key: &str, member: Member<'_>) -> Option<ParameterValue> {
        match member.get_ref() {
            DeValue::Boolean(value) => Some(ParameterValue::Bool(*value)),
            DeValue::String(value) => Some(ParameterValue::Text(value.to_string())),
            DeValue::Integer(_) => self.integer(key, member).map(ParameterValue::Int),
            _ => self.wrong(key, member, "true or false, a whole number or text"),
        }
    }

    pub fn wrong<T>(&mut self, key: &str, member: Member<'_>, wanted: &str) -> Option<T> {
        let found = match member.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problem(&member.span(), format!("{key} must be {wanted}, not {found}"), format!("write {wanted}"));
        None
    }
}
