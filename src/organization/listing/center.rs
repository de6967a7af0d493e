//! IAM Identity Center: its permission sets, and who is assigned to which account with which of them.
//!
//! What was refused keeps the lists open and is told beside them; nobody counts as without access for it.

use super::answers::{Answers, Gaps, text, told};
use super::directory::{self, Directory, Group, Person};
use super::grade::{self, Graded, Holds};
use crate::snapshot::Snapshot;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Who reaches which account with what.
#[derive(Debug, Default, Serialize)]
pub struct Center {
    /// Whether the evidence was asked about Identity Center at all.
    pub asked: bool,
    pub instances: Vec<Instance>,
    /// By name.
    pub sets: Vec<PermissionSet>,
    /// Groups that an assignment names, by name.
    pub groups: Vec<Group>,
    /// Users who reach an account, by themselves or through a group; by name.
    pub people: Vec<Person>,
    pub assignments: Vec<Assignment>,
    /// Why there may be more assignments, in any account.
    pub missing: Vec<String>,
    /// Account → why there may be more assignments in it.
    pub missing_in: BTreeMap<String, Vec<String>>,
    /// Users and groups of the directories, those without an assignment too; none where that is not known.
    pub listed: Listed,
}

/// How many a directory lists.
#[derive(Debug, Default, Serialize)]
pub struct Listed {
    pub users: Option<usize>,
    pub groups: Option<usize>,
}

/// An instance of Identity Center.
#[derive(Debug, Serialize)]
pub struct Instance {
    pub arn: String,
    /// The region that was asked.
    pub region: String,
    pub directory: Option<String>,
    pub owner: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct PermissionSet {
    pub arn: String,
    /// The name, or the ARN where the name is not known.
    pub name: String,
    pub description: Option<String>,
    /// As AWS writes it: `PT1H`.
    pub session: Option<String>,
    /// What it holds, in words.
    pub policies: Vec<String>,
    /// Its permissions boundary, in words; none where it has none.
    pub boundary: Option<String>,
    pub grade: Graded,
    /// Accounts in which it is provisioned.
    pub accounts: usize,
    /// Why it may be provisioned in more.
    pub accounts_missing: Option<String>,
}

/// A permission set that someone has in an account.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    pub account: String,
    pub permission_set: String,
    /// `USER` or `GROUP`, as AWS says it.
    pub kind: String,
    /// The name, where the directory told it, else the id.
    pub principal: String,
    pub principal_id: String,
    /// By its place among the permission sets.
    pub set: usize,
    /// By its place among the groups, where it is one.
    pub group: Option<usize>,
    /// By its place among the people, where it is one.
    pub person: Option<usize>,
}

/// What the assignments are put together from.
struct Desk<'a> {
    snapshot: &'a Snapshot,
    gaps: &'a mut Gaps,
    center: Center,
    /// An assignment as it was read, with the directory of its instance.
    raw: Vec<Raw>,
}

struct Raw {
    account: String,
    set: String,
    kind: String,
    id: String,
    store: directory::Store,
}

pub fn read(snapshot: &Snapshot, gaps: &mut Gaps) -> Center {
    let mut desk = Desk { snapshot, gaps, center: Center::default(), raw: Vec::new() };
    desk.instances();
    desk.sets();
    let Desk { mut center, mut raw, .. } = desk;
    let mut directory = Directory::read(snapshot);
    center.sets.sort_by(|one, other| (&one.name, &one.arn).cmp(&(&other.name, &other.arn)));
    let places: BTreeMap<String, usize> =
        center.sets.iter().enumerate().map(|(place, set)| (set.arn.clone(), place)).collect();
    raw.sort_by(|one, other| {
        (&one.account, &one.set, &one.kind, &one.id).cmp(&(&other.account, &other.set, &other.kind, &other.id))
    });
    raw.dedup_by(|one, other| {
        (&one.account, &one.set, &one.kind, &one.id) == (&other.account, &other.set, &other.kind, &other.id)
    });
    let named = directory.name(raw.iter().map(|raw| (&raw.store, raw.kind.as_str(), raw.id.as_str())), gaps);
    center.listed = Listed { users: named.users, groups: named.groups_listed };
    center.assignments = raw
        .into_iter()
        .map(|raw| {
            let set = places[&raw.set];
            let key = (raw.store.clone(), raw.id.clone());
            let group = named.group_places.get(&key).copied().filter(|_| raw.kind == "GROUP");
            let person = named.person_places.get(&key).copied().filter(|_| raw.kind == "USER");
            let principal = match (group, person) {
                (Some(group), _) => named.groups[group].name.clone(),
                (_, Some(person)) => named.people[person].name.clone(),
                _ => raw.id.clone(),
            };
            let permission_set = center.sets[set].name.clone();
            Assignment {
                account: raw.account,
                permission_set,
                kind: raw.kind,
                principal,
                principal_id: raw.id,
                set,
                group,
                person,
            }
        })
        .collect();
    center.assignments.sort();
    (center.groups, center.people) = (named.groups, named.people);
    directory::count(&mut center);
    center.missing.dedup();
    center
}

impl Desk<'_> {
    /// Asked of every region that is switched on; one instance may be seen from several.
    fn instances(&mut self) {
        let answers = Answers::of(self.snapshot, "sso-admin", "ListInstances");
        self.center.asked = !answers.all.is_empty();
        if !self.center.asked {
            self.gaps.say("sso:ListInstances", "not collected");
            self.center.missing.push("sso:ListInstances: not collected".to_owned());
        }
        let mut found: BTreeMap<String, Instance> = BTreeMap::new();
        for answer in &answers.all {
            let region = answer.region.clone().unwrap_or_default();
            let entries = answers.entries(answer, "Instances", self.gaps);
            let here = |missing| format!("whether there is an instance in {region} is not known: {missing}");
            self.center.missing.extend(entries.missing.map(here));
            for one in entries.list {
                let arn = text(&one, "InstanceArn");
                let (directory, owner) = (told(&one, "IdentityStoreId"), told(&one, "OwnerAccountId"));
                let instance = Instance { arn: arn.clone(), region: region.clone(), directory, owner };
                found.entry(arn).or_insert(instance);
            }
        }
        self.center.instances = found.into_values().collect();
    }

    fn sets(&mut self) {
        let of = |operation| Answers::of(self.snapshot, "sso-admin", operation);
        let listed = of("ListPermissionSets");
        let desks = Sources {
            described: of("DescribePermissionSet"),
            inline: of("GetInlinePolicyForPermissionSet"),
            managed: of("ListManagedPoliciesInPermissionSet"),
            customer: of("ListCustomerManagedPolicyReferencesInPermissionSet"),
            boundary: of("GetPermissionsBoundaryForPermissionSet"),
            accounts: of("ListAccountsForProvisionedPermissionSet"),
            assigned: of("ListAccountAssignments"),
        };
        let instances: Vec<(String, String, Option<String>)> = self
            .center
            .instances
            .iter()
            .map(|one| (one.arn.clone(), one.region.clone(), one.directory.clone()))
            .collect();
        let mut seen = BTreeSet::new();
        for (instance, region, directory) in instances {
            let entries = listed.list(Some(&region), &[("InstanceArn", &instance)], "PermissionSets", self.gaps);
            self.center.missing.extend(entries.missing);
            let arns = entries.list.iter().filter_map(Value::as_str).map(str::to_owned);
            for arn in arns.filter(|arn| seen.insert(arn.clone())).collect::<Vec<_>>() {
                let set = self.set(&desks, (&instance, &region), &arn, directory.as_deref());
                self.center.sets.push(set);
            }
        }
    }

    fn set(
        &mut self,
        from: &Sources,
        (instance, region): (&str, &str),
        arn: &str,
        directory: Option<&str>,
    ) -> PermissionSet {
        let (region, about) = (Some(region), [("InstanceArn", instance), ("PermissionSetArn", arn)]);
        let described = from.described.one(region, &about, self.gaps).unwrap_or_default();
        let described = &described["PermissionSet"];
        let (policies, grade) = from.grade(region, &about, self.gaps);
        let provisioned = from.accounts.list(region, &about, "AccountIds", self.gaps);
        let name = told(described, "Name").unwrap_or_else(|| arn.to_owned());
        if let Some(missing) = &provisioned.missing {
            self.center.missing.push(format!("the accounts of the permission set {name} are not known: {missing}"));
        }
        let accounts: Vec<String> = provisioned.list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        for account in &accounts {
            let about = [("AccountId", account.as_str()), about[0], about[1]];
            let entries = from.assigned.list(region, &about, "AccountAssignments", self.gaps);
            if let Some(missing) = entries.missing {
                let told = format!("who has the permission set {name} here is not known: {missing}");
                self.center.missing_in.entry(account.clone()).or_default().push(told);
            }
            let store = (directory.unwrap_or_default().to_owned(), region.unwrap_or_default().to_owned());
            self.raw.extend(entries.list.iter().map(|one| Raw {
                account: told(one, "AccountId").unwrap_or_else(|| account.clone()),
                set: arn.to_owned(),
                kind: text(one, "PrincipalType"),
                id: text(one, "PrincipalId"),
                store: store.clone(),
            }));
        }
        PermissionSet {
            arn: arn.to_owned(),
            name,
            description: told(described, "Description"),
            session: told(described, "SessionDuration"),
            boundary: from.boundary(region, &about, self.gaps),
            policies,
            grade,
            accounts: accounts.len(),
            accounts_missing: provisioned.missing,
        }
    }
}

/// The answers about permission sets.
struct Sources {
    described: Answers,
    inline: Answers,
    managed: Answers,
    customer: Answers,
    boundary: Answers,
    accounts: Answers,
    assigned: Answers,
}

impl Sources {
    fn grade(&self, region: Option<&str>, about: &[(&str, &str)], gaps: &mut Gaps) -> (Vec<String>, Graded) {
        let managed = self.managed.list(region, about, "AttachedManagedPolicies", gaps);
        let customer = self.customer.list(region, about, "CustomerManagedPolicyReferences", gaps);
        let inline = self.inline.one(region, about, gaps);
        let mut holds = Holds::default();
        let mut words = Vec::new();
        for policy in &managed.list {
            holds.managed.push(policy["Arn"].as_str().unwrap_or_default());
            let name = told(policy, "Name").unwrap_or_else(|| text(policy, "Arn"));
            words.push(format!("AWS-managed {name}"));
        }
        for policy in &customer.list {
            holds.customer.push(policy["Name"].as_str().unwrap_or_default());
            let path = told(policy, "Path").unwrap_or_else(|| "/".to_owned());
            words.push(format!("customer-managed {path}{}", text(policy, "Name")));
        }
        match &inline {
            Ok(answer) => holds.inline = answer["InlinePolicy"].as_str(),
            Err(missing) => holds.missing.push(missing.clone()),
        }
        if holds.inline.is_some_and(|text| !text.trim().is_empty()) {
            words.push("inline policy".to_owned());
        }
        holds.missing.extend([managed.missing, customer.missing].into_iter().flatten());
        (words, grade::of(&holds))
    }

    fn boundary(&self, region: Option<&str>, about: &[(&str, &str)], gaps: &mut Gaps) -> Option<String> {
        match self.boundary.one_or_code(region, about, &["ResourceNotFoundException"], gaps) {
            Ok(answer) => {
                let boundary = &answer?["PermissionsBoundary"];
                told(boundary, "ManagedPolicyArn")
                    .or_else(|| told(&boundary["CustomerManagedPolicyReference"], "Name"))
                    .or_else(|| Some("one that is not understood".to_owned()))
            }
            Err(missing) => Some(format!("not known: {missing}")),
        }
    }
}
