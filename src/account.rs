//! What an account *is*: typed facts, each knowing which evidence it came from.
//!
//! Deliberately absent: network, clock, files (a [`Snapshot`] hands over its
//! pages), and any judgement. What policies mean is the policy room's business.

pub mod analysis;
pub mod around;
pub mod fact;
pub mod identity_center;
pub mod regional;
pub mod subjects;

mod absence;
mod answers;
mod completeness;
mod credential_report;
mod credentials;
mod details;
mod document;
mod evidence;
mod foreign;
mod gaps;
mod identity;
mod lists;
mod policies;
mod principals;
mod purpose;
mod reconcile;
mod regions;
mod root;
mod settings;
mod sources;
mod statements;
mod users;

use crate::policy::trust::{TrustContext, TrustSettings};
use crate::snapshot::Snapshot;
use analysis::Analysis;
pub use answers::Missing;
use around::Around;
pub use completeness::is_arn;
use credential_report::CredentialReport;
use fact::{CALLER_IDENTITY, Evidence, Gap, Kind, Observed, REPORT_GENERATION, Subject};
pub use identity::Place;
use identity_center::IdentityCenter;
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
    /// What watches over the account, region by region.
    pub regional: regional::Regional,
    /// Organization, Identity Center, instances and the account's own data.
    pub around: Around,
    /// What everybody may do and become, worked out once.
    pub analysis: Arc<Analysis>,
    /// Counts of the same thing from independent sources, side by side.
    pub reconciliation: Vec<Reconciliation>,
    /// Sources that say different things about one subject.
    pub disagreements: Vec<Disagreement>,
    /// Every gap in the evidence, each once, in the order of the sources.
    pub gaps: Vec<Arc<Gap>>,
    /// What a reader should know that is neither gap nor disagreement, in sentences.
    pub notes: Vec<String>,
}

/// One thing counted by several sources.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciliation {
    /// `IAM users`.
    pub what: String,
    pub counts: Vec<Count>,
    /// Members that any source names; none where no source gives names.
    pub population: Option<usize>,
    /// Members that not all sources name which were read as a whole.
    pub differences: Vec<Difference>,
    pub agrees: Agreement,
    /// Why they differ, where it can be told; or what could not be counted.
    pub explanation: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// All counts are equal, and all sources name the same members.
    Agrees,
    Differs,
    /// Fewer than two sources could be read.
    NotComparable,
    /// The sources count different things; the explanation says which.
    DifferentScope,
}

/// Members that some sources name and others lack.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub named_by: Vec<Evidence>,
    pub missing_from: Vec<Evidence>,
    /// Sorted.
    pub names: Vec<String>,
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
            other => self
                .regional
                .population(kind)
                .or_else(|| self.around.population(other))
                .unwrap_or_else(|| unreachable!("kind {other} has no population")),
        }
    }
}

/// Why there is no account to speak of.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("the account's number is not known: {why}\n  next: give it with --account, or allow sts:GetCallerIdentity")]
    NoAccountId { why: String },
    #[error(
        "{file}: {operation} answered about account {answered} ({named}), but the evidence is of account {expected}: no pack is made of the evidence of two accounts\n  next: collect again with credentials of {expected}, or leave the files of {answered} out"
    )]
    OtherAccount { file: String, operation: String, named: String, answered: String, expected: String },
    #[error(transparent)]
    Read(#[from] crate::snapshot::ReadError),
}

/// Reads a snapshot into an account. Evidence that is missing or cannot be
/// understood becomes gaps, never an error; only an account without a number
/// is one. `trust` is what the user states about whose accounts are whose.
pub fn read(snapshot: &Snapshot, account_option: Option<&str>, trust: &TrustSettings) -> Result<Account, AccountError> {
    let report = sources::report(snapshot);
    let identity = identity::find(snapshot, &report, account_option)?;
    let place = identity.place;
    foreign::refuse(snapshot, &place)?;
    let sources = sources::Sources::read(snapshot, &place);
    let complete = completeness::decide(snapshot, &report, &sources, &place);
    let times = Times { started: snapshot.header.started, report: report.known().map(|report| report.generated) };

    let mut disagreements = identity.disagreements;
    let join = users::join(&report, &sources, &complete.named.users, &times);
    let root_arn = format!("arn:{}:iam::{}:root", place.partition, place.account);
    let (root, of_root) = root::read(&root_arn, &report, (&sources, &complete), &times);
    let mut context = TrustContext::new(&place.account, &place.partition, trust);
    let organization = around::organization::Known::read(snapshot, &place);
    let of_organization = around::unite(&mut context, trust, &organization);
    let regions = regions::read(snapshot);
    let center = IdentityCenter::read(snapshot, &regions, &organization.membership);
    let runs_identity_center = center.instances.run_here(&organization.membership, &place);
    let devices = analysis::MfaDevices::of_users(&join);
    let unseen = analysis::Unseen {
        holders: complete.holdings.iter().find(|gap| !complete.groups.contains(gap)),
        groups: complete.groups.first(),
        policies: complete.policies.first(),
        saml_providers: sources.saml.gap.as_ref().or(complete.saml_providers.first()),
    };
    let saml_providers = sources.saml.data.iter().map(|provider| provider.arn.clone()).collect();
    let analysis = analysis::of(&sources.details, unseen, context, &devices, saml_providers, runs_identity_center);
    let (roles, of_roles) = principals::roles(&sources, &complete, &analysis, &times);
    let (policies, of_policies) = policies::read(&sources, &complete, &times);
    disagreements.extend(of_root);
    disagreements.extend(join.disagreements.iter().cloned());
    disagreements.extend(of_roles);
    disagreements.extend(of_policies);
    disagreements.extend(settings::disagreements(&sources, &place));

    // The report's own gaps first, then those of the lists that name users.
    let mut of_report: Vec<Arc<Gap>> = match &report {
        Observed::Gap(gap) => vec![Arc::clone(gap)],
        Observed::Known(report) => report.row_gaps.clone(),
    };
    of_report.extend(complete.users.iter().cloned());
    let lists = [&sources.details.gap, &sources.users.gap].into_iter().flatten();
    let of_users: Vec<Arc<Gap>> = of_report.iter().chain(lists).cloned().collect();
    let with_younger = |gaps: &[Arc<Gap>]| -> Vec<Arc<Gap>> { gaps.iter().chain(&join.younger).cloned().collect() };
    let credentials = credentials::read(&report, &with_younger(&of_users), &with_younger(&of_report), &times);

    let unknown_caller =
        sources::answer_gap(snapshot, CALLER_IDENTITY).or_else(|| sources::caller_conflict(snapshot, &place));
    let generation = sources::answer_gap(snapshot, REPORT_GENERATION).map(|gap| used_anyway(gap, &times));
    let partition = unknown_caller.clone().map_or_else(|| Observed::Known(place.partition.clone()), Observed::Gap);
    let mut whole_answers = sources.gaps();
    whole_answers.extend(unknown_caller);
    whole_answers.extend(generation);
    whole_answers.extend(report.known().into_iter().flat_map(|report| report.column_gaps.iter().cloned()));

    let users = users::population(&join, of_users, &times);
    let groups = principals::groups(&sources, &complete, &analysis, &join, &times);
    let around = around::read(
        (snapshot, &regions),
        (&sources, &complete),
        (&organization, &center),
        (&users, &roles, &analysis),
        (&place, &times),
    );
    let mut account = Account {
        report_generated: report.as_ref().map(|report| report.generated),
        aliases: sources.aliases.clone(),
        started: times.started,
        account: Population {
            subjects: vec![settings::account(partition, (&sources, &complete), &place, &times)],
            gaps: Vec::new(),
        },
        root: Population { subjects: vec![root], gaps: Vec::new() },
        password_policy: Population {
            subjects: vec![settings::password_policy(&sources, &place, &times)],
            gaps: Vec::new(),
        },
        users,
        around,
        credentials: credentials.credentials,
        access_keys: credentials.access_keys,
        signing_certificates: credentials.signing_certificates,
        virtual_mfa_devices: lists::virtual_mfa_devices(&sources, &complete, &times),
        principals: principals::principals(&join, (&sources, &complete), (&groups, &roles), &analysis, &times),
        groups,
        roles,
        policies,
        server_certificates: lists::server_certificates(&sources, &complete, &times),
        saml_providers: lists::saml_providers(&sources, &complete, &times),
        oidc_providers: lists::oidc_providers(&sources, &complete, &times),
        regional: regional::read(snapshot, &regions, &place, &times),
        reconciliation: reconcile::read(&report, &sources, &join, &times),
        disagreements,
        analysis: Arc::new(analysis),
        gaps: Vec::new(),
        notes: report.known().and_then(CredentialReport::note).into_iter().chain(of_organization).collect(),
        id: place.account,
        partition: place.partition,
        id_from: identity.id_from,
    };
    account.gaps = gaps::with_failed_calls(gaps::gather(&account, whole_answers), snapshot);
    Ok(account)
}

/// What a snapshot shows of the organization and its Identity Center, for the pack of all its accounts: such a snapshot
/// need not hold the account's own IAM.
pub struct OrganizationEvidence {
    pub organization: around::organization::Known,
    pub identity_center: IdentityCenter,
    /// Where it was asked.
    pub place: Place,
}

/// Reads it by the same code as an account.
pub fn read_organization(snapshot: &Snapshot) -> OrganizationEvidence {
    let header = &snapshot.header;
    let place = Place {
        account: header.account.clone().unwrap_or_default(),
        partition: header.partition.clone().unwrap_or_else(|| "aws".to_owned()),
    };
    let organization = around::organization::Known::read(snapshot, &place);
    let identity_center = IdentityCenter::read(snapshot, &regions::read(snapshot), &organization.membership);
    OrganizationEvidence { organization, identity_center, place }
}

/// The times from which facts age.
struct Times {
    started: Timestamp,
    /// GeneratedTime of the credential report, where there is one.
    report: Option<Timestamp>,
}

impl Times {
    /// The time of a subject that comes from the credential report, or else from the other calls.
    fn of_report(&self, from_report: bool) -> Timestamp {
        self.report.filter(|_| from_report).unwrap_or(self.started)
    }

    /// Whole days from `time` to the credential report.
    fn days_since(&self, time: Timestamp) -> i64 {
        self.of_report(true).duration_since(time).as_secs().div_euclid(24 * 60 * 60)
    }

    /// ` (generated 2026-11-22T03:10:00Z, 2 h 50 min before the collection began)`; empty without a report.
    fn report_words(&self) -> String {
        let Some(report) = self.report else { return String::new() };
        let minutes = self.started.duration_since(report).as_mins();
        let length = match (minutes.abs() / 60, minutes.abs() % 60) {
            (0, minutes) => format!("{minutes} min"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        };
        let side = if minutes < 0 { "after" } else { "before" };
        format!(" (generated {report}, {length} {side} the collection began)")
    }
}

/// No new report could be made; if AWS still had one, it was used, and its age is told.
fn used_anyway(gap: Arc<Gap>, times: &Times) -> Arc<Gap> {
    if times.report.is_none() {
        return gap;
    }
    let reason = format!("{}; a report that AWS still had was used{}", gap.reason, times.report_words());
    Arc::new(Gap { reason, ..(*gap).clone() })
}

#[cfg(test)]
mod tests;
