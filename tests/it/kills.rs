//! What is left after a kill, and what the next run makes of it; two runs at once; Ctrl-C.

use crate::support::{Ran, auditpack, auditpack_at, only_pack, ran, sample};
use aws_double::{Account, Double, Faults};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn double(latency: u64) -> Double {
    let faults = Faults::none().report_ready().latency(Duration::from_millis(latency));
    Double::start(Account::load(&sample("tidy-startup")).unwrap(), faults)
}

/// The program's run as a process that goes on by itself.
fn started(endpoint: &str, s3: &str, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditpack"));
    for (name, value) in auditpack_at(endpoint).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("AWS_ENDPOINT_URL_S3", s3).current_dir(std::env::temp_dir());
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn again(endpoint: &str, s3: &str, arguments: &[&str]) -> Ran {
    ran(auditpack_at(endpoint).env("AWS_ENDPOINT_URL_S3", s3).args(arguments))
}

/// Waits until something is so; a minute at most.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn ended(child: Child) -> (Output, String) {
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, err)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

fn hidden(out: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(out).into_iter().flatten().map(|entry| entry.unwrap().path());
    all.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('.')).collect()
}

/// An S3 that takes any object, and keeps silent to writes after so many of them.
fn s3(takes: &Arc<AtomicUsize>, puts: &Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (takes, puts) = (Arc::clone(takes), Arc::clone(puts));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, takes, puts) = (stream.unwrap(), Arc::clone(&takes), Arc::clone(&puts));
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut head).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let lower = head.to_lowercase();
                    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
                    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
                    reader.read_exact(&mut body).unwrap();
                    if head.starts_with("PUT") && puts.fetch_add(1, Ordering::SeqCst) >= takes.load(Ordering::SeqCst) {
                        std::thread::sleep(Duration::from_secs(120));
                        return;
                    }
                    let list = b"<ListBucketResult><Name>b</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";
                    let body: &[u8] = if head.starts_with("GET") { list } else { b"" };
                    let answer = format!("HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: {}\r\n\r\n", body.len());
                    if stream.write_all(answer.as_bytes()).and_then(|()| stream.write_all(body)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    endpoint
}

#[test]
fn a_run_that_is_killed_in_its_upload_goes_on_with_that_upload() {
    let double = double(0);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("packs");
    let (takes, puts) = (Arc::new(AtomicUsize::new(5)), Arc::default());
    let store = s3(&takes, &puts);
    let arguments = ["run", "--no-pdf", "--pause", "0", "--out", out.to_str().unwrap(), "--store", "s3://packs/iam"];
    let mut child = started(&double.endpoint(), &store, &arguments);
    until("the upload", || puts.load(Ordering::SeqCst) > 5);
    child.kill().unwrap();
    child.wait().unwrap();
    let made = only_pack(&out);
    let asked = double.requests().len();
    assert!(asked > 20);

    takes.store(usize::MAX, Ordering::SeqCst);
    let before = puts.load(Ordering::SeqCst);
    let run = again(&double.endpoint(), &store, &arguments);
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    assert!(run.err.contains("made by a run that was interrupted"), "{}", run.err);
    assert!(run.out.contains(made.to_str().unwrap()) && run.out.contains("controls:"), "{}", run.out);
    assert_eq!(only_pack(&out), made, "no second pack");
    assert_eq!(double.requests().len(), asked, "AWS is not asked again");
    assert!(puts.load(Ordering::SeqCst) - before > 20, "all of the pack went to the store");
    assert!(!out.join("unfinished").exists());

    // The next run is a new one.
    let next = again(&double.endpoint(), &store, &arguments);
    assert!(matches!(next.code, 0 | 3) && double.requests().len() > asked, "{}", next.err);
}

#[test]
fn an_upload_that_fails_is_taken_up_as_well() {
    let double = double(0);
    let dir = tempfile::tempdir().unwrap();
    let (out, store) = (dir.path().join("packs"), dir.path().join("store"));
    let arguments =
        ["run", "--no-pdf", "--pause", "0", "--out", out.to_str().unwrap(), "--store", store.to_str().unwrap()];
    // A file stands where the pack's folder should be made.
    let first = again(&double.endpoint(), "", &["run", "--no-pdf", "--pause", "0", "--out", out.to_str().unwrap()]);
    assert!(matches!(first.code, 0 | 3), "{}", first.err);
    let name = only_pack(&out).file_name().unwrap().to_owned();
    fs::remove_dir_all(&out).unwrap();
    fs::create_dir_all(&store).unwrap();
    fs::write(store.join(&name), "in the way").unwrap();
    let failed = again(&double.endpoint(), "", &arguments);
    assert_eq!(failed.code, 2, "{}", failed.err);
    assert!(failed.err.contains("stays in") && failed.err.contains("auditpack upload"), "{}", failed.err);
    let asked = double.requests().len();
    fs::remove_file(store.join(&name)).unwrap();
    let run = again(&double.endpoint(), "", &arguments);
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    assert_eq!(double.requests().len(), asked);
    assert!(store.join(&name).join("SHA256SUMS").is_file());
}

#[test]
fn what_a_killed_run_left_is_removed_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("packs");
    let arguments = ["run", "--sample", "hostile-text", "--out", out.to_str().unwrap()];
    let mut child = started("http://127.0.0.1:9", "", &arguments);
    until("the pack in the making", || !hidden(&out).is_empty());
    // While it is at work, another run leaves it alone.
    let small = ["run", "--sample", "permission-denied", "--no-pdf", "--out", out.to_str().unwrap()];
    let beside = ran(auditpack().args(small));
    assert_eq!(beside.code, 3, "{}", beside.err);
    assert!(!beside.err.contains("removed"), "{}", beside.err);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(hidden(&out).len(), 1);
    let next = ran(auditpack().args(small));
    assert_eq!(next.code, 3, "{}", next.err);
    assert!(next.err.contains("removed ") && next.err.contains(".making-"), "{}", next.err);
    assert!(hidden(&out).is_empty());
}

#[test]
fn a_second_run_is_told_that_another_is_at_work() {
    let double = double(100);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("packs");
    let arguments = ["run", "--no-pdf", "--pause", "0", "--out", out.to_str().unwrap()];
    let mut child = started(&double.endpoint(), "", &arguments);
    until("the first call", || double.requests().len() > 2);
    let second = again(&double.endpoint(), "", &arguments);
    assert_eq!(second.code, 2, "{}", second.err);
    let words = format!("another run is at work in {} (process {})", out.display(), child.id());
    assert!(second.err.contains(&words) && second.err.contains("next:"), "{}", second.err);
    let snapshot = out.join("unfinished/snapshot");
    for more in [&["--resume"][..], &[]] {
        let collect =
            again(&double.endpoint(), "", &[&["collect", "--out", snapshot.to_str().unwrap()][..], more].concat());
        assert_eq!(collect.code, 2);
        assert!(collect.err.contains("another collection is at work here"), "{more:?}: {}", collect.err);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Whether this process ignores a signal, as a job in the background does with SIGINT; its children do, too.
fn ignores(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

#[cfg(unix)]
#[test]
fn ctrl_c_says_what_is_kept_and_the_next_run_goes_on() {
    use std::os::unix::process::ExitStatusExt as _;
    for (name, number) in [("-INT", 2), ("-TERM", 15)] {
        if ignores(number) {
            continue;
        }
        let double = double(50);
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("packs");
        let arguments = ["run", "--no-pdf", "--pause", "0", "--out", out.to_str().unwrap()];
        let child = started(&double.endpoint(), "", &arguments);
        until("some calls", || double.requests().len() > 8);
        signal(&child, name);
        let (output, err) = ended(child);
        assert_eq!(output.status.signal(), Some(number.cast_signed()), "{err}");
        let words = format!("interrupted: what was collected is kept in {}; run the same command again", out.display());
        assert!(err.contains(&words), "{err}");
        let run = again(&double.endpoint(), "", &arguments);
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        assert!(run.err.contains("going on with the collection"), "{}", run.err);
        only_pack(&out);
    }
}

/// A folder that somebody else prepared may name a store of theirs.
#[test]
fn a_store_of_the_configuration_is_announced() {
    let dir = tempfile::tempdir().unwrap();
    let double = double(0);
    fs::write(dir.path().join("auditpack.toml"), "store = \"theirs\"\n").unwrap();
    let run = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--pause", "0"]).current_dir(dir.path()));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let announced = run.err.find("packs are also kept in theirs, which auditpack.toml names as the store");
    assert!(announced < run.err.find("connecting to AWS") && announced.is_some(), "{}", run.err);
}
