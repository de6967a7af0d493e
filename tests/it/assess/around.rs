//! What stands around IAM in the hand-made account, in order, and how each of these controls is failed.

use super::accounts::{ago, all, as_of, days, known, texts};
use auditpack::testing::account::Account;
use auditpack::testing::account::around::Around;
use auditpack::testing::account::fact::{Gap, Observed};
use auditpack::testing::account::subjects::{
    AccountProfile, Assignment, Instance, Organization, OrganizationAccount, OtherCredential, PermissionSet,
    RoleAccess, TrustedService,
};
use std::sync::Arc;

pub fn tidy() -> Around {
    Around {
        profile: all(vec![AccountProfile {
            id: "123456789012#profile".into(),
            label: "account 123456789012".into(),
            as_of: as_of(),
            contact_missing: texts(&[]),
            contact: known("Ann Example".into()),
            security_contact: known(Some("On call".into())),
            operations_contact: known(None),
            billing_contact: known(None),
            aliases: texts(&["example"]),
            people_sources: texts(&["SAML provider okta"]),
            console_users: texts(&["ada"]),
            console_users_are_all: known(true),
            billing_access: texts(&[]),
            known_billing_access: texts(&[]),
        }]),
        organization: all(vec![Organization {
            id: "123456789012#organization".into(),
            label: "organization".into(),
            as_of: as_of(),
            in_organization: known(true),
            organization_id: known(Some("o-exampleorgid".into())),
            management_account: known(Some("123456789012".into())),
            is_management_account: known(true),
            central_root_features: texts(&["RootCredentialsManagement"]),
            policy_administrators: texts(&["222233334444"]),
            identity_center: texts(&["instance"]),
        }]),
        organization_accounts: all(vec![OrganizationAccount {
            id: "member".into(),
            label: "222233334444".into(),
            as_of: as_of(),
            name: known("log-archive".into()),
            state: known("ACTIVE".into()),
            active: known(true),
            management: known(false),
            place: texts(&["r-ex01"]),
            guardrails: texts(&["ground rules (p-1)"]),
        }]),
        trusted_services: all(vec![TrustedService {
            id: "sso.amazonaws.com".into(),
            label: "sso.amazonaws.com".into(),
            as_of: as_of(),
            name: known("sso.amazonaws.com".into()),
            supports_delegation: known(true),
            administrators: texts(&["222233334444"]),
        }]),
        instances: all(vec![Instance {
            id: "i-1".into(),
            label: "i-1".into(),
            as_of: as_of(),
            region: known("eu-west-1".into()),
            state: known("running".into()),
            profile: known(Some("web".into())),
            roles: texts(&["web"]),
        }]),
        permission_sets: all(vec![PermissionSet {
            id: "ps-1".into(),
            label: "Readers".into(),
            as_of: as_of(),
            name: known("Readers".into()),
            session_seconds: known(3600),
            policies: texts(&["AWS managed ReadOnlyAccess"]),
            access_level: known("read".into()),
            grants_full_admin: known(false),
            accounts: texts(&["222233334444"]),
        }]),
        assignments: all(vec![Assignment {
            id: "ps-1#222233334444/GROUP/g-1".into(),
            label: "Readers in 222233334444".into(),
            as_of: as_of(),
            permission_set: known("Readers".into()),
            account: known("222233334444".into()),
            principal_type: known("GROUP".into()),
            principal: known("readers".into()),
            people: texts(&["ada"]),
        }]),
        other_credentials: all(vec![OtherCredential {
            id: "ada#SSH-public-key/1".into(),
            label: "SSH public key 1 of ada".into(),
            as_of: as_of(),
            kind: known("SSH public key".into()),
            user: known("ada".into()),
            service: known(None),
            active: known(true),
            created: known(ago(days(90))),
        }]),
        role_access: all(vec![RoleAccess {
            id: "arn:aws:iam::123456789012:role/Deploy".into(),
            label: "Deploy".into(),
            as_of: as_of(),
            name: known("Deploy".into()),
            created: known(ago(days(400))),
            made_by_aws: known(false),
            services_allowed: known(4),
            unused_services: texts(&["kms", "s3", "sqs"]),
        }]),
    }
}

type Spoil = fn(&mut Account);

/// How each control is failed, and words of what the pack says then.
pub const FAILURES: &[(&str, Spoil, &str)] = &[
    (
        "contact-information-is-complete",
        |a| a.around.profile.subjects[0].contact_missing = texts(&["phone number"]),
        "the contact information lacks: phone number",
    ),
    (
        "a-security-contact-is-registered",
        |a| a.around.profile.subjects[0].security_contact = known(None),
        "no alternate contact for security is registered",
    ),
    ("the-account-has-an-alias", |a| a.around.profile.subjects[0].aliases = texts(&[]), "the account has no alias"),
    (
        "billing-access-is-limited",
        |a| a.around.profile.subjects[0].known_billing_access = texts(&["role/finance"]),
        "are not expected to: role/finance",
    ),
    (
        "people-sign-in-through-a-central-source",
        |a| a.around.profile.subjects[0].console_users = texts(&["ada", "bob", "eve"]),
        "IAM users with a console password: ada, bob and eve",
    ),
    (
        "the-account-belongs-to-an-organization",
        |a| a.around.organization.subjects[0].in_organization = known(false),
        "AWS says that the account belongs to no organization",
    ),
    (
        "root-access-to-members-is-central",
        |a| a.around.organization.subjects[0].central_root_features = texts(&["RootSessions"]),
        "switched on: RootSessions",
    ),
    (
        "organization-policies-have-a-delegated-administrator",
        |a| a.around.organization.subjects[0].policy_administrators = texts(&[]),
        "no member account may administer the organization's policies",
    ),
    (
        "identity-center-serves-the-organization",
        |a| a.around.organization.subjects[0].identity_center = texts(&[]),
        "the organization has no instance of Identity Center",
    ),
    (
        "organization-policies-reach-every-account",
        |a| a.around.organization_accounts.subjects[0].guardrails = texts(&[]),
        "reaches account log-archive",
    ),
    (
        "trusted-services-have-a-delegated-administrator",
        |a| a.around.trusted_services.subjects[0].administrators = texts(&[]),
        "the organization trusts sso.amazonaws.com, and no member account administers it",
    ),
    (
        "running-instances-have-a-role",
        |a| a.around.instances.subjects[0].roles = texts(&[]),
        "a running instance in eu-west-1 has no instance profile with a role in it (profile: web)",
    ),
    (
        "permission-sets-grant-no-full-administration",
        |a| a.around.permission_sets.subjects[0].grants_full_admin = known(true),
        "permission set Readers grants full administration",
    ),
    (
        "permission-set-sessions-are-short",
        |a| a.around.permission_sets.subjects[0].session_seconds = known(43_200),
        "the session duration of permission set Readers is 12 hours; the limit is 4 hours",
    ),
    (
        "identity-center-assignments-go-to-groups",
        |a| a.around.assignments.subjects[0].principal_type = known("USER".into()),
        "permission set Readers is assigned to the single user readers in account 222233334444",
    ),
    (
        "other-user-credentials-are-rotated",
        |a| a.around.other_credentials.subjects[0].created = known(ago(days(91))),
        "SSH public key of ada was made on 2026-08-23",
    ),
    (
        "roles-use-what-they-are-allowed",
        |a| a.around.role_access.subjects[0].unused_services = texts(&["ec2", "kms", "s3", "sqs"]),
        "role Deploy reaches 4 services and tried none of these: ec2, kms, s3 and sqs",
    ),
];

/// Puts a gap in the place of a fact of the only subject.
pub fn blind(around: &mut Around, kind: &str, fact: &str, gap: &Arc<Gap>) {
    macro_rules! facts {
        ($population:ident: $($name:ident)*) => {
            for subject in &mut around.$population.subjects {
                match fact {
                    $( stringify!($name) => subject.$name = Observed::Gap(Arc::clone(gap)), )*
                    other => panic!("{kind} has no fact {other}"),
                }
            }
        };
    }
    match kind {
        "account_profile" => facts!(profile: contact_missing contact security_contact operations_contact
            billing_contact aliases people_sources console_users console_users_are_all billing_access known_billing_access),
        "organization" => facts!(organization: in_organization organization_id management_account
            is_management_account central_root_features policy_administrators identity_center),
        "organization_account" => facts!(organization_accounts: name state active management place guardrails),
        "trusted_service" => facts!(trusted_services: name supports_delegation administrators),
        "instance" => facts!(instances: region state profile roles),
        "permission_set" => {
            facts!(permission_sets: name session_seconds policies access_level grants_full_admin accounts)
        }
        "assignment" => facts!(assignments: permission_set account principal_type principal people),
        "other_credential" => facts!(other_credentials: kind user service active created),
        "role_access" => facts!(role_access: name created made_by_aws services_allowed unused_services),
        other => panic!("no control is about {other}"),
    }
}

/// Gaps in the enumeration of a kind.
pub fn gaps<'a>(around: &'a mut Around, kind: &str) -> &'a mut Vec<Arc<Gap>> {
    match kind {
        "account_profile" => &mut around.profile.gaps,
        "organization" => &mut around.organization.gaps,
        "organization_account" => &mut around.organization_accounts.gaps,
        "trusted_service" => &mut around.trusted_services.gaps,
        "instance" => &mut around.instances.gaps,
        "permission_set" => &mut around.permission_sets.gaps,
        "assignment" => &mut around.assignments.gaps,
        "other_credential" => &mut around.other_credentials.gaps,
        "role_access" => &mut around.role_access.gaps,
        other => panic!("no control is about {other}"),
    }
}

/// Removes every subject of a kind.
pub fn empty(around: &mut Around, kind: &str) {
    match kind {
        "account_profile" => around.profile.subjects.clear(),
        "organization" => around.organization.subjects.clear(),
        "organization_account" => around.organization_accounts.subjects.clear(),
        "trusted_service" => around.trusted_services.subjects.clear(),
        "instance" => around.instances.subjects.clear(),
        "permission_set" => around.permission_sets.subjects.clear(),
        "assignment" => around.assignments.subjects.clear(),
        "other_credential" => around.other_credentials.subjects.clear(),
        "role_access" => around.role_access.subjects.clear(),
        other => panic!("no control is about {other}"),
    }
}
