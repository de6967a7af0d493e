//! What an account *is*: typed facts, each knowing which evidence it came from.
//!
//! Deliberately absent: network, clock, files (a [`Snapshot`] hands over its
//! pages), and any judgement. What policies mean is the policy room's business.

pub mod access_advisor;
pub mod account_profile;
pub mod analysis;
pub mod details;
pub mod document;
pub mod ec2_instances;
pub mod fact;
pub mod identity_center;
pub mod organizations;
pub mod regional;
pub mod subjects;
pub mod user_credentials;

mod absence;
mod answers;
mod completeness;
mod contradictions;
mod credential_lists;
mod credential_report;
mod credentials;
mod evidence;
mod foreign;
mod gaps;
mod groups;
mod identity;
mod lists;
mod policies;
mod populations;
mod principals;
mod purpose;
mod reconcile;
mod regions;
mod roles;
mod root;
mod settings;
mod sources;
mod statements;
mod users;

use crate::policy::trust::{TrustContext, TrustSettings};
use crate::snapshot::Snapshot;
use access_advisor::RoleAccess;
use account_profile::AccountProfile;
use analysis::Analysis;
pub use answers::Missing;
pub use completeness::is_arn;
use credential_report::CredentialReport;
use details::Details;
use ec2_instances::Instance;
use fact::{CALLER_IDENTITY, Evidence, Gap, GapKind, Kind, Observed, REPORT_GENERATION};
pub use identity::Place;
use identity_center::{Assignment, IdentityCenter, PermissionSet};
use jiff::Timestamp;
use organizations::{Organization, OrganizationAccount, TrustedService};
use populations::populations;
pub use populations::{Population, View, ViewMut};
use regional::RuleResults;
use regional::subjects::{
    AccessFinding, AnalyzerFinding, ArchiveRule, ConfigDeployment, ConfigRule, Monitoring, Region, Trail, WatchedEvent,
};
use std::sync::Arc;
use subjects::{
    AccessKey, AccountFacts, Credential, Group, OidcProvider, PasswordPolicy, Policy, Principal, Role, Root,
    SamlProvider, ServerCertificate, SigningCertificate, User, VirtualMfaDevice,
};
use user_credentials::OtherCredential;

populations! {
    /// An account's facts, from one snapshot.
    pub struct Account;
    populations, in the order of the pack {
        account: AccountFacts,
        root: Root,
        password_policy: PasswordPolicy,
        users: User,
        credentials: Credential,
        access_keys: AccessKey,
        signing_certificates: SigningCertificate,
        virtual_mfa_devices: VirtualMfaDevice,
        groups: Group,
        roles: Role,
        principals: Principal,
        policies: Policy,
        server_certificates: ServerCertificate,
        saml_providers: SamlProvider,
        oidc_providers: OidcProvider,
        regions: Region,
        monitoring: Monitoring,
        analyzer_findings: AnalyzerFinding,
        access_findings: AccessFinding,
        archive_rules: ArchiveRule,
        config_rules: ConfigRule,
        config_deployments: ConfigDeployment,
        trails: Trail,
        watched_events: WatchedEvent,
        profile: AccountProfile,
        organization: Organization,
        organization_accounts: OrganizationAccount,
        trusted_services: TrustedService,
        instances: Instance,
        permission_sets: PermissionSet,
        assignments: Assignment,
        other_credentials: OtherCredential,
        role_access: RoleAccess,
    }
    also {
        /// Twelve digits.
        id: String = String::new(),
        partition: String = "aws".to_owned(),
        /// Where `id` comes from, in words (`the caller's identity`, `the credential report`, `the --account option`).
        id_from: String = "the caller's identity".to_owned(),
        aliases: Observed<Vec<String>> = Observed::Known(Vec::new()),
        /// Start of the collection; the time of every fact outside the credential report.
        started: Timestamp = Timestamp::UNIX_EPOCH,
        /// GeneratedTime of the credential report; the time of its facts.
        report_generated: Observed<Timestamp> = Observed::Known(Timestamp::UNIX_EPOCH),
        /// What AWS Config found of single resources, rule by rule; for the comparison with our own verdicts.
        rule_results: Vec<RuleResults> = Vec::new(),
        /// Users, groups, roles and policies as the authorization details hold them.
        details: Arc<Details> = Arc::default(),
        /// What every principal may do and become, worked out once.
        analysis: Arc<Analysis> = Arc::default(),
        /// Counts of the same thing from independent sources, side by side.
        reconciliation: Vec<Reconciliation> = Vec::new(),
        /// Sources that say different things about one subject.
        disagreements: Vec<Disagreement> = Vec::new(),
        /// Every gap in the evidence, each once, in the order of the sources.
        gaps: Vec<Arc<Gap>> = Vec::new(),
        /// What a reader should know that is neither gap nor disagreement, in sentences.
        notes: Vec<String> = Vec::new(),
    }
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

impl Account {
    /// The members of a kind.
    pub fn population(&self, kind: &Kind) -> View<'_> {
        self.find(kind).view()
    }

    /// The same, to be changed.
    pub fn population_mut(&mut self, kind: &Kind) -> ViewMut<'_> {
        self.find_mut(kind).view_mut()
    }

    /// Takes every member of a kind away: for tests.
    pub fn clear(&mut self, kind: &Kind) {
        self.find_mut(kind).clear();
    }
}

/// Why there is no account to speak of.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("the account ID is not known: {why}\n  next: give it with --account, or allow sts:GetCallerIdentity")]
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
    let mut report = sources::report(snapshot);
    let identity = identity::find(snapshot, &report, account_option)?;
    let place = identity.place;
    foreign::refuse(snapshot, &place)?;
    let sources = sources::Sources::read(snapshot, &place);
    let complete = completeness::decide(snapshot, &report, &sources, &place);
    let times = Times {
        started: snapshot.header.started,
        ended: sources::end_of(snapshot),
        report: report.known().map(|report| report.generated),
    };
    // What the lists contradict is not known to anything that is made of the report.
    let of_credentials = credential_lists::compare(snapshot, &mut report, &sources, &times);

    let mut disagreements = identity.disagreements;
    let join = users::join(&report, &sources, &complete.named.users, &times);
    let root_arn = format!("arn:{}:iam::{}:root", place.partition, place.account);
    let (root, of_root) = root::read(&root_arn, &report, (&sources, &complete), &times);
    let mut context = TrustContext::new(&place.account, &place.partition, trust);
    context.as_of = Some(times.started);
    let organization = organizations::Known::read(snapshot, &place);
    let of_organization = organizations::unite(&mut context, trust, &organization);
    let regions = regions::read(snapshot);
    let mut center = IdentityCenter::read(snapshot, &regions, &organization.membership);
    center.instances.compare_with_roles(&sources.details.data, &organization.membership, &place);
    let runs_identity_center = center.instances.run_here(&organization.membership, &place);
    let devices = analysis::MfaDevices::of_users(&join);
    let unseen = unseen(&sources, &complete);
    let saml_providers = sources.saml.data.iter().map(|provider| provider.arn.clone()).collect();
    let analysis = analysis::of(&sources.details, unseen, context, &devices, saml_providers, runs_identity_center);
    let (roles, of_roles) = roles::roles(&sources, &complete, &analysis, &times);
    let (policies, of_policies) = policies::read(&sources, &complete, &times);
    disagreements.extend(of_root.into_iter().chain(of_credentials).chain(join.disagreements.iter().cloned()));
    disagreements.extend(of_roles.into_iter().chain(of_policies));
    disagreements.extend(settings::disagreements(&sources, &place));

    let of_report = gaps_of_report(&report, &complete);
    let lists = [&sources.details.gap, &sources.users.gap].into_iter().flatten();
    let of_users: Vec<Arc<Gap>> = of_report.iter().chain(lists).cloned().collect();
    let with_younger = |gaps: &[Arc<Gap>]| -> Vec<Arc<Gap>> { gaps.iter().chain(&join.younger).cloned().collect() };
    let credentials = credentials::read(&report, &with_younger(&of_users), &with_younger(&of_report), &times);

    let (partition, mut whole_answers) = whole_answers(snapshot, (&report, &sources), &place, &times);

    let users = users::population(&join, of_users, &times);
    let groups = groups::groups(&sources, &complete, &analysis, &join, &times);
    let watched = regional::read(snapshot, &sources.details.data, &regions, &place, &times);
    let ec2 = ec2_instances::read((snapshot, &regions), (&sources, &complete), &watched.rule_results, (&place, &times));
    let of_center = center.instances.of_organization(&organization.membership, &place);
    let members = organizations::read(snapshot, &organization, of_center, &place, &times);
    let assigned = identity_center::populations(&center, &organization.membership, &sources, (&place, &times));
    whole_answers.extend(watched.answer_gaps);
    let sign_in = center.instances.arns(&organization.membership, &place);
    let of_users = (&users, &analysis);
    let profile = account_profile::read(snapshot, (&sources, &complete), of_users, sign_in, (&place, &times));
    let mut account = Account {
        report_generated: report.as_ref().map(|report| report.generated),
        aliases: sources.aliases.clone(),
        started: times.started,
        account: Population::single(settings::account(partition, (&sources, &complete), &place, &times)),
        root: Population::single(root),
        password_policy: Population::single(settings::password_policy(&sources, &place, &times)),
        credentials: credentials.credentials,
        access_keys: credentials.access_keys,
        signing_certificates: credentials.signing_certificates,
        virtual_mfa_devices: lists::virtual_mfa_devices(&sources, &complete, &times),
        principals: principals::principals(&join, (&sources, &complete), (&groups, &roles), &analysis, &times),
        policies,
        server_certificates: lists::server_certificates(&sources, &complete, &times),
        saml_providers: lists::saml_providers(&sources, &complete, &times),
        oidc_providers: lists::oidc_providers(&sources, &complete, &times),
        regions: watched.regions,
        monitoring: watched.monitoring,
        analyzer_findings: watched.analyzer_findings,
        access_findings: watched.access_findings,
        archive_rules: watched.archive_rules,
        config_rules: watched.config_rules,
        config_deployments: watched.config_deployments,
        trails: watched.trails,
        watched_events: watched.watched_events,
        rule_results: watched.rule_results,
        profile,
        organization: members.organization,
        organization_accounts: members.accounts,
        trusted_services: members.services,
        instances: ec2,
        permission_sets: assigned.sets,
        assignments: assigned.assignments,
        other_credentials: user_credentials::read(snapshot, (&sources, &complete), &users, &times),
        role_access: access_advisor::read(snapshot, &roles, &analysis, &times),
        reconciliation: reconcile::read(&report, &sources, &join, &times),
        disagreements,
        users,
        groups,
        roles,
        analysis: Arc::new(analysis),
        gaps: Vec::new(),
        notes: report.known().and_then(CredentialReport::note).into_iter().chain(of_organization).collect(),
        id: place.account,
        partition: place.partition,
        id_from: identity.id_from,
        details: Arc::new(sources.details.data),
    };
    account.gaps = gaps::with_failed_calls(gaps::gather(&account, whole_answers), snapshot);
    Ok(account)
}

/// The partition, as far as the caller proves it, and the gaps of whole answers, which need not have reached any fact.
fn whole_answers(
    snapshot: &Snapshot,
    (report, sources): (&Observed<CredentialReport>, &sources::Sources),
    place: &Place,
    times: &Times,
) -> (Observed<String>, Vec<Arc<Gap>>) {
    let unknown_caller =
        sources::answer_gap(snapshot, CALLER_IDENTITY).or_else(|| sources::caller_conflict(snapshot, place));
    let generation = sources::answer_gap(snapshot, REPORT_GENERATION).map(|gap| used_anyway(gap, times));
    let partition = unknown_caller.clone().map_or_else(|| Observed::Known(place.partition.clone()), Observed::Gap);
    let mut gaps = sources.gaps();
    gaps.extend(unknown_caller);
    gaps.extend(generation);
    gaps.extend(report.known().into_iter().flat_map(|report| report.column_gaps.iter().cloned()));
    (partition, gaps)
}

/// What keeps the users of the credential report from being all: the report's own gaps first, then those of the lists
/// that name users.
fn gaps_of_report(report: &Observed<CredentialReport>, complete: &completeness::Completeness) -> Vec<Arc<Gap>> {
    let mut gaps: Vec<Arc<Gap>> = match report {
        Observed::Gap(gap) => vec![Arc::clone(gap)],
        Observed::Known(report) => report.row_gaps.clone(),
    };
    gaps.extend(complete.users.iter().cloned());
    gaps
}

/// What the analysis cannot see.
fn unseen<'a>(sources: &'a sources::Sources, complete: &'a completeness::Completeness) -> analysis::Unseen<'a> {
    analysis::Unseen {
        holders: complete.holdings.iter().find(|gap| !complete.groups.contains(gap)),
        groups: complete.groups.first(),
        policies: complete.policies.first(),
        saml_providers: sources.saml.gap.as_ref().or(complete.saml_providers.first()),
    }
}

/// What a snapshot shows of the organization and its Identity Center, for the pack of all its accounts: such a snapshot
/// need not hold the account's own IAM.
pub struct OrganizationEvidence {
    pub organization: organizations::Known,
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
    let organization = organizations::Known::read(snapshot, &place);
    let identity_center = IdentityCenter::read(snapshot, &regions::read(snapshot), &organization.membership);
    OrganizationEvidence { organization, identity_center, place }
}

/// The times from which facts age.
struct Times {
    started: Timestamp,
    /// The end of the collection; nothing that the evidence shows happened later.
    ended: Timestamp,
    /// GeneratedTime of the credential report, where there is one.
    report: Option<Timestamp>,
}

impl Times {
    /// A time that the evidence can show; one after the end of the collection is none.
    fn seen(&self, time: Timestamp, evidence: Evidence, what: impl FnOnce() -> String) -> Observed<Timestamp> {
        if !credential_report::later_than(self.ended, time) {
            return Observed::Known(time);
        }
        let reason =
            format!("{evidence} answered {time} for {}, which is after the collection ended ({})", what(), self.ended);
        Observed::Gap(gaps::gap(evidence, GapKind::Unreadable, reason))
    }

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
    let reason = format!("{}; AWS returned an earlier report{}", gap.reason, times.report_words());
    Arc::new(Gap { reason, ..(*gap).clone() })
}

#[cfg(test)]
mod tests;
