//! Answers of one Region that are filed under another, as when every call of a loop was made without `--region`.

use crate::account::fact::{Evidence, Gap, GapKind};
use crate::account::gaps::gap;
use crate::snapshot::Answer;
use crate::wire::subject::texts_in;
use std::sync::Arc;

/// Members that name the Region of an answer: ARNs, and the Availability Zones of instances. A trail is listed in other
/// Regions than its own, an aggregator's sources are of any, and AWS Organizations and IAM have no Regions.
const OF_REGION: &[(&str, &str, &[&str])] = &[
    ("accessanalyzer", "GetAnalyzer", &["analyzer.arn"]),
    ("accessanalyzer", "ListAnalyzers", &["analyzers[].arn"]),
    ("accessanalyzer", "ListFindings", &["findings[].resource"]),
    ("accessanalyzer", "ListFindingsV2", &["findings[].resource"]),
    ("cloudwatch", "DescribeAlarms", &["MetricAlarms[].AlarmArn", "CompositeAlarms[].AlarmArn"]),
    ("config", "DescribeConfigRuleEvaluationStatus", &["ConfigRulesEvaluationStatus[].ConfigRuleArn"]),
    ("config", "DescribeConfigRules", &["ConfigRules[].ConfigRuleArn"]),
    ("config", "DescribeConfigurationAggregators", &["ConfigurationAggregators[].ConfigurationAggregatorArn"]),
    ("config", "DescribeConfigurationRecorderStatus", &["ConfigurationRecordersStatus[].arn"]),
    ("config", "DescribeConfigurationRecorders", &["ConfigurationRecorders[].arn"]),
    ("config", "DescribeConformancePackStatus", &["ConformancePackStatusDetails[].ConformancePackArn"]),
    ("config", "DescribeConformancePacks", &["ConformancePackDetails[].ConformancePackArn"]),
    ("config", "DescribeOrganizationConfigRules", &["OrganizationConfigRules[].OrganizationConfigRuleArn"]),
    (
        "config",
        "DescribeOrganizationConformancePacks",
        &["OrganizationConformancePacks[].OrganizationConformancePackArn"],
    ),
    ("config", "ListConfigurationRecorders", &["ConfigurationRecorderSummaries[].arn"]),
    ("ec2", "DescribeInstances", &["Reservations[].Instances[].Placement.AvailabilityZone"]),
    ("sns", "ListSubscriptionsByTopic", &["Subscriptions[].SubscriptionArn", "Subscriptions[].TopicArn"]),
];

/// The gap of an answer that names a resource of another Region than the one that was asked. Nothing in it is about
/// this Region.
pub fn find(evidence: Evidence, answer: &Answer) -> Option<Arc<Gap>> {
    let region = answer.region.as_deref()?;
    let is_this =
        |(service, operation, _): &&(&str, &str, _)| answer.service == *service && answer.operation == *operation;
    let (.., paths) = OF_REGION.iter().find(is_this)?;
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    answer.pages.iter().find_map(|page| {
        // A file that cannot be read is reported where its content is.
        let bytes = page.bytes().ok()?;
        let other = texts_in(&bytes, &paths);
        let other = other.into_iter().find(|text| is_elsewhere(text, region))?;
        let reason =
            format!("{evidence} answered about another Region: {} ({})", crate::text::one_line(&other), page.name);
        Some(gap(evidence, GapKind::Conflict, reason))
    })
}

/// Whether an ARN or an Availability Zone is of another Region. ARNs of IAM and S3 have none.
fn is_elsewhere(text: &str, region: &str) -> bool {
    if text.starts_with("arn:") {
        return text.split(':').nth(3).is_some_and(|named| !named.is_empty() && named != region);
    }
    let is_zone = text.matches('-').count() >= 2 && text.ends_with(|last: char| last.is_ascii_lowercase());
    let after = text.strip_prefix(region);
    is_zone && after.is_none_or(|after| after.starts_with(|next: char| next.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_arns_name_their_region() {
        for (text, elsewhere) in [
            ("arn:aws:config:us-east-1:111122223333:config-rule/x", false),
            ("arn:aws:config:us-east-2:111122223333:config-rule/x", true),
            ("arn:aws:iam::111122223333:role/x", false),
            ("PendingConfirmation", false),
            ("us-east-1a", false),
            ("us-east-1-bos-1a", false),
            ("eu-west-1a", true),
        ] {
            assert_eq!(is_elsewhere(text, "us-east-1"), elsewhere, "{text}");
        }
    }

    #[test]
    fn every_path_is_of_an_operation_that_is_collected() {
        for (service, operation, _) in OF_REGION {
            assert!(crate::wire::shape::operation(service, operation).is_some(), "{service}:{operation}");
        }
    }
}
