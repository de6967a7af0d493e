//! Kinds of events that must raise an alarm: each topic as the events that a filter must take in, with whatever else they hold,
//! and ordinary events that it must not count.

use super::super::pattern::{Event, Holds};
use crate::account::identity::Place;
use Holds::{Absent, AnyBut, Is};

pub struct Topic {
    pub name: &'static str,
    pub events: for<'a> fn(&'a Own) -> Vec<Event<'a>>,
    pub ordinary: fn() -> Vec<Event<'static>>,
}

/// What events of this account hold.
pub struct Own {
    account: String,
    /// ARN of the root user.
    root: String,
}

impl Own {
    pub fn of(place: &Place) -> Self {
        let root = format!("arn:{}:iam::{}:root", place.partition, place.account);
        Self { account: place.account.clone(), root }
    }
}

/// Who calls in ordinary events: never the root user.
const ROLE_SESSION: &str = "arn:aws:sts::111122223333:assumed-role/operations/session";
const USER: &str = "arn:aws:iam::111122223333:user/ana";

pub const TOPICS: &[Topic] = &[
    Topic { name: "unauthorized calls", events: unauthorised, ordinary },
    Topic { name: "sign-in without MFA", events: without_mfa, ordinary: or_sign_in },
    Topic { name: "use of the root user", events: root, ordinary: or_by_name },
    Topic { name: "IAM policy changes", events: iam_changes, ordinary },
    Topic { name: "CloudTrail changes", events: trail_changes, ordinary },
    Topic { name: "failed sign-ins", events: failed_sign_ins, ordinary: or_sign_in },
    Topic { name: "organization changes", events: organization_changes, ordinary },
];

/// What happens all day: calls of roles, users and AWS services, and events of services themselves.
fn ordinary() -> Vec<Event<'static>> {
    vec![everyday(), call_of_user(), call_of_service(), event_of_service()]
}

fn or_sign_in() -> Vec<Event<'static>> {
    let mut events = ordinary();
    events.push(sign_in("Yes"));
    events
}

fn or_by_name() -> Vec<Event<'static>> {
    let mut events = or_sign_in();
    events.push(root_by_name());
    events
}

fn call_of_user() -> Event<'static> {
    example(
        "a user's s3:ListBuckets",
        vec![
            ("eventName", Is("ListBuckets")),
            ("eventSource", Is("s3.amazonaws.com")),
            ("eventType", Is("AwsApiCall")),
            ("sourceIPAddress", Is("203.0.113.7")),
            ("userIdentity.type", Is("IAMUser")),
            ("userIdentity.arn", Is(USER)),
            ("userIdentity.accountId", AnyBut(&[])),
            ("userIdentity.invokedBy", Absent),
            ("errorCode", Absent),
            ("errorMessage", Absent),
            ("additionalEventData.MFAUsed", Absent),
            ("responseElements.ConsoleLogin", Absent),
        ],
    )
}

fn call_of_service() -> Event<'static> {
    example(
        "a service's sts:AssumeRole",
        vec![
            ("eventName", Is("AssumeRole")),
            ("eventSource", Is("sts.amazonaws.com")),
            ("eventType", Is("AwsApiCall")),
            ("sourceIPAddress", Is("ec2.amazonaws.com")),
            ("userIdentity.type", Is("AWSService")),
            ("userIdentity.arn", Absent),
            ("userIdentity.invokedBy", Is("ec2.amazonaws.com")),
            ("errorCode", Absent),
            ("errorMessage", Absent),
            ("additionalEventData.MFAUsed", Absent),
            ("responseElements.ConsoleLogin", Absent),
        ],
    )
}

fn event_of_service() -> Event<'static> {
    example(
        "KMS rotates a key",
        vec![
            ("eventName", Is("RotateKey")),
            ("eventSource", Is("kms.amazonaws.com")),
            ("eventType", Is("AwsServiceEvent")),
            ("sourceIPAddress", Is("kms.amazonaws.com")),
            ("userIdentity.type", Absent),
            ("userIdentity.arn", Absent),
            ("userIdentity.accountId", AnyBut(&[])),
            ("userIdentity.invokedBy", Is("kms.amazonaws.com")),
            ("errorCode", Absent),
            ("errorMessage", Absent),
            ("additionalEventData.MFAUsed", Absent),
            ("responseElements.ConsoleLogin", Absent),
        ],
    )
}

/// Somebody looks at instances, and may.
fn everyday() -> Event<'static> {
    example(
        "a successful ec2:DescribeInstances",
        vec![
            ("eventName", Is("DescribeInstances")),
            ("eventSource", Is("ec2.amazonaws.com")),
            ("eventType", Is("AwsApiCall")),
            ("sourceIPAddress", Is("203.0.113.7")),
            ("userIdentity.type", Is("AssumedRole")),
            ("userIdentity.arn", Is(ROLE_SESSION)),
            ("userIdentity.accountId", AnyBut(&[])),
            ("userIdentity.invokedBy", Absent),
            ("errorCode", Absent),
            ("errorMessage", Absent),
            ("additionalEventData.MFAUsed", Absent),
            ("responseElements.ConsoleLogin", Absent),
        ],
    )
}

/// A role's call that has the word in its name.
fn root_by_name() -> Event<'static> {
    example(
        "a role's iam:EnableOrganizationsRootSessions",
        vec![
            ("eventName", Is("EnableOrganizationsRootSessions")),
            ("eventSource", Is("iam.amazonaws.com")),
            ("eventType", Is("AwsApiCall")),
            ("userIdentity.type", Is("AssumedRole")),
            ("userIdentity.arn", Is(ROLE_SESSION)),
            ("userIdentity.invokedBy", Absent),
        ],
    )
}

fn sign_in(mfa: &'static str) -> Event<'static> {
    let name = if mfa == "Yes" { "a successful sign-in with MFA" } else { "ConsoleLogin without MFA" };
    let members = vec![
        ("eventName", Is("ConsoleLogin")),
        ("eventSource", Is("signin.amazonaws.com")),
        ("eventType", Is("AwsConsoleSignIn")),
        ("userIdentity.type", Is("IAMUser")),
        ("userIdentity.arn", Is(USER)),
        ("userIdentity.invokedBy", Absent),
        ("errorCode", Absent),
        ("errorMessage", Absent),
        ("additionalEventData.MFAUsed", Is(mfa)),
        ("responseElements.ConsoleLogin", Is("Success")),
    ];
    Event { name, members, open: mfa != "Yes" }
}

fn without_mfa(_: &Own) -> Vec<Event<'_>> {
    vec![sign_in("No")]
}

/// The benchmark itself leaves out two sources of noise: log delivery, and looking for a bucket.
fn unauthorised(_: &Own) -> Vec<Event<'_>> {
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation"]
        .map(|code| {
            every(
                code,
                vec![
                    ("errorCode", Is(code)),
                    ("eventName", AnyBut(&["HeadBucket"])),
                    ("sourceIPAddress", AnyBut(&["delivery.logs.amazonaws.com"])),
                ],
            )
        })
        .into()
}

fn root(own: &Own) -> Vec<Event<'_>> {
    [
        ("AwsApiCall", "an API call by the root user (AwsApiCall)"),
        ("AwsConsoleSignIn", "a sign-in of the root user (AwsConsoleSignIn)"),
        ("AwsConsoleAction", "a console action of the root user (AwsConsoleAction)"),
    ]
    .map(|(kind, name)| {
        let members = vec![
            ("userIdentity.type", Is("Root")),
            ("userIdentity.arn", Is(&own.root)),
            ("userIdentity.principalId", Is(&own.account)),
            ("userIdentity.accountId", Is(&own.account)),
            ("userIdentity.invokedBy", Absent),
            ("eventType", Is(kind)),
        ];
        every(name, members)
    })
    .into()
}

fn called(source: &'static str, names: &[&'static str]) -> Vec<Event<'static>> {
    names.iter().map(|name| every(name, vec![("eventName", Is(name)), ("eventSource", Is(source))])).collect()
}

/// Every event with these members, whatever else it holds.
fn every<'a>(name: &'static str, members: Vec<(&'static str, Holds<'a>)>) -> Event<'a> {
    Event { name, members, open: true }
}

/// One event that holds these members and no others.
fn example<'a>(name: &'static str, members: Vec<(&'static str, Holds<'a>)>) -> Event<'a> {
    Event { name, members, open: false }
}

fn iam_changes(_: &Own) -> Vec<Event<'_>> {
    called(
        "iam.amazonaws.com",
        &[
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeleteGroupPolicy",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "DetachGroupPolicy",
            "DetachRolePolicy",
            "DetachUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
        ],
    )
}

fn trail_changes(_: &Own) -> Vec<Event<'_>> {
    called("cloudtrail.amazonaws.com", &["CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail"])
}

/// Changes of the organization: its accounts, units, policies and invitations.
fn organization_changes(_: &Own) -> Vec<Event<'_>> {
    called(
        "organizations.amazonaws.com",
        &[
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdateOrganizationalUnit",
            "UpdatePolicy",
        ],
    )
}

fn failed_sign_ins(_: &Own) -> Vec<Event<'_>> {
    vec![every(
        "ConsoleLogin with \"Failed authentication\"",
        vec![
            ("eventName", Is("ConsoleLogin")),
            ("eventSource", Is("signin.amazonaws.com")),
            ("errorMessage", Is("Failed authentication")),
            ("responseElements.ConsoleLogin", Is("Failure")),
        ],
    )]
}
