//! Principals that answers about something else name: a user's groups, holders of a policy, owners of MFA devices, the
//! credential report, instance profiles in use, permission sets that are provisioned in the account.

use super::roster::Roster;
use crate::account::credential_report::CredentialReport;
use crate::account::details::{Details, name_of};
use crate::account::fact::{ACCESS_JOB, INSTANCES, Observed, PERMISSION_SET, SERVICE_CREDENTIALS, SET_ACCOUNTS};
use crate::account::fact::{Evidence, SIGNING_CERTIFICATES, SSH_KEYS};
use crate::account::identity::Place;
use crate::account::sources::Sources;
use crate::snapshot::{Answer, Snapshot};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Names of those whom no list has.
#[derive(Debug, Default)]
pub struct Named {
    pub users: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    pub roles: BTreeSet<String>,
}

impl Named {
    /// Looks through the whole evidence. What two sources prove to be whole needs no looking: a name that is in
    /// neither was made or deleted while the evidence was collected.
    pub fn find(
        snapshot: &Snapshot,
        report: &Observed<CredentialReport>,
        sources: &Sources,
        place: &Place,
        [users, groups, roles]: [&Roster<'_>; 3],
    ) -> Self {
        let details = &sources.details.data;
        let mut found = Self::default();
        // Nothing else says who is in a group, so that this counts in any case.
        let of_users = details.users.iter().filter_map(|user| user.groups.known()).flatten().cloned();
        found.groups.extend(of_users);
        let holders = || [&sources.support, &sources.cloudshell].into_iter().filter_map(Observed::known);
        if !groups.is_proven() {
            found.groups.extend(holders().flat_map(|holders| holders.groups.iter().cloned()));
        }
        if !users.is_proven() {
            found.users.extend(holders().flat_map(|holders| holders.users.iter().cloned()));
            found.users.extend(of_devices(sources));
            for evidence in [SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES] {
                found.users.extend(asked_about(snapshot, evidence, "UserName"));
            }
            // The report may be hours old: a whole list without the user means that it was deleted since.
            if sources.users.gap.is_some() {
                let rows = report.known().into_iter().flat_map(|report| report.rows.keys().chain(report.bad.keys()));
                found.users.extend(rows.map(|arn| name_of(arn).to_owned()));
            }
        }
        if !roles.is_proven() {
            found.roles.extend(holders().flat_map(|holders| holders.roles.iter().cloned()));
            let arns = asked_about(snapshot, ACCESS_JOB, "Arn");
            found.roles.extend(arns.filter(|arn| arn.contains(":role/")).map(|arn| name_of(&arn).to_owned()));
        }
        for (names, roster) in [(&mut found.users, users), (&mut found.groups, groups), (&mut found.roles, roles)] {
            let known = roster.names();
            names.retain(|name| !known.contains(name.as_str()));
        }
        // Of our own unfiltered call it is known that such a profile, or set, has no role.
        if roles.supplied && !roles.is_proven() {
            found.roles.extend(of_profiles(snapshot, details));
            found.roles.extend(of_permission_sets(snapshot, details, place));
        }
        found
    }
}

fn of_devices(sources: &Sources) -> impl Iterator<Item = String> {
    let arns = sources.mfa_devices.data.iter().filter_map(|device| device.user.as_ref()?.arn.as_deref());
    arns.filter(|arn| arn.contains(":user/")).map(|arn| name_of(arn).to_owned())
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
