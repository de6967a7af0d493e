//! What a principal may do in effect: the union over its policies.
//!
//! The documents are those that the caller hands over: inline, attached and
//! group policies in their default versions, and a permissions boundary. Service
//! control policies, resource control policies, session policies and resource
//! policies are not considered. A denial is subtracted only where it is certain:
//! it covers action and resource, every request of the principal meets its
//! conditions, and its document is understood as a whole. A boundary is
//! subtracted: an action that it does not allow is not held. A statement whose
//! conditions exclude the principal allows nothing. Nothing here says that a
//! principal has no more than it needs.

mod admin;
mod against;
mod condition;
mod effect;
mod everything;
mod level;
mod reading;
mod scope;
mod table;
mod types;

pub use admin::{Administration, Breadth, FullAdmin};
pub(crate) use condition::admits_administrator;
pub use condition::{Binding, Denies, Met, Mfa, Requester, bears, binding, differs_by_requester, tag_meets};
pub use everything::Everything;
pub use level::{AccessLevel, at_least};
#[cfg(test)]
pub use reading::Library;
pub use reading::{Reading, StatementReading, read, read_as_of};
pub use scope::Scope;
pub use table::{Cell, FullService, Row};

use super::actions::{Bits, Runs, table};
#[cfg(test)]
use super::document::Document;
use super::document::{Actions, Effect, Resources, Statement};
use super::matching::{Glob, overlap};
use against::Against;
use std::sync::Arc;

/// What a principal may do.
#[derive(Debug)]
pub struct Grants {
    /// Every statement that allows, in the order of the documents.
    pub statements: Vec<Granted>,
    /// Every statement that denies, in the order of the documents.
    pub denials: Vec<Denial>,
    /// Grants that the action table does not know.
    pub unknown: Vec<UnknownGrant>,
    /// Full administrator in effect, by one statement or by several together.
    pub full_admin: Option<FullAdmin>,
    /// The boundary, which allows nothing and caps everything.
    pub capped_by: Option<Cap>,
    /// Known actions by the scope of the statements that allow them; an action may be in several.
    scopes: [Bits; 4],
}

/// Where a statement stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The label that the caller gave the policy.
    pub policy: Arc<str>,
    /// From 0.
    pub index: usize,
    pub sid: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "statement {} of {}", self.index + 1, self.policy)?;
        self.sid.as_ref().map_or(Ok(()), |sid| write!(f, " ({sid})"))
    }
}

/// A statement that allows.
#[derive(Debug)]
pub struct Granted {
    pub place: Place,
    /// The document that it stands in.
    pub reading: Arc<Reading>,
    /// Its actions in effect, where denials, conditions or the boundary leave fewer than it names.
    left: Option<Bits>,
    /// What its conditions hold back for this principal, where that differs from the statement's own.
    held_back: Option<effect::HeldBack>,
    /// What the boundary allows, by scope.
    cap: Option<Arc<[Bits; 4]>>,
}

/// A statement that denies.
#[derive(Debug)]
pub struct Denial {
    pub place: Place,
    pub reading: Arc<Reading>,
    /// Why it may cancel nothing, for a sentence: `under a condition`; none if it is certain.
    pub doubt: Option<&'static str>,
    /// The actions that it certainly denies, where its conditions are certain for some only.
    certain_for: Option<Runs>,
    /// It cancelled something that a statement allows.
    pub cancels: bool,
}

/// Actions that are allowed and unknown to the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownGrant {
    /// As written.
    pub pattern: String,
    pub scope: Scope,
    /// Number of its statement in `Grants::statements`.
    pub statement: usize,
}

/// A permissions boundary.
#[derive(Debug)]
pub struct Cap {
    pub policy: Arc<str>,
    /// What the boundary would allow by itself.
    pub grants: Arc<Grants>,
}

/// How an action is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The broadest.
    pub scope: Scope,
    /// Numbers of the statements that allow it, in any scope.
    pub statements: Vec<usize>,
}

/// The union of labelled documents. Where many principals hold the same documents, `read` each once and use `union`.
#[cfg(test)]
pub fn summarize(documents: &[(&str, &Document)]) -> Grants {
    let readings: Vec<(Arc<str>, Arc<Reading>)> =
        documents.iter().map(|(label, document)| (Arc::from(*label), Arc::new(read(document)))).collect();
    union(&readings, None)
}

/// The union of labelled readings, under a boundary where there is one.
pub fn union(documents: &[(Arc<str>, Arc<Reading>)], boundary: Option<&(Arc<str>, Arc<Reading>)>) -> Grants {
    union_of(documents, boundary, &Requester::default())
}

/// The same for the requests of one principal: its conditions and denials that name the caller are decided.
pub fn union_of(
    documents: &[(Arc<str>, Arc<Reading>)],
    boundary: Option<&(Arc<str>, Arc<Reading>)>,
    requester: &Requester<'_>,
) -> Grants {
    let capped_by = boundary.map(|cap| {
        let grants = Arc::new(union_of(std::slice::from_ref(cap), None, requester));
        Cap { policy: Arc::clone(&cap.0), grants }
    });
    let mut grants = Grants {
        statements: Vec::new(),
        denials: Vec::new(),
        unknown: Vec::new(),
        full_admin: None,
        capped_by,
        scopes: std::array::from_fn(|_| Bits::default()),
    };
    for (label, reading) in documents {
        for (index, statement) in reading.document.statements.iter().enumerate() {
            let place = Place { policy: Arc::clone(label), index, sid: statement.sid.clone() };
            let reading = Arc::clone(reading);
            match statement.effect {
                Effect::Allow => {
                    let mut granted = Granted { place, reading, left: None, held_back: None, cap: None };
                    granted.decide_conditions(requester);
                    grants.statements.push(granted);
                }
                Effect::Deny => {
                    let (doubt, certain_for) = effect::doubt(statement, &reading, index, requester);
                    grants.denials.push(Denial { place, reading, doubt, certain_for, cancels: false });
                }
                Effect::Other => {}
            }
        }
    }
    grants.unknown = grants.subtract_denials(requester.account());
    grants.apply_boundary();
    grants.statements.iter().for_each(|granted| granted.add_to(&mut grants.scopes));
    grants.full_admin = admin::full_admin(&grants);
    grants
}

/// Each is all stars, or has a prefix.
fn actions_have_prefixes(actions: &Actions) -> bool {
    match actions {
        Actions::Only(list) | Actions::AllBut(list) => {
            list.iter().all(|pattern| pattern.contains(':') || pattern.bytes().all(|byte| byte == b'*'))
        }
        Actions::Missing => false,
    }
}

impl Granted {
    /// The statement as in its document.
    pub fn statement(&self) -> &Statement {
        &self.reading.document.statements[self.place.index]
    }

    /// The statement as worked out.
    pub fn said(&self) -> &StatementReading {
        &self.reading.statements[self.place.index]
    }

    /// Whether the statement allows the known action, denials considered.
    pub fn allows(&self, action: u32) -> bool {
        self.left.as_ref().map_or_else(|| self.said().actions.contains(action), |left| left.contains(action))
    }

    /// How far it allows an action that it allows.
    pub fn scope_of(&self, action: u32) -> Scope {
        let said = self.said();
        let own = if self.is_conditional() || self.conditional_on().contains(action) {
            Scope::Conditional
        } else if said.on_all {
            Scope::All
        } else if said.of_type.contains(action) {
            Scope::OfType
        } else {
            Scope::Some
        };
        match &self.cap {
            Some(cap) => {
                let of_cap = Scope::EVERY.into_iter().rev().find(|scope| cap[*scope as usize].contains(action));
                own.min(of_cap.unwrap_or(Scope::Conditional))
            }
            None => own,
        }
    }

    /// How far it reaches where it reaches farthest.
    pub fn broadest_scope(&self) -> Scope {
        let said = self.said();
        match (self.is_conditional(), said.on_all, said.of_type.is_empty()) {
            (true, _, _) => Scope::Conditional,
            (false, true, _) => Scope::All,
            (false, false, false) => Scope::OfType,
            (false, false, true) => Scope::Some,
        }
    }

    /// Adds its actions to the scopes that they are allowed in.
    fn add_to(&self, scopes: &mut [Bits; 4]) {
        if let Some(cap) = &self.cap {
            let mut own: [Bits; 4] = std::array::from_fn(|_| Bits::default());
            self.add_own_to(&mut own);
            effect::add_capped(&own, cap, scopes);
        } else {
            self.add_own_to(scopes);
        }
    }

    fn add_own_to(&self, scopes: &mut [Bits; 4]) {
        let said = self.said();
        let scope = match (self.is_conditional(), said.on_all) {
            (true, _) => Scope::Conditional,
            (false, true) => Scope::All,
            (false, false) => Scope::Some,
        };
        if self.left.is_none() && self.conditional_on().is_empty() {
            scopes[scope as usize].add(&said.actions);
            if scope == Scope::Some {
                scopes[Scope::OfType as usize].add(&said.of_type);
            }
            return;
        }
        let mut left = self.left.clone().unwrap_or_else(|| bits(&said.actions));
        let mut bound = bits(self.conditional_on());
        bound.intersect(&left);
        left.subtract(&bound);
        scopes[Scope::Conditional as usize].union(&bound);
        scopes[scope as usize].union(&left);
        if scope == Scope::Some {
            left.intersect(&bits(&said.of_type));
            scopes[Scope::OfType as usize].union(&left);
        }
    }

    /// Every resource that it allows is taken by the denial.
    fn within(&self, denial: &Denial) -> bool {
        if denial.is_on_everything() {
            return true;
        }
        let denied = &denial.said().resources;
        let own = &self.said().resources;
        if !matches!(self.statement().resources, Resources::Only(_)) || self.said().on_all {
            return false;
        }
        match &denial.statement().resources {
            Resources::Only(_) => own.iter().all(|resource| denied.iter().any(|denied| denied.covers(resource))),
            // What is left out of the denial must not touch what is allowed.
            Resources::AllBut(_) => own.iter().all(|resource| {
                denied.iter().all(|left_out| !overlap(left_out.whole().symbols(), resource.whole().symbols()))
            }),
            Resources::Missing => false,
        }
    }
}

impl Denial {
    /// The statement as in its document.
    pub fn statement(&self) -> &Statement {
        &self.reading.document.statements[self.place.index]
    }

    /// The statement as worked out.
    fn said(&self) -> &StatementReading {
        &self.reading.statements[self.place.index]
    }

    fn is_certain(&self) -> bool {
        self.doubt.is_none()
    }

    fn is_on_everything(&self) -> bool {
        match &self.statement().resources {
            Resources::Only(_) => self.said().resources.iter().any(super::matching::Resource::is_everything),
            Resources::AllBut(list) => list.is_empty(),
            Resources::Missing => false,
        }
    }

    /// The known actions that it certainly denies.
    fn actions(&self) -> &Runs {
        self.certain_for.as_ref().unwrap_or(&self.said().actions)
    }

    /// Whether it denies an action, written in full, on its resources and under its conditions.
    pub fn may_deny(&self, action: &str) -> bool {
        (self.doubt.is_none() || self.doubt == Some("under a condition") || self.doubt == Some(against::BEYOND))
            && self.reading.document.notes.is_empty()
            && self.statement().principals.is_none()
            && actions_have_prefixes(&self.statement().actions)
            && match table().number(action) {
                Some(number) => self.said().actions.contains(number),
                None => reading::denies_unknown(self.statement(), action),
            }
    }
}

impl Grants {
    /// Takes off what is certainly denied, and gives the unknown grants that are left.
    fn subtract_denials(&mut self, account: Option<&str>) -> Vec<UnknownGrant> {
        let mut against = Against::of(&self.statements, account);
        against.take_off(&mut self.denials, &mut self.statements);
        let (mut found, statements) = (Vec::new(), self.statements.iter().enumerate());
        for ((statement, granted), denied) in statements.zip(&against.unknown_denied) {
            if granted.is_excluded() {
                continue;
            }
            let left = granted.said().unknown.iter().zip(denied).filter(|(_, denied)| !**denied);
            found.extend(left.map(|(pattern, _)| UnknownGrant {
                pattern: pattern.clone(),
                scope: granted.broadest_scope(),
                statement,
            }));
        }
        found
    }

    /// Certain denials of an action that the table does not know.
    fn denying(&self, action: &str) -> Vec<&Denial> {
        let certain = self.denials.iter().filter(|denial| denial.is_certain());
        let mut denying: Vec<&Denial> =
            certain.filter(|denial| reading::denies_unknown(denial.statement(), action)).collect();
        // One on everything says it all.
        if let Some(at) = denying.iter().position(|denial| denial.is_on_everything()) {
            denying = vec![denying[at]];
        }
        denying
    }

    /// The known actions that are allowed in a scope by some statement.
    pub fn actions_in(&self, scope: Scope) -> &Bits {
        &self.scopes[scope as usize]
    }

    /// Whether a known action is allowed on all resources, or all of a type, under no condition.
    pub fn allows_broadly(&self, action: u32) -> bool {
        self.actions_in(Scope::All).contains(action) || self.actions_in(Scope::OfType).contains(action)
    }

    /// All known actions that are allowed, conditions aside.
    pub fn actions(&self) -> Bits {
        let mut all = Bits::default();
        self.scopes.iter().for_each(|scope| all.union(scope));
        all
    }

    /// Whether and how an action, written in full, is allowed; also one that the table does not know.
    pub fn allows(&self, action: &str) -> Option<Allowance> {
        let mut statements = Vec::new();
        let mut scope = None;
        let number = table().number(action);
        let denying = if number.is_none() { self.denying(action) } else { Vec::new() };
        for (at, granted) in self.statements.iter().enumerate() {
            let found = match number {
                Some(number) => granted.allows(number).then(|| granted.scope_of(number)),
                None => {
                    let allowed = !granted.is_excluded()
                        && matches_unknown(granted.statement(), action)
                        && self.boundary_allows_unknown(action)
                        && !denying.iter().any(|denial| granted.within(denial));
                    allowed.then(|| {
                        if granted.said().is_conditional_for(action) {
                            Scope::Conditional
                        } else if granted.said().on_all {
                            Scope::All
                        } else {
                            Scope::Some
                        }
                    })
                }
            };
            if found.is_some() {
                statements.push(at);
                scope = scope.max(found);
            }
        }
        scope.map(|scope| Allowance { scope, statements })
    }

    /// Full administrator in effect, in any spelling: after certain denials and under the boundary.
    pub fn is_full_admin(&self) -> bool {
        self.full_admin.is_some()
    }

    /// Numbers of the statements that allow all but some actions.
    pub fn uses_not_action_allow(&self) -> Vec<usize> {
        self.numbers(|statement| matches!(statement.actions, Actions::AllBut(_)))
    }

    /// Numbers of the statements that allow on all but some resources.
    pub fn uses_not_resource_allow(&self) -> Vec<usize> {
        self.numbers(|statement| matches!(statement.resources, Resources::AllBut(_)))
    }

    fn numbers(&self, test: impl Fn(&Statement) -> bool) -> Vec<usize> {
        (0..self.statements.len()).filter(|&at| test(self.statements[at].statement())).collect()
    }
}

fn bits(runs: &Runs) -> Bits {
    let mut bits = Bits::default();
    bits.add(runs);
    bits
}

fn matches_unknown(statement: &Statement, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let any = |list: &[String]| list.iter().any(|pattern| Glob::of_action(pattern).matches(&action));
    match &statement.actions {
        Actions::Only(list) => any(list),
        Actions::AllBut(list) => !any(list),
        Actions::Missing => false,
    }
}

#[cfg(test)]
mod tests;
