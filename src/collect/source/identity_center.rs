//! IAM Identity Center: instances, permission sets with all they grant, and who is assigned where.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};

/// See the module.
pub const SOURCE: Source = Source {
    name: "identity-center",
    set: Set::IdentityCenter,
    only_with: None,
    operations: &[
        operation!("sso-admin", "ListInstances" => "sso:ListInstances"),
        operation!("sso-admin", "ListPermissionSets" => "sso:ListPermissionSets"),
        operation!("sso-admin", "DescribePermissionSet" => "sso:DescribePermissionSet"),
        operation!("sso-admin", "GetInlinePolicyForPermissionSet" => "sso:GetInlinePolicyForPermissionSet"),
        operation!("sso-admin", "ListManagedPoliciesInPermissionSet" => "sso:ListManagedPoliciesInPermissionSet"),
        operation!(
            "sso-admin",
            "ListCustomerManagedPolicyReferencesInPermissionSet" =>
            "sso:ListCustomerManagedPolicyReferencesInPermissionSet"
        ),
        operation!("sso-admin", "GetPermissionsBoundaryForPermissionSet" => "sso:GetPermissionsBoundaryForPermissionSet"),
        operation!(
            "sso-admin",
            "ListAccountsForProvisionedPermissionSet" => "sso:ListAccountsForProvisionedPermissionSet"
        ),
        operation!("sso-admin", "ListAccountAssignments" => "sso:ListAccountAssignments"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    for instance in aws.list("ListInstances", json!({}), "Instances").await? {
        let arn = text(&instance, "InstanceArn");
        for set in aws.list("ListPermissionSets", json!({ "InstanceArn": arn }), "PermissionSets").await? {
            permission_set(aws, arn, &set).await?;
        }
    }
    Ok(())
}

async fn permission_set(aws: &Aws<'_, '_>, instance: &str, set: &Value) -> Result<(), Stop> {
    let about = json!({ "InstanceArn": instance, "PermissionSetArn": set });
    aws.one("DescribePermissionSet", about.clone()).await?;
    aws.one("GetInlinePolicyForPermissionSet", about.clone()).await?;
    aws.pages("ListManagedPoliciesInPermissionSet", about.clone()).await?;
    aws.pages("ListCustomerManagedPolicyReferencesInPermissionSet", about.clone()).await?;
    aws.one("GetPermissionsBoundaryForPermissionSet", about.clone()).await?;
    for account in aws.list("ListAccountsForProvisionedPermissionSet", about, "AccountIds").await? {
        let assigned = json!({ "InstanceArn": instance, "PermissionSetArn": set, "AccountId": account });
        aws.pages("ListAccountAssignments", assigned).await?;
    }
    Ok(())
}
