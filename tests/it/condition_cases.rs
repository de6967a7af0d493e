//! Conditions that the evidence decides: on the caller's own tags and ID, on keys that its calls never carry, on times
//! that have passed, and on tags of the resource. One evaluator serves the verdicts on administrators, paths and data.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};

const D6: &str = "nobody-can-escalate";
const PATHS: &str = "no-paths-to-administrator";
const DETAILS: &str = "iam/get-account-authorization-details.json";

#[derive(Default)]
struct Accounts {
    users: Vec<Value>,
    roles: Vec<Value>,
}

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::111122223333:{resource}")
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn deny(condition: Value) -> Value {
    under(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }), condition)
}

fn under(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn inline(statements: Value) -> Value {
    json!([{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": statements } }])
}

fn tags(of: &[(&str, &str)]) -> Value {
    of.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// Lets in the account, besides what the condition of a denial excludes.
fn trust_without(denied: Option<Value>) -> Value {
    let trust = |effect: &str, principal: &str| json!({ "Effect": effect, "Action": "sts:AssumeRole", "Principal": { "AWS": principal } });
    let mut all = vec![trust("Allow", "arn:aws:iam::111122223333:root")];
    all.extend(denied.map(|condition| under(trust("Deny", "*"), condition)));
    json!(all)
}

impl Accounts {
    fn user(mut self, name: &str, own: &[(&str, &str)], statements: Value) -> Self {
        self.users.push(json!({ "Path": "/", "UserName": name, "UserId": format!("AIDA{}", name.to_uppercase()),
            "Arn": arn(&format!("user/{name}")), "CreateDate": "2026-01-02T03:04:05+00:00", "GroupList": [],
            "AttachedManagedPolicies": [], "Tags": tags(own), "UserPolicyList": inline(statements) }));
        self
    }

    fn role(mut self, name: &str, own: &[(&str, &str)], statements: Value, trust: Value) -> Self {
        self.roles.push(json!({ "Path": "/", "RoleName": name, "RoleId": format!("AROA{}", name.to_uppercase()),
            "Arn": arn(&format!("role/{name}")), "CreateDate": "2026-01-02T03:04:05+00:00", "InstanceProfileList": [],
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": trust }, "Tags": tags(own),
            "RolePolicyList": inline(statements), "AttachedManagedPolicies": [], "RoleLastUsed": {} }));
        self
    }

    /// An administrator whose trust policy denies under the condition, and a user that may assume it.
    fn denying(self, name: &str, condition: Value) -> Self {
        let role = format!("{name}-admin");
        let assumes = json!([allow("sts:AssumeRole", &arn(&format!("role/{role}")))]);
        self.role(&role, &[], json!([allow("*", "*")]), trust_without(Some(condition))).user(name, &[], assumes)
    }

    fn run(self) -> Case {
        let listed = |all: &[Value], extra: Value| -> Vec<Value> {
            let mut all = all.to_vec();
            for one in &mut all {
                let Value::Object(one) = one else { unreachable!() };
                for member in ["GroupList", "AttachedManagedPolicies", "UserPolicyList", "RolePolicyList"] {
                    one.remove(member);
                }
                one.extend(extra.as_object().unwrap().clone());
            }
            all
        };
        let users = json!({ "Users": listed(&self.users, json!({})) });
        let roles = json!({ "Roles": listed(&self.roles, json!({ "MaxSessionDuration": 3600 })) });
        Inputs::of("policy-16-no-role-trusts-the-service")
            .change(DETAILS, |details| {
                details["UserDetailList"] = json!(self.users);
                details["RoleDetailList"] = json!(self.roles);
            })
            .write("iam/list-users.json", users.to_string())
            .write("iam/list-roles.json", roles.to_string())
            .run()
    }
}

fn expect(case: &Case, control: &str, expected: &[(&str, &str)]) {
    for (subject, wanted) in expected {
        let (verdict, reason) = case.result(control, subject);
        assert_eq!(verdict, *wanted, "{control} of {subject}: {reason}");
    }
}

/// Everything under a condition, and an inline policy of its choice on itself.
fn everything_if(name: &str, condition: Value) -> Value {
    json!([under(allow("*", "*"), condition), allow("iam:PutUserPolicy", &arn(&format!("user/{name}")))])
}

#[test]
fn a_condition_that_is_never_met_makes_nobody_an_administrator() {
    let mut account = Accounts::default();
    let never = [
        ("past", json!({ "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } })),
        ("untagged", json!({ "StringEquals": { "aws:PrincipalTag/t": "x" } })),
        ("null", json!({ "Null": { "aws:PrincipalTag/t": "false" } })),
        ("other-id", json!({ "StringEquals": { "aws:userid": "AIDAOTHER" } })),
        ("role-id", json!({ "StringLike": { "aws:userid": "AROA*:*" } })),
        ("source", json!({ "StringEquals": { "aws:SourceAccount": "111122223333" } })),
        ("federated", json!({ "Null": { "aws:FederatedProvider": "false" } })),
    ];
    for (name, condition) in &never {
        account = account.user(name, &[("other", "x")], everything_if(name, condition.clone()));
    }
    let network = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
    let own_id = json!({ "StringEquals": { "aws:userid": "AIDAOWN-ID" } });
    let case = account
        .user("network", &[], everything_if("network", network))
        .user("tagged", &[("t", "x")], everything_if("tagged", never[1].1.clone()))
        .user("own-id", &[], everything_if("own-id", own_id))
        .run();
    for (name, _) in &never {
        let subject = format!("user/{name}");
        expect(&case, D6, &[(&subject, "fail")]);
        expect(&case, PATHS, &[(&subject, "fail")]);
    }
    // These may meet it, or do.
    for subject in ["user/network", "user/tagged", "user/own-id"] {
        expect(&case, PATHS, &[(subject, "not_applicable")]);
    }
}

#[test]
fn sessions_of_a_role_that_nobody_tags_carry_its_own_tags_alone() {
    let needs_tag = || json!([under(allow("*", "*"), json!({ "StringEquals": { "aws:PrincipalTag/t": "x" } }))]);
    let assumes = |role: &str| json!([allow("sts:AssumeRole", &arn(&format!("role/{role}")))]);
    let account = || {
        let mut setting = trust_without(None);
        setting[0]["Action"] = json!(["sts:AssumeRole", "sts:TagSession"]);
        Accounts::default()
            .role("untagged", &[], needs_tag(), trust_without(None))
            .role("other", &[("t", "y")], needs_tag(), trust_without(None))
            .role("tagged", &[("t", "x")], needs_tag(), trust_without(None))
            .role("open", &[], needs_tag(), setting)
            .user("untagged", &[], assumes("untagged"))
            .user("other", &[], assumes("other"))
            .user("tagged", &[], assumes("tagged"))
            .user("open", &[], json!([allow("sts:AssumeRole", "*"), allow("sts:TagSession", &arn("role/open"))]))
    };
    let case = account().run();
    expect(
        &case,
        PATHS,
        &[
            ("role/untagged", "pass"),
            ("role/other", "pass"),
            ("role/tagged", "not_applicable"),
            ("user/untagged", "pass"),
            ("user/other", "pass"),
            ("user/tagged", "fail"),
            ("user/open", "fail"),
        ],
    );
    // Who tags the role, or lets callers set session tags, keeps its tags from being certain.
    for action in ["iam:TagRole", "iam:UpdateAssumeRolePolicy"] {
        let case = account().user("tagger", &[], json!([allow(action, &arn("role/untagged"))])).run();
        expect(&case, PATHS, &[("user/untagged", "fail"), ("user/other", "pass")]);
    }
}

#[test]
fn tags_of_the_caller_and_of_the_role_are_compared() {
    let assume_if = |condition: Value| json!([under(allow("sts:AssumeRole", "*"), condition)]);
    let equal = || json!({ "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } });
    let default = |value: &str| json!({ "StringEquals": { "iam:ResourceTag/team": format!("${{aws:PrincipalTag/none, '{value}'}}") } });
    let named = || json!([allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/${aws:PrincipalTag/name}")]);
    let mut by_trust = trust_without(None);
    by_trust[0]["Condition"] = equal();
    let trusted = || json!([allow("sts:AssumeRole", &arn("role/by-trust"))]);
    let everything = || json!([allow("*", "*")]);
    let case = Accounts::default()
        .role("admin", &[("team", "blue")], everything(), trust_without(None))
        .role("by-trust", &[("team", "green")], everything(), by_trust)
        .user("equal", &[("team", "blue")], assume_if(equal()))
        .user("unequal", &[("team", "red")], assume_if(equal()))
        .user(
            "turned",
            &[("team", "blue")],
            assume_if(json!({ "StringEquals": { "aws:PrincipalTag/team": "${aws:ResourceTag/team}" } })),
        )
        .user("default", &[], assume_if(default("blue")))
        .user("other-default", &[], assume_if(default("red")))
        .user("named", &[("name", "admin")], named())
        .user("named-other", &[("name", "reader")], named())
        .user("trusted", &[("team", "green")], trusted())
        .user("untrusted", &[("team", "blue")], trusted())
        .run();
    expect(
        &case,
        PATHS,
        &[
            ("user/equal", "fail"),
            ("user/unequal", "pass"),
            ("user/turned", "fail"),
            ("user/default", "fail"),
            ("user/other-default", "pass"),
            ("user/named", "fail"),
            ("user/named-other", "pass"),
            ("user/trusted", "fail"),
            ("user/untrusted", "pass"),
        ],
    );
}

#[test]
fn denials_that_the_evidence_decides_are_subtracted() {
    let mut account = Accounts::default().role("admin", &[], json!([allow("*", "*")]), trust_without(None));
    let cases = [
        ("untagged", json!({ "StringNotEquals": { "aws:PrincipalTag/t": "x" } }), "pass"),
        ("null", json!({ "Null": { "aws:PrincipalTag/t": "true" } }), "pass"),
        ("blocked", json!({ "StringEquals": { "aws:PrincipalTag/blocked": "yes" } }), "fail"),
        ("others", json!({ "StringNotLike": { "aws:userid": ["AROAADMIN:*", "AIDAOTHER"] } }), "pass"),
        ("itself", json!({ "StringNotLike": { "aws:userid": ["AROAADMIN:*", "AIDAITSELF"] } }), "fail"),
        ("direct", json!({ "Bool": { "aws:ViaAWSService": "false" } }), "pass"),
        ("called", json!({ "ForAllValues:StringNotEquals": { "aws:CalledVia": "athena.amazonaws.com" } }), "pass"),
        ("federated", json!({ "Null": { "aws:FederatedProvider": "true" } }), "pass"),
        ("instance", json!({ "Null": { "ec2:SourceInstanceArn": "true" } }), "pass"),
        ("network", json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "fail"),
    ];
    for (name, condition, _) in &cases {
        account = account.user(name, &[], json!([allow("sts:AssumeRole", "*"), deny(condition.clone())]));
    }
    let denied = json!([allow("*", "*"), deny(cases[0].1.clone())]);
    let case = account.user("everything", &[], denied).run();
    for (name, _, verdict) in &cases {
        expect(&case, PATHS, &[(&format!("user/{name}"), verdict)]);
    }
    expect(&case, PATHS, &[("user/everything", "pass")]);
}

#[test]
fn who_chooses_what_a_trust_policy_denies_escapes_the_denial() {
    let cases = [
        ("session", json!({ "StringNotLike": { "sts:RoleSessionName": "ops-*" } }), "fail"),
        ("with-external", json!({ "Null": { "sts:ExternalId": "false" } }), "fail"),
        ("without-external", json!({ "Null": { "sts:ExternalId": "true" } }), "fail"),
        ("mfa", json!({ "Bool": { "aws:MultiFactorAuthPresent": "false" } }), "fail"),
        ("tag", json!({ "StringEquals": { "aws:PrincipalTag/blocked": "yes" } }), "fail"),
        ("role-tag", json!({ "StringEquals": { "aws:ResourceTag/closed": "yes" } }), "fail"),
        ("region", json!({ "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } }), "fail"),
        ("via", json!({ "Bool": { "aws:ViaAWSService": "true" } }), "fail"),
        ("federated", json!({ "Null": { "aws:FederatedProvider": "false" } }), "fail"),
        // One of two conditions is enough to escape.
        (
            "either",
            json!({ "StringNotLike": { "sts:RoleSessionName": "ops-*" },
                "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
            "fail",
        ),
        ("secret", json!({ "StringNotEquals": { "sts:ExternalId": "s3cret" } }), "pass"),
        ("network", json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "pass"),
        ("others", json!({ "StringNotLike": { "aws:userid": "AIDASOMEBODY" } }), "pass"),
        ("missing", json!({ "StringNotEquals": { "aws:PrincipalTag/t": "x" } }), "pass"),
    ];
    let mut account = Accounts::default();
    for (name, condition, _) in &cases {
        account = account.denying(name, condition.clone());
    }
    let case = account.run();
    for (name, _, verdict) in &cases {
        expect(&case, PATHS, &[(&format!("user/{name}"), verdict)]);
    }
    assert!(!case.result(PATHS, "user/secret").1.contains("s3cret"));
}

/// CloudFormation API reference, CreateChangeSet: `RoleARN`, and `ChangeSetType` with the value `CREATE`.
#[test]
fn a_change_set_builds_a_stack_with_a_passed_role() {
    let mut by_service = trust_without(None);
    by_service[0]["Principal"] = json!({ "Service": "cloudformation.amazonaws.com" });
    let passes = |actions: &[&str]| {
        let mut all = vec![allow("iam:PassRole", &arn("role/builder"))];
        all.extend(actions.iter().map(|action| allow(action, "*")));
        json!(all)
    };
    let case = Accounts::default()
        .role("builder", &[], json!([allow("*", "*")]), by_service)
        .user("both", &[], passes(&["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"]))
        .user("one", &[], passes(&["cloudformation:CreateChangeSet"]))
        .run();
    expect(&case, PATHS, &[("user/both", "fail"), ("user/one", "pass")]);
    expect(&case, D6, &[("user/both", "fail"), ("user/one", "pass")]);
}
