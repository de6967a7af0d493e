//! IAM Identity Center: instances, permission sets with their policies, assignments, applications, and the directory
//! with users, groups and memberships.

use super::row::{List, Operation, ValueFrom, list_in, operation};
use super::{Set, Source};

const INSTANCES: &[List] = &[list_in("sso-admin", "ListInstances", "Instances")];
const INSTANCE: &[(&str, ValueFrom)] = &[("InstanceArn", ValueFrom::Member("InstanceArn"))];
const SETS: &[List] = &[list_in("sso-admin", "ListPermissionSets", "PermissionSets")];
const SET: &[(&str, ValueFrom)] = &[("InstanceArn", ValueFrom::Request), ("PermissionSetArn", ValueFrom::Entry)];
const ACCOUNTS: &[List] = &[list_in("sso-admin", "ListAccountsForProvisionedPermissionSet", "AccountIds")];
const ISSUERS: &[List] = &[list_in("sso-admin", "ListTrustedTokenIssuers", "TrustedTokenIssuers")];
const APPLICATIONS: &[List] = &[list_in("sso-admin", "ListApplications", "Applications")];
const STORE: &[(&str, ValueFrom)] = &[("IdentityStoreId", ValueFrom::Member("IdentityStoreId"))];
const GROUPS: &[List] = &[list_in("identitystore", "ListGroups", "Groups")];

pub(super) static SOURCES: &[Source] = &[
    Source::regional(
        "identity-center",
        Set::IdentityCenter,
        &[
            center("ListInstances", "IAM Identity Center instances"),
            center("ListPermissionSets", "List of permission sets").each(INSTANCES, INSTANCE),
            center("DescribePermissionSet", "Permission sets, one by one").each(SETS, SET),
            center("GetInlinePolicyForPermissionSet", "Inline policies of permission sets").each(SETS, SET),
            center("ListManagedPoliciesInPermissionSet", "AWS managed policies in permission sets").each(SETS, SET),
            center(
                "ListCustomerManagedPolicyReferencesInPermissionSet",
                "Customer managed policies in permission sets",
            )
            .each(SETS, SET),
            center("GetPermissionsBoundaryForPermissionSet", "Permissions boundaries of permission sets")
                .each(SETS, SET)
                .none_set("ResourceNotFoundException"),
            center("ListAccountsForProvisionedPermissionSet", "Accounts with provisioned permission sets")
                .each(SETS, SET),
            center("ListAccountAssignments", "IAM Identity Center account assignments").each(
                ACCOUNTS,
                &[
                    ("AccountId", ValueFrom::Entry),
                    ("InstanceArn", ValueFrom::Request),
                    ("PermissionSetArn", ValueFrom::Request),
                ],
            ),
        ],
    ),
    Source::regional(
        "identity-center-applications",
        Set::IdentityCenter,
        &[
            center("DescribeInstance", "IAM Identity Center instances, one by one").each(INSTANCES, INSTANCE),
            center("ListTrustedTokenIssuers", "IAM Identity Center trusted token issuers").each(INSTANCES, INSTANCE),
            center("DescribeTrustedTokenIssuer", "Trusted token issuers, one by one")
                .each(ISSUERS, &[("TrustedTokenIssuerArn", ValueFrom::Member("TrustedTokenIssuerArn"))]),
            center("ListApplications", "IAM Identity Center applications").each(INSTANCES, INSTANCE),
            center("ListApplicationAssignments", "IAM Identity Center application assignments")
                .each(APPLICATIONS, &[("ApplicationArn", ValueFrom::Member("ApplicationArn"))]),
        ],
    ),
    Source::regional(
        "directory",
        Set::IdentityCenter,
        &[
            directory("ListUsers", "List of users").each(INSTANCES, STORE),
            directory("ListGroups", "IAM Identity Center groups").each(INSTANCES, STORE),
            directory("ListGroupMemberships", "Members of IAM Identity Center groups")
                .each(GROUPS, &[("GroupId", ValueFrom::Member("GroupId")), ("IdentityStoreId", ValueFrom::Request)]),
        ],
    ),
];

const fn center(name: &'static str, title: &'static str) -> Operation {
    operation("sso-admin", name, title)
}

const fn directory(name: &'static str, title: &'static str) -> Operation {
    operation("identitystore", name, title)
}
