//! A hand-made account that is watched over as it should be, and how each of these controls is failed.

use super::accounts::{ago, all, as_of, days, known, texts};
use auditpack::testing::account::Account;
use auditpack::testing::account::fact::{Gap, Observed};
use auditpack::testing::account::regional::Regional;
use auditpack::testing::account::regional::subjects::{
    AccessFinding, AnalyzerFinding, ArchiveRule, ConfigRule, Monitoring, Region, Trail, WatchedEvent,
};
use std::sync::Arc;

const TOPICS: [&str; 7] = [
    "unauthorized calls",
    "sign-in without MFA",
    "use of the root user",
    "IAM policy changes",
    "CloudTrail changes",
    "failed sign-ins",
    "organization changes",
];

pub fn tidy() -> Regional {
    Regional {
        regions: all(vec![Region {
            id: "eu-west-1".into(),
            label: "eu-west-1".into(),
            as_of: as_of(),
            name: known("eu-west-1".into()),
            external_analyzers: texts(&["external"]),
            other_analyzers: texts(&[]),
            config_recording: known(true),
            config_found: Observed::Known("the recorder is on".to_owned()),
            config_records_all_types: known(true),
            config_recorder_status: known(Some("SUCCESS".into())),
            config_bucket: known(Some("logs".into())),
            config_deliveries: texts(&["history"]),
            config_delivery_failures: texts(&[]),
        }]),
        monitoring: all(vec![Monitoring {
            id: "123456789012#monitoring".into(),
            label: "audit logging of the account".into(),
            as_of: as_of(),
            public_resources: texts(&[]),
            complete_trails: texts(&["main"]),
            incomplete_trails: texts(&[]),
            unused_access_analyzers: texts(&["unused (eu-west-1)"]),
            recorders_found: Observed::Known("us-east-1: the recorder is on".to_owned()),
            identity_types_recorded_in: texts(&["eu-west-1"]),
        }]),
        access_findings: all(vec![AccessFinding {
            id: "arn:aws:iam::123456789012:role/idle#UnusedIAMRole".into(),
            label: "unused role of role idle".into(),
            as_of: as_of(),
            resource: known("role idle".into()),
            resource_type: known("AWS::IAM::Role".into()),
            finding_type: known("unused role".into()),
            unused: known(true),
            own: known(true),
            active: known(true),
            archived: known(false),
            since: known(ago(days(5))),
            details: texts(&["no use within the tracking period"]),
            regions: texts(&["eu-west-1"]),
            errors: texts(&[]),
        }]),
        findings: all(vec![AnalyzerFinding {
            id: "arn:aws:iam::123456789012:role/partner#1".into(),
            label: "role partner".into(),
            as_of: as_of(),
            resource: known("role partner".into()),
            resource_type: known("AWS::IAM::Role".into()),
            principal: known("AWS 999988887777".into()),
            own: known(true),
            public: known(false),
            active: known(true),
            archived: known(false),
            since: known(ago(days(30))),
            regions: texts(&["eu-west-1"]),
            errors: texts(&[]),
        }]),
        archive_rules: all(vec![ArchiveRule {
            id: "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer/external/archive-rule/partner".into(),
            label: "partner".into(),
            as_of: as_of(),
            name: known("partner".into()),
            analyzer: known("external".into()),
            region: known("eu-west-1".into()),
            criteria: texts(&["principal.AWS eq 999988887777"]),
            names_what_it_is_for: known(true),
            takes_in_public_access: known(false),
        }]),
        config_rules: all(vec![ConfigRule {
            id: "IAM_USER_MFA_ENABLED".into(),
            label: "IAM_USER_MFA_ENABLED".into(),
            as_of: as_of(),
            identifier: known("IAM_USER_MFA_ENABLED".into()),
            parameters: known(None),
            names: texts(&["mfa (eu-west-1)"]),
            last_evaluated: known(Some(ago(days(1)))),
            errors: texts(&[]),
        }]),
        trails: all(vec![Trail {
            id: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main".into(),
            label: "trail main".into(),
            as_of: as_of(),
            name: known("main".into()),
            home_region: known("eu-west-1".into()),
            multi_region: known(true),
            organization: known(false),
            logging: known(true),
            left_out: texts(&[]),
            validates_files: known(true),
            kms_key: known(Some("key".into())),
            log_group: known(Some("group".into())),
            delivery_error: known(None),
            log_group_error: known(None),
            last_log_group_delivery: known(Some(as_of())),
        }]),
        watched_events: all(TOPICS.iter().map(|topic| event(topic)).collect()),
        rule_results: vec![],
        answer_gaps: vec![],
    }
}

/// Nothing known of any region, and nothing missing.
pub fn nothing() -> Regional {
    let mut regional = tidy();
    for kind in ["region", "monitoring", "analyzer_finding", "archive_rule", "config_rule", "trail", "watched_event"] {
        empty(&mut regional, kind);
    }
    regional
}

fn event(topic: &str) -> WatchedEvent {
    WatchedEvent {
        id: topic.into(),
        label: topic.into(),
        as_of: as_of(),
        topic: known(topic.into()),
        alarms: texts(&["alarm"]),
        events_until_alarm: known(Some(1)),
        found: known("alarm".into()),
    }
}

type Spoil = fn(&mut Account);

fn silent(a: &mut Account) {
    for event in &mut a.regional.watched_events.subjects {
        event.alarms = texts(&[]);
        event.events_until_alarm = known(None);
        event.found = known("log group trail has no metric filter".into());
    }
}

/// How each control is failed, and words of what the pack says then.
pub const FAILURES: &[(&str, Spoil, &str)] = &[
    (
        "external-access-is-analyzed-in-every-region",
        |a| a.regional.regions.subjects[0].external_analyzers = texts(&[]),
        "no active analyzer looks for external access in eu-west-1",
    ),
    (
        "findings-of-external-access-are-settled",
        |a| a.regional.findings.subjects[0].since = known(ago(days(31))),
        "role partner has been open to AWS 999988887777 since",
    ),
    (
        "resource-policies-are-not-open-to-everyone",
        |a| a.regional.monitoring.subjects[0].public_resources = texts(&["arn:aws:s3:::site"]),
        "by active findings of Access Analyzer anybody may use arn:aws:s3:::site",
    ),
    (
        "findings-of-unused-access-are-settled",
        |a| a.regional.access_findings.subjects[0].since = known(ago(days(91))),
        "unused role of role idle has been open since",
    ),
    (
        "archive-rules-are-narrow",
        |a| a.regional.archive_rules.subjects[0].takes_in_public_access = known(true),
        "archive rule “partner” of analyzer “external” in eu-west-1 names no particular resource or principal, or does not leave out public access",
    ),
    (
        "unused-access-is-analyzed",
        |a| a.regional.monitoring.subjects[0].unused_access_analyzers = texts(&[]),
        "no active analyzer looks for unused access",
    ),
    (
        "config-records-every-region",
        |a| a.regional.regions.subjects[0].config_recording = known(false),
        "in eu-west-1 the recorder is on",
    ),
    (
        "config-records-identities",
        |a| a.regional.monitoring.subjects[0].identity_types_recorded_in = texts(&[]),
        "no recorder of AWS Config that is on records IAM users, groups, roles and customer managed policies (us-east-1: the recorder is on)",
    ),
    (
        "config-delivers-its-records",
        |a| a.regional.regions.subjects[0].config_delivery_failures = texts(&["history (AccessDenied)"]),
        "deliveries that failed: history (AccessDenied)",
    ),
    (
        "config-rules-about-identity-are-evaluated",
        |a| a.regional.config_rules.subjects[0].last_evaluated = known(Some(ago(days(8)))),
        "rule IAM_USER_MFA_ENABLED, called mfa (eu-west-1), was last evaluated in all its regions on 2026-11-14",
    ),
    (
        "a-trail-records-every-management-event",
        |a| {
            a.regional.monitoring.subjects[0].complete_trails = texts(&[]);
            a.regional.monitoring.subjects[0].incomplete_trails = texts(&["trail main is switched off"]);
        },
        "the trails: trail main is switched off",
    ),
    (
        "trails-validate-their-files",
        |a| a.regional.trails.subjects[0].validates_files = known(false),
        "main of eu-west-1 does not validate its log files",
    ),
    (
        "trails-are-encrypted-with-a-key-of-kms",
        |a| a.regional.trails.subjects[0].kms_key = known(None),
        "main of eu-west-1 is not encrypted",
    ),
    (
        "trails-reach-cloudwatch-logs",
        |a| a.regional.trails.subjects[0].last_log_group_delivery = known(Some(ago(days(2)))),
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
        |a| a.regional.watched_events.subjects[5].events_until_alarm = known(Some(2)),
        "no effective alarm (threshold: at most 1 event)",
    ),
];

/// Puts a gap in the place of a fact of every subject: of several, each may be a control's only one.
pub fn blind(regional: &mut Regional, kind: &str, fact: &str, gap: &Arc<Gap>) {
    macro_rules! facts {
        ($population:ident: $($name:ident)*) => {
            for subject in &mut regional.$population.subjects {
                match fact {
                    $( stringify!($name) => subject.$name = Observed::Gap(Arc::clone(gap)), )*
                    other => panic!("{kind} has no fact {other}"),
                }
            }
        };
    }
    match kind {
        "region" => facts!(regions: name external_analyzers other_analyzers config_recording config_records_all_types
            config_found config_recorder_status config_bucket config_deliveries config_delivery_failures),
        "monitoring" => facts!(monitoring: public_resources complete_trails incomplete_trails unused_access_analyzers
            identity_types_recorded_in recorders_found),
        "analyzer_finding" => {
            facts!(findings: resource resource_type principal own public active archived since regions
            errors)
        }
        "access_finding" => {
            facts!(access_findings: resource resource_type finding_type unused own active archived since
            details regions errors)
        }
        "archive_rule" => {
            facts!(archive_rules: name analyzer region criteria names_what_it_is_for takes_in_public_access)
        }
        "config_rule" => facts!(config_rules: identifier parameters names last_evaluated errors),
        "trail" => facts!(trails: name home_region multi_region organization logging left_out validates_files kms_key
            log_group delivery_error log_group_error last_log_group_delivery),
        // Which topic an event is of stays known: it says whose control the event is.
        "watched_event" if fact == "topic" => {}
        "watched_event" => facts!(watched_events: alarms events_until_alarm found),
        other => panic!("no control is about {other}"),
    }
}

/// Gaps in the enumeration of a kind.
pub fn gaps<'a>(regional: &'a mut Regional, kind: &str) -> &'a mut Vec<Arc<Gap>> {
    match kind {
        "region" => &mut regional.regions.gaps,
        "monitoring" => &mut regional.monitoring.gaps,
        "analyzer_finding" => &mut regional.findings.gaps,
        "access_finding" => &mut regional.access_findings.gaps,
        "archive_rule" => &mut regional.archive_rules.gaps,
        "config_rule" => &mut regional.config_rules.gaps,
        "trail" => &mut regional.trails.gaps,
        "watched_event" => &mut regional.watched_events.gaps,
        other => panic!("no control is about {other}"),
    }
}

/// Removes every subject of a kind.
pub fn empty(regional: &mut Regional, kind: &str) {
    match kind {
        "region" => regional.regions.subjects.clear(),
        "monitoring" => regional.monitoring.subjects.clear(),
        "analyzer_finding" => regional.findings.subjects.clear(),
        "access_finding" => regional.access_findings.subjects.clear(),
        "archive_rule" => regional.archive_rules.subjects.clear(),
        "config_rule" => regional.config_rules.subjects.clear(),
        "trail" => regional.trails.subjects.clear(),
        "watched_event" => regional.watched_events.subjects.clear(),
        other => panic!("no control is about {other}"),
    }
}
