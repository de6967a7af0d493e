//! Services that honour `aws:SourceAccount` or `aws:SourceArn` when they assume a role.
//!
//! Not all do, and a condition that the service does not meet breaks it, so
//! the advice is given only for those whose documentation asks for it. A role
//! that EC2 or Lambda assumes can be passed only within its account.

const WITH_SOURCE: &[&str] = &[
    "bedrock",
    "codebuild",
    "codedeploy",
    "codepipeline",
    "config",
    "datasync",
    "ecs-tasks",
    "fis",
    "frauddetector",
    "iot",
    "kinesisanalytics",
    "personalize",
    "pipes",
    "sagemaker",
    "scheduler",
    "states",
    "transfer",
    "vpc-flow-logs",
];

/// Does the documentation of this service principal ask for a source condition?
pub fn supports_source_conditions(service: &str) -> bool {
    let lower = service.to_ascii_lowercase();
    let Some(name) = lower.strip_suffix(".amazonaws.com").or_else(|| lower.strip_suffix(".amazonaws.com.cn")) else {
        return false;
    };
    // `states.eu-west-1.amazonaws.com` is the same service.
    let name = name.split('.').next().unwrap_or(name);
    WITH_SOURCE.contains(&name)
}
