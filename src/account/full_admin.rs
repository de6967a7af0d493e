//! Does a policy allow every action on every resource, in whatever spelling?
//!
//! Patterns are never compared with texts like `*` but matched against
//! everything that there is: an action is a service's name, a colon and the
//! action's name; a resource is an ARN.
//!
//! `Allow` with `NotAction` on all resources allows everything but a few
//! actions. As long as the actions of IAM are among what is left, the holder
//! can give themselves the rest, so it counts as full administration unless
//! it leaves out all of `iam:*` and no other statement gives that back. The
//! same holds for `NotResource` unless it leaves out all resources of IAM.
//! Conditions and denials do not change the answer; they are told beside it.

use super::document::{Scope, Statement, statements};
use serde_json::Value;

/// Where the policy applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-cn` …
    pub partition: String,
}

/// What a policy document grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Every action on every resource.
    pub full: bool,
    /// What stands against a full grant, in words.
    pub mitigation: Option<String>,
}

/// A character of a subject that only a wildcard matches.
const ANY: char = '\u{1}';

/// Reads a document and judges it. What cannot be understood is an error, unless what
/// can be understood grants everything already.
pub fn judge(document: Option<&Value>, place: &Place) -> Result<Grant, String> {
    let read = statements(document)?;
    let understood: Vec<&Statement> = read.iter().filter_map(|statement| statement.as_ref().ok()).collect();
    let grants: Vec<&Statement> =
        understood.iter().copied().filter(|s| s.allows && every_resource(&s.resources, place)).collect();
    if !every_action(&grants) {
        let first_error = read.into_iter().find_map(Result::err);
        return first_error.map_or(Ok(Grant { full: false, mitigation: None }), Err);
    }
    Ok(Grant { full: true, mitigation: mitigation(&understood, &grants) })
}

fn mitigation(all: &[&Statement], grants: &[&Statement]) -> Option<String> {
    let mut words = Vec::new();
    let unconditional: Vec<&Statement> = grants.iter().copied().filter(|s| s.conditions.is_empty()).collect();
    if !every_action(&unconditional) {
        let mut keys: Vec<&str> = grants.iter().flat_map(|s| &s.conditions).map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        let keys = if keys.is_empty() { "(empty)".to_owned() } else { keys.join(", ") };
        words.push(format!("the grant has a condition on {keys}"));
    }
    for denial in all.iter().filter(|s| !s.allows) {
        let what = match &denial.actions {
            Scope::Only(names) => names.join(", "),
            Scope::AllBut(names) => format!("everything but {}", names.join(", ")),
        };
        let on = match &denial.resources {
            Scope::Only(names) => names.join(", "),
            Scope::AllBut(names) => format!("everything but {}", names.join(", ")),
        };
        let when = if denial.conditions.is_empty() {
            String::new()
        } else {
            format!(", under a condition on {}", denial.conditions.join(", "))
        };
        words.push(format!("another statement denies {what} on {on}{when}"));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// The statements together cover every action.
fn every_action(grants: &[&Statement]) -> bool {
    let named: Vec<&str> = grants
        .iter()
        .filter_map(|s| if let Scope::Only(names) = &s.actions { Some(names) } else { None })
        .flatten()
        .map(String::as_str)
        .collect();
    named.iter().any(|pattern| only_wildcards(pattern)) || covers_alphabet(&named) || {
        grants.iter().any(|s| match &s.actions {
            Scope::Only(_) => false,
            Scope::AllBut(left_out) => {
                let given_back = left_out.iter().all(|out| named.iter().any(|p| covers(p, &out.to_lowercase())));
                given_back || !left_out.iter().any(|out| covers(out, &format!("iam:{ANY}*")))
            }
        })
    }
}

/// `*`, `**`, `?*`: matches whatever is long enough.
fn only_wildcards(pattern: &str) -> bool {
    pattern.contains('*') && pattern.chars().all(|letter| matches!(letter, '*' | '?'))
}

/// For each letter that a service's name can begin with, some pattern takes all actions:
/// `*:*` does at once, `a*:*` to `z*:*` together.
fn covers_alphabet(patterns: &[&str]) -> bool {
    ('a'..='z').all(|letter| {
        // The shortest names in use are like `kms:Sign`.
        let actions = format!("{letter}{ANY}*:{ANY}{ANY}{ANY}{ANY}*");
        patterns.iter().any(|pattern| covers(pattern, &actions))
    })
}

fn every_resource(resources: &Scope, place: &Place) -> bool {
    let arns = format!("arn:{}:{ANY}*:*:*:{ANY}*", place.partition);
    let of_iam = format!("arn:{}:iam::{}:{ANY}*", place.partition, place.account);
    match resources {
        Scope::Only(patterns) => patterns.iter().any(|p| only_wildcards(p) || matches_all(p, &arns)),
        Scope::AllBut(patterns) => !patterns.iter().any(|p| only_wildcards(p) || matches_all(p, &of_iam)),
    }
}

/// [`matches_all`] without regard to case, as names of actions are compared.
fn covers(pattern: &str, subject: &str) -> bool {
    matches_all(&pattern.to_lowercase(), subject)
}

/// Whether `pattern` matches everything that `subject` matches. In `subject`, `*` stands for
/// any text and only a `*` of the pattern takes it; [`ANY`] is one character that only a
/// wildcard takes.
fn matches_all(pattern: &str, subject: &str) -> bool {
    let pattern = normal(pattern);
    let subject: Vec<char> = subject.chars().collect();
    let (mut p, mut s) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while s < subject.len() {
        let one = pattern.get(p).is_some_and(|letter| match (letter, subject[s]) {
            ('*', _) | ('?', '*') => false,
            ('?', _) => true,
            (letter, subject) => *letter == subject,
        });
        if one {
            (p, s) = (p + 1, s + 1);
        } else if pattern.get(p) == Some(&'*') {
            star = Some((p, s));
            p += 1;
        } else if let Some((star_p, star_s)) = star {
            (p, s) = (star_p + 1, star_s + 1);
            star = Some((star_p, star_s + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

/// `*?*` matches what `?*` matches: question marks first, then one star.
fn normal(pattern: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::new();
    for letter in pattern.chars() {
        match (out.last(), letter) {
            (Some('*'), '*') => {}
            (Some('*'), '?') => {
                let place = out.len() - 1;
                out.insert(place, '?');
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn place() -> Place {
        Place { account: "111122223333".to_owned(), partition: "aws".to_owned() }
    }
    fn full(statement: Value) -> bool {
        judge(Some(&json!({ "Version": "2012-10-17", "Statement": statement })), &place()).unwrap().full
    }
    fn allow(action: Value, resource: Value) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    }

    #[test]
    fn every_spelling_of_everything_is_full_administration() {
        let alphabet: Vec<String> = ('a'..='z').map(|letter| format!("{letter}*:*")).collect();
        for action in [
            json!("*"),
            json!(["*"]),
            json!("*:*"),
            json!("**"),
            json!("*:**"),
            json!("?*"),
            json!("*?:*"),
            json!("?*:?*"),
            json!(["s3:GetObject", "*:*"]),
            json!(alphabet),
        ] {
            assert!(full(allow(action.clone(), json!("*"))), "{action}");
        }
        for resource in [
            json!(["*", "arn:aws:s3:::bucket"]),
            json!("**"),
            json!("arn:*"),
            json!("arn:aws:*"),
            json!("arn:aws:*:*:*:*"),
            json!("arn:*:*:*:*:*"),
            json!("arn:aws:?*:*:*:?*"),
        ] {
            assert!(full(json!([allow(json!("*"), resource.clone())])), "{resource}");
        }
        // One statement, not a list of one; the alphabet spread over two statements.
        assert!(full(allow(json!("*"), json!("*"))));
        assert!(full(json!([allow(json!(alphabet[..9]), json!("*")), allow(json!(alphabet[9..]), json!("arn:*"))])));
    }

    #[test]
    fn less_than_everything_is_not() {
        let most: Vec<String> = ('a'..='y').map(|letter| format!("{letter}*:*")).collect();
        for (action, resource) in [
            (json!("s3:*"), json!("*")),
            (json!("iam:*"), json!("*")),
            (json!("*:Get*"), json!("*")),
            (json!("?:*"), json!("*")),
            (json!("?????"), json!("*")),
            (json!([]), json!("*")),
            (json!(most), json!("*")),
            (json!("*"), json!("arn:aws:s3:::*")),
            (json!("*"), json!("arn:aws:*:eu-west-1:*:*")),
            (json!("*"), json!("arn:aws-cn:*:*:*:*")),
            (json!("*"), json!("arn:aws:*:*:*:*:*")),
        ] {
            assert!(!full(allow(action.clone(), resource.clone())), "{action} on {resource}");
        }
        assert!(!full(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" })));
        assert!(!full(json!([])));
    }

    #[test]
    fn leaving_out_little_is_as_good_as_leaving_out_nothing() {
        let all_but = |not_action: Value| json!({ "Effect": "Allow", "NotAction": not_action, "Resource": "*" });
        for little in
            [json!([]), json!("s3:DeleteBucket"), json!(["iam:CreateUser", "aws-portal:*"]), json!("nonsense")]
        {
            assert!(full(all_but(little.clone())), "{little}");
        }
        for much in [json!("iam:*"), json!(["IAM:*", "organizations:*"]), json!("i*"), json!("*"), json!("iam*")] {
            assert!(!full(all_but(much.clone())), "{much}");
        }
        // What one statement leaves out, another gives back.
        assert!(full(json!([all_but(json!("iam:*")), allow(json!("IAM:*"), json!("*"))])));

        let elsewhere = |not: Value| json!({ "Effect": "Allow", "Action": "*", "NotResource": not });
        assert!(full(elsewhere(json!([]))));
        assert!(full(elsewhere(json!("arn:aws:s3:::audit-logs/*"))));
        for much in [json!("*"), json!("arn:aws:iam::111122223333:*"), json!("arn:aws:iam::*")] {
            assert!(!full(elsewhere(much.clone())), "{much}");
        }
    }

    #[test]
    fn conditions_and_denials_are_told_and_change_nothing() {
        let judged = judge(
            Some(&json!({ "Statement": [
                { "Effect": "Allow", "Action": "*:*", "Resource": "*", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } },
                { "Effect": "Deny", "Action": "*", "Resource": "*" },
            ] })),
            &place(),
        )
        .unwrap();
        assert!(judged.full);
        assert_eq!(
            judged.mitigation.unwrap(),
            "the grant has a condition on aws:MultiFactorAuthPresent; another statement denies * on *"
        );
    }

    #[test]
    fn what_cannot_be_read_is_never_a_no() {
        for document in [
            json!(null),
            json!({}),
            json!("not json"),
            json!({ "Statement": "x" }),
            json!({ "Statement": { "Action": "*", "Resource": "*" } }),
            json!({ "Statement": { "Effect": "allow", "Action": "*", "Resource": "*" } }),
            json!({ "Statement": { "Effect": "Allow", "Action": 1, "Resource": "*" } }),
            json!({ "Statement": { "Effect": "Allow", "Resource": "*" } }),
            json!({ "Statement": { "Effect": "Allow", "Action": "*" } }),
        ] {
            assert!(judge(Some(&document), &place()).is_err(), "{document}");
        }
        let one_good =
            json!({ "Statement": [{ "Effect": "?" }, { "Effect": "Allow", "Action": "*", "Resource": "*" }] });
        assert!(judge(Some(&one_good), &place()).unwrap().full);
    }

    proptest! {
        #[test]
        fn a_pattern_that_covers_the_alphabet_matches_any_action(pattern in "[*?:a]{1,8}", action in "[a-z]{2,6}:[A-Z][a-z]{3,9}") {
            if covers_alphabet(&[&pattern]) {
                prop_assert!(covers(&pattern, &action.to_lowercase()), "{pattern} does not match {action}");
            }
        }
    }
}
