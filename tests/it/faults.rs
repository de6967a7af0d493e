//! What goes wrong on the way: nothing hangs, nothing turns into a pass, the
//! gap is named, everything else is collected, and a kill costs only what was
//! in flight.

use crate::samples::move_to_the_samples_day;
use crate::support::{assessment, auditpack, auditpack_at, only_pack, ran, sample, verdicts};
use auditpack::testing::operations::{Operation, sources};
use auditpack::testing::snapshot::{Call, Snapshot};
use aws_double::{Account, Double, Fault, Faults, generate};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Every action of a standard collection.
const ACTIONS: &[&str] = &[
    "GetCallerIdentity",
    "GenerateCredentialReport",
    "GetCredentialReport",
    "GetAccountSummary",
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "ListAccountAliases",
    "ListUsers",
    "ListRoles",
    "ListVirtualMFADevices",
    "ListServerCertificates",
    "ListSAMLProviders",
    "GetSAMLProvider",
    "ListOpenIDConnectProviders",
    "GetOpenIDConnectProvider",
    "ListEntitiesForPolicy",
];

struct Made {
    code: i32,
    verdicts: BTreeMap<String, String>,
    told: serde_json::Value,
    html: String,
    err: String,
}

/// The pack of a sample, served with faults; its credential report is cached already, which saves the wait for it.
fn pack_of(name: &str, faults: Faults) -> Made {
    let double = Double::start(Account::load(&sample(name)).unwrap(), faults.report_ready());
    let out = tempfile::tempdir().unwrap();
    let snapshot = out.path().join("snapshot");
    let collected = ran(auditpack_at(&double.endpoint()).args(["collect", "--out"]).arg(&snapshot));
    assert!(matches!(collected.code, 0 | 3), "{}{}", collected.out, collected.err);
    // The samples' credential reports are of their own day; on any other they would be stale.
    move_to_the_samples_day(&snapshot);
    let packs = out.path().join("packs");
    let run = ran(auditpack().args(["run", "--no-pdf", "--from"]).arg(&snapshot).arg("--out").arg(&packs));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let pack = only_pack(&packs);
    let told = assessment(&pack);
    Made {
        code: run.code,
        verdicts: verdicts(&told),
        html: std::fs::read_to_string(pack.join("index.html")).unwrap(),
        told,
        err: run.err,
    }
}

/// No control became pass; what changed is unknown (or still fails on known subjects) and names the call.
fn only_loses_knowledge(whole: &Made, part: &Made, action: &str, code: &str) {
    for (control, before) in &whole.verdicts {
        let after = &part.verdicts[control];
        assert!(
            after == before || after == "unknown" || (after == "fail" && before == "fail"),
            "{action}: {control} went from {before} to {after}"
        );
    }
    let gaps = part.told["gaps"].as_array().unwrap();
    let named = gaps.iter().any(|gap| gap["source"].as_str().unwrap().contains(action) && gap["code"] == code);
    assert!(named, "{action}: no gap names the call and {code}: {gaps:?}");
    assert!(part.html.contains(code) && part.html.contains(action), "{action}: the pack names call and error");
}

#[test]
fn any_single_denied_api_is_named_and_passes_nothing() {
    // The empty account is a member of an organization, of which AWS tells it little: its evidence is never whole.
    for (sample, code) in [("tidy-startup", 0), ("messy-enterprise", 3), ("empty-account", 3)] {
        let whole = pack_of(sample, Faults::none());
        assert_eq!(whole.code, code, "{sample}: {}", whole.err);
        for action in ACTIONS {
            // An account without providers is never asked for one.
            let recorded = Snapshot::open(&crate::support::sample(sample)).unwrap();
            if !recorded.calls.iter().any(|call| call.operation == *action) {
                continue;
            }
            let part = pack_of(sample, Faults::none().with(Fault::deny(action)));
            assert_eq!(part.code, 3, "{sample}, {action} denied: {}", part.err);
            only_loses_knowledge(&whole, &part, action, "AccessDenied");
        }
    }
}

#[test]
fn a_control_that_the_gap_can_change_is_unknown() {
    for (action, control) in [
        ("GetAccountSummary", "root-has-mfa"),
        ("GetCredentialReport", "console-users-have-mfa"),
        ("GetCredentialReport", "unused-credentials-are-disabled"),
        ("GetCredentialReport", "root-has-no-access-keys"),
        ("GetAccountAuthorizationDetails", "no-attached-policy-grants-full-administration"),
        ("GetAccountAuthorizationDetails", "permissions-come-through-groups"),
        ("GetAccountPasswordPolicy", "passwords-have-a-minimum-length"),
        ("ListUsers", "console-users-have-mfa"),
        ("ListVirtualMFADevices", "root-mfa-is-hardware"),
        ("ListServerCertificates", "server-certificates-are-not-expired"),
        ("ListEntitiesForPolicy", "a-support-role-exists"),
    ] {
        let part = pack_of("tidy-startup", Faults::none().with(Fault::deny(action)));
        assert_eq!(part.verdicts[control], "unknown", "{action} denied");
    }
}

#[test]
fn a_denied_generation_uses_the_cached_report_and_says_so() {
    let faults = Faults::none().with(Fault::deny("GenerateCredentialReport"));
    let part = pack_of("tidy-startup", faults);
    assert_eq!(part.code, 3);
    assert_eq!(part.verdicts["console-users-have-mfa"], "pass");
    assert!(part.told["credential_report_as_of"].is_string());
    assert!(part.html.contains("GenerateCredentialReport"));
}

#[test]
fn a_denied_identity_takes_the_account_from_the_report() {
    let part = pack_of("tidy-startup", Faults::none().with(Fault::deny("GetCallerIdentity")));
    let whole = pack_of("tidy-startup", Faults::none());
    assert_eq!(part.told["account"]["id"], whole.told["account"]["id"]);
}

#[test]
fn an_account_without_a_number_ends_with_2_and_keeps_the_evidence() {
    let faults = Faults::none().with(Fault::deny("GetCallerIdentity")).with(Fault::deny("GetCredentialReport"));
    let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), faults);
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--out"]).arg(out.path()));
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("--account"), "{}", run.err);
    let kept = Snapshot::open(&out.path().join("unfinished/snapshot")).unwrap();
    assert!(kept.calls.len() > 10);
    // Another number than the evidence's is noticed, whoever states it.
    let wrong = ran(auditpack_at(&double.endpoint())
        .args(["run", "--no-pdf", "--account", "999988887777", "--out"])
        .arg(out.path()));
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert!(wrong.err.contains("answered about account") && wrong.err.contains("999988887777"), "{}", wrong.err);
    let account = Snapshot::open(&sample("tidy-startup")).unwrap().header.account.unwrap();
    let again =
        ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--account", &account, "--out"]).arg(out.path()));
    assert_eq!(again.code, 3, "{}", again.err);
}

#[test]
fn passing_faults_are_retried_and_change_no_verdict() {
    let whole = pack_of("tidy-startup", Faults::none());
    for fault in [
        Fault::throttle("*").first(2),
        Fault::internal("ListUsers", 500).first(2),
        Fault::internal("GetAccountAuthorizationDetails", 503).first(1),
        Fault::truncated_body("GetAccountAuthorizationDetails").first(1),
        Fault::reset_mid_body("ListRoles").first(1),
        Fault::hang_up("GetAccountSummary").first(1),
        Fault::slow("ListUsers", Duration::from_millis(300)),
        Fault::empty_page("ListUsers").first(1),
    ] {
        let part = pack_of("tidy-startup", Faults::none().with(fault.clone()));
        assert_eq!(part.verdicts, whole.verdicts, "{fault:?}");
        assert_eq!(part.code, 0, "{fault:?}: {}", part.err);
    }
}

#[test]
fn lasting_faults_are_gaps_after_bounded_retries() {
    let whole = pack_of("tidy-startup", Faults::none());
    for (fault, action) in [
        (Fault::throttle("ListUsers"), "ListUsers"),
        (Fault::internal("ListRoles", 500), "ListRoles"),
        (Fault::truncated_body("GetAccountAuthorizationDetails"), "GetAccountAuthorizationDetails"),
        (Fault::malformed_body("GetAccountAuthorizationDetails"), "GetAccountAuthorizationDetails"),
        (Fault::not_xml("GetAccountSummary", 200), "GetAccountSummary"),
        (Fault::not_xml("GetAccountSummary", 502), "GetAccountSummary"),
        (Fault::reset_mid_body("ListUsers"), "ListUsers"),
        (Fault::report_expired(), "GetCredentialReport"),
    ] {
        let part = pack_of("tidy-startup", Faults::none().with(fault.clone()));
        assert_eq!(part.code, 3, "{fault:?}");
        let codes: Vec<String> = part.told["gaps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|gap| gap["source"].as_str().unwrap().contains(action))
            .filter_map(|gap| gap["code"].as_str().map(str::to_owned))
            .collect();
        assert!(!codes.is_empty(), "{fault:?}: {:?}", part.told["gaps"]);
        only_loses_knowledge(&whole, &part, action, &codes[0]);
    }
}

#[test]
fn a_marker_that_repeats_ends_in_a_gap_not_in_a_loop() {
    let account = || Account::load(&sample("tidy-startup")).unwrap();
    let whole = {
        let double = Double::start(account(), Faults::none().page(3));
        let out = tempfile::tempdir().unwrap();
        ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--out"]).arg(out.path()));
        double.requests().len()
    };
    for action in ["GetAccountAuthorizationDetails", "ListUsers"] {
        let double = Double::start(account(), Faults::none().page(3).with(Fault::repeated_marker(action)));
        let out = tempfile::tempdir().unwrap();
        let run = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--out"]).arg(out.path()));
        assert_eq!(run.code, 3, "{}", run.err);
        // A list that is given up makes no more requests than one that ends.
        let asked = double.requests().len();
        assert!(asked <= whole, "{asked} requests, {whole} without the fault");
        let told = assessment(&only_pack(out.path()));
        assert_eq!(verdicts(&told)["permissions-come-through-groups"], "unknown", "{action}");
    }
}

#[test]
fn credentials_that_nobody_accepts_give_one_clear_message() {
    for (fault, words) in [
        (Fault::expired_token("*"), "expired"),
        (Fault::signature("*"), "SignatureDoesNotMatch"),
        (
            Fault::error("*", 403, "InvalidClientTokenId", "The security token included in the request is invalid."),
            "InvalidClientTokenId",
        ),
    ] {
        let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), Faults::none().with(fault));
        let out = tempfile::tempdir().unwrap();
        let run = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--quiet", "--out"]).arg(out.path()));
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains(words) && run.err.contains("next:"), "{}", run.err);
        assert!(double.requests().len() <= 5, "it stops early: {}", double.requests().len());
    }
}

#[test]
fn no_credentials_at_all_says_where_to_put_them() {
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack().args(["run", "--quiet", "--region", "us-east-1", "--out"]).arg(out.path()));
    assert_eq!(run.code, 2);
    assert!(run.err.contains("credentials") && run.err.contains("next:"), "{}", run.err);
}

#[test]
fn credentials_that_expire_half_way_keep_what_was_collected() {
    let faults = Faults::none().with(Fault::expired_token("*").from(8));
    let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), faults);
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--out"]).arg(out.path()));
    assert_eq!(run.code, 2, "{}", run.err);
    for words in ["expired during the collection", "sign in again", "run the same command again", "kept:"] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    let first: Vec<_> = double.requests().into_iter().filter(|asked| asked.status == 200).collect();
    drop(double);
    // A second run with good credentials goes on where the first stopped.
    let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), Faults::none());
    let again = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--out"]).arg(out.path()));
    // The sample's credential report is of its own day, so that today's pack lacks it.
    assert!(matches!(again.code, 0 | 3), "{}", again.err);
    // Only whose credentials they are is asked again: evidence of two accounts must not mix.
    let twice = double.requests().into_iter().filter(|asked| asked.action != "GetCallerIdentity");
    let twice: Vec<_> = twice
        .filter(|one| first.iter().any(|was| was.action == one.action && was.parameters == one.parameters))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(!out.path().join("unfinished").exists());
}

#[test]
fn a_secret_that_a_server_repeats_is_written_nowhere() {
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE/QZKXWV+TOKEN/qzkxwv0123456789==";
    let echo = |action: &str| Fault::error(action, 502, "Bad", &format!("you sent X-Amz-Tokn: {TOKEN} in vain"));
    let page = |answer: &mut aws_double::Rewritten| {
        answer.body = format!("<html>proxy: {TOKEN} {}</html>", TOKEN.replace('/', "%2F")).into_bytes();
    };
    let inside = |answer: &mut aws_double::Rewritten| {
        let body = String::from_utf8_lossy(&answer.body).replace("</Path>", &format!("{TOKEN}</Path>"));
        answer.body = body.into_bytes();
    };
    let faults = Faults::none()
        .with(echo("GetAccountSummary"))
        .with(Fault::rewritten("ListAccountAliases", page))
        .with(Fault::rewritten("ListRoles", inside));
    let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), faults.report_ready());
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint())
        .env("AWS_SESSION_TOKEN", TOKEN)
        .args(["run", "--no-pdf", "--pause", "0", "--out"])
        .arg(out.path()));
    assert_eq!(run.code, 3, "{}", run.err);
    let mut texts = vec![("terminal".to_owned(), run.out + &run.err)];
    every_text(&only_pack(out.path()), &mut texts);
    for (name, text) in &texts {
        assert!(!text.contains("QZKXWV") && !text.contains("qzkxwv"), "{name}");
    }
    let calls = Snapshot::open(&only_pack(out.path()).join("snapshot")).unwrap().calls;
    assert!(calls.iter().any(|call| call.operation == "ListRoles" && call.masked), "the log says what was masked");
}

/// Every file below a folder as text, packed ones unpacked.
fn every_text(dir: &Path, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_text(&path, texts);
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|end| end == "gz") {
            let mut unpacked = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut unpacked).unwrap();
            bytes = unpacked;
        }
        texts.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
}

#[test]
fn an_endpoint_that_is_not_aws_s_is_announced_and_recorded() {
    let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--sources", "iam", "--out"]).arg(&dir));
    assert!(run.err.contains(&double.endpoint()) && run.err.contains("not AWS's own endpoint"), "{}", run.err);
    let header = Snapshot::open(&dir).unwrap().header;
    let services: Vec<_> = header.endpoints.iter().map(|one| one.service.as_str()).collect();
    assert_eq!(services, ["iam", "sts"]);
    assert!(header.endpoints.iter().all(|one| one.url == double.endpoint()));
}

/// Starts a collection and kills it when the double has seen `after` requests.
fn killed_after(after: usize, double: &Double, snapshot: &Path) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_auditpack"))
        .args(["collect", "--quiet", "--sources", "iam", "--page-size", "5", "--out"])
        .arg(snapshot)
        .env("AWS_ENDPOINT_URL", double.endpoint())
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .env("AWS_REGION", "us-east-1")
        .env("AUDITPACK_MAX_RATE", "1000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while double.requests().len() < after && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Half-way into the answer, as far as a sleep can say: the moments differ, the promise does not.
    std::thread::sleep(Duration::from_millis((after % 5) as u64 * 3));
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn a_kill_loses_no_logged_call_and_a_second_run_resumes() {
    let whole = {
        let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), Faults::none());
        let dir = tempfile::tempdir().unwrap();
        killed_after(usize::MAX, &double, &dir.path().join("snapshot"));
        (double.requests().len(), dir)
    };
    let judged = |snapshot: &Path, out: &Path| {
        move_to_the_samples_day(snapshot);
        // Only IAM was collected: the other evidence is missing in every one of these packs.
        let pack = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(out).arg(snapshot));
        assert_eq!(pack.code, 3, "{}", pack.err);
        verdicts(&assessment(&only_pack(out)))
    };
    let expected = judged(&whole.1.path().join("snapshot"), &whole.1.path().join("packs"));
    let mut cut = 0;
    for after in 1..whole.0 {
        let faults = Faults::none().latency(Duration::from_millis(5));
        let double = Double::start(Account::load(&sample("tidy-startup")).unwrap(), faults);
        let dir = tempfile::tempdir().unwrap();
        let snapshot = dir.path().join("snapshot");
        killed_after(after, &double, &snapshot);
        if !snapshot.join("snapshot.json").exists() {
            continue;
        }
        // Opening checks every logged file against its hash.
        let before = Snapshot::open(&snapshot).unwrap();
        let asked = double.requests().len();
        assert!(before.calls.len() <= asked);
        if before.header.finished.is_some() {
            continue;
        }
        cut += 1;
        let run = ran(auditpack_at(&double.endpoint())
            .args(["collect", "--resume", "--sources", "iam", "--page-size", "5", "--out"])
            .arg(&snapshot));
        assert_eq!(run.code, 0, "after {after}: {}", run.err);
        let resumed = Snapshot::open(&snapshot).unwrap();
        assert!(resumed.header.finished.is_some());
        for call in &before.calls {
            let kept = resumed.calls.iter().find(|kept| kept.id == call.id).expect("the line is still there");
            assert_eq!((&kept.operation, &kept.sha256), (&call.operation, &call.sha256), "after {after}");
        }
        assert_eq!(judged(&snapshot, &dir.path().join("packs")), expected, "after {after}");
    }
    assert!(cut > 10, "only {cut} runs were cut off in the middle");
}

/// An operation with the folder of its service, as a fault names it.
fn named(operation: &Operation) -> String {
    format!("{}:{}", operation.service, operation.name)
}

/// A pack of an account in which every call has something to ask about; these calls are denied.
fn refused(calls: &BTreeSet<String>) -> (Vec<Call>, String, String) {
    let faults = calls.iter().fold(Faults::none(), |faults, call| faults.with(Fault::deny(call)));
    let double = Double::start(generate::small_organization(), faults.report_ready());
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    let run = ran(auditpack_at(&double.endpoint())
        .args(["collect", "--sources", "all", "--depth", "deep", "--events", "--validate-policies", "--pause", "0"])
        .arg("--account")
        .arg("555566667777")
        .arg("--out")
        .arg(&dir));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    move_to_the_samples_day(&dir);
    let packs = out.path().join("packs");
    let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&packs).arg(&dir));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let pack = only_pack(&packs);
    let read = |name: &str| std::fs::read_to_string(pack.join(name)).unwrap();
    (Snapshot::open(&dir).unwrap().calls, read("index.html"), read("assessment.json"))
}

/// Whatever call of whatever source is denied: the pack's list of what was asked tells the call and AWS's error, and no
/// control passes that did not. Unit tests of `collect` inject each fault into each call.
#[test]
fn each_call_that_is_denied_is_named_in_the_pack() {
    let (_, _, whole) = refused(&BTreeSet::new());
    let whole = verdicts(&serde_json::from_str(&whole).unwrap());
    let mut waiting: Vec<Vec<String>> = sources().map(|source| source.operations.iter().map(named).collect()).collect();
    while waiting.iter().any(|calls| !calls.is_empty()) {
        // The last of each source first: what is asked with another's answer stands after it.
        let round: BTreeSet<String> = waiting.iter().filter_map(|calls| calls.last().cloned()).collect();
        let (calls, html, told) = refused(&round);
        let denied =
            |call: &Call| call.error.as_ref().filter(|_| call.status == Some(403)).map(|error| error.code.clone());
        let mut hit = BTreeSet::new();
        for call in &calls {
            let named = format!("{}:{}", call.service, call.operation);
            if let (true, Some(code)) = (round.contains(&named), denied(call)) {
                let shown = html.match_indices(&call.operation).any(|(at, _)| {
                    let rest: String = html[at..].chars().take(1_000).collect();
                    rest.contains(&code)
                });
                assert!(shown, "{named}: the pack does not tell that it was denied ({code})");
                hit.insert(named);
            }
        }
        assert!(!hit.is_empty(), "none of {round:?} was asked");
        for (control, verdict) in verdicts(&serde_json::from_str(&told).unwrap()) {
            assert!(verdict != "pass" || whole[&control] == "pass", "{control} passes without {round:?}");
        }
        for calls in &mut waiting {
            calls.retain(|call| !hit.contains(call));
        }
    }
}

#[test]
fn a_folder_with_files_of_two_accounts_is_refused_with_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    for (name, text) in [
        (
            "sts/get-caller-identity.json",
            r#"{"UserId":"A","Account":"999988887777","Arn":"arn:aws:iam::999988887777:user/x"}"#,
        ),
        ("iam/list-users.json", r#"{"Users":[{"UserName":"a","Arn":"arn:aws:iam::111122223333:user/a"}]}"#),
    ] {
        std::fs::create_dir_all(place.join(name).parent().unwrap()).unwrap();
        std::fs::write(place.join(name), text).unwrap();
    }
    let run = ran(auditpack().arg("import").arg(place).arg("--out").arg(place.join("snapshot")));
    assert_eq!(run.code, 2, "{}", run.err);
    for words in ["111122223333", "999988887777", "next:"] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    assert!(!place.join("snapshot/snapshot.json").exists());
}
