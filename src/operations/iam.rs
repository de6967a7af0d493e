//! IAM and the caller: users, groups, roles, policies and settings of the account.

use super::row::{About, Calls, Constant, List, Operation, ValueFrom, list_in, operation};
use super::{Set, Source};

const SAML_PROVIDERS: List = list_in("iam", "ListSAMLProviders", "SAMLProviderList");
const OIDC_PROVIDERS: List = list_in("iam", "ListOpenIDConnectProviders", "OpenIDConnectProviderList");

pub(super) static SOURCES: &[Source] = &[
    Source::once(
        "caller-identity",
        Set::Iam,
        &[operation("sts", "GetCallerIdentity", "Caller identity").calls(Calls::ByCode(About::Nothing, &[]))],
    ),
    Source::once(
        "credential-report",
        Set::Iam,
        &[
            iam("GenerateCredentialReport", "Request to generate the credential report")
                .calls(Calls::ByCode(About::Nothing, &[])),
            iam("GetCredentialReport", "Credential report").calls(Calls::ByCode(About::Nothing, &[])),
        ],
    ),
    // Counters and the root user's credentials: an independent count to reconcile the lists with.
    Source::once("account-summary", Set::Iam, &[iam("GetAccountSummary", "Account summary")]),
    // Users, groups, roles and policies with all their documents.
    Source::once("authorization-details", Set::Iam, &[iam("GetAccountAuthorizationDetails", "Authorization details")]),
    Source::once(
        "password-policy",
        Set::Iam,
        &[iam("GetAccountPasswordPolicy", "Password policy").none_set("NoSuchEntity")],
    ),
    Source::once("account-aliases", Set::Iam, &[iam("ListAccountAliases", "Account alias")]),
    // Users and roles again: PasswordLastUsed, descriptions and session durations, and an independent count.
    Source::once("users", Set::Iam, &[iam("ListUsers", "List of users")]),
    Source::once("roles", Set::Iam, &[iam("ListRoles", "List of roles")]),
    // Including devices of the root user and unassigned ones.
    Source::once(
        "virtual-mfa-devices",
        Set::Iam,
        &[iam("ListVirtualMFADevices", "List of virtual MFA devices")
            .with(&[("AssignmentStatus", Constant::Text("Any"))])],
    ),
    // Names and expiry, never bodies or keys.
    Source::once("server-certificates", Set::Iam, &[iam("ListServerCertificates", "List of server certificates")]),
    Source::once(
        "saml-providers",
        Set::Iam,
        &[
            iam("ListSAMLProviders", "List of SAML providers"),
            iam("GetSAMLProvider", "SAML providers, one by one")
                .each(&[SAML_PROVIDERS], &[("SAMLProviderArn", ValueFrom::Member("Arn"))]),
        ],
    ),
    Source::once(
        "oidc-providers",
        Set::Iam,
        &[
            iam("ListOpenIDConnectProviders", "List of OpenID Connect providers"),
            iam("GetOpenIDConnectProvider", "OpenID Connect providers, one by one")
                .each(&[OIDC_PROVIDERS], &[("OpenIDConnectProviderArn", ValueFrom::Member("Arn"))]),
        ],
    ),
    // Some partitions lack an AWS-managed policy; then no principal has it.
    Source::once(
        "policy-entities",
        Set::Iam,
        &[iam("ListEntitiesForPolicy", "Holders of single AWS managed policies")
            .calls(Calls::Values(
                "PolicyArn",
                &[
                    "arn:{partition}:iam::aws:policy/AWSSupportAccess",
                    "arn:{partition}:iam::aws:policy/AWSCloudShellFullAccess",
                ],
            ))
            .with(&[("PolicyUsageFilter", Constant::Text("PermissionsPolicy"))])],
    ),
];

const fn iam(name: &'static str, title: &'static str) -> Operation {
    operation("iam", name, title)
}
