//! Sheets of roles, users and groups.

use super::documents::Trusted;
use super::evidence::{Attached, Inline, Tag};
use super::sheet::{Held, Link, Links, Reach, Sheet};
use super::{Holding, Relation, Room, SheetKind, day, name_of, owner, policies, purpose, tag_rows, told};
use crate::account::fact::{GapKind, Observed};
use crate::account::is_arn;
use crate::policy::grants::{Grants, at_least};
use crate::policy::trust::{ManagedByAws, managed_by_aws};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A role, user or group with the policies that decide what it may do.
pub struct Principal {
    pub kind: SheetKind,
    pub arn: String,
    pub name: String,
    /// ARNs of a user's groups.
    pub groups: Vec<String>,
    pub held: Vec<HeldPolicy>,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    pub trusted: Option<Arc<Trusted>>,
    /// The details hold it, so that its policies are known.
    pub detailed: bool,
    pub grants: Option<Arc<Grants>>,
    part: Option<super::sheet::GrantsPart>,
}

/// A policy in a principal's hands.
pub struct HeldPolicy {
    pub name: String,
    /// Key of its sheet: ARN, or holder's ARN and name.
    pub id: String,
    /// ARN, if it is managed.
    pub policy: Option<String>,
    pub how: Holding,
    /// Its holder is this very principal, not a group of it.
    pub own: bool,
    /// As the policy room names it in evidence.
    label: Arc<str>,
    /// Place of its document.
    pub document: Option<usize>,
}

impl Principal {
    /// `role app`.
    pub fn told(&self) -> String {
        format!("{} {}", self.kind.label().to_lowercase(), self.name)
    }

    fn new(kind: SheetKind, arn: &str) -> Self {
        Self {
            kind,
            arn: arn.to_owned(),
            name: name_of(arn).to_owned(),
            groups: Vec::new(),
            held: Vec::new(),
            boundary: None,
            trusted: None,
            detailed: false,
            grants: None,
            part: None,
        }
    }

    fn hold(&mut self, room: &mut Room<'_>, attached: &[Attached], inline: &[Inline], managed: &Managed) {
        for policy in attached {
            let name = name_of(&policy.policy_arn).to_owned();
            self.held.push(HeldPolicy {
                label: Arc::from(policies::label(&policy.policy_arn)),
                name,
                id: policy.policy_arn.clone(),
                policy: Some(policy.policy_arn.clone()),
                how: Holding::Attached,
                own: true,
                document: managed.get(&policy.policy_arn).copied().flatten(),
            });
        }
        for policy in inline {
            self.held.push(HeldPolicy {
                name: policy.policy_name.clone(),
                id: format!("{}#{}", self.arn, policy.policy_name),
                policy: None,
                how: Holding::Inline,
                own: true,
                label: Arc::from(format!("inline policy {} of {}", policy.policy_name, self.told())),
                document: policy.policy_document.0.as_ref().map(|text| room.documents.place(text)),
            });
        }
        self.held.sort_by(|one, other| (&one.how, &one.id).cmp(&(&other.how, &other.id)));
    }
}

/// ARN → place of the document in force; none where it is not known.
pub type Managed = BTreeMap<String, Option<usize>>;

/// Every role, user and group that any evidence names: roles, users, groups, each by ARN.
pub fn gather(room: &mut Room<'_>, managed: &Managed) -> Vec<Principal> {
    let evidence = room.evidence;
    let account = room.account;
    let mut all: BTreeMap<(usize, String), Principal> = BTreeMap::new();
    for role in &account.roles.subjects {
        all.insert((0, role.id.clone()), Principal::new(SheetKind::Role, &role.id));
    }
    for user in &account.users.subjects {
        all.insert((1, user.id.clone()), Principal::new(SheetKind::User, &user.id));
    }
    for group in &account.groups.subjects {
        all.insert((2, group.id.clone()), Principal::new(SheetKind::Group, &group.id));
    }
    for (arn, role) in &evidence.roles {
        let made = all.entry((0, arn.clone())).or_insert_with(|| Principal::new(SheetKind::Role, arn));
        made.trusted =
            role.assume_role_policy_document.0.as_ref().and_then(|text| room.documents.trust(text, &room.context));
        // A role of the list alone has no ARN here: its policies are not known.
        made.detailed = !role.arn.is_empty();
        made.boundary = role.permissions_boundary.as_ref().and_then(|it| it.permissions_boundary_arn.clone());
        made.hold(room, &role.attached_managed_policies, &role.role_policy_list, managed);
    }
    let by_name: BTreeMap<&str, &str> =
        account.groups.subjects.iter().map(|group| (group.label.as_str(), group.id.as_str())).collect();
    for (arn, group) in &evidence.groups {
        let made = all.entry((2, arn.clone())).or_insert_with(|| Principal::new(SheetKind::Group, arn));
        made.detailed = true;
        made.hold(room, &group.attached_managed_policies, &group.group_policy_list, managed);
    }
    for (arn, user) in &evidence.users {
        let mut made = all.remove(&(1, arn.clone())).unwrap_or_else(|| Principal::new(SheetKind::User, arn));
        made.detailed = true;
        made.boundary = user.permissions_boundary.as_ref().and_then(|it| it.permissions_boundary_arn.clone());
        made.hold(room, &user.attached_managed_policies, &user.user_policy_list, managed);
        for name in &user.group_list {
            let Some(group) = by_name.get(name.as_str()).and_then(|arn| all.get(&(2, (*arn).to_owned()))) else {
                // The group's policies are not known, and so this user's are not.
                made.detailed = false;
                continue;
            };
            made.groups.push(group.arn.clone());
            made.detailed &= group.detailed;
            for held in &group.held {
                made.held.push(HeldPolicy {
                    name: held.name.clone(),
                    id: held.id.clone(),
                    policy: held.policy.clone(),
                    how: Holding::Group(name.clone()),
                    own: false,
                    label: Arc::clone(&held.label),
                    document: held.document,
                });
            }
        }
        all.insert((1, arn.clone()), made);
    }
    all.into_values().collect()
}

/// What each principal may do in all, as the account's analysis says. Those with the same policies share it.
pub fn grant(room: &mut Room<'_>, principals: &mut [Principal]) {
    for principal in principals {
        let Some(analysed) = room.account.analysis.get(&principal.arn) else { continue };
        principal.part = Some(room.tables.part(&analysed.grants));
        principal.grants = Some(Arc::clone(&analysed.grants));
    }
}

/// The sheet of a role, user or group.
pub fn sheet(room: &Room<'_>, principal: &Principal, reach: Vec<Reach>) -> Sheet {
    let mut notices = Vec::new();
    if !principal.detailed {
        let why = unseen(room, principal).map(|reason| format!("{}. ", capitalized(reason))).unwrap_or_default();
        notices.push(format!(
            "{why}The authorization details do not hold all of it: what it may do is not known in full, and no list \
             here is proof that there is nothing else."
        ));
    } else if room.gap.is_some() {
        notices
            .push("The authorization details are incomplete; the lists here show at least what is there.".to_owned());
    }
    let unread =
        principal.held.iter().filter(|held| held.document.is_none_or(|place| room.documents.reading(place).is_none()));
    let unread: Vec<&str> = unread.map(|held| held.name.as_str()).collect();
    if !unread.is_empty() {
        notices.push(format!("It may do more than is shown: these policies could not be read: {}.", unread.join(", ")));
    }
    if let Some(boundary) =
        principal.boundary.as_ref().filter(|_| principal.grants.as_ref().is_some_and(|it| it.capped_by.is_none()))
    {
        notices.push(format!(
            "The permissions boundary {} could not be read; how far it caps is not known.",
            name_of(boundary)
        ));
    }
    let held = principal.held.iter().map(|held| Held {
        title: held.name.clone(),
        file: room.file(&held.id),
        how: held.how.clone(),
        document: held.document,
        missing: held
            .document
            .is_none()
            .then(|| "The evidence does not hold its default version; what it grants is not known.".to_owned()),
    });
    let level = match &principal.grants {
        Some(grants) if unread.is_empty() && principal.detailed => grants.access_level_in_words(),
        Some(grants) => at_least(&grants.access_level_in_words()),
        // Nobody is in details that were not read: of each alone that would be a false sentence.
        None if room.account.analysis.all.is_empty() => "not known".to_owned(),
        None => "not known: not in the authorization details".to_owned(),
    };
    let level = if principal.boundary.is_some() { format!("{level}, capped by a boundary") } else { level };
    let mut sheet = Sheet {
        kind: principal.kind,
        file: room.file(&principal.arn),
        name: principal.name.clone(),
        id: principal.arn.clone(),
        part_of: String::new(),
        path: String::new(),
        owner: String::new(),
        level,
        sweeping: principal.grants.as_ref().is_some_and(|grants| grants.is_sweeping()),
        administrator: None,
        last_used: String::new(),
        purpose: String::new(),
        notices,
        facts: Vec::new(),
        tags: Vec::new(),
        trust: principal.trusted.as_ref().map(|trusted| trusted.part.clone()),
        grants: principal
            .part
            .as_ref()
            .map(|part| super::sheet::GrantsPart { sentences: part.sentences.clone(), table: part.table }),
        held: held.collect(),
        links: Vec::new(),
        versions: Vec::new(),
        reach,
        findings: Vec::new(),
        change: None,
        exhibits: Vec::new(),
    };
    match principal.kind {
        SheetKind::Role => role(room, principal, &mut sheet),
        SheetKind::User => user(room, principal, &mut sheet),
        _ => group(room, principal, &mut sheet),
    }
    if let Some(boundary) = &principal.boundary {
        sheet.links.push(Links { relation: Relation::Boundary, none: "", links: vec![link(room, boundary, "")] });
    }
    sheet
}

/// Why the authorization details do not hold it: who else names it.
fn unseen<'a>(room: &'a Room<'_>, principal: &Principal) -> Option<&'a str> {
    let known = find(&room.account.principals.subjects, &principal.arn, |one| &one.id)?;
    // Details that were not read are stated once for all principals.
    let gap = known.attached_policies.gap().filter(|_| room.gap.is_none())?;
    (gap.kind == GapKind::Absent).then_some(gap.reason.as_str())
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A link to the sheet of an ARN, by its name.
pub fn link(room: &Room<'_>, arn: &str, note: &str) -> Link {
    Link { text: name_of(arn).to_owned(), file: room.file(arn), note: note.to_owned() }
}

fn place(sheet: &mut Sheet, path: &str, tags: &[Tag], created: Option<&Observed<Timestamp>>) {
    let unknown = || "not known".to_owned();
    path.clone_into(&mut sheet.path);
    sheet.owner = owner(tags);
    sheet.tags = tag_rows(tags);
    sheet.facts.push(("ARN", if is_arn(&sheet.id) { sheet.id.clone() } else { unknown() }));
    sheet.facts.push(("Path", if path.is_empty() { unknown() } else { path.to_owned() }));
    let created = created.and_then(Observed::known).map(ToString::to_string);
    sheet.facts.push(("Created", day(created.as_deref())));
    if !sheet.owner.is_empty() {
        sheet.facts.push(("Owner, by a tag", sheet.owner.clone()));
    }
}

fn role(room: &Room<'_>, principal: &Principal, sheet: &mut Sheet) {
    let fact = find(&room.account.roles.subjects, &principal.arn, |role| &role.id);
    let none = super::evidence::Role::default();
    let detail = room.evidence.roles.get(&principal.arn).unwrap_or(&none);
    let path = if detail.path.is_empty() { path_of(&principal.arn) } else { detail.path.clone() };
    place(sheet, &path, &detail.tags, fact.map(|role| &role.created));
    let description = fact.and_then(|role| role.description.known()).and_then(Option::as_deref);
    sheet.purpose = match managed_by_aws(&path) {
        Some(_) if description.is_some_and(|text| !text.trim().is_empty()) => purpose(description, &detail.tags, &path),
        Some(ManagedByAws::ServiceLinked) => {
            let service = path.trim_matches('/').rsplit('/').next().unwrap_or_default();
            format!("Service-linked role of {service}; AWS writes its policies.")
        }
        Some(ManagedByAws::IdentityCenter) => {
            "Created by IAM Identity Center for a permission set; it is changed there.".to_owned()
        }
        None => purpose(description, &detail.tags, &path),
    };
    if let Some(fact) = fact {
        let session = told(&fact.maximum_session_seconds, |seconds| hours(*seconds));
        sheet.facts.push(("Maximum session duration", session));
    }
    let used = detail.role_last_used.as_ref();
    let last = used.and_then(|used| used.last_used_date.as_deref());
    // AWS sends an empty member where it tracked no use; one that is missing says nothing.
    let tracked = principal.detailed && used.is_some();
    sheet.last_used = match (last, tracked) {
        (Some(time), _) => day(Some(time)),
        (None, true) => "never".to_owned(),
        (None, false) => "not known".to_owned(),
    };
    let region =
        used.and_then(|used| used.region.as_deref()).map(|region| format!(", in {region}")).unwrap_or_default();
    sheet.facts.push(match (last, tracked) {
        (Some(time), _) => ("Last used", format!("{}{region}", day(Some(time)))),
        (None, true) => ("Last used", "no use in the 400 days that AWS tracks".to_owned()),
        (None, false) => ("Last used", "not known".to_owned()),
    });
    let profiles: Vec<&str> = detail.instance_profile_list.iter().map(|it| name_of(&it.arn)).collect();
    if !profiles.is_empty() {
        sheet.facts.push(("Instance profiles", profiles.join(", ")));
    }
    if sheet.trust.is_none() {
        let why = match &detail.assume_role_policy_document.0 {
            Some(_) => "The trust policy is not JSON; who can assume the role is not known.",
            None => "The evidence does not hold the trust policy; who can assume the role is not known.",
        };
        sheet.notices.push(why.to_owned());
    }
}

fn user(room: &Room<'_>, principal: &Principal, sheet: &mut Sheet) {
    let fact = find(&room.account.users.subjects, &principal.arn, |user| &user.id);
    let none = super::evidence::User::default();
    let detail = room.evidence.users.get(&principal.arn).unwrap_or(&none);
    let path = if detail.path.is_empty() { path_of(&principal.arn) } else { detail.path.clone() };
    place(sheet, &path, &detail.tags, fact.map(|user| &user.created));
    sheet.purpose = purpose(None, &detail.tags, &path);
    let yes = |value: &bool| (if *value { "yes" } else { "no" }).to_owned();
    if let Some(user) = fact {
        sheet.facts.push(("Console password", told(&user.has_password, yes)));
        sheet.facts.push(("MFA", told(&user.mfa_active, yes)));
        sheet.facts.push(("Active access keys", told(&user.active_access_keys, ToString::to_string)));
    }
    sheet.last_used = last_use(room, principal);
    sheet.facts.push(("Last used", sheet.last_used.clone()));
    sheet.links.push(Links {
        relation: Relation::Groups,
        none: if principal.detailed { "It is in no group." } else { "Its groups are not known in full." },
        links: principal.groups.iter().map(|arn| link(room, arn, "")).collect(),
    });
}

/// The latest use of any credential of a user.
fn last_use(room: &Room<'_>, principal: &Principal) -> String {
    let prefix = format!("{}#", principal.arn);
    let all = &room.account.credentials.subjects;
    let start = all.partition_point(|credential| credential.id.as_str() < prefix.as_str());
    let own = all[start..].iter().take_while(|credential| credential.id.starts_with(&prefix));
    let mut latest: Option<Timestamp> = None;
    // Of somebody whose line in the report was read, it is known which credentials there are.
    let is_read = find(&room.account.users.subjects, &principal.arn, |user| &user.id)
        .is_some_and(|user| user.has_password.known().is_some() && user.active_access_keys.known().is_some());
    let mut gap = !is_read && !room.account.credentials.gaps.is_empty();
    for credential in own {
        match &credential.last_used {
            Observed::Known(time) => latest = latest.max(*time),
            Observed::Gap(_) => gap = true,
        }
    }
    match (latest, gap) {
        (Some(time), _) => day(Some(&time.to_string())),
        (None, true) => "not known".to_owned(),
        (None, false) => "never".to_owned(),
    }
}

fn group(room: &Room<'_>, principal: &Principal, sheet: &mut Sheet) {
    let detail = room.evidence.groups.get(&principal.arn);
    let path = detail.map_or_else(|| path_of(&principal.arn), |detail| detail.path.clone());
    let fact = find(&room.account.groups.subjects, &principal.arn, |group| &group.id);
    place(sheet, &path, &[], fact.map(|group| &group.created));
    sheet.purpose = purpose(None, &[], &path);
    let members = fact.map(|group| &group.known_users);
    let arns: BTreeMap<&str, &str> = match members {
        Some(Observed::Known(members)) if !members.is_empty() => {
            room.evidence.users.keys().map(|arn| (name_of(arn), arn.as_str())).collect()
        }
        _ => BTreeMap::new(),
    };
    let links = match members {
        Some(Observed::Known(members)) => members
            .iter()
            .map(|name| match arns.get(name.as_str()) {
                Some(arn) => link(room, arn, ""),
                None => Link { text: name.clone(), file: String::new(), note: String::new() },
            })
            .collect(),
        _ => Vec::new(),
    };
    let known = matches!(members, Some(Observed::Known(_)));
    let none = if known { "The group has no member." } else { "Its members are not known." };
    if fact.is_some_and(|group| group.users.gap().is_some()) && known {
        sheet
            .notices
            .push("The evidence does not show all users and their groups; others may be members too.".to_owned());
    }
    sheet.links.push(Links { relation: Relation::Members, none, links });
}

/// A subject by its id; they are sorted.
pub fn find<'a, T>(subjects: &'a [T], id: &str, of: impl Fn(&T) -> &String) -> Option<&'a T> {
    subjects.binary_search_by(|subject| of(subject).as_str().cmp(id)).ok().map(|at| &subjects[at])
}

/// `/apps/` of `arn:aws:iam::111122223333:role/apps/archive`.
pub fn path_of(arn: &str) -> String {
    if !is_arn(arn) {
        return String::new();
    }
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let path = resource.split_once('/').map_or("", |(_, rest)| rest);
    path.rsplit_once('/').map_or_else(|| "/".to_owned(), |(path, _)| format!("/{path}/"))
}

fn hours(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600) {
        (1, 0) => "1 hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        _ => format!("{seconds} seconds"),
    }
}
