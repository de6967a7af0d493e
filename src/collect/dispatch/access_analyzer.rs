//! Requests through the crate of IAM Access Analyzer.

use super::{SendResult, Sending, sent};
use aws_sdk_accessanalyzer::config::{Builder, Region};

impl Sending<'_> {
    pub(super) async fn send_by_access_analyzer(self) -> Option<SendResult> {
        let (retries, limits) = self.clients.api.tries(self.is_hurried);
        let mut over = Builder::new().region(Region::new(self.region.to_owned())).retry_config(retries);
        over.set_timeout_config(limits);
        macro_rules! send {
            ($request:expr) => {
                sent!(self.capture.clone(), over, $request)
            };
            (paged $request:expr) => {
                send!($request.set_next_token(self.text("nextToken")).set_max_results(self.number("maxResults")))
            };
        }
        let client = &self.clients.access_analyzer;
        let (name, arn) = (self.text("analyzerName"), self.text("analyzerArn"));
        Some(match self.operation {
            "ListAnalyzers" => send!(paged client.list_analyzers()),
            "GetAnalyzer" => send!(client.get_analyzer().set_analyzer_name(name)),
            "ListArchiveRules" => send!(paged client.list_archive_rules().set_analyzer_name(name)),
            "GetFindingsStatistics" => send!(client.get_findings_statistics().set_analyzer_arn(arn)),
            "ListFindings" => send!(paged client.list_findings().set_analyzer_arn(arn)),
            "ListFindingsV2" => send!(paged client.list_findings_v2().set_analyzer_arn(arn)),
            "GetFindingV2" => send!(paged client.get_finding_v2().set_analyzer_arn(arn).set_id(self.text("id"))),
            "ValidatePolicy" => {
                let request = client.validate_policy().set_policy_document(self.text("policyDocument"));
                let request = request.set_policy_type(self.text("policyType")).set_locale(self.text("locale"));
                let of = self.text("validatePolicyResourceType");
                send!(paged request.set_validate_policy_resource_type(of))
            }
            _ => return None,
        })
    }
}
