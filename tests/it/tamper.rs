//! A pack is made from what AWS sent: a snapshot whose evidence, bodies and log do not belong together is refused, with
//! the file and what to do.

use crate::support::{auditpack, only_pack, ran, sample};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

const PASSWORDS: &str = "evidence/iam/get-account-password-policy.json";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Changes the lines of the log.
fn log(dir: &Path, change: &dyn Fn(&mut Value)) {
    let path = dir.join("calls.jsonl");
    let lines = fs::read_to_string(&path).unwrap();
    let changed: String = lines
        .lines()
        .map(|line| {
            let mut call: Value = serde_json::from_str(line).unwrap();
            change(&mut call);
            call.to_string() + "\n"
        })
        .collect();
    fs::write(path, changed).unwrap();
}

/// Changes an evidence file and its hash in the log, as one who knows the format would.
fn evidence(dir: &Path, name: &str, change: &dyn Fn(String) -> String) {
    let path = dir.join(name);
    let before = fs::read_to_string(&path).unwrap();
    let text = change(before.clone());
    assert_ne!(text, before, "{name} is changed");
    let hash = sha256(text.as_bytes());
    fs::write(&path, text).unwrap();
    log(dir, &|call| {
        if call["evidence"] == name {
            call["evidence_sha256"] = hash.clone().into();
        }
    });
}

fn call_of(dir: &Path, name: &str) -> String {
    let lines = fs::read_to_string(dir.join("calls.jsonl")).unwrap();
    let mut calls = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    calls.rfind(|call| call["evidence"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut body).unwrap();
    body
}

#[test]
fn a_snapshot_that_was_tampered_with_makes_no_pack() {
    type Change<'a> = &'a dyn Fn(&Path);
    let wire = |dir: &Path| dir.join(format!("wire/{}.gz", call_of(dir, PASSWORDS)));
    let other_length = |text: String| text.replacen("\"MinimumPasswordLength\": ", "\"MinimumPasswordLength\": 9", 1);
    let cases: [(&str, Change<'_>, &[&str]); 8] = [
        (
            "evidence that was edited",
            &|dir| evidence(dir, PASSWORDS, &other_length),
            &[PASSWORDS, "does not follow from wire/", "MinimumPasswordLength is 9", "the body says"],
        ),
        ("a body that is gone", &|dir| fs::remove_file(wire(dir)).unwrap(), &["wire/c", "is missing", PASSWORDS]),
        ("all bodies gone", &|dir| fs::remove_dir_all(dir.join("wire")).unwrap(), &["is missing", "more calls"]),
        (
            "another body",
            &|dir| fs::write(wire(dir), gzip(&vec![0; 1 << 20])).unwrap(),
            &["wire/c", "this is not the body that call"],
        ),
        ("a body that is no gzip", &|dir| fs::write(wire(dir), "x").unwrap(), &["not what gzip wrote"]),
        (
            "another body with its hash",
            &|dir| {
                let body = String::from_utf8(gunzip(&wire(dir))).unwrap();
                let body = body.replacen("<MinimumPasswordLength>", "<MinimumPasswordLength>9", 1).into_bytes();
                let (path, hash) = (wire(dir), sha256(&body));
                fs::write(path, gzip(&body)).unwrap();
                log(dir, &|call| {
                    if call["evidence"] == PASSWORDS {
                        call["sha256"] = hash.clone().into();
                    }
                });
            },
            &[PASSWORDS, "does not follow from"],
        ),
        ("ids that repeat", &|dir| log(dir, &|call| call["id"] = "c00001".into()), &["two calls have the id c00001"]),
        (
            "a body that is withheld where nothing is secret",
            &|dir| {
                fs::remove_file(wire(dir)).unwrap();
                log(dir, &|call| call["withheld"] = true.into());
            },
            &["is missing"],
        ),
    ];
    for (what, change, says) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (snapshot, out) = (dir.path().join("handed-over"), dir.path().join("packs"));
        crate::cli::copy_dir(&sample("tidy-startup"), &snapshot);
        change(&snapshot);
        let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&out).arg(&snapshot));
        assert_eq!(run.code, 2, "{what}: {}", run.err);
        for words in says.iter().chain(&["next: "]) {
            assert!(run.err.contains(words), "{what}: {words}: {}", run.err);
        }
        assert!(!run.err.contains(".making-"), "the path is the user's own: {}", run.err);
        assert!(!out.exists(), "{what}: nothing is left");
        let compared = ran(auditpack().arg("compare").arg(sample("tidy-startup")).arg(&snapshot));
        assert_eq!(compared.code, 2, "{what}: {}", compared.err);
    }
}

#[test]
fn what_is_no_part_of_a_snapshot_stays_outside() {
    let dir = tempfile::tempdir().unwrap();
    let (snapshot, out) = (dir.path().join("handed-over"), dir.path().join("packs"));
    crate::cli::copy_dir(&sample("permission-denied"), &snapshot);
    fs::write(snapshot.join("evil.html"), "<script>alert(1)</script>").unwrap();
    fs::create_dir_all(snapshot.join("evidence/iam/deep")).unwrap();
    fs::write(snapshot.join("evidence/iam/deep/run.sh"), "#!/bin/sh").unwrap();
    let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&out).arg(&snapshot));
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("evil.html") && run.err.contains("evidence/iam/deep/run.sh"), "{}", run.err);
    let made = only_pack(&out).join("snapshot");
    assert!(!made.join("evil.html").exists() && !made.join("evidence/iam/deep").exists());
    // The rest came along byte for byte.
    let (before, after) = (snapshot.join("calls.jsonl"), made.join("calls.jsonl"));
    assert_eq!(fs::read(before).unwrap(), fs::read(after).unwrap());
}

/// What is imported has no bodies: it is supplied, not observed, and says so.
#[test]
fn supplied_evidence_needs_no_bodies() {
    let dir = tempfile::tempdir().unwrap();
    let (answers, snapshot) = (dir.path().join("answers/iam"), dir.path().join("snapshot"));
    fs::create_dir_all(&answers).unwrap();
    fs::write(answers.join("list-users.json"), "{\"Users\":[]}").unwrap();
    let run = ran(auditpack()
        .arg("import")
        .arg(dir.path().join("answers"))
        .args(["--account", "111122223333", "--out"])
        .arg(&snapshot));
    assert_eq!(run.code, 3, "{}", run.err);
    let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(dir.path().join("packs")).arg(&snapshot));
    assert_eq!(run.code, 3, "{}", run.err);
}
