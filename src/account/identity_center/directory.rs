//! The directories of Identity Center: names of users and groups, and who is in which group.

use super::shapes;
use crate::account::answers::{Answers, Noted, needed, whole};
use crate::account::fact::{ASSIGNMENTS, Gap, GapKind, Observed, STORE_GROUPS, STORE_MEMBERS, STORE_USERS};
use crate::account::gaps::gap;
use crate::account::sources::Source;
use crate::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

shapes! {
    UsersPage { users: Option<Vec<UserItem>>, }
    UserItem { user_id: String, user_name: Option<String>, display_name: Option<String>, user_status: Option<String>, }
    GroupsPage { groups: Option<Vec<GroupItem>>, }
    GroupItem { group_id: String, display_name: Option<String>, }
    MembersPage { group_memberships: Option<Vec<MembershipItem>>, }
    MembershipItem { member_id: Option<MemberItem>, }
    MemberItem { user_id: Option<String>, }
}

/// The Region that was asked, and the directory's id.
pub type Key = (String, String);

/// The directories that assignments name principals of, each parsed once.
#[derive(Debug, Default)]
pub struct Directory {
    pub stores: BTreeMap<Key, Store>,
}

/// One directory.
#[derive(Debug)]
pub struct Store {
    /// By id.
    pub users: Source<BTreeMap<String, User>>,
    /// Names by id; the id where a group has no name.
    pub groups: Source<BTreeMap<String, String>>,
    /// Members of the groups that assignments name; none for a member that is no user.
    pub members: BTreeMap<String, Source<Vec<Option<String>>>>,
}

#[derive(Clone, Debug)]
pub struct User {
    /// The name, or the id where there is none.
    pub name: String,
    pub display: Option<String>,
    /// `ENABLED` or `DISABLED`, where AWS says so.
    pub status: Option<String>,
}

/// A principal of an assignment.
pub(super) struct Who {
    pub name: Observed<String>,
    pub people: Observed<Vec<String>>,
}

impl Directory {
    /// Reads the directories with the members of these groups.
    pub(super) fn read(snapshot: &Snapshot, groups: BTreeMap<Key, BTreeSet<String>>, noted: &mut Noted) -> Self {
        let users = Answers::of(snapshot, STORE_USERS);
        let (listed, members) = (Answers::of(snapshot, STORE_GROUPS), Answers::of(snapshot, STORE_MEMBERS));
        let store = |((region, store), groups): (Key, BTreeSet<String>)| {
            if store.is_empty() {
                return ((region, store), Store::unknown(groups));
            }
            let about = [("IdentityStoreId", store.as_str())];
            let users = noted.list(&users, &region, &about, |page: UsersPage| page.users);
            let named = noted.list(&listed, &region, &about, |page: GroupsPage| page.groups);
            let of_group = |id: String| {
                let about = [("GroupId", id.as_str()), about[0]];
                let source = noted.list(&members, &region, &about, |page: MembersPage| page.group_memberships);
                let ids = source.data.into_iter().map(|one| one.member_id?.user_id).collect();
                (id, Source { data: ids, gap: source.gap })
            };
            let members = groups.into_iter().map(of_group).collect();
            let groups = named.data.into_iter().map(|group| {
                let name = group.display_name.filter(|name| !name.is_empty());
                (group.group_id.clone(), name.unwrap_or(group.group_id))
            });
            let groups = Source { data: groups.collect(), gap: named.gap };
            let users = Source { data: users.data.into_iter().map(user).collect(), gap: users.gap };
            ((region, store), Store { users, groups, members })
        };
        Self { stores: groups.into_iter().map(store).collect() }
    }

    pub(super) fn who(&self, store: &Key, kind: Option<&str>, id: &str) -> Who {
        let unknown = |gap: Arc<Gap>| Who { name: Observed::Gap(Arc::clone(&gap)), people: Observed::Gap(gap) };
        let Some(store) = self.stores.get(store) else { return unknown(nameless()) };
        match kind {
            _ if store.is_unknown() => unknown(nameless()),
            Some("GROUP") => Who { name: store.group(id), people: store.people(id) },
            Some("USER") => {
                let name = store.user(id);
                Who { people: name.clone().map(|name| vec![name]), name }
            }
            _ => {
                let reason = format!("the principal {id} is neither group nor user");
                unknown(gap(ASSIGNMENTS, GapKind::Unreadable, reason))
            }
        }
    }
}

fn nameless() -> Arc<Gap> {
    gap(STORE_USERS, GapKind::Absent, "AWS does not name the directory of the instance")
}

fn user(item: UserItem) -> (String, User) {
    let name = item.user_name.filter(|name| !name.is_empty()).unwrap_or_else(|| item.user_id.clone());
    let display = item.display_name.filter(|name| !name.is_empty());
    (item.user_id, User { name, display, status: item.user_status })
}

impl Store {
    /// A directory that no answer names.
    fn unknown(groups: BTreeSet<String>) -> Self {
        fn none<T: Default>() -> Source<T> {
            Source { data: T::default(), gap: Some(nameless()) }
        }
        Self { users: none(), groups: none(), members: groups.into_iter().map(|id| (id, none())).collect() }
    }

    fn is_unknown(&self) -> bool {
        self.users.gap.as_ref() == Some(&nameless())
    }

    fn user(&self, id: &str) -> Observed<String> {
        match &self.users.gap {
            Some(gap) => Observed::Gap(Arc::clone(gap)),
            None => {
                needed(self.users.data.get(id).map(|user| user.name.clone()), STORE_USERS, || format!("the user {id}"))
            }
        }
    }

    fn group(&self, id: &str) -> Observed<String> {
        match (self.groups.data.get(id), &self.groups.gap) {
            (Some(name), _) => Observed::Known(name.clone()),
            (None, Some(gap)) => Observed::Gap(Arc::clone(gap)),
            (None, None) => needed(None, STORE_GROUPS, || format!("the group {id}")),
        }
    }

    /// Names of a group's members.
    fn people(&self, id: &str) -> Observed<Vec<String>> {
        let every = || format!("every member of the group {id}");
        let members = self.members.get(id).cloned();
        let ids = needed(members, STORE_MEMBERS, every).and_then(whole).and_then(|ids| {
            let ids: Option<Vec<String>> = ids.into_iter().collect();
            needed(ids, STORE_MEMBERS, every)
        });
        ids.and_then(|ids| match &self.users.gap {
            Some(gap) => Observed::Gap(Arc::clone(gap)),
            None => {
                let name = |id: String| self.users.data.get(&id).map_or(id, |user| user.name.clone());
                let mut names: Vec<String> = ids.into_iter().map(name).collect();
                names.sort();
                Observed::Known(names)
            }
        })
    }
}
