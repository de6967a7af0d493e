//! An alarm that is known never to notify does not count; one of which that is not known is not known. The sentence
//! names the cause.

use super::*;
use crate::account::regional::subjects::WatchedEvent;

type Change = fn(&mut Value);

/// The event of the root user with this change of the filter and of the alarm.
fn watched(pattern: &str, filter: Change, alarm: Change) -> WatchedEvent {
    let confirmed = subscribed("arn:aws:sns:us-east-1:111122223333:people:6f1e");
    told_by(pattern, (filter, alarm), |fixture| {
        about(fixture, "us-east-1", "sns", "ListSubscriptionsByTopic", Some(("TopicArn", PEOPLE)), confirmed.clone())
    })[2]
        .clone()
}

fn same(_: &mut Value) {}

fn drop_member(value: &mut Value, member: &str) {
    drop(value.as_object_mut().unwrap().remove(member));
}

#[test]
fn what_certainly_keeps_an_alarm_from_notifying() {
    let cases: &[(Change, Change, &str)] = &[
        (same, |alarm| alarm["Unit"] = json!("Bytes"), "evaluates data in the unit Bytes only"),
        (
            |filter| filter["metricTransformations"][0]["unit"] = json!("Count"),
            |alarm| alarm["Unit"] = json!("None"),
            "the metric filter publishes in the unit Count",
        ),
        (
            |filter| filter["metricTransformations"][0]["defaultValue"] = json!(1.0),
            same,
            "the metric filter publishes 1 where no event matches",
        ),
        (
            |filter| filter["metricTransformations"][0]["defaultValue"] = json!(0.0),
            |alarm| alarm["Statistic"] = json!("SampleCount"),
            "the metric filter publishes 0 where no event matches",
        ),
        (same, |alarm| alarm["TreatMissingData"] = json!("breaching"), "treats missing data as reaching the threshold"),
        (
            |filter| filter["fieldSelectionCriteria"] = json!("@aws.account IN [\"999988887777\"]"),
            same,
            "metric filter root excludes this account's events",
        ),
        (
            |filter| filter["metricTransformations"][0]["metricValue"] = json!("0"),
            same,
            "adds 0 to the metric for each event, so that the sum never reaches the threshold 1",
        ),
        (
            |filter| filter["metricTransformations"][0]["metricValue"] = json!("-1"),
            same,
            "adds -1 to the metric for each event, so that the sum never reaches the threshold 1",
        ),
        (
            |filter| filter["metricTransformations"][0]["metricValue"] = json!("many"),
            same,
            "\"many\" to the metric, not a number",
        ),
        (
            same,
            |alarm| {
                drop_member(alarm, "Statistic");
                alarm["ExtendedStatistic"] = json!("p99");
            },
            "its statistic is p99",
        ),
        // What is known to be broken decides beside what is not known.
        (
            |filter| filter["applyOnTransformedLogs"] = json!(true),
            |alarm| alarm["ActionsEnabled"] = json!(false),
            "its actions are disabled",
        ),
    ];
    for (filter, alarm, why) in cases {
        let event = watched(ROOT, *filter, *alarm);
        assert_eq!(event.alarms, Observed::Known(vec![]), "{why}");
        let found = event.found.known().unwrap();
        assert!(found.contains("alarm root is not effective") && found.contains(why), "{found}");
    }
}

#[test]
fn what_is_not_told_of_an_alarm_is_not_known() {
    let cases: &[(Change, Change, &str)] = &[
        (same, |alarm| drop_member(alarm, "ActionsEnabled"), "whether the actions of alarm root are enabled"),
        (same, |alarm| drop_member(alarm, "AlarmActions"), "the actions of alarm root"),
        (same, |alarm| drop_member(alarm, "Threshold"), "the threshold of alarm root"),
        (same, |alarm| drop_member(alarm, "Statistic"), "the statistic of alarm root"),
        (same, |alarm| drop_member(alarm, "ComparisonOperator"), "the comparison operator of alarm root"),
        (same, |alarm| drop_member(alarm, "EvaluationPeriods"), "the evaluation periods of alarm root"),
        (|filter| filter["applyOnTransformedLogs"] = json!(true), same, "transformed log events"),
        (same, |alarm| alarm["TreatMissingData"] = json!("ignore"), "may stay in ALARM state after the first event"),
        (same, |alarm| alarm["TreatMissingData"] = json!("dance"), "that AWS does not document (dance)"),
        (
            |filter| filter["fieldSelectionCriteria"] = json!("@aws.region = \"us-east-1\""),
            same,
            "selects log events by system fields",
        ),
        (
            |filter| filter["metricTransformations"][0]["defaultValue"] = json!(0.5),
            same,
            "whether that alone sets off alarm root is not known",
        ),
        (
            |filter| filter["metricTransformations"][0]["metricValue"] = json!("$.size"),
            same,
            "adds the value of $.size to the metric",
        ),
    ];
    for (filter, alarm, why) in cases {
        let event = watched(ROOT, *filter, *alarm);
        let reason = &event.alarms.gap().unwrap_or_else(|| panic!("{why}")).reason;
        assert!(reason.contains(why), "{reason}");
        let found = event.found.known().unwrap();
        assert!(found.contains("whether alarm root notifies anybody is not known: "), "{found}");
    }
}

#[test]
fn what_does_no_harm_is_no_fault() {
    let cases: &[(Change, Change)] = &[
        (same, |alarm| alarm["Unit"] = json!("None")),
        (|filter| filter["metricTransformations"][0]["unit"] = json!("Count"), |alarm| alarm["Unit"] = json!("Count")),
        (|filter| filter["metricTransformations"][0]["defaultValue"] = json!(0.0), same),
        (|filter| filter["applyOnTransformedLogs"] = json!(false), same),
        (
            |filter| filter["metricTransformations"][0]["metricValue"] = json!("0"),
            |alarm| alarm["Statistic"] = json!("SampleCount"),
        ),
        (same, |alarm| alarm["TreatMissingData"] = json!("notBreaching")),
    ];
    for (filter, alarm) in cases {
        let event = watched(ROOT, *filter, *alarm);
        assert_eq!(event.alarms, Observed::Known(vec!["root".to_owned()]), "{:?}", event.found);
        assert_eq!(event.events_until_alarm, Observed::Known(Some(1)));
    }
}

/// An alarm that is not understood leaves open what it would watch, and nothing else.
#[test]
fn an_alarm_that_is_not_known_leaves_other_events_alone() {
    let events = told_by(ROOT, (same, |alarm| drop_member(alarm, "Threshold")), |fixture| fixture);
    assert!(events[2].alarms.gap().is_some());
    for event in events.iter().filter(|event| event.topic != events[2].topic) {
        assert_eq!(event.alarms, Observed::Known(vec![]), "{:?}", event.topic);
    }
}

#[test]
fn the_root_user_is_known_by_arn_and_account_too() {
    for pattern in [
        "{ $.userIdentity.arn = \"*:root\" }",
        "{ $.userIdentity.arn = \"arn:aws:iam::111122223333:root\" }",
        "{ $.userIdentity.type = Root && $.userIdentity.accountId = \"111122223333\" }",
    ] {
        assert_eq!(watched(pattern, same, same).alarms, Observed::Known(vec!["root".to_owned()]), "{pattern}");
    }
    for pattern in ["{ $.userIdentity.arn = \"arn:aws:iam::999988887777:root\" }", "{ $.userIdentity.arn = \"*\" }"] {
        assert_eq!(watched(pattern, same, same).alarms, Observed::Known(vec![]), "{pattern}");
    }
}
