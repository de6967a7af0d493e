//! Sheets of managed and inline policies.

use super::principals::{HeldPolicy, Managed, Principal, find, link};
use super::sheet::{Held, Link, Links, Sheet, VersionPart};
use super::{Holding, Relation, Room, SheetKind, day, diff, owner, purpose, reach, tag_rows};
use crate::account::details::{PolicyItem, VersionItem};
use crate::account::fact::{Gap, GapKind};
use crate::arn::name_of;
use crate::policy::grants;
use crate::policy::trust::masked;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The documents in force of all managed policies.
pub fn in_force(room: &mut Room<'_>) -> Managed {
    let policies = &room.details.policies;
    policies.iter().map(|policy| (policy.arn.clone(), room.documents.place(&policy.text))).collect()
}

/// Who holds each managed policy, in the order users, groups, roles, boundaries.
#[derive(Default)]
struct Holders {
    users: Vec<Link>,
    groups: Vec<Link>,
    roles: Vec<Link>,
    boundary: Vec<Link>,
}

fn holders(room: &Room<'_>, principals: &[Principal]) -> BTreeMap<String, Holders> {
    let mut holders: BTreeMap<String, Holders> = BTreeMap::new();
    for principal in principals {
        let link = || link(room, &principal.arn, "");
        for arn in principal.held.iter().filter(|held| held.own).filter_map(|held| held.policy.as_ref()) {
            let of = holders.entry(arn.clone()).or_default();
            match principal.kind {
                SheetKind::User => of.users.push(link()),
                SheetKind::Group => of.groups.push(link()),
                _ => of.roles.push(link()),
            }
        }
        if let Some(arn) = &principal.boundary {
            holders.entry(arn.clone()).or_default().boundary.push(link());
        }
    }
    holders
}

/// Sheets of the customer-managed policies and of the AWS-managed ones that the evidence holds.
pub fn managed_sheets(room: &mut Room<'_>, principals: &[Principal], managed: &Managed, sheets: &mut Vec<Sheet>) {
    let mut holders = holders(room, principals);
    for policy in &room.details.policies {
        let held_by = holders.remove(&policy.arn).unwrap_or_default();
        let document = managed.get(&policy.arn).copied().flatten();
        let aws = policy.aws_managed();
        let kind = if aws { SheetKind::AwsPolicy } else { SheetKind::CustomerPolicy };
        let mut sheet = blank(room, kind, &policy.arn, &policy.name);
        let path = policy.path.clone().unwrap_or_default();
        sheet.purpose = match policy.description.as_deref() {
            None | Some("") if aws => "Written and kept by AWS; the evidence holds no description.".to_owned(),
            description => purpose_of(room, policy, description, &path),
        };
        let tags = policy.tags.as_deref().unwrap_or_default();
        sheet.owner = owner(tags);
        sheet.tags = tag_rows(tags);
        sheet.facts = vec![
            ("ARN", policy.arn.clone()),
            ("Path", if path.is_empty() { "not known".to_owned() } else { path.clone() }),
            ("Created", day(policy.created)),
            ("Changed", day(policy.changed)),
            ("Default version", policy.default_version.clone().unwrap_or_else(|| "not known".to_owned())),
            ("Attachment count", count(policy.attachments)),
            ("Permissions boundary usage count", count(policy.boundary_uses)),
        ];
        if let Some(gap) = unexplained(room, policy) {
            sheet.facts.push(("Tags", missing(&gap)));
        }
        sheet.path = path;
        let policies = if policy.aws_managed() { Vec::new() } else { vec![policy.arn.clone()] };
        let someone = reach::Someone { kinds: &["user", "role"], groups: Vec::new(), policies };
        let whose = if aws { "AWS-managed policy" } else { "policy" };
        grants_of(room, &mut sheet, document, format!("{whose} {}", name_of(&policy.arn)), &someone);
        if document.is_none() {
            sheet.notices.push(
                "The evidence does not hold the default version, or does not say which it is; what it grants is not known."
                    .to_owned(),
            );
        }
        sheet.versions = versions(policy);
        sheet.links = vec![
            Links { relation: Relation::AttachedToUsers, none: "Not attached to a user.", links: held_by.users },
            Links { relation: Relation::AttachedToGroups, none: "Not attached to a group.", links: held_by.groups },
            Links { relation: Relation::AttachedToRoles, none: "Not attached to a role.", links: held_by.roles },
            Links {
                relation: Relation::BoundaryOf,
                none: "Not used as a permissions boundary.",
                links: held_by.boundary,
            },
        ];
        let fact = find(&room.account.policies.subjects, &policy.arn, |policy| &policy.id);
        if room.gap.is_some() || fact.is_some_and(|fact| fact.holders.gap().is_some()) {
            sheet.notices.push("The authorization details are incomplete; others may have it too.".to_owned());
        }
        sheets.push(sheet);
    }
}

/// What a customer managed policy is for. It has no description only if that is known.
fn purpose_of(room: &Room<'_>, policy: &PolicyItem, description: Option<&str>, path: &str) -> String {
    let silent = description.is_none_or(|text| text.trim().is_empty());
    match unexplained(room, policy).filter(|_| silent) {
        Some(gap) => missing(&gap),
        None => purpose(description, policy.tags.as_deref().unwrap_or_default(), path),
    }
}

/// What keeps description and tags of a customer managed policy from being known.
fn unexplained(room: &Room<'_>, policy: &PolicyItem) -> Option<Arc<Gap>> {
    let fact = find(&room.account.policies.subjects, &policy.arn, |policy| &policy.id)?;
    fact.tags.gap().or_else(|| fact.description.gap()).cloned()
}

fn missing(gap: &Gap) -> String {
    if gap.kind == GapKind::NotCollected { "not collected".to_owned() } else { format!("not known: {}", gap.reason) }
}

/// Sheets of the inline policies.
pub fn inline_sheets(room: &mut Room<'_>, principals: &[Principal], sheets: &mut Vec<Sheet>) {
    for principal in principals {
        for held in principal.held.iter().filter(|held| held.own && held.policy.is_none()) {
            sheets.push(inline(room, principal, held));
        }
    }
}

fn inline(room: &mut Room<'_>, principal: &Principal, held: &HeldPolicy) -> Sheet {
    let mut sheet = blank(room, SheetKind::InlinePolicy, &held.id, &held.name);
    sheet.part_of = principal.told();
    sheet.purpose = format!("Part of the {}.", sheet.part_of);
    sheet.facts = vec![("Written in", principal.arn.clone())];
    let (kind, groups): (&str, Vec<String>) = match principal.kind {
        SheetKind::Role => ("role", Vec::new()),
        SheetKind::Group => ("user", vec![principal.arn.clone()]),
        _ => ("user", Vec::new()),
    };
    let someone = reach::Someone { kinds: &[kind], groups, policies: Vec::new() };
    let label = format!("inline policy {} of {}", held.name, principal.told());
    grants_of(room, &mut sheet, held.document, label, &someone);
    if held.document.is_none() {
        sheet.notices.push("The evidence does not hold its document; what it grants is not known.".to_owned());
    }
    let relation = match principal.kind {
        SheetKind::User => Relation::OwnerUser,
        SheetKind::Group => Relation::OwnerGroup,
        _ => Relation::OwnerRole,
    };
    sheet.links = vec![Links { relation, none: "", links: vec![link(room, &principal.arn, "")] }];
    sheet
}

fn blank(room: &Room<'_>, kind: SheetKind, id: &str, name: &str) -> Sheet {
    Sheet {
        kind,
        file: room.file(id),
        name: name.to_owned(),
        id: id.to_owned(),
        part_of: String::new(),
        path: String::new(),
        owner: String::new(),
        level: "not known".to_owned(),
        sweeping: false,
        administrator: None,
        last_used: String::new(),
        purpose: String::new(),
        notices: Vec::new(),
        facts: Vec::new(),
        tags: Vec::new(),
        trust: None,
        grants: None,
        held: Vec::new(),
        links: Vec::new(),
        versions: Vec::new(),
        reach: Vec::new(),
        findings: Vec::new(),
        change: None,
        exhibits: Vec::new(),
    }
}

/// What the document grants by itself, and the document.
fn grants_of(
    room: &mut Room<'_>,
    sheet: &mut Sheet,
    document: Option<usize>,
    label: String,
    someone: &reach::Someone<'_>,
) {
    if let Some(reading) = document.and_then(|place| room.documents.reading(place)) {
        let grants = Arc::new(grants::union(&[(Arc::from(label), Arc::clone(reading))], None));
        sheet.level = grants.access_level_in_words();
        sheet.sweeping = grants.is_sweeping();
        sheet.grants = Some(room.tables.part_once(&grants));
        sheet.reach =
            reach::would_escalate(room, &grants, "A user or role with this policy", someone).into_iter().collect();
    }
    sheet.held = vec![Held {
        title: "Default version".to_owned(),
        file: String::new(),
        how: Holding::Own,
        document,
        missing: document.is_none().then(|| "It is not in the evidence.".to_owned()),
    }];
}

fn count(count: Option<i64>) -> String {
    count.map_or_else(|| "not known".to_owned(), |count| count.to_string())
}

/// Newest first, each with what changed since the one before.
fn versions(policy: &PolicyItem) -> Vec<VersionPart> {
    let number = |version: &VersionItem| -> u64 {
        let id = version.id.as_deref().unwrap_or_default();
        id.trim_start_matches('v').parse().unwrap_or(0)
    };
    let mut all: Vec<&VersionItem> = policy.versions.known().into_iter().flatten().collect();
    all.sort_by_key(|version| number(version));
    let mut before: Option<(&VersionItem, Option<String>)> = None;
    let mut parts = Vec::new();
    let single = all.len() == 1;
    for version in all {
        // Of a single version nothing is compared.
        let text = if single { None } else { version.text.text.as_deref().map(masked) };
        let id = |version: &VersionItem| version.id.clone().unwrap_or_else(|| "unnamed".to_owned());
        let (change, lines) = match (&before, &text) {
            (None, _) => ("The oldest version that the evidence holds.".to_owned(), Vec::new()),
            (Some((earlier, Some(old))), Some(new)) => match diff::lines(old, new) {
                Ok(lines) => (format!("Changed since {}:", id(earlier)), lines),
                Err(why) => (format!("Compared with {}: {why}", id(earlier)), Vec::new()),
            },
            (Some((earlier, _)), _) => {
                (format!("Cannot be compared with {}: a document is missing.", id(earlier)), Vec::new())
            }
        };
        parts.push(VersionPart {
            id: id(version),
            in_force: policy.is_in_force(version),
            created: day(version.created),
            change,
            lines,
        });
        before = Some((version, text));
    }
    parts.reverse();
    parts
}
