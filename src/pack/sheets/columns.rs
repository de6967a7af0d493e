//! The facts that each sheet shows, in order.

use super::{CredentialRow, ProviderRow};
use crate::account::fact::Observed;
use crate::account::subjects::{Group, Policy, Role, ServerCertificate, SigningCertificate, User, VirtualMfaDevice};
use crate::pack::words::{NOT_KNOWN, shown, stamp, thousands, yes_no};
use jiff::Timestamp;

/// One fact column over rows of a type.
pub(super) struct Fact<R> {
    pub title: &'static str,
    pub key: &'static str,
    /// As in [`crate::pack::Column::kind`].
    pub kind: &'static str,
    pub show: fn(&R) -> String,
}

pub(super) const fn fact<R>(
    title: &'static str,
    key: &'static str,
    kind: &'static str,
    show: fn(&R) -> String,
) -> Fact<R> {
    Fact { title, key, kind, show }
}

pub(super) const USERS: &[Fact<User>] = &[
    fact("Name", "name", "text", |user| text(&user.name)),
    fact("Path", "path", "text", |user| text(&user.path)),
    fact("Created (UTC)", "created", "time", |user| time(&user.created)),
    fact("Password", "password", "word", |user| flag(&user.has_password)),
    fact("MFA", "mfa", "word", |user| flag(&user.mfa_active)),
    fact("Last sign-in (UTC)", "last_sign_in", "time", |user| time_or(&user.password_last_used, "none known")),
    fact("Active keys", "active_access_keys", "number", |user| integer(&user.active_access_keys)),
    fact("Groups", "groups", "text", |user| list(&user.groups)),
    fact("Policies attached", "attached_policies", "text", |user| list(&user.attached_policies)),
    fact("Inline policies", "inline_policies", "text", |user| list(&user.inline_policies)),
    fact("Permissions boundary", "permissions_boundary", "text", |user| text_or(&user.permissions_boundary, "none")),
];

/// A function, as the rows borrow from the account.
pub(super) const fn credentials<'a>() -> [Fact<CredentialRow<'a>>; 8] {
    [
        fact("User", "user", "text", |row| either(row, |c| text(&c.user), |k| text(&k.user))),
        fact("Kind", "kind", "word", |row| {
            let slot = row.key.map(|key| format!("access key {}", shown(&key.slot, ToString::to_string)));
            slot.unwrap_or_else(|| either(row, |c| text(&c.kind), |_| "access key".to_owned()))
        }),
        fact("Active", "active", "word", |row| either(row, |c| flag(&c.active), |k| flag(&k.active))),
        fact("Set or created (UTC)", "changed", "time", |row| {
            either(row, |c| time_or(&c.changed, "none known"), |k| time(&k.created))
        }),
        fact("Age in days", "age_days", "number", |row| row.key.map_or_else(String::new, |key| integer(&key.age_days))),
        fact("Last used (UTC)", "last_used", "time", |row| {
            either(row, |c| time_or(&c.last_used, "none known"), |k| time_or(&k.last_used, "none known"))
        }),
        fact("Last used for", "last_used_service", "word", |row| {
            row.key.map_or_else(String::new, |key| text_or(&key.last_used_service, "none known"))
        }),
        fact("Idle days", "idle_days", "number", |row| either(row, |c| integer(&c.idle_days), |_| String::new())),
    ]
}

pub(super) const SIGNING_CERTIFICATES: &[Fact<SigningCertificate>] = &[
    fact("Certificate", "certificate", "text", |certificate| certificate.label.clone()),
    fact("User", "user", "text", |certificate| text(&certificate.user)),
    fact("Active", "active", "word", |certificate| flag(&certificate.active)),
    fact("Uploaded (UTC)", "changed", "time", |certificate| time_or(&certificate.changed, "none known")),
];

pub(super) const MFA_DEVICES: &[Fact<VirtualMfaDevice>] = &[
    fact("Serial number", "serial", "text", |device| device.id.clone()),
    fact("Assigned to", "user", "text", |device| text_or(&device.user, "nobody")),
    fact("Enabled (UTC)", "enabled", "time", |device| time_or(&device.enabled, "not enabled")),
];

pub(super) const GROUPS: &[Fact<Group>] = &[
    fact("Name", "name", "text", |group| text(&group.name)),
    fact("Path", "path", "text", |group| text(&group.path)),
    fact("Created (UTC)", "created", "time", |group| time(&group.created)),
    fact("Members", "members", "number", |group| shown(&group.users, |users| thousands(users.len() as u64))),
    fact("Users", "users", "text", |group| list(&group.users)),
    fact("Policies attached", "attached_policies", "text", |group| list(&group.attached_policies)),
    fact("Inline policies", "inline_policies", "text", |group| list(&group.inline_policies)),
];

pub(super) const ROLES: &[Fact<Role>] = &[
    fact("Name", "name", "text", |role| text(&role.name)),
    fact("Path", "path", "text", |role| text(&role.path)),
    fact("Kind", "kind", "word", role_kind),
    fact("Trusts", "trusted", "text", |role| list_or(&role.trusted, "nobody")),
    fact("Policies attached", "attached_policies", "text", |role| list(&role.attached_policies)),
    fact("Inline policies", "inline_policies", "text", |role| list(&role.inline_policies)),
    fact("Permissions boundary", "permissions_boundary", "text", |role| text_or(&role.permissions_boundary, "none")),
    fact("Created (UTC)", "created", "time", |role| time(&role.created)),
    fact("Last used (UTC)", "last_used", "time", |role| time_or(&role.last_used, "none tracked")),
    fact("Description", "description", "text", |role| text_or(&role.description, "none")),
];

pub(super) const POLICIES: &[Fact<Policy>] = &[
    fact("Name", "name", "text", |policy| text(&policy.name)),
    fact("Kind", "kind", "word", |policy| text(&policy.kind)),
    fact("Held by", "holders", "text", |policy| list_or(&policy.holders, "nobody")),
    fact("Attachments", "attachments", "number", |policy| integer(&policy.attachments)),
    fact("Uses as boundary", "boundary_uses", "number", |policy| integer(&policy.boundary_uses)),
    fact("Grants everything", "grants_full_admin", "word", |policy| flag(&policy.grants_full_admin)),
    fact("Mitigated by", "mitigation", "text", |policy| text_or(&policy.mitigation, "")),
    fact("Versions", "versions", "number", |policy| integer(&policy.versions)),
    fact("Updated (UTC)", "updated", "time", |policy| time_or(&policy.updated, "not stated")),
];

pub(super) const SERVER_CERTIFICATES: &[Fact<ServerCertificate>] = &[
    fact("Name", "name", "text", |certificate| text(&certificate.name)),
    fact("ARN", "arn", "text", |certificate| certificate.id.clone()),
    fact("Uploaded (UTC)", "uploaded", "time", |certificate| time_or(&certificate.uploaded, "not stated")),
    fact("Expires (UTC)", "expires", "time", |certificate| time(&certificate.expires)),
];

/// A function, as the rows borrow from the account.
pub(super) const fn providers<'a>() -> [Fact<ProviderRow<'a>>; 5] {
    [
        fact("Kind", "kind", "word", |row| match row {
            ProviderRow::Saml(_) => "SAML".to_owned(),
            ProviderRow::Oidc(_) => "OpenID Connect".to_owned(),
        }),
        fact("Name or issuer", "name", "text", |row| match row {
            ProviderRow::Saml(provider) => text(&provider.name),
            ProviderRow::Oidc(provider) => text(&provider.url),
        }),
        fact("ARN", "arn", "text", |row| match row {
            ProviderRow::Saml(provider) => provider.id.clone(),
            ProviderRow::Oidc(provider) => provider.id.clone(),
        }),
        fact("Metadata valid until (UTC)", "valid_until", "time", |row| match row {
            ProviderRow::Saml(provider) => time_or(&provider.valid_until, "not stated"),
            ProviderRow::Oidc(_) => String::new(),
        }),
        fact("Audiences", "audiences", "text", |row| match row {
            ProviderRow::Saml(_) => String::new(),
            ProviderRow::Oidc(provider) => list(&provider.client_ids),
        }),
    ]
}

/// Who owns the role. Not known where either mark could not be read.
fn role_kind(role: &Role) -> String {
    match (role.service_linked.known(), role.identity_center.known()) {
        (Some(true), _) => "service-linked",
        (_, Some(true)) => "Identity Center",
        (Some(false), Some(false)) => "customer",
        _ => NOT_KNOWN,
    }
    .to_owned()
}

/// From the credential, or from the access key where the credentials lack it.
fn either(
    row: &CredentialRow<'_>,
    credential: impl FnOnce(&crate::account::subjects::Credential) -> String,
    key: impl FnOnce(&crate::account::subjects::AccessKey) -> String,
) -> String {
    match (row.credential, row.key) {
        (Some(known), _) => credential(known),
        (None, Some(known)) => key(known),
        (None, None) => NOT_KNOWN.to_owned(),
    }
}

pub(super) fn text(value: &Observed<String>) -> String {
    shown(value, Clone::clone)
}

pub(super) fn text_or(value: &Observed<Option<String>>, none: &str) -> String {
    shown(value, |text| text.clone().unwrap_or_else(|| none.to_owned()))
}

pub(super) fn time(value: &Observed<Timestamp>) -> String {
    shown(value, |time| stamp(*time))
}

pub(super) fn time_or(value: &Observed<Option<Timestamp>>, none: &str) -> String {
    shown(value, |time| time.map_or_else(|| none.to_owned(), stamp))
}

pub(super) fn flag(value: &Observed<bool>) -> String {
    shown(value, |flag| yes_no(*flag).to_owned())
}

pub(super) fn integer(value: &Observed<i64>) -> String {
    shown(value, ToString::to_string)
}

pub(super) fn list(value: &Observed<Vec<String>>) -> String {
    list_or(value, "none")
}

pub(super) fn list_or(value: &Observed<Vec<String>>, none: &str) -> String {
    shown(value, |items| if items.is_empty() { none.to_owned() } else { items.join(", ") })
}
