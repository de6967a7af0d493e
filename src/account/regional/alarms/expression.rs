//! Alarms on metric math: whether such an alarm uses a metric filter's metric, and whether its expression is that metric.
//!
//! Source: CloudWatch API reference, MetricDataQuery; CloudWatch user guide, "Using math expressions with CloudWatch
//! metrics" (SUM, FILL, METRICS) and "Query your CloudWatch metrics with CloudWatch Metrics Insights".

use super::super::shapes::{Alarm, MetricQuery, Transformation};
use crate::account::fact::ALARMS;
use crate::wire::shape::spelling;

/// Characters of an expression that a sentence shows.
const SHOWN: usize = 200;

/// Expressions within expressions; an alarm has at most ten.
const DEEPEST: usize = 20;

/// An alarm that uses a metric filter's metric.
pub enum Watched<'a> {
    /// It evaluates the metric itself: a statistic, and the value in place of missing data points where `FILL` gives one.
    Metric(Box<Alarm>, Option<f64>),
    /// It evaluates the metric in a way that is not calculated here; the expression or query.
    Otherwise(&'a Alarm, String),
}

/// None for an alarm that does not use the metric.
pub fn watched<'a>(alarm: &'a Alarm, counted: &Transformation, account: &str) -> Option<Watched<'a>> {
    let is_same = |name: Option<&String>, namespace: Option<&String>| {
        name == Some(&counted.metric_name) && namespace == Some(&counted.metric_namespace)
    };
    if is_same(alarm.metric_name.as_ref(), alarm.namespace.as_ref()) {
        return Some(Watched::Metric(Box::new(alarm.clone()), None));
    }
    let criteria = alarm.evaluation_criteria.as_ref().map(ToString::to_string);
    if let Some(criteria) = criteria.filter(|text| text.contains(&counted.metric_name)) {
        return Some(Watched::Otherwise(alarm, shortened(&criteria)));
    }
    let queries = alarm.metrics.as_deref().unwrap_or_default();
    let is_used = |query: &MetricQuery| {
        let is_own = query.account_id.as_deref().is_none_or(|id| id == account);
        let metric = query.metric_stat.as_ref().map(|stat| &stat.metric);
        is_own && metric.is_some_and(|metric| is_same(metric.metric_name.as_ref(), metric.namespace.as_ref()))
    };
    let returned: Vec<&MetricQuery> = queries.iter().filter(|query| query.return_data != Some(false)).collect();
    let series = match returned[..] {
        [query] if alarm.threshold_metric_id.is_none() => series_of(query, queries, DEEPEST),
        _ => None,
    };
    match series {
        Some(series) if is_used(series.query) => {
            Some(Watched::Metric(Box::new(as_direct(alarm, &series)), series.fill))
        }
        _ => {
            let has_dimensions = |query: &MetricQuery| {
                let dimensions = query.metric_stat.as_ref().and_then(|stat| stat.metric.dimensions.as_deref());
                dimensions.is_some_and(|dimensions| !dimensions.is_empty())
            };
            let is_of_metric = |query: &MetricQuery| is_used(query) && !has_dimensions(query);
            if !queries.iter().any(|query| is_of_metric(query) || names(query, counted)) {
                return None;
            }
            let texts = queries.iter().filter_map(|query| query.expression.as_deref());
            Some(Watched::Otherwise(alarm, shortened(&texts.collect::<Vec<_>>().join("; "))))
        }
    }
}

/// Whether the text of a Metrics Insights query or a search names the metric.
fn names(query: &MetricQuery, counted: &Transformation) -> bool {
    query.expression.as_deref().is_some_and(|text| {
        let is_query = ["SELECT", "SEARCH"].iter().any(|word| text.to_ascii_uppercase().contains(word));
        is_query && text.contains(&counted.metric_name) && text.contains(&counted.metric_namespace)
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// A metric that an expression returns unchanged, except for missing data points.
#[derive(Clone, Copy)]
struct Series<'a> {
    query: &'a MetricQuery,
    fill: Option<f64>,
}

fn series_of<'a>(query: &'a MetricQuery, queries: &'a [MetricQuery], depth: usize) -> Option<Series<'a>> {
    match (&query.metric_stat, &query.expression) {
        (Some(_), None) => Some(Series { query, fill: None }),
        (None, Some(text)) => series(text, queries, depth.checked_sub(1)?),
        _ => None,
    }
}

/// `m1`, `(m1)`, `SUM([m1])`, `SUM(METRICS())` with one metric, `FILL(m1, 0)`. Any other expression is none.
fn series<'a>(text: &str, queries: &'a [MetricQuery], depth: usize) -> Option<Series<'a>> {
    let (text, depth) = (text.trim(), depth.checked_sub(1)?);
    if let Some(query) = queries.iter().find(|query| query.id == text) {
        return series_of(query, queries, depth);
    }
    if text.eq_ignore_ascii_case("METRICS()") {
        let mut metrics = queries.iter().filter(|query| query.metric_stat.is_some());
        return metrics.next().filter(|_| metrics.next().is_none()).map(|query| Series { query, fill: None });
    }
    if let Some(arguments) = arguments(text, "FILL(", ')') {
        let (of, value) = arguments.rsplit_once(',')?;
        let value = value.trim().parse::<f64>().ok().filter(|value| value.is_finite())?;
        let series = series(of, queries, depth)?;
        return Some(Series { fill: series.fill.or(Some(value)), ..series });
    }
    let within =
        [("SUM(", ')'), ("(", ')'), ("[", ']')].iter().find_map(|(start, end)| arguments(text, start, *end))?;
    series(within, queries, depth)
}

fn arguments<'t>(text: &'t str, start: &str, end: char) -> Option<&'t str> {
    let is = text.get(..start.len()).is_some_and(|word| word.eq_ignore_ascii_case(start));
    text.get(start.len()..).filter(|_| is)?.strip_suffix(end)
}

/// The alarm as if it were on the metric without an expression.
fn as_direct(alarm: &Alarm, series: &Series<'_>) -> Alarm {
    let Some(stat) = &series.query.metric_stat else { return alarm.clone() };
    let is_statistic = spelling(ALARMS.service, "Statistic", &stat.stat).is_some();
    Alarm {
        metric_name: stat.metric.metric_name.clone(),
        namespace: stat.metric.namespace.clone(),
        dimensions: stat.metric.dimensions.clone(),
        statistic: is_statistic.then(|| stat.stat.clone()),
        extended_statistic: (!is_statistic).then(|| stat.stat.clone()),
        period: stat.period,
        metrics: None,
        unit: stat.unit.clone(),
        ..alarm.clone()
    }
}
