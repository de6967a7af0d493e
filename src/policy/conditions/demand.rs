//! What a condition requires of a request, as a phrase after `only`.

use super::{Family, is_external_id, values};
use crate::policy::document::{Condition, SetPrefix};

/// What a condition requires of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// A phrase that follows `only`: `with MFA`.
    Words(String),
    /// No phrase exists; the condition's text is shown instead.
    Text,
    /// Nothing: every request meets it, or can omit the key.
    Nothing,
}

/// What the condition requires. `present` means that another condition requires its key.
pub(super) fn demand(condition: &Condition, present: bool) -> Demand {
    let Some(family) = Family::of_operator(&condition.operator) else { return Demand::Text };
    let optional = condition.if_exists || condition.set == Some(SetPrefix::ForAllValues);
    let key = condition.key.to_ascii_lowercase();
    let same = |value: &String| values::variable(value).is_some_and(|variable| variable == key);
    match family {
        Family::Negated | Family::Null => return Demand::Text,
        _ if optional && !present => return Demand::Nothing,
        Family::Positive { wildcards: true, .. } if condition.values.iter().any(|it| values::is_wildcard_only(it)) => {
            return Demand::Nothing;
        }
        Family::Positive { .. } if condition.values.iter().any(same) => return Demand::Nothing,
        _ => {}
    }
    if condition.values.is_empty() || is_external_id(&key) {
        return Demand::Text;
    }
    demand_text(condition, &key, family).map_or(Demand::Text, Demand::Words)
}

fn demand_text(condition: &Condition, key: &str, family: Family) -> Option<String> {
    let list = condition.values.join(" or ");
    let operator = condition.operator.to_ascii_lowercase();
    let one = if let [value] = &condition.values[..] { Some(value.to_ascii_lowercase()) } else { None };
    match (family, key) {
        (Family::Other, "aws:multifactorauthpresent") if operator == "bool" => match one.as_deref() {
            Some("true") => Some("with MFA".to_owned()),
            Some("false") => Some("without MFA".to_owned()),
            _ => None,
        },
        (Family::Other, "aws:securetransport") if operator == "bool" && one.as_deref() == Some("true") => {
            Some("over TLS".to_owned())
        }
        (Family::Other, "aws:multifactorauthage") if operator.starts_with("numericlessthan") => {
            Some(format!("with MFA at most {list} seconds ago"))
        }
        (Family::Other, "aws:currenttime") if operator.starts_with("dateless") => Some(format!("before {list}")),
        (Family::Other, "aws:currenttime") if operator.starts_with("dategreater") => Some(format!("after {list}")),
        (Family::Network, "aws:sourceip") => Some(format!("from {list}")),
        (Family::Positive { .. }, key) => of_text(key, &condition.key, &list),
        _ => None,
    }
}

fn of_text(key: &str, written: &str, list: &str) -> Option<String> {
    let tag = |prefix: &str| key.strip_prefix(prefix).map(|_| &written[prefix.len()..]);
    if let Some(tag) = tag("aws:principaltag/") {
        return Some(format!("with the principal tag {tag}={list}"));
    }
    if let Some(tag) = tag("aws:requesttag/") {
        return Some(format!("with the session tag {tag}={list}"));
    }
    Some(match key {
        "aws:principalarn" => format!("as {list}"),
        "aws:principalaccount" => format!("from account {list}"),
        "aws:principalorgid" => format!("from organization {list}"),
        "aws:sourceaccount" => format!("on behalf of account {list}"),
        "aws:sourcearn" => format!("on behalf of {list}"),
        "aws:sourceorgid" => format!("on behalf of organization {list}"),
        "aws:sourcevpc" | "aws:sourcevpce" => format!("through {list}"),
        "aws:requestedregion" => format!("in Region {list}"),
        "aws:username" => format!("as user {list}"),
        "sts:rolesessionname" => format!("with the session name {list}"),
        "sts:sourceidentity" | "aws:sourceidentity" => format!("with the source identity {list}"),
        _ if key.ends_with(":aud") => format!("with the audience {list}"),
        _ => return None,
    })
}
