//! What the whole-program tests share: the program with a clean environment,
//! packs read back, the double as its AWS.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The program, free of the developer's own settings.
pub fn auditpack() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditpack"));
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name == "NO_COLOR" {
            command.env_remove(name);
        }
    }
    // Neither a real account nor the instance's metadata may be reached from a test.
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
        .env("AWS_CONFIG_FILE", "/nonexistent/config")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    command.current_dir(std::env::temp_dir());
    command
}

/// The program, with an endpoint on this machine for its AWS.
pub fn auditpack_at(endpoint: &str) -> Command {
    let mut command = auditpack();
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_REGION", "us-east-1")
        // The double has no limits but those that a test gives it.
        .env("AUDITPACK_MAX_RATE", "1000");
    command
}

/// How a run ended.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the program starts");
    Ran {
        code: output.status.code().expect("the program is not killed"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The only pack in a folder.
pub fn only_pack(out: &Path) -> PathBuf {
    let mut packs: Vec<PathBuf> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
    packs.retain(|path| path.join("SHA256SUMS").exists());
    assert_eq!(packs.len(), 1, "{packs:?}");
    packs.remove(0)
}

/// `assessment.json` of a pack.
pub fn assessment(pack: &Path) -> Value {
    serde_json::from_slice(&fs::read(pack.join("assessment.json")).unwrap()).unwrap()
}

/// Control id → verdict.
pub fn verdicts(assessment: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assessment["controls"].as_array().unwrap().iter().map(|c| (text(&c["id"]), text(&c["verdict"]))).collect()
}

/// A sample's archive in the repository.
pub fn archive(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(format!("{name}.tar.gz"))
}

/// A sample's snapshot as a folder, unpacked once for all tests of this archive. Nothing is written into it.
pub fn sample(name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let bytes = fs::read(archive(name)).unwrap();
    let unpacked = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{:08x}", crc32(&bytes)));
    let _guard = ONE_AT_A_TIME.lock();
    if !unpacked.exists() {
        // Another test binary may do the same at this moment; a whole folder takes the name by one rename.
        let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice())).unpack(fresh.path()).unwrap();
        let _ = fs::rename(fresh.keep(), &unpacked);
    }
    unpacked
}

/// Every file below a folder.
pub fn list_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { list_files(&path, found) } else { found.push(path) }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

/// The samples, in the order of the README.
pub const SAMPLES: &[&str] =
    &["tidy-startup", "messy-enterprise", "permission-denied", "hostile-text", "empty-account"];
