//! Conditions on `iam:PermissionsBoundary`, where the principal chooses the boundary: of a user or role that it makes, or
//! its own.

use super::{Asking, Certainty, KnownPath, NEW_VERSION, On, Target, usable_for};
use crate::policy::document::{Condition, Version};
use crate::policy::matching::{Glob, symbols};

/// Permissions that take a boundary off, and what each is about.
const DELETING: [(&str, On); 2] =
    [("iam:DeleteUserPermissionsBoundary", On::User), ("iam:DeleteRolePermissionsBoundary", On::Role)];

/// Whether the condition admits a boundary that limits nothing, or that the principal can take off or rewrite; `None` if
/// it does not, or the path does not choose a boundary.
pub(super) fn admits_open(condition: &Condition, way: &KnownPath, asking: Asking<'_>) -> Option<bool> {
    let positive = matches!(
        condition.operator.as_str(),
        "StringEquals" | "StringLike" | "ArnEquals" | "ArnLike" | "StringEqualsIgnoreCase"
    );
    let of_boundary = condition.key.eq_ignore_ascii_case("iam:PermissionsBoundary");
    let chooses = way.own_boundary || way.needs.iter().any(|need| need.made);
    if !of_boundary || !positive || !chooses || condition.set.is_some() || condition.has_variable() {
        return None;
    }
    let targets = asking.around.targets?;
    let names = |policy: &Target<'_>| {
        condition.values.iter().any(|value| Glob::new(symbols(value, Version::V2008)).matches(policy.arn))
    };
    let certain = |action: &'static str, on: On| {
        let all = usable_for(asking.holder, asking.grants, asking.around, action, on);
        all.into_iter().filter(|usable| usable.certainty > Certainty::Conditional)
    };
    let mut named = targets.policies.iter().filter(|policy| names(policy));
    let rewrites: Vec<_> = certain(NEW_VERSION, On::Policy).collect();
    let is_open =
        |policy: &Target<'_>| policy.administrator || rewrites.iter().any(|usable| usable.reach.matches(policy.arn));
    // Of what the principal makes it chooses the name, too.
    let takes_off = || DELETING.iter().any(|(action, on)| certain(action, *on).any(|usable| !usable.reach.is_exact()));
    (named.any(is_open) || takes_off()).then_some(true)
}
