//! What the regional services answer in one region.

use super::{Book, REGIONS};
use serde_json::{Value, json};

const DAY: &str = "2026-09-29T10:00:00+00:00";
/// The changes that a collector may look for.
const CHANGES: &[&str] = &[
    "AddUserToGroup",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateSAMLProvider",
    "CreateUser",
    "DeactivateMFADevice",
    "DeleteAccountPasswordPolicy",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "PutGroupPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "UpdateAccountPasswordPolicy",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
    "UpdateSAMLProvider",
];

pub fn write(book: &mut Book<'_>, region: &str) {
    analyzers(book, region);
    config(book, region);
    trails(book, region);
    alarms(book, region);
    instances(book, region);
}

fn analyzers(book: &mut Book<'_>, region: &str) {
    let at = |operation: &str| format!("accessanalyzer/{region}/{operation}");
    let arn = |name: &str| format!("arn:aws:access-analyzer:{region}:{}:analyzer/{name}", book.number);
    let mut kinds = vec![("external", "ACCOUNT")];
    // Unused access needs one region only.
    if region == REGIONS[0] {
        kinds.push(("unused", "ACCOUNT_UNUSED_ACCESS"));
    }
    let analyzers: Vec<Value> = kinds
        .iter()
        .map(|(name, kind)| {
            let mut analyzer = json!({ "arn": arn(name), "name": name, "type": kind, "createdAt": DAY, "lastResourceAnalyzed": "arn:aws:iam::1:role/x",
                "lastResourceAnalyzedAt": "2026-09-30T01:02:03.456000+00:00", "tags": { "owner": "<b>" }, "status": "ACTIVE" });
            if *kind == "ACCOUNT_UNUSED_ACCESS" {
                analyzer["configuration"] = json!({ "unusedAccess": { "unusedAccessAge": 90 } });
            }
            analyzer
        })
        .collect();
    book.put(&at("list-analyzers"), &[], json!({ "analyzers": analyzers }));
    for (analyzer, (name, _)) in analyzers.iter().zip(&kinds) {
        let arn = analyzer["arn"].as_str().expect("it was put there").to_owned();
        book.put(&at("get-analyzer"), &[name], json!({ "analyzer": analyzer }));
        let rule = json!({ "ruleName": "partner", "filter": { "principal.AWS": { "eq": ["999988887777"] } }, "createdAt": DAY, "updatedAt": DAY });
        book.put(&at("list-archive-rules"), &[name], json!({ "archiveRules": [rule] }));
        book.put(&at("get-findings-statistics"), &[&arn], json!({ "findingsStatistics": [], "lastUpdatedAt": DAY }));
    }
    let number = book.number.clone();
    let role = format!("arn:aws:iam::{number}:role/partner");
    let external: Vec<Value> = (0..3)
        .map(|n| {
            json!({ "id": format!("finding-{region}-{n}"), "principal": { "AWS": "999988887777" }, "action": ["sts:AssumeRole"],
                "resource": role, "isPublic": n == 2, "resourceType": "AWS::IAM::Role", "condition": {}, "createdAt": DAY,
                "analyzedAt": DAY, "updatedAt": DAY, "status": if n == 1 { "ARCHIVED" } else { "ACTIVE" }, "resourceOwnerAccount": number })
        })
        .collect();
    let external_arn = analyzers[0]["arn"].as_str().expect("it was put there").to_owned();
    book.put(&at("list-findings"), &[&external_arn], json!({ "findings": external }));
    if let Some(unused) = analyzers.get(1) {
        unused_findings(book, region, unused["arn"].as_str().expect("it was put there"), &role);
    }
}

fn unused_findings(book: &mut Book<'_>, region: &str, analyzer: &str, role: &str) {
    let at = |operation: &str| format!("accessanalyzer/{region}/{operation}");
    let number = book.number.clone();
    let mut findings = Vec::new();
    for (id, kind) in [("unused-1", "UnusedIAMRole"), ("unused-2", "UnusedPermission")] {
        let finding = json!({ "analyzedAt": DAY, "createdAt": DAY, "id": id, "resource": role, "resourceType": "AWS::IAM::Role",
            "resourceOwnerAccount": number, "status": "ACTIVE", "updatedAt": DAY, "findingType": kind });
        let details = match kind {
            "UnusedIAMRole" => json!([{ "unusedIamRoleDetails": { "lastAccessed": DAY } }]),
            _ => json!([
                { "unusedPermissionDetails": { "actions": [{ "action": "s3:PutObject" }], "serviceNamespace": "s3" } },
                { "unusedPermissionDetails": { "serviceNamespace": "ec2", "lastAccessed": DAY } }
            ]),
        };
        let mut whole = finding.clone();
        whole["findingDetails"] = details;
        book.put(&at("get-finding-v2"), &[analyzer, id], whole);
        findings.push(finding);
    }
    book.put(&at("list-findings-v2"), &[analyzer], json!({ "findings": findings }));
}

fn config(book: &mut Book<'_>, region: &str) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let arn = format!("arn:aws:config:{region}:{}:configuration-recorder/default/x", book.number);
    let service = "securityhub.amazonaws.com";
    let summaries = json!([
        { "arn": arn, "name": "default", "recordingScope": "PAID" },
        { "arn": arn.replace("default", "AWSConfigurationRecorderForSecurityHub"), "name": "AWSConfigurationRecorderForSecurityHub",
            "servicePrincipal": service, "recordingScope": "INTERNAL" }
    ]);
    book.put(&at("list-configuration-recorders"), &[], json!({ "ConfigurationRecorderSummaries": summaries }));
    for (about, name) in [(vec![], "default"), (vec![service], "AWSConfigurationRecorderForSecurityHub")] {
        let arn = arn.replace("default", name);
        let mut recorder = json!({ "arn": arn, "name": name, "roleARN": "arn:aws:iam::1:role/config",
            "recordingGroup": { "allSupported": true, "includeGlobalResourceTypes": region == REGIONS[0], "resourceTypes": [] } });
        if let Some(service) = about.first() {
            recorder["servicePrincipal"] = json!(service);
        }
        book.put(&at("describe-configuration-recorders"), &about, json!({ "ConfigurationRecorders": [recorder] }));
        let mut status = json!({ "arn": arn, "name": name, "lastStartTime": DAY, "recording": true, "lastStatus": "SUCCESS",
            "lastStatusChangeTime": "2026-09-30T01:02:03.456000+00:00" });
        if let Some(service) = about.first() {
            status["servicePrincipal"] = json!(service);
        }
        book.put(
            &at("describe-configuration-recorder-status"),
            &about,
            json!({ "ConfigurationRecordersStatus": [status] }),
        );
    }
    book.put(
        &at("describe-delivery-channels"),
        &[],
        json!({ "DeliveryChannels": [{ "name": "default", "s3BucketName": "config-logs" }] }),
    );
    let delivered = json!({ "lastStatus": "SUCCESS", "lastAttemptTime": DAY, "lastSuccessfulTime": DAY });
    let status = json!([{ "name": "default", "configHistoryDeliveryInfo": delivered }]);
    book.put(&at("describe-delivery-channel-status"), &[], json!({ "DeliveryChannelsStatus": status }));
    rules(book, region);
}

fn rules(book: &mut Book<'_>, region: &str) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let named = [
        ("mfa for all", "AWS", "IAM_USER_MFA_ENABLED"),
        ("keys", "AWS", "ACCESS_KEYS_ROTATED"),
        ("own", "CUSTOM_LAMBDA", "arn:aws:lambda:x"),
    ];
    let (mut rules, mut compliance, mut status) = (Vec::new(), Vec::new(), Vec::new());
    for (name, owner, identifier) in named {
        let arn = format!("arn:aws:config:{region}:{}:config-rule/config-rule-{}", book.number, name.len());
        rules.push(json!({ "ConfigRuleName": name, "ConfigRuleArn": arn, "ConfigRuleId": format!("config-rule-{}", name.len()),
            "Source": { "Owner": owner, "SourceIdentifier": identifier }, "InputParameters": "{\"maxAccessKeyAge\":\"90\"}",
            "ConfigRuleState": "ACTIVE" }));
        compliance.push(json!({ "ConfigRuleName": name, "Compliance": { "ComplianceType": "NON_COMPLIANT",
            "ComplianceContributorCount": { "CappedCount": 1, "CapExceeded": false } } }));
        status.push(json!({ "ConfigRuleName": name, "ConfigRuleArn": arn, "LastSuccessfulInvocationTime": DAY,
            "LastSuccessfulEvaluationTime": DAY, "FirstActivatedTime": DAY, "FirstEvaluationStarted": true }));
        if owner == "AWS" {
            let result = |n: usize| {
                json!({ "EvaluationResultIdentifier": { "EvaluationResultQualifier": { "ConfigRuleName": name,
                "ResourceType": "AWS::IAM::User", "ResourceId": format!("AIDAEXAMPLE{n}"), "EvaluationMode": "DETECTIVE" },
                "OrderingTimestamp": DAY }, "ComplianceType": if n == 0 { "NON_COMPLIANT" } else { "COMPLIANT" },
                "ResultRecordedTime": "2026-09-30T01:02:03.456000+00:00", "ConfigRuleInvokedTime": DAY, "Annotation": "<script>" })
            };
            let results: Vec<Value> = (0..5).map(result).collect();
            book.put(&at("get-compliance-details-by-config-rule"), &[name], json!({ "EvaluationResults": results }));
        }
    }
    book.put(&at("describe-config-rules"), &[], json!({ "ConfigRules": rules }));
    book.put(&at("describe-compliance-by-config-rule"), &[], json!({ "ComplianceByConfigRules": compliance }));
    book.put(&at("describe-config-rule-evaluation-status"), &[], json!({ "ConfigRulesEvaluationStatus": status }));
    let pack = json!({ "ConformancePackName": "iam-pack", "ConformancePackArn": "arn:aws:config:x", "ConformancePackId": "conformance-pack-1" });
    book.put(&at("describe-conformance-packs"), &[], json!({ "ConformancePackDetails": [pack] }));
    let mut done = pack.clone();
    done["ConformancePackState"] = json!("CREATE_COMPLETE");
    done["LastUpdateRequestedTime"] = json!(DAY);
    book.put(&at("describe-conformance-pack-status"), &[], json!({ "ConformancePackStatusDetails": [done] }));
    let compliance = json!([{ "ConfigRuleName": "mfa for all-conformance-pack-1", "ComplianceType": "COMPLIANT", "Controls": ["IAM.5"] }]);
    let answer = json!({ "ConformancePackName": "iam-pack", "ConformancePackRuleComplianceList": compliance });
    book.put(&at("describe-conformance-pack-compliance"), &["iam-pack"], answer);
}

fn trails(book: &mut Book<'_>, region: &str) {
    let at = |operation: &str| format!("cloudtrail/{region}/{operation}");
    let home = REGIONS[0];
    let arn = format!("arn:aws:cloudtrail:{home}:{}:trail/main", book.number);
    // A trail of all regions shows in each of them.
    let trail = json!({ "Name": "main", "S3BucketName": "trail-logs", "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true,
        "HomeRegion": home, "TrailARN": arn, "LogFileValidationEnabled": true, "HasCustomEventSelectors": false,
        "HasInsightSelectors": false, "IsOrganizationTrail": false });
    book.put(&at("describe-trails"), &[], json!({ "trailList": [trail] }));
    if region == home {
        let status = json!({ "IsLogging": true, "LatestDeliveryTime": "2026-09-30T05:55:00.123000+00:00", "StartLoggingTime": DAY });
        book.put(&at("get-trail-status"), &[&arn], status);
        let selectors = json!([{ "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": [] }]);
        book.put(&at("get-event-selectors"), &[&arn], json!({ "TrailARN": arn, "EventSelectors": selectors }));
        for change in CHANGES {
            book.put(&at("lookup-events"), &["EventName", change], json!({ "Events": [] }));
        }
    }
    let event = |n: usize| {
        json!({ "EventId": format!("e-{region}-{n}"), "EventName": "ConsoleLogin", "ReadOnly": "false",
        "EventTime": DAY, "EventSource": "signin.amazonaws.com", "Username": "root", "Resources": [], "CloudTrailEvent": "{\"eventVersion\":\"1.08\"}" })
    };
    book.put(&at("lookup-events"), &["Username", "root"], json!({ "Events": (0..3).map(event).collect::<Vec<_>>() }));
}

fn alarms(book: &mut Book<'_>, region: &str) {
    let topic = format!("arn:aws:sns:{region}:{}:security", book.number);
    let alarm = |name: &str| {
        json!({ "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:{region}:1:alarm:{name}"),
        "ActionsEnabled": true, "OKActions": [], "AlarmActions": [topic, "arn:aws:sns:elsewhere"], "StateValue": "OK", "StateUpdatedTimestamp": DAY,
        "MetricName": "RootUse", "Namespace": "Trail", "Period": 300, "Threshold": 1.0, "EvaluationPeriods": 1 })
    };
    let alarms: Vec<Value> = ["root-use", "iam-changes", "no-mfa"].iter().map(|name| alarm(name)).collect();
    book.put(
        &format!("cloudwatch/{region}/describe-alarms"),
        &[],
        json!({ "MetricAlarms": alarms, "CompositeAlarms": [] }),
    );
    let filter = json!({ "filterName": "root", "filterPattern": "{ $.userIdentity.type = \"Root\" }", "creationTime": 1_790_000_000_000_u64,
        "metricTransformations": [{ "metricName": "RootUse", "metricNamespace": "Trail", "metricValue": "1" }], "logGroupName": "trail" });
    book.put(&format!("logs/{region}/describe-metric-filters"), &[], json!({ "metricFilters": [filter] }));
}

fn instances(book: &mut Book<'_>, region: &str) {
    let number = book.number.clone();
    let reservations: Vec<Value> = (0..7)
        .map(|n| {
            let mut instance = json!({ "InstanceId": format!("i-{region}-{n}"), "ImageId": "ami-1", "State": { "Code": 16, "Name": "running" },
                "LaunchTime": "2026-09-01T00:00:00+00:00", "Tags": [{ "Key": "Name", "Value": "a & <b>" }] });
            if n % 2 == 0 {
                instance["IamInstanceProfile"] = json!({ "Arn": format!("arn:aws:iam::{number}:instance-profile/web"), "Id": "AIPAEXAMPLE" });
            }
            json!({ "ReservationId": format!("r-{n}"), "OwnerId": number, "Groups": [], "Instances": [instance] })
        })
        .collect();
    book.put(&format!("ec2/{region}/describe-instances"), &[], json!({ "Reservations": reservations }));
}
