//! CloudWatch alarms, the metric filters behind them, and who receives them.

use super::row::{About, Asked, List, list, operation};
use super::{Set, Source};

const ALARMS: List = list("cloudwatch", "DescribeAlarms", "MetricAlarms");
const FILTERS: List = list("logs", "DescribeMetricFilters", "metricFilters");

pub(super) static SOURCES: &[Source] = &[
    Source::regional("alarms", Set::Alarms, &[operation("cloudwatch", "DescribeAlarms", "CloudWatch alarms")]),
    Source::regional(
        "metric-filters",
        Set::Alarms,
        &[operation("logs", "DescribeMetricFilters", "CloudWatch Logs metric filters")],
    ),
    Source::regional(
        "alarm-topics",
        Set::Alarms,
        &[operation("sns", "ListSubscriptionsByTopic", "Subscriptions of alarm topics")
            .asked(Asked::ByCode(About::Parameters(&["TopicArn"]), &[ALARMS, FILTERS]))],
    ),
];
