//! Whether an alarm on a metric goes off at such an event and notifies people, or what keeps it from doing so.

use super::super::regional_evidence::RegionalEvidence;
use super::super::shapes::{Alarm, SubscriptionsAnswer, Transformation};
use crate::account::answers::{Answers, listed};
use crate::account::fact::{ALARMS, Gap, Observed};
use std::sync::Arc;

/// An alarm on a metric filter's metric.
pub struct Effect {
    pub name: String,
    /// How many events it takes.
    pub events: Observed<Result<i64, String>>,
    /// How the threshold makes it that many: `the sum must reach 240 in 1 period of 300 seconds`.
    pub threshold: String,
}

impl Effect {
    pub fn of(
        evidence: &RegionalEvidence<'_>,
        subscriptions: (&Answers, &str),
        alarm: &Alarm,
        counted: &Transformation,
    ) -> Self {
        let events = match (undocumented(alarm), events(alarm, counted)) {
            (Some(gap), _) => Observed::Gap(gap),
            (None, Err(why)) => Observed::Known(Err(why)),
            (None, Ok(events)) => notifies(evidence, subscriptions, alarm).map(|told| told.map(|()| events)),
        };
        Self { name: alarm.alarm_name.clone(), events, threshold: threshold(alarm) }
    }

    /// Its name and how many events it takes, if it is known to go off and to notify somebody.
    pub fn works(&self) -> Option<(&str, i64)> {
        match &self.events {
            Observed::Known(Ok(events)) => Some((&self.name, *events)),
            _ => None,
        }
    }

    pub fn gap(&self) -> Option<&Arc<Gap>> {
        self.events.gap()
    }
}

/// Whether an alarm notifies a topic with a subscription that was confirmed: until it is, nothing is sent.
fn notifies(
    evidence: &RegionalEvidence<'_>,
    (subscriptions, region): (&Answers, &str),
    alarm: &Alarm,
) -> Observed<Result<(), String>> {
    if alarm.actions_enabled != Some(true) {
        return Observed::Known(Err("its actions are disabled".to_owned()));
    }
    let prefix = format!("arn:{}:sns:", evidence.place.partition);
    let mut why = "it has no SNS topic as its alarm action".to_owned();
    let mut unknown = None;
    for topic in alarm.alarm_actions.iter().flatten().filter(|action| action.starts_with(&prefix)) {
        let about = [("TopicArn", topic.as_str())];
        let name = topic.rsplit(':').next().unwrap_or(topic);
        if matches!(subscriptions.code(region, &about), Some("NotFound" | "NotFoundException")) {
            why = format!("its SNS topic {name} does not exist");
            continue;
        }
        let list = subscriptions.list(region, &about, |page: SubscriptionsAnswer| page.subscriptions);
        // In place of an ARN stands `PendingConfirmation` or `Deleted`.
        let confirmed = |arn: &Option<String>| arn.as_deref().is_some_and(|arn| arn.starts_with("arn:"));
        if list.data.iter().any(|one| confirmed(&one.subscription_arn)) {
            return Observed::Known(Ok(()));
        }
        why = format!("its SNS topic {name} has no confirmed subscription");
        unknown = unknown.or(list.gap);
    }
    unknown.map_or(Observed::Known(Err(why)), Observed::Gap)
}

/// A way to count or to compare that AWS does not document may make any alarm.
fn undocumented(alarm: &Alarm) -> Option<Arc<Gap>> {
    let about = |what: &str| format!("the {what} of alarm {}", alarm.alarm_name);
    let statistic = alarm.statistic.as_ref().map(|one| listed(one, "Statistic", ALARMS, || about("statistic")));
    let comparison =
        alarm.comparison_operator.as_ref().map(|one| listed(one, "ComparisonOperator", ALARMS, || about("comparison")));
    statistic.into_iter().chain(comparison).find_map(|one| one.gap().cloned())
}

/// How many events it takes until the alarm goes off, or why no number does or can be known to.
fn events(alarm: &Alarm, counted: &Transformation) -> Result<i64, String> {
    if alarm.dimensions.as_ref().is_some_and(|dimensions| !dimensions.is_empty()) {
        return Err("it watches the metric with dimensions, which is another metric".to_owned());
    }
    let value: Option<f64> = counted.metric_value.trim().parse().ok().filter(|value| *value > 0.0);
    let Some(value) = value else {
        return Err(format!("the metric filter adds {:?} to the metric, not a number", counted.metric_value));
    };
    let Some(threshold) = alarm.threshold.filter(|threshold| threshold.is_finite()) else {
        return Err("it has no threshold".to_owned());
    };
    let each = match alarm.statistic.as_deref() {
        Some("Sum") => value,
        Some("SampleCount") => 1.0,
        Some(other) => return Err(format!("its statistic is {other}, which does not count events (Sum does)")),
        None => return Err("it has no statistic that counts events (Sum does)".to_owned()),
    };
    let needed = match alarm.comparison_operator.as_deref() {
        Some("GreaterThanOrEqualToThreshold") => (threshold / each).ceil(),
        Some("GreaterThanThreshold") => (threshold / each).floor() + 1.0,
        Some(other) => return Err(format!("it goes off by {other}, not when events occur")),
        None => return Err("how it compares the metric with its threshold is not stated".to_owned()),
    };
    // An alarm that looks at several periods wants as many of them to be over the threshold.
    let periods = alarm.datapoints_to_alarm.or(alarm.evaluation_periods).unwrap_or(1).max(1);
    if needed > 1_000_000_000.0 {
        return Err(format!("its threshold is {threshold}"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within bounds")]
    let needed = needed.max(1.0) as i64;
    needed.checked_mul(periods).ok_or_else(|| format!("its threshold is {threshold}"))
}

fn threshold(alarm: &Alarm) -> String {
    let statistic = if alarm.statistic.as_deref() == Some("SampleCount") { "number of samples" } else { "sum" };
    let verb = match alarm.comparison_operator.as_deref() {
        Some("GreaterThanThreshold") => "exceed",
        _ => "reach",
    };
    let periods = alarm.datapoints_to_alarm.or(alarm.evaluation_periods).unwrap_or(1).max(1);
    let of = alarm.evaluation_periods.filter(|all| *all > periods).map_or_else(String::new, |all| format!(" of {all}"));
    let unit = if periods == 1 && of.is_empty() { "period" } else { "periods" };
    let seconds = alarm.period.map_or_else(String::new, |period| format!(" of {period} seconds"));
    let threshold = alarm.threshold.unwrap_or_default();
    format!("the {statistic} of the metric must {verb} {threshold} in {periods}{of} {unit}{seconds}")
}
