//! The services beside IAM in the hand-made account, in order, and how each of these controls is failed.

use super::accounts::{ago, all, as_of, days, known, texts};
use auditpack::testing::account::Account;
use auditpack::testing::account::subjects::{
    AccountProfile, Assignment, Instance, Organization, OrganizationAccount, OtherCredential, PermissionSet,
    RoleAccess, TrustedService,
};

pub fn complete(account: &mut Account) {
    account.profile = all(vec![AccountProfile {
        contact: known("Ann Example".into()),
        security_contact: known(Some("On call".into())),
        aliases: texts(&["example"]),
        people_sources: texts(&["SAML provider okta"]),
        console_users: texts(&["ada"]),
        console_users_are_all: known(true),
        ..AccountProfile::blank("123456789012#profile", "account 123456789012", as_of())
    }]);
    account.organization = all(vec![Organization {
        in_organization: known(true),
        organization_id: known(Some("o-exampleorgid".into())),
        management_account: known(Some("123456789012".into())),
        is_management_account: known(true),
        central_root_features: texts(&["RootCredentialsManagement"]),
        policy_administrators: texts(&["222233334444"]),
        identity_center: texts(&["instance"]),
        ..Organization::blank("123456789012#organization", "organization", as_of())
    }]);
    account.organization_accounts = all(vec![OrganizationAccount {
        name: known("log-archive".into()),
        state: known("ACTIVE".into()),
        active: known(true),
        place: texts(&["r-ex01"]),
        guardrails: texts(&["ground rules (p-1)"]),
        ..OrganizationAccount::blank("member", "222233334444", as_of())
    }]);
    account.trusted_services = all(vec![TrustedService {
        name: known("sso.amazonaws.com".into()),
        supports_delegation: known(true),
        administrators: texts(&["222233334444"]),
        ..TrustedService::blank("sso.amazonaws.com", "sso.amazonaws.com", as_of())
    }]);
    account.instances = all(vec![Instance {
        region: known("eu-west-1".into()),
        state: known("running".into()),
        profile: known(Some("web".into())),
        roles: texts(&["web"]),
        ..Instance::blank("i-1", "i-1", as_of())
    }]);
    account.permission_sets = all(vec![PermissionSet {
        name: known("Readers".into()),
        session_seconds: known(3600),
        policies: texts(&["AWS managed ReadOnlyAccess"]),
        access_level: known("read".into()),
        accounts: texts(&["222233334444"]),
        ..PermissionSet::blank("ps-1", "Readers", as_of())
    }]);
    account.assignments = all(vec![Assignment {
        permission_set: known("Readers".into()),
        account: known("222233334444".into()),
        principal_type: known("GROUP".into()),
        principal: known("readers".into()),
        people: texts(&["ada"]),
        ..Assignment::blank("ps-1#222233334444/GROUP/g-1", "Readers in 222233334444", as_of())
    }]);
    account.other_credentials = all(vec![OtherCredential {
        kind: known("SSH public key".into()),
        user: known("ada".into()),
        active: known(true),
        created: known(ago(days(90))),
        ..OtherCredential::blank("ada#SSH-public-key/1", "SSH public key 1 of ada", as_of())
    }]);
    account.role_access = all(vec![RoleAccess {
        name: known("Deploy".into()),
        created: known(ago(days(400))),
        services_allowed: known(4),
        unused_services: texts(&["kms", "s3", "sqs"]),
        ..RoleAccess::blank("arn:aws:iam::123456789012:role/Deploy", "Deploy", as_of())
    }]);
}

type Spoil = fn(&mut Account);

/// How each control is failed, and words of what the pack says then.
pub const FAILURES: &[(&str, Spoil, &str)] = &[
    (
        "contact-information-is-complete",
        |a| a.profile.subjects[0].contact_missing = texts(&["phone number"]),
        "the contact information lacks: phone number",
    ),
    (
        "a-security-contact-is-registered",
        |a| a.profile.subjects[0].security_contact = known(None),
        "no alternate contact for security is registered",
    ),
    ("the-account-has-an-alias", |a| a.profile.subjects[0].aliases = texts(&[]), "the account has no alias"),
    (
        "billing-access-is-limited",
        |a| a.profile.subjects[0].known_billing_access = texts(&["role/finance"]),
        "are not expected to: role/finance",
    ),
    (
        "people-sign-in-through-a-central-source",
        |a| a.profile.subjects[0].console_users = texts(&["ada", "bob", "eve"]),
        "IAM users with a console password: ada, bob and eve",
    ),
    (
        "the-account-belongs-to-an-organization",
        |a| a.organization.subjects[0].in_organization = known(false),
        "AWS says that the account belongs to no organization",
    ),
    (
        "root-access-to-members-is-central",
        |a| a.organization.subjects[0].central_root_features = texts(&["RootSessions"]),
        "switched on: RootSessions",
    ),
    (
        "organization-policies-have-a-delegated-administrator",
        |a| a.organization.subjects[0].policy_administrators = texts(&[]),
        "no member account may administer the organization's policies",
    ),
    (
        "identity-center-serves-the-organization",
        |a| a.organization.subjects[0].identity_center = texts(&[]),
        "the organization has no Identity Center instance",
    ),
    (
        "organization-policies-reach-every-account",
        |a| a.organization_accounts.subjects[0].guardrails = texts(&[]),
        "reaches account log-archive",
    ),
    (
        "trusted-services-have-a-delegated-administrator",
        |a| a.trusted_services.subjects[0].administrators = texts(&[]),
        "the organization trusts sso.amazonaws.com, and no member account administers it",
    ),
    (
        "running-instances-have-a-role",
        |a| a.instances.subjects[0].roles = texts(&[]),
        "a running instance in eu-west-1 has no instance profile with a role in it (profile: web)",
    ),
    (
        "permission-sets-grant-no-full-administration",
        |a| a.permission_sets.subjects[0].grants_full_admin = known(true),
        "permission set Readers grants full administration",
    ),
    (
        "permission-set-sessions-are-short",
        |a| a.permission_sets.subjects[0].session_seconds = known(43_200),
        "the session duration of permission set Readers is 12 hours; the limit is 4 hours",
    ),
    (
        "identity-center-assignments-go-to-groups",
        |a| a.assignments.subjects[0].principal_type = known("USER".into()),
        "permission set Readers is assigned to the single user readers in account 222233334444",
    ),
    (
        "other-user-credentials-are-rotated",
        |a| a.other_credentials.subjects[0].created = known(ago(days(91))),
        "SSH public key of ada was made on 2026-08-23",
    ),
    (
        "roles-use-what-they-are-allowed",
        |a| a.role_access.subjects[0].unused_services = texts(&["ec2", "kms", "s3", "sqs"]),
        "role Deploy reaches 4 services and tried none of these: ec2, kms, s3 and sqs",
    ),
];
