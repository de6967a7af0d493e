//! Sources of evidence in readers' words, and the exhibits that came of them.

use super::Inputs;
use crate::account::fact::Evidence;
use crate::snapshot::action::operation_name;
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
    ("ListRegions", "List of Regions"),
    ("ListAWSServiceAccessForOrganization", "Trusted services of the organization"),
    ("ListAnalyzers", "IAM Access Analyzer analyzers"),
    ("ListArchiveRules", "IAM Access Analyzer archive rules"),
    ("ListFindings", "IAM Access Analyzer external access findings"),
    ("DescribeConfigurationRecorders", "AWS Config recorders"),
    ("DescribeConfigurationRecorderStatus", "Status of AWS Config recorders"),
    ("DescribeDeliveryChannels", "AWS Config delivery channels"),
    ("DescribeDeliveryChannelStatus", "Status of AWS Config delivery channels"),
    ("DescribeConfigRules", "AWS Config rules"),
    ("DescribeConfigRuleEvaluationStatus", "Status of AWS Config rules"),
    ("GetComplianceDetailsByConfigRule", "Results of AWS Config rules by resource"),
    ("DescribeTrails", "CloudTrail trails"),
    ("GetTrailStatus", "Status of CloudTrail trails"),
    ("GetEventSelectors", "CloudTrail event selectors"),
    ("DescribeMetricFilters", "CloudWatch Logs metric filters"),
    ("DescribeAlarms", "CloudWatch alarms"),
    ("ListSubscriptionsByTopic", "Subscriptions of alarm topics"),
    ("GetContactInformation", "Contact information"),
    ("GetAlternateContact", "Alternate contacts"),
    ("DescribeInstances", "List of EC2 instances"),
    ("DescribeOrganization", "Organization"),
    ("ListAccounts", "List of the organization's accounts"),
    ("ListAccountAssignments", "IAM Identity Center account assignments"),
    ("ListInstances", "IAM Identity Center instances"),
    ("ListPermissionSets", "List of permission sets"),
    ("ListOrganizationsFeatures", "Central root access features"),
    ("GetServiceLastAccessedDetails", "Service last accessed data"),
    ("GenerateServiceLastAccessedDetails", "Requests for service last accessed data"),
    ("ListRoots", "Root of the organization"),
    ("ListOrganizationalUnitsForParent", "Organizational units"),
    ("ListAccountsForParent", "Accounts by organizational unit"),
    ("ListPolicies", "List of organization policies"),
    ("DescribePolicy", "Organization policies, one by one"),
    ("ListTargetsForPolicy", "Targets of organization policies"),
    ("ListDelegatedAdministrators", "List of delegated administrators"),
    ("ListDelegatedServicesForAccount", "Services of delegated administrators"),
    ("DescribeOrganizationConfigRules", "AWS Config organization rules"),
    ("DescribeOrganizationConfigRuleStatuses", "Status of AWS Config organization rules"),
    ("DescribeOrganizationConformancePacks", "AWS Config organization conformance packs"),
    ("DescribeOrganizationConformancePackStatuses", "Status of AWS Config organization conformance packs"),
    ("DescribeInstance", "IAM Identity Center instances, one by one"),
    ("ListTrustedTokenIssuers", "IAM Identity Center trusted token issuers"),
    ("DescribeTrustedTokenIssuer", "Trusted token issuers, one by one"),
    ("ListApplications", "IAM Identity Center applications"),
    ("ListApplicationAssignments", "IAM Identity Center application assignments"),
    ("GetPolicy", "Customer managed policies, one by one"),
    ("DescribeResourcePolicy", "Organization delegation policy"),
    ("DescribePermissionSet", "Permission sets, one by one"),
    ("GetInlinePolicyForPermissionSet", "Inline policies of permission sets"),
    ("ListManagedPoliciesInPermissionSet", "AWS managed policies in permission sets"),
    ("ListCustomerManagedPolicyReferencesInPermissionSet", "Customer managed policies in permission sets"),
    ("GetPermissionsBoundaryForPermissionSet", "Permissions boundaries of permission sets"),
    ("ListAccountsForProvisionedPermissionSet", "Accounts with provisioned permission sets"),
    ("ListGroups", "IAM Identity Center groups"),
    ("ListGroupMemberships", "Members of IAM Identity Center groups"),
    ("ListServiceSpecificCredentials", "Service-specific credentials, user by user"),
    ("ListSSHPublicKeys", "SSH public keys, user by user"),
    ("ListSigningCertificates", "Signing certificates, user by user"),
    ("ListAccessKeys", "Access keys, user by user"),
    ("GetAccessKeyLastUsed", "Last use of access keys, one by one"),
    ("ListMFADevices", "MFA devices, user by user"),
    ("GetAccountInformation", "Account information"),
    ("GetAnalyzer", "IAM Access Analyzer analyzers, one by one"),
    ("GetFindingsStatistics", "IAM Access Analyzer finding statistics"),
    ("ListFindingsV2", "IAM Access Analyzer unused and internal access findings"),
    ("GetFindingV2", "IAM Access Analyzer findings, one by one"),
    ("ValidatePolicy", "Policy validation by IAM Access Analyzer"),
    ("ListConfigurationRecorders", "List of AWS Config recorders"),
    ("DescribeConfigurationAggregators", "AWS Config aggregators"),
    ("DescribeConfigurationAggregatorSourcesStatus", "Status of AWS Config aggregator sources"),
    ("DescribeAggregateComplianceByConfigRules", "AWS Config rule compliance, by aggregator"),
    ("GetAggregateComplianceDetailsByConfigRule", "AWS Config rule results by resource, by aggregator"),
    ("DescribeComplianceByConfigRule", "AWS Config rule compliance"),
    ("DescribeConformancePacks", "AWS Config conformance packs"),
    ("DescribeConformancePackStatus", "Status of AWS Config conformance packs"),
    ("DescribeConformancePackCompliance", "Compliance of AWS Config conformance packs"),
    ("LookupEvents", "CloudTrail event history"),
    ("EvaluateCriterion", "Evaluation of a criterion"),
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

/// `the credential report`: a kind of evidence inside a sentence.
pub(super) fn in_sentence(evidence: &Evidence) -> String {
    let title = source(evidence);
    let mut letters = title.chars();
    // `IAM` and `CloudTrail` keep their capitals.
    let is_name = title.split(' ').next().is_some_and(|word| word.chars().skip(1).any(char::is_uppercase));
    match letters.next() {
        Some(first) if !is_name => format!("the {}{}", first.to_lowercase(), letters.as_str()),
        _ => format!("the {title}"),
    }
}

/// `iam:GetCredentialReport`: the IAM action, whatever the AWS CLI calls the service.
pub(super) fn operation(service: &str, operation: &str) -> String {
    operation_name(service, operation)
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

/// Errors that are answers: what was asked about is not set.
const NONE_SET: &[(&str, &str)] = &[
    ("GetAccountPasswordPolicy", "NoSuchEntity"),
    ("GetAlternateContact", "ResourceNotFoundException"),
    ("DescribeOrganization", "AWSOrganizationsNotInUseException"),
    ("DescribeResourcePolicy", "ResourcePolicyNotFoundException"),
    ("ListOrganizationsFeatures", "ServiceAccessNotEnabledException"),
    ("GetPermissionsBoundaryForPermissionSet", "ResourceNotFoundException"),
];

pub(super) fn is_none_set(exhibit: &Exhibit) -> bool {
    matches!(&exhibit.outcome, Outcome::Failed { error, .. }
        if NONE_SET.contains(&(exhibit.operation.as_str(), error.code.as_str())))
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
