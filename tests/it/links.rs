//! Files are files: what is no plain file is named, not opened. A pipe would keep the program waiting for ever, and a
//! link leads wherever its maker wants. Every run has a deadline, so that a fault is a failure and not a hang.

#![cfg(unix)]

use crate::support::{auditpack, only_pack, ran, sample};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How a run ended: its exit code and all that it said; nothing where it did not end.
fn within_a_minute(arguments: &[&OsStr], folder: &Path) -> Option<(i32, String)> {
    let said = tempfile::tempdir().unwrap();
    let (out, err) = (said.path().join("out"), said.path().join("err"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_auditpack"))
        .args(arguments)
        .current_dir(folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out).unwrap())
        .stderr(fs::File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let text = [out, err].map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).concat();
            return Some((status.code().unwrap_or(-1), text));
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn link_to_zero(path: &Path) {
    let _ = fs::remove_file(path);
    symlink("/dev/zero", path).unwrap();
}

/// Puts something at a path that is no file.
type Place = fn(&Path);

/// The ways in which a thing can be there and be no file.
const SPECIAL: [(Place, &str); 2] = [(pipe, "a named pipe"), (link_to_zero, "a symbolic link")];

fn copy(from: &Path, to: &Path) {
    crate::cli::copy_dir(from, to);
}

/// A pack and its place.
fn pack(place: &Path) -> PathBuf {
    let run =
        ran(auditpack().args(["run", "--quiet", "--no-pdf", "--sample", "permission-denied", "--out"]).arg(place));
    assert_eq!(run.code, 3, "{}", run.err);
    only_pack(place)
}

#[test]
fn no_command_opens_what_is_no_file() {
    let place = tempfile::tempdir().unwrap();
    let made = pack(&place.path().join("packs"));
    for (spoil, named) in SPECIAL {
        // A pack with a spoilt file, and a snapshot with one; each command that reads them ends and names it.
        for file in ["SHA256SUMS", "pack.json", "assessment.json", "snapshot/snapshot.json"] {
            let dir = tempfile::tempdir().unwrap();
            let pack = dir.path().join("123456789012-2026-01-01");
            copy(&made, &pack);
            spoil(&pack.join(file));
            let store = format!("file://{}", dir.path().join("store").display());
            let commands: [&[&OsStr]; 4] = [
                &["verify".as_ref(), pack.as_os_str()],
                &["upload".as_ref(), pack.as_os_str(), "--store".as_ref(), store.as_ref()],
                &["compare".as_ref(), pack.as_os_str(), made.as_os_str()],
                &[
                    "run".as_ref(),
                    "--no-pdf".as_ref(),
                    "--sample".as_ref(),
                    "permission-denied".as_ref(),
                    "--previous".as_ref(),
                    pack.as_os_str(),
                ],
            ];
            for arguments in commands {
                let (code, said) =
                    within_a_minute(arguments, dir.path()).unwrap_or_else(|| panic!("{file} hangs {arguments:?}"));
                assert!(matches!(code, 2 | 4), "{file} {arguments:?}: {code} {said}");
                assert!(said.contains(named) || said.contains("not plain files"), "{file} {arguments:?}: {said}");
            }
        }
        for file in ["snapshot.json", "calls.jsonl", "README.txt", "evidence/iam/list-users.json"] {
            let dir = tempfile::tempdir().unwrap();
            let snapshot = dir.path().join("snapshot");
            copy(&sample("permission-denied"), &snapshot);
            fs::create_dir_all(snapshot.join(file).parent().unwrap()).unwrap();
            spoil(&snapshot.join(file));
            for arguments in [
                &["render".as_ref(), "--no-pdf".as_ref(), snapshot.as_os_str()][..],
                &[
                    "collect".as_ref(),
                    "--resume".as_ref(),
                    "--allow-mixed-times".as_ref(),
                    "--region".as_ref(),
                    "us-east-1".as_ref(),
                    "--out".as_ref(),
                    snapshot.as_os_str(),
                ][..],
            ] {
                let (code, said) =
                    within_a_minute(arguments, dir.path()).unwrap_or_else(|| panic!("{file} hangs {arguments:?}"));
                assert!(
                    code == 2 && said.contains(named) && said.contains("next:"),
                    "{file} {arguments:?}: {code} {said}"
                );
            }
        }
        for file in ["auditpack.toml", "exceptions.toml", "attestations/a.toml", "pages/a.md", "accounts.txt"] {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
            spoil(&dir.path().join(file));
            let mut arguments: Vec<&OsStr> = vec!["run".as_ref(), "--no-pdf".as_ref()];
            match file {
                "accounts.txt" => arguments.extend::<[&OsStr; 2]>(["--accounts".as_ref(), file.as_ref()]),
                "pages/a.md" => arguments.extend::<[&OsStr; 4]>([
                    "--sample".as_ref(),
                    "permission-denied".as_ref(),
                    "--controls".as_ref(),
                    "pages".as_ref(),
                ]),
                _ => arguments.extend::<[&OsStr; 2]>(["--sample".as_ref(), "permission-denied".as_ref()]),
            }
            let (code, said) = within_a_minute(&arguments, dir.path()).unwrap_or_else(|| panic!("{file} hangs"));
            assert_eq!(code, 2, "{file}: {said}");
            assert!(said.contains(named) || said.contains("not a plain file"), "{file}: {said}");
        }
    }
}

#[test]
fn what_lies_in_the_folder_of_packs_is_not_opened_either() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("packs");
    let made = pack(&out);
    let name = made.file_name().unwrap().to_str().unwrap();
    let account = name.split('-').next().unwrap();
    for (number, (spoil, _)) in SPECIAL.into_iter().enumerate() {
        let planted = out.join(format!("{account}-2020-01-0{}", number + 1));
        fs::create_dir_all(planted.join("snapshot")).unwrap();
        spoil(&planted.join("snapshot/snapshot.json"));
        fs::write(planted.join("SHA256SUMS"), "x").unwrap();
        let manifest = out.join(format!("{account}-2020-02-0{}", number + 1));
        fs::create_dir_all(&manifest).unwrap();
        spoil(&manifest.join("SHA256SUMS"));
    }
    symlink("/nonexistent/x", out.join(format!("{name}-2"))).unwrap();
    let arguments: [&OsStr; 6] = [
        "run".as_ref(),
        "--no-pdf".as_ref(),
        "--sample".as_ref(),
        "permission-denied".as_ref(),
        "--out".as_ref(),
        out.as_os_str(),
    ];
    let (code, said) = within_a_minute(&arguments, dir.path()).expect("it ends");
    assert_eq!(code, 3, "{said}");
    assert!(out.join(format!("{name}-3/SHA256SUMS")).is_file(), "a dangling link takes its name: {said}");

    let linked = dir.path().join("linked");
    fs::create_dir_all(&linked).unwrap();
    symlink(dir.path(), linked.join("unfinished")).unwrap();
    let (code, said) =
        within_a_minute(&["run".as_ref(), "--out".as_ref(), linked.as_os_str()], dir.path()).expect("it ends");
    assert!(code == 2 && said.contains("unfinished: this is a symbolic link"), "{code} {said}");
}

/// A handed-over collection that was "cut off" must not become a way to write where its maker wants.
#[test]
fn nothing_is_written_through_a_link() {
    for name in ["snapshot.json.tmp", "calls.jsonl", "wire", "evidence/iam"] {
        let dir = tempfile::tempdir().unwrap();
        let (snapshot, victim) = (dir.path().join("s"), dir.path().join("victim"));
        copy(&sample("permission-denied"), &snapshot);
        fs::write(&victim, "untouched").unwrap();
        let place = snapshot.join(name);
        if place.is_dir() {
            fs::remove_dir_all(&place).unwrap();
        } else {
            let _ = fs::remove_file(&place);
        }
        symlink(&victim, &place).unwrap();
        let arguments: [&OsStr; 7] = [
            "collect".as_ref(),
            "--resume".as_ref(),
            "--allow-mixed-times".as_ref(),
            "--region".as_ref(),
            "us-east-1".as_ref(),
            "--out".as_ref(),
            snapshot.as_os_str(),
        ];
        let (code, said) = within_a_minute(&arguments, dir.path()).expect("it ends");
        assert!(code == 2 && said.contains("a symbolic link"), "{name}: {code} {said}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched", "{name}");
    }
}

#[test]
fn names_that_are_not_utf8_end_no_command() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join(OsStr::from_bytes(b"bad\xff"));
    let run: [&OsStr; 7] = [
        "run".as_ref(),
        "--json".as_ref(),
        "--no-pdf".as_ref(),
        "--sample".as_ref(),
        "permission-denied".as_ref(),
        "--out".as_ref(),
        odd.as_os_str(),
    ];
    let (code, said) = within_a_minute(&run, dir.path()).unwrap();
    assert_eq!(code, 3, "{said}");
    let made = only_pack(&odd);
    for arguments in
        [&["verify".as_ref(), made.as_os_str()][..], &["verify".as_ref(), "--json".as_ref(), made.as_os_str()][..]]
    {
        let (code, said) = within_a_minute(arguments, dir.path()).unwrap();
        assert_eq!(code, 0, "{said}");
    }
    let (snapshot, moved) = (made.join("snapshot"), dir.path().join("again"));
    let (code, said) = within_a_minute(
        &["render".as_ref(), "--no-pdf".as_ref(), "--out".as_ref(), moved.as_os_str(), snapshot.as_os_str()],
        dir.path(),
    )
    .unwrap();
    assert_eq!(code, 3, "{said}");
    fs::rename(&made, odd.join(OsStr::from_bytes(b"pack\xfe"))).unwrap();
    let pack = odd.join(OsStr::from_bytes(b"pack\xfe"));
    let store = dir.path().join("store");
    let (code, said) =
        within_a_minute(&["upload".as_ref(), pack.as_os_str(), "--store".as_ref(), store.as_os_str()], dir.path())
            .unwrap();
    assert!(code == 2 && said.contains("UTF-8") && said.contains("next:"), "{said}");
    fs::write(pack.join(OsStr::from_bytes(b"x\xff")), "").unwrap();
    let (code, said) = within_a_minute(&["verify".as_ref(), pack.as_os_str()], dir.path()).unwrap();
    assert!(code == 4 && said.contains("added: x\\xff"), "{said}");
}

/// Under any umask a pack is its maker's alone, unless others are named.
#[test]
fn packs_are_private_unless_asked_otherwise() {
    let modes = |who: &[&str]| {
        let place = tempfile::tempdir().unwrap();
        let script = "umask 000 && exec \"$0\" run --quiet --no-pdf --sample permission-denied --out \"$@\"";
        let run = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_auditpack")])
            .arg(place.path())
            .args(who)
            .current_dir(place.path())
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(3), "{}", String::from_utf8_lossy(&run.stderr));
        let mut found = std::collections::BTreeSet::new();
        let mut folders = vec![only_pack(place.path())];
        while let Some(folder) = folders.pop() {
            found.insert(fs::metadata(&folder).unwrap().permissions().mode() & 0o7777);
            for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    found.insert(entry.metadata().unwrap().permissions().mode() & 0o7777);
                }
            }
        }
        found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(modes(&[]), [0o600, 0o700]);
    assert_eq!(modes(&["--readable-by", "group"]), [0o640, 0o750]);
}
