//! CloudTrail in one region: a trail of all regions shows in each of them.

use super::super::{Book, REGIONS, World};
use super::{DAY, LONG_AGO, named, texts};
use serde_json::{Value, json};

pub fn write(book: &mut Book<'_>, region: &str, world: World) {
    let at = |operation: &str| format!("cloudtrail/{region}/{operation}");
    let home = REGIONS[0];
    let number = book.number.clone();
    let mut listed = Vec::new();
    for (name, multi) in trails(world) {
        if region != home && !multi {
            continue;
        }
        let arn = format!("arn:aws:cloudtrail:{home}:{number}:trail/{name}");
        let mut trail = json!({ "Name": name, "S3BucketName": named(world, "trail-logs"), "IncludeGlobalServiceEvents": true,
            "IsMultiRegionTrail": multi, "HomeRegion": home, "TrailARN": arn, "LogFileValidationEnabled": world != World::Messy,
            "HasCustomEventSelectors": true, "HasInsightSelectors": false, "IsOrganizationTrail": false });
        if world != World::Messy {
            trail["KmsKeyId"] = json!(format!("arn:aws:kms:{home}:{number}:key/0f0e0d0c"));
            trail["CloudWatchLogsLogGroupArn"] = json!(format!("arn:aws:logs:{home}:{number}:log-group:trail:*"));
        }
        listed.push(trail);
        if region == home {
            book.put(&at("get-trail-status"), &[&arn], status(world, name));
            let mut selectors = selectors(name);
            selectors["TrailARN"] = json!(arn);
            book.put(&at("get-event-selectors"), &[&arn], selectors);
        }
    }
    book.put(&at("describe-trails"), &[], json!({ "trailList": listed }));
}

/// Name, and whether it records all regions.
fn trails(world: World) -> &'static [(&'static str, bool)] {
    match world {
        World::Member => &[],
        World::Messy => &[("halted", true), ("without-kms", true), ("writes-only", true), ("old-one", false)],
        _ => &[("main", true)],
    }
}

fn status(world: World, name: &str) -> Value {
    let mut status = json!({ "IsLogging": name != "halted", "LatestDeliveryTime": "2026-09-30T05:55:00+00:00",
        "StartLoggingTime": LONG_AGO });
    if world != World::Messy {
        status["LatestCloudWatchLogsDeliveryTime"] = json!("2026-09-30T05:56:00+00:00");
    }
    if name == "old-one" {
        status["LatestDeliveryTime"] = json!(DAY);
        status["LatestDeliveryError"] = json!("NoSuchBucket");
    }
    status
}

fn selectors(name: &str) -> Value {
    let advanced =
        |fields: Value| json!({ "AdvancedEventSelectors": [{ "Name": "management", "FieldSelectors": fields }] });
    let management = json!({ "Field": "eventCategory", "Equals": texts(&["Management"]) });
    match name {
        "without-kms" => {
            json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
            "ExcludeManagementEventSources": ["kms.amazonaws.com"] }] })
        }
        "writes-only" => advanced(json!([management, { "Field": "readOnly", "Equals": ["false"] }])),
        "main" => advanced(json!([management])),
        _ => json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
            "ExcludeManagementEventSources": [] }] }),
    }
}
