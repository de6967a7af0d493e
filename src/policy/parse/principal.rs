//! The `Principal` element.

use super::{Notes, known, strings};
use crate::arn::is_account;
use crate::policy::document::Principal;
use crate::policy::external_id_mask::quote;
use crate::policy::json::{Json, Value};

pub(super) fn parse(value: &Json, place: &str, notes: &mut Notes) -> Vec<Principal> {
    match &value.value {
        Value::String(string) if string == "*" => vec![Principal::Everyone],
        Value::Object(members) => of_kinds(members, place, notes),
        _ => {
            notes.add(place, format!("{} stands where \"*\" or principals by kind are expected.", quote(value)));
            strings(value, place, &mut Notes::default())
                .into_iter()
                .map(|value| Principal::Other { key: String::new(), value })
                .collect()
        }
    }
}

fn of_kinds(members: &[(String, Json)], place: &str, notes: &mut Notes) -> Vec<Principal> {
    const KINDS: &[&str] = &["AWS", "Service", "Federated", "CanonicalUser"];
    let mut principals = Vec::new();
    for (kind, value) in known(members, KINDS, place, notes) {
        let place = &format!("{place}.{kind}");
        for value in strings(value, place, notes) {
            if value.contains('*') && (kind, value.as_str()) != ("AWS", "*") {
                notes.add(
                    place,
                    format!(
                        "{value:?} has a star, which stands for everyone only alone and under AWS; shown as written."
                    ),
                );
            }
            let other = |value| Principal::Other { key: kind.to_owned(), value };
            let principal = match kind {
                "AWS" => aws(value),
                "Service" => Principal::Service(value),
                "Federated" => Principal::Federated(value),
                _ if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    Principal::CanonicalUser(value)
                }
                _ => other(value),
            };
            if let Principal::Other { value, .. } = &principal {
                notes.add(place, format!("{value:?} is no principal of this kind as known here; shown as written."));
            }
            principals.push(principal);
        }
    }
    // Unknown kinds were noted by `known`; they still count as principals.
    for (key, value) in members.iter().filter(|(key, _)| !KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(key))) {
        let values = strings(value, place, &mut Notes::default());
        principals.extend(values.into_iter().map(|value| Principal::Other { key: key.clone(), value }));
    }
    principals
}

fn aws(value: String) -> Principal {
    if value == "*" {
        return Principal::Everyone;
    }
    if is_account(&value) {
        return Principal::Account(value);
    }
    if value.starts_with("arn:") {
        let mut parts = value.splitn(6, ':').skip(2);
        let (service, account) = (parts.next(), parts.nth(1));
        let root = service == Some("iam") && account.is_some_and(is_account) && parts.next() == Some("root");
        return if root { Principal::Account(value) } else { Principal::Arn(value) };
    }
    if is_unique_id(&value) {
        return Principal::Dangling(value);
    }
    Principal::Other { key: "AWS".to_owned(), value }
}

/// `AIDA…`, `AROA…`: IAM's own ids begin with A and three letters for the kind.
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && text.starts_with('A')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && text.bytes().take(4).all(|byte| byte.is_ascii_uppercase())
}
