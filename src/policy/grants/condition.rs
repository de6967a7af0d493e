//! Whether a condition restricts a grant, and for which actions.

mod presence;
mod requester;
mod time;

use crate::policy::conditions::{Caller, Class, judge};
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::matching::{Glob, Symbol, symbols};
use crate::policy::parse::OPERATORS;
use jiff::Timestamp;
use presence::{Presence, calls_of_iam, presence};
pub use requester::{Denies, Met, Mfa, Requester, Unable, differs_by_requester, is_resource_tag, tag_meets, turned};

/// What a condition restricts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nothing: every request of the principal meets it, or can be made to.
    Nothing,
    /// Only these actions, as lower-case patterns.
    Of(&'static [&'static str]),
    /// Everything that the statement allows.
    Everything,
}

impl Binding {
    /// Whether it restricts this action; `action` is written in full, in any case.
    pub fn binds(self, action: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Of(patterns) => {
                let action = action.to_ascii_lowercase();
                patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
                    Some(start) => action.starts_with(start),
                    None => *pattern == action,
                })
            }
        }
    }

    fn when(holds: bool) -> Self {
        if holds { Self::Everything } else { Self::Nothing }
    }
}

/// Keys for the owner of the principal or the resource. In the account's own policies they name its own account or
/// organization; with another one the statement never grants anything.
const OWN: &[&str] = &[
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "kms:calleraccount",
];

/// Keys that name the caller. A policy that names a caller is most likely held by that caller; code that knows the
/// holder uses [`Requester`].
const NAMES: &[&str] = &["aws:principalarn", "aws:userid", "aws:username"];

/// Keys whose value the caller sets in the request.
const CHOSEN: &[&str] = &[
    "aws:referer",
    "aws:tagkeys",
    "aws:useragent",
    "secretsmanager:versionid",
    "secretsmanager:versionstage",
    "sts:durationseconds",
    "sts:rolesessionname",
    "sts:sourceidentity",
    "sts:transitivetagkeys",
];

/// Calls of global services, which have the partition's first Region.
const GLOBAL: &[&str] = calls_of_iam!("account:*", "cloudfront:*", "organizations:*", "route53:*", "shield:*");

/// The Regions of requests to global services.
const GLOBAL_REGIONS: &[&str] = &["us-east-1", "cn-north-1", "us-gov-west-1"];

/// AWS-managed policies that make their holder an administrator; as a boundary they limit nothing.
const ADMINISTRATORS: &[&str] = &["AdministratorAccess", "IAMFullAccess"];

/// The actions of the statement that the condition restricts at a time.
///
/// A condition does not restrict if every request meets it: `StringLike aws:userid *`, every IP address, a secure
/// connection, the account itself; if the principal can meet it at will: `BoolIfExists aws:MultiFactorAuthPresent`,
/// which a call with an access key meets because it lacks the key, or a tag that the caller sets in the request; if its
/// operator is negated, which excludes some values and admits the rest; if it is a time window that is open and stays
/// open for long (see [`time`]); or if it is not understood or has no value, because it must not hide a grant.
/// `IfExists` and `ForAllValues` restrict only actions whose requests always carry the key. `as_of` is the time of the
/// evidence; without it time windows do not count.
pub fn binding(condition: &Condition, as_of: Option<Timestamp>) -> Binding {
    if condition.values.is_empty() || !OPERATORS.contains(&condition.operator.as_str()) {
        return Binding::Nothing;
    }
    let key = condition.key.to_lowercase();
    let key = key.as_str();
    let itself = |value: &String| value.trim().eq_ignore_ascii_case(&format!("${{{key}}}"));
    let compares_itself = condition.has_variable() && condition.values.iter().any(itself);
    if CHOSEN.contains(&key) || key.starts_with("aws:requesttag/") || compares_itself {
        return Binding::Nothing;
    }
    let optional = condition.if_exists || condition.set == Some(SetPrefix::ForAllValues);
    let carried = match presence(key) {
        Presence::Always => Binding::Everything,
        Presence::With(actions) if optional => Binding::Of(actions),
        Presence::Sometimes if optional => return Binding::Nothing,
        Presence::With(_) | Presence::Sometimes => Binding::Everything,
    };
    match held_back(condition, key, as_of) {
        Binding::Everything => carried,
        less => less,
    }
}

/// Whether the condition requires a time that has passed, so that no request meets it any more.
pub fn is_past(condition: &Condition, as_of: Option<Timestamp>) -> bool {
    time::is_past(&condition.key.to_lowercase(), &condition.operator, &condition.values, as_of)
}

/// Whether the condition requires a tag of the caller that is among these (`key=value`).
pub fn bears(condition: &Condition, tags: &[String]) -> bool {
    let key = condition.key.to_lowercase();
    let Some(wanted) = key.strip_prefix("aws:principaltag/") else { return false };
    let own = tags.iter().filter_map(|tag| tag.split_once('=')).find(|(key, _)| key.to_lowercase() == wanted);
    let Some((_, own)) = own else { return false };
    let meets = |value: &String| match condition.operator.as_str() {
        "StringEquals" => value == own,
        "StringEqualsIgnoreCase" => value.eq_ignore_ascii_case(own),
        "StringLike" => Glob::new(symbols(value, Version::V2008)).matches(own),
        "Bool" => value.eq_ignore_ascii_case(own),
        "Null" => value.eq_ignore_ascii_case("false"),
        _ => false,
    };
    condition.values.iter().any(meets)
}

/// The same for requests that carry the key.
fn held_back(condition: &Condition, key: &str, as_of: Option<Timestamp>) -> Binding {
    let any = |test: &dyn Fn(&str) -> bool| condition.values.iter().any(|value| test(value));
    let says = |word: &str| any(&|value| value.eq_ignore_ascii_case(word));
    match condition.operator.as_str() {
        "StringEquals" | "StringEqualsIgnoreCase" => match key {
            _ if OWN.contains(&key) || NAMES.contains(&key) => Binding::Nothing,
            "aws:requestedregion" => by_region(condition),
            _ => Binding::when(!any(&|value| admits_administrator(key, value))),
        },
        "StringLike" | "ArnLike" | "ArnEquals" => match key {
            _ if OWN.contains(&key) || NAMES.contains(&key) => Binding::Nothing,
            "aws:requestedregion" => by_region(condition),
            "iam:passedtoservice" => Binding::when(!any(&is_every_service)),
            // Any value: it only tests whether the key is present.
            _ if any(&is_every_text) => by_presence(key, false),
            _ => Binding::when(!any(&|value| admits_administrator(key, value))),
        },
        // Negated operators exclude values. If they exclude every value, the key must be absent.
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" if any(&is_every_text) => by_presence(key, true),
        "StringNotEquals"
        | "StringNotEqualsIgnoreCase"
        | "StringNotLike"
        | "ArnNotEquals"
        | "ArnNotLike"
        | "NotIpAddress"
        | "NumericNotEquals"
        | "DateNotEquals" => Binding::Nothing,
        "IpAddress" => Binding::when(!(key == "aws:sourceip" && is_the_internet(condition))),
        // Any text except "true" means false.
        "Bool" => {
            let (yes, no) = (says("true"), any(&|value| !value.eq_ignore_ascii_case("true")));
            Binding::when(match key {
                "aws:securetransport" => !yes,
                "aws:viaawsservice" | "aws:principalisawsservice" | "aws:multifactorauthpresent" => !no,
                _ => !(yes && no),
            })
        }
        "Null" if says("true") && says("false") => Binding::Nothing,
        "Null" => by_presence(key, says("true")),
        operator => Binding::when(!time::is_of(key) || time::binds(operator, &condition.values, as_of)),
    }
}

/// The caller chooses the Region of a call, except for global services.
fn by_region(condition: &Condition) -> Binding {
    let takes = |region: &&str| condition.values.iter().any(|value| Glob::of_action(value).matches(region));
    if GLOBAL_REGIONS.iter().any(takes) { Binding::Nothing } else { Binding::Of(GLOBAL) }
}

/// A condition that only tests whether the key is present.
fn by_presence(key: &str, absent: bool) -> Binding {
    match (presence(key), absent) {
        // A key that is always present is never absent, so nothing is granted.
        (Presence::Always, true) => Binding::Everything,
        (Presence::With(actions), true) => Binding::Of(actions),
        // The caller sends one or not.
        (_, false) if key == "sts:externalid" => Binding::Nothing,
        // A call made in another way, or without the parameter, lacks the key.
        (Presence::Sometimes, true) | (Presence::Always | Presence::With(_), false) => Binding::Nothing,
        // Tags that others assign; any other key is present in some kinds of calls.
        (Presence::Sometimes, false) => {
            Binding::when(key.contains("tag/") || key == "aws:multifactorauthage" || !key.starts_with("aws:"))
        }
    }
}

/// `*`, `**`, `?*`: matches every text that is long enough.
fn is_every_text(value: &str) -> bool {
    value.contains('*') && value.chars().all(|letter| matches!(letter, '*' | '?'))
}

/// `*`, `*.amazonaws.com`, `*.com`: matches every service principal.
fn is_every_service(value: &str) -> bool {
    let any_name = |end: &str| {
        let name = std::iter::repeat_n(Symbol::One, 12);
        Glob::of_action(value).accepts(name.chain(end.chars().map(Symbol::Char)))
    };
    value.contains('*') && (any_name(".amazonaws.com") || any_name(".amazonaws.com.cn"))
}

/// A value that admits an administrator's policy, as attached policy or as boundary.
pub(crate) fn admits_administrator(key: &str, value: &str) -> bool {
    if !matches!(key, "iam:policyarn" | "iam:permissionsboundary") {
        return false;
    }
    let glob = Glob::new(symbols(value, Version::V2008));
    let policy = |partition: &str, name: &str| glob.matches(&format!("arn:{partition}:iam::aws:policy/{name}"));
    ["aws", "aws-cn", "aws-us-gov"].iter().any(|partition| ADMINISTRATORS.iter().any(|name| policy(partition, name)))
}

/// `0.0.0.0/0`, `::/0`, or the same split into smaller ranges.
fn is_the_internet(condition: &Condition) -> bool {
    let half = |range: &String| range.split_once('/').is_some_and(|(_, length)| matches!(length, "0" | "1"));
    condition.values.iter().any(half) || judge(condition, Caller::Everyone, true).class == Class::NotNarrowing
}

#[cfg(test)]
mod tests;
