//! IAM users: named cases on every boundary, people, and service users.

use super::super::blueprint::{Blueprint, Holds, Key, Mfa, Password, User};
use super::super::documents::{allow, document};
use super::super::managed::aws;
use super::super::rng::Rng;
use super::APPS;
use crate::time::{DAY, at};
use serde_json::json;

const FIRST: &[&str] = &[
    "aisha", "anders", "anna", "bogdan", "carlos", "chen", "dmitri", "elena", "fatima", "giulia", "hiro", "ines",
    "jamal", "katya", "lars", "maria", "nikos", "olga", "priya", "quentin", "rashid", "sofia", "tomas", "uma",
    "viktor", "wanda", "xin", "yuki", "zeynep",
];
const LAST: &[&str] = &[
    "adeyemi",
    "berg",
    "castellano",
    "dubois",
    "eriksen",
    "fischer",
    "garcia",
    "haddad",
    "ivanova",
    "jansen",
    "kowalski",
    "laurent",
    "moreau",
    "nakamura",
    "okafor",
    "papadopoulos",
    "quinn",
    "rossi",
    "singh",
    "tanaka",
    "ueda",
    "varga",
    "weber",
    "yamada",
    "zhou",
];
const TEAMS: &[&str] =
    &["Logistik", "Εφοδιαστική", "Логистика", "物流", "لوجستيات", "물류", "Logística", "Freight Ops"];

fn person(name: &str, created: i64) -> User {
    User { name: name.to_owned(), path: "/".to_owned(), created, ..User::default() }
}

fn phone(name: &str, enabled: i64) -> Vec<Mfa> {
    vec![Mfa::Virtual { name: name.to_owned(), enabled }]
}

#[expect(clippy::unnecessary_wraps, reason = "a slot of the report is empty or holds a key")]
fn key(active: bool, created: i64, used: Option<(i64, &'static str, &'static str)>) -> Option<Key> {
    Some(Key { active, created, used })
}

pub fn all(blueprint: &Blueprint) -> Vec<User> {
    let mut users = boundaries(blueprint.report_time);
    users.extend(stories(blueprint));
    users.extend(people(blueprint));
    users.extend(services(blueprint));
    // Before any of it can count as young.
    let limit = blueprint.report_time;
    debug_assert!(users.iter().all(|user| user.created < limit || user.not_in_report));
    users
}

/// Users a second before, on and after each limit, as the report's own time counts it.
fn boundaries(report: i64) -> Vec<User> {
    let mut users = Vec::new();
    for (name, seconds) in [("less-a-second", -1), ("exactly", 0), ("and-a-second", 1)] {
        let recent = Some((report - 3600, "eu-west-1", "s3"));
        let made = report - 90 * DAY - seconds;
        let mut user = person(&format!("key-90-days-{name}"), made - 400 * DAY);
        user.keys[0] = key(true, made, recent);
        users.push(user);

        let idle = report - 45 * DAY - seconds;
        let mut user = person(&format!("key-idle-45-days-{name}"), idle - 30 * DAY);
        user.keys[0] = key(true, idle - 10 * DAY, Some((idle, "us-east-1", "iam")));
        users.push(user);

        let mut user = person(&format!("key-unused-45-days-{name}"), idle - 300 * DAY);
        user.keys[1] = key(true, idle, None);
        users.push(user);

        let mut user = person(&format!("password-idle-45-days-{name}"), idle - 500 * DAY);
        user.password = Some(Password { changed: idle - 100 * DAY, used: Some(idle) });
        user.mfa = phone(&user.name, idle - 499 * DAY);
        users.push(user);

        let mut user = person(&format!("password-unused-45-days-{name}"), idle - 60 * DAY);
        user.password = Some(Password { changed: idle, used: None });
        user.mfa = phone(&user.name, idle);
        users.push(user);

        let born = at(2026, 9, 12, 8, 0, 0);
        let mut user = person(&format!("key-made-with-user-ten-seconds-{name}"), born);
        user.password = Some(Password { changed: born + 1, used: Some(report - DAY) });
        user.mfa = phone(&user.name, born + 600);
        user.keys[0] = key(true, born + 10 + seconds, Some((report - 7200, "eu-west-1", "ec2")));
        users.push(user);
    }
    users
}

/// Users whom somebody would tell about.
fn stories(blueprint: &Blueprint) -> Vec<User> {
    let report = blueprint.report_time;
    let recent = Some((report - 2 * 3600, "eu-west-1", "s3"));
    let console = |used: i64| Some(Password { changed: report - 70 * DAY, used: Some(report - used) });
    let old = at(2017, 3, 9, 10, 20, 30);
    let named = |name: &str| person(name, old);
    let mut users = vec![
        User { password: console(DAY), ..named("comma,name") },
        User { password: console(DAY), mfa: vec![Mfa::Other], ..named("plus+tag=eq@corp.example_-.") },
        User {
            keys: [key(true, report - 20 * DAY, recent), None],
            ..named(&("a-name-of-sixty-four-characters-".repeat(2)))
        },
        User { password: console(3600), mfa: phone("groot", old), ..named("groot") },
        User { password: console(9 * DAY), mfa: phone("root-account-mfa-device", old), ..named("toor") },
        User { password: console(DAY), mfa: vec![Mfa::Other], ..named("fido.only") },
        User { mfa: phone("mfa.without.password", old), ..named("mfa.without.password") },
        User {
            password: console(DAY),
            mfa: [phone("both-kinds", old), vec![Mfa::Other]].concat(),
            ..named("both.kinds")
        },
        User { password: console(2 * DAY), ..named("console.without.mfa") },
        User { keys: [key(true, old + DAY, None), None], ..named("key-never-used-for-years") },
        User { password: Some(Password { changed: old, used: None }), ..named("password-never-used-for-years") },
        User {
            keys: [key(true, report - 300 * DAY, recent), key(true, report - 10 * DAY, None)],
            ..named("two-active-keys")
        },
        User {
            keys: [key(false, report - 700 * DAY, recent), key(true, report - 12 * DAY, recent)],
            ..named("rotated-properly")
        },
        User {
            keys: [key(true, report - 12 * DAY, recent), key(false, report - 700 * DAY, None)],
            ..named("slots-not-in-order-of-age")
        },
        User { keys: [key(true, report - DAY, None), None], ..person("key-one-day-old-unused", report - 20 * DAY) },
        User {
            certificates: [Some((true, at(2014, 5, 5, 5, 5, 5))), Some((false, at(2012, 1, 1, 0, 0, 0)))],
            ..named("soap-signing-2014")
        },
        User { deleted: true, password: console(DAY), ..named("left.yesterday") },
        User {
            not_in_report: true,
            password: Some(Password { changed: at(2026, 9, 30, 5, 6, 0), used: None }),
            ..person("new.joiner", at(2026, 9, 30, 5, 5, 41))
        },
        User {
            path: "/division_a/subdivision/".to_owned(),
            password: console(40 * DAY),
            mfa: phone("deep.path", old),
            ..named("deep.path")
        },
    ];
    for (user, group) in
        [(3, "Administrators"), (4, "Administrators"), (8, "Administrators"), (11, "admins-legacy"), (17, "Developers")]
    {
        users[user].groups.push(group.to_owned());
    }
    users.extend(holders(blueprint, old, report));
    users
}

/// Users with policies of their own.
fn holders(blueprint: &Blueprint, old: i64, report: i64) -> Vec<User> {
    let own = |name: &str| blueprint.own(name);
    let holder =
        |name: &str, attached: Vec<String>, inline: Option<serde_json::Value>, boundary: Option<String>| User {
            password: Some(Password { changed: report - 60 * DAY, used: Some(report - 5 * DAY) }),
            mfa: phone(name, old),
            holds: Holds {
                attached,
                inline: inline.map(|document| (format!("{name}-inline"), document)).into_iter().collect(),
                boundary,
                tags: vec![
                    ("Owner".to_owned(), "Ελένη Παπαδοπούλου".to_owned()),
                    ("費用負担部門".to_owned(), "物流 東京".to_owned()),
                ],
            },
            ..person(name, old)
        };
    let star = || document(vec![allow(&["*"], &["*"])]);
    vec![
        holder("admin.attached", vec![aws("AdministratorAccess")], None, None),
        holder("admin.inline", vec![], Some(star()), None),
        holder("admin.capped", vec![aws("AdministratorAccess")], None, Some(own("boundary-developers"))),
        holder("boundary.only", vec![], None, Some(own("boundary-admin"))),
        holder("admin.conditional", vec![own("admin-with-mfa")], None, None),
        holder("admin.denied", vec![own("admin-denied-again"), own("admin-outside-denied")], None, None),
        holder("escalator", vec![own("policy-version-editor"), own("pass-any-role-to-lambda")], None, None),
        holder(
            "not.action",
            vec![own("not-action-one-thing")],
            Some(json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}})),
            None,
        ),
        holder("cloudshell.directly", vec![aws("AWSCloudShellFullAccess")], None, None),
        holder("support.directly", vec![aws("AWSSupportAccess")], None, None),
    ]
}

fn people(blueprint: &Blueprint) -> Vec<User> {
    let report = blueprint.report_time;
    let groups = [
        "Developers",
        "developers-emea",
        "developers-apac",
        "Operations",
        "operations-night-shift",
        "DBA",
        "Finance",
        "Auditors",
        "SecurityTeam",
        "Support",
        "CloudShellUsers",
        "S3Readers",
        "DataScience",
        "UserManagers",
        "PasswordSelfService",
        "Contractors",
        "Contractors_2019",
        "Acquired.BlueKite",
        "mfa-enforced",
    ];
    let mut users: Vec<User> = Vec::new();
    for n in 0..155 {
        // 29 and 25 have no common divisor: no name comes twice.
        let name = format!("{}.{}", FIRST[n % FIRST.len()], LAST[n % LAST.len()]);
        let mut rng = Rng::of(&name);
        let mut user = person(&name, report - rng.between(60 * DAY, 4000 * DAY));
        if rng.chance(70) { "/people/" } else { "/" }.clone_into(&mut user.path);
        let count = if rng.chance(70) { 1 } else { 2 };
        user.groups = rng.some(&groups, count).into_iter().map(|group| (*group).to_owned()).collect();
        if rng.chance(85) {
            let last_use = match rng.below(10) {
                0 => None,
                1 | 2 => Some(report - rng.between(46 * DAY, 900 * DAY)),
                _ => Some(report - rng.between(600, 40 * DAY)),
            };
            let changed = last_use.unwrap_or(report) - rng.between(0, 300 * DAY);
            user.password = Some(Password {
                changed: changed.max(user.created + 60),
                used: last_use.map(|last_use| last_use.max(user.created + 120)),
            });
            user.mfa = match rng.below(20) {
                0..=2 => Vec::new(),
                3..=5 => vec![Mfa::Other],
                _ => phone(&name, user.created + rng.between(300, 20 * DAY)),
            };
        }
        if rng.chance(30) {
            let created = (report - rng.between(2 * DAY, 1200 * DAY)).max(user.created + 11);
            let last_use = rng.chance(70).then(|| {
                (
                    report - rng.between(0, report - created),
                    *rng.pick(&["eu-west-1", "us-east-1"]),
                    *rng.pick(&["s3", "ec2", "sts", "iam"]),
                )
            });
            user.keys[0] = key(rng.chance(80), created, last_use);
        }
        if rng.chance(6) {
            user.holds.attached.push(aws(rng.pick::<&str>(&[
                "AmazonS3ReadOnlyAccess",
                "AmazonEC2ReadOnlyAccess",
                "ReadOnlyAccess",
            ])));
        }
        user.holds.tags.push(("Team".to_owned(), (*rng.pick(TEAMS)).to_owned()));
        users.push(user);
    }
    users
}

fn services(blueprint: &Blueprint) -> Vec<User> {
    let report = blueprint.report_time;
    let mut users = Vec::new();
    for n in 0..150 {
        let app = APPS[n % APPS.len()];
        let kind = ["svc", "deploy", "backup", "svc-dr", "import"][n / APPS.len() % 5];
        let name = format!("{kind}-{app}");
        let mut rng = Rng::of(&name);
        let mut user = person(&name, report - rng.between(30 * DAY, 3800 * DAY));
        if rng.chance(80) { "/service/" } else { "/" }.clone_into(&mut user.path);
        for slot in 0..2 {
            if slot == 0 || rng.chance(25) {
                let created = (report - rng.between(DAY, 1500 * DAY)).max(user.created + rng.between(1, 3000));
                let last_use = match rng.below(10) {
                    0 | 1 => None,
                    2 => Some(report - rng.between(0, report - created)),
                    _ => Some((report - rng.between(0, 3 * DAY)).max(created)),
                };
                let service = *rng.pick(&["s3", "dynamodb", "sqs", "ecr", "lambda", "kms"]);
                user.keys[slot] =
                    key(rng.chance(85), created, last_use.map(|last_use| (last_use, "eu-west-1", service)));
            }
        }
        match rng.below(6) {
            0 => user.groups.push("ServiceAccounts-EDI".to_owned()),
            1 | 2 => user.groups.push("ServiceAccounts".to_owned()),
            3 => user.holds.inline.push((
                "access".to_owned(),
                document(vec![allow(&["s3:GetObject", "s3:PutObject"], &[&format!("arn:aws:s3:::halcyon-{app}/*")])]),
            )),
            4 => user.holds.attached.push(blueprint.own(&format!("{app}-prod-access"))),
            _ => user.holds.attached.push(aws("AmazonS3FullAccess")),
        }
        users.push(user);
    }
    users
}
