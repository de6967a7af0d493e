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
    compare("root MFA", &mfa_enabled, row.as_ref().and_then(|row| row.mfa_active.clone()));
    compare("root password", &password_present, row.as_ref().and_then(|row| row.password_enabled.clone()));

    let root = Root {
        id: arn.to_owned(),
        label: "root user".to_owned(),
        as_of: times.of_report(row.known().is_some()),
        has_access_key: both(summary_key, report_key),
        mfa_enabled,
        password_present,
        virtual_mfa_devices: virtual_devices(arn, sources),
        last_used: row.and_then(last_used),
    };
    (root, disagreements)
}

/// A flag of the account summary. A summary without it says nothing, least of all no.
fn flag(sources: &Sources, name: &str) -> Observed<bool> {
    sources.summary.as_ref().and_then(|summary| match summary.get(name) {
        Some(count) => Observed::Known(*count > 0),
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

/// A key is known to be absent only when both sources say so.
fn both(summary: Observed<bool>, report: Observed<bool>) -> Observed<bool> {
    match (summary, report) {
        (Observed::Known(one), Observed::Known(other)) if one == other => Observed::Known(one),
        (Observed::Known(summary), Observed::Known(_)) => {
            let (yes, no) = ("has an access key", "has none");
            let (one, other) = if summary { (yes, no) } else { (no, yes) };
            let reason =
                format!("the account summary says that the root user {one}, the credential report that it {other}");
            Observed::Gap(gap(ACCOUNT_SUMMARY, GapKind::Conflict, reason))
        }
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
