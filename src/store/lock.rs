//! A lock for an object that was there before: an upload that goes on, or one of a pack that was kept without.

use super::http::Http;
use super::s3::Retention;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use object_store::aws::AmazonS3;
use object_store::client::{HttpRequestBody, HttpService as _};
use object_store::path::Path as Key;
use object_store::signer::{SignedUrlOptions, Signer as _};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Of one request; the pause doubles.
const ATTEMPTS: u32 = 6;
const VALID: Duration = Duration::from_mins(5);

/// S3's PutObjectRetention, which the crate lacks: it signs, and the request is ours.
#[derive(Debug)]
pub struct Lock {
    pub signer: Arc<AmazonS3>,
    pub http: Http,
    pub retention: Retention,
    pub pause: Duration,
}

impl Lock {
    /// Locks an object. Text is S3's answer where it refuses, as it does where a lock would end sooner than before.
    pub async fn put(&self, key: &Key) -> Result<(), String> {
        let mut attempt = 0;
        loop {
            let (is_passing, problem) = match self.ask(key).await? {
                Ok((status, _)) if status.is_success() => return Ok(()),
                Ok((status, words)) => (status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS, words),
                Err(problem) => (true, problem),
            };
            attempt += 1;
            if !is_passing || attempt == ATTEMPTS {
                return Err(problem);
            }
            tokio::time::sleep(self.pause * 2_u32.pow(attempt)).await;
        }
    }

    /// The inner error may pass.
    async fn ask(&self, key: &Key) -> Result<Result<(StatusCode, String), String>, String> {
        let body = format!(
            "<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>{}</Mode><RetainUntilDate>{}\
             </RetainUntilDate></Retention>",
            self.retention.mode.name(),
            self.retention.until()
        );
        let sum = HeaderValue::from_str(&STANDARD.encode(Sha256::digest(&body))).expect("base64 is plain text");
        let name = HeaderName::from_static("x-amz-checksum-sha256");
        let options =
            SignedUrlOptions::new().with_query([("retention", "")]).with_signed_header(name.clone(), sum.clone());
        let url = self.signer.signed_url_opts(Method::PUT, key, VALID, &options).await;
        let url = url.map_err(|error| error.to_string())?;
        let request = Request::put(url.as_str()).header(name, sum).body(HttpRequestBody::from(body));
        let answer = match self.http.call(request.map_err(|error| error.to_string())?).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let (status, body) = (answer.status(), answer.into_body().bytes().await);
        Ok(body.map(|body| (status, String::from_utf8_lossy(&body).into_owned())).map_err(|error| error.to_string()))
    }
}
