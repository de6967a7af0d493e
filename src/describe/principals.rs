//! Sheets of roles, users and groups.

use super::documents::Trusted;
use super::sheet::{Held, Link, Links, Reach, Sheet, TrustPart};
use super::{Holding, Relation, Room, SheetKind, day, owner, purpose, tag_rows, told};
use crate::account::details::{Holdings, Tag};
use crate::account::fact::{GapKind, Observed};
use crate::account::is_arn;
use crate::arn::name_of;
use crate::policy::grants::{Grants, at_least};
use crate::policy::trust::{ManagedByAws, managed_by_aws};
use crate::text::capital;
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
    pub trusted: Option<Trusted>,
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

    fn hold(&mut self, room: &mut Room<'_>, holdings: &Holdings, managed: &Managed) {
        self.detailed = holdings.attached.known().is_some() && holdings.inline.known().is_some();
        for arn in holdings.attached.known().into_iter().flatten() {
            self.held.push(HeldPolicy {
                name: name_of(arn).to_owned(),
                id: arn.clone(),
                policy: Some(arn.clone()),
                how: Holding::Attached,
                own: true,
                document: managed.get(arn).copied().flatten(),
            });
        }
        for policy in holdings.inline.known().into_iter().flatten() {
            self.held.push(HeldPolicy {
                name: policy.name.clone(),
                id: format!("{}#{}", self.arn, policy.name),
                policy: None,
                how: Holding::Inline,
                own: true,
                document: room.documents.place(&policy.text),
            });
        }
        self.held.sort_by(|one, other| (&one.how, &one.id).cmp(&(&other.how, &other.id)));
    }
}

/// ARN → place of the document in force; none where it is not known.
pub type Managed = BTreeMap<String, Option<usize>>;

/// Every role, user and group that any evidence names: roles, users, groups, each by ARN.
pub fn gather(room: &mut Room<'_>, managed: &Managed) -> Vec<Principal> {
    let (account, details) = (room.account, room.details);
    let trusted = |room: &mut Room<'_>, role: &str| {
        account.analysis.trust(role).map(|(trust, document)| room.documents.trust(trust, document))
    };
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
    // Of a role of the list alone the policies are not known.
    for role in &details.listed_roles {
        let made = all.entry((0, role.arn.clone())).or_insert_with(|| Principal::new(SheetKind::Role, &role.arn));
        made.trusted = trusted(room, &role.arn);
    }
    for role in &details.roles {
        let made = all.entry((0, role.arn.clone())).or_insert_with(|| Principal::new(SheetKind::Role, &role.arn));
        made.trusted = trusted(room, &role.arn);
        made.boundary.clone_from(&role.boundary);
        made.hold(room, &role.holdings, managed);
    }
    let by_name: BTreeMap<&str, &str> =
        account.groups.subjects.iter().map(|group| (group.label.as_str(), group.id.as_str())).collect();
    for group in &details.groups {
        let made = all.entry((2, group.arn.clone())).or_insert_with(|| Principal::new(SheetKind::Group, &group.arn));
        made.hold(room, &group.holdings, managed);
    }
    for user in &details.users {
        let mut made = all.remove(&(1, user.arn.clone())).unwrap_or_else(|| Principal::new(SheetKind::User, &user.arn));
        made.boundary.clone_from(&user.boundary);
        made.hold(room, &user.holdings, managed);
        made.detailed &= user.groups.known().is_some();
        for name in user.groups.known().into_iter().flatten() {
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
                    document: held.document,
                });
            }
        }
        all.insert((1, user.arn.clone()), made);
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
        let why = unseen(room, principal).map(|reason| format!("{}. ", capital(reason))).unwrap_or_default();
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
        trust: principal.trusted.as_ref().map(|trusted| TrustPart::clone(&trusted.part)),
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
    sheet.facts.push(("Created", day(created.and_then(Observed::known).copied())));
    if !sheet.owner.is_empty() {
        sheet.facts.push(("Owner, by a tag", sheet.owner.clone()));
    }
}

fn role(room: &Room<'_>, principal: &Principal, sheet: &mut Sheet) {
    let fact = find(&room.account.roles.subjects, &principal.arn, |role| &role.id);
    let detail = room.details.role(&principal.arn);
    let path = path_or(detail.map(|role| &role.path), &principal.arn);
    let tags = detail.and_then(|role| role.tags.known()).map_or(&[][..], Vec::as_slice);
    place(sheet, &path, tags, fact.map(|role| &role.created));
    let description = fact.and_then(|role| role.description.known()).and_then(Option::as_deref);
    sheet.purpose = match managed_by_aws(&path) {
        Some(_) if description.is_some_and(|text| !text.trim().is_empty()) => purpose(description, tags, &path),
        Some(ManagedByAws::ServiceLinked) => {
            let service = path.trim_matches('/').rsplit('/').next().unwrap_or_default();
            format!("Service-linked role of {service}; AWS writes its policies.")
        }
        Some(ManagedByAws::IdentityCenter) => {
            "Created by IAM Identity Center for a permission set; it is changed there.".to_owned()
        }
        None => purpose(description, tags, &path),
    };
    if let Some(fact) = fact {
        let session = told(&fact.maximum_session_seconds, |seconds| hours(*seconds));
        sheet.facts.push(("Maximum session duration", session));
    }
    let (short, long) = match detail.and_then(|role| role.last_used.known()) {
        Some(Some(time)) => {
            let region = detail.and_then(|role| role.last_used_region.as_deref());
            let region = region.map(|region| format!(", in {region}")).unwrap_or_default();
            (day(Some(*time)), format!("{}{region}", day(Some(*time))))
        }
        Some(None) => ("never".to_owned(), "no use in the 400 days that AWS tracks".to_owned()),
        None => ("not known".to_owned(), "not known".to_owned()),
    };
    sheet.last_used = short;
    sheet.facts.push(("Last used", long));
    let profiles = detail.and_then(|role| role.profiles.known());
    let profiles: Vec<&str> = profiles.into_iter().flatten().map(|arn| name_of(arn)).collect();
    if !profiles.is_empty() {
        sheet.facts.push(("Instance profiles", profiles.join(", ")));
    }
    if sheet.trust.is_none() {
        let why = match room.details.trust(&principal.arn).and_then(|trust| trust.text.as_ref()) {
            Some(_) => "The trust policy is not JSON; who can assume the role is not known.",
            None => "The evidence does not hold the trust policy; who can assume the role is not known.",
        };
        sheet.notices.push(why.to_owned());
    }
}

fn user(room: &Room<'_>, principal: &Principal, sheet: &mut Sheet) {
    let fact = find(&room.account.users.subjects, &principal.arn, |user| &user.id);
    let detail = room.details.user(&principal.arn);
    let path = path_or(detail.map(|user| &user.path), &principal.arn);
    let tags = detail.map_or(&[][..], |user| &user.tags);
    place(sheet, &path, tags, fact.map(|user| &user.created));
    sheet.purpose = purpose(None, tags, &path);
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
        (Some(time), _) => day(Some(time)),
        (None, true) => "not known".to_owned(),
        (None, false) => "never".to_owned(),
    }
}

fn group(room: &Room<'_>, principal: &Principal, sheet: &mut Sheet) {
    let path = path_or(room.details.group(&principal.arn).map(|group| &group.path), &principal.arn);
    let fact = find(&room.account.groups.subjects, &principal.arn, |group| &group.id);
    place(sheet, &path, &[], fact.map(|group| &group.created));
    sheet.purpose = purpose(None, &[], &path);
    let members = fact.map(|group| &group.known_users);
    let arns: BTreeMap<&str, &str> = match members {
        Some(Observed::Known(members)) if !members.is_empty() => {
            room.details.users.iter().map(|user| (name_of(&user.arn), user.arn.as_str())).collect()
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

/// The path that the details give, or the one in the ARN.
fn path_or(path: Option<&String>, arn: &str) -> String {
    path.filter(|path| !path.is_empty()).cloned().unwrap_or_else(|| path_of(arn))
}

fn hours(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600) {
        (1, 0) => "1 hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        _ => format!("{seconds} seconds"),
    }
}
