//! An account of any size, for measuring.

use super::blueprint::{Blueprint, Group, Holds, Key, Mfa, Password, Policy, Role, Root, User};
use super::documents::{assumed_by, everyday, service};
use super::managed::aws;
use super::report::Style;
use super::rng::{Rng, id};
use crate::time::{DAY, at};
use serde_json::{Value, json};

const ACCOUNT: &str = "555566667777";

/// A document of one to two kilobytes.
fn document(rng: &mut Rng, name: &str) -> Value {
    let statements = usize::try_from(rng.between(4, 6)).expect("small and positive");
    everyday(rng, ACCOUNT, name, statements)
}

pub fn blueprint(users: usize, roles: usize, policies: usize) -> Blueprint {
    let mut blueprint = Blueprint {
        account: ACCOUNT.to_owned(),
        alias: Some("measuring".to_owned()),
        caller: (
            format!("arn:aws:sts::{ACCOUNT}:assumed-role/collector/run"),
            format!("{}:run", id("AROA", "collector")),
        ),
        report_time: super::report_time(),
        report_style: Style::Live,
        root: Root {
            created: at(2012, 1, 1, 0, 0, 0),
            password: Some(Password { changed: at(2020, 1, 1, 0, 0, 0), used: Some(at(2024, 1, 1, 0, 0, 0)) }),
            mfa: vec![Mfa::Other],
            keys: [None, None],
        },
        users: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        policies: Vec::new(),
        password_policy: Some(
            json!({"MinimumPasswordLength": 14, "PasswordReusePrevention": 24, "ExpirePasswords": false,
            "RequireSymbols": true, "RequireNumbers": true, "RequireUppercaseCharacters": true,
            "RequireLowercaseCharacters": true, "AllowUsersToChangePassword": true}),
        ),
        spare_devices: Vec::new(),
        certificates: Vec::new(),
        saml: Vec::new(),
        oidc: Vec::new(),
        v2_tokens: true,
    };
    blueprint.policies = (0..policies).map(policy).collect();
    let own = |n: usize| -> Option<String> {
        (policies > 0).then(|| format!("arn:aws:iam::{ACCOUNT}:policy/policy-{:05}", n % policies))
    };
    let groups = (users / 40).clamp(1, 300);
    blueprint.groups = (0..groups)
        .map(|n| Group {
            name: format!("group-{n:03}"),
            path: "/".to_owned(),
            created: at(2018, 1, 1, 0, 0, 0),
            holds: Holds {
                attached: own(n * 7).into_iter().chain([aws("ViewOnlyAccess")]).collect(),
                ..Holds::default()
            },
        })
        .collect();
    blueprint.users = (0..users).map(|n| user(n, groups, own(n * 13))).collect();
    blueprint.roles = (0..roles).map(|n| role(n, own(n * 3))).collect();
    blueprint
}

fn policy(n: usize) -> Policy {
    let name = format!("policy-{n:05}");
    let mut rng = Rng::of(&name);
    let versions = rng.between(1, 3);
    Policy {
        versions: (0..versions).map(|v| (at(2019, 1, 1, 0, 0, 0) + v * 30 * DAY, document(&mut rng, &name))).collect(),
        name,
        path: "/".to_owned(),
        ..Policy::default()
    }
}

fn user(n: usize, groups: usize, policy: Option<String>) -> User {
    let name = format!("user-{n:05}");
    let mut rng = Rng::of(&name);
    let report = super::report_time();
    let created = report - rng.between(100 * DAY, 2000 * DAY);
    let key = |rng: &mut Rng| {
        let made = report - rng.between(DAY, 200 * DAY);
        let used = rng.chance(80).then(|| ((report - rng.between(0, 60 * DAY)).max(made), "eu-west-1", "s3"));
        Key { active: rng.chance(85), created: made.max(created), used }
    };
    User {
        path: "/".to_owned(),
        created,
        password: rng
            .chance(70)
            .then(|| Password { changed: created + DAY, used: Some(report - rng.between(0, 80 * DAY)) }),
        mfa: vec![Mfa::Virtual { name: name.clone(), enabled: created + 600 }],
        keys: [rng.chance(50).then(|| key(&mut rng)), rng.chance(10).then(|| key(&mut rng))],
        groups: vec![format!("group-{:03}", n % groups)],
        holds: Holds {
            attached: policy.into_iter().filter(|_| rng.chance(5)).collect(),
            tags: vec![("Team".to_owned(), format!("team-{}", n % 50))],
            ..Holds::default()
        },
        name,
        ..User::default()
    }
}

fn role(n: usize, policy: Option<String>) -> Role {
    let name = format!("role-{n:05}");
    let mut rng = Rng::of(&name);
    let trust = match n % 4 {
        0 => service("lambda.amazonaws.com"),
        1 => service("ecs-tasks.amazonaws.com"),
        2 => service("ec2.amazonaws.com"),
        _ => assumed_by("arn:aws:iam::222233334444:root"),
    };
    Role {
        path: "/".to_owned(),
        created: at(2020, 6, 1, 0, 0, 0),
        trust,
        description: Some(format!("Role number {n}")),
        used: rng.chance(80).then(|| (super::now() - rng.between(600, 300 * DAY), "eu-west-1")),
        instance_profile: n % 4 == 2,
        holds: Holds {
            attached: policy.into_iter().chain([aws("AWSLambdaBasicExecutionRole")]).collect(),
            inline: if rng.chance(50) { vec![("inline".to_owned(), document(&mut rng, &name))] } else { Vec::new() },
            ..Holds::default()
        },
        name,
        ..Role::default()
    }
}
