//! Operations as readers meet them: by the IAM action, which is what policies, CloudTrail and AWS's documentation show.

/// The prefix of a service's IAM actions. The AWS CLI, whose names the call log and the evidence files bear, calls a
/// few services otherwise: `sso-admin` is `sso` in policies.
pub fn iam_prefix(service: &str) -> &str {
    match service {
        "accessanalyzer" => "access-analyzer",
        "sso-admin" => "sso",
        other => other,
    }
}

/// `sso:ListInstances` of the operation `ListInstances` of `sso-admin`.
pub fn operation_name(service: &str, operation: &str) -> String {
    format!("{}:{operation}", iam_prefix(service))
}
