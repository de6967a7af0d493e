//! Principals that answers about something else name: a user's groups, holders of a policy, owners of MFA devices, the
//! credential report, instance profiles in use, permission sets that are provisioned in the account.
//!
//! Each is a member of its population like any other: what the lists would say of it is not known. Whether its name
//! shows that a list is not whole is a second question; one that two lists lack was made or deleted while the evidence
//! was collected.

use super::roster::Roster;
use crate::account::credential_report::CredentialReport;
use crate::account::details::Details;
use crate::account::fact::{
    ACCESS_JOB, AUTHORIZATION_DETAILS, CLOUDSHELL_ENTITIES, Evidence, INSTANCES, Observed, PERMISSION_SET,
    SERVICE_CREDENTIALS, SET_ACCOUNTS, SIGNING_CERTIFICATES, SSH_KEYS, SUPPORT_ENTITIES, VIRTUAL_MFA_DEVICES,
};
use crate::account::identity::Place;
use crate::account::sources::Sources;
use crate::arn::name_of;
use crate::snapshot::{Answer, Snapshot};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Users, groups and roles whom no list has.
#[derive(Debug, Default)]
pub struct Named {
    pub users: Others,
    pub groups: Others,
    pub roles: Others,
}

/// Those of one kind.
#[derive(Debug, Default)]
pub struct Others {
    /// By name.
    pub members: BTreeMap<String, Member>,
    /// What shows that the lists are not whole: names, or a role described by what it belongs to.
    pub missing: BTreeSet<String>,
}

/// A principal that only answers about something else name.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its ARN; `group/readers` where no answer shows the path, and so not the ARN.
    pub id: String,
    /// The answers that name it.
    pub named_by: BTreeSet<Evidence>,
}

impl Others {
    fn add(&mut self, kind: &str, evidence: Evidence, names: impl IntoIterator<Item = String>) {
        for name in names {
            self.see(evidence, format!("{kind}/{name}"), name);
        }
    }

    fn add_arns(&mut self, evidence: Evidence, arns: impl IntoIterator<Item = String>) {
        for arn in arns {
            let name = name_of(&arn).to_owned();
            self.see(evidence, arn, name);
        }
    }

    fn see(&mut self, evidence: Evidence, id: String, name: String) {
        let member = self.members.entry(name).or_insert_with(|| Member { id: id.clone(), named_by: BTreeSet::new() });
        member.named_by.insert(evidence);
        if is_arn(&id) && !is_arn(&member.id) {
            member.id = id;
        }
    }

    /// Keeps those whom no list has. Where the lists are proven to be whole, they show nothing about the lists.
    fn settle(&mut self, roster: &Roster<'_>, is_evidence: bool) {
        let known = roster.names();
        self.members.retain(|name, _| !known.contains(name.as_str()));
        self.missing.retain(|name| !known.contains(name.as_str()));
        if is_evidence {
            self.missing.extend(self.members.keys().cloned());
        }
    }
}

/// Whether an id is an ARN; a member that an answer names without its path has none.
pub fn is_arn(id: &str) -> bool {
    id.starts_with("arn:")
}

impl Named {
    /// Looks through the whole evidence.
    pub fn find(
        snapshot: &Snapshot,
        report: &Observed<CredentialReport>,
        sources: &Sources,
        place: &Place,
        [users, groups, roles]: [&Roster<'_>; 3],
    ) -> Self {
        let details = &sources.details.data;
        let mut found = Self::default();
        for (evidence, holders) in [(SUPPORT_ENTITIES, &sources.support), (CLOUDSHELL_ENTITIES, &sources.cloudshell)] {
            if let Observed::Known(holders) = holders {
                found.users.add("user", evidence, holders.users.iter().cloned());
                found.groups.add("group", evidence, holders.groups.iter().cloned());
                found.roles.add("role", evidence, holders.roles.iter().cloned());
            }
        }
        found.users.add_arns(VIRTUAL_MFA_DEVICES, of_devices(sources));
        // A question proves nothing about those of whom the lists say that they are not there.
        if !users.is_proven() {
            for evidence in [SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES] {
                found.users.add("user", evidence, asked_about(snapshot, evidence, "UserName"));
            }
            // The report may be hours old: a whole list without the user means that it was deleted since. Its rows
            // are members in any case.
            if sources.users.gap.is_some() {
                let rows = report.known().into_iter().flat_map(|report| report.rows.keys().chain(report.bad.keys()));
                found.users.missing.extend(rows.map(|arn| name_of(arn).to_owned()));
            }
        }
        if !roles.is_proven() {
            let arns = asked_about(snapshot, ACCESS_JOB, "Arn").filter(|arn| arn.contains(":role/"));
            found.roles.add_arns(ACCESS_JOB, arns);
        }
        // Details that did not arrive have a gap that says so.
        let whole = sources.details.gap.is_none();
        found.users.settle(users, whole && !users.is_proven());
        found.roles.settle(roles, whole && !roles.is_proven());
        found.groups.settle(groups, whole && !groups.is_proven());
        // Nothing else says who is in a group, so that this counts in any case.
        let of_users: BTreeSet<&String> =
            details.users.iter().filter_map(|user| user.groups.known()).flatten().collect();
        found.groups.add("group", AUTHORIZATION_DETAILS, of_users.iter().map(|name| (*name).clone()));
        found.groups.missing.extend(of_users.into_iter().filter(|_| whole).cloned());
        found.groups.settle(groups, false);
        // Of our own unfiltered call it is known that such a profile, or set, has no role.
        if whole && roles.supplied && !roles.is_proven() {
            found.roles.missing.extend(of_profiles(snapshot, details));
            found.roles.missing.extend(of_permission_sets(snapshot, details, place));
        }
        if !whole {
            found.users.missing.clear();
        }
        found
    }
}

fn of_devices(sources: &Sources) -> impl Iterator<Item = String> {
    let arns = sources.mfa_devices.data.iter().filter_map(|device| device.user.as_ref()?.arn.as_deref());
    arns.filter(|arn| arn.contains(":user/")).map(str::to_owned)
}

/// What an operation was asked about, one thing at a time.
fn asked_about(snapshot: &Snapshot, evidence: Evidence, parameter: &str) -> impl Iterator<Item = String> {
    let named = move |answer: Answer| answer.parameters.get(parameter)?.as_str().map(str::to_owned);
    snapshot.answers(evidence.service, evidence.operation).into_iter().filter_map(named).collect::<Vec<_>>().into_iter()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstancesPage {
    reservations: Option<Vec<Reservation>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    instances: Option<Vec<Instance>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    iam_instance_profile: Option<Profile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    arn: Option<String>,
}

/// Instance profiles in use whose role no answer shows. One may hold no role, but that is not known either.
fn of_profiles(snapshot: &Snapshot, details: &Details) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for role in &details.roles {
        match role.profiles.known() {
            Some(profiles) => known.extend(profiles.iter().cloned()),
            // It may be in any of them.
            None => return BTreeSet::new(),
        }
    }
    let pages = snapshot.answers(INSTANCES.service, INSTANCES.operation).into_iter().flat_map(|answer| answer.pages);
    let reservations = pages.filter_map(|page| page.read::<InstancesPage>().ok()?.reservations).flatten();
    let instances = reservations.filter_map(|reservation| reservation.instances).flatten();
    let profiles = instances.filter_map(|instance| instance.iam_instance_profile?.arn);
    let unknown = profiles.filter(|arn| !known.contains(arn));
    unknown.map(|arn| format!("the role of instance profile {}", name_of(&arn))).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountsPage {
    account_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetAnswer {
    permission_set: Option<Set>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    name: Option<String>,
}

/// Permission sets that are provisioned in this account without the role that Identity Center makes for each.
fn of_permission_sets(snapshot: &Snapshot, details: &Details, place: &Place) -> BTreeSet<String> {
    let about = |answer: &Answer| answer.parameters.get("PermissionSetArn")?.as_str().map(str::to_owned);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for answer in snapshot.answers(PERMISSION_SET.service, PERMISSION_SET.operation) {
        let set = answer.pages.first().and_then(|page| page.read::<SetAnswer>().ok()?.permission_set?.name);
        names.extend(about(&answer).zip(set));
    }
    let here = |answer: &Answer| {
        let mut ids = answer.pages.iter().filter_map(|page| page.read::<AccountsPage>().ok()?.account_ids).flatten();
        ids.any(|id| id == place.account)
    };
    let provisioned = snapshot.answers(SET_ACCOUNTS.service, SET_ACCOUNTS.operation).into_iter().filter(here);
    let sets = provisioned.filter_map(|answer| names.get(&about(&answer)?).cloned());
    let missing = sets.filter(|set| !details.roles.iter().any(|role| role.is_of_permission_set(set)));
    missing.map(|set| format!("the role of permission set {set}")).collect()
}
