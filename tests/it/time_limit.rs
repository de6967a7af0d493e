//! A collection that its time limit ends: what was not asked is a gap, and the next run asks it.

use crate::support::{assessment, auditpack_at, ran};
use auditpack::testing::snapshot::Snapshot;
use aws_double::{Double, Faults, generate};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn what_was_not_asked_in_time_is_a_gap_and_the_next_run_asks_it() {
    let out = tempfile::tempdir().unwrap();
    let run = |double: &Double, more: &[&str]| {
        ran(auditpack_at(&double.endpoint())
            .args(["run", "--no-pdf", "--pause", "0"])
            .args(more)
            .arg("--out")
            .arg(out.path()))
    };
    // Some forty calls one after the other at half a second each take far longer than the limit.
    let slow =
        Double::start(generate::tidy_startup(), Faults::none().latency(Duration::from_millis(500)).report_ready());
    let first = run(&slow, &["--timeout", "6"]);
    assert_eq!(first.code, 3, "{}", first.err);
    for words in ["time limit", "next: run the same command again", "--timeout"] {
        assert!(first.err.contains(words), "{words}: {}", first.err);
    }
    let kept = Snapshot::open(&out.path().join("unfinished/snapshot")).unwrap();
    let late: BTreeSet<&str> = kept
        .calls
        .iter()
        .filter(|call| call.error.as_ref().is_some_and(|error| error.code == "OutOfTime"))
        .map(|call| call.operation.as_str())
        .collect();
    assert!(late.len() > 5, "{late:?}");
    let packs = || -> Vec<_> {
        let entries = std::fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.join("SHA256SUMS").exists()).collect()
    };
    let made = packs();
    let told = assessment(&made[0]);
    let gaps = told["gaps"].as_array().unwrap();
    for operation in &late {
        let named =
            |gap: &serde_json::Value| gap["code"] == "OutOfTime" && gap["source"].as_str().unwrap().contains(operation);
        assert!(gaps.iter().any(named), "no gap names {operation}");
    }
    let asked: BTreeSet<_> =
        slow.requests().into_iter().filter(|one| one.status == 200).map(|one| one.action).collect();
    drop(slow);

    let quick = Double::start(generate::tidy_startup(), Faults::none().report_ready());
    let second = run(&quick, &[]);
    assert!(matches!(second.code, 0 | 3), "{}", second.err);
    let actions: BTreeSet<_> = quick.requests().into_iter().map(|one| one.action).collect();
    assert!(late.iter().all(|operation| actions.contains(*operation)), "{late:?} {actions:?}");
    let repeated = ["GetAccountSummary", "GetAccountAuthorizationDetails"];
    assert!(repeated.iter().all(|one| asked.contains(*one) && !actions.contains(*one)), "{actions:?}");
    assert_eq!(packs().len(), 2, "the second run makes a pack of everything");
    let gaps: Vec<String> = packs().iter().map(|pack| assessment(pack)["gaps"].to_string()).collect();
    assert_eq!(gaps.iter().filter(|gaps| !gaps.contains("OutOfTime")).count(), 1);
    assert!(!out.path().join("unfinished").exists());
}
