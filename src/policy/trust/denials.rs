//! Deny statements. One is deducted only if it certainly covers the principal; denials that are not deducted are
//! reported, so that no reader relies on them.

use super::{Addressed, Denial, actions};
use crate::policy::conditions;
use crate::policy::document::{Condition, Effect, Principal, Principals, Statement};
use crate::policy::matching::counted;

pub(super) struct ParsedDenial {
    pub(super) denial: Denial,
    /// Its effect, as part of the sentence about the principals that it concerns.
    pub(super) in_part: String,
    pub(super) kind: Kind,
    pub(super) actions: Vec<String>,
    principals: Vec<Principal>,
    /// It denies everyone except the principals.
    all_but: bool,
    /// It is not compared with any principal.
    pub(super) is_given_up: bool,
}

pub(super) enum Kind {
    /// No condition: everything that it covers is denied.
    Outright,
    /// It denies everyone who does not meet this, so it amounts to requiring it.
    Demands(Condition),
    NotCounted,
}

impl ParsedDenial {
    /// Too many principals to compare: nothing is deducted, and the sentence says so.
    pub(super) fn give_up(&mut self) {
        self.kind = Kind::NotCounted;
        self.is_given_up = true;
        self.denial.sentence = format!(
            "Statement {} is one of too many denials to be compared, and not counted.",
            self.denial.statement + 1
        );
    }

    /// Whether it may deny the principal, or some of the principals in it.
    pub(super) fn concerns(&self, addressed: Addressed<'_>) -> bool {
        let Addressed::One(principal) = addressed else { return true };
        if self.all_but {
            return !self.principals.contains(principal);
        }
        if *principal == Principal::Everyone || self.covers(addressed) {
            return true;
        }
        // Some principals of the account may be denied.
        let account = super::trusted_principal::account(principal);
        let whole = matches!(principal, Principal::Account(_)) && account.is_some();
        whole && self.principals.iter().any(|denied| super::trusted_principal::account(denied) == account)
    }

    /// Whether it certainly denies the principal.
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
        // Denying an account denies every principal in it.
        let whole = |denied: &Principal| {
            matches!(denied, Principal::Account(_))
                && super::trusted_principal::account(denied).is_some()
                && super::trusted_principal::account(denied) == super::trusted_principal::account(principal)
        };
        self.principals.iter().any(|denied| denied == principal || whole(denied))
    }
}

/// The number of denied principals that each principal is compared with.
pub(super) fn compare(denials: &[ParsedDenial]) -> usize {
    denials.iter().map(|denial| denial.principals.len() + 1).sum()
}

/// The characters of denials that may be repeated for each principal.
pub(super) fn length(denials: &[ParsedDenial]) -> usize {
    denials.iter().map(|denial| denial.in_part.len()).sum()
}

pub(super) fn parse_denials(statements: &[Statement]) -> Vec<ParsedDenial> {
    let denying = statements.iter().enumerate().filter(|(_, statement)| statement.effect == Effect::Deny);
    denying.map(|(index, statement)| one(index, statement)).collect()
}

fn one(index: usize, statement: &Statement) -> ParsedDenial {
    let place = format!("Statement {}", index + 1);
    // A denial without actions is not known to deny any.
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
        Kind::Outright => format!("{place} denies {} to {denied}.", join(&actions)),
        Kind::Demands(_) => format!("{place} denies {} to {what}.", join(&actions)),
        Kind::NotCounted => {
            format!("{place} denies {} to {what}; this is reported and not deducted.", join(&actions))
        }
    };
    let aside = if matches!(kind, Kind::Outright) { "" } else { ", which is not deducted here" };
    let in_part = format!("statement {} denies it to {what}{aside}", index + 1);
    let denial = Denial { statement: index, sid: statement.sid.clone(), sentence };
    ParsedDenial { denial, in_part, kind, actions, principals, all_but, is_given_up: false }
}

/// The most principals that a sentence names.
const NAMED: usize = 8;

fn who(principals: &[Principal]) -> String {
    let names: Vec<String> = principals.iter().take(NAMED).map(super::trusted_principal::name).collect();
    let more = principals.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

fn join(actions: &[String]) -> String {
    if actions.is_empty() { "no known action".to_owned() } else { actions.join(", ") }
}
