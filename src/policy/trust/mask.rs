//! A policy's text for reports, with external ids masked.

use crate::policy::conditions::{MASK, is_external_id};
use crate::policy::json::{self, Json, Value};

/// The document as indented JSON with every value of `sts:ExternalId` masked.
/// Text that is no JSON is withheld whole: nobody could say where an id is in it.
pub fn masked(text: &str) -> String {
    match json::parse(text) {
        Ok(mut value) => {
            walk(&mut value);
            value.pretty()
        }
        Err(_) => "(withheld: the text is not JSON, and may hold an external id)".to_owned(),
    }
}

fn walk(json: &mut Json) {
    match &mut json.value {
        Value::Object(members) => {
            for (key, inner) in members {
                if is_external_id(key) { hide(inner) } else { walk(inner) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(walk),
        _ => {}
    }
}

fn hide(json: &mut Json) {
    match &mut json.value {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(members) => members.iter_mut().for_each(|(_, inner)| hide(inner)),
        Value::Null => {}
        other => *other = Value::String(MASK.to_owned()),
    }
}
