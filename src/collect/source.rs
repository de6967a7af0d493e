//! What is collected: each source declares its operations and asks for them.

use super::ask::Aws;
use super::session::{Session, Stop};
use futures_util::future::LocalBoxFuture;

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
    regions,
    contacts,
    access_analyzer,
    policy_validation,
    config_recorders,
    config_rules,
    config_aggregates,
    config_aggregate_details,
    trails,
    trail_events,
    alarms,
    metric_filters,
    alarm_topics,
    instances,
    organization,
    organization_policies,
    organization_rules,
    identity_center,
    applications,
    directory,
    organization_features,
    customer_policies,
    user_credentials,
    access_advisor,
}

/// One source of evidence.
pub struct Source {
    /// What the log and the pack call it: `credential-report`.
    pub name: &'static str,
    /// What it is chosen by.
    pub set: Set,
    /// The option without which it is left out.
    pub only_with: Option<Extra>,
    /// Everything it may call.
    pub operations: &'static [Operation],
    /// Asks for all of it. A call that failed has its line in the log already.
    pub run: Run,
}

/// Where a source asks.
pub enum Run {
    /// With the clients of IAM and STS, one call after the other.
    Alone(for<'s, 'a> fn(&'s mut Session<'a>) -> LocalBoxFuture<'s, Result<(), Stop>>),
    /// Once for the account.
    Once(for<'s, 'a> fn(&'s Aws<'_, 'a>) -> LocalBoxFuture<'s, Result<(), Stop>>),
    /// In every region that is collected, several at a time.
    Regions(for<'s, 'a> fn(&'s Aws<'_, 'a>) -> LocalBoxFuture<'s, Result<(), Stop>>),
}

/// Sources that are chosen together: `--sources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    Iam,
    Account,
    AccessAnalyzer,
    Config,
    CloudTrail,
    Alarms,
    Ec2,
    Organizations,
    IdentityCenter,
}

impl Set {
    pub const ALL: [Self; 9] = [
        Self::Iam,
        Self::Account,
        Self::AccessAnalyzer,
        Self::Config,
        Self::CloudTrail,
        Self::Alarms,
        Self::Ec2,
        Self::Organizations,
        Self::IdentityCenter,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Account => "account",
            Self::AccessAnalyzer => "access-analyzer",
            Self::Config => "config",
            Self::CloudTrail => "cloudtrail",
            Self::Alarms => "alarms",
            Self::Ec2 => "ec2",
            Self::Organizations => "organizations",
            Self::IdentityCenter => "identity-center",
        }
    }
}

/// What is collected only where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// `--depth deep`: calls for every user and role.
    Deep,
    /// `--events`: slow, and only of the last 90 days.
    Events,
    /// `--validate-policies`: a call for every document.
    ValidatePolicies,
}

impl Extra {
    pub const ALL: [Self; 3] = [Self::Deep, Self::Events, Self::ValidatePolicies];

    /// The option on the command line.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Deep => "--depth deep",
            Self::Events => "--events",
            Self::ValidatePolicies => "--validate-policies",
        }
    }
}

/// An API operation and the IAM action that permits it.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub service: &'static str,
    pub name: &'static str,
    pub action: &'static str,
}

/// An operation; `operation!("iam", "ListUsers")` is permitted by `iam:ListUsers`. Where service or operation
/// have another name in policies, the action stands behind an arrow.
macro_rules! operation {
    ($service:literal, $name:literal => $action:literal) => {
        $crate::collect::source::Operation { service: $service, name: $name, action: $action }
    };
    ($service:literal, $name:literal) => {
        $crate::collect::source::Operation { service: $service, name: $name, action: concat!($service, ":", $name) }
    };
}
pub(crate) use operation;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::shape;
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
