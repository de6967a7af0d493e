//! Whether a condition restricts a grant at all.

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

/// Whether some request of the principal may not meet the condition. Those
/// that look like conditions and hold for every request do not: `StringLike
/// aws:userid *`, every address of the internet, a secure connection. Nor does
/// what is not understood, or lists no value: it must not hide a grant.
pub fn restricts(condition: &Condition) -> bool {
    if condition.values.is_empty() || !OPERATORS.contains(&condition.operator.as_str()) {
        return false;
    }
    let key = condition.key.to_lowercase();
    let present =
        condition.if_exists || condition.set == Some(SetPrefix::ForAllValues) || ALWAYS_PRESENT.contains(&key.as_str());
    let any = |test: &dyn Fn(&str) -> bool| condition.values.iter().any(|value| test(value));
    match condition.operator.as_str() {
        "StringLike" | "ArnLike" => !(present && any(&|value| !value.is_empty() && value.chars().all(|it| it == '*'))),
        "IpAddress" => !(key == "aws:sourceip" && any(&is_half_the_internet)),
        "Bool" => !(key == "aws:securetransport" && any(&|value| value.eq_ignore_ascii_case("true"))),
        _ => true,
    }
}

/// `0.0.0.0/0`, `::/0`, and the halves that others write for them.
fn is_half_the_internet(range: &str) -> bool {
    range.split_once('/').is_some_and(|(_, length)| matches!(length, "0" | "1"))
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
