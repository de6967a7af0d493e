//! Operations that are requested only about what another operation listed: an answer without entries leaves nothing
//! to request, and a refused one leaves nobody to ask about.

/// An operation, and those whose answers it needs.
pub(super) type Dependency = ((&'static str, &'static str), &'static [(&'static str, &'static str)]);

const DETAILS: &[(&str, &str)] = &[("iam", "GetAccountAuthorizationDetails")];
const USERS: &[(&str, &str)] = &[("iam", "ListUsers")];
const ANALYZERS: &[(&str, &str)] = &[("accessanalyzer", "ListAnalyzers")];
const RECORDERS: &[(&str, &str)] = &[("config", "ListConfigurationRecorders")];
const RULES: &[(&str, &str)] = &[("config", "DescribeConfigRules")];
const AGGREGATORS: &[(&str, &str)] = &[("config", "DescribeConfigurationAggregators")];
const TRAILS: &[(&str, &str)] = &[("cloudtrail", "DescribeTrails")];
const ORGANIZATION: &[(&str, &str)] = &[("organizations", "DescribeOrganization")];
const ACCOUNTS: &[(&str, &str)] = &[("organizations", "ListAccounts")];
const ROOTS: &[(&str, &str)] = &[("organizations", "ListRoots")];
const POLICIES: &[(&str, &str)] = &[("organizations", "ListPolicies")];
const INSTANCES: &[(&str, &str)] = &[("sso-admin", "ListInstances")];
const SETS: &[(&str, &str)] = &[("sso-admin", "ListPermissionSets")];

const DEPENDENCIES: &[Dependency] = &[
    (("iam", "GenerateServiceLastAccessedDetails"), DETAILS),
    (("iam", "GetServiceLastAccessedDetails"), &[("iam", "GenerateServiceLastAccessedDetails")]),
    (("iam", "GetPolicy"), DETAILS),
    (("accessanalyzer", "ValidatePolicy"), DETAILS),
    (("iam", "GetSAMLProvider"), &[("iam", "ListSAMLProviders")]),
    (("iam", "GetOpenIDConnectProvider"), &[("iam", "ListOpenIDConnectProviders")]),
    (("iam", "ListAccessKeys"), USERS),
    (("iam", "ListMFADevices"), USERS),
    (("iam", "ListServiceSpecificCredentials"), USERS),
    (("iam", "ListSSHPublicKeys"), USERS),
    (("iam", "ListSigningCertificates"), USERS),
    (("iam", "GetAccessKeyLastUsed"), &[("iam", "ListAccessKeys")]),
    (("accessanalyzer", "GetAnalyzer"), ANALYZERS),
    (("accessanalyzer", "ListArchiveRules"), ANALYZERS),
    (("accessanalyzer", "GetFindingsStatistics"), ANALYZERS),
    (("accessanalyzer", "ListFindings"), ANALYZERS),
    (("accessanalyzer", "ListFindingsV2"), ANALYZERS),
    (("accessanalyzer", "GetFindingV2"), &[("accessanalyzer", "ListFindingsV2")]),
    (("config", "DescribeConfigurationRecorders"), RECORDERS),
    (("config", "DescribeConfigurationRecorderStatus"), RECORDERS),
    (("config", "GetComplianceDetailsByConfigRule"), RULES),
    (
        ("config", "GetAggregateComplianceDetailsByConfigRule"),
        &[("config", "DescribeAggregateComplianceByConfigRules")],
    ),
    (("config", "DescribeConformancePackCompliance"), &[("config", "DescribeConformancePacks")]),
    (("config", "DescribeConfigurationAggregatorSourcesStatus"), AGGREGATORS),
    (("config", "DescribeAggregateComplianceByConfigRules"), AGGREGATORS),
    (("config", "DescribeOrganizationConfigRules"), ACCOUNTS),
    (("config", "DescribeOrganizationConfigRuleStatuses"), ACCOUNTS),
    (("config", "DescribeOrganizationConformancePacks"), ACCOUNTS),
    (("config", "DescribeOrganizationConformancePackStatuses"), ACCOUNTS),
    (("cloudtrail", "GetTrailStatus"), TRAILS),
    (("cloudtrail", "GetEventSelectors"), TRAILS),
    (("sns", "ListSubscriptionsByTopic"), &[("cloudwatch", "DescribeAlarms"), ("logs", "DescribeMetricFilters")]),
    (("organizations", "ListAccounts"), ORGANIZATION),
    (("organizations", "ListRoots"), ORGANIZATION),
    (("organizations", "ListDelegatedAdministrators"), ORGANIZATION),
    (("organizations", "ListAWSServiceAccessForOrganization"), ORGANIZATION),
    (("organizations", "DescribeResourcePolicy"), ORGANIZATION),
    (("organizations", "ListOrganizationalUnitsForParent"), ROOTS),
    (("organizations", "ListAccountsForParent"), ROOTS),
    (("organizations", "ListDelegatedServicesForAccount"), &[("organizations", "ListDelegatedAdministrators")]),
    (("organizations", "DescribePolicy"), POLICIES),
    (("organizations", "ListTargetsForPolicy"), POLICIES),
    (("sso-admin", "ListPermissionSets"), INSTANCES),
    (("sso-admin", "DescribeInstance"), INSTANCES),
    (("sso-admin", "ListTrustedTokenIssuers"), INSTANCES),
    (("sso-admin", "ListApplications"), INSTANCES),
    (("identitystore", "ListUsers"), INSTANCES),
    (("identitystore", "ListGroups"), INSTANCES),
    (("sso-admin", "DescribePermissionSet"), SETS),
    (("sso-admin", "GetInlinePolicyForPermissionSet"), SETS),
    (("sso-admin", "ListManagedPoliciesInPermissionSet"), SETS),
    (("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet"), SETS),
    (("sso-admin", "GetPermissionsBoundaryForPermissionSet"), SETS),
    (("sso-admin", "ListAccountsForProvisionedPermissionSet"), SETS),
    (("sso-admin", "ListAccountAssignments"), &[("sso-admin", "ListAccountsForProvisionedPermissionSet")]),
    (("sso-admin", "DescribeTrustedTokenIssuer"), &[("sso-admin", "ListTrustedTokenIssuers")]),
    (("sso-admin", "ListApplicationAssignments"), &[("sso-admin", "ListApplications")]),
    (("identitystore", "ListGroupMemberships"), &[("identitystore", "ListGroups")]),
];

/// The operations whose answers an operation needs; none where it is requested in any case.
pub(super) fn needed_by(service: &str, operation: &str) -> &'static [(&'static str, &'static str)] {
    DEPENDENCIES.iter().find(|(name, _)| *name == (service, operation)).map_or(&[], |(_, needs)| *needs)
}
