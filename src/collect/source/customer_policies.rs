//! What customer managed policies say they are for: descriptions and tags, which only this call returns.

use super::{Extra, Run, Set, Source, operation};
use crate::collect::ask::{Aws, entries, text};
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "customer-policies",
    set: Set::Iam,
    only_with: Some(Extra::Deep),
    operations: &[operation!("iam", "GetPolicy")],
    run: Run::Once(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let details = aws.collected("iam", "GetAccountAuthorizationDetails")?;
    for policy in entries(&details, "Policies").map(|policy| text(policy, "Arn")) {
        // AWS writes the descriptions of its own.
        if !policy.contains(":iam::aws:") {
            aws.one("GetPolicy", json!({ "PolicyArn": policy })).await?;
        }
    }
    Ok(())
}
