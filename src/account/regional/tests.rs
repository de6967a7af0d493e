//! Regional facts on hand-made snapshots: what decides, and every way in which a pass would be wrong.

mod alarms_on_expressions;
mod alarms_that_never_notify;
mod composite_alarms;
mod deployments;
mod enumerations;

use crate::account::fact::{GapKind, Observed};
use crate::account::{Account, read};
use crate::policy::trust::TrustSettings;
use crate::snapshot::fixture::{ACCOUNT, Fixture};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TWO: [&str; 2] = ["eu-west-1", "us-east-1"];
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";

/// Adds what watches over an account of one region in which everything answered and nothing is amiss.
pub fn quiet(fixture: Fixture) -> Fixture {
    let arn = format!("arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/a");
    let unused = unused_analyzer("us-east-1");
    let unused_arn = unused["arn"].as_str().unwrap_or_default().to_owned();
    [
        ("accessanalyzer", "ListAnalyzers", vec![], json!({ "analyzers": [analyzer("us-east-1", "ACTIVE"), unused] })),
        ("accessanalyzer", "ListArchiveRules", vec![("analyzerName", "u")], json!({ "archiveRules": [] })),
        ("accessanalyzer", "ListFindingsV2", vec![("analyzerArn", &*unused_arn)], json!({ "findings": [] })),
        ("accessanalyzer", "ListArchiveRules", vec![("analyzerName", "a")], json!({ "archiveRules": [] })),
        ("accessanalyzer", "ListFindings", vec![("analyzerArn", &*arn)], json!({ "findings": [] })),
        ("config", "DescribeConfigurationRecorders", vec![], json!({ "ConfigurationRecorders": [] })),
        ("config", "DescribeConfigurationRecorderStatus", vec![], json!({ "ConfigurationRecordersStatus": [] })),
        ("config", "DescribeDeliveryChannels", vec![], json!({ "DeliveryChannels": [] })),
        ("config", "DescribeDeliveryChannelStatus", vec![], json!({ "DeliveryChannelsStatus": [] })),
        ("config", "DescribeConfigRules", vec![], json!({ "ConfigRules": [] })),
        ("config", "DescribeConfigRuleEvaluationStatus", vec![], json!({ "ConfigRulesEvaluationStatus": [] })),
        ("config", "DescribeComplianceByConfigRule", vec![], json!({ "ComplianceByConfigRules": [] })),
        ("config", "DescribeConformancePacks", vec![], json!({ "ConformancePackDetails": [] })),
        ("config", "DescribeConformancePackStatus", vec![], json!({ "ConformancePackStatusDetails": [] })),
        ("config", "DescribeConfigurationAggregators", vec![], json!({ "ConfigurationAggregators": [] })),
        ("cloudtrail", "DescribeTrails", vec![], json!({ "trailList": [] })),
        ("logs", "DescribeMetricFilters", vec![], json!({ "metricFilters": [] })),
        ("cloudwatch", "DescribeAlarms", vec![], json!({ "MetricAlarms": [] })),
    ]
    .into_iter()
    .fold(fixture, |fixture, (service, operation, about, body)| {
        fixture.answer_in("us-east-1", (service, operation), &about, body)
    })
}

fn account(fixture: Fixture) -> Account {
    read(&fixture.open(), Some(ACCOUNT), &TrustSettings::default()).unwrap()
}

fn regions() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.header.regions = TWO.map(str::to_owned).to_vec();
    fixture.header.regions_enabled = TWO.map(str::to_owned).to_vec();
    let list = TWO.map(|name| json!({ "RegionName": name, "RegionOptStatus": "ENABLED" }));
    fixture.answer("account", "ListRegions", json!({ "Regions": list }))
}

/// An answer of one region.
fn at(fixture: Fixture, region: &str, service: &str, operation: &str, body: Value) -> Fixture {
    fixture.answer_in(region, (service, operation), &[], body)
}

fn about(
    fixture: Fixture,
    region: &str,
    service: &str,
    operation: &str,
    parameter: Option<(&str, &str)>,
    body: Value,
) -> Fixture {
    fixture.answer_in(region, (service, operation), parameter.as_slice(), body)
}

fn refused(fixture: Fixture, region: &str, service: &str, operation: &str) -> Fixture {
    fixture.denied(service, operation).last(|call| region.clone_into(&mut call.region))
}

fn analyzer(region: &str, status: &str) -> Value {
    json!({ "arn": format!("arn:aws:access-analyzer:{region}:{ACCOUNT}:analyzer/a"), "name": "a", "type": "ACCOUNT", "status": status,
        "lastResourceAnalyzedAt": "2026-11-22T01:00:00Z" })
}

fn unused_analyzer(region: &str) -> Value {
    json!({ "arn": format!("arn:aws:access-analyzer:{region}:{ACCOUNT}:analyzer/u"), "name": "u",
        "type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE" })
}

fn analyzers(fixture: Fixture, region: &str, status: &str) -> Fixture {
    let fixture =
        at(fixture, region, "accessanalyzer", "ListAnalyzers", json!({ "analyzers": [analyzer(region, status)] }));
    about(
        fixture,
        region,
        "accessanalyzer",
        "ListArchiveRules",
        Some(("analyzerName", "a")),
        json!({ "archiveRules": [] }),
    )
}

fn alone(fixture: Fixture) -> Fixture {
    fixture.failed("organizations", "DescribeOrganization", None, "AWSOrganizationsNotInUseException", "none")
}

fn findings(fixture: Fixture, region: &str, findings: Value) -> Fixture {
    let arn = format!("arn:aws:access-analyzer:{region}:{ACCOUNT}:analyzer/a");
    let body = json!({ "findings": findings });
    about(fixture, region, "accessanalyzer", "ListFindings", Some(("analyzerArn", &arn)), body)
}

fn finding(status: &str, created: &str) -> Value {
    json!({ "id": created, "resource": "arn:aws:iam::111122223333:role/x", "resourceType": "AWS::IAM::Role", "status": status,
        "principal": { "AWS": "999988887777" }, "action": ["sts:AssumeRole"], "isPublic": false, "condition": {},
        "createdAt": created, "resourceOwnerAccount": ACCOUNT })
}

#[test]
fn an_analyzer_counts_where_it_is_active_and_a_region_not_asked_is_a_gap() {
    let found = account(alone(analyzers(analyzers(regions(), "us-east-1", "ACTIVE"), "eu-west-1", "DISABLED")));
    let regions_found = &found.regions;
    assert!(regions_found.gaps.is_empty());
    assert_eq!(regions_found.subjects[0].external_analyzers, Observed::Known(vec![]));
    assert_eq!(regions_found.subjects[0].other_analyzers, Observed::Known(vec!["a (ACCOUNT, DISABLED)".to_owned()]));
    assert_eq!(regions_found.subjects[1].external_analyzers, Observed::Known(vec!["a".to_owned()]));

    let found = account(alone(analyzers(regions(), "us-east-1", "ACTIVE")));
    let gap = found.regions.subjects[0].external_analyzers.gap().unwrap();
    assert_eq!(gap.reason, "access-analyzer:ListAnalyzers was not collected in eu-west-1");
    let found = account(alone(refused(regions(), "eu-west-1", "accessanalyzer", "ListAnalyzers")));
    assert_eq!(found.regions.subjects[0].external_analyzers.gap().unwrap().kind, GapKind::Denied);
}

#[test]
fn an_organizations_analyzer_may_cover_the_account_unseen() {
    let none = |fixture| at(fixture, "us-east-1", "accessanalyzer", "ListAnalyzers", json!({ "analyzers": [] }));
    let found = account(none(regions()));
    assert_eq!(found.regions.subjects[1].external_analyzers.gap().unwrap().kind, GapKind::NotDecided);
    let trusted = |service: &str| json!({ "EnabledServicePrincipals": [{ "ServicePrincipal": service }] });
    let with = |service: &str| {
        none(regions()).answer("organizations", "ListAWSServiceAccessForOrganization", trusted(service))
    };
    let found = account(with("access-analyzer.amazonaws.com"));
    assert!(found.regions.subjects[1].external_analyzers.gap().is_some());
    let found = account(with("sso.amazonaws.com"));
    assert_eq!(found.regions.subjects[1].external_analyzers, Observed::Known(vec![]));
}

#[test]
fn another_accounts_analyzer_or_finding_ends_the_reading() {
    let foreign = json!({ "analyzers": [{ "arn": "arn:aws:access-analyzer:us-east-1:999988887777:analyzer/a", "name": "a",
        "type": "ACCOUNT", "status": "ACTIVE" }] });
    let refused = |fixture: Fixture| read(&fixture.open(), None, &TrustSettings::default()).unwrap_err().to_string();
    let told = refused(at(regions(), "us-east-1", "accessanalyzer", "ListAnalyzers", foreign));
    assert!(told.contains("accessanalyzer:ListAnalyzers answered about account 999988887777"), "{told}");
    let mut one = finding("ACTIVE", "2026-01-01T00:00:00Z");
    one["resourceOwnerAccount"] = json!("999988887777");
    let told = refused(findings(analyzers(regions(), "us-east-1", "ACTIVE"), "us-east-1", json!([one])));
    assert!(told.contains("accessanalyzer:ListFindings answered about account 999988887777"), "{told}");
}

#[test]
fn a_list_of_regions_that_is_missing_leaves_the_population_open() {
    let mut fixture = Fixture::new();
    fixture.header.regions = vec!["us-east-1".to_owned(), "aws-global".to_owned()];
    let found = account(fixture);
    assert_eq!(found.regions.gaps[0].reason, "account:ListRegions was not collected");
    assert_eq!(found.regions.subjects.len(), 1);
    assert!(!found.trails.gaps.is_empty() && !found.analyzer_findings.gaps.is_empty());
    assert!(found.watched_events.subjects.iter().all(|event| event.alarms.gap().is_some()));
}

#[test]
fn a_finding_of_several_regions_is_one_and_an_error_is_unknown() {
    let both = || analyzers(analyzers(regions(), "us-east-1", "ACTIVE"), "eu-west-1", "ACTIVE");
    let old = finding("ACTIVE", "2026-01-01T00:00:00Z");
    let found = account(findings(
        findings(both(), "us-east-1", json!([old])),
        "eu-west-1",
        json!([finding("ARCHIVED", "2025-01-01T00:00:00Z")]),
    ));
    let population = &found.analyzer_findings;
    assert!(population.gaps.is_empty(), "{:?}", population.gaps);
    let [one] = &population.subjects[..] else { panic!("{:?}", population.subjects) };
    assert_eq!((&one.active, &one.archived), (&Observed::Known(true), &Observed::Known(true)));
    assert_eq!(one.since, Observed::Known("2026-01-01T00:00:00Z".parse().unwrap()), "the archived one does not age it");
    assert_eq!(one.regions, Observed::Known(TWO.map(str::to_owned).to_vec()));

    let mut failed = finding("RESOLVED", "2026-01-01T00:00:00Z");
    failed["error"] = json!("ACCESS_DENIED");
    let found = account(findings(findings(both(), "us-east-1", json!([failed])), "eu-west-1", json!([])));
    let reason = &found.analyzer_findings.subjects[0].active.gap().unwrap().reason;
    assert!(reason.contains("ACCESS_DENIED (us-east-1)"), "{reason}");

    // A list that failed, a region without an analyzer, an answer that was asked for a part.
    let found = account(findings(both(), "us-east-1", json!([])));
    assert_eq!(found.analyzer_findings.gaps.len(), 1);
    let found = account(findings(
        analyzers(analyzers(regions(), "us-east-1", "ACTIVE"), "eu-west-1", "FAILED"),
        "us-east-1",
        json!([]),
    ));
    let reasons: Vec<&str> = found.analyzer_findings.gaps.iter().map(|gap| &*gap.reason).collect();
    assert!(
        reasons.contains(&"no active analyzer of this account looks for external access in eu-west-1"),
        "{reasons:?}"
    );
    let part = findings(findings(both(), "eu-west-1", json!([])), "us-east-1", json!([]))
        .last(|call| drop(call.parameters.insert("filter".to_owned(), json!({}))));
    assert_eq!(account(part).analyzer_findings.gaps.len(), 1);
}

fn recorder(group: Value) -> Value {
    json!({ "ConfigurationRecorders": [{ "name": "default", "recordingGroup": group }] })
}

fn recording(region: &str, group: Value) -> Fixture {
    let on =
        json!({ "ConfigurationRecordersStatus": [{ "name": "default", "recording": true, "lastStatus": "Success" }] });
    let fixture = at(regions(), region, "config", "DescribeConfigurationRecorders", recorder(group));
    at(fixture, region, "config", "DescribeConfigurationRecorderStatus", on)
}

/// An unnamed request returns the customer managed recorder (API reference, DescribeConfigurationRecorders), so
/// another one in its place is no answer to it.
#[test]
fn a_services_own_recorder_does_not_count() {
    let linked = json!({ "ConfigurationRecorders": [{ "name": "AWSConfigurationRecorderForSecurityHub",
        "servicePrincipal": "securityhub.amazonaws.com", "recordingGroup": { "allSupported": true } }] });
    let found = account(at(regions(), "us-east-1", "config", "DescribeConfigurationRecorders", linked));
    let region = &found.regions.subjects[1];
    let reason = &*region.config_recording.gap().unwrap().reason;
    assert!(reason.contains("answered about securityhub.amazonaws.com, which was not asked for"), "{reason}");
    assert!(region.config_records_all_types.gap().is_some());
    assert!(found.regions.subjects[0].config_recording.gap().is_some());
}

#[test]
fn all_types_are_not_iams_types_and_some_regions_never_record_those() {
    let identity = |fixture| account(fixture).monitoring.subjects[0].identity_types_recorded_in.clone();
    let all = json!({ "allSupported": true, "includeGlobalResourceTypes": true });
    assert_eq!(identity(recording("us-east-1", all)), Observed::Known(vec!["us-east-1".to_owned()]));
    let without = account(recording("us-east-1", json!({ "allSupported": true, "includeGlobalResourceTypes": false })));
    assert_eq!(without.regions.subjects[1].config_recording, Observed::Known(true));
    assert_eq!(without.regions.subjects[1].config_records_all_types, Observed::Known(true));
    assert!(without.monitoring.subjects[0].identity_types_recorded_in.gap().is_some(), "eu-west-1 is not known");
    let named = json!({ "allSupported": false, "resourceTypes": ["AWS::IAM::User", "AWS::IAM::Role"] });
    assert!(identity(recording("us-east-1", named)).known().is_none());
    let excluding = json!({ "allSupported": false, "exclusionByResourceTypes": { "resourceTypes": ["AWS::S3::Bucket"] },
        "recordingStrategy": { "useOnly": "EXCLUSION_BY_RESOURCE_TYPES" } });
    assert_eq!(identity(recording("us-east-1", excluding.clone())), Observed::Known(vec!["us-east-1".to_owned()]));
    let found = account(recording("us-east-1", excluding));
    assert_eq!(found.regions.subjects[1].config_records_all_types, Observed::Known(false));
}

fn trail(change: impl Fn(&mut Value)) -> Value {
    let mut trail = json!({ "Name": "main", "TrailARN": TRAIL, "HomeRegion": "us-east-1", "S3BucketName": "logs",
        "IsMultiRegionTrail": true,
        "IsOrganizationTrail": false, "IncludeGlobalServiceEvents": true, "LogFileValidationEnabled": true,
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:trail:*" });
    change(&mut trail);
    json!({ "trailList": [trail] })
}

fn trails(listed: Value, status: Value) -> Fixture {
    let fixture = at(regions(), "us-east-1", "cloudtrail", "DescribeTrails", listed.clone());
    let fixture = at(fixture, "eu-west-1", "cloudtrail", "DescribeTrails", listed);
    let fixture = about(fixture, "us-east-1", "cloudtrail", "GetTrailStatus", Some(("Name", TRAIL)), status);
    let all = json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true }] });
    about(fixture, "us-east-1", "cloudtrail", "GetEventSelectors", Some(("TrailName", TRAIL)), all)
}

fn complete(fixture: Fixture) -> Observed<Vec<String>> {
    account(fixture).monitoring.subjects[0].complete_trails.clone()
}

#[test]
fn a_trail_that_shows_twice_counts_once_and_must_be_on_and_deliver() {
    let on = || json!({ "IsLogging": true });
    let whole = || trail(|_| ());
    let found = account(trails(whole(), on()));
    assert_eq!(found.trails.subjects.len(), 1);
    assert!(found.trails.gaps.is_empty());
    assert_eq!(complete(trails(whole(), on())), Observed::Known(vec!["trail main (us-east-1)".to_owned()]));
    for status in [json!({ "IsLogging": false }), json!({ "IsLogging": true, "LatestDeliveryError": "NoSuchBucket" })] {
        assert_eq!(complete(trails(whole(), status)), Observed::Known(vec![]));
    }
    assert_eq!(complete(trails(trail(|one| one["IsMultiRegionTrail"] = json!(false)), on())), Observed::Known(vec![]));
    assert_eq!(
        complete(trails(trail(|one| one["IncludeGlobalServiceEvents"] = json!(false)), on())),
        Observed::Known(vec![])
    );
    assert!(complete(trails(whole(), json!({}))).gap().is_some());
    let unasked = refused(
        at(regions(), "us-east-1", "cloudtrail", "DescribeTrails", json!({ "trailList": [] })),
        "eu-west-1",
        "cloudtrail",
        "DescribeTrails",
    );
    assert!(complete(unasked).gap().is_some(), "a trail may be at home where nobody could look");
    let foreign = trail(|one| one["TrailARN"] = json!(TRAIL.replace(ACCOUNT, "999988887777")));
    assert!(complete(trails(foreign, on())).gap().is_some());
}

const PEOPLE: &str = "arn:aws:sns:us-east-1:111122223333:people";

fn subscribed(id: &str) -> Value {
    json!({ "Subscriptions": [{ "SubscriptionArn": id, "Protocol": "email", "Endpoint": "a@example.com", "TopicArn": PEOPLE }] })
}

fn alarmed(pattern: &str, change: impl Fn(&mut Value)) -> super::subjects::WatchedEvent {
    told(pattern, change, |fixture| {
        let confirmed = subscribed("arn:aws:sns:us-east-1:111122223333:people:6f1e");
        about(fixture, "us-east-1", "sns", "ListSubscriptionsByTopic", Some(("TopicArn", PEOPLE)), confirmed)
    })
}

fn told(
    pattern: &str,
    change: impl Fn(&mut Value),
    subscribe: impl Fn(Fixture) -> Fixture,
) -> super::subjects::WatchedEvent {
    told_by(pattern, (|_: &mut Value| (), change), subscribe)[2].clone()
}

/// Every kind of event, with a change of the metric filter and of the alarm.
fn told_by(
    pattern: &str,
    changes: (impl Fn(&mut Value), impl Fn(&mut Value)),
    subscribe: impl Fn(Fixture) -> Fixture,
) -> Vec<super::subjects::WatchedEvent> {
    with_composites(pattern, changes, &json!([]), subscribe)
}

/// The same with composite alarms.
fn with_composites(
    pattern: &str,
    (change_filter, change): (impl Fn(&mut Value), impl Fn(&mut Value)),
    composites: &Value,
    subscribe: impl Fn(Fixture) -> Fixture,
) -> Vec<super::subjects::WatchedEvent> {
    let mut alarm = json!({ "AlarmName": "root", "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:root",
        "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:people"], "MetricName": "Root",
        "Namespace": "Trail", "Statistic": "Sum", "Threshold": 1.0, "Period": 300, "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold" });
    change(&mut alarm);
    let mut filter = json!({ "filterName": "root", "filterPattern": pattern, "logGroupName": "trail",
        "metricTransformations": [{ "metricName": "Root", "metricNamespace": "Trail", "metricValue": "1" }] });
    change_filter(&mut filter);
    let mut fixture = trails(trail(|_| ()), json!({ "IsLogging": true }));
    for region in TWO {
        let here = region == "us-east-1";
        let (filters, alarms) = if here { (json!([filter]), json!([alarm])) } else { (json!([]), json!([])) };
        fixture = at(fixture, region, "logs", "DescribeMetricFilters", json!({ "metricFilters": filters }));
        let alarms =
            json!({ "MetricAlarms": alarms, "CompositeAlarms": if here { composites.clone() } else { json!([]) } });
        fixture = at(fixture, region, "cloudwatch", "DescribeAlarms", alarms).last(|call| {
            call.parameters = BTreeMap::from([("AlarmTypes".to_owned(), json!(["CompositeAlarm", "MetricAlarm"]))]);
        });
    }
    account(subscribe(fixture)).watched_events.subjects
}

#[test]
fn an_alarm_that_nobody_confirmed_tells_nobody_and_one_that_nobody_asked_about_is_unknown() {
    let ask = |body: Value| {
        move |fixture: Fixture| {
            about(fixture, "us-east-1", "sns", "ListSubscriptionsByTopic", Some(("TopicArn", PEOPLE)), body.clone())
        }
    };
    for nobody in [subscribed("PendingConfirmation"), subscribed("Deleted"), json!({ "Subscriptions": [] })] {
        assert_eq!(told(ROOT, |_| (), ask(nobody)).alarms, Observed::Known(vec![]));
    }
    let gone = |fixture: Fixture| {
        let fixture = fixture.failed_about("sns", "ListSubscriptionsByTopic", ("TopicArn", PEOPLE), "NotFound");
        fixture.last(|call| "us-east-1".clone_into(&mut call.region))
    };
    assert_eq!(told(ROOT, |_| (), gone).alarms, Observed::Known(vec![]));
    let refused = |fixture: Fixture| {
        let fixture =
            fixture.failed_about("sns", "ListSubscriptionsByTopic", ("TopicArn", PEOPLE), "AuthorizationError");
        fixture.last(|call| "us-east-1".clone_into(&mut call.region))
    };
    assert_eq!(told(ROOT, |_| (), refused).alarms.gap().unwrap().kind, GapKind::Denied);
    let unasked = told(ROOT, |_| (), |fixture| fixture);
    assert_eq!(unasked.alarms.gap().unwrap().kind, GapKind::NotCollected);
    assert!(unasked.found.known().unwrap().contains("whether alarm root notifies anybody is not known"));
    // Another answer without the list is no empty list.
    assert!(told(ROOT, |_| (), ask(json!({}))).alarms.gap().is_some());
}

const ROOT: &str =
    "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }";

#[test]
fn an_alarm_counts_at_the_end_of_a_whole_chain() {
    type Change = fn(&mut Value);
    let event = alarmed(ROOT, |_| ());
    assert_eq!(event.topic, Observed::Known("use of the root user".to_owned()));
    assert_eq!(event.alarms, Observed::Known(vec!["root".to_owned()]));
    assert_eq!(event.events_until_alarm, Observed::Known(Some(1)));
    let spoilt: [(Change, &str); 6] = [
        (|alarm| alarm["ActionsEnabled"] = json!(false), "alarm root is not effective: its actions are disabled"),
        (|alarm| alarm["AlarmActions"] = json!(["arn:aws:automate:us-east-1:ec2:stop"]), "has no SNS topic"),
        (|alarm| alarm["MetricName"] = json!("Other"), "no alarm watches the metric of metric filter root"),
        (|alarm| alarm["Statistic"] = json!("Average"), "its statistic is Average, which does not count events"),
        (|alarm| alarm["ComparisonOperator"] = json!("LessThanThreshold"), "it goes off by LessThanThreshold"),
        (|alarm| alarm["Dimensions"] = json!([{ "Name": "a", "Value": "b" }]), "watches the metric with dimensions"),
    ];
    for (change, why) in spoilt {
        let event = alarmed(ROOT, change);
        assert_eq!(event.alarms, Observed::Known(vec![]));
        let found = event.found.known().unwrap();
        assert!(found.contains(why), "{found}");
    }
    let many = alarmed(ROOT, |alarm| {
        alarm["Threshold"] = json!(5.0);
        alarm["EvaluationPeriods"] = json!(3);
    });
    assert_eq!(many.events_until_alarm, Observed::Known(Some(15)));
    let found = many.found.known().unwrap();
    assert!(found.contains("goes off after 15 events: the sum of the metric must reach 5 in 3 periods"), "{found}");
}

#[test]
fn a_pattern_that_leaves_something_open_or_takes_everything_in_does_not_count() {
    for pattern in [
        "{ $.userIdentity.type = Root && $.sourceIPAddress != \"192.0.2.1\" }",
        "{ $.userIdentity.type = Root && $.eventType = AwsApiCall }",
        "{ $.userIdentity.type = * }",
        "{ $.userIdentity.type = root }",
        "Root",
    ] {
        let event = alarmed(pattern, |_| ());
        assert_eq!(event.alarms, Observed::Known(vec![]), "{pattern}");
    }
    let near = alarmed("{ $.userIdentity.type = Root && $.eventType = AwsApiCall }", |_| ());
    let found = near.found.known().unwrap();
    assert!(found.contains("no alarm for a sign-in of the root user (AwsConsoleSignIn)"), "{found}");
}

fn rules(status: Value) -> Account {
    let rule = json!({ "ConfigRuleName": "anything", "Source": { "Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED" },
        "InputParameters": "{ \"maxAccessKeyAge\": \"90\" }" });
    let own = json!({ "ConfigRuleName": "iam", "Source": { "Owner": "CUSTOM_LAMBDA", "SourceIdentifier": "IAM_X" } });
    let mut fixture = regions();
    for region in TWO {
        fixture = at(fixture, region, "config", "DescribeConfigRules", json!({ "ConfigRules": [rule, own] }));
        let status = json!({ "ConfigRulesEvaluationStatus": [status] });
        fixture = at(fixture, region, "config", "DescribeConfigRuleEvaluationStatus", status);
        let result = |id: &str, verdict: &str, time: &str| {
            json!({ "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": { "ResourceType": "AWS::IAM::User", "ResourceId": id } }, "ComplianceType": verdict,
            "ResultRecordedTime": time })
        };
        let newer = if region == "us-east-1" {
            ("COMPLIANT", "2026-11-20T00:00:00Z")
        } else {
            ("NON_COMPLIANT", "2026-11-01T00:00:00Z")
        };
        let results = json!({ "EvaluationResults": [result("AIDA1", newer.0, newer.1), result("AIDA2", "INSUFFICIENT_DATA", newer.1)] });
        fixture = about(
            fixture,
            region,
            "config",
            "GetComplianceDetailsByConfigRule",
            Some(("ConfigRuleName", "anything")),
            results,
        );
    }
    account(fixture)
}

#[test]
fn a_rule_of_several_regions_is_one_and_regions_may_disagree() {
    use super::Compliance::{RegionsDisagree, Silent};
    let account =
        rules(json!({ "ConfigRuleName": "anything", "LastSuccessfulEvaluationTime": "2026-11-20T00:00:00Z" }));
    let [rule] = &account.config_rules.subjects[..] else { panic!("one rule") };
    assert_eq!(rule.names, Observed::Known(vec!["anything (eu-west-1)".to_owned(), "anything (us-east-1)".to_owned()]));
    assert_eq!(rule.errors, Observed::Known(vec![]));
    let verdicts: Vec<_> = account.rule_results[0].results.iter().map(|one| one.compliance).collect();
    assert_eq!(verdicts, [RegionsDisagree, Silent], "too little data is not compliance");
    let first = &account.rule_results[0].results[0];
    assert_eq!((first.compliant_in.len(), first.not_compliant_in.len()), (1, 1));
}

#[test]
fn an_evaluation_that_failed_since_or_never_was_is_told() {
    let failed = rules(json!({ "ConfigRuleName": "anything", "LastSuccessfulEvaluationTime": "2026-11-20T00:00:00Z",
        "LastFailedEvaluationTime": "2026-11-21T00:00:00Z", "LastErrorCode": "Denied" }));
    let errors = &failed.config_rules.subjects[0].errors;
    assert_eq!(errors, &Observed::Known(vec!["eu-west-1: Denied".to_owned(), "us-east-1: Denied".to_owned()]));
    let never = rules(json!({ "ConfigRuleName": "anything" }));
    assert_eq!(never.config_rules.subjects[0].last_evaluated, Observed::Known(None));
    let silent = rules(json!({ "ConfigRuleName": "another" }));
    assert!(silent.config_rules.subjects[0].last_evaluated.gap().is_some());
}

/// One region with an analyzer of unused access and these findings, and with what one of them rests on.
fn unused(findings: Value, details: Option<(&str, Value)>) -> Account {
    let mut fixture = Fixture::new();
    fixture.header.regions = vec!["us-east-1".to_owned()];
    fixture.header.regions_enabled = vec!["us-east-1".to_owned()];
    let list = json!([{ "RegionName": "us-east-1", "RegionOptStatus": "ENABLED" }]);
    let unused = unused_analyzer("us-east-1");
    let arn = unused["arn"].as_str().unwrap().to_owned();
    let fixture = fixture.answer("account", "ListRegions", json!({ "Regions": list }));
    let fixture = at(fixture, "us-east-1", "accessanalyzer", "ListAnalyzers", json!({ "analyzers": [unused] }));
    let body = json!({ "findings": findings });
    let list = ("accessanalyzer", "ListFindingsV2");
    let mut fixture = fixture.answer_in("us-east-1", list, &[("analyzerArn", &*arn)], body);
    if let Some((id, details)) = details {
        let body = json!({ "findingDetails": details });
        let one = ("accessanalyzer", "GetFindingV2");
        fixture = fixture.answer_in("us-east-1", one, &[("analyzerArn", &*arn), ("id", id)], body);
    }
    account(fixture)
}

fn idle_role(id: &str, status: &str) -> Value {
    json!({ "id": id, "findingType": "UnusedIAMRole", "resource": format!("arn:aws:iam::{ACCOUNT}:role/idle"),
        "resourceType": "AWS::IAM::Role", "resourceOwnerAccount": ACCOUNT, "status": status,
        "createdAt": "2026-08-01T00:00:00Z" })
}

#[test]
fn unused_access_is_told_with_what_it_rests_on() {
    let details = json!([{ "unusedIamRoleDetails": { "lastAccessed": "2026-01-02T03:04:05Z" } }]);
    let found = unused(json!([idle_role("f1", "ACTIVE")]), Some(("f1", details)));
    let population = &found.access_findings;
    assert!(population.gaps.is_empty(), "{:?}", population.gaps);
    let one = &population.subjects[0];
    assert_eq!(one.finding_type.known().map(String::as_str), Some("unused role"));
    assert_eq!((one.own.known(), one.unused.known(), one.active.known()), (Some(&true), Some(&true), Some(&true)));
    assert_eq!(one.details.known().unwrap(), &["last used 2026-01-02"]);
}

#[test]
fn a_finding_without_its_details_stays_and_tells_what_is_missing() {
    let found = unused(json!([idle_role("f1", "ACTIVE")]), None);
    let one = &found.access_findings.subjects[0];
    assert_eq!(one.active.known(), Some(&true));
    assert_eq!(one.details.gap().unwrap().kind, GapKind::NotCollected);
}

#[test]
fn a_finding_whose_analysis_failed_is_not_settled() {
    let mut failed = idle_role("f1", "RESOLVED");
    failed["error"] = json!("ACCESS_DENIED");
    let found = unused(json!([failed]), None);
    let reason = &found.access_findings.subjects[0].active.gap().unwrap().reason;
    assert!(reason.contains("ACCESS_DENIED"), "{reason}");
    let mut nameless = idle_role("f2", "ACTIVE");
    nameless.as_object_mut().unwrap().remove("findingType");
    let found = unused(json!([nameless]), None);
    assert!(found.access_findings.subjects[0].unused.gap().is_some(), "nobody says what it is about");
}

#[test]
fn where_nobody_looks_for_unused_access_there_may_be_some() {
    let found = account(analyzers(regions(), "us-east-1", "ACTIVE"));
    assert!(!found.access_findings.gaps.is_empty());
}
