//! What the management account's snapshot says about the organization: its accounts, the tree of units,
//! the policies above each account, and who from Identity Center is assigned where.

mod answers;
pub mod guardrails;
pub mod tree;

use super::access::{self, Center};
use crate::operations::operation_name;
use crate::snapshot::{Outcome, Snapshot, format};
use answers::{Answers, Gaps, text, told};
pub use guardrails::{Inherited, Kind, Policy};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
pub use tree::Unit;
use tree::{Place, Tree};

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
    /// What is not known, in words.
    pub gaps: Vec<String>,
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

/// Reads it from the snapshot. Without a complete list of accounts there is no listing.
pub fn read(snapshot: &Snapshot) -> Result<Listing, String> {
    let mut gaps = Gaps::default();
    let listed = Answers::of(snapshot, "organizations", "ListAccounts").list(None, &[], "Accounts", &mut gaps);
    if let Some(missing) = listed.missing {
        return Err(match listed.list.len() {
            0 => format!("the accounts cannot be listed: {missing}"),
            _ => format!("the list of accounts is cut short: {missing}"),
        });
    }
    let about = Answers::of(snapshot, "organizations", "DescribeOrganization").one(None, &[], &mut gaps);
    let about = about.unwrap_or_default();
    let management = told(&about["Organization"], "MasterAccountId");
    let tree = Tree::read(snapshot, &mut gaps);
    let kinds = guardrails::kinds(snapshot, &tree, &mut gaps);
    let policies = guardrails::policies(snapshot, &mut gaps);
    let account = |about: &Value| account(about, &tree, &kinds, &policies, management.as_deref());
    let mut accounts: Vec<Listed> = listed.list.iter().map(account).collect();
    if let Some(wrong) = accounts.iter().find(|account| !format::is_account(&account.id)) {
        return Err(format!("{:?} in the list of accounts is not twelve digits", wrong.id));
    }
    // Of an account that is listed twice, the entry that has it looked into stays.
    accounts.sort_by(|a, b| (&a.id, !a.is_active()).cmp(&(&b.id, !b.is_active())));
    accounts.dedup_by(|a, b| a.id == b.id);
    let (evidence, place) = crate::account::read_identity_center(snapshot);
    let center = access::read(&evidence, &place);
    let mut missing = gaps.words();
    missing.extend(super::gaps::sentences(&evidence.missing));
    Ok(Listing {
        organization: told(&about["Organization"], "Id"),
        management,
        accounts,
        units: tree.units,
        kinds,
        policies,
        center,
        asked: asked(snapshot),
        gaps: missing,
    })
}

fn account(about: &Value, tree: &Tree, kinds: &[Kind], policies: &[Policy], management: Option<&str>) -> Listed {
    let id = text(about, "Id");
    let name = told(about, "Name");
    let place = tree.place(&id);
    let path = tree.above(&place).into_iter().map(|unit| tree.units[unit].name.clone()).collect();
    let state = ["State", "Status"].iter().find_map(|name| about[*name].as_str());
    // A state that is not told is not taken for an active one.
    let state = Some(state.unwrap_or("not told").to_owned());
    let shown = (id.as_str(), name.as_deref().unwrap_or(&id));
    let inherited = guardrails::inherited(shown, &place, tree, kinds, policies, management);
    let (unit, unplaced) = match place {
        Place::In(unit) => (Some(unit), None),
        Place::NotKnown(why) => (None, Some(why)),
    };
    Listed { id, name, state, path, unit, unplaced, inherited }
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
