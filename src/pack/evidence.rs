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
    ("ListAnalyzers", "Analyzers of Access Analyzer"),
    ("ListArchiveRules", "Archive rules of Access Analyzer"),
    ("ListFindings", "Findings of external access of Access Analyzer"),
    ("DescribeConfigurationRecorders", "Recorders of AWS Config"),
    ("DescribeConfigurationRecorderStatus", "Status of the recorders of AWS Config"),
    ("DescribeDeliveryChannels", "Delivery channels of AWS Config"),
    ("DescribeDeliveryChannelStatus", "Status of the delivery channels of AWS Config"),
    ("DescribeConfigRules", "Rules of AWS Config"),
    ("DescribeConfigRuleEvaluationStatus", "Status of the rules of AWS Config"),
    ("GetComplianceDetailsByConfigRule", "Results of the rules of AWS Config, resource by resource"),
    ("DescribeTrails", "Trails of CloudTrail"),
    ("GetTrailStatus", "Status of trails"),
    ("GetEventSelectors", "What trails record"),
    ("DescribeMetricFilters", "Metric filters of log groups"),
    ("DescribeAlarms", "Alarms of CloudWatch"),
    ("ListSubscriptionsByTopic", "Subscriptions of the topics that alarms notify"),
    ("GetContactInformation", "Contact information"),
    ("GetAlternateContact", "Alternate contacts"),
    ("DescribeInstances", "List of EC2 instances"),
    ("DescribeOrganization", "Organisation"),
    ("ListAccounts", "List of the organisation's accounts"),
    ("ListAccountAssignments", "Assignments of Identity Center"),
    ("ListInstances", "List of Identity Center instances"),
    ("ListPermissionSets", "List of permission sets"),
    ("ListOrganizationsFeatures", "Features of central root access"),
    ("GetServiceLastAccessedDetails", "Answers of Access Advisor"),
    ("GenerateServiceLastAccessedDetails", "Requests to Access Advisor"),
    ("ListRoots", "Root of the organisation"),
    ("ListOrganizationalUnitsForParent", "Units of the organisation"),
    ("ListAccountsForParent", "Accounts in the units of the organisation"),
    ("ListPolicies", "List of the organisation's policies"),
    ("DescribePolicy", "Policies of the organisation, one by one"),
    ("ListTargetsForPolicy", "Targets of the organisation's policies"),
    ("ListDelegatedAdministrators", "List of delegated administrators"),
    ("ListDelegatedServicesForAccount", "Services of the delegated administrators"),
    ("DescribeOrganizationConfigRules", "Rules of AWS Config for the organisation"),
    ("DescribeOrganizationConfigRuleStatuses", "Status of the rules of AWS Config for the organisation"),
    ("DescribeOrganizationConformancePacks", "Conformance packs for the organisation"),
    ("DescribeOrganizationConformancePackStatuses", "Status of the conformance packs for the organisation"),
    ("DescribeInstance", "Identity Center instances, one by one"),
    ("ListTrustedTokenIssuers", "Trusted token issuers of Identity Center"),
    ("DescribeTrustedTokenIssuer", "Trusted token issuers, one by one"),
    ("ListApplications", "Applications of Identity Center"),
    ("ListApplicationAssignments", "Assignments of applications"),
    ("GetPolicy", "Customer managed policies, one by one"),
    ("DescribeResourcePolicy", "Delegation policy of the organisation"),
    ("DescribePermissionSet", "Permission sets, one by one"),
    ("GetInlinePolicyForPermissionSet", "Inline policies of permission sets"),
    ("ListManagedPoliciesInPermissionSet", "AWS managed policies in permission sets"),
    ("ListCustomerManagedPolicyReferencesInPermissionSet", "Customer managed policies in permission sets"),
    ("GetPermissionsBoundaryForPermissionSet", "Boundaries of permission sets"),
    ("ListAccountsForProvisionedPermissionSet", "Accounts in which permission sets are"),
    ("ListGroups", "Groups of Identity Center"),
    ("ListGroupMemberships", "Members of the groups of Identity Center"),
    ("ListServiceSpecificCredentials", "Service-specific credentials, user by user"),
    ("ListSSHPublicKeys", "SSH public keys, user by user"),
    ("ListSigningCertificates", "Signing certificates, user by user"),
    ("ListAccessKeys", "Access keys, user by user"),
    ("GetAccessKeyLastUsed", "Last use of access keys, one by one"),
    ("ListMFADevices", "MFA devices, user by user"),
    ("GetAccountInformation", "Account information"),
    ("GetAnalyzer", "Analyzers of Access Analyzer, one by one"),
    ("GetFindingsStatistics", "Statistics of Access Analyzer"),
    ("ListFindingsV2", "Findings of unused and internal access of Access Analyzer"),
    ("GetFindingV2", "Findings of Access Analyzer, one by one"),
    ("ValidatePolicy", "Policies as validated by Access Analyzer"),
    ("ListConfigurationRecorders", "List of the recorders of AWS Config"),
    ("DescribeConfigurationAggregators", "Aggregators of AWS Config"),
    ("DescribeConfigurationAggregatorSourcesStatus", "Status of the sources of aggregators"),
    ("DescribeAggregateComplianceByConfigRules", "Compliance by rule, by aggregators"),
    ("GetAggregateComplianceDetailsByConfigRule", "Results of rules by aggregators, resource by resource"),
    ("DescribeComplianceByConfigRule", "Compliance by rule of AWS Config"),
    ("DescribeConformancePacks", "Conformance packs of AWS Config"),
    ("DescribeConformancePackStatus", "Status of conformance packs of AWS Config"),
    ("DescribeConformancePackCompliance", "Compliance by conformance pack of AWS Config"),
    ("LookupEvents", "Events of CloudTrail"),
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
