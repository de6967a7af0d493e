//! The table of operations, held against what else must know each of them.

use auditpack::testing::account::KINDS;
use auditpack::testing::account::fact::Evidence;
use auditpack::testing::operations::{operations, sources};
use auditpack::testing::policy::actions::table;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn the_reduced_models_hold_exactly_the_operations_of_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aws-shapes.json");
    let shapes: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let services = shapes["services"].as_object().unwrap().iter();
    let held: BTreeSet<(String, String)> = services
        .flat_map(|(service, model)| {
            model["operations"].as_object().unwrap().keys().map(|name| (service.clone(), name.clone()))
        })
        .collect();
    let declared: BTreeSet<_> = operations().map(|(_, row)| (row.service.to_owned(), row.name.to_owned())).collect();
    assert_eq!(held, declared, "run data/aws-shapes.py");
}

#[test]
fn every_operation_has_a_title_of_its_service_and_an_action_that_aws_documents() {
    let mut titles = BTreeSet::new();
    for (_, row) in operations() {
        let action = row.action();
        assert!(table().number(&action).is_some(), "{action} of {} is no action that AWS documents", row.name);
        assert!(!row.title.is_empty(), "{}", row.qualified());
        assert!(titles.insert((row.service, row.title)), "two operations are called {:?}", row.title);
    }
}

#[test]
fn every_answer_that_an_operation_is_asked_with_is_collected_without_further_options() {
    for source in sources() {
        for row in source.operations {
            for list in row.lists() {
                let (from, _) = operations().find(|(_, other)| list.is_of(other)).expect("the table has the list");
                let with_it = from.only_with.is_none() || from.only_with == source.only_with;
                assert!(with_it, "{} needs {}:{}", row.qualified(), list.service, list.operation);
            }
        }
    }
}

/// What each operation feeds: populations that it enumerates, facts, reconciliations, other operations. A fact without
/// an operation behind it, or an operation that feeds nothing, is a promise that the pack does not keep.
#[test]
fn every_operation_feeds_something_that_a_reader_sees() {
    let mut feeds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let named = |evidence: &Evidence| format!("{}:{}", evidence.service, evidence.operation);
    for kind in KINDS {
        for evidence in kind.enumerated_by {
            feeds.entry(named(evidence)).or_default().insert(format!("the population {}", kind.plural));
        }
        for field in kind.fields {
            for evidence in field.evidence {
                feeds.entry(named(evidence)).or_default().insert(format!("{}.{}", kind.variable, field.name));
            }
        }
    }
    for (_, row) in operations() {
        for list in row.lists() {
            let fed = feeds.entry(format!("{}:{}", list.service, list.operation)).or_default();
            fed.insert(format!("the requests of {}", row.name));
        }
    }
    for (operation, what) in ELSEWHERE {
        feeds.entry((*operation).to_owned()).or_default().insert((*what).to_owned());
    }
    let mut found = String::new();
    let mut idle = Vec::new();
    for (_, row) in operations() {
        let name = format!("{}:{}", row.service, row.name);
        match feeds.remove(&name) {
            Some(what) => {
                let what: Vec<String> = what.into_iter().collect();
                writeln!(found, "{name}\n    {}", what.join("\n    ")).unwrap();
            }
            None => idle.push(name),
        }
    }
    assert_eq!(idle, Vec::<String>::new(), "operations that feed nothing");
    insta::assert_snapshot!(found);
}

/// What is read without being the source of a fact.
const ELSEWHERE: &[(&str, &str)] = &[
    ("iam:GenerateCredentialReport", "the credential report"),
    ("accessanalyzer:GetFindingsStatistics", "the completeness of the lists of findings"),
    ("config:GetComplianceDetailsByConfigRule", "the comparison with AWS Config"),
    ("sso-admin:GetPermissionsBoundaryForPermissionSet", "the access level of permission sets"),
    ("account:GetAccountInformation", "an exhibit only"),
    ("accessanalyzer:ValidatePolicy", "an exhibit only"),
    ("cloudtrail:LookupEvents", "an exhibit only"),
    ("iam:GetAccessKeyLastUsed", "an exhibit only"),
    ("iam:ListMFADevices", "an exhibit only"),
    ("sso-admin:DescribeInstance", "an exhibit only"),
    ("sso-admin:DescribeTrustedTokenIssuer", "an exhibit only"),
    ("sso-admin:ListApplicationAssignments", "an exhibit only"),
];
