//! The answers' shapes, as the AWS CLI prints them. Only the members that facts are made of.
//!
//! Lists are optional here and demanded by whoever reads them: a missing list must not look
//! like an empty one. AWS sends empty lists; the one that it leaves out is a user's
//! `UserPolicyList` (boto/boto3#1303).

use super::document::Text;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Declares shapes with AWS's spelling of members.
macro_rules! shapes {
    ($( $(#[$meta:meta])* $Name:ident { $( $(#[$fmeta:meta])* $field:ident : $ty:ty, )* } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $Name { $( $(#[$fmeta])* pub $field: $ty, )* }
    )* };
}

shapes! {
    /// `GetCredentialReport`.
    ReportAnswer {
        content: String,
        generated_time: Option<Timestamp>,
    }
    /// `GetCallerIdentity`.
    CallerAnswer {
        account: String,
        arn: String,
    }
    /// `GetAccountSummary`.
    SummaryAnswer {
        summary_map: BTreeMap<String, i64>,
    }
    /// `GetAccountPasswordPolicy`.
    PasswordPolicyAnswer {
        password_policy: PasswordPolicyMembers,
    }
    /// The password policy; AWS leaves out what is not set.
    PasswordPolicyMembers {
        minimum_password_length: Option<i64>,
        require_symbols: Option<bool>,
        require_numbers: Option<bool>,
        require_uppercase_characters: Option<bool>,
        require_lowercase_characters: Option<bool>,
        expire_passwords: Option<bool>,
        max_password_age: Option<i64>,
        password_reuse_prevention: Option<i64>,
    }
    /// `ListAccountAliases`.
    AliasesAnswer {
        account_aliases: Option<Vec<String>>,
    }
    /// `ListUsers`.
    UsersAnswer {
        users: Option<Vec<ListedUser>>,
    }
    /// A user in `ListUsers`.
    ListedUser {
        arn: String,
        user_id: Option<String>,
        path: Option<String>,
        user_name: Option<String>,
        create_date: Option<Timestamp>,
        password_last_used: Option<Timestamp>,
    }
    /// `ListRoles`.
    RolesAnswer {
        roles: Option<Vec<ListedRole>>,
    }
    /// A role in `ListRoles`.
    ListedRole {
        arn: String,
        role_id: Option<String>,
        path: Option<String>,
        role_name: Option<String>,
        create_date: Option<Timestamp>,
        #[serde(default)]
        assume_role_policy_document: Text,
        description: Option<String>,
        max_session_duration: Option<i64>,
    }
    /// `ListVirtualMFADevices`.
    MfaDevicesAnswer {
        #[serde(rename = "VirtualMFADevices")]
        devices: Option<Vec<MfaDevice>>,
    }
    /// A virtual MFA device.
    MfaDevice {
        serial_number: String,
        user: Option<MfaUser>,
        enable_date: Option<Timestamp>,
    }
    /// Whose device it is.
    MfaUser {
        arn: Option<String>,
    }
    /// `ListServerCertificates`.
    CertificatesAnswer {
        server_certificate_metadata_list: Option<Vec<Certificate>>,
    }
    /// A server certificate.
    Certificate {
        arn: String,
        server_certificate_name: String,
        upload_date: Option<Timestamp>,
        #[serde(default, deserialize_with = "far_future")]
        expiration: Option<Timestamp>,
    }
    /// `ListSAMLProviders`.
    SamlProvidersAnswer {
        #[serde(rename = "SAMLProviderList")]
        providers: Option<Vec<ListedProvider>>,
    }
    /// `ListOpenIDConnectProviders`.
    OidcProvidersAnswer {
        #[serde(rename = "OpenIDConnectProviderList")]
        providers: Option<Vec<ListedProvider>>,
    }
    /// A provider in a list.
    ListedProvider {
        arn: String,
    }
    /// `GetSAMLProvider`, without the metadata document.
    SamlProviderAnswer {
        #[serde(default, deserialize_with = "far_future")]
        valid_until: Option<Timestamp>,
    }
    /// `GetOpenIDConnectProvider`.
    OidcProviderAnswer {
        url: Option<String>,
        #[serde(rename = "ClientIDList")]
        client_ids: Option<Vec<String>>,
    }
    /// `GetPolicy`.
    PolicyAnswer {
        policy: PolicyMembers,
    }
    /// What a managed policy says of itself; AWS leaves out a description that was not given.
    PolicyMembers {
        arn: String,
        description: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    /// `ListEntitiesForPolicy`.
    EntitiesAnswer {
        policy_groups: Option<Vec<EntityGroup>>,
        policy_users: Option<Vec<EntityUser>>,
        policy_roles: Option<Vec<EntityRole>>,
    }
    /// A group that holds a policy.
    EntityGroup { group_name: String, }
    /// A user who holds a policy.
    EntityUser { user_name: String, }
    /// A role that holds a policy.
    EntityRole { role_name: String, }
    /// An instance profile that a role is in.
    InstanceProfile {
        arn: String,
        instance_profile_id: Option<String>,
    }
    /// `GetAccountAuthorizationDetails`.
    DetailsAnswer {
        user_detail_list: Option<Vec<UserDetail>>,
        group_detail_list: Option<Vec<GroupDetail>>,
        role_detail_list: Option<Vec<RoleDetail>>,
        policies: Option<Vec<ManagedPolicy>>,
    }
    /// A user in the authorization details.
    UserDetail {
        arn: String,
        user_id: Option<String>,
        path: String,
        user_name: Option<String>,
        create_date: Option<Timestamp>,
        group_list: Option<Vec<String>>,
        attached_managed_policies: Option<Vec<Attached>>,
        user_policy_list: Option<Vec<Inline>>,
        permissions_boundary: Option<Boundary>,
        tags: Option<Vec<Tag>>,
    }
    /// A group in the authorization details.
    GroupDetail {
        arn: String,
        group_id: Option<String>,
        path: String,
        group_name: String,
        create_date: Timestamp,
        attached_managed_policies: Option<Vec<Attached>>,
        group_policy_list: Option<Vec<Inline>>,
    }
    /// A role in the authorization details.
    RoleDetail {
        arn: String,
        role_id: Option<String>,
        path: String,
        role_name: Option<String>,
        create_date: Timestamp,
        #[serde(default)]
        assume_role_policy_document: Text,
        attached_managed_policies: Option<Vec<Attached>>,
        role_policy_list: Option<Vec<Inline>>,
        permissions_boundary: Option<Boundary>,
        role_last_used: Option<LastUsed>,
        instance_profile_list: Option<Vec<InstanceProfile>>,
        tags: Option<Vec<Tag>>,
    }
    /// A tag.
    Tag { key: String, value: String, }
    /// A managed policy that is attached to something.
    Attached { policy_arn: String, policy_name: Option<String>, }
    /// An inline policy.
    Inline { policy_name: String, #[serde(default)] policy_document: Text, }
    /// A permissions boundary.
    Boundary { permissions_boundary_arn: Option<String>, }
    /// When a role was last used; empty where AWS tracked no use.
    LastUsed { last_used_date: Option<Timestamp>, region: Option<String>, }
    /// A managed policy with its versions.
    ManagedPolicy {
        arn: String,
        policy_id: Option<String>,
        path: Option<String>,
        policy_name: Option<String>,
        default_version_id: Option<String>,
        attachment_count: Option<i64>,
        permissions_boundary_usage_count: Option<i64>,
        create_date: Option<Timestamp>,
        update_date: Option<Timestamp>,
        description: Option<String>,
        policy_version_list: Option<Vec<PolicyVersion>>,
    }
    /// A version of a managed policy.
    PolicyVersion {
        version_id: Option<String>,
        #[serde(default)]
        is_default_version: bool,
        create_date: Option<Timestamp>,
        #[serde(default)]
        document: Text,
    }
}

/// A time that may lie at the end of the calendar: RFC 5280 (4.1.2.5) writes 99991231235959Z for a certificate
/// that never expires, which is a day beyond the latest time that can be computed with. The latest stands for it.
fn far_future<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    match text.parse() {
        Ok(time) => Ok(Some(time)),
        Err(_) if end_of_calendar(&text) => Ok(Some(Timestamp::MAX)),
        Err(error) => Err(serde::de::Error::custom(error)),
    }
}

/// `9999-12-30T..` or `9999-12-31T..`, a time in UTC in full.
fn end_of_calendar(text: &str) -> bool {
    let earlier = |day: &str| text.strip_prefix(day).map(|rest| format!("9998-12-31T{rest}"));
    earlier("9999-12-31T").or_else(|| earlier("9999-12-30T")).is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_never_expires_is_read() {
        let read = |expiration: &str| {
            let text = format!(r#"{{"Arn":"a","ServerCertificateName":"n","Expiration":{expiration}}}"#);
            serde_json::from_str::<Certificate>(&text).map(|certificate| certificate.expiration)
        };
        assert_eq!(read("\"9999-12-31T23:59:59+00:00\"").unwrap(), Some(Timestamp::MAX));
        assert_eq!(read("\"2027-01-02T03:04:05Z\"").unwrap(), Some("2027-01-02T03:04:05Z".parse().unwrap()));
        assert_eq!(read("null").unwrap(), None);
        assert!(read("\"9999\"").is_err());
        assert!(read("\"9999-12-3junk\"").is_err());
    }
}
