//! What the user's configuration says about whose accounts are whose.

use super::who;
use super::{Relation, TrustContext};
use std::collections::{BTreeMap, BTreeSet};

/// Stated by the user, not collected; a document that rests on it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustSettings {
    /// `o-…`.
    pub organisation: Option<String>,
    /// The accounts of the own organisation; `None` if nothing was stated.
    pub organisation_accounts: Option<BTreeSet<String>>,
    /// Account → the vendor's name.
    pub vendors: BTreeMap<String, String>,
}

impl TrustContext {
    /// The context of an account's roles.
    pub fn new(account: &str, partition: &str, settings: &TrustSettings) -> Self {
        Self {
            account: account.to_owned(),
            partition: partition.to_owned(),
            organisation_accounts: settings.organisation_accounts.clone(),
            organisation: settings.organisation.clone(),
            vendors: settings.vendors.clone(),
        }
    }

    /// What an account is to the own one.
    pub fn relation(&self, account: &str) -> Relation {
        who::relation(account, self)
    }
}
