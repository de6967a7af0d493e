//! The principals of a trust policy, classified from the account's point of view.

use super::TrustContext;
use crate::arn::is_account;
use crate::arn::name_of;
use crate::policy::conditions::Caller;
use crate::policy::document::Principal;
use crate::policy::oidc_issuers;

/// The principal of an entry, before its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedPrincipal {
    /// `*`: every principal of every account.
    Everyone,
    /// `NotPrincipal` in an Allow statement: everyone except these.
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
        /// As in condition keys: `token.actions.githubusercontent.com`.
        issuer: String,
        /// It issues tokens to anyone who signs up.
        shared: bool,
    },
    Saml {
        provider: String,
        name: String,
    },
    /// The id of a deleted user or role.
    Dangling(String),
    /// Anything else, as written.
    NotUnderstood(String),
}

/// The kind of a principal of the own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnKind {
    User,
    Role,
    /// A session of a role, or of a federated user.
    Session,
}

/// The relation of another account to the own organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    Own,
    OwnOrganization,
    /// A vendor in the user's configuration, with its name.
    Vendor(String),
    /// Neither in the organization, whose accounts are known, nor a known vendor.
    Stranger,
    /// The organization's accounts were not collected.
    NotKnown,
}

impl TrustedPrincipal {
    /// The kind of caller for judging its conditions.
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

/// The relation of an account to the own one.
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

pub(super) fn classify(principal: &Principal, context: &TrustContext) -> TrustedPrincipal {
    match principal {
        Principal::Everyone => TrustedPrincipal::Everyone,
        // Twelve digits or the root ARN; both mean the whole account.
        Principal::Account(text) if text.starts_with("arn:") => classify_arn(text, context),
        Principal::Account(id) if *id == context.account => TrustedPrincipal::OwnAccount,
        Principal::Account(id) => TrustedPrincipal::Account { id: id.clone(), relation: relation(id, context) },
        Principal::Arn(arn) => classify_arn(arn, context),
        Principal::Service(name) if name.contains(['*', '?']) => {
            TrustedPrincipal::NotUnderstood(format!("Service {name}"))
        }
        Principal::Service(name) => TrustedPrincipal::Service(name.clone()),
        Principal::Federated(provider) if provider == "*" => TrustedPrincipal::Everyone,
        Principal::Federated(provider) => federated(provider),
        Principal::CanonicalUser(id) => TrustedPrincipal::NotUnderstood(format!("the canonical user {id}")),
        Principal::Dangling(id) => TrustedPrincipal::Dangling(id.clone()),
        Principal::Other { key, value } => TrustedPrincipal::NotUnderstood(format!("{key} {value}")),
    }
}

fn classify_arn(arn: &str, context: &TrustContext) -> TrustedPrincipal {
    let not_understood = || TrustedPrincipal::NotUnderstood(arn.to_owned());
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam" | "sts", _, account, resource] = parts[..] else {
        return not_understood();
    };
    let digits = is_account(account);
    if !digits || arn.contains(['*', '?']) {
        return not_understood();
    }
    if account != context.account || (!context.partition.is_empty() && partition != context.partition) {
        let relation = if account == context.account { Relation::NotKnown } else { relation(account, context) };
        return if resource == "root" {
            TrustedPrincipal::Account { id: account.to_owned(), relation }
        } else {
            TrustedPrincipal::Foreign { arn: arn.to_owned(), account: account.to_owned(), relation }
        };
    }
    if resource == "root" {
        return TrustedPrincipal::OwnAccount;
    }
    let kind = match resource.split('/').next() {
        Some("user") => OwnKind::User,
        Some("role") => OwnKind::Role,
        Some("assumed-role" | "federated-user") => OwnKind::Session,
        _ => return not_understood(),
    };
    let name = resource.split_once('/').map_or(resource, |(_, path)| path);
    let name = if kind == OwnKind::Session { name } else { name_of(name) };
    TrustedPrincipal::OwnPrincipal { arn: arn.to_owned(), kind, name: name.to_owned() }
}

fn federated(provider: &str) -> TrustedPrincipal {
    if let Some((_, name)) = provider.split_once(":saml-provider/") {
        return TrustedPrincipal::Saml { provider: provider.to_owned(), name: name.to_owned() };
    }
    let issuer = provider.split_once(":oidc-provider/").map(|(_, issuer)| issuer);
    // Built-in web identity providers without an ARN.
    let built_in = oidc_issuers::shared(provider).is_some_and(|known| known.application);
    match issuer {
        Some(issuer) => TrustedPrincipal::Oidc {
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            shared: oidc_issuers::shared(issuer).is_some(),
        },
        None if built_in => {
            TrustedPrincipal::Oidc { provider: provider.to_owned(), issuer: provider.to_owned(), shared: true }
        }
        None => TrustedPrincipal::NotUnderstood(format!("Federated {provider}")),
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
