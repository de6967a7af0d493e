//! The actions of a trust policy, whatever their case and wildcards.

use super::Who;
use crate::policy::document::Actions;
use crate::policy::matching::Glob;

/// Every action that a role's trust policy can be about, in AWS's spelling.
const KNOWN: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

pub(super) struct Allowed {
    /// Sorted; patterns that fit nothing we know are kept as written.
    pub(super) names: Vec<String>,
    pub(super) by_not_action: bool,
}

/// What the actions of a statement come to.
pub(super) fn allowed(actions: &Actions) -> Allowed {
    match actions {
        Actions::Only(patterns) => {
            let mut names = Vec::new();
            for pattern in patterns {
                let fitting = fitting(pattern);
                if fitting.is_empty() {
                    names.push(pattern.clone());
                }
                names.extend(fitting);
            }
            names.sort();
            names.dedup();
            Allowed { names, by_not_action: false }
        }
        Actions::AllBut(patterns) => {
            let excepted: Vec<String> = patterns.iter().flat_map(|pattern| fitting(pattern)).collect();
            Allowed { names: all().filter(|name| !excepted.contains(name)).collect(), by_not_action: true }
        }
        // Which actions were meant is not known, so any may be.
        Actions::Missing => Allowed { names: all().collect(), by_not_action: false },
    }
}

fn all() -> impl Iterator<Item = String> {
    KNOWN.iter().map(|&name| name.to_owned())
}

fn fitting(pattern: &str) -> Vec<String> {
    let glob = Glob::of_action(pattern);
    all().filter(|name| glob.matches(&name.to_ascii_lowercase())).collect()
}

/// Do these actions let such a principal in? Each kind has its own call.
pub(super) fn may_assume(actions: &[String], who: &Who) -> bool {
    let has = |name: &str| actions.iter().any(|action| action == name);
    match who {
        Who::Oidc { .. } => has("sts:AssumeRoleWithWebIdentity"),
        Who::Saml { .. } => has("sts:AssumeRoleWithSAML"),
        Who::OwnAccount
        | Who::OwnPrincipal { .. }
        | Who::Account { .. }
        | Who::Foreign { .. }
        | Who::Service(_)
        | Who::Dangling(_) => has("sts:AssumeRole"),
        Who::Everyone | Who::EveryoneExcept(_) | Who::NotUnderstood(_) => {
            has("sts:AssumeRole") || has("sts:AssumeRoleWithSAML") || has("sts:AssumeRoleWithWebIdentity")
        }
    }
}
