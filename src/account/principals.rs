//! Groups, roles, and users, groups and roles together as holders of policies.

use super::analysis::{Analysed, Analysis, Exposed, Powers, TrustFacts, list};
use super::completeness::Completeness;
use super::details::{Holdings, RoleItem, UserItem, name_of};
use super::document::trusted;
use super::evidence::ListedRole;
use super::fact::{AUTHORIZATION_DETAILS, Evidence, Gap, GapKind, Observed, ROLE_LIST};
use super::gaps::{gap, some_names};
use super::sources::Sources;
use super::subjects::{Group, Principal, Role};
use super::users::Join;
use super::{Disagreement, Population, Times};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Groups. Who is in them follows from the users, so it takes all of them to know.
pub fn groups(
    sources: &Sources,
    complete: &Completeness,
    analysis: &Analysis,
    join: &Join<'_>,
    times: &Times,
) -> Population<Group> {
    let details = &sources.details;
    let unlisted = complete.memberships.first();
    let mut in_group: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for user in &details.data.users {
        for group in user.groups.known().into_iter().flatten() {
            in_group.entry(group).or_default().push(&user.arn);
        }
    }
    let mfa: BTreeMap<&str, Observed<bool>> =
        join.users.iter().map(|user| (user.arn, user.row.as_ref().and_then(|row| row.mfa_active.clone()))).collect();
    let subject = |group: &super::details::GroupItem| {
        let arns = in_group.get(group.name.as_str()).map_or(&[][..], Vec::as_slice);
        let members: Vec<String> = arns.iter().map(|arn| name_of(arn).to_owned()).collect();
        let without = |arn: &&&str| mfa.get(**arn).is_some_and(|mfa| mfa == &Observed::Known(false));
        let bare: Vec<String> = arns.iter().filter(without).map(|arn| name_of(arn).to_owned()).collect();
        let unread = arns.iter().find_map(|arn| mfa.get(arn).and_then(|mfa| mfa.gap().cloned()));
        Group {
            id: group.arn.clone(),
            label: group.name.clone(),
            as_of: times.started,
            name: Observed::Known(group.name.clone()),
            path: Observed::Known(group.path.clone()),
            created: Observed::Known(group.created),
            known_users: list(members.clone(), unlisted),
            users: unlisted.map_or(Observed::Known(members), |gap| Observed::Gap(Arc::clone(gap))),
            attached_policies: group.holdings.attached.clone(),
            inline_policies: group.holdings.inline_names(),
            administrator: administrator(analysis, &group.arn, &absent_detail(&group.arn)),
            members_without_mfa: list(bare, unread.as_ref().or(unlisted)),
        }
    };
    Population {
        subjects: details.data.groups.iter().map(subject).collect(),
        gaps: details.gap.iter().chain(&complete.groups).cloned().collect(),
    }
}

/// Roles, joined by ARN over authorization details and role list.
pub fn roles(
    sources: &Sources,
    complete: &Completeness,
    analysis: &Analysis,
    times: &Times,
) -> (Population<Role>, Vec<Disagreement>) {
    let (details, listed) = (&sources.details, &sources.roles);
    let mut seen: BTreeMap<&str, (Option<&RoleItem>, Option<&ListedRole>)> = BTreeMap::new();
    for role in &details.data.roles {
        seen.entry(&role.arn).or_default().0 = Some(role);
    }
    for role in &listed.data {
        seen.entry(&role.arn).or_default().1 = Some(role);
    }
    let lacking = |evidence, whole: &Option<Arc<Gap>>, lacks: &dyn Fn(bool, bool) -> bool| {
        whole.clone().unwrap_or_else(|| {
            let arns = seen.iter().filter(|(_, (one, other))| lacks(one.is_some(), other.is_some()));
            absent(evidence, &arns.map(|(arn, _)| *arn).collect::<Vec<_>>())
        })
    };
    let no_detail = lacking(AUTHORIZATION_DETAILS, &details.gap, &|detail, _| !detail);
    let no_entry = lacking(ROLE_LIST, &listed.gap, &|_, entry| !entry);

    let mut disagreements = Vec::new();
    let mut subjects = Vec::new();
    for (arn, (detail, entry)) in &seen {
        if detail.is_some() != entry.is_some() && details.gap.is_none() && listed.gap.is_none() {
            disagreements.push(existence(arn, detail.is_some()));
        }
        let detail = detail.map_or_else(|| Observed::Gap(Arc::clone(&no_detail)), Observed::Known);
        let entry = entry.map_or_else(|| Observed::Gap(Arc::clone(&no_entry)), Observed::Known);
        subjects.push(role(arn, &detail, &entry, analysis, times));
    }
    let gaps = details.gap.iter().chain(&listed.gap).chain(&complete.roles).cloned().collect();
    (Population { subjects, gaps }, disagreements)
}

fn role(
    arn: &str,
    detail: &Observed<&RoleItem>,
    entry: &Observed<&ListedRole>,
    analysis: &Analysis,
    times: &Times,
) -> Role {
    let trust = match detail {
        Observed::Gap(gap) => TrustFacts::unknown(gap),
        Observed::Known(role) => analysis.get(arn).map_or_else(
            || TrustFacts::unknown(&absent_detail(arn)),
            |one| TrustFacts::of(one, role.trust.document.as_deref(), &analysis.context),
        ),
    };
    let unseen = detail.gap().cloned().unwrap_or_else(|| absent_detail(arn));
    let session = |entry: &&ListedRole| match entry.max_session_duration {
        Some(seconds @ 1..) => Observed::Known(seconds),
        _ => {
            let reason = "the role list does not hold MaxSessionDuration of every role";
            Observed::Gap(gap(ROLE_LIST, GapKind::Absent, reason))
        }
    };
    Role {
        id: arn.to_owned(),
        label: name_of(arn).to_owned(),
        as_of: times.started,
        name: Observed::Known(name_of(arn).to_owned()),
        path: detail.as_ref().map(|role| role.path.clone()),
        created: detail.as_ref().map(|role| role.created),
        description: entry.as_ref().map(|role| role.description.clone().filter(|text| !text.trim().is_empty())),
        maximum_session_seconds: entry.as_ref().and_then(session),
        last_used: detail.as_ref().and_then(|role| role.last_used.clone()),
        service_linked: detail.as_ref().map(|role| service_linked(&role.path)),
        identity_center: detail.as_ref().map(|role| role.is_of_identity_center()),
        tags: detail.as_ref().and_then(|role| role.tags.clone()),
        trusted: detail.as_ref().and_then(|role| trusted(&role.trust)),
        open_to_everyone: trust.open_to_everyone,
        other_accounts_without_external_id: trust.other_accounts_without_external_id,
        third_party_without_external_id: trust.third_party_without_external_id,
        dangling_principals: trust.dangling_principals,
        oidc_without_subject: trust.oidc_without_subject,
        saml_without_audience: trust.saml_without_audience,
        services_without_source: trust.services_without_source,
        administrator: administrator(analysis, arn, &unseen),
        attached_policies: detail.as_ref().and_then(|role| role.holdings.attached.clone()),
        inline_policies: detail.as_ref().and_then(|role| role.holdings.inline_names()),
        permissions_boundary: detail.as_ref().map(|role| role.boundary.clone()),
    }
}

/// Made and owned by an AWS service.
pub fn service_linked(path: &str) -> bool {
    path.starts_with("/aws-service-role/")
}

fn absent(evidence: Evidence, arns: &[&str]) -> Arc<Gap> {
    let names = some_names(arns.iter().map(|arn| name_of(arn)));
    let who = if arns.len() == 1 { "1 role is".to_owned() } else { format!("{} roles are", arns.len()) };
    let reason = format!("{who} not in the answer of {evidence} though another source names them: {names}");
    gap(evidence, GapKind::Absent, reason)
}

fn existence(arn: &str, in_details: bool) -> Disagreement {
    let words = |names: bool| if names { "names the role" } else { "does not name the role" }.to_owned();
    Disagreement {
        subject: arn.to_owned(),
        about: "existence".to_owned(),
        says: vec![(AUTHORIZATION_DETAILS, words(in_details)), (ROLE_LIST, words(!in_details))],
        explanation: Some("the role was probably created or deleted while the evidence was collected".to_owned()),
    }
}

/// What is worked out of a principal, or the gap in its place.
fn powers(analysis: &Analysis, arn: &str, gap: &Arc<Gap>) -> Powers {
    analysis.get(arn).map_or_else(|| Powers::unknown(gap), |one| Powers::of(one, analysis))
}

fn administrator(analysis: &Analysis, arn: &str, unseen: &Arc<Gap>) -> Observed<bool> {
    analysis.get(arn).map_or_else(|| Observed::Gap(Arc::clone(unseen)), Analysed::is_administrator)
}

fn absent_detail(arn: &str) -> Arc<Gap> {
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, format!("the authorization details do not hold {arn}"))
}

/// Whatever policies can be given to. Users whom only the credential report names (deleted since) are not here.
pub fn principals(
    join: &Join<'_>,
    (sources, complete): (&Sources, &Completeness),
    roles: &Population<Role>,
    analysis: &Analysis,
    times: &Times,
) -> Population<Principal> {
    let users = join.users.iter().filter(|user| user.listed || user.detail.known().is_some()).map(|user| {
        let detail = user.detail.as_ref();
        let boundary = detail.clone().map(|detail: &&UserItem| detail.boundary.clone());
        let given = Given::of(detail.map(|detail| &detail.holdings), boundary);
        principal("user", user.arn, given, analysis, times)
    });
    let groups = sources.details.data.groups.iter().map(|group| {
        let given = Given::of(Observed::Known(&group.holdings), Observed::Known(None));
        principal("group", &group.arn, given, analysis, times)
    });
    let roles = roles.subjects.iter().map(|role| {
        let given = Given {
            attached: role.attached_policies.clone(),
            inline: role.inline_policies.clone(),
            boundary: role.permissions_boundary.clone(),
            service_linked: role.service_linked.clone(),
            identity_center: role.identity_center.clone(),
        };
        principal("role", &role.id, given, analysis, times)
    });
    let mut subjects: Vec<Principal> = users.chain(groups).chain(roles).collect();
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    let gaps = [&sources.details.gap, &sources.users.gap, &sources.roles.gap].into_iter().flatten().cloned();
    // Users and roles that a list names are among the subjects, whatever they hold.
    let lists = [&complete.users, &complete.groups, &complete.roles, &complete.uncounted_holders];
    let gaps = gaps.chain(lists.into_iter().flatten().cloned()).collect();
    Population { subjects, gaps }
}

/// What stands in the details of a principal.
struct Given {
    attached: Observed<Vec<String>>,
    inline: Observed<Vec<String>>,
    boundary: Observed<Option<String>>,
    service_linked: Observed<bool>,
    identity_center: Observed<bool>,
}

impl Given {
    /// Of a user or group, whom neither a service nor Identity Center makes.
    fn of(holdings: Observed<&Holdings>, boundary: Observed<Option<String>>) -> Self {
        Self {
            attached: holdings.as_ref().and_then(|holdings| holdings.attached.clone()),
            inline: holdings.and_then(Holdings::inline_names),
            boundary,
            service_linked: Observed::Known(false),
            identity_center: Observed::Known(false),
        }
    }
}

fn principal(kind: &str, arn: &str, given: Given, analysis: &Analysis, times: &Times) -> Principal {
    let gap = given.attached.gap().cloned().unwrap_or_else(|| absent_detail(arn));
    let powers = powers(analysis, arn, &gap);
    let exposed = analysis.get(arn).map_or_else(|| Exposed::unknown(&gap), Exposed::of);
    Principal {
        id: arn.to_owned(),
        label: format!("{kind} {}", name_of(arn)),
        as_of: times.started,
        kind: Observed::Known(kind.to_owned()),
        name: Observed::Known(name_of(arn).to_owned()),
        service_linked: given.service_linked,
        identity_center: given.identity_center,
        attached_policies: given.attached,
        inline_policies: given.inline,
        permissions_boundary: given.boundary,
        holds_full_admin_policy: powers.holds_full_admin_policy,
        administrator: powers.administrator,
        escalation_paths: powers.escalation_paths,
        scoped_escalation_paths: powers.scoped_escalation_paths,
        passes_every_role: powers.passes_every_role,
        creates_principals_freely: powers.creates_principals_freely,
        administers_iam: powers.administers_iam,
        administers_audit_trail: powers.administers_audit_trail,
        administers_keys: powers.administers_keys,
        uses_keys: powers.uses_keys,
        reads_every_secret: exposed.reads_every_secret,
        reads_every_parameter: exposed.reads_every_parameter,
        reads_every_object: exposed.reads_every_object,
        decrypts_with_every_key: exposed.decrypts_with_every_key,
        assumes_every_role: exposed.assumes_every_role,
        data_exfiltration: exposed.data_exfiltration,
        credentials_exposure: exposed.credentials_exposure,
        resource_exposure: exposed.resource_exposure,
        infrastructure_modification: exposed.infrastructure_modification,
        way_to_administrator: powers.way_to_administrator,
        path_to_administrator: powers.path_to_administrator,
    }
}
