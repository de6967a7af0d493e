//! Groups, roles, and users, groups and roles together as holders of policies. Somebody whom any answer names is a member
//! of each population that they belong to; what the other answers would say is not known.

use super::absence::{Absent, NamedBy};
use super::analysis::{Analysed, Analysis, Exposed, Powers, TrustFacts, list};
use super::completeness::{Completeness, is_arn};
use super::credential_report::Row;
use super::details::{GroupItem, IDENTITY_CENTER_PATH, RoleItem, UserItem, name_of, tag_texts};
use super::document::trusted;
use super::evidence::ListedRole;
use super::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed, ROLE_LIST};
use super::gaps::gap;
use super::sources::Sources;
use super::subjects::{Group, Principal, Role};
use super::users::Join;
use super::{Disagreement, Population, Times};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The path that an ARN holds, where no other answer gives it.
pub fn path_in_arn(id: &str, path: Observed<String>) -> Observed<String> {
    let in_arn = || {
        let (_, resource) = id.splitn(6, ':').nth(5)?.split_once('/')?;
        Some(resource.rsplit_once('/').map_or_else(|| "/".to_owned(), |(path, _)| format!("/{path}/")))
    };
    match path {
        Observed::Gap(gap) if is_arn(id) => in_arn().map_or(Observed::Gap(gap), Observed::Known),
        path => path,
    }
}

/// Groups, those that only a user's group list or a list of holders names among them. Who is in them follows from the
/// users, so it takes all of them to know.
pub fn groups(
    sources: &Sources,
    complete: &Completeness,
    analysis: &Analysis,
    join: &Join<'_>,
    times: &Times,
) -> Population<Group> {
    let details = &sources.details;
    let others = &complete.named.groups.members;
    let absent = Absent::new(
        "group",
        AUTHORIZATION_DETAILS,
        others.values().map(|member| (member.id.as_str(), member.named_by.clone())),
        times,
    );
    let members = Members::of(sources, complete, join);
    let listed = details.data.groups.iter().map(|group| (group.arn.as_str(), Observed::Known(group)));
    let named = others.values().map(|member| {
        let gap = details.gap.clone().unwrap_or_else(|| absent.gap(&member.named_by));
        (member.id.as_str(), Observed::Gap(gap))
    });
    let mut subjects: Vec<Group> =
        listed.chain(named).map(|(id, detail)| group(id, &detail, &members, analysis, times)).collect();
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    Population { subjects, gaps: details.gap.iter().chain(&complete.groups).cloned().collect() }
}

/// Who is in which group, by the group's name, and what keeps that from being known in full.
struct Members<'a> {
    in_group: BTreeMap<&'a str, Vec<&'a str>>,
    mfa: BTreeMap<&'a str, Observed<bool>>,
    unlisted: Option<&'a Arc<Gap>>,
}

impl<'a> Members<'a> {
    fn of(sources: &'a Sources, complete: &'a Completeness, join: &Join<'a>) -> Self {
        let mut in_group: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for user in &sources.details.data.users {
            for group in user.groups.known().into_iter().flatten() {
                in_group.entry(group).or_default().push(&user.arn);
            }
        }
        let mfa = |row: &&Row| row.mfa_active.clone();
        let mfa = join.users.iter().map(|user| (user.id, user.row.as_ref().and_then(mfa))).collect();
        Self { in_group, mfa, unlisted: complete.memberships.first() }
    }
}

fn group(id: &str, detail: &Observed<&GroupItem>, members: &Members<'_>, analysis: &Analysis, times: &Times) -> Group {
    let unlisted = members.unlisted;
    let arns = members.in_group.get(name_of(id)).map_or(&[][..], Vec::as_slice);
    let names: Vec<String> = arns.iter().map(|arn| name_of(arn).to_owned()).collect();
    let without = |arn: &&&str| members.mfa.get(**arn).is_some_and(|mfa| mfa == &Observed::Known(false));
    let bare: Vec<String> = arns.iter().filter(without).map(|arn| name_of(arn).to_owned()).collect();
    let unread = arns.iter().find_map(|arn| members.mfa.get(arn).and_then(|mfa| mfa.gap().cloned()));
    let unseen = detail.gap().cloned().unwrap_or_else(|| absent_detail(id));
    Group {
        id: id.to_owned(),
        label: name_of(id).to_owned(),
        as_of: times.started,
        name: Observed::Known(name_of(id).to_owned()),
        path: path_in_arn(id, detail.as_ref().map(|group| group.path.clone())),
        created: detail.as_ref().map(|group| group.created),
        known_users: list(names.clone(), unlisted),
        users: unlisted.map_or(Observed::Known(names), |gap| Observed::Gap(Arc::clone(gap))),
        attached_policies: detail.as_ref().and_then(|group| group.holdings.attached.clone()),
        inline_policies: detail.as_ref().and_then(|group| group.holdings.inline_names()),
        administrator: administrator(analysis, id, &unseen),
        members_without_mfa: list(bare, unread.as_ref().or(unlisted)),
    }
}

/// A role as each source sees it.
#[derive(Default)]
struct Seen<'a> {
    detail: Option<&'a RoleItem>,
    entry: Option<&'a ListedRole>,
    /// Answers about something else that name the role.
    others: NamedBy,
}

impl Seen<'_> {
    fn named_by(&self) -> NamedBy {
        let sources = [(AUTHORIZATION_DETAILS, self.detail.is_some()), (ROLE_LIST, self.entry.is_some())];
        let named = sources.into_iter().filter(|(_, names)| *names).map(|(evidence, _)| evidence);
        named.chain(self.others.iter().copied()).collect()
    }
}

/// Roles, joined by ARN over authorization details and role list, and those that other answers name.
pub fn roles(
    sources: &Sources,
    complete: &Completeness,
    analysis: &Analysis,
    times: &Times,
) -> (Population<Role>, Vec<Disagreement>) {
    let (details, listed) = (&sources.details, &sources.roles);
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for role in &details.data.roles {
        seen.entry(&role.arn).or_default().detail = Some(role);
    }
    for role in &listed.data {
        seen.entry(&role.arn).or_default().entry = Some(role);
    }
    for member in complete.named.roles.members.values() {
        seen.entry(&member.id).or_default().others.clone_from(&member.named_by);
    }
    let lacking = |evidence, lacks: &dyn Fn(&Seen<'_>) -> bool| {
        let members = seen.iter().filter(|(_, seen)| lacks(seen)).map(|(id, seen)| (*id, seen.named_by()));
        Absent::new("role", evidence, members, times)
    };
    let no_detail = lacking(AUTHORIZATION_DETAILS, &|seen| seen.detail.is_none());
    let no_entry = lacking(ROLE_LIST, &|seen| seen.entry.is_none());

    let mut disagreements = Vec::new();
    let mut subjects = Vec::new();
    for (id, seen) in &seen {
        let is_listed = seen.detail.is_some() || seen.entry.is_some();
        let is_one_sided = seen.detail.is_some() != seen.entry.is_some();
        if is_listed && is_one_sided && details.gap.is_none() && listed.gap.is_none() {
            disagreements.push(existence(id, seen.detail.is_some()));
        }
        let named_by = seen.named_by();
        let lost = |whole: &Option<Arc<Gap>>, absent: &Absent| whole.clone().unwrap_or_else(|| absent.gap(&named_by));
        let detail = seen.detail.map_or_else(|| Observed::Gap(lost(&details.gap, &no_detail)), Observed::Known);
        let entry = seen.entry.map_or_else(|| Observed::Gap(lost(&listed.gap, &no_entry)), Observed::Known);
        subjects.push(role(id, &detail, &entry, analysis, times));
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
        Observed::Known(_) => analysis
            .get(arn)
            .map_or_else(|| TrustFacts::unknown(&absent_detail(arn)), |one| TrustFacts::of(one, &analysis.context)),
    };
    let unseen = detail.gap().cloned().unwrap_or_else(|| absent_detail(arn));
    let path = path_in_arn(arn, detail.as_ref().map(|role| role.path.clone()));
    let in_list = entry.known().and_then(|entry| entry.create_date);
    let created = match (detail.as_ref().map(|role| role.created), in_list) {
        (Observed::Gap(_), Some(created)) => Observed::Known(created),
        (created, _) => created,
    };
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
        created,
        description: entry.as_ref().map(|role| role.description.clone().filter(|text| !text.trim().is_empty())),
        maximum_session_seconds: entry.as_ref().and_then(session),
        last_used: detail.as_ref().and_then(|role| role.last_used.clone()),
        service_linked: path.as_ref().map(|path| service_linked(path)),
        identity_center: path.as_ref().map(|path| is_of_identity_center(path)),
        path,
        tags: detail.as_ref().and_then(|role| role.tags.as_ref().map(|tags| tag_texts(tags))),
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

/// Made by IAM Identity Center for a permission set.
fn is_of_identity_center(path: &str) -> bool {
    path.starts_with(IDENTITY_CENTER_PATH)
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

/// Whatever policies can be given to: every user, group and role of their own populations.
pub fn principals(
    join: &Join<'_>,
    (sources, complete): (&Sources, &Completeness),
    (groups, roles): (&Population<Group>, &Population<Role>),
    analysis: &Analysis,
    times: &Times,
) -> Population<Principal> {
    let users = join.users.iter().map(|user| {
        let detail = user.detail.as_ref();
        let boundary = detail.clone().map(|detail: &&UserItem| detail.boundary.clone());
        let given = Given::of(
            detail.as_ref().and_then(|detail| detail.holdings.attached.clone()),
            detail.and_then(|detail| detail.holdings.inline_names()),
            boundary,
        );
        principal("user", user.id, given, analysis, times)
    });
    let groups = groups.subjects.iter().map(|group| {
        let (attached, inline) = (group.attached_policies.clone(), group.inline_policies.clone());
        principal("group", &group.id, Given::of(attached, inline, Observed::Known(None)), analysis, times)
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
    fn of(attached: Observed<Vec<String>>, inline: Observed<Vec<String>>, boundary: Observed<Option<String>>) -> Self {
        Self {
            attached,
            inline,
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
