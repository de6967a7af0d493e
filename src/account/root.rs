//! The root user: what the account summary, the credential report and the list of virtual
//! MFA devices say, and where they contradict each other.

use super::completeness::Completeness;
use super::credential_report::{CredentialReport, KeySlot, Row};
use super::fact::{ACCOUNT_SUMMARY, CREDENTIAL_REPORT, Gap, GapKind, Observed, VIRTUAL_MFA_DEVICES, subject};
use super::gaps::gap;
use super::sources::Sources;
use super::{Disagreement, Times};
use jiff::Timestamp;
use std::sync::Arc;

type Text = String;

subject! {
    /// The account's root user.
    Root = "root" as "root", "root user", from &[];
    /// A root access key exists, active or not. Known as absent only when the account summary and the
    /// credential report both say so; where they contradict each other it is not known.
    has_access_key "whether the root user has an access key": bool = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT],
        title "Access key";
    /// The account summary counts an MFA device on the root user (AccountMFAEnabled).
    mfa_enabled "whether the root user has MFA": bool = &[ACCOUNT_SUMMARY], title "MFA";
    /// The root user can sign in with a password; it has none where central root management removed it. By
    /// AccountPasswordPresent of the account summary; a summary without it leaves it to `password_enabled` of the
    /// credential report, whose `not_supported` (reports until 2024) does not say that there is none.
    password_present "whether the root user has a password": bool = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT],
        title "Password";
    /// Whether the root user can sign in, in words, by `password_present`.
    sign_in: Text = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT];
    /// Which access keys the root user has, and whether each is active, in words.
    access_keys_found: Text = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT];
    /// Assigned virtual MFA devices whose user is exactly this account's root ARN.
    virtual_mfa_devices "how many virtual MFA devices the root user has": i64 = &[VIRTUAL_MFA_DEVICES],
        title "Virtual MFA devices";
    /// The latest of password and access key use in the credential report; null if no use is known.
    last_used "when the root user was last used": Option<Timestamp> = &[CREDENTIAL_REPORT], compared false;
    /// The latest use in those cells of the credential report that could be read; null if they show none. The same
    /// as `last_used` where all could be read, and never later than the true one.
    last_known_use "when the root user was last known to be used": Option<Timestamp> = &[CREDENTIAL_REPORT],
        title "Last used, as far as known", compared false;
}

/// The root user of the account with this root ARN.
pub fn read(
    arn: &str,
    report: &Observed<CredentialReport>,
    (sources, complete): (&Sources, &Completeness),
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
                    "it may have changed after the credential report was generated{}, or an access key may exist that is inactive",
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
    let virtual_devices = virtual_devices(arn, sources, complete);
    let has_virtual = virtual_devices.known().is_some_and(|count| *count > 0);
    if has_virtual && mfa_enabled.known() == Some(&false) {
        disagreements.push(Disagreement {
            subject: arn.to_owned(),
            about: "root MFA".to_owned(),
            says: vec![
                (ACCOUNT_SUMMARY, "there is none".to_owned()),
                (VIRTUAL_MFA_DEVICES, "there is a virtual device".to_owned()),
            ],
            explanation: None,
        });
    }

    let password_present = unless_refuted(
        or_report_says(password_present, row.known().is_some_and(has_password), true),
        &report_password,
        "a password",
    );
    let root = Root {
        id: arn.to_owned(),
        label: "root user".to_owned(),
        as_of: times.of_report(row.known().is_some()),
        has_access_key: both(summary_key.clone(), report_key),
        mfa_enabled: unless_listed(
            unless_refuted(
                or_report_says(mfa_enabled, report_mfa.known() == Some(&false), false),
                &report_mfa,
                "an MFA device",
            ),
            has_virtual,
        ),
        sign_in: sign_in(&password_present),
        password_present,
        access_keys_found: keys_found(&row, &summary_key),
        virtual_mfa_devices: virtual_devices,
        last_known_use: row.as_ref().map(|row| last_known_use(row)),
        last_used: row.and_then(last_used),
    };
    (root, disagreements)
}

/// Whether the root user can sign in, in words; not known where it is not known whether it has a password.
fn sign_in(password_present: &Observed<bool>) -> Observed<String> {
    password_present.as_ref().map(|present| match present {
        true => "it can sign in with its password".to_owned(),
        false => "it has no password and cannot sign in".to_owned(),
    })
}

/// Each key's slot and state, as the credential report shows them; not known where the report, or the account
/// summary beside a report without keys, is not.
fn keys_found(row: &Observed<&Row>, summary: &Observed<bool>) -> Observed<String> {
    let row = match row {
        Observed::Known(row) => row,
        Observed::Gap(gap) => return Observed::Gap(Arc::clone(gap)),
    };
    let time = |time: &Timestamp| time.strftime("%Y-%m-%d").to_string();
    let key = |(slot, key): (usize, &KeySlot)| {
        let state = match (&key.active, key.exists()) {
            (_, Observed::Known(false)) => return None,
            (Observed::Known(true), _) => "is active",
            (Observed::Known(false), _) => "is inactive and can be activated again",
            (Observed::Gap(_), _) => return None,
        };
        let made = key.rotated.known().and_then(Option::as_ref).map(|at| format!("created or changed {}", time(at)));
        let used = match &key.last_used {
            Observed::Known(Some(at)) => Some(format!("last used {}", time(at))),
            Observed::Known(None) => Some("no use is known".to_owned()),
            Observed::Gap(_) => None,
        };
        let more: Vec<String> = made.into_iter().chain(used).collect();
        let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
        Some(format!("access key {slot} {state}{more}"))
    };
    let found: Vec<String> = (1..).zip(&row.keys).filter_map(key).collect();
    if !found.is_empty() {
        return Observed::Known(found.join("; "));
    }
    summary.as_ref().map(|counted| match counted {
        true => "the account summary counts one; the credential report does not show its slot and state".to_owned(),
        false => "none".to_owned(),
    })
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

/// A summary that does not hold a flag leaves it to the credential report, as far as that speaks against the account.
fn or_report_says(summary: Observed<bool>, report: bool, value: bool) -> Observed<bool> {
    match &summary {
        Observed::Gap(gap) if report && gap.kind != GapKind::Unreadable => Observed::Known(value),
        _ => summary,
    }
}

/// Reports until 2024 say `not_supported` of every root user, which does not say that it has no password.
fn has_password(row: &&Row) -> bool {
    row.password_enabled.known() == Some(&true) || row.password_not_supported
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

/// No MFA, unless the list of virtual devices has one of the root user.
fn unless_listed(mfa: Observed<bool>, has_virtual: bool) -> Observed<bool> {
    if !has_virtual || mfa.known() != Some(&false) {
        return mfa;
    }
    let reason = format!(
        "{ACCOUNT_SUMMARY} or the credential report says that the root user has no MFA device, and {VIRTUAL_MFA_DEVICES} \
         lists a virtual one of the root user"
    );
    Observed::Gap(gap(ACCOUNT_SUMMARY, GapKind::Conflict, reason))
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

/// Whose device it is decides, not what it is called: a user may own `root-account-mfa-device`. One that is known
/// decides; that there is none takes the whole list.
fn virtual_devices(arn: &str, sources: &Sources, complete: &Completeness) -> Observed<i64> {
    let mut unknown = sources.mfa_devices.gap.clone().or_else(|| complete.virtual_mfa_devices.first().cloned());
    let mut count = 0;
    for device in &sources.mfa_devices.data {
        let assigned = device.enable_date.is_some() || device.user.is_some();
        match device.user.as_ref().and_then(|user| user.arn.as_deref()) {
            Some(user) => count += i64::from(user == arn),
            None if assigned => unknown = unknown.or_else(|| Some(nameless(&device.serial_number))),
            None => {}
        }
    }
    match unknown {
        Some(gap) if count == 0 => Observed::Gap(gap),
        _ => Observed::Known(count),
    }
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
