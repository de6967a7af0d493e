//! SAML identity providers, each with its metadata and validity.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};
use serde_json::Value;

/// See the module.
pub const SOURCE: Source = Source {
    name: "saml-providers",
    operations: &[operation!("iam", "ListSAMLProviders"), operation!("iam", "GetSAMLProvider")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("ListSAMLProviders");
    let list = session
        .ask(&query, |aws, capture| aws.iam.list_saml_providers().customize().interceptor(capture).send())
        .await?;
    let mut result = Ok(());
    for provider in list.get("SAMLProviderList").and_then(Value::as_array).into_iter().flatten() {
        let Some(arn) = provider.get("Arn").and_then(Value::as_str) else { continue };
        let query = Query::iam("GetSAMLProvider").about("SAMLProviderArn", arn);
        let asked = session.ask(&query, |aws, capture| {
            aws.iam.get_saml_provider().saml_provider_arn(arn).customize().interceptor(capture).send()
        });
        match asked.await {
            Ok(_) => {}
            Err(Stop::Failed(error)) => result = Err(Stop::Failed(error)),
            Err(fatal) => return Err(fatal),
        }
    }
    result
}
