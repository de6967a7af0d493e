//! A circuit breaker: services that do not answer are not called again and again.
//!
//! A service that does not answer costs its time limit with every call, which is hours over all Regions. After a few
//! calls in a row without an answer the remaining calls are skipped: those of the operation if only it is silent, those
//! of the service in the Region if several operations are, those of the service in every Region if no Region ever
//! answered. Each skipped call is recorded as an error, and so becomes a gap.

use crate::snapshot::CallError;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Unanswered calls of one operation in a row, after which the operation is skipped.
const CALLS: u32 = 3;
/// Unanswered operations of a service in a Region, after which the service is skipped there.
const OPERATIONS: usize = 2;
/// Regions without any answer, after which the service is skipped everywhere.
const REGIONS: usize = 2;
/// Time without any answer, or total time spent on unanswered calls. After it, a service that has never answered gets
/// one short attempt.
const LONGEST: Duration = Duration::from_mins(5);

type Service = &'static str;
type Operation = &'static str;

/// Which services of one account answer.
#[derive(Debug)]
pub struct CircuitBreaker {
    last_answer: Instant,
    /// Total time of unanswered calls; calls that wait at the same time count once.
    total_wait: Duration,
    /// When the last unanswered call ended.
    last_wait_end: Instant,
    states: BTreeMap<(Service, String), ServiceState>,
}

/// One service in one Region.
#[derive(Debug, Default)]
struct ServiceState {
    answered: bool,
    /// Unanswered calls in a row by operation, since the last answer of this service in this Region.
    silent: BTreeMap<Operation, u32>,
    /// Operations that are skipped.
    skipped_operations: BTreeSet<Operation>,
    open: bool,
}

impl CircuitBreaker {
    pub fn new(now: Instant) -> Self {
        Self { last_answer: now, total_wait: Duration::ZERO, last_wait_end: now, states: BTreeMap::new() }
    }

    /// Records a call that ended; `silent` is how long it waited without an answer.
    pub fn note(
        &mut self,
        (service, region): (Service, &str),
        operation: Operation,
        silent: Option<Duration>,
        now: Instant,
    ) {
        if let Some(wait) = silent {
            self.total_wait += wait.min(now.saturating_duration_since(self.last_wait_end));
            self.last_wait_end = now;
        }
        let long = self.is_hurried(service, region, now);
        let state = self.states.entry((service, region.to_owned())).or_default();
        if silent.is_none() {
            state.answered = true;
            state.silent.clear();
            self.last_answer = now;
            return;
        }
        let calls = state.silent.entry(operation).or_default();
        *calls += 1;
        if *calls >= CALLS {
            state.skipped_operations.insert(operation);
        }
        state.open |= state.silent.len() >= OPERATIONS || long;
    }

    /// Why a call is not made.
    pub fn refusal(&self, (service, region): (Service, &str), operation: Operation) -> Option<CallError> {
        let state = self.states.get(&(service, region.to_owned()));
        let skipped_error = |what: &str| {
            let message = format!("{what} did not answer the calls before this one, so this call was skipped");
            Some(CallError::new("ServiceSilent", &message))
        };
        let location = if region.is_empty() { String::new() } else { format!(" in {region}") };
        if state.is_some_and(|state| state.open) {
            return skipped_error(&format!("{service}{location}"));
        }
        if state.is_some_and(|state| state.skipped_operations.contains(operation)) {
            return skipped_error(&format!("{service}:{operation}{location}"));
        }
        let of_service = || self.states.iter().filter(|((other, _), _)| *other == service).map(|(_, state)| state);
        let is_open = of_service().filter(|state| state.open).count() >= REGIONS;
        if is_open && !of_service().any(|state| state.answered) {
            return skipped_error(&format!("{service} in every Region that was tried"));
        }
        None
    }

    /// Whether a service in a Region gets only one short attempt: it never answered, and the time for silent services is
    /// used up.
    pub fn is_hurried(&self, service: Service, region: &str, now: Instant) -> bool {
        let answered = self.states.get(&(service, region.to_owned())).is_some_and(|state| state.answered);
        !answered && (self.total_wait >= LONGEST || now.saturating_duration_since(self.last_answer) >= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("config", "eu-west-1");
    const SILENT: Option<Duration> = Some(Duration::ZERO);

    fn breaker() -> (CircuitBreaker, Instant) {
        let now = Instant::now();
        (CircuitBreaker::new(now), now)
    }

    fn is_skipped(breaker: &CircuitBreaker, at: (&'static str, &str), operation: &'static str) -> bool {
        breaker.refusal(at, operation).is_some()
    }

    #[test]
    fn a_silent_operation_does_not_skip_others() {
        let (mut breaker, now) = breaker();
        for _ in 0..3 {
            assert!(!is_skipped(&breaker, HERE, "A"));
            breaker.note(HERE, "A", SILENT, now);
        }
        assert!(is_skipped(&breaker, HERE, "A") && !is_skipped(&breaker, HERE, "B"));
        assert!(!is_skipped(&breaker, ("config", "us-east-1"), "A"), "another Region may answer");
    }

    #[test]
    fn an_answer_in_between_resets_the_count() {
        let (mut breaker, now) = breaker();
        for operation in ["A", "B", "C", "A", "B", "C"] {
            breaker.note(HERE, operation, SILENT, now);
            breaker.note(HERE, "D", None, now);
        }
        assert!(["A", "B", "C", "D"].iter().all(|operation| !is_skipped(&breaker, HERE, operation)));
    }

    #[test]
    fn two_silent_operations_skip_the_service_in_the_region_and_two_regions_skip_it_everywhere() {
        let (mut breaker, now) = breaker();
        let other = ("config", "us-east-1");
        for at in [HERE, other] {
            breaker.note(at, "A", SILENT, now);
            breaker.note(at, "B", SILENT, now);
        }
        assert!(is_skipped(&breaker, HERE, "C"));
        assert!(is_skipped(&breaker, ("config", "sa-east-1"), "A"), "no Region ever answered");
        assert!(!is_skipped(&breaker, ("ec2", "eu-west-1"), "A"));
        breaker.note(("config", "eu-north-1"), "A", None, now);
        assert!(!is_skipped(&breaker, ("config", "sa-east-1"), "A"), "one did");
    }

    #[test]
    fn after_five_minutes_without_an_answer_one_attempt_is_enough() {
        let (mut breaker, now) = breaker();
        breaker.note(("sts", ""), "A", None, now);
        let later = now + LONGEST;
        assert!(breaker.is_hurried("ec2", "eu-west-1", later) && !breaker.is_hurried("sts", "", later));
        breaker.note(("ec2", "eu-west-1"), "A", SILENT, later);
        assert!(is_skipped(&breaker, ("ec2", "eu-west-1"), "B"));
        breaker.note(("logs", "eu-west-1"), "A", None, later);
        assert!(!breaker.is_hurried("cloudtrail", "eu-west-1", later));
    }

    /// Waiting times of several silent services add up, even if other services answer in between.
    #[test]
    fn silent_services_cost_five_minutes_in_total() {
        let (mut breaker, start) = breaker();
        let two = Duration::from_mins(2);
        let mut now = start;
        for service in ["config", "ec2", "logs"] {
            assert!(!breaker.is_hurried(service, "eu-west-1", now), "{service}");
            now += two;
            // Regions are queried concurrently, so they wait at the same time.
            for region in ["eu-west-1", "us-east-1", "sa-east-1"] {
                breaker.note((service, region), "A", Some(two), now);
            }
            breaker.note(("iam", ""), "A", None, now);
        }
        assert!(breaker.is_hurried("cloudtrail", "eu-west-1", now) && !breaker.is_hurried("iam", "", now));
    }
}
