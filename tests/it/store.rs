//! Past one machine: packs kept in a folder or in S3, runs in several processes that share nothing else, and
//! what happens where the store does not take what it is given.

use crate::moto;
use crate::support::{Ran, auditpack, auditpack_at, only_pack, ran, sample};
use aws_double::generate::{self, many};
use aws_double::{Double, Fault, Faults, Organization};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Six accounts in order.
fn organization() -> Organization {
    Organization::new(
        many::management(6, &[("799999999999", "SUSPENDED")]),
        Faults::none().report_ready(),
        Box::new(|account| (generate::tidy_startup().renumbered(account), Faults::none().report_ready())),
    )
    .refuse(&[&many::number(2)])
}

const OFFLINE: &str = "http://127.0.0.1:9";

/// The arguments of a run over all accounts into a folder of its own.
fn run_org(out: &Path, more: &[&str]) -> Vec<String> {
    let fixed = ["run", "--org", "--no-pdf", "--pause", "1", "--out"].map(str::to_owned);
    fixed.into_iter().chain([out.display().to_string()]).chain(more.iter().map(|it| (*it).to_owned())).collect()
}

/// The program as a process that goes on by itself.
fn started(endpoint: &str, arguments: &[String]) -> std::process::Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditpack"));
    for (name, value) in auditpack_at(endpoint).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(arguments).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
}

fn pack_of_all(out: &Path) -> PathBuf {
    let is_one = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("organization-o-");
    let mut found: Vec<_> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).filter(is_one).collect();
    found.sort_by_key(|path| path.to_string_lossy().len());
    found.pop().unwrap()
}

fn told(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(pack_of_all(out).join("organization.json")).unwrap()).unwrap()
}

/// Without what differs from run to run: times, the ids of requests, hashes of logs that hold both.
fn lasting(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let volatile = [
                "at",
                "as_of",
                "started",
                "listed_at",
                "pack_id",
                "manifest_sha256",
                "request_id",
                "caller",
                "reason",
                "first",
                "last",
            ];
            let kept = members.iter().filter(|(name, _)| !volatile.contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name.clone(), lasting(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(lasting).collect()),
        other => other.clone(),
    }
}

fn states(told: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told["accounts"].as_array().unwrap().iter().map(|one| (text(&one["id"]), text(&one["state"]))).collect()
}

fn names(dir: &Path) -> BTreeSet<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn processes_over_one_store_make_the_pack_that_one_process_makes() {
    let double = Double::organization(organization());
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let url = format!("file://{}", store.display());
    let parts: Vec<_> = (1..=3)
        .map(|part| {
            let out = dir.path().join(format!("machine-{part}"));
            started(&double.endpoint(), &run_org(&out, &["--store", &url, "--shard", &format!("{part}/3")]))
        })
        .collect();
    for part in parts {
        let ended = part.wait_with_output().unwrap();
        assert!(matches!(ended.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    assert_eq!(names(&store.join("runs")), BTreeSet::from(["000001".to_owned()]), "all worked on one run");

    // Another machine, which has nothing, and needs no AWS for a folder.
    let (here, again) = (dir.path().join("here"), dir.path().join("again"));
    let joined = |out: &Path| ran(auditpack_at(OFFLINE).args(["render", "--org", "--store", &url, "--out"]).arg(out));
    let first = joined(&here);
    assert_eq!(first.code, 3, "{}", first.err);
    assert_eq!(names(&here).len(), 1, "{:?}", names(&here));
    let states = states(&told(&here));
    assert_eq!(states.len(), 8);
    assert_eq!(states[&many::number(2)], "refused");
    assert!(!states.values().any(|state| matches!(state.as_str(), "missing" | "altered")), "{states:?}");
    let log = fs::read_to_string(pack_of_all(&here).join(format!("calls/{}.jsonl", many::number(2)))).unwrap();
    assert!(log.contains("AccessDenied"), "the call that was refused came along: {log}");

    // Joined again it is the same pack to the byte, and the store has both.
    assert_eq!(joined(&again).code, 3);
    let id = |out: &Path| -> Value {
        let pack: Value = serde_json::from_slice(&fs::read(pack_of_all(out).join("pack.json")).unwrap()).unwrap();
        pack["pack_id"].clone()
    };
    assert_eq!(id(&here), id(&again));
    let kept: Vec<String> = names(&store).into_iter().filter(|name| name.starts_with("organization-")).collect();
    assert_eq!(kept.len(), 1, "the same pack is kept once: {kept:?}");
    for name in names(&store).iter().filter(|name| *name != "runs") {
        let verified = ran(auditpack_at(OFFLINE).arg("verify").arg(format!("{url}/{name}")));
        assert_eq!(verified.code, 0, "{name}: {}{}", verified.out, verified.err);
    }

    // One process, without a store.
    let alone = dir.path().join("alone");
    let run = ran(auditpack_at(&double.endpoint()).args(run_org(&alone, &[])));
    assert_eq!(run.code, 3, "{}", run.err);
    assert_eq!(lasting(&told(&here)), lasting(&told(&alone)));

    // A result that cannot be read costs no other, and is named where it lies.
    let entry = store.join(format!("runs/000001/entries/{}.json", many::number(3)));
    let whole = fs::read(&entry).unwrap();
    fs::write(&entry, &whole[..whole.len() / 2]).unwrap();
    let torn = dir.path().join("torn");
    let run = joined(&torn);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains(&format!("runs/000001/entries/{}.json", many::number(3))), "{}", run.err);
    assert!(!run.err.contains(".fetched-"), "{}", run.err);
    assert_eq!(self::states(&told(&torn)).len(), 8);
    assert_eq!(self::states(&told(&torn))[&many::number(4)], states[&many::number(4)]);
    fs::write(&entry, whole).unwrap();

    // A pack that somebody changed in the store is not rolled up.
    let altered = format!("{}/assessment.json", kept_pack(&store, &many::number(4)));
    fs::write(store.join(&altered), "{}").unwrap();
    assert_eq!(joined(&dir.path().join("later")).code, 3);
    assert_eq!(self::states(&told(&dir.path().join("later")))[&many::number(4)], "altered");
}

fn kept_pack(store: &Path, account: &str) -> String {
    names(store).into_iter().find(|name| name.starts_with(account)).unwrap()
}

#[test]
fn a_part_that_was_killed_goes_on_elsewhere_and_asks_no_finished_account_again() {
    let hanging = many::number(4);
    let stuck = hanging.clone();
    let double = Double::organization(Organization::new(
        many::management(6, &[]),
        Faults::none().report_ready(),
        Box::new(move |account| {
            let slow = Faults::none().report_ready().with(Fault::slow("ListUsers", Duration::from_secs(600)));
            let faults = if account == stuck { slow } else { Faults::none().report_ready() };
            (generate::tidy_startup().renumbered(account), faults)
        }),
    ));
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let shared = ["--store", store.to_str().unwrap(), "--shard", "1/1", "--parallel", "2"];
    let mut child = started(&double.endpoint(), &run_org(&dir.path().join("machine-1"), &shared));
    let entries = store.join("runs/000001/entries");
    let done = || fs::read_dir(&entries).map_or(0, Iterator::count);
    let is_stuck = || double.requests().iter().any(|asked| asked.account == hanging && asked.action == "ListUsers");
    let waited = (0..1200).find(|_| {
        std::thread::sleep(Duration::from_millis(50));
        done() >= 3 && is_stuck()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(waited.is_some(), "the part did not come to its middle");
    // A file whose name goes on was being written when the process was killed.
    let finished: BTreeSet<String> =
        names(&entries).iter().filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    drop(double);

    let double = Double::organization(organization());
    let fresh = dir.path().join("machine-2");
    let run = ran(auditpack_at(&double.endpoint()).args(run_org(&fresh, &shared)));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    assert!(run.err.contains("going on with the run in") && run.err.contains("runs/000001"), "{}", run.err);
    assert!(!run.err.contains("asking AWS for the accounts"), "{}", run.err);
    let again = double.requests();
    for asked in &again {
        let about = asked.parameters.get("RoleArn").and_then(|arn| arn.split(':').nth(4)).unwrap_or(&asked.account);
        assert!(!finished.contains(about), "{about} was asked for {} again", asked.action);
    }
    assert!(again.iter().any(|asked| asked.account == hanging));
    // One process did all of it, so the organization's pack is made too: of packs that this machine never had.
    let states = states(&told(&fresh));
    assert_eq!(states.len(), 7);
    assert!(states.values().all(|state| matches!(state.as_str(), "complete" | "incomplete" | "refused")), "{states:?}");
    assert!(store.join("runs/000001/closed.json").exists());

    // The next run is a new one.
    let next = ran(auditpack_at(&double.endpoint()).args(run_org(&dir.path().join("machine-3"), &shared)));
    assert!(matches!(next.code, 0 | 3), "{}", next.err);
    assert_eq!(names(&store.join("runs")).len(), 2);
    let packs = names(&store).into_iter().filter(|name| name.starts_with(&hanging)).count();
    assert_eq!(packs, 2, "an account's second pack of a day has a name of its own");
}

#[test]
fn the_previous_pack_may_come_from_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let later = dir.path().join("later");
    copy(&sample("tidy-startup"), &later);
    crate::compare::moved(&later, 90);
    let make = |from: &Path, out: &str, more: &[&str]| {
        let mut command = auditpack();
        command.args(["run", "--no-pdf", "--from"]).arg(from).arg("--out").arg(dir.path().join(out));
        let run = ran(command.arg("--store").arg(&store).args(more));
        // The later one's credential report is 90 days old, and told as a gap.
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        (only_pack(&dir.path().join(out)), run)
    };
    let (first, _) = make(&sample("tidy-startup"), "quarter-1", &[]);
    let (second, run) = make(&later, "quarter-2", &[]);
    assert!(run.err.contains("changes are told since the pack of"), "{}", run.err);
    assert!(second.join("changes.json").is_file());
    // The chain: the second names the first by its manifest.
    let manifest = fs::read(first.join("SHA256SUMS")).unwrap();
    let hash = sha256(&manifest);
    assert!(fs::read_to_string(second.join("pack.json")).unwrap().contains(&hash));
    assert_eq!(names(&dir.path().join("quarter-2")).len(), 1, "no copy is left behind");

    // The same by name, and as one of two that are compared; the snapshot in a pack is a snapshot in a store.
    let url = format!("file://{}/{}", store.display(), first.file_name().unwrap().to_string_lossy());
    let (named, _) = make(&later, "quarter-2-again", &["--previous", &url]);
    assert!(fs::read_to_string(named.join("pack.json")).unwrap().contains(&hash));
    let compared = ran(auditpack().args(["compare", "--quiet", &url]).arg(&second));
    assert_eq!(compared.code, 0, "{}", compared.err);
    let out = dir.path().join("rendered");
    let rendered = ran(auditpack()
        .args(["render", "--no-pdf", "--no-previous"])
        .arg(format!("{url}/snapshot"))
        .arg("--out")
        .arg(&out));
    assert_eq!(rendered.code, 0, "{}", rendered.err);
    let id = |pack: &Path| {
        serde_json::from_slice::<Value>(&fs::read(pack.join("pack.json")).unwrap()).unwrap()["pack_id"].clone()
    };
    assert_eq!(id(&only_pack(&out)), id(&first));
}

#[test]
fn packs_of_separate_runs_in_a_store_are_joined_too() {
    let dir = tempfile::tempdir().unwrap();
    let (store, later) = (dir.path().join("store"), dir.path().join("later"));
    copy(&sample("tidy-startup"), &later);
    crate::compare::moved(&later, 90);
    for from in [sample("tidy-startup"), later, sample("empty-account")] {
        let mut command = auditpack();
        command.args(["run", "--no-pdf", "--no-previous", "--from"]).arg(from).arg("--out").arg(dir.path().join("out"));
        let run = ran(command.arg("--store").arg(&store));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
    }
    let out = dir.path().join("joined");
    let run = ran(auditpack().args(["render", "--org", "--out"]).arg(&out).arg("--store").arg(&store));
    assert_eq!(run.code, 3, "nobody says which other accounts there are: {}", run.err);
    let pack = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
    let told: Value = serde_json::from_slice(&fs::read(pack.join("organization.json")).unwrap()).unwrap();
    let accounts: Vec<&Value> = told["accounts"].as_array().unwrap().iter().collect();
    assert_eq!(accounts.len(), 2, "{told}");
    let newest = names(&store).into_iter().filter(|name| !name.starts_with("organization")).collect::<Vec<_>>();
    assert_eq!(newest.len(), 3);
    let rolled: BTreeSet<&str> = accounts.iter().filter_map(|one| one["pack"].as_str()).collect();
    assert_eq!(rolled.len(), 2);
    assert!(rolled.iter().all(|name| newest.iter().any(|kept| kept == name)), "{rolled:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The program with S3 at `endpoint`, and no other service anywhere.
fn with_s3(endpoint: &str, arguments: &[&str]) -> Ran {
    ran(auditpack_at(OFFLINE).env("AWS_ENDPOINT_URL_S3", endpoint).args(arguments))
}

#[test]
fn in_s3_every_object_of_a_pack_is_locked_and_comes_back() {
    let moto = moto::start();
    moto.python(
        "s3 = boto3.client('s3')\n\
         s3.create_bucket(Bucket='locked-packs', ObjectLockEnabledForBucket=True)\n\
         s3.create_bucket(Bucket='open-packs')\n",
    );
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let (out, url) = (out.to_str().unwrap(), "s3://locked-packs/iam/2026");
    let lock = ["--retain-until", "2099-12-31", "--retain-mode", "compliance"];
    let run = |store: &str, more: &[&str]| {
        let fixed = [
            "run",
            "--sample",
            "hostile-text",
            "--no-pdf",
            "--no-previous",
            "--pause",
            "1",
            "--out",
            out,
            "--store",
            store,
        ];
        with_s3(&moto.endpoint, &[&fixed[..], more].concat())
    };
    let first = run(url, &lock);
    assert!(matches!(first.code, 0 | 3), "{}", first.err);
    let pack = only_pack(Path::new(out));
    let name = pack.file_name().unwrap().to_str().unwrap();

    let kept = kept(&moto, "iam/2026/");
    let mut made = BTreeMap::new();
    hashes(&pack, &format!("iam/2026/{name}"), &mut made);
    assert!(made.len() > 20 && made.keys().any(|key| key.contains('%')), "{:?}", made.keys());
    assert_eq!(kept.iter().map(|(key, (hash, ..))| (key.clone(), hash.clone())).collect::<BTreeMap<_, _>>(), made);
    for (key, (_, mode, until, versions)) in &kept {
        assert_eq!((mode.as_str(), *versions), ("COMPLIANCE", 1), "{key}");
        assert!(until.starts_with("2099-12-31T23:59:59"), "{key}: {until}");
    }

    let verified = with_s3(&moto.endpoint, &["verify", &format!("{url}/{name}")]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    // Another pack of that account and day gets another name, here and there.
    let second = run(url, &["--period", "2026-Q3"]);
    assert!(second.out.contains(&format!("{name}-2")), "{}{}", second.out, second.err);
    assert!(Path::new(out).join(format!("{name}-2")).exists());

    // One that was kept without a lock gets it; nothing is written a second time.
    let small = dir.path().join("small");
    let made = ran(auditpack().args(["run", "--sample", "empty-account", "--no-pdf", "--out"]).arg(&small));
    assert!(matches!(made.code, 0 | 3), "{}", made.err);
    let pack = only_pack(&small);
    let name = pack.file_name().unwrap().to_str().unwrap();
    let mut made = BTreeMap::new();
    hashes(&pack, name, &mut made);
    let upload = |store: &str, more: &[&str]| {
        with_s3(&moto.endpoint, &[&["upload", pack.to_str().unwrap(), "--store", store][..], more].concat())
    };
    let without = format!("{url}/without");
    assert_eq!(upload(&without, &[]).out.trim(), format!("{without}/{name}"));
    let locks = || -> Vec<(String, u32)> {
        self::kept(&moto, "iam/2026/without/").into_values().map(|(_, mode, _, versions)| (mode, versions)).collect()
    };
    assert_eq!(locks(), vec![(String::new(), 1); made.len()]);
    let locked = upload(&without, &lock);
    assert_eq!(locked.out.trim(), format!("{without}/{name}"), "{}", locked.err);
    assert_eq!(locks(), vec![("COMPLIANCE".to_owned(), 1); made.len()]);

    // This server would take an earlier end; the program does not send one.
    let ends = || -> Vec<String> {
        self::kept(&moto, "iam/2026/without/")
            .into_values()
            .map(|(_, mode, until, _)| format!("{mode} {until}"))
            .collect()
    };
    let long = ends();
    for shorter in [&["--retain-days", "5", "--retain-mode", "compliance"][..], &["--retain-days", "5"]] {
        let again = upload(&without, shorter);
        assert_eq!(again.code, 0, "{}", again.err);
        assert_eq!(ends(), long, "{shorter:?}");
    }
    let weaker = upload(&without, &["--retain-until", "2100-12-31"]);
    assert_eq!(weaker.code, 2, "{}", weaker.out);
    assert!(weaker.err.contains("compliance mode until 2099-12-31") && weaker.err.contains("next:"), "{}", weaker.err);
    assert_eq!(ends(), long);

    // A bucket without Object Lock says so at the first object; the pack stays and is uploaded without a lock.
    let refused = upload("s3://open-packs", &lock);
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(refused.err.contains(&format!("s3://open-packs/{name}/pack.json")), "{}", refused.err);
    assert!(refused.err.contains("next: name a bucket with Object Lock"), "{}", refused.err);
    assert_eq!(upload("s3://open-packs", &[]).code, 0);
    moto.python("boto3.client('s3').put_object(Bucket='open-packs', Key='half/a', Body=b'x')\n");
    let half = with_s3(&moto.endpoint, &["verify", "s3://open-packs/half"]);
    assert!(half.code == 2 && half.err.contains("s3://open-packs/half/SHA256SUMS"), "{}", half.err);
    let absent = upload("s3://no-such-bucket", &[]);
    assert_eq!(absent.code, 2);
    assert!(absent.err.contains("s3://no-such-bucket: there is no such bucket"), "{}", absent.err);

    // What somebody adds with a name that leads elsewhere does not get there, and is not passed over.
    moto.python(&format!(
        "boto3.client('s3').put_object(Bucket='open-packs', Key='{name}/../../../evil', Body=b'x')\n"
    ));
    let hostile = with_s3(&moto.endpoint, &["verify", &format!("s3://open-packs/{name}")]);
    assert_ne!(hostile.code, 0, "{}{}", hostile.out, hostile.err);
    assert!(!std::env::temp_dir().join("../evil").exists());
}

/// What the bucket with locks holds, read by an independent client: key → hash, mode and end of the lock, count of versions.
fn kept(moto: &moto::Moto, prefix: &str) -> BTreeMap<String, (String, String, String, u32)> {
    let told = moto.python(&format!(
        "import json, hashlib\n\
         s3 = boto3.client('s3')\n\
         found = {{}}\n\
         for page in s3.get_paginator('list_object_versions').paginate(Bucket='locked-packs', Prefix='{prefix}'):\n\
         \x20   for one in page['Versions']:\n\
         \x20       key = one['Key']\n\
         \x20       got = s3.get_object(Bucket='locked-packs', Key=key)\n\
         \x20       until = got.get('ObjectLockRetainUntilDate')\n\
         \x20       found[key] = [hashlib.sha256(got['Body'].read()).hexdigest(), got.get('ObjectLockMode', ''), until.isoformat() if until else '', found.get(key, [0])[-1] + 1]\n\
         print(json.dumps(found))\n"
    ));
    serde_json::from_str(&told).unwrap()
}

fn hashes(dir: &Path, before: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{before}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            hashes(&entry.path(), &name, found);
        } else {
            found.insert(name, sha256(&fs::read(entry.path()).unwrap()));
        }
    }
}

#[test]
fn parts_over_s3_are_joined_where_nothing_is() {
    let (moto, double) = (moto::start(), Double::organization(organization()));
    moto.python("boto3.client('s3').create_bucket(Bucket='audit-packs', ObjectLockEnabledForBucket=True)\n");
    let dir = tempfile::tempdir().unwrap();
    let shared = ["--store", "s3://audit-packs/iam", "--retain-days", "30"];
    for part in ["1/2", "2/2"] {
        let out = dir.path().join(part.replace('/', "-of-"));
        let arguments = run_org(&out, &[&shared[..], &["--shard", part]].concat());
        let run = ran(auditpack_at(&double.endpoint()).env("AWS_ENDPOINT_URL_S3", &moto.endpoint).args(arguments));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        assert!(run.out.contains("auditpack render --org --store s3://audit-packs/iam"), "{}", run.out);
    }
    let out = dir.path().join("joined");
    let joined = with_s3(&moto.endpoint, &[&["render", "--org", "--out", out.to_str().unwrap()][..], &shared].concat());
    assert_eq!(joined.code, 3, "{}", joined.err);
    let states = states(&told(&out));
    assert_eq!(states.len(), 8);
    assert!(!states.values().any(|state| matches!(state.as_str(), "missing" | "altered")), "{states:?}");
    let name = pack_of_all(&out).file_name().unwrap().to_string_lossy().into_owned();
    let verified = with_s3(&moto.endpoint, &["verify", &format!("s3://audit-packs/iam/{name}")]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

/// An S3 that takes so many objects and then fails every request that writes; it counts those.
fn failing_s3(takes: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, asked) = (stream.unwrap(), Arc::clone(&asked));
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut head).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let length = head
                        .to_lowercase()
                        .lines()
                        .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
                    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
                    reader.read_exact(&mut body).unwrap();
                    let fails = head.starts_with("PUT") && asked.fetch_add(1, Ordering::SeqCst) >= takes;
                    let answer: &[u8] = if fails {
                        b"HTTP/1.1 503 Slow Down\r\nContent-Length: 79\r\n\r\n<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>"
                    } else {
                        b"HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 0\r\n\r\n"
                    };
                    if stream.write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (endpoint, count)
}

#[test]
fn an_upload_that_fails_names_the_object_and_leaves_the_pack_here() {
    let (endpoint, count) = failing_s3(5);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let run = with_s3(
        &endpoint,
        &[
            "run",
            "--sample",
            "tidy-startup",
            "--no-pdf",
            "--no-previous",
            "--pause",
            "1",
            "--out",
            out,
            "--store",
            "s3://audit-packs",
        ],
    );
    assert_eq!(run.code, 2, "{}", run.out);
    let pack = only_pack(dir.path());
    assert!(run.err.contains("the pack was made and stays in"), "{}", run.err);
    assert!(
        run.err.contains("s3://audit-packs/") && run.err.contains("SlowDown: Reduce your request rate"),
        "{}",
        run.err
    );
    assert!(run.err.contains(&format!("auditpack upload {}", pack.display())), "{}", run.err);
    assert_eq!(ran(auditpack().arg("verify").arg(&pack)).code, 0);
    // Nobody keeps what is not what was sealed.
    fs::write(pack.join("assessment.json"), "{}").unwrap();
    let altered = ran(auditpack().arg("upload").arg(&pack).arg("--store").arg(dir.path().join("store")));
    assert!(
        altered.err.contains("the pack does not match its checksums") && altered.err.contains("next:"),
        "{}",
        altered.err
    );
    assert_eq!((altered.code, dir.path().join("store").join(pack.file_name().unwrap()).exists()), (2, false));
    let asked = count.load(Ordering::SeqCst);
    assert!(asked > 6 && asked < 400, "asked again, and not for ever: {asked}");
}

#[test]
fn an_account_that_cannot_be_kept_costs_no_other_and_is_uploaded_by_the_next_run() {
    let double = Double::organization(organization());
    let dir = tempfile::tempdir().unwrap();
    let (store, out) = (dir.path().join("store"), dir.path().join("out"));
    // The account's place in the store is taken by something that is no folder.
    fs::create_dir_all(&store).unwrap();
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let blocked = store.join(format!("{}-{day}", many::number(3)));
    fs::write(&blocked, "not a pack").unwrap();
    let arguments = run_org(&out, &["--store", store.to_str().unwrap()]);
    let run = ran(auditpack_at(&double.endpoint()).args(&arguments));
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("1 accounts are not kept in the store"), "{}", run.err);
    assert!(run.err.contains(&many::number(3)) && run.err.contains("run again with the same --out"), "{}", run.err);
    assert_eq!(fs::read_dir(store.join("runs/000001/entries")).unwrap().count(), 6, "the others are done");

    fs::remove_file(&blocked).unwrap();
    let before = double.requests().len();
    let again = ran(auditpack_at(&double.endpoint()).args(&arguments));
    assert_eq!(again.code, 3, "{}", again.err);
    let asked: BTreeSet<String> = double.requests()[before..].iter().map(|asked| asked.account.clone()).collect();
    assert!(!asked.contains(&many::number(3)), "it was only uploaded: {asked:?}");
    assert!(blocked.join("SHA256SUMS").is_file());
    assert_eq!(states(&told(&out)).len(), 8);
}

#[test]
fn mistakes_about_a_store_are_told_before_any_work() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let run = |more: &[&str]| {
        let mut command = auditpack();
        ran(command.args(["run", "--sample", "empty-account", "--no-pdf", "--out"]).arg(&out).args(more))
    };
    let folder = dir.path().join("store").display().to_string();
    for (arguments, says) in [
        (&["--store", "s3://Not_A_Bucket/x"][..], "that is no name of a bucket"),
        (&["--store", "gs://bucket/x"], "stores at gs:// are not known"),
        (&["--retain-days", "30"], "no store is named"),
        (&["--store", &folder, "--retain-days", "30"], "a folder cannot keep its files"),
        (&["--store", &folder, "--retain-until", "2020-01-01"], "is over"),
        (&["--store", &folder, "--retain-mode", "compliance"], "nothing says until when"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.out);
        assert!(run.err.contains(says) && run.err.contains("next:"), "{arguments:?}: {}", run.err);
    }
    assert!(!out.exists());
}

#[test]
fn a_snapshot_is_kept_and_rendered_elsewhere_and_the_configuration_may_name_the_store() {
    let double = Double::start(generate::tidy_startup(), Faults::none().report_ready());
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("auditpack.toml"), "store = \"kept here\"\n").unwrap();
    let snapshot = dir.path().join("snapshot");
    let collected = ran(auditpack_at(&double.endpoint())
        .args(["collect", "--pause", "1", "--store"])
        .arg(dir.path().join("kept here"))
        .arg("--out")
        .arg(&snapshot));
    assert!(matches!(collected.code, 0 | 3), "{}", collected.err);
    let kept = names(&dir.path().join("kept here/snapshots"));
    assert_eq!(kept.len(), 1);
    let url = format!("file://{}/kept%20here/snapshots/{}", dir.path().display(), kept.first().unwrap());
    let render = |out: &str| {
        let mut command = auditpack();
        let run = ran(command.args(["render", "--no-pdf", &url, "--out"]).arg(dir.path().join(out)));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        only_pack(&dir.path().join(out))
    };
    assert_eq!(
        fs::read(render("rendered").join("snapshot/calls.jsonl")).unwrap(),
        fs::read(snapshot.join("calls.jsonl")).unwrap()
    );

    // `run` keeps what it makes where the file says, beside the file.
    let mut command = auditpack_at(&double.endpoint());
    command.args(["run", "--no-pdf", "--pause", "1", "--config"]).arg(dir.path().join("auditpack.toml"));
    let run = ran(command.arg("--out").arg(dir.path().join("out")));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let name = only_pack(&dir.path().join("out")).file_name().unwrap().to_string_lossy().into_owned();
    assert!(dir.path().join("kept here").join(name).join("SHA256SUMS").is_file());
}

#[test]
fn the_manifests_for_other_engines_hold_against_their_schemas() {
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/check.sh");
    let path = format!("{}:{}", moto::venv().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = assert_cmd::Command::new("sh");
    let run = ran(command.arg(check).arg(env!("CARGO_BIN_EXE_auditpack")).env("PATH", path));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("the manifests are valid"), "{}", run.out);
}
