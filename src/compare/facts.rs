//! Which facts are compared, what they are called, and how their values read.
//!
//! Use is left out (last sign-in, age of a key): it differs in every pair of
//! snapshots and is no change of the account.

use super::changes::{Missing, Row};
use crate::account::fact::{Fact, Gap, GapKind, Observed, Subject};
use crate::describe::DiffLine;

/// Facts that are not compared: use, ages, and what follows from others that are.
fn left_out(kind: &str, fact: &str) -> bool {
    matches!(
        (kind, fact),
        (
            "user",
            "access_keys_made_with_user"
                | "access_keys_never_used"
                | "active_access_keys"
                | "active_signing_certificates"
                | "password_last_used"
        ) | ("credential", "changed" | "idle_days" | "idle_since" | "last_used")
            | ("access_key", "age_days" | "last_used" | "last_used_service")
            | ("group", "known_users" | "members_without_mfa")
            | ("account_profile", "known_billing_access")
            | (
                "role",
                "last_used"
                    | "trusted"
                    // What the trust policy comes to; its text is compared.
                    | "dangling_principals"
                    | "oidc_without_subject"
                    | "open_to_everyone"
                    | "other_accounts_without_external_id"
                    | "saml_without_audience"
                    | "services_without_source"
                    | "third_party_without_external_id"
            )
            | (
                "policy",
                "attachments"
                    | "boundary_uses"
                    | "mitigation"
                    | "updated"
                    | "versions"
                    // What the document comes to; its text is compared.
                    | "allows_by_not_action"
                    | "allows_by_not_resource"
                    | "full_service_access"
                    | "old_versions_with_full_admin"
            )
            | ("root", "last_known_use" | "last_used")
    )
}

/// The differences of two subjects' facts, and what could not be compared.
pub fn compare(old: &dyn Subject, new: &dyn Subject) -> (Vec<Row>, Vec<Missing>) {
    let kind = old.kind();
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for (index, field) in kind.fields.iter().enumerate().filter(|(_, field)| !left_out(kind.name, field.name)) {
        let what = label(field.name);
        match (old.fact(index), new.fact(index)) {
            (Observed::Known(before), Observed::Known(after)) => rows.extend(row(field.name, what, before, after)),
            (Observed::Gap(before), Observed::Gap(after)) if left_to_depth(&before) && left_to_depth(&after) => {}
            (before, after) => {
                for (side, fact) in [(EARLIER, before), (LATER, after)] {
                    if let Observed::Gap(gap) = fact {
                        lack(&mut missing, &what, format!("{side}: {}", gap.reason));
                    }
                }
            }
        }
    }
    (rows, missing)
}

/// Only a deep collection asks for it, and neither was one: both packs say so, and no subject need repeat it.
fn left_to_depth(gap: &Gap) -> bool {
    gap.evidence.is_deep() && gap.kind == GapKind::NotCollected
}

pub const EARLIER: &str = "The earlier evidence";
pub const LATER: &str = "The later evidence";

/// Notes that something could not be compared; what lacks for the same reason stands together.
pub fn lack(missing: &mut Vec<Missing>, what: &str, reason: String) {
    match missing.iter_mut().find(|one| one.reason == reason && !one.what.is_empty()) {
        Some(known) => known.what.push(what.to_owned()),
        None => missing.push(Missing { what: vec![what.to_owned()], reason }),
    }
}

fn row(fact: &'static str, what: String, before: Fact, after: Fact) -> Option<Row> {
    match (before, after) {
        (Fact::TextList(before), Fact::TextList(after)) => list(fact, what, &before, &after),
        (before, after) => (before != after).then(|| Row {
            fact,
            what,
            before: words(&before),
            after: words(&after),
            lines: Vec::new(),
        }),
    }
}

/// What a list lost and won, in its own order; none if both hold the same, in whatever order.
pub fn list(fact: &'static str, what: String, before: &[String], after: &[String]) -> Option<Row> {
    let (mut old, mut new): (Vec<&String>, Vec<&String>) = (before.iter().collect(), after.iter().collect());
    old.sort_unstable();
    new.sort_unstable();
    let only = |own: &[&String], other: &[&String], sign| -> Vec<DiffLine> {
        let mut lines: Vec<DiffLine> = Vec::new();
        for text in own.iter().filter(|text| other.binary_search(text).is_err()) {
            lines.push(DiffLine { sign, text: (*text).clone() });
        }
        lines
    };
    let mut lines = only(&old, &new, '-');
    lines.extend(only(&new, &old, '+'));
    (!lines.is_empty()).then(|| Row { fact, what, before: String::new(), after: String::new(), lines })
}

/// A fact's name for readers.
pub fn label(fact: &str) -> String {
    match fact {
        "mfa_active" => "MFA".to_owned(),
        "mfa_enabled" => "MFA".to_owned(),
        "has_password" => "Console password".to_owned(),
        "has_access_key" => "Access key".to_owned(),
        "password_present" => "Password".to_owned(),
        "virtual_mfa_devices" => "Virtual MFA devices".to_owned(),
        "maximum_session_seconds" => "Maximum session duration in seconds".to_owned(),
        "grants_full_admin" => "Grants full administration".to_owned(),
        "exists" => "A policy of its own is set".to_owned(),
        "url" => "Issuer".to_owned(),
        "client_ids" => "Audiences".to_owned(),
        "support_roles" => "Roles that hold AWSSupportAccess".to_owned(),
        "support_principals" => "Holders of AWSSupportAccess".to_owned(),
        "cloudshell_full_access_principals" => "Holders of AWSCloudShellFullAccess".to_owned(),
        "active" => "Can be used".to_owned(),
        other => {
            let mut letters = other.chars();
            let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
            first + &letters.as_str().replace('_', " ")
        }
    }
}

/// A value for readers.
pub fn words(fact: &Fact) -> String {
    match fact {
        Fact::Null => "none".to_owned(),
        Fact::Bool(value) => (if *value { "yes" } else { "no" }).to_owned(),
        Fact::Int(value) => value.to_string(),
        Fact::Text(value) if value.is_empty() => "empty".to_owned(),
        Fact::Text(value) => value.clone(),
        Fact::Time(value) => value.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Fact::TextList(values) => values.join(", "),
    }
}
