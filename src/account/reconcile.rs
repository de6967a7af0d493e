//! The same things counted by independent sources, side by side.

use super::credential_report::CredentialReport;
use super::details::name_of;
use super::details::{Details, PolicyItem};
use super::fact::{
    ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, GapKind, OIDC_PROVIDERS, Observed, ROLE_LIST,
    SAML_PROVIDERS, SERVER_CERTIFICATES, USER_LIST, VIRTUAL_MFA_DEVICES,
};
use super::gaps::{gap, some_names};
use super::principals::service_linked;
use super::sources::{Source, Sources};
use super::users::Join;
use super::{Agreement, Count, Disagreement, Reconciliation, Times};
use std::sync::Arc;

/// Every row, in the order of the pack.
pub fn read(
    report: &Observed<CredentialReport>,
    sources: &Sources,
    join: &Join<'_>,
    times: &Times,
) -> Vec<Reconciliation> {
    let details = |count: &dyn Fn(&Details) -> usize| counted(AUTHORIZATION_DETAILS, &sources.details, count);
    let in_report = Count { evidence: CREDENTIAL_REPORT, count: report.as_ref().map(|report| report.records) };
    let users = vec![
        summary(sources, "Users"),
        details(&|details| details.users.len()),
        in_report,
        counted(USER_LIST, &sources.users, &Vec::len),
    ];
    let groups = vec![summary(sources, "Groups"), details(&|details| details.groups.len())];
    let roles = vec![
        summary(sources, "Roles"),
        details(&|details| details.roles.len()),
        counted(ROLE_LIST, &sources.roles, &Vec::len),
    ];
    let own = |policy: &&PolicyItem| !policy.aws_managed();
    let policies = vec![summary(sources, "Policies"), details(&|details| details.policies.iter().filter(own).count())];
    let certificates =
        vec![summary(sources, "ServerCertificates"), counted(SERVER_CERTIFICATES, &sources.certificates, &Vec::len)];
    vec![
        row("IAM users", users, || users_differ(&join.disagreements, times)),
        row("IAM groups", groups, || None),
        row("IAM roles", roles, || roles_differ(sources)),
        row("customer managed policies", policies, || None),
        row("IAM server certificates", certificates, || None),
        mfa_devices(sources),
        providers(sources),
    ]
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

fn row(what: &str, counts: Vec<Count>, why: impl Fn() -> Option<String>) -> Reconciliation {
    let known: Vec<u64> = counts.iter().filter_map(|count| count.count.known().copied()).collect();
    let agrees = match known[..] {
        [] | [_] => Agreement::NotComparable,
        [first, ref rest @ ..] if rest.iter().all(|other| *other == first) => Agreement::Agrees,
        _ => Agreement::Differs,
    };
    let why = if agrees == Agreement::Differs { why() } else { None };
    let explanation = join_words([why, uncounted(&counts)]);
    Reconciliation { what: what.to_owned(), counts, agrees, explanation }
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

/// Users whom only some of the sources name.
fn users_differ(disagreements: &[Disagreement], times: &Times) -> Option<String> {
    let stale = |names: bool| {
        let said = if names { "names the user" } else { "does not name the user" };
        let told = |d: &&Disagreement| d.says.iter().any(|(by, says)| *by == CREDENTIAL_REPORT && says == said);
        let names: Vec<&str> = disagreements.iter().filter(told).map(|d| name_of(&d.subject)).collect();
        (!names.is_empty()).then(|| some_names(names))
    };
    let age = times.report_words();
    let created =
        stale(false).map(|names| format!("not in the credential report{age}, so probably created since: {names}"));
    let deleted = stale(true)
        .map(|names| format!("in the credential report{age} and not in a list, so probably deleted since: {names}"));
    join_words([created, deleted])
}

fn roles_differ(sources: &Sources) -> Option<String> {
    let counted = *sources.summary.known()?.get("Roles")?;
    let details = sources.details.gap.is_none().then_some(&sources.details.data.roles)?;
    let linked = details.iter().filter(|role| service_linked(&role.path)).count();
    let rest = i64::try_from(details.len() - linked).ok()?;
    (linked > 0 && counted == rest).then(|| format!("the account summary leaves out the {linked} service-linked roles"))
}

/// The summary counts hardware devices and passkeys, too; the list holds virtual devices only.
fn mfa_devices(sources: &Sources) -> Reconciliation {
    let assigned = |devices: &Vec<super::evidence::MfaDevice>| devices.iter().filter(|d| d.user.is_some()).count();
    let counts =
        vec![summary(sources, "MFADevicesInUse"), counted(VIRTUAL_MFA_DEVICES, &sources.mfa_devices, &assigned)];
    let all_and_virtual = (counts[0].count.known().copied(), counts[1].count.known().copied());
    let mut row = row("MFA devices in use", counts, || None);
    if let (Some(all), Some(assigned)) = all_and_virtual
        && all > assigned
    {
        row.agrees = Agreement::NotComparable;
        row.explanation = Some(format!(
            "the list holds virtual devices only; the other {} are hardware devices or passkeys",
            all - assigned
        ));
    }
    row
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
    Reconciliation { what: "identity providers".to_owned(), counts, agrees, explanation }
}
