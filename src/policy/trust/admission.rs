//! Whether a trust policy admits a given user or role of the role's own account.
//!
//! [`super::explain`] says which principals a trust policy names. This module decides for one principal, as far as the
//! evidence describes it, and never treats an uncertain answer as closed.

use super::actions;
use crate::arn::name_of;
use crate::policy::conditions::demanded_by_denial;
use crate::policy::document::{Actions, Condition, Document, Effect, Principal, Principals, Statement};
use crate::policy::grants::{Binding, Denies, Met, Requester, binding, differs_by_requester, is_past, tag_meets};
use crate::policy::session_tags::{self, Tag};
use crate::policy::steps::step;

/// How a trust policy admits a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// How certainly the conditions are met; never [`Met::Never`].
    pub met: Met,
    /// The admitting statement, from 0.
    pub statement: usize,
}

/// The two kinds of admission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Admissions {
    /// The trust policy names the principal, or everyone; the principal needs no permission of its own.
    pub named: Option<Admission>,
    /// The trust policy names the account; the principal needs `sts:AssumeRole` in its own policies.
    pub through_account: Option<Admission>,
}

const ACTION: &str = "sts:AssumeRole";

/// How the trust policy admits the principal, after certain denials.
pub fn admissions(document: &Document, who: &Requester<'_>) -> Admissions {
    admissions_to(document, who, ACTION, &[])
}

/// The same for assuming the role with session tags: both `sts:AssumeRole` and `sts:TagSession` must be allowed.
pub fn admissions_to(document: &Document, who: &Requester<'_>, action: &str, tags: &[Tag]) -> Admissions {
    step();
    let mut found = Admissions::default();
    let most = denied(document, who, action, tags);
    if most == Met::Never {
        return found;
    }
    for (number, statement) in document.statements.iter().enumerate() {
        if statement.effect != Effect::Allow || !concerns(statement, action) {
            continue;
        }
        let ended = |condition: &Condition| is_past(condition, who.as_of);
        let other_tags = |condition: &Condition| session_tags::admits(condition, tags) == Some(false);
        if statement.conditions.iter().any(|condition| ended(condition) || other_tags(condition)) {
            continue;
        }
        let Some(named) = addresses(statement, who) else { continue };
        let bindings: Vec<Binding> =
            statement.conditions.iter().map(|condition| binding(condition, who.as_of)).collect();
        let mut met = who.meets(&statement.conditions, &bindings, action).min(most);
        if action == ACTION && met != Met::Never {
            met = met.min(setting(document, statement, who, tags));
        }
        if met == Met::Never {
            continue;
        }
        let slot = if named { &mut found.named } else { &mut found.through_account };
        if slot.is_none_or(|other| other.met < met) {
            *slot = Some(Admission { met, statement: number });
        }
    }
    found
}

/// What the caller of `sts:AssumeRole` sets in the request, by the permission that it needs for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sets {
    SourceIdentity,
    Tags,
}

impl Sets {
    /// What the condition requires to be set; `None` if a request without it meets the condition.
    fn of(condition: &Condition) -> Option<Self> {
        let key = condition.key.to_ascii_lowercase();
        let set = match key.as_str() {
            "sts:sourceidentity" => Self::SourceIdentity,
            "aws:tagkeys" | "sts:transitivetagkeys" => Self::Tags,
            _ if key.starts_with("aws:requesttag/") => Self::Tags,
            _ => return None,
        };
        (tag_meets(condition, None) == Some(false)).then_some(set)
    }
}

/// How certainly the principal may set what the statement requires to be set: the trust policy must allow it as well as
/// `sts:AssumeRole`, and so must the principal's own policies unless the trust policy names it (IAM user guide, "Monitor
/// and control actions taken with assumed roles" and "Pass session tags in AWS STS").
fn setting(document: &Document, statement: &Statement, who: &Requester<'_>, tags: &[Tag]) -> Met {
    let of = |condition: &Condition| match Sets::of(condition)? {
        Sets::SourceIdentity => Some(may_set(document, who, "sts:SetSourceIdentity", who.unable.source_identity, tags)),
        // Whoever asks about certain tags asks about this permission too.
        Sets::Tags if !tags.is_empty() => None,
        Sets::Tags => {
            let met = may_set(document, who, "sts:TagSession", who.unable.tags, tags);
            // The session of a role may bring tags that it has from its own caller.
            Some(if who.arn.contains(":user/") { met } else { met.max(Met::Perhaps) })
        }
    };
    statement.conditions.iter().filter_map(of).min().unwrap_or(Met::AtWill)
}

fn may_set(document: &Document, who: &Requester<'_>, action: &str, unable: bool, tags: &[Tag]) -> Met {
    let found = admissions_to(document, who, action, tags);
    let through_account = found.through_account.filter(|_| !unable);
    found.named.into_iter().chain(through_account).map(|one| one.met).max().unwrap_or(Met::Never)
}

/// Whether a statement requires its callers to set a source identity or tags.
pub fn requires_setting(document: &Document) -> bool {
    document.statements.iter().flat_map(|statement| &statement.conditions).any(|one| Sets::of(one).is_some())
}

/// Whether principals of one account are treated differently, other than by being named.
pub fn is_selective(document: &Document) -> bool {
    let differs = |condition: &Condition| differs_by_requester(condition) || Sets::of(condition).is_some();
    document
        .statements
        .iter()
        .any(|statement| statement.effect == Effect::Deny || statement.conditions.iter().any(differs))
}

/// Whether the statement may apply to the action.
fn concerns(statement: &Statement, action: &str) -> bool {
    // Most name it in full, and this check runs for every principal.
    let in_full = |list: &[String]| list.iter().any(|name| name.eq_ignore_ascii_case(action));
    matches!(&statement.actions, Actions::Only(list) if in_full(list))
        || actions::allowed(&statement.actions).names.iter().any(|name| name == action)
}

/// Whether the statement addresses the principal: `true` by name or as everyone, `false` through its account.
fn addresses(statement: &Statement, who: &Requester<'_>) -> Option<bool> {
    match statement.principals.as_ref()? {
        Principals::Only(list) => list.iter().filter_map(|principal| of_principal(principal, who)).max(),
        Principals::AllBut(list) => {
            let left_out = list.iter().any(|principal| of_principal(principal, who) == Some(true));
            (!left_out).then_some(true)
        }
    }
}

fn of_principal(principal: &Principal, who: &Requester<'_>) -> Option<bool> {
    match principal {
        Principal::Everyone => Some(true),
        Principal::Account(_) => (super::trusted_principal::account(principal) == who.account()).then_some(false),
        Principal::Arn(arn) if arn == who.arn => Some(true),
        Principal::Arn(arn) => {
            let session = arn.split_once(":assumed-role/").and_then(|(_, session)| session.split('/').next());
            let role = who.arn.split_once(":role/").map(|(_, path)| name_of(path));
            let own_account = arn.split(':').nth(4) == who.account();
            (own_account && session.is_some() && session == role).then_some(true)
        }
        _ => None,
    }
}

/// The most that denials leave: never, with MFA, or as the Allow statement says.
fn denied(document: &Document, who: &Requester<'_>, action: &str, tags: &[Tag]) -> Met {
    let mut most = Met::AtWill;
    for statement in document.statements.iter().filter(|statement| statement.effect == Effect::Deny) {
        if statement.actions == Actions::Missing || !concerns(statement, action) {
            continue;
        }
        let hits = match &statement.principals {
            Some(Principals::Only(list)) => {
                list.iter().any(|one| matches!(one, Principal::Everyone) || is_named(one, who))
            }
            Some(Principals::AllBut(list)) => is_certainly_not_excepted(list, who),
            None => false,
        };
        if !hits {
            continue;
        }
        // Conditions on request tags are decided if the request's tags are known.
        let on_tags = |condition: &Condition| session_tags::denied(condition, tags).filter(|_| !tags.is_empty());
        if statement.conditions.iter().any(|condition| on_tags(condition) == Some(false)) {
            continue;
        }
        let others = statement.conditions.iter().filter(|condition| on_tags(condition).is_none());
        let others: Vec<Condition> = others.cloned().collect();
        most = most.min(match who.denied(&others, action) {
            Denies::Always => Met::Never,
            Denies::UnlessMfa => {
                if who.mfa == crate::policy::grants::Mfa::AtWill {
                    Met::WithMfa
                } else {
                    Met::Perhaps
                }
            }
            Denies::Perhaps => escaping(&others, who, action),
            Denies::Never => Met::AtWill,
        });
    }
    most
}

/// How certainly the principal escapes a denial under conditions of which not all are certain: by not meeting one of them.
///
/// Denying everyone who does not meet a requirement amounts to the requirement. A condition that amounts to none is not
/// deducted.
fn escaping(conditions: &[Condition], who: &Requester<'_>, action: &str) -> Met {
    let escape = |condition: &Condition| match demanded_by_denial(condition) {
        _ if who.denied(std::slice::from_ref(condition), action) == Denies::Always => Met::Never,
        Some(demanded) => {
            let binding = binding(&demanded, who.as_of);
            who.meets(&[demanded], &[binding], action)
        }
        None => Met::AtWill,
    };
    conditions.iter().map(escape).max().unwrap_or(Met::AtWill)
}

/// Whether a denial of all principals except these certainly denies the principal.
///
/// To except a user, the list must have both the user and its account (IAM user guide, "AWS JSON policy elements:
/// NotPrincipal"). A list with another principal of the account and the account excepts only that other one. If the list
/// has only the principal itself, or only its account, the guide does not say for certain whether the principal is
/// denied. AWS no longer accepts the element in trust policies.
fn is_certainly_not_excepted(list: &[Principal], who: &Requester<'_>) -> bool {
    let has = |named: bool| list.iter().any(|one| of_principal(one, who) == Some(named));
    let others_of_account =
        || list.iter().any(|one| matches!(one, Principal::Arn(arn) if arn.split(':').nth(4) == who.account()));
    !has(true) && (!has(false) || others_of_account())
}

/// A denial of the account denies every principal in it; a denial of a session denies only that session.
fn is_named(principal: &Principal, who: &Requester<'_>) -> bool {
    match principal {
        Principal::Account(_) => super::trusted_principal::account(principal) == who.account(),
        Principal::Arn(arn) => arn == who.arn,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
