//! Ways to an administrator through identity providers, tags, entitlements and changes of oneself: the control on
//! privilege escalation, the control on paths and the register agree about the same principal.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};

pub const D6: &str = "nobody-can-escalate";
pub const PATHS: &str = "no-paths-to-administrator";
pub const DETAILS: &str = "iam/get-account-authorization-details.json";

/// An account in the making.
#[derive(Default)]
pub struct Accounts {
    pub users: Vec<Value>,
    pub roles: Vec<Value>,
    boundary: Option<Value>,
    /// A customer managed policy, of the last role when it was given.
    tool: bool,
}

pub fn arn(resource: &str) -> String {
    format!("arn:aws:iam::111122223333:{resource}")
}

pub fn inline(statements: Value) -> Value {
    json!([{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": statements } }])
}

pub fn allow(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
}

pub fn under(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

pub fn deny(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Deny", "Action": action, "Resource": resource })
}

fn saml(provider: &str) -> Value {
    json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
        "Principal": { "Federated": arn(&format!("saml-provider/{provider}")) },
        "Condition": { "StringEquals": { "SAML:aud": "https://signin.aws.amazon.com/saml" } } })
}

pub fn trusts(principal: Value) -> Value {
    json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal })
}

impl Accounts {
    pub fn user(mut self, name: &str, statements: Value) -> Self {
        self.users.push(json!({ "Path": "/", "UserName": name, "UserId": format!("AIDA{}", name.to_uppercase()),
            "Arn": arn(&format!("user/{name}")), "CreateDate": "2026-01-02T03:04:05+00:00", "GroupList": [],
            "AttachedManagedPolicies": [], "Tags": [], "UserPolicyList": inline(statements) }));
        self
    }

    pub fn role(mut self, name: &str, statements: Value, trust: Value) -> Self {
        self.roles.push(json!({ "Path": "/", "RoleName": name, "RoleId": format!("AROA{}", name.to_uppercase()),
            "Arn": arn(&format!("role/{name}")), "CreateDate": "2026-01-02T03:04:05+00:00", "InstanceProfileList": [],
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] }, "Tags": [],
            "RolePolicyList": inline(statements), "AttachedManagedPolicies": [], "RoleLastUsed": {} }));
        self
    }

    /// The last role has the customer managed policy `tool`, which reads.
    pub fn with_tool(mut self) -> Self {
        let attached = json!([{ "PolicyName": "tool", "PolicyArn": arn("policy/tool") }]);
        self.roles.last_mut().unwrap()["AttachedManagedPolicies"] = attached;
        self.tool = true;
        self
    }

    /// The last user has a permissions boundary of these statements.
    pub fn bounded(mut self, statements: Value) -> Self {
        let last = self.users.last_mut().unwrap();
        last["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/cap") });
        self.boundary = Some(statements);
        self
    }

    pub fn inputs(self) -> Inputs {
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
                if self.tool {
                    let policies = details["Policies"].as_array_mut().unwrap();
                    let mut tool = policies[0].clone();
                    tool["PolicyName"] = json!("tool");
                    tool["PolicyId"] = json!("ANPATOOL");
                    tool["Arn"] = json!(arn("policy/tool"));
                    tool["AttachmentCount"] = json!(1);
                    tool["PolicyVersionList"][0]["Document"]["Statement"] = json!([allow(&["s3:GetObject"], "*")]);
                    policies.push(tool);
                }
                if let Some(boundary) = self.boundary {
                    let policies = details["Policies"].as_array_mut().unwrap();
                    let mut cap = policies[0].clone();
                    cap["PolicyName"] = json!("cap");
                    cap["PolicyId"] = json!("ANPACAP");
                    cap["Arn"] = json!(arn("policy/cap"));
                    cap["PermissionsBoundaryUsageCount"] = json!(1);
                    cap["PolicyVersionList"][0]["Document"]["Statement"] = boundary;
                    policies.push(cap);
                }
            })
            .write("iam/list-users.json", users.to_string())
            .write("iam/list-roles.json", roles.to_string())
            .write(
                "iam/list-saml-providers.json",
                json!({ "SAMLProviderList": [{ "Arn": arn("saml-provider/okta") }, { "Arn": arn("saml-provider/readers") }] })
                    .to_string(),
            )
    }
}

pub fn expect(case: &Case, expected: &[(&str, &str, &str)]) {
    for (subject, escalates, reaches) in expected {
        let (verdict, reason) = case.result(D6, subject);
        assert_eq!(verdict, *escalates, "{D6} of {subject}: {reason}");
        let (verdict, reason) = case.result(PATHS, subject);
        assert_eq!(verdict, *reaches, "{PATHS} of {subject}: {reason}");
        let page = case.register(if subject.starts_with("user/") { "users" } else { "roles" }, &subject[5..]);
        let open = page.contains("no condition prevents it") || page.contains("needs a sign-in with MFA");
        assert_eq!(open, *reaches == "fail", "the register's page of {subject}");
    }
}

/// Roles that are administrators and trust SAML providers: `okta` and `readers` exist, `gone` does not.
fn federated() -> Accounts {
    let everything = || json!([allow(&["*"], "*")]);
    Accounts::default()
        .role("admin", everything(), saml("okta"))
        .role("reader", json!([allow(&["s3:GetObject"], "*")]), saml("readers"))
        .role("old-admin", everything(), saml("gone"))
        .role(
            "inside",
            everything(),
            under(saml("readers"), json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } })),
        )
}

#[test]
fn who_rewrites_a_saml_provider_becomes_the_roles_that_trust_it() {
    let (okta, readers) = (arn("saml-provider/okta"), arn("saml-provider/readers"));
    let update = "iam:UpdateSAMLProvider";
    let account = federated()
        .user("all", json!([allow(&[update], "*")]))
        .user("named", json!([allow(&[update], &okta)]))
        .user(
            "mfa",
            json!([under(allow(&[update], &okta), json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }))]),
        )
        .user("reader", json!([allow(&[update], &readers)]))
        .user("denied", json!([allow(&[update], &okta), deny("iam:Update*", "*")]))
        .user(
            "elsewhere",
            json!([under(allow(&[update], "*"), json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }))]),
        )
        .user("again", json!([allow(&["iam:DeleteSAMLProvider", "iam:CreateSAMLProvider"], &okta)]))
        .user("half", json!([allow(&["iam:DeleteSAMLProvider"], &okta), allow(&["iam:CreateSAMLProvider"], &readers)]))
        .user("creates", json!([allow(&["iam:CreateSAMLProvider"], "*")]))
        .user("creates-okta", json!([allow(&["iam:CreateSAMLProvider"], &okta)]))
        .user("thumbprint", json!([allow(&["iam:UpdateOpenIDConnectProviderThumbprint"], "*")]));
    let case = account.inputs().run();
    expect(
        &case,
        &[
            ("user/all", "fail", "fail"),
            ("user/named", "fail", "fail"),
            ("user/mfa", "fail", "fail"),
            // The role behind it that is an administrator is limited to a network.
            ("user/reader", "pass", "pass"),
            ("user/denied", "pass", "pass"),
            ("user/elsewhere", "pass", "pass"),
            ("user/again", "fail", "fail"),
            ("user/half", "pass", "pass"),
            ("user/creates", "fail", "fail"),
            ("user/creates-okta", "pass", "pass"),
            ("user/thumbprint", "pass", "pass"),
        ],
    );
    let reason = case.result(PATHS, "user/named").1;
    assert!(reason.contains("user/named becomes role/admin (local-008"), "{reason}");
    let reason = case.result(D6, "user/named").1;
    assert!(reason.contains("role/admin is an administrator"), "{reason}");
    assert!(case.result(PATHS, "user/creates").1.contains("becomes role/old-admin (local-029"));
    assert!(case.result(D6, "user/mfa").1.contains("with MFA"));
}

#[test]
fn without_the_list_of_providers_it_is_not_known_which_are_missing() {
    let account = federated().user("creates", json!([allow(&["iam:CreateSAMLProvider"], "*")]));
    let case = account.inputs().remove("iam/list-saml-providers.json").run();
    assert_eq!(case.result(D6, "user/creates").0, "unknown");
    assert_eq!(case.result(PATHS, "user/creates").0, "unknown");
}

#[test]
fn an_entitlement_of_account_access_manager_is_a_step() {
    let account = Accounts::default()
        .role("people", json!([allow(&["*"], "*")]), trusts(json!({ "Service": "account-access.amazonaws.com" })))
        .user("entitles", json!([allow(&["account-access:CreateEntitlement"], "*")]))
        .user(
            "one-application",
            json!([allow(
                &["account-access:CreateEntitlement"],
                "arn:aws:account-access:us-east-1:111122223333:application/a"
            )]),
        )
        .user("lists", json!([allow(&["account-access:ListEntitlements"], "*")]));
    let case = account.inputs().run();
    expect(
        &case,
        &[("user/entitles", "fail", "fail"), ("user/one-application", "fail", "fail"), ("user/lists", "pass", "pass")],
    );
    assert!(case.result(PATHS, "user/entitles").1.contains("becomes role/people (local-015"));
}

/// A user or role that may tag itself meets conditions on its own tags at will.
#[test]
fn tagging_oneself_meets_conditions_on_own_tags() {
    let own = arn("user/${aws:username}");
    let tag = || allow(&["iam:TagUser"], &own);
    let assume = || allow(&["sts:AssumeRole"], "*");
    let is = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let team = under(trusts(json!({ "AWS": arn("root") })), is("aws:PrincipalTag/team", "ops"));
    let write = || under(allow(&["iam:PutUserPolicy"], "*"), is("aws:PrincipalTag/admin", "true"));
    let keys = |set: &str, keys: &[&str]| json!({ set: { "aws:TagKeys": keys } });
    let account = Accounts::default()
        .role("admin", json!([allow(&["*"], "*")]), team)
        .user("tags", json!([tag(), assume()]))
        .user("assumes", json!([assume()]))
        .user("other-keys", json!([under(tag(), keys("ForAllValues:StringEquals", &["cost-center"])), assume()]))
        .user("this-key", json!([under(tag(), keys("ForAllValues:StringEquals", &["cost-center", "team"])), assume()]))
        .user("other-value", json!([under(tag(), is("aws:RequestTag/team", "dev")), assume()]))
        .user(
            "denied-key",
            json!([tag(), assume(), under(deny("iam:TagUser", "*"), keys("ForAnyValue:StringEquals", &["team"]))]),
        )
        .user("grants", json!([tag(), write()]))
        .user("no-tags", json!([write()]))
        .user("reads", json!([tag(), under(allow(&["s3:GetObject"], "*"), is("aws:PrincipalTag/x", "y"))]))
        .user("only-tags", json!([tag()]))
        .user(
            "unless-tagged",
            json!([
                tag(),
                allow(&["iam:PutUserPolicy"], "*"),
                under(deny("iam:Put*", "*"), json!({ "StringNotEquals": { "aws:PrincipalTag/a": "b" } }))
            ]),
        )
        .role(
            "tags-itself",
            json!([
                allow(&["iam:TagRole"], &arn("role/tags-itself")),
                under(allow(&["iam:PutRolePolicy"], &arn("role/tags-itself")), is("aws:PrincipalTag/admin", "true"))
            ]),
            trusts(json!({ "Service": "ec2.amazonaws.com" })),
        );
    let case = account.inputs().run();
    expect(
        &case,
        &[
            ("user/tags", "fail", "fail"),
            ("user/assumes", "pass", "pass"),
            ("user/other-keys", "pass", "pass"),
            ("user/this-key", "fail", "fail"),
            ("user/other-value", "pass", "pass"),
            ("user/denied-key", "pass", "pass"),
            ("user/grants", "fail", "fail"),
            ("user/no-tags", "pass", "pass"),
            // It gives itself more, but no administrator.
            ("user/reads", "fail", "pass"),
            ("user/only-tags", "pass", "pass"),
            ("user/unless-tagged", "fail", "fail"),
            ("role/tags-itself", "fail", "fail"),
        ],
    );
    assert!(case.result(D6, "user/tags").1.contains("local-013"));
}

/// A caller that may set session tags chooses what a role's session may do (IAM user guide, "Pass session tags in AWS
/// STS": the trust policy must allow sts:TagSession).
#[test]
fn session_tags_meet_conditions_on_tags_of_the_session() {
    let is = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let both = ["sts:AssumeRole", "sts:TagSession"];
    let named = |actions: &[&str], users: &[&str]| {
        let arns: Vec<String> = users.iter().map(|user| arn(&format!("user/{user}"))).collect();
        json!({ "Effect": "Allow", "Action": actions, "Principal": { "AWS": arns } })
    };
    let if_admin = || json!([under(allow(&["iam:PutRolePolicy"], "*"), is("aws:PrincipalTag/admin", "yes"))]);
    let account = Accounts::default()
        .role("by-tag", if_admin(), named(&both, &["tags", "denied"]))
        .role("plain", if_admin(), named(&["sts:AssumeRole"], &["assumes"]))
        .role("limited", if_admin(), under(named(&both, &["limited"]), is("aws:RequestTag/admin", "no")))
        .role("open", if_admin(), json!({ "Effect": "Allow", "Action": both, "Principal": { "AWS": arn("root") } }))
        // Two tags at once; one alone is not enough.
        .role(
            "two",
            json!([under(
                allow(&["iam:PutRolePolicy"], "*"),
                json!({ "StringEquals": { "aws:PrincipalTag/admin": "yes", "aws:PrincipalTag/level": "5" } })
            )]),
            named(&both, &["two"]),
        )
        // The tag names the role that the session assumes next.
        .role(
            "hop",
            json!([allow(&["sts:AssumeRole"], &arn("role/${aws:PrincipalTag/next}"))]),
            named(&both, &["hops"]),
        )
        .role("admin", json!([allow(&["*"], "*")]), trusts(json!({ "AWS": arn("role/hop") })))
        // Denied with the very tag that the permission asks for.
        .role(
            "contradicts",
            json!([
                under(allow(&["iam:PutRolePolicy"], "*"), is("aws:PrincipalTag/admin", "yes")),
                under(deny("*", "*"), is("aws:PrincipalTag/admin", "yes"))
            ]),
            named(&both, &["contradicted"]),
        )
        .user("tags", json!([allow(&["s3:GetObject"], "*")]))
        .user("denied", json!([deny("sts:TagSession", "*")]))
        .user("assumes", json!([]))
        .user("limited", json!([]))
        .user("permitted", json!([allow(&both, &arn("role/open"))]))
        .user("half", json!([allow(&["sts:AssumeRole"], "*")]))
        .user("two", json!([]))
        .user("hops", json!([]))
        .user("contradicted", json!([]));
    let case = account.inputs().run();
    expect(
        &case,
        &[
            ("user/tags", "pass", "fail"),
            ("user/denied", "pass", "pass"),
            ("user/assumes", "pass", "pass"),
            ("user/limited", "pass", "pass"),
            ("user/permitted", "pass", "fail"),
            ("user/half", "pass", "pass"),
            ("user/two", "pass", "fail"),
            ("user/hops", "pass", "fail"),
            ("user/contradicted", "pass", "pass"),
        ],
    );
    let reason = case.result(PATHS, "user/tags").1;
    assert!(reason.contains("becomes role/by-tag (assumes it with the session tag admin=yes"), "{reason}");
}

/// An identity provider or another account chooses the tags of its sessions: whether that makes an administrator is
/// decided outside of the account.
#[test]
fn session_tags_from_outside_the_account_are_inconclusive() {
    let is = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let mut federated = saml("corp");
    federated["Action"] = json!(["sts:AssumeRoleWithSAML", "sts:TagSession"]);
    let account = Accounts::default()
        .role(
            "people",
            json!([under(allow(&["iam:PutRolePolicy"], "*"), is("aws:PrincipalTag/admin", "yes"))]),
            federated,
        )
        .role("readers", json!([under(allow(&["s3:Get*"], "*"), is("aws:PrincipalTag/team", "a"))]), saml("corp"));
    let case = account.inputs().run();
    expect(&case, &[("role/people", "unknown", "unknown"), ("role/readers", "pass", "pass")]);
    let reason = case.result(PATHS, "role/people").1;
    assert!(reason.contains("session tag admin=yes") && reason.contains("outside the account"), "{reason}");
}

/// Writing the policies of a principal and becoming it makes an administrator, however it is become: by passing the role
/// to a service, by a sign-in for the user, or over a third principal.
#[test]
fn a_writer_of_a_principals_policies_that_becomes_it_reaches_an_administrator() {
    let on_app = |actions: &[&str]| allow(actions, &arn("role/app"));
    let launch = || allow(&["lambda:CreateFunction", "lambda:InvokeFunction"], "*");
    let sign_in = ["iam:AttachUserPolicy", "iam:CreateLoginProfile"];
    let account = Accounts::default()
        .role("app", json!([allow(&["s3:GetObject"], "*")]), trusts(json!({ "Service": "lambda.amazonaws.com" })))
        .role("other", json!([allow(&["s3:GetObject"], "*")]), trusts(json!({ "Service": "lambda.amazonaws.com" })))
        .role("tooled", json!([]), trusts(json!({ "Service": "lambda.amazonaws.com" })))
        .with_tool()
        .user(
            "rewrites",
            json!([
                allow(&["iam:CreatePolicyVersion"], &arn("policy/tool")),
                allow(&["iam:PassRole"], &arn("role/tooled")),
                launch()
            ]),
        )
        .user(
            "rewrites-nothing",
            json!([
                allow(&["iam:CreatePolicyVersion"], &arn("policy/tool")),
                allow(&["iam:PassRole"], &arn("role/other")),
                launch()
            ]),
        )
        .user("plain", json!([allow(&["s3:GetObject"], "*")]))
        .user("passes", json!([on_app(&["iam:PutRolePolicy", "iam:PassRole"]), launch()]))
        .user(
            "passes-another",
            json!([on_app(&["iam:PutRolePolicy"]), allow(&["iam:PassRole"], &arn("role/other")), launch()]),
        )
        .user("only-passes", json!([on_app(&["iam:PassRole"]), launch()]))
        .user("only-writes", json!([on_app(&["iam:PutRolePolicy"])]))
        .user("signs-in", json!([allow(&sign_in, &arn("user/plain"))]))
        .user("capped", json!([]))
        .bounded(json!([allow(&["s3:*"], "*")]))
        .user("signs-in-capped", json!([allow(&sign_in, &arn("user/capped"))]))
        .user(
            "signs-in-uncapped",
            json!([
                allow(&sign_in, &arn("user/capped")),
                allow(&["iam:DeleteUserPermissionsBoundary"], &arn("user/capped"))
            ]),
        )
        .user(
            "denied",
            json!([
                on_app(&["iam:PutRolePolicy", "iam:PassRole"]),
                launch(),
                deny("iam:PutRolePolicy", &arn("role/app"))
            ]),
        );
    let case = account.inputs().run();
    for (who, verdict) in [
        ("user/passes", "fail"),
        ("user/passes-another", "pass"),
        ("user/only-passes", "pass"),
        ("user/only-writes", "pass"),
        ("user/signs-in", "fail"),
        ("user/rewrites", "fail"),
        ("user/rewrites-nothing", "pass"),
        ("user/signs-in-capped", "pass"),
        ("user/signs-in-uncapped", "fail"),
        ("user/denied", "pass"),
        ("user/plain", "pass"),
    ] {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, verdict, "{who}: {reason}");
    }
    let reason = case.result(PATHS, "user/passes").1;
    assert!(reason.contains("user/passes makes role/app an administrator (iam:PutRolePolicy)"), "{reason}");
    assert!(reason.contains("user/passes becomes role/app"), "{reason}");
}

/// AWS sends the tags of every role: where they are missing, no condition on them is decided.
#[test]
fn a_role_whose_tags_are_missing_leaves_paths_inconclusive() {
    let by_tag = json!({ "StringEquals": { "aws:ResourceTag/tier": "x" } });
    let account = || {
        Accounts::default()
            .role("admin", json!([allow(&["*"], "*")]), trusts(json!({ "AWS": arn("root") })))
            .user("u", json!([under(allow(&["sts:AssumeRole"], "*"), by_tag.clone())]))
    };
    let known = account().inputs().run();
    assert_eq!(known.result(PATHS, "user/u").0, "pass", "the role's tags are known to differ");
    let mut missing = account();
    missing.roles[0].as_object_mut().unwrap().remove("Tags");
    let (verdict, reason) = missing.inputs().run().result(PATHS, "user/u");
    assert_eq!(verdict, "unknown", "{reason}");
    assert!(reason.contains("Tags"), "{reason}");
}

#[test]
fn a_boundary_that_its_holder_can_remove_does_not_protect() {
    let everything = || json!([allow(&["*"], "*")]);
    let account = |boundary: Value| {
        let account =
            Accounts::default().role("admin", everything(), trusts(json!({ "Service": "ec2.amazonaws.com" })));
        account.user("capped", everything()).bounded(boundary).inputs().run()
    };
    let case = account(json!([allow(&["s3:*", "iam:DeleteUserPermissionsBoundary"], "*")]));
    expect(&case, &[("user/capped", "fail", "fail")]);
    assert!(case.result(PATHS, "user/capped").1.contains("iam-022"));
    expect(&account(json!([allow(&["s3:*"], "*")])), &[("user/capped", "pass", "pass")]);
}

/// What a principal gains by a change of itself, or by session tags, counts where it leads to a principal that can
/// become an administrator, however many steps there are.
#[test]
fn a_change_of_oneself_is_followed_to_the_end() {
    let is = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let both = ["sts:AssumeRole", "sts:TagSession"];
    let named = |actions: &[&str], whom: &str| json!({ "Effect": "Allow", "Action": actions, "Principal": { "AWS": arn(whom) } });
    let root = || trusts(json!({ "AWS": arn("root") }));
    let assume = |role: &str| allow(&["sts:AssumeRole"], &arn(&format!("role/{role}")));
    let account = Accounts::default()
        // No administrator, but one that makes itself one.
        .role("grows", json!([allow(&["iam:PutRolePolicy"], &arn("role/grows"))]), root())
        .role("reads", json!([allow(&["s3:GetObject"], "*")]), root())
        .role("teams", json!([assume("grows")]), under(root(), is("aws:PrincipalTag/team", "ops")))
        .role(
            "first",
            json!([under(assume("second"), is("aws:PrincipalTag/step", "1"))]),
            named(&both, "user/chains"),
        )
        .role(
            "second",
            json!([under(allow(&["iam:PutRolePolicy"], &arn("role/second")), is("aws:PrincipalTag/step", "2"))]),
            json!({ "Effect": "Allow", "Action": both, "Principal": { "AWS": [arn("role/first"), arn("role/again")] } }),
        )
        .role("again", json!([allow(&both, &arn("role/second"))]), named(&["sts:AssumeRole"], "user/tags-later"))
        .role(
            "retags",
            json!([under(assume("grows"), is("aws:PrincipalTag/a", "b")), allow(&both, &arn("role/retags"))]),
            json!({ "Effect": "Allow", "Action": both, "Principal": { "AWS": [arn("role/retags"), arn("user/starts")] } }),
        )
        .user("chains", json!([]))
        .user("tags-later", json!([]))
        .user("starts", json!([]))
        .role("trusting", json!([assume("grows")]), named(&["sts:AssumeRole"], "user/undenies"))
        .role("harmless", json!([assume("reads")]), named(&["sts:AssumeRole"], "user/undenies-little"))
        .user("undenies", json!([deny("sts:AssumeRole", "*"), allow(&["iam:DeleteUserPolicy"], "*")]))
        .user("undenies-little", json!([deny("sts:AssumeRole", "*"), allow(&["iam:DeleteUserPolicy"], "*")]))
        .user("tags-itself", json!([allow(&["iam:TagUser"], &arn("user/${aws:username}")), assume("teams")]))
        .user("capped", json!([assume("grows"), allow(&["iam:DeleteUserPermissionsBoundary"], "*")]))
        .bounded(json!([allow(&["iam:*"], "*")]));
    let case = account.inputs().run();
    for (who, verdict) in [
        ("user/chains", "fail"),
        ("user/tags-later", "fail"),
        ("user/starts", "fail"),
        ("user/undenies", "fail"),
        ("user/undenies-little", "pass"),
        ("user/tags-itself", "fail"),
        ("user/capped", "fail"),
        ("role/reads", "pass"),
        ("role/retags", "fail"),
    ] {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, verdict, "{who}: {reason}");
    }
}

/// Another version of a policy is a way to more where that version grants it: for the holder of the policy, and for
/// those who become the holder.
#[test]
fn another_version_of_a_policy_counts_by_what_it_grants() {
    let set = || allow(&["iam:SetDefaultPolicyVersion"], &arn("policy/tool"));
    let launch = || allow(&["lambda:CreateFunction", "lambda:InvokeFunction"], "*");
    let run = |former: Value| {
        let account = Accounts::default()
            .role("plain", json!([allow(&["s3:GetObject"], "*")]), trusts(json!({ "Service": "ec2.amazonaws.com" })))
            .user("launches", json!([set(), allow(&["iam:PassRole"], &arn("role/tooled")), launch()]))
            .user("sets", json!([set()]))
            .role("tooled", json!([set()]), trusts(json!({ "Service": "lambda.amazonaws.com" })))
            .with_tool();
        let inputs = account.inputs().change(DETAILS, |details| {
            let policies = details["Policies"].as_array_mut().unwrap();
            let tool = policies.iter_mut().find(|policy| policy["PolicyName"] == "tool").unwrap();
            let versions = tool["PolicyVersionList"].as_array_mut().unwrap();
            let mut other = versions[0].clone();
            other["VersionId"] = json!("v9");
            other["IsDefaultVersion"] = json!(false);
            other["Document"]["Statement"] = former.clone();
            versions.push(other);
        });
        let case = inputs.run();
        ["role/tooled", "user/launches", "user/sets"].map(|who| case.result(PATHS, who))
    };
    for (former, expected) in [
        (json!([allow(&["*"], "*")]), ["fail", "fail", "pass"]),
        (json!([allow(&["iam:PutRolePolicy"], "*")]), ["fail", "fail", "pass"]),
        (json!([allow(&["s3:PutObject"], "*")]), ["pass", "pass", "pass"]),
    ] {
        let found = run(former.clone());
        let verdicts: Vec<&str> = found.iter().map(|(verdict, _)| verdict.as_ref()).collect();
        assert_eq!(verdicts, expected, "{former}: {found:?}");
    }
}

/// What no request can meet is no step, and a denial that every request meets prevents one.
#[test]
fn what_a_condition_certainly_prevents_is_no_step() {
    let assume = || allow(&["sts:AssumeRole"], "*");
    let own = |name: &str| allow(&["iam:PutUserPolicy"], &arn(&format!("user/{name}")));
    let date = |operator: &str| json!({ operator: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } });
    let everything = || json!([allow(&["*"], "*")]);
    let trust = |condition: Value| under(trusts(json!({ "AWS": arn("root") })), condition);
    let role = |name: &str| allow(&["sts:AssumeRole"], &arn(&format!("role/{name}")));
    let account = Accounts::default()
        .role("ended", everything(), trust(date("DateLessThan")))
        .role("begun", everything(), trust(date("DateGreaterThan")))
        .role("identity", everything(), trust(json!({ "StringLike": { "sts:SourceIdentity": "*" } })))
        .role("tag", everything(), trust(json!({ "StringEquals": { "aws:RequestTag/team": "ops" } })))
        .user("ended", json!([role("ended")]))
        .user("begun", json!([role("begun")]))
        .user("identity", json!([role("identity")]))
        .user("tag", json!([role("tag")]))
        .user("denied-by-date", json!([own("denied-by-date"), under(deny("*", "*"), date("DateGreaterThan"))]))
        .user("not-denied", json!([own("not-denied"), under(deny("*", "*"), date("DateLessThan"))]))
        .user(
            "untagged",
            json!([
                own("untagged"),
                under(deny("*", "*"), json!({ "ForAllValues:StringEquals": { "aws:TagKeys": "x" } }))
            ]),
        )
        .user("variable", json!([allow(&["iam:PutUserPolicy"], &arn("user/${aws:PrincipalTag/me}"))]))
        .user("all", json!([assume()]));
    let case = account.inputs().run();
    expect(
        &case,
        &[
            ("user/ended", "pass", "pass"),
            ("user/begun", "pass", "fail"),
            ("user/identity", "pass", "pass"),
            ("user/tag", "pass", "pass"),
            ("user/denied-by-date", "pass", "pass"),
            ("user/not-denied", "fail", "fail"),
            ("user/untagged", "pass", "pass"),
            ("user/variable", "pass", "pass"),
            ("user/all", "pass", "fail"),
        ],
    );
    let reason = case.result(PATHS, "user/all").1;
    assert!(reason.contains("role/begun"), "{reason}");
}

/// A user that joins a group has its policies, and may write them; groups are made, too.
#[test]
fn joining_a_group_counts_by_what_the_group_leads_to() {
    let group = |name: &str, statements: Value| {
        json!({ "Path": "/", "GroupName": name, "GroupId": format!("AGPA{}", name.to_uppercase().replace('-', "")),
            "Arn": arn(&format!("group/{name}")), "CreateDate": "2026-01-02T03:04:05+00:00",
            "GroupPolicyList": inline(statements), "AttachedManagedPolicies": [] })
    };
    let on_group = |actions: &[&str], name: &str| allow(actions, &arn(&format!("group/{name}")));
    let account = Accounts::default()
        .role("admin", json!([allow(&["*"], "*")]), trusts(json!({ "AWS": arn("root") })))
        .user("joins-iam", json!([on_group(&["iam:AddUserToGroup"], "iamadmins")]))
        .user("joins-escalator", json!([on_group(&["iam:AddUserToGroup"], "escalator")]))
        .user("joins-sts", json!([on_group(&["iam:AddUserToGroup"], "assumers")]))
        .user("joins-readers", json!([on_group(&["iam:AddUserToGroup"], "readers")]))
        .user("joins-and-puts", json!([on_group(&["iam:AddUserToGroup", "iam:PutGroupPolicy"], "readers")]))
        .user("makes", json!([on_group(&["iam:CreateGroup", "iam:AddUserToGroup", "iam:PutGroupPolicy"], "x-*")]))
        .user(
            "makes-another",
            json!([
                on_group(&["iam:CreateGroup", "iam:PutGroupPolicy"], "y-*"),
                on_group(&["iam:AddUserToGroup"], "x-*")
            ]),
        );
    let case = account
        .inputs()
        .change(DETAILS, |details| {
            details["GroupDetailList"] = json!([
                group("iamadmins", json!([allow(&["iam:*"], "*")])),
                group("escalator", json!([allow(&["iam:PutUserPolicy"], "*")])),
                group("assumers", json!([allow(&["sts:AssumeRole"], "*")])),
                group("readers", json!([allow(&["s3:GetObject"], "*")]))
            ]);
        })
        .run();
    expect(
        &case,
        &[
            ("user/joins-iam", "fail", "fail"),
            ("user/joins-escalator", "fail", "fail"),
            ("user/joins-sts", "fail", "fail"),
            ("user/joins-readers", "pass", "pass"),
            ("user/joins-and-puts", "fail", "fail"),
            ("user/makes", "fail", "fail"),
            ("user/makes-another", "pass", "pass"),
        ],
    );
}

/// The default version of a boundary policy is the boundary in force: who writes it is not bounded. Taking the boundary
/// off a role that may be assumed, or writing its policy, frees the role.
#[test]
fn a_boundary_that_can_be_rewritten_does_not_protect() {
    let everything = || json!([allow(&["*"], "*")]);
    let capped = |boundary: Value| {
        let account =
            Accounts::default().role("admin", everything(), trusts(json!({ "Service": "ec2.amazonaws.com" })));
        account.user("capped", everything()).bounded(boundary).inputs().run()
    };
    let case = capped(json!([allow(&["s3:*"], "*"), allow(&["iam:CreatePolicyVersion"], &arn("policy/cap"))]));
    expect(&case, &[("user/capped", "fail", "fail")]);
    assert!(case.result(PATHS, "user/capped").1.contains("local-030"));
    let other = capped(json!([allow(&["s3:*"], "*"), allow(&["iam:CreatePolicyVersion"], &arn("policy/other"))]));
    expect(&other, &[("user/capped", "pass", "pass")]);
    let assume = || allow(&["sts:AssumeRole"], &arn("role/w"));
    let mut account = Accounts::default()
        .role("w", everything(), trusts(json!({ "AWS": arn("root") })))
        .user("bounded", json!([]))
        .bounded(json!([allow(&["s3:*"], "*")]))
        .user("frees", json!([assume(), allow(&["iam:DeleteRolePermissionsBoundary"], &arn("role/w"))]))
        .user("rewrites", json!([assume(), allow(&["iam:CreatePolicyVersion"], &arn("policy/cap"))]))
        .user("assumes", json!([assume()]));
    account.roles[0]["PermissionsBoundary"] =
        json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/cap") });
    let case = account
        .inputs()
        .change(DETAILS, |details| {
            let policies = details["Policies"].as_array_mut().unwrap();
            let cap = policies.iter_mut().find(|policy| policy["PolicyName"] == "cap").unwrap();
            cap["PermissionsBoundaryUsageCount"] = json!(2);
        })
        .run();
    for (who, verdict) in [("user/frees", "fail"), ("user/rewrites", "fail"), ("user/assumes", "pass")] {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, verdict, "{who}: {reason}");
    }
    assert_eq!(case.result(D6, "user/frees").0, "fail");
}

/// A condition on the attached policy is no limit where an admitted policy leads to an administrator, or where the
/// principal makes a policy of an admitted name.
#[test]
fn attaching_an_admitted_policy_counts_by_what_it_leads_to() {
    let attach = |value: &str| {
        under(
            allow(&["iam:AttachUserPolicy"], &arn("user/${aws:username}")),
            json!({ "ArnLike": { "iam:PolicyARN": value } }),
        )
    };
    let tool = arn("policy/tool");
    let run = |granted: Value| {
        let account = Accounts::default()
            .role("admin", json!([allow(&["*"], "*")]), trusts(json!({ "AWS": arn("root") })))
            .role("tooled", json!([]), trusts(json!({ "Service": "ec2.amazonaws.com" })))
            .with_tool()
            .user("attaches", json!([attach(&tool)]))
            .user("versions", json!([attach(&tool), allow(&["iam:CreatePolicyVersion"], &tool)]))
            .user("makes", json!([attach(&arn("policy/x-*")), allow(&["iam:CreatePolicy"], &arn("policy/x-*"))]));
        let inputs = account.inputs().change(DETAILS, |details| {
            let policies = details["Policies"].as_array_mut().unwrap();
            let tool = policies.iter_mut().find(|policy| policy["PolicyName"] == "tool").unwrap();
            tool["PolicyVersionList"][0]["Document"]["Statement"] = granted.clone();
        });
        inputs.run()
    };
    expect(
        &run(json!([allow(&["sts:AssumeRole"], "*")])),
        &[("user/attaches", "fail", "fail"), ("user/versions", "fail", "fail"), ("user/makes", "fail", "fail")],
    );
    expect(
        &run(json!([allow(&["s3:GetObject"], "*")])),
        &[("user/attaches", "pass", "pass"), ("user/versions", "fail", "fail"), ("user/makes", "fail", "fail")],
    );
}

/// Two calls on the same user, a denial that another tag escapes, and names that are not there yet.
#[test]
fn small_ways_round_a_limit_are_followed() {
    let is = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let group = json!({ "Path": "/", "GroupName": "admins", "GroupId": "AGPAADMINS", "Arn": arn("group/admins"),
        "CreateDate": "2026-01-02T03:04:05+00:00", "GroupPolicyList": inline(json!([allow(&["*"], "*")])),
        "AttachedManagedPolicies": [] });
    let on_groups = |actions: &[&str]| allow(actions, &arn("group/*-dev"));
    let both = ["sts:AssumeRole", "sts:TagSession"];
    let exactly = json!({ "ArnEquals": { "iam:PolicyARN": arn("policy/dev") } });
    let mut account = Accounts::default()
        .role(
            "joins",
            json!([
                allow(&["iam:AddUserToGroup"], &arn("group/admins")),
                allow(&["iam:CreateAccessKey"], &arn("user/plain"))
            ]),
            trusts(json!({ "Service": "ec2.amazonaws.com" })),
        )
        .role(
            "joins-only",
            json!([allow(&["iam:AddUserToGroup"], &arn("group/admins"))]),
            trusts(json!({ "Service": "ec2.amazonaws.com" })),
        )
        .role(
            "by-team",
            json!([under(allow(&["iam:*"], "*"), is("aws:PrincipalTag/team", "ops"))]),
            json!({ "Effect": "Allow", "Action": both, "Principal": { "AWS": arn("user/tags") } }),
        )
        .user("plain", json!([]))
        .user("tags", json!([]))
        .user("makes", json!([on_groups(&["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"])]))
        .user(
            "names",
            json!([
                under(allow(&["iam:AttachUserPolicy"], &arn("user/names")), exactly),
                allow(&["iam:CreatePolicy"], &arn("policy/dev"))
            ]),
        );
    let denial = json!({ "Effect": "Deny", "Action": "sts:TagSession", "Principal": { "AWS": "*" },
        "Condition": { "Null": { "aws:RequestTag/project": "true" } } });
    let by_team = account.roles.last_mut().unwrap();
    by_team["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().push(denial);
    let case = account.inputs().change(DETAILS, |details| details["GroupDetailList"] = json!([group])).run();
    for (who, verdict) in [
        ("role/joins", "fail"),
        ("role/joins-only", "pass"),
        ("user/tags", "fail"),
        ("user/makes", "fail"),
        ("user/names", "fail"),
        ("user/plain", "pass"),
    ] {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, verdict, "{who}: {reason}");
    }
}

/// Denials of another principal protect nothing from whoever may take them off and become it.
#[test]
fn denials_that_somebody_else_takes_off_do_not_protect() {
    let everything_but = |also: Value| json!([allow(&["*"], "*"), also]);
    let on = |action: &str, target: &str| allow(&[action], &arn(target));
    let becomes = |who: &str| allow(&["iam:CreateAccessKey"], &arn(&format!("user/{who}")));
    let mut account = Accounts::default()
        .role("admin", json!([allow(&["*"], "*")]), trusts(json!({ "AWS": arn("user/leads") })))
        .user("apart", json!([allow(&["*"], "*")]))
        .user("whole", everything_but(deny("*", "*")))
        .user("leads", json!([deny("*", "*")]))
        .user("detaches", json!([becomes("apart"), on("iam:DetachUserPolicy", "user/apart")]))
        .user("deletes", json!([becomes("apart"), on("iam:DeleteUserPolicy", "user/apart")]))
        .user("both", json!([becomes("whole"), on("iam:DeleteUserPolicy", "user/whole")]))
        .user("leaves", json!([becomes("leads"), on("iam:DeleteUserPolicy", "user/leads")]))
        .user("elsewhere", json!([becomes("apart"), on("iam:DetachUserPolicy", "user/whole")]));
    let denying = json!({ "PolicyName": "denies", "PolicyArn": arn("policy/denies") });
    account.users[0]["AttachedManagedPolicies"] = json!([denying]);
    let case = account
        .inputs()
        .change(DETAILS, |details| {
            let policies = details["Policies"].as_array_mut().unwrap();
            let mut denies = policies[0].clone();
            denies["PolicyName"] = json!("denies");
            denies["PolicyId"] = json!("ANPADENIES");
            denies["Arn"] = json!(arn("policy/denies"));
            denies["AttachmentCount"] = json!(1);
            denies["PolicyVersionList"][0]["Document"]["Statement"] = json!([deny("*", "*")]);
            policies.push(denies);
        })
        .run();
    for (who, verdict) in [
        ("user/apart", "pass"),
        ("user/detaches", "fail"),
        ("user/deletes", "pass"),
        // The inline policy that denies is the one that allows.
        ("user/both", "pass"),
        ("user/leaves", "fail"),
        ("user/elsewhere", "pass"),
    ] {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, verdict, "{who}: {reason}");
    }
    let (_, reason) = case.result(PATHS, "user/detaches");
    assert!(reason.contains("lets user/apart administer the account (iam:DetachUserPolicy)"), "{reason}");
}

/// An AWS managed policy that nobody holds is not in the evidence; what is known of it says whether it matters.
#[test]
fn attaching_a_policy_of_aws_that_is_not_in_the_evidence() {
    let attach = |policy: &str| {
        under(
            allow(&["iam:AttachUserPolicy"], &arn("user/${aws:username}")),
            json!({ "ArnEquals": { "iam:PolicyARN": format!("arn:aws:iam::aws:policy/{policy}") } }),
        )
    };
    let case = Accounts::default()
        .user("reads", json!([attach("ReadOnlyAccess")]))
        .user("passes", json!([attach("AWSLambda_FullAccess")]))
        .user("new", json!([attach("PolicyOfTomorrow")]))
        .user("administers", json!([attach("IAMFullAccess")]))
        .inputs()
        .run();
    for (who, verdict) in
        [("user/reads", "pass"), ("user/passes", "unknown"), ("user/new", "unknown"), ("user/administers", "fail")]
    {
        let (found, reason) = case.result(PATHS, who);
        assert_eq!(found, verdict, "{who}: {reason}");
    }
    assert!(case.result(PATHS, "user/passes").1.contains("AWS managed policy AWSLambda_FullAccess"));
}
