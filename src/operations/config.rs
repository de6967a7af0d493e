//! AWS Config: recorders and delivery channels, rules and conformance packs, aggregators.

use super::row::{About, Calls, List, Only, Operation, ValueFrom, list_in, operation};
use super::{Extra, Set, Source};

const RECORDERS: &[List] = &[list_in("config", "ListConfigurationRecorders", "ConfigurationRecorderSummaries")];
const RULE_LIST: List = list_in("config", "DescribeConfigRules", "ConfigRules");
const RULES: &[List] = &[RULE_LIST];
const PACKS: &[List] = &[list_in("config", "DescribeConformancePacks", "ConformancePackDetails")];
const AGGREGATORS: &[List] = &[list_in("config", "DescribeConfigurationAggregators", "ConfigurationAggregators")];
const AGGREGATED: List =
    list_in("config", "DescribeAggregateComplianceByConfigRules", "AggregateComplianceByConfigRules");
const SERVICE: &[(&str, ValueFrom)] = &[("ServicePrincipal", ValueFrom::Member("servicePrincipal"))];
const AGGREGATOR: &[(&str, ValueFrom)] =
    &[("ConfigurationAggregatorName", ValueFrom::Member("ConfigurationAggregatorName"))];

pub(super) static SOURCES: &[Source] = &[
    Source::regional(
        "config-recorders",
        Set::Config,
        &[
            config("ListConfigurationRecorders", "List of AWS Config recorders"),
            // Without a parameter it returns the customer's own recorder; a service's recorder is named by the service.
            config("DescribeConfigurationRecorders", "AWS Config recorders")
                .calls(Calls::OnceAndEach(RECORDERS, SERVICE))
                .only(Only::Given("servicePrincipal")),
            config("DescribeConfigurationRecorderStatus", "Status of AWS Config recorders")
                .calls(Calls::OnceAndEach(RECORDERS, SERVICE))
                .only(Only::Given("servicePrincipal")),
            config("DescribeDeliveryChannels", "AWS Config delivery channels"),
            config("DescribeDeliveryChannelStatus", "Status of AWS Config delivery channels"),
            config("DescribeConfigurationAggregators", "AWS Config aggregators"),
        ],
    ),
    Source::regional(
        "config-rules",
        Set::Config,
        &[
            config("DescribeConfigRules", "AWS Config rules"),
            config("DescribeComplianceByConfigRule", "AWS Config rule compliance"),
            config("DescribeConfigRuleEvaluationStatus", "Status of AWS Config rules"),
            config("GetComplianceDetailsByConfigRule", "Results of AWS Config rules by resource")
                .each(RULES, &[("ConfigRuleName", ValueFrom::Member("ConfigRuleName"))])
                .only(Only::IdentityRules),
            config("DescribeConformancePacks", "AWS Config conformance packs"),
            config("DescribeConformancePackStatus", "Status of AWS Config conformance packs"),
            config("DescribeConformancePackCompliance", "Compliance of AWS Config conformance packs")
                .each(PACKS, &[("ConformancePackName", ValueFrom::Member("ConformancePackName"))]),
        ],
    ),
    Source::regional(
        "config-aggregates",
        Set::Config,
        &[
            config("DescribeConfigurationAggregatorSourcesStatus", "Status of AWS Config aggregator sources")
                .each(AGGREGATORS, AGGREGATOR),
            config("DescribeAggregateComplianceByConfigRules", "AWS Config rule compliance, by aggregator")
                .each(AGGREGATORS, AGGREGATOR),
        ],
    ),
    Source::regional(
        "config-aggregate-details",
        Set::Config,
        &[config("GetAggregateComplianceDetailsByConfigRule", "AWS Config rule results by resource, by aggregator")
            .calls(Calls::ByCode(
                About::Parameters(&[
                    "AccountId",
                    "AwsRegion",
                    "ComplianceType",
                    "ConfigRuleName",
                    "ConfigurationAggregatorName",
                ]),
                &[AGGREGATED, RULE_LIST],
            ))],
    )
    .only_with(Extra::Deep),
];

const fn config(name: &'static str, title: &'static str) -> Operation {
    operation("config", name, title)
}
