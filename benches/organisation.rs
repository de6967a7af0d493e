//! An organisation on the double, collected, assessed and rolled up in one run:
//! `cargo bench --bench organisation -- [ACCOUNTS [ROLES [PARALLEL]]]`, 1000, 200 and 32 by themselves.
//!
//! Prints requests, what the double's limits allow, the ratio of the wall time to that, and peak memory.

use aws_double::generate::{self, many};
use aws_double::{Double, Faults, Limit, Organisation};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LATENCY: Duration = Duration::from_millis(50);
/// Of one service of one account; `AssumeRole` is asked of the caller's.
const LIMIT: Limit = Limit { per_second: 20.0, burst: 20.0 };

fn main() {
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let at = |place: usize, otherwise: usize| given.get(place).copied().unwrap_or(otherwise);
    let (accounts, roles, parallel) = (at(0, 1000), at(1, 200), at(2, 32));
    let faults = || Faults::none().report_ready().latency(LATENCY);
    let template = generate::sized(20, roles, 40);
    let organisation = Organisation::new(
        many::management(accounts, &[]),
        faults(),
        Box::new(move |account| (template.renumbered(account), Faults::none().report_ready().latency(LATENCY))),
    );
    let double = Double::organisation(organisation.latency(LATENCY).limit(LIMIT));
    let out = tempfile::tempdir().expect("there is room for a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditpack"));
    command
        .args(["run", "--org", "--no-pdf", "--quiet", "--parallel", &parallel.to_string(), "--out"])
        .arg(out.path())
        .env("AWS_ENDPOINT_URL", double.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "double")
        .env("AWS_SECRET_ACCESS_KEY", "double")
        .stdout(Stdio::inherit());
    let begun = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let mut peak = 0;
    let mut at_half = 0;
    let status = loop {
        peak = peak.max(memory(child.id()));
        if at_half == 0 && done(out.path()) * 2 > accounts {
            at_half = peak;
        }
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let wall = begun.elapsed().as_secs_f64();

    let asked = double.requests();
    let mut by_service: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for one in &asked {
        *by_service.entry((one.account.as_str(), one.service.as_str())).or_default() += 1;
    }
    let throttled = asked.iter().filter(|one| one.status == 400).count();
    // Nobody is served faster than its service's limit, and nobody faster than one answer a latency and worker.
    let by_limit = by_service
        .values()
        .map(|count| (f64::from(*count) - LIMIT.burst).max(0.0) / LIMIT.per_second)
        .fold(0.0, f64::max);
    let by_latency = asked.len() as f64 * LATENCY.as_secs_f64() / parallel as f64;
    let allowed = by_limit.max(by_latency);
    println!("accounts {accounts}, roles in each {roles}, at once {parallel}, exit {status}");
    println!("requests {}, of them answered with 400 {throttled}", asked.len());
    println!(
        "limits   {} a second and service, {} ms latency: {by_limit:.1} s by rate, {by_latency:.1} s by latency",
        LIMIT.per_second,
        LATENCY.as_millis()
    );
    println!("wall     {wall:.1} s, ratio to what they allow {:.2} (at most 1.5)", wall / allowed);
    println!("memory   peak {} MB (at most 600); by half of the accounts {} MB", peak >> 10, at_half >> 10);
}

/// Peak resident memory of a process in kilobytes, where the system tells it.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}

fn done(out: &std::path::Path) -> usize {
    std::fs::read_dir(out.join("organisation-unfinished/entries")).map_or(0, Iterator::count)
}
