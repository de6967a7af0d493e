//! The attempts of one request: what a capture holds of them, or that none was sent.

use super::capture::{Attempt, Capture, error_chain};
use super::secrets::masked;
use crate::snapshot::CallError;
use crate::wire;
use std::error::Error;
use std::future::Future;
use std::time::Instant;

/// The error of a request. At the deadline the request is dropped, and its attempt stays without an answer.
pub async fn error_by_deadline<T, E>(
    deadline: Option<Instant>,
    sending: impl Future<Output = Result<T, E>>,
) -> Option<E> {
    match deadline {
        None => sending.await.err(),
        Some(deadline) => tokio::time::timeout_at(deadline.into(), sending).await.ok().and_then(Result::err),
    }
}

/// Every attempt of a request; if nothing was sent, one attempt that says why.
pub fn attempts_of(capture: &Capture, error: Option<Box<dyn Error>>) -> Vec<Attempt> {
    let mut attempts = capture.take();
    if attempts.is_empty() {
        let cause = error.map_or_else(|| "nothing was sent".to_owned(), |error| error_chain(error.as_ref()));
        attempts.push(Attempt::unsent(CallError::new("Connection", &masked(&cause))));
    }
    attempts
}

impl Attempt {
    /// An attempt that was never sent.
    pub fn unsent(error: CallError) -> Self {
        Self {
            masked: false,
            started: super::now(),
            ms: 0,
            form: String::new(),
            region: None,
            status: None,
            request_id: None,
            date: None,
            error_code: None,
            body: None,
            failure: Some(error),
        }
    }

    /// Whether no response came back.
    pub(super) fn is_silent(&self) -> bool {
        let code = self.failure.as_ref().map_or("", |failure| &failure.code);
        code == "Timeout" || (code == "Connection" && self.status.is_none())
    }
}

/// AWS's request ID from the body, when no header has it.
pub(super) fn request_id(attempt: &Attempt) -> Option<String> {
    wire::request_id(attempt.body.as_deref()?)
}
