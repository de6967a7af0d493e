//! Equivalent document structures.

use super::{document, granted};
use crate::policy::document::{Actions, SetPrefix, Version};
use crate::policy::escalation::{Grade, Holder, paths};
use crate::policy::parse::{OPERATORS, parse};
use crate::policy::print::print;

#[test]
fn scalars_and_lists_say_the_same() {
    let scalars = document(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},
            "Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}}"#,
    );
    let lists = document(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["444455556666"]},
            "Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"aws:PrincipalTag/team":["a"]}}}]}"#,
    );
    assert!(scalars.same_meaning(&lists) && scalars.notes.is_empty());
    assert_eq!(print(&scalars), print(&lists));
}

#[test]
fn of_a_key_that_stands_twice_both_are_read_and_told() {
    let twice = document(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:GetObject","Action":"iam:*","Resource":"*"}]}"#,
    );
    assert_eq!(twice.statements[0].actions, Actions::Only(vec!["s3:GetObject".to_owned(), "iam:*".to_owned()]));
    assert_eq!(twice.notes[0].place, "Statement[0].Action");
}

#[test]
fn without_a_version_there_are_no_policy_variables() {
    let own = |version: &str| {
        let text = format!(
            r#"{{{version}"Statement":[{{"Effect":"Allow","Action":"iam:PutUserPolicy",
            "Resource":"arn:aws:iam::111122223333:user/${{aws:username}}"}}]}}"#
        );
        let user =
            Holder { arn: "arn:aws:iam::111122223333:user/ann", groups: &[], policies: &[], boundary: None, tags: &[] };
        (document(&text).version, paths(&user, &granted(&[&text])).len())
    };
    assert_eq!(own(""), (Version::V2008, 0));
    assert_eq!(own(r#""Version":"2008-10-17","#), (Version::V2008, 0));
    assert_eq!(own(r#""Version":"2012-10-17","#), (Version::V2012, 1));
}

#[test]
fn every_operator_with_every_prefix_and_if_exists_is_read_and_printed_back() {
    for operator in OPERATORS {
        for (prefix, set) in [
            ("", None),
            ("ForAllValues:", Some(SetPrefix::ForAllValues)),
            ("ForAnyValue:", Some(SetPrefix::ForAnyValue)),
        ] {
            for if_exists in [false, true] {
                if *operator == "Null" && if_exists {
                    continue;
                }
                let suffix = if if_exists { "IfExists" } else { "" };
                let text = format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"*",
                    "Condition":{{"{prefix}{operator}{suffix}":{{"aws:TagKeys":["a",true,7,-1.50e400]}}}}}}]}}"#
                );
                let read = document(&text);
                let condition = &read.statements[0].conditions[0];
                assert!(read.notes.is_empty(), "{text}: {:?}", read.notes);
                assert_eq!(
                    (condition.operator.as_str(), condition.set, condition.if_exists),
                    (*operator, set, if_exists)
                );
                assert_eq!(condition.values, ["a", "true", "7", "-1.50e400"]);
                assert!(parse(&print(&read)).expect("JSON").same_meaning(&read));
            }
        }
    }
}

#[test]
fn a_byte_order_mark_is_passed_over_and_kept() {
    let text = "\u{feff}{\"Version\":\"2012-10-17\",\"Statement\":[]}";
    let read = document(text);
    assert_eq!((&*read.text, read.notes.len()), (text, 0));
}

#[test]
fn a_version_that_is_not_the_default_grants_nothing_but_can_be_switched_to() {
    // What IAM keeps as v1 of the policy; the caller hands over the default version alone.
    let old = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let in_force = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:SetDefaultPolicyVersion","Resource":"arn:aws:iam::111122223333:policy/team"}]}"#;
    assert!(granted(&[old]).is_full_admin());
    let grants = granted(&[in_force]);
    assert!(!grants.is_full_admin());
    let user = Holder {
        arn: "arn:aws:iam::111122223333:user/ann",
        groups: &[],
        policies: &["arn:aws:iam::111122223333:policy/team".to_owned()],
        boundary: None,
        tags: &[],
    };
    let found = paths(&user, &grants);
    assert_eq!((found[0].way.id.as_str(), found[0].grade), ("local-001", Grade::Dependent));
    assert!(found[0].way.says.contains("older version"));
}
