//! The AWS-managed policies that the accounts use. See the README for their source.

use serde_json::Value;
use std::sync::LazyLock;

static MANAGED: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/managed-policies.json")).expect("the embedded file is JSON")
});

/// The ARN of an AWS-managed policy by its name.
pub fn aws(name: &str) -> String {
    MANAGED[name]["arn"].as_str().unwrap_or_else(|| panic!("data/managed-policies.json has no {name}")).to_owned()
}

/// The embedded record of an AWS-managed policy by its ARN.
pub fn by_arn(arn: &str) -> Option<(&'static str, &'static Value)> {
    let all = MANAGED.as_object().expect("an object of policies");
    all.iter().find(|(_, policy)| policy["arn"] == arn).map(|(name, policy)| (name.as_str(), policy))
}
