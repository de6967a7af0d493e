//! Every member of every answer, spoilt by what stands there.

use super::Mutation;
use super::ground::{REPORT, files, json};
use serde_json::{Map, Value, json};

/// Documents deeper than this are the business of other mutations.
const DOCUMENTS: [&str; 3] = ["AssumeRolePolicyDocument", "PolicyDocument", "Document"];

pub fn mutations() -> Vec<Mutation> {
    let mut all = Vec::new();
    for file in files() {
        all.push(Mutation { what: format!("{} refused", short(file)), file, text: None, control: "" });
        all.push(at(file, "is no JSON", Some("{\"Users\": [".to_owned())));
        all.push(at(file, "is empty", Some("{}".to_owned())));
        if file == REPORT {
            continue;
        }
        let mut tree = json(file);
        let pointers = pointers(&tree);
        for (pointer, name) in pointers {
            let before = tree.pointer(&pointer).unwrap().clone();
            for (how, value) in spoilt(&before, &name) {
                if value.as_ref() == Some(&before) {
                    continue;
                }
                let text = with(&mut tree, &pointer, value);
                let place = pointer.replace('/', ".");
                all.push(at(file, &format!("{} {how}", &place[1..]), Some(text)));
            }
        }
    }
    all
}

fn at(file: &'static str, what: &str, text: Option<String>) -> Mutation {
    Mutation { what: format!("{} {what}", short(file)), file, text, control: "" }
}

/// `get-account-summary`
fn short(file: &str) -> &str {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    stem.trim_start_matches("evidence/iam/").trim_start_matches("evidence/sts/")
}

/// JSON pointers of all members and items, with the member's name.
fn pointers(tree: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    gather(tree, "", "", &mut found);
    found
}

fn gather(value: &Value, pointer: &str, name: &str, found: &mut Vec<(String, String)>) {
    if !pointer.is_empty() {
        found.push((pointer.to_owned(), name.to_owned()));
    }
    if DOCUMENTS.contains(&name) {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                gather(value, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), name, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate().filter(|(at, _)| is_shown(*at, items.len())) {
                gather(item, &format!("{pointer}/{at}"), name, found);
            }
        }
        _ => {}
    }
}

/// Of long lists every third and the last: their items are alike, and so many take long enough.
fn is_shown(at: usize, count: usize) -> bool {
    count <= 3 || at.is_multiple_of(3) || at + 1 == count
}

/// None: the member is taken away.
fn spoilt(value: &Value, name: &str) -> Vec<(&'static str, Option<Value>)> {
    let mut ways = vec![("removed", None), ("null", Some(Value::Null))];
    match value {
        Value::String(_) if name.ends_with("Date") || name == "Expiration" => {
            ways.push(("garbled", Some(json!("yesterday"))));
            ways.push(("2001", Some(json!("2001-01-01T00:00:00+00:00"))));
        }
        Value::String(text) => {
            ways.push(("a number", Some(json!(7))));
            ways.push(("empty", Some(json!(""))));
            ways.push(("other", Some(json!(format!("{text}x")))));
        }
        Value::Bool(flag) => {
            ways.push(("flipped", Some(json!(!flag))));
            ways.push(("text", Some(json!(flag.to_string()))));
        }
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or_default();
            ways.push(("less", Some(json!(number - 1))));
            ways.push(("more", Some(json!(number + 1))));
            ways.push(("huge", Some(json!(1_i64 << 40))));
            ways.push(("negative", Some(json!(-1))));
            ways.push(("text", Some(json!("many"))));
        }
        Value::Object(_) if DOCUMENTS.contains(&name) => {
            ways.extend([
                ("empty", Some(json!({}))),
                ("a list", Some(json!([]))),
                ("empty text", Some(json!(""))),
                ("no JSON", Some(json!("{ \"Statement\": "))),
                ("a statement of text", Some(json!({ "Version": "2012-10-17", "Statement": ["x"] }))),
                ("no effect", Some(json!({ "Statement": { "Action": "s3:GetObject", "Resource": "*" } }))),
                ("no action", Some(json!({ "Statement": { "Effect": "Allow", "Resource": "*", "Principal": "*" } }))),
            ]);
        }
        Value::Object(_) => ways.push(("text", Some(json!("x")))),
        Value::Array(_) => {
            ways.push(("an object", Some(Value::Object(Map::new()))));
            ways.push(("emptied", Some(json!([]))));
        }
        Value::Null => {}
    }
    ways
}

/// The tree's text with another value in one place; the tree stays as it was.
fn with(tree: &mut Value, pointer: &str, value: Option<Value>) -> String {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/").replace("~0", "~");
    match tree.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            let before = members.clone();
            match value {
                Some(value) => _ = members.insert(last, value),
                None => _ = members.remove(&last),
            }
            let text = tree.to_string();
            *tree.pointer_mut(parent).unwrap() = Value::Object(before);
            text
        }
        Value::Array(items) => {
            let before = items.clone();
            let at: usize = last.parse().unwrap();
            match value {
                Some(value) => items[at] = value,
                None => _ = items.remove(at),
            }
            let text = tree.to_string();
            *tree.pointer_mut(parent).unwrap() = Value::Array(before);
            text
        }
        _ => unreachable!("only objects and lists have members"),
    }
}
