//! What the user's configuration says about whose accounts are whose.

use super::who;
use super::{Relation, TrustContext};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Stated by the user, or listed by the run over the organization; not collected in the account itself. A document
/// that rests on it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TrustSettings {
    /// `o-…`.
    pub organization: Option<String>,
    /// The accounts of the own organization; `None` if nothing was stated.
    pub organization_accounts: Option<BTreeSet<String>>,
    /// Where the accounts were listed, where that was not in the user's configuration: `the list that
    /// organizations:ListAccounts gave to this run over the organization at …`.
    pub listed_in: Option<String>,
    /// Account → the vendor's name.
    pub vendors: BTreeMap<String, String>,
}

impl TrustSettings {
    /// Adds the complete list of the accounts of an organization. What the user states stands.
    pub fn unite(&mut self, organization: Option<&str>, accounts: impl Iterator<Item = String>, listed_in: String) {
        if self.organization.is_none() {
            self.organization = organization.map(str::to_owned);
        }
        self.organization_accounts.get_or_insert_default().extend(accounts);
        self.listed_in = Some(listed_in);
    }
}

impl TrustContext {
    /// The context of an account's roles.
    pub fn new(account: &str, partition: &str, settings: &TrustSettings) -> Self {
        Self {
            account: account.to_owned(),
            partition: partition.to_owned(),
            organization_accounts: settings.organization_accounts.clone(),
            organization: settings.organization.clone(),
            vendors: settings.vendors.clone(),
            stated: settings.clone(),
        }
    }

    /// What an account is to the own one.
    pub fn relation(&self, account: &str) -> Relation {
        who::relation(account, self)
    }
}
