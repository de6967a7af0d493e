//! Fault injection: each call of each source with each kind of fault.
//!
//! In every case the collection ends, sends no more requests than its retries allow, records the failed call with its
//! error, and collects everything that does not depend on it.

use super::tests::configuration;
use super::*;
use crate::operations::operations;
use crate::snapshot::{self, Snapshot};
use aws_double::{Double, Fault, Faults, generate};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A kind of fault, and the error codes it leads to.
#[derive(Clone, Copy, Debug)]
enum FaultKind {
    /// Permanent; recorded with one of these error codes.
    Lasting(fn(&str) -> Fault, &'static [&'static str]),
    /// Transient: throttling, then a server error, then a broken connection.
    Transient,
    /// The first page is empty and announces more.
    EmptyPage,
    /// Pages whose marker repeats.
    Repeated,
    /// The credentials expire at this call.
    Expired,
}

/// Transient faults come first: the SDK's retry quota is shared by the process, and permanent faults use it up.
const FAULTS: &[FaultKind] = &[
    FaultKind::Transient,
    FaultKind::EmptyPage,
    FaultKind::Repeated,
    FaultKind::Lasting(
        Fault::deny,
        &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"],
    ),
    FaultKind::Lasting(|named| Fault::internal(named, 500), &["ServiceFailure"]),
    FaultKind::Lasting(Fault::reset_mid_body, &["TruncatedBody", "Connection", "ServiceSilent"]),
    FaultKind::Lasting(Fault::malformed_body, &["MalformedResponse"]),
    FaultKind::Lasting(|named| Fault::slow(named, Duration::from_secs(5)), &["Timeout", "ServiceSilent"]),
    FaultKind::Expired,
];

/// Service, operation, Region and parameters → the joined pages and the outcome.
type Answers = BTreeMap<String, Value>;

fn answers(dir: &Path) -> Answers {
    let snapshot = Snapshot::open(dir).unwrap();
    let operations: BTreeSet<(String, String)> =
        snapshot.calls.iter().map(|call| (call.service.clone(), call.operation.clone())).collect();
    let mut found = BTreeMap::new();
    for (service, operation) in operations {
        for answer in snapshot.answers(&service, &operation) {
            let mut joined: Map<String, Value> = Map::new();
            for page in answer.pages.iter().map(|page| page.read::<Map<String, Value>>().unwrap()) {
                for (name, value) in page {
                    match (joined.get_mut(&name), value) {
                        _ if ["IsTruncated", "Marker", "NextToken", "nextToken"].contains(&name.as_str()) => {}
                        (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
                        (_, value) => drop(joined.insert(name, value)),
                    }
                }
            }
            let outcome = match &answer.outcome {
                snapshot::Outcome::Complete => "complete".to_owned(),
                snapshot::Outcome::Failed { error, .. } | snapshot::Outcome::CutShort { error, .. } => {
                    error.code.clone()
                }
                snapshot::Outcome::NotCollected => "not collected".to_owned(),
            };
            joined.insert("(outcome)".to_owned(), outcome.into());
            let region = answer.region.unwrap_or_default();
            found.insert(format!("{service}:{operation} {region} {:?}", answer.parameters), Value::Object(joined));
        }
    }
    found
}

fn outcome(answer: &Value) -> &str {
    answer["(outcome)"].as_str().unwrap()
}

fn is_call_of(asked: &str, named: &str) -> bool {
    asked.split(' ').next() == Some(named)
}

/// The operations that depend on an operation's answer, directly or indirectly.
fn dependents(named: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![named.to_owned()];
    while let Some(next) = waiting.pop() {
        let needs =
            |row: &Operation| row.lists().iter().any(|list| format!("{}:{}", list.service, list.operation) == next);
        let more = operations().filter(|(_, row)| needs(row)).map(|(_, row)| row.qualified());
        waiting.extend(more.filter(|more| found.insert(more.clone())));
    }
    found
}

/// What is collected for a source: its set, and IAM if the source reads it.
fn options(source: &Source) -> Options {
    let mut sources = BTreeSet::from([source.set]);
    if source.only_with == Some(Extra::ValidatePolicies) {
        sources.insert(Set::Iam);
    }
    Options {
        sources,
        extras: Extra::ALL.into(),
        region: Some("us-east-1".to_owned()),
        backoff: Duration::from_millis(1),
        poll_interval: Duration::from_millis(1),
        report_deadline: Duration::from_millis(40),
        event_interval: Duration::ZERO,
        attempt_timeout: Duration::from_secs(20),
        rate_limiter: RateLimiter::new(Some(100_000)),
        ..Options::default()
    }
}

/// A directory in memory if possible: syncing each file to disk is slow.
fn scratch_dir() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn collected(dir: &Path, faults: Faults, options: &Options) -> (Result<Outcome, CollectError>, Double) {
    let double = Double::start(generate::small_organization(), faults.report_ready());
    let ended = runtime().unwrap().block_on(async {
        let config = configuration(&double.endpoint(), options).await;
        let begun = dir.join("snapshot.json").exists();
        let writer = if begun { reopen(dir, options)? } else { Writer::create(dir, header(&config, options))? };
        let all = run(writer, &config, options, &Silent);
        tokio::time::timeout(Duration::from_mins(2), all).await.expect("a collection ends")
    });
    (ended, double)
}

/// An undisturbed collection: its answers, and every request in order.
fn undisturbed(options: &Options) -> (Answers, Vec<String>) {
    let scratch_dir = scratch_dir();
    let dir = scratch_dir.path().join("snapshot");
    let (ended, double) = collected(&dir, Faults::none(), options);
    ended.unwrap();
    (answers(&dir), asked(&double))
}

fn asked(double: &Double) -> Vec<String> {
    double.requests().iter().map(aws_double::Asked::qualified).collect()
}

struct Case<'a> {
    operation: &'static Operation,
    kind: FaultKind,
    options: Options,
    expected: &'a Answers,
    requests: &'a [String],
}

impl Case<'_> {
    /// How the result of a case differs from what is expected.
    fn problem(&self) -> Result<(), String> {
        let named = self.operation.qualified();
        let scratch_dir = scratch_dir();
        let dir = scratch_dir.path().join("snapshot");
        let before = self.requests.iter().filter(|asked| **asked == named).count();
        let none = Faults::none();
        let mut options = self.options_with_fast_rate_limiter();
        let faults = match self.kind {
            FaultKind::Lasting(fault, _) => none.with(fault(&named)),
            FaultKind::Transient => none
                .with(Fault::throttle(&named).first(2))
                .with(Fault::internal(&named, 500).first(3))
                .with(Fault::reset_mid_body(&named).first(4)),
            FaultKind::EmptyPage => none.with(Fault::empty_page(&named).first(1)),
            FaultKind::Repeated => none.page(1).with(Fault::repeated_marker(&named)),
            FaultKind::Expired => {
                let first = self.requests.iter().position(|asked| *asked == named).unwrap_or(0) + 1;
                none.with(Fault::expired_token("*").from(u32::try_from(first).unwrap()))
            }
        };
        if matches!(self.kind, FaultKind::Lasting(_, codes) if codes.contains(&"Timeout")) {
            options.attempt_timeout = Duration::from_millis(250);
        }
        let (ended, double) = collected(&dir, faults, &options);
        let found = answers(&dir);
        let again = asked(&double).into_iter().filter(|asked| *asked == named).count();
        // A call is attempted five times; an unfinished report is polled until its deadline.
        let polls = if self.operation.name.ends_with("CredentialReport") { 200 } else { 0 };
        if again > 5 * before.max(1) + polls {
            return Err(format!("{again} requests in place of {before}"));
        }
        match self.kind {
            FaultKind::Expired => self.resumed(&dir, ended.is_ok()),
            _ if ended.is_err() => Err(format!("{ended:?}")),
            FaultKind::Lasting(_, codes) => self.only_a_gap(&named, &found, codes),
            FaultKind::Transient | FaultKind::EmptyPage => self.unchanged(&found),
            FaultKind::Repeated => self.error_where_it_repeats(&named, &found),
        }
    }

    /// The options with a rate limiter of its own that does not slow the case down.
    fn options_with_fast_rate_limiter(&self) -> Options {
        Options { rate_limiter: RateLimiter::new(Some(100_000)), ..self.options.clone() }
    }

    /// Every call of the operation has one of the codes, and everything that is missing depends on it.
    fn only_a_gap(&self, named: &str, found: &Answers, codes: &[&str]) -> Result<(), String> {
        let dependents = dependents(named);
        let mut hit = 0;
        for (asked, answer) in found {
            if is_call_of(asked, named) {
                hit += 1;
                if !codes.contains(&outcome(answer)) {
                    return Err(format!("the outcome of {asked} is {:?}", outcome(answer)));
                }
            } else if self.expected.get(asked) != Some(answer) {
                return Err(format!("{asked} is another: {answer}"));
            }
        }
        if hit == 0 {
            return Err("it left no trace".to_owned());
        }
        let elsewhere = |asked: &str| named == "account:ListRegions" && asked.contains(" eu-west-1 ");
        let lost = self.expected.keys().filter(|asked| !found.contains_key(*asked));
        let lost: Vec<&String> =
            lost.filter(|asked| !dependents.iter().any(|one| is_call_of(asked, one)) && !elsewhere(asked)).collect();
        if lost.is_empty() { Ok(()) } else { Err(format!("not collected any more: {lost:?}")) }
    }

    fn unchanged(&self, found: &Answers) -> Result<(), String> {
        let all = self.expected.keys().chain(found.keys());
        let differs = all.filter(|asked| self.expected.get(*asked) != found.get(*asked)).collect::<BTreeSet<_>>();
        if differs.is_empty() { Ok(()) } else { Err(format!("differs: {differs:?}")) }
    }

    /// A list of several pages ends in the error; one that fits on its first page cannot repeat.
    fn error_where_it_repeats(&self, named: &str, found: &Answers) -> Result<(), String> {
        for (asked, answer) in found {
            let same = self.expected.get(asked) == Some(answer);
            let is_reported =
                is_call_of(asked, named) && matches!(outcome(answer), "RepeatedMarker" | "RepeatedPage" | "JobFailed");
            if !same && !is_reported {
                return Err(format!("{asked}: {answer}"));
            }
        }
        Ok(())
    }

    /// What was collected stays, and a second run completes the rest.
    fn resumed(&self, dir: &Path, has_ended: bool) -> Result<(), String> {
        let before: Vec<String> = Snapshot::open(dir).unwrap().calls.iter().map(|call| call.id.clone()).collect();
        let found = answers(dir);
        for (asked, answer) in &found {
            let whole = self.expected.get(asked).is_some_and(|expected| expected == answer);
            if !whole && outcome(answer) != "ExpiredToken" {
                return Err(format!("the outcome of {asked} is {:?} (ended: {has_ended})", outcome(answer)));
            }
        }
        let (ended, _double) = collected(dir, Faults::none(), &self.options_with_fast_rate_limiter());
        ended.map_err(|error| format!("the second run: {error}"))?;
        let after = Snapshot::open(dir).unwrap().calls;
        if !before.iter().all(|id| after.iter().any(|call| call.id == *id)) {
            return Err("a line of the log is gone".to_owned());
        }
        self.unchanged(&answers(dir))
    }
}

#[test]
fn each_call_of_each_source_with_each_fault() {
    let mut undisturbed_of: BTreeMap<Vec<&str>, (Answers, Vec<String>)> = BTreeMap::new();
    let key = |options: &Options| options.sources.iter().map(|set| set.name()).collect::<Vec<_>>();
    for source in sources() {
        let options = options(source);
        undisturbed_of.entry(key(&options)).or_insert_with(|| undisturbed(&options));
    }
    let mut cases = Vec::new();
    for (kind, source) in FAULTS.iter().flat_map(|kind| sources().map(move |source| (kind, source))) {
        let options = options(source);
        let (expected, requests) = &undisturbed_of[&key(&options)];
        for operation in source.operations {
            assert!(
                requests.contains(&operation.qualified()),
                "{} is never asked in the account of the drill",
                operation.qualified()
            );
            cases.push(Case { operation, kind: *kind, options: options.clone(), expected, requests });
        }
    }
    let (waiting, problems) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some(case) = waiting.lock().unwrap().next() else { return };
                    if let Err(problem) = case.problem() {
                        let found = format!("{} {:?}: {problem}", case.operation.name, case.kind);
                        problems.lock().unwrap().push(found);
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), cases.len(), problems.join("\n"));
}
