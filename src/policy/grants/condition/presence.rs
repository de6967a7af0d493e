//! Which requests carry a condition key.
//!
//! From the condition keys of IAM and STS in AWS's documentation (the keys of
//! each action in the Service Authorization Reference, and the availability of
//! each key in the IAM user guide): `iam:PassedToService` comes with every
//! `iam:PassRole`, `iam:PolicyARN` with every attaching and detaching, and the
//! boundary with the two calls that set one. `iam:PermissionsBoundary` of other
//! calls is the boundary that the request or the target has, if any, and
//! `iam:AssociatedResourceArn` is known to some services only.

/// Which requests carry a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Every request.
    Always,
    /// Every request of these actions, in lower case.
    With(&'static [&'static str]),
    /// Some requests and not others; unknown keys are classified here.
    Sometimes,
}

const ALWAYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:useragent",
    "aws:userid",
];

const ATTACHING: &[&str] = &[
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:detachgrouppolicy",
    "iam:detachrolepolicy",
    "iam:detachuserpolicy",
];

/// The key in lower case.
pub(super) fn presence(key: &str) -> Presence {
    match key {
        _ if ALWAYS.contains(&key) => Presence::Always,
        "iam:passedtoservice" => Presence::With(&["iam:passrole"]),
        "iam:policyarn" => Presence::With(ATTACHING),
        "iam:permissionsboundary" => {
            Presence::With(&["iam:putrolepermissionsboundary", "iam:putuserpermissionsboundary"])
        }
        "iam:awsservicename" => Presence::With(&["iam:createservicelinkedrole"]),
        _ => Presence::Sometimes,
    }
}
