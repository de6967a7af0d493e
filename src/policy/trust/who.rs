//! Whom a principal names, seen from the own account.

use super::TrustContext;
use crate::policy::conditions::Caller;
use crate::policy::document::Principal;
use crate::policy::oidc_issuers;

/// Whom an entry lets in, before its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// `*`: every principal of every account.
    Everyone,
    /// `NotPrincipal` in a statement that allows: everyone but these.
    EveryoneExcept(Vec<String>),
    /// The own account as a whole.
    OwnAccount,
    /// A user, role or session of the own account.
    OwnPrincipal {
        arn: String,
        kind: OwnKind,
        name: String,
    },
    /// Another account as a whole.
    Account {
        id: String,
        relation: Relation,
    },
    /// A user, role or session of another account.
    Foreign {
        arn: String,
        account: String,
        relation: Relation,
    },
    /// `lambda.amazonaws.com`.
    Service(String),
    /// An OpenID Connect provider of the account, or one that AWS knows by name.
    Oidc {
        provider: String,
        /// As it stands in condition keys: `token.actions.githubusercontent.com`.
        issuer: String,
        /// It gives tokens to anybody in the world who signs up there.
        shared: bool,
    },
    Saml {
        provider: String,
        name: String,
    },
    /// The id of a deleted user or role.
    Dangling(String),
    /// Something else, as written.
    NotUnderstood(String),
}

/// What an own principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnKind {
    User,
    Role,
    /// A session of a role, or of a federated user.
    Session,
}

/// What another account is to the own organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    Own,
    OwnOrganization,
    /// A vendor of that name, by the user's configuration.
    Vendor(String),
    /// Not of the organization, whose accounts are known, and no known vendor.
    Stranger,
    /// The organization's accounts were not collected.
    NotKnown,
}

impl Who {
    /// How the conditions beside it are to be judged.
    pub fn caller(&self) -> Caller<'_> {
        match self {
            Self::Everyone | Self::EveryoneExcept(_) | Self::NotUnderstood(_) => Caller::Everyone,
            Self::OwnAccount
            | Self::OwnPrincipal { .. }
            | Self::Account { .. }
            | Self::Foreign { .. }
            | Self::Dangling(_) => Caller::Named,
            Self::Service(name) => Caller::Service(name),
            Self::Oidc { issuer, .. } => Caller::Oidc(issuer),
            Self::Saml { .. } => Caller::Saml,
        }
    }
}

/// What an account is to the own one.
pub(super) fn relation(account: &str, context: &TrustContext) -> Relation {
    if account == context.account {
        return Relation::Own;
    }
    if context.organization_accounts.as_ref().is_some_and(|all| all.contains(account)) {
        return Relation::OwnOrganization;
    }
    match (context.vendors.get(account), &context.organization_accounts) {
        (Some(name), _) => Relation::Vendor(name.clone()),
        (None, Some(_)) => Relation::Stranger,
        (None, None) => Relation::NotKnown,
    }
}

pub(super) fn of(principal: &Principal, context: &TrustContext) -> Who {
    match principal {
        Principal::Everyone => Who::Everyone,
        // Twelve digits, or the root's ARN as written; both are the whole account.
        Principal::Account(text) if text.starts_with("arn:") => of_arn(text, context),
        Principal::Account(id) if *id == context.account => Who::OwnAccount,
        Principal::Account(id) => Who::Account { id: id.clone(), relation: relation(id, context) },
        Principal::Arn(arn) => of_arn(arn, context),
        Principal::Service(name) if name.contains(['*', '?']) => Who::NotUnderstood(format!("Service {name}")),
        Principal::Service(name) => Who::Service(name.clone()),
        Principal::Federated(provider) if provider == "*" => Who::Everyone,
        Principal::Federated(provider) => federated(provider),
        Principal::CanonicalUser(id) => Who::NotUnderstood(format!("the canonical user {id}")),
        Principal::Dangling(id) => Who::Dangling(id.clone()),
        Principal::Other { key, value } => Who::NotUnderstood(format!("{key} {value}")),
    }
}

fn of_arn(arn: &str, context: &TrustContext) -> Who {
    let not_understood = || Who::NotUnderstood(arn.to_owned());
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam" | "sts", _, account, resource] = parts[..] else {
        return not_understood();
    };
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if !digits || arn.contains(['*', '?']) {
        return not_understood();
    }
    if account != context.account || (!context.partition.is_empty() && partition != context.partition) {
        let relation = if account == context.account { Relation::NotKnown } else { relation(account, context) };
        return if resource == "root" {
            Who::Account { id: account.to_owned(), relation }
        } else {
            Who::Foreign { arn: arn.to_owned(), account: account.to_owned(), relation }
        };
    }
    if resource == "root" {
        return Who::OwnAccount;
    }
    let kind = match resource.split('/').next() {
        Some("user") => OwnKind::User,
        Some("role") => OwnKind::Role,
        Some("assumed-role" | "federated-user") => OwnKind::Session,
        _ => return not_understood(),
    };
    let name = resource.split_once('/').map_or(resource, |(_, path)| path);
    let name = if kind == OwnKind::Session { name } else { name.rsplit('/').next().unwrap_or(name) };
    Who::OwnPrincipal { arn: arn.to_owned(), kind, name: name.to_owned() }
}

fn federated(provider: &str) -> Who {
    if let Some((_, name)) = provider.split_once(":saml-provider/") {
        return Who::Saml { provider: provider.to_owned(), name: name.to_owned() };
    }
    let issuer = provider.split_once(":oidc-provider/").map(|(_, issuer)| issuer);
    // Web identity providers that AWS knows without an ARN.
    let built_in = oidc_issuers::shared(provider).is_some_and(|known| known.application);
    match issuer {
        Some(issuer) => Who::Oidc {
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            shared: oidc_issuers::shared(issuer).is_some(),
        },
        None if built_in => Who::Oidc { provider: provider.to_owned(), issuer: provider.to_owned(), shared: true },
        None => Who::NotUnderstood(format!("Federated {provider}")),
    }
}

/// The account of a principal that has one.
pub(super) fn account(principal: &Principal) -> Option<&str> {
    match principal {
        Principal::Account(text) | Principal::Arn(text) => match text.strip_prefix("arn:") {
            Some(rest) => rest.split(':').nth(3),
            None => Some(text),
        },
        _ => None,
    }
}

/// The principal in words, for lists.
pub(super) fn name(principal: &Principal) -> String {
    match principal {
        Principal::Everyone => "everyone".to_owned(),
        Principal::Account(_) => format!("account {}", account(principal).unwrap_or_default()),
        Principal::Arn(text)
        | Principal::Service(text)
        | Principal::Federated(text)
        | Principal::CanonicalUser(text)
        | Principal::Dangling(text) => text.clone(),
        Principal::Other { key, value } => format!("{key} {value}"),
    }
}
