//! An organization as they grow: nested units, policies on every level, Identity Center with many groups.

use super::{management, number};
use crate::Account;
use crate::encode::file_name;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const REGION: &str = "eu-west-1";
const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";
const STORE: &str = "d-1234567890";
const ROOT: &str = "r-ex01";
const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";
/// A suspended account with a name that wants to be markup.
pub const OTHER: &str = "799999999999";
/// A unit, a policy, a permission set, a group and a user have such names.
pub const HOSTILE: &str = "=cmd|' /C calc'!A0 <script>alert(1)</script> #panic(\"x\") \u{202e}\u{4e2d}";

/// The management account of an organization with so many members in units, below policies.
pub fn landscape(members: usize) -> Account {
    let mut book = Book { account: management(members, &[(OTHER, "SUSPENDED")]), own: String::new() };
    book.own = book.account.caller().split(':').nth(4).unwrap_or_default().to_owned();
    let units = units(members);
    book.tree(&units, members);
    book.policies(&units, members);
    book.center(members);
    book.account
}

/// A unit: id, name, place of the unit around it.
struct Unit {
    id: String,
    name: String,
    parent: Option<usize>,
}

/// Security, infrastructure, sandboxes, and a team of two stages for about each ten members.
fn units(members: usize) -> Vec<Unit> {
    let unit = |id: &str, name: &str, parent: Option<usize>| Unit {
        id: format!("ou-ex01-{id}"),
        name: name.to_owned(),
        parent,
    };
    let mut units = vec![
        Unit { id: ROOT.to_owned(), name: "Root".to_owned(), parent: None },
        unit("secure01", "Security", Some(0)),
        unit("infra001", "Infrastructure", Some(0)),
        unit("workload", "Workloads", Some(0)),
        unit("sandbox1", "Sandboxes, each of one engineer who tries things out and forgets to clean up", Some(0)),
        unit("hostile1", HOSTILE, Some(0)),
    ];
    for team in 0..(members / 10).clamp(1, 60) {
        let place = units.len();
        units.push(unit(&format!("team{team:04}"), &format!("team-{team:02}"), Some(3)));
        units.push(unit(&format!("prod{team:04}"), "Production", Some(place)));
        units.push(unit(&format!("test{team:04}"), "Test", Some(place)));
    }
    units
}

/// The unit of a member.
fn home(member: usize, units: &[Unit]) -> usize {
    match member {
        0 => 1,
        1 => 2,
        2 => 4,
        3 => 5,
        _ => {
            let teams = (units.len() - 6) / 3;
            6 + (member % teams) * 3 + 1 + (member / teams) % 2
        }
    }
}

/// Type, id, name, whether it is AWS's own, document and targets of a policy.
type Listed<'a> = (&'a str, &'a str, &'a str, bool, &'a str, Vec<String>);

struct Book {
    account: Account,
    own: String,
}

impl Book {
    fn put(&mut self, stem: &str, about: &[&str], answer: Value) {
        let place = place_of(stem, about);
        self.account.failures.remove(&place);
        self.account.answer_at(&place, answer);
    }

    fn arn(&self, rest: &str) -> String {
        format!("arn:aws:organizations::{}:{rest}", self.own)
    }

    fn tree(&mut self, units: &[Unit], members: usize) {
        let on = |kind: &str| json!({ "Type": kind, "Status": "ENABLED" });
        let root = json!({ "Id": ROOT, "Arn": self.arn("root/o-exampleorgid/r-ex01"), "Name": "Root", "PolicyTypes": [on(SCP), on(RCP)] });
        self.put("organizations/list-roots", &[], json!({ "Roots": [root] }));
        let listed = self.account.answers["organizations/list-accounts"]["Accounts"].clone();
        let listed: BTreeMap<String, Value> = listed
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| (one["Id"].as_str().unwrap_or_default().to_owned(), one.clone()))
            .collect();
        for (place, unit) in units.iter().enumerate() {
            let children = units.iter().filter(|child| child.parent == Some(place));
            let children = children.map(|child| {
                json!({ "Id": child.id, "Arn": self.arn(&format!("ou/o-exampleorgid/{}", child.id)), "Name": child.name })
            });
            let children: Vec<Value> = children.collect();
            let own = [self.own.clone(), OTHER.to_owned()];
            let held = (0..members).filter(|member| home(*member, units) == place).map(number);
            let held = held.chain(own.into_iter().filter(|_| place == 0)).filter_map(|id| listed.get(&id).cloned());
            let held: Vec<Value> = held.collect();
            self.put(
                "organizations/list-organizational-units-for-parent",
                &[&unit.id],
                json!({ "OrganizationalUnits": children }),
            );
            self.put("organizations/list-accounts-for-parent", &[&unit.id], json!({ "Accounts": held }));
        }
    }

    fn policies(&mut self, units: &[Unit], members: usize) {
        let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let every =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
        let leave = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Stay","Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"},{"Sid":"NoRootUser","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}}]}"#;
        let regions = r#"{"Version":"2012-10-17","Statement":{"Sid":"Regions","Effect":"Deny","NotAction":["iam:*","organizations:*","route53:*","support:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/platform-admin"}}}}"#;
        let sandbox = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:*","s3:*","lambda:*","logs:*"],"Resource":"*"}]}"#;
        let logging = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail","config:Delete*","config:Stop*"],"Resource":"*"}]}"#;
        let perimeter = r#"{"Version":"2012-10-17","Statement":[{"Sid":"OwnOnly","Effect":"Deny","Principal":"*","Action":["s3:*","sts:AssumeRole","kms:*"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorgid"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}]}"#;
        let everywhere = |except: Option<&str>| -> Vec<String> {
            let units = units.iter().map(|unit| unit.id.clone()).filter(|id| Some(id.as_str()) != except);
            let members = (0..members).map(number);
            units.chain(members).chain([self.own.clone(), OTHER.to_owned()]).collect()
        };
        let (full, rcp_full) = (everywhere(Some("ou-ex01-sandbox1")), everywhere(None));
        let at = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let listed: Vec<Listed<'_>> = vec![
            (SCP, "p-FullAWSAccess", "FullAWSAccess", true, all, full),
            (SCP, "p-ex00leave", "deny-leaving-and-root-user", false, leave, at(&[ROOT])),
            (
                SCP,
                "p-ex0region",
                "only-european-regions",
                false,
                regions,
                at(&["ou-ex01-workload", "ou-ex01-secure01"]),
            ),
            (SCP, "p-ex0sandbx", "sandbox-services", false, sandbox, at(&["ou-ex01-sandbox1"])),
            (SCP, "p-ex0loggng", "protect-logging", false, logging, at(&["ou-ex01-infra001"])),
            (SCP, "p-ex0hostil", HOSTILE, false, logging, vec![number(3)]),
            (SCP, "p-ex0unused", "attached-to-nothing", false, logging, Vec::new()),
            (RCP, "p-RCPFullAWSAccess", "RCPFullAWSAccess", true, every, rcp_full),
            (RCP, "p-ex0perimt", "only-our-organization", false, perimeter, at(&[ROOT])),
        ];
        for kind in [SCP, RCP] {
            let own = listed.iter().filter(|one| one.0 == kind);
            let list: Vec<Value> = own.map(|one| self.summary(one.0, one.1, one.2, one.3)).collect();
            self.put("organizations/list-policies", &[kind], json!({ "Policies": list }));
        }
        let accounts = self.account.answers["organizations/list-accounts"]["Accounts"].as_array().cloned();
        let accounts = accounts.unwrap_or_default();
        for (kind, id, name, managed, content, targets) in listed {
            let about = self.summary(kind, id, name, managed);
            self.put(
                "organizations/describe-policy",
                &[id],
                json!({ "Policy": { "PolicySummary": about, "Content": content } }),
            );
            let targets = targets.iter().map(|target| {
                let unit = units.iter().find(|unit| unit.id == *target);
                let (kind, folder) = if target == ROOT {
                    ("ROOT", "root")
                } else if unit.is_some() {
                    ("ORGANIZATIONAL_UNIT", "ou")
                } else {
                    ("ACCOUNT", "account")
                };
                let account = accounts.iter().find(|account| account["Id"] == *target);
                let name = unit.map_or_else(|| json!(account.map(|account| &account["Name"])), |unit| json!(unit.name));
                let arn = self.arn(&format!("{folder}/o-exampleorgid/{target}"));
                json!({ "TargetId": target, "Arn": arn, "Name": name, "Type": kind })
            });
            let targets: Vec<Value> = targets.collect();
            self.put("organizations/list-targets-for-policy", &[id], json!({ "Targets": targets }));
        }
    }

    fn summary(&self, kind: &str, id: &str, name: &str, managed: bool) -> Value {
        json!({ "Id": id, "Arn": self.arn(&format!("policy/o-exampleorgid/x/{id}")), "Name": name, "Description": "", "Type": kind,
            "AwsManaged": managed })
    }

    fn center(&mut self, members: usize) {
        let at = |operation: &str| format!("sso-admin/{REGION}/{operation}");
        let aws =
            |name: &str| json!({ "Name": name.rsplit('/').next(), "Arn": format!("arn:aws:iam::aws:policy/{name}") });
        let inline = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","iam:CreateRole","iam:AttachRolePolicy"],"Resource":"arn:aws:iam::*:role/app/*"}]}"#;
        let own = |name: &str| json!({ "Name": name, "Path": "/" });
        let sets: Vec<(&str, Vec<Value>, Vec<Value>, &str)> = vec![
            ("AdministratorAccess", vec![aws("AdministratorAccess")], Vec::new(), ""),
            ("Auditor", vec![aws("SecurityAudit"), aws("job-function/ViewOnlyAccess")], Vec::new(), ""),
            ("Billing", vec![aws("job-function/Billing")], Vec::new(), ""),
            ("Deployer", vec![aws("PowerUserAccess")], Vec::new(), inline),
            ("Developer", vec![aws("ReadOnlyAccess")], vec![own("developer-boundary-of-the-platform-team")], ""),
            ("Support", Vec::new(), vec![own("support")], ""),
            ("ViewOnly", vec![aws("IAMReadOnlyAccess")], Vec::new(), ""),
            (HOSTILE, vec![aws("NeverHeardOf")], Vec::new(), ""),
        ];
        let arn = |place: usize| format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{place:016}");
        let arns: Vec<String> = (0..sets.len()).map(arn).collect();
        self.put(&at("list-permission-sets"), &[INSTANCE], json!({ "PermissionSets": arns }));
        for (place, (name, managed, customer, inline)) in sets.into_iter().enumerate() {
            let (set, about) = (arn(place), arn(place));
            let about = [INSTANCE, about.as_str()];
            let whole = json!({ "Name": name, "PermissionSetArn": set, "CreatedDate": "2024-05-02T08:00:00+00:00", "SessionDuration": "PT4H" });
            self.put(&at("describe-permission-set"), &about, json!({ "PermissionSet": whole }));
            self.put(&at("get-inline-policy-for-permission-set"), &about, json!({ "InlinePolicy": inline }));
            self.put(
                &at("list-managed-policies-in-permission-set"),
                &about,
                json!({ "AttachedManagedPolicies": managed }),
            );
            let stem = at("list-customer-managed-policy-references-in-permission-set");
            self.put(&stem, &about, json!({ "CustomerManagedPolicyReferences": customer }));
            let (operation, code) = ("GetPermissionsBoundaryForPermissionSet", "ResourceNotFoundException");
            let stem = place_of(&at("get-permissions-boundary-for-permission-set"), &about);
            self.account.refuse_at(&stem, operation, 404, code, "Permission set does not have a permissions boundary.");
            let assigned = assigned(place, members, &self.own);
            let accounts: Vec<&String> = assigned.keys().collect();
            self.put(&at("list-accounts-for-provisioned-permission-set"), &about, json!({ "AccountIds": accounts }));
            for (account, who) in &assigned {
                let list = who.iter().map(|(kind, id)| {
                    json!({ "AccountId": account, "PermissionSetArn": set, "PrincipalType": kind, "PrincipalId": id })
                });
                let list: Vec<Value> = list.collect();
                self.put(
                    &at("list-account-assignments"),
                    &[account, INSTANCE, &set],
                    json!({ "AccountAssignments": list }),
                );
            }
        }
        self.directory(members);
    }

    fn directory(&mut self, members: usize) {
        let at = |operation: &str| format!("identitystore/{REGION}/{operation}");
        let count = people(members);
        let user = |place: usize| {
            let name = if place == 7 { HOSTILE.to_owned() } else { format!("person{place:03}@example.com") };
            let mut user = json!({ "UserName": name, "UserId": format!("u-{place}"), "DisplayName": format!("Person {place}"),
                "IdentityStoreId": STORE, "UserStatus": if place % 11 == 5 { "DISABLED" } else { "ENABLED" } });
            if place % 17 == 9 {
                user.as_object_mut().expect("it is one").remove("UserStatus");
            }
            user
        };
        self.put(&at("list-users"), &[STORE], json!({ "Users": (0..count).map(user).collect::<Vec<_>>() }));
        let mut groups = Vec::new();
        for (place, (id, name)) in group_names(members).into_iter().enumerate() {
            groups.push(json!({ "GroupId": id, "DisplayName": name, "IdentityStoreId": STORE }));
            let held = (0..count).filter(|user| (user + place) % (place + 3) == 0);
            let list = held.map(|user| {
                json!({ "IdentityStoreId": STORE, "MembershipId": format!("m-{place}-{user}"), "GroupId": id, "MemberId": { "UserId": format!("u-{user}") } })
            });
            let list: Vec<Value> = list.collect();
            self.put(&at("list-group-memberships"), &[&id, STORE], json!({ "GroupMemberships": list }));
        }
        self.put(&at("list-groups"), &[STORE], json!({ "Groups": groups }));
    }
}

fn people(members: usize) -> usize {
    (members * 2).clamp(24, 2_000)
}

fn group_names(members: usize) -> Vec<(String, String)> {
    let fixed = ["platform-administrators", "auditors", "billing", HOSTILE];
    let teams = (0..(members / 10).clamp(1, 60)).map(|team| format!("developers-of-team-{team:02}"));
    fixed
        .into_iter()
        .map(str::to_owned)
        .chain(teams)
        .enumerate()
        .map(|(place, name)| (format!("g-{place}"), name))
        .collect()
}

/// Account → who has the permission set there.
fn assigned(set: usize, members: usize, own: &str) -> BTreeMap<String, Vec<(&'static str, String)>> {
    let mut found: BTreeMap<String, Vec<(&'static str, String)>> = BTreeMap::new();
    let groups = group_names(members).len();
    let teams = groups - 4;
    let mut add = |account: String, kind: &'static str, id: String| found.entry(account).or_default().push((kind, id));
    for member in 0..members {
        let (account, team) = (number(member), 4 + member % teams);
        match set {
            0 => add(account, "GROUP", "g-0".to_owned()),
            1 => add(account, "GROUP", "g-1".to_owned()),
            3 if member % 3 == 0 => add(account, "GROUP", format!("g-{team}")),
            4 if member > 3 => add(account, "GROUP", format!("g-{team}")),
            5 if member % 5 == 0 => add(account, "USER", format!("u-{}", member % 20)),
            7 if member == 3 => add(account, "GROUP", "g-3".to_owned()),
            _ => {}
        }
    }
    match set {
        0 => {
            add(own.to_owned(), "GROUP", "g-0".to_owned());
            add(number(0), "USER", "u-5".to_owned());
        }
        2 => add(own.to_owned(), "GROUP", "g-2".to_owned()),
        _ => {}
    }
    found
}

/// Where an answer is kept; `about` in the order of the parameters' names.
pub fn place_of(stem: &str, about: &[&str]) -> String {
    if about.is_empty() { stem.to_owned() } else { format!("{stem}/{}", file_name(&about.join("&"))) }
}
