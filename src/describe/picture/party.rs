//! Whom an entry of a trust policy lets in, as the picture names it.

use crate::arn::is_account;
use crate::policy::conditions::Pin;
use crate::policy::service_principals;
use crate::policy::trust::{Answer, Entry, ManagedByAws, OwnKind, Relation, TrustContext, TrustedPrincipal};

/// Kinds of parties, the most far-reaching first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Anyone,
    NotKnown,
    Stranger,
    Vendor,
    /// It is not known whose they are.
    Account,
    Organization,
    Provider,
    IdentityCenter,
    /// Not the service alone: people or machines get in through it.
    Through,
    Own,
    Service,
}

impl Kind {
    pub fn title(self) -> &'static str {
        match self {
            Self::Anyone => "Anyone",
            Self::NotKnown => "Not known",
            Self::Stranger => "Accounts outside the organization",
            Self::Vendor => "Vendors",
            Self::Account => "Other accounts",
            Self::Organization => "The organization",
            Self::Provider => "Identity providers",
            Self::IdentityCenter => "IAM Identity Center",
            Self::Through => "People and machines through AWS services",
            Self::Own => "This account",
            Self::Service => "AWS services",
        }
    }

    /// `23 more AWS services`.
    pub fn more(self, count: usize) -> String {
        let what = match self {
            Self::Anyone => "ways for anyone",
            Self::NotKnown => "parties that are not known",
            Self::Stranger => "outside accounts",
            Self::Vendor => "vendor accounts",
            Self::Account => "other accounts",
            Self::Organization => "accounts of the organization",
            Self::Provider | Self::IdentityCenter => "identity providers",
            Self::Through => "kinds of people and machines",
            Self::Own => "users, roles and sessions",
            Self::Service => "AWS services",
        };
        format!("{count} more {what}")
    }
}

/// A party's name; in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub kind: Kind,
    pub text: String,
    /// Of a user or role of the account.
    pub arn: Option<String>,
}

impl Name {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), arn: None }
    }
}

/// Whom an open entry lets in. Conditions that fix the accounts or the organization say more than `*` does.
pub fn names(entry: &Entry, keeper: Option<ManagedByAws>, context: &TrustContext) -> Vec<Name> {
    let one = |kind, text: &str| vec![Name::new(kind, text)];
    match &entry.who {
        TrustedPrincipal::Everyone => everyone(entry, context, "Anyone in any AWS account"),
        TrustedPrincipal::EveryoneExcept(_) => everyone(entry, context, "Anyone in any AWS account but for some"),
        TrustedPrincipal::OwnAccount => one(Kind::Own, OWN),
        TrustedPrincipal::OwnPrincipal { arn, kind, name } => {
            let what = match kind {
                OwnKind::User => "User",
                OwnKind::Role => "Role",
                OwnKind::Session => "Session",
            };
            vec![Name { kind: Kind::Own, text: format!("{what} {name}"), arn: Some(arn.clone()) }]
        }
        TrustedPrincipal::Account { id, relation } | TrustedPrincipal::Foreign { account: id, relation, .. } => {
            vec![account(id, relation)]
        }
        TrustedPrincipal::Service(name) => match service_principals::party(name) {
            Some(party) => one(Kind::Through, party),
            None => one(Kind::Service, name),
        },
        TrustedPrincipal::Oidc { issuer, .. } => one(Kind::Provider, issuer),
        TrustedPrincipal::Saml { .. } if keeper == Some(ManagedByAws::IdentityCenter) => {
            one(Kind::IdentityCenter, "Users of permission sets")
        }
        TrustedPrincipal::Saml { name, .. } => one(Kind::Provider, &format!("SAML provider {name}")),
        TrustedPrincipal::NotUnderstood(_) => one(Kind::NotKnown, "Principal that is not understood"),
        // Nobody gets in by it; such entries are not open.
        TrustedPrincipal::Dangling(_) => Vec::new(),
    }
}

const OWN: &str = "Users and roles that its policies allow";

fn account(id: &str, relation: &Relation) -> Name {
    match relation {
        Relation::Own => Name::new(Kind::Own, OWN),
        Relation::OwnOrganization => Name::new(Kind::Organization, id),
        Relation::Vendor(name) => Name::new(Kind::Vendor, format!("{name}, {id}")),
        Relation::Stranger => Name::new(Kind::Stranger, id),
        Relation::NotKnown => Name::new(Kind::Account, id),
    }
}

fn everyone(entry: &Entry, context: &TrustContext, words: &str) -> Vec<Name> {
    let pins = entry.pins();
    if entry.flags.public == Answer::No {
        let accounts = pins.iter().find_map(|pin| match pin {
            Pin::Accounts(list) => Some(list.iter().map(|id| by_id(id, context)).collect()),
            Pin::Principals(list) => {
                let ids: Vec<&str> = list.iter().map(|arn| arn.split(':').nth(4).unwrap_or_default()).collect();
                ids.iter().all(|id| is_account(id)).then(|| ids.iter().map(|id| by_id(id, context)).collect())
            }
            _ => None,
        });
        let organizations = || {
            pins.iter().find_map(|pin| match pin {
                Pin::Organizations(list) => Some(list.iter().map(|id| organization(id, context)).collect()),
                _ => None,
            })
        };
        if let Some(names) = accounts.or_else(organizations) {
            return names;
        }
    }
    let text = if pins.is_empty() { words.to_owned() } else { format!("{words}, under conditions") };
    vec![Name::new(Kind::Anyone, text)]
}

fn by_id(id: &str, context: &TrustContext) -> Name {
    // `${aws:ResourceAccount}` is the role's own.
    if id.trim_start().starts_with("${") { Name::new(Kind::Own, OWN) } else { account(id, &context.relation(id)) }
}

fn organization(id: &str, context: &TrustContext) -> Name {
    let own = id.trim_start().starts_with("${") || context.organization.as_deref() == Some(id);
    match (&context.organization, own) {
        (_, true) => Name::new(Kind::Organization, "Any account of it"),
        (Some(_), false) => Name::new(Kind::Stranger, format!("Any account of {id}")),
        (None, false) => Name::new(Kind::Account, format!("Any account of {id}")),
    }
}
