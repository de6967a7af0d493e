//! Sources of evidence in readers' words, and the exhibits that came of them.

use super::Inputs;
use crate::account::fact::Evidence;
use crate::snapshot::{Exhibit, Outcome};

/// What an operation gives, in words.
const TITLES: &[(&str, &str)] = &[
    ("GetCallerIdentity", "Caller identity"),
    ("GenerateCredentialReport", "Request to generate the credential report"),
    ("GetCredentialReport", "Credential report"),
    ("GetAccountSummary", "Account summary"),
    ("GetAccountAuthorizationDetails", "Authorization details"),
    ("GetAccountPasswordPolicy", "Password policy"),
    ("ListAccountAliases", "Account alias"),
    ("ListUsers", "List of users"),
    ("ListRoles", "List of roles"),
    ("ListVirtualMFADevices", "List of virtual MFA devices"),
    ("ListServerCertificates", "List of server certificates"),
    ("ListSAMLProviders", "List of SAML providers"),
    ("GetSAMLProvider", "SAML providers, one by one"),
    ("ListOpenIDConnectProviders", "List of OpenID Connect providers"),
    ("GetOpenIDConnectProvider", "OpenID Connect providers, one by one"),
    ("ListEntitiesForPolicy", "Holders of single AWS managed policies"),
    ("ListRegions", "List of regions"),
    ("ListAWSServiceAccessForOrganization", "Services that the organisation trusts"),
    ("ListAnalyzers", "Access Analyzer's analyzers"),
    ("ListArchiveRules", "Access Analyzer's archive rules"),
    ("ListFindings", "Access Analyzer's findings of external access"),
    ("DescribeConfigurationRecorders", "AWS Config's recorders"),
    ("DescribeConfigurationRecorderStatus", "Status of AWS Config's recorders"),
    ("DescribeDeliveryChannels", "AWS Config's delivery channels"),
    ("DescribeDeliveryChannelStatus", "Status of AWS Config's delivery channels"),
    ("DescribeConfigRules", "AWS Config's rules"),
    ("DescribeConfigRuleEvaluationStatus", "Status of AWS Config's rules"),
    ("GetComplianceDetailsByConfigRule", "What AWS Config's rules found, resource by resource"),
    ("DescribeTrails", "CloudTrail's trails"),
    ("GetTrailStatus", "Status of trails"),
    ("GetEventSelectors", "What trails record"),
    ("DescribeMetricFilters", "Metric filters of log groups"),
    ("DescribeAlarms", "CloudWatch alarms"),
    ("GetContactInformation", "Contact information"),
    ("GetAlternateContact", "Alternate contacts"),
    ("DescribeInstances", "List of EC2 instances"),
    ("DescribeOrganization", "Organisation"),
    ("ListAccounts", "List of the organisation's accounts"),
    ("ListAccountAssignments", "Assignments of Identity Center"),
    ("ListInstances", "List of Identity Center instances"),
    ("ListPermissionSets", "List of permission sets"),
    ("ListOrganizationsFeatures", "Features of central root access"),
    ("GetServiceLastAccessedDetails", "Access Advisor"),
];

/// `Credential report`; an operation without a title keeps its name.
pub(super) fn title(operation: &str) -> &str {
    TITLES.iter().find(|(name, _)| *name == operation).map_or(operation, |(_, title)| title)
}

/// A kind of evidence in words: `holders of AWSSupportAccess`.
pub(super) fn source(evidence: &Evidence) -> String {
    match evidence.about {
        Some(policy) if evidence.operation == "ListEntitiesForPolicy" => format!("Holders of {policy}"),
        Some(about) => format!("{} ({about})", title(evidence.operation)),
        None => title(evidence.operation).to_owned(),
    }
}

/// `iam:GetCredentialReport`.
pub(super) fn operation(service: &str, operation: &str) -> String {
    format!("{service}:{operation}")
}

/// Exhibits that hold a kind of evidence.
pub(super) fn held_by<'a>(inputs: &Inputs<'a>, evidence: Evidence) -> impl Iterator<Item = &'a Exhibit> {
    inputs.exhibits.iter().filter(move |exhibit| {
        exhibit.service == evidence.service
            && exhibit.operation == evidence.operation
            && evidence.about.is_none_or(|about| {
                exhibit.parameters.values().any(|value| value.as_str().is_some_and(|text| text.ends_with(about)))
            })
    })
}

/// The numbers of the exhibits behind several kinds of evidence, each once, in order.
pub(super) fn exhibit_ids(inputs: &Inputs<'_>, evidence: &[Evidence]) -> Vec<String> {
    let wanted: Vec<&str> =
        evidence.iter().flat_map(|one| held_by(inputs, *one)).map(|exhibit| exhibit.id.as_str()).collect();
    let in_order = inputs.exhibits.iter().map(|exhibit| exhibit.id.as_str()).filter(|id| wanted.contains(id));
    in_order.map(str::to_owned).collect()
}

/// The one error that is an answer: an account without a password policy of its own.
pub(super) fn is_none_set(exhibit: &Exhibit) -> bool {
    matches!(&exhibit.outcome, Outcome::Failed { error, .. }
        if exhibit.operation == "GetAccountPasswordPolicy" && error.code == "NoSuchEntity")
}

/// How an exhibit's answer stands, in words.
pub(super) fn outcome(exhibit: &Exhibit) -> String {
    match &exhibit.outcome {
        _ if is_none_set(exhibit) => "answered: none set".to_owned(),
        Outcome::Complete => "complete".to_owned(),
        Outcome::Failed { error, .. } => error.code.clone(),
        Outcome::CutShort { error, .. } => format!("cut short: {}", error.code),
        Outcome::NotCollected => "not collected".to_owned(),
    }
}

/// Parameters as `Name=value`, without quotes around texts.
pub(super) fn parameters<'a>(parameters: impl IntoIterator<Item = (&'a String, &'a serde_json::Value)>) -> String {
    let one = |(name, value): (&String, &serde_json::Value)| match value {
        serde_json::Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    parameters.into_iter().map(one).collect::<Vec<_>>().join(", ")
}
