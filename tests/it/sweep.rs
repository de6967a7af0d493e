//! The fault sweep: operations × kinds of faults, in-process. Whatever a server sends, no control's verdict gets
//! better than undisturbed, by control and by subject; every fault is a named gap; nothing hangs or panics.
//!
//! `each_fault_is_a_gap_and_makes_nothing_better` runs the kinds over groups of operations that do not depend on
//! each other. `the_whole_matrix` is ignored, as it takes long; it prints its figures:
//! `cargo test --release --test it sweep -- --ignored --nocapture`.

mod kinds;

use crate::samples::move_to_the_samples_day;
use auditpack::testing::account::{self, Account};
use auditpack::testing::assess::{self, Verdict};
use auditpack::testing::catalog::{self, Catalog};
use auditpack::testing::collect::rederive;
use auditpack::testing::collect::{CollectError, Collector, Extra, Options, RateLimiter, Set, Silent};
use auditpack::testing::operations::sources;
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::Snapshot;
use aws_double::{Account as Recorded, Double, Faults, generate};
use aws_sdk_sts::config::Credentials;
use kinds::{COUNTED, Kind, NAMELESS, OTHERS, Shows, TELLING};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Services whose faults are the run's, not a fact's: without the caller it goes on by the report.
fn operations() -> Vec<String> {
    let named = sources().flat_map(|source| source.operations);
    named
        .map(|operation| format!("{}:{}", operation.service, operation.name))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Groups of operations of which none is asked with the answer of another in the group: the last of each source,
/// then the last but one …
fn groups() -> Vec<Vec<String>> {
    let mut waiting: Vec<Vec<String>> = sources()
        .map(|source| source.operations.iter().map(|one| format!("{}:{}", one.service, one.name)).collect())
        .collect();
    let mut groups = Vec::new();
    while waiting.iter().any(|operations| !operations.is_empty()) {
        groups.push(waiting.iter_mut().filter_map(Vec::pop).collect::<BTreeSet<_>>().into_iter().collect());
    }
    groups
}

/// What a collection concluded.
struct Concluded {
    account: Account,
    asked: BTreeSet<String>,
    /// Verdicts by control, and by control and subject.
    controls: BTreeMap<String, Verdict>,
    subjects: BTreeMap<(String, String), Verdict>,
    /// The session ended in the middle, and a second run went on.
    has_resumed: bool,
}

/// The accounts of the sweep: every call of a collection has something to ask about in the first; the others are the
/// samples.
pub const ACCOUNTS: &[&str] =
    &["small-organization", "tidy-startup", "messy-enterprise", "permission-denied", "hostile-text", "empty-account"];

/// An account under test.
struct Subject {
    name: &'static str,
    recorded: Recorded,
    number: String,
    catalog: Catalog,
}

impl Subject {
    fn new(name: &'static str) -> Self {
        let recorded = generate::named(name).expect("the generator knows it");
        let number = match recorded.recorded("sts", "GetCallerIdentity") {
            Some(caller) => caller["Account"].as_str().expect("a number is text").to_owned(),
            None => "444455556666".to_owned(),
        };
        Self { name, recorded, number, catalog: catalog::load(None, &BTreeMap::new()).unwrap() }
    }

    fn options(&self, shows: Option<Shows>) -> Options {
        // A call for every user and role of a grown company would add nothing but time.
        let extras = if self.name == "messy-enterprise" { BTreeSet::from([Extra::Events]) } else { Extra::ALL.into() };
        Options {
            account: Some(self.number.clone()),
            region: Some("us-east-1".to_owned()),
            sources: Set::ALL.into(),
            extras,
            backoff: Duration::from_millis(1),
            poll_interval: Duration::from_millis(1),
            report_deadline: Duration::from_millis(200),
            event_interval: Duration::ZERO,
            attempt_timeout: if shows == Some(Shows::Silence) { SHORT } else { Duration::from_secs(20) },
            largest_answer: 8 << 20,
            rate_limiter: RateLimiter::new(Some(100_000)),
            ..Options::default()
        }
    }
}

/// How long an attempt may take where a service is silent.
const SHORT: Duration = Duration::from_millis(400);
/// A case that takes longer hangs.
const LONGEST: Duration = Duration::from_mins(4);

/// Collects, reads and assesses; or says with what the collection ended.
fn concluded(subject: &Subject, faults: Faults, shows: Option<Shows>) -> Result<Concluded, String> {
    let memory = std::path::Path::new("/dev/shm");
    let place = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let dir = place.path().join("snapshot");
    let mut has_resumed = false;
    match collected(subject, &dir, faults, shows) {
        Err(CollectError::Expired { .. }) if shows == Some(Shows::Resumes) => {
            has_resumed = true;
            collected(subject, &dir, Faults::none(), None).map_err(|error| format!("the next run: {error}"))?;
        }
        other => other.map_err(|error| error.to_string())?,
    }
    move_to_the_samples_day(&dir);
    let snapshot = Snapshot::open(&dir).map_err(|error| format!("panic: {error}"))?;
    rederive::check(&snapshot).map_err(|error| format!("panic: what was collected is refused: {error}"))?;
    let account = account::read(&snapshot, None, &TrustSettings::default()).map_err(|error| error.to_string())?;
    let assessment = assess::assess(&account, &subject.catalog);
    let mut concluded = Concluded {
        asked: snapshot.calls.iter().map(|call| format!("{}:{}", call.service, call.operation)).collect(),
        controls: BTreeMap::new(),
        subjects: BTreeMap::new(),
        has_resumed,
        account,
    };
    for result in &assessment.controls {
        let control = &subject.catalog.controls[result.control];
        concluded.controls.insert(control.id.clone(), result.verdict);
        let population = concluded.account.population(control.kind);
        for one in &result.results {
            let subject = population.subjects[one.subject].id().to_owned();
            concluded.subjects.insert((control.id.clone(), subject), one.verdict);
        }
    }
    Ok(concluded)
}

fn collected(
    subject: &Subject,
    dir: &std::path::Path,
    faults: Faults,
    shows: Option<Shows>,
) -> Result<(), CollectError> {
    let double = Double::start(subject.recorded.clone(), faults.report_ready());
    let keys = Credentials::new("AKIDEXAMPLE", "secretsecret", None, None, "sweep");
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(keys))
        .endpoint_url(double.endpoint());
    let options = subject.options(shows);
    let collector = Collector::with(loader, &options).unwrap();
    match collector.collect(dir, &options, &Silent) {
        Ok(_) => Ok(()),
        Err(
            error @ (CollectError::ForeignEvidence { .. }
            | CollectError::OtherAccount { .. }
            | CollectError::Expired { .. }
            | CollectError::EveryCallFails { .. }),
        ) => Err(error),
        Err(error) => panic!("the collection ended: {error}"),
    }
}

#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    hits: usize,
    ended: usize,
    better: usize,
    silent: usize,
    hangs: usize,
    panics: usize,
    problems: Vec<String>,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.hits += other.hits;
        self.ended += other.ended;
        self.better += other.better;
        self.silent += other.silent;
        self.hangs += other.hangs;
        self.panics += other.panics;
        self.problems.extend(other.problems);
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} runs, {} operations hit, {} ended early; {} better verdicts, {} faults without a gap, {} hangs, {} panics",
            self.runs, self.hits, self.ended, self.better, self.silent, self.hangs, self.panics
        )
    }
}

/// One case: a kind of fault on operations of an account.
type Case = (Kind, Vec<String>);

/// Runs a case on a thread of its own, so that one that hangs or panics is a figure and not the end of the sweep.
fn tried(subject: &Arc<Subject>, whole: &Arc<Concluded>, case: &Case) -> Figures {
    let (kind, operations) = case;
    // Whose organization the account is in, and whose Identity Center, may be another account's.
    let names_others = |one: &str| {
        kind.2 == Shows::End && matches!(one, "organizations:DescribeOrganization" | "sso-admin:ListInstances")
    };
    let is_nameless = |one: &str| kind.0 == "about something else" && NAMELESS.contains(&one);
    // Where the answers that count are refused, nothing contradicts an empty list.
    let is_uncounted = kind.2 == Shows::Contradiction && subject.name == "permission-denied";
    let may_be_hit = |one: &str| whole.asked.contains(one) && !names_others(one) && !is_nameless(one) && !is_uncounted;
    let hit: Vec<String> = operations.iter().filter(|one| may_be_hit(one)).cloned().collect();
    let mut figures = Figures { hits: hit.len(), ..Figures::default() };
    if hit.is_empty() {
        return figures;
    }
    figures.runs = 1;
    let faults = hit.iter().fold(Faults::none(), |faults, one| faults.with(kind.1(one)));
    let (send, receive) = std::sync::mpsc::channel();
    let (worker, shows) = (Arc::clone(subject), kind.2);
    std::thread::spawn(move || drop(send.send(concluded(&worker, faults, Some(shows)))));
    let named = format!("{}: {} of {hit:?}", subject.name, kind.0);
    match receive.recv_timeout(LONGEST) {
        Ok(Err(error)) if error.starts_with("panic: ") => {
            figures.panics += 1;
            figures.problems.push(format!("{named}: {error}"));
        }
        Ok(Err(error)) => {
            figures.ended += 1;
            let may_end = matches!(kind.2, Shows::End | Shows::Maybe | Shows::Silence | Shows::Resumes);
            if !may_end && !error.starts_with("no call can succeed") {
                figures.silent += 1;
                figures.problems.push(format!("{named}: {error}"));
            }
        }
        Ok(Ok(part)) => {
            let better = better(whole, &part, kind, &hit);
            let silent = without_gap(&part, kind, &hit);
            figures.better += better.len();
            figures.silent += silent.len();
            figures.problems.extend(better.into_iter().chain(silent).map(|problem| format!("{named}: {problem}")));
        }
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
            figures.hangs += 1;
            figures.problems.push(format!("{named}: no end after {} s", LONGEST.as_secs()));
        }
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
            figures.panics += 1;
            figures.problems.push(format!("{named}: a panic"));
        }
    }
    figures
}

/// Verdicts that the fault made better.
fn better(whole: &Concluded, part: &Concluded, kind: &Kind, hit: &[String]) -> Vec<String> {
    if kind.2 == Shows::Contradiction && !hit.iter().all(|one| COUNTED.contains(&one.as_str())) {
        return Vec::new();
    }
    let good = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    let mut found = Vec::new();
    for (control, before) in &whole.controls {
        let after = part.controls[control];
        if after != *before && (part.has_resumed || good(after)) {
            found.push(format!("{control} went from {before:?} to {after:?}"));
        }
    }
    for (subject, after) in &part.subjects {
        let before = whole.subjects.get(subject);
        let was_bad = before.is_some_and(|before| matches!(before, Verdict::Fail | Verdict::Unknown));
        // One that is out of scope now was asked about before.
        if good(*after) && was_bad {
            found.push(format!("{subject:?} went from {before:?} to {after:?}"));
        }
    }
    found
}

/// Operations that failed and that no gap names.
fn without_gap(part: &Concluded, kind: &Kind, hit: &[String]) -> Vec<String> {
    if !matches!(kind.2, Shows::Gap | Shows::Silence | Shows::Resumes) || part.has_resumed {
        return Vec::new();
    }
    let gaps = part.account.gaps.iter().map(|gap| gap.evidence);
    let gaps: BTreeSet<String> = gaps.map(|it| format!("{}:{}", it.service, it.operation)).collect();
    let silent = hit.iter().filter(|one| part.asked.contains(*one) && !gaps.contains(*one));
    silent.map(|operation| format!("no gap names {operation}")).collect()
}

/// Tries cases, two at a time for each processor: most of the time a case waits.
fn sweep(subject: &Arc<Subject>, whole: &Arc<Concluded>, cases: &[Case]) -> Figures {
    let (next, figures) = (AtomicUsize::new(0), Mutex::new(Figures::default()));
    let at_once = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = tried(subject, whole, case);
                    figures.lock().unwrap().add(found);
                }
            });
        }
    });
    figures.into_inner().unwrap()
}

fn prepared(name: &'static str) -> (Arc<Subject>, Arc<Concluded>) {
    let subject = Arc::new(Subject::new(name));
    let whole = concluded(&subject, Faults::none(), None).unwrap();
    (subject, Arc::new(whole))
}

/// Every kind on every group would take minutes: the telling kinds on all groups, each other kind on a group.
#[test]
fn each_fault_is_a_gap_and_makes_nothing_better() {
    let groups = groups();
    let mut cases: Vec<Case> = Vec::new();
    for kind in TELLING.iter().filter(|kind| !COSTLY.contains(&kind.2)) {
        cases.extend(groups.iter().map(|group| (*kind, group.clone())));
    }
    let others = OTHERS.iter().chain(TELLING.iter().filter(|kind| COSTLY.contains(&kind.2)));
    cases.extend(others.enumerate().map(|(at, kind)| (*kind, groups[at % groups.len()].clone())));
    let (subject, whole) = prepared("small-organization");
    let figures = sweep(&subject, &whole, &cases);
    println!("{figures}");
    assert!(figures.problems.is_empty(), "{}", figures.problems.join("\n"));
}

/// Kinds that take long; each is tried on one group only where the whole matrix is not asked for.
const COSTLY: &[Shows] = &[Shows::Silence, Shows::Resumes];

/// Every kind of fault on every operation of every account, in groups; the kinds that have led to wrong passes also on
/// each operation alone, once, in the first account that exercises it. `AUDITPACK_SWEEP=tidy-startup` names the
/// accounts, `AUDITPACK_SWEEP_KIND=silent` one kind, and `AUDITPACK_SWEEP_ALONE=all` tries every kind on each
/// operation alone.
#[test]
#[ignore = "takes some twenty minutes without optimization; prints its figures"]
fn the_whole_matrix() {
    let begun = Instant::now();
    let chosen = std::env::var("AUDITPACK_SWEEP").unwrap_or_default();
    let only = std::env::var("AUDITPACK_SWEEP_KIND").unwrap_or_default();
    let every = std::env::var("AUDITPACK_SWEEP_ALONE").is_ok_and(|which| which == "all");
    let (mut seen, mut total) = (BTreeSet::new(), Figures::default());
    for name in ACCOUNTS.iter().filter(|name| chosen.is_empty() || chosen.split(',').any(|one| one == **name)) {
        let (subject, whole) = prepared(name);
        // A sample's operations that the accounts before it exercised alone are tried in groups again.
        let new: Vec<String> = operations().into_iter().filter(|one| whole.asked.contains(one)).collect();
        let alone: Vec<String> = new.into_iter().filter(|one| seen.insert(one.clone())).collect();
        let mut of_account = Figures::default();
        let kinds = TELLING.iter().chain(OTHERS).enumerate();
        for (at, kind) in kinds.filter(|(_, kind)| only.is_empty() || kind.0 == only) {
            let alone = alone.iter().filter(|_| every || at < TELLING.len());
            let alone = alone.map(|operation| (*kind, vec![operation.clone()]));
            let counted = COUNTED.iter().filter(|_| kind.2 == Shows::Contradiction);
            let counted = counted.map(|operation| (*kind, vec![(*operation).to_owned()]));
            let cases: Vec<Case> =
                alone.chain(counted).chain(groups().into_iter().map(|group| (*kind, group))).collect();
            let figures = sweep(&subject, &whole, &cases);
            println!("{name:<18} {:<44} {figures}; {} s", kind.0, begun.elapsed().as_secs());
            for problem in &figures.problems {
                println!("    {problem}");
            }
            of_account.add(figures);
        }
        println!("{name}: {} operations alone; {of_account}", alone.len());
        total.add(of_account);
    }
    println!(
        "{} operations × {} kinds: {total}; {} s",
        seen.len(),
        TELLING.len() + OTHERS.len(),
        begun.elapsed().as_secs()
    );
    assert!(total.problems.is_empty(), "{} problems", total.problems.len());
}
