//! AWS Config rules whose results are collected for each resource: AWS's own rules about identity and its logging.

use super::source_context::text;
use crate::operations::IDENTITY_RULES;
use serde_json::Value;

/// Whether a rule's results are collected for each resource.
pub fn is_asked(rule: &Value) -> bool {
    let source = rule.get("Source").unwrap_or(&Value::Null);
    let identifier = text(source, "SourceIdentifier");
    text(source, "Owner") == "AWS"
        && IDENTITY_RULES.iter().any(|start| identifier.starts_with(start))
        // The evaluations of such a rule are internal to AWS and cannot be read.
        && text(rule, "EvaluationVisibility") != "INTERNAL"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_is_recognized_by_its_identifier_not_its_name() {
        let rule = |owner: &str, identifier: &str, name: &str| json!({ "ConfigRuleName": name, "Source": { "Owner": owner, "SourceIdentifier": identifier } });
        assert!(is_asked(&rule("AWS", "IAM_USER_MFA_ENABLED", "anything-conformance-pack-x")));
        assert!(!is_asked(&rule("CUSTOM_LAMBDA", "IAM_USER_MFA_ENABLED", "iam-user-mfa-enabled")));
        assert!(!is_asked(&rule("AWS", "S3_BUCKET_VERSIONING_ENABLED", "iam-user-mfa-enabled")));
        assert!(!is_asked(&json!({})));
    }
}
