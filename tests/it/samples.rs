//! Samples are the specification: what each pack says is a golden, and every
//! control is seen to pass, to fail and to be unknown in some sample.

use crate::support::{SAMPLES, archive, assessment, auditpack, list_files, only_pack, ran};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn pack_of(name: &str, more: &[&str], out: &Path) -> PathBuf {
    let run = ran(auditpack().args(["run", "--sample", name, "--out"]).arg(out).args(more));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    only_pack(out)
}

/// The assessment as a person would read it: a line a control, its first failures, gaps, counts.
fn read_out(told: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    let mut out = String::new();
    for control in told["controls"].as_array().unwrap() {
        writeln!(out, "{:<15} {}", text(&control["verdict"]), text(&control["id"])).unwrap();
        writeln!(out, "    {}", text(&control["conclusion"])).unwrap();
        let results = control["results"].as_array().unwrap();
        for result in results.iter().filter(|result| result["verdict"] == "fail").take(6) {
            writeln!(out, "    fail: {}", text(&result["reason"]).escape_debug()).unwrap();
        }
        for result in results.iter().filter(|result| result["verdict"] == "unknown").take(2) {
            writeln!(out, "    unknown: {}", text(&result["reason"]).escape_debug()).unwrap();
        }
    }
    out.push_str("\ngaps\n");
    for gap in told["gaps"].as_array().unwrap() {
        writeln!(out, "    {} {} {}", text(&gap["source"]), text(&gap["code"]), text(&gap["reason"])).unwrap();
    }
    out.push_str("\nreconciliation\n");
    for line in told["reconciliation"].as_array().unwrap() {
        let counts: Vec<String> =
            line["counts"].as_object().unwrap().iter().map(|(source, n)| format!("{source} {n}")).collect();
        writeln!(out, "    {:<15} {}: {}", text(&line["result"]), text(&line["what"]), counts.join(", ")).unwrap();
        if let Some(why) = line["explanation"].as_str() {
            writeln!(out, "        {why}").unwrap();
        }
    }
    out.push_str("\ndisagreements\n");
    for line in told["disagreements"].as_array().unwrap() {
        writeln!(out, "    {} {}", text(&line["about"]), text(&line["subject"])).unwrap();
    }
    out
}

#[test]
fn what_each_sample_says() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        let pack = pack_of(name, &["--no-pdf"], out.path());
        insta::assert_snapshot!(*name, read_out(&assessment(&pack)));
    }
}

/// Subjects of a population never fall under the table: total = in scope + out of scope, and so on.
#[test]
fn counts_add_up_in_every_sample() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        for control in assessment(&pack_of(name, &["--no-pdf"], out.path()))["controls"].as_array().unwrap() {
            let count = |what: &str| control["population"][what].as_u64().unwrap();
            let results = control["results"].as_array().unwrap();
            let with = |verdict: &str| results.iter().filter(|result| result["verdict"] == verdict).count() as u64;
            assert_eq!(count("total"), results.len() as u64, "{name} {}", control["id"]);
            let parts = ["passed", "failed", "excepted", "unknown", "manual", "attested"];
            assert_eq!(count("in_scope"), parts.map(count).iter().sum::<u64>());
            assert_eq!(
                (count("passed"), count("failed"), count("unknown")),
                (with("pass"), with("fail"), with("unknown"))
            );
            let expected = match control["verdict"].as_str().unwrap() {
                "fail" => count("failed") > 0,
                "unknown" => count("failed") == 0,
                "pass" => count("failed") == 0 && count("unknown") == 0 && count("passed") > 0,
                "manual" => count("manual") == count("in_scope") && control["assessment"] == "manual",
                _ => count("in_scope") == 0,
            };
            assert!(expected, "{name} {control}");
            assert!(
                control["population"]["complete"] == true || control["verdict"] != "pass",
                "{name} {}",
                control["id"]
            );
        }
    }
}

#[test]
fn every_control_is_seen_to_pass_to_fail_and_to_be_unknown() {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        for (control, verdict) in crate::support::verdicts(&assessment(&pack_of(name, &["--no-pdf"], out.path()))) {
            seen.entry(control).or_default().insert(verdict);
        }
    }
    // What no sample can show at once (an organization and none) is shown by a hand-made account; that something
    // is unknown is always shown by a sample.
    for (control, verdict) in crate::assess::seen_on_hand_made_accounts() {
        seen.entry(control).or_default().insert(verdict.to_owned());
    }
    let mut missing = Vec::new();
    for (control, verdicts) in &seen {
        // What a person decides is seen attested, failed and unknown in the tests of attestations.
        let wanted: &[&str] = if verdicts.contains("manual") { &["manual"] } else { &["pass", "fail", "unknown"] };
        for verdict in wanted.iter().copied() {
            if !verdicts.contains(verdict) {
                missing.push(format!("{control}: never {verdict}"));
            }
        }
    }
    let pages = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/controls")).unwrap();
    let pages = pages.filter(|page| page.as_ref().unwrap().path().extension().is_some_and(|end| end == "md")).count();
    assert_eq!(seen.len(), pages, "every page is held against the samples");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn two_runs_make_the_same_bytes() {
    for name in ["hostile-text", "messy-enterprise"] {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sums = |out: &Path| fs::read_to_string(pack_of(name, &[], out).join("SHA256SUMS")).unwrap();
        assert_eq!(sums(first.path()), sums(second.path()), "{name}");
    }
}

#[test]
fn a_pack_rendered_again_from_its_own_snapshot_is_the_same() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let original = pack_of("permission-denied", &["--no-pdf"], first.path());
    let run = ran(auditpack()
        .args(["run", "--no-pdf", "--from"])
        .arg(original.join("snapshot"))
        .arg("--out")
        .arg(second.path()));
    assert_eq!(run.code, 3, "{}", run.err);
    let again = only_pack(second.path());
    let read = |pack: &Path| fs::read(pack.join("assessment.json")).unwrap();
    assert!(read(&original) == read(&again));
}

#[test]
fn stock_tools_check_a_pack_and_its_wire_bodies() {
    let out = tempfile::tempdir().unwrap();
    let pack = pack_of("tidy-startup", &[], out.path());
    let check =
        std::process::Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&pack).status();
    assert!(check.unwrap().success());
    // Every call's body, as AWS sent it, has the hash that the log names: answers and refusals.
    let log = fs::read_to_string(pack.join("snapshot/calls.jsonl")).unwrap();
    let mut checked = 0;
    for line in log.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let body = pack.join("snapshot/wire").join(format!("{}.gz", call["id"].as_str().unwrap()));
        if call["sha256"].is_string() {
            let pipe = format!("gzip -dc '{}' | sha256sum", body.display());
            let sum = std::process::Command::new("sh").args(["-c", &pipe]).output().unwrap().stdout;
            assert!(String::from_utf8(sum).unwrap().starts_with(call["sha256"].as_str().unwrap()), "{line}");
            checked += 1;
        }
    }
    assert!(checked > 10);
}

/// What a reader of the PDF finds on its first pages, as stock tools extract it.
#[test]
fn the_first_pages_of_the_pdf() {
    for name in ["tidy-startup", "permission-denied"] {
        let out = tempfile::tempdir().unwrap();
        let pack = pack_of(name, &[], out.path());
        let read = std::process::Command::new("pdftotext")
            .args(["-nopgbrk", "-f", "3", "-l", "8"])
            .arg(pack.join("pack.pdf"))
            .arg("-")
            .output()
            .unwrap();
        let text = String::from_utf8(read.stdout).unwrap();
        // The pack's id changes with every template; the rest is what people read.
        let lines = text.lines().map(str::trim_end).filter(|line| !line.starts_with("Pack "));
        insta::assert_snapshot!(format!("{name}.pdf"), lines.collect::<Vec<_>>().join("\n"));
    }
}

/// Records the samples anew: generated account → double → our own collector. Two recordings give the same bytes.
/// `RECORD=1 cargo test --release --test it record`
#[test]
fn record() {
    if std::env::var_os("RECORD").is_none() {
        return;
    }
    for name in SAMPLES {
        let account = aws_double::generate::named(name).expect("the generator knows the samples");
        let faults = aws_double::Faults::none().date("Wed, 30 Sep 2026 06:00:00 GMT");
        let double = aws_double::Double::start(account, faults);
        let work = tempfile::tempdir().unwrap();
        let snapshot = work.path().join("snapshot");
        // Deep where the account is small enough to be embedded with a call for every user and role.
        let deep = matches!(*name, "tidy-startup" | "hostile-text" | "empty-account");
        let depth = if deep { "deep" } else { "standard" };
        let run = ran(crate::support::auditpack_at(&double.endpoint())
            .args(["collect", "--depth", depth, "--out"])
            .arg(&snapshot));
        assert!(matches!(run.code, 0 | 3), "{name}: {}", run.err);
        let took = before_this_recording(name);
        without_chance(&snapshot, took);
        let _ = fs::remove_file(snapshot.join("lock"));
        pack_archive(&snapshot, &archive(name));
    }
}

/// How long the collection took by the sample that is replaced; its packs state it.
fn before_this_recording(name: &str) -> jiff::SignedDuration {
    let Ok(header) = fs::read(crate::support::sample(name).join("snapshot.json")) else {
        return jiff::SignedDuration::from_secs(3);
    };
    let header: Value = serde_json::from_slice(&header).unwrap();
    let time = |member: &str| header[member].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    time("finished").duration_since(time("started"))
}

/// Takes from a recording what another one would have otherwise: the order in which two Regions answered, the times,
/// and the double's port. The fictional accounts live on 30 September 2026.
fn without_chance(snapshot: &Path, took: jiff::SignedDuration) {
    let path = snapshot.join("calls.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let mut calls: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut sources: Vec<Value> = Vec::new();
    for call in &calls {
        if !sources.contains(&call["source"]) {
            sources.push(call["source"].clone());
        }
    }
    let source = |call: &Value| sources.iter().position(|source| *source == call["source"]);
    calls.sort_by_key(|call| (source(call), call["region"].as_str().unwrap().to_owned()));
    let step = took.as_millis() / i128::try_from(calls.len() + 1).unwrap();
    let (old, new) = (snapshot.join("wire"), snapshot.join("wire-in-order"));
    fs::create_dir(&new).unwrap();
    for (call, number) in calls.iter_mut().zip(1_i64..) {
        let (before, id) = (call["id"].as_str().unwrap().to_owned(), format!("c{number:05}"));
        if old.join(format!("{before}.gz")).exists() {
            fs::rename(old.join(format!("{before}.gz")), new.join(format!("{id}.gz"))).unwrap();
        }
        let step = i64::try_from(step).unwrap();
        call["id"] = id.into();
        call["ms"] = (step / 2).into();
        call["started"] = (samples_day() + jiff::SignedDuration::from_millis(number * step)).to_string().into();
    }
    fs::remove_dir(&old).expect("every body is of a call");
    fs::rename(&new, &old).unwrap();
    fs::write(&path, calls.iter().map(|call| call.to_string() + "\n").collect::<String>()).unwrap();
    let path = snapshot.join("snapshot.json");
    let mut header: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    header["started"] = samples_day().to_string().into();
    header["finished"] = (samples_day() + took).to_string().into();
    header.as_object_mut().unwrap().shift_remove("endpoints");
    fs::write(&path, serde_json::to_string_pretty(&header).unwrap() + "\n").unwrap();
}

/// A folder as an archive that depends on nothing but names and contents.
fn pack_archive(dir: &Path, to: &Path) {
    let mut files = Vec::new();
    list_files(dir, &mut files);
    files.sort();
    let gz = flate2::GzBuilder::new().write(fs::File::create(to).unwrap(), flate2::Compression::best());
    let mut archive = tar::Builder::new(gz);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, file.strip_prefix(dir).unwrap(), bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap();
}

fn samples_day() -> jiff::Timestamp {
    "2026-09-30T06:00:00Z".parse().unwrap()
}

/// The fictional accounts live on 30 September 2026; the recording's own clock
/// is moved there, so that ages in the samples do not depend on the day of recording.
pub fn move_to_the_samples_day(snapshot: &Path) {
    let day = samples_day();
    let header = snapshot.join("snapshot.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&header).unwrap()).unwrap();
    let started: jiff::Timestamp = value["started"].as_str().unwrap().parse().unwrap();
    let shift = |value: &mut Value| {
        if let Some(time) = value.as_str() {
            let time: jiff::Timestamp = time.parse().unwrap();
            *value = (day + (time - started)).to_string().into();
        }
    };
    shift(&mut value["started"]);
    shift(&mut value["finished"]);
    for time in value["resumed"].as_array_mut().into_iter().flatten() {
        shift(time);
    }
    fs::write(&header, serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
    let log = snapshot.join("calls.jsonl");
    let lines: String = fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| {
            let mut call: Value = serde_json::from_str(line).unwrap();
            shift(&mut call["started"]);
            call.to_string() + "\n"
        })
        .collect();
    fs::write(&log, lines).unwrap();
}
