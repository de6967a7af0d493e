//! Decides conditions for the requests of one principal.
//!
//! The evidence fixes the values of some condition keys: the principal's ARN, account and organization, its tags, and
//! the Region of global services. Conditions on these are certainly met or certainly not met. For every other key
//! [`super::binding`] estimates what is likely.

use super::presence::{OVER_TLS, Presence, never_with, presence};
use super::{Binding, GLOBAL, GLOBAL_REGIONS, OPERATORS, time};
use crate::arn::name_of;
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::matching::{Glob, Resource, symbols};
use jiff::Timestamp;

/// Services whose requests concern resources of the own account.
const OF_THE_ACCOUNT: &[&str] = &["iam:*"];

/// The principal whose requests are evaluated, as far as the evidence describes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requester<'a> {
    /// A user's or role's ARN; empty if the policy is analyzed without a principal.
    pub arn: &'a str,
    /// Its own tags, `key=value`.
    pub tags: &'a [String],
    /// The organization of its account, if known.
    pub organization: Option<&'a str>,
    /// Whether it can present MFA.
    pub mfa: Mfa,
    /// The tags are those of one session, so all other tags are absent.
    pub session: bool,
    /// The time of the evidence; without it dates decide nothing.
    pub as_of: Option<Timestamp>,
    /// What its own policies do not let it set when it assumes a role.
    pub unable: Unable,
}

/// What a principal's own policies do not let it set when it assumes a role. A trust policy that names the principal can
/// still let it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unable {
    /// They do not allow `sts:SetSourceIdentity`.
    pub source_identity: bool,
    /// They do not allow `sts:TagSession`.
    pub tags: bool,
}

/// Whether a principal can make requests with MFA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mfa {
    /// It has a device, can register one, or the evidence does not show that it has none.
    #[default]
    AtWill,
    /// It has no device, or its sessions never carry MFA.
    Lacking,
}

/// How certainly the conditions of a statement are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Met {
    /// No request of the principal meets them.
    Never,
    /// Some requests meet them; whether the principal can make such requests is unknown.
    Perhaps,
    /// The principal meets them when it signs in with MFA.
    WithMfa,
    /// Every request meets them, or the principal can make one that does.
    AtWill,
}

/// How certainly a conditional denial applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denies {
    /// The conditions exclude this principal.
    Never,
    /// Some requests; it is unknown which.
    Perhaps,
    /// Every request that is made without MFA.
    UnlessMfa,
    /// Every request.
    Always,
}

impl<'a> Requester<'a> {
    fn part(&self, at: usize) -> Option<&'a str> {
        self.arn.splitn(6, ':').nth(at).filter(|part| !part.is_empty())
    }

    /// Twelve digits.
    pub fn account(&self) -> Option<&'a str> {
        self.part(4)
    }

    fn partition(&self) -> Option<&'a str> {
        self.part(1)
    }

    fn is_user(&self) -> bool {
        self.part(5).is_some_and(|resource| resource.starts_with("user/"))
    }

    fn is_role(&self) -> bool {
        self.part(5).is_some_and(|resource| resource.starts_with("role/"))
    }

    fn tag(&self, key: &str) -> Option<&'a str> {
        let pairs = self.tags.iter().filter_map(|tag| tag.split_once('='));
        pairs.into_iter().find(|(own, _)| own.to_lowercase() == key).map(|(_, value)| value)
    }

    /// How certainly an Allow statement's conditions are met for an action; `bindings` are those of the conditions.
    pub fn meets(&self, conditions: &[Condition], bindings: &[Binding], action: &str) -> Met {
        let one = |(condition, binding): (&Condition, &Binding)| match self.decides_allowing(condition) {
            Some((of, holds)) if of.binds(action) => {
                if holds {
                    Met::AtWill
                } else {
                    Met::Never
                }
            }
            _ if asks_for_mfa(condition) => {
                if self.mfa == Mfa::AtWill {
                    Met::WithMfa
                } else {
                    Met::Perhaps
                }
            }
            _ if binding.binds(action) => Met::Perhaps,
            _ => Met::AtWill,
        };
        conditions.iter().zip(bindings).map(one).min().unwrap_or(Met::AtWill)
    }

    /// How certainly a Deny statement's conditions are met for an action.
    pub fn denied(&self, conditions: &[Condition], action: &str) -> Denies {
        let one = |condition: &Condition| match self.decides(condition) {
            Some((of, holds)) if of.binds(action) => {
                if holds {
                    Denies::Always
                } else {
                    Denies::Never
                }
            }
            // A role session without session tags escapes a denial that the role's own tag does not meet.
            _ if self.is_role() && self.own_tag_meets(condition) == Some(false) => Denies::Never,
            _ if lacks_mfa(condition, self.is_role() && self.mfa == Mfa::AtWill) => Denies::UnlessMfa,
            _ => Denies::Perhaps,
        };
        conditions.iter().map(one).min().unwrap_or(Denies::Always)
    }

    /// The same for a condition of an Allow statement. A role session without session tags has the role's tags, so the
    /// role can meet the condition if its own tag does.
    pub fn decides_allowing(&self, condition: &Condition) -> Option<(Binding, bool)> {
        // A grant that has ended, or has not begun, is held back as `binding` says.
        let decided = self.decides(condition).filter(|_| !time::is_of_request(&condition.key.to_lowercase()));
        decided.or_else(|| (self.own_tag_meets(condition) == Some(true)).then_some((Binding::Everything, true)))
    }

    /// Whether the principal's own tag meets a condition; `None` if the condition is not on a tag or the tag does not
    /// exist.
    fn own_tag_meets(&self, condition: &Condition) -> Option<bool> {
        let key = condition.key.to_lowercase();
        let value = self.tag(key.strip_prefix("aws:principaltag/")?)?;
        holds(condition, &Known::Is(value), self)
    }

    /// The actions for which the condition is certain, and whether it is met; `None` if it is certain for none.
    pub fn decides(&self, condition: &Condition) -> Option<(Binding, bool)> {
        let key = condition.key.to_lowercase();
        if let Some(decided) = without_value(condition, &key) {
            return Some(decided);
        }
        if let Some(met) = time::certain(&key, &condition.operator, &condition.values, self.as_of) {
            return Some((Binding::Everything, met));
        }
        let (of, known) = self.value(&key)?;
        holds(condition, &known, self).map(|met| (of, met))
    }

    /// The known value of a key, and the actions for which it is known.
    fn value(&self, key: &str) -> Option<(Binding, Known<'a>)> {
        let everything = |known| Some((Binding::Everything, known));
        match key {
            "aws:principalarn" if self.is_user() || self.is_role() => everything(Known::Is(self.arn)),
            "aws:username" if self.is_user() => everything(Known::Is(name_of(self.arn))),
            "aws:username" if self.is_role() => everything(Known::Absent),
            "aws:principalaccount" => everything(Known::Is(self.account()?)),
            "aws:principalorgid" => everything(Known::Is(self.organization?)),
            "aws:principalorgpaths" => everything(Known::StartsWith(self.organization?)),
            "aws:principaltype" if self.is_user() => everything(Known::Is("User")),
            "aws:principaltype" if self.is_role() => everything(Known::Is("AssumedRole")),
            // Only calls by AWS services carry these.
            "aws:principalservicename" | "aws:principalservicenameslist" if self.is_user() || self.is_role() => {
                everything(Known::Absent)
            }
            // Sessions carry it with any time; calls with a user's access key do not.
            "aws:tokenissuetime" if self.is_role() => everything(Known::Present),
            // A request to IAM concerns resources of the own account.
            "aws:resourceaccount" => Some((Binding::Of(OF_THE_ACCOUNT), Known::Is(self.account()?))),
            "aws:resourceorgid" => Some((Binding::Of(OF_THE_ACCOUNT), Known::Is(self.organization?))),
            "aws:principalisawsservice" if self.is_user() || self.is_role() => everything(Known::Is("false")),
            "aws:requestedregion" => {
                let region = match self.partition()? {
                    "aws" => GLOBAL_REGIONS[0],
                    "aws-cn" => GLOBAL_REGIONS[1],
                    "aws-us-gov" => GLOBAL_REGIONS[2],
                    _ => return None,
                };
                Some((Binding::Of(GLOBAL), Known::Is(region)))
            }
            "aws:securetransport" => Some((Binding::Of(OVER_TLS), Known::Is("true"))),
            _ if never_with(key).is_some() => Some((Binding::Of(never_with(key)?), Known::Absent)),
            // Role sessions may set other values for the same tag, and may add further tags.
            _ => match self.tag(key.strip_prefix("aws:principaltag/")?) {
                Some(value) if self.is_user() || self.session => everything(Known::Is(value)),
                None if self.session => everything(Known::Absent),
                Some(_) | None => None,
            },
        }
    }
}

/// What is certain whatever the key's value is: a condition that every request meets or none, and the actions of which
/// that holds.
fn without_value(condition: &Condition, key: &str) -> Option<(Binding, bool)> {
    let operator = condition.operator.as_str();
    if condition.values.is_empty() {
        return None;
    }
    let says = |word: &str| condition.values.iter().any(|value| value.eq_ignore_ascii_case(word));
    if operator == "Null" {
        return match (says("true"), says("false"), presence(key)) {
            (true, true, _) => Some((Binding::Everything, true)),
            (false, false, _) => None,
            // A request without the header may lack it.
            _ if key == "aws:useragent" => None,
            (_, present, Presence::Always) => Some((Binding::Everything, present)),
            // Requests that never carry it say more.
            (_, present, Presence::With(actions)) => {
                never_with(key).is_none().then_some((Binding::Of(actions), present))
            }
            (_, _, Presence::Sometimes) => None,
        };
    }
    // Requests without the key meet these.
    let optional = condition.if_exists || condition.set == Some(SetPrefix::ForAllValues);
    if optional && operator == "StringLike" && condition.values.iter().any(|value| value == "*") {
        return Some((Binding::Everything, true));
    }
    match key {
        "aws:multifactorauthpresent" if optional && operator == "Bool" => {
            (says("true") && says("false")).then_some((Binding::Everything, true))
        }
        // No sign-in is less than zero seconds ago.
        "aws:multifactorauthage" if !optional && operator == "NumericLessThan" => {
            let never = |value: &String| value.trim().parse::<f64>().is_ok_and(|age| age <= 0.0);
            condition.values.iter().all(never).then_some((Binding::Everything, false))
        }
        _ => None,
    }
}

/// A value that every request carries.
enum Known<'a> {
    Is(&'a str),
    /// Any value.
    Present,
    /// The organization's path; only its first part is known.
    StartsWith(&'a str),
    Absent,
}

/// Whether a known value meets the condition; `None` if the operator or a value is not understood.
fn holds(condition: &Condition, known: &Known<'_>, requester: &Requester<'_>) -> Option<bool> {
    if condition.values.is_empty() || !OPERATORS.contains(&condition.operator.as_str()) {
        return None;
    }
    let operator = condition.operator.as_str();
    let value = match known {
        Known::Absent => {
            if operator == "Null" {
                let says = |word: &str| condition.values.iter().any(|value| value.eq_ignore_ascii_case(word));
                return if says("true") { Some(true) } else { says("false").then_some(false) };
            }
            // Without the key, a negated operator is met and any other is not.
            let negated = operator.contains("Not");
            return match condition.set {
                Some(SetPrefix::ForAllValues) => Some(true),
                Some(SetPrefix::ForAnyValue) => Some(false),
                None if condition.if_exists => Some(true),
                None => Some(negated),
            };
        }
        Known::StartsWith(organization) => {
            // A path of another organization never matches; one of the own organization may.
            let other = |value: &String| {
                let root = value.split('/').next().unwrap_or_default();
                root.starts_with("o-") && !root.contains(['*', '?', '$']) && root != *organization
            };
            let positive = matches!(operator, "StringEquals" | "StringEqualsIgnoreCase" | "StringLike");
            return (positive && condition.values.iter().all(other)).then_some(false);
        }
        Known::Present => {
            let says = |word: &str| condition.values.iter().any(|value| value.eq_ignore_ascii_case(word));
            return (operator == "Null").then(|| says("false"));
        }
        Known::Is(value) => *value,
    };
    let values = condition.values.iter();
    let filled: Vec<String> = if condition.has_variable() {
        values.map(|value| fill(value, requester)).collect::<Option<_>>()?
    } else {
        values.cloned().collect()
    };
    let any = |test: &dyn Fn(&str) -> bool| Some(filled.iter().any(|pattern| test(pattern)));
    let like = |pattern: &str| Glob::new(symbols(pattern, Version::V2008)).matches(value);
    let arn_like = |pattern: &str| arn_matches(pattern, value);
    let not = |met: Option<bool>| met.map(|met| !met);
    match operator {
        "StringEquals" => any(&|pattern| pattern == value),
        "StringEqualsIgnoreCase" => any(&|pattern| pattern.eq_ignore_ascii_case(value)),
        "StringLike" => any(&like),
        "ArnEquals" | "ArnLike" => any(&arn_like),
        "StringNotEquals" => not(any(&|pattern| pattern == value)),
        "StringNotEqualsIgnoreCase" => not(any(&|pattern| pattern.eq_ignore_ascii_case(value))),
        "StringNotLike" => not(any(&like)),
        "ArnNotEquals" | "ArnNotLike" => not(any(&arn_like)),
        "Bool" => any(&|pattern| pattern.eq_ignore_ascii_case(value)),
        "Null" => {
            let says = |word: &str| filled.iter().any(|value| value.eq_ignore_ascii_case(word));
            if says("false") { Some(true) } else { says("true").then_some(false) }
        }
        _ => None,
    }
}

/// The value with known variables filled in; `None` if it has an unknown one.
fn fill(value: &str, requester: &Requester<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}')?;
        out.push_str(before);
        match name.to_lowercase().as_str() {
            "aws:username" if requester.is_user() => out.push_str(name_of(requester.arn)),
            "aws:principalaccount" => out.push_str(requester.account()?),
            "aws:principalorgid" => out.push_str(requester.organization?),
            _ => return None,
        }
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

/// Compares like `ArnLike`: part by part; a star does not match a colon before the sixth part.
fn arn_matches(pattern: &str, arn: &str) -> bool {
    let patterns = Resource::new(pattern, Version::V2008);
    let Some(parts) = patterns.parts() else { return patterns.is_everything() };
    let own: Vec<&str> = arn.splitn(6, ':').collect();
    own.len() == 6 && parts.iter().zip(own).all(|(pattern, part)| pattern.matches(part))
}

/// A condition of an Allow statement that MFA meets.
fn asks_for_mfa(condition: &Condition) -> bool {
    let says = |word: &str| condition.values.iter().any(|value| value.eq_ignore_ascii_case(word));
    let operator = condition.operator.as_str();
    match condition.key.to_lowercase().as_str() {
        // With IfExists, a call with an access key meets it without MFA.
        "aws:multifactorauthpresent" => {
            matches!(operator, "Bool" | "StringEquals" | "StringEqualsIgnoreCase" | "StringLike")
                && !condition.if_exists
                && condition.set != Some(SetPrefix::ForAllValues)
                && says("true")
                && !says("false")
        }
        "aws:multifactorauthage" => {
            !condition.if_exists && matches!(operator, "NumericLessThan" | "NumericLessThanEquals")
                || operator == "Null" && says("false") && !says("true")
        }
        _ => false,
    }
}

/// A condition of a Deny statement that every request without MFA meets, and no request with MFA.
fn lacks_mfa(condition: &Condition, role: bool) -> bool {
    let all = |word: &str| {
        !condition.values.is_empty() && condition.values.iter().all(|value| value.eq_ignore_ascii_case(word))
    };
    let operator = condition.operator.as_str();
    match condition.key.to_lowercase().as_str() {
        "aws:multifactorauthpresent" => match operator {
            // Calls with an access key lack the condition key; sessions of a role that people assume carry it.
            "Bool" | "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" => {
                all("false") && (condition.if_exists || role)
            }
            "StringNotEquals" | "StringNotEqualsIgnoreCase" | "StringNotLike" => all("true"),
            // Every role session carries the key, with or without MFA.
            "Null" => all("true") && !role,
            _ => false,
        },
        "aws:multifactorauthage" => match operator {
            "Null" => all("true"),
            "NumericGreaterThan" | "NumericGreaterThanEquals" => condition.if_exists,
            _ => false,
        },
        _ => false,
    }
}

/// Whether the tag's value, or its absence, meets a condition on it; `None` if that is not certain.
pub fn tag_meets(condition: &Condition, value: Option<&str>) -> Option<bool> {
    let known = value.map_or(Known::Absent, Known::Is);
    holds(condition, &known, &Requester::default())
}

/// Whether the result can differ between principals of one account.
pub fn differs_by_requester(condition: &Condition) -> bool {
    let key = condition.key.to_lowercase();
    matches!(key.as_str(), "aws:principalarn" | "aws:username" | "aws:principaltype" | "aws:userid")
        || key.starts_with("aws:principaltag/")
        || key.starts_with("aws:multifactorauth")
        || condition.has_variable()
}

#[cfg(test)]
mod tests;
