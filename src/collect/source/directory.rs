//! Identity Center's directory: users, groups, memberships.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};

/// See the module.
pub const SOURCE: Source = Source {
    name: "directory",
    set: Set::IdentityCenter,
    only_with: None,
    operations: &[
        operation!("identitystore", "ListUsers"),
        operation!("identitystore", "ListGroups"),
        operation!("identitystore", "ListGroupMemberships"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    for page in aws.collected("sso-admin", "ListInstances")? {
        for instance in page.get("Instances").and_then(Value::as_array).into_iter().flatten() {
            let store = text(instance, "IdentityStoreId");
            aws.pages("ListUsers", json!({ "IdentityStoreId": store })).await?;
            for group in aws.list("ListGroups", json!({ "IdentityStoreId": store }), "Groups").await? {
                let about = json!({ "IdentityStoreId": store, "GroupId": text(&group, "GroupId") });
                aws.pages("ListGroupMemberships", about).await?;
            }
        }
    }
    Ok(())
}
