//! Conformance packs, aggregators, what the organization deploys; results of rules; AWS's own counts of findings.

use super::{TWO, about, account, analyzers, at, finding, findings, regions};
use crate::account::Account;
use crate::account::fact::{GapKind, Observed};
use crate::account::regional::subjects::ConfigDeployment;
use crate::snapshot::fixture::{ACCOUNT, Fixture};
use serde_json::{Value, json};

/// Both regions without conformance packs and aggregators.
fn without() -> Fixture {
    TWO.iter().fold(regions(), |fixture, region| {
        let fixture =
            at(fixture, region, "config", "DescribeConformancePacks", json!({ "ConformancePackDetails": [] }));
        let fixture = at(
            fixture,
            region,
            "config",
            "DescribeConformancePackStatus",
            json!({ "ConformancePackStatusDetails": [] }),
        );
        at(fixture, region, "config", "DescribeConfigurationAggregators", json!({ "ConfigurationAggregators": [] }))
    })
}

fn named<'a>(account: &'a Account, name: &str) -> &'a ConfigDeployment {
    let mut all = account.config_deployments.subjects.iter();
    all.find(|one| one.name.known().is_some_and(|own| own == name)).expect("it is in the population")
}

fn texts(found: &[&str]) -> Observed<Vec<String>> {
    Observed::Known(found.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn a_conformance_pack_has_its_state_and_its_rules_by_result() {
    let arn = format!("arn:aws:config:us-east-1:{ACCOUNT}:conformance-pack/iam/x");
    let packs = json!({ "ConformancePackDetails": [{ "ConformancePackName": "iam", "ConformancePackArn": arn }] });
    let status = json!({ "ConformancePackStatusDetails":
        [{ "ConformancePackName": "iam", "ConformancePackState": "UPDATE_FAILED", "ConformancePackStatusReason": "denied" }] });
    let rule = |name: &str, result: &str| json!({ "ConfigRuleName": name, "ComplianceType": result });
    let results = json!({ "ConformancePackName": "iam", "ConformancePackRuleComplianceList":
        [rule("a", "COMPLIANT"), rule("b", "NON_COMPLIANT"), rule("c", "INSUFFICIENT_DATA")] });
    let listed = || {
        let fixture = at(without(), "us-east-1", "config", "DescribeConformancePacks", packs.clone());
        at(fixture, "us-east-1", "config", "DescribeConformancePackStatus", status.clone())
    };
    let whole = account(about(
        listed(),
        "us-east-1",
        "config",
        "DescribeConformancePackCompliance",
        Some(("ConformancePackName", "iam")),
        results,
    ));
    let pack = named(&whole, "iam");
    assert_eq!(pack.status, Observed::Known(Some("UPDATE_FAILED: denied".to_owned())));
    assert_eq!(pack.found, texts(&["1 rule compliant", "non-compliant: b", "1 rule without a result"]));
    assert!(whole.config_deployments.gaps.is_empty(), "{:?}", whole.config_deployments.gaps);
    let without_results = account(listed());
    assert_eq!(named(&without_results, "iam").found.gap().map(|gap| &gap.kind), Some(&GapKind::NotCollected));
}

#[test]
fn an_aggregator_names_the_sources_that_fail_and_the_rules_that_are_not_compliant() {
    let by_name = Some(("ConfigurationAggregatorName", "all"));
    let sources = json!({ "AggregatedSourceStatusList": [
        { "SourceId": "222233334444", "AwsRegion": "eu-west-1", "LastUpdateStatus": "FAILED", "LastErrorCode": "AccessDenied" },
        { "SourceId": "222233334444", "AwsRegion": "us-east-1", "LastUpdateStatus": "SUCCEEDED" }] });
    let one = |rule: &str, result: &str| {
        json!({ "ConfigRuleName": rule, "Compliance": { "ComplianceType": result }, "AccountId": "222233334444",
            "AwsRegion": "us-east-1" })
    };
    let results = json!({ "AggregateComplianceByConfigRules":
        [one("mfa", "NON_COMPLIANT"), one("keys", "NON_COMPLIANT"), one("root", "COMPLIANT")] });
    let resource = json!({ "EvaluationResultIdentifier": { "EvaluationResultQualifier":
        { "ResourceType": "AWS::IAM::User", "ResourceId": "AIDA1" } } });
    let fixture = at(
        without(),
        "us-east-1",
        "config",
        "DescribeConfigurationAggregators",
        json!({ "ConfigurationAggregators": [{ "ConfigurationAggregatorName": "all" }] }),
    );
    let fixture =
        about(fixture, "us-east-1", "config", "DescribeConfigurationAggregatorSourcesStatus", by_name, sources);
    let fixture = about(fixture, "us-east-1", "config", "DescribeAggregateComplianceByConfigRules", by_name, results);
    let about_mfa = [
        ("AccountId", "222233334444"),
        ("AwsRegion", "us-east-1"),
        ("ComplianceType", "NON_COMPLIANT"),
        ("ConfigRuleName", "mfa"),
        ("ConfigurationAggregatorName", "all"),
    ];
    let details = json!({ "AggregateEvaluationResults": [resource] });
    let fixture =
        fixture.answer_in("us-east-1", ("config", "GetAggregateComplianceDetailsByConfigRule"), &about_mfa, details);
    assert_eq!(
        named(&account(fixture), "all").found,
        texts(&[
            "222233334444 eu-west-1: FAILED (AccessDenied)",
            "222233334444 us-east-1: non-compliant: mfa (AIDA1)",
            "222233334444 us-east-1: non-compliant: keys",
        ])
    );
}

#[test]
fn what_the_organization_deploys_has_its_status_and_a_silent_status_is_a_gap() {
    let rules = json!({ "OrganizationConfigRules":
        [{ "OrganizationConfigRuleName": "mfa" }, { "OrganizationConfigRuleName": "silent" }] });
    let status = json!({ "OrganizationConfigRuleStatuses": [{ "OrganizationConfigRuleName": "mfa",
        "OrganizationRuleStatus": "UPDATE_FAILED", "ErrorCode": "Denied", "ErrorMessage": "no" }] });
    let fixture = TWO.iter().fold(without(), |fixture, region| {
        let none = json!({ "OrganizationConfigRules": [] });
        let rules = if *region == "us-east-1" { rules.clone() } else { none };
        let fixture = at(fixture, region, "config", "DescribeOrganizationConfigRules", rules);
        at(fixture, region, "config", "DescribeOrganizationConfigRuleStatuses", status.clone())
    });
    let account = account(fixture);
    assert!(account.config_deployments.gaps.is_empty(), "{:?}", account.config_deployments.gaps);
    let mfa = named(&account, "mfa");
    assert_eq!(mfa.status, Observed::Known(Some("UPDATE_FAILED".to_owned())));
    assert_eq!(mfa.found, texts(&["Denied: no"]));
    assert_eq!(named(&account, "silent").status.gap().map(|gap| &gap.kind), Some(&GapKind::Absent));
}

/// A list of findings that is shorter than AWS's own count is not whole; one that was settled since the count is.
#[test]
fn awss_count_of_findings_contradicts_a_list_that_lacks_some() {
    let arn = format!("arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/a");
    let run = |active: u64, listed: Value| {
        let statistics = json!({ "findingsStatistics": [{ "externalAccessFindingsStatistics": { "totalActiveFindings": active } }],
            "lastUpdatedAt": "2026-11-20T00:00:00Z" });
        let fixture = analyzers(regions(), "us-east-1", "ACTIVE");
        let fixture = findings(fixture, "us-east-1", listed);
        let by = Some(("analyzerArn", &*arn));
        let account = account(about(fixture, "us-east-1", "accessanalyzer", "GetFindingsStatistics", by, statistics));
        account.analyzer_findings.gaps.iter().any(|gap| gap.kind == GapKind::Conflict)
    };
    let mut settled = finding("RESOLVED", "2026-11-01T00:00:00Z");
    settled["updatedAt"] = json!("2026-11-21T00:00:00Z");
    let mut before = settled.clone();
    before["updatedAt"] = json!("2026-11-02T00:00:00Z");
    let active = finding("ACTIVE", "2026-11-01T00:00:00Z");
    assert!(!run(0, json!([])));
    assert!(run(1, json!([])), "the list is empty, and AWS counts one");
    assert!(!run(1, json!([active])));
    assert!(run(2, json!([active])));
    assert!(!run(1, json!([settled])), "it was settled after the count");
    assert!(run(1, json!([before])), "it was settled before the count");
}

/// The status of another channel says nothing about the region's own.
#[test]
fn a_delivery_counts_for_the_channel_that_it_is_of() {
    let delivered = |channel: &str, status: &str| {
        let channels = json!({ "DeliveryChannels": [{ "name": channel, "s3BucketName": "logs" }] });
        let history = json!({ "name": status, "configHistoryDeliveryInfo": { "lastStatus": "SUCCESS" } });
        let fixture = at(regions(), "us-east-1", "config", "DescribeDeliveryChannels", channels);
        let status = json!({ "DeliveryChannelsStatus": [history] });
        let account = account(at(fixture, "us-east-1", "config", "DescribeDeliveryChannelStatus", status));
        let region = account.regions.subjects.iter().find(|one| one.id == "us-east-1").cloned();
        region.expect("it is enabled").config_deliveries
    };
    assert_eq!(delivered("default", "default"), texts(&["history"]));
    assert_eq!(delivered("default", "other").gap().map(|gap| &gap.kind), Some(&GapKind::Conflict));
}
