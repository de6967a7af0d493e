//! Parses the text of a policy document as AWS does.
//!
//! AWS accepts scalars for lists nearly everywhere and rejects most of what is noted here; the notes are for text that
//! did not come from AWS and for future elements of the language. Nothing is lost: the text stays in the document, and
//! both of two equal keys are used.

mod condition;
mod principal;

pub use super::json::ParseError;
pub use condition::OPERATORS;

use super::document::{Actions, Document, Effect, ExternalIds, Note, Principals, Resources, Statement, Version};
use super::external_id_mask::{quote, quote_under};
use super::json::{self, Json, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Parses a document. Only text that is not a JSON object is an error.
pub fn parse(text: &str) -> Result<Document, ParseError> {
    let root = json::parse(text)?;
    let Value::Object(members) = &root.value else {
        return Err(ParseError::at(text, root.span.start, "a policy document is a JSON object in braces"));
    };
    let mut notes = Notes::default();
    let mut document = Document {
        text: Arc::from(text),
        external_ids: ExternalIds::of(&root),
        version: Version::V2008,
        id: None,
        statements: Vec::new(),
        notes: Vec::new(),
    };
    let mut has_statement = false;
    for (name, value) in known(members, &["Version", "Id", "Statement"], "", &mut notes) {
        match name {
            "Version" => document.version = version(value, &mut notes),
            "Id" => document.id = one_string(value, "Id", &mut notes),
            _ => {
                has_statement = true;
                statements(text, value, &mut document.statements, &mut notes);
            }
        }
    }
    if !has_statement {
        notes.add("Statement", "The document has no Statement and grants nothing.");
    }
    let conditions = document.statements.iter_mut().flat_map(|statement| &mut statement.conditions);
    conditions.for_each(|condition| condition.literal = document.version == Version::V2008);
    document.notes = notes.0;
    Ok(document)
}

/// Notes about elements that are not understood.
#[derive(Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn add(&mut self, place: &str, text: impl Into<String>) {
        self.0.push(Note { place: place.to_owned(), text: text.into() });
    }
}

fn version(value: &Json, notes: &mut Notes) -> Version {
    match &value.value {
        Value::String(version) if version == "2012-10-17" => Version::V2012,
        Value::String(version) if version == "2008-10-17" => Version::V2008,
        _ => {
            let found = quote(value);
            notes.add("Version", format!("The version {found} is not one of 2008-10-17 and 2012-10-17; read as the former, without policy variables."));
            Version::V2008
        }
    }
}

fn statements(text: &str, value: &Json, out: &mut Vec<Statement>, notes: &mut Notes) {
    match &value.value {
        Value::Object(members) => out.push(statement(&text[value.span.clone()], members, "Statement", notes)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = format!("Statement[{index}]");
                match &item.value {
                    Value::Object(members) => out.push(statement(&text[item.span.clone()], members, &place, notes)),
                    _ => notes
                        .add(&place, format!("{} stands where a statement is expected; it is left out.", quote(item))),
                }
            }
        }
        _ => {
            notes.add("Statement", format!("{} stands where statements are expected; it is left out.", quote(value)));
        }
    }
}

const ELEMENTS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn statement(text: &str, members: &[(String, Json)], place: &str, notes: &mut Notes) -> Statement {
    let mut sid = None;
    let mut effect = None;
    let (mut actions, mut not_actions) = (None, None);
    let (mut resources, mut not_resources) = (None, None);
    let (mut principals, mut not_principals) = (None, None);
    let mut conditions: Option<Vec<_>> = None;
    for (name, value) in known(members, ELEMENTS, place, notes) {
        let place = &format!("{place}.{name}");
        match name {
            // An empty Sid counts as none.
            "Sid" => sid = one_string(value, place, notes).filter(|sid| !sid.trim().is_empty()),
            "Effect" => effect = Some(the_effect(effect, value, place, notes)),
            "Action" => extend(&mut actions, strings(value, place, notes)),
            "NotAction" => extend(&mut not_actions, strings(value, place, notes)),
            "Resource" => extend(&mut resources, strings(value, place, notes)),
            "NotResource" => extend(&mut not_resources, strings(value, place, notes)),
            "Principal" => extend(&mut principals, principal::parse(value, place, notes)),
            "NotPrincipal" => extend(&mut not_principals, principal::parse(value, place, notes)),
            _ => {
                let found = condition::parse(value, place, notes);
                // If there are two Condition elements, an empty one may be the effective one.
                match &mut conditions {
                    Some(before) if before.is_empty() || found.is_empty() => before.clear(),
                    Some(before) => before.extend(found),
                    None => conditions = Some(found),
                }
            }
        }
    }
    if effect.is_none() {
        notes.add(place, "The statement has no Effect; it grants and denies nothing.");
    }
    let effect = effect.unwrap_or(Effect::Other);
    let broad = effect != Effect::Deny;
    let principals = match one_of(principals, not_principals, broad, |_| false, place, "Principal", notes) {
        Chosen::Only(list) => Some(Principals::Only(list)),
        Chosen::AllBut(list) => Some(Principals::AllBut(list)),
        Chosen::Neither => None,
    };
    let actions = match one_of(
        actions,
        not_actions,
        broad,
        |list| list.iter().any(|pattern| all_stars(pattern)),
        place,
        "Action",
        notes,
    ) {
        Chosen::Only(list) => Actions::Only(list),
        Chosen::AllBut(list) => Actions::AllBut(list),
        Chosen::Neither => {
            notes.add(place, "The statement names neither Action nor NotAction; it is treated as not understood.");
            Actions::Missing
        }
    };
    let resources = match one_of(
        resources,
        not_resources,
        broad,
        |list| list.iter().any(|pattern| all_stars(pattern)),
        place,
        "Resource",
        notes,
    ) {
        Chosen::Only(list) => Resources::Only(list),
        Chosen::AllBut(list) => Resources::AllBut(list),
        Chosen::Neither => {
            if principals.is_none() {
                notes.add(
                    place,
                    "The statement names neither Resource nor Principal; a grant is treated as one on all resources.",
                );
            }
            Resources::Missing
        }
    };
    let conditions = conditions.unwrap_or_default();
    Statement { sid, effect, actions, resources, principals, conditions, text: text.to_owned() }
}

fn the_effect(before: Option<Effect>, value: &Json, place: &str, notes: &mut Notes) -> Effect {
    let effect = match &value.value {
        Value::String(effect) if effect == "Allow" => Effect::Allow,
        Value::String(effect) if effect == "Deny" => Effect::Deny,
        _ => {
            let found = quote(value);
            notes.add(
                place,
                format!(
                    "The effect {found} is neither Allow nor Deny, exactly; the statement grants and denies nothing."
                ),
            );
            Effect::Other
        }
    };
    // If there are two effects, the one that grants is assumed to be effective.
    match (before, effect) {
        (Some(Effect::Allow), _) | (_, Effect::Allow) => Effect::Allow,
        (Some(Effect::Other), _) => Effect::Other,
        (_, effect) => effect,
    }
}

enum Chosen<T> {
    Only(Vec<T>),
    AllBut(Vec<T>),
    Neither,
}

/// An element or its negation. AWS rejects both together; if both are present, a grant uses the broader one and a
/// denial the narrower one.
fn one_of<T>(
    only: Option<Vec<T>>,
    all_but: Option<Vec<T>>,
    broad: bool,
    everything: impl Fn(&[T]) -> bool,
    place: &str,
    name: &str,
    notes: &mut Notes,
) -> Chosen<T> {
    match (only, all_but) {
        (Some(only), None) => Chosen::Only(only),
        (None, Some(all_but)) => Chosen::AllBut(all_but),
        (Some(only), Some(all_but)) => {
            let chosen = if broad && !everything(&only) { Chosen::AllBut(all_but) } else { Chosen::Only(only) };
            let counts = if matches!(chosen, Chosen::Only(_)) { name.to_owned() } else { format!("Not{name}") };
            notes.add(place, format!("The statement has both {name} and Not{name}; {counts} is taken to count."));
            chosen
        }
        (None, None) => Chosen::Neither,
    }
}

fn all_stars(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}

fn extend<T>(list: &mut Option<Vec<T>>, more: Vec<T>) {
    list.get_or_insert_default().extend(more);
}

/// The members with known names, in the order of the text; other names, other spellings and repetitions are noted.
fn known<'a>(
    members: &'a [(String, Json)],
    names: &[&'static str],
    place: &str,
    notes: &mut Notes,
) -> Vec<(&'static str, &'a Json)> {
    let mut found = Vec::with_capacity(members.len());
    let mut seen = BTreeSet::new();
    for (key, value) in members {
        let at = if place.is_empty() { short(key) } else { format!("{place}.{}", short(key)) };
        match names.iter().find(|name| name.eq_ignore_ascii_case(key)) {
            None => notes.add(
                &at,
                format!(
                    "The element is not of the policy language as known here; its value {} is not read.",
                    quote_under(key, value)
                ),
            ),
            Some(name) => {
                if !seen.insert(*name) {
                    notes.add(&at, format!("{name} stands here more than once; all occurrences are read, and a denial that has them cancels nothing."));
                }
                if name != key {
                    notes.add(&at, format!("The element is spelt {name}; read as such, though AWS may not."));
                }
                found.push((*name, value));
            }
        }
    }
    found
}

/// The longest name that a path repeats.
const SHORT: usize = 128;

/// A name for a path, shortened: repeating a long name in many paths would take memory quadratic in the text.
fn short(name: &str) -> String {
    if name.len() <= SHORT { name.to_owned() } else { format!("{}…", &name[..name.floor_char_boundary(SHORT)]) }
}

/// A scalar as text; `None` for null, lists and objects.
fn scalar(value: &Json) -> Option<String> {
    match &value.value {
        Value::String(string) => Some(string.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.clone()),
        _ => None,
    }
}

fn one_string(value: &Json, place: &str, notes: &mut Notes) -> Option<String> {
    if !matches!(value.value, Value::String(_)) {
        notes.add(place, format!("{} stands where a text is expected.", quote(value)));
    }
    scalar(value)
}

/// One string or a list of strings. Anything else is noted; numbers and booleans become text.
fn strings(value: &Json, place: &str, notes: &mut Notes) -> Vec<String> {
    values(value, place, notes, None)
}

/// The same under a condition key, where numbers and booleans are ordinary values.
fn values(value: &Json, place: &str, notes: &mut Notes, key: Option<&str>) -> Vec<String> {
    let items = match &value.value {
        Value::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    items
        .iter()
        .map(|item| {
            if key.is_none() && !matches!(item.value, Value::String(_)) || scalar(item).is_none() {
                let found = quote_under(key.unwrap_or_default(), item);
                notes.add(place, format!("{found} stands where a text is expected; read as its text."));
            }
            scalar(item).unwrap_or_else(|| item.compact())
        })
        .collect()
}

#[cfg(test)]
mod tests;
