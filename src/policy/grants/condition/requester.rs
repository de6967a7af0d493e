//! Decides conditions for the requests of one principal.
//!
//! The evidence fixes the values of some condition keys: the principal's ARN, account and organization, its tags, and
//! the Region of global services. Conditions on these are certainly met or certainly not met. For every other key
//! [`super::binding`] estimates what is likely.

use super::presence::{OVER_TLS, Presence, never_with, presence};
use super::{Binding, GLOBAL, GLOBAL_REGIONS, OPERATORS, time};
use crate::arn::name_of;
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::matching::{Glob, Resource, Symbol, overlap, symbols};
use jiff::Timestamp;
use std::borrow::Cow;

/// Services whose requests concern resources of the own account.
const OF_THE_ACCOUNT: &[&str] = &["iam:*"];

/// The start of keys and variables with a tag of the principal, in lower case.
const OWN_TAG: &str = "aws:principaltag/";

/// Keys that only calls by AWS services themselves carry, not calls that a user or role makes.
const ONLY_OF_SERVICES: &[&str] = &[
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Keys that only role sessions carry: of federation, of instances and of functions.
const ONLY_OF_ROLES: &[&str] = &[
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:federatedprovider",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "lambda:sourcefunctionarn",
];

/// Actions that no AWS service calls with the permissions of a principal.
const NEVER_FORWARDED: &[&str] = &["sts:*"];

/// Calls that carry the account of the caller, `kms:CallerAccount`.
const OF_KMS: &[&str] = &["kms:*"];

/// The principal whose requests are evaluated, as far as the evidence describes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requester<'a> {
    /// A user's or role's ARN; empty if the policy is analyzed without a principal.
    pub arn: &'a str,
    /// AWS's unique ID of it, such as `AIDA…` or `AROA…`, if known.
    pub id: Option<&'a str>,
    /// Its own tags, `key=value`.
    pub tags: &'a [String],
    /// The organization of its account, if known.
    pub organization: Option<&'a str>,
    /// Whether it can present MFA.
    pub mfa: Mfa,
    /// The tags are all that its requests carry: those of one session, or of a principal whose tags nobody can change.
    pub whole_tags: bool,
    /// The time of the evidence; without it dates decide nothing.
    pub as_of: Option<Timestamp>,
    /// What its own policies do not let it set when it assumes a role.
    pub unable: Unable,
    /// The tags of the role that it assumes, `key=value`, if the request is for that and they are known.
    pub role_tags: Option<&'a [String]>,
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
        tag_of(self.tags, key)
    }

    /// Whether the tags of the role that it assumes meet a condition on them; `None` for any other condition, and if that
    /// is not certain.
    fn role_tag_meets(&self, condition: &Condition, allowing: bool) -> Option<bool> {
        let condition = turned(condition);
        let key = condition.key.to_lowercase();
        let value = tag_of(self.role_tags?, resource_tag(&key)?);
        if allowing { self.may_meet_with_tag(&condition, value) } else { self.meets_with_tag(&condition, value) }
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
            // Somebody may change a tag that does not meet it.
            _ if self.role_tag_meets(condition, true) == Some(true) => Met::AtWill,
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
            _ if self.role_tag_meets(condition, false) == Some(false) => Denies::Never,
            _ if lacks_mfa(condition, self.is_role() && self.mfa == Mfa::AtWill) => Denies::UnlessMfa,
            _ => Denies::Perhaps,
        };
        conditions.iter().map(one).min().unwrap_or(Denies::Always)
    }

    /// The same for a condition of an Allow statement. A role session without session tags has the role's tags, so the
    /// role can meet the condition if its own tag does.
    pub fn decides_allowing(&self, condition: &Condition) -> Option<(Binding, bool)> {
        let key = condition.key.to_lowercase();
        // A grant that ends soon, or has not begun, is held back as `binding` says. One that has ended grants nothing.
        let decided = if time::is_of_request(&key) {
            let is_past = time::is_past(&key, &condition.operator, &condition.values, self.as_of);
            is_past.then_some((Binding::Everything, false))
        } else {
            self.decides(condition)
        };
        decided.or_else(|| (self.own_tag_meets(condition) == Some(true)).then_some((Binding::Everything, true)))
    }

    /// Whether the principal's own tag meets a condition; `None` if the condition is not on a tag or the tag does not
    /// exist.
    fn own_tag_meets(&self, condition: &Condition) -> Option<bool> {
        let key = condition.key.to_lowercase();
        let value = self.tag(key.strip_prefix("aws:principaltag/")?)?;
        holds(condition, &Known::Is(value), &self.with_own_tags(condition)?)
    }

    /// The principal where its requests carry its own tags; `None` if the condition's values name a tag that it lacks.
    fn with_own_tags(&self, condition: &Condition) -> Option<Self> {
        let lacks = |name: &str| {
            let name = name.split(',').next().unwrap_or(name).trim().to_lowercase();
            name.strip_prefix(OWN_TAG).is_some_and(|key| self.tag(key).is_none())
        };
        let names = condition.values.iter().flat_map(|value| value.split("${").skip(1));
        let lacking = condition.has_variable() && names.filter_map(|rest| rest.split('}').next()).any(lacks);
        (!lacking).then_some(Self { whole_tags: true, ..*self })
    }

    /// What every request carries of an own tag; `None` if that is not certain.
    fn fixed_tag(&self, key: &str) -> Option<Known<'a>> {
        match self.tag(key) {
            Some(value) if self.is_user() || self.whole_tags => Some(Known::Is(value)),
            None if self.whole_tags => Some(Known::Absent),
            // Role sessions may set other values for the same tag, and may add further tags.
            Some(_) | None => None,
        }
    }

    /// The unique ID in `aws:userid`: a role session has the role's, a colon and the name that its caller chooses. The
    /// IDs of users start with `AIDA` and those of roles with `AROA` (IAM user guide, "IAM identifiers").
    fn user_id(&self) -> Option<Known<'a>> {
        match self.id {
            Some(id) if self.is_user() => Some(Known::Is(id)),
            Some(id) if self.is_role() => Some(Known::Begins(format!("{id}:"))),
            None if self.is_user() => Some(Known::Begins("AIDA".to_owned())),
            None if self.is_role() => Some(Known::Begins("AROA".to_owned())),
            _ => None,
        }
    }

    /// Whether a tag of the resource, or its absence, meets a condition on it in every request; `None` if that is not
    /// certain.
    pub fn meets_with_tag(&self, condition: &Condition, value: Option<&str>) -> Option<bool> {
        holds(condition, &value.map_or(Known::Absent, Known::Is), self)
    }

    /// The same for a condition of an Allow statement: a role can meet it with its own tags.
    pub fn may_meet_with_tag(&self, condition: &Condition, value: Option<&str>) -> Option<bool> {
        let certain = self.meets_with_tag(condition, value);
        let own = || self.with_own_tags(condition)?.meets_with_tag(condition, value).filter(|met| *met);
        certain.or_else(|| if self.is_role() { own() } else { None })
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
            "kms:calleraccount" => Some((Binding::Of(OF_KMS), Known::Is(self.account()?))),
            "aws:principalorgid" => everything(Known::Is(self.organization?)),
            "aws:principalorgpaths" => everything(Known::StartsWith(self.organization?)),
            "aws:principaltype" if self.is_user() => everything(Known::Is("User")),
            "aws:principaltype" if self.is_role() => everything(Known::Is("AssumedRole")),
            "aws:userid" => everything(self.user_id()?),
            _ if ONLY_OF_SERVICES.contains(&key) && (self.is_user() || self.is_role()) => everything(Known::Absent),
            _ if ONLY_OF_ROLES.contains(&key) && self.is_user() => everything(Known::Absent),
            // No service makes calls of STS for a principal.
            "aws:viaawsservice" => Some((Binding::Of(NEVER_FORWARDED), Known::Is("false"))),
            "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => {
                Some((Binding::Of(NEVER_FORWARDED), Known::Absent))
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
            _ => everything(self.fixed_tag(key.strip_prefix(OWN_TAG)?)?),
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
    /// Any value with this start and at least one further letter.
    Begins(String),
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
        Known::Begins(start) => return begins(condition, start),
        Known::Present => {
            let says = |word: &str| condition.values.iter().any(|value| value.eq_ignore_ascii_case(word));
            return (operator == "Null").then(|| says("false"));
        }
        Known::Is(value) => *value,
    };
    let negated = operator.contains("Not");
    let mut filled: Vec<String> = Vec::with_capacity(condition.values.len());
    for value in &condition.values {
        match if condition.has_variable() { fill(value, requester)? } else { Filled::With(value.clone()) } {
            Filled::With(value) => filled.push(value),
            // The guide does not say what a negated operator makes of it.
            Filled::Nothing if negated => return None,
            Filled::Nothing => {}
        }
    }
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

/// The same of a value of which only the start is known; `None` if that depends on the rest.
fn begins(condition: &Condition, start: &str) -> Option<bool> {
    let operator = condition.operator.as_str();
    if operator == "Null" {
        return Some(condition.values.iter().any(|value| value.eq_ignore_ascii_case("false")));
    }
    if condition.has_variable() || condition.set.is_some() {
        return None;
    }
    let any = [Symbol::One, Symbol::Any];
    let text: Vec<Symbol> = start.chars().map(Symbol::Char).chain(any).collect();
    let (mut all, mut some) = (false, false);
    for value in &condition.values {
        let is_longer = |value: &str, start: &str| value.len() > start.len() && value.starts_with(start);
        match operator {
            "StringEquals" | "StringNotEquals" => some |= is_longer(value, start),
            "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
                some |= is_longer(&value.to_ascii_lowercase(), &start.to_ascii_lowercase());
            }
            "StringLike" | "StringNotLike" => {
                some |= overlap(&symbols(value, Version::V2008), &text);
                all |=
                    value.strip_suffix('*').is_some_and(|head| !head.contains(['*', '?']) && start.starts_with(head));
            }
            _ => return None,
        }
    }
    let negated = operator.contains("Not");
    match (all, some) {
        (true, _) => Some(!negated),
        (false, false) => Some(negated),
        (false, true) => None,
    }
}

/// A value with its variables filled in.
enum Filled {
    With(String),
    /// A variable has no value and no default, so that the value matches nothing (IAM user guide, "IAM policy elements:
    /// Variables and tags").
    Nothing,
}

/// The value with known variables filled in; `None` if it has an unknown one.
fn fill(value: &str, requester: &Requester<'_>) -> Option<Filled> {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}')?;
        out.push_str(before);
        let (name, default) = match name.split_once(',') {
            Some((name, default)) => (name, Some(default.trim().trim_matches('\''))),
            None => (name, None),
        };
        let name = name.trim().to_lowercase();
        let value = match name.as_str() {
            "aws:username" if requester.is_user() => Some(name_of(requester.arn)),
            "aws:username" if requester.is_role() => None,
            "aws:principalaccount" => Some(requester.account()?),
            "aws:principalorgid" => Some(requester.organization?),
            "aws:userid" if requester.is_user() => Some(requester.id?),
            _ => match requester.fixed_tag(name.strip_prefix(OWN_TAG)?)? {
                Known::Is(value) => Some(value),
                _ => None,
            },
        };
        let Some(value) = value.or(default) else { return Some(Filled::Nothing) };
        out.push_str(value);
        rest = behind;
    }
    out.push_str(rest);
    Some(Filled::With(out))
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
    Requester::default().meets_with_tag(condition, value)
}

/// The value of a tag among these, `key=value`; the key in lower case.
fn tag_of<'t>(tags: &'t [String], key: &str) -> Option<&'t str> {
    let pairs = tags.iter().filter_map(|tag| tag.split_once('='));
    pairs.into_iter().find(|(own, _)| own.to_lowercase() == key).map(|(_, value)| value)
}

/// The tag's key in a condition key for a tag of the resource.
fn resource_tag(key: &str) -> Option<&str> {
    let start = ["aws:resourcetag/", "iam:resourcetag/"]
        .into_iter()
        .find(|start| key.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))?;
    Some(&key[start.len()..])
}

/// A condition on a tag of the resource.
pub fn is_resource_tag(condition: &Condition) -> bool {
    resource_tag(&turned(condition).key).is_some()
}

/// A condition that compares a tag or name of the principal with a tag of the resource, with the latter as its key;
/// any other as it is.
pub fn turned(condition: &Condition) -> Cow<'_, Condition> {
    let as_it_is = Cow::Borrowed(condition);
    let equal = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"];
    let [value] = &condition.values[..] else { return as_it_is };
    let own = condition.key.to_ascii_lowercase();
    let is_of_principal = own.starts_with(OWN_TAG) || own == "aws:username";
    if !condition.has_variable() || !is_of_principal || !equal.contains(&condition.operator.as_str()) {
        return as_it_is;
    }
    let inner = value.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).map(str::trim);
    let Some(key) = inner.filter(|name| resource_tag(name).is_some() && !name.contains([',', '$'])) else {
        return as_it_is;
    };
    let values = vec![format!("${{{}}}", condition.key)];
    Cow::Owned(Condition { key: key.to_owned(), values, ..condition.clone() })
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
