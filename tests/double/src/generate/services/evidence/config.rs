//! AWS Config in one region.

use super::super::{Book, REGIONS, World};
use super::{DAY, LONG_AGO, named};
use serde_json::{Value, json};

const SERVICE: &str = "securityhub.amazonaws.com";

pub fn write(book: &mut Book<'_>, region: &str, world: World) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let home = region == REGIONS[0];
    let own = match world {
        World::Member => false,
        // Only a service's recorder in the second region: the customer's own is missing.
        World::Messy => home,
        _ => true,
    };
    let recorder = |name: &str| {
        let global = home && world != World::Messy;
        json!({ "arn": format!("arn:aws:config:{region}:{}:configuration-recorder/{name}/x", book.number), "name": name,
            "roleARN": format!("arn:aws:iam::{}:role/config", book.number), "recordingGroup": { "allSupported": true,
            "includeGlobalResourceTypes": global, "resourceTypes": [],
            "recordingStrategy": { "useOnly": "ALL_SUPPORTED_RESOURCE_TYPES" } } })
    };
    let status = |name: &str, ended: &str| {
        json!({ "arn": format!("arn:aws:config:{region}:{}:configuration-recorder/{name}/x", book.number), "name": name,
            "lastStartTime": LONG_AGO, "recording": true, "lastStatus": ended, "lastStatusChangeTime": DAY })
    };
    let linked = "AWSConfigurationRecorderForSecurityHub";
    let mut summaries = Vec::new();
    let (mut recorders, mut states) = (Vec::new(), Vec::new());
    if own {
        summaries.push(json!({ "arn": recorder("default")["arn"], "name": "default", "recordingScope": "PAID" }));
        recorders.push(recorder("default"));
        states.push(status("default", if world == World::Messy { "FAILURE" } else { "SUCCESS" }));
    }
    let mut of_service = (Vec::new(), Vec::new());
    if world == World::Messy {
        summaries.push(json!({ "arn": recorder(linked)["arn"], "name": linked, "servicePrincipal": SERVICE,
            "recordingScope": "INTERNAL" }));
        let (mut one, mut state) = (recorder(linked), status(linked, "SUCCESS"));
        one["servicePrincipal"] = json!(SERVICE);
        state["servicePrincipal"] = json!(SERVICE);
        of_service = (vec![one], vec![state]);
    }
    book.put(&at("list-configuration-recorders"), &[], json!({ "ConfigurationRecorderSummaries": summaries }));
    for (about, recorders, states) in [(vec![], recorders, states), (vec![SERVICE], of_service.0, of_service.1)] {
        book.put(&at("describe-configuration-recorders"), &about, json!({ "ConfigurationRecorders": recorders }));
        let states = json!({ "ConfigurationRecordersStatus": states });
        book.put(&at("describe-configuration-recorder-status"), &about, states);
    }
    channels(book, region, world, own);
    rules(book, region, world);
}

fn channels(book: &mut Book<'_>, region: &str, world: World, own: bool) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let mut channels = Vec::new();
    let mut states = Vec::new();
    if own {
        channels.push(json!({ "name": "default", "s3BucketName": named(world, "config-logs") }));
        let delivered = json!({ "lastStatus": "SUCCESS", "lastAttemptTime": DAY, "lastSuccessfulTime": DAY });
        let failed = json!({ "lastStatus": "FAILURE", "lastErrorCode": "AccessDenied", "lastErrorMessage": "Insufficient delivery policy",
            "lastAttemptTime": DAY, "lastSuccessfulTime": LONG_AGO });
        let history = if world == World::Messy { failed } else { delivered };
        states.push(json!({ "name": "default", "configHistoryDeliveryInfo": history,
            "configStreamDeliveryInfo": { "lastStatus": "NOT_APPLICABLE" } }));
    }
    book.put(&at("describe-delivery-channels"), &[], json!({ "DeliveryChannels": channels }));
    book.put(&at("describe-delivery-channel-status"), &[], json!({ "DeliveryChannelsStatus": states }));
    book.put(&at("describe-configuration-aggregators"), &[], json!({ "ConfigurationAggregators": [] }));
    for list in ["ConformancePackDetails", "ConformancePackStatusDetails"] {
        let stem = if list == "ConformancePackDetails" { "packs" } else { "pack-status" };
        book.put(&at(&format!("describe-conformance-{stem}")), &[], json!({ list: [] }));
    }
}

fn rules(book: &mut Book<'_>, region: &str, world: World) {
    let at = |operation: &str| format!("config/{region}/{operation}");
    let (mut rules, mut compliance, mut states) = (Vec::new(), Vec::new(), Vec::new());
    let named_rules: &[(&str, &str, &str)] = match world {
        World::Member => &[],
        _ => &[
            ("mfa for all", "IAM_USER_MFA_ENABLED", ""),
            ("keys", "ACCESS_KEYS_ROTATED", "{\"maxAccessKeyAge\":\"90\"}"),
            ("keys of old", "ACCESS_KEYS_ROTATED", "{\"maxAccessKeyAge\":\"365\"}"),
            ("root keys", "IAM_ROOT_ACCESS_KEY_CHECK", ""),
        ],
    };
    for (number, (plain, identifier, parameters)) in named_rules.iter().enumerate() {
        let name = named(world, plain);
        let arn = format!("arn:aws:config:{region}:{}:config-rule/config-rule-{number}", book.number);
        let mut rule = json!({ "ConfigRuleName": name, "ConfigRuleArn": arn, "ConfigRuleId": format!("config-rule-{number}"),
            "Source": { "Owner": "AWS", "SourceIdentifier": identifier }, "ConfigRuleState": "ACTIVE" });
        if !parameters.is_empty() {
            rule["InputParameters"] = json!(parameters);
        }
        rules.push(rule);
        let mut state = json!({ "ConfigRuleName": name, "ConfigRuleArn": arn, "LastSuccessfulInvocationTime": DAY,
            "LastSuccessfulEvaluationTime": DAY, "FirstActivatedTime": LONG_AGO, "FirstEvaluationStarted": true });
        if world == World::Messy && number == 0 {
            state["LastSuccessfulEvaluationTime"] = json!(LONG_AGO);
            state["LastFailedEvaluationTime"] = json!(DAY);
            state["LastErrorCode"] = json!("ConfigRuleEvaluationFailed");
            state["LastErrorMessage"] = json!("The role of the recorder may not list users");
        }
        states.push(state);
        let results = results(book, &name, identifier, world);
        let failed = results.iter().filter(|result| result["ComplianceType"] == "NON_COMPLIANT").count();
        let mut overall = json!({ "ComplianceType": if failed > 0 { "NON_COMPLIANT" } else { "COMPLIANT" } });
        if failed > 0 {
            overall["ComplianceContributorCount"] = json!({ "CappedCount": failed, "CapExceeded": false });
        }
        compliance.push(json!({ "ConfigRuleName": name, "Compliance": overall }));
        book.put(&at("get-compliance-details-by-config-rule"), &[&name], json!({ "EvaluationResults": results }));
    }
    book.put(&at("describe-config-rules"), &[], json!({ "ConfigRules": rules }));
    book.put(&at("describe-compliance-by-config-rule"), &[], json!({ "ComplianceByConfigRules": compliance }));
    book.put(&at("describe-config-rule-evaluation-status"), &[], json!({ "ConfigRulesEvaluationStatus": states }));
}

/// Rules that are run at intervals say the same in every region. AWS Config names users by their ids.
fn results(book: &Book<'_>, name: &str, identifier: &str, world: World) -> Vec<Value> {
    let result = |kind: &str, id: &str, compliant: bool| {
        json!({ "EvaluationResultIdentifier": { "EvaluationResultQualifier": { "ConfigRuleName": name, "ResourceType": kind,
            "ResourceId": id, "EvaluationMode": "DETECTIVE" }, "OrderingTimestamp": DAY },
            "ComplianceType": if compliant { "COMPLIANT" } else { "NON_COMPLIANT" }, "ResultRecordedTime": DAY,
            "ConfigRuleInvokedTime": DAY, "Annotation": named(world, "as of the last evaluation") })
    };
    if identifier == "IAM_ROOT_ACCESS_KEY_CHECK" {
        return vec![result("AWS::::Account", &book.number, world != World::Messy)];
    }
    let users = book.account.answers.get("iam/list-users").and_then(|answer| answer["Users"].as_array().cloned());
    let users = users.unwrap_or_default();
    let ids = users.iter().filter_map(|user| user["UserId"].as_str()).take(40);
    ids.enumerate().map(|(n, id)| result("AWS::IAM::User", id, world != World::Messy || n % 3 != 0)).collect()
}
