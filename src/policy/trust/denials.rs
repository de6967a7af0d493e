//! Statements that deny. One takes something off only where it certainly
//! covers it; what is not counted is told, so that nobody relies on it unseen.

use super::{Addressed, Denial, actions};
use crate::policy::conditions;
use crate::policy::document::{Condition, Effect, Principal, Principals, Statement};
use crate::policy::matching::counted;

pub(super) struct Read {
    pub(super) told: Denial,
    pub(super) kind: Kind,
    pub(super) actions: Vec<String>,
    principals: Vec<Principal>,
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
        self.told.sentence = format!(
            "Statement {} is one of too many denials to be compared, and not counted.",
            self.told.statement + 1
        );
    }

    /// Nothing is taken off by it.
    pub(super) fn is_given_up(&self) -> bool {
        matches!(self.kind, Kind::NotCounted)
    }

    /// Is the principal certainly among those denied?
    pub(super) fn covers(&self, addressed: Addressed<'_>) -> bool {
        counted(self.principals.len());
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
    denials.iter().map(|denial| denial.principals.len()).sum()
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
    let (principals, named) = match &statement.principals {
        Some(Principals::Only(list)) => (list.clone(), true),
        Some(Principals::AllBut(_)) | None => (Vec::new(), false),
    };
    let (kind, sentence) = match &statement.conditions[..] {
        _ if !named => (
            Kind::NotCounted,
            format!("{place} denies everyone but those it names; that is shown, and not counted as narrowing."),
        ),
        [] => (Kind::Outright, format!("{place} denies {} to {}.", list(&actions), who(&principals))),
        [condition] => match conditions::demanded_by_denial(condition) {
            Some(demanded) => {
                let text = conditions::show(&demanded);
                (Kind::Demands(demanded), format!("{place} denies {} unless {text}.", who(&principals)))
            }
            None => (Kind::NotCounted, not_counted(&place, &statement.conditions)),
        },
        several => (Kind::NotCounted, not_counted(&place, several)),
    };
    Read { told: Denial { statement: index, sid: statement.sid.clone(), sentence }, kind, actions, principals }
}

fn not_counted(place: &str, conditions: &[Condition]) -> String {
    let texts: Vec<String> = conditions.iter().map(conditions::show).collect();
    format!("{place} denies under conditions ({}); that is shown, and not counted as narrowing.", texts.join("; "))
}

fn who(principals: &[Principal]) -> String {
    let names: Vec<String> = principals.iter().map(super::who::name).collect();
    names.join(", ")
}

fn list(actions: &[String]) -> String {
    if actions.is_empty() { "no known action".to_owned() } else { actions.join(", ") }
}
