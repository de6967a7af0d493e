//! What went over the wire, one value an HTTP attempt, seen from inside the SDK.
//!
//! The SDK retries on its own; only an interceptor sees every attempt with the bytes
//! that came back. Nothing of the signature is kept but the region it was made for.

use super::limited::{Limited, MOST, TOO_LONG};
use super::pace::{Lane, throttles};
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

/// Bytes of the body of a failed call at most.
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
    /// The error's code, where a header tells it.
    pub error_code: Option<String>,
    /// `None` where no body was read to its end.
    pub body: Option<Vec<u8>>,
    /// The body repeated a secret of this run; it is kept with that masked.
    pub masked: bool,
    /// Why there is no answer to read. `None` if there is a status and a body.
    pub failure: Option<CallError>,
}

/// An interceptor for one operation; its clones share what they saw.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    seen: Arc<Mutex<Seen>>,
    /// What hears of repetitions and of throttling.
    lane: Option<Arc<Lane>>,
    /// Bytes of an answer at most.
    most: Option<u64>,
}

#[derive(Debug, Default)]
struct Seen {
    attempts: Vec<Attempt>,
    started: Option<Timestamp>,
    form: String,
    region: Option<String>,
    /// Scheme and host that the request goes to.
    host: String,
}

impl Capture {
    /// Of a request in a lane, whose answer may have so many bytes.
    pub fn on(lane: &Arc<Lane>, most: u64) -> Self {
        Self { seen: Arc::default(), lane: Some(Arc::clone(lane)), most: Some(most) }
    }

    /// The attempts so far, in order, and none of them twice.
    pub fn take(&self) -> Vec<Attempt> {
        let mut seen = self.seen();
        if let Some(started) = seen.started.take() {
            // The SDK gave the request up in the middle of it, because all attempts together took too long.
            let ms = super::now().duration_since(started).as_millis();
            let message = format!("{}: no answer in the time that is allowed", seen.host);
            let attempt = Attempt {
                started,
                ms: u64::try_from(ms).unwrap_or(0),
                form: std::mem::take(&mut seen.form),
                region: seen.region.take(),
                ..Attempt::unsent(CallError::new("Timeout", &message))
            };
            seen.attempts.push(attempt);
        }
        std::mem::take(&mut seen.attempts)
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
        seen.host = host(context.request().uri());
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
        *body = SdkBody::from_body_1_x(Limited::new(whole, self.most.unwrap_or(MOST)));
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
        let body = response.and_then(|response| response.body().bytes());
        let without_secrets = body.and_then(mask_bytes);
        let masked_body = without_secrets.is_some();
        let mut body = without_secrets.or_else(|| body.map(<[u8]>::to_vec));
        let mut masked_body = masked_body;
        let status = response.map(|response| response.status().as_u16());
        // A refusal is a few words. A long one is not kept, and so its words are no refusal either.
        let is_refused = !status.is_some_and(|status| (200..300).contains(&status));
        let long = body.as_ref().map(Vec::len).filter(|length| is_refused && *length > LONGEST_REFUSAL);
        if let Some(text) = body.as_ref().filter(|_| is_refused).and_then(|body| std::str::from_utf8(body).ok()) {
            // Evidence of the account holds external ids; the words of a refusal need not.
            let clean = masked(text);
            masked_body |= clean != text;
            body = Some(clean.into_bytes());
        }
        let failure = match (context.output_or_error(), response) {
            _ if long.is_some() => {
                let length = long.unwrap_or_default();
                Some(CallError::new("AnswerTooLong", &format!("the body of a failed call has {length} bytes")))
            }
            // An answer that was read whole is judged by its bytes, not by what the SDK made of them.
            (_, Some(_)) if body.is_some() => None,
            (Some(Err(error)), response) => {
                let told = masked(&chain(error));
                let by_timeout = error.is_timeout_error()
                    || error
                        .as_connector_error()
                        .is_some_and(aws_smithy_runtime_api::client::result::ConnectorError::is_timeout)
                    || told.contains("minimum throughput");
                let code = match response {
                    _ if told.contains(TOO_LONG) => "AnswerTooLong",
                    _ if by_timeout => "Timeout",
                    Some(_) => "TruncatedBody",
                    None if seen.region.is_some() => "Connection",
                    None if told.contains("endpoint") => "Connection",
                    None => "NoCredentials",
                };
                let told = if code == "NoCredentials" { told } else { network_words(&seen.host, &told) };
                Some(CallError::new(code, &told))
            }
            _ => Some(CallError::new("TruncatedBody", "the answer ended before its body was read")),
        };
        let error_code = header(&["x-amzn-errortype"]).map(|code| short(&code));
        if let Some(lane) = &self.lane
            && status
                .is_some_and(|status| throttles(status, body.as_deref().unwrap_or_default(), error_code.as_deref()))
        {
            lane.throttled();
        }
        let (form, region) = (std::mem::take(&mut seen.form), seen.region.take());
        seen.attempts.push(Attempt {
            started,
            ms: u64::try_from(ended.duration_since(started).as_millis()).unwrap_or(0),
            form,
            region,
            status,
            request_id: header(&["x-amzn-requestid", "x-amz-request-id"]).map(|id| short(&id)),
            date: header(&["date"]).map(|date| short(&date)),
            error_code,
            body: body.filter(|_| long.is_none()),
            masked: masked_body,
            failure,
        });
        Ok(())
    }
}

/// A header's value of a bearable length, without secrets that a server may repeat in it.
fn short(header: &str) -> String {
    masked(&header.chars().take(200).collect::<String>())
}

/// `https://iam.amazonaws.com` of a request's URL.
fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    // A URL that the user set may hold a password.
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{authority}")
}

/// What went wrong on the way to a host, in words for people who do not know the SDK.
fn network_words(host: &str, told: &str) -> String {
    let no_tls = told.contains("InvalidContentType") || told.contains("corrupt message");
    let words = if told.contains("minimum throughput") {
        "the connection was open and no bytes arrived"
    } else if no_tls {
        "the server does not speak TLS"
    } else {
        told
    };
    let hint = match host.strip_prefix("https://") {
        Some(plain) if no_tls || told.contains("minimum throughput") => {
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
    fn network_errors_name_the_host_and_what_may_be_wrong_with_it() {
        assert_eq!(host("https://me:pw@aws.example:8443/path?x"), "https://aws.example:8443");
        let told = network_words("https://127.0.0.1:9", "minimum throughput was specified at 1 B/s");
        assert_eq!(
            told,
            "https://127.0.0.1:9: the connection was open and no bytes arrived (if this server has no TLS, write http://127.0.0.1:9)"
        );
        assert_eq!(network_words("http://a", "dns error"), "http://a: dns error");
    }

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
