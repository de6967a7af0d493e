//! Answers about a trust policy for the criteria of controls.

use super::trusted_principal::relation;
use super::{Entry, ExternalId, Guests, Relation, TrustContext, TrustedPrincipal};
use crate::policy::conditions::{Caller, Pin};
use crate::policy::{oidc_issuers, service_principals};

/// Yes, no or unknown; the worst of several is the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    #[default]
    No,
    Unknown,
    Yes,
}

/// Answers about one entry, or the worst of all entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Anyone in the world may assume the role. A fixed network or endpoint counts as narrowing:
    /// then it is not public, and whether third parties are behind it is unknown.
    pub public: Answer,
    /// Principals outside the own organization may.
    pub third_party: Answer,
    /// They may, and need no external id.
    pub cross_account_without_external_id: Answer,
    /// Anyone's tokens are accepted: any token of an OpenID Connect issuer, of any of its customers, or of guests.
    pub oidc_without_subject: Answer,
    /// Assertions made for any audience are accepted.
    pub saml_without_audience: Answer,
    /// Advice: a service that supports source conditions has none.
    pub service_without_source: Answer,
    /// A deleted user or role is still named.
    pub dangling: Answer,
}

impl Flags {
    fn worst(self, other: Self) -> Self {
        Self {
            public: self.public.max(other.public),
            third_party: self.third_party.max(other.third_party),
            cross_account_without_external_id: self
                .cross_account_without_external_id
                .max(other.cross_account_without_external_id),
            oidc_without_subject: self.oidc_without_subject.max(other.oidc_without_subject),
            saml_without_audience: self.saml_without_audience.max(other.saml_without_audience),
            service_without_source: self.service_without_source.max(other.service_without_source),
            dangling: self.dangling.max(other.dangling),
        }
    }

    const NOT_KNOWN: Self = Self {
        public: Answer::Unknown,
        third_party: Answer::Unknown,
        cross_account_without_external_id: Answer::Unknown,
        oidc_without_subject: Answer::Unknown,
        saml_without_audience: Answer::Unknown,
        service_without_source: Answer::Unknown,
        dangling: Answer::Unknown,
    };
}

pub(super) fn of_all(entries: &[Entry], not_understood: &[String]) -> Flags {
    let start = if not_understood.is_empty() { Flags::default() } else { Flags::NOT_KNOWN };
    entries.iter().fold(start, |all, entry| all.worst(entry.flags))
}

pub(super) fn entry_flags(entry: &Entry, context: &TrustContext) -> Flags {
    let mut flags = Flags::default();
    if let TrustedPrincipal::Dangling(_) = entry.who {
        flags.dangling = Answer::Yes;
        return flags;
    }
    if !entry.is_open() {
        return flags;
    }
    match &entry.who {
        TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_) => {
            flags.public = unless_narrowed(entry, |_| true);
            flags.third_party = outside(entry, context, Answer::Yes);
        }
        TrustedPrincipal::NotUnderstood(_) => {
            flags.public = if entry.pins().is_empty() { Answer::Unknown } else { Answer::No };
            flags.third_party = Answer::Unknown;
            flags.oidc_without_subject = Answer::Unknown;
            flags.saml_without_audience = Answer::Unknown;
            flags.service_without_source = Answer::Unknown;
        }
        TrustedPrincipal::OwnAccount | TrustedPrincipal::OwnPrincipal { .. } | TrustedPrincipal::Dangling(_) => {}
        TrustedPrincipal::Account { relation, .. } | TrustedPrincipal::Foreign { relation, .. } => {
            flags.third_party = outside(entry, context, by_relation(relation));
        }
        TrustedPrincipal::Service(name) => {
            if service_principals::known(name).is_some() {
                flags.service_without_source = unless(entry, names_source(entry, name));
            }
        }
        TrustedPrincipal::Oidc { issuer, shared, .. } => {
            let by_audience = names_customer(issuer);
            let customer =
                |pin: &Pin| matches!(pin, Pin::Subjects(_)) || (by_audience && matches!(pin, Pin::Audiences(_)));
            flags.oidc_without_subject = unless_narrowed(entry, customer);
            if entry.guests != Guests::No {
                let guests = unless_narrowed(entry, |pin| matches!(pin, Pin::Subjects(_)));
                flags.oidc_without_subject = flags.oidc_without_subject.max(guests);
            }
            if *shared {
                flags.public = flags.oidc_without_subject;
            }
        }
        TrustedPrincipal::Saml { .. } => {
            flags.saml_without_audience = unless_narrowed(entry, |pin| matches!(pin, Pin::Audiences(_)));
        }
    }
    if entry.external_id != ExternalId::Required {
        flags.cross_account_without_external_id = flags.third_party;
    }
    flags
}

/// Whether the audience of this issuer's tokens identifies the customer or the customer's application.
pub(super) fn names_customer(issuer: &str) -> bool {
    oidc_issuers::shared(issuer)
        .is_some_and(|shared| ["aud", "azp", "app_id"].iter().any(|claim| shared.is_named_by(claim)))
}

/// Whether a condition says for which account or resource the service acts.
fn names_source(entry: &Entry, service: &str) -> bool {
    entry.conditions.iter().any(|shown| match &shown.judgement.pin {
        Some(Pin::SourceAccounts(_) | Pin::Sources(_) | Pin::SourceOrganizations(_)) => true,
        Some(_) => service_principals::is_limited_by(service, &shown.key.to_ascii_lowercase()),
        None => false,
    })
}

/// `No` if a condition pins such a set, `Unknown` if a condition is not understood, otherwise `Yes`.
fn unless_narrowed(entry: &Entry, counts: impl Fn(&Pin) -> bool) -> Answer {
    unless(entry, entry.pins().into_iter().any(counts))
}

fn unless(entry: &Entry, is_narrowed: bool) -> Answer {
    if is_narrowed {
        Answer::No
    } else if entry.has_unknown_condition() {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

/// Whether it admits principals outside the organization. All conditions must hold, so the most restrictive one
/// decides.
fn outside(entry: &Entry, context: &TrustContext, without: Answer) -> Answer {
    let by_pins = entry.pins().into_iter().map(|pin| outside_pin(pin, context)).min();
    // An unrecognized condition may restrict `*` to known callers, so the answer is Unknown; it cannot change which
    // account a named principal belongs to.
    let unsettled = entry.who.caller() == Caller::Everyone && entry.has_unknown_condition();
    let unknown = if unsettled { Answer::Unknown } else { Answer::Yes };
    without.min(by_pins.unwrap_or(Answer::Yes)).min(unknown)
}

fn outside_pin(pin: &Pin, context: &TrustContext) -> Answer {
    let accounts = |list: &[String]| {
        list.iter()
            .map(|account| if is_own_variable(account) { Answer::No } else { by_relation(&relation(account, context)) })
            .max()
            .unwrap_or(Answer::Unknown)
    };
    match pin {
        Pin::Organizations(list) | Pin::SourceOrganizations(list) => {
            list.iter().map(|id| outside_organization(id, context)).max().unwrap_or(Answer::Unknown)
        }
        Pin::Accounts(list) | Pin::SourceAccounts(list) => accounts(list),
        Pin::Principals(list) | Pin::Sources(list) => {
            let ids: Vec<String> =
                list.iter().map(|arn| arn.split(':').nth(4).unwrap_or_default().to_owned()).collect();
            if ids.iter().any(String::is_empty) { Answer::Unknown } else { accounts(&ids) }
        }
        Pin::Services(_) | Pin::Nobody => Answer::No,
        Pin::Networks(_) => Answer::Unknown,
        Pin::Subjects(_) | Pin::Audiences(_) | Pin::Attribute(_) | Pin::ExternalId => Answer::Yes,
    }
}

fn outside_organization(id: &str, context: &TrustContext) -> Answer {
    match &context.organization {
        _ if is_own_variable(id) => Answer::No,
        Some(own) if own == id => Answer::No,
        Some(_) => Answer::Yes,
        None => Answer::Unknown,
    }
}

/// `${aws:ResourceOrgID}` and `${aws:ResourceAccount}` are the role's owner.
fn is_own_variable(value: &str) -> bool {
    value.trim_start().starts_with("${")
}

fn by_relation(relation: &Relation) -> Answer {
    match relation {
        Relation::Own | Relation::OwnOrganization => Answer::No,
        Relation::Vendor(_) | Relation::Stranger => Answer::Yes,
        Relation::NotKnown => Answer::Unknown,
    }
}
