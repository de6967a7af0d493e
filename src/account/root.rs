//! The root user: what the account summary, the credential report and the list of virtual
//! MFA devices say, and where they contradict each other.

use super::credential_report::{CredentialReport, Row};
use super::fact::{ACCOUNT_SUMMARY, CREDENTIAL_REPORT, Gap, GapKind, Observed, VIRTUAL_MFA_DEVICES};
use super::gaps::gap;
use super::sources::Sources;
use super::subjects::Root;
use super::{Disagreement, Times};
use jiff::Timestamp;
use std::sync::Arc;

/// The root user of the account with this root ARN.
pub fn read(
    arn: &str,
    report: &Observed<CredentialReport>,
    sources: &Sources,
    times: &Times,
) -> (Root, Vec<Disagreement>) {
    let row = report.as_ref().and_then(|report| report.root.as_ref());
    let summary_key = flag(sources, "AccountAccessKeysPresent");
    let report_key = row.as_ref().and_then(has_key);
    let mfa_enabled = flag(sources, "AccountMFAEnabled");
    let password_present = flag(sources, "AccountPasswordPresent");

    let mut disagreements = Vec::new();
    let mut compare = |about: &str, summary: &Observed<bool>, report: Observed<bool>| {
        if let (Observed::Known(one), Observed::Known(other)) = (summary, &report)
            && one != other
        {
            let words = |yes: bool| if yes { "there is one" } else { "there is none" }.to_owned();
            disagreements.push(Disagreement {
                subject: arn.to_owned(),
                about: about.to_owned(),
                says: vec![(ACCOUNT_SUMMARY, words(*one)), (CREDENTIAL_REPORT, words(*other))],
                explanation: Some(format!(
                    "it may have changed after the credential report was made{}, or an access key may exist that is inactive",
                    times.report_words()
                )),
            });
        }
    };
    compare("root access key", &summary_key, report_key.clone());
    let report_mfa = row.as_ref().and_then(|row| row.mfa_active.clone());
    let report_password = row.as_ref().and_then(|row| row.password_enabled.clone());
    compare("root MFA", &mfa_enabled, report_mfa.clone());
    compare("root password", &password_present, report_password.clone());

    let root = Root {
        id: arn.to_owned(),
        label: "root user".to_owned(),
        as_of: times.of_report(row.known().is_some()),
        has_access_key: both(summary_key, report_key),
        mfa_enabled: unless_refuted(mfa_enabled, &report_mfa, "an MFA device"),
        password_present: unless_refuted(password_present, &report_password, "a password"),
        virtual_mfa_devices: virtual_devices(arn, sources),
        last_known_use: row.as_ref().map(|row| last_known_use(row)),
        last_used: row.and_then(last_used),
    };
    (root, disagreements)
}

/// A flag of the account summary. A summary without it says nothing, least of all no.
fn flag(sources: &Sources, name: &str) -> Observed<bool> {
    sources.summary.as_ref().and_then(|summary| match summary.get(name) {
        Some(0) => Observed::Known(false),
        Some(1) => Observed::Known(true),
        Some(other) => {
            let reason = format!("the account summary says {other} for {name}, which is neither 0 nor 1");
            Observed::Gap(gap(ACCOUNT_SUMMARY, GapKind::Unreadable, reason))
        }
        None => {
            let reason = format!("the account summary does not hold {name}");
            Observed::Gap(gap(ACCOUNT_SUMMARY, GapKind::Absent, reason))
        }
    })
}

/// Active or not: the report keeps the time of change of an inactive key.
fn has_key(row: &&Row) -> Observed<bool> {
    match (row.keys[0].exists(), row.keys[1].exists()) {
        (Observed::Known(true), _) | (_, Observed::Known(true)) => Observed::Known(true),
        (Observed::Known(false), Observed::Known(false)) => Observed::Known(false),
        (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => Observed::Gap(gap),
    }
}

/// What the summary says, unless the report says otherwise; a report that says nothing refutes nothing.
fn unless_refuted(summary: Observed<bool>, report: &Observed<bool>, what: &str) -> Observed<bool> {
    match (&summary, report) {
        (Observed::Known(one), Observed::Known(other)) if one != other => Observed::Gap(conflict(*one, what)),
        _ => summary,
    }
}

fn conflict(summary: bool, what: &str) -> Arc<Gap> {
    let (yes, no) = (format!("has {what}"), "has none".to_owned());
    let (one, other) = if summary { (yes, no) } else { (no, yes) };
    let reason = format!("the account summary says that the root user {one}, the credential report that it {other}");
    gap(ACCOUNT_SUMMARY, GapKind::Conflict, reason)
}

/// A key is known to be absent only when both sources say so.
fn both(summary: Observed<bool>, report: Observed<bool>) -> Observed<bool> {
    match (summary, report) {
        (Observed::Known(one), Observed::Known(other)) if one == other => Observed::Known(one),
        (Observed::Known(summary), Observed::Known(_)) => Observed::Gap(conflict(summary, "an access key")),
        (Observed::Known(true), Observed::Gap(_)) | (Observed::Gap(_), Observed::Known(true)) => Observed::Known(true),
        (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => Observed::Gap(gap),
    }
}

/// Whose device it is decides, not what it is called: a user may own `root-account-mfa-device`.
fn virtual_devices(arn: &str, sources: &Sources) -> Observed<i64> {
    if let Some(gap) = &sources.mfa_devices.gap {
        return Observed::Gap(Arc::clone(gap));
    }
    let mut count = 0;
    for device in &sources.mfa_devices.data {
        match device.user.as_ref().map(|user| user.arn.as_deref()) {
            Some(Some(user)) => count += i64::from(user == arn),
            Some(None) => return Observed::Gap(nameless(&device.serial_number)),
            None if device.enable_date.is_some() => return Observed::Gap(nameless(&device.serial_number)),
            None => {}
        }
    }
    Observed::Known(count)
}

/// A device that is assigned to somebody whom the answer does not name.
pub fn nameless(serial: &str) -> Arc<Gap> {
    let reason = format!("the answer of {VIRTUAL_MFA_DEVICES} does not name the user of {serial}");
    gap(VIRTUAL_MFA_DEVICES, GapKind::Unreadable, reason)
}

/// The latest use among the cells that could be read.
fn last_known_use(row: &Row) -> Option<Timestamp> {
    let cells = [&row.password_last_used, &row.keys[0].last_used, &row.keys[1].last_used];
    cells.into_iter().filter_map(|cell| cell.known().copied().flatten()).max()
}

fn last_used(row: &Row) -> Observed<Option<Timestamp>> {
    let mut latest = None;
    for used in [&row.password_last_used, &row.keys[0].last_used, &row.keys[1].last_used] {
        match used {
            Observed::Known(used) => latest = latest.max(*used),
            Observed::Gap(gap) => return Observed::Gap(Arc::<Gap>::clone(gap)),
        }
    }
    Observed::Known(latest)
}
