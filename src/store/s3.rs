//! An S3 bucket, with the program's credentials, endpoint and HTTP stack.

use super::error::StoreError;
use super::http::Http;
use super::lock::Lock;
use crate::collect::Options;
use crate::collect::sdk_config::{AwsConfig, CachedCredentials};
use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential, Checksum};
use object_store::client::{CredentialProvider, HttpRequestBody, HttpService as _};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use std::sync::Arc;
use std::time::Duration;

/// Retries after the first attempt, and the time limit of a request.
const RETRIES: usize = 8;
const GIVEN_UP: Duration = Duration::from_mins(4);

/// S3 Object Lock: until when an object can be neither overwritten nor deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub mode: Mode,
    pub until: Timestamp,
}

impl Retention {
    pub fn until(&self) -> String {
        self.until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// Who may remove a retention before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Principals with the permission to bypass it.
    Governance,
    /// No principal, not even the root user.
    Compliance,
}

impl Mode {
    /// S3's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }
}

/// A bucket and its endpoint.
pub struct Bucket {
    name: String,
    region: String,
    /// Includes the bucket.
    url: String,
    credentials: Arc<Chain>,
    http: Http,
    pause: Duration,
}

impl Bucket {
    /// Finds the bucket's Region, which may differ from the configured one.
    pub async fn find(name: &str, options: &Options) -> Result<Self, StoreError> {
        let standard = AwsConfig::load(options).await?;
        let told = |problem: &str, next: &'static str| StoreError::Failed {
            place: format!("s3://{name}"),
            problem: problem.to_owned(),
            next,
        };
        let next = "set AWS_PROFILE, or credentials in the environment";
        let credentials = standard.credentials().ok_or_else(|| told("there are no AWS credentials", next))?;
        let http = Http(Arc::clone(&standard.connector));
        let mut region = standard.region.clone();
        let base = |region: &str| match &standard.s3_endpoint {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{}", standard.s3_host(region)),
        };
        let head = http::Request::head(format!("{}/{name}", base(&region))).body(HttpRequestBody::empty());
        let head = head.map_err(|error| told(&error.to_string(), "correct AWS_ENDPOINT_URL"))?;
        // This request needs no permission; if it fails, the configured Region is used.
        if let Ok(answer) = http.call(head).await {
            if answer.status() == http::StatusCode::NOT_FOUND {
                return Err(told("there is no such bucket", "name a bucket that exists with --store"));
            }
            let told = answer.headers().get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
            if let Some(told) = told.filter(|told| crate::collect::looks_like_a_region(told)) {
                told.clone_into(&mut region);
            }
        }
        // S3's TLS certificates cover one label before the host name, so a bucket name with dots goes into the path.
        let url = match &standard.s3_endpoint {
            None if !name.contains('.') => format!("https://{name}.{}", standard.s3_host(&region)),
            _ => format!("{}/{name}", base(&region)),
        };
        let credentials = Arc::new(Chain(credentials));
        Ok(Self { name: name.to_owned(), region, url, credentials, http, pause: options.backoff })
    }

    /// A client that locks the objects that it writes, if a retention is given.
    pub fn client(&self, retention: Option<&Retention>) -> Result<Arc<AmazonS3>, StoreError> {
        let mut settings = ClientOptions::new().with_allow_http(true);
        if let Some(retention) = retention {
            settings = settings.with_default_headers(headers(retention));
        }
        let retry = RetryConfig {
            backoff: BackoffConfig { init_backoff: self.pause / 4, max_backoff: self.pause * 20, base: 2.0 },
            max_retries: RETRIES,
            retry_timeout: GIVEN_UP,
        };
        let client = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_endpoint(&self.url)
            // The URL already contains the bucket.
            .with_virtual_hosted_style_request(true)
            .with_credentials(Arc::clone(&self.credentials) as _)
            // S3 compares the checksum with the received bytes.
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(settings)
            .with_retry(retry)
            .with_http_connector(self.http.clone())
            .build();
        client.map(Arc::new).map_err(|error| StoreError::request(format!("s3://{}", self.name), &error))
    }

    /// A client that locks existing objects.
    pub fn lock(&self, retention: Retention) -> Result<Lock, StoreError> {
        Ok(Lock { signer: self.client(None)?, http: self.http.clone(), retention, pause: self.pause })
    }
}

/// The headers are signed with each request of this client.
fn headers(retention: &Retention) -> HeaderMap {
    let until = HeaderValue::from_str(&retention.until()).expect("a time has only letters, digits and signs");
    HeaderMap::from_iter([
        (HeaderName::from_static("x-amz-object-lock-mode"), HeaderValue::from_static(retention.mode.name())),
        (HeaderName::from_static("x-amz-object-lock-retain-until-date"), until),
        // With a lock, S3 requires the checksum's algorithm beside the checksum.
        (HeaderName::from_static("x-amz-sdk-checksum-algorithm"), HeaderValue::from_static("SHA256")),
    ])
}

/// The standard credential chain as the store crate's provider.
#[derive(Debug)]
struct Chain(CachedCredentials);

#[async_trait]
impl CredentialProvider for Chain {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let given = self
            .0
            .get()
            .await
            .map_err(|problem| object_store::Error::Generic { store: "S3", source: problem.into() })?;
        Ok(Arc::new(AwsCredential {
            key_id: given.access_key_id().to_owned(),
            secret_key: given.secret_access_key().to_owned(),
            token: given.session_token().map(str::to_owned),
        }))
    }
}
