//! What the management account's snapshot says about the organisation: its accounts, the tree of units,
//! the policies above each account, and who from Identity Center is assigned where.

use crate::snapshot::{Answer, Outcome, Snapshot};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The accounts, and what lies above them.
#[derive(Debug, Default)]
pub struct Listing {
    /// AWS's id, where the accounts are an organisation's.
    pub organisation: Option<String>,
    pub management: Option<String>,
    pub accounts: Vec<Listed>,
    pub policies: Vec<Policy>,
    pub assignments: Vec<Assignment>,
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
    /// Ids of the root and the units, for the policies attached to them.
    pub(super) above: Vec<String>,
}

impl Listed {
    /// An account that a file names.
    pub fn named(id: &str) -> Self {
        Self { id: id.to_owned(), name: None, state: None, path: Vec::new(), above: Vec::new() }
    }

    pub fn is_active(&self) -> bool {
        self.state.as_deref().is_none_or(|state| state == "ACTIVE")
    }
}

/// A service or resource control policy, with what it is attached to.
#[derive(Debug, Serialize)]
pub struct Policy {
    pub id: String,
    pub name: String,
    pub kind: String,
    /// Root, units and accounts: id and name.
    pub targets: Vec<(String, String)>,
}

/// A permission set that someone has in an account.
#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    pub account: String,
    pub permission_set: String,
    /// `USER` or `GROUP`.
    pub kind: String,
    /// The name, where the directory told it, else the id.
    pub principal: String,
}

/// Reads it from the snapshot. Without a complete list of accounts there is no listing.
pub fn read(snapshot: &Snapshot) -> Result<Listing, String> {
    let listed = entries(&snapshot.answer("organizations", "ListAccounts"), "Accounts");
    let (accounts, missing) = listed.map_err(|problem| format!("the accounts cannot be listed: {problem}"))?;
    if let Some(missing) = missing {
        return Err(format!("the list of accounts is cut short: {missing}"));
    }
    let mut gaps = Vec::new();
    let tree = tree(snapshot, &mut gaps);
    let mut accounts: Vec<Listed> = accounts.iter().map(|account| tree.place(account)).collect();
    if let Some(wrong) = accounts.iter().find(|account| !crate::snapshot::format::is_account(&account.id)) {
        return Err(format!("{:?} in the list of accounts is not twelve digits", wrong.id));
    }
    // Of an account that is listed twice, the entry that has it looked into stays.
    accounts.sort_by(|a, b| (&a.id, !a.is_active()).cmp(&(&b.id, !b.is_active())));
    accounts.dedup_by(|a, b| a.id == b.id);
    let about = snapshot.answer("organizations", "DescribeOrganization");
    let about: Option<Value> = about.pages.first().and_then(|page| page.read().ok());
    let told = |name: &str| about.as_ref().and_then(|about| about["Organization"][name].as_str()).map(str::to_owned);
    Ok(Listing {
        organisation: told("Id"),
        management: told("MasterAccountId"),
        accounts,
        policies: policies(snapshot, &mut gaps),
        assignments: assignments(snapshot, &mut gaps),
        gaps,
    })
}

/// The entries of an answer, and why there may be more.
type Entries = (Vec<Value>, Option<String>);

fn entries(answer: &Answer, member: &str) -> Result<Entries, String> {
    let missing = match &answer.outcome {
        Outcome::Complete => None,
        Outcome::NotCollected => return Err("not collected".to_owned()),
        Outcome::Failed { error, .. } => return Err(format!("{}: {}", error.code, error.message)),
        Outcome::CutShort { error, .. } => Some(format!("{}: {}", error.code, error.message)),
    };
    let mut all = Vec::new();
    for page in &answer.pages {
        let mut page: Value = page.read().map_err(|error| error.to_string())?;
        match page.get_mut(member).map(Value::take) {
            Some(Value::Array(list)) => all.extend(list),
            _ => return Err(format!("{} holds no {member}", answer.operation)),
        }
    }
    Ok((all, missing))
}

/// The same of every answer of an operation, each with one of its parameters; what is missing becomes a gap.
fn every(
    snapshot: &Snapshot,
    (service, operation): (&str, &str),
    member: &str,
    gaps: &mut Vec<String>,
) -> Vec<(Answer, Vec<Value>)> {
    let answers = snapshot.answers(service, operation);
    let mut found = Vec::new();
    for answer in answers {
        let about = answer.parameters.values().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
        let gap = |problem: String| format!("{service}:{operation} {about}: {problem}");
        match entries(&answer, member) {
            Ok((list, missing)) => {
                gaps.extend(missing.map(gap));
                found.push((answer, list));
            }
            Err(problem) => gaps.push(gap(problem)),
        }
    }
    found
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

fn parameter(answer: &Answer, name: &str) -> String {
    answer.parameters.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Parents by child, and the units' names.
struct Tree {
    parents: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
}

impl Tree {
    fn place(&self, account: &Value) -> Listed {
        let id = text(account, "Id");
        let mut above = Vec::new();
        let mut at = id.as_str();
        // A tree has no rings; whoever answered may not be AWS.
        let mut seen = BTreeSet::new();
        while let Some(parent) = self.parents.get(at).filter(|parent| seen.insert((*parent).clone())) {
            above.push(parent.clone());
            at = parent;
        }
        above.reverse();
        let path = above.iter().map(|id| self.names.get(id).unwrap_or(id).clone()).collect();
        let state = ["State", "Status"].iter().find_map(|name| account[*name].as_str());
        // A state that is not told is not taken for an active one.
        let state = Some(state.unwrap_or("not told").to_owned());
        Listed { name: Some(text(account, "Name")).filter(|name| !name.is_empty()), id, state, path, above }
    }
}

fn tree(snapshot: &Snapshot, gaps: &mut Vec<String>) -> Tree {
    let mut tree = Tree { parents: BTreeMap::new(), names: BTreeMap::new() };
    for (_, roots) in every(snapshot, ("organizations", "ListRoots"), "Roots", gaps) {
        tree.names.extend(roots.iter().map(|root| (text(root, "Id"), text(root, "Name"))));
    }
    for (operation, member) in
        [("ListOrganizationalUnitsForParent", "OrganizationalUnits"), ("ListAccountsForParent", "Accounts")]
    {
        for (answer, children) in every(snapshot, ("organizations", operation), member, gaps) {
            let parent = parameter(&answer, "ParentId");
            for child in children {
                tree.names.insert(text(&child, "Id"), text(&child, "Name"));
                tree.parents.insert(text(&child, "Id"), parent.clone());
            }
        }
    }
    tree
}

fn policies(snapshot: &Snapshot, gaps: &mut Vec<String>) -> Vec<Policy> {
    let targets: BTreeMap<String, Vec<(String, String)>> =
        every(snapshot, ("organizations", "ListTargetsForPolicy"), "Targets", gaps)
            .into_iter()
            .map(|(answer, targets)| {
                let named = targets.iter().map(|target| (text(target, "TargetId"), text(target, "Name"))).collect();
                (parameter(&answer, "PolicyId"), named)
            })
            .collect();
    let listed = every(snapshot, ("organizations", "ListPolicies"), "Policies", gaps);
    if listed.is_empty() {
        gaps.push("organizations:ListPolicies: not known, so no policy above an account is shown".to_owned());
    }
    let mut policies: Vec<Policy> = listed
        .iter()
        .flat_map(|(_, policies)| policies)
        .map(|policy| Policy {
            targets: targets.get(&text(policy, "Id")).cloned().unwrap_or_default(),
            id: text(policy, "Id"),
            name: text(policy, "Name"),
            kind: text(policy, "Type"),
        })
        .collect();
    policies.sort_by(|a, b| (&a.kind, &a.name, &a.id).cmp(&(&b.kind, &b.name, &b.id)));
    policies
}

impl Policy {
    /// Whether it lies above the account: attached to it, to a unit around it, or to the root.
    pub(super) fn holds_for(&self, account: &Listed) -> bool {
        self.targets.iter().any(|(id, _)| *id == account.id || account.above.contains(id))
    }
}

fn assignments(snapshot: &Snapshot, gaps: &mut Vec<String>) -> Vec<Assignment> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (operation, member, id, name) in
        [("ListUsers", "Users", "UserId", "UserName"), ("ListGroups", "Groups", "GroupId", "DisplayName")]
    {
        for (_, people) in every(snapshot, ("identitystore", operation), member, gaps) {
            names
                .extend(people.iter().map(|one| (text(one, id), text(one, name))).filter(|(_, name)| !name.is_empty()));
        }
    }
    for (operation, member) in [
        ("ListInstances", "Instances"),
        ("ListPermissionSets", "PermissionSets"),
        ("ListAccountsForProvisionedPermissionSet", "AccountIds"),
    ] {
        // Only for what keeps them from being whole.
        every(snapshot, ("sso-admin", operation), member, gaps);
    }
    let mut sets: BTreeMap<String, String> = BTreeMap::new();
    for answer in snapshot.answers("sso-admin", "DescribePermissionSet") {
        if let Some(about) = answer.pages.first().and_then(|page| page.read::<Value>().ok()) {
            let set = &about["PermissionSet"];
            sets.insert(text(set, "PermissionSetArn"), text(set, "Name"));
        }
    }
    let answers = every(snapshot, ("sso-admin", "ListAccountAssignments"), "AccountAssignments", gaps);
    let mut found: Vec<Assignment> = answers
        .iter()
        .flat_map(|(_, assignments)| assignments)
        .map(|one| {
            let (set, principal) = (text(one, "PermissionSetArn"), text(one, "PrincipalId"));
            Assignment {
                account: text(one, "AccountId"),
                permission_set: sets.get(&set).cloned().unwrap_or(set),
                kind: text(one, "PrincipalType"),
                principal: names.get(&principal).cloned().unwrap_or(principal),
            }
        })
        .collect();
    found.sort();
    found
}
