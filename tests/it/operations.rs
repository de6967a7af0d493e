//! The table of operations, held against what else must know each of them.

use auditpack::testing::operations::{operations, sources};
use auditpack::testing::policy::actions::table;
use serde_json::Value;
use std::collections::BTreeSet;
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
