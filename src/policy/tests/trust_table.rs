//! A table of trust policies, each with its source and its right answer.

use super::trusted;
use crate::policy::trust::{Answer, Flags, Trust};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Case {
    source: String,
    principal: String,
    action: String,
    condition: String,
    statements: String,
    yes: String,
    unknown: String,
    /// A part of one of the sentences.
    says: String,
    /// The first sentence as a whole.
    sentence: String,
}

impl Default for Case {
    fn default() -> Self {
        let none = String::new;
        Self {
            source: none(),
            principal: none(),
            action: none(),
            condition: none(),
            statements: none(),
            yes: none(),
            unknown: none(),
            says: none(),
            sentence: none(),
        }
    }
}

impl Case {
    fn document(&self) -> String {
        let statements = if self.statements.is_empty() { self.statement() } else { self.statements.clone() };
        format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#)
    }

    fn statement(&self) -> String {
        let action = match &self.principal {
            _ if !self.action.is_empty() => self.action.as_str(),
            principal if principal.contains("saml-provider") => "\"sts:AssumeRoleWithSAML\"",
            principal if principal.contains("Federated") => "\"sts:AssumeRoleWithWebIdentity\"",
            _ => "\"sts:AssumeRole\"",
        };
        let condition =
            if self.condition.is_empty() { String::new() } else { format!(r#", "Condition": {}"#, self.condition) };
        format!(r#"[{{"Sid": "", "Effect": "Allow", "Principal": {}, "Action": {action}{condition}}}]"#, self.principal)
    }
}

fn answers(flags: Flags) -> [(&'static str, Answer); 7] {
    [
        ("public", flags.public),
        ("third_party", flags.third_party),
        ("no_external_id", flags.cross_account_without_external_id),
        ("any_token", flags.oidc_without_subject),
        ("any_audience", flags.saml_without_audience),
        ("no_source", flags.service_without_source),
        ("dangling", flags.dangling),
    ]
}

fn named(trust: &Trust, wanted: Answer) -> String {
    let found = answers(trust.flags).into_iter().filter(|(_, answer)| *answer == wanted).map(|(name, _)| name);
    found.collect::<Vec<_>>().join(" ")
}

/// How many cases a table has, and those that are read otherwise than their source has it.
fn wrong_readings(text: &str) -> (usize, Vec<String>) {
    let table: Table = toml::from_str(text).expect("the table is TOML");
    let mut wrong = Vec::new();
    for case in &table.case {
        assert!(!case.source.is_empty());
        let document = case.document();
        let trust = trusted(&document);
        let sentences: Vec<&str> = trust.sentences().collect();
        let first = sentences.first().copied().unwrap_or_default();
        let sentence = case.sentence.is_empty() || first == case.sentence;
        let says = case.says.is_empty() || sentences.iter().any(|said| said.contains(&case.says));
        let whole = sentences.iter().all(|said| said.ends_with('.') && !said.contains("()") && !said.contains("  "));
        let (yes, unknown) = (named(&trust, Answer::Yes), named(&trust, Answer::Unknown));
        if (yes.as_str(), unknown.as_str()) != (case.yes.as_str(), case.unknown.as_str())
            || !sentence
            || !says
            || !whole
        {
            wrong.push(format!(
                "{document}\n  source: {}\n  yes: {yes:?}, unknown: {unknown:?}; wanted {:?} and {:?}\n  {}\n  wanted: {}{}",
                case.source,
                case.yes,
                case.unknown,
                sentences.join("\n  "),
                case.says,
                case.sentence,
            ));
        }
    }
    (table.case.len(), wrong)
}

#[test]
fn each_trust_policy_of_the_table_is_told_as_its_source_has_it() {
    let (count, wrong) = wrong_readings(include_str!("trust-cases.toml"));
    assert!(count >= 120, "{count}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn trust_policies_that_are_easy_to_read_wrongly_are_read_as_their_source_has_them() {
    let (count, wrong) = wrong_readings(include_str!("adversarial-trust.toml"));
    assert!(count >= 25, "{count}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
