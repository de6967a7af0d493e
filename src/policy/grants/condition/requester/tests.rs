use super::super::binding;
use super::*;
use crate::policy::parse::parse;

const ALICE: &str = "arn:aws:iam::111122223333:user/ops/alice";
const DEPLOY: &str = "arn:aws:iam::111122223333:role/deploy";

fn conditions(text: &str) -> Vec<Condition> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{text}}}]}}"#
    );
    parse(&text).expect("JSON").statements.remove(0).conditions
}

fn requester(arn: &str) -> Requester<'_> {
    Requester { arn, organization: Some("o-a1b2c3d4e5"), ..Requester::default() }
}

fn met(arn: &str, action: &str, condition: &str) -> Met {
    let conditions = conditions(condition);
    let bindings: Vec<Binding> = conditions.iter().map(|one| binding(one, None)).collect();
    requester(arn).meets(&conditions, &bindings, action)
}

fn denied(arn: &str, action: &str, condition: &str) -> Denies {
    requester(arn).denied(&conditions(condition), action)
}

/// IAM user guide, "AWS global condition context keys" and "IAM JSON policy elements: Condition operators".
#[test]
fn keys_that_the_evidence_fixes_decide() {
    for (condition, alice) in [
        (r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/ops/alice"}}"#, Met::AtWill),
        (r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/other"}}"#, Met::Never),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ops/*"}}"#, Met::AtWill),
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ops/*"}}"#, Met::Never),
        (r#"{"StringEquals":{"aws:PrincipalAccount":"999999999999"}}"#, Met::Never),
        (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"}}"#, Met::Never),
        (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#, Met::AtWill),
        (r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#, Met::Never),
        (r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#, Met::Never),
        (r#"{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}"#, Met::AtWill),
        (r#"{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}"#, Met::Never),
        (r#"{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}"#, Met::Never),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, Met::WithMfa),
        (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#, Met::AtWill),
        (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#, Met::WithMfa),
        (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, Met::Perhaps),
        (r#"{"StringEquals":{"aws:username":"${aws:username}"}}"#, Met::AtWill),
    ] {
        assert_eq!(met(ALICE, "iam:PutUserPolicy", condition), alice, "{condition}");
    }
    // STS answers in every Region.
    assert_eq!(met(ALICE, "sts:AssumeRole", r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#), Met::AtWill);
    assert_eq!(met(DEPLOY, "iam:PutRolePolicy", r#"{"StringEquals":{"aws:username":"deploy"}}"#), Met::Never);
    assert_eq!(met(DEPLOY, "iam:PutRolePolicy", r#"{"StringNotEquals":{"aws:username":"alice"}}"#), Met::AtWill);
}

#[test]
fn denials_deny_where_their_conditions_are_certain() {
    for (condition, alice) in [
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#, Denies::Always),
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ops/alice"}}"#, Denies::Never),
        (r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#, Denies::Always),
        (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#, Denies::UnlessMfa),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, Denies::Perhaps),
        (r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, Denies::Perhaps),
    ] {
        assert_eq!(denied(ALICE, "iam:PutUserPolicy", condition), alice, "{condition}");
    }
    let mfa = r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#;
    assert_eq!(denied(DEPLOY, "iam:PutRolePolicy", mfa), Denies::UnlessMfa);
}
