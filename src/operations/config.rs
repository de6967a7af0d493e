//! AWS Config: recorders and where they deliver, rules and conformance packs, aggregators.

use super::row::{About, Asked, List, Only, Operation, ValueFrom, list, operation};
use super::{Extra, Set, Source};

const RECORDERS: &[List] = &[list("config", "ListConfigurationRecorders", "ConfigurationRecorderSummaries")];
const RULE_LIST: List = list("config", "DescribeConfigRules", "ConfigRules");
const RULES: &[List] = &[RULE_LIST];
const PACKS: &[List] = &[list("config", "DescribeConformancePacks", "ConformancePackDetails")];
const AGGREGATORS: &[List] = &[list("config", "DescribeConfigurationAggregators", "ConfigurationAggregators")];
const AGGREGATED: List = list("config", "DescribeAggregateComplianceByConfigRules", "AggregateComplianceByConfigRules");
const SERVICE: &[(&str, ValueFrom)] = &[("ServicePrincipal", ValueFrom::Member("servicePrincipal"))];
const AGGREGATOR: &[(&str, ValueFrom)] =
    &[("ConfigurationAggregatorName", ValueFrom::Member("ConfigurationAggregatorName"))];

pub(super) static SOURCES: &[Source] = &[
    Source::regional(
        "config-recorders",
        Set::Config,
        &[
            config("ListConfigurationRecorders", "List of AWS Config recorders"),
            // Without a parameter it is the customer's own recorder; a service's is named by the service.
            config("DescribeConfigurationRecorders", "AWS Config recorders")
                .asked(Asked::OnceAndEach(RECORDERS, SERVICE))
                .only(Only::Given("servicePrincipal")),
            config("DescribeConfigurationRecorderStatus", "Status of AWS Config recorders")
                .asked(Asked::OnceAndEach(RECORDERS, SERVICE))
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
            .asked(Asked::ByCode(
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
