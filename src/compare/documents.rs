//! Compares two policy documents.

use super::changes::Row;
use crate::describe::diff;
use crate::policy::parse::parse;
use crate::policy::print::print;
use crate::policy::trust::masked;
use serde_json::Value;

/// The difference; `None` if both have the same meaning. Key order, list notation and whitespace do not matter.
pub fn difference(fact: &'static str, what: &str, old: &str, new: &str) -> Option<Row> {
    if same(old, new) {
        return None;
    }
    let mut row = Row { fact, what: what.to_owned(), before: String::new(), after: String::new(), lines: Vec::new() };
    match diff::lines(&shown(old), &shown(new)) {
        Ok(lines) => row.lines = lines,
        // Masked values are compared but not shown.
        Err(_) if shown(old) == shown(new) => {
            "It differs only in what is not shown here: an external id, or how it is written."
                .clone_into(&mut row.after);
        }
        Err(why) => format!("It changed. {why}").clone_into(&mut row.after),
    }
    Some(row)
}

/// Fully understood documents are compared by meaning. In others every token counts, because the change may be in an
/// element that is not understood.
fn same(old: &str, new: &str) -> bool {
    if old == new {
        return true;
    }
    match (parse(old), parse(new)) {
        (Ok(one), Ok(other)) if one.notes.is_empty() && other.notes.is_empty() => one.same_meaning(&other),
        (Ok(_), Ok(_)) => same_words(old, new),
        _ => false,
    }
}

/// Whether the JSON is equal except for key order. A duplicate key is not in the tree, so the lines are compared too.
fn same_words(old: &str, new: &str) -> bool {
    let tree = |text: &str| serde_json::from_str::<Value>(text).ok();
    let lines = |text: &str| {
        let pretty = parse(text).map(|document| print(&document)).unwrap_or_default();
        let mut lines: Vec<String> = pretty.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
        lines.sort_unstable();
        lines
    };
    tree(old).is_some() && tree(old) == tree(new) && lines(old) == lines(new)
}

/// The document in canonical order, with external IDs masked.
fn shown(text: &str) -> String {
    parse(text).map_or_else(|_| masked(text), |document| masked(&print(&document)))
}

#[cfg(test)]
mod tests {
    use super::difference;

    const ONE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}"#;

    fn lines(old: &str, new: &str) -> Vec<String> {
        let row = difference("document", "Document", old, new).expect("they differ");
        row.lines.iter().filter(|line| line.sign != ' ').map(|line| format!("{}{}", line.sign, line.text)).collect()
    }

    #[test]
    fn order_of_keys_and_lists_and_blanks_are_no_change() {
        let other = r#"{ "Statement": { "Resource": ["*"], "Action": ["s3:listbucket", "s3:GetObject"],
            "Effect": "Allow" }, "Version": "2012-10-17" }"#;
        assert!(difference("document", "Document", ONE, other).is_none());
    }

    #[test]
    fn what_is_not_understood_is_compared_word_by_word() {
        let strange = |value: &str| format!(r#"{{"Version":"2012-10-17","Strange":{value},"Statement":[]}}"#);
        assert!(difference("document", "Document", &strange("1"), &strange("2")).is_some());
        let moved = r#"{"Statement":[],  "Strange":1,"Version":"2012-10-17"}"#;
        assert!(difference("document", "Document", &strange("1"), moved).is_none());
        let twice = r#"{"Version":"2012-10-17","Strange":2,"Strange":1,"Statement":[]}"#;
        assert!(difference("document", "Document", &strange("1"), twice).is_some(), "a key that stands twice");
        assert!(difference("document", "Document", "no json", "nor this").is_some());
    }

    #[test]
    fn a_changed_action_is_shown_and_an_external_id_is_not() {
        assert_eq!(lines(ONE, &ONE.replace("GetObject", "PutObject")).len(), 2);
        let trust = |id: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"{id}"}}}}}}]}}"#
            )
        };
        let row = difference("trust_policy", "Trust policy", &trust("secret-1"), &trust("secret-2")).unwrap();
        assert!(!format!("{row:?}").contains("secret"), "{row:?}");
        assert!(row.after.contains("not shown"), "{row:?}");
    }
}
