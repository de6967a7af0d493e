//! A small company that keeps its account in order.

use super::blueprint::{Blueprint, Certificate, Group, Holds, Key, Mfa, Password, Policy, Role, Root, User};
use super::documents::{allow, document, everyday, service, trust, with};
use super::managed::aws;
use super::report::Style;
use super::rng::{Rng, id};
use crate::account::{Account, Failure, place};
use crate::time::{DAY, at};
use serde_json::json;

const ACCOUNT: &str = "444455556666";
const COLLECTOR: &str = "IamEvidenceReadOnly";

pub fn blueprint() -> Blueprint {
    let report_time = super::report_time();
    let mut blueprint = Blueprint {
        account: ACCOUNT.to_owned(),
        alias: Some("lumen-orchard".to_owned()),
        caller: (
            format!("arn:aws:sts::{ACCOUNT}:assumed-role/{COLLECTOR}/audit-2026q3"),
            format!("{}:audit-2026q3", id("AROA", COLLECTOR)),
        ),
        report_time,
        // Both spellings of the report must be met by some sample; this one is as AWS's guide describes it.
        report_style: Style::Documented,
        root: Root {
            created: at(2023, 2, 14, 10, 3, 51),
            password: Some(Password { changed: at(2023, 2, 14, 10, 3, 51), used: Some(at(2024, 1, 9, 16, 20, 4)) }),
            mfa: vec![Mfa::Other],
            keys: [None, None],
        },
        users: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        policies: policies(),
        password_policy: Some(json!({
            "MinimumPasswordLength": 16, "RequireSymbols": true, "RequireNumbers": true, "RequireUppercaseCharacters": true,
            "RequireLowercaseCharacters": true, "AllowUsersToChangePassword": true, "ExpirePasswords": true,
            "MaxPasswordAge": 90, "PasswordReusePrevention": 24, "HardExpiry": false
        })),
        spare_devices: Vec::new(),
        certificates: vec![Certificate {
            name: "www-lumen-orchard-2026".to_owned(),
            path: "/".to_owned(),
            uploaded: at(2026, 6, 2, 9, 0, 0),
            expires: at(2027, 7, 1, 23, 59, 59),
        }],
        saml: Vec::new(),
        oidc: Vec::new(),
        v2_tokens: true,
    };
    blueprint.users = users(report_time);
    blueprint.groups = groups(&blueprint);
    blueprint.roles = roles(&blueprint);
    blueprint
}

fn users(report_time: i64) -> Vec<User> {
    let people = [
        ("ada.kovacs", "platform"),
        ("ben.osei", "developers"),
        ("chloe.marchetti", "developers"),
        ("daan.rootveld", "developers"),
        ("esra.yildiz", "data"),
        ("farid.rahimi", "data"),
        ("grace.njoroge", "support"),
        ("hana.sato", "finance"),
        ("ivo.dimitrov", "platform"),
    ];
    let mut users: Vec<User> = people
        .iter()
        .zip(1..)
        .map(|((name, group), n)| User {
            name: (*name).to_owned(),
            path: "/people/".to_owned(),
            created: at(2024, 1 + n, 3 + n, 9, 30, 7 * n),
            password: Some(Password {
                changed: report_time - (10 + n) * DAY - 977 * n,
                used: Some(report_time - n * DAY / 2 - 613),
            }),
            mfa: vec![if n % 4 == 0 {
                Mfa::Other
            } else {
                Mfa::Virtual { name: (*name).to_owned(), enabled: at(2024, 1 + n, 3 + n, 9, 41, 0) }
            }],
            groups: vec![(*group).to_owned()],
            holds: Holds { tags: vec![("Team".to_owned(), (*group).to_owned())], ..Holds::default() },
            ..User::default()
        })
        .collect();
    for (name, days, service) in
        [("svc-backup-agent", 61, "s3"), ("svc-metrics-export", 17, "monitoring"), ("svc-mail-relay", 33, "ses")]
    {
        let used = Some((report_time - 5 * 3600 - days * 60, "eu-west-1", service));
        users.push(User {
            name: name.to_owned(),
            path: "/services/".to_owned(),
            created: at(2025, 3, 11, 13, 2, days),
            mfa: vec![Mfa::Other],
            keys: [Some(Key { active: true, created: report_time - days * DAY - 4321, used }), None],
            groups: vec!["automation".to_owned()],
            holds: Holds { tags: vec![("Owner".to_owned(), "ada.kovacs".to_owned())], ..Holds::default() },
            ..User::default()
        });
    }
    users
}

fn policies() -> Vec<Policy> {
    let mut rng = Rng::of("tidy policies");
    let mut policies: Vec<Policy> = ["orders-api", "orders-worker", "reporting-pipeline", "mail-relay", "backup-agent"]
        .iter()
        .zip(1..)
        .map(|(name, n)| Policy {
            name: format!("{name}-access"),
            path: "/".to_owned(),
            description: Some(format!("What the {name} component needs")),
            versions: vec![(at(2025, n, 8, 11, 15, 0), narrow(&mut rng, name))],
            ..Policy::default()
        })
        .collect();
    policies.push(Policy {
        name: "require-mfa".to_owned(),
        path: "/".to_owned(),
        description: Some("Denies everything but self-service until a second factor was used".to_owned()),
        versions: vec![(
            at(2024, 2, 1, 8, 0, 0),
            document(vec![
                allow(
                    &["iam:ChangePassword", "iam:GetUser", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices"],
                    &[&format!("arn:aws:iam::{ACCOUNT}:user/people/${{aws:username}}"), &format!("arn:aws:iam::{ACCOUNT}:mfa/${{aws:username}}")],
                ),
                with(
                    json!({"Effect": "Deny", "NotAction": ["iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice",
                        "iam:GetUser", "iam:ListMFADevices", "sts:GetSessionToken"], "Resource": "*"}),
                    "Condition",
                    json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
                ),
            ]),
        )],
        ..Policy::default()
    });
    policies
}

/// An everyday document without wildcards over services or resources.
fn narrow(rng: &mut Rng, name: &str) -> serde_json::Value {
    loop {
        let document = everyday(rng, ACCOUNT, name, 3);
        let wide = |one: &serde_json::Value| one["Action"].is_string() || one["Resource"] == "*";
        if !document["Statement"].as_array().into_iter().flatten().any(wide) {
            return document;
        }
    }
}

fn groups(blueprint: &Blueprint) -> Vec<Group> {
    let group = |name: &str, attached: Vec<String>| Group {
        name: name.to_owned(),
        path: "/".to_owned(),
        created: at(2024, 1, 15, 9, 0, 0),
        holds: Holds { attached, ..Holds::default() },
    };
    let mfa = blueprint.own("require-mfa");
    vec![
        group("platform", vec![aws("ReadOnlyAccess"), blueprint.own("orders-worker-access"), mfa.clone()]),
        group("developers", vec![aws("ViewOnlyAccess"), blueprint.own("orders-api-access"), mfa.clone()]),
        group("data", vec![blueprint.own("reporting-pipeline-access"), mfa.clone()]),
        group("support", vec![aws("ViewOnlyAccess"), mfa.clone()]),
        group("finance", vec![aws("AWSBillingReadOnlyAccess"), mfa]),
        group("automation", vec![blueprint.own("backup-agent-access"), blueprint.own("mail-relay-access")]),
    ]
}

fn roles(blueprint: &Blueprint) -> Vec<Role> {
    let used = |days: i64| Some((super::now() - days * DAY - 1800, "eu-west-1"));
    let role = |name: &str, trust, attached: Vec<String>, description: &str, days| Role {
        name: name.to_owned(),
        path: "/".to_owned(),
        created: at(2024, 5, 20, 12, 0, 0),
        trust,
        description: Some(description.to_owned()),
        session: 3600,
        used: used(days),
        holds: Holds { attached, ..Holds::default() },
        ..Role::default()
    };
    let people = |group: &str| {
        let condition =
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalTag/Team": group}});
        trust(json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}), "sts:AssumeRole", Some(condition))
    };
    // Tasks run for this account's clusters only.
    let task = || {
        let condition = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}});
        trust(json!({"Service": "ecs-tasks.amazonaws.com"}), "sts:AssumeRole", Some(condition))
    };
    let mut roles = vec![
        role(
            "SupportCases",
            people("support"),
            vec![aws("AWSSupportAccess")],
            "Opens and follows cases with AWS Support",
            3,
        ),
        role("OrdersApi", task(), vec![blueprint.own("orders-api-access")], "Task role of the orders API", 0),
        role("OrdersWorker", task(), vec![blueprint.own("orders-worker-access")], "Task role of the orders worker", 0),
        role(
            "TaskExecution",
            task(),
            vec![aws("AmazonECSTaskExecutionRolePolicy")],
            "Pulls images and writes logs for ECS tasks",
            0,
        ),
        role(
            "ReportingPipeline",
            service("lambda.amazonaws.com"),
            vec![aws("AWSLambdaBasicExecutionRole")],
            "Nightly reports",
            1,
        ),
        role(
            COLLECTOR,
            people("platform"),
            vec![aws("SecurityAudit")],
            "Reads the evidence for quarterly access reviews",
            0,
        ),
    ];
    for (name, host, policy) in [
        ("AWSServiceRoleForOrganizations", "organizations.amazonaws.com", "AWSOrganizationsServiceTrustPolicy"),
        ("AWSServiceRoleForTrustedAdvisor", "trustedadvisor.amazonaws.com", "AWSTrustedAdvisorServiceRolePolicy"),
        ("AWSServiceRoleForECS", "ecs.amazonaws.com", "AmazonECSServiceRolePolicy"),
    ] {
        let mut linked = role(name, service(host), vec![aws(policy)], "", 2);
        linked.path = format!("/aws-service-role/{host}/");
        linked.description = None;
        roles.push(linked);
    }
    roles
}

/// What the collector of [`denied`] may not call.
const REFUSED: &[&str] = &[
    "GenerateCredentialReport",
    "GetCredentialReport",
    "GetAccountSummary",
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "ListVirtualMFADevices",
    "ListServerCertificates",
    "ListEntitiesForPolicy",
];

/// The same account, seen by a collector that was refused in eight places.
pub fn denied() -> Account {
    let mut account = blueprint().with_credentials();
    let caller = account.caller().to_owned();
    account.report = None;
    for operation in REFUSED {
        let stem = place("iam", operation, |_| None);
        account.answers.retain(|place, _| *place != stem && !place.starts_with(&format!("{stem}/")));
        let message = format!(
            "User: {caller} is not authorized to perform: iam:{operation} on resource: * \
             because no identity-based policy allows the iam:{operation} action"
        );
        let failure =
            Failure { operation: (*operation).to_owned(), status: Some(403), code: "AccessDenied".to_owned(), message };
        account.failures.insert(stem, failure);
    }
    account
}
