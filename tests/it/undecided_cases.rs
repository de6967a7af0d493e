//! What the evidence does not decide about escalation is inconclusive, never passed.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};

const D6: &str = "nobody-can-escalate";
const PATHS: &str = "no-paths-to-administrator";
const DETAILS: &str = "iam/get-account-authorization-details.json";
const SSO: &str = "sso-ways-where-identity-center-runs";

/// The verdicts of D6 and of the control on paths that have the word.
fn verdicts(case: &Case, word: &str) -> [usize; 2] {
    [D6, PATHS].map(|id| {
        let results = case.control(id)["results"].as_array().unwrap().clone();
        results.iter().filter(|one| one["verdict"] == word).count()
    })
}

#[test]
fn permission_sets_of_a_management_account_whose_instances_were_not_read_are_inconclusive() {
    let read = Case::run(SSO);
    let [escalates, reaches] = verdicts(&read, "fail");
    assert!(escalates > 0 && reaches > 0);
    let unread = Inputs::of(SSO)
        .remove("sso-admin/us-east-1/list-instances.json")
        .remove("sso-admin/eu-west-1/list-instances.json")
        .run();
    assert_eq!(verdicts(&unread, "fail"), [0, 0]);
    let inconclusive = verdicts(&unread, "unknown");
    assert!(inconclusive[0] >= escalates && inconclusive[1] >= reaches, "{inconclusive:?}");
}

fn role(name: &str, team: &[String], grants: Value) -> Value {
    json!({ "Path": "/", "RoleName": name, "RoleId": format!("AROA{}", name.to_uppercase()), "Tags": [],
        "Arn": format!("arn:aws:iam::111122223333:role/{name}"), "CreateDate": "2026-01-02T03:04:05+00:00",
        "InstanceProfileList": [], "AttachedManagedPolicies": [], "RoleLastUsed": {},
        "RolePolicyList": [{ "PolicyName": "inline",
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [grants] } }],
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Action": "sts:AssumeRole", "Principal": { "AWS": "arn:aws:iam::111122223333:root" },
            "Condition": { "StringEquals": { "aws:PrincipalTag/team": team } } }] } })
}

/// A user who tags itself, a role that some teams may assume, and one that only the last team may.
fn teams(number: usize) -> Case {
    let teams: Vec<String> = (0..number).map(|team| format!("team-{team:03}")).collect();
    let reads = json!({ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" });
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let roles = [role("readers", &teams, reads), role("admin", &["zz".to_owned()], all)];
    let mut listed = roles.clone();
    for one in &mut listed {
        let Value::Object(members) = one else { unreachable!() };
        for member in ["RolePolicyList", "AttachedManagedPolicies", "InstanceProfileList"] {
            members.remove(member);
        }
        members.insert("MaxSessionDuration".to_owned(), json!(3600));
    }
    let user = json!({ "Path": "/", "UserName": "u", "UserId": "AIDAU", "Arn": "arn:aws:iam::111122223333:user/u",
        "CreateDate": "2026-01-02T03:04:05+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
        "UserPolicyList": [{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "iam:TagUser", "Resource": "arn:aws:iam::111122223333:user/u" },
            { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/admin" }] } }] });
    let mut listed_user = user.clone();
    let Value::Object(members) = &mut listed_user else { unreachable!() };
    for member in ["GroupList", "AttachedManagedPolicies", "UserPolicyList"] {
        members.remove(member);
    }
    Inputs::of("policy-16-no-role-trusts-the-service")
        .change(DETAILS, |details| {
            details["UserDetailList"] = json!([user]);
            details["RoleDetailList"] = json!(roles);
        })
        .write("iam/list-users.json", json!({ "Users": [listed_user] }).to_string())
        .write("iam/list-roles.json", json!({ "Roles": listed }).to_string())
        .write("iam/list-saml-providers.json", json!({ "SAMLProviderList": [] }).to_string())
        .run()
}

#[test]
fn a_tag_that_was_not_tried_is_inconclusive() {
    let few = teams(3);
    assert_eq!(few.result(PATHS, "user/u").0, "fail");
    let many = teams(90);
    for id in [D6, PATHS] {
        let (verdict, reason) = many.result(id, "user/u");
        assert_eq!(verdict, "unknown", "{id}: {reason}");
        assert!(reason.contains("91 sets of tags") && reason.contains("64 of them were tried"), "{id}: {reason}");
    }
}
