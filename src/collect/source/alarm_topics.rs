//! The subscriptions of SNS topics that alarms on metric filters notify, directly or by metric math, and of composite alarms.
//! Other alarms are not about CloudTrail events, so their subscribers are not collected.

use crate::collect::session::SourceError;
use crate::collect::source_context::{SourceContext, entries, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    let filters = aws.collected("logs", "DescribeMetricFilters")?;
    let metrics: BTreeSet<(&str, &str)> = entries(&filters, "metricFilters")
        .filter_map(|filter| filter.get("metricTransformations").and_then(Value::as_array))
        .flatten()
        .map(|metric| (text(metric, "metricNamespace"), text(metric, "metricName")))
        .collect();
    let alarms = aws.collected("cloudwatch", "DescribeAlarms")?;
    let topics: BTreeSet<&str> = entries(&alarms, "MetricAlarms")
        .filter(|alarm| metrics_of(alarm).any(|metric| metrics.contains(&metric)))
        // A composite alarm may notify for any of them.
        .chain(entries(&alarms, "CompositeAlarms"))
        .filter_map(|alarm| alarm.get("AlarmActions").and_then(Value::as_array))
        .flatten()
        .filter_map(Value::as_str)
        .filter(|action| is_topic_of(action, &aws.region))
        .collect();
    for topic in topics {
        aws.pages("ListSubscriptionsByTopic", json!({ "TopicArn": topic })).await?;
    }
    Ok(())
}

/// Namespaces and names of the metrics that an alarm is on: its own, and those of its expression.
fn metrics_of(alarm: &Value) -> impl Iterator<Item = (&str, &str)> {
    let of_expression = alarm
        .get("Metrics")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|query| query.pointer("/MetricStat/Metric"));
    std::iter::once(alarm).chain(of_expression).map(|metric| (text(metric, "Namespace"), text(metric, "MetricName")))
}

/// `arn:aws:sns:eu-west-1:123456789012:alarms`; an alarm can notify only topics of its own Region.
fn is_topic_of(action: &str, region: &str) -> bool {
    let parts: Vec<&str> = action.split(':').collect();
    matches!(parts[..], ["arn", _, "sns", at, _, _] if at == region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_on_metric_math_is_on_each_metric_of_its_expression() {
        let metric = |name| json!({ "MetricStat": { "Metric": { "Namespace": "Trail", "MetricName": name } } });
        let alarm = json!({ "Metrics": [metric("Root"), metric("Other"), { "Expression": "m1 + m2" }] });
        assert!(metrics_of(&alarm).any(|metric| metric == ("Trail", "Root")));
        assert!(metrics_of(&alarm).any(|metric| metric == ("Trail", "Other")));
        let direct = json!({ "Namespace": "Trail", "MetricName": "Root" });
        assert!(metrics_of(&direct).any(|metric| metric == ("Trail", "Root")));
    }

    #[test]
    fn only_topics_of_the_region_are_queried() {
        assert!(is_topic_of("arn:aws-cn:sns:cn-north-1:123456789012:alarms", "cn-north-1"));
        for other in [
            "arn:aws:sns:eu-west-1:123456789012:alarms",
            "arn:aws:lambda:us-east-1:123456789012:function:x",
            "arn:aws:automate:us-east-1:ec2:stop",
            "alarms",
        ] {
            assert!(!is_topic_of(other, "us-east-1"), "{other}");
        }
    }
}
