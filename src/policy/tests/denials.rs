//! Denials and boundaries against grants.

use super::{capped, granted};
use crate::policy::escalation::{Grade, Holder, paths};

const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*:*","Resource":"*"}]}"#;
const USER: Holder<'static> =
    Holder { arn: "arn:aws:iam::111122223333:user/ann", groups: &[], policies: &[], boundary: None, tags: &[] };

#[test]
fn a_denial_of_everything_leaves_nothing() {
    let grants =
        granted(&[ADMIN, r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#]);
    assert!(grants.full_admin.is_none());
    assert!(grants.allows("s3:GetObject").is_none());
}

#[test]
fn a_denial_on_another_resource_cancels_no_escalation() {
    let grants = granted(&[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::111122223333:user/bob"}]}"#,
    ]);
    assert_eq!(paths(&USER, &grants)[0].grade, Grade::Unrestricted);
}

#[test]
fn a_denial_without_mfa_cancels_no_escalation() {
    let grants = granted(&[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*",
            "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#,
    ]);
    assert_eq!(paths(&USER, &grants).len(), 1);
    assert_eq!(grants.denials[0].doubt, Some("under a condition"));
}

#[test]
fn a_denial_that_covers_action_and_resource_cancels_the_escalation() {
    let grants = granted(&[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:Put*","Resource":"*"}]}"#,
    ]);
    assert!(paths(&USER, &grants).is_empty());
}

#[test]
fn who_is_capped_is_no_administrator() {
    let boundary = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let grants = capped(&[ADMIN], Some(boundary));
    assert!(grants.full_admin.is_none());
    assert!(grants.allows("iam:PutUserPolicy").is_none() && grants.allows("s3:GetObject").is_some());
}

#[test]
fn a_boundary_that_is_full_administrator_in_another_spelling_caps_next_to_nothing() {
    let boundary =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"**","Resource":"arn:aws:*:*:*:*"}]}"#;
    let grants = capped(&[ADMIN], Some(boundary));
    let mitigations = &grants.full_admin.as_ref().expect("the literal finding").mitigations;
    assert_eq!(
        mitigations[..],
        ["The permissions boundary boundary is full administrator itself and caps next to nothing.".to_owned()]
    );
}
