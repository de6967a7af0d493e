//! What AWS's own policy checker says about customer policies and trust policies.

use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
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

/// The documents in force of customer policies, and those of trust policies; equal ones once.
fn documents(aws: &Aws<'_, '_>) -> Result<(BTreeSet<String>, BTreeSet<String>), Stop> {
    let (mut policies, mut trusts) = (BTreeSet::new(), BTreeSet::new());
    for page in aws.collected("iam", "GetAccountAuthorizationDetails")? {
        let entries = |list: &str| page.get(list).and_then(Value::as_array).into_iter().flatten();
        for policy in entries("Policies").filter(|policy| !text(policy, "Arn").contains(":iam::aws:")) {
            let versions = policy.get("PolicyVersionList").and_then(Value::as_array).into_iter().flatten();
            let in_force = versions.filter(|version| version.get("IsDefaultVersion") == Some(&Value::Bool(true)));
            policies.extend(in_force.filter_map(|version| version.get("Document")).map(Value::to_string));
        }
        trusts.extend(
            entries("RoleDetailList").filter_map(|role| role.get("AssumeRolePolicyDocument")).map(Value::to_string),
        );
    }
    Ok((policies, trusts))
}
