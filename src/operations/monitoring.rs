//! CloudWatch alarms, their metric filters, and the subscriptions of their topics.

use super::row::{About, Calls, Constant, List, list_in, operation};
use super::{Set, Source};

const ALARMS: List = list_in("cloudwatch", "DescribeAlarms", "MetricAlarms");
const FILTERS: List = list_in("logs", "DescribeMetricFilters", "metricFilters");

pub(super) static SOURCES: &[Source] = &[
    Source::regional(
        "alarms",
        Set::Alarms,
        // Without types it returns metric alarms only.
        &[operation("cloudwatch", "DescribeAlarms", "CloudWatch alarms")
            .with(&[("AlarmTypes", Constant::Texts(&["CompositeAlarm", "MetricAlarm"]))])],
    ),
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
