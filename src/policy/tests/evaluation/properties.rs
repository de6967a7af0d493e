//! What more denials, boundaries and conditions never do, on random policies.

use super::{as_of, document};
use crate::policy::escalation::{AccountContext, Holder, Path, paths_among};
use crate::policy::grants::Grants;
use crate::policy::tests::granted_to;
use proptest::prelude::*;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const OWN: &[&str] = &["arn:aws:iam::111122223333:policy/own"];

fn statement(effect: &'static str) -> impl Strategy<Value = String> {
    let actions = prop::sample::select(vec![
        "*",
        "iam:*",
        "iam:PutUserPolicy",
        "iam:PassRole,ec2:RunInstances",
        "iam:CreateAccessKey",
        "iam:AttachRolePolicy,sts:AssumeRole",
        "s3:*",
        "except iam:*",
        "except s3:*",
    ]);
    let resources = prop::sample::select(vec![
        "*",
        "arn:aws:iam::111122223333:user/alice",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/admin",
        "except arn:aws:iam::111122223333:user/alice",
        "except arn:aws:iam::111122223333:*",
    ]);
    (actions, resources, condition())
        .prop_map(move |(actions, resources, condition)| format!("{effect} {actions} on {resources}{condition}"))
}

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        1 => Just(" if StringEquals aws:username alice".to_owned()),
        1 => Just(" if StringEquals aws:username bob".to_owned()),
        1 => Just(" if Bool aws:MultiFactorAuthPresent true".to_owned()),
        1 => Just(" if BoolIfExists aws:MultiFactorAuthPresent false".to_owned()),
        1 => Just(" if StringNotEquals aws:RequestedRegion eu-west-1".to_owned()),
        1 => Just(" if IpAddress aws:SourceIp 203.0.113.0/24".to_owned()),
        1 => Just(" if DateGreaterThan aws:CurrentTime 2020-01-01".to_owned()),
        1 => Just(" if DateLessThan aws:CurrentTime 2020-01-01".to_owned()),
        1 => Just(" if Bool aws:SecureTransport true".to_owned()),
        1 => Just(" if ForAllValues:StringEquals aws:TagKeys x".to_owned()),
        1 => Just(" if StringEquals aws:RequestTag/team ops".to_owned()),
        1 => Just(" if NumericLessThan aws:MultiFactorAuthAge 0".to_owned()),
        1 => Just(" if Null iam:PolicyARN true".to_owned()),
    ]
}

fn evaluate(statements: &[String], boundary: Option<&str>) -> (Grants, Vec<Path>) {
    let boundary = boundary.map(document);
    let grants = granted_to(&[&document(&statements.join(";"))], boundary.as_deref(), ALICE, &[]);
    let policies: Vec<String> = OWN.iter().map(|arn| (*arn).to_owned()).collect();
    // A boundary opens ways to take it off, so that the holder always has one here.
    let holder = Holder { arn: ALICE, groups: &[], policies: &policies, boundary: Some("boundary"), tags: &[] };
    let around =
        AccountContext { organization: Some("o-a1b2c3d4e5"), as_of: Some(as_of()), ..AccountContext::default() };
    let paths = paths_among(&holder, &grants, &around);
    (grants, paths)
}

/// Whether the first grants and opens nothing that the second does not.
fn is_no_more(one: &(Grants, Vec<Path>), other: &(Grants, Vec<Path>)) -> Result<(), TestCaseError> {
    prop_assert!(other.0.actions().contains_all(&one.0.actions()));
    prop_assert!(other.0.is_full_admin() || !one.0.is_full_admin());
    for path in &one.1 {
        let same = other.1.iter().find(|same| same.way.id == path.way.id);
        // An administrator has all ways, and is not asked for them.
        prop_assert!(same.is_some() || other.0.is_full_admin(), "{} is new", path.way.id);
        if let Some(same) = same {
            prop_assert!(same.is_open() || !path.is_open(), "{} is open now", path.way.id);
            prop_assert!(same.certainty >= path.certainty || !path.is_open(), "{} is more certain", path.way.id);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_denial_never_adds(allows in prop::collection::vec(statement("allow"), 1..4), denial in statement("deny")) {
        let before = evaluate(&allows, None);
        let mut with = allows;
        with.push(denial);
        is_no_more(&evaluate(&with, None), &before)?;
    }

    #[test]
    fn a_boundary_never_adds(allows in prop::collection::vec(statement("allow"), 1..4), cap in prop::collection::vec(statement("allow"), 0..3)) {
        is_no_more(&evaluate(&allows, Some(&cap.join(";"))), &evaluate(&allows, None))?;
    }

    #[test]
    fn a_condition_never_strengthens(allow in statement("allow"), condition in condition()) {
        prop_assume!(!allow.contains(" if "));
        let before = evaluate(std::slice::from_ref(&allow), None);
        is_no_more(&evaluate(&[format!("{allow}{condition}")], None), &before)?;
    }

    #[test]
    fn whoever_is_denied_everything_is_nothing(allows in prop::collection::vec(statement("allow"), 0..4)) {
        let mut all = allows;
        all.push("deny * on *".to_owned());
        let (grants, paths) = evaluate(&all, None);
        prop_assert!(!grants.is_full_admin() && paths.is_empty() && grants.actions().is_empty());
    }
}
