//! Store errors; each names the object and the next step.

use super::Address;
use crate::collect::CollectError;
use crate::text::in_sentence;
use object_store::Error as Cause;
use std::error::Error;

/// A store error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The AWS configuration cannot be used.
    #[error(transparent)]
    Aws(#[from] CollectError),
    /// A folder cannot lock anything.
    #[error(
        "{store}: a folder cannot keep its files from being changed or deleted\n  next: leave --retain-days and \
         --retain-until (and retain_days in auditpack.toml) out, or name a bucket with Object Lock: --store s3://bucket/prefix"
    )]
    NoRetention { store: String },
    /// A problem with an object or with the store itself.
    #[error("{place}: {problem}\n  next: {next}")]
    Failed { place: String, problem: String, next: &'static str },
}

impl StoreError {
    pub(super) fn open(address: &Address, problem: String) -> Self {
        let next = "name a store that exists and can be written to with --store";
        Self::Failed { place: address.to_string(), problem, next }
    }

    pub(super) fn failed(place: String, problem: String) -> Self {
        Self::Failed { place, problem, next: "see to the store, then do it again" }
    }

    /// An existing object cannot be locked.
    pub(super) fn lock(place: String, said: &str) -> Self {
        let next = if said.contains("AccessDenied") {
            "allow the actions of `auditpack permissions --collector --store URL`, s3:GetObjectRetention among them"
        } else {
            "name a bucket with Object Lock, and no earlier end or weaker mode than the object's lock has; or leave \
             --retain-days and --retain-until out"
        };
        Self::Failed { place, problem: format!("it is there, and cannot be locked: {}", answer(said)), next }
    }

    /// A failed request, with the server's message.
    pub(super) fn request(place: String, error: &Cause) -> Self {
        let mut words = cause_text(error);
        let next = match error {
            _ if words.contains("no AWS credentials") => "set AWS_PROFILE, or credentials in the environment",
            _ if words.contains("ObjectLock") || words.contains("Object Lock") => {
                "name a bucket with Object Lock, or leave --retain-days and --retain-until out"
            }
            _ if words.contains("NoSuchBucket") => "name a bucket that exists with --store",
            _ if ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"]
                .iter()
                .any(|it| words.contains(it)) =>
            {
                "renew the AWS credentials, then do it again"
            }
            // The crate has no separate error for a denied listing.
            _ if words.contains("AccessDenied") || matches!(error, Cause::PermissionDenied { .. }) => {
                "allow the actions of `auditpack permissions --collector --store URL`"
            }
            Cause::NotFound { .. } => "name something that is in the store",
            _ => "see that the store can be reached and written to, then do it again",
        };
        if matches!(error, Cause::NotFound { .. }) && !words.contains("NoSuchBucket") {
            "there is nothing of that name".clone_into(&mut words);
        }
        Self::Failed { place, problem: words, next }
    }
}

/// S3's code and message, or the innermost cause, without the request's URL and the number of attempts.
fn cause_text(error: &Cause) -> String {
    let mut texts = vec![error.to_string()];
    let mut inner: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = inner {
        texts.push(cause.to_string());
        inner = cause.source();
    }
    answer(texts.iter().find(|text| text.contains("<Code>")).or(texts.last()).map_or("", String::as_str))
}

/// S3's code and message in a text, if any.
fn answer(text: &str) -> String {
    let part = |name: &str| -> Option<&str> {
        let rest = text.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    };
    match part("Code") {
        Some(code) => one_line(&format!("{code}: {}", part("Message").unwrap_or_default())),
        None => one_line(text),
    }
}

/// The server's text is untrusted: reduced to one short line.
fn one_line(text: &str) -> String {
    in_sentence(&text.chars().take(400).collect::<String>())
}
