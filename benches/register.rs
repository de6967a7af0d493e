//! The register of ever larger accounts: pages, CPU seconds, peak memory, with the bounds beside them.
//! `cargo bench --profile release --bench register`; numbers of roles may follow: `-- 100 5000`.
//!
//! All are whole processes, but for the register's HTML: its CPU seconds are those of that step alone, its memory
//! is the peak of a process that reads the evidence, words the pack and writes no other format.
//!
//! Needs `pdfinfo` of the Debian package `poppler-utils`.

#[path = "meter/meter.rs"]
mod meter;

use auditpack::testing::pack::Labels;
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::Snapshot;
use auditpack::testing::{account, assess, catalog, pack, render};
use aws_double::{Double, Faults, generate};
use meter::{Used, measure, used};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The register must hold these with up to 5,000 roles.
const PAGES_A_CPU_SECOND: f64 = 60.0;
const PDF_MEGABYTES: f64 = 600.0;
const HTML_CPU_SECONDS: f64 = 2.0;
const HTML_MEGABYTES: f64 = 300.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("measure") => return measure(&arguments[1..]),
        Some("html") => return html(Path::new(&arguments[1]), Path::new(&arguments[2])),
        _ => {}
    }
    let mut sizes: Vec<usize> = arguments.iter().map(|argument| argument.parse().expect("a number of roles")).collect();
    if sizes.is_empty() {
        sizes = vec![100, 1_000, 5_000];
    }
    let held = sizes.into_iter().map(size).collect::<Vec<bool>>();
    if held.into_iter().all(|held| held) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An account with so many roles, and policies and users in proportion; whether the bounds hold.
fn size(roles: usize) -> bool {
    let double = Double::start(generate::sized(roles / 10, roles, roles * 3 / 10), Faults::none());
    let work = tempfile::tempdir().expect("a temporary folder");
    let text = |name: &str| work.path().join(name).display().to_string();
    let snapshot = text("snapshot");
    used(&double.endpoint(), &["collect", "--quiet", "--out", &snapshot]);
    drop(double);
    let mut alone = meter::again();
    alone.args(["html", &snapshot, &text("html")]);
    let alone = meter::told(alone);
    let render = |pdf: &str| used("", &["render", &snapshot, "--quiet", "--pdf", pdf, "--out", &text(pdf)]);
    let (none, pack, all) = (render("none"), render("pack"), render("all"));

    let all_files = work.path().join("all");
    let (register, pages) = (pages(&all_files, true), pages(&all_files, false));
    let sheets = files(&work.path().join("html"), "html").len() - 1;
    let speed = register as f64 / (all.cpu - pack.cpu);
    println!("{roles} roles: {sheets} sheets, {pages} pages, {register} of them the register's");
    let html_holds = alone.cpu < HTML_CPU_SECONDS && alone.megabytes < HTML_MEGABYTES;
    line("the register in HTML", &alone, &format!("under {HTML_CPU_SECONDS} CPU s and {HTML_MEGABYTES} MB"));
    line("run without PDF", &none, "");
    line("run with --pdf pack", &pack, "");
    line("run with all PDF files", &all, &format!("under {PDF_MEGABYTES} MB"));
    println!("  {:<24} {speed:>7.0} pages a CPU s         at least {PAGES_A_CPU_SECOND}", "the register's volumes");
    html_holds && all.megabytes < PDF_MEGABYTES && speed >= PAGES_A_CPU_SECOND
}

fn line(name: &str, used: &Used, bound: &str) {
    println!("  {name:<24} {:>7.2} CPU s {:>5.0} MB peak   {bound}", used.cpu, used.megabytes);
}

/// The register's HTML of a snapshot; its CPU seconds, and the peak of this process.
fn html(snapshot: &Path, dir: &Path) -> ExitCode {
    let snapshot = Snapshot::open(snapshot).expect("the snapshot was just collected");
    let catalog = catalog::load(None, &catalog::Overrides::default()).expect("the embedded catalogue loads");
    let account = account::read(&snapshot, None, &TrustSettings::default()).expect("the account has a number");
    let assessment = assess::assess(&account, &catalog);
    let labels = Labels::default();
    let pack = pack::build(&snapshot, &account, &catalog, &assessment, &labels, "0", None).expect("it can be read");
    drop((account, assessment));
    let before = meter::cpu_seconds()[0];
    render::register::write(&pack, dir).expect("there is room for it");
    println!("{:.3} {:.1}", meter::cpu_seconds()[0] - before, meter::peak_megabytes("self"));
    ExitCode::SUCCESS
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
