//! What the pack does not cover, taken from what this run requested and received.
//!
//! Nothing here is said of a source without a look at its state: a pack must not deny what it tests.

use super::sources::{Requested, State};
use crate::pack::words::capital;
use crate::pack::{Inputs, evidence};
use crate::snapshot::format::Origin;
use std::collections::BTreeSet;

/// A subject of the pack, and the operations that show it.
struct Area {
    name: &'static str,
    service: &'static str,
    /// Every operation of the service that another area does not name, where this is empty.
    operations: &'static [&'static str],
}

const fn area(name: &'static str, service: &'static str, operations: &'static [&'static str]) -> Area {
    Area { name, service, operations }
}

/// In the order of the page. Of two areas of a service the first that names an operation has it.
const AREAS: &[Area] = &[
    area("the credential report", "iam", &["GenerateCredentialReport", "GetCredentialReport"]),
    area("the password policy", "iam", &["GetAccountPasswordPolicy"]),
    area(
        "IDs of access keys, SSH public keys, service-specific credentials, signing certificates and MFA devices of users",
        "iam",
        &[
            "ListAccessKeys",
            "GetAccessKeyLastUsed",
            "ListMFADevices",
            "ListServiceSpecificCredentials",
            "ListSSHPublicKeys",
            "ListSigningCertificates",
        ],
    ),
    area("descriptions and tags of customer managed policies", "iam", &["GetPolicy"]),
    area(
        "the services that users and roles last accessed",
        "iam",
        &["GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails"],
    ),
    area("central root access of the organization", "iam", &["ListOrganizationsFeatures"]),
    area("IAM users, groups, roles, policies and providers", "iam", &[]),
    area("the caller's identity", "sts", &[]),
    area("contacts and Regions of the account", "account", &[]),
    area("validation of policies by IAM Access Analyzer", "accessanalyzer", &["ValidatePolicy"]),
    area("IAM Access Analyzer and its findings", "accessanalyzer", &[]),
    area("AWS Config", "config", &[]),
    area("events of the CloudTrail event history", "cloudtrail", &["LookupEvents"]),
    area("CloudTrail trails", "cloudtrail", &[]),
    area("CloudWatch metric filters", "logs", &[]),
    area("CloudWatch alarms", "cloudwatch", &[]),
    area("subscriptions to alarm topics", "sns", &[]),
    area("EC2 instances", "ec2", &[]),
    area("policies of AWS Organizations", "organizations", &["ListPolicies", "DescribePolicy", "ListTargetsForPolicy"]),
    area("the accounts and units of the organization", "organizations", &[]),
    area(
        "applications and trusted token issuers of IAM Identity Center",
        "sso-admin",
        &[
            "DescribeInstance",
            "ListTrustedTokenIssuers",
            "DescribeTrustedTokenIssuer",
            "ListApplications",
            "ListApplicationAssignments",
        ],
    ),
    area("permission sets and assignments of IAM Identity Center", "sso-admin", &[]),
    area("users and groups of IAM Identity Center", "identitystore", &[]),
];

fn area_of(service: &str, operation: &str) -> Option<&'static Area> {
    let of_service = || AREAS.iter().filter(|area| area.service == service);
    let named = of_service().find(|area| area.operations.contains(&operation));
    named.or_else(|| of_service().find(|area| area.operations.is_empty()))
}

/// What the run did not request, what did not arrive, and what no source shows; in sentences.
pub(super) fn limits(inputs: &Inputs<'_>, requested: &Requested<'_>) -> Vec<String> {
    let mut limits = vec![
        "The evidence shows the account at one point in time, the time of collection. It does not show that a control \
         operated throughout a period."
            .to_owned(),
    ];
    if let Some(period) = &inputs.labels.period {
        limits.push(format!("The period {period} is a label that the person who made the pack gave it."));
    }
    let operations = requested.operations();
    limits.extend(not_requested(inputs, &operations, requested));
    limits.extend(not_received(&operations, requested));
    limits.push(resource_policies(requested));
    limits.push(organization_policies(requested));
    limits.extend(identity_center(requested));
    limits.extend(
        [
            "Temporary credentials that were issued before the collection can still be valid. AWS does not list them, so \
             they are not tested.",
            "Identities that exist only inside a service or another system, such as database users, operating-system \
             accounts and users of SAML or OpenID Connect providers, are not collected; the roles that they assume in this \
             account are.",
            "The pack states what AWS answered. It does not judge whether a person should have the access they have.",
            "Some answers of AWS do not repeat what they were requested about, such as the policy of an answer of \
             organizations:ListTargetsForPolicy. An answer that belongs to another request of the same operation is not \
             noticed there; the control pages name these operations.",
            "A call that failed without an HTTP response, such as a time limit that ran out, has no body. Its line in the \
             call log is the only record of it, and the failure cannot be derived again from what AWS sent.",
        ]
        .map(str::to_owned),
    );
    limits
}

/// Areas of which no operation was part of the run.
fn not_requested(inputs: &Inputs<'_>, operations: &[(&str, &str)], requested: &Requested<'_>) -> Option<String> {
    let is_out = |area: &&Area| {
        let mut of_area = operations
            .iter()
            .filter(|(service, operation)| area_of(service, operation).is_some_and(|of| of.name == area.name));
        of_area.all(|(service, operation)| requested.state(service, operation) == State::NotRequested)
    };
    let names: Vec<&str> = AREAS.iter().filter(is_out).map(|area| area.name).collect();
    let verb = if inputs.header.origin == Origin::Supplied { "supplied" } else { "requested in this run" };
    (!names.is_empty()).then(|| format!("Not {verb}: {}.", names.join("; ")))
}

/// Areas of which something was requested and did not arrive.
fn not_received(operations: &[(&str, &str)], requested: &Requested<'_>) -> Vec<String> {
    let sentence = |area: &Area| {
        let of_area: Vec<(&str, &str)> = operations
            .iter()
            .copied()
            .filter(|(service, operation)| area_of(service, operation).is_some_and(|of| of.name == area.name))
            .collect();
        let with = |state| of_area.iter().filter(|(service, name)| requested.state(service, name) == state).count();
        if with(State::Missing) == 0 {
            return None;
        }
        let missing = of_area.iter().filter(|(service, name)| requested.state(service, name) == State::Missing);
        let mut causes: Vec<String> = missing
            .map(|(service, name)| match requested.blocked_by(service, name) {
                Some((service, name)) => format!("{} is missing", evidence::operation(service, name)),
                None => format!("{}: {}", evidence::operation(service, name), requested.why(service, name)),
            })
            .collect();
        // What could not be asked for want of one and the same answer has one cause.
        let mut seen = BTreeSet::new();
        causes.retain(|cause| seen.insert(cause.clone()));
        let part = if with(State::Answered) > 0 { "collected in part" } else { "not collected" };
        Some(format!("{}: {part} ({}).", capital(area.name), causes.join("; ")))
    };
    AREAS.iter().filter_map(sentence).collect()
}

fn answered(requested: &Requested<'_>, service: &str, operation: &str) -> bool {
    requested.state(service, operation) == State::Answered
}

fn resource_policies(requested: &Requested<'_>) -> String {
    let what = "Resource-based policies other than role trust policies (of buckets, keys, queues and other resources)";
    if answered(requested, "accessanalyzer", "ListFindings") {
        format!(
            "{what} are not read themselves. What they open to others is tested by the external access findings of IAM \
             Access Analyzer, in the Regions that have an analyzer for it."
        )
    } else {
        format!("{what} are not tested: there are no external access findings of IAM Access Analyzer to test.")
    }
}

fn organization_policies(requested: &Requested<'_>) -> String {
    let what = "Service control policies and resource control policies of AWS Organizations";
    if requested.is_none_set("organizations", "DescribeOrganization") {
        format!("The account belongs to no organization: {what} do not apply.")
    } else if answered(requested, "organizations", "ListPolicies") {
        format!(
            "{what} are collected, and controls test where they apply. They are not deducted from what the account's own \
             policies grant: a principal may be able to do less than this pack says."
        )
    } else {
        format!(
            "{what} were not collected. They can restrict what the account's own policies grant: a principal may be able \
             to do less than this pack says."
        )
    }
}

/// What AWS does not show of the people in Identity Center, where they were collected.
fn identity_center(requested: &Requested<'_>) -> Option<String> {
    answered(requested, "identitystore", "ListUsers").then(|| {
        "Users and groups of IAM Identity Center are collected to name the people behind assignments. AWS does not show \
         their passwords and MFA devices to a collection."
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::{AREAS, area_of};
    use crate::operations::operations;

    #[test]
    fn every_operation_belongs_to_an_area_and_no_area_is_named_twice() {
        for (_, row) in operations() {
            assert!(area_of(row.service, row.name).is_some(), "{}", row.qualified());
        }
        let mut names: Vec<&str> = AREAS.iter().map(|area| area.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), AREAS.len());
    }
}
