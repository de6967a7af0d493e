//! AWS Config's rules and conformance packs that the organization deploys in its accounts. Only its management
//! account and those it delegated to may ask, which is whoever got the list of its accounts.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, entries};
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "organization-rules",
    set: Set::Organizations,
    only_with: None,
    operations: &[
        operation!("config", "DescribeOrganizationConfigRules"),
        operation!("config", "DescribeOrganizationConfigRuleStatuses"),
        operation!("config", "DescribeOrganizationConformancePacks"),
        operation!("config", "DescribeOrganizationConformancePackStatuses"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let accounts = aws.collected("organizations", "ListAccounts")?;
    if entries(&accounts, "Accounts").next().is_none() {
        return Ok(());
    }
    for operation in SOURCE.operations {
        aws.pages(operation.name, json!({})).await?;
    }
    Ok(())
}
