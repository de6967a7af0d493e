//! Passwords, access keys and signing certificates: what the credential report shows.

use super::credential_report::{CredentialReport, KeySlot, Row, exists};
use super::fact::{AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Gap, GapKind, Observed, USER_LIST, subject};
use super::gaps::gap;
use super::{Population, Times};
use jiff::Timestamp;
use std::sync::Arc;

type Text = String;

subject! {
    /// A credential of an IAM user: a console password, or access key 1 or 2 of the credential report.
    Credential = "credential" as "credential", "user credentials", from &[CREDENTIAL_REPORT, USER_LIST, AUTHORIZATION_DETAILS];
    /// `password` or `access key`.
    kind "which kind of credential it is": Text = &[CREDENTIAL_REPORT];
    /// The user's name.
    user "whose credential it is": Text = &[CREDENTIAL_REPORT];
    /// The password is enabled, or the key is active.
    active "whether the credential is active": bool = &[CREDENTIAL_REPORT];
    /// When the password was last changed or the key was made.
    changed: Option<Timestamp> = &[CREDENTIAL_REPORT], title "Set or created", none "none known", compared false;
    /// Last use; null if the report knows none.
    last_used "when the credential was last used": Option<Timestamp> = &[CREDENTIAL_REPORT],
        none "none known", compared false;
    /// Last use or, where none is known, last change: the credential has been idle since.
    idle_since "since when the credential has been idle": Timestamp = &[CREDENTIAL_REPORT], compared false;
    /// Whole days from `idle_since` to the credential report.
    idle_days "for how many days the credential has been idle": i64 = &[CREDENTIAL_REPORT], compared false;
}

subject! {
    /// An access key of an IAM user: slot 1 or 2 of the credential report, active or not.
    AccessKey = "access_key" as "key", "access keys", from &[CREDENTIAL_REPORT, USER_LIST, AUTHORIZATION_DETAILS];
    /// The user's name.
    user "whose access key it is": Text = &[CREDENTIAL_REPORT];
    /// 1 or 2; the slots are not in order of age.
    slot "which of the user's two access keys it is": i64 = &[CREDENTIAL_REPORT];
    /// The key can be used.
    active "whether the access key is active": bool = &[CREDENTIAL_REPORT];
    /// When the key was made (`last_rotated` of the report; switching a key off and on does not move it).
    created "when the access key was created": Timestamp = &[CREDENTIAL_REPORT];
    /// Whole days from `created` to the credential report.
    age_days "how old the access key is": i64 = &[CREDENTIAL_REPORT], title "Age in days", compared false;
    /// Last use; null if never.
    last_used: Option<Timestamp> = &[CREDENTIAL_REPORT], none "none known", compared false;
    /// Service of the last use; null if never.
    last_used_service: Option<String> = &[CREDENTIAL_REPORT], title "Last used for", none "none known", compared false;
}

subject! {
    /// An X.509 signing certificate slot of an IAM user (1 or 2 of the credential report).
    SigningCertificate = "signing_certificate" as "certificate", "signing certificates", from &[CREDENTIAL_REPORT];
    /// The user's name.
    user: Text = &[CREDENTIAL_REPORT];
    /// The certificate can be used.
    active: bool = &[CREDENTIAL_REPORT];
    /// When it was uploaded; null if the report does not say.
    changed: Option<Timestamp> = &[CREDENTIAL_REPORT], title "Uploaded", none "none known";
}

/// The three populations.
pub struct Credentials {
    pub credentials: Population<Credential>,
    pub access_keys: Population<AccessKey>,
    pub signing_certificates: Population<SigningCertificate>,
}

/// A time that must be there for what it is about; the report's saying nothing is a gap.
pub fn needed(time: &Observed<Option<Timestamp>>, row: &Row, what: &str) -> Observed<Timestamp> {
    time.as_ref().and_then(|time| match time {
        Some(time) => Observed::Known(*time),
        None => {
            let reason = format!("the credential report does not say {what}: {}", row.arn);
            Observed::Gap(gap(CREDENTIAL_REPORT, GapKind::Unreadable, reason))
        }
    })
}

/// Reads every credential of every user in the report. `gaps` are those of the sources that
/// name users, for passwords and keys; `of_report` those of the report alone, for certificates.
pub fn read(
    report: &Observed<CredentialReport>,
    gaps: &[Arc<Gap>],
    of_report: &[Arc<Gap>],
    times: &Times,
) -> Credentials {
    let mut credentials = Population { subjects: Vec::new(), gaps: gaps.to_vec() };
    let mut access_keys = Population { subjects: Vec::new(), gaps: gaps.to_vec() };
    let mut signing_certificates = Population { subjects: Vec::new(), gaps: of_report.to_vec() };
    for row in report.known().into_iter().flat_map(|report| report.rows.values()) {
        match exists(&row.password_enabled, &row.password_last_changed) {
            Observed::Known(true) => credentials.subjects.push(password(row, times)),
            Observed::Known(false) => {}
            Observed::Gap(gap) => add(&mut credentials.gaps, gap),
        }
        for (slot, key) in row.keys.iter().enumerate() {
            match key.exists() {
                Observed::Known(true) => {
                    credentials.subjects.push(key_as_credential(row, slot, key, times));
                    access_keys.subjects.push(access_key(row, slot, key, times));
                }
                Observed::Known(false) => {}
                Observed::Gap(gap) => {
                    add(&mut credentials.gaps, Arc::clone(&gap));
                    add(&mut access_keys.gaps, gap);
                }
            }
        }
        for (slot, certificate) in row.certificates.iter().enumerate() {
            match exists(&certificate.active, &certificate.rotated) {
                Observed::Known(true) => signing_certificates.subjects.push(SigningCertificate {
                    id: format!("{}#certificate-{}", row.arn, slot + 1),
                    label: format!("signing certificate {} of {}", slot + 1, row.user),
                    as_of: times.of_report(true),
                    user: Observed::Known(row.user.clone()),
                    active: certificate.active.clone(),
                    changed: certificate.rotated.clone(),
                }),
                Observed::Known(false) => {}
                Observed::Gap(gap) => add(&mut signing_certificates.gaps, gap),
            }
        }
    }
    credentials.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    access_keys.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    signing_certificates.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    Credentials { credentials, access_keys, signing_certificates }
}

fn add(gaps: &mut Vec<Arc<Gap>>, gap: Arc<Gap>) {
    if !gaps.contains(&gap) {
        gaps.push(gap);
    }
}

fn password(row: &Row, times: &Times) -> Credential {
    let (changed, last_used) = (&row.password_last_changed, &row.password_last_used);
    let idle_since = idle_since(last_used, changed, row, "when the password was last changed");
    Credential {
        id: format!("{}#password", row.arn),
        label: format!("password of {}", row.user),
        as_of: times.of_report(true),
        kind: Observed::Known("password".to_owned()),
        user: Observed::Known(row.user.clone()),
        active: row.password_enabled.clone(),
        changed: changed.clone(),
        last_used: last_used.clone(),
        idle_days: idle_since.as_ref().map(|since| times.days_since(*since)),
        idle_since,
    }
}

fn key_as_credential(row: &Row, slot: usize, key: &KeySlot, times: &Times) -> Credential {
    let idle_since = idle_since(&key.last_used, &key.rotated, row, "when an active access key was created");
    Credential {
        id: key_id(row, slot),
        label: format!("access key {} of {}", slot + 1, row.user),
        as_of: times.of_report(true),
        kind: Observed::Known("access key".to_owned()),
        user: Observed::Known(row.user.clone()),
        active: key.active.clone(),
        changed: key.rotated.clone(),
        last_used: key.last_used.clone(),
        idle_days: idle_since.as_ref().map(|since| times.days_since(*since)),
        idle_since,
    }
}

fn access_key(row: &Row, slot: usize, key: &KeySlot, times: &Times) -> AccessKey {
    let created = needed(&key.rotated, row, "when an active access key was created");
    AccessKey {
        id: key_id(row, slot),
        label: format!("access key {} of {}", slot + 1, row.user),
        as_of: times.of_report(true),
        user: Observed::Known(row.user.clone()),
        slot: Observed::Known(if slot == 0 { 1 } else { 2 }),
        active: key.active.clone(),
        age_days: created.as_ref().map(|created| times.days_since(*created)),
        created,
        last_used: key.last_used.clone(),
        last_used_service: key.last_used_service.clone(),
    }
}

/// Last use or, where no use is known, last change. Not knowing whether it was used is a gap:
/// the last change alone would call a used credential idle.
fn idle_since(
    used: &Observed<Option<Timestamp>>,
    changed: &Observed<Option<Timestamp>>,
    row: &Row,
    what: &str,
) -> Observed<Timestamp> {
    used.as_ref().and_then(|used| match used {
        Some(used) => Observed::Known(*used),
        None => needed(changed, row, what),
    })
}

fn key_id(row: &Row, slot: usize) -> String {
    format!("{}#access-key-{}", row.arn, slot + 1)
}
