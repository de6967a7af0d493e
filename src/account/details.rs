//! The authorization details, condensed page by page: each distinct policy document is
//! read once and the answers are dropped, so that an account of any size fits in memory.
//!
//! Facts, register and comparison are made from this one reading.

use super::document::{Documents, PolicyText, TrustText};
pub use super::evidence::Tag;
use super::evidence::{
    Attached, DetailsAnswer, GroupDetail, Inline, InstanceProfile, LastUsed, ListedRole, ManagedPolicy, PolicyAnswer,
    PolicyVersion, RoleDetail, UserDetail,
};
use super::fact::{AUTHORIZATION_DETAILS, Evidence, Gap, GapKind, Observed};
use super::gaps::{gap, some_names};
use crate::arn::name_of;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Users, groups, roles and policies.
#[derive(Debug, Default)]
pub struct Details {
    pub users: Vec<UserItem>,
    pub groups: Vec<GroupItem>,
    pub roles: Vec<RoleItem>,
    pub policies: Vec<PolicyItem>,
    /// Roles that the list of roles names and the details lack.
    pub listed_roles: Vec<ListedOnly>,
    /// ARNs of those whose path or name the answer gives differently beside it.
    misnamed: Vec<String>,
}

/// What a user, group or role holds.
#[derive(Debug)]
pub struct Holdings {
    /// ARNs of managed policies.
    pub attached: Observed<Vec<String>>,
    pub inline: Observed<Vec<InlineItem>>,
}

/// An inline policy.
#[derive(Debug)]
pub struct InlineItem {
    pub name: String,
    pub text: PolicyText,
}

#[derive(Debug)]
pub struct UserItem {
    pub arn: String,
    /// AWS's own id: another one is another user, whatever its name.
    pub id: Option<String>,
    pub path: String,
    pub created: Option<Timestamp>,
    pub tags: Vec<Tag>,
    /// In AWS's order.
    pub groups: Observed<Vec<String>>,
    pub holdings: Holdings,
    pub boundary: Option<String>,
}

#[derive(Debug)]
pub struct GroupItem {
    pub arn: String,
    pub id: Option<String>,
    pub path: String,
    pub name: String,
    pub created: Timestamp,
    pub holdings: Holdings,
}

#[derive(Debug)]
pub struct RoleItem {
    pub arn: String,
    pub id: Option<String>,
    pub path: String,
    pub created: Timestamp,
    pub trust: TrustText,
    pub tags: Observed<Vec<Tag>>,
    /// None: AWS tracked no use.
    pub last_used: Observed<Option<Timestamp>>,
    /// The Region of the last use.
    pub last_used_region: Option<String>,
    /// ARNs of the instance profiles that it is in.
    pub profiles: Observed<Vec<String>>,
    /// ARN and id of each of them that has an id: one that was deleted and created again has another.
    pub profile_ids: Vec<(String, String)>,
    pub holdings: Holdings,
    pub boundary: Option<String>,
}

/// A role of which only the list of roles is in the evidence: its policies are not known.
#[derive(Debug)]
pub struct ListedOnly {
    pub arn: String,
    pub id: Option<String>,
    pub trust: TrustText,
}

/// A managed policy; only the version in force decides what it grants.
#[derive(Debug)]
pub struct PolicyItem {
    pub arn: String,
    pub id: Option<String>,
    pub path: Option<String>,
    pub name: String,
    pub created: Option<Timestamp>,
    /// When the policy was changed, as AWS says of the policy itself.
    pub changed: Option<Timestamp>,
    pub attachments: Option<i64>,
    pub boundary_uses: Option<i64>,
    /// Id of the version in force.
    pub default_version: Option<String>,
    pub versions: Observed<Vec<VersionItem>>,
    /// When the version in force was made.
    pub updated: Option<Timestamp>,
    /// The details seldom hold it, so that there is none proves nothing without the policy's own answer.
    pub description: Option<String>,
    /// Of the policy's own answer; none where that is not in the evidence.
    pub tags: Option<Vec<Tag>>,
    /// The version in force.
    pub text: PolicyText,
}

/// A version of a managed policy.
#[derive(Debug)]
pub struct VersionItem {
    pub id: Option<String>,
    /// The details call it the default version.
    pub is_default: bool,
    pub created: Option<Timestamp>,
    pub text: PolicyText,
}

/// Where IAM Identity Center puts its roles.
pub const IDENTITY_CENTER_PATH: &str = "/aws-reserved/sso.amazonaws.com/";

impl RoleItem {
    /// Identity Center made it for the permission set of this name.
    pub fn is_of_permission_set(&self, set: &str) -> bool {
        let name = name_of(&self.arn).strip_prefix("AWSReservedSSO_").filter(|_| self.is_of_identity_center());
        name.and_then(|rest| rest.rsplit_once('_')).is_some_and(|(name, _)| name == set)
    }

    pub fn is_of_identity_center(&self) -> bool {
        self.path.starts_with(IDENTITY_CENTER_PATH)
    }
}

impl PolicyItem {
    pub fn aws_managed(&self) -> bool {
        self.arn.split(':').nth(4) == Some("aws")
    }

    /// A version that nothing contradicts to be the default.
    pub fn is_in_force(&self, version: &VersionItem) -> bool {
        version.is_default && (self.default_version.is_none() || version.id == self.default_version)
    }

    /// Versions that can be put in force again.
    pub fn others(&self) -> impl Iterator<Item = &VersionItem> {
        self.versions.known().into_iter().flatten().filter(|version| !version.is_default)
    }
}

/// `key=value`, sorted. A value of nothing but spaces says as little as none.
pub fn tag_texts(tags: &[Tag]) -> Vec<String> {
    sorted(tags.iter().map(|tag| format!("{}={}", tag.key, tag.value.trim())).collect())
}

/// Sorts by ARN and keeps one of each; returns the ARNs whose copies differ.
pub fn once<T: std::fmt::Debug>(items: &mut Vec<T>, arn: impl Fn(&T) -> &str) -> Vec<String> {
    let mut contradicted = Vec::new();
    items.sort_by(|one, other| arn(one).cmp(arn(other)));
    items.dedup_by(|one, other| {
        let same = arn(one) == arn(other);
        if same && format!("{one:?}") != format!("{other:?}") {
            contradicted.push(arn(one).to_owned());
        }
        same
    });
    contradicted
}

/// The gap of a source that says different things of one ARN.
pub fn contradiction(evidence: Evidence, arns: &[String]) -> Option<Arc<Gap>> {
    let named = some_names(arns.iter().map(String::as_str));
    let reason = format!("{evidence} returns different values for the same ARN: {named}");
    (!arns.is_empty()).then(|| gap(evidence, GapKind::Unreadable, reason))
}

/// Whether the ARN of a thing of that kind has this path and name, as far as they are told.
pub fn is_named(arn: &str, kind: &str, path: Option<&str>, name: Option<&str>) -> bool {
    let resource = arn.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix(kind));
    let Some(after) = resource.filter(|after| after.starts_with('/')) else { return false };
    let (own_path, own_name) = after.split_at(after.rfind('/').map_or(0, |at| at + 1));
    path.is_none_or(|path| path == own_path) && name.is_none_or(|name| name == own_name)
}

/// The gap of a source whose ARNs are not those of the paths and names beside them: which of the two is meant, and
/// with it whose policies these are, is not known.
pub fn misnaming(evidence: Evidence, arns: &[String]) -> Option<Arc<Gap>> {
    let named = some_names(arns.iter().map(String::as_str));
    let reason = format!("{evidence} returns a path or name that differs from the ARN: {named}");
    (!arns.is_empty()).then(|| gap(evidence, GapKind::Conflict, reason))
}

impl Details {
    /// Takes a page in.
    pub fn add(&mut self, page: DetailsAnswer, texts: &mut Documents) {
        self.note_misnamed(&page);
        self.users.extend(page.user_detail_list.into_iter().flatten().map(|user| UserItem::new(user, texts)));
        self.groups.extend(page.group_detail_list.into_iter().flatten().map(|group| GroupItem::new(group, texts)));
        self.roles.extend(page.role_detail_list.into_iter().flatten().map(|role| RoleItem::new(role, texts)));
        self.policies.extend(page.policies.into_iter().flatten().map(|policy| PolicyItem::new(policy, texts)));
    }

    fn note_misnamed(&mut self, page: &DetailsAnswer) {
        let users = page.user_detail_list.iter().flatten();
        let users = users.map(|one| (&one.arn, "user", Some(&one.path), one.user_name.as_ref()));
        let groups = page.group_detail_list.iter().flatten();
        let groups = groups.map(|one| (&one.arn, "group", Some(&one.path), Some(&one.group_name)));
        let roles = page.role_detail_list.iter().flatten();
        let roles = roles.map(|one| (&one.arn, "role", Some(&one.path), one.role_name.as_ref()));
        let policies = page.policies.iter().flatten();
        let policies = policies.map(|one| (&one.arn, "policy", one.path.as_ref(), one.policy_name.as_ref()));
        let attached =
            (page.user_detail_list.iter().flatten().filter_map(|one| one.attached_managed_policies.as_ref()))
                .chain(page.group_detail_list.iter().flatten().filter_map(|one| one.attached_managed_policies.as_ref()))
                .chain(page.role_detail_list.iter().flatten().filter_map(|one| one.attached_managed_policies.as_ref()));
        let attached = attached.flatten().map(|one| (&one.policy_arn, "policy", None, one.policy_name.as_ref()));
        for (arn, kind, path, name) in attached.chain(users).chain(groups).chain(roles).chain(policies) {
            if !is_named(arn, kind, path.map(String::as_str), name.map(String::as_str)) {
                self.misnamed.push(arn.clone());
            }
        }
    }

    /// Takes in the roles that only their own list names; of all others the details tell more.
    pub fn add_listed(&mut self, roles: &mut [ListedRole], texts: &mut Documents) {
        for role in roles {
            let document = std::mem::take(&mut role.assume_role_policy_document);
            if self.role(&role.arn).is_none() {
                let trust = texts.trust(&document, &role.arn);
                self.listed_roles.push(ListedOnly { arn: role.arn.clone(), id: role.role_id.clone(), trust });
            }
        }
        self.listed_roles.sort_by(|one, other| one.arn.cmp(&other.arn));
    }

    /// Takes in what each policy's own answer says it is for.
    pub fn add_purposes(&mut self, answers: &BTreeMap<String, Observed<PolicyAnswer>>) {
        for policy in self.policies.iter_mut().filter(|policy| !policy.aws_managed()) {
            let answer = answers.get(&policy.arn).and_then(Observed::known).map(|answer| &answer.policy);
            let Some(answer) = answer.filter(|answer| answer.arn == policy.arn) else { continue };
            policy.description = written(answer.description.clone()).or(policy.description.take());
            policy.tags.clone_from(&answer.tags);
        }
    }

    pub fn user(&self, arn: &str) -> Option<&UserItem> {
        find(&self.users, arn, |user| &user.arn)
    }

    pub fn group(&self, arn: &str) -> Option<&GroupItem> {
        find(&self.groups, arn, |group| &group.arn)
    }

    pub fn role(&self, arn: &str) -> Option<&RoleItem> {
        find(&self.roles, arn, |role| &role.arn)
    }

    pub fn policy(&self, arn: &str) -> Option<&PolicyItem> {
        find(&self.policies, arn, |policy| &policy.arn)
    }

    pub fn listed_role(&self, arn: &str) -> Option<&ListedOnly> {
        find(&self.listed_roles, arn, |role| &role.arn)
    }

    /// A role's trust policy, whichever answer holds it.
    pub fn trust(&self, role: &str) -> Option<&TrustText> {
        self.role(role).map(|role| &role.trust).or_else(|| self.listed_role(role).map(|role| &role.trust))
    }

    /// What a user, group or role holds.
    pub fn holdings(&self, arn: &str) -> Option<&Holdings> {
        let of_user = self.user(arn).map(|user| &user.holdings);
        let of_group = || self.group(arn).map(|group| &group.holdings);
        of_user.or_else(of_group).or_else(|| self.role(arn).map(|role| &role.holdings))
    }

    /// AWS's own ids of users, groups, roles and policies, each with the ARN.
    pub fn ids(&self) -> BTreeMap<String, String> {
        let users = self.users.iter().map(|user| (&user.id, &user.arn));
        let groups = self.groups.iter().map(|group| (&group.id, &group.arn));
        let roles = self.roles.iter().map(|role| (&role.id, &role.arn));
        let policies = self.policies.iter().map(|policy| (&policy.id, &policy.arn));
        let all = users.chain(groups).chain(roles).chain(policies);
        all.filter_map(|(id, arn)| Some((id.clone()?, arn.clone()))).collect()
    }

    /// ARNs that are not those of the paths and names beside them.
    pub fn misnamed(&self) -> &[String] {
        &self.misnamed
    }

    /// How many have each policy as their permissions boundary, by its ARN.
    pub fn bounded_by(&self) -> BTreeMap<&str, i64> {
        let users = self.users.iter().filter_map(|user| user.boundary.as_deref());
        let roles = self.roles.iter().filter_map(|role| role.boundary.as_deref());
        let mut counts = BTreeMap::new();
        users.chain(roles).for_each(|policy| *counts.entry(policy).or_default() += 1);
        counts
    }

    /// Sorts by ARN; what stands twice in the same words stays once. Returns the ARNs that stand twice in
    /// different words: neither can be believed.
    pub fn settle(&mut self) -> Vec<String> {
        let mut contradicted = once(&mut self.users, |user| &user.arn);
        contradicted.extend(once(&mut self.groups, |group| &group.arn));
        contradicted.extend(once(&mut self.roles, |role| &role.arn));
        contradicted.extend(once(&mut self.policies, |policy| &policy.arn));
        contradicted
    }

    /// ARNs that must be of the account in question.
    pub fn own_arns(&self) -> Vec<&str> {
        let customer = self.policies.iter().filter(|policy| !policy.aws_managed()).map(|policy| policy.arn.as_str());
        self.users
            .iter()
            .map(|user| user.arn.as_str())
            .chain(self.groups.iter().map(|group| group.arn.as_str()))
            .chain(self.roles.iter().map(|role| role.arn.as_str()))
            .chain(customer)
            .collect()
    }

    /// Each user, group and role with what it holds: kind, name, ARN, holdings.
    pub fn holders(&self) -> impl Iterator<Item = (&'static str, &str, &str, &Holdings)> {
        let users = self.users.iter().map(|user| ("user", name_of(&user.arn), user.arn.as_str(), &user.holdings));
        let groups =
            self.groups.iter().map(|group| ("group", group.name.as_str(), group.arn.as_str(), &group.holdings));
        let roles = self.roles.iter().map(|role| ("role", name_of(&role.arn), role.arn.as_str(), &role.holdings));
        users.chain(groups).chain(roles)
    }
}

/// A list that AWS always sends.
fn demanded<T>(list: Option<Vec<T>>, member: &str, holder: &str) -> Observed<Vec<T>> {
    list.map_or_else(
        || {
            let reason = format!("the authorization details do not hold {member} of {holder}");
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
        },
        Observed::Known,
    )
}

pub fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// A text that says something.
fn written(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// In a list that is sorted by ARN.
fn find<'a, T>(list: &'a [T], arn: &str, of: impl Fn(&T) -> &String) -> Option<&'a T> {
    list.binary_search_by(|one| of(one).as_str().cmp(arn)).ok().map(|at| &list[at])
}

impl Holdings {
    fn new(
        attached: Option<Vec<Attached>>,
        inline: Option<Vec<Inline>>,
        member: &str,
        holder: &str,
        texts: &mut Documents,
    ) -> Self {
        let arns = |attached: Vec<Attached>| sorted(attached.into_iter().map(|one| one.policy_arn).collect());
        let mut items = |inline: Vec<Inline>| {
            let item = |inline: Inline| InlineItem {
                text: texts.policy(&inline.policy_document, &format!("{} of {holder}", inline.policy_name)),
                name: inline.policy_name,
            };
            let mut items: Vec<InlineItem> = inline.into_iter().map(item).collect();
            items.sort_by(|one, other| one.name.cmp(&other.name));
            items
        };
        Self {
            attached: demanded(attached, "AttachedManagedPolicies", holder).map(arns),
            inline: demanded(inline, member, holder).map(&mut items),
        }
    }

    /// Names of the inline policies.
    pub fn inline_names(&self) -> Observed<Vec<String>> {
        self.inline.as_ref().map(|inline| inline.iter().map(|inline| inline.name.clone()).collect())
    }
}

impl UserItem {
    fn new(user: UserDetail, texts: &mut Documents) -> Self {
        // AWS leaves these lists out where they are empty, and these lists only.
        let inline = Some(user.user_policy_list.unwrap_or_default());
        Self {
            groups: demanded(user.group_list, "GroupList", &user.arn),
            holdings: Holdings::new(user.attached_managed_policies, inline, "UserPolicyList", &user.arn, texts),
            arn: user.arn,
            id: user.user_id,
            path: user.path,
            created: user.create_date,
            tags: user.tags.unwrap_or_default(),
            boundary: user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        }
    }
}

impl GroupItem {
    fn new(group: GroupDetail, texts: &mut Documents) -> Self {
        let (attached, inline) = (group.attached_managed_policies, group.group_policy_list);
        Self {
            holdings: Holdings::new(attached, inline, "GroupPolicyList", &group.arn, texts),
            arn: group.arn,
            id: group.group_id,
            path: group.path,
            name: group.group_name,
            created: group.create_date,
        }
    }
}

impl RoleItem {
    fn new(role: RoleDetail, texts: &mut Documents) -> Self {
        let (attached, inline) = (role.attached_managed_policies, role.role_policy_list);
        Self {
            trust: texts.trust(&role.assume_role_policy_document, &role.arn),
            tags: demanded(role.tags, "Tags", &role.arn),
            holdings: Holdings::new(attached, inline, "RolePolicyList", &role.arn, texts),
            arn: role.arn,
            id: role.role_id,
            path: role.path,
            created: role.create_date,
            last_used_region: role.role_last_used.as_ref().and_then(|used| used.region.clone()),
            last_used: last_used(role.role_last_used),
            profile_ids: profile_ids(role.instance_profile_list.as_deref()),
            profiles: profiles(role.instance_profile_list),
            boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        }
    }
}

/// AWS sends an empty member for a role of which it tracked no use; one that is not there says nothing. All roles
/// without it share one gap.
fn last_used(used: Option<LastUsed>) -> Observed<Option<Timestamp>> {
    used.map_or_else(
        || {
            let reason = "the authorization details do not hold RoleLastUsed of every role";
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
        },
        |used| Observed::Known(used.last_used_date),
    )
}

/// Every managed policy has a version.
fn versions(list: &[PolicyVersion], arn: &str, texts: &mut Documents) -> Observed<Vec<VersionItem>> {
    if list.is_empty() {
        let reason = format!("the authorization details do not hold the versions of the policy {arn}");
        return Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason));
    }
    let item = |version: &PolicyVersion| {
        let id = version.version_id.as_deref().unwrap_or("(without id)");
        VersionItem {
            id: version.version_id.clone(),
            is_default: version.is_default_version,
            created: version.create_date,
            text: texts.policy(&version.document, &format!("{arn} ({id})")),
        }
    };
    Observed::Known(list.iter().map(item).collect())
}

fn profile_ids(list: Option<&[InstanceProfile]>) -> Vec<(String, String)> {
    let id = |profile: &InstanceProfile| Some((profile.arn.clone(), profile.instance_profile_id.clone()?));
    list.unwrap_or_default().iter().filter_map(id).collect()
}

fn profiles(list: Option<Vec<InstanceProfile>>) -> Observed<Vec<String>> {
    list.map_or_else(
        || {
            let reason = "the authorization details do not list the instance profiles of every role";
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
        },
        |list| Observed::Known(list.into_iter().map(|profile| profile.arn).collect()),
    )
}

impl PolicyItem {
    fn new(policy: ManagedPolicy, texts: &mut Documents) -> Self {
        let in_force = |version: &&PolicyVersion| version.is_default_version;
        let list = policy.policy_version_list.unwrap_or_default();
        let (text, updated) = match list.iter().filter(in_force).collect::<Vec<_>>()[..] {
            [version] if policy.default_version_id.is_none() || version.version_id == policy.default_version_id => {
                (texts.policy(&version.document, &policy.arn), version.create_date)
            }
            _ => {
                let reason = format!("the answer does not name the default version of the policy {}", policy.arn);
                (PolicyText::unseen(gap(AUTHORIZATION_DETAILS, GapKind::Unreadable, reason)), None)
            }
        };
        Self {
            versions: versions(&list, &policy.arn, texts),
            id: policy.policy_id,
            path: policy.path,
            created: policy.create_date,
            changed: policy.update_date,
            default_version: policy.default_version_id,
            tags: None,
            name: policy.policy_name.unwrap_or_else(|| name_of(&policy.arn).to_owned()),
            attachments: policy.attachment_count.filter(|count| *count >= 0),
            boundary_uses: policy.permissions_boundary_usage_count.filter(|count| *count >= 0),
            updated: updated.or(policy.update_date),
            description: written(policy.description),
            text,
            arn: policy.arn,
        }
    }
}
