//! CloudWatch alarms.

use super::{Run, Set, Source, operation};
use crate::collect::ask::Aws;
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "alarms",
    set: Set::Alarms,
    only_with: None,
    operations: &[operation!("cloudwatch", "DescribeAlarms")],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    aws.pages("DescribeAlarms", json!({})).await.map(drop)
}
