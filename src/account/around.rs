//! Evidence beside IAM: the account's own data, its organization, instances, Identity Center, and what the
//! deep collection adds.

pub mod organization;

mod deep;
mod instances;
mod profile;

use super::analysis::Analysis;
use super::completeness::Completeness;
use super::fact::{Gap, Kind, Subject};
use super::identity::Place;
use super::identity_center::{self, IdentityCenter};
use super::regions::Regions;
use super::sources::Sources;
use super::subjects::{
    AccountProfile, Assignment, Instance, Organization, OrganizationAccount, OtherCredential, PermissionSet, Role,
    RoleAccess, TrustedService, User,
};
use super::{Population, Times, View};
use crate::policy::trust::{TrustContext, TrustSettings};
use crate::snapshot::Snapshot;
use organization::Known;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The populations around IAM.
#[derive(Clone, Debug)]
pub struct Around {
    pub profile: Population<AccountProfile>,
    pub organization: Population<Organization>,
    pub organization_accounts: Population<OrganizationAccount>,
    pub trusted_services: Population<TrustedService>,
    pub instances: Population<Instance>,
    pub permission_sets: Population<PermissionSet>,
    pub assignments: Population<Assignment>,
    pub other_credentials: Population<OtherCredential>,
    pub role_access: Population<RoleAccess>,
}

/// Every kind of this room, in the order of the pack.
pub const KINDS: [&Kind; 9] = [
    AccountProfile::KIND,
    Organization::KIND,
    OrganizationAccount::KIND,
    TrustedService::KIND,
    Instance::KIND,
    PermissionSet::KIND,
    Assignment::KIND,
    OtherCredential::KIND,
    RoleAccess::KIND,
];

pub(super) fn read(
    (snapshot, regions): (&Snapshot, &Regions),
    (sources, complete): (&Sources, &Completeness),
    (known, center): (&Known, &IdentityCenter),
    (users, roles, analysis): (&Population<User>, &Population<Role>, &Analysis),
    (place, times): (&Place, &Times),
) -> Around {
    let of_organization = center.instances.of_organization(&known.membership, place);
    let organization = organization::read(snapshot, known, of_organization, place, times);
    let found = identity_center::populations(center, &known.membership, sources, (place, times));
    Around {
        profile: profile::read(
            snapshot,
            (sources, complete),
            (users, analysis),
            center.instances.arns(),
            (place, times),
        ),
        organization: organization.organization,
        organization_accounts: organization.accounts,
        trusted_services: organization.services,
        instances: instances::read((snapshot, regions), sources, complete, (place, times)),
        permission_sets: found.sets,
        assignments: found.assignments,
        other_credentials: deep::credentials(snapshot, (sources, complete), users, times),
        role_access: deep::role_access(snapshot, roles, times),
    }
}

/// Adds to what the user states about accounts what AWS says of the organization; tells which source said what.
/// What is stated stands, as a user may own accounts outside the organization.
pub fn unite(context: &mut TrustContext, settings: &TrustSettings, known: &Known) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Some(membership)) = known.membership.known() {
        match &context.organization {
            Some(stated) if *stated != membership.id => notes.push(format!(
                "The configuration states the organization {stated}, AWS says {}; trust policies are read by what is stated.",
                membership.id
            )),
            _ => context.organization = Some(membership.id.clone()),
        }
    }
    let Some(listed) = known.accounts() else {
        notes.extend(elsewhere(context, settings));
        return notes;
    };
    let count = listed.len();
    let stated = context.organization_accounts.take().unwrap_or_default();
    let more = stated.difference(&listed).count();
    let from = if count == 0 {
        "AWS says that the account is in no organization, so that every other account counts as a stranger".to_owned()
    } else {
        let accounts = if count == 1 { "account" } else { "accounts" };
        format!("Trust policies are compared with the {count} {accounts} that AWS lists in the organization")
    };
    let and = match more {
        0 => String::new(),
        1 => "; 1 further account is stated in the configuration".to_owned(),
        more => format!("; {more} further accounts are stated in the configuration"),
    };
    notes.push(format!("{from}{and}."));
    context.organization_accounts = Some(listed.into_iter().chain(stated).collect::<BTreeSet<String>>());
    notes
}

/// Where the accounts of the organization come from, where the account itself was not told of them.
fn elsewhere(context: &TrustContext, settings: &TrustSettings) -> Option<String> {
    let count = context.organization_accounts.as_ref()?.len();
    let listed_in = settings.listed_in.as_ref()?;
    let accounts = if count == 1 { "account" } else { "accounts" };
    Some(format!("Trust policies are compared with {count} {accounts} of the organization: {listed_in}."))
}

impl Around {
    /// Nobody and nothing, for accounts that are put together by hand: the kinds with one member have none, which
    /// the assessment takes for missing.
    pub fn nothing() -> Self {
        fn none<T>() -> Population<T> {
            Population { subjects: Vec::new(), gaps: Vec::new() }
        }
        Self {
            profile: none(),
            organization: none(),
            organization_accounts: none(),
            trusted_services: none(),
            instances: none(),
            permission_sets: none(),
            assignments: none(),
            other_credentials: none(),
            role_access: none(),
        }
    }

    /// The members of a kind of this room.
    pub fn population(&self, kind: &str) -> Option<View<'_>> {
        fn view<T: Subject>(population: &Population<T>) -> View<'_> {
            View { subjects: population.subjects.iter().map(|s| s as &dyn Subject).collect(), gaps: &population.gaps }
        }
        Some(match kind {
            "account_profile" => view(&self.profile),
            "organization" => view(&self.organization),
            "organization_account" => view(&self.organization_accounts),
            "trusted_service" => view(&self.trusted_services),
            "instance" => view(&self.instances),
            "permission_set" => view(&self.permission_sets),
            "assignment" => view(&self.assignments),
            "other_credential" => view(&self.other_credentials),
            "role_access" => view(&self.role_access),
            _ => return None,
        })
    }

    /// Every gap of this room.
    pub fn gaps(&self) -> BTreeSet<Arc<Gap>> {
        let mut found = BTreeSet::new();
        for kind in KINDS {
            let population = self.population(kind.name).expect("every kind of the room has a population");
            found.extend(population.gaps.iter().cloned());
            for subject in population.subjects {
                let facts = (0..kind.fields.len()).map(|index| subject.fact(index));
                found.extend(facts.filter_map(|fact| fact.gap().cloned()));
            }
        }
        found
    }
}

#[cfg(test)]
pub(super) mod tests;
