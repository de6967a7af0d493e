//! Groups, roles, and users, groups and roles together as holders of policies.

use super::details::{Holdings, RoleItem, UserItem, name_of};
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
pub fn groups(sources: &Sources, times: &Times) -> Population<Group> {
    let details = &sources.details;
    let subject = |group: &super::details::GroupItem| {
        let members = details.data.users.iter().filter(|user| user.groups.contains(&group.name));
        let members: Vec<String> = members.map(|user| name_of(&user.arn).to_owned()).collect();
        Group {
            id: group.arn.clone(),
            label: group.name.clone(),
            as_of: times.started,
            name: Observed::Known(group.name.clone()),
            path: Observed::Known(group.path.clone()),
            created: Observed::Known(group.created),
            users: details.gap.clone().map_or(Observed::Known(members), Observed::Gap),
            attached_policies: Observed::Known(group.holdings.attached.clone()),
            inline_policies: Observed::Known(group.holdings.inline_names()),
        }
    };
    Population {
        subjects: details.data.groups.iter().map(subject).collect(),
        gaps: details.gap.iter().cloned().collect(),
    }
}

/// Roles, joined by ARN over authorization details and role list.
pub fn roles(sources: &Sources, times: &Times) -> (Population<Role>, Vec<Disagreement>) {
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
        subjects.push(role(arn, &detail, &entry, times));
    }
    let gaps = details.gap.iter().chain(&listed.gap).cloned().collect();
    (Population { subjects, gaps }, disagreements)
}

fn role(arn: &str, detail: &Observed<&RoleItem>, entry: &Observed<&ListedRole>, times: &Times) -> Role {
    let session = |entry: &&ListedRole| match entry.max_session_duration {
        Some(seconds) => Observed::Known(seconds),
        None => {
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
        description: entry.as_ref().map(|role| role.description.clone().filter(|text| !text.is_empty())),
        maximum_session_seconds: entry.as_ref().and_then(session),
        last_used: detail.as_ref().map(|role| role.last_used),
        service_linked: detail.as_ref().map(|role| service_linked(&role.path)),
        identity_center: detail.as_ref().map(|role| identity_center(&role.path)),
        trusted: detail.as_ref().and_then(|role| role.trusted.clone()),
        attached_policies: detail.as_ref().map(|role| role.holdings.attached.clone()),
        inline_policies: detail.as_ref().map(|role| role.holdings.inline_names()),
        permissions_boundary: detail.as_ref().map(|role| role.boundary.clone()),
    }
}

/// Made and owned by an AWS service.
pub fn service_linked(path: &str) -> bool {
    path.starts_with("/aws-service-role/")
}

fn identity_center(path: &str) -> bool {
    path.starts_with("/aws-reserved/sso.amazonaws.com/")
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

/// Users, roles and groups that something names and the authorization details lack: what they hold is not known.
pub fn unseen_holders(sources: &Sources) -> Option<Arc<Gap>> {
    let details = &sources.details.data;
    let users = sources.users.data.iter().map(|user| user.arn.as_str());
    let users = users.filter(|arn| !details.users.iter().any(|user| user.arn == *arn));
    let roles = sources.roles.data.iter().map(|role| role.arn.as_str());
    let roles = roles.filter(|arn| !details.roles.iter().any(|role| role.arn == *arn));
    let groups = details.users.iter().flat_map(|user| &user.groups).map(String::as_str);
    let groups = groups.filter(|name| !details.groups.iter().any(|group| group.name == *name));
    let names: std::collections::BTreeSet<&str> = users.chain(roles).map(name_of).chain(groups).collect();
    if names.is_empty() || sources.details.gap.is_some() {
        return None;
    }
    let reason = format!("the authorization details lack holders that are named elsewhere: {}", some_names(names));
    Some(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
}

/// Whatever policies can be given to. Users whom only the credential report names (deleted since) are not here.
pub fn principals(
    join: &Join<'_>,
    sources: &Sources,
    roles: &Population<Role>,
    times: &Times,
) -> Population<Principal> {
    let subject = |kind: &str, arn: &str, holdings: Observed<&Holdings>, linked, center| Principal {
        id: arn.to_owned(),
        label: format!("{kind} {}", name_of(arn)),
        as_of: times.started,
        kind: Observed::Known(kind.to_owned()),
        name: Observed::Known(name_of(arn).to_owned()),
        service_linked: linked,
        identity_center: center,
        attached_policies: holdings.as_ref().map(|holdings| holdings.attached.clone()),
        inline_policies: holdings.map(Holdings::inline_names),
    };
    let no = || Observed::Known(false);
    let users = join.users.iter().filter(|user| user.listed || user.detail.known().is_some()).map(|user| {
        subject("user", user.arn, user.detail.as_ref().map(|detail: &&UserItem| &detail.holdings), no(), no())
    });
    let groups = sources.details.data.groups.iter();
    let groups = groups.map(|group| subject("group", &group.arn, Observed::Known(&group.holdings), no(), no()));
    let roles = roles.subjects.iter().map(|role| Principal {
        id: role.id.clone(),
        label: format!("role {}", role.label),
        as_of: times.started,
        kind: Observed::Known("role".to_owned()),
        name: role.name.clone(),
        service_linked: role.service_linked.clone(),
        identity_center: role.identity_center.clone(),
        attached_policies: role.attached_policies.clone(),
        inline_policies: role.inline_policies.clone(),
    });
    let mut subjects: Vec<Principal> = users.chain(groups).chain(roles).collect();
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    let gaps = [&sources.details.gap, &sources.users.gap, &sources.roles.gap].into_iter().flatten().cloned();
    let gaps = gaps.chain(unseen_holders(sources)).collect();
    Population { subjects, gaps }
}
