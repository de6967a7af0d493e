//! Hand-made accounts on which every control passes, and ways to spoil them.

use auditpack::testing::account::fact::{CREDENTIAL_REPORT, Gap, GapKind, Kind, Observed};
use auditpack::testing::account::subjects::{
    AccessKey, AccountFacts, Credential, Group, PasswordPolicy, Policy, Principal, Role, Root, ServerCertificate, User,
};
use auditpack::testing::account::{Account, KINDS, Population, ViewMut};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The time of every source.
pub fn as_of() -> Timestamp {
    "2026-11-22T05:56:27Z".parse().unwrap()
}

pub fn ago(duration: SignedDuration) -> Timestamp {
    as_of() - duration
}

pub fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

pub fn known<T>(value: T) -> Observed<T> {
    Observed::Known(value)
}

pub fn texts(texts: &[&str]) -> Observed<Vec<String>> {
    known(texts.iter().map(|&text| text.to_owned()).collect())
}

pub fn a_gap(reason: &str) -> Arc<Gap> {
    Arc::new(Gap {
        evidence: CREDENTIAL_REPORT,
        kind: GapKind::Denied,
        code: Some("AccessDenied".into()),
        reason: reason.into(),
        call: Some("0007".into()),
    })
}

pub fn all<T>(subjects: Vec<T>) -> Population<T> {
    Population { subjects, gaps: Vec::new() }
}

pub fn user(name: &str) -> User {
    User {
        name: known(name.into()),
        path: known("/".into()),
        created: known(ago(days(400))),
        has_password: known(true),
        mfa_active: known(true),
        active_access_keys: known(1),
        password_last_used: known(Some(ago(days(1)))),
        groups: texts(&["staff"]),
        ..User::blank(format!("arn:aws:iam::123456789012:user/{name}"), name, as_of())
    }
}

pub fn credential(name: &str, idle: SignedDuration) -> Credential {
    Credential {
        kind: known("password".into()),
        user: known(name.into()),
        active: known(true),
        changed: known(Some(ago(days(300)))),
        last_used: known(Some(ago(idle))),
        idle_since: known(ago(idle)),
        idle_days: known(idle.as_hours() / 24),
        ..Credential::blank(
            format!("arn:aws:iam::123456789012:user/{name}#password"),
            format!("password of {name}"),
            as_of(),
        )
    }
}

pub fn access_key(name: &str, age: SignedDuration) -> AccessKey {
    AccessKey {
        user: known(name.into()),
        slot: known(1),
        active: known(true),
        created: known(ago(age)),
        age_days: known(age.as_hours() / 24),
        ..AccessKey::blank(
            format!("arn:aws:iam::123456789012:user/{name}#access-key-1"),
            format!("access key 1 of {name}"),
            as_of(),
        )
    }
}

pub fn policy(name: &str) -> Policy {
    Policy {
        kind: known("customer managed".into()),
        name: known(name.into()),
        holders: texts(&["role Deploy"]),
        attachments: known(1),
        versions: known(1),
        description: known(Some("deploys".into())),
        ..Policy::blank(format!("arn:aws:iam::123456789012:policy/{name}"), name, as_of())
    }
}

pub fn principal(name: &str) -> Principal {
    Principal {
        kind: known("role".into()),
        name: known(name.into()),
        attached_policies: texts(&["Deploy"]),
        path_to_administrator: Observed::Known("none".to_owned()),
        ..Principal::blank(format!("arn:aws:iam::123456789012:role/{name}"), name, as_of())
    }
}

pub fn role(name: &str) -> Role {
    Role {
        name: known(name.into()),
        path: known("/".into()),
        created: known(ago(days(400))),
        description: known(Some("Deploys".into())),
        maximum_session_seconds: known(3600),
        last_used: known(Some(ago(days(1)))),
        trusted: texts(&["ec2.amazonaws.com"]),
        attached_policies: texts(&["Deploy"]),
        ..Role::blank(format!("arn:aws:iam::123456789012:role/{name}"), name, as_of())
    }
}

pub fn group(name: &str) -> Group {
    Group {
        name: known(name.into()),
        path: known("/".into()),
        created: known(ago(days(400))),
        users: texts(&["ada"]),
        known_users: texts(&["ada"]),
        ..Group::blank(format!("arn:aws:iam::123456789012:group/{name}"), name, as_of())
    }
}

pub fn certificate(name: &str, expires: Timestamp) -> ServerCertificate {
    ServerCertificate {
        name: known(name.into()),
        expires: known(expires),
        ..ServerCertificate::blank(format!("arn:aws:iam::123456789012:server-certificate/{name}"), name, as_of())
    }
}

/// Everything known, every control in scope, every control passes.
pub fn tidy() -> Account {
    let (id, label) = ("arn:aws:iam::123456789012:root".to_owned(), "root user".to_owned());
    let mut account = Account {
        id: "123456789012".into(),
        started: as_of(),
        report_generated: known(as_of()),
        account: all(vec![AccountFacts {
            partition: known("aws".into()),
            support_roles: texts(&["role Support"]),
            support_principals: texts(&["role Support"]),
            ..AccountFacts::blank(id.clone(), "account 123456789012", as_of())
        }]),
        root: all(vec![Root {
            mfa_enabled: known(true),
            password_present: known(true),
            sign_in: known("it can sign in with its password".into()),
            access_keys_found: known("none".into()),
            ..Root::blank(id.clone(), label, as_of())
        }]),
        password_policy: all(vec![PasswordPolicy {
            exists: known(true),
            minimum_length: known(14),
            reuse_prevention: known(Some(24)),
            requires_uppercase: known(true),
            requires_lowercase: known(true),
            requires_symbol: known(true),
            requires_number: known(true),
            maximum_age: known(Some(90)),
            ..PasswordPolicy::blank(id, "password policy", as_of())
        }]),
        users: all(vec![user("ada")]),
        credentials: all(vec![credential("ada", days(1))]),
        access_keys: all(vec![access_key("ada", days(10))]),
        groups: all(vec![group("staff")]),
        roles: all(vec![role("Deploy")]),
        principals: all(vec![principal("Deploy")]),
        policies: all(vec![policy("Deploy")]),
        server_certificates: all(vec![certificate("web", as_of() + days(30))]),
        ..Account::empty()
    };
    super::regional::watch(&mut account);
    super::other_services::complete(&mut account);
    account
}

/// The kind of this name.
pub fn kind(name: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.name == name).unwrap_or_else(|| panic!("there is no kind {name}"))
}

/// Puts a gap in the place of a fact of one subject.
pub fn blind(account: &mut Account, name: &str, subject: usize, fact: &str, gap: &Arc<Gap>) {
    let kind = kind(name);
    let (index, _) = kind.field(fact).unwrap_or_else(|| panic!("{name} has no fact {fact}"));
    let ViewMut { mut subjects, .. } = account.population_mut(kind);
    match (name, fact) {
        // Which topic an event is of stays known: it says whose control the event is.
        ("watched_event", "topic") => {}
        // Of several events each is the only one of its control.
        ("watched_event", _) => subjects.iter_mut().for_each(|event| event.hide(index, gap)),
        _ => subjects[subject].hide(index, gap),
    }
}

/// Adds a gap to the enumeration of a kind.
pub fn cut_short(account: &mut Account, name: &str, gap: Arc<Gap>) {
    account.population_mut(kind(name)).gaps.push(gap);
}

/// Removes every subject of a kind.
pub fn empty(account: &mut Account, name: &str) {
    account.clear(kind(name));
}
