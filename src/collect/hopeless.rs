//! Errors after which every further call would fail the same way.

use super::{CollectError, Options};
use crate::snapshot::{Call, CallError};
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
const NETWORK: &[&str] = &["Connection", "Timeout"];

/// Whether the error is about the credentials or the way to AWS, not about one operation.
pub fn is_hopeless(code: &str) -> bool {
    code == "NoCredentials" || CREDENTIALS.contains(&code) || NETWORK.contains(&code)
}

/// The error to stop with, if every call so far failed for a reason that the next one shares. Without
/// credentials one call is proof enough; otherwise two services must agree, because one of them alone may
/// be out of reach (STS in a region that is not enabled, a network with an endpoint for IAM only).
pub fn verdict(calls: &[Call]) -> Option<CollectError> {
    let last = calls.last()?.error.as_ref()?;
    let all = calls.iter().all(|call| call.error.as_ref().is_some_and(|error| is_hopeless(&error.code)));
    let services: BTreeSet<&str> = calls.iter().map(|call| call.service.as_str()).collect();
    let certain = services.len() > 1 || last.code == "NoCredentials";
    (all && certain).then(|| CollectError::hopeless(last))
}

impl CollectError {
    /// One message for an error that every call shares, with what to do about it.
    pub(super) fn hopeless(error: &CallError) -> Self {
        let next = match error.code.as_str() {
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
        // The log keeps every line; the credential chain alone tells six.
        let message = plain(error.message.lines().next().unwrap_or_default());
        Self::Hopeless { code: plain(&error.code), message, next }
    }
}

impl CollectError {
    /// Names the profile in force where no credentials were found: it may not exist.
    pub(super) fn about_profile(self, options: &Options) -> Self {
        let profile = options.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok()).filter(|it| !it.is_empty());
        match (self, profile) {
            (Self::Hopeless { code, message, next }, Some(profile)) if code == "NoCredentials" => {
                let message = format!("with the profile {:?}: {message}", plain(&profile));
                Self::Hopeless { code, message, next }
            }
            (other, _) => other,
        }
    }
}

/// Text from outside on one line of a terminal: nothing in it can move the cursor or reorder the line.
pub fn plain(text: &str) -> String {
    let hides = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().map(|letter| if hides(letter) { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_credentials_name_their_profile() {
        let error = CallError { code: "NoCredentials".to_owned(), message: "none".to_owned() };
        let options = Options { profile: Some("audit".to_owned()), ..Options::default() };
        let told = CollectError::hopeless(&error).about_profile(&options).to_string();
        assert!(told.contains("with the profile \"audit\": none"), "{told}");
    }

    #[test]
    fn text_from_outside_stays_on_its_line() {
        assert_eq!(plain("a\nb\t c\u{1b}[2J\u{202e}x"), "a b c\u{fffd}[2J\u{fffd}x");
    }
}
