//! A policy's text for reports, with external ids masked.

use crate::policy::conditions::{MASK, is_external_id};
use serde_json::Value;

/// The document as indented JSON with every value of `sts:ExternalId` masked.
/// Text that is no JSON is withheld whole: nobody could say where an id is in it.
pub fn masked(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            walk(&mut value);
            serde_json::to_string_pretty(&value).expect("a value that was JSON is JSON again")
        }
        Err(_) => "(withheld: the text is not JSON, and may hold an external id)".to_owned(),
    }
}

fn walk(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                if is_external_id(key) { hide(inner) } else { walk(inner) }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(walk),
        _ => {}
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(hide),
        Value::Object(map) => map.values_mut().for_each(hide),
        Value::Null => {}
        _ => *value = Value::String(MASK.to_owned()),
    }
}
