//! What reaches over accounts and alarms: AWS Config's aggregators and organization rules, topics of alarms.

use super::{Book, REGIONS};
use serde_json::{Value, json};

const DAY: &str = "2026-09-29T10:00:00+00:00";
const OTHER: &str = "222233334444";

pub fn write(book: &mut Book<'_>, region: &str) {
    aggregators(book, region);
    organization(book, region);
    // A topic that an e-mail address confirmed; in the second region one that nobody did.
    topic(book, region, "security", region == REGIONS[0]);
}

/// One aggregator, in the first region.
fn aggregators(book: &mut Book<'_>, region: &str) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let home = region == REGIONS[0];
    let name = "organization <all>";
    let aggregator = json!({ "ConfigurationAggregatorName": name,
        "ConfigurationAggregatorArn": format!("arn:aws:config:{region}:{}:config-aggregator/config-aggregator-x", book.number),
        "OrganizationAggregationSource": { "RoleArn": "arn:aws:iam::1:role/config", "AllAwsRegions": true },
        "CreationTime": DAY, "LastUpdatedTime": "2026-09-30T01:02:03.456000+00:00" });
    let aggregators = if home { vec![aggregator] } else { Vec::new() };
    book.put(&at("describe-configuration-aggregators"), &[], json!({ "ConfigurationAggregators": aggregators }));
    if !home {
        return;
    }
    let source = |account: &str, status: &str| json!({ "SourceId": account, "SourceType": "ACCOUNT", "AwsRegion": "eu-west-1", "LastUpdateStatus": status, "LastUpdateTime": DAY });
    let number = book.number.clone();
    let sources = [source(&number, "SUCCEEDED"), source(OTHER, "OUTDATED"), source("333344445555", "FAILED")];
    book.put(
        &at("describe-configuration-aggregator-sources-status"),
        &[name],
        json!({ "AggregatedSourceStatusList": sources }),
    );
    let entry = |rule: &str, account: &str, told: &str| {
        json!({ "ConfigRuleName": rule, "Compliance": { "ComplianceType": told,
            "ComplianceContributorCount": { "CappedCount": 2, "CapExceeded": false } }, "AccountId": account, "AwsRegion": "eu-west-1" })
    };
    let entries = [
        entry("mfa for all", OTHER, "NON_COMPLIANT"),
        entry("mfa for all", &number, "NON_COMPLIANT"),
        entry("keys", OTHER, "COMPLIANT"),
        entry("own", OTHER, "NON_COMPLIANT"),
    ];
    book.put(
        &at("describe-aggregate-compliance-by-config-rules"),
        &[name],
        json!({ "AggregateComplianceByConfigRules": entries }),
    );
    let result = |n: usize| {
        json!({ "EvaluationResultIdentifier": { "EvaluationResultQualifier": { "ConfigRuleName": "mfa for all",
            "ResourceType": "AWS::IAM::User", "ResourceId": format!("AIDAOTHER{n}"), "EvaluationMode": "DETECTIVE" }, "OrderingTimestamp": DAY },
            "ComplianceType": "NON_COMPLIANT", "ResultRecordedTime": DAY, "ConfigRuleInvokedTime": DAY, "AccountId": OTHER,
            "AwsRegion": "eu-west-1" })
    };
    // By the names of the parameters: account, region, state, rule, aggregator.
    book.put(
        &at("get-aggregate-compliance-details-by-config-rule"),
        &[OTHER, "eu-west-1", "NON_COMPLIANT", "mfa for all", name],
        json!({ "AggregateEvaluationResults": (0..2).map(result).collect::<Vec<Value>>() }),
    );
}

/// Rules and packs that the organization deploys.
pub fn organization(book: &mut Book<'_>, region: &str) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let arn = |kind: &str| format!("arn:aws:config:{region}:{}:{kind}/x", book.number);
    let rule = json!({ "OrganizationConfigRuleName": "mfa", "OrganizationConfigRuleArn": arn("organization-config-rule"),
        "OrganizationManagedRuleMetadata": { "Description": "=1+1", "RuleIdentifier": "IAM_USER_MFA_ENABLED" },
        "ExcludedAccounts": [OTHER], "LastUpdateTime": DAY });
    let pack = json!({ "OrganizationConformancePackName": "iam-pack", "OrganizationConformancePackArn": arn("organization-conformance-pack"),
        "DeliveryS3Bucket": "awsconfigconforms-x", "ConformancePackInputParameters": [], "ExcludedAccounts": [], "LastUpdateTime": DAY });
    book.put(&at("describe-organization-config-rules"), &[], json!({ "OrganizationConfigRules": [rule] }));
    let state = json!({ "OrganizationConfigRuleName": "mfa", "OrganizationRuleStatus": "UPDATE_FAILED", "ErrorCode": "x",
        "ErrorMessage": "<b>", "LastUpdateTime": DAY });
    book.put(
        &at("describe-organization-config-rule-statuses"),
        &[],
        json!({ "OrganizationConfigRuleStatuses": [state] }),
    );
    book.put(&at("describe-organization-conformance-packs"), &[], json!({ "OrganizationConformancePacks": [pack] }));
    let state =
        json!({ "OrganizationConformancePackName": "iam-pack", "Status": "CREATE_SUCCESSFUL", "LastUpdateTime": DAY });
    book.put(
        &at("describe-organization-conformance-pack-statuses"),
        &[],
        json!({ "OrganizationConformancePackStatuses": [state] }),
    );
}

/// A topic with a subscription that waits for its confirmation, and one that has it.
pub fn topic(book: &mut Book<'_>, region: &str, name: &str, confirmed: bool) {
    let number = book.number.clone();
    let topic = format!("arn:aws:sns:{region}:{number}:{name}");
    let subscription = |id: &str, address: &str| {
        let arn = if id == "PendingConfirmation" { id.to_owned() } else { format!("{topic}:{id}") };
        json!({ "SubscriptionArn": arn, "Owner": number, "Protocol": "email", "Endpoint": address, "TopicArn": topic })
    };
    let mut all = vec![subscription("PendingConfirmation", "new&<b>@example.com")];
    if confirmed {
        all.push(subscription("6f1e2d3c", "security@example.com"));
    }
    book.put(&format!("sns/{region}/list-subscriptions-by-topic"), &[&topic], json!({ "Subscriptions": all }));
}
