//! An alarm without an action of its own notifies where a composite alarm of its own Region does: certainly only where the
//! composite alarm's rule is that alarm alone.

use super::*;
use crate::account::regional::subjects::WatchedEvent;

const ACTION: &str = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:night";

fn composite(name: &str, rule: &str) -> Value {
    json!({ "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"),
        "AlarmRule": rule, "ActionsEnabled": true, "AlarmActions": [PEOPLE] })
}

/// The event of the root user where the alarm has no action of its own.
fn watched(composites: &Value) -> WatchedEvent {
    let confirmed = subscribed("arn:aws:sns:us-east-1:111122223333:people:6f1e");
    let mute = |alarm: &mut Value| alarm["AlarmActions"] = json!([]);
    with_composites(ROOT, (|_: &mut Value| (), mute), composites, |fixture| {
        about(fixture, "us-east-1", "sns", "ListSubscriptionsByTopic", Some(("TopicArn", PEOPLE)), confirmed.clone())
    })[2]
        .clone()
}

#[test]
fn a_composite_alarm_on_the_alarm_alone_notifies() {
    let arn = "ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:root)";
    let mut mute = composite("one", "ALARM(root)");
    mute["ActionsEnabled"] = json!(false);
    for composites in [
        json!([composite("all", "ALARM(root)")]),
        json!([composite("all", "(ALARM(\"root\"))")]),
        json!([composite("all", arn)]),
        json!([mute, composite("two", "ALARM(one)")]),
        json!([composite("odd", "NOT ALARM(root)"), composite("all", "ALARM(root)")]),
    ] {
        let event = watched(&composites);
        assert_eq!(event.alarms, Observed::Known(vec!["root".to_owned()]), "{composites} {:?}", event.found);
    }
}

#[test]
fn a_composite_alarm_that_combines_the_alarm_with_more_is_not_known() {
    let mut suppressed = composite("all", "ALARM(root)");
    suppressed["ActionsSuppressor"] = json!(ACTION);
    for (composites, why) in [
        (json!([composite("all", "ALARM(root) OR ALARM(other)")]), "combines it with other alarms or states"),
        (json!([composite("all", "ALARM(root) AND NOT ALARM(night)")]), "combines it with other alarms or states"),
        (json!([composite("all", "AT_LEAST(1, ALARM, (root, other))")]), "combines it with other alarms or states"),
        (json!([suppressed]), "sends nothing while alarm arn:aws:cloudwatch"),
    ] {
        let event = watched(&composites);
        let gap = event.alarms.gap().unwrap_or_else(|| panic!("{composites}: {:?}", event.alarms));
        assert_eq!(gap.kind, GapKind::NotDecided);
        assert!(
            gap.reason.contains("composite alarm all notifies for alarm root and ") && gap.reason.contains(why),
            "{gap:?}"
        );
        assert!(event.found.known().unwrap().contains(&gap.reason), "{:?}", event.found);
    }
}

#[test]
fn an_alarm_that_no_composite_alarm_notifies_for_does_not_count() {
    let mut mute = composite("all", "ALARM(root) OR ALARM(other)");
    mute["AlarmActions"] = json!([]);
    // Composite alarms that name each other have no action at their end.
    let (mut one, mut two) = (composite("one", "ALARM(root) OR ALARM(two)"), composite("two", "ALARM(one)"));
    one["ActionsEnabled"] = json!(false);
    two["ActionsEnabled"] = json!(false);
    for (composites, why) in [
        (json!([]), "alarm root is not effective: it has no SNS topic as its alarm action"),
        (json!([composite("all", "ALARM(roots) OR ALARM(\"root 2\")")]), "it has no SNS topic as its alarm action"),
        (
            json!([mute]),
            "composite alarm all, whose rule names it, does not notify anybody either: it has no SNS topic",
        ),
        (
            json!([one, two]),
            "composite alarm one, whose rule names it, does not notify anybody either: its actions are",
        ),
    ] {
        let event = watched(&composites);
        assert_eq!(event.alarms, Observed::Known(vec![]), "{composites}");
        assert!(event.found.known().unwrap().contains(why), "{:?}", event.found);
    }
}

/// The list holds composite alarms only where they were requested.
#[test]
fn composite_alarms_that_were_not_requested_are_not_known() {
    let filter = json!({ "filterName": "root", "filterPattern": ROOT, "logGroupName": "trail",
        "metricTransformations": [{ "metricName": "Root", "metricNamespace": "Trail", "metricValue": "1" }] });
    let alarm = json!({ "AlarmName": "root", "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:root",
        "ActionsEnabled": true, "AlarmActions": [], "MetricName": "Root", "Namespace": "Trail", "Statistic": "Sum",
        "Threshold": 1.0, "Period": 300, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold" });
    let with = |composites: Value| {
        let mut fixture = trails(trail(|_| ()), json!({ "IsLogging": true }));
        for region in TWO {
            let here = region == "us-east-1";
            let (filters, alarms) = if here { (json!([filter]), json!([alarm])) } else { (json!([]), json!([])) };
            fixture = at(fixture, region, "logs", "DescribeMetricFilters", json!({ "metricFilters": filters }));
            let answer =
                json!({ "MetricAlarms": alarms, "CompositeAlarms": if here { composites.clone() } else { json!([]) } });
            fixture = at(fixture, region, "cloudwatch", "DescribeAlarms", answer);
        }
        account(fixture).watched_events.subjects[2].clone()
    };
    let event = with(json!([]));
    let gap = event.alarms.gap().unwrap_or_else(|| panic!("{:?}", event.alarms));
    assert_eq!(gap.kind, GapKind::NotCollected);
    let why = "alarm root does not notify anybody itself (it has no SNS topic as its alarm action); whether a composite alarm \
               whose rule names it does is not known: cloudwatch:DescribeAlarms in us-east-1 was requested without composite \
               alarms (AlarmTypes)";
    assert_eq!(gap.reason, why);
    // An answer that holds composite alarms was asked for them.
    let mut other = composite("all", "ALARM(other)");
    other["AlarmActions"] = json!([]);
    assert_eq!(with(json!([other])).alarms, Observed::Known(vec![]));
}
