//! The AWS CLI's JSON back into the XML that AWS's query protocol sends.
//!
//! Mostly a plain rule: objects are elements, list entries are `<member>`. Where
//! the model knows more than the JSON shows, a table below says so.

use crate::encode::percent;
use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};
use std::fmt::Write as _;

/// Members that hold a policy document, percent-encoded on the wire.
const DOCUMENTS: &[&str] = &["PolicyDocument", "AssumeRolePolicyDocument", "Document"];
/// Members that are maps, sent as `<entry><key/><value/></entry>`.
const MAPS: &[&str] = &["SummaryMap"];
/// Members that are timestamps; the CLI prints `+00:00` where the wire has `Z`.
const TIMES: &[&str] = &[
    "CreateDate",
    "JobCreationDate",
    "JobCompletionDate",
    "LastAuthenticated",
    "UpdateDate",
    "PasswordLastUsed",
    "LastUsedDate",
    "EnableDate",
    "UploadDate",
    "Expiration",
    "ValidUntil",
    "GeneratedTime",
    "Timestamp",
];

/// The members of `value` as elements, indented by `depth` steps.
pub fn members(value: &Value, depth: usize) -> String {
    let mut text = String::new();
    if let Value::Object(object) = value {
        for (name, inner) in object {
            element(&mut text, name, inner, depth);
        }
    }
    text
}

fn element(text: &mut String, name: &str, value: &Value, depth: usize) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Null => {}
        Value::Object(_) | Value::Array(_) if DOCUMENTS.contains(&name) => {
            leaf(text, &pad, name, &percent(&document(value, name == "Document")));
        }
        Value::String(plain) if DOCUMENTS.contains(&name) => leaf(text, &pad, name, &escape(plain)),
        Value::Object(map) if MAPS.contains(&name) => {
            writeln!(text, "{pad}<{name}>").expect("a String takes any text");
            for (key, value) in map {
                let (key, value) = (escape(key), scalar(name, value));
                writeln!(
                    text,
                    "{pad}  <entry>\n{pad}    <key>{key}</key>\n{pad}    <value>{value}</value>\n{pad}  </entry>"
                )
                .expect("a String takes any text");
            }
            writeln!(text, "{pad}</{name}>").expect("a String takes any text");
        }
        Value::Object(object) if object.is_empty() => {
            writeln!(text, "{pad}<{name}/>").expect("a String takes any text");
        }
        Value::Object(object) => {
            writeln!(text, "{pad}<{name}>").expect("a String takes any text");
            for (inner_name, inner) in object {
                element(text, inner_name, inner, depth + 1);
            }
            writeln!(text, "{pad}</{name}>").expect("a String takes any text");
        }
        Value::Array(list) if list.is_empty() => {
            writeln!(text, "{pad}<{name}/>").expect("a String takes any text");
        }
        Value::Array(list) => {
            writeln!(text, "{pad}<{name}>").expect("a String takes any text");
            for entry in list {
                element(text, "member", entry, depth + 1);
            }
            writeln!(text, "{pad}</{name}>").expect("a String takes any text");
        }
        plain => leaf(text, &pad, name, &scalar(name, plain)),
    }
}

fn leaf(text: &mut String, pad: &str, name: &str, content: &str) {
    writeln!(text, "{pad}<{name}>{content}</{name}>").expect("a String takes any text");
}

fn scalar(name: &str, value: &Value) -> String {
    match value {
        Value::String(time) if TIMES.contains(&name) => {
            escape(&time.strip_suffix("+00:00").map_or_else(|| time.clone(), |local| format!("{local}Z")))
        }
        Value::String(plain) => escape(plain),
        other => other.to_string(),
    }
}

/// A document's text. IAM takes no character above U+00FF in a document, so the
/// rest is written as `\u` escapes, as whoever wrote the policy had to.
fn document(value: &Value, spread_out: bool) -> String {
    let compact = if spread_out {
        let mut bytes = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
        value.serialize(&mut serializer).expect("JSON values serialise");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    } else {
        value.to_string()
    };
    let mut text = String::with_capacity(compact.len());
    for letter in compact.chars() {
        if letter <= '\u{ff}' {
            text.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").expect("a String takes any text");
            }
        }
    }
    text
}

/// Text as element content. XML 1.0 has no spelling for most control characters;
/// AWS cannot send them, and here they become U+FFFD rather than broken XML.
pub fn escape(plain: &str) -> String {
    let mut text = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\r' => text.push_str("&#xD;"),
            '\t' | '\n' => text.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_maps_documents_times_and_text_take_their_wire_form() {
        let value = json!({
            "UserDetailList": [{"UserName": "a&b", "CreateDate": "2026-01-02T03:04:05+00:00", "Tags": [], "RoleLastUsed": {},
                "GroupList": ["x", "y"], "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17"}}]}],
            "SummaryMap": {"Users": 3},
            "IsTruncated": false,
            "Gone": null
        });
        let flat: String = members(&value, 0).lines().map(str::trim).collect();
        assert_eq!(
            flat,
            "<UserDetailList><member><UserName>a&amp;b</UserName><CreateDate>2026-01-02T03:04:05Z</CreateDate><Tags/>\
             <RoleLastUsed/><GroupList><member>x</member><member>y</member></GroupList><UserPolicyList><member>\
             <PolicyName>p</PolicyName><PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</PolicyDocument></member>\
             </UserPolicyList></member></UserDetailList><SummaryMap><entry><key>Users</key><value>3</value></entry>\
             </SummaryMap><IsTruncated>false</IsTruncated>"
        );
    }

    #[test]
    fn hostile_text_cannot_leave_its_element() {
        assert_eq!(escape("</Path>]]>&\"\r\u{1b}\u{202e}"), "&lt;/Path&gt;]]&gt;&amp;&quot;&#xD;\u{fffd}\u{202e}");
    }

    #[test]
    fn documents_escape_what_iam_does_not_take() {
        assert_eq!(document(&json!({"Sid": "é😀\u{1b}"}), false), "{\"Sid\":\"é\\ud83d\\ude00\\u001b\"}");
    }
}
