//! The populations of permission sets and assignments.

use super::IdentityCenter;
use super::grade::grade;
use super::sets::{Assigned, SetEvidence, SetList};
use crate::account::answers::{add, listed, needed, whole};
use crate::account::fact::{
    ASSIGNMENTS, Gap, GapKind, ORGANIZATION, Observed, PERMISSION_SET, PERMISSION_SETS, REGIONS, SET_ACCOUNTS,
    SET_CUSTOMER, SET_INLINE, SET_MANAGED, SSO_INSTANCES, STORE_GROUPS, STORE_MEMBERS, STORE_USERS, subject,
};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::organizations::Membership;
use crate::account::sources::Sources;
use crate::account::{Population, Times};
use crate::arn::name_of;
use crate::policy::grants::AccessLevel;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// A permission set of Identity Center.
    PermissionSet = "permission_set" as "set", "permission sets", from &[PERMISSION_SETS, SSO_INSTANCES, REGIONS, ORGANIZATION];
    /// Name.
    name "the permission set's name": Text = &[PERMISSION_SET];
    /// Maximum session duration in seconds.
    session_seconds "how long a session of the permission set may last": i64 = &[PERMISSION_SET],
        title "Session in seconds";
    /// Its policies: AWS managed, customer managed, inline.
    policies: Texts = &[SET_MANAGED, SET_CUSTOMER, SET_INLINE];
    /// The most that its policies grant, in words, AWS-managed ones by a table of their grades; not known where one of
    /// them could not be read.
    access_level: Text = &[SET_MANAGED, SET_CUSTOMER, SET_INLINE];
    /// Its policies together make an administrator: they allow every action on every resource, or IAM as a whole, by
    /// which the holder can take every other permission. Customer managed policies can differ in every account, so with
    /// them it is known only where the others make one.
    grants_full_admin "whether the permission set grants full administration": bool =
        &[SET_MANAGED, SET_CUSTOMER, SET_INLINE], title "Grants full administration";
    /// Accounts in which it is provisioned.
    accounts: Texts = &[SET_ACCOUNTS], title "Provisioned in", none "no account";
}

subject! {
    /// A permission set, assigned in an account to a user or group of Identity Center.
    Assignment = "assignment" as "assignment", "Identity Center assignments",
        from &[ASSIGNMENTS, SET_ACCOUNTS, PERMISSION_SETS, SSO_INSTANCES, REGIONS, ORGANIZATION];
    /// Name of the permission set.
    permission_set "which permission set is assigned": Text = &[PERMISSION_SET];
    /// The account in which it is assigned.
    account "in which account it is assigned": Text = &[ASSIGNMENTS];
    /// GROUP or USER.
    principal_type "whether it is assigned to a user or to a group": Text = &[ASSIGNMENTS], title "Assigned to";
    /// Name of the user or group.
    principal "to whom it is assigned": Text = &[STORE_USERS, STORE_GROUPS], title "Name";
    /// The people behind it: the group's members, or the user.
    people: Texts = &[STORE_USERS, STORE_GROUPS, STORE_MEMBERS], title "Who", none "none";
}

/// The two populations.
pub struct Populations {
    pub sets: Population<PermissionSet>,
    pub assignments: Population<Assignment>,
}

pub fn populations(
    center: &IdentityCenter,
    membership: &Observed<Option<Membership>>,
    sources: &Sources,
    (place, times): (&Place, &Times),
) -> Populations {
    let instances = &center.instances;
    let mut gaps: Vec<Arc<Gap>> = Vec::new();
    add(&mut gaps, instances.gap.clone());
    // AWS shows permission sets only to the management account and to delegated administrators.
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
    let mut found = Populations {
        sets: Population { subjects: Vec::new(), gaps: gaps.clone() },
        assignments: Population { subjects: Vec::new(), gaps },
    };
    let of_account = OfAccount { center, sources, place, times };
    for list in &center.lists {
        let unlisted = list.gap.clone().or_else(|| of_account.unlisted_set(list));
        add(&mut found.sets.gaps, unlisted.clone());
        add(&mut found.assignments.gaps, unlisted);
    }
    for set in &center.sets {
        let subject = of_account.set(set);
        of_account.assignments(set, &subject, &mut found.assignments);
        found.sets.subjects.push(subject);
    }
    found.sets.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    found.assignments.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    found.assignments.subjects.dedup_by(|one, other| one.id == other.id);
    found
}

/// What the account's own evidence adds to Identity Center's.
struct OfAccount<'a> {
    center: &'a IdentityCenter,
    sources: &'a Sources,
    place: &'a Place,
    times: &'a Times,
}

impl OfAccount<'_> {
    /// No permission set is listed, but this account has roles that Identity Center made for some.
    fn unlisted_set(&self, list: &SetList) -> Option<Arc<Gap>> {
        let mut roles = self.sources.details.data.roles.iter();
        let role = roles.find(|role| list.listed == 0 && role.is_of_identity_center())?;
        let name = name_of(&role.arn);
        let reason = format!("the role {name} is of a permission set, and {PERMISSION_SETS} lists none");
        Some(gap(PERMISSION_SETS, GapKind::Conflict, reason))
    }

    /// The account has the role of a permission set that is not listed as provisioned there.
    fn unlisted_account(&self, subject: &PermissionSet, accounts: &[String]) -> Option<Arc<Gap>> {
        let set = subject.name.known()?;
        let missing = !accounts.contains(&self.place.account);
        let mut roles = self.sources.details.data.roles.iter();
        let role = roles.find(|role| missing && role.is_of_permission_set(set))?;
        let reason = format!(
            "the role {} is of the permission set {set}, and {SET_ACCOUNTS} does not list this account for it",
            name_of(&role.arn)
        );
        Some(gap(SET_ACCOUNTS, GapKind::Conflict, reason))
    }

    fn set(&self, set: &SetEvidence) -> PermissionSet {
        let grade = grade(set, self.place, Some(&self.sources.details.data));
        let seconds = set.session.as_ref().and_then(|text| {
            let seconds =
                text.parse::<jiff::SignedDuration>().ok().map(|length| length.as_secs()).filter(|seconds| *seconds > 0);
            needed(seconds, PERMISSION_SET, || format!("the session duration of {}", set.arn))
        });
        let unread = grade.unread.first().filter(|_| grade.level != AccessLevel::FullAdmin);
        PermissionSet {
            id: set.arn.clone(),
            label: set.label().to_owned(),
            as_of: self.times.started,
            name: set.name.clone(),
            session_seconds: seconds,
            policies: policies(set),
            access_level: unread.map_or(Observed::Known(grade.words), |unread| Observed::Gap(unread.gap())),
            grants_full_admin: grade.administrator,
            accounts: whole(set.accounts.clone()),
        }
    }

    fn assignments(&self, set: &SetEvidence, subject: &PermissionSet, found: &mut Population<Assignment>) {
        match &subject.accounts {
            Observed::Known(accounts) => add(&mut found.gaps, self.unlisted_account(subject, accounts)),
            Observed::Gap(gap) => add(&mut found.gaps, Some(Arc::clone(gap))),
        }
        for one in &set.assigned {
            one.gaps.iter().for_each(|gap| add(&mut found.gaps, Some(Arc::clone(gap))));
            found.subjects.extend(one.list.iter().map(|assigned| self.assignment(set, &one.account, assigned)));
        }
    }

    fn assignment(&self, set: &SetEvidence, account: &str, assigned: &Assigned) -> Assignment {
        let (kind, id) = (&assigned.kind, &assigned.id);
        let directory = self.center.instances.all[set.instance].directory();
        let who = self.center.directory.who(&directory, kind.as_deref(), id);
        let shown = kind.as_deref().unwrap_or("?");
        let what = || format!("the kind of the principal {id}");
        Assignment {
            id: format!("{}#{account}/{shown}/{id}", set.arn),
            label: format!("{} in {account} for {shown} {id}", set.label()),
            as_of: self.times.started,
            permission_set: set.name.clone(),
            account: Observed::Known(account.to_owned()),
            principal_type: needed(kind.clone(), ASSIGNMENTS, what)
                .and_then(|kind| listed(kind, "PrincipalType", ASSIGNMENTS, what)),
            principal: who.name,
            people: who.people,
        }
    }
}

/// Its policies in words, where all of them are known.
fn policies(set: &SetEvidence) -> Observed<Vec<String>> {
    let gaps = [set.managed.gap.as_ref(), set.customer.gap.as_ref(), set.inline.gap()];
    if let Some(gap) = gaps.into_iter().flatten().next() {
        return Observed::Gap(Arc::clone(gap));
    }
    let managed = set.managed.data.iter().map(|one| format!("AWS managed {}", one.name.as_ref().unwrap_or(&one.arn)));
    let customer = set.customer.data.iter().map(|one| format!("customer managed {}{}", one.path(), one.name));
    let inline = set.inline.known().and_then(Option::as_ref).map(|_| "inline policy".to_owned());
    Observed::Known(managed.chain(customer).chain(inline).collect())
}
