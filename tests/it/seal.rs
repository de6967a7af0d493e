//! A sealed folder: what was touched is named.

use auditpack::seal::{Findings, seal, verify};
use std::fs;
use std::process::Command;

fn sealed() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tables")).unwrap();
    fs::write(dir.path().join("pack.pdf"), b"a pack").unwrap();
    fs::write(dir.path().join("tables/a,b \\ ü.csv"), b"x").unwrap();
    fs::write(dir.path().join("tables/SHA256SUMS"), b"only the root's manifest is left out").unwrap();
    seal(dir.path()).unwrap();
    dir
}

#[test]
fn an_untouched_folder_is_intact() {
    let dir = sealed();
    let found = verify(dir.path()).unwrap();
    assert!(found.intact());
    assert_eq!(found.matched, 3);
}

#[test]
fn stock_sha256sum_agrees() {
    let dir = sealed();
    let run = Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(dir.path()).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn what_was_touched_is_named() {
    let dir = sealed();
    fs::write(dir.path().join("pack.pdf"), b"a pacK").unwrap();
    fs::remove_file(dir.path().join("tables/a,b \\ ü.csv")).unwrap();
    fs::write(dir.path().join("tables/extra.csv"), b"").unwrap();
    let found = verify(dir.path()).unwrap();
    let expected = Findings {
        changed: vec!["pack.pdf".into()],
        missing: vec!["tables/a,b \\ ü.csv".into()],
        added: vec!["tables/extra.csv".into()],
        matched: 1,
        manifest_sha256: found.manifest_sha256.clone(),
    };
    assert_eq!(found, expected);
}

#[test]
fn signatures_beside_the_manifest_are_not_added_files() {
    let dir = sealed();
    for name in ["seal.json", "SHA256SUMS.sig", "SHA256SUMS.tsr"] {
        fs::write(dir.path().join(name), b"made from the manifest").unwrap();
    }
    assert!(verify(dir.path()).unwrap().intact());
    fs::write(dir.path().join("tables/hidden.sig"), b"").unwrap();
    assert_eq!(verify(dir.path()).unwrap().added, ["tables/hidden.sig"]);
}

#[test]
fn a_folder_without_manifest_says_what_to_name() {
    let dir = tempfile::tempdir().unwrap();
    let error = verify(dir.path()).unwrap_err().to_string();
    assert!(error.contains("SHA256SUMS") && error.contains("next: name the folder"), "{error}");
}
