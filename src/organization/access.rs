//! Who reaches which account with which permission set, from the account room's reading of Identity Center.
//!
//! What was refused keeps the lists open and is named beside them; no principal counts as without access because of it.

use super::people::{self, Group, Key, Named, Person};
use crate::account::Place;
use crate::account::identity_center::{Grade, IdentityCenter, SetEvidence, Unread, grade};
use crate::policy::grants::{AccessLevel, at_least};
use serde::Serialize;
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
    /// The name from the directory, or else the id.
    pub principal: String,
    pub principal_id: String,
    /// By its place among the permission sets.
    pub set: usize,
    /// By its place among the groups, where it is one.
    pub group: Option<usize>,
    /// By its place among the people, where it is one.
    pub person: Option<usize>,
}

/// The most that a permission set grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// In words: `full administrator`, `at least write`, `not known`.
    pub words: String,
    /// The place of the level among all: of what could be read.
    pub rank: u8,
    /// The level in words, without what could not be read.
    #[serde(skip)]
    pub level: String,
    /// What could not be read; it may grant more.
    pub unread: Vec<String>,
}

impl Graded {
    fn of(grade: Grade) -> Self {
        let rank = AccessLevel::ALL.iter().position(|one| *one == grade.level).expect("every level has its place");
        let rank = u8::try_from(rank).expect("there are ten");
        let words = level_in_words(&grade.words, rank, !grade.unread.is_empty());
        Self { words, rank, level: grade.words, unread: grade.unread.iter().map(unread).collect() }
    }
}

/// A level in words. `open`: something that may grant more could not be read.
pub fn level_in_words(level: &str, rank: u8, open: bool) -> String {
    match AccessLevel::ALL[usize::from(rank)] {
        AccessLevel::Nothing if open => "not known".to_owned(),
        AccessLevel::FullAdmin => level.to_owned(),
        _ if open => at_least(level),
        _ => level.to_owned(),
    }
}

fn unread(unread: &Unread) -> String {
    match unread {
        Unread::Evidence(gap) => gap.reason.clone(),
        Unread::Managed(arn) => format!("the text of {arn} is not known here"),
        Unread::Customer(name) => {
            format!("{name} is a policy that each account has for itself: see the role in the account’s register")
        }
        Unread::InlineText => "the inline policy is no JSON".to_owned(),
        Unread::InlinePart => "the inline policy is not understood as a whole".to_owned(),
        Unread::InlineActions => "the inline policy allows actions that AWS's action table lacks".to_owned(),
        Unread::Together(names) => {
            format!("whether {} make an administrator together is not known", names.join(", "))
        }
    }
}

/// An assignment as the evidence holds it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Raw<'a> {
    account: &'a str,
    set: usize,
    kind: &'a str,
    id: &'a str,
    store: Key,
}

pub fn read(evidence: &IdentityCenter, place: &Place) -> Center {
    let instances = &evidence.instances;
    let mut center = Center { asked: instances.asked, ..Center::default() };
    if !instances.asked {
        center.missing.push("sso:ListInstances was not collected".to_owned());
    }
    let unread = |(region, gap): &(String, _)| {
        let gap: &std::sync::Arc<crate::account::fact::Gap> = gap;
        format!("whether there is an instance in {region} is not known: {}", gap.reason)
    };
    center.missing.extend(instances.unread.iter().filter(|_| instances.asked).map(unread));
    if let Some(gap) = instances.regions.as_ref().filter(|_| instances.asked) {
        center.missing.push(format!("in which Regions there may be an instance is not known: {}", gap.reason));
    }
    center.missing.extend(evidence.lists.iter().filter_map(|list| Some(list.gap.as_ref()?.reason.clone())));
    let mut sets: Vec<&SetEvidence> = evidence.sets.iter().collect();
    sets.sort_by_key(|set| (set.label(), &set.arn));
    let mut raw: BTreeSet<Raw<'_>> = BTreeSet::new();
    for (number, set) in sets.iter().enumerate() {
        center.permission_set(set, place);
        let store = instances.all[set.instance].directory();
        raw.extend(set.assigned.iter().flat_map(|one| &one.list).zip(accounts(set)).map(|(one, account)| Raw {
            account,
            set: number,
            kind: one.kind.as_deref().unwrap_or_default(),
            id: &one.id,
            store: store.clone(),
        }));
    }
    let mut found: Vec<_> = instances.all.iter().collect();
    found.sort_by(|one, other| one.arn.cmp(&other.arn));
    let instance = |one: &crate::account::identity_center::Instance| Instance {
        arn: one.arn.clone(),
        region: one.region.clone(),
        directory: one.store.clone(),
        owner: one.owner.clone(),
    };
    center.instances = found.into_iter().map(instance).collect();
    let named = Named::of(&evidence.directory, raw.iter().map(|raw| (&raw.store, raw.kind, raw.id)));
    center.listed = Listed { users: named.users, groups: named.groups_listed };
    center.assignments = raw.iter().map(|raw| center.assignment(raw, &named)).collect();
    center.assignments.sort();
    (center.groups, center.people) = (named.groups, named.people);
    people::count(&mut center);
    center.missing.dedup();
    center
}

/// The account of each assignment, in their order.
fn accounts(set: &SetEvidence) -> impl Iterator<Item = &str> {
    set.assigned.iter().flat_map(|one| std::iter::repeat_n(one.account.as_str(), one.list.len()))
}

impl Center {
    fn permission_set(&mut self, set: &SetEvidence, place: &Place) {
        let name = set.label().to_owned();
        if let Some(gap) = &set.accounts.gap {
            self.missing.push(format!("the accounts of the permission set {name} are not known: {}", gap.reason));
        }
        for one in set.assigned.iter().filter(|one| !one.gaps.is_empty()) {
            let words = |reason: &str| format!("who has the permission set {name} here is not known: {reason}");
            let missing = one.gaps.iter().map(|gap| words(&gap.reason));
            self.missing_in.entry(one.account.clone()).or_default().extend(missing);
        }
        let boundary = match (set.boundary.known(), set.boundary.gap()) {
            (Some(boundary), _) => boundary.clone(),
            (_, gap) => gap.map(|gap| format!("not known: {}", gap.reason)),
        };
        self.sets.push(PermissionSet {
            arn: set.arn.clone(),
            description: set.description.clone(),
            session: set.session.known().filter(|session| !session.is_empty()).cloned(),
            policies: policies(set),
            boundary,
            grade: Graded::of(grade(set, place, None)),
            accounts: set.accounts.data.len(),
            accounts_missing: set.accounts.gap.as_ref().map(|gap| gap.reason.clone()),
            name,
        });
    }

    fn assignment(&self, raw: &Raw<'_>, named: &Named) -> Assignment {
        let key = (raw.store.clone(), raw.id.to_owned());
        let group = named.group_places.get(&key).copied().filter(|_| raw.kind == "GROUP");
        let person = named.person_places.get(&key).copied().filter(|_| raw.kind == "USER");
        let principal = match (group, person) {
            (Some(group), _) => &named.groups[group].name,
            (_, Some(person)) => &named.people[person].name,
            _ => raw.id,
        };
        Assignment {
            account: raw.account.to_owned(),
            permission_set: self.sets[raw.set].name.clone(),
            kind: raw.kind.to_owned(),
            principal: principal.to_owned(),
            principal_id: raw.id.to_owned(),
            set: raw.set,
            group,
            person,
        }
    }
}

/// What it holds, in words.
fn policies(set: &SetEvidence) -> Vec<String> {
    let managed = set.managed.data.iter().map(|one| format!("AWS-managed {}", one.name.as_ref().unwrap_or(&one.arn)));
    let customer = set.customer.data.iter().map(|one| format!("customer-managed {}{}", one.path(), one.name));
    let inline = set.inline.known().and_then(Option::as_ref).map(|_| "inline policy".to_owned());
    managed.chain(customer).chain(inline).collect()
}
