//! Captures every HTTP attempt with an SDK interceptor.
//!
//! The SDK retries on its own; only an interceptor sees every attempt with the bytes of its response. Of the signature
//! only the Region is kept.

use super::limited_body::{LimitedBody, MOST, TOO_LONG};
use super::rate_limit::{TokenBucket, is_throttling_answer};
use super::secrets::{mask_bytes, masked, note_key};
use crate::snapshot::CallError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// The most bytes of an error response that are kept.
const LONGEST_REFUSAL: usize = 256 << 10;

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
    /// The error code from a header, if there is one.
    pub error_code: Option<String>,
    /// `None` if no body was read to its end.
    pub body: Option<Vec<u8>>,
    /// The body repeated a secret of this run, which is masked in it.
    pub masked: bool,
    /// Why there is no response. `None` if there is a status and a body.
    pub failure: Option<CallError>,
}

/// An interceptor for one request; its clones share the attempts.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    state: Arc<Mutex<CaptureState>>,
    /// Is notified of retries and throttling.
    bucket: Option<Arc<TokenBucket>>,
    /// The most bytes of a response body.
    limit: Option<u64>,
}

#[derive(Debug, Default)]
struct CaptureState {
    attempts: Vec<Attempt>,
    started: Option<Timestamp>,
    form: String,
    region: Option<String>,
    /// Scheme and host of the request.
    host: String,
}

impl Capture {
    /// A capture for one request of a rate-limited service, with a limit on the response's bytes.
    pub fn for_request(bucket: &Arc<TokenBucket>, limit: u64) -> Self {
        Self { state: Arc::default(), bucket: Some(Arc::clone(bucket)), limit: Some(limit) }
    }

    /// Removes and returns the attempts so far, in order.
    pub fn take(&self) -> Vec<Attempt> {
        let mut state = self.state();
        if let Some(started) = state.started.take() {
            // The SDK dropped the request during this attempt, because all attempts together took too long.
            let ms = super::now().duration_since(started).as_millis();
            let message = format!("{}: no answer in the time that is allowed", state.host);
            let attempt = Attempt {
                started,
                ms: u64::try_from(ms).unwrap_or(0),
                form: std::mem::take(&mut state.form),
                region: state.region.take(),
                ..Attempt::unsent(CallError::new("Timeout", &message))
            };
            state.attempts.push(attempt);
        }
        std::mem::take(&mut state.attempts)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, CaptureState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut state = self.state();
        if let Some(bucket) = self.bucket.as_ref().filter(|_| !state.attempts.is_empty()) {
            bucket.note_retry();
        }
        state.started = Some(super::now());
        state.form = String::from_utf8_lossy(form).into_owned();
        state.region = None;
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.state();
        // Credentials may have been fetched since the attempt began; the request starts here.
        state.started = Some(super::now());
        state.region = context.request().headers().get("authorization").and_then(signed_region);
        state.host = host_of(context.request().uri());
        if let Some(token) = context.request().headers().get("x-amz-security-token") {
            note_key(token);
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(LimitedBody::new(whole, self.limit.unwrap_or(MOST)));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.state();
        let ended = super::now();
        let started = state.started.take().unwrap_or(ended);
        let response = context.response();
        let header = |names: &[&str]| {
            let response = response?;
            names.iter().find_map(|name| response.headers().get(*name)).map(str::to_owned)
        };
        let body = response.and_then(|response| response.body().bytes());
        let without_secrets = body.and_then(mask_bytes);
        let masked_body = without_secrets.is_some();
        let mut body = without_secrets.or_else(|| body.map(<[u8]>::to_vec));
        let mut masked_body = masked_body;
        let status = response.map(|response| response.status().as_u16());
        // Error responses are short. A long one is not kept, so it is not parsed as an AWS error either.
        let is_refused = !status.is_some_and(|status| (200..300).contains(&status));
        let long = body.as_ref().map(Vec::len).filter(|length| is_refused && *length > LONGEST_REFUSAL);
        if let Some(text) = body.as_ref().filter(|_| is_refused).and_then(|body| std::str::from_utf8(body).ok()) {
            // External IDs are evidence in answers, but error messages need not repeat them.
            let clean = masked(text);
            masked_body |= clean != text;
            body = Some(clean.into_bytes());
        }
        let failure = match (context.output_or_error(), response) {
            _ if long.is_some() => {
                let length = long.unwrap_or_default();
                Some(CallError::new("AnswerTooLong", &format!("the body of a failed call has {length} bytes")))
            }
            // A complete response is judged by its bytes, not by the SDK's parsing.
            (_, Some(_)) if body.is_some() => None,
            (Some(Err(error)), response) => {
                let message = masked(&error_chain(error));
                let by_timeout = error.is_timeout_error()
                    || error
                        .as_connector_error()
                        .is_some_and(aws_smithy_runtime_api::client::result::ConnectorError::is_timeout)
                    || message.contains("minimum throughput");
                let code = match response {
                    _ if message.contains(TOO_LONG) => "AnswerTooLong",
                    _ if by_timeout => "Timeout",
                    Some(_) => "TruncatedBody",
                    None if state.region.is_some() => "Connection",
                    None if message.contains("endpoint") => "Connection",
                    None => "NoCredentials",
                };
                let message = if code == "NoCredentials" { message } else { network_message(&state.host, &message) };
                Some(CallError::new(code, &message))
            }
            _ => Some(CallError::new("TruncatedBody", "the answer ended before its body was read")),
        };
        let error_code = header(&["x-amzn-errortype"]).map(|code| trimmed(&code));
        if let Some(bucket) = &self.bucket
            && status.is_some_and(|status| {
                is_throttling_answer(status, body.as_deref().unwrap_or_default(), error_code.as_deref())
            })
        {
            bucket.note_throttling();
        }
        let (form, region) = (std::mem::take(&mut state.form), state.region.take());
        state.attempts.push(Attempt {
            started,
            ms: u64::try_from(ended.duration_since(started).as_millis()).unwrap_or(0),
            form,
            region,
            status,
            request_id: header(&["x-amzn-requestid", "x-amz-request-id"]).map(|id| trimmed(&id)),
            date: header(&["date"]).map(|date| trimmed(&date)),
            error_code,
            body: body.filter(|_| long.is_none()),
            masked: masked_body,
            failure,
        });
        Ok(())
    }
}

/// A header's value, cut to 200 characters and without secrets that a server may repeat in it.
fn trimmed(header: &str) -> String {
    masked(&header.chars().take(200).collect::<String>())
}

/// `https://iam.amazonaws.com` of a request's URL.
fn host_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    // A custom endpoint may contain a password.
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{authority}")
}

/// A network error in words for people who do not know the SDK.
fn network_message(host: &str, message: &str) -> String {
    let no_tls = message.contains("InvalidContentType") || message.contains("corrupt message");
    let words = if message.contains("minimum throughput") {
        "the connection was open and no bytes arrived"
    } else if no_tls {
        "the server does not speak TLS"
    } else {
        message
    };
    let hint = match host.strip_prefix("https://") {
        Some(plain) if no_tls || message.contains("minimum throughput") => {
            format!(" (if this server has no TLS, write http://{plain})")
        }
        _ => String::new(),
    };
    format!("{host}: {words}{hint}")
}

/// `AWS4-HMAC-SHA256 Credential=AKIA…/20260102/us-east-1/iam/aws4_request, …` → `us-east-1`.
fn signed_region(authorization: &str) -> Option<String> {
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    scope.rsplit('/').nth(2).map(str::to_owned)
}

/// An error with its causes; the SDK's outer errors alone say "dispatch failure".
pub fn error_chain(error: &dyn Error) -> String {
    // The orchestrator's messages that only point to the cause.
    const GENERIC: [&str; 3] = ["an unknown error occurred", "connector error", "response error"];
    let mut messages: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let words = without_request(&error.to_string());
        next = error.source();
        let is_empty = words.is_empty() || (next.is_some() && GENERIC.contains(&words.as_str()));
        if !is_empty && !messages.iter().any(|before| before.contains(&words)) {
            messages.push(words);
        }
    }
    messages.join(": ")
}

/// A message without the request that it may quote: AWS repeats the signed request, session token included,
/// when a signature does not match, and some SDK errors print the whole request.
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
    fn network_errors_name_the_host_and_a_likely_cause() {
        assert_eq!(host_of("https://me:pw@aws.example:8443/path?x"), "https://aws.example:8443");
        let message = network_message("https://127.0.0.1:9", "minimum throughput was specified at 1 B/s");
        assert_eq!(
            message,
            "https://127.0.0.1:9: the connection was open and no bytes arrived (if this server has no TLS, write http://127.0.0.1:9)"
        );
        assert_eq!(network_message("http://a", "dns error"), "http://a: dns error");
    }

    #[test]
    fn only_the_region_of_a_signature_is_parsed() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-3/sts/aws4_request, SignedHeaders=host, Signature=ab";
        assert_eq!(signed_region(header).as_deref(), Some("eu-west-3"));
        assert_eq!(signed_region("Bearer x"), None);
    }

    #[test]
    fn messages_do_not_repeat_the_signed_request() {
        let message = "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:FQoGZXIvYXdzEXAMPLE'";
        assert_eq!(
            without_request(message),
            "The request signature we calculated does not match. [the request is not repeated here]"
        );
        assert_eq!(without_request("User: é is not authorized"), "User: é is not authorized");
    }
}
