//! The account's alias.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};

/// See the module.
pub const SOURCE: Source = Source {
    name: "account-aliases",
    operations: &[operation!("iam", "ListAccountAliases")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("ListAccountAliases");
    session
        .pages(&query, |aws, capture, turn| {
            let request = aws.iam.list_account_aliases().set_marker(turn.marker).max_items(turn.size);
            request.customize().interceptor(capture).send()
        })
        .await
}
