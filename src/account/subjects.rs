//! The kinds of subjects of IAM by one name; each is declared beside the code that reads it.

pub use super::credentials::{AccessKey, Credential, SigningCertificate};
pub use super::groups::Group;
pub use super::lists::{OidcProvider, SamlProvider, ServerCertificate, VirtualMfaDevice};
pub use super::policies::Policy;
pub use super::principals::Principal;
pub use super::roles::Role;
pub use super::root::Root;
pub use super::settings::{AccountFacts, PasswordPolicy};
pub use super::users::User;
