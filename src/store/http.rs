//! Sends the store's requests through the program's HTTP stack.

use async_trait::async_trait;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The time limit of one request: the largest objects are some hundred megabytes.
const LIMIT: Duration = Duration::from_mins(10);

/// Sends requests that the store has signed.
#[derive(Clone, Debug)]
pub struct Http(pub Arc<Connector>);

impl HttpConnector for Http {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Http {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let sent = tokio::time::timeout(LIMIT, self.send(request)).await;
        sent.unwrap_or_else(|late| Err(broken(late)))
    }
}

impl Http {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = orchestrator::HttpRequest::try_from(request.map(SdkBody::from_body_1_x)).map_err(unsendable)?;
        let response = self.0.call(request).await.map_err(broken)?;
        let (parts, body) = response.try_into_http1x().map_err(unsendable)?.into_parts();
        let body = ByteStream::new(body).collect().await.map_err(broken)?.into_bytes();
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::from(body)))
    }
}

/// A connection error, which is retried for every request: an object that was written twice is compared, not taken for
/// another's.
fn broken(error: impl Error + Send + Sync + 'static) -> HttpError {
    HttpError::new(HttpErrorKind::Request, error)
}

fn unsendable(error: impl Error + Send + Sync + 'static) -> HttpError {
    HttpError::new(HttpErrorKind::Decode, error)
}
