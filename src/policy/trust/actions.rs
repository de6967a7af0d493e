//! The actions of a trust policy, in any case and with wildcards.

use super::TrustedPrincipal;
use crate::policy::document::Actions;
use crate::policy::matching::Glob;

/// Every action that a role's trust policy can allow, in AWS's spelling.
const KNOWN: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

pub(super) struct Allowed {
    /// Sorted; patterns that match no known action are kept as written.
    pub(super) names: Vec<String>,
    pub(super) by_not_action: bool,
}

/// The actions that a statement allows.
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
        // The intended actions are unknown, so all are assumed.
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

/// Whether these actions admit such a principal. Each kind of principal uses its own call.
pub(super) fn may_assume(actions: &[String], who: &TrustedPrincipal) -> bool {
    let has = |name: &str| actions.iter().any(|action| action == name);
    match who {
        TrustedPrincipal::Oidc { .. } => has("sts:AssumeRoleWithWebIdentity"),
        TrustedPrincipal::Saml { .. } => has("sts:AssumeRoleWithSAML"),
        TrustedPrincipal::OwnAccount
        | TrustedPrincipal::OwnPrincipal { .. }
        | TrustedPrincipal::Account { .. }
        | TrustedPrincipal::Foreign { .. }
        | TrustedPrincipal::Service(_)
        | TrustedPrincipal::Dangling(_) => has("sts:AssumeRole"),
        TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_) | TrustedPrincipal::NotUnderstood(_) => {
            has("sts:AssumeRole") || has("sts:AssumeRoleWithSAML") || has("sts:AssumeRoleWithWebIdentity")
        }
    }
}
