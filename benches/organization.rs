//! An organization on the double, collected, assessed and rolled up in one run:
//! `cargo bench --bench organization -- [ACCOUNTS [ROLES [PARALLEL]]] [--kill] [AUDITPACK'S OPTIONS]`, 1000 accounts of
//! 200 roles and the program's own `--parallel` by themselves. With `--kill` the program is killed when half of the
//! accounts are done, and started again.
//!
//! Prints requests, what the double's limits allow, the ratio of the wall time to that, peak memory, and the CPU
//! seconds of the program and of the double, which share the machine.

use aws_double::generate::{self, many};
use aws_double::{Asked, Double, Faults, Limit, Organization};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LATENCY: Duration = Duration::from_millis(50);
/// Accounts at work at the same time, where nothing else is said: the program's default.
const PARALLEL: usize = 8;

/// What one account's service allows in one region, by the name in signatures: AWS's own numbers where it publishes
/// them (STS's quota of 600 a second for a caller's account, which AssumeRole counts against; EC2's bucket of 100 that
/// fills with 20 a second; Account Management 5 for regions and 10 for contacts, of which the lower one is taken;
/// CloudTrail 10; DescribeAlarms 9; DescribeMetricFilters 5; Identity Center 20). For the rest, IAM and Organizations
/// among them, AWS publishes none; 20 a second and no more than that at once is what stands here, since IAM is known
/// to throttle early.
const LIMITS: [(&str, f64, f64); 9] = [
    ("", 20.0, 20.0),
    ("sts", 600.0, 600.0),
    ("ec2", 20.0, 100.0),
    ("account", 5.0, 5.0),
    ("cloudtrail", 10.0, 10.0),
    ("monitoring", 9.0, 9.0),
    ("logs", 5.0, 5.0),
    ("sso", 20.0, 20.0),
    ("identitystore", 20.0, 20.0),
];
/// Services that are asked once for the account, one call after the other; the others are asked in every region at
/// the same time.
const GLOBAL: [&str; 6] = ["iam", "sts", "account", "organizations", "sso", "identitystore"];

struct Given {
    accounts: usize,
    roles: usize,
    parallel: usize,
    kill: bool,
    more: Vec<String>,
}

impl Given {
    fn read() -> Self {
        let mut numbers = Vec::new();
        let (mut kill, mut more) = (false, Vec::new());
        for word in std::env::args().skip(1).filter(|word| word != "--bench") {
            match word.parse::<usize>() {
                Ok(number) if more.is_empty() => numbers.push(number),
                _ if word == "--kill" => kill = true,
                _ => more.push(word),
            }
        }
        let at = |place: usize, otherwise: usize| numbers.get(place).copied().unwrap_or(otherwise);
        Self { accounts: at(0, 1000), roles: at(1, 200), parallel: at(2, PARALLEL), kill, more }
    }
}

fn main() {
    let given = Given::read();
    let double = Double::organization(limited(Organization::alike(
        many::management(given.accounts, &[]),
        Faults::none().report_ready().latency(LATENCY),
        generate::sized_with_services(20, given.roles, 40),
        LATENCY,
    )));
    let out = tempfile::tempdir().expect("there is room for a folder");
    let (own, _) = cpu();
    let begun = Instant::now();
    let mut peak = Peak::default();
    if given.kill {
        let mut child = start(&given, &double, out.path());
        while done(out.path()) * 2 < given.accounts {
            assert!(child.try_wait().expect("the child is ours").is_none(), "the run ended before its half");
            peak.look(&child, false);
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().expect("the child is ours");
        child.wait().expect("the child is ours");
    }
    let finished = finished(out.path());
    let asked_before = double.requests().len();

    let mut child = start(&given, &double, out.path());
    let status = loop {
        peak.look(&child, done(out.path()) * 2 > given.accounts);
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let wall = begun.elapsed().as_secs_f64();
    let (after, program) = cpu();
    let asked = double.requests();

    println!(
        "accounts {}, roles in each {}, at once {}, {status}, load average {}",
        given.accounts,
        given.roles,
        given.parallel,
        fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default()
    );
    let throttled = asked.iter().filter(|one| one.throttled).count();
    println!("requests {}, of them throttled {throttled}", asked.len());
    let allowed = allowed(&asked, given.parallel);
    println!("wall     {wall:.1} s, ratio to what the limits allow {:.2} (at most 1.5)", wall / allowed);
    let double = after - own;
    println!(
        "CPU      program {program:.1} s ({:.0} ms an account), double {double:.1} s: at least {:.1} s of wall time on {} cores",
        1000.0 * program / given.accounts as f64,
        (program + double) / cores() as f64,
        cores()
    );
    println!("memory   peak {} MB (at most 600); by half of the accounts {} MB", peak.all >> 10, peak.half >> 10);
    if given.kill {
        told_of_the_kill(&finished, &asked[..asked_before], &asked[asked_before..]);
    }
}

fn limited(organization: Organization) -> Organization {
    LIMITS.iter().fold(organization.latency(LATENCY), |organization, (service, per_second, burst)| {
        organization.limit_of(service, Limit { per_second: *per_second, burst: *burst })
    })
}

fn start(given: &Given, double: &Double, out: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditpack"));
    command
        .args(["run", "--org", "--no-pdf", "--quiet", "--parallel", &given.parallel.to_string(), "--out"])
        .arg(out)
        .args(&given.more)
        .env("AWS_ENDPOINT_URL", double.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "double")
        .env("AWS_SECRET_ACCESS_KEY", "double")
        .stdout(Stdio::inherit());
    command.spawn().expect("the program starts")
}

/// The shortest time that limits, latency and the number of accounts at once allow.
fn allowed(asked: &[Asked], parallel: usize) -> f64 {
    let mut buckets: BTreeMap<(&str, &str, &str), u32> = BTreeMap::new();
    let mut turns = 0.0;
    let regions: BTreeSet<&str> = asked.iter().map(|one| one.region.as_str()).collect();
    for one in asked {
        *buckets.entry((&one.account, &one.service, &one.region)).or_default() += 1;
        turns += if GLOBAL.contains(&one.service.as_str()) { 1.0 } else { 1.0 / regions.len() as f64 };
    }
    let limit = |service: &str| LIMITS.iter().rev().find(|(name, ..)| name.is_empty() || *name == service);
    let needed = |service: &str, count: u32| {
        let (_, per_second, burst) = limit(service).expect("one fits all");
        (f64::from(count) - burst).max(0.0) / per_second
    };
    let callers = buckets.iter().filter(|((account, ..), _)| account.is_empty());
    let by_caller = callers.map(|((_, service, _), count)| needed(service, *count)).fold(0.0, f64::max);
    let mut by_account: BTreeMap<&str, f64> = BTreeMap::new();
    for ((account, service, _), count) in buckets.iter().filter(|((account, ..), _)| !account.is_empty()) {
        let known = by_account.entry(account).or_default();
        *known = known.max(needed(service, *count));
    }
    let by_account = by_account.values().sum::<f64>() / parallel as f64;
    let by_latency = turns * LATENCY.as_secs_f64() / parallel as f64;
    println!(
        "limits   the caller's account {by_caller:.1} s, accounts {by_account:.1} s, {} ms latency {by_latency:.1} s, at {parallel} accounts at once",
        LATENCY.as_millis()
    );
    by_caller.max(by_account).max(by_latency)
}

fn told_of_the_kill(finished: &BTreeSet<String>, before: &[Asked], after: &[Asked]) {
    let about = |one: &Asked| {
        let assumed = one.parameters.get("RoleArn").and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
        assumed.unwrap_or_else(|| one.account.clone())
    };
    let again = after.iter().filter(|one| finished.contains(&about(one))).count();
    let key = |one: &Asked| {
        (about(one), one.service.clone(), one.region.clone(), one.action.clone(), {
            one.parameters
                .iter()
                .filter(|(name, _)| *name != "RoleSessionName")
                .map(|it| format!("{it:?}"))
                .collect::<Vec<_>>()
        })
    };
    let old: BTreeSet<_> = before.iter().map(key).collect();
    let mut repeated: BTreeMap<String, u32> = BTreeMap::new();
    for one in after.iter().filter(|one| !about(one).is_empty() && old.contains(&key(one))) {
        *repeated.entry(about(one)).or_default() += 1;
    }
    println!("killed   with {} accounts finished, {again} requests to them afterwards (must be 0)", finished.len());
    println!(
        "         {} accounts were under way, {} calls of them were asked again, at most {} of one (its role, its caller's \
         identity, and what was in flight)",
        repeated.len(),
        repeated.values().sum::<u32>(),
        repeated.values().max().copied().unwrap_or(0)
    );
    assert_eq!(again, 0, "a finished account was asked again");
}

/// Peak resident memory in kilobytes, of all and by the half of the accounts.
#[derive(Default)]
struct Peak {
    all: u64,
    half: u64,
}

impl Peak {
    fn look(&mut self, child: &Child, second_half: bool) {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0);
        self.all = self.all.max(now);
        if !second_half {
            self.half = self.all;
        }
    }
}

/// CPU seconds of this process, which is the double's, and of its children that have ended.
fn cpu() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything, the times stand at places 11 to 14, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let at = |place: usize| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0) / 100.0;
    (at(11) + at(12), at(13) + at(14))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn entries(out: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(out.join("organization-unfinished/entries")).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.strip_suffix(".json")).map(str::to_owned))
}

fn done(out: &Path) -> usize {
    entries(out).count()
}

fn finished(out: &Path) -> BTreeSet<String> {
    entries(out).collect()
}
