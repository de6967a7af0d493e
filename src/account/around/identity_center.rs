//! IAM Identity Center: instances, permission sets, and who reaches which account by them.

use super::organization::Membership;
use crate::account::analysis::list;
use crate::account::answers::{Answers, add, listed, needed};
use crate::account::details::{RoleItem, name_of};
use crate::account::fact::{ASSIGNMENTS, PERMISSION_SET, PERMISSION_SETS, SET_ACCOUNTS, SSO_INSTANCES};
use crate::account::fact::{Gap, GapKind, Observed};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::regions::Regions;
use crate::account::sources::Sources;
use crate::account::subjects::{Assignment, PermissionSet};
use crate::account::{Population, Times};
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::sync::Arc;

mod directory;
mod grants;

use directory::Directory;
use grants::Policies;

macro_rules! shapes {
    ($( $Name:ident { $( $field:ident : $ty:ty, )* } )*) => { $(
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct $Name { $( $field: $ty, )* }
    )* };
}
use shapes;

shapes! {
    InstancesPage { instances: Option<Vec<Item>>, }
    SetsPage { permission_sets: Option<Vec<String>>, }
    SetAnswer { permission_set: Option<SetMembers>, }
    SetMembers { name: Option<String>, session_duration: Option<String>, }
    AccountsPage { account_ids: Option<Vec<String>>, }
    AssignmentsPage { account_assignments: Option<Vec<Assigned>>, }
    Assigned { principal_type: Option<String>, principal_id: Option<String>, account_id: Option<String>, }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    instance_arn: String,
    identity_store_id: Option<String>,
    owner_account_id: Option<String>,
}

/// An instance, and the region that was asked for it.
pub struct Instance {
    pub arn: String,
    region: String,
    store: Option<String>,
    owner: Option<String>,
}

/// Every instance that this account sees, and what keeps them from being all.
pub struct Instances {
    pub all: Vec<Instance>,
    pub gap: Option<Arc<Gap>>,
    /// No Region is known that could have been asked.
    unasked: bool,
}

impl Instances {
    pub fn read(snapshot: &Snapshot, regions: &Regions) -> Self {
        let answers = Answers::of(snapshot, SSO_INSTANCES);
        let uncollected = regions.gap.as_ref().is_some_and(|gap| gap.kind == GapKind::NotCollected);
        let unasked = uncollected && regions.names.is_empty();
        let mut found = Self { all: Vec::new(), gap: regions.gap.clone(), unasked };
        for region in &regions.names {
            let source = answers.list(region, &[], |page: InstancesPage| page.instances);
            found.gap = found.gap.or(source.gap);
            for item in source.data {
                // One instance can be seen from several regions.
                if found.all.iter().any(|instance| instance.arn == item.instance_arn) {
                    continue;
                }
                found.all.push(Instance {
                    arn: item.instance_arn,
                    region: region.clone(),
                    store: item.identity_store_id,
                    owner: item.owner_account_id,
                });
            }
        }
        found
    }

    /// An instance with permission sets belongs to this account. Of the organization's management account it is
    /// known only where every instance is. An account whose organization is not in the evidence may be one. Of
    /// other accounts, and of evidence without any Region, an instance must show it: IAM alone says nothing about
    /// Identity Center.
    pub fn run_here(&self, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<bool> {
        let own = |instance: &&Instance| instance.owner.as_deref() == Some(place.account.as_str());
        if self.all.iter().filter(own).any(|instance| !instance.is_of_account(membership)) {
            return Observed::Known(true);
        }
        let manages = match membership {
            Observed::Known(known) => known.as_ref().is_some_and(|known| known.management == place.account),
            // Who manages the organization is not in the evidence: it may be this account.
            Observed::Gap(_) => true,
        };
        match &self.gap {
            Some(gap) if manages && !self.unasked => Observed::Gap(Arc::clone(gap)),
            _ => Observed::Known(false),
        }
    }

    pub fn arns(&self) -> (Vec<String>, Option<Arc<Gap>>) {
        (self.all.iter().map(|instance| instance.arn.clone()).collect(), self.gap.clone())
    }

    /// Those of the management account. A member need not see them, so that its seeing none says nothing.
    pub fn of_organization(&self, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<Vec<String>> {
        membership.as_ref().and_then(|known| {
            let Some(known) = known else { return Observed::Known(Vec::new()) };
            let own = |instance: &&Instance| instance.owner.as_ref() == Some(&known.management);
            let found = self.all.iter().filter(own).map(|instance| instance.arn.clone()).collect();
            let unseen = || {
                let nameless = self.all.iter().any(|instance| instance.owner.is_none());
                (nameless || known.management != place.account).then(|| {
                    let reason = format!(
                        "whether the organization has an instance of Identity Center is not shown to account {}",
                        place.account
                    );
                    gap(SSO_INSTANCES, GapKind::Absent, reason)
                })
            };
            list(found, self.gap.clone().or_else(unseen).as_ref())
        })
    }
}

impl Instance {
    /// An instance of a single account, which has no permission sets. Not known counts as not.
    fn is_of_account(&self, membership: &Observed<Option<Membership>>) -> bool {
        match (membership.known(), &self.owner) {
            (Some(None), _) => true,
            (Some(Some(known)), Some(owner)) => known.management != *owner,
            _ => false,
        }
    }
}

/// The two populations.
pub struct Populations {
    pub sets: Population<PermissionSet>,
    pub assignments: Population<Assignment>,
}

pub fn read(
    snapshot: &Snapshot,
    instances: &Instances,
    membership: &Observed<Option<Membership>>,
    sources: &Sources,
    (place, times): (&Place, &Times),
) -> Populations {
    let mut gaps: Vec<Arc<Gap>> = Vec::new();
    add(&mut gaps, instances.gap.clone());
    // Who may be told of permission sets depends on whose the organization is.
    add(&mut gaps, membership.gap().cloned());
    if let Observed::Known(Some(known)) = membership
        && known.management != place.account
        && !instances.all.iter().any(|instance| instance.owner.as_ref() == Some(&known.management))
    {
        let reason = format!(
            "this account is a member of the organization {}; AWS shows the permission sets of its Identity Center to the \
             management account {} or a delegated administrator only",
            known.id, known.management
        );
        add(&mut gaps, Some(gap(PERMISSION_SETS, GapKind::Absent, reason)));
    }
    add(&mut gaps, unlisted(instances, membership, sources, place));
    let mut found = Populations {
        sets: Population { subjects: Vec::new(), gaps: gaps.clone() },
        assignments: Population { subjects: Vec::new(), gaps },
    };
    let desk = Desk {
        lists: Answers::of(snapshot, PERMISSION_SETS),
        described: Answers::of(snapshot, PERMISSION_SET),
        accounts: Answers::of(snapshot, SET_ACCOUNTS),
        assigned: Answers::of(snapshot, ASSIGNMENTS),
        policies: Policies::read(snapshot, sources, place),
        directory: Directory::read(snapshot),
        roles: &sources.details.data.roles,
        place,
        times,
    };
    for instance in instances.all.iter().filter(|instance| !instance.is_of_account(membership)) {
        desk.instance(instance, &mut found);
    }
    found.sets.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    found.assignments.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    found.assignments.subjects.dedup_by(|one, other| one.id == other.id);
    found
}

/// Identity Center made roles in this account, and no instance is listed that could have.
fn unlisted(
    instances: &Instances,
    membership: &Observed<Option<Membership>>,
    sources: &Sources,
    place: &Place,
) -> Option<Arc<Gap>> {
    // A member is not shown the instance of its organization, which is said already.
    let member = matches!(membership, Observed::Known(Some(known)) if known.management != place.account);
    if member || !instances.all.is_empty() {
        return None;
    }
    let role = sources.details.data.roles.iter().find(|role| role.is_of_identity_center())?;
    let reason = format!(
        "the role {} was made by Identity Center, and {SSO_INSTANCES} lists no instance of it",
        name_of(&role.arn)
    );
    Some(gap(SSO_INSTANCES, GapKind::Conflict, reason))
}

struct Desk<'a> {
    lists: Answers,
    described: Answers,
    accounts: Answers,
    assigned: Answers,
    policies: Policies<'a>,
    directory: Directory,
    /// Of this account; Identity Center makes one for each permission set that reaches it.
    roles: &'a [RoleItem],
    place: &'a Place,
    times: &'a Times,
}

impl Desk<'_> {
    fn instance(&self, instance: &Instance, found: &mut Populations) {
        let about = [("InstanceArn", instance.arn.as_str())];
        let sets = self.lists.list(&instance.region, &about, |page: SetsPage| page.permission_sets);
        let unlisted = sets.gap.clone().or_else(|| self.unlisted_set(&sets.data));
        add(&mut found.sets.gaps, unlisted.clone());
        add(&mut found.assignments.gaps, unlisted);
        for set in sets.data {
            if found.sets.subjects.iter().any(|known| known.id == set) {
                continue;
            }
            let subject = self.set(instance, &set);
            self.assignments(instance, &set, &subject, found);
            found.sets.subjects.push(subject);
        }
    }

    /// No permission set is listed, but this account has roles that Identity Center made for some.
    fn unlisted_set(&self, sets: &[String]) -> Option<Arc<Gap>> {
        let role = self.roles.iter().find(|role| sets.is_empty() && role.is_of_identity_center())?;
        let name = name_of(&role.arn);
        let reason = format!("the role {name} is of a permission set, and {PERMISSION_SETS} lists none");
        Some(gap(PERMISSION_SETS, GapKind::Conflict, reason))
    }

    /// The account has the role of a permission set that is not listed as provisioned there.
    fn unlisted_account(&self, subject: &PermissionSet, accounts: &[String]) -> Option<Arc<Gap>> {
        let set = subject.name.known()?;
        let missing = !accounts.contains(&self.place.account);
        let role = self.roles.iter().find(|role| missing && role.is_of_permission_set(set))?;
        let reason = format!(
            "the role {} is of the permission set {set}, and {SET_ACCOUNTS} does not list this account for it",
            name_of(&role.arn)
        );
        Some(gap(SET_ACCOUNTS, GapKind::Conflict, reason))
    }

    fn set(&self, instance: &Instance, set: &str) -> PermissionSet {
        let about = [("InstanceArn", instance.arn.as_str()), ("PermissionSetArn", set)];
        let described = self.described.one(&instance.region, &about).and_then(|answer: SetAnswer| {
            needed(answer.permission_set, PERMISSION_SET, || format!("the permission set {set}"))
        });
        let accounts = self.accounts.list(&instance.region, &about, |page: AccountsPage| page.account_ids);
        let granted = self.policies.of(&instance.region, &about, &accounts);
        let seconds = described.as_ref().and_then(|members| {
            let text = members.session_duration.as_deref();
            let seconds =
                text.and_then(|text| text.parse::<jiff::SignedDuration>().ok()).map(|length| length.as_secs());
            needed(seconds, PERMISSION_SET, || format!("the session duration of {set}"))
        });
        let name = described.and_then(|members| needed(members.name, PERMISSION_SET, || format!("the name of {set}")));
        PermissionSet {
            id: set.to_owned(),
            label: name.known().cloned().unwrap_or_else(|| set.to_owned()),
            as_of: self.times.started,
            name,
            session_seconds: seconds,
            policies: granted.names,
            grants_full_admin: granted.full,
            accounts: crate::account::answers::whole(accounts),
        }
    }

    fn assignments(&self, instance: &Instance, set: &str, subject: &PermissionSet, found: &mut Populations) {
        let accounts = match &subject.accounts {
            Observed::Known(accounts) => accounts,
            Observed::Gap(gap) => return add(&mut found.assignments.gaps, Some(Arc::clone(gap))),
        };
        add(&mut found.assignments.gaps, self.unlisted_account(subject, accounts));
        for account in accounts {
            let about =
                [("AccountId", account.as_str()), ("InstanceArn", instance.arn.as_str()), ("PermissionSetArn", set)];
            let source = self.assigned.list(&instance.region, &about, |page: AssignmentsPage| page.account_assignments);
            // AWS takes a permission set out of an account with its last assignment there.
            let none = (source.gap.is_none() && source.data.is_empty()).then(|| {
                let reason = format!(
                    "the permission set {} is provisioned in account {account}, and {ASSIGNMENTS} lists no assignment there",
                    subject.label
                );
                gap(ASSIGNMENTS, GapKind::Conflict, reason)
            });
            add(&mut found.assignments.gaps, source.gap.or(none));
            for assigned in source.data {
                if assigned.account_id.as_ref().is_some_and(|other| other != account) {
                    let reason = format!("{ASSIGNMENTS} answered about another account than {account}");
                    add(&mut found.assignments.gaps, Some(gap(ASSIGNMENTS, GapKind::Conflict, reason)));
                    continue;
                }
                found.assignments.subjects.push(self.assignment(instance, set, subject, account, assigned));
            }
        }
    }

    fn assignment(
        &self,
        instance: &Instance,
        set: &str,
        subject: &PermissionSet,
        account: &str,
        assigned: Assigned,
    ) -> Assignment {
        let (kind, id) = (assigned.principal_type, assigned.principal_id.unwrap_or_default());
        let who = self.directory.who(&instance.region, instance.store.as_deref(), kind.as_deref(), &id);
        let shown = kind.as_deref().unwrap_or("?");
        Assignment {
            id: format!("{set}#{account}/{shown}/{id}"),
            label: format!("{} in {account} for {shown} {id}", subject.label),
            as_of: self.times.started,
            permission_set: subject.name.clone(),
            account: Observed::Known(account.to_owned()),
            principal_type: needed(kind.clone(), ASSIGNMENTS, || format!("the kind of the principal {id}")).and_then(
                |kind| listed(kind, "PrincipalType", ASSIGNMENTS, || format!("the kind of the principal {id}")),
            ),
            principal: who.name,
            people: who.people,
        }
    }
}
