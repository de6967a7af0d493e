//! Access Analyzer in one region.

use super::super::{Book, REGIONS, World};
use super::{DAY, LONG_AGO, named};
use serde_json::{Value, json};

pub fn write(book: &mut Book<'_>, region: &str, world: World) {
    let at = |operation: &str| format!("accessanalyzer/{region}/{operation}");
    let number = book.number.clone();
    let arn = |name: &str| format!("arn:aws:access-analyzer:{region}:{number}:analyzer/{name}");
    let home = region == REGIONS[0];
    let kinds: &[(&str, &str, &str)] = match world {
        World::Member => &[],
        World::Messy if home => &[("external", "ACCOUNT", "ACTIVE")],
        // One that does not work is none.
        World::Messy => &[("external", "ACCOUNT", "FAILED")],
        _ if home => &[("external", "ACCOUNT", "ACTIVE"), ("unused", "ACCOUNT_UNUSED_ACCESS", "ACTIVE")],
        _ => &[("external", "ACCOUNT", "ACTIVE")],
    };
    let mut analyzers = Vec::new();
    for (name, kind, status) in kinds {
        let called = named(world, name);
        let analyzer = json!({ "arn": arn(name), "name": called, "type": kind, "createdAt": LONG_AGO, "status": status,
            "lastResourceAnalyzed": format!("arn:aws:iam::{number}:role/partner"), "lastResourceAnalyzedAt": DAY });
        book.put(&at("get-analyzer"), &[&called], json!({ "analyzer": analyzer }));
        book.put(&at("list-archive-rules"), &[&called], json!({ "archiveRules": rules(world, home, kind) }));
        book.put(
            &at("get-findings-statistics"),
            &[&arn(name)],
            json!({ "findingsStatistics": [], "lastUpdatedAt": DAY }),
        );
        if *kind == "ACCOUNT" {
            book.put(&at("list-findings"), &[&arn(name)], json!({ "findings": findings(&number, world, home) }));
        } else {
            book.put(&at("list-findings-v2"), &[&arn(name)], json!({ "findings": [] }));
        }
        analyzers.push(analyzer);
    }
    book.put(&at("list-analyzers"), &[], json!({ "analyzers": analyzers }));
}

fn rules(world: World, home: bool, kind: &str) -> Vec<Value> {
    let rule = |name: &str, filter: Value| json!({ "ruleName": named(world, name), "filter": filter, "createdAt": LONG_AGO, "updatedAt": LONG_AGO });
    if !home || kind != "ACCOUNT" {
        return Vec::new();
    }
    let partner = rule("partner", json!({ "principal.AWS": { "eq": ["999988887777"] } }));
    match world {
        World::Messy => vec![
            partner,
            rule("all buckets", json!({ "resourceType": { "eq": ["AWS::S3::Bucket"] } })),
            rule("public site", json!({ "resource": { "eq": ["arn:aws:s3:::site"] }, "isPublic": { "eq": ["true"] } })),
        ],
        _ => vec![partner],
    }
}

fn findings(number: &str, world: World, home: bool) -> Vec<Value> {
    let finding = |id: &str, resource: &str, kind: &str, who: &str, status: &str, created: &str| {
        json!({ "id": format!("{id}-{home}"), "principal": { "AWS": named(world, who) }, "action": ["sts:AssumeRole"],
            "resource": resource, "isPublic": who == "*", "resourceType": kind, "condition": {}, "createdAt": created,
            "analyzedAt": DAY, "updatedAt": DAY, "status": status, "resourceOwnerAccount": number })
    };
    let role = format!("arn:aws:iam::{number}:role/partner");
    let auditors = format!("arn:aws:iam::{number}:role/auditors");
    // A role is analysed in every region: the same finding, twice.
    let mut all = vec![
        finding("f-1", &role, "AWS::IAM::Role", "999988887777", "ARCHIVED", LONG_AGO),
        finding("f-2", &auditors, "AWS::IAM::Role", "999911112222", "ACTIVE", "2026-09-15T08:00:00+00:00"),
    ];
    if world == World::Messy {
        let old = format!("arn:aws:iam::{number}:role/legacy-vendor");
        all.push(finding("f-3", &old, "AWS::IAM::Role", "999933334444", "ACTIVE", LONG_AGO));
        if home {
            all.push(finding("f-4", "arn:aws:s3:::site", "AWS::S3::Bucket", "*", "ACTIVE", LONG_AGO));
        }
    }
    // An analysis that failed: whether anybody outside has access is not known.
    if world == World::Hostile && home {
        let key = format!("arn:aws:kms:us-east-1:{number}:key/1234");
        let mut failed = finding("f-5", &key, "AWS::KMS::Key", "999955556666", "ACTIVE", LONG_AGO);
        failed["error"] = json!("ACCESS_DENIED");
        failed["principal"] = json!({});
        all.push(failed);
    }
    all
}
