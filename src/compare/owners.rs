//! The users whose credentials a side lacks. A user created after the credential report does not make other users' keys
//! unknown.

use crate::account::Account;
use crate::account::fact::{CREDENTIAL_REPORT, Gap, GapKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The gaps in the enumeration of one side's population.
#[derive(Debug, Default)]
pub struct Lack {
    /// Gaps by which any member may be missing.
    pub anybody: Vec<Arc<Gap>>,
    /// User's ARN → the gap by which only this user's credentials are missing.
    pub of: BTreeMap<String, Arc<Gap>>,
}

/// Populations whose members belong to users of the credential report.
pub const CREDENTIALS: [&str; 3] = ["credential", "access_key", "signing_certificate"];

impl Lack {
    pub fn of(kind: &str, account: &Account, gaps: &[Arc<Gap>]) -> Self {
        let mut lack = Self::default();
        for gap in gaps {
            // Users without a row in the credential report: even whether they have a password is unknown.
            let users = || {
                let without = account.users.subjects.iter().filter(|user| user.has_password.gap() == Some(gap));
                without.map(|user| (user.id.clone(), Arc::clone(gap)))
            };
            let of_rows = gap.evidence == CREDENTIAL_REPORT && gap.kind == GapKind::Absent;
            if CREDENTIALS.contains(&kind) && of_rows && users().next().is_some() {
                lack.of.extend(users());
            } else {
                lack.anybody.push(Arc::clone(gap));
            }
        }
        lack
    }

    /// The gaps by which this member may be missing.
    pub fn about(&self, id: &str) -> Vec<&Arc<Gap>> {
        let owner = id.rsplit_once('#').map_or(id, |(owner, _)| owner);
        self.anybody.iter().chain(self.of.get(owner)).collect()
    }
}
