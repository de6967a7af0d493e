//! Runs a collection with the command line's options and shows its progress.

use super::options::{AwsOptions, Depth};
use super::progress::{Console, Step};
use crate::collect::{self, CollectError, Deadline, Extra, Options, Outcome, Progress, RateLimiter, Set};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

/// The message of a collection that reached its time limit.
pub const OUT_OF_TIME: &str =
    "the time limit of the collection was over before everything was asked; what is missing is named as a gap";

/// Collects into `dir`, or resumes there.
pub fn gather(dir: &Path, aws: &AwsOptions, resume: bool, console: &Console) -> Result<Outcome, Box<dyn Error>> {
    let options = options(aws);
    let shown = Shown { step: console.step("connecting to AWS"), elsewhere: RefCell::default() };
    let ended = if resume {
        shown.step.permanent_line(&format!("going on with the collection in {}", dir.display()));
        collect::resume(dir, &options, &shown)
    } else {
        collect::collect(dir, &options, &shown)
    };
    ended.map_err(|error| match error {
        CollectError::Expired { .. } | CollectError::ForeignEvidence { .. } => {
            format!("{error}\n  kept: the answers collected so far, in {}", dir.display()).into()
        }
        error => error.into(),
    })
}

/// The collection's options from the command line.
pub fn options(aws: &AwsOptions) -> Options {
    let options = Options {
        account: aws.account.clone(),
        profile: aws.profile.clone(),
        region: aws.region.clone(),
        page_size: aws.page_size,
        allow_mixed_times: aws.allow_mixed_times,
        sources: Set::ALL
            .into_iter()
            .filter(|set| aws.sources.iter().any(|it| it == "all" || it == set.name()))
            .collect(),
        extras: [
            (aws.depth == Depth::Deep, Extra::Deep),
            (aws.events, Extra::Events),
            (aws.validate_policies, Extra::ValidatePolicies),
        ]
        .into_iter()
        .filter_map(|(is_wanted, extra)| is_wanted.then_some(extra))
        .collect(),
        regions: aws.regions.clone(),
        deadline: Some(Deadline::Stop(Duration::from_secs(aws.timeout))),
        rate_limiter: RateLimiter::new(aws.max_rate),
        ..Options::default()
    };
    match aws.pause.map(Duration::from_millis) {
        Some(pause) => Options { backoff: pause, poll_interval: pause, event_interval: pause, ..options },
        None => options,
    }
}

/// Shows a collection's progress.
struct Shown {
    step: Step,
    /// Endpoints that were already shown; usually all services have the same.
    elsewhere: RefCell<BTreeSet<String>>,
}

impl Progress for Shown {
    fn started(&self, source: &str) {
        self.step.tick(&format!("asking AWS: {source}"));
    }

    fn asked(&self, source: &str, requests: u64, items: u64) {
        self.step.tick(&format!("asking AWS: {source}, {items} entries in {requests} requests"));
    }

    fn throttled(&self, service: &str, per_second: f64) {
        self.step.permanent_line(&format!("AWS throttles {service}: going on with {per_second:.1} requests a second"));
    }

    fn asks_elsewhere(&self, service: &str, url: &str) {
        if self.elsewhere.borrow_mut().insert(url.to_owned()) {
            self.step.permanent_line(&format!(
                "not AWS's own endpoint: {service} and others with the same setting are asked at {url} (AWS_ENDPOINT_URL or the profile's endpoint_url)"
            ));
        }
    }

    fn finished(&self, source: &str, result: Result<(), &str>) {
        match result {
            Ok(()) => self.step.permanent_line(&format!("collected {source}")),
            Err(error) => self.step.permanent_line(&format!("not collected: {source}: {error}")),
        }
    }
}
