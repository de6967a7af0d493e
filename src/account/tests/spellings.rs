//! Grants and trust in spellings that once hid them from the controls about policies.

use super::*;
use crate::account::subjects::{Policy, Principal, Role};

/// The whole account with the authorization details changed.
fn changed(change: impl FnOnce(&mut Value)) -> Account {
    let mut body = details();
    change(&mut body);
    account(whole().without("GetAccountAuthorizationDetails").answer("iam", "GetAccountAuthorizationDetails", body))
}

/// Alice, who holds these statements besides.
fn alice(statements: &Value) -> Principal {
    alice_of(&changed(|body| give(body, statements)))
}

fn give(body: &mut Value, statements: &Value) {
    body["UserDetailList"][0]["UserPolicyList"] = json!([{ "PolicyName": "x", "PolicyDocument":
        { "Version": "2012-10-17", "Statement": statements } }]);
    body["UserDetailList"][0]["GroupList"] = json!([]);
    body["UserDetailList"][0]["AttachedManagedPolicies"] = json!([]);
}

fn alice_of(account: &Account) -> Principal {
    account.principals.subjects.iter().find(|one| one.id == arn("user", "alice")).unwrap().clone()
}

fn found(fact: &Observed<Vec<String>>) -> bool {
    fact.known().is_some_and(|list| !list.is_empty())
}

fn nothing(fact: &Observed<Vec<String>>) -> bool {
    fact.known().is_some_and(Vec::is_empty)
}

fn trusting(statement: &Value) -> Role {
    let account = changed(|body| {
        body["RoleDetailList"][0]["AssumeRolePolicyDocument"] =
            json!({ "Version": "2012-10-17", "Statement": statement });
    });
    account.roles.subjects[0].clone()
}

#[test]
fn a_condition_that_every_request_meets_hides_no_way_to_more() {
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalAccount": ACCOUNT } }),
        json!({ "StringEquals": { "aws:ResourceAccount": "${aws:PrincipalAccount}" } }),
        json!({ "StringLike": { "aws:userid": "?*" } }),
        json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:*" } }),
        json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "true" } }),
        json!({ "Bool": { "aws:ViaAWSService": "false" } }),
        json!({ "Null": { "aws:userid": "false" } }),
        json!({ "Null": { "aws:TokenIssueTime": "true" } }),
        json!({ "DateGreaterThan": { "aws:CurrentTime": "2015-01-01T00:00:00Z" } }),
        json!({ "StringLike": { "aws:UserAgent": "*console*" } }),
        json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-zzzzzzzzzz" } }),
        json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }),
        json!({ "StringEquals": { "aws:username": "${aws:username}" } }),
        json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] } }),
    ] {
        let statement =
            |action| json!([{ "Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition }]);
        assert!(found(&alice(&statement("iam:PutUserPolicy")).escalation_paths), "{condition}");
        assert!(found(&alice(&statement("iam:PassRole")).passes_every_role), "{condition}");
    }
    for condition in [
        json!({ "ArnEquals": { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess" } }),
        json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }),
    ] {
        let statement =
            json!([{ "Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": condition }]);
        assert!(nothing(&alice(&statement).escalation_paths), "{condition}");
    }
}

#[test]
fn a_role_is_passed_to_what_one_makes_under_whatever_name() {
    let instances = format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/*");
    let with = |roles: &str, condition: Value| {
        alice(&json!([{ "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles, "Condition": condition },
            { "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": instances }]))
    };
    let service = |operator: &str, name: &str| json!({ operator: { "iam:PassedToService": name } });
    assert!(found(&with("*", json!({})).escalation_paths));
    assert!(found(&with("*", service("StringEquals", "ec2.amazonaws.com")).escalation_paths));
    // No service outside the partition of China has such a name.
    assert!(nothing(&with("*", service("StringEquals", "ec2.amazonaws.com.cn")).escalation_paths));
    assert!(found(&with("*", service("StringNotEquals", "lambda.amazonaws.com")).escalation_paths));
    assert!(nothing(&with("*", service("StringEquals", "lambda.amazonaws.com")).escalation_paths));
    let one_role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    assert!(nothing(&with(&one_role, json!({})).escalation_paths), "which role it is decides");
    assert!(found(&with("*", service("StringLike", "*")).passes_every_role));
    assert!(nothing(&with("*", service("StringEquals", "ec2.amazonaws.com")).passes_every_role));
}

#[test]
fn an_older_version_that_grants_everything_is_a_way() {
    let with = |old: Value| {
        alice_of(&changed(|body| {
            give(body, &json!([{ "Effect": "Allow", "Action": "iam:SetDefaultPolicyVersion", "Resource": "*" }]));
            body["UserDetailList"][0]["AttachedManagedPolicies"] = json!([{ "PolicyArn": arn("policy", "old") }]);
            body["Policies"][1]["PolicyVersionList"][1]["Document"] = old;
        }))
    };
    let everything = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let little = json!({ "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" } });
    let told = with(everything).escalation_paths;
    assert!(told.known().unwrap()[0].starts_with("Puts version v1 of policy old"), "{told:?}");
    assert!(nothing(&with(little).escalation_paths));
    assert!(with(json!(null)).escalation_paths.gap().is_some(), "what nobody has seen may grant everything");
}

#[test]
fn a_boundary_that_is_not_understood_takes_nothing_off() {
    let under = |document: Value| {
        alice_of(&changed(|body| {
            give(body, &json!([{ "Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*" }]));
            body["UserDetailList"][0]["PermissionsBoundary"] =
                json!({ "PermissionsBoundaryArn": arn("policy", "old") });
            body["Policies"][1]["PolicyVersionList"][0]["Document"] = document;
        }))
        .creates_principals_freely
    };
    let narrow = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    let strange = json!({ "Effect": "allow", "Action": "iam:*", "Resource": "*" });
    assert!(nothing(&under(json!({ "Statement": [narrow] }))));
    assert!(under(json!({ "Statement": [narrow, strange] })).gap().is_some());
}

#[test]
fn a_pattern_that_every_policy_fits_demands_no_boundary() {
    let with = |value: Value| {
        alice(&json!([{ "Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*",
            "Condition": { "StringLike": { "iam:PermissionsBoundary": value } } }]))
        .creates_principals_freely
    };
    for name in ["*", "**", "?*", "*?", "?*/*"] {
        assert!(found(&with(json!(format!("arn:aws:iam::{ACCOUNT}:policy/{name}")))), "{name}");
    }
    assert!(!nothing(&with(json!([]))));
    assert!(nothing(&with(json!(format!("arn:aws:iam::{ACCOUNT}:policy/team-*")))));
}

#[test]
fn duties_have_more_names_than_the_usual_ones() {
    let with = |actions: [&str; 2]| alice(&json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }]));
    for action in ["cloudtrail:UpdateEventDataStore", "config:PutConfigurationRecorder", "config:PutDeliveryChannel"] {
        assert!(found(&with([action, "s3:GetObject"]).administers_audit_trail), "{action}");
    }
    for action in ["iam:UpdateAssumeRolePolicy", "iam:AddUserToGroup", "iam:SetDefaultPolicyVersion"] {
        assert!(found(&with([action, "s3:GetObject"]).administers_iam), "{action}");
    }
    for (action, other) in
        [("kms:RevokeGrant", "kms:Encrypt"), ("kms:DeleteImportedKeyMaterial", "kms:DeriveSharedSecret")]
    {
        let one = with([action, other]);
        assert!(found(&one.administers_keys) && found(&one.uses_keys), "{action}, {other}");
    }
}

#[test]
fn federation_that_is_not_understood_or_open_is_not_settled() {
    let federated = |provider: &str, action: &str, condition: Value| {
        trusting(&json!({ "Effect": "Allow", "Principal": { "Federated": provider }, "Action": action,
            "Condition": condition }))
    };
    let token = "sts:AssumeRoleWithWebIdentity";
    assert!(!nothing(&federated("nonsense", token, json!({})).oidc_without_subject));
    let pools = json!({ "StringLike": { "cognito-identity.amazonaws.com:aud": "us-east-1:*" } });
    assert!(!nothing(&federated("cognito-identity.amazonaws.com", token, pools).oidc_without_subject));
    let saml = |audience: &str| {
        let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/idp");
        federated(&provider, "sts:AssumeRoleWithSAML", json!({ "StringLike": { "SAML:aud": audience } }))
            .saml_without_audience
    };
    for audience in ["https://*", "?*s*", "*://signin*", "h*"] {
        assert!(!nothing(&saml(audience)), "{audience}");
    }
    assert!(nothing(&saml("https://signin.aws.amazon.com/saml")));
    assert!(nothing(&saml("https://signin.aws.amazon.com/*")));
}

/// An attacker's role may have the path `/x:iam::111122223333:role/`.
#[test]
fn a_wildcard_before_the_account_takes_other_accounts() {
    let everyone = |operator: &str, value: &str| {
        trusting(&json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": { operator: { "aws:PrincipalArn": value } } }))
        .open_to_everyone
    };
    let pattern = format!("arn:aws*:iam::{ACCOUNT}:role/app");
    assert!(!nothing(&everyone("StringLike", &pattern)));
    assert!(nothing(&everyone("ArnLike", &pattern)), "there a wildcard ends at the colon");
    assert!(nothing(&everyone("StringLike", &format!("arn:aws:iam::{ACCOUNT}:role/*"))));
    let any_service =
        trusting(&json!({ "Effect": "Allow", "Principal": { "Service": "*" }, "Action": "sts:AssumeRole" }));
    assert!(!nothing(&any_service.open_to_everyone));
}

#[test]
fn what_says_nothing_or_contradicts_itself_is_not_believed() {
    let policy = |account: &Account| -> Policy {
        account.policies.subjects.iter().find(|policy| policy.label == "old").unwrap().clone()
    };
    let detached = changed(|body| body["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([]));
    assert!(policy(&detached).holders.gap().is_some(), "AWS counts an attachment that nobody shows");
    let spaces = changed(|body| body["RoleDetailList"][0]["Tags"] = json!([{ "Key": "Purpose", "Value": "  " }]));
    assert_eq!(spaces.roles.subjects[0].tags, Observed::Known(vec!["Purpose=".to_owned()]));
}
