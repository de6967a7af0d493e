//! IAM organization features, and with `--depth deep` each policy, credential and principal.

use super::row::{About, Calls, List, Only, Operation, ValueFrom, list_in, operation};
use super::{Extra, Set, Source};

const POLICIES: &[List] = &[list_in("iam", "GetAccountAuthorizationDetails", "Policies")];
const USERS: &[List] = &[list_in("iam", "ListUsers", "Users")];
const USER: &[(&str, ValueFrom)] = &[("UserName", ValueFrom::Member("UserName"))];
const KEYS: &[List] = &[list_in("iam", "ListAccessKeys", "AccessKeyMetadata")];
const PRINCIPALS: &[List] = &[list_in("iam", "GetAccountAuthorizationDetails", "RoleDetailList")];
const JOB: &[List] = &[list_in("iam", "GenerateServiceLastAccessedDetails", "JobId")];

pub(super) static SOURCES: &[Source] = &[
    // Central root access.
    Source::once(
        "organization-features",
        Set::Organizations,
        &[iam("ListOrganizationsFeatures", "Central root access features")
            .none_set("ServiceAccessNotEnabledException")],
    ),
    // Descriptions and tags, which only this call returns. AWS-managed policies are skipped.
    Source::once(
        "customer-policies",
        Set::Iam,
        &[iam("GetPolicy", "Customer managed policies, one by one")
            .each(POLICIES, &[("PolicyArn", ValueFrom::Member("Arn"))])
            .only(Only::CustomerPolicies)],
    )
    .only_with(Extra::Deep),
    // Access keys by ID and last use, types of MFA devices, and credentials that are not in the credential report.
    Source::once(
        "user-credentials",
        Set::Iam,
        &[
            iam("ListAccessKeys", "Access keys, user by user").each(USERS, USER),
            iam("GetAccessKeyLastUsed", "Last use of access keys, one by one")
                .each(KEYS, &[("AccessKeyId", ValueFrom::Member("AccessKeyId"))]),
            iam("ListMFADevices", "MFA devices, user by user").each(USERS, USER),
            iam("ListServiceSpecificCredentials", "Service-specific credentials, user by user").each(USERS, USER),
            iam("ListSSHPublicKeys", "SSH public keys, user by user").each(USERS, USER),
            iam("ListSigningCertificates", "Signing certificates, user by user").each(USERS, USER),
        ],
    )
    .only_with(Extra::Deep),
    Source::once(
        "access-advisor",
        Set::Iam,
        &[
            iam("GenerateServiceLastAccessedDetails", "Requests for service last accessed data")
                .calls(Calls::ByCode(About::Parameters(&["Arn"]), PRINCIPALS)),
            iam("GetServiceLastAccessedDetails", "Service last accessed data")
                .calls(Calls::ByCode(About::Parameters(&["JobId"]), JOB)),
        ],
    )
    .only_with(Extra::Deep),
];

const fn iam(name: &'static str, title: &'static str) -> Operation {
    operation("iam", name, title)
}
