//! The script for whoever has access: the account that is asked chooses its names, and never what is read or fetched on
//! the machine that asks.

use crate::support::{auditpack, ran};
use auditpack::testing::snapshot::Snapshot;
use auditpack::testing::snapshot::import::script;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Names that the AWS CLI, a shell, `awk` or a file system could take for something else.
fn hostile() -> Vec<String> {
    let names = [
        "file:///etc/passwd",
        "fileb:///etc/passwd",
        "http://169.254.169.254/latest",
        "https://example.invalid/x",
        "-rf",
        "--profile",
        "--endpoint-url=http://x",
        "@/etc/passwd",
        "$(touch planted)",
        "`touch planted`",
        "a\"b\\c\\\"d\\",
        "a\tb",
        "tab and 'quote' & more",
        "../../../escape",
        "{\"ConfigRuleName\": \"x\"}",
        "Prüfung 監査",
    ];
    let mut names: Vec<String> = names.map(str::to_owned).to_vec();
    names.push("\u{76e3}".repeat(128));
    names
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
}

/// A stand-in for the AWS CLI that keeps every argument, and answers some calls from files.
fn stand_in(bin: &Path, calls: &Path, answers: &[(&str, Value)]) {
    fs::create_dir_all(bin.join("answers")).unwrap();
    for (operation, answer) in answers {
        let text = serde_json::to_string_pretty(answer).unwrap().replace("  ", "    ");
        fs::write(bin.join("answers").join(operation), text + "\n").unwrap();
    }
    executable(
        &bin.join("aws"),
        &format!(
            "#!/bin/sh\nprintf '%s\\0' \"$@\" >> '{calls}'\nprintf '\\n\\0' >> '{calls}'\n\
             [ \"$1\" = configure ] && exit 1\n\
             if [ -f '{bin}/answers/'\"$2\" ]; then cat '{bin}/answers/'\"$2\"; else\n\
             echo \"An error occurred (AccessDenied) when calling the X operation: no\" >&2; exit 254; fi\n",
            calls = calls.display(),
            bin = bin.display()
        ),
    );
}

#[test]
fn names_of_the_account_reach_the_cli_as_data_only() {
    let dir = tempfile::tempdir().unwrap();
    let (bin, calls, out) = (dir.path().join("bin"), dir.path().join("calls"), dir.path().join("answers"));
    let rules: Vec<Value> = hostile()
        .iter()
        .map(|name| json!({ "ConfigRuleName": name, "Source": { "Owner": "AWS", "SourceIdentifier": "IAM_POLICY_IN_USE" } }))
        .collect();
    let packs: Vec<Value> = hostile().iter().map(|name| json!({ "ConformancePackName": name })).collect();
    let aggregators: Vec<Value> = hostile().iter().map(|name| json!({ "ConfigurationAggregatorName": name })).collect();
    let users: Vec<Value> = ["-rf", "--profile", "a+b=c,.@-_"].iter().map(|name| json!({ "UserName": name })).collect();
    stand_in(
        &bin,
        &calls,
        &[
            ("describe-config-rules", json!({ "ConfigRules": rules })),
            ("describe-conformance-packs", json!({ "ConformancePackDetails": packs })),
            ("describe-configuration-aggregators", json!({ "ConfigurationAggregators": aggregators })),
            ("list-users", json!({ "Users": users })),
            ("get-compliance-details-by-config-rule", json!({ "EvaluationResults": [] })),
        ],
    );
    fs::write(dir.path().join("collect.sh"), script()).unwrap();
    let search = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = Command::new("sh")
        .args(["collect.sh", "--deep"])
        .arg(&out)
        .current_dir(dir.path())
        .env("PATH", search)
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(!dir.path().join("planted").exists(), "nothing of a name was run");

    // Each argument is the script's own, or one JSON document that holds the name as it is.
    let own = |argument: &str| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_:/.".contains(letter);
        argument.chars().all(plain) && !argument.contains("://") && argument != "-rf" && !argument.contains("profile")
    };
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let text = String::from_utf8(fs::read(&calls).unwrap()).unwrap();
    for call in text.split("\n\0") {
        let arguments: Vec<&str> = call.split('\0').filter(|argument| !argument.is_empty()).collect();
        for (place, argument) in arguments.iter().enumerate() {
            if place > 0 && arguments[place - 1] == "--cli-input-json" {
                let sent: serde_json::Map<String, Value> = serde_json::from_str(argument).unwrap();
                let texts = sent.values().filter(|value| !value.is_array());
                asked.extend(texts.map(|value| value.as_str().unwrap().to_owned()));
            } else {
                assert!(own(argument), "{argument:?} of {arguments:?}");
            }
        }
    }
    for name in hostile().iter().map(String::as_str).chain(["-rf", "a+b=c,.@-_"]) {
        assert!(asked.contains(name), "{name:?} was asked about as it is");
    }

    // What was asked is recorded, and the import takes it from there.
    let snapshot = dir.path().join("snapshot");
    let run = ran(auditpack().arg("import").arg(&out).args(["--account", "111122223333", "--out"]).arg(&snapshot));
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(!run.out.contains("not understood"), "{}", run.out);
    let snapshot = Snapshot::open(&snapshot).unwrap();
    let alarms = snapshot.answers("cloudwatch", "DescribeAlarms");
    let types = json!(["CompositeAlarm", "MetricAlarm"]);
    assert!(!alarms.is_empty() && alarms.iter().all(|answer| answer.parameters["AlarmTypes"] == types), "{alarms:?}");
    let about = |operation: &str, member: &str| -> BTreeSet<String> {
        let answers = snapshot.answers("config", operation);
        answers.iter().map(|answer| answer.parameters[member].as_str().unwrap().to_owned()).collect()
    };
    let names: BTreeSet<String> = hostile().into_iter().collect();
    assert_eq!(about("GetComplianceDetailsByConfigRule", "ConfigRuleName"), names);
    assert_eq!(about("DescribeConformancePackCompliance", "ConformancePackName"), names);
}
