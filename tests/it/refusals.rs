//! That a call failed is evidence as well: the body that came back is kept, and a log that says otherwise makes no pack.

use crate::support::{auditpack, auditpack_at, only_pack, ran};
use aws_double::{Double, Fault, Faults, generate};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A snapshot of a small account in which two calls are refused, one of them by a service that names the error in a
/// header.
fn collected(dir: &Path) {
    let faults = Faults::none()
        .with(Fault::deny("iam:ListServerCertificates"))
        .with(Fault::deny("accessanalyzer:ListAnalyzers"))
        .with(Fault::throttle("iam:ListUsers").first(1))
        .report_ready();
    let double = Double::start(generate::tidy_startup(), faults);
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--pause", "0", "--out"]).arg(dir));
    assert_eq!(run.code, 3, "{}", run.err);
    crate::samples::move_to_the_samples_day(dir);
}

fn lines(dir: &Path) -> Vec<Value> {
    let text = fs::read_to_string(dir.join("calls.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(dir: &Path, lines: &[Value]) {
    let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
    fs::write(dir.join("calls.jsonl"), text).unwrap();
}

/// Changes the line of an operation.
fn line(dir: &Path, operation: &str, change: impl FnOnce(&mut Value)) {
    let mut all = lines(dir);
    change(all.iter_mut().find(|call| call["operation"] == operation).unwrap());
    write(dir, &all);
}

/// Turns a success into a refusal, as one who knows the format would.
fn refuse(dir: &Path, operation: &str) {
    line(dir, operation, |call| {
        fs::remove_file(dir.join(call["evidence"].as_str().unwrap())).unwrap();
        for member in ["evidence", "evidence_sha256", "items", "page"] {
            call[member] = Value::Null;
        }
        call["status"] = 403.into();
        call["error"] = serde_json::json!({ "code": "AccessDenied", "message": "no" });
    });
}

#[test]
fn a_log_that_was_turned_into_refusals_or_other_refusals_makes_no_pack() {
    type Change = fn(&Path);
    let cases: &[(&str, Change, &str)] = &[
        ("a success turned into a refusal", |dir| refuse(dir, "GetAccountSummary"), "and the body is an answer"),
        (
            "the same with an error's header",
            |dir| {
                refuse(dir, "ListRoles");
                line(dir, "ListRoles", |call| call["error_type"] = "AccessDenied".into());
            },
            "and the body is an answer",
        ),
        (
            "the same without its body",
            |dir| {
                refuse(dir, "GetAccountSummary");
                line(dir, "GetAccountSummary", |call| {
                    fs::remove_file(dir.join(format!("wire/{}.gz", call["id"].as_str().unwrap()))).unwrap();
                    call["sha256"] = Value::Null;
                });
            },
            "names no body that says so",
        ),
        (
            "a success turned into a broken connection, its status kept",
            |dir| {
                refuse(dir, "GetAccountSummary");
                line(dir, "GetAccountSummary", |call| {
                    fs::remove_file(dir.join(format!("wire/{}.gz", call["id"].as_str().unwrap()))).unwrap();
                    (call["sha256"], call["error"]["code"]) = (Value::Null, "Connection".into());
                });
            },
            "names no body that says so",
        ),
        (
            "a refusal turned into \"there is none\"",
            |dir| line(dir, "ListServerCertificates", |call| call["error"]["code"] = "NoSuchEntity".into()),
            "the body says AccessDenied",
        ),
        (
            "a refusal in other words",
            |dir| line(dir, "ListAnalyzers", |call| call["error"]["message"] = "switched off".into()),
            "the body says AccessDenied",
        ),
        (
            "the header of a refusal",
            |dir| line(dir, "ListAnalyzers", |call| call["error_type"] = "ResourceNotFoundException".into()),
            "the body says ResourceNotFoundException",
        ),
        (
            "a refusal whose body is gone",
            |dir| {
                line(dir, "ListServerCertificates", |call| {
                    fs::remove_file(dir.join(format!("wire/{}.gz", call["id"].as_str().unwrap()))).unwrap();
                });
            },
            "is missing",
        ),
        (
            "a line that is gone",
            |dir| {
                let mut all = lines(dir);
                all.retain(|call| call["operation"] != "ListServerCertificates");
                write(dir, &all);
            },
            "should be call c000",
        ),
    ];
    let place = tempfile::tempdir().unwrap();
    let honest = place.path().join("honest");
    collected(&honest);
    assert!(lines(&honest).iter().filter(|call| call["error"].is_object()).count() > 2, "some calls failed");
    let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(place.path().join("packs")).arg(&honest));
    assert_eq!(run.code, 3, "{}", run.err);
    let pack = only_pack(&place.path().join("packs"));
    for call in lines(&pack.join("snapshot")).iter().filter(|call| call["sha256"].is_string()) {
        let kept = pack.join(format!("snapshot/wire/{}.gz", call["id"].as_str().unwrap()));
        assert!(kept.exists() || call["withheld"] == true, "{call}");
    }
    for (what, change, says) in cases {
        let (dir, out) = (place.path().join(what), place.path().join("none"));
        crate::cli::copy_dir(&honest, &dir);
        change(&dir);
        let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&out).arg(&dir));
        assert_eq!(run.code, 2, "{what}: {}", run.err);
        assert!(run.err.contains(says) && run.err.contains("next: "), "{what}: {}", run.err);
        assert!(!out.exists(), "{what}: nothing is left");
    }
}

/// A backup may hold the same file under two names. What is assessed is the copy in the pack, which has one.
#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_copied_and_nothing_outside_is_written() {
    use std::os::unix::fs::MetadataExt as _;
    let place = tempfile::tempdir().unwrap();
    let (dir, out, outside) =
        (place.path().join("handed-over"), place.path().join("packs"), place.path().join("outside"));
    crate::cli::copy_dir(&crate::support::sample("tidy-startup"), &dir);
    fs::create_dir(&outside).unwrap();
    let (evidence, log) = ("evidence/iam/list-users.json", "calls.jsonl");
    fs::hard_link(dir.join(evidence), outside.join("users.json")).unwrap();
    fs::hard_link(dir.join(log), outside.join("log")).unwrap();
    let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&out).arg(&dir));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let pack = only_pack(&out);
    for name in [evidence, log] {
        assert_eq!(fs::metadata(pack.join("snapshot").join(name)).unwrap().nlink(), 1, "{name}");
    }
    fs::write(outside.join("users.json"), "{}").unwrap();
    let verified = ran(auditpack().arg("verify").arg(&pack));
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);

    // A collection that goes on writes into the snapshot, and nowhere else.
    let begun = place.path().join("begun");
    let double = Double::start(generate::tidy_startup(), Faults::none().with(Fault::expired_token("*").from(8)));
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--pause", "0", "--out"]).arg(&begun));
    assert_eq!(run.code, 2, "{}", run.err);
    fs::hard_link(begun.join(log), outside.join("other")).unwrap();
    let before = fs::read(outside.join("other")).unwrap();
    let double = Double::start(generate::tidy_startup(), Faults::none());
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--pause", "0", "--resume", "--out"]).arg(&begun));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    assert_eq!(fs::read(outside.join("other")).unwrap(), before);
    assert!(fs::read(begun.join(log)).unwrap().len() > before.len());
}

/// The samples are collected snapshots like any other: each refusal in them follows from its body, and must.
#[test]
fn a_recorded_refusal_without_its_body_makes_no_pack() {
    for name in crate::support::SAMPLES {
        let sample = crate::support::sample(name);
        let failed = lines(&sample).into_iter().filter(|call| call["error"].is_object() && call["status"].is_u64());
        let bodies: Vec<String> = failed.map(|call| format!("wire/{}.gz", call["id"].as_str().unwrap())).collect();
        assert!(bodies.iter().all(|body| sample.join(body).exists()), "{name}");
        let place = tempfile::tempdir().unwrap();
        let (dir, out) = (place.path().join("handed-over"), place.path().join("packs"));
        crate::cli::copy_dir(&sample, &dir);
        fs::remove_file(dir.join(&bodies[0])).unwrap();
        // Nothing in the header switches the check off.
        let header = fs::read_to_string(dir.join("snapshot.json")).unwrap();
        fs::write(dir.join("snapshot.json"), header.replacen('{', "{\"failed_bodies\": false,", 1)).unwrap();
        let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&out).arg(&dir));
        assert_eq!(run.code, 2, "{name}: {}", run.err);
        assert!(run.err.contains(&bodies[0]) && run.err.contains("is missing"), "{name}: {}", run.err);
        assert!(!out.exists(), "{name}: nothing is left");
    }
}
