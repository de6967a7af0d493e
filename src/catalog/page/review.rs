//! Pages that a person decides: `assessment = "manual"`, what such a page asks
//! for, and which facts it lays before the reviewer.

use super::{Bases, Values};
use crate::account::KINDS;
use crate::account::fact::{Field, Kind};
use crate::catalog::check::Scope;
use crate::catalog::criterion::criterion;
use crate::catalog::header::{Member, Reader};
use crate::catalog::suggest::did_you_mean;
use crate::catalog::{LONGEST, ParameterValue, Review, Shown, VALID_DAYS};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// What a page can ask of an attestation.
const NEEDS: [&str; 2] = ["reviewer", "evidence"];

/// What to do about a term that is out of range.
pub const RANGE: &str = "give a whole number from 1 to 400";

/// Whether a person decides; keys that belong to the other kind of page are reported.
pub fn manual(reader: &mut Reader<'_>, table: &DeTable<'_>) -> bool {
    let Some(member) = table.get("assessment") else {
        foreign(reader, table, &["needs", "shows"], "a person", "add assessment = \"manual\"");
        return false;
    };
    match member.get_ref().as_str() {
        Some("manual") => {
            let next = "remove it; what a person decides is stated in an attestation";
            foreign(reader, table, &["passes", "fails_because"], "collected evidence", next);
            true
        }
        Some("automated") => {
            foreign(reader, table, &["needs", "shows"], "a person", "write assessment = \"manual\"");
            false
        }
        Some(other) => {
            let message = format!("unknown assessment {other:?}");
            let next = did_you_mean(other, ["automated", "manual"], "assessment is automated or manual");
            reader.problem(&member.span(), message, next);
            false
        }
        None => {
            reader.wrong::<()>("assessment", member, "text");
            false
        }
    }
}

/// Keys that have no meaning on this kind of page.
fn foreign(reader: &mut Reader<'_>, table: &DeTable<'_>, keys: &[&str], of: &str, next: &str) {
    for key in keys {
        if let Some(member) = table.get(*key) {
            reader.problem(&member.span(), format!("{key} belongs to a page that is decided by {of}"), next);
        }
    }
}

/// The page's own term, if it sets one.
pub fn limits(reader: &mut Reader<'_>, table: &DeTable<'_>, values: &Values) {
    let Some(fault) = values.get(VALID_DAYS).and_then(|value| fault(VALID_DAYS, value, true)) else { return };
    let params = table.get("params").and_then(|member| member.get_ref().as_table());
    if let Some(member) = params.and_then(|params| params.get(VALID_DAYS)) {
        reader.problem(&member.span(), format!("{VALID_DAYS} {fault}"), RANGE);
    }
}

/// What is wrong with a parameter of a page that a person decides.
pub fn fault(name: &str, value: &ParameterValue, manual: bool) -> Option<String> {
    let sound = match value {
        ParameterValue::Int(days) => (1..=i64::from(LONGEST)).contains(days),
        _ => false,
    };
    (manual && name == VALID_DAYS && !sound)
        .then(|| format!("cannot be {value}: an attestation holds 1 to {LONGEST} days"))
}

pub fn review(reader: &mut Reader<'_>, table: &DeTable<'_>, parameters: &Bases) -> Review {
    let needs = table.get("needs").map_or_else(Vec::new, |member| reader.texts("needs", member));
    for (need, span) in &needs {
        if !NEEDS.contains(&need.as_str()) {
            let next = did_you_mean(need, NEEDS, "a page can need a reviewer and evidence");
            reader.problem(span, format!("unknown need {need:?}"), next);
        }
    }
    let needs = |what: &str| needs.iter().any(|(need, _)| need == what);
    let (needs_reviewer, needs_evidence) = (needs(NEEDS[0]), needs(NEEDS[1]));
    Review { shows: shows(reader, table, parameters), needs_reviewer, needs_evidence }
}

fn shows(reader: &mut Reader<'_>, table: &DeTable<'_>, parameters: &Bases) -> Vec<Shown> {
    let Some(member) = table.get("shows") else { return Vec::new() };
    let DeValue::Array(items) = member.get_ref() else {
        let message = "shows must be a list of tables";
        reader.problem(&member.span(), message, "head each with [[shows]], in double brackets");
        return Vec::new();
    };
    items.iter().filter_map(|item| shown(reader, item, parameters)).collect()
}

fn shown(reader: &mut Reader<'_>, item: Member<'_>, parameters: &Bases) -> Option<Shown> {
    let table = reader.table("shows", item)?;
    reader.only(table, &["title", "subject", "when", "facts"], "what is shown");
    let title = needed(reader, item, "title")?;
    let title = reader.literal("title", title)?.value;
    let subject = needed(reader, item, "subject")?;
    let name = reader.literal("subject", subject)?.value;
    let Some(kind) = KINDS.iter().copied().find(|kind| kind.name == name) else {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let next = did_you_mean(&name, names.iter().copied(), &format!("subject is one of {}", names.join(", ")));
        reader.problem(&subject.span(), format!("unknown subject {name:?}"), next);
        return None;
    };
    let when = match table.get("when") {
        None => None,
        Some(member) => {
            let text = reader.literal("when", member)?;
            Some(criterion(&text, Scope { kind, parameters }, reader.source, reader.problems)?)
        }
    };
    let facts = needed(reader, item, "facts")?;
    let facts = self::facts(reader, facts, kind);
    Some(Shown { title, kind, when, facts })
}

fn needed<'t>(reader: &mut Reader<'_>, item: Member<'t>, key: &str) -> Option<Member<'t>> {
    let found = item.get_ref().as_table().and_then(|table| table.get(key));
    if found.is_none() {
        reader.problem(&item.span(), format!("{key} is missing in what is shown"), format!("add {key} = …"));
    }
    found
}

fn facts(reader: &mut Reader<'_>, member: Member<'_>, kind: &'static Kind) -> Vec<&'static Field> {
    let names = reader.texts("facts", member);
    if names.is_empty() {
        reader.problem(&member.span(), "facts names none", crate::catalog::check::FACTS);
    }
    let mut found: BTreeMap<usize, &'static Field> = BTreeMap::new();
    let mut facts = Vec::new();
    for (name, span) in names {
        match kind.field(&name) {
            Some((place, field)) if found.insert(place, field).is_none() => facts.push(field),
            Some(_) => reader.problem(&span, format!("the fact {name} is named twice"), "name it once"),
            None => {
                let known = kind.fields.iter().map(|field| field.name);
                let next = did_you_mean(&name, known, crate::catalog::check::FACTS);
                reader.problem(&span, format!("unknown fact {}.{name}", kind.variable), next);
            }
        }
    }
    facts
}
