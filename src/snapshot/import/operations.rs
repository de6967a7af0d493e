//! What a collection asks, and how the file of each answer is named: the layout of the folder that is imported.

/// When an operation is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Only by `--depth deep`.
    Deep,
    /// Only by another option; that nobody asked is then no gap.
    Option,
}

/// What an operation is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Once, without a parameter that matters.
    Nothing,
    /// Once per value of these parameters, in the order of their names.
    Each(&'static [&'static str]),
    /// Once without, and once per value.
    NothingAndEach(&'static [&'static str]),
    /// Once per attribute of an event, `Username&root`.
    Attribute,
    /// Once per policy document, which lies beside the answer.
    Document,
}

/// An operation of a collection.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub service: &'static str,
    pub name: &'static str,
    pub about: About,
    pub when: When,
}

const fn row(service: &'static str, name: &'static str, about: About, when: When) -> Operation {
    Operation { service, name, about, when }
}

const fn once(service: &'static str, name: &'static str) -> Operation {
    row(service, name, About::Nothing, When::Always)
}

const fn each(service: &'static str, name: &'static str, parameters: &'static [&'static str]) -> Operation {
    row(service, name, About::Each(parameters), When::Always)
}

const fn deep(service: &'static str, name: &'static str, parameters: &'static [&'static str]) -> Operation {
    row(service, name, About::Each(parameters), When::Deep)
}

const SET: &[&str] = &["InstanceArn", "PermissionSetArn"];
const SERVICE: About = About::NothingAndEach(&["ServicePrincipal"]);
const USER: &[&str] = &["UserName"];

/// Everything that is collected, in the order of the collection.
pub const OPERATIONS: &[Operation] = &[
    once("sts", "GetCallerIdentity"),
    once("iam", "GenerateCredentialReport"),
    once("iam", "GetCredentialReport"),
    once("iam", "GetAccountSummary"),
    once("iam", "GetAccountAuthorizationDetails"),
    once("iam", "GetAccountPasswordPolicy"),
    once("iam", "ListAccountAliases"),
    once("iam", "ListUsers"),
    once("iam", "ListRoles"),
    once("iam", "ListVirtualMFADevices"),
    once("iam", "ListServerCertificates"),
    once("iam", "ListSAMLProviders"),
    each("iam", "GetSAMLProvider", &["SAMLProviderArn"]),
    once("iam", "ListOpenIDConnectProviders"),
    each("iam", "GetOpenIDConnectProvider", &["OpenIDConnectProviderArn"]),
    each("iam", "ListEntitiesForPolicy", &["PolicyArn"]),
    once("account", "ListRegions"),
    once("account", "GetAccountInformation"),
    once("account", "GetContactInformation"),
    each("account", "GetAlternateContact", &["AlternateContactType"]),
    once("accessanalyzer", "ListAnalyzers"),
    each("accessanalyzer", "GetAnalyzer", &["analyzerName"]),
    each("accessanalyzer", "ListArchiveRules", &["analyzerName"]),
    each("accessanalyzer", "GetFindingsStatistics", &["analyzerArn"]),
    each("accessanalyzer", "ListFindings", &["analyzerArn"]),
    each("accessanalyzer", "ListFindingsV2", &["analyzerArn"]),
    each("accessanalyzer", "GetFindingV2", &["analyzerArn", "id"]),
    row("accessanalyzer", "ValidatePolicy", About::Document, When::Option),
    once("config", "ListConfigurationRecorders"),
    row("config", "DescribeConfigurationRecorders", SERVICE, When::Always),
    row("config", "DescribeConfigurationRecorderStatus", SERVICE, When::Always),
    once("config", "DescribeDeliveryChannels"),
    once("config", "DescribeDeliveryChannelStatus"),
    once("config", "DescribeConfigurationAggregators"),
    once("config", "DescribeConfigRules"),
    once("config", "DescribeComplianceByConfigRule"),
    once("config", "DescribeConfigRuleEvaluationStatus"),
    each("config", "GetComplianceDetailsByConfigRule", &["ConfigRuleName"]),
    once("config", "DescribeConformancePacks"),
    once("config", "DescribeConformancePackStatus"),
    each("config", "DescribeConformancePackCompliance", &["ConformancePackName"]),
    each("config", "DescribeConfigurationAggregatorSourcesStatus", &["ConfigurationAggregatorName"]),
    each("config", "DescribeAggregateComplianceByConfigRules", &["ConfigurationAggregatorName"]),
    deep(
        "config",
        "GetAggregateComplianceDetailsByConfigRule",
        &["AccountId", "AwsRegion", "ComplianceType", "ConfigRuleName", "ConfigurationAggregatorName"],
    ),
    once("cloudtrail", "DescribeTrails"),
    each("cloudtrail", "GetTrailStatus", &["Name"]),
    each("cloudtrail", "GetEventSelectors", &["TrailName"]),
    row("cloudtrail", "LookupEvents", About::Attribute, When::Option),
    once("cloudwatch", "DescribeAlarms"),
    once("logs", "DescribeMetricFilters"),
    each("sns", "ListSubscriptionsByTopic", &["TopicArn"]),
    once("ec2", "DescribeInstances"),
    once("organizations", "DescribeOrganization"),
    once("organizations", "ListAccounts"),
    once("organizations", "ListRoots"),
    each("organizations", "ListOrganizationalUnitsForParent", &["ParentId"]),
    each("organizations", "ListAccountsForParent", &["ParentId"]),
    once("organizations", "ListDelegatedAdministrators"),
    each("organizations", "ListDelegatedServicesForAccount", &["AccountId"]),
    once("organizations", "ListAWSServiceAccessForOrganization"),
    once("organizations", "DescribeResourcePolicy"),
    each("organizations", "ListPolicies", &["Filter"]),
    each("organizations", "DescribePolicy", &["PolicyId"]),
    each("organizations", "ListTargetsForPolicy", &["PolicyId"]),
    row("config", "DescribeOrganizationConfigRules", About::Nothing, When::Option),
    row("config", "DescribeOrganizationConfigRuleStatuses", About::Nothing, When::Option),
    row("config", "DescribeOrganizationConformancePacks", About::Nothing, When::Option),
    row("config", "DescribeOrganizationConformancePackStatuses", About::Nothing, When::Option),
    once("sso-admin", "ListInstances"),
    each("sso-admin", "ListPermissionSets", &["InstanceArn"]),
    each("sso-admin", "DescribePermissionSet", SET),
    each("sso-admin", "GetInlinePolicyForPermissionSet", SET),
    each("sso-admin", "ListManagedPoliciesInPermissionSet", SET),
    each("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet", SET),
    each("sso-admin", "GetPermissionsBoundaryForPermissionSet", SET),
    each("sso-admin", "ListAccountsForProvisionedPermissionSet", SET),
    each("sso-admin", "ListAccountAssignments", &["AccountId", "InstanceArn", "PermissionSetArn"]),
    each("sso-admin", "DescribeInstance", &["InstanceArn"]),
    each("sso-admin", "ListTrustedTokenIssuers", &["InstanceArn"]),
    each("sso-admin", "DescribeTrustedTokenIssuer", &["TrustedTokenIssuerArn"]),
    each("sso-admin", "ListApplications", &["InstanceArn"]),
    each("sso-admin", "ListApplicationAssignments", &["ApplicationArn"]),
    each("identitystore", "ListUsers", &["IdentityStoreId"]),
    each("identitystore", "ListGroups", &["IdentityStoreId"]),
    each("identitystore", "ListGroupMemberships", &["GroupId", "IdentityStoreId"]),
    once("iam", "ListOrganizationsFeatures"),
    deep("iam", "GetPolicy", &["PolicyArn"]),
    deep("iam", "ListAccessKeys", USER),
    deep("iam", "GetAccessKeyLastUsed", &["AccessKeyId"]),
    deep("iam", "ListMFADevices", USER),
    deep("iam", "ListServiceSpecificCredentials", USER),
    deep("iam", "ListSSHPublicKeys", USER),
    deep("iam", "ListSigningCertificates", USER),
    deep("iam", "GenerateServiceLastAccessedDetails", &["Arn"]),
    deep("iam", "GetServiceLastAccessedDetails", &["JobId"]),
];
