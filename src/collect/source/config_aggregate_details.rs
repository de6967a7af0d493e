//! The resources behind what aggregators call non-compliant in other accounts: a call for every rule, account and
//! region, so only for rules about identity. This account's own are asked for by `config-rules`.

use super::config_rules::is_asked;
use super::{Extra, Run, Set, Source, operation};
use crate::collect::ask::{Aws, entries, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// See the module.
pub const SOURCE: Source = Source {
    name: "config-aggregate-details",
    set: Set::Config,
    only_with: Some(Extra::Deep),
    operations: &[operation!("config", "GetAggregateComplianceDetailsByConfigRule")],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

const COMPLIANCE: &str = "DescribeAggregateComplianceByConfigRules";

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    // An aggregate tells a rule's name only. A rule that the organization deploys has the same name everywhere, and
    // what it is about stands in this account's list.
    let rules = aws.collected("config", "DescribeConfigRules")?;
    let named: BTreeSet<&str> =
        entries(&rules, "ConfigRules").filter(|rule| is_asked(rule)).map(|rule| text(rule, "ConfigRuleName")).collect();
    let own = aws.account();
    let aggregators = aws.collected("config", "DescribeConfigurationAggregators")?;
    for aggregator in entries(&aggregators, "ConfigurationAggregators") {
        let name = text(aggregator, "ConfigurationAggregatorName");
        let pages = aws.collected_about("config", COMPLIANCE, "ConfigurationAggregatorName", name)?;
        for entry in entries(&pages, "AggregateComplianceByConfigRules") {
            let state = entry.get("Compliance").unwrap_or(&Value::Null);
            let is_elsewhere = own.as_deref() != Some(text(entry, "AccountId"));
            if text(state, "ComplianceType") != "NON_COMPLIANT" || !is_elsewhere {
                continue;
            }
            if named.contains(text(entry, "ConfigRuleName")) {
                aws.pages("GetAggregateComplianceDetailsByConfigRule", asked(name, entry)).await?;
            }
        }
    }
    Ok(())
}

fn asked(aggregator: &str, entry: &Value) -> Value {
    json!({
        "ConfigurationAggregatorName": aggregator, "ConfigRuleName": text(entry, "ConfigRuleName"),
        "AccountId": text(entry, "AccountId"), "AwsRegion": text(entry, "AwsRegion"), "ComplianceType": "NON_COMPLIANT"
    })
}
