//! The arrow of `src/lib.rs`, held against the code: which room may name which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Room → rooms it may use. `digest` is arithmetic on bytes, `files` opens plain files, `text` makes text safe to look at, `arn` takes names apart, `tool` is
/// the build's identity, and nothing else.
const ARROW: &[(&str, &[&str])] = &[
    ("digest", &[]),
    ("files", &["digest"]),
    ("text", &[]),
    ("arn", &[]),
    ("tool", &[]),
    ("verdict", &[]),
    ("operations", &[]),
    ("wire", &["arn", "text"]),
    ("snapshot", &["digest", "files", "wire", "text", "operations", "arn"]),
    ("collect", &["digest", "files", "wire", "snapshot", "text", "operations", "arn"]),
    ("policy", &["arn", "text"]),
    ("account", &["digest", "wire", "snapshot", "policy", "text", "operations", "arn"]),
    ("describe", &["digest", "account", "policy", "arn", "text"]),
    ("catalog", &["digest", "files", "account", "arn"]),
    ("assess", &["account", "catalog", "verdict", "text"]),
    ("compare", &["account", "policy", "catalog", "assess", "describe", "verdict", "arn", "text"]),
    (
        "pack",
        &["snapshot", "account", "catalog", "assess", "describe", "compare", "verdict", "operations", "arn", "text"],
    ),
    ("organization", &["snapshot", "account", "policy", "verdict", "operations", "arn"]),
    ("render", &["digest", "files", "pack", "organization", "text", "verdict"]),
    ("seal", &["digest", "files", "tool"]),
    ("store", &["collect", "files", "text"]),
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Rooms that a source text names as `crate::room`, with the line.
fn named(text: &str) -> Vec<(usize, String)> {
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(number, line)| {
        line.match_indices("crate::").map(move |(at, _)| {
            let rest = &line[at + "crate::".len()..];
            let room: String =
                rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
            (number + 1, room)
        })
    })
    .collect()
}

#[test]
fn every_room_uses_only_what_the_arrow_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<&str, &[&str]> = ARROW.iter().copied().collect();
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let room = first.trim_end_matches(".rs");
        if matches!(room, "lib" | "main" | "cli" | "run" | "testing") {
            continue;
        }
        let allowed = allowed.get(room).unwrap_or_else(|| panic!("room {room} is not in the arrow"));
        for (line, used) in named(&fs::read_to_string(&file).unwrap()) {
            seen += 1;
            if used != room && !allowed.contains(&used.as_str()) && allowed_names().contains(&used.as_str()) {
                wrong.push(format!("{}:{line}: {room} uses {used}", relative.display()));
            }
        }
    }
    assert!(seen > 20, "the scan found too little to be right");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn allowed_names() -> Vec<&'static str> {
    ARROW.iter().map(|(room, _)| *room).chain(["cli", "run"]).collect()
}

/// Rooms in the first column of the page's table.
#[test]
fn the_architecture_page_names_every_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let table = page.lines().skip_while(|line| !line.starts_with("|---")).take_while(|line| line.starts_with('|'));
    let mut listed: Vec<&str> = table.filter_map(|line| line.split('`').nth(1)).collect();
    listed.sort_unstable();
    let crate_root = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let modules = crate_root.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    let mut rooms: Vec<&str> = modules.map(|module| module.trim_end_matches(';')).collect();
    rooms.sort_unstable();
    assert_eq!(listed, rooms);
}

#[test]
fn rooms_that_must_not_know_the_clock_or_the_network_do_not() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        // A run knows when it began, and which part of a batch job it is.
        if ["cli", "run", "collect", "main.rs"].iter().any(|room| relative.starts_with(room)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let clock = ["Timestamp::now", "SystemTime::now", "Instant::now", "env::var"];
        // A store is somewhere else; what time it is, it is told.
        let network = if relative.starts_with("store") { &[][..] } else { &["TcpStream", "aws_sdk", "tokio::"] };
        for forbidden in clock.iter().chain(network) {
            if text.contains(forbidden) {
                wrong.push(format!("{relative}: {forbidden}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
