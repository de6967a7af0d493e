//! The directory of Identity Center: names of users and groups, who is in which group, who is switched off.

use super::answers::{Answers, Entries, Gaps, text, told};
use super::center::{Center, PermissionSet};
use super::grade;
use crate::policy::grants::AccessLevel;
use crate::snapshot::Snapshot;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A directory's id, and the region that it was asked in.
pub type Store = (String, String);
type Key = (Store, String);

/// A group that an assignment names.
#[derive(Debug, Serialize)]
pub struct Group {
    pub id: String,
    /// The name, or the id where the name is not known.
    pub name: String,
    /// By their places among the people.
    pub members: Vec<usize>,
    /// Why there may be more members.
    pub missing: Option<String>,
    /// Accounts that it reaches.
    pub accounts: usize,
    /// By their places among the permission sets.
    pub sets: Vec<usize>,
    /// The most that it has, as a grade's place.
    pub rank: u8,
    /// The same in words.
    pub most: String,
}

/// A user who reaches an account.
#[derive(Debug, Serialize)]
pub struct Person {
    pub id: String,
    /// The name, or the id where the name is not known.
    pub name: String,
    pub display: Option<String>,
    pub status: Status,
    /// Groups that assignments name, by their places.
    pub groups: Vec<usize>,
    /// Accounts that they reach, by themselves or through groups.
    pub accounts: usize,
    /// By their places among the permission sets.
    pub sets: Vec<usize>,
    /// Permission sets that are assigned to them alone.
    pub direct: Vec<usize>,
    /// The most that they have, as a grade's place.
    pub rank: u8,
    /// The same in words.
    pub most: String,
}

/// Whether a user can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Enabled,
    Disabled,
    /// Neither word was told, or the user is not in the list.
    NotKnown,
}

impl Status {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::NotKnown => "not known",
        }
    }
}

/// The answers of the directories.
pub struct Directory {
    users: Answers,
    groups: Answers,
    members: Answers,
}

/// Everybody behind the assignments.
#[derive(Default)]
pub struct Named {
    pub groups: Vec<Group>,
    pub people: Vec<Person>,
    pub group_places: BTreeMap<Key, usize>,
    pub person_places: BTreeMap<Key, usize>,
    /// How many users and groups the directories list.
    pub users: Option<usize>,
    pub groups_listed: Option<usize>,
}

impl Directory {
    pub fn read(snapshot: &Snapshot) -> Self {
        let of = |operation| Answers::of(snapshot, "identitystore", operation);
        Self { users: of("ListUsers"), groups: of("ListGroups"), members: of("ListGroupMemberships") }
    }

    /// Names the principals of assignments, and the members of their groups.
    pub fn name<'a>(
        &mut self,
        principals: impl Iterator<Item = (&'a Store, &'a str, &'a str)>,
        gaps: &mut Gaps,
    ) -> Named {
        let mut wanted: BTreeMap<Store, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for (store, kind, id) in principals {
            let (groups, people) = wanted.entry(store.clone()).or_default();
            match kind {
                "GROUP" => drop(groups.insert(id.to_owned())),
                "USER" => drop(people.insert(id.to_owned())),
                _ => {}
            }
        }
        let mut named = Named { users: Some(0), groups_listed: Some(0), ..Named::default() };
        for (store, (groups, people)) in wanted {
            self.of_store(&store, groups, people, &mut named, gaps);
        }
        named.sort();
        named
    }

    fn of_store(
        &self,
        store: &Store,
        groups: BTreeSet<String>,
        mut people: BTreeSet<String>,
        named: &mut Named,
        gaps: &mut Gaps,
    ) {
        let (region, about) = (Some(store.1.as_str()), [("IdentityStoreId", store.0.as_str())]);
        let users = self.users.list(region, &about, "Users", gaps);
        let listed = self.groups.list(region, &about, "Groups", gaps);
        named.users = counted(named.users, &users);
        named.groups_listed = counted(named.groups_listed, &listed);
        let names: BTreeMap<String, &Value> = listed.list.iter().map(|one| (text(one, "GroupId"), one)).collect();
        let mut memberships: Vec<(usize, Vec<String>)> = Vec::new();
        for id in groups {
            let found = self.members.list(region, &[("GroupId", &id), about[0]], "GroupMemberships", gaps);
            let ids: Vec<String> = found.list.iter().filter_map(|one| told(&one["MemberId"], "UserId")).collect();
            let strange = (ids.len() < found.list.len()).then(|| "some members are no users".to_owned());
            people.extend(ids.iter().cloned());
            memberships.push((named.groups.len(), ids));
            named.group_places.insert((store.clone(), id.clone()), named.groups.len());
            let name = names.get(&id).and_then(|one| told(one, "DisplayName")).unwrap_or_else(|| id.clone());
            let missing = found.missing.or(strange);
            let (members, sets, most) = (Vec::new(), Vec::new(), String::new());
            named.groups.push(Group { id, name, members, missing, accounts: 0, sets, rank: 0, most });
        }
        let known: BTreeMap<String, &Value> = users.list.iter().map(|one| (text(one, "UserId"), one)).collect();
        for id in people {
            let about = known.get(&id).copied().unwrap_or(&Value::Null);
            named.person_places.insert((store.clone(), id.clone()), named.people.len());
            named.people.push(person(id, about));
        }
        for (group, ids) in memberships {
            for id in ids {
                let person = named.person_places[&(store.clone(), id)];
                named.groups[group].members.push(person);
            }
        }
    }
}

fn counted(before: Option<usize>, found: &Entries) -> Option<usize> {
    before.filter(|_| found.missing.is_none()).map(|before| before + found.list.len())
}

fn person(id: String, about: &Value) -> Person {
    let status = match about["UserStatus"].as_str() {
        Some("ENABLED") => Status::Enabled,
        Some("DISABLED") => Status::Disabled,
        _ => Status::NotKnown,
    };
    let name = told(about, "UserName").unwrap_or_else(|| id.clone());
    let (groups, sets, direct) = (Vec::new(), Vec::new(), Vec::new());
    let (display, most) = (told(about, "DisplayName"), String::new());
    Person { id, name, display, status, groups, accounts: 0, sets, direct, rank: 0, most }
}

impl Named {
    /// Groups and people by name; whatever names their places follows.
    fn sort(&mut self) {
        let groups = order(&mut self.groups, |one| (one.name.clone(), one.id.clone()));
        let people = order(&mut self.people, |one| (one.name.clone(), one.id.clone()));
        self.group_places.values_mut().for_each(|place| *place = groups[*place]);
        self.person_places.values_mut().for_each(|place| *place = people[*place]);
        for group in &mut self.groups {
            group.members.iter_mut().for_each(|place| *place = people[*place]);
            group.members.sort_unstable();
            group.members.dedup();
        }
    }
}

/// Sorts, and tells for each former place the new one.
fn order<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) -> Vec<usize> {
    let mut numbered: Vec<(usize, T)> = std::mem::take(list).into_iter().enumerate().collect();
    numbered.sort_by_cached_key(|(place, one)| (key(one), *place));
    let mut places = vec![0; numbered.len()];
    for (now, (before, one)) in numbered.into_iter().enumerate() {
        places[before] = now;
        list.push(one);
    }
    places
}

/// What each group and person reaches by the assignments.
pub fn count(center: &mut Center) {
    let mut of_group: Vec<Reach> = center.groups.iter().map(|_| Reach::default()).collect();
    let mut of_person: Vec<Reach> = center.people.iter().map(|_| Reach::default()).collect();
    let mut accounts: BTreeMap<&str, usize> = BTreeMap::new();
    for assignment in &center.assignments {
        let next = accounts.len();
        let account = *accounts.entry(&assignment.account).or_insert(next);
        if let Some(group) = assignment.group {
            of_group[group].add(account, assignment.set);
        }
        if let Some(person) = assignment.person {
            of_person[person].add(account, assignment.set);
            center.people[person].direct.push(assignment.set);
        }
    }
    for (place, group) in center.groups.iter().enumerate() {
        for member in &group.members {
            of_person[*member].join(&of_group[place]);
            center.people[*member].groups.push(place);
        }
    }
    for (group, reach) in center.groups.iter_mut().zip(of_group) {
        (group.rank, group.most) = reach.most(&center.sets);
        (group.accounts, group.sets) = (reach.accounts(), reach.sets.into_iter().collect());
    }
    for (person, reach) in center.people.iter_mut().zip(of_person) {
        person.direct.sort_unstable();
        person.direct.dedup();
        (person.rank, person.most) = reach.most(&center.sets);
        (person.accounts, person.sets) = (reach.accounts(), reach.sets.into_iter().collect());
    }
}

#[derive(Clone, Default)]
struct Reach {
    /// A bit an account: thousands of people may each reach a thousand accounts.
    accounts: Vec<u64>,
    sets: BTreeSet<usize>,
}

impl Reach {
    fn add(&mut self, account: usize, set: usize) {
        let word = account / 64;
        if self.accounts.len() <= word {
            self.accounts.resize(word + 1, 0);
        }
        self.accounts[word] |= 1 << (account % 64);
        self.sets.insert(set);
    }

    fn join(&mut self, other: &Self) {
        if self.accounts.len() < other.accounts.len() {
            self.accounts.resize(other.accounts.len(), 0);
        }
        self.accounts.iter_mut().zip(&other.accounts).for_each(|(own, other)| *own |= other);
        self.sets.extend(&other.sets);
    }

    fn accounts(&self) -> usize {
        self.accounts.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The most by any of the permission sets, and in words.
    fn most(&self, sets: &[PermissionSet]) -> (u8, String) {
        let grades = || self.sets.iter().map(|set| &sets[*set].grade);
        let open = grades().any(|grade| !grade.unread.is_empty());
        let (rank, level) = match grades().max_by_key(|grade| grade.rank) {
            Some(most) => (most.rank, most.level.as_str()),
            None => (0, AccessLevel::Nothing.name()),
        };
        (rank, grade::words(level, rank, open))
    }
}
