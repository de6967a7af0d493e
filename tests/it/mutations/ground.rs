//! The tidy sample in a folder of its own, and what the catalogue says of it.

use crate::support::sample;
use auditpack::testing::account;
use auditpack::testing::assess::{Verdict, assess};
use auditpack::testing::catalog::{Catalog, Overrides, load};
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::Snapshot;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load(None, &Overrides::new()).unwrap());

pub const DETAILS: &str = "evidence/iam/get-account-authorization-details.json";
pub const REPORT: &str = "evidence/iam/get-credential-report.json";

/// What is asked of IAM and STS at the standard depth.
const SPOILT: [&str; 14] = [
    "GenerateCredentialReport",
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "GetAccountSummary",
    "GetCallerIdentity",
    "GetCredentialReport",
    "ListAccountAliases",
    "ListEntitiesForPolicy",
    "ListOpenIDConnectProviders",
    "ListRoles",
    "ListSAMLProviders",
    "ListServerCertificates",
    "ListUsers",
    "ListVirtualMFADevices",
];

/// The sample's evidence about IAM and its log, as texts.
struct Sample {
    files: BTreeMap<String, String>,
    calls: Vec<Value>,
    header: String,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let dir = sample("tidy-startup");
    let log = fs::read_to_string(dir.join("calls.jsonl")).unwrap();
    let calls: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // What is collected in depth, or from other services, is not spoilt here.
    let of_iam = |call: &Value| matches!(call["service"].as_str(), Some("iam" | "sts"));
    let spoilt = |call: &Value| of_iam(call) && SPOILT.iter().any(|one| call["operation"] == **one);
    let calls: Vec<Value> = calls.into_iter().filter(spoilt).collect();
    let names = calls.iter().filter_map(|call| call["evidence"].as_str());
    let mut files: BTreeMap<String, String> =
        names.map(|name| (name.to_owned(), fs::read_to_string(dir.join(name)).unwrap())).collect();
    let details = files.get_mut(DETAILS).unwrap();
    *details = shortened(details);
    Sample { files, calls, header: fs::read_to_string(dir.join("snapshot.json")).unwrap() }
});

/// Documents of AWS's own with hundreds of actions lose most: a mutation must cost milliseconds.
fn shortened(details: &str) -> String {
    let mut details: Value = serde_json::from_str(details).unwrap();
    for policy in details["Policies"].as_array_mut().unwrap() {
        for version in policy["PolicyVersionList"].as_array_mut().unwrap() {
            let statements = version.pointer_mut("/Document/Statement").and_then(Value::as_array_mut);
            for statement in statements.into_iter().flatten() {
                if let Some(actions) = statement.get_mut("Action").and_then(Value::as_array_mut) {
                    actions.truncate(20);
                }
            }
        }
    }
    details.to_string()
}

/// A file of the sample.
pub fn text(file: &str) -> &'static str {
    &SAMPLE.files[file]
}

/// The names of all evidence files.
pub fn files() -> impl Iterator<Item = &'static str> {
    SAMPLE.files.keys().map(String::as_str)
}

/// A file of the sample as JSON.
pub fn json(file: &str) -> Value {
    serde_json::from_str(text(file)).unwrap()
}

pub struct Ground {
    dir: TempDir,
}

/// The folder with one file changed, until this is dropped.
pub struct Spoilt<'a> {
    ground: &'a Ground,
    file: &'a str,
}

impl Ground {
    pub fn new() -> Self {
        let ground = Self { dir: tempfile::tempdir().unwrap() };
        fs::write(ground.dir.path().join("snapshot.json"), &SAMPLE.header).unwrap();
        for (name, text) in &SAMPLE.files {
            let path = ground.dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        ground.log("", None);
        ground
    }

    /// Writes the log: one file has another text, or its call was refused.
    fn log(&self, file: &str, text: Option<&str>) {
        let mut log = String::new();
        for call in &SAMPLE.calls {
            let mut call = call.clone();
            if let Some(name) = call["evidence"].as_str().map(str::to_owned) {
                let now = if name == file { text } else { Some(SAMPLE.files[&name].as_str()) };
                match now {
                    Some(text) => call["evidence_sha256"] = hash(text).into(),
                    None => {
                        for member in ["evidence", "evidence_sha256"] {
                            call.as_object_mut().unwrap().remove(member);
                        }
                        call["error"] = serde_json::json!({ "code": "AccessDenied", "message": "no" });
                    }
                }
            }
            writeln!(log, "{call}").unwrap();
        }
        fs::write(self.dir.path().join("calls.jsonl"), log).unwrap();
    }

    pub fn with<'a>(&'a self, file: &'a str, text: Option<&str>) -> Spoilt<'a> {
        if let Some(text) = text {
            fs::write(self.dir.path().join(file), text).unwrap();
        }
        self.log(file, text);
        Spoilt { ground: self, file }
    }

    /// None if there is no account to speak of.
    pub fn verdicts(&self) -> Option<Verdicts> {
        let snapshot = Snapshot::open(self.dir.path()).ok()?;
        let account = account::read(&snapshot, None, &TrustSettings::default()).ok()?;
        let assessment = assess(&account, &CATALOG);
        let mut verdicts = Verdicts::default();
        for (result, control) in assessment.controls.iter().zip(&CATALOG.controls) {
            let id = control.id.as_str();
            verdicts.passing += usize::from(result.verdict == Verdict::Pass);
            let population = account.population(control.kind);
            let mut note = |who: String, verdict: Verdict| {
                if matches!(verdict, Verdict::Fail | Verdict::Unknown) {
                    verdicts.bad.insert((id.to_owned(), who, verdict == Verdict::Fail));
                }
            };
            note(String::new(), result.verdict);
            for one in &result.results {
                note(population.subjects[one.subject].id().to_owned(), one.verdict);
            }
        }
        Some(verdicts)
    }
}

impl Spoilt<'_> {
    pub fn verdicts(&self) -> Option<Verdicts> {
        self.ground.verdicts()
    }
}

impl Drop for Spoilt<'_> {
    fn drop(&mut self) {
        fs::write(self.ground.dir.path().join(self.file), &SAMPLE.files[self.file]).unwrap();
    }
}

/// Who fails, or is unknown, at what.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Control, subject (empty: the control itself), and whether it fails.
    bad: BTreeSet<(String, String, bool)>,
    passing: usize,
}

impl Verdicts {
    pub fn passing(&self) -> usize {
        self.passing
    }

    /// Somebody fails or is unknown, by that control or by any, who was not.
    pub fn worse_than(&self, before: &Self, control: &str) -> bool {
        self.bad.difference(&before.bad).any(|(id, _, _)| control.is_empty() || control.split('|').any(|one| one == id))
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}
