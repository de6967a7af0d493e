//! The authorization details, condensed page by page: policy documents become what
//! they grant and are dropped, so that an account of any size fits in memory.

use super::document;
use super::evidence::{Attached, DetailsAnswer, GroupDetail, Inline, ManagedPolicy, RoleDetail, UserDetail};
use super::fact::{AUTHORIZATION_DETAILS, Evidence, Gap, GapKind, Observed};
use super::full_admin::{Grant, Place, judge};
use super::gaps::{gap, some_names};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// Users, groups, roles and policies.
#[derive(Debug, Default)]
pub struct Details {
    pub users: Vec<UserItem>,
    pub groups: Vec<GroupItem>,
    pub roles: Vec<RoleItem>,
    pub policies: Vec<PolicyItem>,
}

/// What a user, group or role holds.
#[derive(Debug)]
pub struct Holdings {
    /// ARNs of managed policies.
    pub attached: Vec<String>,
    pub inline: Vec<InlineItem>,
}

/// An inline policy.
#[derive(Debug)]
pub struct InlineItem {
    pub name: String,
    pub grant: Observed<Grant>,
}

#[derive(Debug)]
pub struct UserItem {
    pub arn: String,
    pub path: String,
    pub groups: Vec<String>,
    pub holdings: Holdings,
    pub boundary: Option<String>,
}

#[derive(Debug)]
pub struct GroupItem {
    pub arn: String,
    pub path: String,
    pub name: String,
    pub created: Timestamp,
    pub holdings: Holdings,
}

#[derive(Debug)]
pub struct RoleItem {
    pub arn: String,
    pub path: String,
    pub created: Timestamp,
    pub trusted: Observed<Vec<String>>,
    pub last_used: Option<Timestamp>,
    pub holdings: Holdings,
    pub boundary: Option<String>,
}

/// A managed policy; only the version in force decides.
#[derive(Debug)]
pub struct PolicyItem {
    pub arn: String,
    pub name: String,
    pub attachments: Option<i64>,
    pub boundary_uses: Option<i64>,
    pub versions: usize,
    pub updated: Option<Timestamp>,
    pub grant: Observed<Grant>,
}

impl PolicyItem {
    pub fn aws_managed(&self) -> bool {
        self.arn.split(':').nth(4) == Some("aws")
    }
}

/// The last part of an ARN: the name of what it stands for.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
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
    let reason = format!("{evidence} says different things of the same ARN: {named}");
    (!arns.is_empty()).then(|| gap(evidence, GapKind::Unreadable, reason))
}

impl Details {
    /// Takes a page in.
    pub fn add(&mut self, page: DetailsAnswer, place: &Place) {
        self.users.extend(page.user_detail_list.into_iter().flatten().map(|user| UserItem::new(user, place)));
        self.groups.extend(page.group_detail_list.into_iter().flatten().map(|group| GroupItem::new(group, place)));
        self.roles.extend(page.role_detail_list.into_iter().flatten().map(|role| RoleItem::new(role, place)));
        self.policies.extend(page.policies.into_iter().flatten().map(|policy| PolicyItem::new(policy, place)));
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

impl Holdings {
    fn new(attached: Vec<Attached>, inline: Vec<Inline>, holder: &str, place: &Place) -> Self {
        let mut attached: Vec<String> = attached.into_iter().map(|attached| attached.policy_arn).collect();
        attached.sort();
        let mut inline: Vec<InlineItem> = inline
            .into_iter()
            .map(|inline| InlineItem {
                grant: grant(inline.policy_document.as_ref(), &format!("{} of {holder}", inline.policy_name), place),
                name: inline.policy_name,
            })
            .collect();
        inline.sort_by(|one, other| one.name.cmp(&other.name));
        Self { attached, inline }
    }

    /// Names of the inline policies.
    pub fn inline_names(&self) -> Vec<String> {
        self.inline.iter().map(|inline| inline.name.clone()).collect()
    }
}

fn grant(document: Option<&Value>, policy: &str, place: &Place) -> Observed<Grant> {
    judge(document, place).map_or_else(
        |problem| {
            let reason = format!("the policy {policy} cannot be understood: {problem}");
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Unreadable, reason))
        },
        Observed::Known,
    )
}

impl UserItem {
    fn new(user: UserDetail, place: &Place) -> Self {
        let mut groups = user.group_list;
        groups.sort();
        Self {
            holdings: Holdings::new(user.attached_managed_policies, user.user_policy_list, &user.arn, place),
            arn: user.arn,
            path: user.path,
            groups,
            boundary: user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        }
    }
}

impl GroupItem {
    fn new(group: GroupDetail, place: &Place) -> Self {
        Self {
            holdings: Holdings::new(group.attached_managed_policies, group.group_policy_list, &group.arn, place),
            arn: group.arn,
            path: group.path,
            name: group.group_name,
            created: group.create_date,
        }
    }
}

impl RoleItem {
    fn new(role: RoleDetail, place: &Place) -> Self {
        let trusted = document::trusted(role.assume_role_policy_document.as_ref()).map_or_else(
            |problem| {
                let reason = format!("the trust policy of {} cannot be understood: {problem}", role.arn);
                Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Unreadable, reason))
            },
            Observed::Known,
        );
        Self {
            trusted,
            holdings: Holdings::new(role.attached_managed_policies, role.role_policy_list, &role.arn, place),
            arn: role.arn,
            path: role.path,
            created: role.create_date,
            last_used: role.role_last_used.and_then(|used| used.last_used_date),
            boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        }
    }
}

impl PolicyItem {
    fn new(policy: ManagedPolicy, place: &Place) -> Self {
        let in_force: Vec<_> = policy.policy_version_list.iter().filter(|version| version.is_default_version).collect();
        let (grant, updated) = match in_force[..] {
            [version] if policy.default_version_id.is_none() || version.version_id == policy.default_version_id => {
                (grant(version.document.as_ref(), &policy.arn, place), version.create_date)
            }
            _ => {
                let reason = format!("the answer does not say which version of the policy {} is in force", policy.arn);
                (Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Unreadable, reason)), None)
            }
        };
        Self {
            name: policy.policy_name.unwrap_or_else(|| name_of(&policy.arn).to_owned()),
            attachments: policy.attachment_count.filter(|count| *count >= 0),
            boundary_uses: policy.permissions_boundary_usage_count.filter(|count| *count >= 0),
            versions: policy.policy_version_list.len(),
            updated: updated.or(policy.update_date),
            grant,
            arn: policy.arn,
        }
    }
}
