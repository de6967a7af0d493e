use super::*;
use crate::policy::document::Document;
use crate::policy::parse::parse;

fn document(statement: &str) -> Document {
    parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)).expect("JSON")
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn condition(text: &str) -> Condition {
    let statement = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{text}}}"#);
    document(&statement).statements[0].conditions[0].clone()
}

/// IAM user guide, "IAM policy elements: Variables and tags".
#[test]
fn a_variable_takes_the_tags_value_and_any_value_opens_what_one_opens() {
    let allowed = document(
        r#"{"Effect":"Allow","Action":"sts:AssumeRole",
            "Resource":["arn:aws:iam::111122223333:role/${aws:PrincipalTag/Team}","arn:aws:s3:::${aws:username}"],
            "Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team, 'none'}"}}}"#,
    );
    assert_eq!(in_variables(&allowed.statements[0]), ["team".to_owned()].into());
    let fixed = filled(&allowed, &[tag("team", "red")]);
    let resources = |document: &Document| match &document.statements[0].resources {
        Resources::Only(list) | Resources::AllBut(list) => list.clone(),
        Resources::Missing => Vec::new(),
    };
    assert_eq!(resources(&fixed), ["arn:aws:iam::111122223333:role/red", "arn:aws:s3:::${aws:username}"]);
    assert_eq!(fixed.statements[0].conditions[0].values, ["red"]);
    let any = filled(&allowed, &[Tag::of_any_value("team")]);
    assert_eq!(resources(&any)[0], "arn:aws:iam::111122223333:role/*");
    assert_eq!(any.statements[0].conditions[0].operator, "StringLike");
    assert_eq!(resources(&filled(&allowed, &[tag("unit", "red")])), resources(&allowed), "another tag changes nothing");
}

#[test]
fn a_denial_that_one_value_escapes_denies_nothing() {
    let denial = document(
        r#"{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{"StringNotEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}"#,
    );
    assert_eq!(filled(&denial, &[Tag::of_any_value("team")]).statements[0].effect, Effect::Other);
    assert_eq!(filled(&denial, &[tag("team", "red")]).statements[0].effect, Effect::Deny);
    let negated = document(
        r#"{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringNotEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}"#,
    );
    assert!(filled(&negated, &[Tag::of_any_value("team")]).statements[0].conditions.is_empty());
}

/// IAM user guide, "Controlling access during AWS requests": aws:RequestTag and aws:TagKeys.
#[test]
fn conditions_on_the_requests_tags_limit_what_a_caller_sets() {
    let team = [tag("team", "red")];
    let cases = [
        (r#"{"StringEquals":{"aws:RequestTag/Team":["red","blue"]}}"#, Some(true), Some(true)),
        (r#"{"StringEquals":{"aws:RequestTag/team":"blue"}}"#, Some(false), Some(false)),
        // Another tag can be set besides, but need not be.
        (r#"{"StringEquals":{"aws:RequestTag/unit":"x"}}"#, Some(true), Some(false)),
        (r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}"#, Some(true), Some(false)),
        // A denial for want of a tag, or of other keys, is escaped by a further tag.
        (r#"{"Null":{"aws:RequestTag/project":"true"}}"#, Some(true), Some(false)),
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}}"#, Some(true), Some(true)),
        (r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["unit"]}}"#, Some(false), Some(false)),
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["unit"]}}"#, Some(true), Some(false)),
        (r#"{"StringEquals":{"aws:username":"x"}}"#, None, None),
    ];
    for (text, allowing, denying) in cases {
        assert_eq!(admits(&condition(text), &team), allowing, "{text}");
        assert_eq!(denied(&condition(text), &team), denying, "{text}");
    }
    let chosen = [Tag::of_any_value("team")];
    let limited = condition(r#"{"StringEquals":{"aws:RequestTag/team":["red","blue"]}}"#);
    assert_eq!(admits(&limited, &chosen), Some(false), "a list of values is not any value");
}

#[test]
fn the_action_is_found_under_any_spelling() {
    let statement = |actions: &str| format!(r#"{{"Effect":"Allow","Principal":"*",{actions}}}"#);
    for actions in [r#""Action":"sts:TagSession""#, r#""Action":["sts:Tag*"]"#, r#""NotAction":"sts:AssumeRole""#] {
        assert!(is_of_tagging(&document(&statement(actions)).statements[0]), "{actions}");
    }
    for actions in [r#""Action":"sts:AssumeRole""#, r#""NotAction":"sts:*""#] {
        assert!(!is_of_tagging(&document(&statement(actions)).statements[0]), "{actions}");
    }
}
