//! Prints a document as canonical JSON, and compares the meaning of two documents.

use super::document::{
    Actions, Condition, Document, Effect, Principal, Principals, Resources, SetPrefix, Statement, Version,
};
use super::json::{self, Json, Value};
use std::collections::BTreeMap;

/// The document with elements in a fixed order, scalars for lists of one, and one element on each line. A document with
/// notes is printed unchanged, because elements that are not understood cannot be reformatted safely.
pub fn print(document: &Document) -> String {
    if !document.notes.is_empty()
        && let Ok(json) = json::parse(&document.text)
    {
        return json.pretty();
    }
    let mut members = vec![member(
        "Version",
        text(match document.version {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        }),
    )];
    if let Some(id) = &document.id {
        members.push(member("Id", text(id)));
    }
    let statements = document.statements.iter().map(|statement| Json::made(Value::Object(of_statement(statement))));
    members.push(member("Statement", Json::made(Value::Array(statements.collect()))));
    Json::made(Value::Object(members)).pretty()
}

type Members = Vec<(String, Json)>;

fn of_statement(statement: &Statement) -> Members {
    let mut members = Vec::new();
    if let Some(sid) = &statement.sid {
        members.push(member("Sid", text(sid)));
    }
    match statement.effect {
        Effect::Allow => members.push(member("Effect", text("Allow"))),
        Effect::Deny => members.push(member("Effect", text("Deny"))),
        Effect::Other => {}
    }
    match &statement.principals {
        Some(Principals::Only(list)) => members.push(member("Principal", principals(list))),
        Some(Principals::AllBut(list)) => members.push(member("NotPrincipal", principals(list))),
        None => {}
    }
    match &statement.actions {
        Actions::Only(list) => members.push(member("Action", texts(list))),
        Actions::AllBut(list) => members.push(member("NotAction", texts(list))),
        Actions::Missing => {}
    }
    match &statement.resources {
        Resources::Only(list) => members.push(member("Resource", texts(list))),
        Resources::AllBut(list) => members.push(member("NotResource", texts(list))),
        Resources::Missing => {}
    }
    if !statement.conditions.is_empty() {
        members.push(member("Condition", conditions(&statement.conditions)));
    }
    members
}

fn member(name: &str, value: Json) -> (String, Json) {
    (name.to_owned(), value)
}

fn text(value: &str) -> Json {
    Json::made(Value::String(value.to_owned()))
}

fn texts(values: &[String]) -> Json {
    match values {
        [only] => text(only),
        _ => Json::made(Value::Array(values.iter().map(|value| text(value)).collect())),
    }
}

fn principals(list: &[Principal]) -> Json {
    if list == [Principal::Everyone] {
        return text("*");
    }
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for principal in list {
        let (kind, value) = match principal {
            Principal::Everyone => ("AWS", "*"),
            Principal::Account(value) | Principal::Arn(value) | Principal::Dangling(value) => ("AWS", value.as_str()),
            Principal::Service(value) => ("Service", value.as_str()),
            Principal::Federated(value) => ("Federated", value.as_str()),
            Principal::CanonicalUser(value) => ("CanonicalUser", value.as_str()),
            Principal::Other { key, value } => (key.as_str(), value.as_str()),
        };
        kinds.entry(kind).or_default().push(value.to_owned());
    }
    Json::made(Value::Object(kinds.into_iter().map(|(kind, values)| member(kind, texts(&values))).collect()))
}

fn conditions(list: &[Condition]) -> Json {
    let mut blocks: Vec<(String, Members)> = Vec::new();
    for condition in list {
        let operator = written(condition);
        let entry = member(&condition.key, texts(&condition.values));
        match blocks.last_mut() {
            Some((last, members)) if *last == operator => members.push(entry),
            _ => blocks.push((operator, vec![entry])),
        }
    }
    let blocks = blocks.into_iter().map(|(operator, members)| (operator, Json::made(Value::Object(members))));
    Json::made(Value::Object(blocks.collect()))
}

/// The operator with its prefix and suffix, as in the policy.
pub fn written(condition: &Condition) -> String {
    let prefix = match condition.set {
        Some(SetPrefix::ForAllValues) => "ForAllValues:",
        Some(SetPrefix::ForAnyValue) => "ForAnyValue:",
        None => "",
    };
    let suffix = if condition.if_exists { "IfExists" } else { "" };
    format!("{prefix}{}{suffix}", condition.operator)
}

impl Document {
    /// Whether both have the same meaning. Order, list notation, and case where AWS ignores it, do not matter.
    pub fn same_meaning(&self, other: &Self) -> bool {
        self.version == other.version
            && self.id == other.id
            && self.notes == other.notes
            && self.statements.len() == other.statements.len()
            && self.statements.iter().zip(&other.statements).all(|(own, theirs)| own.same_meaning(theirs))
    }
}

impl Statement {
    /// Whether both have the same meaning; see `Document::same_meaning`.
    pub fn same_meaning(&self, other: &Self) -> bool {
        self.sid == other.sid
            && self.effect == other.effect
            && actions(&self.actions) == actions(&other.actions)
            && resources(&self.resources) == resources(&other.resources)
            && principal_set(self.principals.as_ref()) == principal_set(other.principals.as_ref())
            && condition_set(&self.conditions) == condition_set(&other.conditions)
    }
}

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn actions(actions: &Actions) -> Actions {
    let lower = |list: &[String]| sorted(list.iter().map(|action| action.to_ascii_lowercase()));
    match actions {
        Actions::Only(list) => Actions::Only(lower(list)),
        Actions::AllBut(list) => Actions::AllBut(lower(list)),
        Actions::Missing => Actions::Missing,
    }
}

fn resources(resources: &Resources) -> Resources {
    match resources {
        Resources::Only(list) => Resources::Only(sorted(list.iter().cloned())),
        Resources::AllBut(list) => Resources::AllBut(sorted(list.iter().cloned())),
        Resources::Missing => Resources::Missing,
    }
}

fn principal_set(principals: Option<&Principals>) -> Option<Principals> {
    Some(match principals? {
        Principals::Only(list) => Principals::Only(sorted(list.iter().cloned())),
        Principals::AllBut(list) => Principals::AllBut(sorted(list.iter().cloned())),
    })
}

fn condition_set(conditions: &[Condition]) -> Vec<(String, String, Vec<String>)> {
    sorted(
        conditions.iter().map(|condition| {
            (written(condition), condition.key.to_lowercase(), sorted(condition.values.iter().cloned()))
        }),
    )
}
