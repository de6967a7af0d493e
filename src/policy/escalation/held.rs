//! The union of a principal's documents, asked for the actions that paths need.

use super::{Grant, Grants};
use crate::policy::actions::table;
use crate::policy::grants::{self, Scope};

impl Grants for grants::Grants {
    fn allows(&self, action: &str) -> Vec<Grant<'_>> {
        let Some(allowance) = grants::Grants::allows(self, action) else {
            return Vec::new();
        };
        let held = |number: &usize| {
            let granted = &self.statements[*number];
            let statement = granted.statement();
            Grant {
                resources: &statement.resources,
                conditions: &statement.conditions,
                version: granted.reading.document.version,
                evidence: granted.place.clone(),
            }
        };
        allowance.statements.iter().map(held).collect()
    }

    fn touches(&self, service: &str) -> bool {
        let Some(service) = table().service(service) else {
            return true;
        };
        // What the table does not know may be of any service.
        !self.unknown.is_empty()
            || Scope::EVERY.iter().any(|scope| self.actions_in(*scope).count_in(&service.actions) > 0)
    }
}
