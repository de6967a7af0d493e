//! The requirement that a conditional denial amounts to.

use crate::policy::document::{Condition, SetPrefix};

/// The condition that is equivalent to a `Deny` under `condition`: denying everyone who is not X requires X, and
/// denying X requires anything else.
///
/// For a request without the key the requirement is never stricter than the denial.
pub fn demanded_by_denial(condition: &Condition) -> Option<Condition> {
    let operator = condition.operator.to_ascii_lowercase();
    let turned = |operator: &str, if_exists: bool, set: Option<SetPrefix>| {
        Some(Condition { operator: operator.to_owned(), if_exists, set, ..condition.clone() })
    };
    // A request without the key meets a negated operator, with or without IfExists, and is denied. Operators with a set
    // prefix behave differently.
    if let Some(positive) = pair(NEGATED, &operator) {
        return if condition.set.is_none() { turned(positive, false, None) } else { None };
    }
    // A request without the key does not meet these and is not denied; their opposites admit it too.
    let negated = NEGATED.iter().find(|(_, positive)| positive.eq_ignore_ascii_case(&operator));
    if let Some((negated, _)) = negated {
        return match condition.set {
            None => turned(negated, false, None),
            Some(SetPrefix::ForAnyValue) => turned(negated, false, Some(SetPrefix::ForAllValues)),
            Some(SetPrefix::ForAllValues) => None,
        };
    }
    if condition.set.is_some() {
        return None;
    }
    // With IfExists the denial also applies to requests without the key, so the requirement rejects them.
    let if_exists = !condition.if_exists;
    if let Some(opposite) = pair(ORDERED, &operator) {
        return turned(opposite, if_exists, None);
    }
    match (operator.as_str(), &condition.values[..]) {
        ("bool", [value]) => opposite(value).map(|value| Condition {
            operator: "Bool".to_owned(),
            if_exists,
            values: vec![value.to_owned()],
            ..condition.clone()
        }),
        ("null", [value]) if !condition.if_exists => opposite(value).map(|value| Condition {
            operator: "Null".to_owned(),
            values: vec![value.to_owned()],
            ..condition.clone()
        }),
        _ => None,
    }
}

fn opposite(value: &str) -> Option<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    }
}

fn pair(table: &[(&str, &'static str)], operator: &str) -> Option<&'static str> {
    table.iter().find(|(from, _)| from.eq_ignore_ascii_case(operator)).map(|(_, to)| *to)
}

const NEGATED: &[(&str, &str)] = &[
    ("StringNotEquals", "StringEquals"),
    ("StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"),
    ("StringNotLike", "StringLike"),
    ("ArnNotEquals", "ArnEquals"),
    ("ArnNotLike", "ArnLike"),
    ("NotIpAddress", "IpAddress"),
];

const ORDERED: &[(&str, &str)] = &[
    ("NumericLessThan", "NumericGreaterThanEquals"),
    ("NumericLessThanEquals", "NumericGreaterThan"),
    ("NumericGreaterThan", "NumericLessThanEquals"),
    ("NumericGreaterThanEquals", "NumericLessThan"),
    ("DateLessThan", "DateGreaterThanEquals"),
    ("DateLessThanEquals", "DateGreaterThan"),
    ("DateGreaterThan", "DateLessThanEquals"),
    ("DateGreaterThanEquals", "DateLessThan"),
];
