//! AWS Organizations: accounts, organizational units, policies, delegated administrators, trusted services, and
//! organization AWS Config rules.

use super::row::{Calls, List, Operation, ValueFrom, list_in, operation};
use super::{Set, Source};

const ORGANIZATION: Calls = Calls::IfAnswered(&[list_in("organizations", "DescribeOrganization", "Organization")]);
/// Only the management account and delegated administrators may call these, and they can list the accounts.
const WHERE_ACCOUNTS_ARE_LISTED: Calls = Calls::IfListed(&[list_in("organizations", "ListAccounts", "Accounts")]);
/// The roots and all organizational units below them.
const PARENTS: &[List] = &[
    list_in("organizations", "ListRoots", "Roots"),
    list_in("organizations", "ListOrganizationalUnitsForParent", "OrganizationalUnits"),
];
const PARENT: &[(&str, ValueFrom)] = &[("ParentId", ValueFrom::Member("Id"))];
const DELEGATED: &[List] = &[list_in("organizations", "ListDelegatedAdministrators", "DelegatedAdministrators")];
const POLICIES: &[List] = &[list_in("organizations", "ListPolicies", "Policies")];
const POLICY: &[(&str, ValueFrom)] = &[("PolicyId", ValueFrom::Member("Id"))];

pub(super) static SOURCES: &[Source] = &[
    Source::once(
        "organization",
        Set::Organizations,
        &[
            organizations("DescribeOrganization", "Organization").none_set("AWSOrganizationsNotInUseException"),
            organizations("ListAccounts", "List of the organization's accounts").calls(ORGANIZATION),
            organizations("ListRoots", "Root of the organization").calls(ORGANIZATION),
            organizations("ListAccountsForParent", "Accounts by organizational unit").each(PARENTS, PARENT),
            organizations("ListOrganizationalUnitsForParent", "Organizational units").each(PARENTS, PARENT),
            organizations("ListDelegatedAdministrators", "List of delegated administrators").calls(ORGANIZATION),
            organizations("ListDelegatedServicesForAccount", "Services of delegated administrators")
                .each(DELEGATED, &[("AccountId", ValueFrom::Member("Id"))]),
            organizations("ListAWSServiceAccessForOrganization", "Trusted services of the organization")
                .calls(ORGANIZATION),
            organizations("DescribeResourcePolicy", "Organization delegation policy")
                .calls(ORGANIZATION)
                .none_set("ResourcePolicyNotFoundException"),
        ],
    ),
    Source::once(
        "organization-policies",
        Set::Organizations,
        &[
            organizations("ListPolicies", "List of organization policies")
                .calls(Calls::Values("Filter", &["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"])),
            organizations("DescribePolicy", "Organization policies, one by one").each(POLICIES, POLICY),
            organizations("ListTargetsForPolicy", "Targets of organization policies").each(POLICIES, POLICY),
        ],
    ),
    Source::regional(
        "organization-rules",
        Set::Organizations,
        &[
            config("DescribeOrganizationConfigRules", "AWS Config organization rules"),
            config("DescribeOrganizationConfigRuleStatuses", "Status of AWS Config organization rules"),
            config("DescribeOrganizationConformancePacks", "AWS Config organization conformance packs"),
            config(
                "DescribeOrganizationConformancePackStatuses",
                "Status of AWS Config organization conformance packs",
            ),
        ],
    ),
];

const fn organizations(name: &'static str, title: &'static str) -> Operation {
    operation("organizations", name, title)
}

const fn config(name: &'static str, title: &'static str) -> Operation {
    operation("config", name, title).calls(WHERE_ACCOUNTS_ARE_LISTED)
}
