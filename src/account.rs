//! What an account *is*: typed facts, each knowing which evidence it came from.
//!
//! Deliberately absent: network, clock, files (a [`Snapshot`] hands over its
//! pages), and any judgement.

pub mod fact;
pub mod subjects;

use crate::snapshot::Snapshot;
use fact::{Evidence, Gap, Kind, Observed, Subject};
use jiff::Timestamp;
use std::sync::Arc;
use subjects::{
    AccessKey, AccountFacts, Credential, Group, OidcProvider, PasswordPolicy, Policy, Principal, Role, Root,
    SamlProvider, ServerCertificate, SigningCertificate, User, VirtualMfaDevice,
};

/// The members of one kind, and what keeps the list from being complete.
#[derive(Clone, Debug)]
pub struct Population<T> {
    /// Sorted by id.
    pub subjects: Vec<T>,
    /// Gaps in the sources that enumerate it. Not empty: the population is at best a part.
    pub gaps: Vec<Arc<Gap>>,
}

/// An account's facts, from one snapshot.
#[derive(Clone, Debug)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    pub partition: String,
    /// Where `id` comes from, in words (`the caller's identity`, `the credential report`, `the --account option`).
    pub id_from: String,
    pub aliases: Observed<Vec<String>>,
    /// Start of the collection; the time of every fact outside the credential report.
    pub started: Timestamp,
    /// GeneratedTime of the credential report; the time of its facts.
    pub report_generated: Observed<Timestamp>,
    pub account: Population<AccountFacts>,
    pub root: Population<Root>,
    pub password_policy: Population<PasswordPolicy>,
    pub users: Population<User>,
    pub credentials: Population<Credential>,
    pub access_keys: Population<AccessKey>,
    pub signing_certificates: Population<SigningCertificate>,
    pub virtual_mfa_devices: Population<VirtualMfaDevice>,
    pub groups: Population<Group>,
    pub roles: Population<Role>,
    pub principals: Population<Principal>,
    pub policies: Population<Policy>,
    pub server_certificates: Population<ServerCertificate>,
    pub saml_providers: Population<SamlProvider>,
    pub oidc_providers: Population<OidcProvider>,
    /// Counts of the same thing from independent sources, side by side.
    pub reconciliation: Vec<Reconciliation>,
    /// Sources that say different things about one subject.
    pub disagreements: Vec<Disagreement>,
    /// Every gap in the evidence, each once, in the order of the sources.
    pub gaps: Vec<Arc<Gap>>,
}

/// One thing counted by several sources.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciliation {
    /// `IAM users`.
    pub what: String,
    pub counts: Vec<Count>,
    pub agrees: Agreement,
    /// Why they differ, where it can be told; or what could not be counted.
    pub explanation: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    Agrees,
    Differs,
    /// Fewer than two sources could be read.
    NotComparable,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    pub evidence: Evidence,
    pub count: Observed<u64>,
}

/// Two sources that say different things about one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The subject's id (ARN).
    pub subject: String,
    /// What they disagree about: `existence`, `root access key` …
    pub about: String,
    /// Each source and what it says.
    pub says: Vec<(Evidence, String)>,
    /// Why that can be, where it can be told.
    pub explanation: Option<String>,
}

/// A population seen without its type, as the assessment reads it.
pub struct View<'a> {
    pub subjects: Vec<&'a dyn Subject>,
    pub gaps: &'a [Arc<Gap>],
}

impl Account {
    /// The members of a kind.
    pub fn population(&self, kind: &Kind) -> View<'_> {
        fn view<T: Subject>(population: &Population<T>) -> View<'_> {
            View { subjects: population.subjects.iter().map(|s| s as &dyn Subject).collect(), gaps: &population.gaps }
        }
        match kind.name {
            "account" => view(&self.account),
            "root" => view(&self.root),
            "password_policy" => view(&self.password_policy),
            "user" => view(&self.users),
            "credential" => view(&self.credentials),
            "access_key" => view(&self.access_keys),
            "signing_certificate" => view(&self.signing_certificates),
            "virtual_mfa_device" => view(&self.virtual_mfa_devices),
            "group" => view(&self.groups),
            "role" => view(&self.roles),
            "principal" => view(&self.principals),
            "policy" => view(&self.policies),
            "server_certificate" => view(&self.server_certificates),
            "saml_provider" => view(&self.saml_providers),
            "oidc_provider" => view(&self.oidc_providers),
            other => unreachable!("kind {other} has no population"),
        }
    }
}

/// Why there is no account to speak of.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("the account's number is not known: {why}\n  next: give it with --account, or allow sts:GetCallerIdentity")]
    NoAccountId { why: String },
    #[error(transparent)]
    Read(#[from] crate::snapshot::ReadError),
}

/// Reads a snapshot into an account. Evidence that is missing or cannot be
/// understood becomes gaps, never an error; only an account without a number
/// is one.
pub fn read(_snapshot: &Snapshot, _account_option: Option<&str>) -> Result<Account, AccountError> {
    unimplemented!()
}
