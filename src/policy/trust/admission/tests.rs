use super::*;
use crate::policy::grants::Unable;
use crate::policy::parse::parse;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const OPS: &str = "arn:aws:iam::111122223333:role/ops";

/// How `who` gets in: by name, and through the account.
fn into(who: &str, statements: &str) -> (Option<Met>, Option<Met>) {
    let document = parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).expect("JSON");
    let as_of = Some("2026-09-30T06:00:00Z".parse().expect("a time"));
    // Its own policies do not allow `sts:SetSourceIdentity`, but `sts:TagSession`.
    let unable = Unable { source_identity: true, tags: false };
    let requester = Requester { arn: who, organization: Some("o-a1b2c3d4e5"), as_of, unable, ..Requester::default() };
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
    assert_eq!(with(ALICE, &all_but), (None, None), "the account is left out, but the user is not");
    assert_eq!(with(OPS, &all_but), (None, Some(Met::AtWill)));
    let account = format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":"{ROOT}"}},"Action":"sts:*"}}"#);
    assert_eq!(
        with(ALICE, &account),
        (None, Some(Met::AtWill)),
        "the guide does not say who is denied: an uncertain denial is not deducted"
    );
    let only_her = format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":"{ALICE}"}},"Action":"sts:*"}}"#);
    assert_eq!(with(ALICE, &only_her), (None, Some(Met::AtWill)), "the same where only her account is missing");
    let others = format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":"{OPS}"}},"Action":"sts:*"}}"#);
    assert_eq!(with(ALICE, &others), (None, None));
}

/// IAM user guide, "Global condition context keys": `aws:CurrentTime` and `aws:EpochTime` are in every request.
#[test]
fn dates_are_compared_with_the_time_of_the_evidence() {
    let date = |operator: &str, key: &str, value: &str| format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#);
    let now = "aws:CurrentTime";
    let gets_in = |condition: &str| into(ALICE, &allow(ROOT, condition)).1;
    assert_eq!(gets_in(&date("DateLessThan", now, "2020-01-01T00:00:00Z")), None);
    assert_eq!(gets_in(&date("NumericLessThan", "aws:EpochTime", "1577836800")), None);
    assert_eq!(gets_in(&date("DateLessThan", now, "2026-10-15")), Some(Met::Perhaps));
    assert_eq!(gets_in(&date("DateLessThan", now, "2099-01-01")), Some(Met::AtWill));
    assert_eq!(gets_in(&date("DateGreaterThan", now, "2020-01-01")), Some(Met::AtWill));
    let denied = |condition: &str| {
        let denial = allow("*", condition).replace("Allow", "Deny");
        into(ALICE, &format!("{},{denial}", allow(ROOT, ""))).1
    };
    assert_eq!(denied(&date("DateGreaterThan", now, "2020-01-01T00:00:00Z")), None);
    assert_eq!(denied(&date("NumericGreaterThan", "aws:EpochTime", "1577836800")), None);
    assert_eq!(denied(&date("DateLessThan", now, "2020-01-01T00:00:00Z")), Some(Met::AtWill));
}

/// IAM user guide, "Monitor and control actions taken with assumed roles": `sts:SetSourceIdentity` is needed in the
/// caller's policies and in the trust policy; "Pass session tags in AWS STS": the same for `sts:TagSession`.
#[test]
fn what_the_caller_sets_needs_a_permission_of_both() {
    let identity = r#"{"StringLike":{"sts:SourceIdentity":"*"}}"#;
    let with = |who: &str, principal: &str, condition: &str, action: &str| {
        let other = allow(principal, "").replace("sts:AssumeRole", action);
        into(who, &format!("{},{other}", allow(principal, condition)))
    };
    let source = "sts:SetSourceIdentity";
    assert_eq!(into(ALICE, &allow(ROOT, identity)), (None, None));
    assert_eq!(with(ALICE, ROOT, identity, source), (None, None), "her own policies do not allow it");
    assert_eq!(with(ALICE, ALICE, identity, source), (Some(Met::AtWill), None), "the trust policy names her");
    let optional = r#"{"StringLikeIfExists":{"sts:SourceIdentity":"a*"}}"#;
    assert_eq!(into(ALICE, &allow(ROOT, optional)), (None, Some(Met::AtWill)));
    for tags in [
        r#"{"StringEquals":{"aws:RequestTag/team":"ops"}}"#,
        r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}}"#,
        r#"{"Null":{"aws:RequestTag/team":"false"}}"#,
    ] {
        assert_eq!(into(ALICE, &allow(ROOT, tags)), (None, None), "{tags}");
        assert_eq!(with(ALICE, ROOT, tags, "sts:TagSession"), (None, Some(Met::AtWill)), "{tags}");
        assert_eq!(into(OPS, &allow(ROOT, tags)), (None, Some(Met::Perhaps)), "{tags}: a session may bring tags");
    }
    let none = r#"{"Null":{"aws:RequestTag/team":"true"}}"#;
    assert_eq!(into(ALICE, &allow(ROOT, none)), (None, Some(Met::AtWill)));
}
