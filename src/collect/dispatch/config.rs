//! Requests through the crate of AWS Config.

use super::{SendResult, Sending, sent};
use aws_sdk_config::config::{Builder, Region};

impl Sending<'_> {
    pub(super) async fn send_by_config(self) -> Option<SendResult> {
        let (retries, limits) = self.clients.api.tries(self.is_hurried);
        let mut over = Builder::new().region(Region::new(self.region.to_owned())).retry_config(retries);
        over.set_timeout_config(limits);
        macro_rules! send {
            ($request:expr) => {
                sent!(self.capture.clone(), over, $request)
            };
            (token $request:expr) => {
                send!($request.set_next_token(self.text("NextToken")))
            };
            (limited $request:expr) => {
                send!(token $request.set_limit(self.limit()))
            };
        }
        let client = &self.clients.config;
        let aggregator = self.text("ConfigurationAggregatorName");
        Some(match self.operation {
            "ListConfigurationRecorders" => {
                send!(token client.list_configuration_recorders().set_max_results(self.number("MaxResults")))
            }
            "DescribeConfigurationRecorders" => {
                send!(client.describe_configuration_recorders().set_service_principal(self.text("ServicePrincipal")))
            }
            "DescribeConfigurationRecorderStatus" => {
                let request = client.describe_configuration_recorder_status();
                send!(request.set_service_principal(self.text("ServicePrincipal")))
            }
            "DescribeDeliveryChannels" => send!(client.describe_delivery_channels()),
            "DescribeDeliveryChannelStatus" => send!(client.describe_delivery_channel_status()),
            "DescribeConfigurationAggregators" => send!(limited client.describe_configuration_aggregators()),
            "DescribeConfigurationAggregatorSourcesStatus" => {
                let request = client.describe_configuration_aggregator_sources_status();
                send!(limited request.set_configuration_aggregator_name(aggregator))
            }
            "DescribeConfigRules" => send!(token client.describe_config_rules()),
            "DescribeComplianceByConfigRule" => send!(token client.describe_compliance_by_config_rule()),
            "DescribeConfigRuleEvaluationStatus" => send!(limited client.describe_config_rule_evaluation_status()),
            "GetComplianceDetailsByConfigRule" => {
                let request = client.get_compliance_details_by_config_rule();
                send!(limited request.set_config_rule_name(self.text("ConfigRuleName")))
            }
            "DescribeConformancePacks" => send!(limited client.describe_conformance_packs()),
            "DescribeConformancePackStatus" => send!(limited client.describe_conformance_pack_status()),
            "DescribeConformancePackCompliance" => {
                let request = client.describe_conformance_pack_compliance();
                send!(limited request.set_conformance_pack_name(self.text("ConformancePackName")))
            }
            "DescribeAggregateComplianceByConfigRules" => {
                let request = client.describe_aggregate_compliance_by_config_rules();
                send!(limited request.set_configuration_aggregator_name(aggregator))
            }
            "GetAggregateComplianceDetailsByConfigRule" => {
                let request = client.get_aggregate_compliance_details_by_config_rule();
                let request = request.set_configuration_aggregator_name(aggregator);
                let request = request.set_config_rule_name(self.text("ConfigRuleName"));
                let request = request.set_account_id(self.text("AccountId")).set_aws_region(self.text("AwsRegion"));
                send!(limited request.set_compliance_type(self.text("ComplianceType")))
            }
            _ => return None,
        })
    }

    /// The entries on a page; without a number AWS Config takes its own default.
    fn limit(&self) -> Option<i32> {
        self.number("Limit")
    }
}
