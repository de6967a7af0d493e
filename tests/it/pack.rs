//! The pack's words, tables and files, from an account made by hand.

pub mod fixture;

use auditpack::render;
use fixture::{Fixture, fixture};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Everything but PDF, by file name.
pub fn rendered(fixture: &Fixture) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let pack = fixture.pack();
    render::html::write(&pack, dir.path(), &|_| {}).unwrap();
    render::csv::write(&pack, dir.path()).unwrap();
    render::json::write(&pack, dir.path()).unwrap();
    let mut files = BTreeMap::new();
    read(dir.path(), dir.path(), &mut files);
    files
}

fn read(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn dump() {
    if let Ok(dir) = std::env::var("DUMP") {
        let count = std::env::var("USERS").map_or(40, |n| n.parse().unwrap());
        let fixture = fixture(count);
        let clock = std::time::Instant::now();
        let pack = fixture.pack();
        eprintln!("word {:?}", clock.elapsed());
        let clock = std::time::Instant::now();
        let dir = Path::new(&dir);
        render::html::write(&pack, dir, &|_| {}).unwrap();
        eprintln!("html {:?}", clock.elapsed());
        let clock = std::time::Instant::now();
        render::csv::write(&pack, dir).unwrap();
        render::json::write(&pack, dir).unwrap();
        eprintln!("csv json {:?}", clock.elapsed());
    }
}
