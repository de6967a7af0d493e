//! The organization: accounts, the tree of units, policies, delegated administrators, trusted services, and the AWS
//! Config rules that it deploys.

use super::row::{Asked, List, Operation, ValueFrom, list, operation};
use super::{Set, Source};

const ORGANIZATION: Asked = Asked::IfAnswered(&[list("organizations", "DescribeOrganization", "Organization")]);
/// Only the management account and those it delegated to may ask, and these are the ones that can list the accounts.
const WHERE_ACCOUNTS_ARE_LISTED: Asked = Asked::IfListed(&[list("organizations", "ListAccounts", "Accounts")]);
/// The roots, and below them every unit.
const PARENTS: &[List] = &[
    list("organizations", "ListRoots", "Roots"),
    list("organizations", "ListOrganizationalUnitsForParent", "OrganizationalUnits"),
];
const PARENT: &[(&str, ValueFrom)] = &[("ParentId", ValueFrom::Member("Id"))];
const DELEGATED: &[List] = &[list("organizations", "ListDelegatedAdministrators", "DelegatedAdministrators")];
const POLICIES: &[List] = &[list("organizations", "ListPolicies", "Policies")];
const POLICY: &[(&str, ValueFrom)] = &[("PolicyId", ValueFrom::Member("Id"))];

pub(super) static SOURCES: &[Source] = &[
    Source::once(
        "organization",
        Set::Organizations,
        &[
            organizations("DescribeOrganization", "Organization").none_set("AWSOrganizationsNotInUseException"),
            organizations("ListAccounts", "List of the organization's accounts").asked(ORGANIZATION),
            organizations("ListRoots", "Root of the organization").asked(ORGANIZATION),
            organizations("ListAccountsForParent", "Accounts by organizational unit").each(PARENTS, PARENT),
            organizations("ListOrganizationalUnitsForParent", "Organizational units").each(PARENTS, PARENT),
            organizations("ListDelegatedAdministrators", "List of delegated administrators").asked(ORGANIZATION),
            organizations("ListDelegatedServicesForAccount", "Services of delegated administrators")
                .each(DELEGATED, &[("AccountId", ValueFrom::Member("Id"))]),
            organizations("ListAWSServiceAccessForOrganization", "Trusted services of the organization")
                .asked(ORGANIZATION),
            organizations("DescribeResourcePolicy", "Organization delegation policy")
                .asked(ORGANIZATION)
                .none_set("ResourcePolicyNotFoundException"),
        ],
    ),
    Source::once(
        "organization-policies",
        Set::Organizations,
        &[
            organizations("ListPolicies", "List of organization policies")
                .asked(Asked::Values("Filter", &["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"])),
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
    operation("config", name, title).asked(WHERE_ACCOUNTS_ARE_LISTED)
}
