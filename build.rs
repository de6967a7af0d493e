//! Tells the compiler two things it cannot see. Folders that are embedded whole:
//! a new or changed page, template or sample must reach the binary, and
//! `include_dir` alone does not notice. And which build this is: the commit,
//! whether what is compiled in differs from it, and the target.

use std::path::Path;
use std::process::Command;

/// Everything that a build is made of, and that a change of makes it another build.
const SOURCES: &[&str] = &["src", "controls", "templates", "data", "samples", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    for source in SOURCES.iter().filter(|source| Path::new(source).exists()) {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rustc-env=AUDITPACK_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    // A copy without its history, such as a published crate, has no commit.
    let Some(commit) = git(&["rev-parse", "HEAD"]).filter(|_| is_own_clone()) else { return };
    let status = git(&[&["status", "--porcelain", "--untracked-files=normal", "--"], SOURCES].concat());
    println!("cargo::rustc-env=AUDITPACK_COMMIT={commit}");
    println!("cargo::rustc-env=AUDITPACK_MODIFIED={}", status.is_none_or(|changes| !changes.is_empty()));
    // Each commit and each checkout appends a line here.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists()) {
        println!("cargo::rerun-if-changed={log}");
    }
}

/// Whether the clone is this project's own, not one that the source was unpacked into.
fn is_own_clone() -> bool {
    let top = git(&["rev-parse", "--show-toplevel"]).and_then(|top| Path::new(&top).canonicalize().ok());
    top.is_some() && top == Path::new(".").canonicalize().ok()
}

/// What git prints, without the last line break; none if it fails or is not there.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim_end().to_owned())
}
