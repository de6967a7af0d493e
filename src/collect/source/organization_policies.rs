//! Service control policies and resource control policies, each with its document and its targets.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "organization-policies",
    set: Set::Organizations,
    only_with: None,
    operations: &[
        operation!("organizations", "ListPolicies"),
        operation!("organizations", "DescribePolicy"),
        operation!("organizations", "ListTargetsForPolicy"),
    ],
    run: Run::Once(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        for policy in aws.list("ListPolicies", json!({ "Filter": kind }), "Policies").await? {
            let by_id = json!({ "PolicyId": text(&policy, "Id") });
            aws.one("DescribePolicy", by_id.clone()).await?;
            aws.pages("ListTargetsForPolicy", by_id).await?;
        }
    }
    Ok(())
}
