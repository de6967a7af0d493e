//! Metric filters of CloudWatch Logs: what alarms about the trail's events count.

use super::{Run, Set, Source, operation};
use crate::collect::ask::Aws;
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "metric-filters",
    set: Set::Alarms,
    only_with: None,
    operations: &[operation!("logs", "DescribeMetricFilters")],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    aws.pages("DescribeMetricFilters", json!({})).await.map(drop)
}
