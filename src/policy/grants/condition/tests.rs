use super::*;

fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    let (rest, set) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (rest, Some(SetPrefix::ForAllValues)),
        Some((_, rest)) => (rest, Some(SetPrefix::ForAnyValue)),
        None => (operator, None),
    };
    let (operator, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |rest| (rest, true));
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Condition { operator: operator.to_owned(), set, if_exists, key: key.to_owned(), values, literal: false }
}

fn binding_of(operator: &str, key: &str, values: &[&str]) -> Binding {
    binding(&condition(operator, key, values), Some("2026-09-30T06:00:00Z".parse().unwrap()))
}

#[test]
fn what_every_request_meets_binds_nothing() {
    for (operator, key, value) in [
        ("StringLike", "AWS:UserId", "*"),
        ("ArnLikeIfExists", "aws:SourceArn", "**"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("IpAddress", "aws:sourceip", "128.0.0.0/1"),
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:MultiFactorAuthPresent", "false"),
        ("Bool", "aws:MultiFactorAuthPresent", "no"),
        ("StringEquals", "aws:PrincipalAccount", "111122223333"),
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("StringLike", "aws:ResourceOrgPaths", "o-a1b2c3d4e5/*"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:*"),
        ("StringEquals", "aws:username", "alice"),
        ("StringEquals", "aws:userid", "${aws:userid}"),
        ("StringEquals", "aws:RequestTag/team", "a"),
        ("ForAnyValue:StringEquals", "aws:TagKeys", "team"),
        ("StringEquals", "sts:RoleSessionName", "x"),
        ("StringLike", "iam:PassedToService", "*"),
        ("StringLike", "iam:PassedToService", "*.amazonaws.com"),
        ("StringLike", "iam:PassedToService", "*s.com"),
        ("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*"),
        ("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ("StringEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/IAMFullAccess"),
        ("StringLike", "iam:PolicyARN", "*"),
        ("StringEquals", "iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ("StringLikes", "aws:PrincipalTag/team", "a"),
        ("stringequals", "aws:PrincipalTag/team", "a"),
    ] {
        assert_eq!(binding_of(operator, key, &[value]), Binding::Nothing, "{operator} {key} {value}");
    }
    assert_eq!(binding_of("Bool", "aws:MultiFactorAuthPresent", &["true", "false"]), Binding::Nothing);
    assert_eq!(binding_of("Bool", "iam:Some", &["true", "false"]), Binding::Nothing);
    assert_eq!(binding_of("StringEquals", "aws:PrincipalTag/team", &[]), Binding::Nothing);
    assert_eq!(binding_of("Null", "iam:PermissionsBoundary", &["true", "false"]), Binding::Nothing);
}

#[test]
fn what_holds_requests_back_binds_everything() {
    for (operator, key, value) in [
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("StringEquals", "aws:PrincipalTag/team", "a"),
        ("StringLike", "aws:PrincipalTag/team", "*"),
        ("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"),
        ("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
        ("StringLike", "iam:PassedToService", "ecs*.amazonaws.com"),
        ("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("StringEquals", "iam:PermissionsBoundary", "arn:aws:iam::111122223333:policy/team"),
        ("StringNotLike", "aws:PrincipalArn", "*"),
        ("Null", "aws:userid", "true"),
        ("Bool", "aws:SecureTransport", "false"),
    ] {
        assert_eq!(binding_of(operator, key, &[value]), Binding::Everything, "{operator} {key} {value}");
    }
}

/// What is shut out is little; the rest is admitted, and where the key is absent, everything.
#[test]
fn negated_operators_bind_nothing() {
    for (operator, key, value) in [
        ("StringNotEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ("ArnNotLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/Admin*"),
        ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/x"),
        ("StringNotLike", "aws:ResourceTag/team", "core*"),
        ("StringNotEqualsIfExists", "iam:PassedToService", "ec2.amazonaws.com"),
        ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/team", "guests"),
        ("StringNotLike", "aws:PrincipalTag/team", "*"),
        ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "1"),
        ("DateNotEquals", "aws:CurrentTime", "2026-01-01"),
    ] {
        assert_eq!(binding_of(operator, key, &[value]), Binding::Nothing, "{operator} {key} {value}");
    }
}

/// `IfExists` and `ForAllValues` bind only where every request carries the key.
#[test]
fn optional_keys_bind_the_actions_that_carry_them() {
    for operator in ["StringEqualsIfExists", "ForAllValues:StringEquals"] {
        let passed = binding_of(operator, "iam:PassedToService", &["ec2.amazonaws.com"]);
        assert!(passed.binds("iam:PassRole") && !passed.binds("iam:PutRolePolicy"), "{operator}");
        let attached = binding_of(operator, "iam:PolicyARN", &["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
        assert!(attached.binds("iam:AttachRolePolicy") && attached.binds("IAM:DETACHUSERPOLICY"), "{operator}");
        assert!(!attached.binds("iam:CreatePolicyVersion") && !attached.binds("iam:PutUserPolicy"), "{operator}");
        let boundary = binding_of(operator, "iam:PermissionsBoundary", &["arn:aws:iam::111122223333:policy/team"]);
        assert!(boundary.binds("iam:PutRolePermissionsBoundary"), "{operator}");
        for action in ["iam:CreateUser", "iam:CreateRole", "iam:AttachRolePolicy", "iam:PutUserPolicy"] {
            assert!(!boundary.binds(action), "{operator} {action}: there may be no boundary");
        }
        for (key, value) in [
            ("iam:AssociatedResourceArn", "arn:aws:ec2:*:*:instance/*"),
            ("iam:ResourceTag/team", "a"),
            ("kms:ViaService", "s3.eu-west-1.amazonaws.com"),
            ("ec2:InstanceType", "t3.micro"),
            ("aws:SourceVpce", "vpce-1"),
        ] {
            assert_eq!(binding_of(operator, key, &[value]), Binding::Nothing, "{operator} {key}");
        }
    }
    let absent = binding_of("Null", "iam:PolicyARN", &["true"]);
    assert!(absent.binds("iam:AttachUserPolicy") && !absent.binds("iam:PutUserPolicy"));
    assert_eq!(binding_of("Null", "iam:PermissionsBoundary", &["false"]), Binding::Nothing, "whichever boundary");
    assert_eq!(binding_of("Null", "aws:PrincipalTag/team", &["false"]), Binding::Everything);
    assert_eq!(binding_of("Null", "aws:SourceVpce", &["false"]), Binding::Nothing, "any endpoint of anybody's");
}

/// The Region is the caller's choice; IAM has none but the first.
#[test]
fn regions_bind_what_has_none() {
    let europe = binding_of("StringEquals", "aws:RequestedRegion", &["eu-west-1"]);
    assert!(europe.binds("iam:PutRolePolicy") && !europe.binds("lambda:CreateFunction"));
    for value in ["us-east-1", "us-*", "*"] {
        assert_eq!(binding_of("StringLike", "aws:RequestedRegion", &["eu-west-1", value]), Binding::Nothing, "{value}");
    }
}

#[test]
fn windows_bind_at_the_time_of_the_evidence() {
    assert_eq!(binding_of("DateLessThan", "aws:CurrentTime", &["2099-01-01T00:00:00Z"]), Binding::Nothing);
    assert_eq!(binding_of("DateLessThan", "aws:CurrentTime", &["2026-10-01T00:00:00Z"]), Binding::Everything);
    assert_eq!(binding_of("NumericLessThan", "aws:EpochTime", &["4102444800"]), Binding::Nothing);
    assert_eq!(binding_of("DateLessThanEqualsIfExists", "aws:CurrentTime", &["2026-10-01"]), Binding::Everything);
    assert_eq!(binding_of("DateGreaterThan", "aws:TokenIssueTime", &["2026-01-01T00:00:00Z"]), Binding::Nothing);
    let window = condition("DateLessThan", "aws:CurrentTime", &["2026-10-01T00:00:00Z"]);
    assert_eq!(binding(&window, None), Binding::Nothing, "nobody says when");
}

/// A condition on a tag that the holder bears holds it back from nothing.
#[test]
fn a_condition_may_ask_for_a_tag_that_the_holder_bears() {
    let tags = ["Team=platform".to_owned(), "admin=true".to_owned()];
    for (operator, key, value, borne) in [
        ("StringEquals", "aws:PrincipalTag/team", "platform", true),
        ("StringLikeIfExists", "AWS:principaltag/Team", "plat*", true),
        ("Bool", "aws:PrincipalTag/admin", "true", true),
        ("Null", "aws:PrincipalTag/team", "false", true),
        ("StringEquals", "aws:PrincipalTag/team", "Platform", false),
        ("StringEquals", "aws:PrincipalTag/unit", "platform", false),
        ("StringEquals", "aws:ResourceTag/team", "platform", false),
    ] {
        assert_eq!(bears(&condition(operator, key, &[value]), &tags), borne, "{operator} {key} {value}");
    }
}
