//! Converts JSON bodies to the AWS CLI's format: member names, order and times.

use super::shape::{Kind, Member, Operation, Service, Shape};
use super::{Refusal, timestamp};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The answer, and whether a member that must not be stored was omitted.
pub fn answer(model: &'static Service, shape: &Operation, body: &[u8]) -> Result<(Value, bool), String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
    let Value::Object(object) = &body else {
        return Err("the body is not a JSON object".to_owned());
    };
    // Only errors have a type member, so such a body is not an answer.
    if object.contains_key("__type") {
        return Err("the body is an error document".to_owned());
    }
    let mut reader = Reader { model, secret: false };
    let value = reader.value(body, &shape.output, "the answer")?;
    Ok((value, reader.secret))
}

/// The error in a body, or in the header of REST services.
pub fn refusal(body: &[u8], header: Option<&str>) -> Option<Refusal> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(*name)).and_then(Value::as_str);
    let (of_body, of_header) = (body.get("__type").and_then(Value::as_str).map(bare), header.map(bare));
    if let Some(contradiction) = contradiction(of_body, of_header) {
        return Some(contradiction);
    }
    let code = of_body.or(of_header).or(body.get("code").and_then(Value::as_str).map(bare))?;
    (!code.is_empty()).then(|| Refusal {
        code: code.to_owned(),
        message: text(["message", "Message"]).unwrap_or_default().to_owned(),
    })
}

/// Two different codes are not an answer: one may mean "none", the other "access denied". XML codes lack the exception
/// suffix.
pub fn contradiction(body: Option<&str>, header: Option<&str>) -> Option<Refusal> {
    let (body, header) = (body?, bare(header?));
    let stem = |code: &str| code.trim_end_matches("Exception").to_owned();
    let message = format!("the body names the error {body}, the header {header}");
    (stem(body) != stem(header)).then(|| Refusal { code: "MalformedResponse".to_owned(), message })
}

/// The bare name in `com.amazon.coral.service#AccessDeniedException:http://internal.amazon.com/…`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim()
}

struct Reader {
    model: &'static Service,
    secret: bool,
}

impl Reader {
    /// `member` is the value's name in messages.
    fn value(&mut self, value: Value, kind: &Kind, member: &str) -> Result<Value, String> {
        let Kind::Shape(name) = kind else {
            return match value {
                Value::Object(_) | Value::Array(_) => Err(format!("{member} should be a plain value")),
                plain => Ok(scalar(plain, kind)),
            };
        };
        match (self.model.shapes.get(name), value) {
            (Some(Shape::Structure(members)), Value::Object(object)) => self.structure(object, &members.0),
            (Some(Shape::List(entry)), Value::Array(list)) => {
                let read = list.into_iter().map(|value| self.value(value, &entry.kind, member));
                read.collect::<Result<_, _>>().map(Value::Array)
            }
            (Some(Shape::Map(held)), Value::Object(map)) => {
                let read = map.into_iter().map(|(key, value)| Ok((key, self.value(value, held, member)?)));
                read.collect::<Result<_, String>>().map(Value::Object)
            }
            (Some(Shape::Structure(_) | Shape::Map(_)), _) => Err(format!("{member} should hold members")),
            (Some(Shape::List(_)), _) => Err(format!("{member} should be a list")),
            (None, _) => Err(format!("the model has no shape {name}")),
        }
    }

    /// Known members in the model's order, then unknown members in the body's order.
    fn structure(&mut self, mut object: Map<String, Value>, members: &[(String, Member)]) -> Result<Value, String> {
        let mut read = Map::new();
        for (name, member) in members {
            match object.shift_remove(member.wire(name)) {
                None | Some(Value::Null) => {}
                Some(value) if member.kind == Kind::Secret => self.secret |= value != Value::String(String::new()),
                Some(value) => {
                    read.insert(name.clone(), self.value(value, &member.kind, name)?);
                }
            }
        }
        read.extend(object);
        Ok(Value::Object(read))
    }
}

/// A time may be seconds since 1970 or text; other values stay as received.
fn scalar(value: Value, kind: &Kind) -> Value {
    let read = match (kind, &value) {
        (Kind::Timestamp, Value::Number(seconds)) => seconds.as_f64().and_then(moment),
        (Kind::Timestamp, Value::String(text)) => timestamp(text),
        _ => None,
    };
    read.map_or(value, Value::String)
}

/// Seconds since 1970, to the microsecond, as the CLI prints them in UTC.
fn moment(seconds: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond the range is refused by the next line")]
    let micros = (seconds * 1e6).round_ties_even() as i64;
    let time = Timestamp::from_microsecond(micros).ok()?;
    timestamp(&time.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::{answer, refusal};
    use serde_json::{Value, json};

    fn parsed(service: &str, operation: &str, body: &Value) -> Result<Value, String> {
        answer(service, operation, body.to_string().as_bytes()).map(|read| Value::Object(read.value))
    }

    #[test]
    fn times_read_as_the_cli_prints_them_and_what_is_unknown_is_kept() {
        let trails = json!({"New": [1], "IsLogging": true, "LatestDeliveryTime": 1_767_323_045.123,
            "StartLoggingTime": 1_767_323_045, "StopLoggingTime": null});
        assert_eq!(
            parsed("cloudtrail", "GetTrailStatus", &trails).unwrap(),
            json!({"IsLogging": true, "LatestDeliveryTime": "2026-01-02T03:04:05.123000+00:00",
                "StartLoggingTime": "2026-01-02T03:04:05+00:00", "New": [1]})
        );
        let analyzers = json!({"analyzers": [{"name": "a", "createdAt": "2026-01-02T03:04:05Z"}], "nextToken": "t"});
        let read = parsed("accessanalyzer", "ListAnalyzers", &analyzers).unwrap();
        assert_eq!(read["analyzers"][0]["createdAt"], "2026-01-02T03:04:05+00:00");
        assert_eq!(read["nextToken"], "t");
    }

    #[test]
    fn a_body_of_another_shape_is_refused() {
        for (body, says) in [
            (json!({"analyzers": {}}), "analyzers should be a list"),
            (json!({"analyzers": [{"name": ["x"]}]}), "name should be a plain value"),
            (json!({"analyzers": ["x"]}), "should hold members"),
            (json!([]), "not a JSON object"),
        ] {
            let problem = parsed("accessanalyzer", "ListAnalyzers", &body).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        assert!(answer("config", "DescribeConfigRules", b"{\"ConfigRules\":[").is_err());
        assert!(answer("config", "DescribeConfigRules", b"").is_err());
        assert!(answer("config", "DescribeConfigRules", b"<html/>").is_err());
    }

    #[test]
    fn errors_are_read_from_the_body_or_from_the_header() {
        let code = |body: &str, header| refusal(body.as_bytes(), header).map(|it| (it.code, it.message));
        let name = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
        assert_eq!(
            code(r#"{"__type":"com.amazonaws.x#AccessDeniedException","Message":"no"}"#, None),
            name("AccessDeniedException", "no")
        );
        assert_eq!(
            code(r#"{"message":"no"}"#, Some("ThrottlingException:http://x/")),
            name("ThrottlingException", "no")
        );
        assert_eq!(code(r#"{"code":"AccessDenied"}"#, None), name("AccessDenied", ""));
        assert_eq!(code(r#"{"message":"no"}"#, None), None);
        assert_eq!(code("<html>", None), None);
        assert_eq!(code(r#"{"__type":"x#A"}"#, Some("A:http://x/")), name("A", ""));
        assert_eq!(code(r#"{"code":"Reason","message":"no"}"#, Some("A")), name("A", "no"));
        let contradiction = code(r#"{"__type":"ResourcePolicyNotFoundException"}"#, Some("AccessDeniedException"));
        assert_eq!(contradiction.unwrap().0, "MalformedResponse");
        let none = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>";
        let of_xml = |header| refusal(none.as_bytes(), header).unwrap().code;
        assert_eq!(of_xml(None), "NoSuchEntity");
        assert_eq!(of_xml(Some("NoSuchEntityException")), "NoSuchEntity");
        assert_eq!(of_xml(Some("AccessDeniedException")), "MalformedResponse");
    }
}
