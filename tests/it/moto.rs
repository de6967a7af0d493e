//! The same collection against an independent implementation of AWS: moto's
//! server, with an account made through the API.
//!
//! Known gaps of moto, so nothing is asserted of them: its credential report
//! has no root row and a fixed GeneratedTime, the bulk call is not paged, and
//! policies in it lack name and id.

use crate::support::{assessment, auditpack_at, only_pack, ran, verdicts};
use auditpack::testing::snapshot::Snapshot;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Moto {
    server: Child,
    pub endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

pub fn venv() -> PathBuf {
    std::env::var_os("AUDITPACK_VENV")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv"), PathBuf::from)
}

pub fn start() -> Moto {
    let server = venv().join("bin/moto_server");
    assert!(server.exists(), "{} is missing: tests/run installs it", server.display());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new(server)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let moto = Moto { server, endpoint: format!("http://127.0.0.1:{port}") };
    for _ in 0..600 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return moto;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("moto did not start");
}

fn make_account(moto: &Moto) {
    make(moto, "moto_account.py");
}

fn make(moto: &Moto, script: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(script);
    let made = Command::new(venv().join("bin/python"))
        .arg(script)
        .env("AWS_ENDPOINT_URL", &moto.endpoint)
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

impl Moto {
    /// Runs a few lines of Python with boto3 and gives back what they print.
    pub fn python(&self, lines: &str) -> String {
        let made = Command::new(venv().join("bin/python"))
            .args(["-c", &format!("import boto3\n{lines}")])
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "x")
            .env("AWS_SECRET_ACCESS_KEY", "x")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap()
    }
}

/// Rows of a CSV table by a column, each as heading → cell.
fn rows(path: &Path, key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        heads.iter().map(ToOwned::to_owned).zip(row.iter().map(ToOwned::to_owned)).collect::<BTreeMap<_, _>>()
    });
    rows.map(|row| (row[key].clone(), row)).collect()
}

#[test]
fn a_pack_of_a_moto_account_tells_what_was_made_there() {
    let moto = start();
    make_account(&moto);
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&moto.endpoint).arg("run").arg("--out").arg(out.path()).args(["--no-pdf"]));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let pack = only_pack(out.path());
    let told = assessment(&pack);
    assert_eq!(told["account"]["id"], "123456789012");
    assert_eq!(told["account"]["alias"], "example-moto");

    let users = rows(&pack.join("tables/users.csv"), "name");
    assert_eq!(users.len(), 32, "alice, bob and thirty workers: {:?}", users.keys());
    assert_eq!(users["alice"]["path"], "/people/");
    assert_eq!(users["bob,=x"]["inline_policies"], "inline");
    let roles = rows(&pack.join("tables/roles.csv"), "name");
    assert_eq!(roles["partner"]["description"], "for the <partner>");
    let policies = rows(&pack.join("tables/policies.csv"), "name");
    assert!(policies["everything"]["holders"].contains("partner"), "{:?}", policies["everything"]);

    let verdicts = verdicts(&told);
    assert_eq!(verdicts["a-support-role-exists"], "pass");
    assert_eq!(verdicts["passwords-have-a-minimum-length"], "fail");
    assert_eq!(verdicts["passwords-need-a-symbol"], "pass");
    assert_eq!(verdicts["no-attached-policy-grants-full-administration"], "fail");
    assert_eq!(verdicts["permissions-come-through-groups"], "fail");
    assert_ne!(verdicts["root-is-not-used-day-to-day"], "pass", "moto's report has no root row");
}

#[test]
fn other_services_are_read_in_each_of_their_protocols() {
    let moto = start();
    make(&moto, "moto_services.py");
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    let sources = "organizations,alarms,ec2,config,identity-center";
    let run = ran(auditpack_at(&moto.endpoint)
        .args([
            "collect",
            "--sources",
            sources,
            "--regions",
            "us-east-1,eu-west-1",
            "--page-size",
            "5",
            "--pause",
            "1",
            "--out",
        ])
        .arg(&dir));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let snapshot = Snapshot::open(&dir).unwrap();
    // Every entry of a list in a region, over all pages.
    let entries = |service: &str, operation: &str, region: &str, list: &str| -> Vec<Value> {
        let answers = snapshot.answers(service, operation);
        let here = answers.iter().filter(|answer| answer.region.as_deref().is_none_or(|told| told == region));
        let pages = here.flat_map(|answer| &answer.pages).map(|page| page.read::<Value>().unwrap());
        pages.flat_map(|page| page[list].as_array().cloned().unwrap_or_default()).collect()
    };
    let reservations = entries("ec2", "DescribeInstances", "eu-west-1", "Reservations");
    let instances: usize = reservations.iter().map(|one| one["Instances"].as_array().unwrap().len()).sum();
    assert_eq!(instances, 7);
    assert!(entries("ec2", "DescribeInstances", "us-east-1", "Reservations").is_empty());
    let alarm = entries("cloudwatch", "DescribeAlarms", "us-east-1", "MetricAlarms").remove(0);
    assert_eq!((alarm["AlarmName"].as_str(), alarm["Threshold"].as_f64()), (Some("root <b>"), Some(1.5)));
    assert!(alarm["StateUpdatedTimestamp"].as_str().unwrap().ends_with("+00:00"), "{alarm}");
    let filter = entries("logs", "DescribeMetricFilters", "us-east-1", "metricFilters").remove(0);
    assert_eq!(filter["filterPattern"], "{ $.userIdentity.type = \"Root\" }");
    let units = entries("organizations", "ListOrganizationalUnitsForParent", "us-east-1", "OrganizationalUnits");
    assert_eq!(units[0]["Name"], "Security <x>");
    let rule = entries("config", "DescribeConfigRules", "us-east-1", "ConfigRules").remove(0);
    assert_eq!(rule["Source"]["SourceIdentifier"], "IAM_USER_MFA_ENABLED");
    let set = snapshot.answers("sso-admin", "DescribePermissionSet").remove(0).pages[0].read::<Value>().unwrap();
    assert_eq!(set["PermissionSet"]["SessionDuration"], "PT2H");
    assert_eq!(entries("identitystore", "ListUsers", "us-east-1", "Users")[0]["DisplayName"], "=Ann");
}

/// What this release of moto does not have; it answers with a page of HTML.
const NOT_IN_MOTO: &[&str] = &[
    "accessanalyzer:ListAnalyzers",
    "accessanalyzer:ValidatePolicy",
    "account:GetAccountInformation",
    "account:GetContactInformation",
    "account:ListRegions",
    "cloudtrail:LookupEvents",
    "config:DescribeAggregateComplianceByConfigRules",
    "config:DescribeComplianceByConfigRule",
    "config:DescribeConfigRuleEvaluationStatus",
    "config:DescribeConfigurationAggregatorSourcesStatus",
    "config:DescribeConformancePackStatus",
    "config:DescribeConformancePacks",
    "config:DescribeDeliveryChannelStatus",
    "config:DescribeOrganizationConfigRuleStatuses",
    "config:DescribeOrganizationConfigRules",
    "config:DescribeOrganizationConformancePacks",
    "config:GetComplianceDetailsByConfigRule",
    "config:ListConfigurationRecorders",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:ListOrganizationsFeatures",
    "iam:ListServiceSpecificCredentials",
    "organizations:DescribeResourcePolicy",
    "sso-admin:DescribeInstance",
    "sso-admin:GetPermissionsBoundaryForPermissionSet",
    "sso-admin:ListApplications",
    "sso-admin:ListTrustedTokenIssuers",
];

#[test]
fn everything_that_moto_has_is_collected_without_an_error() {
    let moto = start();
    make(&moto, "moto_services.py");
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    let options = ["--sources", "all", "--depth", "deep", "--events", "--validate-policies", "--pause", "0"];
    let run = ran(auditpack_at(&moto.endpoint)
        .env("AWS_MAX_ATTEMPTS", "1")
        .args(["collect", "--regions", "us-east-1", "--out"])
        .arg(&dir)
        .args(options));
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    let snapshot = Snapshot::open(&dir).unwrap();
    let mut absent = BTreeSet::new();
    let mut answered = BTreeSet::new();
    for call in &snapshot.calls {
        let named = format!("{}:{}", call.service, call.operation);
        match &call.error {
            None => drop(answered.insert(named)),
            Some(error) if error.code == "MalformedResponse" && error.message.contains("<!doctype html>") => {
                absent.insert(named);
            }
            // That there is none is an answer.
            Some(error) => assert!(
                [
                    ("account:GetAlternateContact", "ResourceNotFoundException"),
                    ("iam:GetAccountPasswordPolicy", "NoSuchEntity")
                ]
                .contains(&(named.as_str(), error.code.as_str())),
                "{named}: {error:?}"
            ),
        }
    }
    assert_eq!(absent.iter().map(String::as_str).collect::<Vec<_>>(), NOT_IN_MOTO);
    let services: BTreeSet<&str> = answered.iter().map(|named| named.split(':').next().unwrap()).collect();
    for service in [
        "account",
        "cloudtrail",
        "cloudwatch",
        "config",
        "ec2",
        "iam",
        "identitystore",
        "logs",
        "organizations",
        "sns",
        "sso-admin",
        "sts",
    ] {
        assert!(services.contains(service), "{service}: {answered:?}");
    }
    let told = snapshot.answers("iam", "GetPolicy").remove(0).pages[0].read::<Value>().unwrap();
    assert_eq!(told["Policy"]["Description"], "says <what> it is for");
    assert_eq!(told["Policy"]["Tags"][0]["Key"], "Purpose");
    let told = snapshot.answers("sns", "ListSubscriptionsByTopic").remove(0).pages[0].read::<Value>().unwrap();
    assert_eq!(told["Subscriptions"][0]["Endpoint"], "security@example.com");
}
