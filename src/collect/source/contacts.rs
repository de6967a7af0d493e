//! Whom AWS reaches about the account: its contact and the three alternate ones.

use super::{Run, Set, Source, operation};
use crate::collect::ask::Aws;
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "contacts",
    set: Set::Account,
    only_with: None,
    operations: &[
        operation!("account", "GetAccountInformation"),
        operation!("account", "GetContactInformation"),
        operation!("account", "GetAlternateContact"),
    ],
    run: Run::Once(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    aws.one("GetAccountInformation", json!({})).await?;
    aws.one("GetContactInformation", json!({})).await?;
    for kind in ["BILLING", "OPERATIONS", "SECURITY"] {
        aws.one("GetAlternateContact", json!({ "AlternateContactType": kind })).await?;
    }
    Ok(())
}
