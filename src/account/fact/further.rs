//! Sources of the further evidence: the account's own data, its organization, its regions, and what only the deep
//! collection asks.

use super::Evidence;

pub const REGIONS: Evidence = Evidence::of("account", "ListRegions");
pub const CONTACT: Evidence = Evidence::of("account", "GetContactInformation");
pub const ALTERNATE_CONTACT: Evidence = Evidence::of("account", "GetAlternateContact");
pub const ORGANIZATION: Evidence = Evidence::of("organizations", "DescribeOrganization");
pub const ORGANIZATION_ACCOUNTS: Evidence = Evidence::of("organizations", "ListAccounts");
pub const TRUSTED_SERVICES: Evidence = Evidence::of("organizations", "ListAWSServiceAccessForOrganization");
pub const ROOTS: Evidence = Evidence::of("organizations", "ListRoots");
pub const UNITS: Evidence = Evidence::of("organizations", "ListOrganizationalUnitsForParent");
pub const CHILD_ACCOUNTS: Evidence = Evidence::of("organizations", "ListAccountsForParent");
pub const ORGANIZATION_POLICIES: Evidence = Evidence::of("organizations", "ListPolicies");
pub const ORGANIZATION_POLICY: Evidence = Evidence::of("organizations", "DescribePolicy");
pub const POLICY_TARGETS: Evidence = Evidence::of("organizations", "ListTargetsForPolicy");
pub const DELEGATED_ADMINISTRATORS: Evidence = Evidence::of("organizations", "ListDelegatedAdministrators");
pub const DELEGATED_SERVICES: Evidence = Evidence::of("organizations", "ListDelegatedServicesForAccount");
pub const DELEGATION_POLICY: Evidence = Evidence::of("organizations", "DescribeResourcePolicy");
pub const ROOT_FEATURES: Evidence = Evidence::of("iam", "ListOrganizationsFeatures");
pub const SSO_INSTANCES: Evidence = Evidence::of("sso-admin", "ListInstances");
pub const PERMISSION_SETS: Evidence = Evidence::of("sso-admin", "ListPermissionSets");
pub const PERMISSION_SET: Evidence = Evidence::of("sso-admin", "DescribePermissionSet");
pub const SET_INLINE: Evidence = Evidence::of("sso-admin", "GetInlinePolicyForPermissionSet");
pub const SET_MANAGED: Evidence = Evidence::of("sso-admin", "ListManagedPoliciesInPermissionSet");
pub const SET_CUSTOMER: Evidence = Evidence::of("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet");
pub const SET_BOUNDARY: Evidence = Evidence::of("sso-admin", "GetPermissionsBoundaryForPermissionSet");
pub const SET_ACCOUNTS: Evidence = Evidence::of("sso-admin", "ListAccountsForProvisionedPermissionSet");
pub const ASSIGNMENTS: Evidence = Evidence::of("sso-admin", "ListAccountAssignments");
pub const STORE_USERS: Evidence = Evidence::of("identitystore", "ListUsers");
pub const STORE_GROUPS: Evidence = Evidence::of("identitystore", "ListGroups");
pub const STORE_MEMBERS: Evidence = Evidence::of("identitystore", "ListGroupMemberships");
pub const INSTANCES: Evidence = Evidence::of("ec2", "DescribeInstances");
pub const ANALYZERS: Evidence = Evidence::of("accessanalyzer", "ListAnalyzers");
pub const ARCHIVE_RULES: Evidence = Evidence::of("accessanalyzer", "ListArchiveRules");
pub const FINDINGS: Evidence = Evidence::of("accessanalyzer", "ListFindings");
/// Findings of unused and internal access, which the first version of the list does not know.
pub const ACCESS_FINDINGS: Evidence = Evidence::of("accessanalyzer", "ListFindingsV2");
pub const ACCESS_FINDING: Evidence = Evidence::of("accessanalyzer", "GetFindingV2");
pub const RECORDER: Evidence = Evidence::of("config", "DescribeConfigurationRecorders");
pub const RECORDER_STATUS: Evidence = Evidence::of("config", "DescribeConfigurationRecorderStatus");
pub const DELIVERY: Evidence = Evidence::of("config", "DescribeDeliveryChannels");
pub const DELIVERY_STATUS: Evidence = Evidence::of("config", "DescribeDeliveryChannelStatus");
pub const RULES: Evidence = Evidence::of("config", "DescribeConfigRules");
pub const RULE_STATUS: Evidence = Evidence::of("config", "DescribeConfigRuleEvaluationStatus");
pub const RULE_DETAILS: Evidence = Evidence::of("config", "GetComplianceDetailsByConfigRule");
pub const TRAILS: Evidence = Evidence::of("cloudtrail", "DescribeTrails");
pub const TRAIL_STATUS: Evidence = Evidence::of("cloudtrail", "GetTrailStatus");
pub const EVENT_SELECTORS: Evidence = Evidence::of("cloudtrail", "GetEventSelectors");
pub const METRIC_FILTERS: Evidence = Evidence::of("logs", "DescribeMetricFilters");
pub const ALARMS: Evidence = Evidence::of("cloudwatch", "DescribeAlarms");
pub const SUBSCRIPTIONS: Evidence = Evidence::of("sns", "ListSubscriptionsByTopic");
pub const SERVICE_CREDENTIALS: Evidence = Evidence::of("iam", "ListServiceSpecificCredentials");
pub const SSH_KEYS: Evidence = Evidence::of("iam", "ListSSHPublicKeys");
pub const SIGNING_CERTIFICATES: Evidence = Evidence::of("iam", "ListSigningCertificates");
pub const ACCESS_JOB: Evidence = Evidence::of("iam", "GenerateServiceLastAccessedDetails");
pub const ACCESS_DETAILS: Evidence = Evidence::of("iam", "GetServiceLastAccessedDetails");
