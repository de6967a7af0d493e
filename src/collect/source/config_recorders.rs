//! AWS Config: recorders, the customer's and those of AWS services, where they deliver, and aggregators.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "config-recorders",
    set: Set::Config,
    only_with: None,
    operations: &[
        operation!("config", "ListConfigurationRecorders"),
        operation!("config", "DescribeConfigurationRecorders"),
        operation!("config", "DescribeConfigurationRecorderStatus"),
        operation!("config", "DescribeDeliveryChannels"),
        operation!("config", "DescribeDeliveryChannelStatus"),
        operation!("config", "DescribeConfigurationAggregators"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let recorders = aws.list("ListConfigurationRecorders", json!({}), "ConfigurationRecorderSummaries").await?;
    // Without a parameter it is the customer's own recorder; a service's is told by the service's name.
    let services = recorders.iter().map(|recorder| text(recorder, "servicePrincipal")).filter(|name| !name.is_empty());
    let asked = services.map(|service| json!({ "ServicePrincipal": service }));
    for parameters in std::iter::once(json!({})).chain(asked) {
        aws.one("DescribeConfigurationRecorders", parameters.clone()).await?;
        aws.one("DescribeConfigurationRecorderStatus", parameters).await?;
    }
    aws.one("DescribeDeliveryChannels", json!({})).await?;
    aws.one("DescribeDeliveryChannelStatus", json!({})).await?;
    aws.pages("DescribeConfigurationAggregators", json!({})).await?;
    Ok(())
}
