//! Builds the request of an operation from its parameters, by AWS's models.

use super::shape::{self, Kind, Member, Operation, Place, Protocol, Service, Shape};
use crate::text::capital;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// RFC 3986: everything except the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request before it has an endpoint and a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// The request for an operation that has a model.
pub fn request(service: &str, operation: &str, parameters: &BTreeMap<String, Value>) -> Request {
    let (model, shape) = shape::operation(service, operation).expect("a test looks for the model of every operation");
    match model.protocol {
        Protocol::Query | Protocol::Ec2 => form(model, shape, operation, parameters),
        Protocol::Json => {
            let version = model.json_version.as_deref().unwrap_or("1.1");
            let target = format!("{}.{operation}", model.target.as_deref().unwrap_or_default());
            let body = serde_json::to_string(parameters).expect("JSON values always serialise");
            let headers = vec![("content-type", format!("application/x-amz-json-{version}")), ("x-amz-target", target)];
            Request { method: "POST".to_owned(), target: "/".to_owned(), headers, body }
        }
        Protocol::RestJson => rest(model, shape, parameters),
    }
}

fn member<'m>(model: &'m Service, shape: &Operation, name: &str) -> Option<&'m Member> {
    let Some(Kind::Shape(input)) = &shape.input else { return None };
    let Some(Shape::Structure(members)) = model.shapes.get(input) else { return None };
    members.0.iter().find(|(known, _)| known == name).map(|(_, member)| member)
}

fn form(model: &Service, shape: &Operation, operation: &str, parameters: &BTreeMap<String, Value>) -> Request {
    let mut pairs =
        vec![("Action".to_owned(), operation.to_owned()), ("Version".to_owned(), model.api_version.clone())];
    for (name, value) in parameters {
        let wire = member(model, shape, name).map_or(name.as_str(), |member| member.wire(name));
        match (model.protocol, value) {
            (Protocol::Ec2, Value::Array(list)) => {
                pairs.extend(
                    (1..).zip(list).map(|(number, value)| (format!("{}.{number}", capital(wire)), text(value))),
                );
            }
            (Protocol::Ec2, value) => pairs.push((capital(wire), text(value))),
            (_, Value::Array(list)) => {
                pairs.extend((1..).zip(list).map(|(number, value)| (format!("{wire}.member.{number}"), text(value))));
            }
            (_, value) => pairs.push((wire.to_owned(), text(value))),
        }
    }
    Request {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: encoded(&pairs),
    }
}

fn rest(model: &Service, shape: &Operation, parameters: &BTreeMap<String, Value>) -> Request {
    let (method, pattern) = shape.http.as_ref().expect("a REST operation has a method and a path");
    let (mut target, mut query, mut body) = (pattern.clone(), Vec::new(), Map::new());
    for (name, value) in parameters {
        let member = member(model, shape, name);
        let wire = member.map_or(name.as_str(), |member| member.wire(name));
        match member.map_or(Place::Body, |member| member.place) {
            Place::Path => target = target.replace(&format!("{{{wire}}}"), &percent(&text(value))),
            Place::Query => query.push((wire.to_owned(), text(value))),
            Place::Body => drop(body.insert(wire.to_owned(), value.clone())),
        }
    }
    if !query.is_empty() {
        target = format!("{target}?{}", encoded(&query));
    }
    let has_body = method != "GET";
    Request {
        method: method.clone(),
        target,
        headers: if has_body { vec![("content-type", "application/json".to_owned())] } else { Vec::new() },
        body: if has_body { Value::Object(body).to_string() } else { String::new() },
    }
}

fn encoded(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(service: &str, operation: &str, parameters: Value) -> Request {
        request(service, operation, &serde_json::from_value(parameters).unwrap())
    }

    #[test]
    fn each_protocol_has_its_own_request() {
        let json = made("config", "DescribeConfigRules", json!({"NextToken": "a+b"}));
        assert_eq!(
            (json.method.as_str(), json.target.as_str(), json.body.as_str()),
            ("POST", "/", r#"{"NextToken":"a+b"}"#)
        );
        assert!(json.headers.contains(&("x-amz-target", "StarlingDoveService.DescribeConfigRules".to_owned())));

        let rest =
            made("accessanalyzer", "GetFindingV2", json!({"id": "a/b", "analyzerArn": "arn:x", "maxResults": 2}));
        assert_eq!(
            (rest.method.as_str(), rest.target.as_str()),
            ("GET", "/findingv2/a%2Fb?analyzerArn=arn%3Ax&maxResults=2")
        );
        assert_eq!(rest.body, "");
        let list = made("accessanalyzer", "ListFindings", json!({"analyzerArn": "arn:x"}));
        assert_eq!((list.target.as_str(), list.body.as_str()), ("/finding", r#"{"analyzerArn":"arn:x"}"#));

        let ec2 = made("ec2", "DescribeInstances", json!({"NextToken": "t", "MaxResults": 5}));
        assert_eq!(ec2.body, "Action=DescribeInstances&Version=2016-11-15&MaxResults=5&NextToken=t");
        let iam = made("iam", "ListMFADevices", json!({"UserName": "a b,=x"}));
        assert_eq!(iam.body, "Action=ListMFADevices&Version=2010-05-08&UserName=a%20b%2C%3Dx");
    }
}
