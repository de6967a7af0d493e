//! Privilege escalation, exposures and access levels, as a reader of the pack sees them.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};

const D6: &str = "nobody-can-escalate";

/// The account of policy-09, in which the user `u` has these statements and nothing else.
fn user_with(statements: Value) -> Case {
    inputs_with(statements).run()
}

fn inputs_with(statements: Value) -> Inputs {
    let inputs = Inputs::of("policy-09-create-role-and-attach-policy");
    inputs.change("iam/get-account-authorization-details.json", |details| {
        details["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"]["Statement"] = statements;
    })
}

fn allow(actions: &[&str]) -> Value {
    json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }])
}

#[test]
fn a_role_of_ones_own_is_a_path() {
    let case = Case::run("policy-09-create-role-and-attach-policy");
    for (user, id) in [("user/u", "local-006"), ("user/v", "local-007")] {
        let (verdict, reason) = case.result(D6, user);
        assert!(verdict == "fail" && reason.contains(id), "{user}: {verdict} {reason}");
    }
    let page = case.register("users", "u");
    assert!(page.contains("Creates a role that trusts itself") && page.contains("local-006"), "{page}");
    let narrow = json!([{ "Effect": "Allow", "Action": ["iam:CreateRole", "iam:AttachRolePolicy"],
        "Resource": "arn:aws:iam::111122223333:role/team/*" }]);
    assert_eq!(user_with(narrow).result(D6, "user/u").0, "fail", "the role may have any name of the pattern");
    let bounded = json!([{ "Effect": "Allow", "Action": ["iam:CreateRole", "iam:AttachRolePolicy"], "Resource": "*",
        "Condition": { "StringEquals": { "iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/team" } } }]);
    assert_eq!(user_with(bounded).result(D6, "user/u").0, "pass");
    assert_eq!(user_with(allow(&["iam:CreateRole"])).result(D6, "user/u").0, "pass");
}

#[test]
fn ids_are_those_of_the_path_files() {
    let case = Case::run("policy-21-catalogue-ids");
    for (user, id) in [("spot", "(ec2-003)"), ("eic", "(ec2instanceconnect-003)"), ("lt", "(ec2-004)")] {
        let page = case.register("users", user);
        assert!(page.contains("Privilege escalation paths") && page.contains(id), "{user}: {page}");
        let link = format!("https://pathfinding.cloud/paths/{}", id.trim_matches(['(', ')']));
        assert!(page.contains(&link), "{user}: {page}");
    }
    assert!(case.result(D6, "user/spot").1.contains("ec2-003"));
}

/// The sentence has room for some; the data has every id.
#[test]
fn every_id_is_in_the_data() {
    let case = user_with(allow(&["iam:*"]));
    let (verdict, reason) = case.result(D6, "user/u");
    assert!(verdict == "fail" && reason.contains(" more"), "{reason}");
    let results = case.control(D6)["results"].as_array().unwrap();
    let result = results.iter().find(|one| one["subject"].as_str().unwrap().ends_with("user/u")).unwrap();
    let paths = result["lists"]["principal.escalation_paths"].to_string();
    for id in ["iam-002", "iam-004", "iam-007", "iam-008", "iam-015", "local-006", "local-007"] {
        assert!(paths.contains(id), "{id}: {paths}");
    }
}

#[test]
fn an_empty_sid_is_no_name() {
    let case = Case::run("policy-22-empty-sid");
    let page = case.register("users", "u");
    assert!(page.contains("statement 1 of the trust policy of admin") && !page.contains("()"), "{page}");
}

/// Combinations that other scanners know; what rests on a resource that IAM data does not show is on the page.
#[test]
fn ways_that_were_missing_are_shown() {
    let auto_scaling = ["iam:PassRole", "autoscaling:CreateLaunchConfiguration", "autoscaling:UpdateAutoScalingGroup"];
    for (actions, id) in [
        (&auto_scaling[..], "local-012"),
        (&["lambda:UpdateFunctionConfiguration"], "local-009"),
        (&["iam:UpdateSAMLProvider"], "local-008"),
        (&["account-access:CreateEntitlement"], "local-015"),
        (&["iam:AcceptDelegationRequest"], "local-019"),
        (&["sts:AssumeRoot"], "local-020"),
        (&["eks:CreateAccessEntry", "eks:AssociateAccessPolicy"], "local-018"),
    ] {
        // A role that EC2 and account access manager may be given and that trusts a SAML provider, so that something can be passed.
        let case = inputs_with(allow(actions))
            .change("iam/get-account-authorization-details.json", |details| details["RoleDetailList"] = json!([role()]))
            .write("iam/list-roles.json", json!({ "Roles": [listed()] }).to_string())
            .run();
        let page = case.register("users", "u");
        let escalation = page.split("Privilege escalation paths").nth(1).unwrap_or_default();
        assert!(escalation.contains(&format!("({id})")), "{id}: {page}");
    }
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","account-access.amazonaws.com"]},"Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/idp"},"Action":"sts:AssumeRoleWithSAML","Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}]}"#;

fn trust() -> Value {
    serde_json::from_str(TRUST).unwrap()
}

fn role() -> Value {
    json!({ "Path": "/", "RoleName": "web", "RoleId": "AROA4C94485E0C21AE6C4",
        "Arn": "arn:aws:iam::111122223333:role/web", "CreateDate": "2026-01-02T03:04:05+00:00",
        "AssumeRolePolicyDocument": trust(), "InstanceProfileList": [], "RolePolicyList": [], "Tags": [],
        "AttachedManagedPolicies": [], "RoleLastUsed": {} })
}

fn listed() -> Value {
    json!({ "Path": "/", "RoleName": "web", "RoleId": "AROA4C94485E0C21AE6C4",
        "Arn": "arn:aws:iam::111122223333:role/web", "CreateDate": "2026-01-02T03:04:05+00:00",
        "AssumeRolePolicyDocument": trust(), "MaxSessionDuration": 3600 })
}

/// A control, the fact's action, a resource that is one thing, and one that is everything of the kind.
const EXPOSED: [(&str, &str, &str, &str); 5] = [
    (
        "nobody-assumes-every-role",
        "sts:AssumeRole",
        "arn:aws:iam::111122223333:role/app/*",
        "arn:aws:iam::111122223333:role/*",
    ),
    (
        "nobody-reads-every-secret",
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:*:*:secret:payments/*",
        "arn:aws:secretsmanager:*:*:secret:*",
    ),
    (
        "nobody-reads-every-parameter",
        "ssm:GetParametersByPath",
        "arn:aws:ssm:*:*:parameter/payments/*",
        "arn:aws:ssm:*:*:parameter/*",
    ),
    ("nobody-reads-every-object", "s3:GetObject", "arn:aws:s3:::reports/*", "arn:aws:s3:::*"),
    (
        "nobody-decrypts-with-every-key",
        "kms:Decrypt",
        "arn:aws:kms:eu-west-1:111122223333:key/0b1c0000-0000-0000-0000-000000000000",
        "arn:aws:kms:*:111122223333:key/*",
    ),
];

#[test]
fn assuming_every_role_fails_its_control() {
    let case = Case::run("may-assume-every-role");
    let (verdict, reason) = case.result("nobody-assumes-every-role", "role/any-role");
    assert_eq!(verdict, "fail");
    assert_eq!(
        reason,
        "role any-role can assume every role that lets it in: sts:AssumeRole by statement 1 of inline policy p of role any-role"
    );
}

#[test]
fn what_is_allowed_on_everything_fails_and_what_is_named_passes() {
    let case = user_with(allow(&EXPOSED.map(|(_, action, ..)| action)));
    for (control, action, ..) in EXPOSED {
        let (verdict, reason) = case.result(control, "user/u");
        assert!(verdict == "fail" && reason.contains(action), "{control}: {verdict} {reason}");
    }
    let page = case.register("users", "u");
    for words in ["Data exfiltration: can read data on all resources (", "Can decrypt and assume roles"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let statements = |resource: &dyn Fn(usize) -> String, extra: Value| -> Value {
        let one = |(at, (_, action, ..)): (usize, &(&str, &str, &str, &str))| {
            let mut statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource(at) });
            statement.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            statement
        };
        EXPOSED.iter().enumerate().map(one).collect()
    };
    let verdicts = |case: &Case| EXPOSED.map(|(control, ..)| case.result(control, "user/u").0);
    let all_of_a_type = user_with(statements(&|at| EXPOSED[at].3.to_owned(), json!({})));
    assert_eq!(verdicts(&all_of_a_type), ["fail"; 5]);
    assert_eq!(verdicts(&user_with(statements(&|at| EXPOSED[at].2.to_owned(), json!({})))), ["pass"; 5]);
    let from = json!({ "Condition": { "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } } });
    assert_eq!(verdicts(&user_with(statements(&|_| "*".to_owned(), from))), ["pass"; 5]);
}

#[test]
fn denials_and_boundaries_take_exposures_off_and_a_boundary_that_is_not_there_is_inconclusive() {
    let actions = EXPOSED.map(|(_, action, ..)| action);
    let mut denied = allow(&actions);
    denied.as_array_mut().unwrap().push(json!({ "Effect": "Deny", "Action": actions, "Resource": "*" }));
    let case = user_with(denied);
    for (control, ..) in EXPOSED {
        assert_eq!(case.result(control, "user/u").0, "pass", "{control}");
    }
    let bounded = |document: Option<Value>| {
        let arn = "arn:aws:iam::111122223333:policy/cap";
        inputs_with(allow(&actions))
            .change("iam/get-account-authorization-details.json", |details| {
                details["UserDetailList"][0]["PermissionsBoundary"] =
                    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
                if let Some(document) = document {
                    let mut policy = details["Policies"][0].clone();
                    policy["PolicyName"] = json!("cap");
                    policy["PolicyId"] = json!("ANPADF24DF604B6CB36B4");
                    policy["Arn"] = json!(arn);
                    policy["PermissionsBoundaryUsageCount"] = json!(1);
                    policy["PolicyVersionList"][0]["Document"]["Statement"] = document;
                    details["Policies"].as_array_mut().unwrap().push(policy);
                }
            })
            .run()
    };
    let capped = bounded(Some(allow(&["ec2:*"])));
    let open = bounded(Some(allow(&["*"])));
    let unread = bounded(None);
    for (control, ..) in EXPOSED {
        assert_eq!(capped.result(control, "user/u").0, "pass", "{control}");
        assert_eq!(open.result(control, "user/u").0, "fail", "{control}");
        assert_eq!(unread.result(control, "user/u").0, "unknown", "{control}");
    }
}

#[test]
fn access_levels_say_what_an_auditor_means() {
    for (statements, level) in [
        (allow(&["iam:*"]), "IAM administration (administrator in effect)"),
        (
            json!([{ "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*" }]),
            "every service except IAM, Organizations and Account Management",
        ),
        (allow(&["s3:Get*", "billing:GetResourcePolicy", "ec2:Describe*"]), "read"),
        (allow(&["s3:PutObject", "codestar:List*"]), "write; 1 action not in AWS's action table"),
    ] {
        let page = user_with(statements).register("users", "u");
        assert!(page.contains(&format!("Access level {level} ")), "{level}: {page}");
    }
    let page = user_with(allow(&["cloudformation:CreateStack", "ses:SendEmail", "ssmmessages:OpenDataChannel"]));
    let page = page.register("users", "u");
    for title in ["AWS CloudFormation", "Amazon SES", "Session Manager Message Gateway"] {
        assert!(page.contains(title), "{title}: {page}");
    }
    assert!(!page.contains("change things") && !page.contains("Cloud Control API"), "{page}");
}

/// Nobody need hold a policy for its page to say where it would lead.
#[test]
fn policies_and_groups_that_nobody_has_show_their_paths() {
    let inputs =
        inputs_with(allow(&["s3:GetObject"])).change("iam/get-account-authorization-details.json", |details| {
            let mut policy = details["Policies"][0].clone();
            policy["PolicyName"] = json!("spare");
            policy["PolicyId"] = json!("ANPADF24DF604B6CB36B5");
            policy["Arn"] = json!("arn:aws:iam::111122223333:policy/spare");
            policy["PolicyVersionList"][0]["Document"]["Statement"] = allow(&["iam:CreatePolicyVersion"]);
            details["Policies"].as_array_mut().unwrap().push(policy);
            details["GroupDetailList"] = json!([{ "Path": "/", "GroupName": "empty", "GroupId": "AGPA4C94485E0C21AE6C4",
            "Arn": "arn:aws:iam::111122223333:group/empty", "CreateDate": "2026-01-02T03:04:05+00:00",
            "AttachedManagedPolicies": [], "GroupPolicyList": [{ "PolicyName": "keys", "PolicyDocument":
                { "Version": "2012-10-17", "Statement": allow(&["iam:CreateAccessKey"]) } }] }]);
        });
    let case = inputs.run();
    let policy = case.register("policies", "spare");
    assert!(
        policy.contains("A user or role with this policy could escalate") && policy.contains("(iam-001)"),
        "{policy}"
    );
    assert!(policy.contains("Default version") && policy.contains("Not used as a permissions boundary"), "{policy}");
    let group = case.register("groups", "empty");
    assert!(group.contains("A member of the group could escalate") && group.contains("(iam-002)"), "{group}");
}
