//! Accounts of the samples a quarter later, with a handful of known changes:
//! for tests of comparisons.

use super::blueprint::{Blueprint, Holds, Key, Mfa, Password, Role, User};
use super::documents::{allow, assumed_by, document, trust};
use super::managed::aws;
use super::rng::id;
use super::services::{World, with_world};
use super::{hostile, tidy};
use crate::account::{Account, place};
use crate::time::DAY;
use serde_json::{Map, Value, json};

/// Days between a sample and the same account here.
pub const QUARTER: i64 = 90;

/// The tidy startup on 29 December 2026.
pub fn tidy() -> Account {
    let mut later = tidy::blueprint();
    later.report_time += QUARTER * DAY;
    users(&mut later);
    roles(&mut later);
    policies(&mut later);
    if let Some(policy) = &mut later.password_policy {
        policy["MinimumPasswordLength"] = json!(8);
    }
    let mut account = moved_on(with_world(later.with_credentials(), World::Tidy));
    another_id(&mut account, "ReportingPipeline");
    account
}

/// The hostile account without its tags, a role and a user: what is gone is told in its own words.
pub fn hostile() -> Account {
    let mut later = hostile::blueprint();
    later.report_time += QUARTER * DAY;
    later.users.pop();
    later.roles.remove(0);
    later.users.iter_mut().for_each(|user| user.holds.tags.clear());
    for role in &mut later.roles {
        role.holds.tags.clear();
        role.trust = assumed_by("arn:aws:iam::999900001111:root");
    }
    moved_on(with_world(later.with_credentials(), World::Hostile))
}

/// The trails delivered logs again, and Access Advisor was asked again, on the day of the second collection.
fn moved_on(mut account: Account) -> Account {
    fn turn(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(turn),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(time) if matches!(&**name, "LatestDeliveryTime" | "JobCompletionDate") => {
                            *time = time.replace("2026-09-30T", "2026-12-29T");
                        }
                        // Roles that are made in the quarter were used after that.
                        Value::String(time) if name == "LastAuthenticated" => {
                            *time = time.replace("2026-09-01T", "2026-12-28T");
                        }
                        _ => turn(member),
                    }
                }
            }
            _ => {}
        }
    }
    account.answers.values_mut().for_each(turn);
    account
}

fn user<'a>(later: &'a mut Blueprint, name: &str) -> &'a mut User {
    later.users.iter_mut().find(|user| user.name == name).expect("the sample has that user")
}

fn role<'a>(later: &'a mut Blueprint, name: &str) -> &'a mut Role {
    later.roles.iter_mut().find(|role| role.name == name).expect("the sample has that role")
}

fn users(later: &mut Blueprint) {
    let now = later.report_time;
    later.users.retain(|user| user.name != "hana.sato");
    user(later, "ben.osei").mfa.clear();
    user(later, "chloe.marchetti").holds.attached.push(aws("AdministratorAccess"));
    let key = |days: i64| Some(Key { active: true, created: now - days * DAY, used: None });
    user(later, "svc-metrics-export").keys[0] = key(12);
    user(later, "svc-backup-agent").keys[1] = key(3);
    later.users.push(User {
        name: "jonas.weber".to_owned(),
        path: "/people/".to_owned(),
        created: now - 40 * DAY,
        password: Some(Password { changed: now - 39 * DAY, used: Some(now - DAY) }),
        mfa: vec![Mfa::Virtual { name: "jonas.weber".to_owned(), enabled: now - 39 * DAY }],
        groups: vec!["developers".to_owned()],
        ..User::default()
    });
}

fn roles(later: &mut Blueprint) {
    let now = later.report_time;
    role(later, "OrdersWorker").trust = assumed_by("arn:aws:iam::777788889999:root");
    role(later, "ReportingPipeline").created = now - 20 * DAY;
    // Said otherwise, and meant the same.
    let orders_api = role(later, "OrdersApi");
    orders_api.trust = turned(&orders_api.trust);
    let asked = json!({"StringEquals": {"sts:ExternalId": "partner-secret-4711"}});
    later.roles.push(Role {
        name: "PartnerExport".to_owned(),
        path: "/".to_owned(),
        created: now - 15 * DAY,
        trust: trust(json!({"AWS": "arn:aws:iam::222233334444:role/exporter"}), "sts:AssumeRole", Some(asked)),
        description: Some("Hands orders to a partner".to_owned()),
        session: 3600,
        holds: Holds::default(),
        ..Role::default()
    });
}

fn policies(later: &mut Blueprint) {
    let now = later.report_time;
    for policy in &mut later.policies {
        match policy.name.as_str() {
            "orders-api-access" => {
                let wider = document(vec![allow(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::orders/*"])]);
                policy.versions.push((now - 9 * DAY, wider));
            }
            // A new version that says the same in another order.
            "mail-relay-access" => {
                let same = turned(&policy.versions[0].1);
                policy.versions.push((now - 8 * DAY, same));
            }
            _ => {}
        }
    }
}

/// The same with the members of every object in the opposite order.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let turned: Map<String, Value> =
                members.iter().rev().map(|(key, value)| (key.clone(), turned(value))).collect();
            Value::Object(turned)
        }
        Value::Array(items) => items.iter().map(turned).collect(),
        other => other.clone(),
    }
}

/// AWS gives a role that is made anew another id.
fn another_id(account: &mut Account, name: &str) {
    for (operation, list) in [("GetAccountAuthorizationDetails", "RoleDetailList"), ("ListRoles", "Roles")] {
        let answer = account.answers.get_mut(&place("iam", operation, |_| None)).expect("the account answers it");
        for role in answer[list].as_array_mut().into_iter().flatten().filter(|role| role["RoleName"] == name) {
            role["RoleId"] = json!(id("AROA", &format!("{name} anew")));
        }
    }
}
