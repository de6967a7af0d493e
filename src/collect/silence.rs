//! A circuit breaker: services that do not answer are not asked on and on.
//!
//! One silent service costs its time limit with every call, which is hours over all Regions. So after a few calls in
//! a row without an answer the rest is skipped: of the operation where only that is silent, of the service in the
//! Region where several of its operations are, of the service everywhere where no Region ever answered. Each skipped
//! call is recorded as an error, and so becomes a gap.

use crate::snapshot::CallError;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Calls of one operation in a row.
const CALLS: u32 = 3;
/// Operations of a service in a Region whose last call was not answered.
const OPERATIONS: usize = 2;
/// Regions of a service that never answered.
const REGIONS: usize = 2;
/// Nothing answered for so long, or so long was waited for nothing in all: what has not answered yet gets one short
/// try.
const LONGEST: Duration = Duration::from_mins(5);

type Service = &'static str;
type Operation = &'static str;

/// What answered and what did not, of one account.
#[derive(Debug)]
pub struct Silence {
    heard: Instant,
    /// How long calls waited for an answer that did not come. Waits at the same time count once.
    waited: Duration,
    /// When the last of them ended.
    until: Instant,
    places: BTreeMap<(Service, String), Place>,
}

/// One service in one Region.
#[derive(Debug, Default)]
struct Place {
    answered: bool,
    /// Calls in a row without an answer, by operation, since anything answered here.
    silent: BTreeMap<Operation, u32>,
    /// The operations that are not asked any more.
    skipped: BTreeSet<Operation>,
    closed: bool,
}

impl Silence {
    pub fn new(now: Instant) -> Self {
        Self { heard: now, waited: Duration::ZERO, until: now, places: BTreeMap::new() }
    }

    /// Takes note of a call that ended; `silent`: how long it waited for an answer that did not come.
    pub fn note(
        &mut self,
        (service, region): (Service, &str),
        operation: Operation,
        silent: Option<Duration>,
        now: Instant,
    ) {
        if let Some(wait) = silent {
            self.waited += wait.min(now.saturating_duration_since(self.until));
            self.until = now;
        }
        let long = self.is_long(service, region, now);
        let place = self.places.entry((service, region.to_owned())).or_default();
        if silent.is_none() {
            place.answered = true;
            place.silent.clear();
            self.heard = now;
            return;
        }
        let calls = place.silent.entry(operation).or_default();
        *calls += 1;
        if *calls >= CALLS {
            place.skipped.insert(operation);
        }
        place.closed |= place.silent.len() >= OPERATIONS || long;
    }

    /// Why a call is not made.
    pub fn refusal(&self, (service, region): (Service, &str), operation: Operation) -> Option<CallError> {
        let place = self.places.get(&(service, region.to_owned()));
        let told = |what: &str| {
            let message = format!("{what} did not answer the calls before this one, so this call was skipped");
            Some(CallError::new("ServiceSilent", &message))
        };
        let location = if region.is_empty() { String::new() } else { format!(" in {region}") };
        if place.is_some_and(|place| place.closed) {
            return told(&format!("{service}{location}"));
        }
        if place.is_some_and(|place| place.skipped.contains(operation)) {
            return told(&format!("{service}:{operation}{location}"));
        }
        let of_service = || self.places.iter().filter(|((other, _), _)| *other == service).map(|(_, place)| place);
        let is_closed = of_service().filter(|place| place.closed).count() >= REGIONS;
        if is_closed && !of_service().any(|place| place.answered) {
            return told(&format!("{service} in every Region that was tried"));
        }
        None
    }

    /// Whether a place deserves only a short try: nothing has answered for a long time or too long was waited in all,
    /// and it never answered.
    pub fn is_long(&self, service: Service, region: &str, now: Instant) -> bool {
        let answered = self.places.get(&(service, region.to_owned())).is_some_and(|place| place.answered);
        !answered && (self.waited >= LONGEST || now.saturating_duration_since(self.heard) >= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("config", "eu-west-1");
    const SILENT: Option<Duration> = Some(Duration::ZERO);

    fn silence() -> (Silence, Instant) {
        let now = Instant::now();
        (Silence::new(now), now)
    }

    fn is_skipped(silence: &Silence, at: (&'static str, &str), operation: &'static str) -> bool {
        silence.refusal(at, operation).is_some()
    }

    #[test]
    fn one_silent_operation_costs_no_other() {
        let (mut silence, now) = silence();
        for _ in 0..3 {
            assert!(!is_skipped(&silence, HERE, "A"));
            silence.note(HERE, "A", SILENT, now);
        }
        assert!(is_skipped(&silence, HERE, "A") && !is_skipped(&silence, HERE, "B"));
        assert!(!is_skipped(&silence, ("config", "us-east-1"), "A"), "another Region may answer");
    }

    #[test]
    fn a_service_that_answers_in_between_is_not_silent() {
        let (mut silence, now) = silence();
        for operation in ["A", "B", "C", "A", "B", "C"] {
            silence.note(HERE, operation, SILENT, now);
            silence.note(HERE, "D", None, now);
        }
        assert!(["A", "B", "C", "D"].iter().all(|operation| !is_skipped(&silence, HERE, operation)));
    }

    #[test]
    fn two_silent_operations_close_the_region_and_two_regions_the_service() {
        let (mut silence, now) = silence();
        let other = ("config", "us-east-1");
        for at in [HERE, other] {
            silence.note(at, "A", SILENT, now);
            silence.note(at, "B", SILENT, now);
        }
        assert!(is_skipped(&silence, HERE, "C"));
        assert!(is_skipped(&silence, ("config", "sa-east-1"), "A"), "no Region ever answered");
        assert!(!is_skipped(&silence, ("ec2", "eu-west-1"), "A"));
        silence.note(("config", "eu-north-1"), "A", None, now);
        assert!(!is_skipped(&silence, ("config", "sa-east-1"), "A"), "one did");
    }

    #[test]
    fn after_five_minutes_of_silence_one_try_is_enough() {
        let (mut silence, now) = silence();
        silence.note(("sts", ""), "A", None, now);
        let later = now + LONGEST;
        assert!(silence.is_long("ec2", "eu-west-1", later) && !silence.is_long("sts", "", later));
        silence.note(("ec2", "eu-west-1"), "A", SILENT, later);
        assert!(is_skipped(&silence, ("ec2", "eu-west-1"), "B"));
        silence.note(("logs", "eu-west-1"), "A", None, later);
        assert!(!silence.is_long("cloudtrail", "eu-west-1", later));
    }

    /// Services that are silent one after the other add up, even where others answer in between.
    #[test]
    fn five_minutes_of_waiting_are_all_that_silent_services_get() {
        let (mut silence, start) = silence();
        let two = Duration::from_mins(2);
        let mut now = start;
        for service in ["config", "ec2", "logs"] {
            assert!(!silence.is_long(service, "eu-west-1", now), "{service}");
            now += two;
            // Regions are asked side by side: they wait at the same time.
            for region in ["eu-west-1", "us-east-1", "sa-east-1"] {
                silence.note((service, region), "A", Some(two), now);
            }
            silence.note(("iam", ""), "A", None, now);
        }
        assert!(silence.is_long("cloudtrail", "eu-west-1", now) && !silence.is_long("iam", "", now));
    }
}
