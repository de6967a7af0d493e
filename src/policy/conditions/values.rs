//! Whether a condition's value names something fixed.

pub(super) use crate::arn::{is_account, is_organization};

/// Only wildcards: matches everything, under any operator.
pub(super) fn is_wildcard_only(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| matches!(c, '*' | '?'))
}

pub(super) fn has_wildcard(value: &str) -> bool {
    value.contains(['*', '?'])
}

/// The account in an ARN pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ArnAccount {
    Fixed(String),
    /// Any account: a wildcard is at or extends over the account part.
    Any,
    /// No account in it, as in the ARN of a bucket.
    Absent,
    NoArn,
}

/// `within_parts` means that wildcards cannot match a colon, as under `ArnLike`.
pub(super) fn arn_account(pattern: &str, within_parts: bool) -> ArnAccount {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else {
        return if has_wildcard(pattern) { ArnAccount::Any } else { ArnAccount::NoArn };
    };
    let before = [arn, partition, service, region];
    // Under StringLike an early wildcard may swallow colons, so that what looks like the account may be a later
    // part. That also holds for users and roles: their paths may have colons in them, and their owner chooses them.
    if !within_parts && before.iter().any(|part| has_wildcard(part)) {
        return ArnAccount::Any;
    }
    if has_wildcard(arn) || has_wildcard(account) {
        return ArnAccount::Any;
    }
    if arn != "arn" {
        return ArnAccount::NoArn;
    }
    if account.is_empty() {
        return if is_wildcard_only(resource) || resource.starts_with(['*', '?']) {
            ArnAccount::Any
        } else {
            ArnAccount::Absent
        };
    }
    if is_account(account) { ArnAccount::Fixed(account.to_owned()) } else { ArnAccount::NoArn }
}

/// The policy variable in a value, in lower case: `${aws:username}` → `aws:username`.
pub(super) fn variable(value: &str) -> Option<String> {
    let inner = value.split_once("${")?.1.split_once('}')?.0;
    let name = inner.split(',').next().unwrap_or(inner).trim();
    (!matches!(name, "*" | "?" | "$")).then(|| name.to_ascii_lowercase())
}
