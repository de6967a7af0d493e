//! The services besides IAM and STS: how they are addressed, what they are asked, how they page.
//!
//! Written down from AWS's API reference and by hand, so that it can disagree with what it tests.

use crate::encode::{file_name, form, kebab};
use crate::http::Request;
use serde_json::{Map, Value};

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The operation in `X-Amz-Target`, JSON both ways.
    Json,
    /// The operation by method and path.
    Rest,
    /// A form and EC2's XML.
    Ec2,
    /// A form, and XML in an element named after the operation.
    Query,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// The name in the signature.
    pub signed: &'static str,
    /// The folder of its evidence, which is the AWS CLI's model name.
    pub folder: &'static str,
    /// What its actions begin with in policies.
    pub prefix: &'static str,
    pub protocol: Protocol,
    pub regional: bool,
    /// The member that holds the next page's token.
    pub token: &'static str,
    pub operations: &'static [(&'static str, &'static [&'static str], &'static str)],
}

use Protocol::{Ec2, Json, Query, Rest};

macro_rules! service {
    ($signed:literal $folder:literal $prefix:literal $protocol:ident $regional:literal $token:literal
        $($name:literal [$($list:literal)*] $($route:literal)?;)*) => {
        Service { signed: $signed, folder: $folder, prefix: $prefix, protocol: $protocol, regional: $regional, token: $token,
            operations: &[$(($name, &[$($list),*], concat!($($route)?))),*] }
    };
}

pub static SERVICES: &[Service] = &[
    service! { "account" "account" "account" Rest false "NextToken"
        "ListRegions" ["Regions"] "POST /listRegions";
        "GetContactInformation" [] "POST /getContactInformation";
        "GetAlternateContact" [] "POST /getAlternateContact";
        "GetAccountInformation" [] "POST /getAccountInformation";
    },
    service! { "access-analyzer" "accessanalyzer" "access-analyzer" Rest true "nextToken"
        "ListAnalyzers" ["analyzers"] "GET /analyzer";
        "GetAnalyzer" [] "GET /analyzer/{analyzerName}";
        "ListArchiveRules" ["archiveRules"] "GET /analyzer/{analyzerName}/archive-rule";
        "ListFindings" ["findings"] "POST /finding";
        "ListFindingsV2" ["findings"] "POST /findingv2";
        "GetFindingV2" ["findingDetails"] "GET /findingv2/{id}";
        "GetFindingsStatistics" [] "POST /analyzer/findings/statistics";
        "ValidatePolicy" ["findings"] "POST /policy/validation";
    },
    service! { "config" "config" "config" Json true "NextToken"
        "ListConfigurationRecorders" ["ConfigurationRecorderSummaries"];
        "DescribeConfigurationRecorders" [];
        "DescribeConfigurationRecorderStatus" [];
        "DescribeDeliveryChannels" [];
        "DescribeDeliveryChannelStatus" [];
        "DescribeConfigurationAggregators" ["ConfigurationAggregators"];
        "DescribeConfigRules" ["ConfigRules"];
        "DescribeComplianceByConfigRule" ["ComplianceByConfigRules"];
        "DescribeConfigRuleEvaluationStatus" ["ConfigRulesEvaluationStatus"];
        "GetComplianceDetailsByConfigRule" ["EvaluationResults"];
        "DescribeConformancePacks" ["ConformancePackDetails"];
        "DescribeConformancePackStatus" ["ConformancePackStatusDetails"];
        "DescribeConformancePackCompliance" ["ConformancePackRuleComplianceList"];
        "DescribeConfigurationAggregatorSourcesStatus" ["AggregatedSourceStatusList"];
        "DescribeAggregateComplianceByConfigRules" ["AggregateComplianceByConfigRules"];
        "GetAggregateComplianceDetailsByConfigRule" ["AggregateEvaluationResults"];
        "DescribeOrganizationConfigRules" ["OrganizationConfigRules"];
        "DescribeOrganizationConfigRuleStatuses" ["OrganizationConfigRuleStatuses"];
        "DescribeOrganizationConformancePacks" ["OrganizationConformancePacks"];
        "DescribeOrganizationConformancePackStatuses" ["OrganizationConformancePackStatuses"];
    },
    service! { "cloudtrail" "cloudtrail" "cloudtrail" Json true "NextToken"
        "DescribeTrails" [];
        "GetTrailStatus" [];
        "GetEventSelectors" [];
        "LookupEvents" ["Events"];
    },
    service! { "monitoring" "cloudwatch" "cloudwatch" Json true "NextToken"
        "DescribeAlarms" ["MetricAlarms" "CompositeAlarms"];
    },
    service! { "logs" "logs" "logs" Json true "nextToken"
        "DescribeMetricFilters" ["metricFilters"];
    },
    service! { "sns" "sns" "sns" Query true "NextToken"
        "ListSubscriptionsByTopic" ["Subscriptions"];
    },
    service! { "ec2" "ec2" "ec2" Ec2 true "NextToken"
        "DescribeInstances" ["Reservations"];
    },
    service! { "organizations" "organizations" "organizations" Json false "NextToken"
        "DescribeOrganization" [];
        "ListAccounts" ["Accounts"];
        "ListRoots" ["Roots"];
        "ListOrganizationalUnitsForParent" ["OrganizationalUnits"];
        "ListAccountsForParent" ["Accounts"];
        "ListDelegatedAdministrators" ["DelegatedAdministrators"];
        "ListDelegatedServicesForAccount" ["DelegatedServices"];
        "ListAWSServiceAccessForOrganization" ["EnabledServicePrincipals"];
        "DescribeResourcePolicy" [];
        "ListPolicies" ["Policies"];
        "DescribePolicy" [];
        "ListTargetsForPolicy" ["Targets"];
    },
    service! { "sso" "sso-admin" "sso" Json true "NextToken"
        "ListInstances" ["Instances"];
        "ListPermissionSets" ["PermissionSets"];
        "DescribePermissionSet" [];
        "GetInlinePolicyForPermissionSet" [];
        "ListManagedPoliciesInPermissionSet" ["AttachedManagedPolicies"];
        "ListCustomerManagedPolicyReferencesInPermissionSet" ["CustomerManagedPolicyReferences"];
        "GetPermissionsBoundaryForPermissionSet" [];
        "ListAccountsForProvisionedPermissionSet" ["AccountIds"];
        "ListAccountAssignments" ["AccountAssignments"];
        "DescribeInstance" [];
        "ListTrustedTokenIssuers" ["TrustedTokenIssuers"];
        "DescribeTrustedTokenIssuer" [];
        "ListApplications" ["Applications"];
        "ListApplicationAssignments" ["ApplicationAssignments"];
    },
    service! { "identitystore" "identitystore" "identitystore" Json true "NextToken"
        "ListUsers" ["Users"];
        "ListGroups" ["Groups"];
        "ListGroupMemberships" ["GroupMemberships"];
    },
];

/// Parameters about the page and not about the matter.
const PAGING: &[&str] = &["NextToken", "nextToken", "MaxResults", "maxResults", "MaxRecords", "Limit", "limit"];

/// The service that a request is signed for.
pub fn signed_for(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.signed == name)
}

pub fn in_folder(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.folder == name)
}

impl Service {
    pub fn lists(&self, operation: &str) -> &'static [&'static str] {
        self.operations.iter().find(|(name, ..)| *name == operation).map_or(&[], |(_, lists, _)| lists)
    }

    /// The IAM action that permits an operation.
    pub fn permission(&self, operation: &str) -> String {
        // The second version of an operation needs the permission of the first.
        format!("{}:{}", self.prefix, operation.strip_suffix("V2").unwrap_or(operation))
    }

    /// Operation and parameters of a request.
    pub fn understood(&self, request: &Request) -> (String, Map<String, Value>) {
        let body = || serde_json::from_slice(&request.body).unwrap_or_default();
        match self.protocol {
            Json => {
                let target = request.header("x-amz-target").unwrap_or_default();
                (target.rsplit('.').next().unwrap_or_default().to_owned(), body())
            }
            Ec2 | Query => {
                let mut pairs = pairs(&String::from_utf8_lossy(&request.body));
                pairs.remove("Version");
                let action = pairs.remove("Action").and_then(|action| action.as_str().map(str::to_owned));
                (action.unwrap_or_default(), pairs)
            }
            Rest => {
                let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
                for (name, _, route) in self.operations {
                    let (method, pattern) = route.split_once(' ').unwrap_or_default();
                    if let Some(in_path) = matched(pattern, path).filter(|_| method == request.method) {
                        let mut parameters: Map<String, Value> = body();
                        parameters.extend(in_path);
                        parameters.extend(pairs(query));
                        return ((*name).to_owned(), parameters);
                    }
                }
                (String::new(), Map::new())
            }
        }
    }

    /// Where an answer is kept: `config/eu-west-1/describe-config-rules`, and what the call is about below it.
    pub fn place(&self, region: &str, operation: &str, parameters: &Map<String, Value>) -> String {
        let mut texts = Vec::new();
        // Every request for alarms names the same types.
        let is_varying = |name: &str| !PAGING.contains(&name) && name != "AlarmTypes";
        let mut sorted: Vec<_> = parameters.iter().filter(|(name, _)| is_varying(name)).collect();
        sorted.sort_by_key(|(name, _)| name.as_str());
        for (_, value) in sorted {
            gather(value, &mut texts);
        }
        let stem = self.stem(region, operation);
        if texts.is_empty() { stem } else { format!("{stem}/{}", file_name(&texts.join("&"))) }
    }

    pub fn stem(&self, region: &str, operation: &str) -> String {
        let region = if self.regional { format!("{region}/") } else { String::new() };
        format!("{}/{region}{}", self.folder, kebab(operation))
    }
}

fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| gather(value, texts)),
        Value::Object(object) => object.values().for_each(|value| gather(value, texts)),
        _ => {}
    }
}

fn pairs(text: &str) -> Map<String, Value> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (form(name), Value::String(form(value)))).collect()
}

/// The parts of a path that a pattern names.
fn matched(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let mut found = Map::new();
    for (part, given) in pattern.iter().zip(&path) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => drop(found.insert(name.to_owned(), Value::String(form(given)))),
            None if part == given => {}
            None => return None,
        }
    }
    (pattern.len() == path.len()).then_some(found)
}

/// Times as the wire has them: seconds since 1970 in JSON, text that ends in Z elsewhere.
pub fn on_the_wire(value: &Value, seconds: bool) -> Value {
    match value {
        Value::String(text) => match text.strip_suffix("+00:00").filter(|text| is_time(text)) {
            Some(time) if seconds => crate::time::seconds(time),
            Some(time) => Value::String(format!("{time}Z")),
            None => value.clone(),
        },
        Value::Array(list) => list.iter().map(|value| on_the_wire(value, seconds)).collect(),
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.clone(), on_the_wire(value, seconds))).collect::<Map<_, _>>().into()
        }
        plain => plain.clone(),
    }
}

/// `2026-01-02T03:04:05`, with or without a fraction.
fn is_time(text: &str) -> bool {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    let shape: Vec<u8> = shape.collect();
    shape == b"0000-00-00T00:00:00" || shape == b"0000-00-00T00:00:00.000000"
}

/// EC2's names for what the CLI prints: lists and sets have names of their own.
const EC2_NAMES: &[(&str, &str)] = &[
    ("Reservations", "reservationSet"),
    ("Instances", "instancesSet"),
    ("Groups", "groupSet"),
    ("SecurityGroups", "groupSet"),
    ("Tags", "tagSet"),
    ("State", "instanceState"),
];

/// The members of an answer as EC2's XML.
pub fn ec2_xml(value: &Value) -> String {
    let Value::Object(object) = value else { return String::new() };
    let mut text = String::new();
    for (name, value) in object {
        let known = EC2_NAMES.iter().find(|(ours, _)| ours == name).map(|(_, theirs)| (*theirs).to_owned());
        let name = known.unwrap_or_else(|| name[..1].to_lowercase() + &name[1..]);
        text.push_str(&format!("<{name}>{}</{name}>", ec2_content(value)));
    }
    text
}

fn ec2_content(value: &Value) -> String {
    match value {
        Value::Object(_) => ec2_xml(value),
        Value::Array(list) => list.iter().map(|value| format!("<item>{}</item>", ec2_content(value))).collect(),
        Value::String(text) => crate::xml::escape(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rest_requests_are_told_by_method_and_path() {
        let service = in_folder("accessanalyzer").unwrap();
        let ask = |method: &str, target: &str, body: &str| {
            let (method, target) = (method.to_owned(), target.to_owned());
            service.understood(&Request { method, target, headers: Vec::new(), body: body.as_bytes().to_vec() })
        };
        assert_eq!(
            ask("GET", "/analyzer?maxResults=2", ""),
            ("ListAnalyzers".to_owned(), object(json!({"maxResults": "2"})))
        );
        assert_eq!(
            ask("GET", "/analyzer/a%2Fb", ""),
            ("GetAnalyzer".to_owned(), object(json!({"analyzerName": "a/b"})))
        );
        assert_eq!(ask("POST", "/finding", "{\"a\":1}"), ("ListFindings".to_owned(), object(json!({"a": 1}))));
        assert_eq!(ask("DELETE", "/analyzer/x", "").0, "");
    }

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_place_names_region_operation_and_what_it_is_about() {
        let sso = in_folder("sso-admin").unwrap();
        let about = object(json!({"PermissionSetArn": "p", "AccountId": "1", "NextToken": "t", "MaxResults": 3}));
        assert_eq!(
            sso.place("eu-west-1", "ListAccountAssignments", &about),
            "sso-admin/eu-west-1/list-account-assignments/1%26p"
        );
        let organizations = in_folder("organizations").unwrap();
        assert_eq!(organizations.place("us-east-1", "ListRoots", &Map::new()), "organizations/list-roots");
    }

    #[test]
    fn times_and_only_times_change_on_the_wire() {
        let value = json!({"a": "1970-01-01T00:01:00+00:00", "b": ["1970-01-01T00:00:01.500000+00:00"], "c": "at 2026-01-02T03:04:05+00:00"});
        assert_eq!(on_the_wire(&value, true), json!({"a": 60, "b": [1.5], "c": "at 2026-01-02T03:04:05+00:00"}));
        assert_eq!(on_the_wire(&value, false)["a"], "1970-01-01T00:01:00Z");
    }
}
