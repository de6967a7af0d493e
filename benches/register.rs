//! The register of ever larger accounts, measured as whole processes: pages, CPU
//! seconds, peak memory, with PDF and with HTML alone.
//! `cargo bench --profile release --bench register`; numbers of roles may follow: `-- 100 5000`.
//!
//! Needs `pdfinfo` of the Debian package `poppler-utils`.

use aws_double::{Double, Faults, generate};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

/// The register must hold these with 5,000 roles.
const PAGES_A_CPU_SECOND: f64 = 60.0;
const PEAK_MEGABYTES: f64 = 600.0;

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
    let mut sizes: Vec<usize> = arguments.iter().map(|argument| argument.parse().expect("a number of roles")).collect();
    if sizes.is_empty() {
        sizes = vec![100, 1_000, 5_000];
    }
    println!("at least {PAGES_A_CPU_SECOND} pages a CPU second, at most {PEAK_MEGABYTES} MB");
    for roles in sizes {
        size(roles);
    }
    ExitCode::SUCCESS
}

/// An account with so many roles, and policies and users in proportion.
fn size(roles: usize) {
    let double = Double::start(generate::sized(roles / 10, roles, roles * 3 / 10), Faults::none());
    let work = tempfile::tempdir().expect("a temporary folder");
    let text = |path: PathBuf| path.display().to_string();
    let snapshot = text(work.path().join("snapshot"));
    let (html, all) = (work.path().join("html"), work.path().join("all"));
    used(&double.endpoint(), &["collect", "--quiet", "--out", &snapshot]);
    drop(double);
    let plain = used("", &["render", &snapshot, "--quiet", "--no-pdf", "--out", &text(html.clone())]);
    let whole = used("", &["render", &snapshot, "--quiet", "--out", &text(all.clone())]);
    let (register, pages) = (pages(&all, true), pages(&all, false));
    let sheets =
        files(&html, "html").iter().filter(|path| path.display().to_string().contains("/register/")).count() - 1;
    println!("{roles} roles, {sheets} sheets");
    println!("  HTML and all but PDF {:>8.2} CPU s {:>6.0} MB peak", plain.cpu, plain.megabytes);
    println!(
        "  with PDF             {:>8.2} CPU s {:>6.0} MB peak, {pages} pages, {register} of them the register's",
        whole.cpu, whole.megabytes
    );
    println!("  PDF alone            {:>8.0} pages a CPU second", pages as f64 / (whole.cpu - plain.cpu));
}

/// Files below a folder with an ending.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("the pack can be read") {
        let path = entry.expect("the pack can be read").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
    found
}

/// Pages of a pack's PDF files, or of its register's alone.
fn pages(dir: &Path, register: bool) -> usize {
    let wanted = |path: &PathBuf| !register || path.display().to_string().contains("/register/");
    let count = |path: PathBuf| -> usize {
        let told = Command::new("pdfinfo").arg(&path).output().expect("pdfinfo is installed").stdout;
        let told = String::from_utf8_lossy(&told).into_owned();
        let line = told.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap_or("0");
        line.trim().parse().expect("a number of pages")
    };
    files(dir, "pdf").into_iter().filter(wanted).map(count).sum()
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
