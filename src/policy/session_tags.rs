//! Session tags that the caller of `sts:AssumeRole` sets, and their effect in policies.
//!
//! A session has the role's tags and the session tags that the caller passes with `sts:TagSession`, which override them
//! (IAM user guide, "Pass session tags in AWS STS"). The caller therefore controls permissions that depend on
//! `aws:PrincipalTag`, within the limits of the role's trust policy.

use crate::policy::document::{Actions, Condition, Document, Effect, Resources, SetPrefix, Statement, Version};
use crate::policy::grants::tag_meets;
use std::collections::BTreeSet;

/// A placeholder for any value that the caller chooses. AWS tags cannot contain a star.
const ANY: &str = "*";
/// The prefix of keys and variables with a tag of the principal, in lower case.
const PRINCIPAL_TAG: &str = "aws:principaltag/";

/// A tag with its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// In lower case: AWS compares tag keys case-insensitively.
    pub key: String,
    pub value: String,
}

impl Tag {
    /// The tag with any value.
    pub fn of_any_value(key: &str) -> Self {
        Self { key: key.to_owned(), value: ANY.to_owned() }
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.value == ANY { write!(f, "{}", self.key) } else { write!(f, "{}={}", self.key, self.value) }
    }
}

/// Tags of the principal that meet the condition: each value, with its wildcards filled in.
pub fn demanded(condition: &Condition) -> Vec<Tag> {
    let key = condition.key.to_lowercase();
    let Some(tag) = key.strip_prefix(PRINCIPAL_TAG) else { return Vec::new() };
    let value = |value: &String| match condition.operator.as_str() {
        "Null" => "x".to_owned(),
        "StringLike" | "StringNotLike" => value.replace('*', "").replace('?', "x"),
        _ => value.clone(),
    };
    let fixed = condition.values.iter().filter(|value| condition.literal || !value.contains("${"));
    fixed.map(|text| Tag { key: tag.to_owned(), value: value(text) }).collect()
}

/// Tags of the principal that a denial under the condition does not meet.
pub fn escaping(condition: &Condition) -> Vec<Tag> {
    let key = condition.key.to_lowercase();
    let Some(tag) = key.strip_prefix(PRINCIPAL_TAG) else { return Vec::new() };
    let mut values: Vec<String> = demanded(condition).into_iter().map(|tag| tag.value).collect();
    values.push("x".to_owned());
    values.retain(|value| tag_meets(condition, Some(value)) == Some(false));
    values.into_iter().map(|value| Tag { key: tag.to_owned(), value }).collect()
}

/// The key of the principal's tag that the condition is on.
pub fn own_key(condition: &Condition) -> Option<String> {
    condition.key.to_lowercase().strip_prefix(PRINCIPAL_TAG).map(str::to_owned)
}

/// The tag keys in the statement's variables.
pub fn in_variables(statement: &Statement) -> BTreeSet<String> {
    let resources = match &statement.resources {
        Resources::Only(list) | Resources::AllBut(list) => list.as_slice(),
        Resources::Missing => &[],
    };
    let conditions = statement.conditions.iter().filter(|condition| condition.has_variable());
    let values = conditions.flat_map(|condition| &condition.values);
    let mut keys = BTreeSet::new();
    for text in resources.iter().chain(values) {
        let variables = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
        keys.extend(variables.filter_map(key_of));
    }
    keys
}

/// The tag's key in a variable's name, which may be followed by a default value.
fn key_of(variable: &str) -> Option<String> {
    let name = variable.split(',').next().unwrap_or(variable).trim().to_lowercase();
    name.strip_prefix(PRINCIPAL_TAG).map(str::to_owned)
}

/// The document for a session with these tags: variables with a tag are replaced.
///
/// If the caller can choose any value, an Allow statement allows everything that some value allows, and a denial that
/// some value avoids denies nothing.
pub fn filled(document: &Document, tags: &[Tag]) -> Document {
    let mut document = document.clone();
    if document.version == Version::V2008 {
        return document;
    }
    for statement in &mut document.statements {
        let named = in_variables(statement);
        if tags.iter().any(|tag| named.contains(&tag.key)) {
            fill_statement(statement, tags);
        }
    }
    document
}

fn fill_statement(statement: &mut Statement, tags: &[Tag]) {
    let open = |text: &str| in_text(text).iter().any(|key| tags.iter().any(|tag| tag.key == *key && tag.value == ANY));
    let denies = statement.effect == Effect::Deny;
    let escaped = statement.conditions.iter().any(|condition| condition.values.iter().any(|value| open(value)))
        || matches!(&statement.resources, Resources::Only(list) if list.iter().any(|text| open(text)));
    if denies && escaped {
        statement.effect = Effect::Other;
        return;
    }
    match &mut statement.resources {
        // An excluded pattern removes the resources of one value, and the caller can choose another.
        Resources::AllBut(list) if !denies => list.iter_mut().filter(|text| !open(text)).for_each(|text| {
            *text = fill(text, tags);
        }),
        Resources::Only(list) | Resources::AllBut(list) => list.iter_mut().for_each(|text| *text = fill(text, tags)),
        Resources::Missing => {}
    }
    let negated = |condition: &Condition| condition.operator.contains("Not");
    let chosen = |condition: &Condition| condition.values.iter().any(|value| open(value));
    statement.conditions.retain(|condition| !(negated(condition) && chosen(condition)));
    for condition in &mut statement.conditions {
        if chosen(condition) && condition.operator.starts_with("StringEquals") {
            "StringLike".clone_into(&mut condition.operator);
        }
        condition.values.iter_mut().for_each(|value| *value = fill(value, tags));
    }
}

fn in_text(text: &str) -> Vec<String> {
    text.split("${").skip(1).filter_map(|rest| rest.split('}').next()).filter_map(key_of).collect()
}

fn fill(text: &str, tags: &[Tag]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        let tag = key_of(name).and_then(|key| tags.iter().find(|tag| tag.key == key));
        match tag {
            Some(tag) => out.push_str(&tag.value),
            None => out.extend(["${", name, "}"]),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Whether a request with these tags meets an Allow statement's condition on request tags; `None` for other conditions.
/// Further tags may be set.
pub fn admits(condition: &Condition, tags: &[Tag]) -> Option<bool> {
    let name = condition.key.to_lowercase();
    if name == "aws:tagkeys" {
        let within = tags.iter().all(|tag| tag_meets(&folded(condition), Some(&tag.key)) != Some(false));
        return Some(condition.set != Some(SetPrefix::ForAllValues) || within);
    }
    let wanted = name.strip_prefix("aws:requesttag/")?;
    let own = tags.iter().find(|tag| tag.key == wanted);
    Some(own.is_none_or(|tag| tag_meets(condition, Some(&tag.value)) != Some(false)))
}

/// Whether a request with these tags meets a Deny statement's condition on request tags, whatever further tags its caller
/// adds to escape it; `None` for other conditions.
pub fn denied(condition: &Condition, tags: &[Tag]) -> Option<bool> {
    let name = condition.key.to_lowercase();
    if name == "aws:tagkeys" {
        let mut met = tags.iter().map(|tag| tag_meets(&folded(condition), Some(&tag.key)) == Some(true));
        // A further key escapes a denial of requests with certain keys only.
        return Some(condition.set != Some(SetPrefix::ForAllValues) && met.any(|met| met));
    }
    let wanted = name.strip_prefix("aws:requesttag/")?;
    let own = tags.iter().find(|tag| tag.key == wanted);
    // A denial for want of a tag is escaped by adding it.
    Some(own.is_some_and(|tag| tag_meets(condition, Some(&tag.value)) == Some(true)))
}

fn folded(condition: &Condition) -> Condition {
    let values = condition.values.iter().map(|value| value.to_lowercase()).collect();
    Condition { values, set: None, ..condition.clone() }
}

/// Whether the statement names `sts:TagSession` or a pattern that includes it.
pub(crate) fn is_of_tagging(statement: &Statement) -> bool {
    let fits = |pattern: &String| crate::policy::matching::Glob::of_action(pattern).matches("sts:tagsession");
    match &statement.actions {
        Actions::Only(list) => list.iter().any(fits),
        Actions::AllBut(list) => !list.iter().any(fits),
        Actions::Missing => false,
    }
}

#[cfg(test)]
mod tests;
