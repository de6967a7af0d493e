//! The non-compliant resources of other accounts in AWS Config aggregators. This takes a call for every rule, account
//! and Region, so it is limited to rules about identity. `config-rules` collects this account's own.

use crate::collect::identity_rules::is_asked;
use crate::collect::query::Parameters;
use crate::collect::session::SourceError;
use crate::collect::source_context::{SourceContext, entries, text};
use crate::operations;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COMPLIANCE: &str = "DescribeAggregateComplianceByConfigRules";

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    // An aggregate has only the rule's name. A rule that the organization deploys has the same name in every account, so
    // this account's list shows whether it is about identity.
    let rules = aws.collected("config", "DescribeConfigRules")?;
    let named: BTreeSet<&str> =
        entries(&rules, "ConfigRules").filter(|rule| is_asked(rule)).map(|rule| text(rule, "ConfigRuleName")).collect();
    let own = aws.account();
    let aggregators = aws.collected("config", "DescribeConfigurationAggregators")?;
    let compliance = operations::find("config", COMPLIANCE).expect("the table has the operation");
    for aggregator in entries(&aggregators, "ConfigurationAggregators") {
        let name = text(aggregator, "ConfigurationAggregatorName");
        let by_name = Parameters::from([("ConfigurationAggregatorName".to_owned(), Value::from(name))]);
        let pages = aws.collected_by(&aws.query_of(compliance, by_name))?;
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
