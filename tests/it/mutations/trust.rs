//! A role's trust policy, replaced by one that lets in too many.

use super::Mutation;
use super::ground::{DETAILS, json};
use serde_json::Value;

const OPEN: &str = "roles-are-not-open-to-everyone";
const OTHERS: &str = "roles-trust-no-unknown-account-without-an-external-id";
const FEDERATED: &str = "federated-roles-name-whom-they-accept";
const SOURCE: &str = "service-roles-name-their-source";

pub fn mutations() -> Vec<Mutation> {
    cases().into_iter().map(|(control, statement)| trusting(control, &statement)).collect()
}

/// The document becomes a text, so that what JSON readers smooth out stays.
fn trusting(control: &'static str, statement: &str) -> Mutation {
    let mut details = json(DETAILS);
    let of_name = |one: &&mut Value| one["RoleName"] == "SupportCases";
    let role = details["RoleDetailList"].as_array_mut().unwrap().iter_mut().find(of_name).unwrap();
    role["AssumeRolePolicyDocument"] = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#).into();
    Mutation { what: format!("trust: {statement}"), file: DETAILS, text: Some(details.to_string()), control }
}

fn who(principal: &str, action: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{condition}"#) };
    format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":{action}{condition}}}"#)
}

const ASSUME: &str = "\"sts:AssumeRole\"";

fn cases() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for principal in [
        "\"*\"",
        r#"{"AWS":"*"}"#,
        r#"{"AWS":["*"]}"#,
        r#"{"AWS":["arn:aws:iam::444455556666:root","*"]}"#,
        r#"{"aws":"*"}"#,
        r#"{"AWS":"\u002a"}"#,
        r#"{"AWS":"arn:aws:iam::*:root"}"#,
        r#"{"AWS":"arn:aws:iam::4444*:root"}"#,
        r#"{"AWS":"**"}"#,
        "[\"*\"]",
        r#"{"Federated":"*"}"#,
        r#"{"Service":"*"}"#,
        r#"{"Service":"*.amazonaws.com"}"#,
        r#"{"AWS":"444455556666","AWS":"*"}"#,
        r#"{"AWS":{"x":"*"}}"#,
        r#"{"AWS":444455556666}"#,
    ] {
        all.push((OPEN, who(principal, ASSUME, "")));
    }
    for action in [
        "\"sts:*\"",
        "\"*\"",
        "\"STS:assumerole\"",
        "\"sts:Assume*\"",
        "\"s?s:AssumeRol?\"",
        r#"["sts:TagSession","sts:AssumeRole"]"#,
        r#""sts\u003aAssumeRole""#,
        r#""sts:AssumeRole","Action":"sts:TagSession""#,
    ] {
        all.push((OPEN, who("\"*\"", action, "")));
    }
    for statement in [
        r#"{"Effect":"Allow","Principal":"*","NotAction":"sts:TagSession"}"#,
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":[]},"Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"allow","Principal":"*","Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"Allow","Principal":"*"}"#,
        r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Principal":"*","Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Effect":"Deny","NotPrincipal":{"AWS":"444455556666"},"Action":"sts:TagSession"}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEqualsIfExists":{"aws:ResourceAccount":"444455556666"}}}"#,
    ] {
        all.push((OPEN, statement.to_owned()));
    }
    for condition in OPEN_CONDITIONS {
        all.push((OPEN, who(r#"{"AWS":"*"}"#, ASSUME, condition)));
    }
    // Other accounts.
    for principal in [
        r#"{"AWS":"999988887777"}"#,
        r#"{"AWS":"arn:aws:iam::999988887777:root"}"#,
        r#"{"AWS":"arn:aws:iam::999988887777:role/x"}"#,
        r#"{"AWS":"arn:aws:sts::999988887777:assumed-role/x/y"}"#,
        r#"{"AWS":["arn:aws:iam::444455556666:root","999988887777"]}"#,
        r#"{"AWS":"arn:aws-cn:iam::444455556666:root"}"#,
        r#"{"AWS":"AIDAEXAMPLEEXAMPLE234"}"#,
        r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
    ] {
        all.push((OTHERS, who(principal, ASSUME, "")));
    }
    for condition in [
        r#"{"StringEqualsIfExists":{"sts:ExternalId":"x"}}"#,
        r#"{"StringLike":{"sts:ExternalId":"*"}}"#,
        r#"{"StringNotEquals":{"sts:ExternalId":"x"}}"#,
        r#"{"Null":{"sts:ExternalId":"false"}}"#,
        r#"{"ForAllValues:StringEquals":{"sts:ExternalId":"x"}}"#,
        r#"{"StringEquals":{"sts:ExternalId":[]}}"#,
        r#"{"StringEquals":{"sts:RoleSessionName":"x"}}"#,
        r#"{"StringEquals":{"sts:ExternalId":"${aws:userid}"}}"#,
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
    ] {
        all.push((OTHERS, who(r#"{"AWS":"999988887777"}"#, ASSUME, condition)));
    }
    // Federation.
    let github = r#"{"Federated":"arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"}"#;
    let web = "\"sts:AssumeRoleWithWebIdentity\"";
    let of = |operator: &str, claim: &str, value: &str| {
        format!(r#"{{"{operator}":{{"token.actions.githubusercontent.com:{claim}":{value}}}}}"#)
    };
    for condition in [
        String::new(),
        of("StringEquals", "aud", "\"sts.amazonaws.com\""),
        of("StringLike", "sub", "\"*\""),
        of("StringLike", "sub", "\"repo:*\""),
        of("StringLike", "sub", "\"repo:*/*:ref:refs/heads/main\""),
        of("StringLike", "sub", "\"repo:ac?e/*\""),
        of("StringLike", "sub", "[\"repo:acme/*\",\"repo:*\"]"),
        of("StringLike", "sub", "\"*:acme/*\""),
        of("StringLikeIfExists", "sub", "\"repo:acme/*\""),
        of("ForAllValues:StringLike", "sub", "\"repo:acme/*\""),
        of("StringNotLike", "sub", "\"repo:evil/*\""),
        of("StringEquals", "ref", "\"refs/heads/main\""),
        of("StringEquals", "environment", "\"production\""),
        of("StringLike", "repository", "\"*\""),
        of("Null", "sub", "\"false\""),
        r#"{"StringEquals":{"gitlab.com:sub":"repo:acme/app"}}"#.to_owned(),
    ] {
        all.push((FEDERATED, who(github, web, &condition)));
        all.push((FEDERATED, who(github, "\"sts:*\"", &condition)));
    }
    for (principal, condition) in [
        (r#"{"Federated":"cognito-identity.amazonaws.com"}"#, ""),
        (
            r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
            r#"{"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}"#,
        ),
        (
            r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
            r#"{"StringLike":{"cognito-identity.amazonaws.com:aud":"*"}}"#,
        ),
        (
            r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
            r#"{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:1"}}"#,
        ),
        (
            r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
            r#"{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:1"},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"unauthenticated"}}"#,
        ),
        (r#"{"Federated":"accounts.google.com"}"#, ""),
        (r#"{"Federated":"arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}"#, ""),
        (
            r#"{"Federated":"arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}"#,
            r#"{"StringLike":{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub":"*"}}"#,
        ),
        (
            r#"{"Federated":"arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}"#,
            r#"{"StringLike":{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub":"system:serviceaccount:*:*"}}"#,
        ),
        (
            r#"{"Federated":"arn:aws:iam::444455556666:oidc-provider/oidc.codefresh.io"}"#,
            r#"{"StringLike":{"oidc.codefresh.io:sub":"account:*"}}"#,
        ),
        (
            r#"{"Federated":"arn:aws:iam::444455556666:oidc-provider/idp.example.com"}"#,
            r#"{"StringLike":{"idp.example.com:sub":"*-admin"}}"#,
        ),
    ] {
        all.push((FEDERATED, who(principal, web, condition)));
    }
    let saml = r#"{"Federated":"arn:aws:iam::444455556666:saml-provider/okta"}"#;
    for (action, condition) in [
        ("\"sts:AssumeRoleWithSAML\"", ""),
        (r#"["sts:TagSession","sts:assumerolewithsaml"]"#, ""),
        ("\"sts:AssumeRoleWithSAML\"", r#"{"StringLike":{"SAML:aud":"*"}}"#),
        ("\"sts:AssumeRoleWithSAML\"", r#"{"StringEqualsIfExists":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#),
        ("\"sts:AssumeRoleWithSAML\"", r#"{"StringEquals":{"SAML:iss":"https://idp"}}"#),
        ("\"sts:AssumeRoleWithSAML\"", r#"{"StringLike":{"SAML:aud":"https://*/saml"}}"#),
    ] {
        all.push((FEDERATED, who(saml, action, condition)));
    }
    // Services that act for anybody's resources.
    for principal in [
        r#"{"Service":"codebuild.amazonaws.com"}"#,
        r#"{"Service":"codebuild.eu-west-1.amazonaws.com"}"#,
        r#"{"Service":"CodeBuild.amazonaws.com"}"#,
        r#"{"Service":"codebuild.amazonaws.com.cn"}"#,
        r#"{"Service":["ec2.amazonaws.com","config.amazonaws.com"]}"#,
        r#"{"Service":"account-access.amazonaws.com"}"#,
        r#"{"Service":"rolesanywhere.amazonaws.com"}"#,
        r#"{"Service":"pods.eks.amazonaws.com"}"#,
        r#"{"Service":"ssm.amazonaws.com"}"#,
        r#"{"Service":"credentials.iot.amazonaws.com"}"#,
        r#"{"Service":"logs.eu-west-1.amazonaws.com"}"#,
    ] {
        all.push((SOURCE, who(principal, ASSUME, "")));
    }
    for condition in [
        r#"{"StringEqualsIfExists":{"aws:SourceAccount":"444455556666"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:codebuild:*:*:*"}}"#,
        r#"{"StringLike":{"aws:SourceAccount":"*"}}"#,
        r#"{"StringNotEquals":{"aws:SourceAccount":"111122223333"}}"#,
        r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
    ] {
        all.push((SOURCE, who(r#"{"Service":"codebuild.amazonaws.com"}"#, ASSUME, condition)));
    }
    all
}

/// Conditions that any account's callers meet.
const OPEN_CONDITIONS: &[&str] = &[
    r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
    r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    r#"{"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}"#,
    r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#,
    r#"{"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}"#,
    r#"{"StringEquals":{"aws:ResourceAccount":"444455556666"}}"#,
    r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}}"#,
    r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}}"#,
    r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::4444*:role/Admin"}}"#,
    r#"{"StringLike":{"aws:PrincipalArn":"*:444455556666:*"}}"#,
    r#"{"StringLike":{"aws:PrincipalAccount":"4444*"}}"#,
    r#"{"StringLike":{"aws:userid":"*:session"}}"#,
    r#"{"StringEquals":{"aws:PrincipalTag/team":"support"}}"#,
    r#"{"StringEquals":{"aws:username":"ada.kovacs"}}"#,
    r#"{"StringEquals":{"sts:ExternalId":"secret"}}"#,
    r#"{"StringEquals":{"sts:RoleSessionName":"x"}}"#,
    r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
    r#"{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#,
    r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/2","64.0.0.0/2","128.0.0.0/1"]}}"#,
    r#"{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#,
    r#"{"StringLike":{"aws:SourceVpce":"vpce-*"}}"#,
    r#"{"DateLessThan":{"aws:CurrentTime":"2099-01-01T00:00:00Z"}}"#,
    r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
    r#"{"StringEquals":{"aws:PrincipalOrgID":"${aws:PrincipalOrgID}"}}"#,
    r#"{"StringEquals":{"aws:PrincipalOrgID":[]}}"#,
    r#"{"StringLike":{"aws:PrincipalOrgID":["o-a1b2c3d4e5","*"]}}"#,
    r#"{"StringEqualz":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    r#"{"StringEquals":{"aws:PrincipalOrgID":{"x":"o-a1b2c3d4e5"}}}"#,
    r#"{"StringEquals":{"aws:PrincipalOrgId ":"o-a1b2c3d4e5"}}"#,
];
