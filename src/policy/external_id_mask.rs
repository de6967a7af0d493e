//! Masks external IDs in JSON values and in notes.

use super::conditions::{MASK, is_external_id};
use super::json::{Json, Value};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

/// The values of the external ids of a document. A sentence may quote them where they stand in a place that is not
/// understood, and a principal may have the same name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExternalIds(Vec<String>);

/// External ids that are taken out one by one; each is looked for in every sentence.
const MANY: usize = 256;

impl ExternalIds {
    pub(super) fn of(document: &Json) -> Self {
        let mut found = BTreeSet::new();
        gather(document, false, &mut found);
        let mut values: Vec<String> = found.into_iter().map(str::to_owned).collect();
        // An id inside another must not leave the other half of it in sight.
        values.sort_by_key(|value| Reverse(value.len()));
        Self(values)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A text that quotes the document, without the external ids.
    pub fn hide(&self, text: &str) -> String {
        if self.0.len() > MANY {
            return "(withheld: the document holds too many external ids to take each out)".to_owned();
        }
        self.0.iter().fold(text.to_owned(), |text, id| text.replace(id.as_str(), MASK))
    }
}

impl fmt::Debug for ExternalIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} external ids", self.0.len())
    }
}

fn gather<'a>(json: &'a Json, is_id: bool, found: &mut BTreeSet<&'a str>) {
    match &json.value {
        Value::Object(members) => {
            for (key, inner) in members {
                gather(inner, is_id || is_external_id(key), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, is_id, found)),
        Value::String(text) if is_id && !text.is_empty() => drop(found.insert(text)),
        // A number, or a word such as `true`, would take half of every sentence out; it is hidden where it stands.
        _ => {}
    }
}

/// Masks every value under a key that names the external ID.
pub(super) fn hide(json: &mut Json) {
    match &mut json.value {
        Value::Object(members) => {
            for (key, inner) in members {
                if is_external_id(key) { hide_all(inner) } else { hide(inner) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

/// Masks every value.
fn hide_all(json: &mut Json) {
    match &mut json.value {
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        Value::Object(members) => members.iter_mut().for_each(|(_, inner)| hide_all(inner)),
        Value::Null => {}
        other => *other = Value::String(MASK.to_owned()),
    }
}

/// A value for a note: without spaces and with external IDs masked.
pub(super) fn quote(value: &Json) -> String {
    match &value.value {
        Value::Object(_) | Value::Array(_) => {
            let mut shown = value.clone();
            hide(&mut shown);
            shown.compact()
        }
        _ => value.compact(),
    }
}

/// The same for a value under a key.
pub(super) fn quote_under(key: &str, value: &Json) -> String {
    if is_external_id(key) { MASK.to_owned() } else { quote(value) }
}
