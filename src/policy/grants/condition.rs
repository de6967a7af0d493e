//! Whether a condition restricts a grant at all.

use crate::policy::conditions::{Caller, Class, judge};
use crate::policy::document::{Condition, SetPrefix};
use crate::policy::parse::OPERATORS;

/// Keys that every request has.
const ALWAYS_PRESENT: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:useragent",
    "aws:userid",
];

/// Keys that say to whom the principal or the resource belongs. In a policy of the own account they name the own
/// account or organisation; if they name another one, the statement never grants anything.
const OWN: &[&str] =
    &["aws:principalaccount", "aws:principalorgid", "aws:principaltype", "aws:resourceaccount", "aws:resourceorgid"];

/// Texts that the caller chooses.
const CHOSEN: &[&str] = &["aws:referer", "aws:useragent"];

/// Whether some request of the principal may not meet the condition. Those
/// that look like conditions and hold for every request do not: `StringLike
/// aws:userid *`, every address of the internet, a secure connection, the own
/// account. Nor do those that the principal can meet at will, such as
/// `BoolIfExists aws:MultiFactorAuthPresent`, which a call with an access key
/// meets because it lacks the key. Nor does what is not understood, or lists
/// no value: it must not hide a grant.
pub fn restricts(condition: &Condition) -> bool {
    if condition.values.is_empty() || !OPERATORS.contains(&condition.operator.as_str()) {
        return false;
    }
    let key = condition.key.to_lowercase();
    let key = key.as_str();
    let always = ALWAYS_PRESENT.contains(&key);
    let optional = condition.if_exists || condition.set == Some(SetPrefix::ForAllValues);
    if CHOSEN.contains(&key) || optional && !always && key.starts_with("aws:") {
        return false;
    }
    // It compares the key with itself.
    if condition.values.iter().any(|value| value.eq_ignore_ascii_case(&format!("${{{key}}}"))) {
        return false;
    }
    let present = always || optional || key == "iam:passedtoservice";
    let any = |test: &dyn Fn(&str) -> bool| condition.values.iter().any(|value| test(value));
    match condition.operator.as_str() {
        "StringEquals" | "StringEqualsIgnoreCase" => !OWN.contains(&key),
        "StringLike" | "ArnLike" | "ArnEquals" => {
            !(OWN.contains(&key) || present && any(&is_every_text) || key == "aws:principalarn" && any(&is_every_arn))
        }
        "StringNotEquals" | "StringNotEqualsIgnoreCase" | "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => {
            // It shuts out others at most; a policy that shuts out its holder is pointless.
            !(key.starts_with("aws:principal") || matches!(key, "aws:userid" | "aws:username"))
        }
        "IpAddress" => !(key == "aws:sourceip" && is_the_internet(condition)),
        "Bool" => {
            let only = |wanted: &str| condition.values.iter().any(|value| value.eq_ignore_ascii_case(wanted));
            match key {
                "aws:securetransport" => !only("true"),
                "aws:viaawsservice" | "aws:principalisawsservice" | "aws:multifactorauthpresent" => !only("false"),
                _ => true,
            }
        }
        // A key that is always there; or one that the caller can leave out by calling in another way.
        "Null" => {
            let absent = any(&|value| value.eq_ignore_ascii_case("true"));
            !(if absent { key.starts_with("aws:") && !always } else { always || key == "iam:passedtoservice" })
        }
        // From then on for ever.
        "DateGreaterThan"
        | "DateGreaterThanEquals"
        | "NumericGreaterThan"
        | "NumericGreaterThanEquals"
        | "DateNotEquals"
        | "NumericNotEquals" => !matches!(key, "aws:currenttime" | "aws:epochtime"),
        _ => true,
    }
}

/// `*`, `**`, `?*`: whatever has a letter or a few.
fn is_every_text(value: &str) -> bool {
    value.contains('*') && value.chars().all(|letter| matches!(letter, '*' | '?'))
}

/// `arn:*`, `arn:aws:*`, `arn:aws:iam::*`: wildcards after the beginning that all users and roles share.
fn is_every_arn(value: &str) -> bool {
    let start = value.trim_end_matches(['*', '?', ':']);
    value.ends_with('*') && ["arn:aws:iam", "arn:aws:sts"].iter().any(|every| every.starts_with(start))
}

/// `0.0.0.0/0`, `::/0`, and the halves and quarters that others write for them.
fn is_the_internet(condition: &Condition) -> bool {
    let half = |range: &String| range.split_once('/').is_some_and(|(_, length)| matches!(length, "0" | "1"));
    condition.values.iter().any(half) || judge(condition, Caller::Everyone, true).class == Class::NotNarrowing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, if_exists: bool, key: &str, value: &str) -> Condition {
        let values = vec![value.to_owned()];
        Condition { operator: operator.to_owned(), set: None, if_exists, key: key.to_owned(), values }
    }

    #[test]
    fn conditions_that_always_hold_restrict_nothing() {
        assert!(!restricts(&condition("StringLike", false, "AWS:UserId", "*")));
        assert!(!restricts(&condition("ArnLike", true, "aws:SourceArn", "**")));
        assert!(!restricts(&condition("IpAddress", false, "aws:SourceIp", "0.0.0.0/0")));
        assert!(!restricts(&condition("IpAddress", false, "aws:sourceip", "128.0.0.0/1")));
        assert!(!restricts(&condition("Bool", false, "aws:SecureTransport", "true")));
        assert!(!restricts(&condition("StringLikes", false, "aws:PrincipalTag/team", "a")), "not understood");
        assert!(restricts(&condition("Bool", false, "aws:MultiFactorAuthPresent", "true")));
        assert!(restricts(&condition("IpAddress", false, "aws:SourceIp", "10.0.0.0/8")));
        assert!(restricts(&condition("StringLike", false, "aws:PrincipalTag/team", "*")), "the tag must be there");
        assert!(
            restricts(&condition("StringEquals", false, "aws:userid", "*")),
            "a star is a character to StringEquals"
        );
    }
}
