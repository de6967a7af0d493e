//! External ids: where they stand in a text, and that text without them.

use super::conditions::{MASK, is_external_id};
use super::json::{Json, Value};

/// Hides every value under a key that names the external id.
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

/// Hides every value.
fn hide_all(json: &mut Json) {
    match &mut json.value {
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        Value::Object(members) => members.iter_mut().for_each(|(_, inner)| hide_all(inner)),
        Value::Null => {}
        other => *other = Value::String(MASK.to_owned()),
    }
}

/// A value as a note quotes it: without spaces and without external ids.
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

/// The same for a value that stands under a key.
pub(super) fn quote_under(key: &str, value: &Json) -> String {
    if is_external_id(key) { MASK.to_owned() } else { quote(value) }
}
