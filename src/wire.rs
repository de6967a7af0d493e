//! Converts response bodies to the AWS CLI's format by AWS's models, not the SDK's types, so that members unknown to
//! the SDK are kept.
//!
//! Deliberately absent: the network, files, and the meaning of an answer.

mod json_answer;
pub mod request;
pub mod shape;
pub mod subject;
mod xml;
mod xml_answer;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use shape::{Kind, Protocol, Service, Shape};
use std::collections::BTreeMap;

/// An answer in the AWS CLI's format.
#[derive(Debug, PartialEq)]
pub struct Converted {
    pub value: Map<String, Value>,
    /// The number of entries in the operation's lists; `None` if it has no list.
    pub items: Option<u64>,
    /// The body had a member that must not be stored: it is omitted here, and the body must not be kept.
    pub secret: bool,
}

/// AWS's error for a failed call.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

/// Converts a successful response's body to the CLI's format. The error describes an invalid body.
pub fn answer(service: &str, operation: &str, body: &[u8]) -> Result<Converted, String> {
    let (model, shape) =
        shape::operation(service, operation).ok_or_else(|| format!("{service} {operation} has no model"))?;
    let (value, secret) = match model.protocol {
        Protocol::Query | Protocol::Ec2 => xml_answer::answer(model, operation, shape, body)?,
        Protocol::Json | Protocol::RestJson => json_answer::answer(model, shape, body)?,
    };
    let Value::Object(value) = value else {
        return Err(format!("{operation} does not return a structure"));
    };
    complete(model, operation, shape, &value)?;
    let mut items = None;
    for list in &shape.items {
        if let Some(Value::Array(list)) = value.get(list) {
            *items.get_or_insert(0) += list.len() as u64;
        }
    }
    Ok(Converted { value, items, secret })
}

/// Checks that the body is an answer at all. AWS sends empty lists too, so an answer without the requested list, or
/// without any member of the model, must not be taken for "none".
fn complete(
    model: &'static Service,
    operation: &str,
    shape: &shape::Operation,
    value: &Map<String, Value>,
) -> Result<(), String> {
    let is_known = |name: &str| match &shape.output {
        Kind::Shape(output) => match model.shapes.get(output) {
            Some(Shape::Structure(members)) => members.0.iter().any(|(member, _)| member == name),
            _ => true,
        },
        _ => true,
    };
    if !value.keys().any(|name| is_known(name)) {
        let held: Vec<&str> = value.keys().take(5).map(String::as_str).collect();
        let held = if held.is_empty() { "nothing".to_owned() } else { format!("{held:?}") };
        return Err(format!("the answer holds no member that {operation} returns; it holds {held}"));
    }
    if !shape.items.is_empty() && !shape.items.iter().any(|list| value.contains_key(list)) {
        return Err(format!("the answer does not hold the list {}", shape.items.join(" or ")));
    }
    Ok(())
}

/// Whether an answer of this operation can have a member that must not be stored.
pub fn may_hold_a_secret(service: &str, operation: &str) -> bool {
    fn holds(model: &Service, kind: &Kind, seen: &mut Vec<String>) -> bool {
        let Kind::Shape(name) = kind else { return *kind == Kind::Secret };
        if seen.contains(name) {
            return false;
        }
        seen.push(name.clone());
        match model.shapes.get(name) {
            Some(Shape::Structure(members)) => members.0.iter().any(|(_, member)| holds(model, &member.kind, seen)),
            Some(Shape::List(entry)) => holds(model, &entry.kind, seen),
            Some(Shape::Map(value)) => holds(model, value, seen),
            None => false,
        }
    }
    shape::operation(service, operation).is_some_and(|(model, shape)| holds(model, &shape.output, &mut Vec::new()))
}

/// The AWS error in a failed response: in its body, in any protocol, or with its code in the header of the REST
/// protocol.
pub fn refusal(body: &[u8], header: Option<&str>) -> Option<Refusal> {
    json_answer::refusal(body, header).or_else(|| {
        let root = xml::parse(body).ok()?;
        let error = root.child("Error").or_else(|| root.child("Errors").and_then(|errors| errors.child("Error")))?;
        let code = error.text_of("Code").filter(|code| !code.trim().is_empty())?.trim().to_owned();
        if let Some(contradiction) = json_answer::contradiction(Some(&code), header) {
            return Some(contradiction);
        }
        Some(Refusal { code, message: error.text_of("Message").unwrap_or_default().to_owned() })
    })
}

/// AWS's request ID in the body of an answer or error.
pub fn request_id(body: &[u8]) -> Option<String> {
    let root = xml::parse(body).ok()?;
    let holder = root.child("ResponseMetadata").unwrap_or(&root);
    holder.text_of("RequestId").or_else(|| holder.text_of("RequestID")).map(str::to_owned)
}

/// The parameters of a form-encoded request, named and typed as the CLI names and types them.
pub fn parameters(service: &str, operation: &str, form: &str) -> BTreeMap<String, Value> {
    let input = shape::operation(service, operation).and_then(|(model, shape)| match shape.input.as_ref()? {
        Kind::Shape(name) => model.shapes.get(name),
        _ => None,
    });
    let kind_of = |name: &str| match input {
        Some(Shape::Structure(members)) => {
            members.0.iter().find(|(member, _)| member == name).map(|(_, member)| &member.kind)
        }
        _ => None,
    };
    let mut parameters = BTreeMap::new();
    for pair in form.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // In a form, unlike in a policy document, a plus sign is a space.
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let (name, text) = (decode(name), decode(value));
        if name.is_empty() || name == "Action" || name == "Version" {
            continue;
        }
        match name.split_once(".member.") {
            Some((list, _)) => {
                let list = parameters.entry(list.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(Value::String(text));
                }
            }
            None => {
                let value = scalar(&text, kind_of(&name).unwrap_or(&Kind::String));
                parameters.insert(name, value);
            }
        }
    }
    parameters
}

/// A scalar as the CLI prints it. A text that does not parse as its kind stays text.
fn scalar(text: &str, kind: &Kind) -> Value {
    let known = match kind {
        Kind::Boolean => text.trim().parse().ok().map(Value::Bool),
        Kind::Integer => text.trim().parse::<i64>().ok().map(Value::from),
        Kind::Number => text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number),
        Kind::Timestamp => timestamp(text).map(Value::String),
        Kind::Policy => document(text),
        Kind::String | Kind::Blob | Kind::Secret | Kind::Shape(_) => None,
    };
    known.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// `2026-01-02T03:04:05Z` → `2026-01-02T03:04:05+00:00`, with microseconds only where there are any.
fn timestamp(text: &str) -> Option<String> {
    let in_utc = text.ends_with('Z') || text.ends_with("+00:00");
    let time: Timestamp = text.parse().ok().filter(|_| in_utc)?;
    let format = if time.subsec_microsecond() == 0 && time.subsec_millisecond() == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6f+00:00"
    };
    Some(time.strftime(format).to_string())
}

/// A policy document as a tree, if the tree holds all of it. Any other document stays the text that AWS sent.
pub fn document(text: &str) -> Option<Value> {
    // RFC 3986: `+` is a plus sign, unlike in a form.
    tree(&percent_decode_str(text).decode_utf8().ok()?)
}

/// JSON as a tree; none for what a tree does not hold: of two members of one name it keeps the last, of a number what a
/// float keeps.
pub fn tree(json: &str) -> Option<Value> {
    let tree: Value = serde_json::from_str(json).ok()?;
    let is_whole = outside_texts(json).eq(outside_texts(&tree.to_string()));
    is_whole.then_some(tree)
}

/// What stands outside of JSON's texts, which may be escaped in more than one way; all else has one spelling here.
fn outside_texts(json: &str) -> impl Iterator<Item = char> {
    let outside = |(letter, in_text): (char, bool)| (!in_text && !letter.is_ascii_whitespace()).then_some(letter);
    letters(json).filter_map(outside)
}

/// The letters of JSON, each with whether it stands in a text.
pub fn letters(json: &str) -> impl Iterator<Item = (char, bool)> {
    let (mut in_text, mut is_escaped) = (false, false);
    json.chars().map(move |letter| {
        let was_in_text = in_text;
        in_text = if in_text { is_escaped || letter != '"' } else { letter == '"' };
        is_escaped = was_in_text && !is_escaped && letter == '\\';
        (letter, was_in_text)
    })
}

/// The text of a document that is a tree, or as AWS sent it.
pub fn document_text(document: &Value) -> String {
    match document {
        Value::String(text) => percent_decode_str(text).decode_utf8_lossy().into_owned(),
        tree => tree.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn convert(operation: &str, result: &str) -> Result<Converted, String> {
        let body = format!(
            "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result>{result}</{operation}Result>\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
        );
        answer("iam", operation, body.as_bytes())
    }

    fn value(operation: &str, result: &str) -> Value {
        Value::Object(convert(operation, result).unwrap().value)
    }

    #[test]
    fn every_kind_of_node_reads_as_the_cli_prints_it() {
        let read = value(
            "GetAccountAuthorizationDetails",
            "<IsTruncated>false</IsTruncated><UserDetailList><member><UserName>ann&amp;bob</UserName><Path>/</Path>\
             <CreateDate>2026-01-02T03:04:05Z</CreateDate><AttachedManagedPolicies/>\
             <UserPolicyList><member><PolicyName>p</PolicyName><PolicyDocument>%7B%22b%22%3A%22a%2Bb+c%22%2C%22a%22%3A1%7D</PolicyDocument></member>\
             </UserPolicyList></member></UserDetailList><GroupDetailList></GroupDetailList>\
             <Policies><member><AttachmentCount>3</AttachmentCount><IsAttachable>true</IsAttachable></member></Policies>",
        );
        assert_eq!(
            read,
            json!({
                "UserDetailList": [{
                    "Path": "/", "UserName": "ann&bob", "CreateDate": "2026-01-02T03:04:05+00:00",
                    "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"b": "a+b+c", "a": 1}}],
                    "AttachedManagedPolicies": []
                }],
                "GroupDetailList": [],
                "Policies": [{"AttachmentCount": 3, "IsAttachable": true}],
                "IsTruncated": false
            })
        );
        let document = &read["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"];
        assert_eq!(document.to_string(), r#"{"b":"a+b+c","a":1}"#, "the document's own order is kept");
    }

    #[test]
    fn maps_and_missing_members() {
        let summary = value(
            "GetAccountSummary",
            "<SummaryMap><entry><key>Users</key><value>31</value></entry><entry><key>Odd</key><value>many</value></entry></SummaryMap>",
        );
        assert_eq!(summary, json!({"SummaryMap": {"Users": 31, "Odd": "many"}}), "a number that is none stays text");
        for absent in ["", "<IsTruncated>false</IsTruncated>"] {
            let problem = convert("ListUsers", absent).unwrap_err();
            assert!(problem.contains("holds no member") || problem.contains("the list Users"), "{problem}");
        }
        assert_eq!(convert("ListUsers", "<Users/>").unwrap().items, Some(0), "an absent list is not an empty list");
    }

    #[test]
    fn what_the_model_does_not_know_is_kept() {
        let read = value(
            "ListUsers",
            "<Users><member><UserName>a</UserName><NewThing>x</NewThing><NewList><member>1</member></NewList>\
             <NewStructure><A>1</A><A>2</A></NewStructure></member></Users>",
        );
        assert_eq!(
            read["Users"][0],
            json!({"UserName": "a", "NewThing": "x", "NewList": ["1"], "NewStructure": {"A": ["1", "2"]}})
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        let read = value(
            "ListUsers",
            "<Users><member><UserName>&lt;script&gt;=cmd|' /C'!A0\u{202e}\u{e000}</UserName><Path>/../</Path><CreateDate>soon</CreateDate></member></Users>",
        );
        assert_eq!(
            read["Users"][0],
            json!({"Path": "/../", "UserName": "<script>=cmd|' /C'!A0\u{202e}\u{e000}", "CreateDate": "soon"})
        );
    }

    #[test]
    fn a_document_that_a_tree_does_not_hold_stays_as_sent() {
        let kept = |document: &str| super::document(document).map(|tree| tree.to_string());
        for whole in [r#"{"a":"x:\\\":1","b":[1,-2,1.5,{"c":"\u0022:"}],"1":null}"#, "[]", r#"" : 1 ""#] {
            let tree: Value = serde_json::from_str(whole).unwrap();
            assert_eq!(kept(whole), Some(tree.to_string()), "{whole}");
        }
        for odd in [
            r#"{"a":1,"a":1}"#,
            r#"[{"b":{"a":1,"\u0061":2}}]"#,
            r#"{"a":12345678901234567890123}"#,
            r#"{"a":[1.50]}"#,
            r#"{"a":1e2}"#,
        ] {
            assert_eq!(kept(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_document_that_is_no_json_stays_as_sent() {
        let read = |document: &str| {
            value(
                "ListRoles",
                &format!(
                    "<Roles><member><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument></member></Roles>"
                ),
            )["Roles"][0]["AssumeRolePolicyDocument"]
                .clone()
        };
        assert_eq!(read("%7Bnot json"), json!("%7Bnot json"));
        assert_eq!(read("%FF%FE"), json!("%FF%FE"));
        assert_eq!(read(""), json!(""));
    }

    #[test]
    fn a_body_that_is_not_the_answer_is_refused() {
        for (result, says) in [
            ("<Users><user/></Users>", "the list <Users> holds <user>"),
            ("<Users>text</Users>", "holds text"),
            ("<Users/><Users/>", "more than once"),
            ("<Users><member><UserName><b/></UserName></member></Users>", "should be text"),
        ] {
            let problem = convert("ListUsers", result).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        assert!(answer("iam", "ListUsers", b"<html><body>Sign in to the network</body></html>").is_err());
        assert!(answer("iam", "ListUsers", b"<ListUsersResponse></ListUsersResponse>").is_err());
        assert!(answer("iam", "ListUsers", b"<ListUsersResponse><ListUsersResult><Users>").is_err());
    }

    #[test]
    fn a_json_error_document_is_never_an_answer() {
        for (service, operation, body) in [
            (
                "sso-admin",
                "GetInlinePolicyForPermissionSet",
                json!({"__type": "AccessDeniedException", "message": "no"}),
            ),
            ("sso-admin", "GetInlinePolicyForPermissionSet", json!({"__type": "X", "InlinePolicy": ""})),
            ("sso-admin", "GetInlinePolicyForPermissionSet", json!({"message": "Internal server error"})),
            ("sso-admin", "GetInlinePolicyForPermissionSet", json!({"inlinePolicy": ""})),
            ("sso-admin", "GetInlinePolicyForPermissionSet", json!({})),
            ("config", "DescribeConfigRules", json!({"NextToken": "t"})),
            ("config", "DescribeConfigRules", json!({"ConfigRules": null})),
        ] {
            let read = answer(service, operation, body.to_string().as_bytes());
            assert!(read.is_err(), "{operation} {body}: {read:?}");
        }
        assert!(answer("sso-admin", "GetInlinePolicyForPermissionSet", b"{\"InlinePolicy\":\"\"}").is_ok());
        assert!(answer("config", "DescribeConfigRules", b"{\"ConfigRules\":[]}").is_ok());
    }

    #[test]
    fn secrets_are_left_out_and_told() {
        let body = "<VirtualMFADevices><member><SerialNumber>s</SerialNumber><Base32StringSeed>QUJD</Base32StringSeed></member></VirtualMFADevices>";
        let read = convert("ListVirtualMFADevices", body).unwrap();
        assert!(read.secret);
        assert!(!Value::Object(read.value).to_string().contains("QUJD"));
        let absent = convert("ListVirtualMFADevices", &body.replace("QUJD", "")).unwrap();
        assert!(!absent.secret, "an empty element holds no secret");
    }

    #[test]
    fn errors_and_parameters_are_read_from_the_wire() {
        let body = b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x &amp; y</Message></Error><RequestId>r-9</RequestId></ErrorResponse>";
        let refusal = refusal(body, None).unwrap();
        assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("AccessDenied", "User: x & y"));
        assert_eq!(request_id(body).as_deref(), Some("r-9"));
        assert_eq!(super::refusal(b"<html>502</html>", None), None);

        let read = parameters(
            "iam",
            "GetAccountAuthorizationDetails",
            "Action=X&Version=2010-05-08&MaxItems=7&Marker=a%2Fb%3D+c&Filter.member.1=User&Filter.member.2=Role",
        );
        assert_eq!(json!(read), json!({"Filter": ["User", "Role"], "Marker": "a/b= c", "MaxItems": 7}));
    }

    #[test]
    fn times_are_printed_as_the_cli_prints_them() {
        assert_eq!(timestamp("2026-01-02T03:04:05Z").unwrap(), "2026-01-02T03:04:05+00:00");
        assert_eq!(timestamp("2026-01-02T03:04:05.120Z").unwrap(), "2026-01-02T03:04:05.120000+00:00");
        assert_eq!(timestamp("2026-01-02T03:04:05+02:00"), None);
    }
}
