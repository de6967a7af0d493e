//! Random accounts as the AWS CLI would print them: users, groups and roles with attached and inline policies,
//! older versions, boundaries, trust policies of every kind, denials and conditions.

use base64::Engine as _;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

pub const ACCOUNT: &str = "111122223333";
const CREATED: &str = "2024-01-02T03:04:05+00:00";
const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A sequence of numbers that looks random and is the same for the same seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

pub fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

const USERS: [&str; 9] = ["ann", "ben", "cho", "dev/dan", "dev/eve", "ops/fay", "gil", "hal", "ira"];
const GROUPS: [&str; 4] = ["admins", "developers", "operators", "readers"];
const ROLES: [&str; 12] = [
    "app",
    "batch",
    "deploy",
    "ops/break-glass",
    "team/build",
    "team/test",
    "lambda-runner",
    "vendor",
    "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admins_0123456789abcdef",
    "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Readers_0123456789abcdef",
    "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    "aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
];
const POLICIES: [&str; 7] = ["p0", "p1", "p2", "p3", "team/p4", "edge", "cap"];

const ACTIONS: &[&[&str]] = &[
    &["*"],
    &["*"],
    &["iam:*"],
    &["s3:*"],
    &["s3:GetObject", "s3:ListBucket"],
    &["ec2:Describe*", "logs:Get*"],
    &["iam:PutUserPolicy"],
    &["iam:AttachUserPolicy", "iam:AttachGroupPolicy"],
    &["iam:PutRolePolicy", "sts:AssumeRole"],
    &["iam:AttachRolePolicy", "sts:AssumeRole"],
    &["iam:CreateAccessKey"],
    &["iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
    &["iam:AddUserToGroup"],
    &["iam:CreatePolicyVersion"],
    &["iam:SetDefaultPolicyVersion"],
    &["iam:UpdateAssumeRolePolicy"],
    &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
    &["iam:PassRole", "ec2:RunInstances"],
    &["iam:CreateRole", "iam:AttachRolePolicy"],
    &["iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy"],
    &["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"],
    &["lambda:UpdateFunctionCode", "ssm:SendCommand"],
    &["sts:AssumeRole"],
    &["sts:AssumeRole"],
    &["sts:*", "organizations:Describe*"],
    &["new-service:*"],
];
const LEFT_OUT: &[&[&str]] = &[&["iam:*"], &["s3:*"], &["iam:*", "organizations:*", "account:*"], &["sts:AssumeRole"]];
const RESOURCES: &[&str] = &[
    "*",
    "*",
    "*",
    "arn:aws:iam::111122223333:user/*",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:user/dev/*",
    "arn:aws:iam::111122223333:user/${aws:username}",
    "arn:aws:iam::111122223333:group/*",
    "arn:aws:iam::111122223333:group/admins",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:role/team/*",
    "arn:aws:iam::111122223333:role/ops/break-glass",
    "arn:aws:iam::111122223333:policy/p1",
    "arn:aws:iam::111122223333:policy/*",
    "arn:aws:iam::999988887777:role/*",
    "arn:aws:s3:::logs/*",
    "arn:aws:lambda:*:*:*",
];

/// Conditions of identity policies and of trust policies.
pub fn condition(dice: &mut Dice) -> Value {
    let all = [
        json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "true" } }),
        json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }),
        json!({ "Bool": { "aws:MultiFactorAuthPresent": "false" } }),
        json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
        json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other00000" } }),
        json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": ACCOUNT } }),
        json!({ "ArnLike": { "aws:PrincipalArn": arn("role/team/*") } }),
        json!({ "ArnNotLike": { "aws:PrincipalArn": [arn("role/ops/*"), arn("user/ann")] } }),
        json!({ "StringEquals": { "aws:PrincipalArn": arn("user/ben") } }),
        json!({ "StringEquals": { "aws:username": "cho" } }),
        json!({ "StringLike": { "aws:userid": "*" } }),
        json!({ "StringEquals": { "aws:PrincipalTag/team": "blue" } }),
        json!({ "StringNotEquals": { "aws:PrincipalTag/team": "blue" } }),
        json!({ "StringEquals": { "aws:ResourceTag/team": "blue" } }),
        json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }),
        json!({ "StringNotEquals": { "aws:RequestedRegion": ["us-east-1", "eu-west-1"] } }),
        json!({ "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } }),
        json!({ "ArnEquals": { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess" } }),
        json!({ "ArnLike": { "iam:PolicyARN": arn("policy/*") } }),
        json!({ "StringEquals": { "iam:PermissionsBoundary": arn("policy/cap") } }),
        json!({ "Null": { "aws:MultiFactorAuthAge": "true" } }),
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "StringEquals": { "sts:ExternalId": "s3cret" } }),
        json!({ "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
        json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" },
            "StringEquals": { "aws:PrincipalType": "User" } }),
    ];
    all[dice.below(all.len())].clone()
}

pub fn statement(dice: &mut Dice, effect: &str) -> Value {
    let mut made = json!({ "Effect": effect });
    if dice.one_in(8) {
        made["NotAction"] = json!(dice.pick(LEFT_OUT));
    } else {
        made["Action"] = json!(dice.pick(ACTIONS));
    }
    let key = if dice.one_in(10) { "NotResource" } else { "Resource" };
    made[key] = json!(dice.pick(RESOURCES));
    if dice.one_in(3) {
        made["Condition"] = condition(dice);
    }
    made
}

fn document(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn policy_document(dice: &mut Dice) -> Value {
    let count = 1 + dice.below(3);
    let statements = (0..count).map(|_| {
        let effect = if dice.one_in(4) { "Deny" } else { "Allow" };
        statement(dice, effect)
    });
    document(statements.collect())
}

fn trusted(dice: &mut Dice) -> Value {
    let own = |resource: &str| json!({ "AWS": arn(resource) });
    let all = [
        own("root"),
        own("root"),
        json!({ "AWS": ACCOUNT }),
        own("user/ben"),
        own("user/dev/dan"),
        own("role/app"),
        own("role/team/build"),
        json!({ "AWS": "*" }),
        json!({ "AWS": "arn:aws:iam::999988887777:root" }),
        json!({ "AWS": "AIDAEXAMPLEGONE000001" }),
        json!({ "Service": "lambda.amazonaws.com" }),
        json!({ "Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] }),
        json!({ "Federated": arn("saml-provider/idp") }),
        json!({ "Federated": arn("oidc-provider/token.actions.githubusercontent.com") }),
    ];
    all[dice.below(all.len())].clone()
}

pub fn trust_statement(dice: &mut Dice, effect: &str) -> Value {
    let principal = trusted(dice);
    let action = match principal.get("Federated").and_then(Value::as_str) {
        Some(provider) if provider.contains("saml") => "sts:AssumeRoleWithSAML",
        Some(_) => "sts:AssumeRoleWithWebIdentity",
        None => "sts:AssumeRole",
    };
    let mut made = json!({ "Effect": effect, "Principal": principal, "Action": action });
    if dice.one_in(3) {
        made["Condition"] = condition(dice);
    }
    made
}

fn trust_document(dice: &mut Dice) -> Value {
    let mut statements = vec![trust_statement(dice, "Allow")];
    if dice.one_in(3) {
        statements.push(trust_statement(dice, "Allow"));
    }
    if dice.one_in(6) {
        statements.push(trust_statement(dice, "Deny"));
    }
    document(statements)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn path_of(name: &str) -> String {
    name.rsplit_once('/').map_or_else(|| "/".to_owned(), |(path, _)| format!("/{path}/"))
}

fn attached(policy_arn: &str) -> Value {
    json!({ "PolicyName": name_of(policy_arn), "PolicyArn": policy_arn })
}

/// Attached policies, and inline policies under the member's name.
fn hold(dice: &mut Dice, to: &mut Value, inline: &str) {
    let mut arns: Vec<String> =
        POLICIES.iter().filter(|_| dice.one_in(7)).map(|name| arn(&format!("policy/{name}"))).collect();
    if dice.one_in(14) {
        arns.push(ADMINISTRATOR_ACCESS.to_owned());
    }
    to["AttachedManagedPolicies"] = arns.iter().map(|arn| attached(arn)).collect();
    let count = dice.below(2);
    to[inline] = (0..count)
        .map(|number| json!({ "PolicyName": format!("own-{number}"), "PolicyDocument": policy_document(dice) }))
        .collect();
}

fn bound(dice: &mut Dice, to: &mut Value) {
    if dice.one_in(6) {
        let policy = dice.pick(&["cap", "p1", "p3"]);
        to["PermissionsBoundary"] = boundary(&arn(&format!("policy/{policy}")));
    }
}

pub fn boundary(policy: &str) -> Value {
    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy })
}

fn tags(dice: &mut Dice) -> Value {
    if dice.one_in(3) { json!([{ "Key": "team", "Value": dice.pick(&["blue", "red"]) }]) } else { json!([]) }
}

/// The authorization details of an account.
pub fn details(dice: &mut Dice) -> Value {
    let users = USERS.iter().map(|name| {
        let groups: Vec<&str> = GROUPS.iter().copied().filter(|_| dice.one_in(5)).collect();
        let mut user = json!({ "Path": path_of(name), "UserName": name_of(name), "UserId": format!("AIDA{}", name_of(name)),
            "Arn": arn(&format!("user/{name}")), "CreateDate": CREATED, "GroupList": groups, "Tags": tags(dice) });
        hold(dice, &mut user, "UserPolicyList");
        bound(dice, &mut user);
        user
    });
    let users: Vec<Value> = users.collect();
    let groups = GROUPS.iter().map(|name| {
        let mut group = json!({ "Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"),
            "Arn": arn(&format!("group/{name}")), "CreateDate": CREATED });
        hold(dice, &mut group, "GroupPolicyList");
        group
    });
    let groups: Vec<Value> = groups.collect();
    let roles = ROLES.iter().map(|name| {
        let mut role = json!({ "Path": path_of(name), "RoleName": name_of(name), "RoleId": format!("AROA{}", name_of(name)),
            "Arn": arn(&format!("role/{name}")), "CreateDate": CREATED, "InstanceProfileList": [], "Tags": tags(dice),
            "RoleLastUsed": {} });
        hold(dice, &mut role, "RolePolicyList");
        let service = name.strip_prefix("aws-service-role/").and_then(|rest| rest.split('/').next());
        role["AssumeRolePolicyDocument"] = match service {
            Some(service) => document(vec![
                json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }),
            ]),
            None => trust_document(dice),
        };
        if service.is_none() {
            bound(dice, &mut role);
        }
        role
    });
    let roles: Vec<Value> = roles.collect();
    let policies: Vec<Value> = POLICIES.iter().map(|name| policy(dice, name)).collect();
    let mut details = json!({ "UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles });
    details["Policies"] = Value::Array(policies);
    details["Policies"].as_array_mut().unwrap().push(managed(
        ADMINISTRATOR_ACCESS,
        &[document(vec![json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })])],
    ));
    recount(&mut details);
    details
}

fn policy(dice: &mut Dice, name: &str) -> Value {
    let versions = 1 + dice.below(2);
    let documents: Vec<Value> = (0..versions).map(|_| policy_document(dice)).collect();
    managed(&arn(&format!("policy/{name}")), &documents)
}

/// A managed policy whose last version is the default.
fn managed(arn: &str, documents: &[Value]) -> Value {
    let versions = documents.iter().enumerate().map(|(at, document)| {
        json!({ "Document": document, "VersionId": format!("v{}", at + 1), "IsDefaultVersion": at + 1 == documents.len(),
            "CreateDate": CREATED })
    });
    let versions: Vec<Value> = versions.collect();
    let path = arn.split_once(":policy/").map_or_else(|| "/".to_owned(), |(_, name)| path_of(name));
    json!({ "PolicyName": name_of(arn), "PolicyId": format!("ANPA{}", name_of(arn)), "Arn": arn, "Path": path,
        "DefaultVersionId": format!("v{}", documents.len()), "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": true, "CreateDate": CREATED, "UpdateDate": CREATED, "PolicyVersionList": versions })
}

/// The kinds of principals: their list in the details, their inline policies.
pub const LISTS: [(&str, &str); 3] = [
    ("UserDetailList", "UserPolicyList"),
    ("GroupDetailList", "GroupPolicyList"),
    ("RoleDetailList", "RolePolicyList"),
];

fn holders(details: &Value) -> impl Iterator<Item = &Value> {
    LISTS.iter().flat_map(|(list, _)| details[*list].as_array().unwrap())
}

/// Sets the counts that AWS keeps with each policy. A policy of AWS's that nobody holds is not listed.
pub fn recount(details: &mut Value) {
    let count = |arn: &str, details: &Value| {
        let attachments = holders(details).flat_map(|holder| holder["AttachedManagedPolicies"].as_array().unwrap());
        let bounded = holders(details).filter(|holder| holder["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn);
        (attachments.filter(|one| one["PolicyArn"] == arn).count(), bounded.count())
    };
    let before = details.clone();
    let policies = details["Policies"].as_array_mut().unwrap();
    for policy in policies.iter_mut() {
        let (attachments, bounded) = count(policy["Arn"].as_str().unwrap(), &before);
        policy["AttachmentCount"] = attachments.into();
        policy["PermissionsBoundaryUsageCount"] = bounded.into();
    }
    policies.retain(|policy| policy["Arn"] != ADMINISTRATOR_ACCESS || policy["AttachmentCount"] != 0);
}

/// Writes the account as a folder of AWS CLI output. Every second user has an MFA device.
pub fn write(folder: &Path, details: &Value) {
    let some = |list: &str, members: &[&str]| -> Value {
        let pick = |one: &Value| members.iter().map(|name| ((*name).to_owned(), one[*name].clone())).collect();
        details[list].as_array().unwrap().iter().map(pick).map(Value::Object).collect()
    };
    let mut roles =
        some("RoleDetailList", &["Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"]);
    for role in roles.as_array_mut().unwrap() {
        role["MaxSessionDuration"] = 3600.into();
    }
    let count = |list: &str| details[list].as_array().unwrap().len();
    let own = details["Policies"].as_array().unwrap().iter().filter(|one| one["Arn"] != ADMINISTRATOR_ACCESS);
    let summary = json!({ "SummaryMap": { "Users": count("UserDetailList"), "Groups": count("GroupDetailList"),
        "Roles": count("RoleDetailList"), "Policies": own.count(), "MFADevices": 5, "MFADevicesInUse": 5,
        "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1, "Providers": 2,
        "ServerCertificates": 0, "InstanceProfiles": 0, "AccountSigningCertificatesPresent": 0 } });
    let users = some("UserDetailList", &["Path", "UserName", "UserId", "Arn", "CreateDate"]);
    let report = base64::engine::general_purpose::STANDARD.encode(report(details));
    let answers = [
        ("iam/get-account-authorization-details", details.clone()),
        ("iam/list-users", json!({ "Users": users })),
        ("iam/list-roles", json!({ "Roles": roles })),
        ("iam/list-saml-providers", json!({ "SAMLProviderList": [{ "Arn": arn("saml-provider/idp") }] })),
        (
            "iam/list-open-id-connect-providers",
            json!({ "OpenIDConnectProviderList": [{ "Arn": arn("oidc-provider/token.actions.githubusercontent.com") }] }),
        ),
        ("iam/get-account-summary", summary),
        ("iam/generate-credential-report", json!({ "State": "COMPLETE" })),
        (
            "iam/get-credential-report",
            json!({ "Content": report, "ReportFormat": "text/csv", "GeneratedTime": "2026-09-30T05:00:00+00:00" }),
        ),
        (
            "organizations/describe-organization",
            json!({ "Organization": { "Id": "o-a1b2c3d4e5", "FeatureSet": "ALL", "MasterAccountId": "999988887777",
                "Arn": "arn:aws:organizations::999988887777:organization/o-a1b2c3d4e5",
                "MasterAccountArn": "arn:aws:organizations::999988887777:account/o-a1b2c3d4e5/999988887777",
                "MasterAccountEmail": "x@example.com" } }),
        ),
        (
            "sts/get-caller-identity",
            json!({ "UserId": "AROAAUDIT:auditor", "Account": ACCOUNT,
                "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/Audit/auditor") }),
        ),
    ];
    for (name, body) in answers {
        let path = folder.join(format!("{name}.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body.to_string()).unwrap();
    }
    fs::write(folder.join("collected-at.txt"), "2026-09-30T06:00:00Z\n").unwrap();
}

fn report(details: &Value) -> String {
    let mut csv = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"
        .to_owned();
    let keys = "FALSE,N/A,N/A,N/A,N/A,FALSE,N/A,N/A,N/A,N/A,FALSE,N/A,FALSE,N/A";
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    csv.push_str(&format!(
        "<root_account>,{root},{CREATED},not_supported,no_information,not_supported,not_supported,TRUE,{keys}\n"
    ));
    for (number, user) in details["UserDetailList"].as_array().unwrap().iter().enumerate() {
        let (name, arn) = (user["UserName"].as_str().unwrap(), user["Arn"].as_str().unwrap());
        let mfa = if number % 2 == 0 { "TRUE" } else { "FALSE" };
        csv.push_str(&format!("{name},{arn},{CREATED},TRUE,no_information,{CREATED},N/A,{mfa},{keys}\n"));
    }
    csv
}
