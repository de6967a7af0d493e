//! What the pages and the PDF show of access through Identity Center, put together once for both.

use crate::organization::access::Assignment;
use crate::organization::people::{Group, Person, Status};
use crate::organization::{Account, Organization};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Accounts or people that are named one by one in a line; the tables have all.
pub const NAMED: usize = 12;

/// Something with a page or a section.
#[derive(Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub name: String,
    pub id: String,
}

pub fn named(account: &Account) -> Named {
    Named { name: account.name.clone().unwrap_or_else(|| account.id.clone()), id: account.id.clone() }
}

pub fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("a state is a word");
    value.as_str().unwrap_or_default().to_owned()
}

/// A permission set, with who has it where.
#[derive(Serialize)]
pub struct SetView {
    /// From 1.
    pub number: usize,
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    pub grade: String,
    pub unread: Vec<String>,
    pub policies: Vec<String>,
    pub boundary: Option<String>,
    pub session: Option<String>,
    pub provisioned: usize,
    pub missing: Option<String>,
    /// Accounts in which somebody has it.
    pub accounts: usize,
    /// People who have it anywhere.
    pub people: usize,
    /// Of them those who are switched off.
    pub disabled: usize,
    /// Why there may be more people.
    pub open: bool,
    pub holders: Vec<Holder>,
}

/// A group or user with the accounts in which it has a permission set.
#[derive(Serialize)]
pub struct Holder {
    pub kind: String,
    pub name: String,
    /// `group-3`, `person-7`: its section; empty where it has none.
    pub section: String,
    pub people: usize,
    /// More people may be behind it than are known.
    pub open: bool,
    pub accounts: usize,
    pub first: Vec<Named>,
    pub more: usize,
}

/// Kind, name and id of a holder → its assignments.
type Holders<'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Assignment>>;

pub fn sets(organization: &Organization) -> Vec<SetView> {
    let center = &organization.identity_center;
    let names = names(organization);
    let mut holders: Vec<Holders<'_>> = vec![BTreeMap::new(); center.sets.len()];
    for one in &center.assignments {
        let key = (one.kind.as_str(), one.principal.as_str(), one.principal_id.as_str());
        holders[one.set].entry(key).or_default().push(one);
    }
    let view = |(place, holders): (usize, Holders<'_>)| {
        let set = &center.sets[place];
        let assignments = || holders.values().flatten();
        let people: BTreeSet<usize> = assignments().flat_map(|one| people(organization, one)).collect();
        let disabled = people.iter().filter(|one| center.people[**one].status == Status::Disabled).count();
        let accounts: BTreeSet<&str> = assignments().map(|one| one.account.as_str()).collect();
        let open = holders.values().any(|list| is_open(organization, list[0]));
        SetView {
            number: place + 1,
            name: set.name.clone(),
            arn: set.arn.clone(),
            description: set.description.clone(),
            grade: set.grade.words.clone(),
            unread: set.grade.unread.clone(),
            policies: set.policies.clone(),
            boundary: set.boundary.clone(),
            session: set.session.clone(),
            provisioned: set.accounts,
            missing: set.accounts_missing.clone(),
            accounts: accounts.len(),
            people: people.len(),
            disabled,
            open,
            holders: holders.values().map(|list| holder(organization, list, &names)).collect(),
        }
    };
    holders.into_iter().enumerate().map(view).collect()
}

/// Account → its name.
fn names(organization: &Organization) -> BTreeMap<&str, &str> {
    let named = |account| -> Option<(&str, &str)> {
        let account: &Account = account;
        Some((account.id.as_str(), account.name.as_deref()?))
    };
    organization.accounts.iter().filter_map(named).collect()
}

/// By their places among the people.
fn people<'a>(organization: &'a Organization, one: &Assignment) -> impl Iterator<Item = usize> + use<'a> {
    let members = one.group.map_or(&[][..], |group| &organization.identity_center.groups[group].members);
    members.iter().copied().chain(one.person)
}

/// Whether more people may be behind an assignment than are known.
fn is_open(organization: &Organization, one: &Assignment) -> bool {
    match (one.group, one.person) {
        (Some(group), _) => organization.identity_center.groups[group].missing.is_some(),
        (None, person) => person.is_none(),
    }
}

fn section(one: &Assignment) -> String {
    match (one.group, one.person) {
        (Some(group), _) => format!("group-{}", group + 1),
        (_, Some(person)) => format!("person-{}", person + 1),
        _ => String::new(),
    }
}

fn holder(organization: &Organization, list: &[&Assignment], names: &BTreeMap<&str, &str>) -> Holder {
    let one = list[0];
    let account = |one: &&Assignment| Named {
        name: names.get(one.account.as_str()).map_or_else(|| one.account.clone(), |name| (*name).to_owned()),
        id: one.account.clone(),
    };
    Holder {
        kind: one.kind.to_lowercase(),
        name: one.principal.clone(),
        section: section(one),
        people: people(organization, one).count(),
        open: is_open(organization, one),
        accounts: list.len(),
        first: list.iter().take(NAMED).map(account).collect(),
        more: list.len().saturating_sub(NAMED),
    }
}

/// A number of people, or how many at least.
pub fn people_told(count: usize, open: bool) -> String {
    match (count, open) {
        (0, true) => "not known".to_owned(),
        (count, true) => format!("at least {count}"),
        (count, false) => count.to_string(),
    }
}

/// What somebody has in one account.
#[derive(Serialize)]
pub struct Has {
    pub account: String,
    pub set: usize,
    pub permission_set: String,
    pub grade: String,
    pub kind: String,
    pub principal: String,
    pub section: String,
    /// Names of the people, the first of them; with the switched-off marked.
    pub people: Vec<String>,
    pub more: usize,
    pub count: usize,
    /// There may be more people than are known.
    pub open: bool,
}

pub fn has(organization: &Organization, one: &Assignment) -> Has {
    let center = &organization.identity_center;
    let all: Vec<usize> = people(organization, one).collect();
    let shown = |place: &usize| {
        let person = &center.people[*place];
        match person.status {
            Status::Enabled => person.name.clone(),
            Status::Disabled => format!("{} (disabled)", person.name),
            Status::NotKnown => format!("{} (state not known)", person.name),
        }
    };
    Has {
        account: one.account.clone(),
        set: one.set + 1,
        permission_set: one.permission_set.clone(),
        grade: center.sets[one.set].grade.words.clone(),
        kind: one.kind.to_lowercase(),
        principal: one.principal.clone(),
        section: section(one),
        people: all.iter().take(NAMED).map(shown).collect(),
        more: all.len().saturating_sub(NAMED),
        count: all.len(),
        open: is_open(organization, one),
    }
}

/// A group, with what it has and who is in it.
#[derive(Serialize)]
pub struct GroupView {
    pub number: usize,
    pub name: String,
    pub id: String,
    pub most: String,
    pub accounts: usize,
    /// Permission sets: number and name.
    pub sets: Vec<(usize, String)>,
    pub members: usize,
    pub disabled: usize,
    pub missing: Option<String>,
}

pub fn groups(organization: &Organization) -> Vec<GroupView> {
    let center = &organization.identity_center;
    let view = |(place, group): (usize, &Group)| GroupView {
        number: place + 1,
        name: group.name.clone(),
        id: group.id.clone(),
        most: group.most.clone(),
        accounts: group.accounts,
        sets: set_names(organization, &group.sets),
        members: group.members.len(),
        disabled: group.members.iter().filter(|one| center.people[**one].status == Status::Disabled).count(),
        missing: group.missing.clone(),
    };
    center.groups.iter().enumerate().map(view).collect()
}

fn set_names(organization: &Organization, sets: &[usize]) -> Vec<(usize, String)> {
    sets.iter().map(|set| (set + 1, organization.identity_center.sets[*set].name.clone())).collect()
}

/// A person, with what they have by whom.
#[derive(Serialize)]
pub struct PersonView {
    pub number: usize,
    pub name: String,
    pub id: String,
    pub display: Option<String>,
    pub status: String,
    pub status_words: &'static str,
    pub most: String,
    pub rank: u8,
    pub accounts: usize,
    /// Groups: number and name.
    pub groups: Vec<(usize, String)>,
    pub direct: Vec<(usize, String)>,
    pub sets: Vec<(usize, String)>,
}

/// Those with the most first.
pub fn persons(organization: &Organization) -> Vec<PersonView> {
    let center = &organization.identity_center;
    let view = |(place, person): (usize, &Person)| PersonView {
        number: place + 1,
        name: person.name.clone(),
        id: person.id.clone(),
        display: person.display.clone(),
        status: word(&person.status),
        status_words: person.status.words(),
        most: person.most.clone(),
        rank: person.rank,
        accounts: person.accounts,
        groups: person.groups.iter().map(|group| (group + 1, center.groups[*group].name.clone())).collect(),
        direct: set_names(organization, &person.direct),
        sets: set_names(organization, &person.sets),
    };
    let mut all: Vec<PersonView> = center.people.iter().enumerate().map(view).collect();
    all.sort_by_key(|one| (std::cmp::Reverse(one.rank), std::cmp::Reverse(one.accounts), one.number));
    all
}

/// Sentences about Identity Center as a whole.
pub fn sentences(organization: &Organization) -> Vec<String> {
    let center = &organization.identity_center;
    if !center.asked {
        let why = if organization.asked.iter().any(|one| one.operation == "organizations:ListAccounts") {
            "the evidence holds no answer about it"
        } else {
            "the accounts were not listed by AWS, so nothing about it was asked"
        };
        return vec![format!("Who reaches the accounts from Identity Center is not known: {why}.")];
    }
    let mut sentences = Vec::new();
    match center.instances.len() {
        0 if center.missing.is_empty() => {
            sentences.push("There is no instance of Identity Center in any region that was asked.".to_owned());
        }
        0 => sentences.push("Whether there is an instance of Identity Center is not known.".to_owned()),
        _ => {
            let (sets, groups, people) = (center.sets.len(), center.groups.len(), center.people.len());
            let listed = |count: Option<usize>, what: &str| {
                count.map_or_else(|| format!("a number of {what} that is not known"), |count| format!("{count} {what}"))
            };
            sentences.push(format!(
                "{sets} permission sets are assigned {} times, by {groups} groups and by single users; {people} people reach \
                 an account. The directory lists {} and {}.",
                center.assignments.len(),
                listed(center.listed.users, "users"),
                listed(center.listed.groups, "groups")
            ));
        }
    }
    let of = |wanted: &dyn Fn(&Person) -> bool| center.people.iter().filter(|one| wanted(one)).count();
    match of(&|one| one.most == "full administrator") {
        0 => {}
        1 => sentences.push("1 of these people is a full administrator of at least one account.".to_owned()),
        strong => sentences.push(format!("{strong} of these people are full administrators of at least one account.")),
    }
    match of(&|one| one.status == Status::Disabled) {
        0 => {}
        1 => sentences.push(
            "1 of these people is disabled: they cannot sign in now, and have the access again once they are enabled."
                .to_owned(),
        ),
        disabled => sentences.push(format!(
            "{disabled} of these people are disabled: they cannot sign in now, and have the access again once they are enabled."
        )),
    }
    match of(&|one| one.status == Status::NotKnown) {
        0 => {}
        unknown => {
            sentences.push(format!("Of {unknown} of these people the evidence does not say whether they can sign in."));
        }
    }
    sentences
}
