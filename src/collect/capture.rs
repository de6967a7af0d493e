//! What went over the wire, one value an HTTP attempt, seen from inside the SDK.
//!
//! The SDK retries on its own; only an interceptor sees every attempt with the bytes
//! that came back. Nothing of the signature is kept but the region it was made for.

use super::pace::{Lane, throttles};
use crate::snapshot::CallError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// One HTTP attempt, or an attempt that never reached the network.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub started: Timestamp,
    pub ms: u64,
    /// The request's form, as sent.
    pub form: String,
    /// The region of the signature; `None` if the request was never signed.
    pub region: Option<String>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    pub date: Option<String>,
    /// The error's code, where a header tells it.
    pub error_code: Option<String>,
    /// `None` where no body was read to its end.
    pub body: Option<Vec<u8>>,
    /// Why there is no answer to read. `None` if there is a status and a body.
    pub failure: Option<CallError>,
}

/// An interceptor for one operation; its clones share what they saw.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    seen: Arc<Mutex<Seen>>,
    /// What hears of repetitions and of throttling.
    lane: Option<Arc<Lane>>,
}

#[derive(Debug, Default)]
struct Seen {
    attempts: Vec<Attempt>,
    started: Option<Timestamp>,
    form: String,
    region: Option<String>,
}

impl Capture {
    /// Of a request in a lane.
    pub fn on(lane: &Arc<Lane>) -> Self {
        Self { seen: Arc::default(), lane: Some(Arc::clone(lane)) }
    }

    /// The attempts so far, in order, and none of them twice.
    pub fn take(&self) -> Vec<Attempt> {
        std::mem::take(&mut self.seen().attempts)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "auditpack::Capture"
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let form = context.request().body().bytes().unwrap_or_default();
        let mut seen = self.seen();
        if let Some(lane) = self.lane.as_ref().filter(|_| !seen.attempts.is_empty()) {
            lane.repeated();
        }
        seen.started = Some(super::now());
        seen.form = String::from_utf8_lossy(form).into_owned();
        seen.region = None;
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut seen = self.seen();
        // Credentials may have been fetched since the attempt began; the request starts here.
        seen.started = Some(super::now());
        seen.region = context.request().headers().get("authorization").and_then(signed_region);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut seen = self.seen();
        let ended = super::now();
        let started = seen.started.take().unwrap_or(ended);
        let response = context.response();
        let header = |names: &[&str]| {
            let response = response?;
            names.iter().find_map(|name| response.headers().get(*name)).map(str::to_owned)
        };
        let body = response.and_then(|response| response.body().bytes()).map(<[u8]>::to_vec);
        let failure = match (context.output_or_error(), response) {
            // An answer that was read whole is judged by its bytes, not by what the SDK made of them.
            (_, Some(_)) if body.is_some() => None,
            (Some(Err(error)), response) => {
                let told = chain(error);
                let by_timeout = error.is_timeout_error()
                    || error
                        .as_connector_error()
                        .is_some_and(aws_smithy_runtime_api::client::result::ConnectorError::is_timeout)
                    || told.contains("minimum throughput");
                let code = match response {
                    _ if by_timeout => "Timeout",
                    Some(_) => "TruncatedBody",
                    None if seen.region.is_some() => "Connection",
                    None if told.contains("endpoint") => "Connection",
                    None => "NoCredentials",
                };
                Some(CallError { code: code.to_owned(), message: told })
            }
            _ => Some(CallError {
                code: "TruncatedBody".to_owned(),
                message: "the answer ended before its body was read".to_owned(),
            }),
        };
        let attempt = Attempt {
            started,
            ms: u64::try_from(ended.duration_since(started).as_millis()).unwrap_or(0),
            form: std::mem::take(&mut seen.form),
            region: seen.region.take(),
            status: response.map(|response| response.status().as_u16()),
            request_id: header(&["x-amzn-requestid", "x-amz-request-id"]),
            date: header(&["date"]),
            error_code: header(&["x-amzn-errortype"]),
            body,
            failure,
        };
        let told = attempt.body.as_deref().unwrap_or_default();
        if let Some(lane) = &self.lane
            && attempt.status.is_some_and(|status| throttles(status, told, attempt.error_code.as_deref()))
        {
            lane.throttled();
        }
        seen.attempts.push(attempt);
        Ok(())
    }
}

/// `AWS4-HMAC-SHA256 Credential=AKIA…/20260102/us-east-1/iam/aws4_request, …` → `us-east-1`.
fn signed_region(authorization: &str) -> Option<String> {
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    scope.rsplit('/').nth(2).map(str::to_owned)
}

/// An error with its causes; the SDK's outer errors alone say "dispatch failure".
pub fn chain(error: &dyn Error) -> String {
    // The orchestrator's own words for "see the cause".
    const SAY_NOTHING: [&str; 3] = ["an unknown error occurred", "connector error", "response error"];
    let mut told: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let words = without_request(&error.to_string());
        next = error.source();
        let is_empty = words.is_empty() || (next.is_some() && SAY_NOTHING.contains(&words.as_str()));
        if !is_empty && !told.iter().any(|before| before.contains(&words)) {
            told.push(words);
        }
    }
    told.join(": ")
}

/// A message without the request that it may quote: AWS repeats what was signed, session token included,
/// when a signature does not match, and some errors of the SDK print the whole request.
pub fn without_request(message: &str) -> String {
    const QUOTES: [&str; 6] =
        ["the canonical string", "authorization=", "credential=", "x-amz-security-token", "signature=", "request {"];
    let lower = message.to_ascii_lowercase();
    match QUOTES.iter().filter_map(|quote| lower.find(quote)).min() {
        Some(place) => format!("{} [the request is not repeated here]", message[..place].trim_end()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_region_of_a_signature_is_read() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-3/sts/aws4_request, SignedHeaders=host, Signature=ab";
        assert_eq!(signed_region(header).as_deref(), Some("eu-west-3"));
        assert_eq!(signed_region("Bearer x"), None);
    }

    #[test]
    fn no_message_repeats_what_was_signed() {
        let told = "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:FQoGZXIvYXdzEXAMPLE'";
        assert_eq!(
            without_request(told),
            "The request signature we calculated does not match. [the request is not repeated here]"
        );
        assert_eq!(without_request("User: é is not authorized"), "User: é is not authorized");
    }
}
