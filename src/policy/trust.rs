//! Who may become a role: its trust policy, explained principal by principal.
//!
//! Every entry has one sentence for the auditor and answers for criteria. An
//! answer is `Unknown` where the document, or what is known of the
//! organization, does not settle it; a trust that is not understood is never
//! said to be closed.

mod actions;
pub mod admission;
mod denials;
pub mod federation;
mod flags;
mod guests;
mod mask;
mod sentence;
mod settings;
mod who;

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::conditions::{self, Class, Pin, Shown, judge_all};
use crate::policy::document::{Condition, Document, Effect, Principal, Principals, Statement};

pub use flags::{Answer, Flags};
pub use guests::Guests;
pub use mask::{masked, masked_in_lines};
pub use settings::TrustSettings;
pub use who::{OwnKind, Relation, Who};

/// What is known about the account whose roles are explained.
#[derive(Clone, Debug, Default)]
pub struct TrustContext {
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The accounts of the own organization; `None` if they were not collected.
    /// An account that stands alone has itself in it.
    pub organization_accounts: Option<BTreeSet<String>>,
    /// `o-…`, if known.
    pub organization: Option<String>,
    /// Accounts of vendors that the user's configuration names.
    pub vendors: BTreeMap<String, String>,
    /// What of all this was not collected in the account itself.
    pub stated: TrustSettings,
}

/// A trust policy, explained. No text in it shows an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// One for each principal of each statement that allows something, in order.
    pub entries: Vec<Entry>,
    /// What the statements that deny come to.
    pub denials: Vec<Denial>,
    /// What was not understood, as sentences. While there is any, no flag is a plain `No`.
    pub not_understood: Vec<String>,
    /// The worst answer of all entries.
    pub flags: Flags,
}

/// One principal that one statement lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The statement's place in the document, from 0.
    pub statement: usize,
    pub sid: Option<String>,
    pub who: Who,
    /// What of the role's own actions is allowed, in AWS's spelling, denials taken off.
    pub actions: Vec<String>,
    /// The actions are allowed by not being named in `NotAction`.
    pub by_not_action: bool,
    /// Whether these actions let this kind of principal assume the role at all.
    pub may_assume: bool,
    pub external_id: ExternalId,
    /// With their judgements, those that denials amount to included; external ids masked.
    pub conditions: Vec<Shown>,
    /// The statement that denies all of it, if one does.
    pub denied_by: Option<usize>,
    /// Denials that concern it and are not deducted, each as a part of a sentence.
    pub also_denied: Vec<String>,
    /// Whether an identity pool's guests get in.
    pub guests: Guests,
    pub flags: Flags,
    /// For the auditor; plain text, to be escaped like any text from AWS.
    pub sentence: String,
}

/// What the statement asks about the external id. Its value is never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalId {
    NotAsked,
    Required,
    /// A condition names it, but does not enforce a fixed value; why.
    NotEnforced(String),
}

/// A statement that denies, and what it was taken for.
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
    /// The fixed sets that the conditions leave; empty if none narrows.
    pub fn pins(&self) -> Vec<&Pin> {
        self.conditions.iter().filter_map(|shown| shown.judgement.pin.as_ref()).collect()
    }

    /// Does a condition stand there whose effect on who may call is not known?
    pub fn has_unknown_condition(&self) -> bool {
        self.conditions.iter().any(|shown| shown.judgement.class == Class::Unknown)
    }

    /// The condition that no request can meet, if there is one.
    pub fn never_met(&self) -> Option<&Shown> {
        self.conditions.iter().find(|shown| shown.judgement.pin == Some(Pin::Nobody))
    }

    /// Does anybody get in through this entry?
    pub fn is_open(&self) -> bool {
        self.may_assume
            && self.denied_by.is_none()
            && self.never_met().is_none()
            && !matches!(self.who, Who::Dangling(_))
    }
}

/// Roles that AWS writes and the customer cannot edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedByAws {
    /// Under `/aws-service-role/`: a service made it for itself.
    ServiceLinked,
    /// Under `/aws-reserved/sso.amazonaws.com/`: Identity Center keeps it in step with a permission set.
    IdentityCenter,
}

/// Who keeps a role of that path, if not the customer. IAM reserves these paths,
/// so no customer's role can hide under them.
pub fn managed_by_aws(path: &str) -> Option<ManagedByAws> {
    if path.starts_with("/aws-service-role/") {
        Some(ManagedByAws::ServiceLinked)
    } else if path.starts_with("/aws-reserved/sso.amazonaws.com/") {
        Some(ManagedByAws::IdentityCenter)
    } else {
        None
    }
}

/// Letters of conditions and denials that are told beside principals, counted once a principal. The longest trust
/// policy that AWS takes has 8,192 letters in all, and stays below.
const TOLD: usize = 1 << 20;
/// Denied principals that principals are compared with.
const COMPARED: usize = 1 << 18;

/// What a statement's conditions cost beside each of its principals.
fn length(conditions: &[Condition]) -> usize {
    let letters = |one: &Condition| one.key.len() + one.values.iter().map(|value| value.len() + 8).sum::<usize>() + 64;
    conditions.iter().map(letters).sum()
}

/// Explains a role's trust policy.
pub fn explain(document: &Document, context: &TrustContext) -> Trust {
    let allowing = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let mut denials = denials::read(&document.statements);
    let principals: usize = allowing.map(|statement| addressed(statement).len()).sum();
    if denials::compare(&denials) * principals > COMPARED || denials::length(&denials) * principals > TOLD {
        denials.iter_mut().for_each(denials::Read::give_up);
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
        if length(conditions) * principals.len() > TOLD {
            // As if there were none: whoever gets in under them gets in.
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
    let denials = denials.into_iter().map(|denial| denial.told).collect();
    let mut trust = Trust { entries, denials, not_understood, flags };
    mask::hide(&mut trust, &document.external_ids);
    trust
}

/// A principal of a statement, or all but some.
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
    denials: &[denials::Read],
    context: &TrustContext,
) -> Entry {
    let who = match principal {
        Addressed::One(principal) => who::of(principal, context),
        Addressed::AllBut(list) => Who::EveryoneExcept(list.iter().map(who::name).collect()),
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
                    denied_by = Some(denial.told.statement);
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
    let shown = judge_all(&all, who.caller());
    let external_id = external_id(&all, &shown);
    let actions = if denied_by.is_some() { allowed.names } else { left };
    let mut entry = Entry {
        statement: index,
        sid: statement.sid.clone(),
        may_assume: actions::may_assume(&actions, &who),
        by_not_action: allowed.by_not_action,
        actions,
        external_id,
        guests: guests::admitted(&who, &all),
        conditions: shown,
        denied_by,
        also_denied,
        flags: Flags::default(),
        sentence: String::new(),
        who,
    };
    entry.flags = flags::of(&entry, context);
    entry.sentence = sentence::of(&entry, context);
    entry
}

fn external_id(all: &[Condition], shown: &[Shown]) -> ExternalId {
    let mut weak = None;
    for (condition, shown) in all.iter().zip(shown) {
        if !conditions::is_external_id(&condition.key) {
            continue;
        }
        // For everyone it does not say who calls, but it is asked for all the same.
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
