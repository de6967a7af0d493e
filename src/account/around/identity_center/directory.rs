//! Names of users and groups, and who is in which group.

use super::shapes;
use crate::account::answers::{Answers, needed};
use crate::account::fact::{ASSIGNMENTS, STORE_GROUPS, STORE_MEMBERS, STORE_USERS};
use crate::account::fact::{GapKind, Observed};
use crate::account::gaps::gap;
use crate::snapshot::Snapshot;
use std::collections::BTreeMap;

shapes! {
    UsersPage { users: Option<Vec<User>>, }
    User { user_id: String, user_name: Option<String>, }
    GroupsPage { groups: Option<Vec<Group>>, }
    Group { group_id: String, display_name: Option<String>, }
    MembersPage { group_memberships: Option<Vec<Membership>>, }
    Membership { member_id: Option<Member>, }
    Member { user_id: Option<String>, }
}

/// A principal of an assignment.
pub struct Who {
    pub name: Observed<String>,
    pub people: Observed<Vec<String>>,
}

pub struct Directory {
    users: Answers,
    groups: Answers,
    members: Answers,
}

impl Directory {
    pub fn read(snapshot: &Snapshot) -> Self {
        Self {
            users: Answers::of(snapshot, STORE_USERS),
            groups: Answers::of(snapshot, STORE_GROUPS),
            members: Answers::of(snapshot, STORE_MEMBERS),
        }
    }

    pub fn who(&self, region: &str, store: Option<&str>, kind: Option<&str>, id: &str) -> Who {
        let Some(store) = store else {
            let unknown = gap(STORE_USERS, GapKind::Absent, "AWS does not name the directory of the instance");
            return Who { name: Observed::Gap(std::sync::Arc::clone(&unknown)), people: Observed::Gap(unknown) };
        };
        match kind {
            Some("GROUP") => Who { name: self.group(region, store, id), people: self.members(region, store, id) },
            Some("USER") => {
                let name = self.user(region, store, id);
                Who { people: name.clone().map(|name| vec![name]), name }
            }
            _ => {
                let unknown =
                    gap(ASSIGNMENTS, GapKind::Unreadable, format!("the principal {id} is neither group nor user"));
                Who { name: Observed::Gap(std::sync::Arc::clone(&unknown)), people: Observed::Gap(unknown) }
            }
        }
    }

    fn users(&self, region: &str, store: &str) -> Observed<BTreeMap<String, String>> {
        let source = self.users.list(region, &[("IdentityStoreId", store)], |page: UsersPage| page.users);
        let named = |user: User| (user.user_id.clone(), user.user_name.unwrap_or(user.user_id));
        crate::account::answers::whole(source).map(|users| users.into_iter().map(named).collect())
    }

    fn user(&self, region: &str, store: &str, id: &str) -> Observed<String> {
        self.users(region, store)
            .and_then(|users| needed(users.get(id).cloned(), STORE_USERS, || format!("the user {id}")))
    }

    fn group(&self, region: &str, store: &str, id: &str) -> Observed<String> {
        let source = self.groups.list(region, &[("IdentityStoreId", store)], |page: GroupsPage| page.groups);
        let found = source.data.into_iter().find(|group| group.group_id == id);
        match (found, source.gap) {
            (Some(group), _) => Observed::Known(group.display_name.unwrap_or(group.group_id)),
            (None, Some(gap)) => Observed::Gap(gap),
            (None, None) => needed(None, STORE_GROUPS, || format!("the group {id}")),
        }
    }

    fn members(&self, region: &str, store: &str, id: &str) -> Observed<Vec<String>> {
        let about = [("GroupId", id), ("IdentityStoreId", store)];
        let source = self.members.list(region, &about, |page: MembersPage| page.group_memberships);
        if let Some(gap) = source.gap {
            return Observed::Gap(gap);
        }
        let ids: Option<Vec<String>> = source.data.into_iter().map(|one| one.member_id?.user_id).collect();
        let ids = needed(ids, STORE_MEMBERS, || format!("every member of the group {id}"));
        ids.and_then(|ids| {
            self.users(region, store).map(|users| {
                let mut names: Vec<String> = ids.into_iter().map(|id| users.get(&id).cloned().unwrap_or(id)).collect();
                names.sort();
                names
            })
        })
    }
}
