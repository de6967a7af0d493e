//! Many accounts: every one listed with its state, none of them costs another, and none is asked twice.

use crate::support::{auditpack_at, list_files, ran};
use assert_cmd::Command;
use aws_double::generate::{self, many};
use aws_double::{Account, Double, Fault, Faults, Limit, Organization};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SECRET_WORD: &str = "a-word-between-us";
const MEMBERS: usize = 10;
const SUSPENDED: &str = "799999999999";

/// An account's number → what it answers.
type World = Box<dyn Fn(&str) -> (Account, Faults) + Send + Sync>;

fn world(template: Account) -> World {
    Box::new(move |account| {
        let faults = match account {
            it if it == many::number(1) => Faults::none().with(Fault::slow("*", Duration::from_secs(600))),
            it if it == many::number(2) => Faults::none().with(Fault::throttle("*").from(3)),
            it if it == many::number(3) => Faults::none().with(Fault::deny("GetAccountAuthorizationDetails")),
            it if it == many::number(4) => {
                let broken = Fault::reset_mid_body("GetAccountAuthorizationDetails");
                Faults::none().report_ready().with(broken).with(Fault::hang_up("ListRoles"))
            }
            it if it == many::number(5) => Faults::none().with(Fault::deny("*")),
            _ => Faults::none().report_ready(),
        };
        (template.renumbered(account), faults)
    })
}

/// A management account, accounts in order, one that refuses, one that hangs, one that throttles, one that denies a
/// call, one whose connections break, one that denies everything, one that is suspended.
fn organization() -> Organization {
    let management = many::management(MEMBERS, &[(SUSPENDED, "SUSPENDED")]);
    Organization::new(management, Faults::none().report_ready(), world(generate::tidy_startup()))
        .external_id(SECRET_WORD)
        .refuse(&[&many::number(0)])
}

fn program(double: &Double, out: &Path) -> Command {
    let mut command = patient(double, out);
    command.args(["--pause", "1", "--account-timeout", "20"]);
    command
}

/// With the pauses that a test gives it.
fn patient(double: &Double, out: &Path) -> Command {
    let mut command = auditpack_at(&double.endpoint());
    command.env("AUDITPACK_EXTERNAL_ID", SECRET_WORD);
    command.args(["run", "--no-pdf", "--out"]).arg(out);
    command
}

fn pack_of_all(out: &Path) -> PathBuf {
    let named =
        |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("organization-o-exampleorgid-");
    let mut found: Vec<_> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).filter(named).collect();
    found.sort_by_key(|path| (path.to_string_lossy().len(), path.clone()));
    found.pop().unwrap()
}

fn told(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(pack_of_all(out).join("organization.json")).unwrap()).unwrap()
}

/// Account → state.
fn states(told: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told["accounts"].as_array().unwrap().iter().map(|one| (text(&one["id"]), text(&one["state"]))).collect()
}

#[test]
fn every_account_has_its_state_and_none_costs_another() {
    let double = Double::organization(organization());
    let out = tempfile::tempdir().unwrap();
    let run = ran(program(&double, out.path()).arg("--org"));
    assert_eq!(run.code, 3, "{}", run.err);
    let told = told(out.path());
    let states = states(&told);
    assert_eq!(states.len(), MEMBERS + 2);
    assert_eq!(states[&many::number(0)], "refused");
    assert_eq!(states[&many::number(1)], "out_of_time");
    assert_eq!(states[SUSPENDED], "not_active");
    for place in [2, 3, 4, 5] {
        assert_eq!(states[&many::number(place)], "incomplete", "{}", run.err);
    }
    for place in 6..MEMBERS {
        assert_eq!(states[&many::number(place)], states[&many::number(9)]);
        assert!(matches!(states[&many::number(place)].as_str(), "complete" | "incomplete"));
    }

    // Nothing passes in an organization with an account that nobody could look into.
    let controls = told["controls"].as_array().unwrap();
    assert!(controls.len() > 20);
    for control in controls {
        assert!(matches!(control["verdict"].as_str().unwrap(), "fail" | "unknown"), "{control}");
        assert!(control["accounts"]["unknown"].as_u64().unwrap() >= 2, "{control}");
    }
    let first = &told["accounts"][0];
    assert!([many::number(0), many::number(1)].contains(&first["id"].as_str().unwrap().to_owned()));

    // The refusal is a page that says so, with AWS's words and the id of its request.
    let pack = pack_of_all(out.path());
    let page = fs::read_to_string(pack.join(format!("accounts/{}.html", many::number(0)))).unwrap();
    assert!(page.contains("role refused") && page.contains("is not authorized to perform: sts:AssumeRole"), "{page}");
    assert!(page.contains("AWS’s request id"));
    let index = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(index.contains("2 active accounts could not be looked into"), "{index}");
    assert!(!index.contains("<b>\u{202e}") && index.contains("&lt;b&gt;"));
    for account in states.keys() {
        assert!(index.contains(&format!("accounts/{account}.html")), "{account}");
    }

    // Both kinds of pack are what was sealed, and an account's page leads to its pack.
    for entry in fs::read_dir(out.path()).unwrap() {
        let path = entry.unwrap().path();
        let verified = ran(auditpack_at("http://127.0.0.1:9").arg("verify").arg(&path));
        assert_eq!(verified.code, 0, "{}: {}{}", path.display(), verified.out, verified.err);
    }
    let linked = told["accounts"].as_array().unwrap().iter().filter_map(|one| one["pack"].as_str());
    assert_eq!(linked.map(|name| assert!(out.path().join(name).join("index.html").exists())).count(), MEMBERS - 1);
}

#[test]
fn neither_the_external_id_nor_a_session_s_secrets_are_written_or_said() {
    let double = Double::organization(organization());
    let out = tempfile::tempdir().unwrap();
    let list = out.path().join("accounts.txt");
    fs::write(&list, format!("# two of them\n{}\n{}\n", many::number(0), many::number(6))).unwrap();
    let packs = out.path().join("packs");
    let run = ran(program(&double, &packs).arg("--accounts").arg(&list));
    assert_eq!(run.code, 3, "{}", run.err);
    let mut written = Vec::new();
    list_files(&packs, &mut written);
    assert!(written.len() > 20);
    let mut texts: Vec<(String, Vec<u8>)> =
        written.iter().map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    texts.push(("said".to_owned(), format!("{}{}", run.out, run.err).into_bytes()));
    for (place, bytes) in &texts {
        let text = String::from_utf8_lossy(bytes);
        for secret in [SECRET_WORD, "SECRET-OF-THE-SESSION", "TOKEN-OF-THE-SESSION"] {
            assert!(!text.contains(secret), "{place} holds {secret}");
        }
    }
    let log = texts
        .iter()
        .find(|(place, _)| place.contains(&format!("{}-", many::number(6))) && place.ends_with("calls.jsonl"));
    let log = String::from_utf8(log.unwrap().1.clone()).unwrap();
    let assumed: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(assumed["operation"], "AssumeRole");
    assert_eq!(assumed["parameters"]["ExternalId"], "(masked)");
    assert_eq!(assumed["parameters"]["RoleArn"], format!("arn:aws:iam::{}:role/AuditpackReadOnly", many::number(6)));
    assert!(assumed["parameters"]["RoleSessionName"].as_str().unwrap().starts_with("auditpack-"));
    assert!(assumed["sha256"].is_null() && assumed["evidence"].is_null() && assumed["request_id"].is_string());
}

/// The calls of an account that its snapshot in the making holds.
fn logged(out: &Path, account: &str) -> usize {
    let log = out.join("organization-unfinished/accounts").join(account).join("snapshot/calls.jsonl");
    fs::read_to_string(log).map_or(0, |log| log.lines().count())
}

#[test]
fn a_run_that_was_killed_goes_on_and_asks_no_finished_account_again() {
    let management = || many::management(6, &[]);
    // The fifth account hangs, so that the run can be killed in the middle.
    let hanging = many::number(4);
    let template = generate::tidy_startup();
    let (first, stuck) = (template.clone(), hanging.clone());
    let double = Double::organization(Organization::new(
        management(),
        Faults::none().report_ready(),
        Box::new(move |account| {
            let slow = Faults::none().report_ready().with(Fault::slow("ListUsers", Duration::from_secs(600)));
            (first.renumbered(account), if account == stuck { slow } else { Faults::none().report_ready() })
        }),
    ));
    let out = tempfile::tempdir().unwrap();
    let mut started = std::process::Command::new(env!("CARGO_BIN_EXE_auditpack"));
    for (name, value) in program(&double, out.path()).get_envs() {
        match value {
            Some(value) => started.env(name, value),
            None => started.env_remove(name),
        };
    }
    started.args(["run", "--org", "--no-pdf", "--pause", "1", "--parallel", "2", "--quiet", "--out"]).arg(out.path());
    let mut child = started.spawn().unwrap();
    let entries = out.path().join("organization-unfinished/entries");
    let done = || fs::read_dir(&entries).map_or(0, |entries| entries.count());
    // It is stuck when all that it is ever asked but the call that hangs was
    // answered and is on the disk: then only that call is asked a second time.
    let mut asked = 0;
    let mut stuck = || {
        let of_it = double.requests().iter().filter(|one| one.account == hanging).count();
        let before = std::mem::replace(&mut asked, of_it);
        of_it > 1 && of_it == before && logged(out.path(), &hanging) + 1 >= of_it
    };
    let waited = (0..240).find(|_| {
        std::thread::sleep(Duration::from_millis(500));
        stuck() && done() >= 3
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(waited.is_some(), "the run did not come to its middle");
    let finished: BTreeSet<String> = fs::read_dir(&entries)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let asked_before = double.requests();
    drop(double);

    let double = Double::organization(Organization::new(
        management(),
        Faults::none().report_ready(),
        Box::new(move |account| (template.renumbered(account), Faults::none().report_ready())),
    ));
    let run = ran(program(&double, out.path()).arg("--org"));
    assert!(run.err.contains("going on with the run"), "{}", run.err);
    assert!(run.err.contains("were finished before and are not asked again"), "{}", run.err);
    let again = double.requests();
    // A finished account is not even assumed into; the accounts are not listed again.
    assert!(!run.err.contains("asking AWS for the accounts"), "{}", run.err);
    for asked in &again {
        let about = asked.parameters.get("RoleArn").and_then(|arn| arn.split(':').nth(4)).unwrap_or(&asked.account);
        assert!(!finished.contains(about), "{about} was asked for {} again", asked.action);
    }
    // The account that hung goes on where it stopped.
    let list = |asked: &[aws_double::Asked]| -> BTreeSet<String> {
        asked.iter().filter(|one| one.account == hanging).map(|one| one.action.clone()).collect()
    };
    let twice: Vec<String> = list(&asked_before).intersection(&list(&again)).cloned().collect();
    assert_eq!(twice, ["GetCallerIdentity", "ListUsers"], "{twice:?}");
    let told = told(out.path());
    assert_eq!(states(&told).len(), 7);
    assert!(states(&told).values().all(|state| matches!(state.as_str(), "complete" | "incomplete")));
    assert!(!out.path().join("organization-unfinished").exists());
    // One pack an account, however often the run was started.
    // A killed program may leave the hidden folder of a pack in the making.
    let names =
        fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let packs: Vec<String> = names.filter(|name| !name.starts_with(".making-")).collect();
    assert_eq!(packs.len(), 8, "{packs:?}");
}

#[test]
fn parts_in_several_processes_are_joined_by_render() {
    let double = Double::organization(Organization::new(
        many::management(5, &[(SUSPENDED, "SUSPENDED")]),
        Faults::none().report_ready(),
        Box::new(|account| (generate::tidy_startup().renumbered(account), Faults::none().report_ready())),
    ));
    let out = tempfile::tempdir().unwrap();
    let part = |set: &[(&str, &str)], arguments: &[&str]| {
        let mut command = program(&double, out.path());
        command.arg("--org").args(arguments).envs(set.iter().copied());
        ran(&mut command)
    };
    let first = part(&[("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "2")], &[]);
    assert!(first.out.contains("part 1 of 2"), "{}{}", first.out, first.err);
    let early = ran(auditpack_at("http://127.0.0.1:9").args(["render", "--org"]).arg(out.path()));
    assert_eq!(early.code, 3, "{}", early.err);
    assert!(states(&told(out.path())).values().any(|state| state == "missing"));
    let second = part(&[("JOB_COMPLETION_INDEX", "1")], &["--shard", "auto/2"]);
    assert!(second.out.contains("part 2 of 2"), "{}{}", second.out, second.err);

    let joined = ran(auditpack_at("http://127.0.0.1:9").args(["render", "--org"]).arg(out.path()));
    assert!(matches!(joined.code, 0 | 3), "{}", joined.err);
    let found = states(&told(out.path()));
    assert_eq!(found.len(), 7);
    assert!(
        found.iter().all(|(id, state)| (id == SUSPENDED) == (state == "not_active") && state != "missing"),
        "{found:?}"
    );
    // The accounts are listed once, by whichever process came first; the caller's own pack has the list as evidence.
    let by_caller = |asked: &&aws_double::Asked| asked.action == "ListAccounts" && asked.account.is_empty();
    assert_eq!(double.requests().iter().filter(by_caller).count(), 2);

    // An account's pack that was changed afterwards is not rolled up.
    let altered =
        told(out.path())["accounts"].as_array().unwrap().iter().find_map(|one| one["pack"].as_str().map(str::to_owned));
    let altered = altered.unwrap();
    fs::write(out.path().join(&altered).join("assessment.json"), "{}").unwrap();
    let again = ran(auditpack_at("http://127.0.0.1:9").args(["render", "--org"]).arg(out.path()));
    assert_eq!(again.code, 3, "{}", again.err);
    assert_eq!(states(&told(out.path()))[&altered[..12]], "altered");
}

#[test]
fn mistakes_cost_no_call() {
    let double = Double::organization(organization());
    let out = tempfile::tempdir().unwrap();
    let list = out.path().join("accounts.txt");
    fs::write(&list, "111111111111\nour account\n").unwrap();
    let run = ran(program(&double, out.path()).arg("--accounts").arg(&list));
    assert_eq!(run.code, 2);
    assert!(run.err.contains("accounts.txt:2: \"our account\" is not the number of an account"), "{}", run.err);
    for wrong in [["--shard", "3/2"], ["--role", "../x y"], ["--parallel", "0"]] {
        let run = ran(program(&double, out.path()).arg("--org").args(wrong));
        assert_eq!(run.code, 2, "{wrong:?}: {}", run.err);
    }
    assert!(double.requests().is_empty());
}

/// Answers with which the double asked for fewer requests.
fn throttled(double: &Double) -> usize {
    double.requests().iter().filter(|asked| asked.throttled).count()
}

fn with_limits(members: usize, limits: &[(&str, f64, f64)]) -> Double {
    let organization = Organization::alike(
        many::management(members, &[]),
        Faults::none().report_ready(),
        generate::tidy_startup(),
        Duration::ZERO,
    );
    Double::organization(limits.iter().fold(organization, |organization, (service, per_second, burst)| {
        organization.limit_of(service, Limit { per_second: *per_second, burst: *burst })
    }))
}

#[test]
fn a_run_stays_below_the_limits_that_it_knows() {
    // Every worker assumes its role with the caller's account, and that account has one limit for all of them.
    let runs = |rate: &str| {
        let double = with_limits(10, &[("sts", 6.0, 6.0), ("iam", 6.0, 6.0)]);
        let out = tempfile::tempdir().unwrap();
        let options = ["--org", "--parallel", "10", "--pause", "50", "--max-rate", rate];
        let run = ran(patient(&double, out.path()).args(options));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        (throttled(&double), double.requests().len())
    };
    let (refused, asked) = runs("5");
    // A machine that stood still may let requests come together.
    assert!(asked > 170 && refused * 20 <= asked, "{refused} of {asked}");
    let (refused, asked) = runs("1000");
    assert!(refused * 20 > asked, "without it the limits are met: {refused} of {asked}");
}

#[test]
fn a_throttled_account_is_asked_more_slowly_and_all_of_it_is_collected() {
    let double = with_limits(2, &[("iam", 8.0, 3.0)]);
    let out = tempfile::tempdir().unwrap();
    // So fast that the double throttles; the pauses are long enough for its limit.
    let run = ran(patient(&double, out.path()).args(["--org", "--max-rate", "16", "--pause", "400"]));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let (asked, refused) = (double.requests().len(), throttled(&double));
    assert!(refused > 0 && refused * 3 < asked, "{refused} of {asked}");
    assert!(run.err.contains(" times"), "{}", run.err);
    let name =
        told(out.path())["accounts"].as_array().unwrap().iter().find_map(|one| one["pack"].as_str().map(str::to_owned));
    let pack = out.path().join(name.unwrap());
    let header: Value = serde_json::from_slice(&fs::read(pack.join("snapshot/snapshot.json")).unwrap()).unwrap();
    let noted = header["throttled"].as_array().unwrap();
    assert_eq!(noted[0]["service"], "iam");
    assert!(noted[0]["answers"].as_u64().unwrap() > 0);
    let index = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(index.contains("AWS throttled the collection: "), "the pack says so");
    // Nothing is missing for that alone.
    let told: Value = serde_json::from_slice(&fs::read(pack.join("assessment.json")).unwrap()).unwrap();
    let gaps = told["gaps"].as_array().unwrap();
    assert!(gaps.iter().all(|gap| gap["code"] != "Throttling"), "{gaps:?}");
}
