//! Just enough of the policy language for today's facts: statements, and whom a trust policy names.

use serde_json::Value;
use std::collections::BTreeSet;

/// What a statement's `Action` or `Resource` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `Action`, `Resource`.
    Only(Vec<String>),
    /// `NotAction`, `NotResource`.
    AllBut(Vec<String>),
}

/// One statement of an identity policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub allows: bool,
    pub actions: Scope,
    pub resources: Scope,
    /// Condition keys, as written; empty without conditions.
    pub conditions: Vec<String>,
}

/// The statements of a policy document, each understood or with the reason why not.
/// The document is an object as the AWS CLI prints it, or its text, possibly percent-encoded.
pub fn statements(document: Option<&Value>) -> Result<Vec<Result<Statement, String>>, String> {
    Ok(raw_statements(document)?.iter().map(statement).collect())
}

/// Whom a trust policy's `Allow` statements name, verbatim and sorted; `everyone but …` for `NotPrincipal`.
pub fn trusted(document: Option<&Value>) -> Result<Vec<String>, String> {
    let mut names = BTreeSet::new();
    for raw in raw_statements(document)? {
        let raw = raw.as_object().ok_or("a statement is not an object")?;
        if !allows(raw.get("Effect"))? {
            continue;
        }
        match (raw.get("Principal"), raw.get("NotPrincipal")) {
            (Some(principal), None) => names.extend(principals(principal)?),
            (None, Some(principal)) => {
                names.insert(format!("everyone but {}", principals(principal)?.join(", ")));
            }
            _ => return Err("a statement of a trust policy names no principal, or in two ways".to_owned()),
        }
    }
    Ok(names.into_iter().collect())
}

fn principals(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Object(by_kind) => {
            let lists: Result<Vec<_>, _> = by_kind.values().map(|names| texts(names, "Principal")).collect();
            Ok(lists?.concat())
        }
        other => texts(other, "Principal"),
    }
}

fn raw_statements(document: Option<&Value>) -> Result<Vec<Value>, String> {
    let document = match document {
        None | Some(Value::Null) => return Err("there is no document".to_owned()),
        Some(Value::String(text)) => &from_text(text)?,
        Some(other) => other,
    };
    match document.get("Statement") {
        Some(Value::Array(list)) => Ok(list.clone()),
        Some(single @ Value::Object(_)) => Ok(vec![single.clone()]),
        _ => Err("the document has no statement".to_owned()),
    }
}

fn from_text(text: &str) -> Result<Value, String> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| "the document is not UTF-8")?;
    serde_json::from_str(&decoded).map_err(|error| format!("the document is not JSON: {error}"))
}

fn statement(raw: &Value) -> Result<Statement, String> {
    let raw = raw.as_object().ok_or("a statement is not an object")?;
    let scope = |only: &str, all_but: &str| match (raw.get(only), raw.get(all_but)) {
        (Some(value), None) => texts(value, only).map(Scope::Only),
        (None, Some(value)) => texts(value, all_but).map(Scope::AllBut),
        (None, None) => Err(format!("a statement has neither {only} nor {all_but}")),
        (Some(_), Some(_)) => Err(format!("a statement has both {only} and {all_but}")),
    };
    let conditions = match raw.get("Condition") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(operators)) => {
            let keys: Option<Vec<Vec<String>>> =
                operators.values().map(|keys| Some(keys.as_object()?.keys().cloned().collect())).collect();
            keys.ok_or("a condition is not an object")?.concat()
        }
        Some(_) => return Err("a condition is not an object".to_owned()),
    };
    Ok(Statement {
        allows: allows(raw.get("Effect"))?,
        actions: scope("Action", "NotAction")?,
        resources: scope("Resource", "NotResource")?,
        conditions,
    })
}

/// IAM takes `Allow` and `Deny` in this spelling only.
fn allows(effect: Option<&Value>) -> Result<bool, String> {
    match effect.and_then(Value::as_str) {
        Some("Allow") => Ok(true),
        Some("Deny") => Ok(false),
        Some(other) => Err(format!("a statement has the effect {other:?}")),
        None => Err("a statement has no effect".to_owned()),
    }
}

/// A scalar or a list of texts.
fn texts(value: &Value, member: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("{member} holds something that is not text");
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn trust_is_read_verbatim_whatever_its_spelling() {
        let document = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": ["999988887777", "arn:aws:iam::1:role/=cmd<b>"], "Service": "ec2.amazonaws.com" } } });
        let expected = ["999988887777", "arn:aws:iam::1:role/=cmd<b>", "ec2.amazonaws.com"];
        assert_eq!(trusted(Some(&document)).unwrap(), expected);
        let text = document.to_string();
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(trusted(Some(&Value::from(encoded.to_string()))).unwrap(), expected);
        let anyone = json!({ "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*" },
            { "Effect": "Deny", "Action": "sts:AssumeRole", "Principal": { "AWS": "arn:aws:iam::2:root" } }] });
        assert_eq!(trusted(Some(&anyone)).unwrap(), ["*"]);
        for broken in [json!(null), json!({}), json!("%"), json!({ "Statement": [1] })] {
            assert!(trusted(Some(&broken)).is_err(), "{broken}");
        }
    }
}
