//! What an account is made of. How that becomes the answers of its API stands in `answers`.

mod answers;
mod credentials;

use super::report::Style;
use serde_json::Value;

/// An account to be.
pub struct Blueprint {
    pub account: String,
    pub alias: Option<String>,
    /// ARN and user id of who looks.
    pub caller: (String, String),
    pub report_time: i64,
    pub report_style: Style,
    pub root: Root,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub roles: Vec<Role>,
    pub policies: Vec<Policy>,
    /// As `GetAccountPasswordPolicy` answers, or none set.
    pub password_policy: Option<Value>,
    /// Virtual MFA devices that nobody has.
    pub spare_devices: Vec<String>,
    pub certificates: Vec<Certificate>,
    pub saml: Vec<Saml>,
    pub oidc: Vec<Oidc>,
    pub v2_tokens: bool,
}

#[derive(Default)]
pub struct Root {
    pub created: i64,
    pub password: Option<Password>,
    pub mfa: Vec<Mfa>,
    pub keys: [Option<Key>; 2],
}

#[derive(Clone)]
pub struct Password {
    pub changed: i64,
    pub used: Option<i64>,
}

/// An MFA device. Only virtual ones are listed by an API call of the account.
#[derive(Clone)]
pub enum Mfa {
    Virtual {
        name: String,
        enabled: i64,
    },
    /// Hardware token, FIDO key or passkey.
    Other,
}

#[derive(Clone)]
pub struct Key {
    pub active: bool,
    pub created: i64,
    pub used: Option<(i64, &'static str, &'static str)>,
}

#[derive(Clone, Default)]
pub struct User {
    pub name: String,
    pub path: String,
    pub created: i64,
    pub password: Option<Password>,
    pub mfa: Vec<Mfa>,
    pub keys: [Option<Key>; 2],
    /// Signing certificates: active, uploaded.
    pub certificates: [Option<(bool, i64)>; 2],
    pub groups: Vec<String>,
    pub holds: Holds,
    /// Younger than the credential report.
    pub not_in_report: bool,
    /// Only the credential report still knows the user.
    pub deleted: bool,
}

/// What users, groups and roles can hold.
#[derive(Clone, Default)]
pub struct Holds {
    /// ARNs.
    pub attached: Vec<String>,
    pub inline: Vec<(String, Value)>,
    /// ARN.
    pub boundary: Option<String>,
    pub tags: Vec<(String, String)>,
}

#[derive(Clone, Default)]
pub struct Group {
    pub name: String,
    pub path: String,
    pub created: i64,
    pub holds: Holds,
}

#[derive(Clone, Default)]
pub struct Role {
    pub name: String,
    pub path: String,
    pub created: i64,
    pub trust: Value,
    pub description: Option<String>,
    pub session: i64,
    pub used: Option<(i64, &'static str)>,
    pub instance_profile: bool,
    pub holds: Holds,
}

#[derive(Clone, Default)]
pub struct Policy {
    pub name: String,
    pub path: String,
    pub description: Option<String>,
    /// Oldest first; the last one is the default unless `default` says otherwise.
    pub versions: Vec<(i64, Value)>,
    /// Version number in force.
    pub default: Option<usize>,
}

pub struct Certificate {
    pub name: String,
    pub path: String,
    pub uploaded: i64,
    pub expires: i64,
}

pub struct Saml {
    pub name: String,
    pub created: i64,
    pub valid_until: i64,
    pub metadata: String,
    pub tags: Vec<(String, String)>,
}

pub struct Oidc {
    pub url: String,
    pub clients: Vec<String>,
    pub created: i64,
    pub tags: Vec<(String, String)>,
}
