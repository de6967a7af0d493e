//! Errors that every further call would share: credentials, network, clock.

use super::{CollectError, Options};
use crate::snapshot::{Call, CallError};
use crate::text::in_sentence;
use std::collections::BTreeSet;

const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "AuthFailure",
];
const NETWORK: &[&str] = &["Connection", "Timeout", "ServiceSilent"];
/// The session has expired. Credentials that the SDK has to refresh fail before the request is sent.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "NoCredentials"];

/// Calls in a row that failed because the session has expired.
#[derive(Debug, Default)]
pub struct SessionExpiry {
    operations: BTreeSet<&'static str>,
    calls: u32,
    last: Option<CallError>,
}

impl SessionExpiry {
    /// Records the result of a call.
    pub fn note(&mut self, operation: &'static str, error: Option<&CallError>) {
        match error.filter(|error| EXPIRED.contains(&error.code.as_str())) {
            Some(error) => {
                self.operations.insert(operation);
                self.calls += 1;
                self.last = Some(error.clone());
            }
            None => *self = Self::default(),
        }
    }

    /// The error, once several operations returned it: one operation alone may fail for another reason.
    pub fn confirmed_error(&self) -> Option<&CallError> {
        self.last.as_ref().filter(|_| self.operations.len() > 1 || self.calls > 2)
    }

    /// The error, if the last call returned it.
    pub fn last_error(&self) -> Option<&CallError> {
        self.last.as_ref()
    }
}

/// Whether the error is about the credentials or the network, not about one operation.
pub fn is_fatal(code: &str) -> bool {
    code == "NoCredentials" || CREDENTIALS.contains(&code) || NETWORK.contains(&code)
}

/// The error to stop with, if every call so far failed for a reason that the next one shares. For missing
/// credentials one call is enough; otherwise two services must fail, because one alone may be unreachable
/// (STS in a Region that is not enabled, a network with an endpoint for IAM only).
pub fn fatal_error(calls: &[Call]) -> Option<CollectError> {
    let last = calls.last()?.error.as_ref()?;
    let all = calls.iter().all(|call| call.error.as_ref().is_some_and(|error| is_fatal(&error.code)));
    let services: BTreeSet<&str> = calls.iter().map(|call| call.service.as_str()).collect();
    let certain = services.len() > 1 || last.code == "NoCredentials";
    (all && certain).then(|| CollectError::every_call_fails(last))
}

impl CollectError {
    /// One message for an error that every call shares, with the next step.
    pub(super) fn every_call_fails(error: &CallError) -> Self {
        let clock = ["Signature expired", "Signature not yet current", "too skewed", "too large"];
        let next = match error.code.as_str() {
            "RequestTimeTooSkewed" | "RequestInTheFuture" => CLOCK,
            _ if clock.iter().any(|words| error.message.contains(words)) => CLOCK,
            "NoCredentials" => {
                "sign in (`aws sso login`), or name credentials with --profile or AWS_PROFILE; `aws sts get-caller-identity` must work"
            }
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                "the session is over (or this computer's clock is wrong): sign in again, then resume this snapshot"
            }
            code if NETWORK.contains(&code) => {
                "check the network, the proxy (HTTPS_PROXY), the region (--region) and AWS_ENDPOINT_URL"
            }
            _ => "check the access key, and that --region lies in the partition and the regions it is valid for",
        };
        // Show only the first line; the call log has the full error chain.
        let message = in_sentence(error.message.lines().next().unwrap_or_default());
        let message = match error.code.as_str() {
            "NoCredentials" if message.contains("no providers in chain") || message.is_empty() => {
                "no AWS credentials were found in the environment, a profile, single sign-on or an instance role"
                    .to_owned()
            }
            _ => message,
        };
        Self::EveryCallFails { code: in_sentence(&error.code), message, next }
    }
}

const CLOCK: &str = "this computer's clock differs from AWS's: set it (for example with NTP), then run again";

impl CollectError {
    /// The session ended in the middle of a collection.
    pub(super) fn expired(error: &CallError) -> Self {
        Self::Expired {
            code: in_sentence(&error.code),
            message: in_sentence(error.message.lines().next().unwrap_or_default()),
        }
    }
}

impl CollectError {
    /// Adds the active profile to a missing-credentials error: the profile may not exist.
    pub(super) fn with_profile(self, options: &Options) -> Self {
        let profile = options.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok()).filter(|it| !it.is_empty());
        match (self, profile) {
            (Self::EveryCallFails { code, message, next }, Some(profile)) if code == "NoCredentials" => {
                let known = profiles();
                let message = if known.contains(&profile) {
                    format!("with the profile {:?}: {message}", in_sentence(&profile))
                } else {
                    let known: Vec<String> = known.iter().map(|name| in_sentence(name)).collect();
                    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                    format!(
                        "there is no profile {:?} in the AWS configuration; its profiles: {known}",
                        in_sentence(&profile)
                    )
                };
                Self::EveryCallFails { code, message, next }
            }
            (other, _) => other,
        }
    }
}

/// The profiles in the user's AWS configuration.
fn profiles() -> BTreeSet<String> {
    let home = std::env::var("HOME").or_else(|_| std::env::var("USERPROFILE")).unwrap_or_default();
    let file = |variable: &str, name: &str| {
        let set = std::env::var(variable).ok().filter(|path| !path.is_empty());
        std::fs::read_to_string(set.unwrap_or_else(|| format!("{home}/.aws/{name}"))).unwrap_or_default()
    };
    let texts = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    let sections = texts.iter().flat_map(|text| text.lines());
    sections
        .filter_map(|line| line.trim().strip_prefix('[')?.split_once(']'))
        .map(|(name, _)| name.trim().strip_prefix("profile ").unwrap_or(name.trim()).trim().to_owned())
        .filter(|name| !name.starts_with("sso-session ") && !name.starts_with("services "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_about_missing_credentials_names_the_profile() {
        let error = CallError { code: "NoCredentials".to_owned(), message: "none".to_owned() };
        let options = Options { profile: Some("audit".to_owned()), ..Options::default() };
        let message = CollectError::every_call_fails(&error).with_profile(&options).to_string();
        assert!(message.contains("there is no profile \"audit\"") && message.contains("its profiles:"), "{message}");
    }

    #[test]
    fn clock_skew_errors_mention_the_clock() {
        for (code, message) in [
            ("SignatureDoesNotMatch", "Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z"),
            (
                "SignatureDoesNotMatch",
                "Signature not yet current: 20260102T050405Z is still later than 20260102T040405Z",
            ),
            ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ] {
            let message = CollectError::every_call_fails(&CallError::new(code, message)).to_string();
            assert!(message.contains("clock"), "{message}");
        }
        let message =
            CollectError::every_call_fails(&CallError::new("SignatureDoesNotMatch", "does not match")).to_string();
        assert!(!message.contains("clock"), "{message}");
    }

    #[test]
    fn an_expired_session_is_confirmed_by_two_operations_in_a_row() {
        let over = CallError::new("ExpiredToken", "expired");
        let mut expiry = SessionExpiry::default();
        expiry.note("A", Some(&over));
        assert!(expiry.confirmed_error().is_none() && expiry.last_error().is_some());
        expiry.note("B", None);
        expiry.note("C", Some(&over));
        assert!(expiry.confirmed_error().is_none(), "something answered in between");
        expiry.note("D", Some(&over));
        assert!(expiry.confirmed_error().is_some());
    }
}
