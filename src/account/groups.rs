//! IAM groups. One that any answer names is a member of the population; what the other answers would say is not known.

use super::absence::Absent;
use super::analysis::{Analysis, list};
use super::completeness::Completeness;
use super::credential_report::Row;
use super::details::GroupItem;
use super::fact::{AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Gap, Observed, USER_LIST, subject};
use super::principals::{absent_detail, administrator, path_in_arn};
use super::sources::Sources;
use super::users::Join;
use super::{Population, Times};
use crate::arn::name_of;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// An IAM group, one that only a user's group list or a list of holders names among them.
    Group = "group" as "group", "IAM groups", from &[AUTHORIZATION_DETAILS];
    /// Group name.
    name "the group's name": Text = &[AUTHORIZATION_DETAILS];
    /// Path.
    path: Text = &[AUTHORIZATION_DETAILS];
    /// When the group was created.
    created: Timestamp = &[AUTHORIZATION_DETAILS];
    /// Members. Not known where a user, or the groups of one, are not in the evidence.
    users "which users are in the group": Texts = &[AUTHORIZATION_DETAILS, USER_LIST];
    /// Members that the evidence shows, whether or not they are all; not known where it shows none and is incomplete.
    known_users "which users are in the group": Texts = &[AUTHORIZATION_DETAILS, USER_LIST],
        title "Known members", compared false;
    /// Managed policies attached to the group.
    attached_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies of the group.
    inline_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Its policies allow every action on every resource, or nearly, one alone or several together.
    administrator "whether the group's policies make it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Members without an active MFA device of any kind.
    members_without_mfa "which members of the group have no MFA": Texts = &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT],
        title "Members without MFA", compared false;
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
