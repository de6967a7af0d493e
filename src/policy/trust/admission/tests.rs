use super::*;
use crate::policy::grants::Mfa;
use crate::policy::parse::parse;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const OPS: &str = "arn:aws:iam::111122223333:role/ops";

/// How `who` gets in: by name, and through the account.
fn into(who: &str, statements: &str) -> (Option<Met>, Option<Met>) {
    let document = parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).expect("JSON");
    let requester =
        Requester { arn: who, tags: &[], organization: Some("o-a1b2c3d4e5"), mfa: Mfa::AtWill, session: false };
    let found = admissions(&document, &requester);
    (found.named.map(|one| one.met), found.through_account.map(|one| one.met))
}

fn allow(principal: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{condition}"#) };
    format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"{condition}}}"#)
}

const ROOT: &str = "arn:aws:iam::111122223333:root";

/// STS API reference, AssumeRole; IAM user guide, "Policy evaluation logic".
#[test]
fn whoever_is_named_gets_in_and_the_account_needs_a_permission_besides() {
    assert_eq!(into(ALICE, &allow(ALICE, "")), (Some(Met::AtWill), None));
    assert_eq!(into(BOB, &allow(ALICE, "")), (None, None));
    assert_eq!(into(BOB, &allow(ROOT, "")), (None, Some(Met::AtWill)));
    assert_eq!(into(BOB, &allow("*", "")), (Some(Met::AtWill), None));
    assert_eq!(into(BOB, &allow("999999999999", "")), (None, None));
    assert_eq!(into(OPS, &allow("arn:aws:sts::111122223333:assumed-role/ops/anna", "")), (Some(Met::AtWill), None));
}

/// Case policy-08.
#[test]
fn conditions_that_name_another_principal_exclude() {
    let ops = format!(r#"{{"ArnEquals":{{"aws:PrincipalArn":"{OPS}"}}}}"#);
    assert_eq!(into(ALICE, &allow(ROOT, &ops)), (None, None));
    assert_eq!(into(OPS, &allow(ROOT, &ops)), (None, Some(Met::AtWill)));
    let org = |id: &str| format!(r#"{{"StringEquals":{{"aws:PrincipalOrgID":"{id}"}}}}"#);
    assert_eq!(into(ALICE, &allow("*", &org("o-a1b2c3d4e5"))), (Some(Met::AtWill), None));
    assert_eq!(into(ALICE, &allow("*", &org("o-zzzzzzzzzz"))), (None, None));
    let mfa = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    assert_eq!(into(ALICE, &allow(ROOT, mfa)), (None, Some(Met::WithMfa)));
    let network = r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#;
    assert_eq!(into(ALICE, &allow(ROOT, network)), (None, Some(Met::Perhaps)));
}

/// Case policy-04.
#[test]
fn a_denial_in_the_trust_policy_wins() {
    let deny = |principal: &str, condition: &str| allow(principal, condition).replace("Allow", "Deny");
    let with = |who: &str, denial: &str| into(who, &format!("{},{denial}", allow(ROOT, "")));
    assert_eq!(with(ALICE, &deny(ALICE, "")), (None, None));
    assert_eq!(with(BOB, &deny(ALICE, "")), (None, Some(Met::AtWill)));
    assert_eq!(with(BOB, &deny(ROOT, "")), (None, None));
    let not_ops = format!(r#"{{"ArnNotLike":{{"aws:PrincipalArn":"{OPS}"}}}}"#);
    assert_eq!(with(ALICE, &deny("*", &not_ops)), (None, None));
    assert_eq!(with(OPS, &deny("*", &not_ops)), (None, Some(Met::AtWill)));
    let no_mfa = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
    assert_eq!(with(ALICE, &deny("*", no_mfa)), (None, Some(Met::WithMfa)));
    let all_but = format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":["{OPS}","{ROOT}"]}},"Action":"sts:*"}}"#);
    assert_eq!(with(ALICE, &all_but), (None, Some(Met::AtWill)), "the account is left out, so it is not certain");
    let others = format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":"{OPS}"}},"Action":"sts:*"}}"#);
    assert_eq!(with(ALICE, &others), (None, None));
}
