//! AWS Config's rules and conformance packs: what they say of every rule, and of every resource where the
//! rule is about identity or about what watches over it.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};

/// See the module.
pub const SOURCE: Source = Source {
    name: "config-rules",
    set: Set::Config,
    only_with: None,
    operations: &[
        operation!("config", "DescribeConfigRules"),
        operation!("config", "DescribeComplianceByConfigRule"),
        operation!("config", "DescribeConfigRuleEvaluationStatus"),
        operation!("config", "GetComplianceDetailsByConfigRule"),
        operation!("config", "DescribeConformancePacks"),
        operation!("config", "DescribeConformancePackStatus"),
        operation!("config", "DescribeConformancePackCompliance"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

/// Beginnings of the identifiers of AWS's own rules whose resources are asked for. A rule's name is the
/// customer's choice and says nothing.
const ABOUT_IDENTITY: &[&str] = &[
    "IAM_",
    "ROOT_ACCOUNT_",
    "ACCESS_KEYS_ROTATED",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "ACCOUNT_PART_OF_ORGANIZATIONS",
    "SECURITY_ACCOUNT_INFORMATION_PROVIDED",
    "EC2_INSTANCE_PROFILE_ATTACHED",
    "CLOUD_TRAIL_",
    "CLOUDTRAIL_",
    "MULTI_REGION_CLOUD_TRAIL_ENABLED",
];

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let rules = aws.list("DescribeConfigRules", json!({}), "ConfigRules").await?;
    aws.pages("DescribeComplianceByConfigRule", json!({})).await?;
    aws.pages("DescribeConfigRuleEvaluationStatus", json!({})).await?;
    for rule in rules.iter().filter(|rule| is_asked(rule)) {
        let name = text(rule, "ConfigRuleName");
        aws.pages("GetComplianceDetailsByConfigRule", json!({ "ConfigRuleName": name })).await?;
    }
    let packs = aws.list("DescribeConformancePacks", json!({}), "ConformancePackDetails").await?;
    aws.pages("DescribeConformancePackStatus", json!({})).await?;
    for pack in &packs {
        let name = text(pack, "ConformancePackName");
        aws.pages("DescribeConformancePackCompliance", json!({ "ConformancePackName": name })).await?;
    }
    Ok(())
}

/// Whether what the rule finds of single resources is asked for.
pub fn is_asked(rule: &Value) -> bool {
    let source = rule.get("Source").unwrap_or(&Value::Null);
    let identifier = text(source, "SourceIdentifier");
    text(source, "Owner") == "AWS"
        && ABOUT_IDENTITY.iter().any(|start| identifier.starts_with(start))
        // The evaluations of such a rule are AWS's own business and cannot be read.
        && text(rule, "EvaluationVisibility") != "INTERNAL"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_known_by_its_identifier_and_not_by_its_name() {
        let rule = |owner: &str, identifier: &str, name: &str| json!({ "ConfigRuleName": name, "Source": { "Owner": owner, "SourceIdentifier": identifier } });
        assert!(is_asked(&rule("AWS", "IAM_USER_MFA_ENABLED", "anything-conformance-pack-x")));
        assert!(!is_asked(&rule("CUSTOM_LAMBDA", "IAM_USER_MFA_ENABLED", "iam-user-mfa-enabled")));
        assert!(!is_asked(&rule("AWS", "S3_BUCKET_VERSIONING_ENABLED", "iam-user-mfa-enabled")));
        assert!(!is_asked(&json!({})));
    }
}
