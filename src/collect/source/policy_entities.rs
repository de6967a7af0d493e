//! Who has the AWS-managed policies for AWS Support and for CloudShell, as IAM itself tells.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};
use aws_sdk_iam::types::PolicyUsageType;

/// See the module.
pub const SOURCE: Source = Source {
    name: "policy-entities",
    operations: &[operation!("iam", "ListEntitiesForPolicy")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

const POLICIES: &[&str] = &["AWSSupportAccess", "AWSCloudShellFullAccess"];

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let mut result = Ok(());
    for policy in POLICIES {
        let arn = format!("arn:{}:iam::aws:policy/{policy}", session.partition());
        let query = Query::iam("ListEntitiesForPolicy").about("PolicyArn", &arn);
        let asked = session.pages(&query, |aws, capture, turn| {
            let request = aws.iam.list_entities_for_policy().policy_arn(&arn);
            let request = request.policy_usage_filter(PolicyUsageType::PermissionsPolicy);
            request.set_marker(turn.marker).max_items(turn.size).customize().interceptor(capture).send()
        });
        match asked.await {
            Ok(()) => {}
            // Some partitions do not have every policy of AWS's; that nobody has it is then certain.
            Err(Stop::Failed(error)) if error.code == "NoSuchEntity" => {}
            Err(Stop::Failed(error)) => result = Err(Stop::Failed(error)),
            Err(fatal) => return Err(fatal),
        }
    }
    result
}
