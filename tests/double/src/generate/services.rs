//! What the services besides IAM answer in a plausible account: two regions, an organisation, Identity Center.

mod account;
mod aggregates;
mod deep;
mod people;
mod regions;

use crate::Account;
use serde_json::Value;

/// Where the account works.
const REGIONS: &[&str] = &["us-east-1", "eu-west-1"];
/// The caller's account is a member of this organisation, whose management account it is.
const ORGANIZATION: &str = "o-exampleorgid";

/// Adds the services to an account.
pub fn with_services(mut account: Account) -> Account {
    let number = account.caller().split(':').nth(4).unwrap_or_default().to_owned();
    let mut book = Book { account: &mut account, number };
    account::write(&mut book);
    for region in REGIONS {
        regions::write(&mut book, region);
        aggregates::write(&mut book, region);
    }
    people::write(&mut book);
    deep::write(&mut book);
    account
}

/// The account in the making.
struct Book<'a> {
    account: &'a mut Account,
    number: String,
}

impl Book<'_> {
    /// An answer at its place; `about` are the texts of the call's parameters, in the order of their names.
    fn put(&mut self, stem: &str, about: &[&str], answer: Value) {
        self.account.answers.insert(place(stem, about), answer);
    }

    /// An error in place of an answer.
    fn refuse(&mut self, operation: &str, stem: &str, about: &[&str], code: &str, message: &str) {
        let failure = crate::Failure {
            operation: operation.to_owned(),
            status: Some(if code == "AccessDeniedException" { 403 } else { 404 }),
            code: code.to_owned(),
            message: message.to_owned(),
        };
        self.account.failures.insert(place(stem, about), failure);
    }
}

fn place(stem: &str, about: &[&str]) -> String {
    if about.is_empty() { stem.to_owned() } else { format!("{stem}/{}", crate::encode::file_name(&about.join("&"))) }
}
