//! Identity policies against AWS's documented evaluation logic, one line a case, each with its source.
//!
//! `evaluation/cases.txt` has one case a line:
//! `source | holder | statements | boundary | expected`. A statement is
//! `allow ACTIONS on RESOURCES if OPERATOR KEY VALUES`, with `except` before a list
//! for NotAction and NotResource, and statements end with `;`.

use super::{as_of, granted_to};
use crate::policy::escalation::{AccountContext, Certainty, Holder, Path, paths_among};
use crate::policy::grants::{Grants, Scope};

const CASES: &str = include_str!("evaluation/cases.txt");

fn json_list(words: &str) -> String {
    let all: Vec<String> = words.split(',').map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", all.join(","))
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn word<'a>(words: &mut Words<'a>, text: &str) -> &'a str {
    words.next().unwrap_or_else(|| panic!("{text} is cut short"))
}

/// `"NotAction":["iam:*"]`.
fn part(words: &mut Words<'_>, name: &str, text: &str) -> String {
    let except = words.next_if_eq(&"except").is_some();
    format!(r#""{}{name}":{}"#, if except { "Not" } else { "" }, json_list(word(words, text)))
}

/// A statement as JSON.
fn statement(text: &str) -> String {
    let mut words = text.split_whitespace().peekable();
    let effect = match word(&mut words, text) {
        "allow" => "Allow",
        "deny" => "Deny",
        other => panic!("{other:?} in {text}"),
    };
    let actions = part(&mut words, "Action", text);
    assert_eq!(word(&mut words, text), "on", "{text}");
    let resources = part(&mut words, "Resource", text);
    let mut conditions = Vec::new();
    while let Some(between) = words.next() {
        assert!(matches!(between, "if" | "and"), "{text}");
        let (operator, key) = (word(&mut words, text), word(&mut words, text));
        conditions.push(format!(r#""{operator}":{{"{key}":{}}}"#, json_list(word(&mut words, text))));
    }
    format!(r#"{{"Effect":"{effect}",{actions},{resources},"Condition":{{{}}}}}"#, conditions.join(","))
}

fn document(statements: &str) -> String {
    let all: Vec<String> =
        statements.split(';').map(str::trim).filter(|text| !text.is_empty()).map(statement).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","))
}

fn arn(holder: &str) -> String {
    format!("arn:aws:iam::111122223333:{holder}")
}

/// Whether what is expected is so.
fn holds(expected: &str, grants: &Grants, paths: &[Path]) -> bool {
    let path_of = |id: &str| paths.iter().find(|path| path.way.id == id);
    if let Some((action, scope)) = expected.split_once('=') {
        let found = grants.allows(action).map(|allowed| allowed.scope);
        return match scope {
            "no" => found.is_none(),
            "all" => found == Some(Scope::All),
            "type" => found == Some(Scope::OfType),
            "some" => found == Some(Scope::Some),
            "if" => found == Some(Scope::Conditional),
            other => panic!("{other} is no scope"),
        };
    }
    match expected.split_once(' ').unwrap_or((expected, "")) {
        ("admin", _) => grants.is_full_admin(),
        ("notadmin", _) => !grants.is_full_admin(),
        ("way", id) => path_of(id).is_some_and(|path| path.is_open() && path.certainty == Certainty::Unconditional),
        ("mfa", id) => path_of(id).is_some_and(|path| path.is_open() && path.certainty == Certainty::WithMfa),
        ("limited", id) => path_of(id).is_some_and(|path| !path.is_open()),
        ("noway", "") => paths.is_empty(),
        ("noway", id) => path_of(id).is_none(),
        other => panic!("{other:?} cannot be expected"),
    }
}

/// How many cases a table has, and those that are answered otherwise than they expect.
pub(super) fn wrong_answers(cases: &str) -> (usize, Vec<String>) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in cases.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [source, holder, statements, boundary, expected] = parts[..] else { panic!("five parts: {line}") };
        assert!(!source.is_empty(), "a source: {line}");
        count += 1;
        let arn = arn(holder);
        let boundary_text = (!boundary.is_empty()).then(|| document(boundary));
        let groups = [self::arn("group/ops")];
        let policies = [self::arn("policy/own")];
        let who = Holder {
            arn: &arn,
            groups: &groups,
            policies: &policies,
            boundary: boundary_text.as_deref().map(|_| "boundary"),
            tags: &["team=blue".to_owned()],
        };
        let grants = granted_to(&[&document(statements)], boundary_text.as_deref(), &arn, who.tags);
        let around = AccountContext {
            organization: Some("o-a1b2c3d4e5"),
            fixed_tags: who.is_user() && boundary_text.is_none() && grants.allows("iam:TagUser").is_none(),
            as_of: Some(as_of()),
            ..AccountContext::default()
        };
        let paths = paths_among(&who, &grants, &around);
        for one in expected.split(';').map(str::trim).filter(|one| !one.is_empty()) {
            if !holds(one, &grants, &paths) {
                let ids: Vec<_> = paths.iter().map(|path| (path.way.id.as_str(), path.grade, path.certainty)).collect();
                wrong.push(format!("{one}\n  {line}\n  {ids:?}"));
            }
        }
    }
    (count, wrong)
}

#[test]
fn policies_are_evaluated_as_aws_documents() {
    let (count, wrong) = wrong_answers(CASES);
    assert!(count >= 150, "{count} cases");
    assert!(wrong.is_empty(), "{} wrong of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

mod properties;
