//! What `--depth deep` adds: credentials that the credential report leaves out, and Access Advisor.

use crate::account::answers::{Answers, GLOBAL, add, needed};
use crate::account::completeness::Completeness;
use crate::account::details::name_of;
use crate::account::fact::{ACCESS_DETAILS, ACCESS_JOB, SERVICE_CREDENTIALS, SIGNING_CERTIFICATES, SSH_KEYS};
use crate::account::fact::{Evidence, GapKind, Observed};
use crate::account::gaps::gap;
use crate::account::sources::Sources;
use crate::account::subjects::{OtherCredential, Role, RoleAccess, User};
use crate::account::{Population, Times};
use crate::snapshot::Snapshot;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Job {
    job_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessPage {
    job_status: Option<String>,
    services_last_accessed: Option<Vec<Service>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    service_namespace: String,
    last_authenticated: Option<Timestamp>,
}

type Of = fn(CredentialsPage) -> Option<Vec<Item>>;

const KINDS: [(&str, Evidence, Of); 3] = [
    ("service-specific credential", SERVICE_CREDENTIALS, |page| page.service_specific_credentials),
    ("SSH public key", SSH_KEYS, |page| page.ssh_public_keys),
    ("signing certificate", SIGNING_CERTIFICATES, |page| page.certificates),
];

/// Asked of every user whom an answer names, except those who were deleted since the credential report.
pub fn credentials(
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
        created: needed(item.create_date.or(item.upload_date), evidence, || format!("when {id} was made")),
    }
}

/// Every role, with what Access Advisor says.
pub fn role_access(snapshot: &Snapshot, roles: &Population<Role>, times: &Times) -> Population<RoleAccess> {
    let (jobs, details) = (Answers::of(snapshot, ACCESS_JOB), Answers::of(snapshot, ACCESS_DETAILS));
    let mut holders: BTreeMap<String, usize> = BTreeMap::new();
    for role in &roles.subjects {
        if let Observed::Known(job) = job(&jobs, &role.id) {
            *holders.entry(job).or_default() += 1;
        }
    }
    let access = |role: &Role| {
        let services = services((&jobs, &holders), &details, &role.id);
        let by_aws = |path: &String| path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/");
        RoleAccess {
            id: role.id.clone(),
            label: name_of(&role.id).to_owned(),
            as_of: times.started,
            name: Observed::Known(name_of(&role.id).to_owned()),
            created: role.created.clone(),
            made_by_aws: role.path.as_ref().map(by_aws),
            services_allowed: services.as_ref().map(|all| i64::try_from(all.len()).unwrap_or(i64::MAX)),
            unused_services: services.map(|all| {
                let idle = all.into_iter().filter(|service| service.last_authenticated.is_none());
                idle.map(|service| service.service_namespace).collect()
            }),
        }
    };
    Population { subjects: roles.subjects.iter().map(access).collect(), gaps: roles.gaps.clone() }
}

fn job(jobs: &Answers, arn: &str) -> Observed<String> {
    jobs.one(GLOBAL, &[("Arn", arn)]).and_then(|job: Job| needed(job.job_id, ACCESS_JOB, || "the job's id".to_owned()))
}

/// What a job found. Its answer does not say of whom, so one id for two roles leaves open whose it is.
fn services(
    (jobs, holders): (&Answers, &BTreeMap<String, usize>),
    details: &Answers,
    arn: &str,
) -> Observed<Vec<Service>> {
    job(jobs, arn).and_then(|job| {
        if holders.get(&job).is_some_and(|holders| *holders > 1) {
            let reason = format!("{ACCESS_JOB} returned the job of {} for another role as well", name_of(arn));
            return Observed::Gap(gap(ACCESS_JOB, GapKind::Conflict, reason));
        }
        let about = [("JobId", job.as_str())];
        let done = std::cell::Cell::new(true);
        let source = details.list(GLOBAL, &about, |page: AccessPage| {
            done.set(done.get() && page.job_status.as_deref() == Some("COMPLETED"));
            page.services_last_accessed
        });
        match source.gap {
            Some(gap) => Observed::Gap(gap),
            None if done.get() => Observed::Known(source.data),
            None => {
                let reason = format!("Access Advisor's job for {} did not complete", name_of(arn));
                Observed::Gap(gap(ACCESS_DETAILS, GapKind::Absent, reason))
            }
        }
    })
}
