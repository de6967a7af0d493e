//! What changed between two snapshots: nothing is invented, nothing is missed,
//! and what is not known is neither removed nor unchanged.

use crate::support::{auditpack, auditpack_at, only_pack, ran, sample};
use auditpack::testing::policy::trust::TrustSettings;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Records an account as it stands `days` after the samples.
fn recorded(account: aws_double::Account, days: i64, dir: &Path) {
    let faults = aws_double::Faults::none().date("Tue, 29 Dec 2026 06:00:00 GMT");
    let double = aws_double::Double::start(account, faults);
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--depth", "deep", "--out"]).arg(dir));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    moved(dir, days);
}

/// Moves a snapshot's times to `days` after those of the samples.
pub fn moved(snapshot: &Path, days: i64) {
    crate::samples::move_to_the_samples_day(snapshot);
    let later = jiff::SignedDuration::from_hours(24 * days);
    let shift = |value: &mut Value| {
        let time: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
        *value = (time + later).to_string().into();
    };
    let path = snapshot.join("snapshot.json");
    let mut header: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    shift(&mut header["started"]);
    shift(&mut header["finished"]);
    fs::write(&path, serde_json::to_string_pretty(&header).unwrap() + "\n").unwrap();
    let path = snapshot.join("calls.jsonl");
    let mut log = String::new();
    for line in fs::read_to_string(&path).unwrap().lines() {
        let mut call: Value = serde_json::from_str(line).unwrap();
        shift(&mut call["started"]);
        log += &(call.to_string() + "\n");
    }
    fs::write(&path, log).unwrap();
}

fn later(dir: &Path) -> PathBuf {
    let place = dir.join("later");
    recorded(aws_double::generate::later::tidy(), 90, &place);
    place
}

fn text(old: &Path, new: &Path) -> String {
    let run = ran(auditpack().args(["compare", "--quiet"]).arg(old).arg(new));
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

fn changes(old: &Path, new: &Path) -> Value {
    let run = ran(auditpack().args(["compare", "--json"]).arg(old).arg(new));
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// `kind name change` of everything that is told.
fn told(changes: &Value) -> BTreeSet<String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |one: &Value| format!("{} {} {}", word(&one["kind"]), word(&one["label"]), word(&one["change"]));
    changes["entities"].as_array().unwrap().iter().map(of).collect()
}

fn refused(arguments: &[&Path]) -> String {
    let run = ran(auditpack().arg("compare").args(arguments));
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("next:"), "{}", run.err);
    run.err
}

#[test]
fn a_quarter_of_the_tidy_startup() {
    let dir = tempfile::tempdir().unwrap();
    let later = later(dir.path());
    insta::assert_snapshot!("tidy-startup", text(&sample("tidy-startup"), &later));
    let json = changes(&sample("tidy-startup"), &later);
    assert_eq!(json["format"], "auditpack.changes/v1");
    let told = told(&json);
    for expected in [
        "user hana.sato removed",
        "user jonas.weber added",
        "user ben.osei changed",
        "role ReportingPipeline made_anew",
        "role PartnerExport added",
        "policy orders-api-access changed",
        "access_key access key 1 of svc-metrics-export made_anew",
        "access_key access key 2 of svc-backup-agent added",
    ] {
        assert!(told.contains(expected), "{expected} is missing in {told:#?}");
    }
    assert!(!told.iter().any(|one| one.starts_with("role OrdersApi ")), "order of keys is no change");
    let relay = json["entities"].as_array().unwrap().iter().find(|one| one["label"] == "mail-relay-access").unwrap();
    let facts: Vec<&Value> = relay["rows"].as_array().unwrap().iter().map(|row| &row["fact"]).collect();
    assert_eq!(facts, ["version"], "the new version says the same");
    assert!(!json.to_string().contains("partner-secret-4711"));
}

#[test]
fn every_population_adds_up() {
    let dir = tempfile::tempdir().unwrap();
    for (old, new) in
        [(sample("tidy-startup"), later(dir.path())), (sample("messy-enterprise"), sample("messy-enterprise"))]
    {
        for roll in changes(&old, &new)["rollforward"].as_array().unwrap() {
            let count = |name: &str| roll[name].as_u64().unwrap();
            let (opening, closing) = (&roll["opening"], &roll["closing"]);
            if !roll["reasons"].as_array().unwrap().is_empty() {
                assert!(opening["complete"] == false || closing["complete"] == false, "{roll}");
                assert!(roll["added"].is_null() || roll["removed"].is_null(), "{roll}");
                continue;
            }
            let (opening, closing) = (opening["count"].as_u64().unwrap(), closing["count"].as_u64().unwrap());
            assert_eq!(opening + count("added") - count("removed"), closing, "{roll}");
            let stayed = count("changed") + count("unchanged") + count("not_comparable") + count("made_anew");
            assert_eq!(opening - count("removed") + count("made_anew"), stayed, "{roll}");
        }
    }
}

#[test]
fn the_same_evidence_has_no_changes() {
    for name in ["tidy-startup", "hostile-text", "empty-account"] {
        let json = changes(&sample(name), &sample(name));
        let changed: Vec<String> = told(&json).into_iter().filter(|one| !one.ends_with("not_comparable")).collect();
        assert_eq!(changed, Vec::<String>::new(), "{name}");
        assert_eq!(json["verdicts"], serde_json::json!([]), "{name}");
    }
}

/// A collector that is refused sees nobody removed and nothing unchanged, on whichever side it stands.
#[test]
fn missing_evidence_is_neither_removed_nor_unchanged() {
    let (whole, denied) = (sample("tidy-startup"), sample("permission-denied"));
    for (old, new) in [(&whole, &denied), (&denied, &whole)] {
        let json = changes(old, new);
        let wrong: Vec<String> = told(&json).into_iter().filter(|one| !one.ends_with(" not_comparable")).collect();
        assert_eq!(wrong, Vec::<String>::new());
        for roll in json["rollforward"].as_array().unwrap() {
            let known = ["saml_provider", "oidc_provider"].contains(&roll["kind"].as_str().unwrap());
            assert_eq!(roll["reasons"].as_array().unwrap().is_empty(), known, "{roll}");
            if !known {
                assert_eq!((&roll["unchanged"], &roll["changed"]), (&0.into(), &0.into()), "{roll}");
                let lost = if old == &denied { &roll["added"] } else { &roll["removed"] };
                assert!(lost.is_null(), "{roll}");
            }
        }
        for group in json["notable"].as_array().unwrap() {
            assert_eq!(group["items"], serde_json::json!([]), "{group}");
            assert!(!group["not_known"].as_array().unwrap().is_empty(), "{group}");
        }
        for verdict in json["verdicts"].as_array().unwrap() {
            assert_eq!(verdict["direction"], "not_comparable", "{verdict}");
            assert_eq!(verdict["no_longer_failing"], serde_json::json!([]), "{verdict}");
        }
    }
    let text = text(&whole, &denied);
    assert!(text.contains("is not authorized to perform") && text.contains("not known"), "{text}");
    assert!(!text.contains(": removed") && !text.contains(" removed ("), "{text}");
}

/// Details cut off in mid-paging: who is not on the pages that came is not removed.
#[test]
fn what_was_cut_short_removes_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("cut");
    crate::cli::copy_dir(&sample("tidy-startup"), &copy);
    moved(&copy, 90);
    let log = copy.join("calls.jsonl");
    let lines: Vec<String> = fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| {
            let mut call: Value = serde_json::from_str(line).unwrap();
            if call["operation"] == "GetAccountAuthorizationDetails" {
                call["more"] = true.into();
            }
            call.to_string()
        })
        .collect();
    fs::write(&log, lines.join("\n") + "\n").unwrap();
    let json = changes(&sample("tidy-startup"), &copy);
    for one in told(&json) {
        assert!(!one.ends_with(" removed"), "{one}");
    }
    let roll = json["rollforward"].as_array().unwrap().iter().find(|roll| roll["kind"] == "role").unwrap();
    assert!(roll["removed"].is_null() && roll["closing"]["complete"] == false, "{roll}");
}

#[test]
fn hostile_names_write_no_lines_and_no_colours() {
    let dir = tempfile::tempdir().unwrap();
    let later = dir.path().join("later");
    recorded(aws_double::generate::later::hostile(), 90, &later);
    let text = text(&sample("hostile-text"), &later);
    for letter in ['\u{1b}', '\u{202e}', '\u{200b}', '\u{9b}', '\r', '\u{7}'] {
        assert!(!text.contains(letter), "{letter:?}");
    }
    assert!(text.contains("⟨U+"), "hidden characters are shown");
    let run = ran(auditpack().args(["compare", "--json"]).arg(sample("hostile-text")).arg(&later));
    for letter in ['\u{1b}', '\u{202e}', '\u{200b}', '\u{9b}'] {
        assert!(!run.out.contains(letter), "{letter:?}");
    }
    let out = dir.path().join("packs");
    let run = ran(auditpack()
        .args(["run", "--from"])
        .arg(&later)
        .arg("--previous")
        .arg(sample("hostile-text"))
        .arg("--out")
        .arg(&out));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let html = fs::read_to_string(only_pack(&out).join("index.html")).unwrap();
    assert_eq!(html.matches("<script").count(), 1);
    for bad in ["<img", "<iframe", "<svg on", "\u{202E}", "\u{1b}"] {
        assert!(!html.contains(bad), "{bad:?}");
    }
}

#[test]
fn what_cannot_be_compared_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let (tidy, messy) = (sample("tidy-startup"), sample("messy-enterprise"));
    assert!(refused(&[&tidy, &messy]).contains("444455556666"));
    assert!(refused(&[dir.path(), &tidy]).contains("neither a pack nor a snapshot"));
    let later = later(dir.path());
    assert!(refused(&[&later, &tidy]).contains("later than"));
    let help = ran(auditpack().args(["compare", "--help"])).out;
    assert!(help.contains("not comparable") && help.contains("auditpack compare packs/"), "{help}");
}

fn render(from: &Path, out: &Path, more: &[&str]) -> crate::support::Ran {
    let run = ran(auditpack().arg("render").arg(from).args(["--no-pdf", "--out"]).arg(out).args(more));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    run
}

fn pack_file(pack: &Path) -> Value {
    serde_json::from_slice(&fs::read(pack.join("pack.json")).unwrap()).unwrap()
}

fn predecessor(pack: &Path) -> Option<Value> {
    pack_file(pack)["inputs"].as_array().unwrap().iter().find(|input| input["name"] == "predecessor").cloned()
}

#[test]
fn packs_form_a_chain_and_sheets_tell_their_change() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("packs");
    let later = later(dir.path());
    assert!(!render(&sample("tidy-startup"), &out, &[]).err.contains("changes are told"));
    let first = out.join("444455556666-2026-09-30");
    assert_eq!(predecessor(&first), None);
    assert!(!first.join("changes.json").exists());
    let index = fs::read_to_string(first.join("index.html")).unwrap();
    assert!(index.contains("No previous pack of this account was given"));

    let run = render(&later, &out, &[]);
    assert!(run.err.contains("changes are told since the pack of 2026-09-30"), "{}", run.err);
    let second = out.join("444455556666-2026-12-29");
    let listed = predecessor(&second).unwrap();
    let sums = fs::read(first.join("SHA256SUMS")).unwrap();
    assert_eq!(listed["sha256"], auditpack_sha256(&sums));
    let id = pack_file(&first)["pack_id"].as_str().unwrap().to_owned();
    assert!(listed["what"].as_str().unwrap().contains(&id), "{listed}");
    let told: Value = serde_json::from_slice(&fs::read(second.join("changes.json")).unwrap()).unwrap();
    assert_eq!(told["old"]["pack_id"], Value::from(id.as_str()));
    let index = fs::read_to_string(second.join("index.html")).unwrap();
    assert!(index.contains("Previous pack") && index.contains(&id));
    assert!(index.contains("Role OrdersWorker now lets in account 777788889999."), "{index}");
    assert!(index.contains("href=\"register/roles/OrdersWorker"), "it points to the sheet");

    // The same inputs make the same bytes, wherever the predecessor stands.
    let again = dir.path().join("again");
    render(&later, &again, &["--previous", first.to_str().unwrap()]);
    let sums = |pack: &Path| fs::read_to_string(pack.join("SHA256SUMS")).unwrap();
    assert_eq!(sums(&second), sums(&only_pack(&again)));
    // And without it another pack is made.
    let alone = dir.path().join("alone");
    fs::create_dir_all(&alone).unwrap();
    render(&later, &out, &["--no-previous"]);
    let third = out.join("444455556666-2026-12-29-2");
    assert_eq!(predecessor(&third), None);
    assert_ne!(pack_file(&second)["pack_id"], pack_file(&third)["pack_id"]);
    // A pack of the same evidence is no earlier pack.
    render(&later, &out, &[]);
    assert_eq!(predecessor(&out.join("444455556666-2026-12-29-3")).unwrap(), listed);
}

fn auditpack_sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_altered_predecessor_is_refused_or_passed_over_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("packs");
    let later = later(dir.path());
    render(&sample("tidy-startup"), &out, &[]);
    let first = out.join("444455556666-2026-09-30");
    let page = first.join("assessment.json");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replacen("\"pass\"", "\"fail\"", 1)).unwrap();
    let named =
        ran(auditpack().arg("render").arg(&later).args(["--no-pdf", "--out"]).arg(&out).arg("--previous").arg(&first));
    assert_eq!(named.code, 2, "{}{}", named.out, named.err);
    assert!(named.err.contains("does not match its checksums") && named.err.contains("next:"), "{}", named.err);
    assert!(refused(&[&first, &later]).contains("does not match its checksums"));
    let found = render(&later, &out, &[]);
    assert!(found.err.contains("warning: not used as the previous pack"), "{}", found.err);
    assert_eq!(predecessor(&out.join("444455556666-2026-12-29")), None);
    // One that is not earlier is no predecessor.
    let again =
        ran(auditpack().arg("render").arg(&later).args(["--no-pdf", "--out"]).arg(&out).arg("--previous").arg(&later));
    assert_eq!(again.code, 2);
    assert!(again.err.contains("not earlier"), "{}", again.err);
}

/// Kinds whose subjects have a sheet in the register, or stand on their owner's.
const ON_SHEETS: &[&str] =
    &["user", "credential", "access_key", "signing_certificate", "principal", "role", "group", "policy"];

/// The register as the pack words it: findings, change and exhibits of single sheets.
#[test]
fn sheets_hold_what_controls_found_and_what_changed() {
    use auditpack::testing::compare::{Side, compare};
    use auditpack::testing::{account, assess, catalog, pack, snapshot::Snapshot};
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (Snapshot::open(&sample("tidy-startup")).unwrap(), Snapshot::open(&later(dir.path())).unwrap());
    let catalog = catalog::load(None, &catalog::Overrides::new()).unwrap();
    let read = |snapshot: &Snapshot| account::read(snapshot, None, &TrustSettings::default()).unwrap();
    let (before, after) = (read(&old), read(&new));
    let (judged_before, judged) = (assess::assess(&before, &catalog), assess::assess(&after, &catalog));
    let old = Side { account: &before, assessment: &judged_before, pack_id: Some("0") };
    let told = compare(old, Side { account: &after, assessment: &judged, pack_id: None }, &catalog);
    let labels = pack::Labels::default();
    let pack = pack::build(&new, &after, &catalog, &judged, &labels, "1", Some(told)).unwrap();
    let register = pack.register.as_ref().unwrap();
    let sheet = |name: &str| register.sheets.iter().find(|sheet| sheet.name == name).unwrap();
    let change = |name: &str| sheet(name).change.as_ref().unwrap();

    assert_eq!(change("PartnerExport").sentence, "New since the pack of 2026-09-30.");
    assert_eq!(change("TaskExecution").sentence, "Unchanged since the pack of 2026-09-30.");
    let held = change("OrdersApi");
    assert_eq!(held.sentence, "1 change since the pack of 2026-09-30.", "its trust policy only looks otherwise");
    assert_eq!(held.rows[0].what, "Policy orders-api-access", "a policy that it holds was rewritten");
    assert!(change("ReportingPipeline").sentence.starts_with("Deleted and recreated since"));
    assert_eq!(change("OrdersWorker").sentence, "1 change since the pack of 2026-09-30.");
    let row = &change("OrdersWorker").rows[0];
    assert_eq!(row.what, "Trust policy");
    assert!(row.lines.iter().any(|line| line.sign == '+' && line.text.contains("777788889999")), "{row:?}");
    let backup = change("svc-backup-agent");
    assert!(
        backup.rows.iter().any(|row| row.what == "Access key 2 of svc-backup-agent" && row.after == "new"),
        "{backup:?}"
    );

    let findings = &sheet("svc-backup-agent").findings;
    let verdicts: Vec<&str> = findings.iter().map(|finding| finding.verdict).collect();
    let mut worst_first = verdicts.clone();
    worst_first.sort_by_key(|verdict| ["fail", "unknown", "pass"].iter().position(|one| one == verdict));
    assert_eq!(verdicts, worst_first);
    let stale = findings.iter().find(|finding| finding.control == "access-keys-are-rotated").unwrap();
    assert_eq!((stale.verdict, stale.label), ("fail", "Fail"));
    assert!(stale.reason.contains("svc-backup-agent"), "{}", stale.reason);
    assert!(pack.chapters.iter().flat_map(|chapter| &chapter.controls).any(|control| control.number == stale.number));

    // Whatever failed of these kinds stands on a sheet, once.
    let on_sheets =
        register.sheets.iter().flat_map(|sheet| &sheet.findings).filter(|one| one.verdict == "fail").count();
    let failed: usize = judged
        .controls
        .iter()
        .filter(|result| ON_SHEETS.contains(&catalog.controls[result.control].kind.name))
        .map(|result| result.population.failed)
        .sum();
    assert_eq!(on_sheets, failed);

    for sheet in &register.sheets {
        assert!(
            sheet.exhibits.iter().any(|exhibit| exhibit.text.contains("GetAccountAuthorizationDetails")),
            "{}",
            sheet.id
        );
        for exhibit in &sheet.exhibits {
            assert!(pack.exhibits.iter().any(|known| known.id == exhibit.id), "{exhibit:?}");
        }
    }
    assert!(sheet("ben.osei").exhibits.iter().any(|exhibit| exhibit.text.contains("GetCredentialReport")));
}

/// Where the details were refused no sheet says that it is unchanged.
#[test]
fn no_sheet_is_unchanged_without_evidence() {
    use auditpack::testing::compare::{Side, compare};
    use auditpack::testing::{account, assess, catalog, pack, snapshot::Snapshot};
    let (whole, denied) = (sample("tidy-startup"), sample("permission-denied"));
    let catalog = catalog::load(None, &catalog::Overrides::new()).unwrap();
    for (old, new) in [(&whole, &denied), (&denied, &whole)] {
        let (old, new) = (Snapshot::open(old).unwrap(), Snapshot::open(new).unwrap());
        let (before, after) = (
            account::read(&old, None, &TrustSettings::default()).unwrap(),
            account::read(&new, None, &TrustSettings::default()).unwrap(),
        );
        let (then, now) = (assess::assess(&before, &catalog), assess::assess(&after, &catalog));
        let told = compare(
            Side { account: &before, assessment: &then, pack_id: None },
            Side { account: &after, assessment: &now, pack_id: None },
            &catalog,
        );
        let pack = pack::build(&new, &after, &catalog, &now, &pack::Labels::default(), "1", Some(told)).unwrap();
        for sheet in &pack.register.as_ref().unwrap().sheets {
            let change = sheet.change.as_ref().unwrap();
            assert!(
                change.sentence.starts_with("Not comparable with the evidence of 2026-09-30"),
                "{}: {change:?}",
                sheet.id
            );
            assert!(change.rows.iter().any(|row| row.after.starts_with("not comparable")), "{}: {change:?}", sheet.id);
        }
    }
}

/// One user who is younger than the credential report leaves all others comparable.
#[test]
fn a_young_user_makes_only_this_user_incomparable() {
    use auditpack::testing::compare::{Side, compare};
    use auditpack::testing::{account, assess, catalog, pack, snapshot::Snapshot};
    let catalog = catalog::load(None, &catalog::Overrides::new()).unwrap();
    let snapshot = Snapshot::open(&sample("messy-enterprise")).unwrap();
    let account = account::read(&snapshot, None, &TrustSettings::default()).unwrap();
    let judged = assess::assess(&account, &catalog);
    let side = Side { account: &account, assessment: &judged, pack_id: None };
    let told = compare(side, side, &catalog);
    let pack = pack::build(&snapshot, &account, &catalog, &judged, &pack::Labels::default(), "1", Some(told)).unwrap();
    let sheets = &pack.register.as_ref().unwrap().sheets;
    let users: Vec<_> = sheets.iter().filter(|sheet| sheet.kind == pack::register::SheetKind::User).collect();
    let not_unchanged: Vec<&str> = users
        .iter()
        .filter(|user| user.change.as_ref().unwrap().sentence != "Unchanged since the evidence of 2026-09-30.")
        .map(|user| user.name.as_str())
        .collect();
    assert!(users.len() > 300);
    assert_eq!(not_unchanged, ["left.yesterday", "new.joiner"]);
}
