//! The `Condition` element: operators, keys and values.

use super::{Notes, short, values};
use crate::policy::document::{Condition, SetPrefix};
use crate::policy::external_id_mask::{quote, quote_under};
use crate::policy::json::{Json, Value};
use std::collections::BTreeSet;

/// Every operator of the language, without prefix and suffix.
pub const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

pub(super) fn parse(value: &Json, place: &str, notes: &mut Notes) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let Value::Object(blocks) = &value.value else {
        notes.add(place, format!("{} stands where conditions are expected; read as no condition.", quote(value)));
        return conditions;
    };
    let mut operators = BTreeSet::new();
    for (written, block) in blocks {
        let place = &format!("{place}.{}", short(written));
        if !operators.insert(written) {
            notes.add(place, "The operator stands here more than once; all of its keys are read.");
        }
        let (operator, set, if_exists) = operator(written);
        // An unknown operator is shortened, because each of its keys repeats it; the note makes `print` return the
        // original text.
        if !OPERATORS.contains(&operator) || operator == "Null" && if_exists {
            notes.add(
                place,
                "The operator is not one of the policy language; its condition is shown, but not understood.",
            );
        }
        let Value::Object(keys) = &block.value else {
            notes.add(
                place,
                format!("{} stands where keys and values are expected; it is not read.", quote_under(written, block)),
            );
            continue;
        };
        if keys.is_empty() {
            notes.add(place, "The operator names no key, and so restricts nothing.");
        }
        let mut seen = BTreeSet::new();
        for (key, found) in keys {
            let place = &format!("{place}.{}", short(key));
            if !seen.insert(key.to_lowercase()) {
                notes.add(place, "The key stands here more than once (case does not count); all of its values are read, each as a condition of its own.");
            }
            let values = values(found, place, notes, Some(key));
            let operator = short(operator);
            conditions.push(Condition { operator, set, if_exists, key: key.clone(), values, literal: false });
        }
    }
    conditions
}

/// `ForAllValues:StringLikeIfExists` in its three parts.
fn operator(written: &str) -> (&str, Option<SetPrefix>, bool) {
    let (rest, set) = if let Some(rest) = written.strip_prefix("ForAllValues:") {
        (rest, Some(SetPrefix::ForAllValues))
    } else if let Some(rest) = written.strip_prefix("ForAnyValue:") {
        (rest, Some(SetPrefix::ForAnyValue))
    } else {
        (written, None)
    };
    match rest.strip_suffix("IfExists") {
        Some(operator) => (operator, set, true),
        None => (rest, set, false),
    }
}
