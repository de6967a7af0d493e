//! The answers' shapes, as the AWS CLI prints them. Only the members that facts are made of; lists are optional
//! here, and a missing one is a gap to whoever reads it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Declares shapes with AWS's spelling of members, which differs from service to service.
macro_rules! shapes {
    ($case:literal $( $(#[$meta:meta])* $Name:ident { $( $(#[$fmeta:meta])* $field:ident : $ty:ty, )* } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = $case)]
        pub struct $Name { $( $(#[$fmeta])* pub $field: $ty, )* }
    )* };
}

shapes! { "PascalCase"
    ServicesAnswer {
        enabled_service_principals: Option<Vec<TrustedService>>,
    }
    TrustedService {
        service_principal: String,
    }
    SubscriptionsAnswer {
        subscriptions: Option<Vec<Subscription>>,
    }
    Subscription {
        subscription_arn: Option<String>,
    }
    RecordersAnswer {
        configuration_recorders: Option<Vec<Recorder>>,
    }
    RecorderStatusAnswer {
        configuration_recorders_status: Option<Vec<RecorderStatus>>,
    }
    ChannelsAnswer {
        delivery_channels: Option<Vec<Channel>>,
    }
    ChannelStatusAnswer {
        delivery_channels_status: Option<Vec<ChannelStatus>>,
    }
    RulesAnswer {
        config_rules: Option<Vec<Rule>>,
    }
    Rule {
        config_rule_name: String,
        config_rule_arn: Option<String>,
        source: Option<RuleSource>,
        input_parameters: Option<String>,
        evaluation_visibility: Option<String>,
    }
    RuleSource {
        owner: String,
        source_identifier: Option<String>,
    }
    RuleStatusAnswer {
        config_rules_evaluation_status: Option<Vec<RuleStatus>>,
    }
    RuleStatus {
        config_rule_name: String,
        last_successful_evaluation_time: Option<Timestamp>,
        last_failed_evaluation_time: Option<Timestamp>,
        last_error_code: Option<String>,
        last_error_message: Option<String>,
    }
    RuleComplianceAnswer {
        compliance_by_config_rules: Option<Vec<RuleCompliance>>,
    }
    RuleCompliance {
        config_rule_name: String,
        compliance: Option<ComplianceSummary>,
    }
    ComplianceSummary {
        compliance_type: Option<String>,
        compliance_contributor_count: Option<ContributorCount>,
    }
    /// AWS stops counting at a hundred.
    ContributorCount {
        capped_count: u32,
        cap_exceeded: Option<bool>,
    }
    ConformancePacksAnswer {
        conformance_pack_details: Option<Vec<ConformancePack>>,
    }
    ConformancePack {
        conformance_pack_name: String,
        conformance_pack_arn: Option<String>,
    }
    ConformancePackStatusAnswer {
        conformance_pack_status_details: Option<Vec<ConformancePackStatus>>,
    }
    ConformancePackStatus {
        conformance_pack_name: String,
        conformance_pack_state: String,
        conformance_pack_status_reason: Option<String>,
    }
    ConformancePackComplianceAnswer {
        conformance_pack_rule_compliance_list: Option<Vec<PackRule>>,
    }
    PackRule {
        config_rule_name: String,
        compliance_type: String,
    }
    AggregatorsAnswer {
        configuration_aggregators: Option<Vec<Aggregator>>,
    }
    Aggregator {
        configuration_aggregator_name: String,
        configuration_aggregator_arn: Option<String>,
    }
    AggregateComplianceAnswer {
        aggregate_compliance_by_config_rules: Option<Vec<AggregateCompliance>>,
    }
    AggregateCompliance {
        config_rule_name: String,
        compliance: Option<ComplianceSummary>,
        account_id: String,
        aws_region: String,
    }
    AggregateResultsAnswer {
        aggregate_evaluation_results: Option<Vec<AggregateResult>>,
    }
    AggregateResult {
        evaluation_result_identifier: EvaluationIdentifier,
    }
    AggregatorSourcesAnswer {
        aggregated_source_status_list: Option<Vec<AggregatorSource>>,
    }
    AggregatorSource {
        source_id: Option<String>,
        aws_region: Option<String>,
        last_update_status: Option<String>,
        last_error_code: Option<String>,
    }
    OrganizationRulesAnswer {
        organization_config_rules: Option<Vec<OrganizationRule>>,
    }
    OrganizationRule {
        organization_config_rule_name: String,
    }
    OrganizationRuleStatusAnswer {
        organization_config_rule_statuses: Option<Vec<OrganizationRuleStatus>>,
    }
    OrganizationRuleStatus {
        organization_config_rule_name: String,
        organization_rule_status: String,
        error_code: Option<String>,
        error_message: Option<String>,
    }
    OrganizationPacksAnswer {
        organization_conformance_packs: Option<Vec<OrganizationPack>>,
    }
    OrganizationPack {
        organization_conformance_pack_name: String,
    }
    OrganizationPackStatusAnswer {
        organization_conformance_pack_statuses: Option<Vec<OrganizationPackStatus>>,
    }
    OrganizationPackStatus {
        organization_conformance_pack_name: String,
        status: String,
        error_code: Option<String>,
        error_message: Option<String>,
    }
    EvaluationsAnswer {
        evaluation_results: Option<Vec<Evaluation>>,
    }
    Evaluation {
        evaluation_result_identifier: EvaluationIdentifier,
        compliance_type: String,
    }
    EvaluationIdentifier {
        evaluation_result_qualifier: EvaluationQualifier,
    }
    EvaluationQualifier {
        resource_type: Option<String>,
        resource_id: String,
    }
    TrailStatusAnswer {
        is_logging: Option<bool>,
        latest_delivery_error: Option<String>,
        latest_cloud_watch_logs_delivery_error: Option<String>,
        latest_cloud_watch_logs_delivery_time: Option<Timestamp>,
        latest_delivery_time: Option<Timestamp>,
        start_logging_time: Option<Timestamp>,
        stop_logging_time: Option<Timestamp>,
    }
    SelectorsAnswer {
        event_selectors: Option<Vec<Selector>>,
        advanced_event_selectors: Option<Vec<AdvancedSelector>>,
    }
    Selector {
        read_write_type: Option<String>,
        include_management_events: Option<bool>,
        exclude_management_event_sources: Option<Vec<String>>,
    }
    AdvancedSelector {
        field_selectors: Option<Vec<FieldSelector>>,
    }
    /// Operators besides `Equals` narrow what is recorded, whatever they say.
    FieldSelector {
        field: String,
        equals: Option<Vec<String>>,
        #[serde(flatten)]
        others: BTreeMap<String, Value>,
    }
    ListedTrail {
        name: String,
        #[serde(rename = "TrailARN")]
        arn: String,
        home_region: String,
        s3_bucket_name: Option<String>,
        is_multi_region_trail: Option<bool>,
        is_organization_trail: Option<bool>,
        include_global_service_events: Option<bool>,
        log_file_validation_enabled: Option<bool>,
        kms_key_id: Option<String>,
        cloud_watch_logs_log_group_arn: Option<String>,
    }
    AlarmsAnswer {
        metric_alarms: Option<Vec<Alarm>>,
        composite_alarms: Option<Vec<CompositeAlarm>>,
    }
    CompositeAlarm {
        alarm_name: String,
        alarm_arn: Option<String>,
        alarm_rule: Option<String>,
        actions_enabled: Option<bool>,
        alarm_actions: Option<Vec<String>>,
        /// An alarm whose ALARM state keeps the actions from being taken.
        actions_suppressor: Option<String>,
    }
    Alarm {
        alarm_name: String,
        alarm_arn: Option<String>,
        actions_enabled: Option<bool>,
        alarm_actions: Option<Vec<String>>,
        metric_name: Option<String>,
        namespace: Option<String>,
        statistic: Option<String>,
        dimensions: Option<Vec<Value>>,
        threshold: Option<f64>,
        period: Option<i64>,
        comparison_operator: Option<String>,
        datapoints_to_alarm: Option<i64>,
        evaluation_periods: Option<i64>,
        extended_statistic: Option<String>,
        unit: Option<String>,
        treat_missing_data: Option<String>,
        /// In place of the metric's name and statistic: metric math, a query or an anomaly detection band.
        metrics: Option<Vec<MetricQuery>>,
        threshold_metric_id: Option<String>,
        /// A PromQL query in place of a metric.
        evaluation_criteria: Option<Value>,
    }
    /// A metric or an expression.
    MetricQuery {
        id: String,
        metric_stat: Option<MetricStat>,
        expression: Option<String>,
        return_data: Option<bool>,
        account_id: Option<String>,
    }
    MetricStat {
        metric: Metric,
        period: Option<i64>,
        stat: String,
        unit: Option<String>,
    }
    Metric {
        namespace: Option<String>,
        metric_name: Option<String>,
        dimensions: Option<Vec<Value>>,
    }
}

shapes! { "camelCase"
    AnalyzersAnswer {
        analyzers: Option<Vec<Analyzer>>,
    }
    Analyzer {
        arn: String,
        name: String,
        #[serde(rename = "type")]
        kind: String,
        status: String,
        last_resource_analyzed_at: Option<Timestamp>,
    }
    AnalyzerAnswer {
        analyzer: Option<AnalyzerDetails>,
    }
    AnalyzerDetails {
        configuration: Option<AnalyzerConfiguration>,
    }
    AnalyzerConfiguration {
        unused_access: Option<UnusedAccessConfiguration>,
    }
    UnusedAccessConfiguration {
        unused_access_age: Option<u32>,
    }
    ArchiveRulesAnswer {
        archive_rules: Option<Vec<ListedArchiveRule>>,
    }
    ListedArchiveRule {
        rule_name: String,
        filter: Option<BTreeMap<String, Value>>,
    }
    FindingsAnswer {
        findings: Option<Vec<Finding>>,
    }
    Finding {
        id: String,
        resource: Option<String>,
        resource_type: String,
        resource_owner_account: Option<String>,
        principal: Option<BTreeMap<String, String>>,
        action: Option<Vec<String>>,
        condition: Option<BTreeMap<String, String>>,
        is_public: Option<bool>,
        status: String,
        created_at: Timestamp,
        updated_at: Option<Timestamp>,
        error: Option<String>,
    }
    AccessFindingsAnswer {
        findings: Option<Vec<ListedAccessFinding>>,
    }
    ListedAccessFinding {
        id: String,
        finding_type: Option<String>,
        resource: Option<String>,
        resource_type: String,
        resource_owner_account: Option<String>,
        status: String,
        created_at: Option<Timestamp>,
        updated_at: Option<Timestamp>,
        error: Option<String>,
    }
    StatisticsAnswer {
        findings_statistics: Option<Vec<Statistics>>,
        last_updated_at: Option<Timestamp>,
    }
    /// One of them is there, by the type of the analyzer.
    Statistics {
        external_access_findings_statistics: Option<Totals>,
        internal_access_findings_statistics: Option<Totals>,
        unused_access_findings_statistics: Option<Totals>,
    }
    Totals {
        total_active_findings: Option<u64>,
    }
    AccessFindingAnswer {
        finding_details: Option<Vec<FindingDetails>>,
    }
    /// One of them is there.
    FindingDetails {
        unused_iam_role_details: Option<LastAccess>,
        unused_iam_user_password_details: Option<LastAccess>,
        unused_iam_user_access_key_details: Option<UnusedKey>,
        unused_permission_details: Option<UnusedPermission>,
        internal_access_details: Option<InternalAccess>,
    }
    LastAccess {
        last_accessed: Option<Timestamp>,
    }
    UnusedKey {
        access_key_id: String,
        last_accessed: Option<Timestamp>,
    }
    UnusedPermission {
        service_namespace: String,
        actions: Option<Vec<UnusedAction>>,
        last_accessed: Option<Timestamp>,
    }
    UnusedAction {
        action: String,
    }
    InternalAccess {
        principal: Option<BTreeMap<String, String>>,
        action: Option<Vec<String>>,
    }
    FiltersAnswer {
        metric_filters: Option<Vec<MetricFilter>>,
    }
    MetricFilter {
        filter_name: Option<String>,
        filter_pattern: Option<String>,
        log_group_name: Option<String>,
        metric_transformations: Option<Vec<Transformation>>,
        apply_on_transformed_logs: Option<bool>,
        field_selection_criteria: Option<String>,
    }
    Transformation {
        metric_name: String,
        metric_namespace: String,
        metric_value: String,
        dimensions: Option<BTreeMap<String, String>>,
        /// What a period without a match adds.
        default_value: Option<f64>,
        unit: Option<String>,
    }
    TrailsAnswer {
        trail_list: Option<Vec<ListedTrail>>,
    }
    RecorderListAnswer {
        #[serde(rename = "ConfigurationRecorderSummaries")]
        summaries: Option<Vec<ListedRecorder>>,
    }
    ListedRecorder {
        name: Option<String>,
        service_principal: Option<String>,
        recording_scope: Option<String>,
    }
    Recorder {
        name: Option<String>,
        arn: Option<String>,
        service_principal: Option<String>,
        recording_scope: Option<String>,
        recording_group: Option<RecordingGroup>,
    }
    RecordingGroup {
        all_supported: Option<bool>,
        include_global_resource_types: Option<bool>,
        resource_types: Option<Vec<String>>,
        exclusion_by_resource_types: Option<Exclusion>,
        recording_strategy: Option<Strategy>,
    }
    Exclusion {
        resource_types: Option<Vec<String>>,
    }
    Strategy {
        use_only: Option<String>,
    }
    RecorderStatus {
        name: Option<String>,
        arn: Option<String>,
        service_principal: Option<String>,
        recording: Option<bool>,
        last_status: Option<String>,
        last_start_time: Option<Timestamp>,
        last_stop_time: Option<Timestamp>,
    }
    Channel {
        name: Option<String>,
        #[serde(rename = "s3BucketName")]
        bucket: Option<String>,
    }
    ChannelStatus {
        name: Option<String>,
        config_snapshot_delivery_info: Option<Delivery>,
        config_history_delivery_info: Option<Delivery>,
        config_stream_delivery_info: Option<Delivery>,
    }
    Delivery {
        last_status: Option<String>,
        last_error_code: Option<String>,
    }
}
