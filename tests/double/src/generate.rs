//! Accounts that never were: deterministic dumps for samples, tests and benchmarks.
//!
//! All of them are as of 2026-09-30T06:00:00Z, with a credential report of
//! 04:12:07Z. Nothing here reads a clock or a random source.

#[cfg(test)]
mod agreement;
mod blueprint;
mod documents;
mod empty;
mod hostile;
pub mod later;
mod managed;
pub mod many;
mod messy;
mod report;
mod rng;
mod services;
mod sized;
mod tidy;

use crate::Account;
use crate::time::{DAY, at};
use services::{World, with_world};

/// When the accounts are looked at.
fn now() -> i64 {
    at(2026, 9, 30, 6, 0, 0)
}

/// When their credential reports were generated.
fn report_time() -> i64 {
    at(2026, 9, 30, 4, 12, 7)
}

/// A grown company's account in which nearly everything that can be wrong is wrong somewhere.
pub fn messy_enterprise() -> Account {
    with_world(messy::blueprint().with_credentials(), World::Messy)
}

/// A small company's account that passes what an account can pass, but that its people still sign in as IAM users.
pub fn tidy_startup() -> Account {
    with_world(tidy::blueprint().with_credentials(), World::Tidy)
}

/// A member account without users, roles or policies whose root credentials were removed.
pub fn empty_account() -> Account {
    with_world(empty::blueprint().with_credentials(), World::Member)
}

/// An account whose every text tries to break out of where it is printed.
pub fn hostile_text() -> Account {
    with_world(hostile::blueprint().with_credentials(), World::Hostile)
}

/// [`tidy_startup`], seen by a collector that is refused in most places, the credential report among them.
pub fn permission_denied() -> Account {
    with_world(tidy::denied(), World::Denied)
}

/// [`tidy_startup`] with what the other services answer: two regions, an organization, Identity Center.
pub fn tidy_organization() -> Account {
    services::with_services(tidy::blueprint().with_credentials())
}

/// The least account in which every call of a collection has something to ask about.
pub fn small_organization() -> Account {
    let (mut small, messy) = (sized::blueprint(2, 2, 2), messy::blueprint());
    (small.saml, small.oidc) = (messy.saml, messy.oidc);
    let made = report_time() - 40 * DAY;
    small.users[0].keys[0] = Some(blueprint::Key { active: true, created: made, used: None });
    services::with_services(small.with_credentials())
}

/// An account of a given size, for measuring: users (each with a virtual MFA device), roles, customer policies.
pub fn sized(users: usize, roles: usize, policies: usize) -> Account {
    sized::blueprint(users, roles, policies).account()
}

/// The same with what the other services answer in two regions.
pub fn sized_with_services(users: usize, roles: usize, policies: usize) -> Account {
    services::with_services(sized::blueprint(users, roles, policies).with_credentials())
}

/// A generated account by its name on the command line.
pub fn named(name: &str) -> Option<Account> {
    match name {
        "messy-enterprise" => Some(messy_enterprise()),
        "tidy-startup" => Some(tidy_startup()),
        "empty-account" => Some(empty_account()),
        "hostile-text" => Some(hostile_text()),
        "permission-denied" => Some(permission_denied()),
        "tidy-organization" => Some(tidy_organization()),
        "small-organization" => Some(small_organization()),
        other => {
            let counts: Option<Vec<usize>> =
                other.strip_prefix("sized:")?.split(',').map(|count| count.parse().ok()).collect();
            match counts?.as_slice() {
                [users, roles, policies] => Some(sized(*users, *roles, *policies)),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(account: &Account, operation: &str, list: &str) -> usize {
        account.recorded("iam", operation).unwrap()[list].as_array().unwrap().len()
    }

    fn summary(account: &Account, key: &str) -> u64 {
        account.recorded("iam", "GetAccountSummary").unwrap()["SummaryMap"][key].as_u64().unwrap()
    }

    #[test]
    fn the_sources_of_an_account_agree() {
        for account in [messy_enterprise(), tidy_startup(), empty_account(), hostile_text(), sized(50, 10, 20)] {
            let details = |list| count(&account, "GetAccountAuthorizationDetails", list);
            assert_eq!(details("UserDetailList"), count(&account, "ListUsers", "Users"));
            assert_eq!(details("RoleDetailList"), count(&account, "ListRoles", "Roles"));
            assert_eq!(details("UserDetailList") as u64, summary(&account, "Users"));
            assert_eq!(details("RoleDetailList") as u64, summary(&account, "Roles"));
            assert_eq!(details("GroupDetailList") as u64, summary(&account, "Groups"));
            assert_eq!(
                account.recorded("iam", "GetAccountSummary").unwrap()["SummaryMap"].as_object().unwrap().len(),
                34
            );
            let report = String::from_utf8(account.report().unwrap().to_vec()).unwrap();
            assert!(!report.ends_with('\n') && report.lines().nth(1).unwrap().starts_with("<root_account>,"));
        }
    }

    #[test]
    fn the_messy_enterprise_is_as_large_and_as_messy_as_its_tests_expect() {
        let account = messy_enterprise();
        let details = |list| count(&account, "GetAccountAuthorizationDetails", list);
        assert!((330..=370).contains(&details("UserDetailList")), "{}", details("UserDetailList"));
        assert!((300..=340).contains(&details("RoleDetailList")), "{}", details("RoleDetailList"));
        assert!((170..=190).contains(&(summary(&account, "Policies"))), "{}", summary(&account, "Policies"));
        assert!((20..=30).contains(&details("GroupDetailList")));
        let report = String::from_utf8(account.report().unwrap().to_vec()).unwrap();
        for row in [
            "\"comma,name\",",        // RFC 4180
            ",2026-07-02T04:12:07Z,", // a key of exactly 90 days
            ",2026-08-16T04:12:07Z,", // a use exactly 45 days ago
            "no_information",
            "left.yesterday,",
        ] {
            assert!(report.contains(row), "{row}");
        }
        assert!(!report.contains("new.joiner,"));
        let users = account.recorded("iam", "ListUsers").unwrap().to_string();
        assert!(users.contains("\"new.joiner\"") && !users.contains("left.yesterday"));
    }

    #[test]
    fn generation_is_deterministic() {
        assert_eq!(messy_enterprise().answers, messy_enterprise().answers);
    }

    #[test]
    fn a_written_dump_is_read_back_the_same() {
        for (name, account) in [("denied", permission_denied()), ("hostile", hostile_text())] {
            let dir = std::env::temp_dir().join(format!("aws-double-{name}-{}", std::process::id()));
            account.write(&dir).unwrap();
            let read = Account::load(&dir).unwrap();
            std::fs::remove_dir_all(&dir).unwrap();
            assert_eq!(read.answers, account.answers);
            assert_eq!(read.report, account.report);
            assert_eq!(read.failures.keys().collect::<Vec<_>>(), account.failures.keys().collect::<Vec<_>>());
        }
    }
}
