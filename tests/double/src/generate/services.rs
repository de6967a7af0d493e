//! What the services besides IAM answer in the fictional accounts.
//!
//! Each account is drawn from a [`World`]: what watches over it stands in `evidence`, what stands around IAM in
//! `around`. A plausible account with an answer to every call, for tests of collecting, is made by
//! [`with_services`].

mod account;
mod aggregates;
mod around;
mod deep;
mod evidence;
mod people;
mod regions;

use crate::Account;
use serde_json::Value;

/// Where the account works.
const REGIONS: &[&str] = &["us-east-1", "eu-west-1"];
/// The caller's account is a member of this organization, whose management account it is.
const ORGANIZATION: &str = "o-exampleorgid";

/// How an account is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// In order, seen from the management account of its organization.
    Tidy,
    /// The same, neglected.
    Messy,
    /// Set up like the tidy one, and every text attacks what prints it; filters nearly do what they should.
    Hostile,
    /// A member of an organization, in which nothing was ever set up.
    Member,
    /// Tidy, and the collector may not look.
    Denied,
}

/// Adds the services to an account of a sample.
pub fn with_world(mut account: Account, world: World) -> Account {
    let mut book = Book::of(&mut account);
    around::write(&mut book, world);
    evidence::write(&mut book, world);
    account
}

/// Adds services that answer every call of a collection.
pub fn with_services(mut account: Account) -> Account {
    let mut book = Book::of(&mut account);
    account::write(&mut book);
    for region in REGIONS {
        regions::write(&mut book, region);
        aggregates::write(&mut book, region);
    }
    book.count_an_instance_profile();
    people::write(&mut book);
    deep::write(&mut book);
    account
}

/// The account in the making.
struct Book<'a> {
    account: &'a mut Account,
    number: String,
}

impl<'a> Book<'a> {
    fn of(account: &'a mut Account) -> Self {
        let number = account.caller().split(':').nth(4).unwrap_or_default().to_owned();
        Self { account, number }
    }

    /// An answer at its place; `about` are the texts of the call's parameters, in the order of their names.
    fn put(&mut self, stem: &str, about: &[&str], answer: Value) {
        self.account.answers.insert(place(stem, about), answer);
    }

    /// The account summary counts the profile of the running instances, which no role of the details need be in.
    fn count_an_instance_profile(&mut self) {
        if let Some(summary) = self.account.answers.get_mut("iam/get-account-summary") {
            let count = &mut summary["SummaryMap"]["InstanceProfiles"];
            *count = serde_json::json!(count.as_u64().unwrap_or_default() + 1);
        }
    }

    /// An answer in place of an error.
    fn instead(&mut self, stem: &str, about: &[&str], answer: Value) {
        self.account.failures.remove(&place(stem, about));
        self.put(stem, about, answer);
    }

    /// An error in place of an answer.
    fn rather(&mut self, operation: &str, stem: &str, about: &[&str], code: &str, message: &str) {
        self.account.answers.remove(&place(stem, about));
        self.refuse(operation, stem, about, code, message);
    }

    /// An error.
    fn refuse(&mut self, operation: &str, stem: &str, about: &[&str], code: &str, message: &str) {
        let failure = crate::Failure {
            operation: operation.to_owned(),
            status: Some(if code.starts_with("AccessDenied") || code == "UnauthorizedOperation" { 403 } else { 404 }),
            code: code.to_owned(),
            message: message.to_owned(),
        };
        self.account.failures.insert(place(stem, about), failure);
    }
}

fn place(stem: &str, about: &[&str]) -> String {
    if about.is_empty() { stem.to_owned() } else { format!("{stem}/{}", crate::encode::file_name(&about.join("&"))) }
}
