use super::*;

fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    let (set, rest) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (Some(SetPrefix::ForAllValues), rest),
        Some(("ForAnyValue", rest)) => (Some(SetPrefix::ForAnyValue), rest),
        _ => (None, operator),
    };
    let (rest, if_exists) = match rest.strip_suffix("IfExists") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let values = values.iter().map(|&value| value.to_owned()).collect();
    Condition { operator: rest.to_owned(), set, if_exists, key: key.to_owned(), values, literal: false }
}

fn class(operator: &str, key: &str, values: &[&str]) -> Class {
    judge(&condition(operator, key, values), Caller::Everyone, false).class
}

/// IAM JSON policy elements: condition operators; global condition context keys (IAM user guide).
#[test]
fn the_conditions_that_narrow_everyone() {
    for (operator, key, values) in [
        ("StringEquals", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"][..]),
        ("StringEquals", "AWS:principalorgid", &["o-a1b2c3d4e5"]),
        ("stringequals", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]),
        ("StringEquals", "aws:PrincipalOrgID", &["${aws:ResourceOrgID}"]),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"]),
        ("StringEquals", "aws:PrincipalAccount", &["111122223333", "444455556666"]),
        ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::111122223333:role/*"]),
        ("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::111122223333:role/deploy"]),
        ("ArnLike", "aws:PrincipalArn", &["arn:*:iam::111122223333:role/deploy"]),
        ("StringEquals", "aws:SourceAccount", &["111122223333"]),
        ("ArnLike", "aws:SourceArn", &["arn:aws:s3:::a-bucket"]),
        ("StringEquals", "aws:SourceOrgID", &["o-a1b2c3d4e5"]),
        ("StringEquals", "aws:SourceVpce", &["vpce-0abc"]),
        ("StringEquals", "kms:CallerAccount", &["111122223333"]),
        ("IpAddress", "aws:SourceIp", &["203.0.113.0/24", "2001:db8::/48"]),
        ("StringLike", "aws:userid", &["AROAEXAMPLEEXAMPLEEXA:*"]),
    ] {
        let judged = judge(&condition(operator, key, values), Caller::Everyone, false);
        assert_eq!(judged.class, Class::Narrowing, "{operator} {key} {values:?}: {}", judged.reason);
        assert!(judged.pin.is_some());
    }
}

#[test]
fn the_conditions_that_only_look_so() {
    for (operator, key, values) in [
        ("StringLike", "aws:PrincipalOrgID", &["o-*"][..]),
        ("StringLike", "aws:PrincipalOrgID", &["*"]),
        ("StringLike", "aws:PrincipalOrgID", &["o-a1b2c3d4e5", "o-*"]),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]),
        ("StringNotEquals", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]),
        ("Null", "aws:PrincipalOrgID", &["false"]),
        ("Null", "aws:PrincipalOrgID", &["true"]),
        ("StringEquals", "aws:PrincipalOrgID", &["${aws:PrincipalOrgID}"]),
        ("StringLike", "aws:userid", &["*"]),
        ("StringLike", "aws:userid", &["*:admin"]),
        ("IpAddress", "aws:SourceIp", &["0.0.0.0/0"]),
        ("IpAddress", "aws:SourceIp", &["::/0"]),
        ("IpAddress", "aws:SourceIp", &["0.0.0.0/1", "128.0.0.0/1"]),
        ("IpAddress", "aws:SourceIp", &["203.0.113.0/24", "::/1", "8000::/1"]),
        ("NotIpAddress", "aws:SourceIp", &["203.0.113.0/24"]),
        ("StringEquals", "aws:ResourceAccount", &["111122223333"]),
        ("StringEquals", "aws:ResourceOrgID", &["o-a1b2c3d4e5"]),
        ("Bool", "aws:MultiFactorAuthPresent", &["true"]),
        ("Bool", "aws:SecureTransport", &["true"]),
        ("StringEquals", "aws:RequestedRegion", &["eu-west-1"]),
        ("DateLessThan", "aws:CurrentTime", &["2030-01-01T00:00:00Z"]),
        ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/deploy"]),
        ("StringLike", "aws:PrincipalArn", &["*:role/deploy"]),
        ("StringLike", "aws:PrincipalAccount", &["1111*"]),
        ("StringLike", "aws:SourceVpce", &["vpce-*"]),
        ("StringEquals", "sts:ExternalId", &["secret-one"]),
        ("StringEquals", "aws:PrincipalTag/team", &["red"]),
        ("StringEquals", "sts:RoleSessionName", &["deploy"]),
    ] {
        let judged = judge(&condition(operator, key, values), Caller::Everyone, false);
        assert_eq!(judged.class, Class::NotNarrowing, "{operator} {key} {values:?}: {}", judged.reason);
    }
}

#[test]
fn an_exact_operator_takes_a_star_literally() {
    let judged = |key: &str, values: &[&str]| judge(&condition("StringEquals", key, values), Caller::Everyone, false);
    for (key, values) in [
        ("aws:PrincipalOrgID", &["*"][..]),
        ("aws:PrincipalOrgID", &["o-*"]),
        ("aws:PrincipalAccount", &["1111*"]),
        ("aws:PrincipalArn", &["*"]),
        ("aws:SourceArn", &["arn:aws:cloudtrail:*:123456789012:trail/*"]),
        ("aws:SourceVpce", &["vpce-*"]),
        ("aws:userid", &["*:admin"]),
    ] {
        assert_eq!(judged(key, values).pin, Some(Pin::Nobody), "{key} {values:?}");
    }
    let mixed = judged("aws:PrincipalOrgID", &["o-a1b2c3d4e5", "*"]);
    assert_eq!(mixed.pin, Some(Pin::Organizations(vec!["o-a1b2c3d4e5".to_owned()])));
    assert!(mixed.reason.contains("literally"), "{}", mixed.reason);
    let named = judged("aws:SourceArn", &["arn:aws:logs:eu-west-1:123456789012:log-group:audit:*"]);
    assert_eq!(named.class, Class::Narrowing, "such an ARN ends in a star");
    assert_ne!(named.pin, Some(Pin::Nobody));
    // Despite their names, these operators compare patterns.
    let arn = condition("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::*:role/deploy"]);
    assert_eq!(judge(&arn, Caller::Everyone, false).class, Class::NotNarrowing);
}

#[test]
fn private_networks_are_not_the_internet() {
    for range in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fd00::/8", "fc00::/7", "fe80::/10"]
    {
        assert_eq!(class("IpAddress", "aws:SourceIp", &[range]), Class::Narrowing, "{range}");
    }
    for range in ["8.0.0.0/6", "172.0.0.0/7", "2000::/3", "e000::/3", "::/0"] {
        assert_eq!(class("IpAddress", "aws:SourceIp", &[range]), Class::NotNarrowing, "{range}");
    }
    let both = &["10.0.0.0/8", "fd00::/8", "0.0.0.0/1"];
    assert_eq!(class("IpAddress", "aws:SourceIp", both), Class::NotNarrowing);
}

#[test]
fn what_is_not_understood_is_unknown_and_never_narrowing() {
    assert_eq!(class("StringSounds", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]), Class::Unknown);
    assert_eq!(class("StringEquals", "acme:badge", &["42"]), Class::Unknown);
    assert_eq!(class("StringEquals", "aws:PrincipalOrgID", &[]), Class::Unknown);
    assert_eq!(class("StringEquals", "aws:PrincipalOrgID", &["our company"]), Class::Unknown);
    assert_eq!(class("IpAddress", "aws:SourceIp", &["203.0.113.0/33"]), Class::Unknown);
    assert_eq!(class("StringEquals", "aws:PrincipalAccount", &["${aws:PrincipalTag/home}"]), Class::Unknown);
}

#[test]
fn a_null_beside_it_makes_an_optional_condition_strict() {
    let conditions = [
        condition("StringEqualsIfExists", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]),
        condition("Null", "AWS:PrincipalOrgId", &["false"]),
    ];
    let classes: Vec<Class> =
        judge_all(&conditions, Caller::Everyone).into_iter().map(|shown| shown.judgement.class).collect();
    assert_eq!(classes, [Class::Narrowing, Class::NotNarrowing]);
}

#[test]
fn a_shared_issuer_needs_the_customer_in_its_subject() {
    let issuer = "token.actions.githubusercontent.com";
    let of = |operator: &str, claim: &str, value: &str| {
        judge(&condition(operator, &format!("{issuer}:{claim}"), &[value]), Caller::Oidc(issuer), false).class
    };
    assert_eq!(of("StringEquals", "sub", "repo:acme/site:ref:refs/heads/main"), Class::Narrowing);
    assert_eq!(of("StringLike", "sub", "repo:acme/*"), Class::Narrowing);
    assert_eq!(of("StringLike", "sub", "repo:acme*"), Class::NotNarrowing);
    assert_eq!(of("StringLike", "sub", "repo:*/site:*"), Class::NotNarrowing);
    assert_eq!(of("StringLike", "sub", "repo:*"), Class::NotNarrowing);
    assert_eq!(of("StringLike", "sub", "*:ref:refs/heads/main"), Class::NotNarrowing);
    assert_eq!(of("StringLike", "sub", "environment:production"), Class::Unknown);
    assert_eq!(of("StringLike", "repository", "acme/*"), Class::Narrowing);
    assert_eq!(of("StringLike", "repository", "*/site"), Class::NotNarrowing);
    assert_eq!(of("StringEquals", "aud", "sts.amazonaws.com"), Class::Narrowing);
    assert_eq!(of("StringLike", "aud", "*"), Class::NotNarrowing);
}

#[test]
fn a_condition_on_another_issuers_claim_is_not_counted() {
    let judged = judge(
        &condition("StringEquals", "gitlab.com:sub", &["project_path:acme/site:ref_type:branch:ref:main"]),
        Caller::Oidc("token.actions.githubusercontent.com"),
        false,
    );
    assert_eq!(judged.class, Class::Unknown);
}

#[test]
fn denying_the_others_is_demanding_the_one() {
    let denial = condition("StringNotEquals", "aws:PrincipalOrgID", &["o-a1b2c3d4e5"]);
    let demanded = demanded_by_denial(&denial).expect("a negated operator turns");
    assert_eq!(judge(&demanded, Caller::Everyone, false).class, Class::Narrowing);
    let mfa =
        |operator: &str| demanded_by_denial(&condition(operator, "aws:MultiFactorAuthPresent", &["false"])).unwrap();
    assert_eq!(show(&mfa("BoolIfExists")), "Bool aws:MultiFactorAuthPresent = true");
    assert_eq!(show(&mfa("Bool")), "BoolIfExists aws:MultiFactorAuthPresent = true");
    let one = demanded_by_denial(&condition("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::111122223333:role/x"]));
    assert_eq!(one.map(|it| it.operator), Some("ArnNotLike".to_owned()));
    assert_eq!(demanded_by_denial(&condition("ForAllValues:StringNotEquals", "aws:PrincipalOrgID", &["o-x"])), None);
}

#[test]
fn an_external_id_is_never_shown() {
    let shown = show(&condition("StringEquals", "STS:externalid", &["hunter2"]));
    assert_eq!(shown, "StringEquals STS:externalid = (masked)");
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn any_condition() -> impl Strategy<Value = Condition> {
        let operators = prop_oneof![
            Just("StringLike".to_owned()),
            Just("StringEquals".to_owned()),
            Just("ArnLike".to_owned()),
            Just("IpAddress".to_owned()),
            Just("Null".to_owned()),
            ".*",
        ];
        let keys = prop_oneof![
            Just("sts:ExternalId".to_owned()),
            Just("aws:SourceIp".to_owned()),
            Just("aws:PrincipalArn".to_owned()),
            Just("aws:PrincipalOrgPaths".to_owned()),
            Just("aws:userid".to_owned()),
            Just("gitlab.com:sub".to_owned()),
            ".*",
        ];
        let values = prop::collection::vec(prop_oneof![".*", "[0-9a-f:./*?${}]{0,24}"], 0..4);
        let sets = prop_oneof![Just(None), Just(Some(SetPrefix::ForAllValues)), Just(Some(SetPrefix::ForAnyValue))];
        (operators, sets, any::<bool>(), keys, values).prop_map(|(operator, set, if_exists, key, values)| Condition {
            operator,
            set,
            if_exists,
            key,
            values,
            literal: false,
        })
    }

    proptest! {
        #[test]
        fn no_condition_panics_and_a_narrowing_one_says_to_whom(condition in any_condition(), present: bool) {
            for caller in [Caller::Everyone, Caller::Named, Caller::Service("lambda.amazonaws.com"), Caller::Oidc("gitlab.com"), Caller::Saml] {
                let judged = judge(&condition, caller, present);
                prop_assert_eq!(judged.class == Class::Narrowing, judged.pin.is_some());
                prop_assert!(!judged.reason.is_empty());
            }
        }

        #[test]
        fn loosening_a_pattern_to_a_wildcard_never_narrows(mut condition in any_condition()) {
            // Other operators take the star literally.
            condition.operator = "StringLike".to_owned();
            condition.values.push("*".to_owned());
            prop_assert_ne!(judge(&condition, Caller::Everyone, false).class, Class::Narrowing);
        }
    }
}
