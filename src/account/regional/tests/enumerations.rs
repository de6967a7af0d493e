//! A value that AWS does not document may mean anything: what it decides is not known, neither "none" nor out of scope.

use super::*;

const HERE: &str = "us-east-1";

fn region(fixture: Fixture) -> crate::account::regional::subjects::Region {
    let found = account(fixture);
    found.regions.subjects.iter().find(|one| one.id == HERE).unwrap().clone()
}

/// A Region that records and delivers, with the last status of the recorder and of each delivery.
fn delivering(recorder: &str, history: &str, stream: &str) -> Fixture {
    let fixture = recording(HERE, json!({ "allSupported": true })).without("DescribeConfigurationRecorderStatus");
    let on =
        json!({ "ConfigurationRecordersStatus": [{ "name": "default", "recording": true, "lastStatus": recorder }] });
    let fixture = at(fixture, HERE, "config", "DescribeConfigurationRecorderStatus", on);
    let channel = json!({ "DeliveryChannels": [{ "name": "default", "s3BucketName": "trail" }] });
    let fixture = at(fixture, HERE, "config", "DescribeDeliveryChannels", channel);
    let status = json!({ "DeliveryChannelsStatus": [{ "name": "default",
        "configHistoryDeliveryInfo": { "lastStatus": history }, "configStreamDeliveryInfo": { "lastStatus": stream } }] });
    at(fixture, HERE, "config", "DescribeDeliveryChannelStatus", status)
}

#[test]
fn of_recorders_and_deliveries() {
    let good = region(delivering("SUCCESS", "Success", "SUCCESS"));
    assert_eq!(good.config_recorder_status, Observed::Known(Some("SUCCESS".to_owned())));
    assert_eq!(good.config_deliveries, Observed::Known(vec!["history".to_owned(), "stream".to_owned()]));
    assert_eq!(good.config_delivery_failures, Observed::Known(vec![]));
    let odd = region(delivering("Dancing", "Success", "Dancing"));
    let reason = &odd.config_recorder_status.gap().unwrap().reason;
    assert!(reason.contains("\"Dancing\" for the last status of the recorder in us-east-1"), "{reason}");
    assert!(odd.config_delivery_failures.gap().is_some(), "the stream may have failed");
    assert_eq!(odd.config_deliveries, Observed::Known(vec!["history".to_owned()]), "the history was delivered");
    let failed = region(delivering("Success", "Failure", "Dancing"));
    assert_eq!(failed.config_delivery_failures, Observed::Known(vec!["history".to_owned()]), "one failure decides");
    assert!(failed.config_deliveries.gap().is_some());
}

/// A list that lacks what its own status names is not empty.
#[test]
fn a_status_that_names_what_the_list_lacks_contradicts_it() {
    let whole = delivering("SUCCESS", "Success", "SUCCESS").without("DescribeConfigurationRecorders");
    let none = json!({ "ConfigurationRecorders": [] });
    let found = region(at(whole, HERE, "config", "DescribeConfigurationRecorders", none));
    let reason = &found.config_recording.gap().unwrap().reason;
    assert!(reason.contains("for recorder default, which") && reason.contains("does not list"), "{reason}");
    assert!(found.config_records_all_types.gap().is_some());
    let mut fixture = regions();
    for name in TWO {
        fixture = at(fixture, name, "config", "DescribeConfigRules", json!({ "ConfigRules": [] }));
        let status = json!({ "ConfigRulesEvaluationStatus": [{ "ConfigRuleName": "r" }] });
        fixture = at(fixture, name, "config", "DescribeConfigRuleEvaluationStatus", status);
    }
    assert!(account(fixture).config_rules.gaps[0].reason.contains("returns a status for rule r"));
}

#[test]
fn of_trails_and_alarms() {
    let odd = |kind: &str| {
        let fixture = trails(trail(|_| ()), json!({ "IsLogging": true })).without("GetEventSelectors");
        let selectors = json!({ "EventSelectors": [{ "ReadWriteType": kind, "IncludeManagementEvents": true }] });
        complete(about(fixture, HERE, "cloudtrail", "GetEventSelectors", Some(("TrailName", TRAIL)), selectors))
    };
    assert_eq!(odd("ReadOnly"), Observed::Known(vec![]));
    assert!(odd("Dancing").gap().is_some());
    let pattern = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }";
    for member in ["Statistic", "ComparisonOperator"] {
        let event = alarmed(pattern, |alarm| alarm[member] = json!("Dancing"));
        assert!(event.alarms.gap().is_some(), "{member}");
        let event = alarmed(pattern, |alarm| alarm[member] = json!("Minimum"));
        assert!(member != "Statistic" || event.alarms.known().is_some_and(Vec::is_empty), "{member}");
    }
}

#[test]
fn of_rules_and_their_results() {
    let with = |owner: &str, verdict: &str| {
        let rule =
            json!({ "ConfigRuleName": "r", "Source": { "Owner": owner, "SourceIdentifier": "IAM_POLICY_IN_USE" } });
        let mut fixture = regions();
        for name in TWO {
            fixture = at(fixture, name, "config", "DescribeConfigRules", json!({ "ConfigRules": [rule] }));
            let status = json!({ "ConfigRulesEvaluationStatus": [{ "ConfigRuleName": "r" }] });
            fixture = at(fixture, name, "config", "DescribeConfigRuleEvaluationStatus", status);
            let results = json!({ "EvaluationResults": [{ "EvaluationResultIdentifier": { "EvaluationResultQualifier": {
                "ResourceType": "AWS::IAM::User", "ResourceId": "AIDA1" } }, "ComplianceType": verdict }] });
            let named = Some(("ConfigRuleName", "r"));
            fixture = about(fixture, name, "config", "GetComplianceDetailsByConfigRule", named, results);
        }
        account(fixture)
    };
    let good = with("AWS", "COMPLIANT");
    assert!(good.config_rules.gaps.is_empty() && good.rule_results[0].gap.is_none());
    assert!(!with("DANCING", "COMPLIANT").config_rules.gaps.is_empty(), "the rule may be one of AWS's");
    assert!(with("AWS", "DANCING").rule_results[0].gap.is_some());
}

#[test]
fn of_findings_and_their_analyzers() {
    let mut odd = idle_role("f", "ACTIVE");
    odd["findingType"] = json!("DancingRole");
    let found = unused(json!([odd]), None);
    assert!(found.access_findings.subjects[0].unused.gap().is_some());
    let analyzers = json!({ "analyzers": [{ "arn": format!("arn:aws:access-analyzer:{HERE}:{ACCOUNT}:analyzer/a"),
        "name": "a", "type": "DANCING", "status": "ACTIVE" }] });
    let fixture = at(regions(), HERE, "accessanalyzer", "ListAnalyzers", analyzers);
    let rules = json!({ "archiveRules": [{ "ruleName": "all", "filter": {}, "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z" }] });
    let named = Some(("analyzerName", "a"));
    let found = account(about(fixture, HERE, "accessanalyzer", "ListArchiveRules", named, rules));
    assert!(found.archive_rules.subjects[0].takes_in_public_access.gap().is_some());
}
