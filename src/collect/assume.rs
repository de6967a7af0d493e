//! Assumes a role in another account before the collection starts there.
//!
//! The response contains secrets. Its line in the log has the call, its outcome and its request ID; neither the body,
//! nor a hash of it, nor the external ID is written anywhere.

use super::attempts::attempts_of;
use super::capture::Capture;
use super::client::Clients;
use super::query::{Query, RequestParams};
use super::secrets::{note_external_id, note_key};
use super::session::Session;
use super::{CollectError, Options, Progress};
use crate::snapshot::{CallError, Writer};
use crate::text::in_sentence;
use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The operation, and the name of its source in the log.
pub(super) const OPERATION: &str = "AssumeRole";
const SOURCE: &str = "assume-role";
/// The session's duration: one hour, the longest that every role allows.
pub const SESSION: Duration = Duration::from_hours(1);

/// A text that `Debug` does not print.
#[derive(Clone)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(masked)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The role to assume.
#[derive(Clone, Debug)]
pub struct Assume {
    pub role_arn: String,
    pub external_id: Option<Secret>,
    /// The session name in the account's CloudTrail: `auditpack-` and the run's ID.
    pub session_name: String,
}

/// The configuration with the role's credentials in place of the caller's.
pub async fn assume(
    role: &Assume,
    config: &SdkConfig,
    options: &Options,
    writer: &mut Writer,
    progress: &dyn Progress,
) -> Result<SdkConfig, CollectError> {
    if let Some(secret) = &role.external_id {
        note_external_id(&secret.0);
    }
    let clients = Clients::new(config);
    let query = query(role, &clients.region);
    // AWS counts these calls for the caller's account, and all workers send them.
    let bucket = options.rate_limiter.bucket("sts", &clients.region);
    bucket.acquire().await;
    let capture = Capture::for_request(&bucket, options.largest_answer);
    let sent = clients
        .sts
        .assume_role()
        .role_arn(&role.role_arn)
        .role_session_name(&role.session_name)
        .duration_seconds(i32::try_from(SESSION.as_secs()).expect("an hour is a small number"))
        .set_external_id(role.external_id.as_ref().map(|secret| secret.0.clone()))
        .customize()
        .interceptor(capture.clone())
        .send()
        .await;
    let (given, error) = match sent {
        Ok(output) => (output.credentials, None),
        Err(error) => (None, Some(error.into())),
    };
    let mut session = Session::new(clients, options, writer, progress);
    session.start_source(SOURCE);
    let recorded = session.record_without_body(&query, attempts_of(&capture, error))?;
    let failed = |error: CallError, request_id| CollectError::role(role, &error, request_id);
    let given = match (recorded, given) {
        ((Some(error), request_id), _) => return Err(failed(error, request_id)),
        ((None, _), Some(given)) => given,
        ((None, request_id), None) => {
            let message = "the answer holds no credentials".to_owned();
            return Err(failed(CallError { code: "MalformedResponse".to_owned(), message }, request_id));
        }
    };
    note_key(given.secret_access_key());
    note_key(given.session_token());
    let ends = SystemTime::try_from(*given.expiration()).ok();
    let token = Some(given.session_token().to_owned());
    let credentials =
        Credentials::new(given.access_key_id(), given.secret_access_key(), token, ends, "auditpack-assume-role");
    Ok(config
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // A separate cache, so that one account's credentials are never used for another.
        .identity_cache(IdentityCache::lazy().build())
        .build())
}

fn query(role: &Assume, region: &str) -> Query {
    let mut sent: BTreeMap<String, Value> = BTreeMap::from([
        ("RoleArn".to_owned(), role.role_arn.clone().into()),
        ("RoleSessionName".to_owned(), role.session_name.clone().into()),
        ("DurationSeconds".to_owned(), SESSION.as_secs().into()),
    ]);
    if role.external_id.is_some() {
        sent.insert("ExternalId".to_owned(), "(masked)".into());
    }
    let params = RequestParams { region: region.to_owned(), parameters: sent.clone(), sent, constants: &[] };
    Query { more: |_| false, params: Some(params), ..Query::any("sts", OPERATION) }
}

impl CollectError {
    fn role(role: &Assume, error: &CallError, request_id: Option<String>) -> Self {
        let next = match error.code.as_str() {
            "AccessDenied" => {
                "the account needs the role (`auditpack permissions`), trusting this caller with this external id"
            }
            "RegionDisabledException" => "name a region whose STS is active with --region",
            _ => "see the error's code; run again when it is mended",
        };
        Self::Role {
            role: in_sentence(&role.role_arn),
            code: in_sentence(&error.code),
            message: in_sentence(&error.message),
            request_id,
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_appears_neither_in_the_log_nor_in_debug_output() {
        let role = Assume {
            role_arn: "arn:aws:iam::123456789012:role/x".to_owned(),
            external_id: Some(Secret::from("hush-hush")),
            session_name: "auditpack-1".to_owned(),
        };
        let query = query(&role, "eu-west-1");
        assert_eq!(query.params.as_ref().unwrap().sent["ExternalId"], "(masked)");
        let printed = format!("{role:?} {:?}", query.params.unwrap().sent);
        assert!(!printed.contains("hush") && printed.contains("(masked)"), "{printed}");
    }
}
