//! The services besides IAM: what is collected is what is served, whatever the pages; what goes wrong stays
//! with its call; what is asked is what the printed policy allows.

use crate::support::{Ran, auditpack, auditpack_at, ran};
use auditpack::testing::operations::sources;
use auditpack::testing::snapshot::{Call, Outcome, Snapshot};
use aws_double::{Account, Double, Fault, Faults, generate};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Everything that can be asked for.
const ALL: &[&str] = &["--sources", "all", "--depth", "deep", "--events", "--validate-policies", "--pause", "0"];

fn collect(double: &Double, dir: &Path, more: &[&str]) -> Ran {
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--out"]).arg(dir).args(more));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    run
}

fn whole(faults: Faults, more: &[&str]) -> (tempfile::TempDir, Double) {
    let double = Double::start(generate::tidy_organization(), faults.report_ready());
    let out = tempfile::tempdir().unwrap();
    collect(&double, &out.path().join("snapshot"), &[ALL, more].concat());
    (out, double)
}

/// Service, operation, region and parameters → the joined pages, or the error's code.
fn answers(dir: &Path) -> BTreeMap<String, Value> {
    let snapshot = Snapshot::open(dir).unwrap();
    let operations: BTreeSet<_> =
        snapshot.calls.iter().map(|call| (call.service.clone(), call.operation.clone())).collect();
    let mut told = BTreeMap::new();
    for (service, operation) in operations {
        for answer in snapshot.answers(&service, &operation) {
            let mut joined = Map::new();
            for page in &answer.pages {
                join(&mut joined, page.read().unwrap());
            }
            let outcome = match &answer.outcome {
                Outcome::Complete => "complete".to_owned(),
                Outcome::Failed { error, .. } | Outcome::CutShort { error, .. } => error.code.clone(),
                Outcome::NotCollected => "not collected".to_owned(),
            };
            joined.insert("(outcome)".to_owned(), outcome.into());
            let region = answer.region.unwrap_or_default();
            told.insert(format!("{service}:{operation} {region} {:?}", answer.parameters), Value::Object(joined));
        }
    }
    told
}

fn join(whole: &mut Map<String, Value>, page: Map<String, Value>) {
    for (name, value) in page {
        match (whole.get_mut(&name), value) {
            _ if ["IsTruncated", "Marker", "NextToken", "nextToken"].contains(&name.as_str()) => {}
            (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
            (_, value) => {
                whole.insert(name, value);
            }
        }
    }
}

fn calls(dir: &Path) -> Vec<Call> {
    Snapshot::open(dir).unwrap().calls
}

#[test]
fn what_is_served_is_collected_and_serves_again() {
    let (out, double) = whole(Faults::none(), &[]);
    let first = out.path().join("snapshot");
    let unexpected: Vec<_> = calls(&first)
        .into_iter()
        .filter_map(|call| Some(format!("{} {} {}", call.operation, call.region, call.error?.code)))
        .filter(|told| {
            !["ResourceNotFoundException", "ResourcePolicyNotFoundException", "NoSuchEntity"]
                .iter()
                .any(|code| told.ends_with(code))
        })
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    assert_eq!(calls(&first).len(), double.requests().len(), "every request has its line");
    // The files are what the account was made of.
    let account = generate::tidy_organization();
    for (service, operation, region) in [
        ("config", "DescribeConfigRules", "eu-west-1"),
        ("ec2", "DescribeInstances", "us-east-1"),
        ("accessanalyzer", "ListAnalyzers", "us-east-1"),
    ] {
        let made = account.recorded(&format!("{service}/{region}"), operation).unwrap();
        let snapshot = Snapshot::open(&first).unwrap();
        let found =
            snapshot.answers(service, operation).into_iter().find(|it| it.region.as_deref() == Some(region)).unwrap();
        assert_eq!(&found.pages[0].read::<Value>().unwrap(), made, "{service} {region}");
    }

    let again = Double::start(Account::load(&first).unwrap(), Faults::none().report_ready());
    let second = out.path().join("again");
    collect(&again, &second, ALL);
    assert_eq!(answers(&first), answers(&second));
}

/// The same in an account in which every call of every source has something to ask about.
#[test]
fn every_operation_of_every_source_is_collected_as_it_is_served() {
    let out = tempfile::tempdir().unwrap();
    let dirs = ["first", "again"].map(|name| out.path().join(name));
    let account = generate::small_organization();
    let places = account.places();
    let double = Double::start(account, Faults::none().report_ready());
    collect(&double, &dirs[0], ALL);
    let asked: BTreeSet<String> = double.requests().iter().map(aws_double::Asked::qualified).collect();
    let declared: BTreeSet<String> = sources()
        .flat_map(|source| source.operations)
        .map(|operation| format!("{}:{}", operation.service, operation.name))
        .collect();
    assert_eq!(asked, declared);
    // What the account was made of is what lies on disk, file by file.
    for (place, answer) in places {
        let file = dirs[0].join("evidence").join(format!("{place}.json"));
        // The account knows the holders of more policies than are asked about.
        if place.starts_with("iam/list-entities-for-policy/") && !file.exists() {
            continue;
        }
        let Ok(bytes) = std::fs::read(&file) else { panic!("{place} was not collected") };
        let mut found: Value = serde_json::from_slice(&bytes).unwrap();
        if let Some(object) = found.as_object_mut() {
            object.retain(|name, _| {
                answer.get(name).is_some() || !["IsTruncated", "Content", "ReportFormat"].contains(&name.as_str())
            });
        }
        assert_eq!(found, answer, "{place}");
    }
    let again = Double::start(Account::load(&dirs[0]).unwrap(), Faults::none().report_ready());
    collect(&again, &dirs[1], ALL);
    assert_eq!(answers(&dirs[0]), answers(&dirs[1]));
}

#[test]
fn pages_of_any_size_and_jobs_in_the_making_change_nothing() {
    let (expected, _) = whole(Faults::none(), &[]);
    let expected = answers(&expected.path().join("snapshot"));
    for (faults, size) in [(Faults::none().page(2), "1000"), (Faults::none().short_pages(), "7"), (Faults::none(), "1")]
    {
        let (out, _) = whole(faults, &["--page-size", size]);
        let found = answers(&out.path().join("snapshot"));
        for (asked, answer) in &expected {
            assert_eq!(Some(answer), found.get(asked), "pages of {size}: {asked}");
        }
        assert_eq!(expected.len(), found.len());
    }
}

#[test]
fn the_log_holds_the_parameters_that_were_sent() {
    let (out, double) = whole(Faults::none().page(3), &[]);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut logged: Vec<_> = calls(&out.path().join("snapshot"))
        .into_iter()
        .filter(|call| !matches!(call.service.as_str(), "iam" | "sts"))
        .map(|call| {
            let parameters: BTreeMap<String, String> =
                call.parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect();
            (call.operation, call.region, parameters)
        })
        .collect();
    let mut sent: Vec<_> = double
        .requests()
        .into_iter()
        .filter(|asked| !matches!(asked.service.as_str(), "iam" | "sts"))
        .map(|asked| (asked.action, asked.region, asked.parameters))
        .collect();
    logged.sort();
    sent.sort();
    assert_eq!(logged, sent);
}

#[test]
fn where_iam_alone_is_chosen_nothing_else_is_asked() {
    let double = Double::start(generate::tidy_organization(), Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    collect(&double, &out.path().join("snapshot"), &["--sources", "iam"]);
    let services: BTreeSet<_> = double.requests().into_iter().map(|asked| asked.service).collect();
    assert_eq!(services, BTreeSet::from(["iam".to_owned(), "sts".to_owned()]));
}

#[test]
fn a_region_that_is_closed_is_a_gap_of_that_region_only() {
    let mut account = generate::tidy_organization();
    let message = "User: x is not authorized to perform: config:DescribeConfigRules with an explicit deny in a service control policy";
    account.refuse_at(
        "config/eu-west-1/describe-config-rules",
        "DescribeConfigRules",
        400,
        "AccessDeniedException",
        message,
    );
    let double = Double::start(account, Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    let run = collect(&double, &dir, &["--sources", "config"]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("eu-west-1 (denied by a service control policy)"), "{}", run.err);
    let outcomes: BTreeMap<_, _> = Snapshot::open(&dir)
        .unwrap()
        .answers("config", "DescribeConfigRules")
        .into_iter()
        .map(|answer| (answer.region.unwrap(), answer.outcome == Outcome::Complete))
        .collect();
    assert_eq!(outcomes, BTreeMap::from([("eu-west-1".to_owned(), false), ("us-east-1".to_owned(), true)]));
}

#[test]
fn a_busy_history_is_read_to_its_bound_and_the_rest_is_a_gap() {
    let mut account = generate::tidy_organization();
    let events: Vec<Value> = (0..60).map(|number| serde_json::json!({ "EventId": number.to_string() })).collect();
    account.answer_at("cloudtrail/eu-west-1/lookup-events/Username%26root", serde_json::json!({ "Events": events }));
    let double = Double::start(account, Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    let run = collect(&double, &dir, &["--sources", "cloudtrail", "--events", "--page-size", "1", "--pause", "0"]);
    assert_eq!(run.code, 3, "{}", run.err);
    let snapshot = Snapshot::open(&dir).unwrap();
    let mut answers = snapshot.answers("cloudtrail", "LookupEvents").into_iter();
    let busy = answers.find(|answer| answer.region.as_deref() == Some("eu-west-1")).unwrap();
    assert_eq!(busy.pages.len(), 40);
    assert!(
        matches!(&busy.outcome, Outcome::CutShort { error, .. } if error.code == "PageLimit"),
        "{:?}",
        busy.outcome
    );
}

#[test]
fn a_second_run_may_ask_for_more_than_the_first() {
    let double = Double::start(generate::tidy_organization(), Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().join("snapshot");
    collect(&double, &dir, &[]);
    let before = double.requests().len();
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--resume", "--out"]).arg(&dir).args(ALL));
    assert_eq!(run.code, 0, "{}", run.err);
    let again =
        double.requests()[before..].iter().filter(|asked| asked.action == "GetAccountAuthorizationDetails").count();
    assert_eq!(again, 0, "what is there is not asked for again");
    let header = Snapshot::open(&dir).unwrap().header;
    assert_eq!(header.depth, "deep");
    assert!(header.requested.iter().any(|one| one.operation == "ListAnalyzers"));
}

#[test]
fn regions_come_from_the_account_or_from_the_user_or_are_the_one_that_is_set() {
    let header = |faults: Faults, more: &[&str]| {
        let double = Double::start(generate::tidy_organization(), faults.report_ready());
        let out = tempfile::tempdir().unwrap();
        let dir = out.path().join("snapshot");
        collect(&double, &dir, &[&["--sources", "ec2"], more].concat());
        let header = Snapshot::open(&dir).unwrap().header;
        (header.regions, header.regions_enabled)
    };
    let two = || vec!["eu-west-1".to_owned(), "us-east-1".to_owned()];
    assert_eq!(header(Faults::none(), &[]), (two(), two()));
    assert_eq!(header(Faults::none(), &["--regions", "eu-west-1"]), (vec!["eu-west-1".to_owned()], two()));
    let denied = Faults::none().with(Fault::deny("ListRegions"));
    assert_eq!(header(denied, &[]), (vec!["us-east-1".to_owned()], Vec::new()));
    // Half a list is not the list of what is enabled, but what it names is gone through.
    let broken_off = Faults::none().page(2).with(Fault::repeated_marker("ListRegions"));
    assert_eq!(header(broken_off, &[]), (two(), Vec::new()));
    let run = ran(auditpack().args(["collect", "--out", "x", "--regions", "evil.example.com/?-1"]));
    assert_eq!(run.code, 2);
}

#[test]
fn a_second_run_asks_only_what_the_first_did_not_get() {
    let fault = Faults::none().with(Fault::deny("DescribeAlarms").first(1)).with(Fault::deny("ListGroups").first(1));
    let (out, double) = whole(fault, &[]);
    let dir = out.path().join("snapshot");
    let before = double.requests().len();
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--resume", "--out"]).arg(&dir).args(ALL));
    assert_eq!(run.code, 0, "{}", run.err);
    let asked: BTreeSet<_> =
        double.requests()[before..].iter().map(|asked| (asked.action.clone(), asked.region.clone())).collect();
    let again: BTreeSet<&str> = asked.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        again,
        BTreeSet::from([
            "GetCallerIdentity",
            "DescribeAlarms",
            "ListSubscriptionsByTopic",
            "ListGroups",
            "ListGroupMemberships"
        ]),
        "{asked:?}"
    );
    assert_eq!(asked.len(), 5, "each in one region: {asked:?}");
    let (expected, _) = whole(Faults::none(), &[]);
    assert_eq!(answers(&dir), answers(&expected.path().join("snapshot")));
}
