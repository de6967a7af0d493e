//! AWS Config's aggregators: whether their accounts and regions report, and what every rule says there.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, entries, text};
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "config-aggregates",
    set: Set::Config,
    only_with: None,
    operations: &[
        operation!("config", "DescribeConfigurationAggregatorSourcesStatus"),
        operation!("config", "DescribeAggregateComplianceByConfigRules"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let pages = aws.collected("config", "DescribeConfigurationAggregators")?;
    for aggregator in entries(&pages, "ConfigurationAggregators") {
        let about = json!({ "ConfigurationAggregatorName": text(aggregator, "ConfigurationAggregatorName") });
        aws.pages("DescribeConfigurationAggregatorSourcesStatus", about.clone()).await?;
        aws.pages("DescribeAggregateComplianceByConfigRules", about).await?;
    }
    Ok(())
}
