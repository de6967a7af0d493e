//! A sealed folder: what was touched is named.

use auditpack::testing::seal::{Findings, seal, verify};
use std::fs;
use std::process::Command;

fn sealed() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tables")).unwrap();
    fs::write(dir.path().join("pack.pdf"), b"a pack").unwrap();
    fs::write(dir.path().join("tables/a,b \\ ü.csv"), b"x").unwrap();
    fs::write(dir.path().join("tables/SHA256SUMS"), b"only the root's manifest is left out").unwrap();
    let files = ["pack.json", "pack.pdf", "tables/SHA256SUMS", "tables/a,b \\ ü.csv"];
    fs::write(dir.path().join("pack.json"), serde_json::json!({ "files": files }).to_string()).unwrap();
    let manifest = seal(dir.path()).unwrap();
    assert_eq!(manifest, verify(dir.path()).unwrap().manifest_sha256);
    dir
}

#[test]
fn an_untouched_folder_is_intact() {
    let dir = sealed();
    let found = verify(dir.path()).unwrap();
    assert!(found.intact());
    assert_eq!(found.matched, 4);
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
        matched: 2,
        manifest_sha256: found.manifest_sha256.clone(),
        ..Findings::default()
    };
    assert_eq!(found, expected);
}

#[test]
fn signatures_beside_the_manifest_are_not_added_files() {
    let dir = sealed();
    for name in ["seal.json", "SHA256SUMS.sig", "SHA256SUMS.tsr"] {
        fs::write(dir.path().join(name), b"made from the manifest").unwrap();
    }
    let found = verify(dir.path()).unwrap();
    assert!(found.intact());
    assert_eq!(found.not_covered, ["SHA256SUMS.sig", "SHA256SUMS.tsr", "seal.json"], "they are named");
    fs::write(dir.path().join("tables/hidden.sig"), b"").unwrap();
    assert_eq!(verify(dir.path()).unwrap().added, ["tables/hidden.sig"]);
}

#[test]
fn a_folder_without_manifest_says_what_to_name() {
    let dir = tempfile::tempdir().unwrap();
    let error = verify(dir.path()).unwrap_err().to_string();
    assert!(error.contains("SHA256SUMS") && error.contains("next: name the folder"), "{error}");
}

/// What `verify` finds after a change to a sealed folder.
fn after(change: impl FnOnce(&std::path::Path)) -> Findings {
    let dir = sealed();
    change(dir.path());
    verify(dir.path()).unwrap()
}

#[test]
fn a_manifest_that_contradicts_itself_or_the_pack_is_not_intact() {
    let manifest = |dir: &std::path::Path, change: &dyn Fn(&str) -> String| {
        let path = dir.join("SHA256SUMS");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(&text)).unwrap();
    };
    let without = |name: &'static str| {
        move |text: &str| text.lines().filter(|line| !line.ends_with(name)).map(|line| format!("{line}\n")).collect()
    };
    let cases: [(Findings, &str); 5] = [
        (
            after(|dir| {
                fs::remove_dir_all(dir).unwrap();
                fs::create_dir(dir).unwrap();
                fs::write(dir.join("SHA256SUMS"), "").unwrap();
            }),
            "SHA256SUMS lists no file",
        ),
        (
            after(|dir| {
                fs::remove_file(dir.join("pack.json")).unwrap();
                manifest(dir, &without("pack.json"));
            }),
            "does not list pack.json",
        ),
        (
            after(|dir| {
                fs::remove_file(dir.join("pack.pdf")).unwrap();
                manifest(dir, &without("pack.pdf"));
            }),
            "pack.json lists \"pack.pdf\", and SHA256SUMS does not",
        ),
        (
            after(|dir| {
                fs::write(dir.join("extra.csv"), "x").unwrap();
                seal(dir).unwrap();
            }),
            "SHA256SUMS lists \"extra.csv\", and pack.json does not",
        ),
        (after(|dir| manifest(dir, &|text| format!("{text}{}", text.lines().next().unwrap()))), "twice"),
    ];
    for (found, says) in cases {
        assert!(!found.intact() && found.in_short().contains(says), "{says}: {found:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_not_intact_even_to_the_same_bytes() {
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    let found = after(|dir| {
        fs::rename(dir.join("pack.pdf"), &copy).unwrap();
        std::os::unix::fs::symlink(&copy, dir.join("pack.pdf")).unwrap();
    });
    assert_eq!(found.not_files, ["pack.pdf (a symbolic link)"]);
    assert!(!found.intact());
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_do_not_hide_behind_others() {
    use std::os::unix::ffi::OsStrExt as _;
    let found = after(|dir| {
        let name = std::ffi::OsStr::from_bytes(b"bad\xff");
        fs::write(dir.join(name), "hidden").unwrap();
        fs::write(dir.join("bad\u{fffd}"), "listed").unwrap();
    });
    assert_eq!(found.added, ["bad\\xff (the name is not UTF-8)", "bad\u{fffd}"]);
}
