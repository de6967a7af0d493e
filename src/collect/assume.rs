//! A role in another account: assumed before anything is asked there.
//!
//! The answer holds secrets. Its line in the log tells the call, its outcome and its request id;
//! neither the body, nor a hash of it, nor the external id is written anywhere.

use super::capture::Capture;
use super::client::Clients;
use super::query::{Asked, Query};
use super::secrets::{note_external_id, note_key};
use super::session::{Session, seen};
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
/// An hour, the longest that every role allows; no account may take longer.
pub const SESSION: Duration = Duration::from_hours(1);

/// A text that is never printed.
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

/// The role to work with.
#[derive(Clone, Debug)]
pub struct Assume {
    pub role_arn: String,
    pub external_id: Option<Secret>,
    /// What the account's own CloudTrail shows: `auditpack-` and the run's id.
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
    // The caller's own account counts these, and every worker sends them.
    let lane = options.pace.lane("sts", &clients.region);
    lane.turn().await;
    let capture = Capture::on(&lane, options.largest_answer);
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
    session.enter(SOURCE);
    let told = session.record_without_body(&query, seen(&capture, error))?;
    let failed = |error: CallError, request_id| CollectError::role(role, &error, request_id);
    let given = match (told, given) {
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
        // A cache of its own: no account's identity can be taken for another's.
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
    let asked = Asked { region: region.to_owned(), parameters: sent.clone(), sent, constants: &[] };
    Query { more: |_| false, asked: Some(asked), ..Query::any("sts", OPERATION) }
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
    fn an_external_id_stands_neither_in_the_log_nor_in_a_debug_print() {
        let role = Assume {
            role_arn: "arn:aws:iam::123456789012:role/x".to_owned(),
            external_id: Some(Secret::from("hush-hush")),
            session_name: "auditpack-1".to_owned(),
        };
        let query = query(&role, "eu-west-1");
        assert_eq!(query.asked.as_ref().unwrap().sent["ExternalId"], "(masked)");
        let printed = format!("{role:?} {:?}", query.asked.unwrap().sent);
        assert!(!printed.contains("hush") && printed.contains("(masked)"), "{printed}");
    }
}
