//! sample → served → collected → same sample: equal evidence, and equal call
//! logs in source, operation, region, parameters and outcome, however it is paged.

use crate::support::{SAMPLES, auditpack_at, ran, sample};
use auditpack::testing::snapshot::Snapshot;
use aws_double::{Account, Double, Faults};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a snapshot holds, free of how it was paged: operation and parameters → answer or error.
fn answers(dir: &Path) -> BTreeMap<String, Value> {
    let snapshot = Snapshot::open(dir).unwrap();
    let operations: BTreeSet<_> =
        snapshot.calls.iter().map(|call| (call.service.clone(), call.operation.clone())).collect();
    let mut told = BTreeMap::new();
    for (service, operation) in operations {
        for answer in snapshot.answers(&service, &operation) {
            let mut whole = Map::new();
            for page in &answer.pages {
                join(&mut whole, page.read().unwrap());
            }
            let outcome = format!("{:?}", std::mem::discriminant(&answer.outcome));
            whole.insert("(outcome)".into(), outcome.into());
            told.insert(
                format!("{service}:{operation} {:?} {:?}", answer.region, answer.parameters),
                Value::Object(whole),
            );
        }
    }
    told
}

fn join(whole: &mut Map<String, Value>, page: Map<String, Value>) {
    for (name, value) in page {
        match (whole.get_mut(&name), value) {
            _ if matches!(&*name, "IsTruncated" | "Marker" | "NextToken" | "nextToken") => {}
            (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
            (_, value) => {
                whole.insert(name, value);
            }
        }
    }
}

/// The log free of times and paging: source, operation, region, parameters, error.
fn log(dir: &Path) -> BTreeSet<String> {
    let calls = Snapshot::open(dir).unwrap().calls;
    let line = |call: &auditpack::testing::snapshot::Call| {
        let mut parameters = call.parameters.clone();
        parameters.retain(|name, _| !auditpack::testing::snapshot::is_paging(name));
        let error = call.error.as_ref().map(|error| &error.code);
        format!("{} {} {} {} {parameters:?} {error:?}", call.source, call.service, call.operation, call.region)
    };
    calls.iter().map(line).collect()
}

fn collected_again(name: &str, faults: Faults, page: u32, more: &[&str]) -> (tempfile::TempDir, usize) {
    let account = Account::load(&sample(name)).unwrap();
    let double = Double::start(account, faults);
    let out = tempfile::tempdir().unwrap();
    let snapshot = out.path().join("snapshot");
    let page = page.to_string();
    let depth = Snapshot::open(&sample(name)).unwrap().header.depth;
    let as_sampled = ["--depth", &depth];
    let run = ran(auditpack_at(&double.endpoint())
        .args(["collect", "--page-size", &page])
        .args(if more.is_empty() { &as_sampled[..] } else { &[] })
        .args(more)
        .arg("--out")
        .arg(&snapshot));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    (out, double.requests().len())
}

fn same_as_sample(name: &str, faults: Faults, page: u32) {
    let (out, requests) = collected_again(name, faults, page, &[]);
    let again = out.path().join("snapshot");
    let (expected, found) = (answers(&sample(name)), answers(&again));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{name}");
    for (operation, answer) in &expected {
        assert_eq!(answer, &found[operation], "{name}: {operation}");
    }
    assert_eq!(log(&sample(name)), log(&again), "{name}");
    let logged = Snapshot::open(&again).unwrap().calls.len();
    assert_eq!(logged, requests, "{name}: every request has its line");
}

#[test]
fn every_sample_comes_back_with_full_pages() {
    for name in SAMPLES {
        same_as_sample(name, Faults::none(), 1000);
    }
}

#[test]
fn paging_by_seven_and_short_pages_change_nothing() {
    for name in SAMPLES {
        same_as_sample(name, Faults::none().short_pages(), 7);
    }
}

#[test]
fn paging_one_by_one_changes_nothing() {
    for name in ["tidy-startup", "hostile-text", "empty-account", "permission-denied"] {
        same_as_sample(name, Faults::none(), 1);
    }
}

#[test]
fn a_report_in_the_making_is_waited_for() {
    let (out, _) = collected_again("tidy-startup", Faults::none().report_takes(2), 1000, &[]);
    assert_eq!(answers(&sample("tidy-startup")), answers(&out.path().join("snapshot")));
}

#[test]
fn requests_do_not_grow_with_users_and_roles() {
    let iam = ["--sources", "iam"];
    let (_small, few) = collected_again("tidy-startup", Faults::none(), 1000, &iam);
    let (_large, many) = collected_again("messy-enterprise", Faults::none(), 1000, &iam);
    let providers = |name: &str| {
        let snapshot = Snapshot::open(&sample(name)).unwrap();
        snapshot.answers("iam", "GetSAMLProvider").len() + snapshot.answers("iam", "GetOpenIDConnectProvider").len()
    };
    assert_eq!(few - providers("tidy-startup"), many - providers("messy-enterprise"));
}
