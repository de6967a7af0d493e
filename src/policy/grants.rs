//! A principal's effective permissions: the union of its policies.
//!
//! The caller passes the documents: inline, attached and group policies in their default versions, and a permissions
//! boundary. Service control policies, resource control policies, session policies and resource policies are not
//! considered. A denial is subtracted only if it is certain: it covers action and resource, every request of the
//! principal meets its conditions, and its document is fully understood. A boundary is applied: an action that it does
//! not allow is not granted. A statement whose conditions exclude the principal allows nothing. Least privilege is not
//! assessed here.

mod admin;
mod condition;
mod denies;
mod effect;
mod full_access;
mod level;
mod policy_analysis;
mod scope;
mod table;
mod types;

pub use admin::{Administration, Breadth, FullAdmin};
pub(crate) use condition::admits_administrator;
pub use condition::{
    Binding, Denies, Met, Mfa, Requester, Unable, bears, binding, differs_by_requester, is_past, is_resource_tag,
    tag_meets, turned,
};
pub use full_access::FullAccess;
pub use level::{AccessLevel, at_least};
#[cfg(test)]
pub use policy_analysis::AnalysisCache;
pub use policy_analysis::{PolicyAnalysis, StatementAnalysis, analyze, analyze_as_of};
pub use scope::Scope;
pub use table::{Cell, FullService, Row};

use super::actions::{Bits, Runs, table};
#[cfg(test)]
use super::document::Document;
use super::document::{Actions, Effect, Resources, Statement};
use super::matching::{Glob, overlap};
use denies::DenialSubtraction;
use std::sync::Arc;

/// What a principal may do.
#[derive(Debug)]
pub struct Grants {
    /// All Allow statements, in the order of the documents.
    pub statements: Vec<Granted>,
    /// All Deny statements, in the order of the documents.
    pub denials: Vec<Denial>,
    /// Granted actions that the action table does not list.
    pub unknown: Vec<UnknownGrant>,
    /// Full administrator in effect, by one statement or by several together.
    pub full_admin: Option<FullAdmin>,
    /// The permissions boundary, which grants nothing and limits everything.
    pub capped_by: Option<Cap>,
    /// Known actions by the scope of the statements that allow them; an action may be in several.
    scopes: [Bits; 4],
}

/// The location of a statement.
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
    /// Its document.
    pub reading: Arc<PolicyAnalysis>,
    /// Its effective actions, if denials, conditions or the boundary remove some.
    left: Option<Bits>,
    /// What its conditions restrict for this principal, if that differs from the statement's own analysis.
    held_back: Option<effect::HeldBack>,
    /// What the boundary allows, by scope.
    cap: Option<Arc<[Bits; 4]>>,
}

/// A statement that denies.
#[derive(Debug)]
pub struct Denial {
    pub place: Place,
    pub reading: Arc<PolicyAnalysis>,
    /// Why it may not apply, for a sentence: `under a condition`; `None` if it is certain.
    pub doubt: Option<&'static str>,
    /// The actions that it certainly denies, if its conditions are certain for only some.
    certain_for: Option<Runs>,
    /// It cancelled a granted action.
    pub cancels: bool,
}

/// Granted actions that the table does not list.
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
    /// What the boundary alone allows.
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

/// The union of labelled documents. If principals share documents, `analyze` each once and use `union`.
#[cfg(test)]
pub fn summarize(documents: &[(&str, &Document)]) -> Grants {
    let readings: Vec<(Arc<str>, Arc<PolicyAnalysis>)> =
        documents.iter().map(|(label, document)| (Arc::from(*label), Arc::new(analyze(document)))).collect();
    union(&readings, None)
}

/// The union of labelled analyses, with an optional boundary.
pub fn union(
    documents: &[(Arc<str>, Arc<PolicyAnalysis>)],
    boundary: Option<&(Arc<str>, Arc<PolicyAnalysis>)>,
) -> Grants {
    union_of(documents, boundary, &Requester::default())
}

/// The same for one principal: conditions and denials that depend on the caller are decided.
pub fn union_of(
    documents: &[(Arc<str>, Arc<PolicyAnalysis>)],
    boundary: Option<&(Arc<str>, Arc<PolicyAnalysis>)>,
    requester: &Requester<'_>,
) -> Grants {
    united(documents, boundary, requester, true)
}

/// The most that the documents could grant to the principal if their own denials were gone.
pub fn union_without_denials(
    documents: &[(Arc<str>, Arc<PolicyAnalysis>)],
    boundary: Option<&(Arc<str>, Arc<PolicyAnalysis>)>,
    requester: &Requester<'_>,
) -> Grants {
    united(documents, boundary, requester, false)
}

fn united(
    documents: &[(Arc<str>, Arc<PolicyAnalysis>)],
    boundary: Option<&(Arc<str>, Arc<PolicyAnalysis>)>,
    requester: &Requester<'_>,
    denies: bool,
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
                Effect::Deny if denies => {
                    let (doubt, certain_for) = effect::doubt(statement, &reading, index, requester);
                    grants.denials.push(Denial { place, reading, doubt, certain_for, cancels: false });
                }
                Effect::Deny | Effect::Other => {}
            }
        }
    }
    grants.unknown = grants.subtract_denials(requester.account());
    grants.apply_boundary();
    grants.statements.iter().for_each(|granted| granted.add_to(&mut grants.scopes));
    grants.full_admin = admin::full_admin(&grants);
    grants
}

/// Every pattern is only stars or has a service prefix.
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
    pub fn analysis(&self) -> &StatementAnalysis {
        &self.reading.statements[self.place.index]
    }

    /// Whether the statement allows the known action after denials.
    pub fn allows(&self, action: u32) -> bool {
        self.left.as_ref().map_or_else(|| self.analysis().actions.contains(action), |left| left.contains(action))
    }

    /// The scope of an action that it allows.
    pub fn scope_of(&self, action: u32) -> Scope {
        let analysis = self.analysis();
        let own = if self.is_conditional() || self.conditional_on().contains(action) {
            Scope::Conditional
        } else if analysis.on_all {
            Scope::All
        } else if analysis.of_type.contains(action) {
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

    /// The broadest scope of its actions.
    pub fn broadest_scope(&self) -> Scope {
        let analysis = self.analysis();
        match (self.is_conditional(), analysis.on_all, analysis.of_type.is_empty()) {
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
        let analysis = self.analysis();
        let scope = match (self.is_conditional(), analysis.on_all) {
            (true, _) => Scope::Conditional,
            (false, true) => Scope::All,
            (false, false) => Scope::Some,
        };
        if self.left.is_none() && self.conditional_on().is_empty() {
            scopes[scope as usize].add(&analysis.actions);
            if scope == Scope::Some {
                scopes[Scope::OfType as usize].add(&analysis.of_type);
            }
            return;
        }
        let mut left = self.left.clone().unwrap_or_else(|| bits(&analysis.actions));
        let mut bound = bits(self.conditional_on());
        bound.intersect(&left);
        left.subtract(&bound);
        scopes[Scope::Conditional as usize].union(&bound);
        scopes[scope as usize].union(&left);
        if scope == Scope::Some {
            left.intersect(&bits(&analysis.of_type));
            scopes[Scope::OfType as usize].union(&left);
        }
    }

    /// The denial covers every resource that it allows.
    fn within(&self, denial: &Denial) -> bool {
        if denial.is_on_everything() {
            return true;
        }
        let denied = &denial.analysis().resources;
        let own = &self.analysis().resources;
        if !matches!(self.statement().resources, Resources::Only(_)) || self.analysis().on_all {
            return false;
        }
        match &denial.statement().resources {
            Resources::Only(_) => own.iter().all(|resource| denied.iter().any(|denied| denied.covers(resource))),
            // Resources that the denial excludes must not overlap the allowed ones.
            Resources::AllBut(_) => own.iter().all(|resource| {
                denied.iter().all(|left_out| !overlap(left_out.glob().symbols(), resource.glob().symbols()))
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
    fn analysis(&self) -> &StatementAnalysis {
        &self.reading.statements[self.place.index]
    }

    fn is_certain(&self) -> bool {
        self.doubt.is_none()
    }

    fn is_on_everything(&self) -> bool {
        match &self.statement().resources {
            Resources::Only(_) => self.analysis().resources.iter().any(super::matching::Resource::is_everything),
            Resources::AllBut(list) => list.is_empty(),
            Resources::Missing => false,
        }
    }

    /// The known actions that it certainly denies.
    fn actions(&self) -> &Runs {
        self.certain_for.as_ref().unwrap_or(&self.analysis().actions)
    }

    /// Whether it denies an action, written in full, on its resources and under its conditions.
    pub fn may_deny(&self, action: &str) -> bool {
        (self.doubt.is_none() || self.doubt == Some("under a condition") || self.doubt == Some(denies::NOT_COMPARED))
            && self.reading.document.notes.is_empty()
            && self.statement().principals.is_none()
            && actions_have_prefixes(&self.statement().actions)
            && match table().number(action) {
                Some(number) => self.analysis().actions.contains(number),
                None => policy_analysis::denies_unknown(self.statement(), action),
            }
    }
}

impl Grants {
    /// Subtracts certain denials and returns the unlisted actions that remain granted.
    fn subtract_denials(&mut self, account: Option<&str>) -> Vec<UnknownGrant> {
        let mut subtraction = DenialSubtraction::new(&self.statements, account);
        subtraction.subtract(&mut self.denials, &mut self.statements);
        let (mut found, statements) = (Vec::new(), self.statements.iter().enumerate());
        for ((statement, granted), denied) in statements.zip(&subtraction.unknown_denied) {
            if granted.is_excluded() {
                continue;
            }
            let left = granted.analysis().unknown.iter().zip(denied).filter(|(_, denied)| !**denied);
            found.extend(left.map(|(pattern, _)| UnknownGrant {
                pattern: pattern.clone(),
                scope: granted.broadest_scope(),
                statement,
            }));
        }
        found
    }

    /// Certain denials of an action that the table does not list.
    fn denying(&self, action: &str) -> Vec<&Denial> {
        let certain = self.denials.iter().filter(|denial| denial.is_certain());
        let mut denying: Vec<&Denial> =
            certain.filter(|denial| policy_analysis::denies_unknown(denial.statement(), action)).collect();
        // A denial on all resources is enough.
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

    /// Whether and how an action, written in full, is allowed, even if the table does not list it.
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
                        if granted.analysis().is_conditional_for(action) {
                            Scope::Conditional
                        } else if granted.analysis().on_all {
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

    /// Full administrator in effect, in any notation: after certain denials and within the boundary.
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
