//! The fault sweep: operations × kinds of faults, in-process. Whatever a server sends, no control's verdict gets
//! better than undisturbed, by control and by subject; every fault is a named gap; nothing hangs or panics.
//!
//! `each_fault_is_a_gap_and_makes_nothing_better` runs the kinds over groups of operations that do not depend on
//! each other. `the_whole_matrix` is ignored, as it takes long; it prints its figures:
//! `cargo test --release --test it sweep -- --ignored --nocapture`.

use crate::samples::move_to_the_samples_day;
use auditpack::account::{self, Account};
use auditpack::assess::{self, Verdict};
use auditpack::catalog::{self, Catalog};
use auditpack::collect::source::SOURCES;
use auditpack::collect::{CollectError, Collector, Extra, Options, Pace, Set, Silent};
use auditpack::policy::trust::TrustSettings;
use auditpack::snapshot::Snapshot;
use aws_double::{Account as Recorded, Double, Fault, Faults, Rewritten, generate};
use aws_sdk_sts::config::Credentials;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How a fault is to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// As a gap that names the operation.
    Gap,
    /// As the end of the run; or as a gap, where the answer names nobody.
    End,
    /// As a gap where the answer has what is wrong with it, and otherwise not at all.
    Maybe,
}

type Kind = (&'static str, fn(&str) -> Fault, Shows);

fn changed(answer: &mut Rewritten, change: impl FnOnce(&str) -> String) {
    answer.body = change(&String::from_utf8_lossy(&answer.body)).into_bytes();
}

fn set(answer: &mut Rewritten, status: u16, body: &str) {
    answer.status = status;
    answer.body = body.as_bytes().to_vec();
}

/// A body in the service's own language.
fn in_kind(answer: &mut Rewritten, json: &str, xml: &str) {
    let action = answer.action.clone();
    let body = if answer.is_json { json.to_owned() } else { xml.replace("OP", &action) };
    set(answer, 200, &body);
}

macro_rules! rewritten {
    (|$answer:ident| $how:expr) => {
        |action| Fault::rewritten(action, |$answer| $how)
    };
}

/// Kinds that have led to wrong passes, here or elsewhere.
const TELLING: &[Kind] = &[
    ("denied", Fault::deny, Shows::Gap),
    (
        "error document with 200",
        rewritten!(|it| in_kind(
            it,
            r#"{"__type":"AccessDeniedException","message":"denied"}"#,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error></ErrorResponse>"
        )),
        Shows::Gap,
    ),
    (
        "message with 200",
        rewritten!(|it| in_kind(
            it,
            r#"{"message":"Internal server error"}"#,
            "<OPResponse><OPResult><message>x</message></OPResult></OPResponse>"
        )),
        Shows::Gap,
    ),
    ("nothing with 200", rewritten!(|it| in_kind(it, "{}", "<OPResponse><OPResult/></OPResponse>")), Shows::Gap),
    (
        "forbidden characters",
        rewritten!(|it| if it.is_json {
            set(it, 200, "{\"a\":\"\0\"}");
        } else {
            changed(it, |body| body.replacen("</", "\0</", 3));
        }),
        Shows::Gap,
    ),
    (
        "values of no enumeration",
        rewritten!(|it| changed(it, |body| body
            .replace(">running<", ">dancing<")
            .replace("\"ACTIVE\"", "\"NOVEL\"")
            .replace("\"ENABLED\"", "\"NOVEL\""))),
        Shows::Maybe,
    ),
    ("about something else", Fault::swapped, Shows::Maybe),
    ("another account", Fault::foreign, Shows::End),
    ("endless pages", Fault::endless_pages, Shows::Maybe),
    ("throttled", Fault::throttle, Shows::Gap),
];

/// The other kinds of the review.
const OTHERS: &[Kind] = &[
    ("500", |action| Fault::internal(action, 500), Shows::Gap),
    ("503", |action| Fault::internal(action, 503), Shows::Gap),
    ("cut", Fault::truncated_body, Shows::Gap),
    ("reset", Fault::reset_mid_body, Shows::Gap),
    ("hung up", Fault::hang_up, Shows::Gap),
    ("malformed", Fault::malformed_body, Shows::Gap),
    ("HTML 200", |action| Fault::not_xml(action, 200), Shows::Gap),
    ("HTML 502", |action| Fault::not_xml(action, 502), Shows::Gap),
    ("empty body", rewritten!(|it| set(it, 200, "")), Shows::Gap),
    ("empty 204", rewritten!(|it| set(it, 204, "")), Shows::Gap),
    (
        "half 206",
        rewritten!(|it| {
            it.status = 206;
            let half = it.body.len() / 2;
            it.body.truncate(half);
        }),
        Shows::Gap,
    ),
    ("moved", rewritten!(|it| set(it, 301, "moved")), Shows::Gap),
    ("moved 307", rewritten!(|it| set(it, 307, "")), Shows::Gap),
    ("400 without words", rewritten!(|it| set(it, 400, "")), Shows::Gap),
    ("404 without words", rewritten!(|it| set(it, 404, "not found")), Shows::Gap),
    ("429 without words", rewritten!(|it| set(it, 429, "")), Shows::Gap),
    ("error header with 200", rewritten!(|it| it.error_code = Some("AccessDeniedException".to_owned())), Shows::Gap),
    (
        "unknown members only",
        rewritten!(|it| in_kind(
            it,
            r#"{"novel":[],"NextToken":null}"#,
            "<OPResponse><OPResult><Novel/></OPResult></OPResponse>"
        )),
        Shows::Gap,
    ),
    (
        "null members",
        rewritten!(|it| if it.is_json {
            changed(it, |body| {
                let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body).unwrap_or_default();
                let nulls = object.into_iter().map(|(name, _)| (name, serde_json::Value::Null));
                serde_json::Value::Object(nulls.collect()).to_string()
            });
        } else {
            in_kind(it, "", "<OPResponse/>");
        }),
        Shows::Gap,
    ),
    ("a list", rewritten!(|it| in_kind(it, "[]", "<OPResponse>text</OPResponse>")), Shows::Gap),
    ("text", rewritten!(|it| in_kind(it, "\"ok\"", "ok")), Shows::Gap),
    ("the other language", rewritten!(|it| in_kind(it, "<a/>", "{}")), Shows::Gap),
    ("two documents", rewritten!(|it| it.body.extend(it.body.clone())), Shows::Gap),
    (
        "no UTF-8",
        rewritten!(|it| {
            let middle = it.body.len() / 2;
            it.body.insert(middle, 0xff);
        }),
        Shows::Gap,
    ),
    (
        "an entity bomb",
        rewritten!(|it| in_kind(
            it,
            &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)),
            "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\">]><OPResponse>&x;</OPResponse>"
        )),
        Shows::Gap,
    ),
    (
        "lists as objects",
        rewritten!(|it| changed(it, |body| body
            .replace(":[", ":{\"a\":[")
            .replace(']', "]}")
            .replace("<member>", "<x>")
            .replace("</member>", "</x>")
            .replace("<item>", "<x>")
            .replace("</item>", "</x>"))),
        Shows::Maybe,
    ),
    ("a message of 1 MB", |action| Fault::error(action, 400, "Novel", &"x".repeat(1 << 20)), Shows::Gap),
    ("a novel error", |action| Fault::error(action, 400, "Novel", "no"), Shows::Gap),
    ("empty pages", Fault::empty_page, Shows::Maybe),
];

/// Services whose faults are the run's, not a fact's: without the caller it goes on by the report.
fn operations() -> Vec<String> {
    let named = SOURCES.iter().flat_map(|source| source.operations);
    named
        .map(|operation| format!("{}:{}", operation.service, operation.name))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Groups of operations of which none is asked with the answer of another in the group: the last of each source,
/// then the last but one …
fn groups() -> Vec<Vec<String>> {
    let mut waiting: Vec<Vec<String>> = SOURCES
        .iter()
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
}

fn options() -> Options {
    Options {
        account: Some("555566667777".to_owned()),
        region: Some("us-east-1".to_owned()),
        sources: Set::ALL.into(),
        extras: Extra::ALL.into(),
        backoff: Duration::from_millis(1),
        poll_interval: Duration::from_millis(1),
        report_deadline: Duration::from_millis(200),
        event_interval: Duration::ZERO,
        attempt_timeout: Duration::from_secs(20),
        pace: Pace::new(Some(100_000)),
        ..Options::default()
    }
}

/// Collects, reads and assesses; or says with what the collection ended.
fn concluded(account: &Recorded, faults: Faults, catalog: &Catalog) -> Result<Concluded, String> {
    let double = Double::start(account.clone(), faults.report_ready());
    let memory = std::path::Path::new("/dev/shm");
    let place = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let dir = place.path().join("snapshot");
    let keys = Credentials::new("AKIDEXAMPLE", "secretsecret", None, None, "sweep");
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(keys))
        .endpoint_url(double.endpoint());
    let options = options();
    let collector = Collector::with(loader, &options).unwrap();
    match collector.collect(&dir, &options, &Silent) {
        Ok(_) => {}
        Err(error @ (CollectError::ForeignEvidence { .. } | CollectError::OtherAccount { .. })) => {
            return Err(error.to_string());
        }
        Err(error) => panic!("the collection ended: {error}"),
    }
    move_to_the_samples_day(&dir);
    let snapshot = Snapshot::open(&dir).unwrap();
    let account = account::read(&snapshot, None, &TrustSettings::default()).map_err(|error| error.to_string())?;
    let assessment = assess::assess(&account, catalog);
    let mut concluded = Concluded {
        asked: snapshot.calls.iter().map(|call| format!("{}:{}", call.service, call.operation)).collect(),
        controls: BTreeMap::new(),
        subjects: BTreeMap::new(),
        account,
    };
    for result in &assessment.controls {
        let control = &catalog.controls[result.control];
        concluded.controls.insert(control.id.clone(), result.verdict);
        let population = concluded.account.population(control.kind);
        for one in &result.results {
            let subject = population.subjects[one.subject].id().to_owned();
            concluded.subjects.insert((control.id.clone(), subject), one.verdict);
        }
    }
    Ok(concluded)
}

#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    hits: usize,
    ended: usize,
    problems: Vec<String>,
}

/// What is wrong with how a run under a fault concluded.
fn problems(whole: &Concluded, kind: &Kind, hit: &[String], ended: Result<Concluded, String>) -> Vec<String> {
    let (name, _, shows) = kind;
    let part = match ended {
        Ok(part) => part,
        Err(_) if *shows == Shows::End || *shows == Shows::Maybe => return Vec::new(),
        Err(error) => return vec![format!("{name} of {hit:?}: {error}")],
    };
    let good = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    let mut found = Vec::new();
    for (control, before) in &whole.controls {
        let after = part.controls[control];
        if good(after) && after != *before {
            found.push(format!("{name} of {hit:?}: {control} went from {before:?} to {after:?}"));
        }
    }
    for (subject, after) in &part.subjects {
        let before = whole.subjects.get(subject);
        if *after == Verdict::Pass && before.is_some_and(|before| matches!(before, Verdict::Fail | Verdict::Unknown)) {
            found.push(format!("{name} of {hit:?}: {subject:?} went from {before:?} to Pass"));
        }
    }
    if *shows == Shows::Gap {
        let gaps: BTreeSet<String> = part
            .account
            .gaps
            .iter()
            .map(|gap| gap.evidence)
            .map(|it| format!("{}:{}", it.service, it.operation))
            .collect();
        for operation in hit.iter().filter(|one| part.asked.contains(*one) && !gaps.contains(*one)) {
            found.push(format!("{name} of {operation}: no gap names it"));
        }
    }
    found
}

fn sweep(account: &Recorded, cases: &[(Kind, Vec<String>)]) -> Figures {
    let catalog = catalog::load(None, &BTreeMap::new()).unwrap();
    let whole = concluded(account, Faults::none(), &catalog).unwrap();
    let (next, figures) = (AtomicUsize::new(0), Mutex::new(Figures::default()));
    let at_once = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((kind, operations)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Whose organization the account is in, and whose Identity Center, may be another account's.
                    let names_others = |one: &str| {
                        kind.2 == Shows::End
                            && matches!(one, "organizations:DescribeOrganization" | "sso-admin:ListInstances")
                    };
                    let hit: Vec<String> = operations
                        .iter()
                        .filter(|one| whole.asked.contains(*one) && !names_others(one))
                        .cloned()
                        .collect();
                    let faults = hit.iter().fold(Faults::none(), |faults, one| faults.with(kind.1(one)));
                    let ended = concluded(account, faults, &catalog);
                    let has_ended = ended.is_err();
                    let found = problems(&whole, kind, &hit, ended);
                    let mut figures = figures.lock().unwrap();
                    figures.runs += 1;
                    figures.hits += hit.len();
                    figures.ended += usize::from(has_ended);
                    figures.problems.extend(found);
                }
            });
        }
    });
    figures.into_inner().unwrap()
}

/// Every kind on every group would take minutes: the telling kinds on all groups, each other kind on a group.
#[test]
fn each_fault_is_a_gap_and_makes_nothing_better() {
    let groups = groups();
    let mut cases: Vec<(Kind, Vec<String>)> = Vec::new();
    for kind in TELLING {
        cases.extend(groups.iter().map(|group| (*kind, group.clone())));
    }
    cases.extend(OTHERS.iter().enumerate().map(|(at, kind)| (*kind, groups[at % groups.len()].clone())));
    let figures = sweep(&generate::small_organization(), &cases);
    println!("{} runs, {} operations hit, {} ended early", figures.runs, figures.hits, figures.ended);
    assert!(figures.problems.is_empty(), "{}", figures.problems.join("\n"));
}

/// Each operation alone, and each group, with each kind; over the account that is asked everything.
#[test]
#[ignore = "takes about an hour without optimisation; prints its figures"]
fn the_whole_matrix() {
    let begun = Instant::now();
    let alone = operations().into_iter().map(|operation| vec![operation]);
    let all: Vec<Vec<String>> = alone.chain(groups()).collect();
    let mut total = Figures::default();
    for kind in TELLING.iter().chain(OTHERS) {
        let cases: Vec<(Kind, Vec<String>)> = all.iter().map(|operations| (*kind, operations.clone())).collect();
        let figures = sweep(&generate::small_organization(), &cases);
        println!(
            "{:<28} {:>4} runs, {:>5} operations hit, {:>4} ended early, {} problems",
            kind.0,
            figures.runs,
            figures.hits,
            figures.ended,
            figures.problems.len()
        );
        total.runs += figures.runs;
        total.hits += figures.hits;
        total.problems.extend(figures.problems);
    }
    println!(
        "{} operations × {} kinds: {} runs, {} hits, {} problems, {} s",
        operations().len(),
        TELLING.len() + OTHERS.len(),
        total.runs,
        total.hits,
        total.problems.len(),
        begun.elapsed().as_secs()
    );
    assert!(total.problems.is_empty(), "{}", total.problems.join("\n"));
}
