//! Users again, for `PasswordLastUsed`, and as an independent list.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};

/// See the module.
pub const SOURCE: Source = Source {
    name: "users",
    operations: &[operation!("iam", "ListUsers")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("ListUsers");
    session
        .pages(&query, |aws, capture, turn| {
            let request = aws.iam.list_users().set_marker(turn.marker).max_items(turn.size);
            request.customize().interceptor(capture).send()
        })
        .await
}
