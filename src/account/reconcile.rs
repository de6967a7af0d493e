//! The same things by independent sources, side by side: by name where sources give names, by count where they do not.

use super::credential_report::CredentialReport;
use super::details::{Details, PolicyItem};
use super::fact::{
    ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Gap, GapKind, OIDC_PROVIDERS, Observed,
    ROLE_LIST, SAML_PROVIDERS, SERVER_CERTIFICATES, USER_LIST, VIRTUAL_MFA_DEVICES,
};
use super::gaps::gap;
use super::roles::service_linked;
use super::sources::{Source, Sources};
use super::users::Join;
use super::{Agreement, Count, Difference, Disagreement, Reconciliation, Times};
use crate::arn::name_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Every row, in the order of the pack.
pub fn read(
    report: &Observed<CredentialReport>,
    sources: &Sources,
    join: &Join<'_>,
    times: &Times,
) -> Vec<Reconciliation> {
    let details = |names: fn(&Details) -> Vec<&str>| {
        Listed::of(AUTHORIZATION_DETAILS, names(&sources.details.data), sources.details.gap.as_ref())
    };
    let users = vec![
        details(|details| details.users.iter().map(|user| user.arn.as_str()).collect()),
        in_report(report),
        Listed::of(
            USER_LIST,
            sources.users.data.iter().map(|user| user.arn.as_str()).collect(),
            sources.users.gap.as_ref(),
        ),
    ];
    let groups = vec![details(|details| details.groups.iter().map(|group| group.arn.as_str()).collect())];
    let roles = vec![
        details(|details| details.roles.iter().map(|role| role.arn.as_str()).collect()),
        Listed::of(
            ROLE_LIST,
            sources.roles.data.iter().map(|role| role.arn.as_str()).collect(),
            sources.roles.gap.as_ref(),
        ),
    ];
    let policies = vec![details(customer_policies)];
    let certificates = vec![Listed::of(
        SERVER_CERTIFICATES,
        sources.certificates.data.iter().map(|certificate| certificate.arn.as_str()).collect(),
        sources.certificates.gap.as_ref(),
    )];
    vec![
        row("IAM users", summary(sources, "Users"), users, || users_differ(&join.disagreements, times)),
        row("IAM groups", summary(sources, "Groups"), groups, || None),
        row("IAM roles", summary(sources, "Roles"), roles, || roles_differ(sources)),
        row("customer managed policies", summary(sources, "Policies"), policies, || None),
        row("IAM server certificates", summary(sources, "ServerCertificates"), certificates, || None),
        mfa_devices(sources),
        providers(sources),
    ]
}

fn customer_policies(details: &Details) -> Vec<&str> {
    let own = |policy: &&PolicyItem| !policy.aws_managed();
    details.policies.iter().filter(own).map(|policy| policy.arn.as_str()).collect()
}

/// What a source names, and what keeps it from naming all of them.
struct Listed<'a> {
    evidence: Evidence,
    names: BTreeSet<&'a str>,
    /// Whom it does not name it lacks.
    is_whole: bool,
    count: Observed<u64>,
}

impl<'a> Listed<'a> {
    fn of(evidence: Evidence, names: Vec<&'a str>, gap: Option<&Arc<Gap>>) -> Self {
        let count = gap.cloned().map_or(Observed::Known(names.len() as u64), Observed::Gap);
        Self { evidence, names: names.into_iter().collect(), is_whole: gap.is_none(), count }
    }

    fn count(&self) -> Count {
        Count { evidence: self.evidence, count: self.count.clone() }
    }
}

/// Users of the credential report. Every row counts; one that cannot be read may be anybody's.
fn in_report(report: &Observed<CredentialReport>) -> Listed<'_> {
    match report {
        Observed::Gap(gap) => Listed::of(CREDENTIAL_REPORT, Vec::new(), Some(gap)),
        Observed::Known(report) => {
            let names = report.rows.keys().chain(report.bad.keys()).map(String::as_str).collect();
            let listed = Listed::of(CREDENTIAL_REPORT, names, report.row_gaps.first());
            Listed { count: Observed::Known(report.records), ..listed }
        }
    }
}

/// Members that not every whole source names, those with the same sources together.
fn differences(sources: &[Listed<'_>]) -> Vec<Difference> {
    let everybody: BTreeSet<&str> = sources.iter().flat_map(|source| &source.names).copied().collect();
    let mut by_sources: BTreeMap<(Vec<Evidence>, Vec<Evidence>), Vec<String>> = BTreeMap::new();
    for name in everybody {
        let with = |named: bool| -> Vec<Evidence> {
            let these = sources.iter().filter(|source| source.names.contains(name) == named);
            // A source that was read in part lacks many; it says something about those it names only.
            these.filter(|source| named || source.is_whole).map(|source| source.evidence).collect()
        };
        let (named_by, missing_from) = (with(true), with(false));
        if !missing_from.is_empty() {
            by_sources.entry((named_by, missing_from)).or_default().push(name_of(name).to_owned());
        }
    }
    let difference = |((named_by, missing_from), names)| Difference { named_by, missing_from, names };
    by_sources.into_iter().map(difference).collect()
}

fn summary(sources: &Sources, name: &str) -> Count {
    let count =
        sources.summary.as_ref().and_then(|summary| match summary.get(name).map(|count| u64::try_from(*count)) {
            Some(Ok(count)) => Observed::Known(count),
            _ => Observed::Gap(gap(
                ACCOUNT_SUMMARY,
                GapKind::Absent,
                format!("the account summary does not count {name}"),
            )),
        });
    Count { evidence: ACCOUNT_SUMMARY, count }
}

fn counted<T>(evidence: Evidence, source: &Source<T>, count: &dyn Fn(&T) -> usize) -> Count {
    let count = match &source.gap {
        Some(gap) => Observed::Gap(Arc::clone(gap)),
        None => Observed::Known(count(&source.data) as u64),
    };
    Count { evidence, count }
}

fn row(what: &str, summary: Count, listed: Vec<Listed<'_>>, why: impl Fn() -> Option<String>) -> Reconciliation {
    let differences = differences(&listed);
    let everybody: BTreeSet<&str> = listed.iter().flat_map(|source| &source.names).copied().collect();
    let is_named = listed.iter().any(|source| source.is_whole);
    let counts: Vec<Count> = std::iter::once(summary).chain(listed.iter().map(Listed::count)).collect();
    let agrees = if differences.is_empty() { compared(&counts) } else { Agreement::Differs };
    let why = if agrees == Agreement::Differs { why() } else { None };
    let explanation = join_words([why, uncounted(&counts)]);
    let population = is_named.then_some(everybody.len());
    Reconciliation { what: what.to_owned(), counts, population, differences, agrees, explanation }
}

/// Counts of one and the same thing.
fn compared(counts: &[Count]) -> Agreement {
    let known: Vec<u64> = counts.iter().filter_map(|count| count.count.known().copied()).collect();
    match known[..] {
        [] | [_] => Agreement::NotComparable,
        [first, ref rest @ ..] if rest.iter().all(|other| *other == first) => Agreement::Agrees,
        _ => Agreement::Differs,
    }
}

/// Which sources could not be counted.
fn uncounted(counts: &[Count]) -> Option<String> {
    let missing: Vec<String> =
        counts.iter().filter(|count| count.count.gap().is_some()).map(|count| count.evidence.to_string()).collect();
    (!missing.is_empty()).then(|| format!("could not be counted: {}", missing.join(", ")))
}

fn join_words<const N: usize>(words: [Option<String>; N]) -> Option<String> {
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// Why users are named by some sources only; who they are is told beside it.
fn users_differ(disagreements: &[Disagreement], times: &Times) -> Option<String> {
    let by_report = |said: &str| {
        let told = |d: &&Disagreement| d.says.iter().any(|(by, says)| *by == CREDENTIAL_REPORT && says == said);
        disagreements.iter().any(|one| told(&one))
    };
    let age = times.report_words();
    let created = by_report("does not name the user")
        .then(|| format!("a user who is not in the credential report{age} was probably created since"));
    let deleted = by_report("names the user")
        .then(|| format!("a user who is only in the credential report{age} was probably deleted since"));
    join_words([created, deleted])
}

fn roles_differ(sources: &Sources) -> Option<String> {
    let counted = *sources.summary.known()?.get("Roles")?;
    let details = sources.details.gap.is_none().then_some(&sources.details.data.roles)?;
    let linked = details.iter().filter(|role| service_linked(&role.path)).count();
    let rest = i64::try_from(details.len() - linked).ok()?;
    (linked > 0 && counted == rest)
        .then(|| format!("the account summary does not count the {linked} service-linked roles"))
}

/// The summary counts devices of every kind; the list holds virtual devices only. They agree where all are virtual.
fn mfa_devices(sources: &Sources) -> Reconciliation {
    let assigned = |devices: &Vec<super::evidence::MfaDevice>| devices.iter().filter(|d| d.user.is_some()).count();
    let counts =
        vec![summary(sources, "MFADevicesInUse"), counted(VIRTUAL_MFA_DEVICES, &sources.mfa_devices, &assigned)];
    let (mut agrees, mut why) = (compared(&counts), None);
    if let (Some(all), Some(assigned)) = (counts[0].count.known(), counts[1].count.known())
        && let Some(others) = all.checked_sub(*assigned).filter(|others| *others > 0)
    {
        agrees = Agreement::DifferentScope;
        why = Some(if sources.mfa_devices.data.is_empty() {
            // An empty list proves nothing: it may be empty because no device is virtual, or because it was cut short.
            format!(
                "the account summary counts {all} MFA {}, and the list of virtual devices is empty; either none of \
                 them is virtual, or the list is incomplete: the evidence does not show which",
                if *all == 1 { "device" } else { "devices" }
            )
        } else {
            format!(
                "the account summary counts MFA devices of every kind, the list holds virtual devices only, {assigned} of \
                 the {} listed ones assigned; the other {others} in use can be passkeys, security keys or hardware tokens",
                sources.mfa_devices.data.len()
            )
        });
    }
    let explanation = join_words([why, uncounted(&counts)]);
    let what = "MFA devices in use".to_owned();
    Reconciliation { what, counts, population: None, differences: Vec::new(), agrees, explanation }
}

/// The summary counts SAML and OpenID Connect providers together.
fn providers(sources: &Sources) -> Reconciliation {
    let counts = vec![
        summary(sources, "Providers"),
        counted(SAML_PROVIDERS, &sources.saml, &Vec::len),
        counted(OIDC_PROVIDERS, &sources.oidc, &Vec::len),
    ];
    let known: Vec<u64> = counts.iter().filter_map(|count| count.count.known().copied()).collect();
    let agrees = match known[..] {
        [all, saml, oidc] if all == saml + oidc => Agreement::Agrees,
        [_, _, _] => Agreement::Differs,
        _ => Agreement::NotComparable,
    };
    let together = "the account summary counts SAML and OpenID Connect providers together".to_owned();
    let explanation = join_words([Some(together), uncounted(&counts)]);
    let population = match known[..] {
        [_, saml, oidc] => usize::try_from(saml + oidc).ok(),
        _ => None,
    };
    let what = "identity providers".to_owned();
    Reconciliation { what, counts, population, differences: Vec::new(), agrees, explanation }
}
