//! Long-term credentials of users that the credential report leaves out; `--depth deep` asks for them.

use super::Times;
use super::answers::{Answers, GLOBAL, add, needed};
use super::completeness::Completeness;
use super::fact::{
    Evidence, GapKind, Observed, SERVICE_CREDENTIALS, SIGNING_CERTIFICATES, SSH_KEYS, USER_LIST, subject,
};
use super::populations::Population;
use super::sources::Sources;
use super::subjects::User;
use crate::arn::name_of;
use crate::snapshot::Snapshot;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;

type Text = String;

subject! {
    /// A long-term credential of an IAM user that the credential report does not show, or shows without an id: a
    /// service-specific credential, an SSH public key or a signing certificate.
    OtherCredential = "other_credential" as "credential", "other long-term credentials",
        from &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES, USER_LIST];
    /// `service-specific credential`, `SSH public key` or `signing certificate`.
    kind "which kind of credential it is": Text = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
    /// The user's name.
    user "whose credential it is": Text = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
    /// The service of a service-specific credential; null for the others.
    service: Option<String> = &[SERVICE_CREDENTIALS], none "";
    /// The credential can be used.
    active "whether the credential is active": bool = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
    /// When it was made or uploaded.
    created "when the credential was created": Timestamp = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsPage {
    service_specific_credentials: Option<Vec<Item>>,
    #[serde(rename = "SSHPublicKeys")]
    ssh_public_keys: Option<Vec<Item>>,
    certificates: Option<Vec<Item>>,
}

/// One of the three; each has some of the members.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    status: Option<String>,
    create_date: Option<Timestamp>,
    upload_date: Option<Timestamp>,
    service_name: Option<String>,
    service_specific_credential_id: Option<String>,
    #[serde(rename = "SSHPublicKeyId")]
    ssh_public_key_id: Option<String>,
    certificate_id: Option<String>,
}

type Of = fn(CredentialsPage) -> Option<Vec<Item>>;

const KINDS: [(&str, Evidence, Of); 3] = [
    ("service-specific credential", SERVICE_CREDENTIALS, |page| page.service_specific_credentials),
    ("SSH public key", SSH_KEYS, |page| page.ssh_public_keys),
    ("signing certificate", SIGNING_CERTIFICATES, |page| page.certificates),
];

/// Asked of every user whom an answer names, except those who were deleted since the credential report.
pub(in crate::account) fn read(
    snapshot: &Snapshot,
    (sources, complete): (&Sources, &Completeness),
    users: &Population<User>,
    times: &Times,
) -> Population<OtherCredential> {
    let gaps = sources.users.gap.iter().chain(&complete.users).cloned().collect();
    let mut population = Population { subjects: Vec::new(), gaps };
    let listed = sources.users.data.iter().map(|user| user.arn.as_str());
    let detailed = sources.details.data.users.iter().map(|user| user.arn.as_str());
    let named: BTreeSet<&str> = listed.chain(detailed).collect();
    let there = |user: &&User| named.contains(user.id.as_str());
    for (kind, evidence, of) in KINDS {
        let answers = Answers::of(snapshot, evidence);
        for user in users.subjects.iter().filter(there) {
            let name = name_of(&user.id);
            let source = answers.list(GLOBAL, &[("UserName", name)], of);
            add(&mut population.gaps, source.gap);
            // A certificate that the credential report shows and the list lacks.
            let contrary = user.active_signing_certificates.gap().filter(|gap| gap.kind == GapKind::Conflict);
            add(&mut population.gaps, contrary.filter(|_| evidence == SIGNING_CERTIFICATES).cloned());
            let subjects = source.data.into_iter().map(|item| credential(item, kind, evidence, &user.id, times));
            population.subjects.extend(subjects);
        }
    }
    population.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    population
}

fn credential(item: Item, kind: &str, evidence: Evidence, user: &str, times: &Times) -> OtherCredential {
    let id = item.service_specific_credential_id.or(item.ssh_public_key_id).or(item.certificate_id).unwrap_or_default();
    let status = item.status.as_deref();
    let active = match status {
        Some("Inactive" | "Expired") => Some(false),
        Some("Active") => Some(true),
        _ => None,
    };
    OtherCredential {
        id: format!("{user}#{}/{id}", kind.replace(' ', "-")),
        label: format!("{kind} {id} of {}", name_of(user)),
        as_of: times.started,
        kind: Observed::Known(kind.to_owned()),
        user: Observed::Known(name_of(user).to_owned()),
        service: Observed::Known(item.service_name),
        active: needed(active, evidence, || format!("whether {id} is active")),
        created: needed(item.create_date.or(item.upload_date), evidence, || format!("when {id} was created"))
            .and_then(|at| times.seen(at, evidence, || format!("when {id} was created"))),
    }
}
