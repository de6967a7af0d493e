//! OpenID Connect providers, each with its URL, client ids and thumbprints.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};
use serde_json::Value;

/// See the module.
pub const SOURCE: Source = Source {
    name: "oidc-providers",
    operations: &[operation!("iam", "ListOpenIDConnectProviders"), operation!("iam", "GetOpenIDConnectProvider")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("ListOpenIDConnectProviders");
    let list = session
        .ask(&query, |aws, capture| aws.iam.list_open_id_connect_providers().customize().interceptor(capture).send())
        .await?;
    let mut result = Ok(());
    for provider in list.get("OpenIDConnectProviderList").and_then(Value::as_array).into_iter().flatten() {
        let Some(arn) = provider.get("Arn").and_then(Value::as_str) else { continue };
        let query = Query::iam("GetOpenIDConnectProvider").about("OpenIDConnectProviderArn", arn);
        let asked = session.ask(&query, |aws, capture| {
            aws.iam
                .get_open_id_connect_provider()
                .open_id_connect_provider_arn(arn)
                .customize()
                .interceptor(capture)
                .send()
        });
        match asked.await {
            Ok(_) => {}
            Err(Stop::Failed(error)) => result = Err(Stop::Failed(error)),
            Err(fatal) => return Err(fatal),
        }
    }
    result
}
