//! Users, groups, roles and policies with all their documents: the bulk call that everything stands on.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};

/// See the module.
pub const SOURCE: Source = Source {
    name: "authorization-details",
    operations: &[operation!("iam", "GetAccountAuthorizationDetails")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("GetAccountAuthorizationDetails");
    session
        .pages(&query, |aws, capture, turn| {
            let request = aws.iam.get_account_authorization_details().set_marker(turn.marker).max_items(turn.size);
            request.customize().interceptor(capture).send()
        })
        .await
}
