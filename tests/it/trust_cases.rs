//! What a reader is told about trust, by inputs that were once told wrongly.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};

const OPEN: &str = "roles-are-not-open-to-everyone";
const OTHERS: &str = "roles-trust-no-unknown-account-without-an-external-id";
const FEDERATED: &str = "federated-roles-name-whom-they-accept";
const SOURCE: &str = "service-roles-name-their-source";

/// Nothing is missing from the evidence where a condition is not understood.
fn blames_no_call(reason: &str) -> bool {
    !reason.contains("not in the evidence") && !reason.contains("GetAccountAuthorizationDetails")
}

#[test]
fn a_service_account_of_any_namespace_is_any_pod_of_the_cluster() {
    let (verdict, reason) = Case::run("oidc-eks-any-service-account").result(FEDERATED, "role/any-pod");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("any pod of the cluster passes"), "{reason}");
}

#[test]
fn claims_that_any_repository_can_have_are_open_and_others_are_named() {
    let case = Case::run("oidc-unknown-names-no-condition");
    let (verdict, reason) = case.result(FEDERATED, "role/gh-environment");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("any repository can have an environment of that name"), "{reason}");
    let (verdict, reason) = case.result(FEDERATED, "role/gh-actor");
    assert_eq!(verdict, "unknown");
    assert!(reason.contains("StringEquals token.actions.githubusercontent.com:actor = jdoe"), "{reason}");
    assert!(blames_no_call(&reason), "{reason}");
}

#[test]
fn guests_are_called_guests_and_regional_sign_in_hosts_are_awss_own() {
    let case = Case::run("policy-19-federated");
    assert_eq!(case.result(FEDERATED, "role/irsa").0, "fail");
    assert_eq!(case.result(FEDERATED, "role/saml-regional").0, "pass");
    let (verdict, reason) = case.result(FEDERATED, "role/guests");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("without signing in"), "{reason}");
    let page = case.register("roles", "guests");
    assert!(page.contains("Any guest of the Cognito identity pool") && !page.contains("who signed in"), "{page}");
}

#[test]
fn people_and_machines_behind_a_service_are_told_as_such() {
    let case = Case::run("policy-20-people-and-machines-behind-a-service");
    for (role, said) in [
        ("aam", "Users and groups of IAM Identity Center that account access manager assigns to it"),
        ("anywhere", "Machines outside AWS with a certificate of a trust anchor"),
        ("pod", "Pods of Amazon EKS clusters with a pod identity association for it"),
        ("hybrid", "machines outside EC2 that register with a hybrid activation for it"),
        ("things", "IoT devices with a certificate that allows a role alias for it"),
    ] {
        let (verdict, reason) = case.result(SOURCE, &format!("role/{role}"));
        assert_eq!(verdict, "fail", "{role}");
        assert!(reason.contains("has no aws:SourceAccount or aws:SourceArn condition for"), "{reason}");
        let page = case.register("roles", role);
        assert!(page.contains(said) && !page.contains("The AWS service"), "{role}: {page}");
    }
}

#[test]
fn the_own_account_is_no_other_account_and_a_condition_names_its_account() {
    let case = Case::run("trust-own-account-called-another");
    for role in ["both", "arns", "list", "source"] {
        assert_eq!(case.result(OTHERS, &format!("role/{role}")), ("pass".to_owned(), String::new()), "{role}");
    }
    // Without the configuration the vendor alone is listed, never the own account.
    let case = Inputs::of("trust-own-account-called-another").config("organization = \"Example\"\n").run();
    for role in ["both", "arns", "source"] {
        let (verdict, reason) = case.result(OTHERS, &format!("role/{role}"));
        assert_ne!(verdict, "pass", "{role}");
        assert!(reason.contains("111222333444") && !reason.contains("123456789012"), "{reason}");
    }
}

#[test]
fn a_reason_names_the_condition_that_is_not_understood() {
    let case = Case::run("sentences-that-do-not-name-the-cause");
    for (role, key) in [("owner", "aws:SourceOwner"), ("partial", "kms:ViaService")] {
        for control in [OPEN, OTHERS] {
            let (verdict, reason) = case.result(control, &format!("role/{role}"));
            assert_eq!(verdict, "unknown");
            assert!(reason.contains(key) && blames_no_call(&reason), "{reason}");
        }
    }
    let (verdict, reason) = case.result(OTHERS, "role/ip");
    assert_eq!(verdict, "unknown");
    assert!(reason.contains("IpAddress aws:SourceIp = 203.0.113.0/24") && blames_no_call(&reason), "{reason}");
}

/// One role of a case, with this condition beside `Principal: *`.
fn everyone_under(condition: Value) -> Case {
    let inputs = Inputs::of("trust-own-account-called-another");
    let change = |answer: &mut Value| {
        let roles = answer["RoleDetailList"].as_array_mut().unwrap();
        let role = roles.iter_mut().find(|role| role["RoleName"] == "both").unwrap();
        role["AssumeRolePolicyDocument"] = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition }] });
    };
    inputs.change("iam/get-account-authorization-details.json", change).run()
}

#[test]
fn a_star_under_an_exact_operator_is_no_wildcard_and_private_networks_are_not_the_internet() {
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalOrgID": "*" } }),
        json!({ "StringEquals": { "aws:SourceArn": "arn:aws:cloudtrail:*:123456789012:trail/*" } }),
    ] {
        let case = everyone_under(condition.clone());
        assert_eq!(case.result(OPEN, "role/both").0, "pass", "{condition}");
        assert!(case.register("roles", "both").contains("Nobody can assume this role"), "{condition}");
    }
    for network in ["fd00::/8", "fe80::/10", "10.0.0.0/8"] {
        let case = everyone_under(json!({ "IpAddress": { "aws:SourceIp": network } }));
        assert_eq!(case.result(OPEN, "role/both").0, "pass", "{network}");
    }
    assert_eq!(everyone_under(json!({ "ArnEquals": { "aws:PrincipalArn": "*" } })).result(OPEN, "role/both").0, "fail");
}

#[test]
fn an_empty_sid_leaves_no_brackets() {
    let case = Case::run("policy-22-empty-sid");
    assert!(!case.register("users", "u").contains("()"));
    assert!(!case.register("roles", "admin").contains("()"));
}

#[test]
fn a_denial_is_said_beside_whom_the_trust_policy_lets_in() {
    let page = Case::run("policy-04-trust-policy-deny-ignored").register("roles", "admin");
    assert!(page.contains("denies") && page.contains("user/u"), "{page}");
}
