//! Where the account summary counts more than the lists show, somebody is missing from
//! the lists: nothing can be concluded about all of them.

use super::fact::{ACCOUNT_SUMMARY, Gap, GapKind};
use super::gaps::gap;
use super::{Account, Agreement, Reconciliation};
use std::sync::Arc;

/// Adds a gap to every population that the missing could belong to.
pub fn mark(account: &mut Account) {
    for short in account.reconciliation.iter().filter_map(shortfall).collect::<Vec<_>>() {
        for population in populations(account, &short.0) {
            population.push(Arc::clone(&short.1));
        }
    }
}

/// What is counted, and the gap. The credential report is left out: it may be four hours old.
fn shortfall(row: &Reconciliation) -> Option<(String, Arc<Gap>)> {
    if row.agrees != Agreement::Differs {
        return None;
    }
    let known = |summary: bool| {
        let counts = row.counts.iter().filter(move |count| (count.evidence == ACCOUNT_SUMMARY) == summary);
        counts
            .filter(|count| count.evidence.operation != "GetCredentialReport")
            .filter_map(|count| count.count.known().copied())
    };
    let counted = known(true).next()?;
    // SAML and OpenID Connect providers are two lists of one count; elsewhere the lists show the same things.
    let listed: u64 = if row.what == PROVIDERS { known(false).sum() } else { known(false).min()? };
    let reason = format!(
        "the account summary counts {counted} {}, and only {listed} are listed: {} are missing from the evidence",
        row.what,
        counted.checked_sub(listed).filter(|missing| *missing > 0)?
    );
    Some((row.what.clone(), gap(ACCOUNT_SUMMARY, GapKind::Conflict, reason)))
}

const PROVIDERS: &str = "identity providers";

/// A user, group or role that is not seen may hold any inline policy.
fn populations<'a>(account: &'a mut Account, what: &str) -> Vec<&'a mut Vec<Arc<Gap>>> {
    match what {
        "IAM users" => vec![
            &mut account.users.gaps,
            &mut account.credentials.gaps,
            &mut account.access_keys.gaps,
            &mut account.principals.gaps,
            &mut account.policies.gaps,
        ],
        "IAM groups" => vec![&mut account.groups.gaps, &mut account.principals.gaps, &mut account.policies.gaps],
        "IAM roles" => vec![&mut account.roles.gaps, &mut account.principals.gaps, &mut account.policies.gaps],
        "customer managed policies" => vec![&mut account.policies.gaps],
        "IAM server certificates" => vec![&mut account.server_certificates.gaps],
        PROVIDERS => vec![&mut account.saml_providers.gaps, &mut account.oidc_providers.gaps],
        _ => Vec::new(),
    }
}
