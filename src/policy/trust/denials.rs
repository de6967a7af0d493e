//! Statements that deny. One takes something off only where it certainly
//! covers it; what is not counted is told, so that nobody relies on it unseen.

use super::{Addressed, Denial, actions};
use crate::policy::conditions;
use crate::policy::document::{Condition, Effect, Principal, Principals, Statement};
use crate::policy::matching::counted;

pub(super) struct Read {
    pub(super) told: Denial,
    /// What it denies, as a part of the sentence of those whom it concerns.
    pub(super) in_part: String,
    pub(super) kind: Kind,
    pub(super) actions: Vec<String>,
    principals: Vec<Principal>,
    /// It denies everyone but the principals.
    all_but: bool,
    /// It is compared with nobody.
    pub(super) is_given_up: bool,
}

pub(super) enum Kind {
    /// No condition: what it covers is gone.
    Outright,
    /// It denies all who do not meet this, which is demanding it.
    Demands(Condition),
    NotCounted,
}

impl Read {
    /// More are denied than can be compared: nothing is taken off, which is said.
    pub(super) fn give_up(&mut self) {
        self.kind = Kind::NotCounted;
        self.is_given_up = true;
        self.told.sentence = format!(
            "Statement {} is one of too many denials to be compared, and not counted.",
            self.told.statement + 1
        );
    }

    /// May the principal, or somebody of it, be denied?
    pub(super) fn concerns(&self, addressed: Addressed<'_>) -> bool {
        let Addressed::One(principal) = addressed else { return true };
        if self.all_but {
            return !self.principals.contains(principal);
        }
        if *principal == Principal::Everyone || self.covers(addressed) {
            return true;
        }
        // Of an account as a whole, somebody may be denied.
        let account = super::who::account(principal);
        let whole = matches!(principal, Principal::Account(_)) && account.is_some();
        whole && self.principals.iter().any(|denied| super::who::account(denied) == account)
    }

    /// Is the principal certainly among those denied?
    pub(super) fn covers(&self, addressed: Addressed<'_>) -> bool {
        counted(self.principals.len());
        if self.all_but {
            return false;
        }
        if self.principals.contains(&Principal::Everyone) {
            return true;
        }
        let Addressed::One(principal) = addressed else {
            return false;
        };
        // Denying an account denies everybody in it.
        let whole = |denied: &Principal| {
            matches!(denied, Principal::Account(_))
                && super::who::account(denied).is_some()
                && super::who::account(denied) == super::who::account(principal)
        };
        self.principals.iter().any(|denied| denied == principal || whole(denied))
    }
}

/// Denied principals that each principal is compared with.
pub(super) fn compare(denials: &[Read]) -> usize {
    denials.iter().map(|denial| denial.principals.len() + 1).sum()
}

/// Letters that may be said of the denials beside each principal.
pub(super) fn length(denials: &[Read]) -> usize {
    denials.iter().map(|denial| denial.in_part.len()).sum()
}

pub(super) fn read(statements: &[Statement]) -> Vec<Read> {
    let denying = statements.iter().enumerate().filter(|(_, statement)| statement.effect == Effect::Deny);
    denying.map(|(index, statement)| one(index, statement)).collect()
}

fn one(index: usize, statement: &Statement) -> Read {
    let place = format!("Statement {}", index + 1);
    // A denial whose actions are missing is not known to deny any.
    let actions = match statement.actions {
        crate::policy::document::Actions::Missing => Vec::new(),
        _ => actions::allowed(&statement.actions).names,
    };
    let (principals, all_but) = match &statement.principals {
        Some(Principals::Only(list)) => (list.clone(), false),
        Some(Principals::AllBut(list)) => (list.clone(), true),
        None => (Vec::new(), false),
    };
    let denied = if all_but { format!("everyone except {}", who(&principals)) } else { who(&principals) };
    let texts: Vec<String> = statement.conditions.iter().map(conditions::show).collect();
    let under = format!("{denied} under conditions ({})", texts.join("; "));
    let (kind, what) = match &statement.conditions[..] {
        _ if statement.principals.is_none() => (Kind::NotCounted, "no principal that it names".to_owned()),
        [] if all_but => (Kind::NotCounted, denied.clone()),
        _ if all_but => (Kind::NotCounted, under),
        [] => (Kind::Outright, denied.clone()),
        [condition] => match conditions::demanded_by_denial(condition) {
            Some(demanded) => {
                let text = conditions::show(&demanded);
                (Kind::Demands(demanded), format!("{denied} unless {text}"))
            }
            None => (Kind::NotCounted, under),
        },
        _ => (Kind::NotCounted, under),
    };
    let sentence = match kind {
        Kind::Outright => format!("{place} denies {} to {denied}.", list(&actions)),
        Kind::Demands(_) => format!("{place} denies {} to {what}.", list(&actions)),
        Kind::NotCounted => {
            format!("{place} denies {} to {what}; this is reported and not deducted.", list(&actions))
        }
    };
    let aside = if matches!(kind, Kind::Outright) { "" } else { ", which is not deducted here" };
    let in_part = format!("statement {} denies it to {what}{aside}", index + 1);
    let told = Denial { statement: index, sid: statement.sid.clone(), sentence };
    Read { told, in_part, kind, actions, principals, all_but, is_given_up: false }
}

/// Principals that a sentence names; a trust policy has hundreds at most.
const NAMED: usize = 8;

fn who(principals: &[Principal]) -> String {
    let names: Vec<String> = principals.iter().take(NAMED).map(super::who::name).collect();
    let more = principals.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

fn list(actions: &[String]) -> String {
    if actions.is_empty() { "no known action".to_owned() } else { actions.join(", ") }
}
