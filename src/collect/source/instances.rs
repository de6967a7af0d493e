//! EC2 instances, for the instance profiles that they have or lack.

use super::{Run, Set, Source, operation};
use crate::collect::ask::Aws;
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "instances",
    set: Set::Ec2,
    only_with: None,
    operations: &[operation!("ec2", "DescribeInstances")],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    aws.pages("DescribeInstances", json!({})).await.map(drop)
}
