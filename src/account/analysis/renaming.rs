//! Users that may change their own name or path, and so meet or escape conditions on them.

use super::own_change::readings;
use super::{Analysed, name_of};
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind};
use crate::account::gaps::gap;
use crate::policy::document::{Condition, Document};
use crate::policy::escalation::{AccountContext, Certainty, On, Targets, usable_for};
use std::sync::Arc;

/// Why it is not decided what a user gains that may rename itself (IAM API reference, UpdateUser: the requester needs the
/// permission for the old and the new name).
pub(super) fn undecided(one: &Analysed, around: &AccountContext<'_>, targets: &Targets<'_>) -> Option<Arc<Gap>> {
    if one.kind != "user" || one.grants.allows("iam:UpdateUser").is_none() {
        return None;
    }
    let policies = one.own_policies();
    let renames = usable_for(&one.holder(&policies), &*one.grants, around, "iam:UpdateUser", On::OwnUser);
    let renames = renames.iter().any(|usable| usable.certainty > Certainty::Conditional && !usable.reach.is_exact());
    let named_by_trust = || targets.roles.iter().filter_map(|role| role.trust).any(names_users);
    let names_itself = || readings(one).iter().any(|(_, reading)| names_users(&reading.document));
    (renames && (named_by_trust() || names_itself())).then(|| {
        let reason = format!(
            "{} can change its own name and path (iam:UpdateUser), and policies have conditions on the ARN or name of the \
             caller; which of them it would meet was not evaluated",
            name_of(&one.arn)
        );
        gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
    })
}

/// Whether a condition depends on the name or path of a user.
fn names_users(document: &Document) -> bool {
    let names = |condition: &Condition| {
        let key = condition.key.to_ascii_lowercase();
        let by_key = matches!(key.as_str(), "aws:principalarn" | "aws:username");
        by_key && condition.values.iter().any(|value| !value.contains(":role/") && !value.ends_with(":root"))
    };
    document.statements.iter().flat_map(|statement| &statement.conditions).any(names)
}
