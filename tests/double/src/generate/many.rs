//! An organization of any size: its management account lists members that are made when they are asked for.

pub mod landscape;

use crate::Account;
use serde_json::{Value, json};

/// The number of the member at a place.
pub fn number(place: usize) -> String {
    format!("{:012}", 700_000_000_000 + place)
}

/// The management account of [`super::tidy_organization`], with so many active members and these others.
pub fn management(members: usize, others: &[(&str, &str)]) -> Account {
    let mut account = super::tidy_organization();
    let own = account.caller().split(':').nth(4).unwrap_or_default().to_owned();
    let entry = |id: &str, name: &str, state: &str| -> Value {
        json!({ "Id": id, "Arn": format!("arn:aws:organizations::{own}:account/o-exampleorgid/{id}"), "Name": name,
            "Email": format!("{name}@example.com"), "State": state, "Status": if state == "ACTIVE" { "ACTIVE" } else { "SUSPENDED" },
            "JoinedMethod": "CREATED", "JoinedTimestamp": "2024-03-01T10:20:30.456000+00:00" })
    };
    let mut accounts = vec![entry(&own, "management", "ACTIVE")];
    accounts.extend((0..members).map(|place| entry(&number(place), &format!("member-{place:04}"), "ACTIVE")));
    accounts.extend(others.iter().map(|(id, state)| entry(id, "<b>\u{202e}other", state)));
    account.answer_at("organizations/list-accounts", json!({ "Accounts": accounts }));
    account.answer_at("organizations/list-accounts-for-parent/r-ex01", json!({ "Accounts": accounts }));
    account.answer_at("organizations/list-accounts-for-parent/ou-ex01-secure01", json!({ "Accounts": [] }));
    account
}
