//! Entries that one list has more than once. Repeated in the same words, an entry counts once. Where the words differ,
//! nothing is known of it: neither the first nor the last of them is the right one.

use super::list;
use crate::account::fact::{Evidence, Gap, GapKind};
use crate::account::gaps::{gap, some_names};
use crate::arn::name_of;
use crate::operations::List;
use crate::snapshot::{Answer, Page};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A list, and the members that identify an entry.
type Identified = (List, &'static [&'static str]);

/// Trails and instances are compared over all Regions, findings by their states, and the lists of the authorization
/// details by their ARNs, each where it is read.
const LISTS: &[Identified] = &[
    (list("accessanalyzer", "ListAnalyzers", "analyzers"), &["arn"]),
    (list("accessanalyzer", "ListArchiveRules", "archiveRules"), &["ruleName"]),
    (list("account", "ListRegions", "Regions"), &["RegionName"]),
    (list("cloudwatch", "DescribeAlarms", "MetricAlarms"), &["AlarmName"]),
    (list("config", "DescribeComplianceByConfigRule", "ComplianceByConfigRules"), &["ConfigRuleName"]),
    (list("config", "DescribeConfigRuleEvaluationStatus", "ConfigRulesEvaluationStatus"), &["ConfigRuleName"]),
    (list("config", "DescribeConfigRules", "ConfigRules"), &["ConfigRuleName"]),
    (list("config", "DescribeConfigurationAggregators", "ConfigurationAggregators"), &["ConfigurationAggregatorName"]),
    (list("config", "DescribeConfigurationRecorderStatus", "ConfigurationRecordersStatus"), &["name"]),
    (list("config", "DescribeConfigurationRecorders", "ConfigurationRecorders"), &["name"]),
    (list("config", "DescribeConformancePackCompliance", "ConformancePackRuleComplianceList"), &["ConfigRuleName"]),
    (list("config", "DescribeConformancePackStatus", "ConformancePackStatusDetails"), &["ConformancePackName"]),
    (list("config", "DescribeConformancePacks", "ConformancePackDetails"), &["ConformancePackName"]),
    (list("config", "DescribeDeliveryChannelStatus", "DeliveryChannelsStatus"), &["name"]),
    (list("config", "DescribeDeliveryChannels", "DeliveryChannels"), &["name"]),
    (list("config", "ListConfigurationRecorders", "ConfigurationRecorderSummaries"), &["name"]),
    (list("iam", "GetServiceLastAccessedDetails", "ServicesLastAccessed"), &["ServiceNamespace"]),
    (list("iam", "ListAccessKeys", "AccessKeyMetadata"), &["AccessKeyId"]),
    (list("iam", "ListMFADevices", "MFADevices"), &["SerialNumber"]),
    (list("iam", "ListSSHPublicKeys", "SSHPublicKeys"), &["SSHPublicKeyId"]),
    (list("iam", "ListServiceSpecificCredentials", "ServiceSpecificCredentials"), &["ServiceSpecificCredentialId"]),
    (list("iam", "ListSigningCertificates", "Certificates"), &["CertificateId"]),
    (list("iam", "ListUsers", "Users"), &["Arn"]),
    (list("iam", "ListVirtualMFADevices", "VirtualMFADevices"), &["SerialNumber"]),
    (list("logs", "DescribeMetricFilters", "metricFilters"), &["logGroupName", "filterName"]),
    (list("organizations", "ListDelegatedAdministrators", "DelegatedAdministrators"), &["Id"]),
    (list("organizations", "ListPolicies", "Policies"), &["Id"]),
    (list("organizations", "ListRoots", "Roots"), &["Id"]),
    (list("sso-admin", "ListInstances", "Instances"), &["InstanceArn"]),
];

/// The entries of an answer that are repeated.
#[derive(Default)]
pub struct Repeated {
    list: Option<&'static Identified>,
    /// By what identifies the entry: whether the words differ.
    entries: BTreeMap<Vec<String>, bool>,
}

impl Repeated {
    pub fn find(answer: &Answer) -> Self {
        let is_this = |(list, _): &&Identified| answer.service == list.service && answer.operation == list.operation;
        let Some(of) = LISTS.iter().find(is_this) else { return Self::default() };
        let (mut first, mut entries) = (BTreeMap::<Vec<String>, Value>::new(), BTreeMap::new());
        for mut page in answer.pages.iter().filter_map(|page| page.read::<Value>().ok()) {
            let Some(Value::Array(list)) = page.get_mut(of.0.member).map(Value::take) else { continue };
            for entry in list {
                let Some(id) = id(&entry, of.1) else { continue };
                match first.get(&id) {
                    Some(earlier) => *entries.entry(id).or_default() |= *earlier != entry,
                    None => drop(first.insert(id, entry)),
                }
            }
        }
        Self { list: Some(of), entries }
    }

    /// The gap of the list, if entries contradict each other.
    pub fn gap(&self, evidence: Evidence) -> Option<Arc<Gap>> {
        let contrary = self.entries.iter().filter(|(_, is_contrary)| **is_contrary);
        let names: Vec<&str> = contrary.filter_map(|(id, _)| Some(name_of(id.last()?))).collect();
        let reason =
            format!("{evidence} lists {} more than once, with different values", some_names(names.iter().copied()));
        (!names.is_empty()).then(|| gap(evidence, GapKind::Conflict, reason))
    }

    /// A page without the entries that contradict each other, and with the others once; `seen` is for all pages. None
    /// where the page has none of them.
    pub fn without<P: DeserializeOwned>(&self, page: &Page, seen: &mut BTreeSet<Vec<String>>) -> Option<P> {
        let (list, members) = self.list.filter(|_| !self.entries.is_empty())?;
        let mut body: Value = page.read().ok()?;
        body.get_mut(list.member)?.as_array_mut()?.retain(|entry| {
            let Some(id) = id(entry, members) else { return true };
            match self.entries.get(&id) {
                None => true,
                Some(is_contrary) => !is_contrary && seen.insert(id),
            }
        });
        serde_json::from_value(body).ok()
    }
}

fn id(entry: &Value, members: &[&str]) -> Option<Vec<String>> {
    members.iter().map(|member| entry.get(member)?.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_of_an_operation_that_is_collected() {
        for (list, _) in LISTS {
            assert!(crate::operations::find(list.service, list.operation).is_some(), "{}", list.operation);
        }
    }
}
