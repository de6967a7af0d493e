//! Sheets of what watches over the account: regions, findings and archive rules of Access Analyzer, rules of AWS
//! Config, trails, and the events that must raise an alarm.

use super::columns::{Fact, fact, flag, list, list_or, text, text_or, time, time_or};
use super::{Desk, Plan, Sheet, plan, rows};
use crate::account::regional::subjects::{
    AccessFinding, AnalyzerFinding, ArchiveRule, ConfigRule, Region, Trail, WatchedEvent,
};

const REGIONS: Plan = plan("regions", "Enabled regions", "enabled region", "enabled regions", &["region"]);
const FINDINGS: Plan = plan(
    "findings",
    "Findings of external access",
    "finding of external access",
    "findings of external access",
    &["analyzer_finding"],
);
const ACCESS_FINDINGS: Plan = plan(
    "access-findings",
    "Findings of unused and internal access",
    "finding of unused or internal access",
    "findings of unused and internal access",
    &["access_finding"],
);
const ARCHIVE_RULES: Plan =
    plan("archive-rules", "Archive rules of Access Analyzer", "archive rule", "archive rules", &["archive_rule"]);
const CONFIG_RULES: Plan = plan(
    "config-rules",
    "AWS Config rules about identity",
    "rule of AWS Config about identity",
    "rules of AWS Config about identity",
    &["config_rule"],
);
const TRAILS: Plan = plan("trails", "CloudTrail trails", "trail", "trails", &["trail"]);
const EVENTS: Plan = plan(
    "watched-events",
    "Events that raise an alarm",
    "kind of event to be told of",
    "kinds of events to be told of",
    &["watched_event"],
);

pub(super) const PLANS: &[&Plan] =
    &[&REGIONS, &FINDINGS, &ACCESS_FINDINGS, &ARCHIVE_RULES, &CONFIG_RULES, &TRAILS, &EVENTS];

const REGION_FACTS: &[Fact<Region>] = &[
    fact("Region", "region", "word", |one| text(&one.name)),
    fact("Analyzers of external access", "external_analyzers", "text", |one| list(&one.external_analyzers)),
    fact("Other analyzers", "other_analyzers", "text", |one| list(&one.other_analyzers)),
    fact("AWS Config records", "config_recording", "word", |one| flag(&one.config_recording)),
    fact("All types", "config_records_all_types", "word", |one| flag(&one.config_records_all_types)),
    fact("Last recording", "config_recorder_status", "word", |one| text_or(&one.config_recorder_status, "none")),
    fact("Bucket", "config_bucket", "text", |one| text_or(&one.config_bucket, "none")),
    fact("Deliveries that failed", "config_delivery_failures", "text", |one| list(&one.config_delivery_failures)),
];
const FINDING_FACTS: &[Fact<AnalyzerFinding>] = &[
    fact("Resource", "resource", "text", |one| text(&one.resource)),
    fact("Type", "resource_type", "text", |one| text(&one.resource_type)),
    fact("Who has access", "principal", "text", |one| text(&one.principal)),
    fact("Anybody", "public", "word", |one| flag(&one.public)),
    fact("Active", "active", "word", |one| flag(&one.active)),
    fact("Archived", "archived", "word", |one| flag(&one.archived)),
    fact("Since (UTC)", "since", "time", |one| time(&one.since)),
    fact("Regions", "regions", "text", |one| list(&one.regions)),
    fact("Failed analyses", "errors", "text", |one| list(&one.errors)),
];
const ACCESS_FINDING_FACTS: &[Fact<AccessFinding>] = &[
    fact("Resource", "resource", "text", |one| text(&one.resource)),
    fact("Finding", "finding_type", "text", |one| text(&one.finding_type)),
    fact("What it rests on", "details", "text", |one| list(&one.details)),
    fact("Active", "active", "word", |one| flag(&one.active)),
    fact("Archived", "archived", "word", |one| flag(&one.archived)),
    fact("Since (UTC)", "since", "time", |one| time(&one.since)),
    fact("Regions", "regions", "text", |one| list(&one.regions)),
    fact("Failed analyses", "errors", "text", |one| list(&one.errors)),
];
const ARCHIVE_RULE_FACTS: &[Fact<ArchiveRule>] = &[
    fact("Rule", "rule", "text", |one| text(&one.name)),
    fact("Analyzer", "analyzer", "text", |one| text(&one.analyzer)),
    fact("Region", "region", "word", |one| text(&one.region)),
    fact("Criteria", "criteria", "text", |one| list(&one.criteria)),
    fact("Names what it is for", "names_what_it_is_for", "word", |one| flag(&one.names_what_it_is_for)),
    fact("Takes in public access", "takes_in_public_access", "word", |one| flag(&one.takes_in_public_access)),
];
const CONFIG_RULE_FACTS: &[Fact<ConfigRule>] = &[
    fact("Rule", "identifier", "text", |one| text(&one.identifier)),
    fact("Parameters", "parameters", "text", |one| text_or(&one.parameters, "none")),
    fact("Called", "names", "text", |one| list(&one.names)),
    fact("Last evaluated everywhere (UTC)", "last_evaluated", "time", |one| time_or(&one.last_evaluated, "never")),
    fact("Errors", "errors", "text", |one| list(&one.errors)),
];
const TRAIL_FACTS: &[Fact<Trail>] = &[
    fact("Trail", "trail", "text", |one| text(&one.name)),
    fact("Home Region", "home_region", "word", |one| text(&one.home_region)),
    fact("All regions", "multi_region", "word", |one| flag(&one.multi_region)),
    fact("Switched on", "logging", "word", |one| flag(&one.logging)),
    fact("Excluded events", "left_out", "text", |one| list_or(&one.left_out, "nothing")),
    fact("Validates files", "validates_files", "word", |one| flag(&one.validates_files)),
    fact("Key of KMS", "kms_key", "text", |one| text_or(&one.kms_key, "none")),
    fact("Log group", "log_group", "text", |one| text_or(&one.log_group, "none")),
    fact("Last delivery error", "delivery_error", "text", |one| text_or(&one.delivery_error, "none")),
];
const EVENT_FACTS: &[Fact<WatchedEvent>] = &[
    fact("Event", "topic", "text", |one| text(&one.topic)),
    fact("Alarms", "alarms", "text", |one| list(&one.alarms)),
    fact("How far the chain reaches", "found", "text", |one| text(&one.found)),
];

pub(super) fn sheets(desk: &Desk<'_>) -> Vec<Sheet> {
    let account = desk.inputs.account;
    vec![
        rows(desk, &REGIONS, &account.regions.subjects, REGION_FACTS, Region::KIND),
        rows(desk, &FINDINGS, &account.analyzer_findings.subjects, FINDING_FACTS, AnalyzerFinding::KIND),
        rows(desk, &ACCESS_FINDINGS, &account.access_findings.subjects, ACCESS_FINDING_FACTS, AccessFinding::KIND),
        rows(desk, &ARCHIVE_RULES, &account.archive_rules.subjects, ARCHIVE_RULE_FACTS, ArchiveRule::KIND),
        rows(desk, &CONFIG_RULES, &account.config_rules.subjects, CONFIG_RULE_FACTS, ConfigRule::KIND),
        rows(desk, &TRAILS, &account.trails.subjects, TRAIL_FACTS, Trail::KIND),
        rows(desk, &EVENTS, &account.watched_events.subjects, EVENT_FACTS, WatchedEvent::KIND),
    ]
}
