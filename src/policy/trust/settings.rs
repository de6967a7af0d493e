//! The user's configuration of organization and vendor accounts.

use super::trusted_principal;
use super::{Relation, TrustContext};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// From the user's configuration or an organization run, not from evidence of the account. A document that relies on it
/// says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TrustSettings {
    /// `o-…`.
    pub organization: Option<String>,
    /// The accounts of the own organization; `None` if not configured.
    pub organization_accounts: Option<BTreeSet<String>>,
    /// Where the accounts were listed, where that was not in the user's configuration: `the list that
    /// organizations:ListAccounts gave to this run over the organization at …`.
    pub listed_in: Option<String>,
    /// Account → the vendor's name.
    pub vendors: BTreeMap<String, String>,
}

impl TrustSettings {
    /// Adds the complete list of an organization's accounts. The user's own settings take precedence.
    pub fn unite(&mut self, organization: Option<&str>, accounts: impl Iterator<Item = String>, listed_in: String) {
        if self.organization.is_none() {
            self.organization = organization.map(str::to_owned);
        }
        self.organization_accounts.get_or_insert_default().extend(accounts);
        self.listed_in = Some(listed_in);
    }
}

impl TrustContext {
    /// The context for an account's roles.
    pub fn new(account: &str, partition: &str, settings: &TrustSettings) -> Self {
        Self {
            account: account.to_owned(),
            partition: partition.to_owned(),
            organization_accounts: settings.organization_accounts.clone(),
            organization: settings.organization.clone(),
            vendors: settings.vendors.clone(),
            stated: settings.clone(),
            as_of: None,
        }
    }

    /// The relation of an account to the own one.
    pub fn relation(&self, account: &str) -> Relation {
        trusted_principal::relation(account, self)
    }
}
