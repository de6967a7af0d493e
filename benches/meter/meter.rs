//! What a finished process used, as Linux counts it; shared by the benchmarks.

use std::process::{Command, ExitCode};
use std::time::Duration;

/// CPU seconds and peak memory in MB of one finished process.
pub struct Used {
    pub cpu: f64,
    pub megabytes: f64,
}

/// Runs the program through a copy of this one, so that the kernel's account of
/// finished children holds this run alone. The copy calls [`measure`].
pub fn used(endpoint: &str, arguments: &[&str]) -> Used {
    let mut command = again();
    command.arg("measure").arg(env!("CARGO_BIN_EXE_auditpack")).args(arguments);
    if !endpoint.is_empty() {
        command.env("AWS_ENDPOINT_URL", endpoint);
    }
    command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x").env("AWS_REGION", "us-east-1");
    told(command)
}

/// This benchmark, to be started once more.
pub fn again() -> Command {
    Command::new(std::env::current_exe().expect("this program has a path"))
}

/// Runs a copy of this program whose last line is two numbers: CPU seconds and megabytes.
pub fn told(mut command: Command) -> Used {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let mut numbers = last.split(' ').map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(cpu)), Some(Ok(megabytes))) => Used { cpu, megabytes },
        _ => panic!("{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Runs a command, watching its peak memory, then prints the CPU seconds of finished children and that peak.
pub fn measure(command: &[String]) -> ExitCode {
    let mut child = Command::new(&command[0]).args(&command[1..]).spawn().expect("the program starts");
    let mut peak = 0.0_f64;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        peak = peak.max(peak_megabytes(&child.id().to_string()));
        std::thread::sleep(Duration::from_millis(5));
    };
    // 3 says that evidence is incomplete, which a generated account can cause.
    if !matches!(status.code(), Some(0 | 3)) {
        return ExitCode::FAILURE;
    }
    println!("{:.3} {peak:.1}", cpu_seconds()[1]);
    ExitCode::SUCCESS
}

/// `VmHWM` of a running process, or of `self`: its peak resident memory so far.
pub fn peak_megabytes(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// User and system time of this process, and of its finished children: fields of `/proc/self/stat`, in clock
/// ticks of a hundredth of a second.
pub fn cpu_seconds() -> [f64; 2] {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this benchmark runs on Linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        |index: usize| after_name.split_whitespace().nth(index).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    [(ticks(11) + ticks(12)) / 100.0, (ticks(13) + ticks(14)) / 100.0]
}
