//! Every answer of the snapshot, read once: what arrived, and what keeps it from being all.

use super::contradictions::Contradictions;
use super::contradictions::repeated::Repeated;
use super::credential_report::{self, CredentialReport, later_than};
use super::details::{Details, is_named, misnaming};
use super::document::Documents;
use super::evidence::{
    AliasesAnswer, CallerAnswer, CertificatesAnswer, DetailsAnswer, EntitiesAnswer, ListedProvider, ListedRole,
    ListedUser, MfaDevice, MfaDevicesAnswer, OidcProviderAnswer, OidcProvidersAnswer, PasswordPolicyAnswer,
    PasswordPolicyMembers, PolicyAnswer, ReportAnswer, RolesAnswer, SamlProviderAnswer, SamlProvidersAnswer,
    SummaryAnswer, UsersAnswer,
};
use super::fact::{
    ACCOUNT_ALIASES, ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CALLER_IDENTITY, CLOUDSHELL_ENTITIES, CREDENTIAL_REPORT,
    CUSTOMER_POLICY, Evidence, Gap, GapKind, OIDC_PROVIDER, OIDC_PROVIDERS, Observed, PASSWORD_POLICY,
    REPORT_GENERATION, ROLE_LIST, SAML_PROVIDER, SAML_PROVIDERS, SERVER_CERTIFICATES, SUPPORT_ENTITIES, USER_LIST,
    VIRTUAL_MFA_DEVICES,
};
use super::gaps::{elsewhere, gap, of_answer, says_none, unreadable};
use super::identity::Place;
use crate::snapshot::{Answer, Outcome, Page, Snapshot};
use base64::Engine as _;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What arrived of a list, and what keeps it from being the whole list.
#[derive(Clone, Debug, Default)]
pub struct Source<T> {
    pub data: T,
    pub gap: Option<Arc<Gap>>,
}

/// Names of those who hold a policy.
#[derive(Debug, Default)]
pub struct Entities {
    pub users: Vec<String>,
    pub groups: Vec<String>,
    pub roles: Vec<String>,
}

/// The answers outside the credential report.
#[derive(Debug)]
pub struct Sources {
    pub summary: Observed<BTreeMap<String, i64>>,
    pub details: Source<Details>,
    /// None: no password policy is set.
    pub password_policy: Observed<Option<PasswordPolicyMembers>>,
    pub aliases: Observed<Vec<String>>,
    pub users: Source<Vec<ListedUser>>,
    pub roles: Source<Vec<ListedRole>>,
    pub mfa_devices: Source<Vec<MfaDevice>>,
    pub certificates: Source<Vec<super::evidence::Certificate>>,
    pub saml: Source<Vec<ListedProvider>>,
    pub saml_providers: BTreeMap<String, Observed<SamlProviderAnswer>>,
    pub oidc: Source<Vec<ListedProvider>>,
    pub oidc_providers: BTreeMap<String, Observed<OidcProviderAnswer>>,
    /// By ARN; only `--depth deep` asks.
    pub policies: BTreeMap<String, Observed<PolicyAnswer>>,
    pub support: Observed<Entities>,
    pub cloudshell: Observed<Entities>,
}

impl Sources {
    pub fn read(snapshot: &Snapshot, place: &Place) -> Self {
        let mut users = list(snapshot, USER_LIST, |page: UsersAnswer| page.users);
        let mut roles = list(snapshot, ROLE_LIST, |page: RolesAnswer| page.roles);
        let mut texts = Documents::new(place, snapshot.header.started);
        let mut details = details(snapshot, &mut texts);
        let odd = |arn: &str, kind, path: &Option<String>, name: &Option<String>| {
            !is_named(arn, kind, path.as_deref(), name.as_deref())
        };
        refuse_misnamed(&mut users, USER_LIST, |one| &one.arn, |one| odd(&one.arn, "user", &one.path, &one.user_name));
        refuse_misnamed(&mut roles, ROLE_LIST, |one| &one.arn, |one| odd(&one.arn, "role", &one.path, &one.role_name));
        refuse_foreign(&mut users, USER_LIST, place, |users| users.iter().map(|user| user.arn.as_str()).collect());
        refuse_foreign(&mut roles, ROLE_LIST, place, |roles| roles.iter().map(|role| role.arn.as_str()).collect());
        refuse_foreign(&mut details, AUTHORIZATION_DETAILS, place, Details::own_arns);
        let policies = by_parameter(snapshot, CUSTOMER_POLICY, "PolicyArn");
        details.data.add_listed(&mut roles.data, &mut texts);
        details.data.add_purposes(&policies);
        let mut mfa_devices = mfa_devices(snapshot);
        let mut certificates =
            list(snapshot, SERVER_CERTIFICATES, |page: CertificatesAnswer| page.server_certificate_metadata_list);
        let mut saml = list(snapshot, SAML_PROVIDERS, |page: SamlProvidersAnswer| page.providers);
        let mut oidc = list(snapshot, OIDC_PROVIDERS, |page: OidcProvidersAnswer| page.providers);
        refuse_foreign(&mut mfa_devices, VIRTUAL_MFA_DEVICES, place, |devices| {
            let users = devices.iter().filter_map(|device| device.user.as_ref()?.arn.as_deref());
            devices.iter().map(|device| device.serial_number.as_str()).chain(users).collect()
        });
        refuse_foreign(&mut certificates, SERVER_CERTIFICATES, place, |list| {
            list.iter().map(|certificate| certificate.arn.as_str()).collect()
        });
        refuse_foreign(&mut saml, SAML_PROVIDERS, place, |list| list.iter().map(|one| one.arn.as_str()).collect());
        refuse_foreign(&mut oidc, OIDC_PROVIDERS, place, |list| list.iter().map(|one| one.arn.as_str()).collect());
        Self {
            summary: single(snapshot, ACCOUNT_SUMMARY).map(|answer: SummaryAnswer| answer.summary_map),
            details,
            password_policy: password_policy(snapshot),
            aliases: aliases(snapshot),
            users,
            roles,
            mfa_devices,
            certificates,
            saml,
            saml_providers: by_parameter(snapshot, SAML_PROVIDER, "SAMLProviderArn"),
            oidc,
            oidc_providers: by_parameter(snapshot, OIDC_PROVIDER, "OpenIDConnectProviderArn"),
            policies,
            support: entities(snapshot, SUPPORT_ENTITIES, place),
            cloudshell: entities(snapshot, CLOUDSHELL_ENTITIES, place),
        }
    }

    /// Gaps of whole answers, for the account's list.
    pub fn gaps(&self) -> Vec<Arc<Gap>> {
        [
            self.summary.gap(),
            self.details.gap.as_ref(),
            self.password_policy.gap(),
            self.aliases.gap(),
            self.users.gap.as_ref(),
            self.roles.gap.as_ref(),
            self.mfa_devices.gap.as_ref(),
            self.certificates.gap.as_ref(),
            self.saml.gap.as_ref(),
            self.oidc.gap.as_ref(),
            self.support.gap(),
            self.cloudshell.gap(),
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
    }
}

/// Names of the account. AWS does not take an empty one.
fn aliases(snapshot: &Snapshot) -> Observed<Vec<String>> {
    whole(list(snapshot, ACCOUNT_ALIASES, |page: AliasesAnswer| page.account_aliases)).and_then(|names| {
        if names.iter().any(|name| name.trim().is_empty()) {
            let reason = format!("{ACCOUNT_ALIASES} lists an alias without a name");
            return Observed::Gap(gap(ACCOUNT_ALIASES, GapKind::Unreadable, reason));
        }
        Observed::Known(names)
    })
}

/// The credential report. Without the time it was generated its facts have no age, so it is of no use.
pub fn report(snapshot: &Snapshot) -> Observed<CredentialReport> {
    let answer = snapshot.answer(CREDENTIAL_REPORT.service, CREDENTIAL_REPORT.operation);
    if let Some(page) = answer.pages.first().filter(|page| page.name.ends_with(".csv")) {
        return raw_report(page, snapshot);
    }
    single_of(CREDENTIAL_REPORT, &answer).and_then(|(page, body): (Page, ReportAnswer)| {
        let packed: String = body.content.split_ascii_whitespace().collect();
        let problem = |problem: &str| {
            let reason = format!("the credential report cannot be read: {problem} ({})", page.name);
            let (kind, code) = (GapKind::Unreadable, None);
            Observed::Gap(Arc::new(Gap { evidence: CREDENTIAL_REPORT, kind, code, reason, call: page.call.clone() }))
        };
        let Ok(csv) = base64::engine::general_purpose::STANDARD.decode(packed) else {
            return problem("its content is not Base64");
        };
        let Some(generated) = body.generated_time else { return problem("it does not say when it was generated") };
        match credential_report::parse(&csv, generated, page.call.as_deref()) {
            Ok(report) => in_time(report, snapshot),
            Err(gap) => Observed::Gap(gap),
        }
    })
}

/// A report that was supplied as a CSV file. It does not say when it was generated: the time of the collection, as
/// whoever imported it gave it, stands for it.
fn raw_report(page: &Page, snapshot: &Snapshot) -> Observed<CredentialReport> {
    let call = page.call.as_deref();
    match page.bytes() {
        Ok(csv) => match credential_report::parse(&csv, snapshot.header.started, call) {
            Ok(report) => Observed::Known(report),
            Err(gap) => Observed::Gap(gap),
        },
        Err(problem) => Observed::Gap(unreadable(CREDENTIAL_REPORT, call, &problem)),
    }
}

/// When the collection ended; the last call of one that was interrupted.
pub fn end_of(snapshot: &Snapshot) -> Timestamp {
    let header = &snapshot.header;
    let end = header.finished.or_else(|| snapshot.calls.iter().map(|call| call.started).max());
    end.unwrap_or(header.started).max(header.started)
}

/// A report is handed out for four hours; where no new one could be made, an older one is of use for a day. One
/// that is older, or younger than the collection, says nothing about the account as it was.
fn in_time(report: CredentialReport, snapshot: &Snapshot) -> Observed<CredentialReport> {
    let header = &snapshot.header;
    let end = end_of(snapshot);
    let refused = answer_gap(snapshot, REPORT_GENERATION).is_some_and(|gap| gap.kind == GapKind::Denied);
    let hours = if refused { 24 } else { 4 };
    let oldest = report.generated.checked_add(jiff::SignedDuration::from_hours(hours));
    let problem = match oldest {
        Ok(oldest) if later_than(oldest, header.started) => {
            format!("more than {hours} hours before the collection began")
        }
        _ if later_than(end, report.generated) => "after the collection had ended".to_owned(),
        _ => return Observed::Known(report),
    };
    let reason = format!("the credential report cannot be used: it was generated {problem} ({})", report.generated);
    Observed::Gap(gap(CREDENTIAL_REPORT, GapKind::Unreadable, reason))
}

/// Whether the caller's identity, as received, is of this account and partition.
pub fn caller_conflict(snapshot: &Snapshot, place: &Place) -> Option<Arc<Gap>> {
    let answer = single::<CallerAnswer>(snapshot, CALLER_IDENTITY);
    let caller = answer.known()?;
    let partition = caller.arn.split(':').nth(1);
    let header = snapshot.header.caller.as_ref().map_or(caller.arn.as_str(), |caller| &caller.arn);
    if caller.account == place.account
        && partition == Some(&place.partition)
        && header.split(':').nth(1) == partition
        && header.split(':').nth(4) == Some(&caller.account)
    {
        return None;
    }
    let reason = format!(
        "the snapshot is of account {} in partition {}, but {CALLER_IDENTITY} answered {}",
        place.account, place.partition, caller.arn
    );
    Some(gap(CALLER_IDENTITY, GapKind::Conflict, reason))
}

/// Any ARN of the account, for its partition.
pub fn some_arn(snapshot: &Snapshot) -> Option<String> {
    let users = list(snapshot, USER_LIST, |page: UsersAnswer| page.users).data;
    let roles = || list(snapshot, ROLE_LIST, |page: RolesAnswer| page.roles).data;
    users.into_iter().next().map(|user| user.arn).or_else(|| roles().into_iter().next().map(|role| role.arn))
}

/// What keeps an operation's plain answer from being whole.
pub fn answer_gap(snapshot: &Snapshot, evidence: Evidence) -> Option<Arc<Gap>> {
    of_answer(evidence, &snapshot.answer(evidence.service, evidence.operation))
}

/// All pages of a list in one. A page without the list is not an empty list.
fn list<P: DeserializeOwned, T>(
    snapshot: &Snapshot,
    evidence: Evidence,
    of: impl Fn(P) -> Option<Vec<T>>,
) -> Source<Vec<T>> {
    let answer = snapshot.answer(evidence.service, evidence.operation);
    let source = list_of(evidence, &answer, of);
    Source { gap: source.gap.or_else(|| Contradictions::of(snapshot, evidence).about(&answer)), data: source.data }
}

pub(super) fn list_of<P: DeserializeOwned, T>(
    evidence: Evidence,
    answer: &Answer,
    of: impl Fn(P) -> Option<Vec<T>>,
) -> Source<Vec<T>> {
    if let Some(gap) = elsewhere(evidence, answer) {
        return Source { data: Vec::new(), gap: Some(gap) };
    }
    let repeated = Repeated::find(answer);
    let mut seen = BTreeSet::new();
    let mut source = Source { data: Vec::new(), gap: of_answer(evidence, answer).or_else(|| repeated.gap(evidence)) };
    for page in &answer.pages {
        match page.read::<P>().map(|body| repeated.without(page, &mut seen).unwrap_or(body)) {
            Ok(body) => match of(body) {
                Some(members) => source.data.extend(members),
                None => {
                    source.gap.get_or_insert_with(|| missing_list(evidence, page));
                }
            },
            Err(problem) => {
                source.gap.get_or_insert_with(|| unreadable(evidence, page.call.as_deref(), &problem));
            }
        }
    }
    source
}

fn missing_list(evidence: Evidence, page: &Page) -> Arc<Gap> {
    let reason = format!("the answer of {evidence} does not hold its list ({})", page.name);
    Arc::new(Gap { evidence, kind: GapKind::Unreadable, code: None, reason, call: page.call.clone() })
}

/// A list of which a part is worth nothing.
pub fn whole<T>(source: Source<T>) -> Observed<T> {
    source.gap.map_or(Observed::Known(source.data), Observed::Gap)
}

/// An answer that is one page.
fn single<P: DeserializeOwned>(snapshot: &Snapshot, evidence: Evidence) -> Observed<P> {
    single_of(evidence, &snapshot.answer(evidence.service, evidence.operation)).map(|(_, body)| body)
}

pub(super) fn single_of<P: DeserializeOwned>(evidence: Evidence, answer: &Answer) -> Observed<(Page, P)> {
    if let Some(gap) = of_answer(evidence, answer).or_else(|| elsewhere(evidence, answer)) {
        return Observed::Gap(gap);
    }
    let Some(page) = answer.pages.first() else {
        return Observed::Gap(gap(evidence, GapKind::Absent, format!("{evidence} returned no answer")));
    };
    match page.read() {
        Ok(body) => Observed::Known((page.clone(), body)),
        Err(problem) => Observed::Gap(unreadable(evidence, page.call.as_deref(), &problem)),
    }
}

fn password_policy(snapshot: &Snapshot) -> Observed<Option<PasswordPolicyMembers>> {
    let answer = snapshot.answer(PASSWORD_POLICY.service, PASSWORD_POLICY.operation);
    if says_none(&answer.outcome) {
        return Observed::Known(None);
    }
    single_of(PASSWORD_POLICY, &answer).map(|(_, body): (_, PasswordPolicyAnswer)| Some(body.password_policy))
}

/// Each answer to an operation that is asked once per thing.
fn by_parameter<P: DeserializeOwned>(
    snapshot: &Snapshot,
    evidence: Evidence,
    parameter: &str,
) -> BTreeMap<String, Observed<P>> {
    let answers = snapshot.answers(evidence.service, evidence.operation);
    let named = |answer: &Answer| answer.parameters.get(parameter)?.as_str().map(str::to_owned);
    answers
        .iter()
        .filter_map(|answer| Some((named(answer)?, single_of(evidence, answer).map(|(_, body)| body))))
        .collect()
}

/// Virtual MFA devices, assigned or not. An answer that was asked for one of the two only is a part.
fn mfa_devices(snapshot: &Snapshot) -> Source<Vec<MfaDevice>> {
    let evidence = VIRTUAL_MFA_DEVICES;
    let answers = snapshot.answers(evidence.service, evidence.operation);
    let status = |answer: &&Answer| match answer.parameters.get("AssignmentStatus").and_then(|value| value.as_str()) {
        None | Some("Any") => 0,
        Some("Assigned") => 1,
        Some(_) => 2,
    };
    let Some(answer) = answers.iter().min_by_key(status) else {
        return list(snapshot, evidence, |page: MfaDevicesAnswer| page.devices);
    };
    let mut source = list_of(evidence, answer, |page: MfaDevicesAnswer| page.devices);
    if status(&answer) > 0 {
        source.gap.get_or_insert_with(|| {
            let reason =
                format!("{evidence} was called for some of the devices only, not for assigned and unassigned ones");
            gap(evidence, GapKind::NotCollected, reason)
        });
    }
    source.gap = source.gap.or_else(|| Contradictions::of(snapshot, evidence).about(answer));
    source
}

/// Who holds the AWS-managed policy that `evidence` is about. Where the partition has no such policy, nobody does.
fn entities(snapshot: &Snapshot, evidence: Evidence, place: &Place) -> Observed<Entities> {
    let policy = format!("arn:{}:iam::aws:policy/{}", place.partition, evidence.about.unwrap_or_default());
    let asked = |answer: &Answer| {
        let text = |name: &str| answer.parameters.get(name).and_then(|value| value.as_str());
        text("PolicyArn").is_some_and(|arn| arn == policy)
            && matches!(text("PolicyUsageFilter"), None | Some("PermissionsPolicy"))
            && text("EntityFilter").is_none()
            && text("PathPrefix").is_none_or(|prefix| prefix == "/")
    };
    let Some(answer) = snapshot.answers(evidence.service, evidence.operation).into_iter().find(asked) else {
        let nothing = Answer { outcome: Outcome::NotCollected, pages: Vec::new(), ..nobody(evidence) };
        return of_answer(evidence, &nothing).map_or(Observed::Known(Entities::default()), Observed::Gap);
    };
    if says_none(&answer.outcome) {
        return Observed::Known(Entities::default());
    }
    let mut seen = [false; 3];
    let mut entities = Entities::default();
    if let Some(gap) = of_answer(evidence, &answer) {
        return Observed::Gap(gap);
    }
    for page in &answer.pages {
        let body: EntitiesAnswer = match page.read() {
            Ok(body) => body,
            Err(problem) => return Observed::Gap(unreadable(evidence, page.call.as_deref(), &problem)),
        };
        seen = [
            seen[0] || body.policy_users.is_some(),
            seen[1] || body.policy_groups.is_some(),
            seen[2] || body.policy_roles.is_some(),
        ];
        entities.users.extend(body.policy_users.into_iter().flatten().map(|user| user.user_name));
        entities.groups.extend(body.policy_groups.into_iter().flatten().map(|group| group.group_name));
        entities.roles.extend(body.policy_roles.into_iter().flatten().map(|role| role.role_name));
    }
    match answer.pages.first() {
        Some(page) if seen.contains(&false) => Observed::Gap(missing_list(evidence, page)),
        _ => Observed::Known(entities),
    }
}

fn nobody(evidence: Evidence) -> Answer {
    Answer {
        service: evidence.service.to_owned(),
        operation: evidence.operation.to_owned(),
        region: None,
        parameters: BTreeMap::new(),
        outcome: Outcome::NotCollected,
        pages: Vec::new(),
    }
}

/// The authorization details: four lists that AWS interleaves over the pages, so that a
/// page may lack one, but not all pages together.
fn details(snapshot: &Snapshot, texts: &mut Documents) -> Source<Details> {
    let evidence = AUTHORIZATION_DETAILS;
    let answer = snapshot.answer(evidence.service, evidence.operation);
    let mut source = Source { data: Details::default(), gap: of_answer(evidence, &answer) };
    let mut seen = [false; 4];
    for page in &answer.pages {
        match page.read::<DetailsAnswer>() {
            Ok(body) => {
                let here = [
                    body.user_detail_list.is_some(),
                    body.group_detail_list.is_some(),
                    body.role_detail_list.is_some(),
                    body.policies.is_some(),
                ];
                seen.iter_mut().zip(here).for_each(|(seen, here)| *seen |= here);
                source.data.add(body, texts);
            }
            Err(problem) => {
                source.gap.get_or_insert_with(|| unreadable(evidence, page.call.as_deref(), &problem));
            }
        }
    }
    let contradicted = source.data.settle();
    source.gap = source.gap.take().or_else(|| misnaming(evidence, source.data.misnamed()));
    source.gap = source.gap.take().or_else(|| super::details::contradiction(evidence, &contradicted));
    if let Some(page) = answer.pages.first().filter(|_| seen.contains(&false)) {
        source.gap.get_or_insert_with(|| missing_list(evidence, page));
    }
    source
}

/// A list whose ARNs are not those of the paths and names beside them.
fn refuse_misnamed<T>(
    source: &mut Source<Vec<T>>,
    evidence: Evidence,
    arn: impl Fn(&T) -> &String,
    odd: impl Fn(&T) -> bool,
) {
    let arns: Vec<String> = source.data.iter().filter(|one| odd(one)).map(|one| arn(one).clone()).collect();
    source.gap = source.gap.take().or_else(|| misnaming(evidence, &arns));
}

/// Evidence of another account proves nothing about this one.
fn refuse_foreign<T: Default>(
    source: &mut Source<T>,
    evidence: Evidence,
    place: &Place,
    arns: impl Fn(&T) -> Vec<&str>,
) {
    let own = format!("arn:{}:iam::{}:", place.partition, place.account);
    let foreign = arns(&source.data).into_iter().find(|arn| !arn.starts_with(&own));
    if let Some(arn) = foreign {
        let reason =
            format!("{evidence} answered about another account than {} ({}): {arn}", place.account, place.partition);
        *source = Source { data: T::default(), gap: Some(gap(evidence, GapKind::Conflict, reason)) };
    }
}
