//! IAM Access Analyzer's policy validation of customer-managed policies and trust policies.

use crate::collect::session::SourceError;
use crate::collect::source_context::{SourceContext, text};
use crate::wire::document_text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    let (policies, trusts) = documents(aws)?;
    for document in policies {
        aws.pages("ValidatePolicy", json!({ "policyType": "IDENTITY_POLICY", "policyDocument": document })).await?;
    }
    for document in trusts {
        let asked = json!({
            "policyType": "RESOURCE_POLICY", "policyDocument": document,
            "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument"
        });
        aws.pages("ValidatePolicy", asked).await?;
    }
    Ok(())
}

/// The default versions of customer-managed policies, and the trust policies; equal documents once.
fn documents(aws: &SourceContext<'_, '_>) -> Result<(BTreeSet<String>, BTreeSet<String>), SourceError> {
    let (mut policies, mut trusts) = (BTreeSet::new(), BTreeSet::new());
    for page in aws.collected("iam", "GetAccountAuthorizationDetails")? {
        let entries = |list: &str| page.get(list).and_then(Value::as_array).into_iter().flatten();
        for policy in entries("Policies").filter(|policy| !text(policy, "Arn").contains(":iam::aws:")) {
            let versions = policy.get("PolicyVersionList").and_then(Value::as_array).into_iter().flatten();
            let in_force = versions.filter(|version| version.get("IsDefaultVersion") == Some(&Value::Bool(true)));
            policies.extend(in_force.filter_map(|version| version.get("Document")).map(document_text));
        }
        let roles = entries("RoleDetailList");
        trusts.extend(roles.filter_map(|role| role.get("AssumeRolePolicyDocument")).map(document_text));
    }
    Ok((policies, trusts))
}
