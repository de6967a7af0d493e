//! A recorded account: the answers of its API calls, in the AWS CLI's shape.

use crate::encode::{file_name, from_base64, kebab};
use crate::faults::Kind;
use crate::services::{SERVICES, in_folder};
use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Request parameters that name what a call is about; they name its file, too.
const SUBJECTS: &[&str] =
    &["PolicyArn", "SAMLProviderArn", "OpenIDConnectProviderArn", "UserName", "AccessKeyId", "Arn", "JobId"];

/// A recorded account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// By the file's place without its extension: `iam/list-users`. Pages are joined.
    pub(crate) answers: BTreeMap<String, Value>,
    /// The decoded credential report.
    pub(crate) report: Option<Vec<u8>>,
    /// Errors that are the recorded last word of an operation, by the same places.
    pub(crate) failures: BTreeMap<String, Failure>,
}

/// An error that was recorded in place of an answer.
#[derive(Clone, Debug)]
pub struct Failure {
    pub operation: String,
    /// `None` where no HTTP answer came: the double hangs up.
    pub status: Option<u16>,
    pub code: String,
    pub message: String,
}

/// The place of an operation's answer: `iam/get-saml-provider/arn%3A…`.
pub fn place(service: &str, operation: &str, parameters: impl Fn(&str) -> Option<String>) -> String {
    let subject = SUBJECTS.iter().find_map(|name| parameters(name));
    let stem = format!("{service}/{}", kebab(operation));
    subject.map_or_else(|| stem.clone(), |subject| format!("{stem}/{}", file_name(&subject)))
}

impl Account {
    /// Reads a dump (`iam/…`, `sts/…`) or a snapshot (`evidence/iam/…`, `calls.jsonl`).
    pub fn load(dir: &Path) -> Result<Self, String> {
        let root = if dir.join("evidence").is_dir() { dir.join("evidence") } else { dir.to_path_buf() };
        let mut account = Self::default();
        let log = [dir.join("calls.jsonl"), dir.join("../calls.jsonl")];
        let replaced = match log.iter().find(|path| path.is_file()) {
            Some(path) => account.read_log(path)?,
            None => BTreeSet::new(),
        };
        for service in ["iam", "sts"].into_iter().chain(SERVICES.iter().map(|service| service.folder)) {
            let folder = root.join(service);
            if folder.is_dir() {
                account.read_folder(&folder, service, &replaced)?;
            }
        }
        if account.answers.is_empty() && account.failures.is_empty() {
            return Err(format!("{}: neither a dump (iam/*.json) nor a snapshot (evidence/iam/*.json)", dir.display()));
        }
        if account.report.is_none() {
            let content =
                account.answers.get("iam/get-credential-report").and_then(|report| report["Content"].as_str());
            account.report = content.and_then(from_base64);
        }
        Ok(account)
    }

    /// Notes the errors of a call log; returns the evidence files that later pages replaced.
    fn read_log(&mut self, path: &Path) -> Result<BTreeSet<String>, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let (mut replaced, mut current) = (BTreeSet::new(), BTreeSet::new());
        // A line that does not parse can only be the torn last one.
        for call in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let evidence = call["evidence"].as_str().map(str::to_owned);
            if call["superseded"].as_bool().unwrap_or(false) {
                replaced.extend(evidence);
                continue;
            }
            current.extend(evidence);
            let (service, operation) =
                (call["service"].as_str().unwrap_or(""), call["operation"].as_str().unwrap_or(""));
            let place = match in_folder(service) {
                Some(service) => {
                    let parameters = call["parameters"].as_object().cloned().unwrap_or_default();
                    service.place(call["region"].as_str().unwrap_or_default(), operation, &parameters)
                }
                None => place(service, operation, |name| call["parameters"][name].as_str().map(str::to_owned)),
            };
            if call["error"].is_object() {
                let text = |name: &str| call["error"][name].as_str().unwrap_or_default().to_owned();
                let status = call["status"].as_u64().and_then(|status| u16::try_from(status).ok());
                let failure =
                    Failure { operation: operation.to_owned(), status, code: text("code"), message: text("message") };
                self.failures.insert(place, failure);
            } else {
                self.failures.remove(&place);
            }
        }
        Ok(replaced.difference(&current).cloned().collect())
    }

    fn read_folder(&mut self, folder: &Path, place: &str, replaced: &BTreeSet<String>) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", folder.display());
        let mut entries: Vec<_> = fs::read_dir(folder)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(|error: std::io::Error| told(&error))?;
        entries.sort();
        let mut pages: Option<Value> = None;
        for path in entries {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                self.read_folder(&path, &format!("{place}/{name}"), replaced)?;
            } else if name == "credential-report.csv" {
                self.report = Some(fs::read(&path).map_err(|error| told(&error))?);
            } else if let Some(stem) = name.strip_suffix(".json") {
                if replaced.contains(&format!("evidence/{place}/{name}")) {
                    continue;
                }
                let bytes = fs::read(&path).map_err(|error| told(&error))?;
                let value: Value =
                    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
                // An account's number may be what a call is about; pages have four digits.
                if stem.len() == 4 && stem.bytes().all(|byte| byte.is_ascii_digit()) {
                    pages = Some(pages.map_or(value.clone(), |before| joined(before, value)));
                } else {
                    self.answers.insert(format!("{place}/{stem}"), value);
                }
            }
        }
        if let Some(pages) = pages {
            self.answers.insert(place.to_owned(), pages);
        }
        Ok(())
    }

    /// Writes the dump, files as the AWS CLI prints them.
    pub fn write(&self, dir: &Path) -> Result<(), String> {
        let put = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            let folder = path.parent().expect("a name has a folder");
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, bytes))
                .map_err(|error| format!("{}: {error}", path.display()))
        };
        for (place, value) in &self.answers {
            put(&format!("{place}.json"), &printed(value))?;
        }
        if let Some(report) = &self.report {
            put("iam/credential-report.csv", report)?;
        }
        let mut log = String::new();
        for (number, (place, failure)) in self.failures.iter().enumerate() {
            let mut parts = place.split('/');
            let service = parts.next().unwrap_or_default();
            let regional = in_folder(service).is_some_and(|service| service.regional);
            let region = if regional { parts.next().unwrap_or_default() } else { "aws-global" };
            // Names of parameters are not kept, and only their texts matter.
            let about = parts.nth(1).filter(|_| service != "iam").map(crate::encode::form);
            let parameters = about.map_or_else(|| json!({}), |about| json!({ "About": about }));
            let call = json!({
                "id": format!("c{:05}", number + 1), "source": "generated", "service": service, "operation": failure.operation,
                "region": region, "parameters": parameters, "started": "2026-09-30T06:00:00Z", "ms": 0, "attempt": 1,
                "status": failure.status, "request_id": null, "date": null, "items": null, "page": null, "sha256": null,
                "evidence": null, "evidence_sha256": null, "error": {"code": failure.code, "message": failure.message}
            });
            log.push_str(&call.to_string());
            log.push('\n');
        }
        if log.is_empty() { Ok(()) } else { put("calls.jsonl", log.as_bytes()) }
    }

    /// The answer kept at a place; where a file's name holds more than the subject, the file that begins with it.
    pub(crate) fn answer(&self, place: &str) -> Option<&Value> {
        self.answers.get(place).or_else(|| {
            let subject = place.matches('/').count() > 1;
            subject
                .then(|| self.answers.range(place.to_owned()..).next())?
                .filter(|(key, _)| key.starts_with(place))
                .map(|(_, value)| value)
        })
    }

    /// Puts an answer in its place, for a test.
    pub fn answer_at(&mut self, place: &str, answer: Value) {
        self.answers.insert(place.to_owned(), answer);
    }

    /// Puts an error in the place of an answer, for a test: `config/eu-west-1/describe-config-rules`.
    pub fn refuse_at(&mut self, place: &str, operation: &str, status: u16, code: &str, message: &str) {
        self.answers.remove(place);
        let (code, message) = (code.to_owned(), message.to_owned());
        let failure = Failure { operation: operation.to_owned(), status: Some(status), code, message };
        self.failures.insert(place.to_owned(), failure);
    }

    /// The same account under another number, wherever the number stands.
    #[must_use]
    pub fn renumbered(&self, number: &str) -> Self {
        let own = self.caller().split(':').nth(4).unwrap_or_default().to_owned();
        let again = |text: String| text.replace(&own, number);
        let answer = |value: &Value| {
            serde_json::from_str(&again(value.to_string())).expect("digits in the place of digits are JSON still")
        };
        Self {
            answers: self.answers.iter().map(|(place, value)| (again(place.clone()), answer(value))).collect(),
            report: self.report.as_ref().map(|report| again(String::from_utf8_lossy(report).into_owned()).into_bytes()),
            failures: self.failures.clone(),
        }
    }

    /// Where another answer of the same operation is kept, if the fault is that.
    pub(crate) fn swapped(&self, stem: &str, place: String, fault: Option<&Kind>) -> String {
        if !matches!(fault, Some(Kind::Swapped)) {
            return place;
        }
        let below = format!("{stem}/");
        let mut others = self.answers.keys().filter(|other| other.starts_with(&below) && **other != place);
        others.next().cloned().unwrap_or(place)
    }

    /// What a service besides IAM answers.
    pub(crate) fn exactly(&self, place: &str) -> Option<&Value> {
        self.answers.get(place)
    }

    /// Who the recording was made by; what an `AccessDenied` names.
    pub(crate) fn caller(&self) -> &str {
        let caller = self.answers.get("sts/get-caller-identity").and_then(|identity| identity["Arn"].as_str());
        caller.unwrap_or("arn:aws:sts::000000000000:assumed-role/unknown/unknown")
    }

    /// What an operation answers, for a test that compares with it.
    pub fn recorded(&self, service: &str, operation: &str) -> Option<&Value> {
        self.answers.get(&format!("{service}/{}", kebab(operation)))
    }

    /// Every answer with its place, `config/eu-west-1/describe-config-rules`.
    pub fn places(&self) -> Vec<(String, Value)> {
        self.answers.iter().map(|(place, answer)| (place.clone(), answer.clone())).collect()
    }

    /// The decoded credential report.
    pub fn report(&self) -> Option<&[u8]> {
        self.report.as_deref()
    }
}

/// Two pages of one answer: lists are joined, the rest is the first page's.
fn joined(mut first: Value, second: Value) -> Value {
    if let (Value::Object(first), Value::Object(second)) = (&mut first, second) {
        for (name, value) in second {
            match (first.get_mut(&name), value) {
                (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
                (None, value) => {
                    first.insert(name, value);
                }
                (Some(_), _) => {}
            }
        }
    }
    first
}

fn printed(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    value.serialize(&mut serializer).expect("JSON values serialise");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_with_its_pages_and_its_last_errors() {
        let dir = std::env::temp_dir().join(format!("aws-double-{}", std::process::id()));
        let pages = dir.join("evidence/iam/list-users");
        fs::create_dir_all(&pages).unwrap();
        for (name, user) in [("0001.json", "old"), ("0002.json", "a"), ("0003.json", "b")] {
            fs::write(pages.join(name), json!({"Users": [{"UserName": user}]}).to_string()).unwrap();
        }
        let call = |operation: &str, evidence: Option<&str>, error: bool, superseded: bool| {
            let error = if error { json!({"code": "AccessDenied", "message": "no"}) } else { Value::Null };
            json!({"service": "iam", "operation": operation, "parameters": {}, "status": 403, "evidence": evidence,
                "error": error, "superseded": superseded})
            .to_string()
        };
        let log = [
            call("ListUsers", Some("evidence/iam/list-users/0001.json"), false, true),
            call("GetAccountSummary", None, true, false),
            call("ListRoles", None, true, false),
            call("ListRoles", None, false, false),
            "{\"torn".to_owned(),
        ];
        fs::write(dir.join("calls.jsonl"), log.join("\n")).unwrap();
        let account = Account::load(&dir).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(account.answers["iam/list-users"], json!({"Users": [{"UserName": "a"}, {"UserName": "b"}]}));
        assert_eq!(account.failures.keys().collect::<Vec<_>>(), ["iam/get-account-summary"]);
        assert_eq!(account.failures["iam/get-account-summary"].code, "AccessDenied");
    }

    #[test]
    fn an_answer_about_something_is_found_by_what_it_is_about() {
        let mut account = Account::default();
        let place = place("iam", "ListEntitiesForPolicy", |name| {
            (name == "PolicyArn").then(|| "arn:aws:iam::aws:policy/X".to_owned())
        });
        account.answers.insert(format!("{place}%26PermissionsPolicy"), json!({"PolicyRoles": []}));
        assert!(account.answer(&place).is_some());
        assert!(account.answer("iam/list-entities-for-policy/arn%3Aother").is_none());
        assert!(account.answer("iam/list").is_none());
    }
}
