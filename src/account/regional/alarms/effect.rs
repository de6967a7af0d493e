//! Whether an alarm on a metric goes off at such an event and notifies people, or what keeps it from doing so.
//!
//! Source: CloudWatch Logs API reference, MetricFilter and MetricTransformation; CloudWatch API reference,
//! PutMetricAlarm; CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".

use super::super::shapes::{Alarm, MetricFilter, Transformation};
use super::expression::Watched;
use super::notification::Notifications;
use crate::account::answers::{listed, needed};
use crate::account::fact::{ALARMS, Gap, GapKind, METRIC_FILTERS, Observed};
use crate::account::gaps::gap;
use std::sync::Arc;

/// An alarm on a metric filter's metric.
pub struct Effect {
    pub name: String,
    /// How many events it takes.
    pub events: Link<i64>,
    /// How the threshold makes it that many: `the sum must reach 240 in 1 period of 300 seconds`.
    pub threshold: String,
}

/// A link of the chain from an event to people: it holds, it is known to be broken and why, or it is not known.
pub type Link<T> = Observed<Result<T, String>>;

impl Effect {
    pub fn of(
        (account, notifications): (&str, &Notifications<'_>),
        watched: &Watched<'_>,
        (filter, counted): (&MetricFilter, &Transformation),
    ) -> Self {
        let mut chain = Chain::default();
        let (alarm, events) = match watched {
            Watched::Metric(alarm, fill) => {
                chain.take(has_data(alarm, counted));
                let events = chain.take(events(alarm, counted));
                chain.take(is_quiet_without_events(alarm, counted, *fill));
                (&**alarm, events)
            }
            Watched::Otherwise(alarm, expression) => (*alarm, chain.take(not_calculated(alarm, counted, expression))),
        };
        chain.take(takes_own_events(filter, account));
        chain.take(notifications.of(alarm));
        Self { name: alarm.alarm_name.clone(), events: chain.end(events), threshold: threshold_words(alarm) }
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

/// Several links that must all hold. One that is known to be broken decides, whatever else is not known.
#[derive(Default)]
struct Chain {
    broken: Option<String>,
    unknown: Option<Arc<Gap>>,
}

impl Chain {
    /// The value of a link that holds.
    fn take<T>(&mut self, link: Link<T>) -> Option<T> {
        match link {
            Observed::Known(Ok(value)) => return Some(value),
            Observed::Known(Err(why)) => drop(self.broken.get_or_insert(why)),
            Observed::Gap(gap) => drop(self.unknown.get_or_insert(gap)),
        }
        None
    }

    fn end<T>(self, value: Option<T>) -> Link<T> {
        match (self.broken, self.unknown, value) {
            (Some(why), ..) => Observed::Known(Err(why)),
            (None, Some(gap), _) => Observed::Gap(gap),
            (None, None, Some(value)) => Observed::Known(Ok(value)),
            (None, None, None) => Observed::Known(Err("what it does is not understood".to_owned())),
        }
    }
}

pub fn holds() -> Link<()> {
    Observed::Known(Ok(()))
}

pub fn broken<T>(why: impl Into<String>) -> Link<T> {
    Observed::Known(Err(why.into()))
}

fn undecided<T>(reason: String) -> Link<T> {
    Observed::Gap(gap(METRIC_FILTERS, GapKind::NotDecided, reason))
}

/// A member of the alarm that AWS should have given.
fn member<T>(value: Option<T>, alarm: &Alarm, what: &str) -> Observed<T> {
    needed(value, ALARMS, || format!("{what} of alarm {}", alarm.alarm_name))
}

/// Whether the filter looks at this account's events, as they were logged.
fn takes_own_events(filter: &MetricFilter, account: &str) -> Link<()> {
    let name = filter.filter_name.as_deref().unwrap_or("without a name");
    let criteria = filter.field_selection_criteria.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(criteria) = criteria {
        if leaves_out(criteria, account) {
            return broken(format!("metric filter {name} excludes this account's events ({criteria})"));
        }
        return undecided(format!(
            "metric filter {name} selects log events by system fields ({criteria}); whether it takes in the events of this \
             account is not known"
        ));
    }
    if filter.apply_on_transformed_logs == Some(true) {
        return undecided(format!(
            "metric filter {name} is applied to transformed log events (applyOnTransformedLogs), which are not in the evidence"
        ));
    }
    holds()
}

/// Whether a selection by `@aws.account` names other accounts only. Whatever is written otherwise may select anything.
fn leaves_out(criteria: &str, account: &str) -> bool {
    let Some(rest) = criteria.strip_prefix("@aws.account") else { return false };
    let rest = rest.trim_start();
    let is_list = rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("IN"));
    let Some(values) = rest.strip_prefix('=').or_else(|| rest.get(2..).filter(|_| is_list)) else { return false };
    // A list of account numbers and nothing else: no AND, no OR.
    let is_plain = values.chars().all(|letter| letter.is_ascii_digit() || "[]\"', ".contains(letter));
    is_plain && values.chars().any(|letter| letter.is_ascii_digit()) && !values.contains(account)
}

/// Whether the alarm evaluates the data that the filter publishes.
fn has_data(alarm: &Alarm, counted: &Transformation) -> Link<()> {
    if alarm.dimensions.as_ref().is_some_and(|dimensions| !dimensions.is_empty()) {
        return broken("it watches the metric with dimensions, which is another metric");
    }
    // An alarm without a unit evaluates data of every unit; a filter without one publishes in the unit None.
    let published = counted.unit.as_deref().unwrap_or("None");
    match alarm.unit.as_deref() {
        Some(unit) if !unit.eq_ignore_ascii_case(published) => broken(format!(
            "it evaluates data in the unit {unit} only, and the metric filter publishes in the unit {published}, so that it \
             never has data"
        )),
        _ => holds(),
    }
}

/// What an alarm counts.
#[derive(Clone, Copy, PartialEq)]
enum Statistic {
    Sum,
    SampleCount,
}

fn statistic(alarm: &Alarm) -> Link<Statistic> {
    let other = |name: &str| format!("its statistic is {name}, which does not count events (Sum does)");
    match (&alarm.statistic, &alarm.extended_statistic) {
        (Some(one), Some(other)) => undecided(format!(
            "alarm {} has two statistics ({one}, {other}), of which AWS allows one",
            alarm.alarm_name
        )),
        (Some(name), _) => {
            let about = || format!("the statistic of alarm {}", alarm.alarm_name);
            listed(name, "Statistic", ALARMS, about).map(|name| match name.as_str() {
                "Sum" => Ok(Statistic::Sum),
                "SampleCount" => Ok(Statistic::SampleCount),
                name => Err(other(name)),
            })
        }
        (None, Some(name)) => broken(other(name)),
        (None, None) => member(None, alarm, "the statistic"),
    }
}

/// Whether a value sets off the alarm.
#[derive(Clone, Copy)]
struct Limit {
    threshold: f64,
    must_exceed: bool,
}

impl Limit {
    fn is_met_by(self, value: f64) -> bool {
        if self.must_exceed { value > self.threshold } else { value >= self.threshold }
    }
}

fn limit(alarm: &Alarm) -> Link<Limit> {
    let mut chain = Chain::default();
    let about = || format!("the comparison of alarm {}", alarm.alarm_name);
    let comparison = member(alarm.comparison_operator.as_ref(), alarm, "the comparison operator")
        .and_then(|name| listed(name, "ComparisonOperator", ALARMS, about));
    let must_exceed = chain.take(comparison.map(|name| match name.as_str() {
        "GreaterThanOrEqualToThreshold" => Ok(false),
        "GreaterThanThreshold" => Ok(true),
        other => Err(format!("it goes off by {other}, not when events occur")),
    }));
    let threshold = alarm.threshold.filter(|threshold| threshold.is_finite());
    let threshold = chain.take(member(threshold, alarm, "the threshold").map(Ok));
    let limit = must_exceed.zip(threshold).map(|(must_exceed, threshold)| Limit { threshold, must_exceed });
    chain.end(limit)
}

/// What the filter adds to the metric for each event.
fn added(counted: &Transformation) -> Link<f64> {
    let text = counted.metric_value.trim();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Observed::Known(Ok(value)),
        _ if text.starts_with('$') => undecided(format!(
            "the metric filter adds the value of {text} to the metric, which differs from event to event"
        )),
        _ => broken(format!("the metric filter adds {text:?} to the metric, not a number")),
    }
}

/// How many events it takes until the alarm goes off, or why no number does or can be known to.
fn events(alarm: &Alarm, counted: &Transformation) -> Link<i64> {
    let mut chain = Chain::default();
    let added = chain.take(added(counted));
    let statistic = chain.take(statistic(alarm));
    let limit = chain.take(limit(alarm));
    // An alarm that looks at several periods wants as many of them to be over the threshold.
    let periods = alarm.datapoints_to_alarm.or(alarm.evaluation_periods);
    let periods = chain.take(member(periods.filter(|count| *count > 0), alarm, "the evaluation periods").map(Ok));
    chain.take(member(alarm.period.filter(|seconds| *seconds > 0), alarm, "the period").map(Ok));
    if alarm.metric_name.is_some() && alarm.metrics.as_ref().is_some_and(|queries| !queries.is_empty()) {
        chain.take::<()>(undecided(format!(
            "alarm {} has a metric of its own and metric math (Metrics), of which AWS allows one",
            alarm.alarm_name
        )));
    }
    let (Some(added), Some(statistic), Some(limit), Some(periods)) = (added, statistic, limit, periods) else {
        return chain.end(None);
    };
    let each = if statistic == Statistic::SampleCount { 1.0 } else { added };
    let threshold = limit.threshold;
    let needed = if limit.is_met_by(each) {
        if each < 0.0 {
            return undecided(format!(
                "the metric filter adds {added} for each event, so that more of them lower the sum"
            ));
        }
        1.0
    } else if each > 0.0 {
        if limit.must_exceed { (threshold / each).floor() + 1.0 } else { (threshold / each).ceil() }
    } else {
        let verb = if limit.must_exceed { "exceeds" } else { "reaches" };
        return broken(format!(
            "the metric filter adds {added} to the metric for each event, so that the sum never {verb} the threshold \
             {threshold}"
        ));
    };
    if needed > 1_000_000_000.0 {
        return broken(format!("its threshold is {threshold}"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within bounds")]
    let needed = needed.max(1.0) as i64;
    match needed.checked_mul(periods.max(1)) {
        Some(events) => chain.end(Some(events)),
        None => broken(format!("its threshold is {threshold}")),
    }
}

/// The effect of an expression on more than the metric, or of a query, is not calculated.
fn not_calculated(alarm: &Alarm, counted: &Transformation, expression: &str) -> Link<i64> {
    undecided(format!(
        "alarm {} evaluates an expression or query with the metric {} ({expression}), whose effect is not calculated",
        alarm.alarm_name, counted.metric_name
    ))
}

/// Whether the alarm is off while no such event occurs: it notifies only when it changes its state to ALARM, and one
/// that is always in that state never does. `fill` is the value with which its expression
/// replaces missing data points.
fn is_quiet_without_events(alarm: &Alarm, counted: &Transformation, fill: Option<f64>) -> Link<()> {
    if counted.default_value.is_none() && fill.is_none() {
        return without_data(alarm);
    }
    let mut chain = Chain::default();
    let (Observed::Known(Ok(statistic)), Observed::Known(Ok(limit))) = (statistic(alarm), limit(alarm)) else {
        return holds();
    };
    if let Some(default) = counted.default_value {
        // The default value is a sample too.
        let value = if statistic == Statistic::SampleCount { 1.0 } else { default };
        let source = format!("the metric filter publishes {default} where no event matches (its default value)");
        chain.take(is_quiet_at(value, limit, &source, alarm));
    }
    if let Some(value) = fill {
        let source = format!("its expression replaces missing data points with {value} (FILL)");
        chain.take(is_quiet_at(value, limit, &source, alarm));
        if alarm.treat_missing_data.as_deref() == Some("breaching") {
            chain.take::<()>(undecided(format!(
                "alarm {} treats missing data as reaching the threshold (breaching); whether its expression (FILL) leaves \
                 any is not known",
                alarm.alarm_name
            )));
        }
    }
    chain.end(Some(()))
}

/// The same at a value that the alarm evaluates while no such event occurs.
fn is_quiet_at(value: f64, limit: Limit, source: &str, alarm: &Alarm) -> Link<()> {
    if limit.is_met_by(value) {
        return broken(format!("{source}, so that the alarm is in ALARM state without such events"));
    }
    if value == 0.0 {
        return holds();
    }
    undecided(format!("{source}; whether that alone sets off alarm {} is not known", alarm.alarm_name))
}

/// The same where it has no data while no such event occurs.
fn without_data(alarm: &Alarm) -> Link<()> {
    match alarm.treat_missing_data.as_deref() {
        Some("breaching") => broken(
            "it treats missing data as reaching the threshold (breaching), so that it is in ALARM state without such \
             events",
        ),
        Some("ignore") => undecided(format!(
            "alarm {} ignores missing data, so that it may stay in ALARM state after the first event and not notify \
             again",
            alarm.alarm_name
        )),
        None | Some("missing" | "notBreaching") => holds(),
        Some(other) => undecided(format!(
            "alarm {} treats missing data in a way that AWS does not document ({other})",
            alarm.alarm_name
        )),
    }
}

fn threshold_words(alarm: &Alarm) -> String {
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
