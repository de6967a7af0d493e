//! Root user activity and IAM changes from CloudTrail's event history of the last 90 days.

use crate::collect::endpoint::global_region;
use crate::collect::session::SourceError;
use crate::collect::source_context::SourceContext;
use serde_json::json;

/// Forty pages are two thousand events of one kind; for more, see the trail itself.
const PAGES: u32 = 40;

/// Changes are looked up by name: the event history has no filter for "all changes".
const CHANGES: &[&str] = &[
    "AddUserToGroup",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateSAMLProvider",
    "CreateUser",
    "DeactivateMFADevice",
    "DeleteAccountPasswordPolicy",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "PutGroupPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "UpdateAccountPasswordPolicy",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
    "UpdateSAMLProvider",
];

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    look_up(aws, "Username", "root").await?;
    // IAM is global; its events are in the partition's global Region.
    if aws.region == global_region(&aws.region) {
        for change in CHANGES {
            look_up(aws, "EventName", change).await?;
        }
    }
    Ok(())
}

async fn look_up(aws: &SourceContext<'_, '_>, key: &str, value: &str) -> Result<(), SourceError> {
    // AWS allows two requests a second in each Region.
    let limits = (PAGES, aws.options().event_interval);
    let attribute = json!([{ "AttributeKey": key, "AttributeValue": value }]);
    aws.pages_up_to(limits, "LookupEvents", json!({ "LookupAttributes": attribute })).await.map(drop)
}
