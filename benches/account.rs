//! One large account, measured as whole processes: requests, CPU seconds, peak
//! memory. `cargo bench --profile release`; a size may follow: `-- 500 500 500`.
//!
//! The yardstick is the field's leading tool on a recorded account of 5,000
//! users, 1,000 roles and 1,500 policies: 46,014 requests, 514 CPU seconds.

use aws_double::{Double, Faults, generate};
use std::process::{Command, ExitCode};
use std::time::Duration;

const YARDSTICK_CPU_SECONDS: f64 = 514.0;
const YARDSTICK_REQUESTS: usize = 46_014;

/// CPU seconds and peak memory in MB of one finished process.
struct Used {
    cpu: f64,
    megabytes: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "measure") {
        return measure(&arguments[1..]);
    }
    let size = |index: usize, default: usize| arguments.get(index).map_or(default, |n| n.parse().expect("a number"));
    let (users, roles, policies) = (size(0, 5000), size(1, 1000), size(2, 1500));
    let standard = arguments.is_empty();

    let double = Double::start(generate::sized(users, roles, policies), Faults::none());
    let work = tempfile::tempdir().expect("a temporary folder");
    let snapshot = work.path().join("snapshot");
    let (snapshot_text, out) = (snapshot.display().to_string(), work.path().join("packs").display().to_string());

    println!("{users} users, {roles} roles, {policies} policies");
    let collected = used(&double.endpoint(), &["collect", "--quiet", "--out", &snapshot_text]);
    let requests = double.requests().len();
    let plain = used("", &["render", &snapshot_text, "--quiet", "--no-pdf", "--out", &out]);
    let whole = used("", &["render", &snapshot_text, "--quiet", "--out", &out]);
    row("collect", &collected);
    row("assess, HTML, CSV, JSON, seal", &plain);
    row("the same with PDF and annexes", &whole);
    println!("requests: {requests}");
    if standard {
        println!("requests, yardstick / ours: {:.0}", YARDSTICK_REQUESTS as f64 / requests as f64);
        println!(
            "CPU without PDF, yardstick / ours: {:.0} (at least 100)",
            YARDSTICK_CPU_SECONDS / (collected.cpu + plain.cpu)
        );
        println!(
            "CPU with PDF, yardstick / ours: {:.0} (at least 25)",
            YARDSTICK_CPU_SECONDS / (collected.cpu + whole.cpu)
        );
    }
    ExitCode::SUCCESS
}

fn row(name: &str, used: &Used) {
    println!("{name:<32} {:>7.2} CPU s {:>6.0} MB peak", used.cpu, used.megabytes);
}

/// Runs the program through a copy of this one, so that the kernel's account of
/// finished children holds this run alone.
fn used(endpoint: &str, arguments: &[&str]) -> Used {
    let own = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(own);
    command.arg("measure").arg(env!("CARGO_BIN_EXE_auditpack")).args(arguments);
    if !endpoint.is_empty() {
        command.env("AWS_ENDPOINT_URL", endpoint);
    }
    command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x").env("AWS_REGION", "us-east-1");
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let mut numbers = last.split(' ').map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(cpu)), Some(Ok(megabytes))) => Used { cpu, megabytes },
        _ => panic!("{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Runs a command, watching its peak memory, then prints the CPU seconds of finished children and that peak.
fn measure(command: &[String]) -> ExitCode {
    let mut child = Command::new(&command[0]).args(&command[1..]).spawn().expect("the program starts");
    let mut peak = 0.0_f64;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        peak = peak.max(high_water_megabytes(child.id()));
        std::thread::sleep(Duration::from_millis(5));
    };
    // 3 says that evidence is incomplete, which a generated account can cause.
    if !matches!(status.code(), Some(0 | 3)) {
        return ExitCode::FAILURE;
    }
    println!("{:.3} {peak:.1}", children_cpu_seconds());
    ExitCode::SUCCESS
}

/// `VmHWM` of a running process: its peak resident memory so far.
fn high_water_megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// `cutime` + `cstime` of `/proc/self/stat`, in clock ticks of a hundredth of a second.
fn children_cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this benchmark runs on Linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        |index: usize| after_name.split_whitespace().nth(index).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) / 100.0
}
