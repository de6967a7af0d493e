//! The parameters of a call from its file name.

use super::super::read::BOM;
use super::operations::{About, Operation};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Parameters, and the text that the evidence file is named after.
pub type Named = (BTreeMap<String, Value>, String);

/// The only parameter with free text, which may contain the separator.
const FREE: &str = "ConfigRuleName";

/// The parameters in a file name; `None` if the name is invalid. `document` is the policy of a validation call.
pub fn parameters(operation: &Operation, name: &str, document: &str) -> Option<Named> {
    let text = percent_encoding::percent_decode_str(name).decode_utf8().ok()?.into_owned();
    match &operation.about {
        About::Nothing => None,
        About::Each(names) | About::NothingAndEach(names) => {
            let values = split(&text, names)?;
            let parameters = names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), Value::from(value)));
            Some((parameters.collect(), text))
        }
        About::Attribute => {
            let (key, value) = text.split_once('&')?;
            let attribute = json!([{ "AttributeKey": key, "AttributeValue": value }]);
            Some((BTreeMap::from([("LookupAttributes".to_owned(), attribute)]), text))
        }
        About::Document => validated(name, document),
    }
}

/// The parameters in a request file beside the answer; `None` if there is none.
pub fn sent(operation: &Operation, request: &str) -> Option<Named> {
    let (About::Each(names) | About::NothingAndEach(names)) = &operation.about else { return None };
    let request: BTreeMap<String, Value> = serde_json::from_str(request).ok()?;
    let texts: Option<Vec<&str>> = names.iter().map(|name| request.get(*name)?.as_str()).collect();
    let texts = texts?;
    let parameters = names.iter().zip(&texts).map(|(name, text)| ((*name).to_owned(), Value::from(*text)));
    Some((parameters.collect(), texts.join("&")))
}

/// The parts of a name, one for each parameter.
fn split(text: &str, names: &[&str]) -> Option<Vec<String>> {
    let parts: Vec<&str> = text.split('&').collect();
    let more = parts.len().checked_sub(names.len())?;
    if names.len() == 1 {
        return Some(vec![text.to_owned()]);
    }
    let Some(free) = names.iter().position(|name| *name == FREE).filter(|_| more > 0) else {
        return (more == 0).then(|| parts.into_iter().map(str::to_owned).collect());
    };
    let (before, rest) = parts.split_at(free);
    let (chosen, after) = rest.split_at(more + 1);
    let plain = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    Some([plain(before), vec![chosen.join("&")], plain(after)].concat())
}

/// `identity-0001` or `trust-0001`, with the document beside it.
fn validated(name: &str, document: &str) -> Option<Named> {
    let document: Value = serde_json::from_str(document.trim_start_matches('\u{feff}')).ok()?;
    let document = document.to_string();
    let (kind, number) = name.split_once('-')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let texts: &[(&str, &str)] = match kind {
        "identity" => &[("policyType", "IDENTITY_POLICY")],
        "trust" => {
            &[("policyType", "RESOURCE_POLICY"), ("validatePolicyResourceType", "AWS::IAM::AssumeRolePolicyDocument")]
        }
        _ => return None,
    };
    let mut named = vec![document.clone()];
    named.extend(texts.iter().map(|(_, value)| (*value).to_owned()));
    let mut parameters: BTreeMap<String, Value> =
        texts.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    parameters.insert("policyDocument".to_owned(), document.into());
    Some((parameters, named.join("&")))
}

/// What the names of an operation's files mean, for a message.
pub fn what(operation: &Operation) -> String {
    match &operation.about {
        About::Nothing => String::new(),
        About::Each(names) | About::NothingAndEach(names) => names.join(" & "),
        About::Attribute => "AttributeKey & AttributeValue".to_owned(),
        About::Document => "kind of policy with a number, beside its document".to_owned(),
    }
}

/// The Regions that a `ListRegions` answer lists as enabled.
pub fn enabled(answer: &[u8]) -> Vec<String> {
    let answer: Value = serde_json::from_slice(answer.strip_prefix(BOM).unwrap_or(answer)).unwrap_or_default();
    let text = |region: &Value, name: &str| region.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let regions = answer.get("Regions").and_then(Value::as_array).into_iter().flatten();
    let on = regions.filter(|one| matches!(text(one, "RegionOptStatus").as_str(), "ENABLED" | "ENABLED_BY_DEFAULT"));
    on.map(|region| text(region, "RegionName")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::operations::OPERATIONS;
    use super::*;

    fn named(operation: &str, name: &str) -> Option<Value> {
        let operation = OPERATIONS.iter().find(|one| one.name == operation).unwrap();
        parameters(operation, name, "").map(|(parameters, _)| json!(parameters))
    }

    #[test]
    fn a_name_is_the_parameters_in_the_order_of_their_names() {
        assert_eq!(
            named("ListAccountAssignments", "111122223333%26arn%3Ai%26arn%3Ap"),
            Some(json!({ "AccountId": "111122223333", "InstanceArn": "arn:i", "PermissionSetArn": "arn:p" }))
        );
        assert_eq!(named("ListAccountAssignments", "111122223333%26arn%3Ai"), None);
        assert_eq!(named("ListAccountAssignments", "a%26b%26c%26d"), None);
        assert_eq!(
            named("GetComplianceDetailsByConfigRule", "this & that"),
            Some(json!({ "ConfigRuleName": "this & that" }))
        );
        assert_eq!(
            named("GetAggregateComplianceDetailsByConfigRule", "1%26eu-west-1%26NON_COMPLIANT%26this%26that%26all"),
            Some(json!({ "AccountId": "1", "AwsRegion": "eu-west-1", "ComplianceType": "NON_COMPLIANT",
                "ConfigRuleName": "this&that", "ConfigurationAggregatorName": "all" }))
        );
        assert_eq!(
            named("LookupEvents", "Username%26root"),
            Some(json!({ "LookupAttributes": [{ "AttributeKey": "Username", "AttributeValue": "root" }] }))
        );
        assert_eq!(named("LookupEvents", "root"), None);
        assert_eq!(named("GetSAMLProvider", "%FF"), None);
    }

    #[test]
    fn a_document_is_beside_its_answer() {
        let operation = OPERATIONS.iter().find(|one| one.name == "ValidatePolicy").unwrap();
        let (told, name) = parameters(operation, "trust-0001", "{ \"b\": 1 }\n").unwrap();
        assert_eq!(told["policyDocument"], "{\"b\":1}");
        assert_eq!(name, "{\"b\":1}&RESOURCE_POLICY&AWS::IAM::AssumeRolePolicyDocument");
        assert!(parameters(operation, "trust-0001", "").is_none());
        assert!(parameters(operation, "other-0001", "{}").is_none());
    }

    #[test]
    fn disabled_regions_are_excluded() {
        let answer = json!({ "Regions": [{ "RegionName": "eu-west-1", "RegionOptStatus": "ENABLED" },
            { "RegionName": "me-south-1", "RegionOptStatus": "DISABLED" }] });
        assert_eq!(enabled(answer.to_string().as_bytes()), ["eu-west-1"]);
    }
}
