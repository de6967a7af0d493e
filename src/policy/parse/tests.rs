use super::parse;
use crate::policy::corpus;
use crate::policy::document::{
    Actions, Condition, Document, Effect, Principal, Principals, Resources, SetPrefix, Statement, Version,
};
use crate::policy::print::print;
use proptest::prelude::*;

fn document(text: &str) -> Document {
    let document = parse(text).unwrap();
    let again = parse(&print(&document)).unwrap();
    assert!(document.same_meaning(&again), "{text}\nprints as\n{}", print(&document));
    document
}

fn one(text: &str) -> Statement {
    let mut document = document(text);
    assert_eq!(document.notes, [], "{text}");
    assert_eq!(document.statements.len(), 1);
    document.statements.remove(0)
}

fn notes(text: &str) -> Vec<String> {
    document(text).notes.iter().map(|note| format!("{}: {}", note.place, note.text)).collect()
}

#[test]
fn every_version_of_every_aws_managed_policy_parses_and_prints_back_equal_in_meaning() {
    let (mut policies, mut versions) = (0, 0);
    for (title, text) in corpus::aws_managed_policies() {
        let document = document(&text);
        assert_eq!(document.notes, [], "{title}");
        // Nothing was lost: with scalars as lists of one, the printed JSON is the received one.
        let (received, printed) = (plain(&text), plain(&print(&document)));
        assert_eq!(received, printed, "{title}");
        policies += usize::from(title.ends_with(" v1"));
        versions += 1;
    }
    assert_eq!(versions, 6_194);
    assert!(policies > 1_500);
}

/// JSON by another parser, with lists of one as scalars, booleans as text, sorted keys and lists.
fn plain(text: &str) -> serde_json::Value {
    use serde_json::Value;
    fn level(value: Value, top: bool) -> Value {
        match value {
            Value::Array(items) => {
                let mut items: Vec<Value> = items.into_iter().map(|item| level(item, false)).collect();
                if items.len() == 1 {
                    return items.remove(0);
                }
                if items.iter().all(Value::is_string) {
                    items.sort_by_key(ToString::to_string);
                    items.dedup();
                }
                if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
            }
            Value::Object(members) => {
                let mut members: Vec<_> = members
                    .into_iter()
                    .map(|(key, value)| (key, level(value, false)))
                    .filter(|(key, value)| !(key == "Condition" && value == &serde_json::json!({})))
                    .collect();
                if top && !members.iter().any(|(key, _)| key == "Version") {
                    members.push(("Version".to_owned(), "2008-10-17".into()));
                }
                members.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Object(members.into_iter().collect())
            }
            Value::Bool(value) => value.to_string().into(),
            Value::Number(value) => value.to_string().into(),
            other => other,
        }
    }
    level(serde_json::from_str(text).unwrap(), true)
}

#[test]
fn scalars_are_lists_of_one_and_a_lone_statement_is_a_list() {
    let scalar = one(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},
        "Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}"#);
    let list = one(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["123456789012"]},
        "Action":["s3:GetObject"],"Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":[true]}}}]}"#);
    assert!(scalar.same_meaning(&list));
    assert_eq!(scalar.actions, Actions::Only(vec!["s3:GetObject".to_owned()]));
    assert_eq!(list.conditions[0].values, ["true"]);
    assert!(
        scalar.text.starts_with("{\"Effect\"") && scalar.text.contains("\n  "),
        "the statement's own text, verbatim"
    );
}

#[test]
fn a_missing_version_is_the_old_one() {
    let old = document(r#"{"Statement":[]}"#);
    assert_eq!((old.version, &*old.text), (Version::V2008, r#"{"Statement":[]}"#));
    assert_eq!(document(r#"{"Version":"2008-10-17","Statement":[]}"#).version, Version::V2008);
    let odd = document(r#"{"Version":"2013-01-01","Statement":[]}"#);
    assert_eq!((odd.version, odd.notes[0].place.as_str()), (Version::V2008, "Version"));
}

#[test]
fn every_element_is_read() {
    let text = r#"{"Version":"2012-10-17","Id":"i","Statement":[
        {"Sid":"A","Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/a"},"NotAction":["iam:*"],"NotResource":"arn:aws:s3:::${aws:username}/*"}]}"#;
    let document = document(text);
    let statement = &document.statements[0];
    assert_eq!(
        (document.id.as_deref(), statement.sid.as_deref(), statement.effect),
        (Some("i"), Some("A"), Effect::Deny)
    );
    assert_eq!(statement.actions, Actions::AllBut(vec!["iam:*".to_owned()]));
    assert_eq!(statement.resources, Resources::AllBut(vec!["arn:aws:s3:::${aws:username}/*".to_owned()]));
    assert!(matches!(&statement.principals, Some(Principals::AllBut(list)) if list.len() == 1));
}

#[test]
fn every_kind_of_principal_is_told_apart() {
    let hex = "a".repeat(64);
    let statement = one(&format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{
        "AWS":["*","123456789012","arn:aws:iam::123456789012:root","arn:aws-cn:sts::123456789012:assumed-role/r/s","AROAABCDEFGHIJKLMNOPQ","AIDAABCDEFGHIJKLMNOPQ"],
        "Service":"lambda.amazonaws.com","Federated":["cognito-identity.amazonaws.com","arn:aws:iam::123456789012:saml-provider/p"],"CanonicalUser":"{hex}"}}}}}}"#
    ));
    let text = |text: &str| text.to_owned();
    assert_eq!(
        statement.principals,
        Some(Principals::Only(vec![
            Principal::Everyone,
            Principal::Account(text("123456789012")),
            Principal::Account(text("arn:aws:iam::123456789012:root")),
            Principal::Arn(text("arn:aws-cn:sts::123456789012:assumed-role/r/s")),
            Principal::Dangling(text("AROAABCDEFGHIJKLMNOPQ")),
            Principal::Dangling(text("AIDAABCDEFGHIJKLMNOPQ")),
            Principal::Service(text("lambda.amazonaws.com")),
            Principal::Federated(text("cognito-identity.amazonaws.com")),
            Principal::Federated(text("arn:aws:iam::123456789012:saml-provider/p")),
            Principal::CanonicalUser(hex),
        ]))
    );
    let star = one(r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#);
    assert_eq!(star.principals, Some(Principals::Only(vec![Principal::Everyone])));
}

#[test]
fn principals_of_other_kinds_are_noted_and_kept() {
    let document = document(
        r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"bob","Robot":["r2"],"Service":"*"}}}"#,
    );
    let Some(Principals::Only(list)) = &document.statements[0].principals else { panic!() };
    assert!(list.contains(&Principal::Other { key: "Robot".to_owned(), value: "r2".to_owned() }));
    assert!(list.contains(&Principal::Other { key: "AWS".to_owned(), value: "bob".to_owned() }));
    let places: Vec<&str> = document.notes.iter().map(|note| note.place.as_str()).collect();
    assert_eq!(places, ["Statement.Principal.Robot", "Statement.Principal.AWS", "Statement.Principal.Service"]);
}

#[test]
fn every_operator_is_read_with_prefix_and_suffix() {
    for operator in super::condition::OPERATORS {
        for (prefix, set) in [
            ("", None),
            ("ForAllValues:", Some(SetPrefix::ForAllValues)),
            ("ForAnyValue:", Some(SetPrefix::ForAnyValue)),
        ] {
            for (suffix, if_exists) in [("", false), ("IfExists", true)] {
                if *operator == "Null" && if_exists {
                    continue;
                }
                let statement = one(&format!(
                    r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{prefix}{operator}{suffix}":{{"aws:X":[1.50,"b",false]}}}}}}}}"#
                ));
                let values = vec!["1.50".to_owned(), "b".to_owned(), "false".to_owned()];
                assert_eq!(
                    statement.conditions,
                    [Condition {
                        operator: (*operator).to_owned(),
                        set,
                        if_exists,
                        key: "aws:X".to_owned(),
                        values,
                        literal: true
                    }]
                );
            }
        }
    }
}

#[test]
fn what_is_not_of_the_language_is_noted_with_its_place() {
    let wrap =
        |inner: &str| format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"a:b","Resource":"*"}},{{{inner}}}]}}"#);
    let rest = r#""Effect":"Allow","Action":"a:b","Resource":"*""#;
    for (inner, place) in [
        (r#""Effect":"allow","Action":"a:b","Resource":"*""#.to_owned(), "Statement[1].Effect"),
        (r#""Action":"a:b","Resource":"*""#.to_owned(), "Statement[1]"),
        (r#""Effect":"Allow","Resource":"*""#.to_owned(), "Statement[1]"),
        (r#""Effect":"Allow","Action":"a:b""#.to_owned(), "Statement[1]"),
        (r#""Effect":"Allow","action":"a:b","Resource":"*""#.to_owned(), "Statement[1].action"),
        (format!(r#"{rest},"Principle":"*""#), "Statement[1].Principle"),
        (format!(r#"{rest},"NotAction":"c:d""#), "Statement[1]"),
        (format!(r#"{rest},"Condition":{{"StringLikes":{{"a":"b"}}}}"#), "Statement[1].Condition.StringLikes"),
        (format!(r#"{rest},"Condition":{{"NullIfExists":{{"a":"true"}}}}"#), "Statement[1].Condition.NullIfExists"),
        (format!(r#"{rest},"Condition":{{"StringLike":{{}}}}"#), "Statement[1].Condition.StringLike"),
        (format!(r#"{rest},"Condition":{{"StringLike":{{"a":{{"b":1}}}}}}"#), "Statement[1].Condition.StringLike.a"),
        (format!(r#"{rest},"Condition":[]"#), "Statement[1].Condition"),
        (r#""Effect":"Allow","Action":[1],"Resource":"*""#.to_owned(), "Statement[1].Action"),
        (format!(r#"{rest},"Sid":null"#), "Statement[1].Sid"),
    ] {
        let found = notes(&wrap(&inner));
        assert_eq!(found.len(), 1, "{inner}: {found:?}");
        assert!(found[0].starts_with(&format!("{place}: ")), "{inner}: {found:?}");
    }
    assert_eq!(notes("{}"), ["Statement: The document has no Statement and grants nothing."]);
    assert_eq!(notes(r#"{"Statement":[7]}"#).len(), 1);
    assert_eq!(document(&wrap(r#""Effect":"allow","Action":"*","Resource":"*""#)).statements[1].effect, Effect::Other);
}

#[test]
fn equal_keys_are_both_read_and_noted() {
    let both =
        document(r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"a:b","Action":["c:d"],"Resource":"*"}}"#);
    assert_eq!(both.statements[0].actions, Actions::Only(vec!["a:b".to_owned(), "c:d".to_owned()]));
    assert_eq!(both.statements[0].effect, Effect::Allow, "of two effects the one that grants");
    let places: Vec<&str> = both.notes.iter().map(|note| note.place.as_str()).collect();
    assert_eq!(places, ["Statement.Effect", "Statement.Action"]);
    let statements = document(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"},"Statement":[]}"#);
    assert_eq!((statements.statements.len(), statements.notes.len()), (1, 1));
    let conditions = document(
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"},"Bool":{"b":"true","B":"false"}}}}"#,
    );
    assert_eq!((conditions.statements[0].conditions.len(), conditions.notes.len()), (3, 2));
    let emptied = document(
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"}},"Condition":{}}}"#,
    );
    assert_eq!(emptied.statements[0].conditions, [], "an empty second Condition may be the one that counts");
}

#[test]
fn only_a_text_that_is_no_json_object_is_an_error() {
    assert_eq!(parse("[]").unwrap_err().to_string(), "line 1, column 1: a policy document is a JSON object in braces");
    assert_eq!(
        parse("{\n\"Statement\" []}").unwrap_err().to_string(),
        "line 2, column 13: a colon is expected after the key"
    );
    assert_eq!(parse("").unwrap_err().to_string(), "line 1, column 1: the text ends where a value is expected");
}

#[test]
fn hostile_text_stays_text() {
    let text = r#"{"Statement":{"Sid":"</script>\u202e#[evil]\"","Effect":"Allow","Action":"=cmd|'/c calc'!A0","Resource":"\u0000\ud83d\ude00"}}"#;
    let statement = one(text);
    assert_eq!(statement.sid.as_deref(), Some("</script>\u{202e}#[evil]\""));
    assert_eq!(statement.resources, Resources::Only(vec!["\u{0}😀".to_owned()]));
}

proptest! {
    /// Documents near the language: no panic, and print keeps the meaning.
    #[test]
    fn any_document_prints_back(
        members in proptest::collection::vec((
            prop::sample::select(vec!["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition", "Sid", "action", "X"]),
            prop::sample::select(vec![r#""Allow""#, r#""Deny""#, r#""*""#, r#"["s3:*","s3:*"]"#, r#"{"AWS":["*","123456789012"]}"#,
                r#"{"Bool":{"a":true,"A":[]}}"#, r#"{"StringLike":{"aws:x":["${a}","b"]}}"#, "null", "1e3", "[]", "{}", r#"[["a"]]"#]),
        ), 0..7),
        version in prop::sample::select(vec!["2012-10-17", "2008-10-17", "x"]),
    ) {
        let inner: Vec<String> = members.iter().map(|(key, value)| format!(r#""{key}":{value}"#)).collect();
        document(&format!(r#"{{"Version":"{version}","Statement":[{{{}}}]}}"#, inner.join(",")));
    }

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = parse(&text);
    }
}
