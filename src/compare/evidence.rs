//! What facts do not hold and a comparison needs: AWS's own ids, documents, lists.

use crate::account::details::{Details, InlineItem, Tag};
use jiff::Timestamp;
use std::sync::Arc;

/// What distinguishes an entity from another with the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// AWS's unique ID.
    pub id: Option<String>,
    pub created: Option<Timestamp>,
}

impl Identity {
    /// Whether both are the same entity; `None` if neither ID nor creation time is known on both sides.
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
    /// Fact, label, and the document's text if the evidence has it.
    pub documents: Vec<(&'static str, &'static str, Option<Arc<str>>)>,
    /// Fact, label, values.
    pub lists: Vec<(&'static str, &'static str, Vec<String>)>,
    /// Fact, label, value.
    pub words: Vec<(&'static str, &'static str, Option<String>)>,
}

/// Holder's ARN and name of an inline policy.
fn inline(id: &str) -> Option<(&str, &str)> {
    id.split_once("#inline/")
}

/// The identity by AWS's IDs; an inline policy has its holder's.
pub fn identity(details: &Details, kind: &str, id: &str) -> Identity {
    let made = |id: &Option<String>, created| Identity { id: id.clone(), created };
    let user = |arn| details.user(arn).map(|user| made(&user.id, user.created));
    let group = |arn| details.group(arn).map(|group| made(&group.id, Some(group.created)));
    let listed = |arn| details.listed_role(arn).map(|role| made(&role.id, None));
    let role = |arn| details.role(arn).map(|role| made(&role.id, Some(role.created))).or_else(|| listed(arn));
    let found = match (kind, inline(id)) {
        ("user", _) => user(id),
        ("group", _) => group(id),
        ("role", _) => role(id),
        ("policy", Some((holder, _))) => user(holder).or_else(|| group(holder)).or_else(|| role(holder)),
        ("policy", None) => details.policy(id).map(|policy| made(&policy.id, policy.created)),
        _ => None,
    };
    found.unwrap_or_default()
}

/// Documents and lists of an entity; `None` if the details do not have it.
pub fn texts(details: &Details, kind: &str, id: &str) -> Option<Texts> {
    let mut texts = Texts::default();
    match kind {
        "user" => texts.lists.push(("tags", "Tags", tags(&details.user(id)?.tags))),
        "role" => {
            texts.documents.push(("trust_policy", "Trust policy", details.trust(id)?.text.clone()));
            if let Some(profiles) = details.role(id).and_then(|role| role.profiles.known()) {
                texts.lists.push(("instance_profiles", "Instance profiles", profiles.clone()));
            }
        }
        "policy" => match inline(id) {
            Some((holder, name)) => {
                let held = details.holdings(holder)?.inline.known()?;
                let InlineItem { text, .. } = held.iter().find(|policy| policy.name == name)?;
                texts.documents.push(("document", "Document", text.text.clone()));
            }
            None => {
                let policy = details.policy(id)?;
                texts.documents.push(("document", "Document in force", policy.text.text.clone()));
                texts.words.push(("version", "Default version", policy.default_version.clone()));
            }
        },
        _ => return None,
    }
    Some(texts)
}

fn tags(tags: &[Tag]) -> Vec<String> {
    tags.iter().map(|tag| format!("{} = {}", tag.key, tag.value)).collect()
}
