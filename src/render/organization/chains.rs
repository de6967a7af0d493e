//! The policies that reach the accounts through the tree, put together once for the pages and the PDF.

use super::view::{NAMED, Named, named, word};
use crate::organization::inheritance::Inherited;
use crate::organization::{Account, Organization};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Accounts that the same policies reach by the same way.
#[derive(Serialize)]
pub struct Chain {
    /// Units from the root on.
    pub path: Vec<String>,
    /// Why the units are not known, where they are not.
    pub unplaced: Option<String>,
    pub accounts: usize,
    /// The first of them.
    pub first: Vec<Named>,
    pub more: usize,
    pub types: Vec<Reached>,
}

/// One type of policy in one chain.
#[derive(Serialize)]
pub struct Reached {
    /// `SCP`.
    pub short: &'static str,
    pub title: &'static str,
    pub state: String,
    pub told: String,
    pub levels: Vec<Step>,
    pub missing: Vec<String>,
}

/// The root, a unit or the account, with the policies attached there.
#[derive(Serialize)]
pub struct Step {
    pub what: &'static str,
    pub name: String,
    pub policies: Vec<Attached>,
    pub told: &'static str,
}

#[derive(Serialize)]
pub struct Attached {
    /// Its place among the policies, from 1.
    pub number: usize,
    pub name: String,
    pub id: String,
    pub in_short: String,
}

/// Chains by the tree, those of unknown units last.
pub fn chains(organization: &Organization) -> Vec<Chain> {
    type Key<'a> = (bool, Option<usize>, Vec<Alike<'a>>);
    let mut groups: BTreeMap<Key<'_>, Vec<&Account>> = BTreeMap::new();
    for account in organization.accounts.iter().filter(|account| !account.inherited.is_empty()) {
        let alike = account.inherited.iter().map(Alike::new).collect();
        groups.entry((account.unit.is_none(), account.unit, alike)).or_default().push(account);
    }
    let chain = |((_, unit, _), mut accounts): (Key<'_>, Vec<&Account>)| {
        accounts.sort_by(|one, other| one.id.cmp(&other.id));
        let first = accounts[0];
        Chain {
            path: first.path.clone(),
            unplaced: first.unplaced.clone().filter(|_| unit.is_none()),
            accounts: accounts.len(),
            first: accounts.iter().take(NAMED).map(|account| named(account)).collect(),
            more: accounts.len().saturating_sub(NAMED),
            types: first.inherited.iter().map(|one| reached(organization, one, accounts.len() > 1)).collect(),
        }
    };
    groups.into_iter().map(chain).collect()
}

/// What makes two accounts' chains the same: everything but their own names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Alike<'a> {
    state: u8,
    told: &'a str,
    levels: Vec<(&'a str, &'a [usize], &'static str)>,
    missing: &'a [String],
}

impl<'a> Alike<'a> {
    fn new(inherited: &'a Inherited) -> Self {
        let levels = inherited.levels.iter().map(|level| {
            let id = if level.what == "account" { "" } else { level.id.as_str() };
            (id, level.policies.as_slice(), level.told)
        });
        Self {
            state: inherited.state as u8,
            told: &inherited.told,
            levels: levels.collect(),
            missing: &inherited.missing,
        }
    }
}

/// One type of policy of an account, or of several alike.
pub fn reached(organization: &Organization, inherited: &Inherited, several: bool) -> Reached {
    let kind = &organization.policy_types[inherited.kind];
    let attached = |place: &usize| {
        let policy = &organization.policies[*place];
        let (name, id, in_short) = (policy.name.clone(), policy.id.clone(), policy.in_short.clone());
        Attached { number: place + 1, name, id, in_short }
    };
    let step = |level: &crate::organization::inheritance::Level| Step {
        what: level.what,
        name: match level.what {
            "account" if several => "each of these accounts".to_owned(),
            "account" => "this account".to_owned(),
            _ => level.name.clone(),
        },
        policies: level.policies.iter().map(attached).collect(),
        told: level.told,
    };
    Reached {
        short: kind.short,
        title: kind.title,
        state: word(&inherited.state),
        told: inherited.told.clone(),
        levels: inherited.levels.iter().map(step).collect(),
        missing: inherited.missing.clone(),
    }
}

/// How many accounts a policy reaches: those with the policy in their chain.
pub fn reach(organization: &Organization) -> Vec<usize> {
    let mut counts = vec![0; organization.policies.len()];
    for account in &organization.accounts {
        let levels = account.inherited.iter().flat_map(|one| &one.levels);
        // A policy that is attached on several levels reaches the account once.
        let policies: BTreeSet<usize> = levels.flat_map(|level| level.policies.iter().copied()).collect();
        for policy in policies {
            counts[policy] += 1;
        }
    }
    counts
}
