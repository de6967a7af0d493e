//! Equivalent spellings of the same policy.

use super::{granted, trusted};
use crate::policy::grants::{AccessLevel, Scope};
use crate::policy::trust::Answer;

#[test]
fn full_administrator_by_action_star_colon_star() {
    admin(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*:*","Resource":"*"}]}"#);
}

#[test]
fn full_administrator_by_two_stars() {
    admin(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"**","Resource":"*"}]}"#);
}

#[test]
fn full_administrator_by_a_star_among_other_resources() {
    admin(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"*","Resource":["*","arn:aws:s3:::bucket"]}]}"#,
    );
}

#[test]
fn full_administrator_by_an_arn_of_stars() {
    admin(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:*:*:*:*"}]}"#);
}

#[test]
fn full_administrator_by_every_letter_of_the_alphabet() {
    admin(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[
            "a*:*","b*:*","c*:*","d*:*","e*:*","f*:*","g*:*","h*:*","i*:*","j*:*","k*:*","l*:*","m*:*",
            "n*:*","o*:*","p*:*","q*:*","r*:*","s*:*","t*:*","u*:*","v*:*","w*:*","x*:*","y*:*","z*:*"],
            "Resource":"*"}]}"#,
    );
}

fn admin(text: &str) {
    let grants = granted(&[text]);
    let admin = grants.full_admin.as_ref().expect("full administrator");
    assert!(admin.unmitigated && admin.mitigations.is_empty(), "{admin:?}");
    assert_eq!(grants.access_level(), AccessLevel::FullAdmin);
}

#[test]
fn actions_match_in_any_case_with_a_question_mark_inside() {
    let grants =
        granted(&[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"S3:?et*","Resource":"*"}]}"#]);
    assert_eq!(grants.allows("s3:GetObject").map(|it| it.scope), Some(Scope::All));
    assert_eq!(grants.allows("s3:putobject"), None);
}

#[test]
fn resources_match_in_their_own_case() {
    let denied = |resource: &str| {
        let grants = granted(&[
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::Data/*"}]}"#,
            &format!(
                r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Deny","Action":"s3:GetObject","Resource":"{resource}"}}]}}"#
            ),
        ]);
        grants.allows("s3:GetObject").is_none()
    };
    assert!(denied("arn:aws:s3:::Data/*"));
    assert!(!denied("arn:aws:s3:::data/*"));
}

#[test]
fn condition_keys_match_in_any_case() {
    let trust = trusted(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},
            "Action":"sts:AssumeRole","Condition":{"StringEquals":{"STS:externalID":"Zq81kkP0x9"}}}]}"#,
    );
    assert_eq!(trust.flags.cross_account_without_external_id, Answer::No);
}

#[test]
fn an_effect_in_small_letters_grants_nothing_and_is_told() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}"#;
    assert_eq!(granted(&[text]).access_level(), AccessLevel::Nothing);
    assert!(super::document(text).notes[0].text.contains("neither Allow nor Deny"));
}

#[test]
fn a_trust_policy_that_does_not_spell_assume_role_out_is_seen() {
    for action in [r#""Action":"sts:Assume*""#, r#""Action":"STS:assumerole""#, r#""NotAction":"sts:TagSession""#] {
        let trust = trusted(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*",{action}}}]}}"#
        ));
        assert_eq!(trust.flags.public, Answer::Yes, "{action}");
    }
}
