//! Server certificates that IAM keeps: names and expiry, never bodies or keys.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};

/// See the module.
pub const SOURCE: Source = Source {
    name: "server-certificates",
    operations: &[operation!("iam", "ListServerCertificates")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("ListServerCertificates");
    session
        .pages(&query, |aws, capture, turn| {
            let request = aws.iam.list_server_certificates().set_marker(turn.marker).max_items(turn.size);
            request.customize().interceptor(capture).send()
        })
        .await
}
