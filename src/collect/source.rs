//! What is collected: each source declares its operations and asks for them.

use super::session::{Session, Stop};
use std::future::Future;
use std::pin::Pin;

/// Declares each source's module and its place in the collection: one word, here.
macro_rules! sources {
    ($($name:ident),* $(,)?) => {
        $(pub mod $name;)*
        /// Every source, in the order of the collection.
        pub static SOURCES: &[Source] = &[$($name::SOURCE),*];
    };
}

sources! {
    caller_identity,
    credential_report,
    account_summary,
    authorization_details,
    password_policy,
    account_aliases,
    users,
    roles,
    virtual_mfa_devices,
    server_certificates,
    saml_providers,
    oidc_providers,
    policy_entities,
}

/// One source of evidence.
pub struct Source {
    /// What the log and the pack call it: `credential-report`.
    pub name: &'static str,
    /// Everything it may call.
    pub operations: &'static [Operation],
    /// Asks for all of it. A call that failed has its line in the log already.
    pub run: for<'s, 'a> fn(&'s mut Session<'a>) -> Run<'s>,
}

/// A source at work.
pub type Run<'s> = Pin<Box<dyn Future<Output = Result<(), Stop>> + 's>>;

/// An API operation and the IAM action that permits it.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub service: &'static str,
    pub name: &'static str,
    pub action: &'static str,
}

/// An operation of IAM; `operation!("iam", "ListUsers")` is permitted by `iam:ListUsers`.
macro_rules! operation {
    ($service:literal, $name:literal) => {
        $crate::collect::source::Operation { service: $service, name: $name, action: concat!($service, ":", $name) }
    };
}
pub(crate) use operation;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::wire::shape;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_a_model_and_every_name_is_its_own() {
        let names: BTreeSet<_> = SOURCES.iter().map(|source| source.name).collect();
        assert_eq!(names.len(), SOURCES.len());
        for source in SOURCES {
            for operation in source.operations {
                assert!(shape::operation(operation.service, operation.name).is_some(), "{}", operation.action);
            }
        }
    }
}
