//! Populations around IAM: the account's own data, its organization, instances, Identity Center, and what the
//! deep collection adds.

use crate::account::fact::{
    ACCESS_DETAILS, ACCESS_JOB, ACCOUNT_ALIASES, ALTERNATE_CONTACT, ASSIGNMENTS, AUTHORIZATION_DETAILS, CHILD_ACCOUNTS,
    CONTACT, CREDENTIAL_REPORT, DELEGATED_ADMINISTRATORS, DELEGATED_SERVICES, DELEGATION_POLICY, INSTANCES,
    ORGANIZATION, ORGANIZATION_ACCOUNTS, ORGANIZATION_POLICIES, ORGANIZATION_POLICY, PERMISSION_SET, PERMISSION_SETS,
    POLICY_TARGETS, REGIONS, ROLE_LIST, ROOT_FEATURES, ROOTS, SAML_PROVIDERS, SERVICE_CREDENTIALS, SET_ACCOUNTS,
    SET_CUSTOMER, SET_INLINE, SET_MANAGED, SIGNING_CERTIFICATES, SSH_KEYS, SSO_INSTANCES, STORE_GROUPS, STORE_MEMBERS,
    STORE_USERS, TRUSTED_SERVICES, UNITS, USER_LIST, subject,
};
use jiff::Timestamp;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// What AWS knows of the account beside its resources: contacts, alias, who signs in how.
    AccountProfile = "account_profile" as "profile", "account", from &[];
    /// Parts of the contact information that are empty: full name, address, city, country, postal code, phone.
    contact_missing "whether the contact information is complete": Texts = &[CONTACT];
    /// Name and company of the contact.
    contact: Text = &[CONTACT];
    /// The alternate contact for security; null if none is registered.
    security_contact "whether a contact for security is registered": Option<String> = &[ALTERNATE_CONTACT];
    /// The alternate contact for operations; null if none is registered.
    operations_contact: Option<String> = &[ALTERNATE_CONTACT];
    /// The alternate contact for billing; null if none is registered.
    billing_contact: Option<String> = &[ALTERNATE_CONTACT];
    /// Aliases of the account; AWS allows one.
    aliases "whether the account has an alias": Texts = &[ACCOUNT_ALIASES];
    /// Central sources of people: SAML providers other than those that Identity Center makes for itself, and
    /// instances of Identity Center.
    people_sources "which central sources of people the account has": Texts = &[SAML_PROVIDERS, SSO_INSTANCES, REGIONS];
    /// IAM users of whom it is known that they have a console password.
    console_users "which users have a console password": Texts = &[CREDENTIAL_REPORT];
    /// There are no more of them. Never false, but not known where a user's password, or the list of users, is not.
    console_users_are_all "whether further users have a console password": bool = &[CREDENTIAL_REPORT];
    /// Users, groups and roles that are no administrators and may change billing or payment settings, whatever the
    /// conditions, as `role/finance`; those of AWS services left out.
    billing_access "who may change billing or payment settings": Texts = &[AUTHORIZATION_DETAILS, USER_LIST, ROLE_LIST];
    /// Those of them that the evidence shows, whether or not they are all; not known where it shows none and is
    /// incomplete.
    known_billing_access "who may change billing or payment settings": Texts =
        &[AUTHORIZATION_DETAILS, USER_LIST, ROLE_LIST];
}

subject! {
    /// The organization as this account sees it.
    Organization = "organization" as "organization", "account", from &[];
    /// The account belongs to an organization.
    in_organization "whether the account belongs to an organization": bool = &[ORGANIZATION];
    /// Id of the organization; null if there is none.
    organization_id "which organization the account belongs to": Option<String> = &[ORGANIZATION];
    /// Its management account; null if there is no organization.
    management_account "which account is the management account": Option<String> = &[ORGANIZATION];
    /// This account is the management account.
    is_management_account "whether this account is the management account": bool = &[ORGANIZATION];
    /// Features by which root access to member accounts is managed centrally.
    central_root_features "which features of central root access are switched on": Texts = &[ROOT_FEATURES];
    /// Member accounts that the organization's delegation policy names in statements that allow.
    policy_administrators "which member accounts may administer the organization's policies": Texts =
        &[DELEGATION_POLICY, ORGANIZATION];
    /// Instances of Identity Center that belong to the management account.
    identity_center "whether Identity Center belongs to the management account": Texts =
        &[SSO_INSTANCES, REGIONS, ORGANIZATION];
}

subject! {
    /// An account of the organization.
    OrganizationAccount = "organization_account" as "member", "accounts of the organization",
        from &[ORGANIZATION_ACCOUNTS, ORGANIZATION];
    /// Name.
    name "the account's name": Text = &[ORGANIZATION_ACCOUNTS];
    /// State: ACTIVE, SUSPENDED, PENDING_CLOSURE … (where AWS no longer says Status, State; else Status).
    state: Text = &[ORGANIZATION_ACCOUNTS];
    /// The state is ACTIVE.
    active "whether the account is active": bool = &[ORGANIZATION_ACCOUNTS];
    /// It is the management account, which organization policies never restrict.
    management "whether it is the management account": bool = &[ORGANIZATION];
    /// From the root down: the ids of the root and the units that the account is in.
    place: Texts = &[ROOTS, UNITS, CHILD_ACCOUNTS];
    /// Service and resource control policies that reach the account from the root, its units or itself and restrict
    /// anything: not those of AWS (FullAWSAccess), nor those that only allow everything.
    guardrails "which policies of the organization restrict the account": Texts =
        &[ORGANIZATION_POLICIES, ORGANIZATION_POLICY, POLICY_TARGETS, ROOTS, UNITS, CHILD_ACCOUNTS];
}

subject! {
    /// A service that the organization trusts.
    TrustedService = "trusted_service" as "service", "services trusted by the organization",
        from &[TRUSTED_SERVICES, ORGANIZATION];
    /// Service principal.
    name "the service's name": Text = &[TRUSTED_SERVICES];
    /// The service can have a delegated administrator, by a table of known services; not known of others.
    supports_delegation "whether the service can have a delegated administrator": bool = &[TRUSTED_SERVICES];
    /// Accounts that administer it for the organization.
    administrators "which accounts administer the service for the organization": Texts =
        &[DELEGATED_ADMINISTRATORS, DELEGATED_SERVICES];
}

subject! {
    /// An EC2 instance in a region of the account.
    Instance = "instance" as "instance", "EC2 instances", from &[INSTANCES, REGIONS];
    /// Region.
    region "the instance's region": Text = &[INSTANCES];
    /// pending, running, stopped …
    state "the instance's state": Text = &[INSTANCES];
    /// ARN of the instance profile; null if it has none.
    profile "whether the instance has an instance profile": Option<String> = &[INSTANCES];
    /// Roles in the instance profile; none where there is no profile.
    roles "which roles the instance's profile holds": Texts = &[INSTANCES, AUTHORIZATION_DETAILS, ROLE_LIST];
}

subject! {
    /// A permission set of Identity Center.
    PermissionSet = "permission_set" as "set", "permission sets", from &[PERMISSION_SETS, SSO_INSTANCES, REGIONS, ORGANIZATION];
    /// Name.
    name "the permission set's name": Text = &[PERMISSION_SET];
    /// Maximum session duration in seconds.
    session_seconds "how long a session of the permission set may last": i64 = &[PERMISSION_SET];
    /// Its policies: AWS managed, customer managed, inline.
    policies: Texts = &[SET_MANAGED, SET_CUSTOMER, SET_INLINE];
    /// The most that its policies grant, in words, AWS-managed ones by a table of their grades; not known where one of
    /// them could not be read.
    access_level: Text = &[SET_MANAGED, SET_CUSTOMER, SET_INLINE];
    /// Its policies together make an administrator: they allow every action on every resource, or IAM as a whole, by
    /// which the holder can take every other permission. Customer managed policies can differ in every account, so with
    /// them it is known only where the others make one.
    grants_full_admin "whether the permission set grants full administration": bool =
        &[SET_MANAGED, SET_CUSTOMER, SET_INLINE];
    /// Accounts in which it is provisioned.
    accounts: Texts = &[SET_ACCOUNTS];
}

subject! {
    /// A permission set, assigned in an account to a user or group of Identity Center.
    Assignment = "assignment" as "assignment", "assignments of Identity Center",
        from &[ASSIGNMENTS, SET_ACCOUNTS, PERMISSION_SETS, SSO_INSTANCES, REGIONS, ORGANIZATION];
    /// Name of the permission set.
    permission_set "which permission set is assigned": Text = &[PERMISSION_SET];
    /// The account in which it is assigned.
    account "in which account it is assigned": Text = &[ASSIGNMENTS];
    /// GROUP or USER.
    principal_type "whether it is assigned to a user or to a group": Text = &[ASSIGNMENTS];
    /// Name of the user or group.
    principal "to whom it is assigned": Text = &[STORE_USERS, STORE_GROUPS];
    /// The people behind it: the group's members, or the user.
    people: Texts = &[STORE_USERS, STORE_GROUPS, STORE_MEMBERS];
}

subject! {
    /// A long-term credential of an IAM user that the credential report does not show, or shows without an id: a
    /// service-specific credential, an SSH public key or a signing certificate.
    OtherCredential = "other_credential" as "credential", "other long-term credentials",
        from &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES, USER_LIST];
    /// `service-specific credential`, `SSH public key` or `signing certificate`.
    kind "which kind of credential it is": Text = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
    /// The user's name.
    user "whose credential it is": Text = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
    /// The service of a service-specific credential; null for the others.
    service: Option<String> = &[SERVICE_CREDENTIALS];
    /// The credential can be used.
    active "whether the credential is active": bool = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
    /// When it was made or uploaded.
    created "when the credential was made": Timestamp = &[SERVICE_CREDENTIALS, SSH_KEYS, SIGNING_CERTIFICATES];
}

subject! {
    /// An IAM role with what Access Advisor says about the services that its policies reach.
    RoleAccess = "role_access" as "access", "roles in Access Advisor", from &[AUTHORIZATION_DETAILS, ROLE_LIST];
    /// Role name.
    name "the role's name": Text = &[AUTHORIZATION_DETAILS];
    /// When the role was created.
    created "when the role was made": Timestamp = &[AUTHORIZATION_DETAILS];
    /// Made and owned by an AWS service, or by Identity Center.
    made_by_aws "whether AWS made the role": bool = &[AUTHORIZATION_DETAILS];
    /// Services that its policies reach.
    services_allowed "how many services the role's policies reach": i64 = &[ACCESS_JOB, ACCESS_DETAILS];
    /// Those without an attempt in the tracking period (up to 400 days).
    unused_services "which of these services the role did not use": Texts = &[ACCESS_JOB, ACCESS_DETAILS];
}
