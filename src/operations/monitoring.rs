//! CloudWatch alarms, their metric filters, and the subscriptions of their topics.

use super::row::{About, Calls, List, list_in, operation};
use super::{Set, Source};

const ALARMS: List = list_in("cloudwatch", "DescribeAlarms", "MetricAlarms");
const FILTERS: List = list_in("logs", "DescribeMetricFilters", "metricFilters");

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
            .calls(Calls::ByCode(About::Parameters(&["TopicArn"]), &[ALARMS, FILTERS]))],
    ),
];
