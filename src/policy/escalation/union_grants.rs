//! Implements [`Grants`] for the union of a principal's documents.

use super::account_context::names_own_tag;
use super::{Denied, Grant, Grants, KnownPath, known_paths};
use crate::policy::actions::table;
use crate::policy::grants::{self, Granted, Scope};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Action table numbers of the actions that paths need.
static NUMBERS: LazyLock<HashMap<&str, Option<u32>>> = LazyLock::new(|| {
    let needed = known_paths().iter().flat_map(|way| &way.needs);
    needed.map(|need| (need.action.as_str(), table().number(&need.action))).collect()
});

/// For each path, the known actions that it requires.
static DEMANDED: LazyLock<Vec<Vec<u32>>> = LazyLock::new(|| {
    let demanded = |way: &KnownPath| {
        let needs = way.needs.iter().filter(|need| !need.unless_named);
        needs.filter_map(|need| table().number(&need.action)).collect()
    };
    known_paths().iter().map(demanded).collect()
});

fn grant(granted: &Granted) -> Grant<'_> {
    let statement = granted.statement();
    Grant {
        resources: &statement.resources,
        conditions: &statement.conditions,
        bindings: &granted.analysis().bindings,
        version: granted.reading.document.version,
        evidence: granted.place.clone(),
    }
}

impl Grants for grants::Grants {
    fn allows(&self, action: &str) -> Vec<Grant<'_>> {
        let Some(Some(number)) = NUMBERS.get(action) else {
            // Not in the table: retired, or newer than it.
            let found = grants::Grants::allows(self, action).map(|allowance| allowance.statements);
            return found.into_iter().flatten().map(|at| grant(&self.statements[at])).collect();
        };
        self.statements.iter().filter(|granted| granted.allows(*number)).map(grant).collect()
    }

    fn touches(&self, service: &str) -> bool {
        let Some(service) = table().service(service) else {
            return true;
        };
        // An unlisted action may belong to any service.
        !self.unknown.is_empty()
            || Scope::EVERY.iter().any(|scope| self.actions_in(*scope).count_in(&service.actions) > 0)
    }

    fn may_open(&self, way: usize) -> bool {
        let allowed = |action: &u32| Scope::EVERY.iter().any(|scope| self.actions_in(*scope).contains(*action));
        DEMANDED[way].iter().all(allowed)
    }

    fn denials(&self, action: &str) -> Vec<Denied<'_>> {
        let denying = self.denials.iter().filter(|denial| denial.may_deny(action));
        denying
            .map(|denial| {
                let statement = denial.statement();
                Denied {
                    resources: &statement.resources,
                    conditions: &statement.conditions,
                    version: denial.reading.document.version,
                }
            })
            .collect()
    }

    fn boundary(&self) -> Option<&dyn Grants> {
        self.capped_by.as_ref().map(|cap| &*cap.grants as &dyn Grants)
    }

    fn depends_on_own_tags(&self) -> bool {
        let denials = self.denials.iter().map(grants::Denial::statement);
        let conditions = self.statements.iter().map(Granted::statement).chain(denials).flat_map(|one| &one.conditions);
        conditions.into_iter().any(names_own_tag)
    }
}
