//! One large account, measured as whole processes: requests, CPU seconds, peak
//! memory. `cargo bench --profile release`; a size may follow: `-- 500 500 500`.
//!
//! The yardstick is the field's leading tool on a recorded account of 5,000
//! users, 1,000 roles and 1,500 policies: 46,014 requests, 514 CPU seconds.

#[path = "meter/meter.rs"]
mod meter;

use aws_double::{Double, Faults, generate};
use meter::{Used, measure, used};
use std::process::ExitCode;

const YARDSTICK_CPU_SECONDS: f64 = 514.0;
const YARDSTICK_REQUESTS: usize = 46_014;

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
    let render = |pdf: &str| used("", &["render", &snapshot_text, "--quiet", "--pdf", pdf, "--out", &out]);
    let (plain, pack, whole) = (render("none"), render("pack"), render("all"));
    row("collect", &collected);
    row("assess, HTML, CSV, JSON, seal", &plain);
    row("the same with --pdf pack", &pack);
    row("the same with all PDF files", &whole);
    println!("requests: {requests}");
    if standard {
        println!("requests, yardstick / ours: {:.0}", YARDSTICK_REQUESTS as f64 / requests as f64);
        ratio("without PDF", collected.cpu + plain.cpu, "at least 100");
        ratio("with --pdf pack", collected.cpu + pack.cpu, "at least 25");
        ratio("with all PDF files", collected.cpu + whole.cpu, "the volumes of the register have a bound of their own");
    }
    ExitCode::SUCCESS
}

fn ratio(name: &str, cpu: f64, bound: &str) {
    println!("CPU {name}, yardstick / ours: {:.0} ({bound})", YARDSTICK_CPU_SECONDS / cpu);
}

fn row(name: &str, used: &Used) {
    println!("{name:<32} {:>7.2} CPU s {:>6.0} MB peak", used.cpu, used.megabytes);
}
