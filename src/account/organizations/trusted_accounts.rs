//! Which accounts belong to the organization, by the user's settings and by AWS.

use super::Known;
use crate::policy::trust::{TrustContext, TrustSettings};
use std::collections::BTreeSet;

/// Adds the accounts that AWS lists in the organization to those in the configuration, and returns sentences about both
/// sources. Accounts in the configuration stay, as a user may own accounts outside the organization.
pub fn unite(context: &mut TrustContext, settings: &TrustSettings, known: &Known) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Some(membership)) = known.membership.known() {
        match &context.organization {
            Some(stated) if *stated != membership.id => notes.push(format!(
                "The configuration names organization {stated}, and AWS returned {}; trust policies are evaluated with the organization in the configuration.",
                membership.id
            )),
            _ => context.organization = Some(membership.id.clone()),
        }
    }
    let Some(listed) = known.accounts() else {
        notes.extend(elsewhere(context, settings));
        return notes;
    };
    let count = listed.len();
    let stated = context.organization_accounts.take().unwrap_or_default();
    let more = stated.difference(&listed).count();
    let from = if count == 0 {
        "The account is in no organization, so every other account is treated as outside the organization".to_owned()
    } else {
        let accounts = if count == 1 { "account" } else { "accounts" };
        format!("Trust policies are compared with the {count} {accounts} that AWS lists in the organization")
    };
    let and = match more {
        0 => String::new(),
        1 => "; 1 further account is from the configuration".to_owned(),
        more => format!("; {more} further accounts are from the configuration"),
    };
    notes.push(format!("{from}{and}."));
    context.organization_accounts = Some(listed.into_iter().chain(stated).collect::<BTreeSet<String>>());
    notes
}

/// Where the accounts of the organization come from, where AWS does not list them to this account.
fn elsewhere(context: &TrustContext, settings: &TrustSettings) -> Option<String> {
    let count = context.organization_accounts.as_ref()?.len();
    let listed_in = settings.listed_in.as_ref()?;
    let accounts = if count == 1 { "account" } else { "accounts" };
    Some(format!("Trust policies are compared with {count} {accounts} of the organization: {listed_in}."))
}
