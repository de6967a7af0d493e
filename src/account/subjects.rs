//! The populations that controls are about, and every fact a criterion may read.
//!
//! This file is the schema: names, types, meaning and deciding evidence stand
//! here once. `auditpack controls facts` prints it.

use super::fact::{
    ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CALLER_IDENTITY, CLOUDSHELL_ENTITIES, CREDENTIAL_REPORT, CUSTOMER_POLICY,
    OIDC_PROVIDER, OIDC_PROVIDERS, ORGANIZATION, ORGANIZATION_ACCOUNTS, PASSWORD_POLICY, ROLE_LIST, SAML_PROVIDER,
    SAML_PROVIDERS, SERVER_CERTIFICATES, SUPPORT_ENTITIES, USER_LIST, VIRTUAL_MFA_DEVICES, subject,
};
use jiff::Timestamp;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// The AWS account itself; the subject of requirements that the account as a whole meets.
    AccountFacts = "account" as "account", "account", from &[];
    /// Partition: aws, aws-cn, aws-us-gov …
    partition "which partition of AWS the account is in": Text = &[CALLER_IDENTITY];
    /// Roles that hold the AWS-managed policy AWSSupportAccess as a permissions policy.
    support_roles "which roles hold AWSSupportAccess": Texts = &[SUPPORT_ENTITIES],
        title "Roles that hold AWSSupportAccess";
    /// Users, groups and roles that hold AWSSupportAccess as a permissions policy.
    support_principals "who holds AWSSupportAccess": Texts = &[SUPPORT_ENTITIES],
        title "Users, groups and roles that hold AWSSupportAccess";
    /// Users, groups and roles that hold the AWS-managed policy AWSCloudShellFullAccess.
    cloudshell_full_access_principals "who holds AWSCloudShellFullAccess": Texts = &[CLOUDSHELL_ENTITIES],
        title "Users, groups and roles that hold AWSCloudShellFullAccess";
}

subject! {
    /// The account's root user.
    Root = "root" as "root", "root user", from &[];
    /// A root access key exists, active or not. Known as absent only when the account summary and the
    /// credential report both say so; where they contradict each other it is not known.
    has_access_key "whether the root user has an access key": bool = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT],
        title "Access key";
    /// The account summary counts an MFA device on the root user (AccountMFAEnabled).
    mfa_enabled "whether the root user has MFA": bool = &[ACCOUNT_SUMMARY], title "MFA";
    /// The root user can sign in with a password; it has none where central root management removed it. By
    /// AccountPasswordPresent of the account summary; a summary without it leaves it to `password_enabled` of the
    /// credential report, whose `not_supported` (reports until 2024) does not say that there is none.
    password_present "whether the root user has a password": bool = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT],
        title "Password";
    /// Whether the root user can sign in, in words, by `password_present`.
    sign_in: Text = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT];
    /// Which access keys the root user has, and whether each is active, in words.
    access_keys_found: Text = &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT];
    /// Assigned virtual MFA devices whose user is exactly this account's root ARN.
    virtual_mfa_devices "how many virtual MFA devices the root user has": i64 = &[VIRTUAL_MFA_DEVICES],
        title "Virtual MFA devices";
    /// The latest of password and access key use in the credential report; null if no use is known.
    last_used "when the root user was last used": Option<Timestamp> = &[CREDENTIAL_REPORT], compared false;
    /// The latest use in those cells of the credential report that could be read; null if they show none. The same
    /// as `last_used` where all could be read, and never later than the true one.
    last_known_use "when the root user was last known to be used": Option<Timestamp> = &[CREDENTIAL_REPORT],
        title "Last used, as far as known", compared false;
}

subject! {
    /// The account's password policy for IAM users; where none is set, AWS's default applies (8 characters,
    /// no password-reuse prevention).
    PasswordPolicy = "password_policy" as "password_policy", "password policy", from &[];
    /// The account has set a password policy of its own.
    exists "whether the account has a password policy of its own": bool = &[PASSWORD_POLICY],
        title "The account has set a policy of its own";
    /// Minimum length in characters.
    minimum_length "the minimum length of a password": i64 = &[PASSWORD_POLICY], title "Minimum length in characters";
    /// Earlier passwords that cannot be used again; null if not set.
    reuse_prevention "how many earlier passwords are remembered": Option<i64> = &[PASSWORD_POLICY],
        title "Earlier passwords that cannot be used again";
    /// An upper-case letter is required.
    requires_uppercase "whether an upper-case letter is required": bool = &[PASSWORD_POLICY],
        title "An upper-case letter is required";
    /// A lower-case letter is required.
    requires_lowercase "whether a lower-case letter is required": bool = &[PASSWORD_POLICY],
        title "A lower-case letter is required";
    /// A symbol is required.
    requires_symbol "whether a symbol is required": bool = &[PASSWORD_POLICY], title "A symbol is required";
    /// A digit is required.
    requires_number "whether a number is required": bool = &[PASSWORD_POLICY], title "A digit is required";
    /// Days until a password expires; null if passwords do not expire.
    maximum_age "when passwords expire": Option<i64> = &[PASSWORD_POLICY], title "Days until a password expires";
}

subject! {
    /// An IAM user (never the root user) whom any answer names, joined by ARN from the credential report, the
    /// authorization details and the user list.
    User = "user" as "user", "IAM users", from &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, USER_LIST];
    /// User name.
    name "the user's name": Text = &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT];
    /// Path, `/` if none was given.
    path: Text = &[AUTHORIZATION_DETAILS];
    /// When the user was created.
    created: Timestamp = &[CREDENTIAL_REPORT, AUTHORIZATION_DETAILS, USER_LIST];
    /// The user has a console password.
    has_password "whether the user has a console password": bool = &[CREDENTIAL_REPORT], title "Console password";
    /// At least one MFA device of any kind is active for the user.
    mfa_active "whether the user has MFA": bool = &[CREDENTIAL_REPORT], title "MFA";
    /// Active access keys (the credential report shows two slots).
    active_access_keys "how many active access keys the user has": i64 = &[CREDENTIAL_REPORT], compared false;
    /// Active access keys made within ten seconds of the user.
    access_keys_made_with_user "how many active access keys were made together with the user": i64 =
        &[CREDENTIAL_REPORT], compared false;
    /// Active access keys that were never used.
    access_keys_never_used "how many active access keys were never used": i64 = &[CREDENTIAL_REPORT], compared false;
    /// Active X.509 signing certificates.
    active_signing_certificates: i64 = &[CREDENTIAL_REPORT], compared false;
    /// Last console sign-in; null if none is known.
    password_last_used: Option<Timestamp> = &[CREDENTIAL_REPORT],
        title "Last sign-in", none "none known", compared false;
    /// Groups the user belongs to.
    groups "which groups the user is in": Texts = &[AUTHORIZATION_DETAILS];
    /// Managed policies attached to the user directly.
    attached_policies "which policies are attached to the user": Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies of the user.
    inline_policies "which inline policies the user has": Texts = &[AUTHORIZATION_DETAILS];
    /// ARN of the permissions boundary; null if none.
    permissions_boundary: Option<String> = &[AUTHORIZATION_DETAILS];
}

subject! {
    /// A credential of an IAM user: a console password, or access key 1 or 2 of the credential report.
    Credential = "credential" as "credential", "user credentials", from &[CREDENTIAL_REPORT, USER_LIST, AUTHORIZATION_DETAILS];
    /// `password` or `access key`.
    kind "which kind of credential it is": Text = &[CREDENTIAL_REPORT];
    /// The user's name.
    user "whose credential it is": Text = &[CREDENTIAL_REPORT];
    /// The password is enabled, or the key is active.
    active "whether the credential is active": bool = &[CREDENTIAL_REPORT];
    /// When the password was last changed or the key was made.
    changed: Option<Timestamp> = &[CREDENTIAL_REPORT], title "Set or created", none "none known", compared false;
    /// Last use; null if the report knows none.
    last_used "when the credential was last used": Option<Timestamp> = &[CREDENTIAL_REPORT],
        none "none known", compared false;
    /// Last use or, where none is known, last change: the credential has been idle since.
    idle_since "since when the credential has been idle": Timestamp = &[CREDENTIAL_REPORT], compared false;
    /// Whole days from `idle_since` to the credential report.
    idle_days "for how many days the credential has been idle": i64 = &[CREDENTIAL_REPORT], compared false;
}

subject! {
    /// An access key of an IAM user: slot 1 or 2 of the credential report, active or not.
    AccessKey = "access_key" as "key", "access keys", from &[CREDENTIAL_REPORT, USER_LIST, AUTHORIZATION_DETAILS];
    /// The user's name.
    user "whose access key it is": Text = &[CREDENTIAL_REPORT];
    /// 1 or 2; the slots are not in order of age.
    slot "which of the user's two access keys it is": i64 = &[CREDENTIAL_REPORT];
    /// The key can be used.
    active "whether the access key is active": bool = &[CREDENTIAL_REPORT];
    /// When the key was made (`last_rotated` of the report; switching a key off and on does not move it).
    created "when the access key was made": Timestamp = &[CREDENTIAL_REPORT];
    /// Whole days from `created` to the credential report.
    age_days "how old the access key is": i64 = &[CREDENTIAL_REPORT], title "Age in days", compared false;
    /// Last use; null if never.
    last_used: Option<Timestamp> = &[CREDENTIAL_REPORT], none "none known", compared false;
    /// Service of the last use; null if never.
    last_used_service: Option<String> = &[CREDENTIAL_REPORT], title "Last used for", none "none known", compared false;
}

subject! {
    /// An IAM group, one that only a user's group list or a list of holders names among them.
    Group = "group" as "group", "IAM groups", from &[AUTHORIZATION_DETAILS];
    /// Group name.
    name "the group's name": Text = &[AUTHORIZATION_DETAILS];
    /// Path.
    path: Text = &[AUTHORIZATION_DETAILS];
    /// When the group was created.
    created: Timestamp = &[AUTHORIZATION_DETAILS];
    /// Members. Not known where a user, or the groups of one, are not in the evidence.
    users "who is in the group": Texts = &[AUTHORIZATION_DETAILS, USER_LIST];
    /// Members that the evidence shows, whether or not they are all; not known where it shows none and is incomplete.
    known_users "who is in the group": Texts = &[AUTHORIZATION_DETAILS, USER_LIST],
        title "Known members", compared false;
    /// Managed policies attached to the group.
    attached_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies of the group.
    inline_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Its policies allow every action on every resource, or nearly, one alone or several together.
    administrator "whether the group's policies make it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Members without an active MFA device of any kind.
    members_without_mfa "which members of the group have no MFA": Texts = &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT],
        title "Members without MFA", compared false;
}

subject! {
    /// An IAM role, service-linked and Identity Center roles included.
    Role = "role" as "role", "IAM roles", from &[AUTHORIZATION_DETAILS, ROLE_LIST];
    /// Role name.
    name "the role's name": Text = &[AUTHORIZATION_DETAILS];
    /// Path.
    path: Text = &[AUTHORIZATION_DETAILS];
    /// When the role was created.
    created "when the role was made": Timestamp = &[AUTHORIZATION_DETAILS, ROLE_LIST];
    /// Description; null if none was given.
    description "the role's description": Option<String> = &[ROLE_LIST];
    /// Maximum session duration in seconds.
    maximum_session_seconds "how long a session of the role may last": i64 = &[ROLE_LIST],
        title "Maximum session duration in seconds";
    /// Last use that AWS tracked (up to 400 days back); null if none.
    last_used "when the role was last used": Option<Timestamp> = &[AUTHORIZATION_DETAILS],
        none "none tracked", compared false;
    /// Made and owned by an AWS service (path /aws-service-role/).
    service_linked "whether a service of AWS owns the role": bool = &[AUTHORIZATION_DETAILS];
    /// Made by IAM Identity Center for a permission set (path /aws-reserved/sso.amazonaws.com/).
    identity_center "whether Identity Center made the role": bool = &[AUTHORIZATION_DETAILS], title "Identity Center";
    /// Tags, as `key=value`.
    tags "the role's tags": Texts = &[AUTHORIZATION_DETAILS];
    /// Who the trust policy names, verbatim.
    trusted "whom the role's trust policy names": Texts = &[AUTHORIZATION_DETAILS],
        title "Trusts", none "nobody", compared false;
    /// Statements of the trust policy that let in everyone (`*`, or all but some by NotPrincipal) without a condition
    /// that truly narrows who that is.
    open_to_everyone "whether everyone can assume the role": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Other accounts and organizations that may assume the role and need no external ID, `*` for everyone, without
    /// the own account, members of the own organization and stated vendors. An external ID counts where it is
    /// compared with a fixed value that must be there.
    other_accounts_without_external_id "which other accounts can assume the role without an external ID": Texts =
        &[AUTHORIZATION_DETAILS], compared false;
    /// One of them is outside the own organization. Not known while the accounts of the organization are not known,
    /// unless there is nobody to ask about.
    third_party_without_external_id "whether an account outside the organization can assume the role without an external ID": bool =
        &[AUTHORIZATION_DETAILS, ORGANIZATION_ACCOUNTS, ORGANIZATION], compared false;
    /// Ids of deleted users and roles that the trust policy still names.
    dangling_principals "which deleted users and roles the trust policy still names": Texts = &[AUTHORIZATION_DETAILS],
        compared false;
    /// Statements that accept tokens of anybody: any token of an OpenID Connect issuer, tokens of any customer of an
    /// issuer that many customers share, pods of a whole cluster, or guests of a Cognito identity pool.
    oidc_without_subject "whether the role accepts tokens of anybody": Texts =
        &[AUTHORIZATION_DETAILS], title "OIDC without subject", compared false;
    /// Statements that accept SAML assertions made for any audience.
    saml_without_audience "whether the role accepts SAML assertions made for any audience": Texts =
        &[AUTHORIZATION_DETAILS], title "SAML without audience", compared false;
    /// AWS services that may assume the role without a condition on the source, though their documentation asks for it.
    services_without_source "which services may assume the role without a condition on the source": Texts =
        &[AUTHORIZATION_DETAILS], compared false;
    /// Its policies allow every action on every resource, or nearly, one alone or several together.
    administrator "whether the role's policies make it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Managed policies attached to the role.
    attached_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies of the role.
    inline_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// ARN of the permissions boundary; null if none.
    permissions_boundary: Option<String> = &[AUTHORIZATION_DETAILS];
}

subject! {
    /// A user, group or role. Those that only one answer names are included, also a user that only the credential report
    /// names and that may have been deleted since.
    Principal = "principal" as "principal", "users, groups and roles", from &[AUTHORIZATION_DETAILS, USER_LIST, ROLE_LIST];
    /// `user`, `group` or `role`.
    kind "whether it is a user, a group or a role": Text = &[AUTHORIZATION_DETAILS];
    /// Name.
    name "its name": Text = &[AUTHORIZATION_DETAILS];
    /// Made and owned by an AWS service.
    service_linked "whether a service of AWS owns it": bool = &[AUTHORIZATION_DETAILS];
    /// Made by IAM Identity Center; its policies are changed in the permission set.
    identity_center "whether Identity Center made it": bool = &[AUTHORIZATION_DETAILS], title "Identity Center";
    /// Managed policies attached to it.
    attached_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies.
    inline_policies "which inline policies it has": Texts = &[AUTHORIZATION_DETAILS];
    /// ARN of the permissions boundary; null if none.
    permissions_boundary: Option<String> = &[AUTHORIZATION_DETAILS];
    /// One of its policies, its groups' among them, grants full administration (see policy.grants_full_admin).
    holds_full_admin_policy "whether a single policy makes it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Its policies, in effect, allow every action on every resource, or nearly, one alone or several together. A
    /// denial or a permissions boundary that certainly takes this away makes it no administrator; a condition that it
    /// may meet does not.
    administrator "whether its policies make it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Its privilege escalation paths, by a table of known paths, over all its policies and
    /// its groups' together: those that nothing limits but a sign-in with MFA, and those limited to a resource that is
    /// an administrator. Empty for administrators by a single policy, and for groups, whose members have the ways.
    escalation_paths "which privilege escalation paths it has": Texts = &[AUTHORIZATION_DETAILS];
    /// The other ways: limited to some resources or to conditions, or dependent on something that IAM does not show.
    scoped_escalation_paths: Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow iam:PassRole on every role under no condition. Empty for administrators by a single
    /// policy.
    passes_every_role "whether it may pass every role": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow users or roles to be made without demanding a permissions boundary for them, as far as
    /// its own boundary allows it too.
    creates_principals_freely "whether it may make users or roles without a permissions boundary": Texts =
        &[AUTHORIZATION_DETAILS];
    /// Actions on all of IAM that give permissions, allowed under no condition.
    administers_iam "whether it may grant permissions in all of IAM": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions that stop or empty CloudTrail or AWS Config, allowed on everything under no condition.
    administers_audit_trail "whether it may stop or empty the audit records": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions on all KMS keys that decide who may use them or end their use, allowed under no condition.
    administers_keys "whether it administers all KMS keys": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions on all KMS keys that use them on data, allowed under no condition.
    uses_keys "whether it may use all KMS keys": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow secretsmanager:GetSecretValue on all secrets under no condition, within its permissions
    /// boundary. Empty where administrator is true, as are the following.
    reads_every_secret "whether it may read every secret": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow ssm:GetParameter, GetParameters, GetParametersByPath or GetParameterHistory on all
    /// parameters under no condition.
    reads_every_parameter "whether it may read every parameter": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow s3:GetObject or s3:GetObjectVersion on all objects under no condition.
    reads_every_object "whether it may read every object": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow kms:Decrypt or kms:ReEncryptFrom on all keys under no condition.
    decrypts_with_every_key "whether it may decrypt with every key": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow sts:AssumeRole on all roles under no condition.
    assumes_every_role "whether it may assume every role": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions that return data (data/policy/exposures.toml), allowed on all resources under no condition.
    data_exfiltration "which data it may read on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions that return credentials (data/policy/exposures.toml), allowed on all resources under no condition.
    credentials_exposure "which credentials it may obtain on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Services with the number of actions that change who may reach a resource, allowed on all resources under no
    /// condition: `s3 (14 actions)`.
    resource_exposure "what it may share on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Services with the number of actions that write, tag or manage permissions and that a policy could limit to
    /// some resources, allowed on all of them under no condition.
    infrastructure_modification "what it may change on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Its shortest way to an administrator in steps, by trust policies and ways of escalation; empty for
    /// administrators and where these policies show none.
    way_to_administrator: Texts = &[AUTHORIZATION_DETAILS], title "Path to administrator in steps";
    /// How certain that path is: `unconditional`, `with MFA` (each step needs at most a sign-in with MFA), or
    /// `conditional`; `none` without a path, and `administrator` for administrators.
    path_to_administrator "whether it has a path to administrator": Text = &[AUTHORIZATION_DETAILS];
}

subject! {
    /// A policy: customer managed, AWS managed in use in this account, or inline in a user, group or role.
    Policy = "policy" as "policy", "policies", from &[AUTHORIZATION_DETAILS];
    /// `customer managed`, `AWS managed` or `inline`.
    kind "which kind of policy it is": Text = &[AUTHORIZATION_DETAILS];
    /// Policy name.
    name "the policy's name": Text = &[AUTHORIZATION_DETAILS];
    /// Users, groups and roles that have it as a permissions policy (`role Admin`).
    holders "who holds the policy": Texts = &[AUTHORIZATION_DETAILS], title "Held by", none "nobody";
    /// Users, groups and roles it is attached to, as AWS counts them; 1 for an inline policy.
    attachments "how often the policy is attached": i64 = &[AUTHORIZATION_DETAILS], compared false;
    /// Users and roles that have it as their permissions boundary, as AWS counts them.
    boundary_uses "how often the policy is used as a permissions boundary": i64 = &[AUTHORIZATION_DETAILS],
        title "Uses as boundary", compared false;
    /// The version in force allows every action on every resource, in any spelling (`*`, `*:*`, `**`, lists
    /// that hold one of them or add up to it, all resources of the account, NotAction or NotResource that leaves
    /// nothing or almost nothing out).
    /// Conditions and denials do not change it; they are told beside it.
    grants_full_admin "whether the policy grants full administration": bool = &[AUTHORIZATION_DETAILS],
        title "Grants full administration";
    /// What a full grant allows, in words: `every action except s3:* on every resource`; null if it grants less.
    full_grant "what a full grant allows": Option<String> = &[AUTHORIZATION_DETAILS];
    /// Whether a condition or a denial mitigates a full grant, in words; null if not.
    mitigation "whether anything mitigates the policy's grant": Option<String> = &[AUTHORIZATION_DETAILS],
        title "Mitigated by", none "", compared false;
    /// Statements of the version in force that allow every action of a service by a wildcard (`s3:*`), on whatever
    /// resources and under whatever conditions; NotAction counts where it leaves a whole service in. Statements of the
    /// same policy that deny some of these actions are named beside it.
    full_service_access "whether the policy grants whole services": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Statements that allow with NotAction: everything but what they name, future actions included.
    allows_by_not_action "whether the policy allows by NotAction": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Statements that allow with NotResource: on everything but what they name, future resources included.
    allows_by_not_resource "whether the policy allows by NotResource": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Versions not in force that grant full administration; putting one in force takes one call.
    old_versions_with_full_admin "whether an earlier version of the policy grants full administration": Texts =
        &[AUTHORIZATION_DETAILS], compared false;
    /// Versions kept; 1 for an inline policy.
    versions: i64 = &[AUTHORIZATION_DETAILS], compared false;
    /// Last change of the version in force; null where AWS does not say (inline).
    updated: Option<Timestamp> = &[AUTHORIZATION_DETAILS], none "not stated", compared false;
    /// What a customer managed policy says it is for; null if it says nothing, and for policies of other kinds. Known
    /// where `--depth deep` asked, or where the authorization details happen to hold it.
    description "the policy's description": Option<String> = &[CUSTOMER_POLICY, AUTHORIZATION_DETAILS];
    /// Tags of a customer managed policy as `key=value`, sorted; empty for policies of other kinds. Known where
    /// `--depth deep` asked.
    tags "the policy's tags": Texts = &[CUSTOMER_POLICY];
}

subject! {
    /// A server certificate stored in IAM.
    ServerCertificate = "server_certificate" as "certificate", "IAM server certificates", from &[SERVER_CERTIFICATES];
    /// Name.
    name "the certificate's name": Text = &[SERVER_CERTIFICATES];
    /// When it was uploaded; null if AWS does not say.
    uploaded: Option<Timestamp> = &[SERVER_CERTIFICATES], none "not stated";
    /// When it expires.
    expires "when the certificate expires": Timestamp = &[SERVER_CERTIFICATES];
}

subject! {
    /// A SAML identity provider.
    SamlProvider = "saml_provider" as "provider", "SAML providers", from &[SAML_PROVIDERS];
    /// Name.
    name: Text = &[SAML_PROVIDERS];
    /// When its metadata expires; null if AWS does not say.
    valid_until: Option<Timestamp> = &[SAML_PROVIDER], title "Metadata valid until", none "not stated";
}

subject! {
    /// An OpenID Connect identity provider.
    OidcProvider = "oidc_provider" as "provider", "OpenID Connect providers", from &[OIDC_PROVIDERS];
    /// Issuer, without the scheme.
    url: Text = &[OIDC_PROVIDER], title "Issuer";
    /// Audiences (client ids) that it accepts.
    client_ids: Texts = &[OIDC_PROVIDER], title "Audiences";
}

subject! {
    /// A virtual MFA device, assigned or not.
    VirtualMfaDevice = "virtual_mfa_device" as "device", "virtual MFA devices", from &[VIRTUAL_MFA_DEVICES];
    /// ARN of the user it is assigned to (the account's root ARN for the root user); null if unassigned.
    user: Option<String> = &[VIRTUAL_MFA_DEVICES], title "Assigned to", none "nobody";
    /// When it was enabled; null if unassigned.
    enabled: Option<Timestamp> = &[VIRTUAL_MFA_DEVICES], none "not enabled";
}

subject! {
    /// An X.509 signing certificate slot of an IAM user (1 or 2 of the credential report).
    SigningCertificate = "signing_certificate" as "certificate", "signing certificates", from &[CREDENTIAL_REPORT];
    /// The user's name.
    user: Text = &[CREDENTIAL_REPORT];
    /// The certificate can be used.
    active: bool = &[CREDENTIAL_REPORT];
    /// When it was uploaded; null if the report does not say.
    changed: Option<Timestamp> = &[CREDENTIAL_REPORT], title "Uploaded", none "none known";
}
