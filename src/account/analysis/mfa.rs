//! Who can present MFA.

use super::Analysed;
use crate::account::fact::Observed;
use crate::account::users::Join;
use crate::policy::escalation::{Grant, Grants, Holder, On, Reach};
use crate::policy::grants::Mfa;
use crate::policy::trust::TrustedPrincipal;
use std::collections::BTreeSet;

/// Users of whom the credential report says that they have no MFA device.
#[derive(Debug, Default)]
pub struct MfaDevices<'a> {
    without: BTreeSet<&'a str>,
}

impl<'a> MfaDevices<'a> {
    /// From the rows of the credential report.
    pub fn of_users(join: &'a Join<'_>) -> Self {
        let lacks = |row: &Observed<&crate::account::credential_report::Row>| {
            row.known().is_some_and(|row| row.mfa_active.known() == Some(&false))
        };
        Self { without: join.users.iter().filter(|user| lacks(&user.row)).map(|user| user.id).collect() }
    }

    /// Whether the principal can present MFA: a user that has a device or may register one, and a role that users or
    /// roles assume. What is not known counts as that it can.
    pub(super) fn of(&self, one: &Analysed) -> Mfa {
        let able = match one.kind {
            "user" => !self.without.contains(one.arn.as_str()) || registers_its_own(one),
            "role" => one.trust.as_deref().is_none_or(|trust| {
                trust.entries.iter().any(|entry| {
                    entry.is_open()
                        && !matches!(
                            entry.who,
                            TrustedPrincipal::Service(_)
                                | TrustedPrincipal::Oidc { .. }
                                | TrustedPrincipal::Saml { .. }
                        )
                })
            }),
            _ => true,
        };
        if able { Mfa::AtWill } else { Mfa::Lacking }
    }
}

fn registers_its_own(one: &Analysed) -> bool {
    let holder = Holder { arn: &one.arn, groups: &[], policies: &[], boundary: None, tags: &[] };
    let reaches =
        |grant: &Grant<'_>| Reach::of_statement(grant.resources, grant.version, &holder, On::OwnUser).matches(&one.arn);
    Grants::allows(&*one.grants, "iam:EnableMFADevice").iter().any(reaches)
}
