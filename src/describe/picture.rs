//! The picture of trust as plain data: who is trusted, by which roles, on what terms.
//!
//! [`Picture::parties`] is complete; [`Picture::drawn`] is the same in the few dozen lines that
//! one page has room for, with the rest counted in groups.

mod group;
mod party;

use super::principals::Principal;
use super::sheet::Link;
use super::{Room, SheetKind, some_names};
use crate::policy::conditions::Pin;
use crate::policy::trust::{Answer, Entry, Guests, ManagedByAws, TrustContext, TrustedPrincipal, managed_by_aws};
use party::{Kind, Name};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub use group::{Drawn, Node, Tie};

/// Roles of a party that are named one by one; the rest is counted.
const FEW: usize = 20;

/// Who trusts whom.
#[derive(Debug, Serialize)]
pub struct Picture {
    /// What it shows, in sentences.
    pub caption: Vec<String>,
    /// Everyone who is trusted: by kind, the most far-reaching first, then by name.
    pub parties: Vec<Party>,
    pub drawn: Drawn,
}

/// Somebody whom roles trust.
#[derive(Debug, Serialize)]
pub struct Party {
    /// `AWS services`, `Vendors` …
    pub kind: &'static str,
    pub name: String,
    /// Its own sheet, if it is a role or user of the account.
    pub file: String,
    /// `Trusted by 3 roles: 1 of them only under conditions …`
    pub sentence: String,
    pub count: usize,
    /// The first of the roles, those with the sharpest mark first.
    pub roles: Vec<Link>,
    pub more: usize,
}

/// How open a trust is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Nothing to be said.
    #[default]
    Plain,
    /// Whether outsiders get in without more cannot be told from the evidence.
    Unclear,
    /// Anyone, an outside account without an external id, or any subject of an identity provider.
    Open,
}

/// The terms on which one role trusts one party; of several statements the most open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Terms {
    mark: Mark,
    /// A condition limits who gets in.
    conditional: bool,
    /// How it is limited and how it is open, in words; empty where there is nothing to be said.
    words: Words,
}

/// `limited to a subject`, `without an external ID`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Words {
    limit: &'static str,
    open: &'static str,
}

impl Terms {
    fn of(entry: &Entry) -> Self {
        let flags = entry.flags;
        let worst = flags.public.max(flags.cross_account_without_external_id).max(flags.oidc_without_subject);
        let mark = match worst {
            Answer::Yes => Mark::Open,
            Answer::Unknown => Mark::Unclear,
            Answer::No => Mark::Plain,
        };
        // Of a provider that is open, a condition on the audience limits nobody.
        let limit = match &entry.who {
            TrustedPrincipal::Oidc { .. } if mark != Mark::Plain => "",
            _ => limit(entry),
        };
        let words = Words { limit, open: openness(entry, mark) };
        Self { mark, conditional: !entry.pins().is_empty(), words }
    }

    fn or(self, other: Self) -> Self {
        let words = if other.mark > self.mark || other.mark == self.mark && self.conditional && !other.conditional {
            other.words
        } else {
            self.words
        };
        Self { mark: self.mark.max(other.mark), conditional: self.conditional && other.conditional, words }
    }

    /// Towards one of several that an entry names: the own account and its organization need no external ID.
    fn towards(self, kind: Kind) -> Self {
        match kind {
            Kind::Own | Kind::Organization => {
                Self { mark: Mark::Plain, words: Words { open: "", ..self.words }, ..self }
            }
            _ => self,
        }
    }

    /// Without the words: what the picture tells apart.
    fn drawn(self) -> Self {
        Self { words: Words::default(), ..self }
    }

    /// `with a condition on the organization, without an external ID`.
    fn told(self) -> String {
        let limit = if self.conditional { self.words.limit } else { "" };
        let parts: Vec<&str> = [limit, self.words.open].into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    }
}

/// How the conditions limit who gets in.
fn limit(entry: &Entry) -> &'static str {
    let of = |pin: &Pin| match pin {
        Pin::Nobody => "",
        Pin::Subjects(_) => "limited to a subject",
        Pin::Audiences(_) => "limited to an audience",
        Pin::Organizations(_) => "with a condition on the organization",
        Pin::Accounts(_) => "with a condition on the account",
        Pin::Principals(_) => "with a condition on the principal",
        Pin::SourceAccounts(_) | Pin::Sources(_) | Pin::SourceOrganizations(_) => "with a condition on the source",
        Pin::Networks(_) => "with a condition on the network",
        Pin::Services(_) => "with a condition on the service",
        Pin::Attribute(_) => "with a condition on a tag or an attribute",
        Pin::ExternalId => "with an external ID",
    };
    // Of a token, the subject says more than the audience.
    let pins = entry.pins();
    let subject = pins.iter().find(|pin| matches!(pin, Pin::Subjects(_)));
    subject.or(pins.first()).map_or("", |pin| of(pin))
}

/// How outsiders get in without more.
fn openness(entry: &Entry, mark: Mark) -> &'static str {
    match (mark, &entry.who) {
        (Mark::Plain, _) => "",
        (Mark::Unclear, _) => "where it is not settled whether outsiders get in",
        (Mark::Open, TrustedPrincipal::Oidc { .. }) if entry.guests != Guests::No => {
            "open to guests who do not sign in"
        }
        (Mark::Open, TrustedPrincipal::Oidc { .. }) => "open to any subject",
        (Mark::Open, _) if entry.flags.public == Answer::Yes => "open to anyone",
        (Mark::Open, _) => "without an external ID",
    }
}

/// A role and whom it trusts: place among the parties → terms.
struct Trusting {
    name: String,
    file: String,
    keeper: Option<ManagedByAws>,
    trusts: BTreeMap<usize, Terms>,
}

impl Trusting {
    fn mark(&self) -> Mark {
        self.trusts.values().map(|terms| terms.mark).max().unwrap_or_default()
    }
}

/// The picture of an account's roles.
pub fn of(room: &Room<'_>, principals: &[Principal]) -> Option<Picture> {
    let roles = principals.iter().filter(|it| it.kind == SheetKind::Role).map(|role| trusting(room, role));
    picture(roles.collect(), &|arn| room.file(arn))
}

/// The picture of roles, each with whom it trusts; `sheet` knows the file of an ARN.
fn picture(mut all: Vec<(Trusting, BTreeMap<Name, Terms>)>, sheet: &dyn Fn(&str) -> String) -> Option<Picture> {
    if all.is_empty() {
        return None;
    }
    let mut names: BTreeMap<Name, usize> = BTreeMap::new();
    for name in all.iter().flat_map(|(_, by_name)| by_name.keys()) {
        names.entry(name.clone()).or_insert(0);
    }
    for (place, number) in names.values_mut().enumerate() {
        *number = place;
    }
    for (role, by_name) in &mut all {
        role.trusts = std::mem::take(by_name).into_iter().map(|(name, terms)| (names[&name], terms)).collect();
    }
    let mut roles: Vec<Trusting> = all.into_iter().map(|(role, _)| role).collect();
    roles.sort_by(|one, other| (&one.name, &one.file).cmp(&(&other.name, &other.file)));
    let names: Vec<Name> = names.into_keys().collect();
    let parties = parties(sheet, &names, &roles);
    let drawn = group::draw(&parties, &names, &roles);
    Some(Picture { caption: caption(&parties, &roles, &drawn), parties, drawn })
}

fn trusting(room: &Room<'_>, principal: &Principal) -> (Trusting, BTreeMap<Name, Terms>) {
    let path = super::principals::path_of(&principal.arn);
    let keeper = managed_by_aws(&path);
    let mut trusts: BTreeMap<Name, Terms> = BTreeMap::new();
    let mut add = |name: Name, terms: Terms| {
        trusts.entry(name).and_modify(|known| *known = known.or(terms)).or_insert(terms);
    };
    let words = Words { limit: "", open: "where it is not settled whether outsiders get in" };
    let unclear = Terms { mark: Mark::Unclear, conditional: false, words };
    match &principal.trusted {
        None => add(Name::new(Kind::NotKnown, "Trust policy that could not be read"), unclear),
        Some(trusted) => {
            for entry in trusted.trust.entries.iter().filter(|entry| entry.is_open()) {
                for name in party::names(entry, keeper, &room.account.analysis.context) {
                    let terms = Terms::of(entry).towards(name.kind);
                    add(name, terms);
                }
            }
            if !trusted.trust.not_understood.is_empty() {
                add(Name::new(Kind::NotKnown, "Part of a trust policy that is not understood"), unclear);
            }
        }
    }
    let role =
        Trusting { name: principal.name.clone(), file: room.file(&principal.arn), keeper, trusts: BTreeMap::new() };
    (role, trusts)
}

fn parties(sheet: &dyn Fn(&str) -> String, names: &[Name], roles: &[Trusting]) -> Vec<Party> {
    let mut of: Vec<Vec<(Terms, &Trusting)>> = vec![Vec::new(); names.len()];
    for role in roles {
        for (place, terms) in &role.trusts {
            of[*place].push((*terms, role));
        }
    }
    let party = |(name, mut ties): (&Name, Vec<(Terms, &Trusting)>)| {
        // Stable: within a mark the roles stay in the order of their names.
        ties.sort_by_key(|(terms, _)| std::cmp::Reverse(terms.mark));
        let few = ties.iter().take(FEW).map(|(_, role)| Link {
            text: role.name.clone(),
            file: role.file.clone(),
            note: String::new(),
        });
        Party {
            kind: name.kind.title(),
            name: name.text.clone(),
            file: name.arn.as_deref().map_or_else(String::new, sheet),
            sentence: sentence(&ties),
            count: ties.len(),
            roles: few.collect(),
            more: ties.len().saturating_sub(FEW),
        }
    };
    names.iter().zip(of).map(party).collect()
}

fn roles_in_words(count: usize) -> String {
    if count == 1 { "1 role".to_owned() } else { format!("{count} roles") }
}

/// `Trusted by 3 roles: 2 limited to a subject, 1 open to any subject.` Each role is counted once.
fn sentence(ties: &[(Terms, &Trusting)]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for (terms, _) in ties {
        let told = terms.told();
        match kinds.iter_mut().find(|(known, _)| *known == told) {
            Some((_, count)) => *count += 1,
            None => kinds.push((told, 1)),
        }
    }
    // Those on terms of which there is nothing to be said come last.
    kinds.sort_by_key(|(told, _)| told.is_empty());
    let lead = format!("Trusted by {}", roles_in_words(ties.len()));
    match &kinds[..] {
        [] => format!("{lead}."),
        [(told, _)] if told.is_empty() => format!("{lead}."),
        [(told, _)] => format!("{lead}, {told}."),
        several => {
            let told = several.iter().map(|(told, count)| {
                if told.is_empty() { format!("{count} without a condition") } else { format!("{count} {told}") }
            });
            format!("{lead}: {}.", told.collect::<Vec<_>>().join("; "))
        }
    }
}

fn caption(parties: &[Party], roles: &[Trusting], drawn: &Drawn) -> Vec<String> {
    let mut told = vec![format!(
        "{} of this account and the {} that their trust policies let in. Where a whole account is let in, its own \
         policies decide which of its principals can use that.",
        roles_in_words(roles.len()),
        if parties.len() == 1 { "one party".to_owned() } else { format!("{} parties", parties.len()) },
    )];
    if drawn.grouped {
        told.push(
            "Roles that trust the same parties on the same terms share a line; the list below has every party."
                .to_owned(),
        );
    }
    let open: Vec<&str> =
        roles.iter().filter(|role| role.mark() == Mark::Open).map(|role| role.name.as_str()).collect();
    if !open.is_empty() {
        told.push(format!(
            "Open to anyone, to an outside account without an external ID, or to any subject or guest of an identity \
             provider: {}.",
            some_names(&open, FEW)
        ));
    }
    let closed: Vec<&str> = roles.iter().filter(|role| role.trusts.is_empty()).map(|role| role.name.as_str()).collect();
    if !closed.is_empty() {
        told.push(format!("Not drawn, since they let nobody in: {}.", some_names(&closed, FEW)));
    }
    told
}

/// Whose accounts are whose, in sentences: one for each source that says so.
pub fn stated(trust: &TrustContext) -> Vec<String> {
    let settings = &trust.stated;
    let (mut given, mut collected) = (Vec::new(), Vec::new());
    if let Some(id) = &trust.organization {
        let by = if settings.organization.as_ref() == Some(id) { &mut given } else { &mut collected };
        by.push(format!("the organization's ID is {id}"));
    }
    given.extend(settings.organization_accounts.as_ref().map(own));
    if trust.organization_accounts != settings.organization_accounts {
        collected.extend(trust.organization_accounts.as_ref().map(own));
    }
    let vendors: Vec<String> = trust.vendors.iter().map(|(account, name)| format!("{account} is {name}'s")).collect();
    let vendors = (!vendors.is_empty()).then(|| {
        let shown: Vec<&str> = vendors.iter().map(String::as_str).collect();
        format!("of other accounts, {}", some_names(&shown, FEW))
    });
    let (listed, configured) = match &settings.listed_in {
        Some(list) => (Some((format!("By {list}"), given)), vendors.into_iter().collect()),
        None => (None, given.into_iter().chain(vendors).collect::<Vec<_>>()),
    };
    let sources = [
        Some(("From AWS Organizations".to_owned(), collected)),
        listed,
        Some(("From the configuration, not collected".to_owned(), configured)),
    ];
    let told = sources.into_iter().flatten().filter(|(_, parts)| !parts.is_empty());
    told.map(|(source, parts)| format!("{source}: {}.", parts.join("; "))).collect()
}

fn own(accounts: &BTreeSet<String>) -> String {
    match accounts.len() {
        0 => "no other account belongs to this organization".to_owned(),
        1 => "1 account belongs to this organization".to_owned(),
        count => format!("{count} accounts belong to this organization"),
    }
}

#[cfg(test)]
mod tests;
