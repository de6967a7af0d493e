//! A hand-made account that is watched over as it should be, and how each of these controls is failed.

use super::accounts::{ago, all, as_of, days, known, texts};
use auditpack::testing::account::Account;
use auditpack::testing::account::fact::Observed;
use auditpack::testing::account::regional::subjects::{
    AccessFinding, AnalyzerFinding, ArchiveRule, ConfigRule, Monitoring, Region, Trail, WatchedEvent,
};

const TOPICS: [&str; 7] = [
    "unauthorized calls",
    "sign-in without MFA",
    "use of the root user",
    "IAM policy changes",
    "CloudTrail changes",
    "failed sign-ins",
    "organization changes",
];

pub fn watch(account: &mut Account) {
    account.regions = all(vec![Region {
        name: known("eu-west-1".into()),
        external_analyzers: texts(&["external"]),
        config_recording: known(true),
        config_found: Observed::Known("the recorder is on".to_owned()),
        config_records_all_types: known(true),
        config_recorder_status: known(Some("SUCCESS".into())),
        config_bucket: known(Some("logs".into())),
        config_deliveries: texts(&["history"]),
        ..Region::blank("eu-west-1", "eu-west-1", as_of())
    }]);
    account.monitoring = all(vec![Monitoring {
        complete_trails: texts(&["main"]),
        unused_access_analyzers: texts(&["unused (eu-west-1)"]),
        recorders_found: Observed::Known("us-east-1: the recorder is on".to_owned()),
        identity_types_recorded_in: texts(&["eu-west-1"]),
        ..Monitoring::blank("123456789012#monitoring", "audit logging of the account", as_of())
    }]);
    account.access_findings = all(vec![AccessFinding {
        resource: known("role idle".into()),
        resource_type: known("AWS::IAM::Role".into()),
        finding_type: known("unused role".into()),
        unused: known(true),
        own: known(true),
        active: known(true),
        since: known(ago(days(5))),
        details: texts(&["no use within the tracking period"]),
        regions: texts(&["eu-west-1"]),
        ..AccessFinding::blank("arn:aws:iam::123456789012:role/idle#UnusedIAMRole", "unused role of role idle", as_of())
    }]);
    account.analyzer_findings = all(vec![AnalyzerFinding {
        resource: known("role partner".into()),
        resource_type: known("AWS::IAM::Role".into()),
        principal: known("AWS 999988887777".into()),
        own: known(true),
        active: known(true),
        since: known(ago(days(30))),
        regions: texts(&["eu-west-1"]),
        ..AnalyzerFinding::blank("arn:aws:iam::123456789012:role/partner#1", "role partner", as_of())
    }]);
    account.archive_rules = all(vec![ArchiveRule {
        name: known("partner".into()),
        analyzer: known("external".into()),
        region: known("eu-west-1".into()),
        criteria: texts(&["principal.AWS eq 999988887777"]),
        names_what_it_is_for: known(true),
        ..ArchiveRule::blank(
            "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer/external/archive-rule/partner",
            "partner",
            as_of(),
        )
    }]);
    account.config_rules = all(vec![ConfigRule {
        identifier: known("IAM_USER_MFA_ENABLED".into()),
        names: texts(&["mfa (eu-west-1)"]),
        last_evaluated: known(Some(ago(days(1)))),
        ..ConfigRule::blank("IAM_USER_MFA_ENABLED", "IAM_USER_MFA_ENABLED", as_of())
    }]);
    account.trails = all(vec![Trail {
        name: known("main".into()),
        home_region: known("eu-west-1".into()),
        multi_region: known(true),
        logging: known(true),
        validates_files: known(true),
        kms_key: known(Some("key".into())),
        log_group: known(Some("group".into())),
        last_log_group_delivery: known(Some(as_of())),
        ..Trail::blank("arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", "trail main", as_of())
    }]);
    account.watched_events = all(TOPICS.iter().map(|topic| event(topic)).collect());
}

fn event(topic: &str) -> WatchedEvent {
    WatchedEvent {
        topic: known(topic.into()),
        alarms: texts(&["alarm"]),
        events_until_alarm: known(Some(1)),
        found: known("alarm".into()),
        ..WatchedEvent::blank(topic, topic, as_of())
    }
}

type Spoil = fn(&mut Account);

fn silent(a: &mut Account) {
    for event in &mut a.watched_events.subjects {
        event.alarms = texts(&[]);
        event.events_until_alarm = known(None);
        event.found = known("log group trail has no metric filter".into());
    }
}

/// How each control is failed, and words of what the pack says then.
pub const FAILURES: &[(&str, Spoil, &str)] = &[
    (
        "external-access-is-analyzed-in-every-region",
        |a| a.regions.subjects[0].external_analyzers = texts(&[]),
        "no active analyzer looks for external access in eu-west-1",
    ),
    (
        "findings-of-external-access-are-settled",
        |a| a.analyzer_findings.subjects[0].since = known(ago(days(31))),
        "role partner has been open to AWS 999988887777 since",
    ),
    (
        "resource-policies-are-not-open-to-everyone",
        |a| a.monitoring.subjects[0].public_resources = texts(&["arn:aws:s3:::site"]),
        "by active findings of Access Analyzer anybody may use arn:aws:s3:::site",
    ),
    (
        "findings-of-unused-access-are-settled",
        |a| a.access_findings.subjects[0].since = known(ago(days(91))),
        "unused role of role idle has been open since",
    ),
    (
        "archive-rules-are-narrow",
        |a| a.archive_rules.subjects[0].takes_in_public_access = known(true),
        "archive rule “partner” of analyzer “external” in eu-west-1 names no particular resource or principal, or does not leave out public access",
    ),
    (
        "unused-access-is-analyzed",
        |a| a.monitoring.subjects[0].unused_access_analyzers = texts(&[]),
        "no active analyzer looks for unused access",
    ),
    (
        "config-records-every-region",
        |a| a.regions.subjects[0].config_recording = known(false),
        "in eu-west-1 the recorder is on",
    ),
    (
        "config-records-identities",
        |a| a.monitoring.subjects[0].identity_types_recorded_in = texts(&[]),
        "no recorder of AWS Config that is on records IAM users, groups, roles and customer managed policies (us-east-1: the recorder is on)",
    ),
    (
        "config-delivers-its-records",
        |a| a.regions.subjects[0].config_delivery_failures = texts(&["history (AccessDenied)"]),
        "deliveries that failed: history (AccessDenied)",
    ),
    (
        "config-rules-about-identity-are-evaluated",
        |a| a.config_rules.subjects[0].last_evaluated = known(Some(ago(days(8)))),
        "rule IAM_USER_MFA_ENABLED, called mfa (eu-west-1), was last evaluated in all its Regions on 2026-11-14",
    ),
    (
        "a-trail-records-every-management-event",
        |a| {
            a.monitoring.subjects[0].complete_trails = texts(&[]);
            a.monitoring.subjects[0].incomplete_trails = texts(&["trail main is switched off"]);
        },
        "the trails: trail main is switched off",
    ),
    (
        "trails-validate-their-files",
        |a| a.trails.subjects[0].validates_files = known(false),
        "main of eu-west-1 does not validate its log files",
    ),
    (
        "trails-are-encrypted-with-a-key-of-kms",
        |a| a.trails.subjects[0].kms_key = known(None),
        "main of eu-west-1 is not encrypted",
    ),
    (
        "trails-reach-cloudwatch-logs",
        |a| a.trails.subjects[0].last_log_group_delivery = known(Some(ago(days(2)))),
        "last delivery there: 2026-11-20",
    ),
    ("unauthorized-calls-raise-an-alarm", silent, "log group trail has no metric filter"),
    ("sign-in-without-mfa-raises-an-alarm", silent, "log group trail has no metric filter"),
    ("use-of-root-raises-an-alarm", silent, "log group trail has no metric filter"),
    ("changes-of-iam-policies-raise-an-alarm", silent, "log group trail has no metric filter"),
    ("changes-of-trails-raise-an-alarm", silent, "log group trail has no metric filter"),
    ("changes-of-the-organization-raise-an-alarm", silent, "log group trail has no metric filter"),
    (
        "failed-sign-ins-raise-an-alarm",
        |a| a.watched_events.subjects[5].events_until_alarm = known(Some(2)),
        "no effective alarm (threshold: at most 1 event)",
    ),
];
