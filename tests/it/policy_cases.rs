//! What a principal may do and become: the review's cases with the answers that AWS gives.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};

const D6: &str = "nobody-can-escalate";
const PATHS: &str = "no-paths-to-administrator";

/// Each subject's verdicts for escalation and for paths to administrator.
fn expect(case: &Case, expected: &[(&str, &str, &str)]) {
    for (subject, escalates, reaches) in expected {
        let (verdict, reason) = case.result(D6, subject);
        assert_eq!(verdict, *escalates, "{D6} of {subject}: {reason}");
        let (verdict, reason) = case.result(PATHS, subject);
        assert_eq!(verdict, *reaches, "{PATHS} of {subject}: {reason}");
    }
}

#[test]
fn denied_everything_is_no_administrator() {
    let case = Case::run("policy-01-denied-everything-is-administrator");
    expect(&case, &[("user/u", "pass", "pass"), ("user/v", "pass", "pass")]);
    assert!(!case.register("users", "u").contains("it is an administrator"));
}

#[test]
fn denials_in_identity_and_trust_policies_close_the_path() {
    expect(&Case::run("policy-02-identity-deny-on-the-role-ignored"), &[("user/u", "pass", "pass")]);
    expect(&Case::run("policy-04-trust-policy-deny-ignored"), &[("user/u", "pass", "pass")]);
    let case = Case::run("policy-07-denials-that-certainly-cover");
    expect(
        &case,
        &[
            ("user/except-admin", "pass", "pass"),
            ("user/not-resource", "pass", "pass"),
            ("user/all-users", "pass", "pass"),
        ],
    );
}

#[test]
fn a_boundary_that_caps_caps() {
    let case = Case::run("policy-05-boundary-that-certainly-caps");
    expect(&case, &[("user/u", "pass", "pass"), ("user/full", "pass", "pass"), ("user/w", "pass", "pass")]);
}

#[test]
fn conditions_that_exclude_the_holder_are_no_way() {
    let case = Case::run("policy-08-conditions-that-name-somebody-else");
    expect(&case, &[("user/eve", "pass", "pass"), ("user/mallory", "pass", "pass"), ("role/ops", "pass", "fail")]);
    let case = Case::run("policy-18-conditions-never-met");
    expect(
        &case,
        &[("user/region", "pass", "pass"), ("user/readonly", "pass", "pass"), ("user/other-org", "pass", "pass")],
    );
    assert!(case.register("users", "readonly").contains("None that these policies show"));
}

#[test]
fn a_role_that_trusts_the_user_by_name_needs_no_permission() {
    let case = Case::run("policy-10-role-policy-where-the-role-trusts-the-user");
    expect(&case, &[("user/u", "fail", "fail"), ("user/w", "fail", "fail")]);
    let case = Case::run("escalate-by-direct-trust");
    for user in ["user/attach", "user/put", "user/rewrite"] {
        expect(&case, &[(user, "fail", "fail")]);
    }
}

#[test]
fn a_way_that_is_limited_to_an_administrator_fails() {
    let case = Case::run("policy-11-scoped-to-an-administrator-passes");
    for user in ["passes-admin", "keys-of-admin", "rewrites-admin-trust", "joins-admins"] {
        expect(&case, &[(&format!("user/{user}"), "fail", "fail")]);
    }
    let case = Case::run("escalation-named-admin-role");
    // The administrator that put.one may rewrite and assume does not trust it yet: conditional, not open.
    expect(&case, &[("user/pass.one", "fail", "fail"), ("user/put.one", "fail", "pass")]);
}

#[test]
fn all_but_the_writing_actions_of_iam_is_no_full_administration() {
    let case = Case::run("policy-12-not-action-without-any-iam-write");
    for policy in ["policy/all-but-iam-writes", "policy/all-but-principals", "policy/all-but-iam"] {
        let (verdict, reason) = case.result("customer-policies-grant-no-full-administration", policy);
        assert_eq!(verdict, "pass", "{policy}: {reason}");
    }
    expect(&case, &[("user/n2", "pass", "pass"), ("user/n7", "pass", "pass")]);
}

#[test]
fn roles_that_only_aws_can_change_are_no_target() {
    let case = Case::run("policy-13-roles-that-only-aws-can-change");
    expect(
        &case,
        &[
            ("user/slr", "pass", "pass"),
            ("user/sso", "pass", "pass"),
            ("AWSReservedSSO_Ops_0123456789abcdef", "pass", "pass"),
            ("AWSReservedSSO_Dev_0123456789abcdef", "fail", "fail"),
        ],
    );
}

#[test]
fn a_resource_of_another_type_grants_nothing() {
    let case = Case::run("policy-15-resources-of-another-kind");
    for user in ["lambda-on-s3", "ssm-on-parameter", "run-on-s3", "describe-on-arn"] {
        expect(&case, &[(&format!("user/{user}"), "pass", "pass")]);
    }
    assert!(!case.register("users", "lambda-on-s3").contains("lambda-003"));
}

#[test]
fn without_a_role_that_trusts_the_service_there_is_nothing_to_pass() {
    let name = "policy-16-no-role-trusts-the-service";
    expect(&Case::run(name), &[("user/u", "pass", "pass")]);
    let with_role = Inputs::of(name).change("iam/get-account-authorization-details.json", |details| {
        details["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"]["Statement"] = json!([
            { "Effect": "Allow", "Action": ["iam:PassRole", "iam:CreateRole", "apprunner:CreateService"], "Resource": "*" }
        ]);
    });
    assert_eq!(with_role.run().result(D6, "user/u").0, "fail", "it can create the role");
}

#[test]
fn mfa_is_met_at_will() {
    let case = Case::run("escalation-under-mfa");
    let failing = case.results(D6).into_iter().find(|(_, verdict, _)| verdict == "fail");
    let (_, _, reason) = failing.expect("somebody escalates with MFA");
    assert!(reason.contains("with MFA"), "{reason}");
}

#[test]
fn a_role_that_writes_the_policies_of_who_assumes_it_is_a_path() {
    let case = Case::run("role-that-writes-policies-of-users");
    assert_eq!(case.result(PATHS, "user/somebody").0, "fail");
}

#[test]
fn identity_center_that_runs_here_is_a_way() {
    let case = Case::run("sso-ways-where-identity-center-runs");
    let (verdict, reason) = case.result(D6, "role/sso");
    assert!(verdict == "fail" && reason.contains("sso-00"), "{verdict} {reason}");
}

/// A policy that cannot be read can open a path: what has none is inconclusive, what has one still fails.
#[test]
fn an_unread_policy_leaves_paths_inconclusive() {
    let inputs = Inputs::of("policy-02-identity-deny-on-the-role-ignored");
    let case = inputs
        .change("iam/get-account-authorization-details.json", |details| {
            details["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = Value::String("{ no JSON".to_owned());
        })
        .run();
    assert_eq!(case.result(PATHS, "user/u").0, "unknown");
}

/// A denial protects only if its holder cannot remove it.
#[test]
fn a_denial_that_its_holder_can_remove_does_not_protect() {
    let with = |actions: &[&str]| {
        let allowed = json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }]);
        let guard = json!({ "PolicyName": "guard", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Action": "iam:PutUserPolicy", "Resource": "*" }] } });
        Inputs::of("policy-09-create-role-and-attach-policy")
            .change("iam/get-account-authorization-details.json", |details| {
                let policies = &mut details["UserDetailList"][0]["UserPolicyList"];
                policies[0]["PolicyDocument"]["Statement"] = allowed;
                policies.as_array_mut().unwrap().push(guard);
            })
            .run()
    };
    expect(&with(&["iam:PutUserPolicy"]), &[("user/u", "pass", "pass")]);
    let case = with(&["iam:PutUserPolicy", "iam:DeleteUserPolicy"]);
    expect(&case, &[("user/u", "fail", "fail")]);
    assert!(case.result(D6, "user/u").1.contains("iam-026"));
    expect(&with(&["s3:GetObject", "iam:DeleteUserPolicy"]), &[("user/u", "pass", "pass")]);
}
