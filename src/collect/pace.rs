//! How fast a service of an account is asked: a token bucket for each, below what AWS allows, that every call of
//! the process to it shares.
//!
//! AWS counts requests by account, service and region. When it throttles although the bucket held back, somebody
//! else asks there too: the rate is halved at once and comes back slowly.

use super::silence::Silence;
use crate::snapshot::{CallError, layout};
use crate::wire;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Requests a second, and how many at once after a rest.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    per_second: f64,
    burst: f64,
}

/// By service: what AWS documents or is seen to allow, with room for the account's own use. IAM's limits are not
/// published; it is known to throttle early. STS allows 600 a second, EC2 describes 20 after a burst of 100, the
/// account's contacts 10 and its regions 5, CloudTrail 10, alarms 9, metric filters 5, Identity Center 20.
/// `cloudtrail:LookupEvents`, of which AWS takes two a second, has a pause of its own.
const RATES: [(&str, Rate); 9] = [
    ("iam", Rate { per_second: 10.0, burst: 20.0 }),
    ("sts", Rate { per_second: 50.0, burst: 50.0 }),
    ("organizations", Rate { per_second: 8.0, burst: 10.0 }),
    ("account", Rate { per_second: 4.0, burst: 5.0 }),
    ("ec2", Rate { per_second: 10.0, burst: 20.0 }),
    ("cloudtrail", Rate { per_second: 8.0, burst: 10.0 }),
    ("cloudwatch", Rate { per_second: 8.0, burst: 8.0 }),
    ("logs", Rate { per_second: 4.0, burst: 5.0 }),
    ("", Rate { per_second: 10.0, burst: 10.0 }),
];
/// No service is asked less often, however much it throttles.
const SLOWEST: f64 = 0.5;
/// Answers that come within this time of a halving are of the same crowd of requests.
const SAME_CROWD: Duration = Duration::from_secs(1);
/// So long it takes from nothing to the full rate.
const RECOVERY: f64 = 60.0;

/// Errors that ask for fewer requests.
const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "EC2ThrottledException",
    "BandwidthLimitExceeded",
    "SlowDown",
];

/// Whether an error's code asks for fewer requests.
pub fn is_throttling(code: &str) -> bool {
    THROTTLING.contains(&code)
}

/// The lanes of one account; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// The user's own limit in place of the built-in ones.
    most: Option<u32>,
    lanes: Arc<Mutex<Lanes>>,
    /// What answers and what does not.
    silence: Arc<Mutex<Option<Silence>>>,
}

/// By service and region.
type Lanes = BTreeMap<(&'static str, String), Arc<Lane>>;

impl Pace {
    /// At most so many requests a second of each service, or what is right for it.
    pub fn new(most: Option<u32>) -> Self {
        Self { most, lanes: Arc::default(), silence: Arc::default() }
    }

    /// Lanes of their own, for another account.
    #[must_use]
    pub fn of_another_account(&self) -> Self {
        Self::new(self.most)
    }

    /// The lane of a service, which is a region's where the service is regional.
    pub fn lane(&self, service: &'static str, region: &str) -> Arc<Lane> {
        let region = place(service, region).to_owned();
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry((service, region)).or_insert_with(|| Arc::new(Lane::new(self.rate(service))));
        Arc::clone(lane)
    }

    /// Takes note whether a call was answered at all; `silent`: how long it waited for nothing.
    pub fn note_answer(&self, service: &'static str, region: &str, operation: &'static str, silent: Option<Duration>) {
        self.silence(|silence| silence.note((service, place(service, region)), operation, silent, Instant::now()));
    }

    /// Why a call is not made: what it asks has stopped answering.
    pub fn refusal(&self, service: &'static str, region: &str, operation: &'static str) -> Option<CallError> {
        self.silence(|silence| silence.refusal((service, place(service, region)), operation))
    }

    /// Whether a call gets one short try only.
    pub fn is_long_silent(&self, service: &'static str, region: &str) -> bool {
        self.silence(|silence| silence.is_long(service, place(service, region), Instant::now()))
    }

    fn silence<T>(&self, act: impl FnOnce(&mut Silence) -> T) -> T {
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock of the silence begins with the first call.
        act(silence.get_or_insert_with(|| Silence::new(Instant::now())))
    }

    fn rate(&self, service: &str) -> Rate {
        if let Some(most) = self.most {
            let most = f64::from(most);
            return Rate { per_second: most, burst: most.max(1.0) };
        }
        let known = RATES.iter().find(|(name, _)| *name == service || name.is_empty());
        known.expect("the last entry is for every service").1
    }
}

/// The Region where the service is regional.
fn place<'r>(service: &str, region: &'r str) -> &'r str {
    if layout::is_regional(service) { region } else { "" }
}

/// One bucket.
#[derive(Debug)]
pub struct Lane {
    full: Rate,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Below zero where requests wait for their turn.
    tokens: f64,
    per_second: f64,
    at: Instant,
    halved: Option<Instant>,
}

impl Lane {
    fn new(full: Rate) -> Self {
        let state = State { tokens: full.burst, per_second: full.per_second, at: Instant::now(), halved: None };
        Self { full, state: Mutex::new(state) }
    }

    /// Waits until the next request may be sent.
    pub async fn turn(&self) {
        let wait = self.take(Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    /// A request that was sent without asking: the SDK repeats with pauses of its own.
    pub fn repeated(&self) {
        self.take(Instant::now());
    }

    /// AWS asked for fewer requests.
    pub fn throttled(&self) {
        self.halve(Instant::now());
    }

    /// Requests a second that are sent now.
    pub fn per_second(&self) -> f64 {
        self.refilled(Instant::now()).per_second
    }

    /// Takes a place in the line and tells how long it is.
    fn take(&self, now: Instant) -> Duration {
        let mut state = self.refilled(now);
        state.tokens -= 1.0;
        if state.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-state.tokens / state.per_second) }
    }

    fn halve(&self, now: Instant) {
        let mut state = self.refilled(now);
        if state.halved.is_some_and(|before| now.saturating_duration_since(before) < SAME_CROWD) {
            return;
        }
        state.halved = Some(now);
        state.per_second = (state.per_second / 2.0).max(SLOWEST.min(self.full.per_second));
        state.tokens = state.tokens.min(0.0);
    }

    fn refilled(&self, now: Instant) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = now.saturating_duration_since(state.at).as_secs_f64();
        let before = state.per_second;
        state.per_second = (before + seconds * self.full.per_second / RECOVERY).min(self.full.per_second);
        state.tokens = (state.tokens + seconds * f64::midpoint(before, state.per_second)).min(self.full.burst);
        state.at = state.at.max(now);
        state
    }
}

/// Whether an answer asks for fewer requests.
pub fn throttles(status: u16, body: &[u8], header: Option<&str>) -> bool {
    status == 429 || (status >= 400 && wire::refusal(body, header).is_some_and(|said| is_throttling(&said.code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane() -> (Lane, Instant) {
        let lane = Lane::new(Rate { per_second: 10.0, burst: 5.0 });
        let begun = lane.state.lock().unwrap().at;
        (lane, begun)
    }

    fn ms(wait: Duration) -> u128 {
        (wait + Duration::from_micros(500)).as_millis()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_in_turn() {
        let (lane, now) = lane();
        let waits: Vec<u128> = (0..8).map(|_| ms(lane.take(now))).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 100, 200, 300]);
        let later = now + Duration::from_secs(10);
        assert_eq!(
            (0..6).map(|_| ms(lane.take(later))).collect::<Vec<_>>(),
            [0, 0, 0, 0, 0, 100],
            "no more than a burst"
        );
    }

    #[test]
    fn a_throttling_answer_halves_the_rate_once_and_it_comes_back_slowly() {
        let (lane, now) = lane();
        lane.halve(now);
        lane.halve(now + Duration::from_millis(500));
        let rate = |at: Duration| lane.refilled(now + at).per_second;
        assert!((5.0..5.2).contains(&rate(Duration::from_millis(500))), "one crowd, one halving");
        assert!(ms(lane.take(now + Duration::from_millis(500))) <= 200);
        lane.halve(now + Duration::from_secs(2));
        assert!((2.5..3.0).contains(&rate(Duration::from_secs(2))));
        assert!((4.0..5.0).contains(&rate(Duration::from_secs(12))));
        assert!((rate(Duration::from_mins(2)) - 10.0).abs() < 1e-9, "but never above what it was");
        for second in 200..300 {
            lane.halve(now + Duration::from_secs(second));
        }
        assert!(rate(Duration::from_mins(5)) >= SLOWEST);
    }

    #[test]
    fn services_regions_and_accounts_have_lanes_of_their_own() {
        let pace = Pace::new(None);
        let same = |one: &Arc<Lane>, other: &Arc<Lane>| Arc::ptr_eq(one, other);
        assert!(same(&pace.lane("iam", "us-east-1"), &pace.clone().lane("iam", "eu-west-1")), "IAM is global");
        assert!(!same(&pace.lane("ec2", "us-east-1"), &pace.lane("ec2", "eu-west-1")));
        assert!(!same(&pace.lane("ec2", "us-east-1"), &pace.lane("config", "us-east-1")));
        assert!(!same(&pace.lane("sts", "x"), &pace.of_another_account().lane("sts", "x")));
        assert_eq!(pace.lane("iam", "").full, Rate { per_second: 10.0, burst: 20.0 });
        assert_eq!(Pace::new(Some(3)).lane("iam", "").full, Rate { per_second: 3.0, burst: 3.0 });
    }

    #[test]
    fn throttling_is_told_from_other_errors() {
        let xml = |code: &str| {
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>")
        };
        assert!(throttles(400, xml("Throttling").as_bytes(), None));
        assert!(throttles(503, xml("SlowDown").as_bytes(), None));
        assert!(throttles(400, b"{\"__type\":\"x#ThrottlingException\"}", None));
        assert!(throttles(429, b"", None) && throttles(400, b"{}", Some("TooManyRequestsException")));
        assert!(!throttles(403, xml("AccessDenied").as_bytes(), None));
        assert!(!throttles(200, xml("Throttling").as_bytes(), None), "a success is none, whatever it says");
    }
}
