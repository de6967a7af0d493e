//! What root did and what changed in IAM, as CloudTrail's event history of the last 90 days tells.

use crate::collect::ask::Aws;
use crate::collect::endpoint::global_region;
use crate::collect::session::Stop;
use serde_json::json;

/// Two thousand events of one kind; who needs more reads the trail itself.
const PAGES: u32 = 40;

/// The changes that are looked for by name: the history cannot be asked for "all that changes".
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

pub async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    look(aws, "Username", "root").await?;
    // IAM is global, and so is the region that has its events.
    if aws.region == global_region(&aws.region) {
        for change in CHANGES {
            look(aws, "EventName", change).await?;
        }
    }
    Ok(())
}

async fn look(aws: &Aws<'_, '_>, key: &str, value: &str) -> Result<(), Stop> {
    // AWS takes two requests a second and region.
    let pace = (PAGES, aws.options().event_interval);
    let attribute = json!([{ "AttributeKey": key, "AttributeValue": value }]);
    aws.at_most(pace, "LookupEvents", json!({ "LookupAttributes": attribute })).await.map(drop)
}
