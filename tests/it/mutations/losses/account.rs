//! A sample's evidence about IAM, with some of it lost, and what the catalogue says then.

use crate::support::sample;
use auditpack::testing::account::KINDS;
use auditpack::testing::account::fact::{Fact, Observed};
use auditpack::testing::account::{self, Account};
use auditpack::testing::assess::{Assessment, Verdict, assess};
use auditpack::testing::catalog::{Catalog, Overrides, load};
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::Snapshot;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load(None, &Overrides::new()).unwrap());

/// Lists of which a part that is not empty decides by itself; an empty one takes all of the evidence. Of principals these
/// are all lists of what their policies allow.
const PARTS: &[&str] = &[
    "known_users",
    "known_billing_access",
    "members_without_mfa",
    "console_users",
    "people_sources",
    "support_roles",
    "support_principals",
    "cloudshell_full_access_principals",
    "old_versions_with_full_admin",
    "full_service_access",
    "allows_by_not_action",
    "allows_by_not_resource",
];

fn may_be_part(kind: &str, field: &str) -> bool {
    let held = ["attached_policies", "inline_policies"].contains(&field);
    let named = ["kind", "name"].contains(&field);
    PARTS.contains(&field) || (kind == "principal" && !held && !named)
}

pub struct Sample {
    /// By path in the snapshot.
    files: BTreeMap<String, String>,
    calls: Vec<Value>,
    header: Value,
}

pub struct Judged {
    account: Account,
    assessment: Assessment,
}

impl Sample {
    pub fn load(name: &str) -> Self {
        let dir = sample(name);
        let log = fs::read_to_string(dir.join("calls.jsonl")).unwrap();
        let calls = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        // What --depth deep asks one thing at a time is not lost here, and costs time.
        let of_iam = |call: &Value| {
            let plain = call["operation"] == "ListEntitiesForPolicy" || about_nothing(call);
            matches!(call["service"].as_str(), Some("iam" | "sts")) && plain
        };
        let calls: Vec<Value> = calls.filter(of_iam).collect();
        let names = calls.iter().filter_map(|call| call["evidence"].as_str());
        let mut files: BTreeMap<String, String> =
            names.map(|name| (name.to_owned(), fs::read_to_string(dir.join(name)).unwrap())).collect();
        for (name, text) in &mut files {
            if name.ends_with(super::DETAILS) {
                *text = shortened(text);
            }
        }
        Self { files, calls, header: serde_json::from_slice(&fs::read(dir.join("snapshot.json")).unwrap()).unwrap() }
    }

    /// The files, without their folders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(|path| file_name(path))
    }

    pub fn json(&self, name: &str) -> Option<Value> {
        let (_, text) = self.files.iter().find(|(path, _)| file_name(path) == name)?;
        Some(serde_json::from_str(text).unwrap())
    }

    /// The account and its verdicts after a loss; none if there is no account to speak of.
    pub fn judged(&self, lost: &[(String, Option<String>)], supplied: bool) -> Option<Judged> {
        let dir = tempfile::tempdir().unwrap();
        let mut header = self.header.clone();
        if supplied {
            header["origin"] = json!("supplied");
        }
        fs::write(dir.path().join("snapshot.json"), header.to_string()).unwrap();
        let mut log = String::new();
        for call in &self.calls {
            let mut call = call.clone();
            if let Some(path) = call["evidence"].as_str().map(str::to_owned) {
                let change = lost.iter().find(|(name, _)| *name == file_name(&path));
                let text = match change {
                    Some((_, None)) => continue,
                    Some((_, Some(text))) => text,
                    None => &self.files[&path],
                };
                call["evidence_sha256"] = hash(text).into();
                write(&dir.path().join(&path), text);
            }
            writeln!(log, "{call}").unwrap();
        }
        fs::write(dir.path().join("calls.jsonl"), log).unwrap();
        let snapshot = Snapshot::open(dir.path()).ok()?;
        let account = account::read(&snapshot, None, &TrustSettings::default()).ok()?;
        let assessment = assess(&account, &CATALOG);
        Some(Judged { account, assessment })
    }
}

impl Judged {
    /// Controls that pass or do not apply now, and were neither of the two before.
    pub fn better_than(&self, before: &Self) -> Vec<String> {
        let good = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Attested);
        let both = self.assessment.controls.iter().zip(&before.assessment.controls);
        let better = both.filter(|(now, then)| good(now.verdict) && now.verdict != then.verdict);
        let words =
            |(now, then): (&auditpack::testing::assess::ControlResult, &auditpack::testing::assess::ControlResult)| {
                format!("{} {:?} → {:?}", CATALOG.controls[now.control].id, then.verdict, now.verdict)
            };
        better.map(words).collect()
    }

    /// Facts that have another value now, and subjects that are gone from a list that is said to be whole.
    pub fn changed_since(&self, before: &Self, lost: &[(String, Option<String>)]) -> Vec<String> {
        let report = lost.iter().any(|(name, _)| name == "get-credential-report.json");
        let mut found = Vec::new();
        for kind in KINDS {
            let (then, now) = (before.account.population(kind), self.account.population(kind));
            let old: BTreeMap<&str, _> = then.subjects.iter().map(|subject| (subject.id(), subject)).collect();
            let new: BTreeMap<&str, _> = now.subjects.iter().map(|subject| (subject.id(), subject)).collect();
            // Without the report that alone names it, a user is no member of the list that the other answers prove.
            let of_report = |id: &str| report && kind.name == "principal" && id.ends_with(":user/left.yesterday");
            let gone = old.keys().find(|id| !new.contains_key(*id) && !of_report(id));
            if let Some(gone) = gone.filter(|_| now.gaps.is_empty()) {
                found.push(format!("{} are said to be complete without {gone}", kind.plural));
            }
            for (id, subject) in new {
                // A group that only a user's list names has no ARN: it is the one of that name.
                let named =
                    |name: &str| old.iter().find(|(id, _)| id.contains(":group/") && id.ends_with(&format!("/{name}")));
                let twin = old.get(id).or_else(|| id.strip_prefix("group/").and_then(named).map(|(_, twin)| twin));
                let Some(twin) = twin else {
                    found.push(format!("{id} is new among {}", kind.plural));
                    continue;
                };
                for (index, field) in kind.fields.iter().enumerate() {
                    if let (Observed::Known(was), Observed::Known(is)) = (twin.fact(index), subject.fact(index))
                        && was != is
                        && !(may_be_part(kind.name, field.name) && is_part(&is))
                    {
                        found.push(format!("{}.{} of {id} was {was:?} and is {is:?}", kind.name, field.name));
                    }
                }
            }
        }
        found
    }
}

/// A path to administrator that is certain stays one, whatever else is not known.
fn is_part(fact: &Fact) -> bool {
    match fact {
        Fact::TextList(list) => !list.is_empty(),
        Fact::Text(certainty) => !matches!(certainty.as_str(), "none" | "conditional"),
        _ => false,
    }
}

fn about_nothing(call: &Value) -> bool {
    let paging = |name: &String| matches!(name.as_str(), "Marker" | "MaxItems");
    call["parameters"].as_object().is_none_or(|all| all.keys().all(paging))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Documents of AWS's own with hundreds of actions lose most: a loss must cost milliseconds.
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

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}
