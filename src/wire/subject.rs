//! Checks that an answer is about the requested resource and the right account, from members of the answer.

use super::shape;
use crate::arn::is_account;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// An answer about another resource than the requested one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSubject {
    /// The parameter of the request.
    pub parameter: String,
    pub asked: String,
    pub answered: String,
}

/// Compares the parameters of a request with the members of its answer that repeat them. An absent member is not a
/// contradiction.
pub fn contradiction(
    service: &str,
    operation: &str,
    parameters: &BTreeMap<String, Value>,
    answer: &Map<String, Value>,
) -> Option<OtherSubject> {
    let (_, model) = shape::operation(service, operation)?;
    model.echoes.iter().find_map(|(parameter, paths)| {
        let asked = match parameters.get(parameter) {
            Some(asked) => asked.as_str()?,
            None if model.exclusive.contains(parameter) => "",
            None => return None,
        };
        let told = paths.iter().flat_map(|path| texts(answer, path));
        let other = told.into_iter().find(|answered| !is_same(asked, answered))?;
        Some(OtherSubject { parameter: parameter.clone(), asked: asked.to_owned(), answered: other.to_owned() })
    })
}

/// Whether the operation's answer repeats any of the parameters.
pub fn echoes(service: &str, operation: &str, parameters: &BTreeMap<String, Value>) -> bool {
    shape::operation(service, operation).is_some_and(|(_, model)| {
        !model.exclusive.is_empty() || model.echoes.keys().any(|name| parameters.contains_key(name))
    })
}

/// The accounts that an answer names as owners, each with the text that names it.
pub fn owners<'a>(
    service: &str,
    operation: &str,
    answer: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let paths = shape::operation(service, operation).map_or(&[][..], |(_, model)| &model.owners);
    paths.iter().flat_map(move |path| texts(answer, path)).filter_map(|text| Some((account(text)?, text)))
}

/// The same for the text of an answer, without building the whole value.
pub fn owners_in(service: &str, operation: &str, text: &[u8]) -> Vec<(String, String)> {
    let Some((_, model)) = shape::operation(service, operation) else { return Vec::new() };
    texts_in(text, &model.owners)
        .into_iter()
        .filter_map(|text| Some((account(&text)?.to_owned(), text.clone())))
        .collect()
}

/// The texts at some paths of a JSON text; empty for invalid JSON, which the full parser reports.
pub fn texts_in(text: &[u8], paths: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let paths = paths.iter().map(|path| path.split('.').collect()).collect();
    // Files that were saved on Windows begin with a byte order mark.
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    if !text.is_empty() {
        // After an error, the texts found so far are kept.
        let _ = PathVisitor { paths, found: &mut found }.deserialize(&mut serde_json::Deserializer::from_slice(text));
    }
    found
}

/// Visits some paths of a JSON text and skips the rest.
struct PathVisitor<'a> {
    /// The rest of each path.
    paths: Vec<Vec<&'a str>>,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for PathVisitor<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PathVisitor<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let below =
                self.paths.iter().filter(|path| path.first().is_some_and(|first| first.trim_end_matches("[]") == name));
            let paths: Vec<Vec<&str>> = below.map(|path| path[1..].to_vec()).collect();
            if paths.is_empty() {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(PathVisitor { paths, found: self.found })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(PathVisitor { paths: self.paths.clone(), found: self.found })?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if self.paths.iter().any(Vec::is_empty) {
            self.found.push(text.to_owned());
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The account in an ARN, or an account ID itself. AWS's own resources have no account.
fn account(text: &str) -> Option<&str> {
    let number = if text.starts_with("arn:") { text.split(':').nth(4)? } else { text };
    is_account(number).then_some(number)
}

/// AWS accepts names for ARNs, and repeats an issuer's URL without its scheme.
fn is_same(asked: &str, answered: &str) -> bool {
    let plain = |text: &str| text.strip_prefix("https://").unwrap_or(text).trim_end_matches('/').to_owned();
    let (asked, answered) = (plain(asked), plain(answered));
    let names = |arn: &str, name: &str| {
        arn.starts_with("arn:") && arn.strip_suffix(name).is_some_and(|before| before.ends_with(['/', ':']))
    };
    asked == answered || names(&asked, &answered) || names(&answered, &asked)
}

/// The texts at a path: `PermissionSet.PermissionSetArn`, `Roles[].Arn`.
fn texts<'a>(answer: &'a Map<String, Value>, path: &str) -> Vec<&'a str> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (name, is_list) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    let Some(value) = answer.get(name) else { return Vec::new() };
    let values = match value {
        Value::Array(list) if is_list => list.iter().collect(),
        value => vec![value],
    };
    let below = |value: &'a Value| match (rest, value) {
        (None, Value::String(text)) => vec![text.as_str()],
        (Some(rest), Value::Object(inner)) => texts(inner, rest),
        _ => Vec::new(),
    };
    values.into_iter().flat_map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn about(service: &str, operation: &str, asked: Value, answer: Value) -> bool {
        let (Value::Object(answer), Value::Object(asked)) = (answer, asked) else { panic!("objects") };
        contradiction(service, operation, &asked.into_iter().collect(), &answer).is_none()
    }

    #[test]
    fn an_answer_about_something_else_is_noticed() {
        let trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
        let set = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
        let assigned = json!({"AccountId": "111122223333", "PermissionSetArn": set});
        let issuer = "arn:aws:iam::111122223333:oidc-provider/token.example.com/path";
        for (service, operation, asked, right, wrong) in [
            (
                "cloudtrail",
                "GetEventSelectors",
                json!({"TrailName": trail}),
                json!({"TrailARN": trail}),
                json!({"TrailARN": trail.replace("main", "other")}),
            ),
            (
                "cloudtrail",
                "GetEventSelectors",
                json!({"TrailName": "main"}),
                json!({"TrailARN": trail}),
                json!({"TrailARN": trail.replace("main", "domain")}),
            ),
            (
                "sso-admin",
                "DescribePermissionSet",
                json!({"PermissionSetArn": set}),
                json!({"PermissionSet": {"PermissionSetArn": set}}),
                json!({"PermissionSet": {"PermissionSetArn": "x"}}),
            ),
            (
                "sso-admin",
                "ListAccountAssignments",
                assigned.clone(),
                json!({"AccountAssignments": [assigned]}),
                json!({"AccountAssignments": [{"AccountId": "444455556666", "PermissionSetArn": set}]}),
            ),
            (
                "iam",
                "GetOpenIDConnectProvider",
                json!({"OpenIDConnectProviderArn": issuer}),
                json!({"Url": "token.example.com/path"}),
                json!({"Url": "ken.example.com/path"}),
            ),
            (
                "organizations",
                "DescribePolicy",
                json!({"PolicyId": "p-1"}),
                json!({"Policy": {"PolicySummary": {"Id": "p-1"}}}),
                json!({"Policy": {"PolicySummary": {"Id": "p-2"}}}),
            ),
            (
                "account",
                "GetAlternateContact",
                json!({"AlternateContactType": "SECURITY"}),
                json!({"AlternateContact": {"AlternateContactType": "SECURITY"}}),
                json!({"AlternateContact": {"AlternateContactType": "BILLING"}}),
            ),
        ] {
            assert!(about(service, operation, asked.clone(), right.clone()), "{operation}: {right}");
            assert!(!about(service, operation, asked.clone(), wrong.clone()), "{operation}: {wrong}");
            assert!(about(service, operation, asked, json!({})), "{operation}: what is absent contradicts nothing");
        }
    }

    #[test]
    fn a_recorder_of_a_service_is_not_the_customer_s() {
        let own = json!({"ConfigurationRecorders": [{"name": "default"}]});
        let service = json!({"ConfigurationRecorders": [{"servicePrincipal": "securityhub.amazonaws.com"}]});
        let asked = json!({"ServicePrincipal": "securityhub.amazonaws.com"});
        assert!(about("config", "DescribeConfigurationRecorders", json!({}), own));
        assert!(!about("config", "DescribeConfigurationRecorders", json!({}), service.clone()));
        assert!(about("config", "DescribeConfigurationRecorders", asked, service));
    }

    #[test]
    fn the_owner_is_read_from_numbers_and_arns() {
        let read = |service: &str, operation: &str, answer: Value| {
            let Value::Object(answer) = answer else { panic!("an object") };
            owners(service, operation, &answer).map(|(account, _)| account.to_owned()).collect::<Vec<_>>()
        };
        let policies =
            json!({"Policies": [{"Arn": "arn:aws:iam::aws:policy/X"}, {"Arn": "arn:aws:iam::111122223333:policy/X"}]});
        assert_eq!(read("iam", "GetAccountAuthorizationDetails", policies), ["111122223333"]);
        assert_eq!(
            read("ec2", "DescribeInstances", json!({"Reservations": [{"OwnerId": "444455556666"}]})),
            ["444455556666"]
        );
        assert!(read("ec2", "DescribeInstances", json!({"Reservations": "odd"})).is_empty());
        let text = br#"{"Count":1,"Policies":[{"Arn":"arn:aws:iam::111122223333:policy/X","Tags":[{"Arn":"arn:aws:iam::9:x"}]},null]}"#;
        let found = owners_in("iam", "GetAccountAuthorizationDetails", text);
        assert_eq!(found, [("111122223333".to_owned(), "arn:aws:iam::111122223333:policy/X".to_owned())]);
        let marked = [b"\xEF\xBB\xBF", &text[..]].concat();
        assert_eq!(owners_in("iam", "GetAccountAuthorizationDetails", &marked), found);
        assert!(owners_in("iam", "GetAccountAuthorizationDetails", b"no JSON").is_empty());
    }

    #[test]
    fn every_path_leads_through_the_model() {
        for (service, model) in &shape::SHAPES.services {
            for (name, operation) in &model.operations {
                for path in operation.echoes.values().flatten().chain(&operation.owners) {
                    let mut kind = &operation.output;
                    for part in path.split('.') {
                        let (member, is_list) = part.strip_suffix("[]").map_or((part, false), |part| (part, true));
                        kind = step(model, kind, member, is_list)
                            .unwrap_or_else(|| panic!("{service} {name}: {path} is not in the model"));
                    }
                    assert_eq!(*kind, shape::Kind::String, "{service} {name}: {path}");
                }
            }
        }
    }

    fn step<'m>(model: &'m shape::Service, kind: &shape::Kind, member: &str, is_list: bool) -> Option<&'m shape::Kind> {
        let shape::Kind::Shape(name) = kind else { return None };
        let shape::Shape::Structure(members) = model.shapes.get(name)? else { return None };
        let kind = &members.0.iter().find(|(known, _)| known == member)?.1.kind;
        if !is_list {
            return Some(kind);
        }
        let shape::Kind::Shape(name) = kind else { return None };
        match model.shapes.get(name)? {
            shape::Shape::List(entry) => Some(&entry.kind),
            _ => None,
        }
    }
}
