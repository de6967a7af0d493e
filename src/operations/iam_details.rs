//! What IAM is asked last: its features for the organization, and with `--depth deep` every policy, credential and
//! principal one by one.

use super::row::{About, Asked, List, Only, Operation, ValueFrom, list, operation};
use super::{Extra, Set, Source};

const POLICIES: &[List] = &[list("iam", "GetAccountAuthorizationDetails", "Policies")];
const USERS: &[List] = &[list("iam", "ListUsers", "Users")];
const USER: &[(&str, ValueFrom)] = &[("UserName", ValueFrom::Member("UserName"))];
const KEYS: &[List] = &[list("iam", "ListAccessKeys", "AccessKeyMetadata")];
const PRINCIPALS: &[List] = &[list("iam", "GetAccountAuthorizationDetails", "RoleDetailList")];
const JOB: &[List] = &[list("iam", "GenerateServiceLastAccessedDetails", "JobId")];

pub(super) static SOURCES: &[Source] = &[
    // Central root access.
    Source::once(
        "organization-features",
        Set::Organizations,
        &[iam("ListOrganizationsFeatures", "Central root access features")
            .none_set("ServiceAccessNotEnabledException")],
    ),
    // Descriptions and tags, which only this call returns. AWS writes the descriptions of its own policies.
    Source::once(
        "customer-policies",
        Set::Iam,
        &[iam("GetPolicy", "Customer managed policies, one by one")
            .each(POLICIES, &[("PolicyArn", ValueFrom::Member("Arn"))])
            .only(Only::CustomerPolicies)],
    )
    .only_with(Extra::Deep),
    // Keys by id and last use, kinds of MFA devices, and the credentials that the credential report leaves out.
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
                .asked(Asked::ByCode(About::Parameters(&["Arn"]), PRINCIPALS)),
            iam("GetServiceLastAccessedDetails", "Service last accessed data")
                .asked(Asked::ByCode(About::Parameters(&["JobId"]), JOB)),
        ],
    )
    .only_with(Extra::Deep),
];

const fn iam(name: &'static str, title: &'static str) -> Operation {
    operation("iam", name, title)
}
