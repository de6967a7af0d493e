//! Whether each list of the evidence is whole: decided here once, for every population and every fact that rests on
//! all holders or all members.
//!
//! A list is complete unless something shows otherwise: its answer is missing or cut short; another answer names or
//! counts a member that it lacks; or somebody supplied it empty and nothing else shows that there is nothing.
//! `get-account-authorization-details --filter` leaves whole lists empty, and a supplied answer does not say how it
//! was asked for. A list that may lack a member decides nothing about *all* members.

use super::credential_report::CredentialReport;
use super::details::{Details, PolicyItem};
use super::evidence::MfaDevice;
use super::fact::{
    ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CUSTOMER_POLICY, Evidence, Gap, GapKind, OIDC_PROVIDERS, Observed,
    ROLE_LIST, SAML_PROVIDERS, SERVER_CERTIFICATES, USER_LIST, VIRTUAL_MFA_DEVICES,
};
use super::gaps::{gap, some_names};
use super::identity::Place;
use super::sources::{Source, Sources};
use crate::arn::name_of;
use crate::snapshot::{Origin, Snapshot};
use roster::Roster;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod elsewhere;
mod roster;

pub use elsewhere::{Named, Others, is_arn};

type Gaps = Vec<Arc<Gap>>;

/// What keeps each list from being whole, beyond the gap of its own answer. Empty: nothing does.
#[derive(Debug, Default)]
pub struct Completeness {
    /// Somebody else made the calls, and how they were made is not known.
    pub supplied: bool,
    /// Users whom no source names.
    pub users: Gaps,
    pub groups: Gaps,
    /// Roles that no source names.
    pub roles: Gaps,
    /// Customer managed policies, and AWS managed ones that are in use.
    pub policies: Gaps,
    pub server_certificates: Gaps,
    pub saml_providers: Gaps,
    pub oidc_providers: Gaps,
    pub virtual_mfa_devices: Gaps,
    /// Counts of AWS that show more holders of a policy than are seen.
    pub uncounted_holders: Gaps,
    /// Roles that the authorization details lack; with the gap of their answer.
    pub role_details: Gaps,
    /// What keeps the policies in the hands of all users, groups and roles from being known; with the gap of the
    /// authorization details.
    pub holdings: Gaps,
    /// What keeps the members of all groups from being known; with the gap of the authorization details.
    pub memberships: Gaps,
    /// Users, groups and roles that only answers about something else name: members of their populations too.
    pub named: Named,
}

/// Decides for every list.
pub fn decide(
    snapshot: &Snapshot,
    report: &Observed<CredentialReport>,
    sources: &Sources,
    place: &Place,
) -> Completeness {
    let details = &sources.details;
    let supplied = snapshot.header.origin == Origin::Supplied;
    let counted = |name: &str| count(sources, name);
    let users = Roster {
        plural: "IAM users",
        detailed: details.data.users.iter().map(|user| user.arn.as_str()).collect(),
        whole: details.gap.is_none(),
        supplied,
        listed: Some(roster::Listed::of(USER_LIST, &sources.users, |user| &user.arn)),
        counted: counted("Users"),
    };
    let groups = Roster {
        plural: "IAM groups",
        detailed: details.data.groups.iter().map(|group| group.arn.as_str()).collect(),
        whole: details.gap.is_none(),
        supplied,
        listed: None,
        counted: counted("Groups"),
    };
    let roles = Roster {
        plural: "IAM roles",
        detailed: details.data.roles.iter().map(|role| role.arn.as_str()).collect(),
        whole: details.gap.is_none(),
        supplied,
        listed: Some(roster::Listed::of(ROLE_LIST, &sources.roles, |role| &role.arn)),
        counted: counted("Roles"),
    };
    let named = Named::find(snapshot, report, sources, place, [&users, &groups, &roles]);
    let of = |roster: &Roster<'_>, named: &BTreeSet<String>| -> Gaps {
        let missing = (!named.is_empty()).then(|| named_elsewhere(roster.plural, named));
        let gaps = roster.gaps(named.is_empty());
        missing.into_iter().chain(gaps).collect()
    };
    let mut found = Completeness {
        users: of(&users, &named.users.missing),
        groups: of(&groups, &named.groups.missing),
        roles: of(&roles, &named.roles.missing),
        policies: policies(sources, counted("Policies"), supplied),
        ..other_lists(sources, supplied)
    };
    found.rest_on_details(sources, (&users, &roles));
    found.named = named;
    found
}

impl Completeness {
    /// What rests on the authorization details alone.
    fn rest_on_details(&mut self, sources: &Sources, (users, roles): (&Roster<'_>, &Roster<'_>)) {
        let details = &sources.details;
        let whole = details.gap.is_none();
        let lacking = |names: Vec<&str>| unseen(names.into_iter().filter(|_| whole).collect());
        let (lost_users, lost_roles) = (users.only_listed(), roles.only_listed());
        let unseen_users = lacking(lost_users.clone());
        let unseen_roles = lacking(lost_roles.clone());
        let unseen_holders = lacking(lost_users.into_iter().chain(lost_roles).collect());
        if whole {
            self.uncounted_holders = uncounted_holders(&details.data);
        }
        let part = || details.gap.iter().cloned();
        let no_list = details.data.users.iter().find_map(|user| user.groups.gap());
        self.role_details = part().chain(unseen_roles).chain(self.roles.iter().cloned()).collect();
        self.memberships =
            part().chain(no_list.cloned()).chain(unseen_users).chain(self.users.iter().cloned()).collect();
        let lists = [&self.users, &self.groups, &self.roles, &self.uncounted_holders];
        self.holdings = part().chain(unseen_holders).chain(lists.into_iter().flatten().cloned()).collect();
        self.holdings.dedup();
    }
}

/// A count of the account summary.
fn count(sources: &Sources, name: &str) -> Option<u64> {
    sources.summary.known().and_then(|summary| u64::try_from(*summary.get(name)?).ok())
}

/// Users and roles that a list of their own names and the authorization details lack.
fn unseen(arns: Vec<&str>) -> Option<Arc<Gap>> {
    let count = arns.len();
    let names = some_names(arns.into_iter().map(name_of));
    let who = if count == 1 { "1 user or role that".to_owned() } else { format!("{count} users or roles that") };
    let reason = format!("the authorization details lack {who} other answers name: {names}");
    (count > 0).then(|| gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
}

fn named_elsewhere(plural: &str, names: &BTreeSet<String>) -> Arc<Gap> {
    let names = some_names(names.iter().map(String::as_str));
    let reason = format!("the authorization details lack {plural} that other answers name: {names}");
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
}

/// A supplied list that is empty, where nothing else shows that there is nothing.
fn empty(evidence: Evidence, plural: &str) -> Arc<Gap> {
    let how = if evidence == AUTHORIZATION_DETAILS { " (--filter)" } else { "" };
    let reason = format!(
        "the supplied answer of {evidence} lists no {plural}, and no other answer shows that there are none; it may \
         have been filtered{how}"
    );
    gap(evidence, GapKind::Absent, reason)
}

fn short(counted: u64, listed: u64, plural: &str) -> Arc<Gap> {
    let missing = counted.saturating_sub(listed);
    let are = if missing == 1 { "1 is".to_owned() } else { format!("{missing} are") };
    let reason = format!(
        "the account summary's count of {plural} is {counted}, and the evidence lists {listed}: {are} missing from the \
         evidence"
    );
    gap(ACCOUNT_SUMMARY, GapKind::Conflict, reason)
}

/// Managed policies. AWS's own are in the details where they are in use, so that those who hold them name them.
fn policies(sources: &Sources, counted: Option<u64>, supplied: bool) -> Gaps {
    if sources.details.gap.is_some() {
        return Vec::new();
    }
    let details = &sources.details.data;
    let known: BTreeSet<&str> = details.policies.iter().map(|policy| policy.arn.as_str()).collect();
    let own = details.policies.iter().filter(|policy| !policy.aws_managed()).count() as u64;
    let attached = details.holders().filter_map(|(.., holdings)| holdings.attached.known()).flatten();
    let boundaries = (details.users.iter().filter_map(|user| user.boundary.as_ref()))
        .chain(details.roles.iter().filter_map(|role| role.boundary.as_ref()));
    let lacking: BTreeSet<&str> =
        attached.chain(boundaries).map(String::as_str).filter(|arn| !known.contains(arn)).collect();
    let named = (!lacking.is_empty()).then(|| {
        let names = some_names(lacking);
        let reason = format!("the authorization details name policies as attached that they do not hold: {names}");
        gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
    });
    let asked = sources.policies.iter().filter(|(_, answer)| answer.known().is_some()).map(|(arn, _)| arn.as_str());
    let unlisted: BTreeSet<&str> = asked.filter(|arn| !known.contains(arn)).collect();
    let described = (!unlisted.is_empty()).then(|| {
        let names = some_names(unlisted);
        let reason = format!("the authorization details lack policies that {CUSTOMER_POLICY} describes: {names}");
        gap(AUTHORIZATION_DETAILS, GapKind::Conflict, reason)
    });
    let missing =
        counted.filter(|counted| *counted > own).map(|counted| short(counted, own, "customer managed policies"));
    let nothing =
        (supplied && own == 0 && counted.is_none()).then(|| empty(AUTHORIZATION_DETAILS, "customer managed policies"));
    named.into_iter().chain(described).chain(missing).chain(nothing).collect()
}

/// Policies that AWS counts as attached, or as a permissions boundary, more often than is seen: somebody who is not
/// seen holds them.
fn uncounted_holders(details: &Details) -> Gaps {
    let mut found: BTreeMap<&str, i64> = BTreeMap::new();
    let mut all_known = true;
    for (.., holdings) in details.holders() {
        match holdings.attached.known() {
            Some(attached) => attached.iter().for_each(|policy| *found.entry(policy).or_default() += 1),
            None => all_known = false,
        }
    }
    let bounded = details.bounded_by();
    let more = |counted: Option<i64>, seen: &BTreeMap<&str, i64>, policy: &PolicyItem| {
        counted.is_some_and(|counted| counted > seen.get(policy.arn.as_str()).copied().unwrap_or(0))
    };
    // Where somebody's own list is missing, that list is the gap.
    let attached = details.policies.iter().filter(|policy| all_known && more(policy.attachments, &found, policy));
    let bounding = details.policies.iter().filter(|policy| more(policy.boundary_uses, &bounded, policy));
    let words = |names: Vec<&str>, what: &str| {
        let reason = format!(
            "AWS counts more {what} than the lists of users, groups and roles show, so a user, group or role has \
             more than the evidence shows: {}",
            some_names(names.iter().copied())
        );
        (!names.is_empty()).then(|| gap(AUTHORIZATION_DETAILS, GapKind::Conflict, reason))
    };
    let arns = |policies: Vec<&PolicyItem>, what: &str| {
        words(policies.into_iter().map(|policy| policy.arn.as_str()).collect(), what)
    };
    let attached = arns(attached.collect(), "attachments");
    attached.into_iter().chain(arns(bounding.collect(), "uses as a permissions boundary")).collect()
}

/// Lists beside those of the authorization details.
fn other_lists(sources: &Sources, supplied: bool) -> Completeness {
    let doubt = |evidence, plural, listed: usize, whole: bool, counted: Option<u64>| -> Gaps {
        let listed = listed as u64;
        match counted {
            _ if !whole => Vec::new(),
            Some(counted) if counted > listed => vec![short(counted, listed, plural)],
            None if supplied && listed == 0 => vec![empty(evidence, plural)],
            _ => Vec::new(),
        }
    };
    let (saml, oidc) = (&sources.saml, &sources.oidc);
    // The summary counts both kinds together.
    let providers = count(sources, "Providers").filter(|_| saml.gap.is_none() && oidc.gap.is_none());
    let both = (saml.data.len() + oidc.data.len()) as u64;
    let of_kind = |evidence, plural, listed: usize, whole: bool| match providers {
        Some(counted) if counted > both => vec![short(counted, both, "identity providers")],
        Some(_) => Vec::new(),
        None => doubt(evidence, plural, listed, whole, None),
    };
    let certificates = &sources.certificates;
    Completeness {
        server_certificates: doubt(
            SERVER_CERTIFICATES,
            "IAM server certificates",
            certificates.data.len(),
            certificates.gap.is_none(),
            count(sources, "ServerCertificates"),
        ),
        saml_providers: of_kind(SAML_PROVIDERS, "SAML providers", saml.data.len(), saml.gap.is_none()),
        oidc_providers: of_kind(OIDC_PROVIDERS, "OpenID Connect providers", oidc.data.len(), oidc.gap.is_none()),
        virtual_mfa_devices: virtual_mfa_devices(&sources.mfa_devices, sources, supplied),
        supplied,
        ..Completeness::default()
    }
}

/// The summary counts hardware devices and passkeys with the virtual ones, so that a shorter list proves nothing. One
/// without a single assigned device, where several are in use, is not believed: it may have been asked for unassigned
/// ones only. The only one in use may be the root user's.
fn virtual_mfa_devices(devices: &Source<Vec<MfaDevice>>, sources: &Sources, supplied: bool) -> Gaps {
    let is_assigned = |device: &MfaDevice| device.enable_date.is_some() || device.user.is_some();
    if devices.gap.is_some() || devices.data.iter().any(is_assigned) {
        return Vec::new();
    }
    let of_root = count(sources, "AccountMFAEnabled").unwrap_or(0).min(1);
    let explained = if supplied { 0 } else { of_root };
    match count(sources, "MFADevicesInUse") {
        Some(in_use) if in_use > explained => {
            let are = if in_use == 1 { "1 MFA device" } else { &format!("{in_use} MFA devices") };
            let assigned = if devices.data.is_empty() { "" } else { " that is assigned" };
            let reason = format!(
                "the account summary counts {are} in use and {VIRTUAL_MFA_DEVICES} lists no virtual one{assigned}, so \
                 whether the list is complete is not known"
            );
            vec![gap(VIRTUAL_MFA_DEVICES, GapKind::Conflict, reason)]
        }
        None if supplied && devices.data.is_empty() => vec![empty(VIRTUAL_MFA_DEVICES, "virtual MFA devices")],
        _ => Vec::new(),
    }
}
