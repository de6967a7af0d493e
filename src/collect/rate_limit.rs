//! Request rates: a token bucket for each service of an account, below AWS's limits, shared by every call of the
//! process.
//!
//! AWS counts requests by account, service and Region. If it throttles despite the bucket, other clients use the same
//! quota: the rate is halved at once and recovers slowly.

use super::circuit_breaker::CircuitBreaker;
use crate::snapshot::{CallError, layout};
use crate::wire;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Requests a second, and the largest burst after a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    per_second: f64,
    burst: f64,
}

/// By service: below the documented or observed limits, so that the account's own use keeps its share. IAM's limits are not
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
/// The lowest rate, in requests a second.
const SLOWEST: f64 = 0.5;
/// Throttling responses within this time of a halving belong to the same burst of requests.
const SAME_BURST: Duration = Duration::from_secs(1);
/// Seconds from zero back to the full rate.
const RECOVERY: f64 = 60.0;

/// AWS's error codes for throttling.
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

/// Whether an error code means throttling.
pub fn is_throttling(code: &str) -> bool {
    THROTTLING.contains(&code)
}

/// The token buckets of one account; clones share them.
#[derive(Clone, Debug, Default)]
pub struct RateLimiter {
    /// The user's own limit in place of the built-in ones.
    limit: Option<u32>,
    buckets: Arc<Mutex<Buckets>>,
    /// Services that stopped answering.
    breaker: Arc<Mutex<Option<CircuitBreaker>>>,
}

/// By service and region.
type Buckets = BTreeMap<(&'static str, String), Arc<TokenBucket>>;

impl RateLimiter {
    /// `most` replaces the built-in rate of every service.
    pub fn new(limit: Option<u32>) -> Self {
        Self { limit, buckets: Arc::default(), breaker: Arc::default() }
    }

    /// Separate buckets for another account.
    #[must_use]
    pub fn for_another_account(&self) -> Self {
        Self::new(self.limit)
    }

    /// The bucket of a service; a regional service has one in each Region.
    pub fn bucket(&self, service: &'static str, region: &str) -> Arc<TokenBucket> {
        let region = region_key(service, region).to_owned();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((service, region)).or_insert_with(|| Arc::new(TokenBucket::new(self.rate(service))));
        Arc::clone(bucket)
    }

    /// Records whether a call was answered; `silent` is how long it waited without an answer.
    pub fn note_answer(&self, service: &'static str, region: &str, operation: &'static str, silent: Option<Duration>) {
        self.with_breaker(|breaker| {
            breaker.note((service, region_key(service, region)), operation, silent, Instant::now());
        });
    }

    /// Why a call is not made: its operation or service has stopped answering.
    pub fn refusal(&self, service: &'static str, region: &str, operation: &'static str) -> Option<CallError> {
        self.with_breaker(|breaker| breaker.refusal((service, region_key(service, region)), operation))
    }

    /// Whether a call gets only one short attempt.
    pub fn is_hurried(&self, service: &'static str, region: &str) -> bool {
        self.with_breaker(|breaker| breaker.is_hurried(service, region_key(service, region), Instant::now()))
    }

    fn with_breaker<T>(&self, act: impl FnOnce(&mut CircuitBreaker) -> T) -> T {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        // The breaker's clock starts with the first call.
        act(breaker.get_or_insert_with(|| CircuitBreaker::new(Instant::now())))
    }

    fn rate(&self, service: &str) -> Rate {
        if let Some(limit) = self.limit {
            let limit = f64::from(limit);
            return Rate { per_second: limit, burst: limit.max(1.0) };
        }
        let known = RATES.iter().find(|(name, _)| *name == service || name.is_empty());
        known.expect("the last entry is for every service").1
    }
}

/// The Region for a regional service, empty for a global one.
fn region_key<'r>(service: &str, region: &'r str) -> &'r str {
    if layout::is_regional(service) { region } else { "" }
}

/// A token bucket.
#[derive(Debug)]
pub struct TokenBucket {
    full: Rate,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Negative while requests wait.
    tokens: f64,
    per_second: f64,
    updated: Instant,
    halved: Option<Instant>,
}

impl TokenBucket {
    fn new(full: Rate) -> Self {
        let state = State { tokens: full.burst, per_second: full.per_second, updated: Instant::now(), halved: None };
        Self { full, state: Mutex::new(state) }
    }

    /// Waits until the next request may be sent.
    pub async fn acquire(&self) {
        let wait = self.take(Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    /// Counts a retry, which the SDK sends after its own pause.
    pub fn note_retry(&self) {
        self.take(Instant::now());
    }

    /// Halves the rate after a throttling response.
    pub fn note_throttling(&self) {
        self.halve(Instant::now());
    }

    /// The current rate in requests a second.
    pub fn per_second(&self) -> f64 {
        self.refilled(Instant::now()).per_second
    }

    /// Takes a token and returns how long to wait for it.
    fn take(&self, now: Instant) -> Duration {
        let mut state = self.refilled(now);
        state.tokens -= 1.0;
        if state.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-state.tokens / state.per_second) }
    }

    fn halve(&self, now: Instant) {
        let mut state = self.refilled(now);
        if state.halved.is_some_and(|before| now.saturating_duration_since(before) < SAME_BURST) {
            return;
        }
        state.halved = Some(now);
        state.per_second = (state.per_second / 2.0).max(SLOWEST.min(self.full.per_second));
        state.tokens = state.tokens.min(0.0);
    }

    fn refilled(&self, now: Instant) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = now.saturating_duration_since(state.updated).as_secs_f64();
        let before = state.per_second;
        state.per_second = (before + seconds * self.full.per_second / RECOVERY).min(self.full.per_second);
        state.tokens = (state.tokens + seconds * f64::midpoint(before, state.per_second)).min(self.full.burst);
        state.updated = state.updated.max(now);
        state
    }
}

/// Whether a response means throttling.
pub fn is_throttling_answer(status: u16, body: &[u8], header: Option<&str>) -> bool {
    status == 429 || (status >= 400 && wire::refusal(body, header).is_some_and(|said| is_throttling(&said.code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket() -> (TokenBucket, Instant) {
        let bucket = TokenBucket::new(Rate { per_second: 10.0, burst: 5.0 });
        let begun = bucket.state.lock().unwrap().updated;
        (bucket, begun)
    }

    fn ms(wait: Duration) -> u128 {
        (wait + Duration::from_micros(500)).as_millis()
    }

    #[test]
    fn a_burst_is_sent_at_once_and_further_requests_wait() {
        let (bucket, now) = bucket();
        let waits: Vec<u128> = (0..8).map(|_| ms(bucket.take(now))).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 100, 200, 300]);
        let later = now + Duration::from_secs(10);
        assert_eq!(
            (0..6).map(|_| ms(bucket.take(later))).collect::<Vec<_>>(),
            [0, 0, 0, 0, 0, 100],
            "no more than a burst"
        );
    }

    #[test]
    fn throttling_halves_the_rate_once_and_it_recovers_slowly() {
        let (bucket, now) = bucket();
        bucket.halve(now);
        bucket.halve(now + Duration::from_millis(500));
        let rate = |at: Duration| bucket.refilled(now + at).per_second;
        assert!((5.0..5.2).contains(&rate(Duration::from_millis(500))), "one crowd, one halving");
        assert!(ms(bucket.take(now + Duration::from_millis(500))) <= 200);
        bucket.halve(now + Duration::from_secs(2));
        assert!((2.5..3.0).contains(&rate(Duration::from_secs(2))));
        assert!((4.0..5.0).contains(&rate(Duration::from_secs(12))));
        assert!((rate(Duration::from_mins(2)) - 10.0).abs() < 1e-9, "but never above what it was");
        for second in 200..300 {
            bucket.halve(now + Duration::from_secs(second));
        }
        assert!(rate(Duration::from_mins(5)) >= SLOWEST);
    }

    #[test]
    fn services_regions_and_accounts_have_separate_buckets() {
        let rate_limiter = RateLimiter::new(None);
        let same = |one: &Arc<TokenBucket>, other: &Arc<TokenBucket>| Arc::ptr_eq(one, other);
        assert!(
            same(&rate_limiter.bucket("iam", "us-east-1"), &rate_limiter.clone().bucket("iam", "eu-west-1")),
            "IAM is global"
        );
        assert!(!same(&rate_limiter.bucket("ec2", "us-east-1"), &rate_limiter.bucket("ec2", "eu-west-1")));
        assert!(!same(&rate_limiter.bucket("ec2", "us-east-1"), &rate_limiter.bucket("config", "us-east-1")));
        assert!(!same(&rate_limiter.bucket("sts", "x"), &rate_limiter.for_another_account().bucket("sts", "x")));
        assert_eq!(rate_limiter.bucket("iam", "").full, Rate { per_second: 10.0, burst: 20.0 });
        assert_eq!(RateLimiter::new(Some(3)).bucket("iam", "").full, Rate { per_second: 3.0, burst: 3.0 });
    }

    #[test]
    fn throttling_responses_are_distinguished_from_other_errors() {
        let xml = |code: &str| {
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>")
        };
        assert!(is_throttling_answer(400, xml("Throttling").as_bytes(), None));
        assert!(is_throttling_answer(503, xml("SlowDown").as_bytes(), None));
        assert!(is_throttling_answer(400, b"{\"__type\":\"x#ThrottlingException\"}", None));
        assert!(
            is_throttling_answer(429, b"", None) && is_throttling_answer(400, b"{}", Some("TooManyRequestsException"))
        );
        assert!(!is_throttling_answer(403, xml("AccessDenied").as_bytes(), None));
        assert!(
            !is_throttling_answer(200, xml("Throttling").as_bytes(), None),
            "a successful response is not throttling, even if its body says so"
        );
    }
}
