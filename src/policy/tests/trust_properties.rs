//! What must hold of every trust policy: nothing that only takes away makes it wider.

use super::trusted;
use crate::policy::trust::{Answer, Flags};
use proptest::prelude::*;
use serde_json::{Value, json};

const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#"{"AWS": "999988887777"}"#,
    r#"{"AWS": "111122223333"}"#,
    r#"{"AWS": "arn:aws:iam::111122223333:role/deploy"}"#,
    r#"{"AWS": "arn:aws:iam::444455556666:role/scanner"}"#,
    r#"{"Service": "codebuild.amazonaws.com"}"#,
    r#"{"Service": "rolesanywhere.amazonaws.com"}"#,
    r#"{"Service": "pods.eks.amazonaws.com"}"#,
    r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#,
    r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A"}"#,
    r#"{"Federated": "cognito-identity.amazonaws.com"}"#,
    r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/okta"}"#,
    r#"{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
];

const KEYS: &[(&str, &[&str])] = &[
    ("aws:PrincipalOrgID", &["o-a1b2c3d4e5", "o-zzzzzzzzzz", "o-*", "*"]),
    ("aws:PrincipalAccount", &["111122223333", "999988887777", "1*"]),
    ("aws:PrincipalArn", &["arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/x", "*"]),
    ("aws:SourceAccount", &["111122223333", "*"]),
    ("aws:SourceArn", &["arn:aws:s3:::b", "arn:aws:codebuild:*:111122223333:*"]),
    ("aws:PrincipalTag/x509Subject/CN", &["a", "*"]),
    ("aws:RequestTag/kubernetes-namespace", &["prod", "*"]),
    ("aws:MultiFactorAuthPresent", &["true", "false"]),
    ("sts:ExternalId", &["agreed", "*"]),
    ("sts:RoleSessionName", &["x"]),
    ("acme:badge", &["7"]),
    ("token.actions.githubusercontent.com:sub", &["repo:acme/*", "repo:*", "environment:x"]),
    ("token.actions.githubusercontent.com:repository", &["acme/*", "*/x"]),
    ("oidc.eks.eu-west-1.amazonaws.com/id/A:sub", &["system:serviceaccount:*:*", "system:serviceaccount:a:*"]),
    ("cognito-identity.amazonaws.com:aud", &["eu-west-1:1", "eu-west-1:*"]),
    ("cognito-identity.amazonaws.com:amr", &["authenticated", "unauthenticated", "*"]),
    ("SAML:aud", &["https://signin.aws.amazon.com/saml", "https://*.signin.aws.amazon.com/saml", "https://*"]),
];

const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "ArnLike",
    "ArnEquals",
    "StringEqualsIfExists",
    "ForAnyValue:StringLike",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "Null",
    "Bool",
    "BoolIfExists",
];

fn condition() -> impl Strategy<Value = (String, String, Value)> {
    (0..OPERATORS.len(), 0..KEYS.len(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>())
        .prop_map(|(operator, key, one, other, both)| {
            let (key, values) = KEYS[key];
            let value = |at: prop::sample::Index| {
                if OPERATORS[operator] == "Null" { "false" } else { values[at.index(values.len())] }
            };
            let list = if both { json!([value(one), value(other)]) } else { json!(value(one)) };
            (OPERATORS[operator].to_owned(), key.to_owned(), list)
        })
}

fn block(conditions: &[(String, String, Value)]) -> Value {
    let mut block = json!({});
    for (operator, key, values) in conditions {
        block[operator.as_str()][key.as_str()] = values.clone();
    }
    block
}

fn statement(effect: &str, principal: &str, conditions: &[(String, String, Value)]) -> Value {
    let principal: Value = serde_json::from_str(principal).unwrap();
    json!({ "Effect": effect, "Principal": principal, "Action": "sts:*", "Condition": block(conditions) })
}

fn flags(statements: &[Value]) -> Flags {
    trusted(&json!({ "Version": "2012-10-17", "Statement": statements }).to_string()).flags
}

fn answers(flags: Flags) -> [Answer; 6] {
    [
        flags.public,
        flags.third_party,
        flags.cross_account_without_external_id,
        flags.oidc_without_subject,
        flags.saml_without_audience,
        flags.service_without_source,
    ]
}

/// No answer may move towards yes.
fn is_no_wider(narrow: Flags, wide: Flags) -> bool {
    answers(narrow).iter().zip(answers(wide)).all(|(narrow, wide)| *narrow <= wide)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn adding_a_condition_never_makes_trust_wider(
        principal in 0..PRINCIPALS.len(), mut conditions in prop::collection::vec(condition(), 0..4), more in condition()
    ) {
        // The same operator and key would replace the values, not add a condition.
        prop_assume!(!conditions.iter().any(|(operator, key, _)| (operator, key) == (&more.0, &more.1)));
        let before = flags(&[statement("Allow", PRINCIPALS[principal], &conditions)]);
        conditions.push(more);
        let after = flags(&[statement("Allow", PRINCIPALS[principal], &conditions)]);
        prop_assert!(is_no_wider(after, before), "{:?}: {:?} then {:?}", conditions, before, after);
    }

    #[test]
    fn adding_a_denial_never_makes_trust_wider(
        principal in 0..PRINCIPALS.len(), conditions in prop::collection::vec(condition(), 0..3),
        denied in 0..PRINCIPALS.len(), under in prop::collection::vec(condition(), 0..3)
    ) {
        let allow = statement("Allow", PRINCIPALS[principal], &conditions);
        let deny = statement("Deny", PRINCIPALS[denied], &under);
        let (before, after) = (flags(std::slice::from_ref(&allow)), flags(&[allow.clone(), deny.clone()]));
        prop_assert!(is_no_wider(after, before), "{} {}: {:?} then {:?}", allow, deny, before, after);
    }

    #[test]
    fn what_no_request_meets_lets_in_nobody(
        principal in 0..PRINCIPALS.len(), conditions in prop::collection::vec(condition(), 0..3)
    ) {
        let mut conditions = conditions;
        conditions.retain(|(operator, key, _)| (operator.as_str(), key.as_str()) != ("StringEquals", "aws:PrincipalOrgID"));
        conditions.push(("StringEquals".to_owned(), "aws:PrincipalOrgID".to_owned(), json!("*")));
        let allow = statement("Allow", PRINCIPALS[principal], &conditions);
        let trust = trusted(&json!({ "Version": "2012-10-17", "Statement": [allow] }).to_string());
        prop_assert_eq!(trust.flags, Flags::default());
        for sentence in trust.sentences() {
            prop_assert!(sentence.starts_with("Nobody can assume this role"), "{}", sentence);
        }
    }

    #[test]
    fn text_of_any_kind_stays_text(issuer in ".{0,40}", key in ".{0,20}", value in ".{0,40}", secret in "[a-z]{12}") {
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{issuer}");
        let key = format!("{issuer}:{key}");
        let quoted = [&issuer, &value, &key].iter().any(|text| text.contains(&secret));
        let statement = json!({ "Effect": "Allow", "Principal": { "Federated": provider, "Service": value },
            "Action": "sts:*", "Condition": { "StringLike": { key: value }, "StringEquals": { "sts:ExternalId": secret } } });
        let trust = trusted(&json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string());
        for entry in &trust.entries {
            prop_assert!(entry.sentence.ends_with('.'), "{}", entry.sentence);
            prop_assert!(quoted || !entry.sentence.contains(&secret), "{}", entry.sentence);
        }
    }
}
