//! The users and groups behind the assignments: who is in which group, who is disabled, what each of them reaches.

use super::access::{Center, PermissionSet, level_in_words};
use crate::account::identity_center::{Directory, Store};
use crate::policy::grants::AccessLevel;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A directory's Region and id.
pub type Key = (String, String);

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

/// Everybody behind the assignments.
#[derive(Default)]
pub struct Named {
    pub groups: Vec<Group>,
    pub people: Vec<Person>,
    pub group_places: BTreeMap<(Key, String), usize>,
    pub person_places: BTreeMap<(Key, String), usize>,
    /// How many users and groups the directories list.
    pub users: Option<usize>,
    pub groups_listed: Option<usize>,
}

/// Adds one directory's list to the count of all; none where a list is not whole.
fn counted(before: Option<usize>, listed: usize, is_whole: bool) -> Option<usize> {
    before.filter(|_| is_whole).map(|before| before + listed)
}

fn person(id: String, directory: Option<&Store>) -> Person {
    let user = directory.and_then(|store| store.users.data.get(&id));
    let status = match user.and_then(|user| user.status.as_deref()) {
        Some("ENABLED") => Status::Enabled,
        Some("DISABLED") => Status::Disabled,
        _ => Status::NotKnown,
    };
    let name = user.map_or_else(|| id.clone(), |user| user.name.clone());
    let display = user.and_then(|user| user.display.clone());
    let (groups, sets, direct, most) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    Person { id, name, display, status, groups, accounts: 0, sets, direct, rank: 0, most }
}

impl Named {
    /// Names the principals of assignments, and the members of their groups.
    pub fn of<'a>(directory: &Directory, principals: impl Iterator<Item = (&'a Key, &'a str, &'a str)>) -> Self {
        let mut wanted: BTreeMap<&Key, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
        for (store, kind, id) in principals {
            let (groups, people) = wanted.entry(store).or_default();
            match kind {
                "GROUP" => drop(groups.insert(id)),
                "USER" => drop(people.insert(id)),
                _ => {}
            }
        }
        let mut named = Self { users: Some(0), groups_listed: Some(0), ..Self::default() };
        for (key, (groups, people)) in wanted {
            named.add(key, directory.stores.get(key), &groups, &people);
        }
        named.sort();
        named
    }

    fn add(&mut self, key: &Key, store: Option<&Store>, groups: &BTreeSet<&str>, people: &BTreeSet<&str>) {
        let (users, listed) = (store.map(|store| &store.users), store.map(|store| &store.groups));
        let is_whole = users.is_some_and(|users| users.gap.is_none());
        self.users = counted(self.users, users.map_or(0, |users| users.data.len()), is_whole);
        let is_whole = listed.is_some_and(|groups| groups.gap.is_none());
        self.groups_listed = counted(self.groups_listed, listed.map_or(0, |groups| groups.data.len()), is_whole);
        let members = |id: &str| store.and_then(|store| store.members.get(id));
        let ids = |id: &str| members(id).into_iter().flat_map(|source| &source.data).flatten();
        let everybody: BTreeSet<&str> =
            people.iter().copied().chain(groups.iter().flat_map(|id| ids(id)).map(String::as_str)).collect();
        for id in everybody {
            self.person_places.insert((key.clone(), id.to_owned()), self.people.len());
            self.people.push(person(id.to_owned(), store));
        }
        for &id in groups {
            let source = members(id);
            let strange = source.is_none_or(|source| source.data.contains(&None));
            let missing = source.and_then(|source| Some(source.gap.as_ref()?.reason.clone()));
            let missing = missing.or_else(|| strange.then(|| "some members are no users".to_owned()));
            let place = |id: &String| self.person_places[&(key.clone(), id.clone())];
            let members = ids(id).map(place).collect();
            self.group_places.insert((key.clone(), id.to_owned()), self.groups.len());
            let name = listed.and_then(|groups| groups.data.get(id)).cloned().unwrap_or_else(|| id.to_owned());
            let (id, sets, most) = (id.to_owned(), Vec::new(), String::new());
            self.groups.push(Group { id, name, members, missing, accounts: 0, sets, rank: 0, most });
        }
    }

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
        (rank, level_in_words(level, rank, open))
    }
}
