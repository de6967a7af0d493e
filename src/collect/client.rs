//! The SDK's clients, set up from the standard AWS configuration chain.

use super::api_client::ApiClient;
use super::{CollectError, Options};
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_iam::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

/// The default Region: IAM is global, and every STS endpoint knows the caller.
const FALLBACK_REGION: &str = "us-east-1";
/// Attempts of one request. More than the SDK's three, because IAM's control plane throttles early.
const ATTEMPTS: u32 = 5;
const SDK_ATTEMPTS: u32 = 3;

/// One client a service.
#[derive(Clone, Debug)]
pub struct Clients {
    pub iam: aws_sdk_iam::Client,
    pub sts: aws_sdk_sts::Client,
    pub access_analyzer: aws_sdk_accessanalyzer::Client,
    pub config: aws_sdk_config::Client,
    /// Everything else.
    pub api: ApiClient,
    /// The configured Region.
    pub region: String,
}

impl Clients {
    /// Clients from a finished configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            iam: aws_sdk_iam::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
            access_analyzer: aws_sdk_accessanalyzer::Client::new(config),
            config: aws_sdk_config::Client::new(config),
            api: ApiClient::new(config),
            region: config.region().map_or_else(|| FALLBACK_REGION.to_owned(), ToString::to_string),
        }
    }
}

/// Profiles, SSO, environment, IMDS, endpoint overrides, proxies: as everywhere with AWS.
pub async fn configuration(options: &Options) -> Result<SdkConfig, CollectError> {
    complete_config(aws_config::defaults(BehaviorVersion::latest()), options).await
}

/// Adds this program's HTTP stack, time limits, Region and retries to a configuration.
pub async fn complete_config(loader: ConfigLoader, options: &Options) -> Result<SdkConfig, CollectError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .operation_attempt_timeout(options.attempt_timeout)
        // Two attempts without an answer are enough; errors that return at once are retried more often.
        .operation_timeout(options.attempt_timeout * 2)
        .build();
    super::secrets::note_environment();
    let mut loader = loader
        .http_client(http_client()?)
        .timeout_config(timeouts)
        .app_name(aws_config::AppName::new("auditpack").expect("the name has only letters"));
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    let region = config.region().map_or(FALLBACK_REGION, AsRef::as_ref).to_owned();
    if !looks_like_a_region(&region) {
        return Err(CollectError::Region { region });
    }
    // The user's own number stays; the SDK does not distinguish it from its default of three.
    let attempts = match config.retry_config().map(RetryConfig::max_attempts) {
        Some(set) if set != SDK_ATTEMPTS || std::env::var_os("AWS_MAX_ATTEMPTS").is_some() => set,
        _ => ATTEMPTS,
    };
    let retries = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    let retries = retries.with_max_attempts(attempts).with_initial_backoff(options.backoff);
    Ok(config.into_builder().region(Region::new(region)).retry_config(retries).build())
}

/// The TLS stack, with the certificate bundle in `AWS_CA_BUNDLE` like the AWS CLI.
fn tls_context() -> Result<TlsContext, CollectError> {
    let trust = match std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        None => TrustStore::default(),
        Some(path) => {
            let pem = std::fs::read(&path).map_err(|problem| CollectError::Setup {
                problem: format!("AWS_CA_BUNDLE names {}, which cannot be read: {problem}", path.display()),
            })?;
            TrustStore::default().with_pem_certificate(pem)
        }
    };
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|problem| CollectError::Setup { problem: format!("TLS: {problem}") })
}

/// A connector for requests that the SDK does not make.
pub fn connector() -> Result<Connector, CollectError> {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let builder = Connector::builder().proxy_config(ProxyConfig::from_env());
    Ok(builder.tls_provider(provider).tls_context(tls_context()?).build())
}

/// The SDK's HTTP client, with proxies from the environment like the AWS CLI.
fn http_client() -> Result<SharedHttpClient, CollectError> {
    let context = tls_context()?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .tls_context(context.clone());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    }))
}

pub fn looks_like_a_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    parts.len() >= 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()))
        && parts[parts.len() - 1].bytes().all(|it| it.is_ascii_digit())
}

/// The partition of a Region, by its name.
pub fn partition_of(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 8] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
        ("", "aws"),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_names_are_validated_and_mapped_to_partitions() {
        for region in ["us-east-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-12"] {
            assert!(looks_like_a_region(region), "{region}");
        }
        for region in ["", "us east 1", "us-east", "US-EAST-1", "us-east-1/../x", "frankfurt"] {
            assert!(!looks_like_a_region(region), "{region}");
        }
        assert_eq!(partition_of("cn-north-1"), "aws-cn");
        assert_eq!(partition_of("us-isob-east-1"), "aws-iso-b");
        assert_eq!(partition_of("eu-central-1"), "aws");
    }
}
