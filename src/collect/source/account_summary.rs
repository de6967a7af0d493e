//! Counters of the account, and what root has: an independent count to reconcile the lists with.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};

/// See the module.
pub const SOURCE: Source = Source {
    name: "account-summary",
    operations: &[operation!("iam", "GetAccountSummary")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("GetAccountSummary");
    session
        .ask(&query, |aws, capture| aws.iam.get_account_summary().customize().interceptor(capture).send())
        .await
        .map(drop)
}
