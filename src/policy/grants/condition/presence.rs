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

/// Changes of IAM whose requests have neither tags, nor a policy's ARN, nor a service that a role is passed to (Service
/// Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management"; none of
/// them has a parameter `Tags` in the IAM API Reference).
const PLAIN: &[&str] = &[
    "iam:addroletoinstanceprofile",
    "iam:addusertogroup",
    "iam:createaccesskey",
    "iam:creategroup",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:deletegrouppolicy",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:deleteuserpermissionsboundary",
    "iam:deleteuserpolicy",
    "iam:putgrouppolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:putuserpermissionsboundary",
    "iam:putuserpolicy",
    "iam:removeuserfromgroup",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
];

/// The same, with the attaching and detaching of policies, whose requests have a policy's ARN.
const UNTAGGED: &[&str] = &[
    "iam:addroletoinstanceprofile",
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:creategroup",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:deletegrouppolicy",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:deleteuserpermissionsboundary",
    "iam:deleteuserpolicy",
    "iam:detachgrouppolicy",
    "iam:detachrolepolicy",
    "iam:detachuserpolicy",
    "iam:putgrouppolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:putuserpermissionsboundary",
    "iam:putuserpolicy",
    "iam:removeuserfromgroup",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
];

/// Patterns of all calls of IAM, with further ones. `iam:PassRole` is no call: it is checked with the request of the
/// service that the role is passed to (IAM user guide, "Grant a user permissions to pass a role to an AWS service").
macro_rules! calls_of_iam {
    ($($more:literal),*) => {
        &[
            "iam:accept*",
            "iam:add*",
            "iam:associate*",
            "iam:attach*",
            "iam:change*",
            "iam:create*",
            "iam:deactivate*",
            "iam:delete*",
            "iam:detach*",
            "iam:disable*",
            "iam:enable*",
            "iam:generate*",
            "iam:get*",
            "iam:list*",
            "iam:put*",
            "iam:reject*",
            "iam:remove*",
            "iam:reset*",
            "iam:resync*",
            "iam:send*",
            "iam:set*",
            "iam:simulate*",
            "iam:tag*",
            "iam:untag*",
            "iam:update*",
            "iam:upload*",
            $($more),*
        ]
    };
}
pub(super) use calls_of_iam;

/// Calls that only HTTPS endpoints take (AWS General Reference, "IAM endpoints" and "AWS STS endpoints"), so that
/// `aws:SecureTransport` is true.
pub(super) const OVER_TLS: &[&str] = calls_of_iam!("sts:*");

/// The actions whose requests never carry the key; the key in lower case.
pub(super) fn never_with(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "aws:tagkeys" => Some(UNTAGGED),
        _ if key.starts_with("aws:requesttag/") => Some(UNTAGGED),
        "iam:passedtoservice" => Some(UNTAGGED),
        "iam:policyarn" => Some(PLAIN),
        _ => None,
    }
}

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

#[cfg(test)]
mod tests {
    use super::{ATTACHING, PLAIN, UNTAGGED};

    #[test]
    fn calls_without_tags_are_the_plain_ones_and_those_that_attach() {
        let mut all = [PLAIN, ATTACHING].concat();
        all.sort_unstable();
        assert_eq!(UNTAGGED, all);
    }
}
