//! Changes that open a path to an administrator: of policies, versions, tags and boundaries, of oneself and of others.

use crate::cases::{Case, Inputs};
use crate::graph_cases::{Accounts, DETAILS, PATHS, allow, arn, deny, trusts, under};
use serde_json::{Value, json};

fn everything() -> Value {
    json!([allow(&["*"], "*")])
}

/// An administrator role that everybody of the account may assume who is allowed to.
fn with_administrator() -> Accounts {
    Accounts::default().role("admin", everything(), trusts(json!({ "AWS": arn("root") })))
}

fn becomes_administrator() -> Value {
    allow(&["sts:AssumeRole"], &arn("role/admin"))
}

fn equal(operator: &str, key: &str, value: &str) -> Value {
    json!({ operator: { key: value } })
}

/// A customer managed policy with its versions, the first one in force, and who holds it.
fn policy(inputs: Inputs, name: &str, versions: &[Value], holders: &[&str]) -> Inputs {
    let versions: Vec<Value> = versions
        .iter()
        .enumerate()
        .map(|(at, statements)| {
            json!({ "VersionId": format!("v{}", at + 1), "IsDefaultVersion": at == 0,
                "CreateDate": "2026-01-02T03:04:05+00:00",
                "Document": { "Version": "2012-10-17", "Statement": statements } })
        })
        .collect();
    let (name, holders) = (name.to_owned(), holders.iter().map(|who| arn(who)).collect::<Vec<_>>());
    inputs.change(DETAILS, move |details| {
        let own = arn(&format!("policy/{name}"));
        let policies = details["Policies"].as_array_mut().unwrap();
        let mut added = policies[0].clone();
        added["PolicyName"] = json!(name);
        added["PolicyId"] = json!(format!("ANPA{}", name.to_uppercase()));
        added["Arn"] = json!(own);
        added["AttachmentCount"] = json!(holders.len());
        added["PermissionsBoundaryUsageCount"] = json!(0);
        added["PolicyVersionList"] = json!(versions);
        policies.push(added);
        for list in ["UserDetailList", "RoleDetailList"] {
            for one in details[list].as_array_mut().unwrap() {
                if holders.iter().any(|holder| one["Arn"] == json!(holder)) {
                    let attached = one["AttachedManagedPolicies"].as_array_mut().unwrap();
                    attached.push(json!({ "PolicyName": name, "PolicyArn": own }));
                }
            }
        }
    })
}

fn expect(case: &Case, expected: &[(&str, &str)]) {
    for (who, verdict) in expected {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, *verdict, "{who}: {reason}");
    }
}

/// `iam:PolicyARN` of a detachment is the policy that is detached (Service Authorization Reference, IAM).
#[test]
fn a_denial_is_detached_where_the_condition_names_its_policy() {
    let detach = |policy: &str| {
        under(
            allow(&["iam:DetachUserPolicy"], &arn("user/${aws:username}")),
            equal("ArnEquals", "iam:PolicyARN", &arn(policy)),
        )
    };
    let inputs = with_administrator()
        .user("frees", json!([becomes_administrator(), detach("policy/denies")]))
        .user("other", json!([becomes_administrator(), detach("policy/else")]))
        .inputs();
    let case = policy(inputs, "denies", &[json!([deny("sts:*", "*")])], &["user/frees", "user/other"]).run();
    expect(&case, &[("user/frees", "fail"), ("user/other", "pass")]);
}

/// A version counts by what its holder can do with it, also after it was attached.
#[test]
fn versions_lead_on() {
    let sets = || allow(&["iam:SetDefaultPolicyVersion"], &arn("policy/versions"));
    let attach = under(
        allow(&["iam:AttachUserPolicy"], &arn("user/attaches")),
        equal("ArnEquals", "iam:PolicyARN", &arn("policy/versions")),
    );
    let assume = || allow(&["sts:AssumeRole"], &arn("role/plain"));
    let account = with_administrator()
        .role("plain", json!([]), trusts(json!({ "AWS": arn("root") })))
        .user("sets", json!([sets(), assume()]))
        .user("assumes", json!([assume()]))
        .user("attaches", json!([attach, sets()]));
    let versions = [json!([allow(&["s3:GetObject"], "*")]), json!([becomes_administrator()])];
    let case = policy(account.inputs(), "versions", &versions, &["role/plain"]).run();
    expect(&case, &[("user/sets", "fail"), ("user/assumes", "pass"), ("user/attaches", "fail")]);
    let (_, reason) = case.result(PATHS, "user/sets");
    assert!(
        reason.contains("user/sets lets role/plain administer the account (iam:SetDefaultPolicyVersion)"),
        "{reason}"
    );
}

/// Whoever may set the tags of a role meets, or escapes, conditions on them.
#[test]
fn tags_of_the_target_are_no_limit_where_the_principal_sets_them() {
    let tagged =
        |value: &str| under(allow(&["sts:AssumeRole"], "*"), equal("StringEquals", "aws:ResourceTag/team", value));
    let tags = |resource: &str| allow(&["iam:TagRole"], &arn(resource));
    let only = |value: &str| {
        under(allow(&["iam:TagRole"], &arn("role/admin")), equal("StringEquals", "aws:RequestTag/team", value))
    };
    let denied = under(deny("sts:*", "*"), equal("StringEquals", "aws:ResourceTag/locked", "yes"));
    let mut account = with_administrator()
        .user("tags", json!([tagged("ops"), tags("role/admin")]))
        .user("tags-other", json!([tagged("ops"), tags("role/else")]))
        .user("tags-so", json!([tagged("ops"), only("ops")]))
        .user("tags-else", json!([tagged("ops"), only("dev")]))
        .user("tags-as-own", json!([tagged("${aws:PrincipalTag/team}"), tags("role/admin")]))
        .user("tags-by-name", json!([tagged("${aws:username}"), tags("role/admin")]))
        .user("unlocks", json!([becomes_administrator(), denied, allow(&["iam:UntagRole"], &arn("role/admin"))]))
        .user("locked", json!([becomes_administrator(), denied]));
    account.roles[0]["Tags"] = json!([{ "Key": "locked", "Value": "yes" }]);
    let own = account.users.iter_mut().find(|user| user["UserName"] == "tags-as-own").unwrap();
    own["Tags"] = json!([{ "Key": "team", "Value": "blue" }]);
    expect(
        &account.inputs().run(),
        &[
            ("user/tags", "fail"),
            ("user/tags-other", "pass"),
            ("user/tags-so", "fail"),
            ("user/tags-as-own", "fail"),
            ("user/tags-by-name", "fail"),
            ("user/tags-else", "pass"),
            ("user/unlocks", "fail"),
            ("user/locked", "pass"),
        ],
    );
}

/// An own tag that closes something protects only where the holder cannot change or remove it.
#[test]
fn own_tags_that_close_something_can_be_taken_away() {
    let locked = || under(deny("sts:*", "*"), equal("StringEquals", "aws:PrincipalTag/locked", "yes"));
    let may = |action: &str| allow(&[action], &arn("user/${aws:username}"));
    let mut account = with_administrator()
        .user("untags", json!([becomes_administrator(), locked(), may("iam:UntagUser")]))
        .user("retags", json!([becomes_administrator(), locked(), may("iam:TagUser")]))
        .user("locked", json!([becomes_administrator(), locked()]));
    for user in &mut account.users {
        user["Tags"] = json!([{ "Key": "locked", "Value": "yes" }]);
    }
    let case = account.inputs().run();
    expect(&case, &[("user/untags", "fail"), ("user/retags", "fail"), ("user/locked", "pass")]);
}

/// A boundary that the maker of a role must choose is a limit only where it caps and stays.
#[test]
fn a_boundary_that_must_be_chosen_is_a_limit_only_where_it_caps() {
    let under_boundary = |name: &str| {
        under(
            allow(&["iam:CreateRole", "iam:PutRolePolicy"], "*"),
            equal("StringEquals", "iam:PermissionsBoundary", &arn(&format!("policy/{name}"))),
        )
    };
    let account = Accounts::default()
        .user("wide", json!([under_boundary("wide")]))
        .user("narrow", json!([under_boundary("narrow")]))
        .user("rewrites", json!([under_boundary("narrow"), allow(&["iam:CreatePolicyVersion"], &arn("policy/narrow"))]))
        .user("removes", json!([under_boundary("narrow"), allow(&["iam:DeleteRolePermissionsBoundary"], "*")]));
    let inputs = policy(account.inputs(), "wide", &[everything()], &[]);
    let case = policy(inputs, "narrow", &[json!([allow(&["s3:*"], "*")])], &[]).run();
    expect(
        &case,
        &[("user/wide", "fail"), ("user/narrow", "pass"), ("user/rewrites", "fail"), ("user/removes", "fail")],
    );
}

/// A principal that may write its own policies stays what its boundary allows.
#[test]
fn what_remains_of_a_boundary_caps_the_gain() {
    let writes = || json!([allow(&["iam:PutUserPolicy"], &arn("user/writes"))]);
    let run = |boundary: Value| with_administrator().user("writes", writes()).bounded(boundary).inputs().run();
    let closed = run(json!([allow(&["iam:PutUserPolicy", "s3:*"], "*")]));
    expect(&closed, &[("user/writes", "pass")]);
    for leading in ["sts:AssumeRole", "iam:DeleteUserPermissionsBoundary", "iam:UpdateLoginProfile"] {
        let mut case = with_administrator().user("writes", writes());
        case = case.bounded(json!([allow(&["iam:PutUserPolicy", "s3:*", leading], "*")])).user("boss", everything());
        expect(&case.inputs().run(), &[("user/writes", "fail")]);
    }
}

/// A boundary without IAM and AWS STS still leaves the steps of other services.
#[test]
fn a_boundary_of_another_service_may_leave_a_step() {
    let run = |allowed: &str| {
        let statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "account-access.amazonaws.com" } });
        let mut account = Accounts::default()
            .role("served", everything(), statement)
            .role("plain", json!([]), trusts(json!({ "AWS": arn("root") })))
            .user("writes", json!([allow(&["iam:PutRolePolicy", "sts:AssumeRole"], &arn("role/plain"))]))
            .user("bounded", json!([]))
            .bounded(json!([allow(&[allowed], "*")]));
        account.roles[1]["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/cap") });
        let twice = |details: &mut Value| {
            let policies = details["Policies"].as_array_mut().unwrap();
            let cap = policies.iter_mut().find(|policy| policy["PolicyName"] == "cap").unwrap();
            cap["PermissionsBoundaryUsageCount"] = json!(2);
        };
        account.inputs().change(DETAILS, twice).run()
    };
    expect(&run("s3:*"), &[("user/writes", "pass")]);
    expect(&run("account-access:*"), &[("user/writes", "fail")]);
}

/// What somebody gives to a principal counts for those who can be both.
#[test]
fn groups_and_policies_that_others_give_lead_on() {
    let attach = under(
        allow(&["iam:AttachUserPolicy"], &arn("user/*")),
        equal("ArnEquals", "iam:PolicyARN", &arn("policy/leads")),
    );
    let assume = |role: &str| json!([allow(&["sts:AssumeRole"], &arn(&format!("role/{role}")))]);
    let group = json!({ "Path": "/", "GroupName": "leads", "GroupId": "AGPALEADS", "Arn": arn("group/leads"),
        "CreateDate": "2026-01-02T03:04:05+00:00", "AttachedManagedPolicies": [],
        "GroupPolicyList": [{ "PolicyName": "p", "PolicyDocument": { "Version": "2012-10-17",
            "Statement": [becomes_administrator()] } }] });
    let by_root = || trusts(json!({ "AWS": arn("root") }));
    let account = with_administrator()
        .role("joins", json!([allow(&["iam:AddUserToGroup"], &arn("group/leads"))]), by_root())
        .role("attaches", json!([attach]), by_root())
        .user("by-group", assume("joins"))
        .user("by-policy", assume("attaches"))
        .user("neither", json!([]));
    let inputs = account.inputs().change(DETAILS, |details| details["GroupDetailList"] = json!([group]));
    let case = policy(inputs, "leads", &[json!([becomes_administrator()])], &[]).run();
    expect(&case, &[("user/by-group", "fail"), ("user/by-policy", "fail"), ("user/neither", "pass")]);
}

/// IAM API reference, UpdateUser: a user's name and path are part of its ARN.
#[test]
fn a_user_that_renames_itself_is_inconclusive_where_conditions_name_users() {
    let named = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": arn("root") },
        "Condition": { "ArnLike": { "aws:PrincipalArn": arn("user/admins/*") } } });
    let account = Accounts::default()
        .role("admin", everything(), named)
        .user("renames", json!([becomes_administrator(), allow(&["iam:UpdateUser"], "*")]))
        .user("stays", json!([becomes_administrator()]));
    expect(&account.inputs().run(), &[("user/renames", "unknown"), ("user/stays", "pass")]);
}
