//! The register's first page: the picture of trust, and a table of all sheets with what its
//! search needs besides the words in it.

use super::href;
use crate::pack::register::{Party, Register, Sheet, SheetKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tera::Context;

pub fn context(register: &Register, trust: Option<&str>, base: &Context) -> Context {
    let mut context = base.clone();
    context.insert("lead", &register.lead);
    context.insert("notices", &register.notices);
    context.insert("counts", &register.counts);
    context.insert("count", &register.sheets.len());
    let terms = Terms::new(register);
    let lines: Vec<Line<'_>> = register.sheets.iter().map(|sheet| Line::new(sheet, &terms)).collect();
    context.insert("sheets", &lines);
    let words: Vec<&str> = terms.numbers.keys().copied().collect();
    context.insert("terms", &words);
    context.insert("documents", &terms.documents);
    context.insert("trust", &trust);
    if let Some(picture) = &register.picture {
        context.insert("caption", &picture.caption);
        context.insert("parties", &picture.parties.iter().map(PartyView::new).collect::<Vec<_>>());
        context.insert("parties_count", &picture.parties.len());
    }
    context
}

/// Names of policies and of actions, each once: a row points to them by number, so that
/// thousands of rows can be searched for an action without repeating it.
struct Terms<'a> {
    numbers: BTreeMap<&'a str, usize>,
    /// Numbers of each document's actions, as text.
    documents: Vec<String>,
}

impl<'a> Terms<'a> {
    fn new(register: &'a Register) -> Self {
        let names = register.sheets.iter().flat_map(|sheet| &sheet.held).map(|held| held.title.as_str());
        let statements = register.documents.iter().flat_map(|document| &document.statements);
        let actions = statements.flat_map(|statement| &statement.actions).map(String::as_str);
        let mut numbers: BTreeMap<&str, usize> = names.chain(actions).map(|word| (word, 0)).collect();
        numbers.values_mut().enumerate().for_each(|(place, number)| *number = place);
        let of = |document: &'a crate::pack::register::Explained| {
            let actions = document.statements.iter().flat_map(|statement| &statement.actions);
            spaced(actions.map(|action| numbers[action.as_str()]))
        };
        let documents = register.documents.iter().map(of).collect();
        Self { numbers, documents }
    }
}

/// `3 14 15`, each once.
fn spaced(numbers: impl Iterator<Item = usize>) -> String {
    let numbers: BTreeSet<usize> = numbers.collect();
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A row of the index.
#[derive(Serialize)]
struct Line<'a> {
    href: String,
    name: &'a str,
    kind: SheetKind,
    path: &'a str,
    owner: &'a str,
    level: &'a str,
    last_used: &'a str,
    purpose: &'a str,
    /// Numbers of the policies' names and documents.
    held: String,
    documents: String,
}

impl<'a> Line<'a> {
    fn new(sheet: &'a Sheet, terms: &Terms<'_>) -> Self {
        Self {
            href: href(&sheet.file),
            name: &sheet.name,
            kind: sheet.kind,
            path: &sheet.path,
            owner: &sheet.owner,
            level: &sheet.level,
            last_used: &sheet.last_used,
            purpose: &sheet.purpose,
            held: spaced(sheet.held.iter().map(|held| terms.numbers[held.title.as_str()])),
            documents: spaced(sheet.held.iter().filter_map(|held| held.document)),
        }
    }
}

#[derive(Serialize)]
struct PartyView<'a> {
    kind: &'a str,
    name: &'a str,
    href: String,
    sentence: &'a str,
    roles: Vec<(&'a str, String)>,
    more: usize,
}

impl<'a> PartyView<'a> {
    fn new(party: &'a Party) -> Self {
        Self {
            kind: party.kind,
            name: &party.name,
            href: href(&party.file),
            sentence: &party.sentence,
            roles: party.roles.iter().map(|link| (link.text.as_str(), href(&link.file))).collect(),
            more: party.more,
        }
    }
}
