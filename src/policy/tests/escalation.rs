//! T1, T35: ways to more.

use super::granted;
use crate::policy::actions::table;
use crate::policy::escalation::{Grade, Holder, paths, retired, ways};

const USER: Holder<'static> =
    Holder { arn: "arn:aws:iam::111122223333:user/ann", groups: &[], policies: &[], boundary: None, tags: &[] };

fn open(texts: &[&str]) -> Vec<(&'static str, Grade)> {
    paths(&USER, &granted(texts)).into_iter().map(|path| (path.way.id.as_str(), path.grade)).collect()
}

#[test]
fn t1_iam_star_on_everything_is_escalation_whatever_the_table_lacks() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#]);
    assert!(found.len() > 10 && found.contains(&("iam-007", Grade::Unrestricted)), "{found:?}");
}

#[test]
fn t1_an_action_of_a_retired_service_is_still_asked_for() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:PassRole","codestar:Create*"],"Resource":"*"}]}"#]);
    assert_eq!(found, [("local-003", Grade::Unrestricted)]);
}

#[test]
fn t1_every_action_of_every_way_is_in_the_table_or_said_to_be_retired() {
    for need in ways().iter().flat_map(|way| &way.needs) {
        assert!(table().number(&need.action).is_some() || retired().contains(&need.action), "{}", need.action);
    }
}

#[test]
fn t35_attaching_one_policy_is_condition_scoped() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*",
         "Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]}"#]);
    assert_eq!(found, [("iam-008", Grade::ConditionScoped)]);
}

#[test]
fn t35_passing_one_role_is_resource_scoped() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/web"},
        {"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"}]}"#]);
    assert_eq!(found, [("ec2-001", Grade::ResourceScoped)]);
}

#[test]
fn t35_passing_any_role_is_unrestricted() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*"}]}"#]);
    assert_eq!(found, [("ec2-001", Grade::Unrestricted)]);
}

#[test]
fn t35_keys_for_oneself_are_no_escalation() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}]}"#]);
    assert_eq!(found, []);
}

#[test]
fn t35_two_statements_of_two_policies_count_together() {
    let found = open(&[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"lambda:CreateFunction","Resource":"*"},
            {"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}"#,
    ]);
    assert_eq!(found, [("lambda-001", Grade::Unrestricted)]);
}
