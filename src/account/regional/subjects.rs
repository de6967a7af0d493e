//! The regional populations and their facts: a part of the schema.

use crate::account::fact::{
    ACCESS_FINDING, ACCESS_FINDINGS, AGGREGATE_COMPLIANCE, AGGREGATE_DETAILS, AGGREGATOR_SOURCES, AGGREGATORS, ALARMS,
    ANALYZER, ANALYZERS, ARCHIVE_RULES, CONFORMANCE_PACK_COMPLIANCE, CONFORMANCE_PACK_STATUS, CONFORMANCE_PACKS,
    DELIVERY, DELIVERY_STATUS, EVENT_SELECTORS, FINDINGS, METRIC_FILTERS, ORGANIZATION_PACK_STATUS, ORGANIZATION_PACKS,
    ORGANIZATION_RULE_STATUS, ORGANIZATION_RULES, RECORDER, RECORDER_STATUS, REGIONS, RULE_COMPLIANCE, RULE_STATUS,
    RULES, SUBSCRIPTIONS, TRAIL_STATUS, TRAILS, TRUSTED_SERVICES, subject,
};
use jiff::Timestamp;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// A Region that is enabled in the account.
    Region = "region" as "region", "enabled Regions", from &[REGIONS];
    /// Its name, such as `eu-west-1`.
    name "the Region's name": Text = &[REGIONS], title "Region";
    /// Active analyzers of the types ACCOUNT or ORGANIZATION, which look for access from outside. Where there is none
    /// and an organization's analyzer in another account may cover the account, it is not known.
    external_analyzers "whether an analyzer of external access covers the Region": Texts =
        &[ANALYZERS, TRUSTED_SERVICES], title "Analyzers of external access";
    /// Analyzers of other types, and those that are not active, each with type and status, and those of unused access
    /// with the days after which access counts as unused.
    other_analyzers "which other analyzers the Region has": Texts = &[ANALYZERS, ANALYZER];
    /// The account's own configuration recorder is switched on. Recorders that AWS services made for themselves do
    /// not count.
    config_recording "whether the account's own recorder is switched on": bool = &[RECORDER, RECORDER_STATUS],
        title "AWS Config records";
    /// The account's own recorder records all types that the Region supports.
    config_records_all_types "whether the recorder records all types": bool = &[RECORDER], title "All types";
    /// What the account's own recorder does, in words: whether it is on, and which types it records or excludes.
    config_found: Text = &[RECORDER, RECORDER_STATUS];
    /// How the recorder's last attempt ended: `SUCCESS`, `PENDING`, `FAILURE`; null if there is no recorder.
    config_recorder_status "how the last recording ended": Option<Text> = &[RECORDER_STATUS], title "Last recording";
    /// The bucket that the delivery channel writes to; null if there is no channel.
    config_bucket "which bucket the records are delivered to": Option<Text> = &[DELIVERY], title "Bucket";
    /// Deliveries whose last attempt succeeded: `history`, `snapshot`, `stream`.
    config_deliveries "which deliveries succeeded": Texts = &[DELIVERY_STATUS];
    /// Deliveries whose last attempt failed, with AWS's error code.
    config_delivery_failures "which deliveries failed": Texts = &[DELIVERY_STATUS], title "Deliveries that failed";
}

subject! {
    /// The account as a whole, over all enabled Regions.
    Monitoring = "monitoring" as "monitoring", "account", from &[];
    /// Multi-Region trails that are logging, record every management event that reads or writes, and whose
    /// last delivery did not fail.
    complete_trails "whether a trail records every management event": Texts = &[TRAILS, TRAIL_STATUS, EVENT_SELECTORS],
        title "Trails that record every management event";
    /// The other trails, and what each lacks.
    incomplete_trails "what the other trails lack": Texts = &[TRAILS, TRAIL_STATUS, EVENT_SELECTORS];
    /// Active analyzers of the types ACCOUNT_UNUSED_ACCESS or ORGANIZATION_UNUSED_ACCESS, with their Region. Where
    /// there is none and an organization's analyzer in another account may cover the account, it is not known.
    unused_access_analyzers "whether an analyzer of unused access covers the account": Texts =
        &[ANALYZERS, TRUSTED_SERVICES], title "Analyzers of unused access";
    /// Public resources of this account, by active findings of external access. Where none is known, it
    /// takes an active analyzer in every enabled Region, all of its findings, and no analysis that failed, to know
    /// that there is none.
    public_resources "which resources are public": Texts = &[FINDINGS, ANALYZERS, REGIONS],
        title "Public resources";
    /// Regions whose own recorder is on and records IAM users, groups, roles and customer managed policies.
    identity_types_recorded_in "in which Regions users, groups, roles and policies are recorded": Texts =
        &[RECORDER, RECORDER_STATUS], title "Regions in which identities are recorded";
    /// What the account's own recorders do, in words, Region by Region.
    recorders_found: Text = &[RECORDER, RECORDER_STATUS];
}

subject! {
    /// A finding of Access Analyzer about access from outside. Roles are analyzed in every Region, so that the same
    /// resource, principal, actions and condition are one finding, wherever it is seen.
    AnalyzerFinding = "analyzer_finding" as "finding", "findings of external access", from &[REGIONS, ANALYZERS, FINDINGS];
    /// ARN of the resource.
    resource "the resource": Text = &[FINDINGS];
    /// Type of the resource.
    resource_type: Text = &[FINDINGS], title "Type";
    /// Who has access from outside.
    principal "who has access from outside": Text = &[FINDINGS], title "Who has access";
    /// The resource belongs to this account; an organization's analyzer reports on other accounts, too.
    own "whether the resource belongs to this account": bool = &[FINDINGS];
    /// Access is public: anyone has access.
    public: bool = &[FINDINGS], title "Public";
    /// Active in one Region at least. Not known where an analysis failed and no Region says so.
    active "whether the finding is active": bool = &[FINDINGS];
    /// Archived in one Region at least: accepted by somebody or by an archive rule, not removed.
    archived: bool = &[FINDINGS];
    /// When it was first found in the state that `active` gives.
    since "when the finding was first found": Timestamp = &[FINDINGS];
    /// Regions whose analyzer reports it.
    regions "in which Regions the finding is reported": Texts = &[FINDINGS];
    /// Why the analysis failed, where it did.
    errors: Texts = &[FINDINGS], title "Failed analyses";
}

subject! {
    /// A finding of Access Analyzer about unused or internal access. Unused access is one finding a type and user or
    /// role, in however many Regions.
    AccessFinding = "access_finding" as "finding", "findings of unused and internal access",
        from &[REGIONS, ANALYZERS, ACCESS_FINDINGS];
    /// ARN of the user, role or resource.
    resource "the resource": Text = &[ACCESS_FINDINGS];
    /// Type of the resource.
    resource_type: Text = &[ACCESS_FINDINGS];
    /// `unused role`, `unused access key`, `unused password`, `unused permissions` or `internal access`.
    finding_type "the type of the finding": Text = &[ACCESS_FINDINGS], title "Finding";
    /// It is about access that is not used.
    unused "whether the finding is about unused access": bool = &[ACCESS_FINDINGS];
    /// The resource belongs to this account; an organization's analyzer reports on other accounts, too.
    own "whether the resource belongs to this account": bool = &[ACCESS_FINDINGS];
    /// Active in one Region at least. Not known where an analysis failed and no Region says so.
    active "whether the finding is active": bool = &[ACCESS_FINDINGS];
    /// Archived in one Region at least: accepted by somebody or by an archive rule, not removed.
    archived: bool = &[ACCESS_FINDINGS];
    /// When it was first found in the state that `active` gives.
    since "when the finding was first found": Timestamp = &[ACCESS_FINDINGS];
    /// What it rests on: last uses, services and actions.
    details: Texts = &[ACCESS_FINDING], title "Details";
    /// Regions whose analyzer reports it.
    regions "in which Regions the finding is reported": Texts = &[ACCESS_FINDINGS];
    /// Why the analysis failed, where it did.
    errors: Texts = &[ACCESS_FINDINGS], title "Failed analyses";
}

subject! {
    /// An archive rule of an analyzer, in a Region: it archives matching findings before anyone sees them.
    ArchiveRule = "archive_rule" as "rule", "archive rules", from &[REGIONS, ANALYZERS, ARCHIVE_RULES];
    /// Name.
    name "the rule's name": Text = &[ARCHIVE_RULES], title "Rule";
    /// The analyzer's name.
    analyzer "the rule's analyzer": Text = &[ARCHIVE_RULES];
    /// Region.
    region "the rule's Region": Text = &[ARCHIVE_RULES];
    /// Its criteria in words.
    criteria "the rule's criteria": Texts = &[ARCHIVE_RULES];
    /// A criterion names certain resources or principals.
    names_what_it_is_for "whether the rule names particular resources or principals": bool = &[ARCHIVE_RULES];
    /// Public access is not excluded: it is a rule about access from outside without a criterion that `isPublic` is
    /// `false` or that names the principals in full.
    takes_in_public_access "whether the rule takes in public access": bool = &[ARCHIVE_RULES];
}

subject! {
    /// An AWS managed rule of AWS Config that is about identity or the audit trail. The same rule with the same
    /// parameters is one, in however many Regions it runs.
    ConfigRule = "config_rule" as "rule", "AWS Config rules about identity", from &[REGIONS, RULES];
    /// AWS's identifier of the rule.
    identifier "which rule it is": Text = &[RULES], title "Rule";
    /// Its parameters as JSON; null if none are set.
    parameters: Option<Text> = &[RULES];
    /// The account's names for it, and where: `name (Region)`.
    names "the rule's names": Texts = &[RULES], title "Names";
    /// The oldest, over its Regions, of the last successful evaluations; null if one Region never had any.
    last_evaluated "when the rule was last evaluated": Option<Timestamp> = &[RULE_STATUS],
        title "Last evaluated everywhere", none "never";
    /// Evaluations that failed after the last successful one, by Region.
    errors "whether evaluations of the rule failed": Texts = &[RULE_STATUS];
    /// The rule's result for all that it evaluated, by Region: `compliant`, `non-compliant` with the number of
    /// resources, `insufficient data`.
    compliance "what the rule found": Texts = &[RULE_COMPLIANCE], title "Results";
}

subject! {
    /// What AWS Config has in a Region besides rules: a conformance pack, an aggregator, or a rule or conformance pack
    /// that the organization deploys to its accounts.
    ConfigDeployment = "config_deployment" as "deployment", "AWS Config conformance packs and aggregators",
        from &[REGIONS, CONFORMANCE_PACKS, AGGREGATORS, ORGANIZATION_RULES, ORGANIZATION_PACKS];
    /// `conformance pack`, `aggregator`, `organization rule` or `organization conformance pack`.
    deployed "what is deployed": Text = &[CONFORMANCE_PACKS, AGGREGATORS, ORGANIZATION_RULES, ORGANIZATION_PACKS],
        title "Kind";
    /// Name.
    name "its name": Text = &[CONFORMANCE_PACKS, AGGREGATORS, ORGANIZATION_RULES, ORGANIZATION_PACKS], title "Name";
    /// Region.
    region "its Region": Text = &[CONFORMANCE_PACKS, AGGREGATORS, ORGANIZATION_RULES, ORGANIZATION_PACKS],
        title "Region";
    /// The status of its deployment, such as `CREATE_COMPLETE`; null for an aggregator, which has none.
    status "how the deployment ended": Option<Text> =
        &[CONFORMANCE_PACK_STATUS, ORGANIZATION_RULE_STATUS, ORGANIZATION_PACK_STATUS],
        title "Status", none "not applicable";
    /// For a conformance pack, its rules by result, those that are not compliant by name; for an aggregator, the
    /// sources whose last update did not succeed, and the rules that are not compliant, by account and Region, with
    /// the resources where they were collected; otherwise AWS's error.
    found "what it found": Texts = &[
        CONFORMANCE_PACK_COMPLIANCE, AGGREGATOR_SOURCES, AGGREGATE_COMPLIANCE, AGGREGATE_DETAILS,
        ORGANIZATION_RULE_STATUS, ORGANIZATION_PACK_STATUS
    ], title "Results";
}

subject! {
    /// A CloudTrail trail. A multi-Region trail shows in each of them and counts once.
    Trail = "trail" as "trail", "CloudTrail trails", from &[REGIONS, TRAILS];
    /// Name.
    name "the trail's name": Text = &[TRAILS], title "Trail";
    /// The Region that it belongs to.
    home_region "the trail's Region": Text = &[TRAILS], title "Home Region";
    /// It is a multi-Region trail.
    multi_region: bool = &[TRAILS], title "Multi-Region";
    /// An organization's trail.
    organization: bool = &[TRAILS];
    /// It is logging.
    logging "whether the trail is logging": bool = &[TRAIL_STATUS], title "Logging";
    /// Management events that its selectors exclude; empty if none.
    left_out: Texts = &[EVENT_SELECTORS], title "Excluded events", none "none";
    /// Log file validation is on.
    validates_files "whether the trail validates its log files": bool = &[TRAILS], title "Validates files";
    /// The KMS key that encrypts its files; null if none.
    kms_key "whether a KMS key encrypts the trail's files": Option<Text> = &[TRAILS], title "KMS key";
    /// The log group of CloudWatch Logs that it delivers to; null if none.
    log_group "which log group the trail delivers to": Option<Text> = &[TRAILS];
    /// Why the last delivery to the bucket failed; null if it did not.
    delivery_error: Option<Text> = &[TRAIL_STATUS], title "Last delivery error";
    /// Why the last delivery to CloudWatch Logs failed; null if it did not.
    log_group_error "whether the last delivery to CloudWatch Logs failed": Option<Text> = &[TRAIL_STATUS];
    /// The last delivery to CloudWatch Logs; null if there was none.
    last_log_group_delivery "when the trail last delivered to CloudWatch Logs": Option<Timestamp> = &[TRAIL_STATUS];
}

subject! {
    /// A kind of event that must raise an alarm.
    WatchedEvent = "watched_event" as "event", "kinds of events", from &[];
    /// Which: `unauthorized calls`, `sign-in without MFA`, `use of the root user`, `IAM policy changes`,
    /// `CloudTrail changes`, `failed sign-ins`, `organization changes`.
    topic "which kind of event it is": Text = &[METRIC_FILTERS], title "Event";
    /// Alarms that such an event reaches: a multi-Region trail that is logging, its log group, a metric filter whose
    /// pattern takes in the event, an alarm on the filter's metric that notifies an SNS topic with a confirmed subscription. Empty unless every
    /// form of the event is taken in.
    alarms "which alarms such an event sets off": Texts =
        &[TRAILS, TRAIL_STATUS, EVENT_SELECTORS, METRIC_FILTERS, ALARMS, SUBSCRIPTIONS];
    /// How many such events it takes to set off the alarm; null if there is none.
    events_until_alarm "how many such events set off an alarm": Option<i64> = &[METRIC_FILTERS, ALARMS];
    /// Which links of the chain from event to alarm are in place, in words.
    found "which links of the chain from event to alarm are in place": Text = &[TRAILS, METRIC_FILTERS, ALARMS],
        title "Chain to the alarm";
}
