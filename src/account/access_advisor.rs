//! What roles use of what they may use, by IAM's Access Advisor; `--depth deep` asks it.

use super::Times;
use super::analysis::Analysis;
use super::answers::{Answers, GLOBAL, needed};
use super::credential_report::later_than;
use super::fact::{ACCESS_DETAILS, ACCESS_JOB, AUTHORIZATION_DETAILS, GapKind, Observed, ROLE_LIST, subject};
use super::gaps::gap;
use super::populations::Population;
use super::subjects::Role;
use crate::arn::name_of;
use crate::snapshot::Snapshot;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

type Text = String;
type Texts = Vec<String>;

subject! {
    /// An IAM role with what Access Advisor says about the services that its policies reach.
    RoleAccess = "role_access" as "access", "roles in Access Advisor", from &[AUTHORIZATION_DETAILS, ROLE_LIST];
    /// Role name.
    name "the role's name": Text = &[AUTHORIZATION_DETAILS], title "Role";
    /// When the role was created.
    created "when the role was created": Timestamp = &[AUTHORIZATION_DETAILS];
    /// Made and owned by an AWS service, or by Identity Center.
    made_by_aws "whether AWS created the role": bool = &[AUTHORIZATION_DETAILS];
    /// Services that its policies reach.
    services_allowed "how many services the role's policies reach": i64 = &[ACCESS_JOB, ACCESS_DETAILS],
        title "Services reached";
    /// Those without an attempt in the tracking period (up to 400 days).
    unused_services "which of these services the role did not use": Texts = &[ACCESS_JOB, ACCESS_DETAILS],
        title "Services never tried";
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
    job_completion_date: Option<Timestamp>,
    error: Option<serde_json::Value>,
    services_last_accessed: Option<Vec<Service>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    service_namespace: String,
    last_authenticated: Option<Timestamp>,
    total_authenticated_entities: Option<i64>,
}

/// Hours before the collection in which the job must have ended.
const LATEST_HOURS: i64 = 24;

/// Why the answer of a job cannot be: it failed, it is not of the time of the collection, or a service was used before
/// the role was created, after the job, or by nobody.
fn odd(page: &AccessPage, created: Option<Timestamp>, times: &Times) -> Option<String> {
    if page.error.as_ref().is_some_and(|error| !error.is_null()) {
        return Some("completed with an error".to_owned());
    }
    let done = page.job_completion_date;
    if let Some(done) = done {
        if later_than(times.ended, done) {
            return Some(format!("ended after the collection ({done})"));
        }
        if times.started.duration_since(done).as_hours() >= LATEST_HOURS {
            return Some(format!("ended more than {LATEST_HOURS} hours before the collection ({done})"));
        }
    }
    page.services_last_accessed.iter().flatten().find_map(|service| {
        let used = service.last_authenticated?;
        let name = &service.service_namespace;
        let after = done.unwrap_or(times.ended);
        if used > after {
            return Some(format!("says that {name} was last used at {used}, which is later than the job"));
        }
        if created.is_some_and(|created| used < created) {
            return Some(format!("says that {name} was last used at {used}, before the role was created"));
        }
        (service.total_authenticated_entities == Some(0))
            .then(|| format!("says that {name} was used at {used} and by no entity"))
    })
}

/// Every role, with what Access Advisor says.
pub(in crate::account) fn read(
    snapshot: &Snapshot,
    roles: &Population<Role>,
    analysis: &Analysis,
    times: &Times,
) -> Population<RoleAccess> {
    let granted: BTreeSet<&str> =
        analysis.all.iter().filter(|one| !one.grants.actions().is_empty()).map(|one| one.arn.as_str()).collect();
    let (jobs, details) = (Answers::of(snapshot, ACCESS_JOB), Answers::of(snapshot, ACCESS_DETAILS));
    let mut holders: BTreeMap<String, usize> = BTreeMap::new();
    for role in &roles.subjects {
        if let Observed::Known(job) = job(&jobs, &role.id) {
            *holders.entry(job).or_default() += 1;
        }
    }
    let access = |role: &Role| {
        let services = services((&jobs, &holders), &details, role, times).and_then(|services| {
            if services.is_empty() && granted.contains(role.id.as_str()) {
                let name = name_of(&role.id);
                let reason =
                    format!("{ACCESS_DETAILS} lists no service for {name}, although its policies allow actions");
                return Observed::Gap(gap(ACCESS_DETAILS, GapKind::Conflict, reason));
            }
            Observed::Known(services)
        });
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
    role: &Role,
    times: &Times,
) -> Observed<Vec<Service>> {
    let arn = role.id.as_str();
    let created = role.created.known().copied();
    job(jobs, arn).and_then(|job| {
        if holders.get(&job).is_some_and(|holders| *holders > 1) {
            let reason = format!("{ACCESS_JOB} returned the job of {} for another role as well", name_of(arn));
            return Observed::Gap(gap(ACCESS_JOB, GapKind::Conflict, reason));
        }
        let about = [("JobId", job.as_str())];
        let done = std::cell::Cell::new(true);
        let contrary = std::cell::RefCell::new(None::<String>);
        let source = details.list(GLOBAL, &about, |page: AccessPage| {
            done.set(done.get() && page.job_status.as_deref() == Some("COMPLETED"));
            let mut contrary = contrary.borrow_mut();
            *contrary = contrary.take().or_else(|| odd(&page, created, times));
            page.services_last_accessed
        });
        if let Some(why) = contrary.into_inner() {
            let reason = format!("Access Advisor's job for {} {why}", name_of(arn));
            return Observed::Gap(gap(ACCESS_DETAILS, GapKind::Conflict, reason));
        }
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
