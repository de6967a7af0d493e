//! The parts of the evidence that sheets show and facts do not hold: documents,
//! tags, descriptions. A policy document is kept as text, which is a tenth of
//! the memory of a tree.

use crate::account::Account;
use crate::snapshot::Snapshot;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

macro_rules! shapes {
    ($( $(#[$meta:meta])* $Name:ident { $( $(#[$fmeta:meta])* $field:ident : $ty:ty, )* } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $Name { $( $(#[$fmeta])* pub $field: $ty, )* }
    )* };
}

shapes! {
    Page {
        user_detail_list: Vec<User>,
        group_detail_list: Vec<Group>,
        role_detail_list: Vec<Role>,
        policies: Vec<Policy>,
        roles: Vec<ListedRole>,
    }
    User {
        arn: String,
        /// AWS's own id: another one is another user, whatever its name.
        user_id: Option<String>,
        path: String,
        create_date: Option<String>,
        group_list: Vec<String>,
        user_policy_list: Vec<Inline>,
        attached_managed_policies: Vec<Attached>,
        permissions_boundary: Option<Boundary>,
        tags: Vec<Tag>,
    }
    Group {
        arn: String,
        group_id: Option<String>,
        path: String,
        group_name: String,
        create_date: Option<String>,
        group_policy_list: Vec<Inline>,
        attached_managed_policies: Vec<Attached>,
    }
    Role {
        arn: String,
        role_id: Option<String>,
        path: String,
        create_date: Option<String>,
        assume_role_policy_document: Document,
        role_policy_list: Vec<Inline>,
        attached_managed_policies: Vec<Attached>,
        permissions_boundary: Option<Boundary>,
        tags: Vec<Tag>,
        role_last_used: Option<LastUsed>,
        instance_profile_list: Vec<InstanceProfile>,
    }
    ListedRole {
        arn: String,
        role_id: Option<String>,
        assume_role_policy_document: Document,
    }
    InstanceProfile { arn: String, }
    LastUsed { last_used_date: Option<String>, region: Option<String>, }
    Boundary { permissions_boundary_arn: Option<String>, }
    Attached { policy_arn: String, }
    Inline { policy_name: String, policy_document: Document, }
    Tag { key: String, value: String, }
    Policy {
        arn: String,
        policy_id: Option<String>,
        path: Option<String>,
        policy_name: Option<String>,
        description: Option<String>,
        create_date: Option<String>,
        update_date: Option<String>,
        default_version_id: Option<String>,
        attachment_count: Option<i64>,
        permissions_boundary_usage_count: Option<i64>,
        policy_version_list: Vec<Version>,
        tags: Vec<Tag>,
    }
    /// What `GetPolicy` tells.
    Explained { policy: Policy, }
    Version {
        version_id: Option<String>,
        is_default_version: bool,
        create_date: Option<String>,
        document: Document,
    }
}

/// A document's text; none where AWS did not give it.
#[derive(Clone, Debug, Default)]
pub struct Document(pub Option<String>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Null => None,
            // As on the wire: percent-encoded.
            Value::String(text) if text.trim_start().starts_with('{') => Some(text),
            Value::String(text) => Some(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()),
            tree => Some(tree.to_string()),
        }))
    }
}

impl Policy {
    pub fn aws_managed(&self) -> bool {
        self.arn.split(':').nth(4) == Some("aws")
    }

    /// The version in force, if the answer says which it is.
    pub fn in_force(&self) -> Option<&Version> {
        let mut found = self.policy_version_list.iter().filter(|version| self.is_in_force(version));
        found.next().filter(|_| found.next().is_none())
    }

    pub fn is_in_force(&self, version: &Version) -> bool {
        version.is_default_version
            && (self.default_version_id.is_none() || version.version_id == self.default_version_id)
    }
}

/// Everything by ARN, sorted.
#[derive(Debug, Default)]
pub struct Evidence {
    pub users: BTreeMap<String, User>,
    pub groups: BTreeMap<String, Group>,
    pub roles: BTreeMap<String, Role>,
    pub policies: BTreeMap<String, Policy>,
    /// What could not be read, in sentences.
    pub problems: Vec<String>,
}

/// Reads the authorization details, and from the list of roles what they lack.
/// Evidence of another account is not used, as in the account's facts.
pub fn read(snapshot: &Snapshot, account: &Account) -> Evidence {
    let mut evidence = Evidence::default();
    let mut listed = Vec::new();
    for operation in ["GetAccountAuthorizationDetails", "ListRoles"] {
        for page in snapshot.answer("iam", operation).pages {
            match page.read::<Page>() {
                Ok(page) => {
                    evidence.users.extend(page.user_detail_list.into_iter().map(|it| (it.arn.clone(), it)));
                    evidence.groups.extend(page.group_detail_list.into_iter().map(|it| (it.arn.clone(), it)));
                    evidence.roles.extend(page.role_detail_list.into_iter().map(|it| (it.arn.clone(), it)));
                    evidence.policies.extend(page.policies.into_iter().map(|it| (it.arn.clone(), it)));
                    listed.extend(page.roles);
                }
                Err(problem) => evidence.problems.push(format!("A page of {operation} could not be read: {problem}.")),
            }
        }
    }
    let foreign = |arn: &str| arn.split(':').nth(4) != Some(&account.id);
    let own = evidence.users.keys().chain(evidence.groups.keys()).chain(evidence.roles.keys());
    let customer = evidence.policies.values().filter(|policy| !policy.aws_managed()).map(|policy| &policy.arn);
    if let Some(arn) = own.chain(customer).find(|arn| foreign(arn)).cloned() {
        let problem = format!("The authorization details are of another account and were not used: they name {arn}.");
        evidence = Evidence { problems: vec![problem], ..Evidence::default() };
    }
    explain(snapshot, &mut evidence);
    for role in listed.into_iter().filter(|role| !foreign(&role.arn)) {
        let known = evidence.roles.entry(role.arn).or_default();
        if known.arn.is_empty() && known.assume_role_policy_document.0.is_none() {
            known.assume_role_policy_document = role.assume_role_policy_document;
            known.role_id = role.role_id;
        }
    }
    evidence
}

/// Descriptions and tags of policies, where they were asked for. What is not known of them, and why, is told by the
/// account's facts.
fn explain(snapshot: &Snapshot, evidence: &mut Evidence) {
    for page in snapshot.answers("iam", "GetPolicy").into_iter().flat_map(|answer| answer.pages) {
        let Ok(Explained { policy: told }) = page.read::<Explained>() else { continue };
        if let Some(policy) = evidence.policies.get_mut(&told.arn) {
            policy.description = told.description.or(policy.description.take());
            policy.tags = told.tags;
        }
    }
}
