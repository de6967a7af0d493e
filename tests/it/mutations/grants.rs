//! One more statement in a customer-managed policy that people and a role hold.

use super::Mutation;
use super::ground::{DETAILS, json};
use serde_json::Value;

const ESCALATE: &str = "nobody-can-escalate";
const PASS: &str = "nobody-passes-every-role";
const FULL: &str = "no-attached-policy-grants-full-administration";
const WHOLE: &str = "policies-grant-no-whole-service";
const BUT: &str = "policies-name-what-they-allow";
const MAKE: &str = "new-principals-get-a-permissions-boundary";
const AUDIT: &str = "granting-permissions-is-separate-from-audit-records";
const KEYS: &str = "key-administration-is-separate-from-key-use";

pub fn mutations() -> Vec<Mutation> {
    let mut all = Vec::new();
    // Held by the group of the developers and by a role.
    for (control, statement) in statements() {
        all.push(inserted("orders-api-access", control, &statement));
    }
    // What the holder is matters where it names itself.
    for (control, statement) in own_statements() {
        all.push(inserted("orders-worker-access", control, &statement));
    }
    all
}

/// The policy's document becomes a text, so that what JSON readers smooth out stays: escapes, members twice.
fn inserted(policy: &str, control: &'static str, statement: &str) -> Mutation {
    let mut details = json(DETAILS);
    let of_name = |one: &&mut Value| one["PolicyName"] == policy;
    let found = details["Policies"].as_array_mut().unwrap().iter_mut().find(of_name).unwrap();
    let document = &mut found["PolicyVersionList"][0]["Document"];
    let mut statements: Vec<String> =
        document["Statement"].as_array().unwrap().iter().map(ToString::to_string).collect();
    statements.push(statement.to_owned());
    *document = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")).into();
    let what = format!("{policy} with {statement}");
    Mutation { what, file: DETAILS, text: Some(details.to_string()), control }
}

fn allow(action: &str, resource: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{condition}"#) };
    format!(r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}{condition}}}"#)
}

fn statements() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    // Spellings of an action.
    for action in [
        "iam:PutUserPolicy",
        "IAM:putuserpolicy",
        "iam:Put*",
        "iam:*Policy",
        "iam:P?tUserP*",
        "i?m:PutUserPolicy",
        "i*:PutUserPolicy",
        "*:PutUserPolicy",
        "*:*UserPolicy",
        r"\u0069am\u003aPutUserPolicy",
        r"iam:\u002a",
    ] {
        all.push((ESCALATE, allow(&format!("\"{action}\""), "\"*\"", "")));
    }
    all.push((ESCALATE, allow(r#"["s3:GetObject",["iam:PutUserPolicy"]]"#, "\"*\"", "")));
    // Spellings of all resources.
    for resource in [
        "\"*\"",
        "[\"*\"]",
        "\"**\"",
        "\"arn:*\"",
        "\"arn:aws:iam::*\"",
        "\"arn:aws:iam::*:*\"",
        "\"arn:aws:iam::*:user/*\"",
        "\"arn:aws:iam::*:user/?*\"",
        "\"arn:aws:iam::444455556666:user/people/*\"",
        "\"arn:aws:iam::444455556666:user/people/${aws:username}\"",
        "\"arn:aws:iam::${aws:PrincipalAccount}:user/people/${AWS:UserName}\"",
        "\"arn:*:iam::*:user/*/*\"",
        "\"*:user/*\"",
        "\"*user*\"",
        r#""\u002a""#,
        r#"["arn:aws:s3:::x","arn:aws:iam::4444?5556666:user/*"]"#,
    ] {
        all.push((ESCALATE, allow("\"iam:PutUserPolicy\"", resource, "")));
    }
    // Conditions that hold nobody back.
    for condition in OPEN_CONDITIONS {
        all.push((ESCALATE, allow("\"iam:PutUserPolicy\"", "\"*\"", condition)));
    }
    for condition in OPEN_TO_ATTACH {
        all.push((ESCALATE, allow("\"iam:AttachUserPolicy\"", "\"*\"", condition)));
    }
    // Members twice, and in other spellings.
    for statement in [
        r#"{"Effect":"Allow","Action":"s3:GetObject","Action":"iam:PutUserPolicy","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Action":"s3:GetObject","Resource":"*"}"#,
        r#"{"Effect":"Deny","Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}"#,
        r#"{"Effect":"Allow","Effect":"Deny","Action":"iam:PutUserPolicy","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"arn:aws:s3:::x","Resource":"*"}"#,
        r#"{"Effect":"Allow","action":"iam:PutUserPolicy","Resource":"*"}"#,
        r#"{"Effect":"allow","Action":"iam:PutUserPolicy","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","NotAction":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Condition":{}}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*","Condition":"x"}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*","Condition":{"StringEqual":{"aws:PrincipalTag/a":"b"}}}"#,
        r#"{"\u0045ffect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}"#,
        r#"{"Effect":"Allow","NotAction":["s3:*","ec2:*"],"Resource":"arn:aws:iam::*:*"}"#,
        r#"{"Effect":"Allow","Action":"iam:PutUserPolicy","NotResource":"arn:aws:iam::444455556666:user/people/other"}"#,
        r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","NotResource":"arn:aws:iam::444455556666:user/people/other"}"#,
        r#"{"Effect":"Allow","Action":["iam:CreateLoginProfile"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:UpdateAssumeRolePolicy","sts:AssumeRole"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":["arn:aws:iam::*:role/?*","arn:aws:ec2:eu-west-1:444455556666:*"]}"#,
        r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*","Condition":{"StringLike":{"iam:PassedToService":"*"}}}"#,
        r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"NotResource":"arn:aws:iam::444455556666:role/x"}"#,
        r#"{"Effect":"Allow","Action":["iam:PassRole","cloudformation:Create*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-west-2"}}}"#,
        r#"{"Effect":"Allow","Action":["iam:PassRole","glue:*"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}}"#,
        r#"{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::444455556666:policy/orders-api-access"}"#,
        r#"{"Effect":"Allow","Action":"iam:AddUserToGroup","Resource":"arn:aws:iam::*:group/*"}"#,
        r#"{"Effect":"Allow","Action":"iam:AttachGroupPolicy","Resource":"arn:aws:iam::444455556666:group/developers"}"#,
    ] {
        all.push((ESCALATE, statement.to_owned()));
    }
    // Every role.
    for (resource, condition) in [
        ("\"*\"", ""),
        ("\"arn:aws:iam::*:role/*\"", ""),
        ("\"arn:aws:iam::444455556666:role/?*\"", ""),
        ("\"arn:aws:iam::*:r*\"", ""),
        ("\"*\"", r#"{"StringLike":{"iam:PassedToService":"*.amazonaws.com"}}"#),
        ("\"*\"", r#"{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#),
        ("\"*\"", r#"{"ArnLikeIfExists":{"iam:AssociatedResourceArn":"arn:aws:ec2:*:*:instance/*"}}"#),
        ("\"*\"", r#"{"DateLessThan":{"aws:CurrentTime":"2099-01-01T00:00:00Z"}}"#),
        ("\"*\"", r#"{"Null":{"iam:PassedToService":"false"}}"#),
        ("\"*\"", r#"{"StringEquals":{"aws:ResourceAccount":"444455556666"}}"#),
    ] {
        all.push((PASS, allow("\"iam:PassRole\"", resource, condition)));
    }
    all.push((
        PASS,
        r#"{"Effect":"Allow","Action":"iam:Pass*","NotResource":"arn:aws:iam::444455556666:role/x"}"#.to_owned(),
    ));
    // Everything.
    for (action, resource) in [
        ("\"*\"", "\"*\""),
        ("\"*:*\"", "\"*\""),
        ("\"**\"", "[\"arn:aws:s3:::x\",\"*\"]"),
        ("[\"?*\"]", "\"arn:*:*:*:*:*\""),
        ("\"*\"", "\"arn:aws:*:*:444455556666:*\""),
        (r#""\u002a""#, "\"*\""),
        (&(b'a'..=b'z').map(|one| format!("\"{}*:*\"", one as char)).collect::<Vec<_>>().join(",").list(), "\"*\""),
    ] {
        all.push((FULL, allow(action, resource, "")));
        all.push((FULL, allow(action, resource, r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#)));
    }
    for statement in [
        r#"{"Effect":"Allow","NotAction":[],"Resource":"*"}"#,
        r#"{"Effect":"Allow","NotAction":"s3:PutObject","Resource":"*"}"#,
        r#"{"Effect":"Allow","NotAction":["organizations:*","account:*"],"NotResource":"arn:aws:s3:::x"}"#,
        r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::secret/*"}"#,
        r#"{"Effect":"Allow","Action":"*"}"#,
    ] {
        all.push((FULL, statement.to_owned()));
    }
    for action in ["s3:*", "S3:**", "s3:?*", "s?:*", r"dynamodb:\u002a"] {
        all.push((WHOLE, allow(&format!("\"{action}\""), "\"arn:aws:s3:::one/*\"", "")));
    }
    all.push((WHOLE, r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"arn:aws:s3:::one"}"#.to_owned()));
    for statement in [
        r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"arn:aws:s3:::one"}"#,
        r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::one/*"}"#,
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","NotResource":"arn:aws:s3:::one/*"}"#,
    ] {
        all.push((BUT, statement.to_owned()));
    }
    for condition in [
        "",
        r#"{"StringEqualsIfExists":{"iam:PermissionsBoundary":"arn:aws:iam::444455556666:policy/x"}}"#,
        r#"{"StringNotEquals":{"iam:PermissionsBoundary":"arn:aws:iam::444455556666:policy/x"}}"#,
        r#"{"StringLike":{"iam:PermissionsBoundary":"*"}}"#,
        r#"{"StringLike":{"iam:PermissionsBoundary":"arn:aws:iam::*:policy/*"}}"#,
        r#"{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/AdministratorAccess"}}"#,
        r#"{"Null":{"iam:PermissionsBoundary":"false"}}"#,
        r#"{"ForAllValues:StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::444455556666:policy/x"}}"#,
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
    ] {
        all.push((MAKE, allow("\"iam:CreateUser\"", "\"*\"", condition)));
        all.push((MAKE, allow("[\"iam:createrole\"]", "\"arn:aws:iam::*:role/*\"", condition)));
    }
    for audit in ["cloudtrail:StopLogging", "cloudtrail:Delete*", "config:StopConfigurationRecorder", "c*:Stop*"] {
        all.push((AUDIT, allow(&format!("[\"iam:PutGroupPolicy\",\"{audit}\"]"), "\"*\"", "")));
    }
    for keys in [
        r#""kms:PutKeyPolicy","kms:Decrypt""#,
        r#""kms:ScheduleKeyDeletion","kms:Sign""#,
        r#""kms:*""#,
        r#""kms:CreateGrant","KMS:GENERATE*""#,
    ] {
        all.push((KEYS, allow(&format!("[{keys}]"), "\"*\"", "")));
        all.push((KEYS, allow(&format!("[{keys}]"), "\"arn:aws:kms:*:444455556666:key/*\"", "")));
        all.push((KEYS, allow(&format!("[{keys}]"), "\"*\"", r#"{"StringLikeIfExists":{"kms:ViaService":"s3.*"}}"#)));
    }
    all
}

/// Statements for the role OrdersWorker and the group of the platform team.
fn own_statements() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for resource in [
        "\"arn:aws:iam::444455556666:role/OrdersWorker\"",
        "\"arn:aws:iam::444455556666:role/Orders*\"",
        "\"arn:aws:iam::*:role/${aws:username, 'OrdersWorker'}\"",
        "\"arn:aws:iam::*:*/OrdersWorker\"",
        "\"arn:aws:iam::*:role/OrdersWorke?\"",
    ] {
        all.push((ESCALATE, allow("\"iam:PutRolePolicy\"", resource, "")));
        all.push((ESCALATE, allow("\"iam:AttachRolePolicy\"", resource, "")));
    }
    for condition in [
        r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/Orders*"}}"#,
        r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/OrdersWorker"}}"#,
        r#"{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:user/*"}}"#,
        r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
    ] {
        all.push((ESCALATE, allow("\"iam:PutRolePolicy\"", "\"*\"", condition)));
    }
    all
}

/// Conditions that every caller meets, or can meet, whatever the action. The developers bear the tag.
const OPEN_CONDITIONS: &[&str] = &[
    r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
    r#"{"StringEquals":{"aws:PrincipalTag/Team":"developers"}}"#,
    r#"{"StringEquals":{"aws:principaltag/team":["x","developers"]}}"#,
    r#"{"Null":{"aws:PrincipalTag/Team":"false"}}"#,
    r#"{"StringLike":{"aws:username":"b*"}}"#,
    r#"{"Bool":{"aws:SecureTransport":true}}"#,
    r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
    r#"{"Bool":{"aws:MultiFactorAuthPresent":["true","false"]}}"#,
    r#"{"Bool":{"aws:ViaAWSService":false}}"#,
    r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
    r#"{"StringLike":{"aws:userid":"*"}}"#,
    r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*"}}"#,
    r#"{"StringEquals":{"aws:PrincipalArn":"${aws:PrincipalArn}"}}"#,
    r#"{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}"#,
    r#"{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}"#,
    r#"{"StringEquals":{"aws:PrincipalType":"User"}}"#,
    r#"{"StringNotEquals":{"aws:PrincipalTag/team":"guests"}}"#,
    r#"{"StringNotEqualsIfExists":{"aws:PrincipalTag/team":"guests"}}"#,
    r#"{"StringNotLike":{"aws:username":"svc-*"}}"#,
    r#"{"ArnNotEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}"#,
    r#"{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#,
    r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
    r#"{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"::/0"}}"#,
    r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    r#"{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    r#"{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
    r#"{"DateLessThan":{"aws:CurrentTime":"2099-12-31T23:59:59Z"}}"#,
    r#"{"DateLessThan":{"aws:CurrentTime":["2020-01-01","2099-12-31"]}}"#,
    r#"{"DateLessThanIfExists":{"aws:CurrentTime":"9999-12-31T23:59:59Z"}}"#,
    r#"{"NumericLessThan":{"aws:EpochTime":"4102444800"}}"#,
    r#"{"NumericLessThan":{"aws:EpochTime":4102444800}}"#,
    r#"{"NumericGreaterThan":{"aws:EpochTime":"0"}}"#,
    r#"{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}"#,
    r#"{"DateLessThan":{"aws:CurrentTime":"2099-12-31"},"DateGreaterThan":{"aws:CurrentTime":"2020-01-01"}}"#,
    r#"{"Null":{"aws:TokenIssueTime":"true"}}"#,
    r#"{"Null":{"aws:SourceVpce":"true"}}"#,
    r#"{"Null":{"aws:userid":"false"}}"#,
    r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#,
    r#"{"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}"#,
    r#"{"StringEqualsIfExists":{"iam:ResourceTag/team":"a"}}"#,
    r#"{"StringEqualsIfExists":{"iam:PermissionsBoundary":"arn:aws:iam::444455556666:policy/x"}}"#,
    r#"{"ArnEqualsIfExists":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}"#,
    r#"{"StringLike":{"aws:UserAgent":"*console*"}}"#,
    r#"{"StringEquals":{"aws:PrincipalTag/team":[]}}"#,
    r#"{"StringEquals":{}}"#,
    r#"{}"#,
    r#"{"StringEqualz":{"aws:PrincipalTag/team":"a"}}"#,
];

/// The same for attaching a policy.
const OPEN_TO_ATTACH: &[&str] = &[
    r#"{"ArnLike":{"iam:PolicyARN":"*"}}"#,
    r#"{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/*"}}"#,
    r#"{"ArnEquals":{"iam:PolicyARN":["arn:aws:iam::aws:policy/ReadOnlyAccess","arn:aws:iam::aws:policy/AdministratorAccess"]}}"#,
    r#"{"StringLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/?dministratorAccess"}}"#,
    r#"{"ArnNotEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/PowerUserAccess"}}"#,
    r#"{"ArnNotEqualsIfExists":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}"#,
    r#"{"Null":{"iam:PolicyARN":"false"}}"#,
    r#"{"StringEqualsIfExists":{"iam:PermissionsBoundary":"arn:aws:iam::444455556666:policy/x"}}"#,
];

trait List {
    fn list(&self) -> String;
}

impl List for String {
    fn list(&self) -> String {
        format!("[{self}]")
    }
}
