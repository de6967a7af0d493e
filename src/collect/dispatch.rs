//! Which client sends a request: AWS's own crate for IAM, STS, IAM Access Analyzer and AWS Config, the services that
//! this program is about; the model-driven client, on the same runtime of the SDK, for the breadth of all others.
//!
//! Either way the evidence is what AWS sent: the typed answers of the crates are not used.

mod access_analyzer;
mod config;
mod iam;

use super::capture::Capture;
use super::client::Clients;
use super::query::Parameters;
use serde_json::Value;
use std::error::Error;

type SendResult = Result<(), Box<dyn Error>>;

/// Sends a request of one of the crates, with the interceptor that keeps what came back.
macro_rules! sent {
    ($capture:expr, $over:expr, $request:expr) => {
        Box::pin($request.customize().config_override($over).interceptor($capture).send())
            .await
            .map(drop)
            .map_err(Into::into)
    };
}
use sent;

impl Clients {
    /// Sends one request with the SDK's retries; the capture has the responses.
    pub async fn send(
        &self,
        (service, operation): (&'static str, &'static str),
        region: &str,
        parameters: &Parameters,
        (capture, is_hurried): (Capture, bool),
    ) -> SendResult {
        let request = Sending { clients: self, operation, region, parameters, capture: capture.clone(), is_hurried };
        let sent = match service {
            "iam" | "sts" => request.send_by_iam_or_sts(service).await,
            "accessanalyzer" => request.send_by_access_analyzer().await,
            "config" => request.send_by_config().await,
            _ => None,
        };
        if let Some(sent) = sent {
            return sent;
        }
        let sending = self.api.send((service, operation), region, parameters, (capture, is_hurried));
        sending.await.map_err(Into::into)
    }
}

/// One request for a crate. The methods return nothing for an operation that does not go through the crate.
struct Sending<'a> {
    clients: &'a Clients,
    operation: &'static str,
    region: &'a str,
    parameters: &'a Parameters,
    capture: Capture,
    /// One short try: nothing has answered for a long time.
    is_hurried: bool,
}

impl Sending<'_> {
    /// A text parameter in the type that the SDK has for it.
    fn text<T: for<'t> From<&'t str>>(&self, name: &str) -> Option<T> {
        self.parameters.get(name).and_then(Value::as_str).map(T::from)
    }

    /// A number, such as the entries on a page.
    fn number(&self, name: &str) -> Option<i32> {
        self.parameters.get(name).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
    }
}
