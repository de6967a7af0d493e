//! Explains a role's trust policy, principal by principal: who can assume the role.
//!
//! Every entry has one sentence for the auditor and answers for criteria. An answer is `Unknown` if the document or the
//! known organization does not settle it; a trust policy that is not understood is never reported as closed.

mod actions;
pub mod admission;
mod cognito_guests;
mod denials;
pub mod federation;
mod flags;
mod mask;
mod sentence;
mod settings;
mod trusted_principal;

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::conditions::{self, Class, Pin, Shown, judge_all};
use crate::policy::document::{Condition, Document, Effect, Principal, Principals, Statement};

pub use cognito_guests::Guests;
pub use flags::{Answer, Flags};
pub use mask::{masked, masked_in_lines};
pub use settings::TrustSettings;
pub use trusted_principal::{OwnKind, Relation, TrustedPrincipal};

/// The context of the account whose roles are explained.
#[derive(Clone, Debug, Default)]
pub struct TrustContext {
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The accounts of the own organization; `None` if they were not collected. An account without an organization
    /// lists itself.
    pub organization_accounts: Option<BTreeSet<String>>,
    /// `o-…`, if known.
    pub organization: Option<String>,
    /// Vendor accounts in the user's configuration.
    pub vendors: BTreeMap<String, String>,
    /// The settings that were not collected in the account itself.
    pub stated: TrustSettings,
    /// The time of the evidence; without it dates decide nothing.
    pub as_of: Option<jiff::Timestamp>,
}

/// A trust policy, explained. No text in it shows an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// One for each principal of each Allow statement, in order.
    pub entries: Vec<Entry>,
    /// The effect of the Deny statements.
    pub denials: Vec<Denial>,
    /// Sentences about elements that are not understood. If there are any, no flag is `No`.
    pub not_understood: Vec<String>,
    /// The worst answer of all entries.
    pub flags: Flags,
}

/// One principal of one Allow statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The statement's index in the document, from 0.
    pub statement: usize,
    pub sid: Option<String>,
    pub who: TrustedPrincipal,
    /// The allowed actions on the role in AWS's spelling, after denials.
    pub actions: Vec<String>,
    /// The actions are allowed by not being named in `NotAction`.
    pub by_not_action: bool,
    /// Whether these actions allow this kind of principal to assume the role.
    pub may_assume: bool,
    pub external_id: ExternalId,
    /// Conditions with their judgements, including those that denials amount to; external IDs masked.
    pub conditions: Vec<Shown>,
    /// The statement that denies all of it, if one does.
    pub denied_by: Option<usize>,
    /// Denials that concern it but are not deducted, each as part of a sentence.
    pub also_denied: Vec<String>,
    /// Whether guests of an identity pool are admitted.
    pub guests: Guests,
    pub flags: Flags,
    /// The sentence for the auditor; plain text that must be escaped like any text from AWS.
    pub sentence: String,
}

/// The statement's condition on the external ID. Its value is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalId {
    NotAsked,
    Required,
    /// A condition names it but does not enforce a fixed value, with the reason.
    NotEnforced(String),
}

/// A Deny statement and its interpretation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub statement: usize,
    pub sid: Option<String>,
    pub sentence: String,
}

impl Trust {
    /// The sentences of all entries, in order.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.sentence.as_str())
    }
}

impl Entry {
    /// The fixed sets of callers that the conditions admit; empty if none narrows.
    pub fn pins(&self) -> Vec<&Pin> {
        self.conditions.iter().filter_map(|shown| shown.judgement.pin.as_ref()).collect()
    }

    /// Whether a condition has an unknown effect on the caller.
    pub fn has_unknown_condition(&self) -> bool {
        self.conditions.iter().any(|shown| shown.judgement.class == Class::Unknown)
    }

    /// A condition that no request can meet, if any.
    pub fn never_met(&self) -> Option<&Shown> {
        self.conditions.iter().find(|shown| shown.judgement.pin == Some(Pin::Nobody))
    }

    /// Whether this entry admits any principal.
    pub fn is_open(&self) -> bool {
        self.may_assume
            && self.denied_by.is_none()
            && self.never_met().is_none()
            && !matches!(self.who, TrustedPrincipal::Dangling(_))
    }
}

/// Roles that AWS manages and the customer cannot edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedByAws {
    /// Under `/aws-service-role/`: a service-linked role.
    ServiceLinked,
    /// Under `/aws-reserved/sso.amazonaws.com/`: Identity Center provisions it from a permission set.
    IdentityCenter,
}

/// Which AWS service manages a role of that path, if any. IAM reserves these paths, so no customer role can have them.
pub fn managed_by_aws(path: &str) -> Option<ManagedByAws> {
    if path.starts_with("/aws-service-role/") {
        Some(ManagedByAws::ServiceLinked)
    } else if path.starts_with("/aws-reserved/sso.amazonaws.com/") {
        Some(ManagedByAws::IdentityCenter)
    } else {
        None
    }
}

/// The most characters of conditions and denials, counted for each principal. The longest trust policy that AWS accepts
/// has 8,192 characters and stays below.
const MAX_TEXT: usize = 1 << 20;
/// The most comparisons of principals with denied principals.
const MAX_COMPARISONS: usize = 1 << 18;

/// The characters of a statement's conditions, which are repeated for each principal.
fn length(conditions: &[Condition]) -> usize {
    let letters = |one: &Condition| one.key.len() + one.values.iter().map(|value| value.len() + 8).sum::<usize>() + 64;
    conditions.iter().map(letters).sum()
}

/// Explains a role's trust policy.
pub fn explain(document: &Document, context: &TrustContext) -> Trust {
    let allowing = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let mut denials = denials::parse_denials(&document.statements);
    let principals: usize = allowing.map(|statement| addressed(statement).len()).sum();
    if denials::compare(&denials) * principals > MAX_COMPARISONS || denials::length(&denials) * principals > MAX_TEXT {
        denials.iter_mut().for_each(denials::ParsedDenial::give_up);
    }
    let mut not_understood: Vec<String> =
        document.notes.iter().map(|note| format!("{}: {}", note.place, note.text)).collect();
    let mut entries = Vec::new();
    for (index, statement) in document.statements.iter().enumerate() {
        if statement.effect != Effect::Allow {
            if statement.effect == Effect::Other {
                not_understood.push(format!("Statement {} neither allows nor denies.", index + 1));
            }
            continue;
        }
        let principals = addressed(statement);
        let mut conditions = statement.conditions.as_slice();
        if length(conditions) * principals.len() > MAX_TEXT {
            // Treated as if there were no conditions, so that no admitted principal is missed.
            conditions = &[];
            not_understood.push(format!(
                "Statement {} has more principals and conditions than can be told one by one; its conditions are left out of account.",
                index + 1
            ));
        }
        for principal in principals {
            entries.push(entry(index, statement, conditions, principal, &denials, context));
        }
        if statement.principals.is_none() {
            not_understood.push(format!("Statement {} allows, but names no principal.", index + 1));
        }
        if statement.actions == crate::policy::document::Actions::Missing {
            not_understood.push(format!("Statement {} allows, but names no action.", index + 1));
        }
    }
    let flags = flags::of_all(&entries, &not_understood);
    let denials = denials.into_iter().map(|denial| denial.denial).collect();
    let mut trust = Trust { entries, denials, not_understood, flags };
    mask::hide(&mut trust, &document.external_ids);
    trust
}

/// A principal of a statement, or everyone except some.
#[derive(Clone, Copy)]
enum Addressed<'a> {
    One(&'a Principal),
    AllBut(&'a [Principal]),
}

fn addressed(statement: &Statement) -> Vec<Addressed<'_>> {
    match &statement.principals {
        Some(Principals::Only(list)) => list.iter().map(Addressed::One).collect(),
        Some(Principals::AllBut(list)) => vec![Addressed::AllBut(list)],
        None => Vec::new(),
    }
}

fn entry(
    index: usize,
    statement: &Statement,
    conditions: &[Condition],
    principal: Addressed<'_>,
    denials: &[denials::ParsedDenial],
    context: &TrustContext,
) -> Entry {
    let who = match principal {
        Addressed::One(principal) => trusted_principal::classify(principal, context),
        Addressed::AllBut(list) => TrustedPrincipal::EveryoneExcept(list.iter().map(trusted_principal::name).collect()),
    };
    let allowed = actions::allowed(&statement.actions);
    let opens = |actions: &[String]| actions::may_assume(actions, &who);
    let mut left = allowed.names.clone();
    let mut demands = Vec::new();
    let mut denied_by = None;
    let mut also_denied = Vec::new();
    for denial in denials.iter().filter(|denial| !denial.is_given_up) {
        let shared: Vec<String> = allowed.names.iter().filter(|name| denial.actions.contains(name)).cloned().collect();
        let covers = denial.covers(principal);
        match &denial.kind {
            denials::Kind::Outright if covers => {
                let opened = opens(&left);
                left.retain(|name| !denial.actions.contains(name));
                if opened && !opens(&left) {
                    denied_by = Some(denial.denial.statement);
                }
            }
            denials::Kind::Demands(condition) if covers && left.iter().all(|name| denial.actions.contains(name)) => {
                demands.push(condition.clone());
            }
            _ if opens(&shared) && denial.concerns(principal) => also_denied.push(denial.in_part.clone()),
            _ => {}
        }
    }
    let mut all = conditions.to_vec();
    all.extend(demands);
    let mut shown = judge_all(&all, who.caller());
    for (condition, shown) in all.iter().zip(&mut shown) {
        if crate::policy::grants::is_past(condition, context.as_of) {
            shown.judgement = conditions::Judgement::never("that time has passed");
        }
    }
    let external_id = external_id(&all, &shown);
    let actions = if denied_by.is_some() { allowed.names } else { left };
    let mut entry = Entry {
        statement: index,
        sid: statement.sid.clone(),
        may_assume: actions::may_assume(&actions, &who),
        by_not_action: allowed.by_not_action,
        actions,
        external_id,
        guests: cognito_guests::admitted(&who, &all),
        conditions: shown,
        denied_by,
        also_denied,
        flags: Flags::default(),
        sentence: String::new(),
        who,
    };
    entry.flags = flags::entry_flags(&entry, context);
    entry.sentence = sentence::entry_sentence(&entry, context);
    entry
}

fn external_id(all: &[Condition], shown: &[Shown]) -> ExternalId {
    let mut weak = None;
    for (condition, shown) in all.iter().zip(shown) {
        if !conditions::is_external_id(&condition.key) {
            continue;
        }
        // For everyone it does not restrict the caller, but it is still required.
        let enforced = conditions::judge(condition, conditions::Caller::Named, false).class == Class::Narrowing
            || shown.judgement.class == Class::Narrowing;
        if enforced {
            return ExternalId::Required;
        }
        weak = Some(shown.judgement.reason.clone());
    }
    weak.map_or(ExternalId::NotAsked, ExternalId::NotEnforced)
}

#[cfg(test)]
mod tests;
