//! IAM's features for the whole organization: central root access.

use super::{Run, Set, Source, operation};
use crate::collect::ask::Aws;
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "organization-features",
    set: Set::Organizations,
    only_with: None,
    operations: &[operation!("iam", "ListOrganizationsFeatures")],
    run: Run::Once(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    aws.pages("ListOrganizationsFeatures", json!({})).await.map(drop)
}
