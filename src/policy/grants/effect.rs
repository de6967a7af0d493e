//! The effective part of each statement after conditions, denials and the boundary of a principal.

use super::condition::{Denies, Requester};
use super::policy_analysis::{self, PolicyAnalysis};
use super::{Denial, Granted, Grants, Scope, UnknownGrant, actions_have_prefixes, bits, matches_unknown};
use crate::policy::actions::{Bits, Runs, table};
use crate::policy::document::{Actions, Resources, Statement};
use crate::policy::grants::Binding;
use std::sync::Arc;

/// What the conditions of a statement restrict for one principal.
#[derive(Debug)]
pub(super) struct HeldBack {
    /// Everything that the statement allows.
    conditional: bool,
    /// Only these actions.
    on: Runs,
    /// The conditions exclude the principal.
    excluded: bool,
}

/// Why a denial may not apply, and the actions that it certainly denies if it is certain for only some.
pub(super) fn doubt(
    statement: &Statement,
    reading: &PolicyAnalysis,
    index: usize,
    requester: &Requester<'_>,
) -> (Option<&'static str>, Option<Runs>) {
    let mut certain_for = None;
    if !statement.conditions.is_empty() {
        match certain_actions(statement, reading, index, requester) {
            Certain::All => {}
            Certain::Some(some) => certain_for = Some(some),
            Certain::None => return (Some("under a condition"), None),
        }
    }
    let doubt = if !reading.document.notes.is_empty() {
        Some("in a document that is not understood as a whole")
    } else if statement.principals.is_some() {
        Some("to named principals")
    } else if statement.resources == Resources::Missing {
        Some("on resources that are not understood")
    } else if !actions_have_prefixes(&statement.actions) {
        Some("by a pattern without a service, which AWS refuses")
    } else {
        None
    };
    (doubt, certain_for)
}

/// The actions for which every request of the principal meets the conditions.
enum Certain {
    All,
    Some(Runs),
    None,
}

fn certain_actions(
    statement: &Statement,
    reading: &PolicyAnalysis,
    index: usize,
    requester: &Requester<'_>,
) -> Certain {
    let mut some: Option<Bits> = None;
    for condition in &statement.conditions {
        let Some((of, true)) = requester.decides(condition) else { return Certain::None };
        if let Binding::Of(patterns) = of {
            let mut these = Bits::default();
            for pattern in patterns {
                these.add(&table().expand(pattern));
            }
            some.get_or_insert_with(|| bits(&reading.statements[index].actions)).intersect(&these);
        }
    }
    match some.map(|some| some.runs()) {
        None => Certain::All,
        Some(some) if some.is_empty() => Certain::None,
        Some(some) => Certain::Some(some),
    }
}

impl Granted {
    /// Decides the conditions that the principal certainly meets or certainly does not.
    pub(super) fn decide_conditions(&mut self, requester: &Requester<'_>) {
        let conditions = &self.reading.document.statements[self.place.index].conditions;
        if conditions.is_empty() {
            return;
        }
        let analysis = &self.reading.statements[self.place.index];
        let decided: Vec<_> = conditions.iter().map(|condition| requester.decides_allowing(condition)).collect();
        if decided.iter().all(Option::is_none) {
            return;
        }
        let mut excluded = false;
        let mut never = Bits::default();
        let mut bindings = Vec::with_capacity(conditions.len());
        for (binding, decided) in analysis.bindings.iter().zip(decided) {
            match decided {
                Some((Binding::Everything, false)) => excluded = true,
                Some((Binding::Everything, true)) => bindings.push(Binding::Nothing),
                Some((Binding::Of(patterns), false)) => {
                    for pattern in patterns {
                        never.add(&table().expand(pattern));
                    }
                    // For actions of other services the condition restricts as usual.
                    bindings.push(*binding);
                }
                _ => bindings.push(*binding),
            }
        }
        let conditional = bindings.contains(&Binding::Everything);
        let on = if conditional {
            Runs::default()
        } else {
            policy_analysis::bound_actions(&bindings, &analysis.actions, table())
        };
        if excluded {
            self.left = Some(Bits::default());
        } else if !never.is_empty() {
            let mut left = bits(&analysis.actions);
            if left.meets(&never) {
                left.subtract(&never);
                self.left = Some(left);
            }
        }
        self.held_back = Some(HeldBack { conditional, on, excluded });
    }

    /// Whether its conditions exclude the principal.
    pub fn is_excluded(&self) -> bool {
        self.held_back.as_ref().is_some_and(|held_back| held_back.excluded)
    }

    /// Whether a condition that may not be met restricts everything that it allows.
    pub fn is_conditional(&self) -> bool {
        self.held_back.as_ref().map_or(self.analysis().conditional, |held_back| held_back.conditional)
    }

    pub(super) fn conditional_on(&self) -> &Runs {
        self.held_back.as_ref().map_or(&self.analysis().conditional_on, |held_back| &held_back.on)
    }

    /// Whether the rest of the statement alone makes an administrator, ignoring conditions.
    pub(super) fn makes_administrator(&self) -> bool {
        let Some(left) = &self.left else { return self.analysis().is_full_admin() };
        let mut broad = bits(self.analysis().broad());
        broad.intersect(left);
        policy_analysis::is_nearly_everything(&broad)
    }
}

impl Grants {
    /// Removes what the boundary does not allow.
    pub(super) fn apply_boundary(&mut self) {
        let Some(cap) = &self.capped_by else { return };
        let grants = Arc::clone(&cap.grants);
        let allowed = grants.actions();
        let scopes: Arc<[Bits; 4]> = Arc::new(Scope::EVERY.map(|scope| grants.actions_in(scope).clone()));
        for granted in &mut self.statements {
            let named = granted.left.clone().unwrap_or_else(|| bits(&granted.analysis().actions));
            if !allowed.contains_all(&named) {
                let mut left = named;
                left.intersect(&allowed);
                granted.left = Some(left);
            }
            granted.cap = Some(Arc::clone(&scopes));
        }
        let unknown = std::mem::take(&mut self.unknown);
        self.unknown = unknown.into_iter().filter(|grant| self.boundary_allows(grant)).collect();
    }

    /// Whether the boundary may allow a pattern that the action table does not list.
    fn boundary_allows(&self, grant: &UnknownGrant) -> bool {
        let Some(cap) = &self.capped_by else { return true };
        let pattern = policy_analysis::Unknown::new(&grant.pattern);
        let touches = |statement: &Statement| match &statement.actions {
            Actions::Only(list) => list.iter().any(|own| {
                let own = policy_analysis::Unknown::new(own);
                own.covers(&pattern) || pattern.covers(&own)
            }),
            Actions::AllBut(_) | Actions::Missing => true,
        };
        cap.grants.statements.iter().any(|granted| !granted.is_excluded() && touches(granted.statement()))
    }

    /// Whether the boundary allows an action, written in full, that the action table does not list.
    pub(super) fn boundary_allows_unknown(&self, action: &str) -> bool {
        let Some(cap) = &self.capped_by else { return true };
        cap.grants
            .statements
            .iter()
            .any(|granted| !granted.is_excluded() && matches_unknown(granted.statement(), action))
    }

    /// Denials that apply unless the principal signs in with MFA.
    pub fn denials_unless_mfa<'a>(&'a self, requester: &'a Requester<'_>) -> impl Iterator<Item = &'a Denial> {
        self.denials.iter().filter(|denial| {
            denial.doubt == Some("under a condition")
                && denial.reading.document.notes.is_empty()
                && requester.denied(&denial.statement().conditions, "") == Denies::UnlessMfa
        })
    }
}

/// Adds actions in the narrower scope of the statement and the boundary.
pub(super) fn add_capped(own: &[Bits; 4], cap: &[Bits; 4], scopes: &mut [Bits; 4]) {
    for own_scope in Scope::EVERY {
        let mut rest = own[own_scope as usize].clone();
        for cap_scope in Scope::EVERY.into_iter().rev() {
            let mut part = rest.clone();
            part.intersect(&cap[cap_scope as usize]);
            rest.subtract(&part);
            scopes[own_scope.min(cap_scope) as usize].union(&part);
        }
    }
}
