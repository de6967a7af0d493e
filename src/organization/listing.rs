//! What the management account's snapshot says about the organization: its accounts, the tree of units,
//! the policies above each account, and who from Identity Center is assigned where.

use super::access::{self, Center};
use super::gaps;
use super::inheritance::{self, Inherited, Kind, Policy};
use crate::account::fact::{GapKind, Observed};
use crate::account::organizations as evidence;
use crate::account::{OrganizationEvidence, read_organization};
use crate::operations::operation_name;
use crate::snapshot::{Outcome, Snapshot};
use serde::Serialize;
use std::collections::BTreeMap;

/// The accounts, and what lies above them.
#[derive(Debug, Default)]
pub struct Listing {
    /// AWS's id, where the accounts are an organization's.
    pub organization: Option<String>,
    pub management: Option<String>,
    pub accounts: Vec<Listed>,
    /// The root and the units; none where a file lists the accounts.
    pub units: Vec<Unit>,
    /// Types of policies; none where a file lists the accounts.
    pub kinds: Vec<Kind>,
    pub policies: Vec<Policy>,
    pub center: Center,
    /// What was asked about all of this.
    pub asked: Vec<Asked>,
    /// The list of accounts came from AWS, and no other answer contradicts it.
    pub is_whole: bool,
    /// What is not known, in words.
    pub gaps: Vec<String>,
}

/// The root of the organization, or a unit.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Unit {
    pub id: String,
    pub name: String,
    /// By its place among the units; none for a root.
    pub parent: Option<usize>,
    /// How many units are above it.
    pub depth: usize,
    /// Why there may be more below it.
    pub missing: Option<String>,
}

/// An account as AWS, or a file, lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub name: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `CLOSED` …; none where a file lists it.
    pub state: Option<String>,
    /// Names of the units from the root on.
    pub path: Vec<String>,
    /// The unit that holds it, by its place.
    pub unit: Option<usize>,
    /// Why the unit is not known, where it is not.
    pub unplaced: Option<String>,
    /// What reaches it, for each type of policy.
    pub inherited: Vec<Inherited>,
}

/// An operation that the listing asked, over all its calls.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// `organizations:ListAccounts`.
    pub operation: String,
    /// Sets of parameters and regions that it was asked about.
    pub answers: usize,
    /// Of them without an error.
    pub complete: usize,
    /// Codes of errors, with how often.
    pub errors: BTreeMap<String, usize>,
    /// Where the answers lie, below `snapshot/`.
    pub evidence: String,
}

impl Listed {
    /// An account that a file names.
    pub fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            state: None,
            path: Vec::new(),
            unit: None,
            unplaced: None,
            inherited: Vec::new(),
        }
    }

    /// Whether it can have anything in use. An account in a state that AWS does not document can.
    pub fn is_active(&self) -> bool {
        !matches!(self.state.as_deref(), Some("PENDING_ACTIVATION" | "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED"))
    }
}

/// Reads it from the snapshot. Without a list of accounts that arrived in full there is no listing.
pub fn read(snapshot: &Snapshot) -> Result<Listing, String> {
    let OrganizationEvidence { organization, identity_center, place } = read_organization(snapshot);
    let Some(tree) = &organization.tree else {
        return Err("the accounts cannot be listed: AWS says that the account is in no organization".to_owned());
    };
    let unread = organization.accounts.gap.as_ref();
    if let Some(gap) = unread.filter(|gap| gap.kind != GapKind::Conflict) {
        return Err(match organization.accounts.data.len() {
            0 => format!("the accounts cannot be listed: {}", gap.reason),
            _ => format!("the list of accounts is cut short: {}", gap.reason),
        });
    }
    let membership = match &organization.membership {
        Observed::Known(membership) => membership.clone(),
        Observed::Gap(_) => None,
    };
    let management = membership.as_ref().map(|membership| membership.management.clone());
    let units: Vec<Unit> = tree.units.iter().map(unit).collect();
    let (kinds, policies) = (inheritance::kinds(tree), inheritance::policies(tree));
    let account = |listed: &evidence::Listed| {
        let above = tree.above(&listed.id);
        let shown = (listed.id.as_str(), listed.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&listed.id));
        let inherited = inheritance::inherited(shown, &above, &units, &kinds, &policies, management.as_deref());
        Listed {
            id: listed.id.clone(),
            name: listed.name.clone().filter(|name| !name.is_empty()),
            // A state that is not given is not taken for an active one.
            state: Some(listed.state().cloned().unwrap_or_else(|| "not told".to_owned())),
            path: above.iter().flatten().map(|unit| units[*unit].name.clone()).collect(),
            unit: above.as_ref().ok().and_then(|above| above.last().copied()),
            unplaced: above.err().map(|gap| gap.reason.clone()),
            inherited,
        }
    };
    let mut accounts: Vec<Listed> = organization.accounts.data.iter().map(account).collect();
    if let Some(wrong) = accounts.iter().find(|account| !crate::arn::is_account(&account.id)) {
        return Err(format!("{:?} in the list of accounts is not twelve digits", wrong.id));
    }
    // Of an account that is listed twice, the entry that has it looked into stays.
    accounts.sort_by(|a, b| (&a.id, !a.is_active()).cmp(&(&b.id, !b.is_active())));
    accounts.dedup_by(|a, b| a.id == b.id);
    let missing: Vec<_> = organization.missing.iter().chain(&identity_center.missing).cloned().collect();
    Ok(Listing {
        organization: membership.map(|membership| membership.id),
        management,
        accounts,
        units,
        kinds,
        policies,
        center: access::read(&identity_center, &place),
        asked: asked(snapshot),
        is_whole: unread.is_none(),
        gaps: gaps::sentences(&missing),
    })
}

fn unit(unit: &evidence::Unit) -> Unit {
    Unit {
        id: unit.id.clone(),
        name: unit.name.clone().unwrap_or_else(|| unit.id.clone()),
        parent: unit.parent,
        depth: unit.depth,
        missing: unit.gap.as_ref().map(|gap| gap.reason.clone()),
    }
}

fn asked(snapshot: &Snapshot) -> Vec<Asked> {
    let mut found: Vec<Asked> = Vec::new();
    for asked in &snapshot.header.requested {
        let answers = snapshot.answers(&asked.service, &asked.operation);
        let mut one = Asked {
            operation: operation_name(&asked.service, &asked.operation),
            answers: answers.len(),
            complete: 0,
            errors: BTreeMap::new(),
            evidence: String::new(),
        };
        for answer in &answers {
            match &answer.outcome {
                Outcome::Complete => one.complete += 1,
                Outcome::NotCollected => *one.errors.entry("not collected".to_owned()).or_default() += 1,
                Outcome::Failed { error, .. } | Outcome::CutShort { error, .. } => {
                    *one.errors.entry(error.code.clone()).or_default() += 1;
                }
            }
        }
        let names = answers.iter().flat_map(|answer| &answer.pages).map(|page| page.name.as_str());
        one.evidence = common(names);
        found.push(one);
    }
    found
}

/// The file where there is one only, else the folder that all of them lie in.
fn common<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let Some(first) = names.next() else { return String::new() };
    let mut shared = first;
    for name in names {
        let same = shared.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
        if same < shared.len() {
            let slash = shared.as_bytes()[..same].iter().rposition(|byte| *byte == b'/');
            shared = slash.map_or("", |slash| &first[..=slash]);
        }
    }
    shared.to_owned()
}

#[cfg(test)]
mod tests;
