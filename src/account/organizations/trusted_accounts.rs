//! Which accounts belong to the organization, by the user's settings and by AWS.

use super::Known;
use crate::policy::trust::{TrustContext, TrustSettings};
use std::collections::BTreeSet;

/// Adds to what the user states about accounts what AWS says of the organization; tells which source said what.
/// What is stated stands, as a user may own accounts outside the organization.
pub fn unite(context: &mut TrustContext, settings: &TrustSettings, known: &Known) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Some(membership)) = known.membership.known() {
        match &context.organization {
            Some(stated) if *stated != membership.id => notes.push(format!(
                "The configuration states the organization {stated}, AWS says {}; trust policies are read by what is stated.",
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
        "AWS says that the account is in no organization, so that every other account counts as a stranger".to_owned()
    } else {
        let accounts = if count == 1 { "account" } else { "accounts" };
        format!("Trust policies are compared with the {count} {accounts} that AWS lists in the organization")
    };
    let and = match more {
        0 => String::new(),
        1 => "; 1 further account is stated in the configuration".to_owned(),
        more => format!("; {more} further accounts are stated in the configuration"),
    };
    notes.push(format!("{from}{and}."));
    context.organization_accounts = Some(listed.into_iter().chain(stated).collect::<BTreeSet<String>>());
    notes
}

/// Where the accounts of the organization come from, where the account itself was not told of them.
fn elsewhere(context: &TrustContext, settings: &TrustSettings) -> Option<String> {
    let count = context.organization_accounts.as_ref()?.len();
    let listed_in = settings.listed_in.as_ref()?;
    let accounts = if count == 1 { "account" } else { "accounts" };
    Some(format!("Trust policies are compared with {count} {accounts} of the organization: {listed_in}."))
}
