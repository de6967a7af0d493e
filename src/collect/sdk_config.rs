//! The standard AWS configuration for other rooms that call AWS, such as the store: Region, endpoint, credentials and
//! the shared HTTP stack.

use super::api_client::configured_endpoint;
use super::client::{configuration, connector, partition_of};
use super::{CollectError, Options};
use crate::wire::shape::SHAPES;
use aws_config::SdkConfig;
use aws_sdk_sts::config::{Credentials, ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::Connector;
use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Credentials that expire sooner than this are refreshed.
const SOON: Duration = Duration::from_mins(5);

/// The user's AWS configuration.
#[derive(Debug)]
pub struct AwsConfig {
    config: SdkConfig,
    pub region: String,
    /// The custom endpoint for S3 or for every service.
    pub s3_endpoint: Option<String>,
    /// Sends requests that are already signed.
    pub connector: Arc<Connector>,
}

impl AwsConfig {
    pub async fn load(options: &Options) -> Result<Self, CollectError> {
        let config = configuration(options).await?;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        Ok(Self { s3_endpoint: configured_endpoint(&config, "S3"), region, connector: Arc::new(connector()?), config })
    }

    /// AWS's S3 endpoint in a Region: the host name without a bucket.
    pub fn s3_host(&self, region: &str) -> String {
        let (fips, dual) = (self.config.use_fips().unwrap_or(false), self.config.use_dual_stack().unwrap_or(false));
        let known = SHAPES.partitions.iter().find(|known| known.id == partition_of(region));
        let suffix = known.map_or("amazonaws.com", |known| &known.suffix);
        let (fips, dual) = (if fips { "-fips" } else { "" }, if dual { ".dualstack" } else { "" });
        format!("s3{fips}{dual}.{region}.{suffix}")
    }

    pub fn credentials(&self) -> Option<CachedCredentials> {
        self.config
            .credentials_provider()
            .map(|provider| CachedCredentials { provider, last: tokio::sync::Mutex::default() })
    }
}

/// Credentials that are refreshed before they expire.
#[derive(Debug)]
pub struct CachedCredentials {
    provider: SharedCredentialsProvider,
    last: tokio::sync::Mutex<Option<Credentials>>,
}

impl CachedCredentials {
    pub async fn get(&self) -> Result<Credentials, String> {
        let mut last = self.last.lock().await;
        let is_fresh = |known: &Credentials| known.expiry().is_none_or(|end| end > SystemTime::now() + SOON);
        if let Some(known) = last.as_ref().filter(|known| is_fresh(known)) {
            return Ok(known.clone());
        }
        let given = self.provider.provide_credentials().await.map_err(|error| {
            let why = error.source().map_or(String::new(), |cause| format!(": {cause}"));
            format!("no AWS credentials: {error}{why}")
        })?;
        *last = Some(given.clone());
        Ok(given)
    }
}
