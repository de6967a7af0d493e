//! What facts do not hold and a comparison needs: AWS's own ids, documents, tags.

use super::Side;
use crate::describe::evidence::{self, Evidence, Inline, Tag};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What tells an entity from another one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// AWS's own id.
    pub id: Option<String>,
    pub created: Option<Timestamp>,
}

impl Identity {
    fn new(id: Option<&String>, created: Option<&String>) -> Self {
        Self { id: id.cloned(), created: created.and_then(|time| time.parse().ok()) }
    }

    /// Whether both are one entity; none if neither id nor time of creation is known on both sides.
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (&self.id, &other.id) {
            (Some(own), Some(theirs)) => Some(own == theirs),
            _ => Some(self.created? == other.created?),
        }
    }
}

/// The policy documents and lists of one entity.
#[derive(Debug, Default)]
pub struct Texts {
    /// Fact, label, the document's text; none where the evidence does not hold it.
    pub documents: Vec<(&'static str, &'static str, Option<String>)>,
    /// Fact, label, values.
    pub lists: Vec<(&'static str, &'static str, Vec<String>)>,
    /// Fact, label, value.
    pub words: Vec<(&'static str, &'static str, Option<String>)>,
}

/// One side's authorization details.
#[derive(Debug)]
pub struct Details {
    evidence: Evidence,
    /// Inline policies by the id of their facts: holder's ARN and text.
    inline: BTreeMap<String, (String, Option<String>)>,
}

impl Details {
    pub fn read(side: Side<'_>) -> Self {
        let evidence = evidence::read(side.snapshot, side.account);
        let mut inline = BTreeMap::new();
        let mut take = |arn: &str, list: &[Inline]| {
            for policy in list {
                let id = format!("{arn}#inline/{}", policy.policy_name);
                inline.insert(id, (arn.to_owned(), policy.policy_document.0.clone()));
            }
        };
        evidence.users.iter().for_each(|(arn, user)| take(arn, &user.user_policy_list));
        evidence.groups.iter().for_each(|(arn, group)| take(arn, &group.group_policy_list));
        evidence.roles.iter().for_each(|(arn, role)| take(arn, &role.role_policy_list));
        Self { evidence, inline }
    }

    /// A role's trust policy.
    pub fn trust(&self, id: &str) -> Option<&str> {
        self.evidence.roles.get(id)?.assume_role_policy_document.0.as_deref()
    }

    /// By AWS's ids; an inline policy is its holder's.
    pub fn identity(&self, kind: &str, id: &str) -> Identity {
        let holder = self.inline.get(id).map_or(id, |(holder, _)| holder.as_str());
        let evidence = &self.evidence;
        let user = || evidence.users.get(holder).map(|it| Identity::new(it.user_id.as_ref(), it.create_date.as_ref()));
        let group =
            || evidence.groups.get(holder).map(|it| Identity::new(it.group_id.as_ref(), it.create_date.as_ref()));
        let role = || evidence.roles.get(holder).map(|it| Identity::new(it.role_id.as_ref(), it.create_date.as_ref()));
        let policy =
            || evidence.policies.get(id).map(|it| Identity::new(it.policy_id.as_ref(), it.create_date.as_ref()));
        match kind {
            "user" => user(),
            "group" => group(),
            "role" => role(),
            "policy" => policy().or_else(user).or_else(group).or_else(role),
            _ => None,
        }
        .unwrap_or_default()
    }

    /// Documents and lists of an entity; none where the details do not hold it.
    pub fn texts(&self, kind: &str, id: &str) -> Option<Texts> {
        let evidence = &self.evidence;
        let mut texts = Texts::default();
        match kind {
            "user" => texts.lists.push(tags(&evidence.users.get(id)?.tags)),
            "role" => {
                let role = evidence.roles.get(id)?;
                texts.documents.push(("trust_policy", "Trust policy", role.assume_role_policy_document.0.clone()));
                if role.arn.is_empty() {
                    return Some(texts); // The list of roles holds no more.
                }
                let profiles = role.instance_profile_list.iter().map(|profile| profile.arn.clone()).collect();
                texts.lists.push(("instance_profiles", "Instance profiles", profiles));
                texts.lists.push(tags(&role.tags));
            }
            "policy" => {
                if let Some((_, text)) = self.inline.get(id) {
                    texts.documents.push(("document", "Document", text.clone()));
                    return Some(texts);
                }
                let policy = evidence.policies.get(id)?;
                let text = policy.in_force().and_then(|version| version.document.0.clone());
                texts.documents.push(("document", "Document in force", text));
                texts.words.push(("version", "Default version", policy.default_version_id.clone()));
                texts.lists.push(tags(&policy.tags));
            }
            _ => return None,
        }
        Some(texts)
    }
}

fn tags(tags: &[Tag]) -> (&'static str, &'static str, Vec<String>) {
    ("tags", "Tags", tags.iter().map(|tag| format!("{} = {}", tag.key, tag.value)).collect())
}
