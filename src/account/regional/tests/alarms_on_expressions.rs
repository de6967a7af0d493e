//! An alarm on metric math counts where its expression is the metric filter's metric; where it uses the metric in another
//! way, its effect is not known and the sentence names the alarm.

use super::*;
use crate::account::regional::subjects::WatchedEvent;

/// The event of the root user where the alarm has these `Metrics` in place of a metric, and further members.
fn watched(metrics: &Value, more: &[(&str, Value)]) -> WatchedEvent {
    let change = |alarm: &mut Value| {
        let members = alarm.as_object_mut().unwrap();
        members.retain(|member, _| !["MetricName", "Namespace", "Statistic"].contains(&member.as_str()));
        members.insert("Metrics".to_owned(), metrics.clone());
        members.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    };
    alarmed(ROOT, change)
}

fn metric(id: &str, name: &str, returned: bool) -> Value {
    json!({ "Id": id, "ReturnData": returned, "MetricStat": {
        "Metric": { "Namespace": "Trail", "MetricName": name, "Dimensions": [] }, "Period": 300, "Stat": "Sum" } })
}

fn with(metric: &Value, expression: &str) -> Value {
    json!([metric, { "Id": "e1", "Expression": expression, "Label": "count", "ReturnData": true }])
}

#[test]
fn an_expression_that_is_the_metric_counts() {
    let ours = metric("m1", "Root", false);
    let mut cases = vec![json!([metric("m1", "Root", true)])];
    let same =
        ["m1", " (m1) ", "SUM(METRICS())", "SUM([m1])", "FILL(m1, 0)", "SUM(FILL(METRICS(),0))", "FILL(SUM([m1]),0)"];
    cases.extend(same.map(|expression| with(&ours, expression)));
    let chain = json!([ours, { "Id": "e1", "Expression": "FILL(m1, 0)", "ReturnData": false },
        { "Id": "e2", "Expression": "SUM([e1])", "ReturnData": true }]);
    cases.push(chain);
    for metrics in cases {
        let event = watched(&metrics, &[]);
        assert_eq!(event.alarms, Observed::Known(vec!["root".to_owned()]), "{metrics} {:?}", event.found);
        assert_eq!(event.events_until_alarm, Observed::Known(Some(1)));
    }
    let five = watched(&with(&ours, "FILL(m1, 0)"), &[("Threshold", json!(5.0))]);
    assert_eq!(five.events_until_alarm, Observed::Known(Some(5)));
}

#[test]
fn an_expression_that_uses_the_metric_in_another_way_is_not_known() {
    let ours = metric("m1", "Root", false);
    let mut of_another_account = ours.clone();
    of_another_account["AccountId"] = json!(ACCOUNT);
    let cases = [
        with(&ours, "m1 * 2"),
        with(&ours, "SUM(m1)+SUM(m1)"),
        with(&ours, "(m1)/(m1)"),
        with(&ours, "IF(m1 > 5, 1, 0)"),
        with(&ours, "RATE(m1)"),
        with(&ours, "FILL(m1, REPEAT)"),
        with(&of_another_account, "RATE(m1)"),
        json!([ours, metric("m2", "Other", false), { "Id": "e1", "Expression": "SUM(METRICS())", "ReturnData": true }]),
        // The alarm watches something else, and our metric is one of several that it collects.
        json!([ours, metric("m2", "Other", true)]),
        json!([{ "Id": "q1", "Expression": "SELECT SUM(Root) FROM \"Trail\"", "ReturnData": true }]),
        // An expression that names itself is no metric.
        json!([ours, { "Id": "e1", "Expression": "SUM([e1])", "ReturnData": true }]),
    ];
    for metrics in cases {
        let event = watched(&metrics, &[]);
        let gap = event.alarms.gap().unwrap_or_else(|| panic!("{metrics}: {:?}", event.alarms));
        assert_eq!(gap.kind, GapKind::NotDecided);
        assert!(
            gap.reason.starts_with("alarm root evaluates an expression or query with the metric Root ("),
            "{gap:?}"
        );
        assert!(event.found.known().unwrap().contains(&gap.reason), "{:?}", event.found);
    }
    let band = watched(
        &with(&metric("m1", "Root", true), "ANOMALY_DETECTION_BAND(m1)"),
        &[("ThresholdMetricId", json!("e1")), ("ComparisonOperator", json!("GreaterThanUpperThreshold"))],
    );
    assert!(band.alarms.gap().is_some(), "{:?}", band.alarms);
    let promql = watched(&json!([]), &[("EvaluationCriteria", json!({ "PromQLCriteria": { "Query": "sum(Root)" } }))]);
    assert!(promql.alarms.gap().is_some(), "{:?}", promql.alarms);
}

#[test]
fn an_expression_on_another_metric_is_no_alarm_on_this_one() {
    let mut elsewhere = metric("m1", "Root", true);
    elsewhere["AccountId"] = json!("999988887777");
    let mut other_namespace = metric("m1", "Root", true);
    other_namespace["MetricStat"]["Metric"]["Namespace"] = json!("Other");
    for metrics in [
        json!([metric("m1", "Other", true)]),
        json!([elsewhere]),
        json!([other_namespace]),
        json!([{ "Id": "q1", "Expression": "SELECT SUM(Root) FROM \"Other\"", "ReturnData": true }]),
    ] {
        let event = watched(&metrics, &[]);
        assert_eq!(event.alarms, Observed::Known(vec![]), "{metrics}");
        let found = event.found.known().unwrap();
        assert!(found.contains("no alarm watches the metric of metric filter root"), "{found}");
    }
}

/// What certainly keeps such an alarm from notifying decides, too.
#[test]
fn an_expression_has_the_faults_of_every_alarm() {
    let ours = metric("m1", "Root", false);
    let mut average = ours.clone();
    average["MetricStat"]["Stat"] = json!("p99");
    let mut dimension = ours.clone();
    dimension["MetricStat"]["Metric"]["Dimensions"] = json!([{ "Name": "a", "Value": "b" }]);
    for (metrics, more, why) in [
        (with(&ours, "FILL(m1, 1)"), vec![], "its expression replaces missing data points with 1 (FILL)"),
        (with(&ours, "m1"), vec![("TreatMissingData", json!("breaching"))], "treats missing data as reaching"),
        (with(&average, "m1"), vec![], "its statistic is p99"),
        (with(&dimension, "m1"), vec![], "it watches the metric with dimensions"),
        (with(&ours, "m1 * 2"), vec![("ActionsEnabled", json!(false))], "its actions are disabled"),
    ] {
        let event = watched(&metrics, &more);
        assert_eq!(event.alarms, Observed::Known(vec![]), "{why}");
        let found = event.found.known().unwrap();
        assert!(found.contains("alarm root is not effective: ") && found.contains(why), "{found}");
    }
    for (expression, treatment) in [("FILL(m1, 0.5)", "missing"), ("FILL(m1, 0)", "breaching")] {
        let event = watched(&with(&ours, expression), &[("TreatMissingData", json!(treatment))]);
        assert!(event.alarms.gap().is_some(), "{expression} {:?}", event.alarms);
    }
}
