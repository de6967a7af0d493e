//! A client for any service: requests are built from AWS's model, and the SDK's runtime does the rest (signature,
//! retries, time limits, connections, user agent), so that no service needs a crate of its own.

use super::capture::Capture;
use super::endpoint::{Endpoint, endpoint};
use crate::wire::request::{Request, request};
use crate::wire::shape::{SHAPES, Service};
use crate::wire::{Refusal, refusal};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::{SharedIdentityCache, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The time limit of one attempt if no service has answered for a long time.
const HURRIED: Duration = Duration::from_secs(10);

/// What all operations share.
#[derive(Clone, Debug)]
pub struct ApiClient {
    config: SdkConfig,
    /// Shared, so that credentials are fetched once.
    identity: Option<SharedIdentityResolver>,
    cache: SharedIdentityCache,
}

/// AWS returned an error; its message is parsed later from the captured body.
#[derive(Debug)]
pub struct Refused(ErrorMetadata);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code().unwrap_or("an error without a code"))
    }
}

impl Error for Refused {}

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl ApiClient {
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            identity: config.credentials_provider().map(SharedIdentityResolver::new),
            cache: config.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build()),
            config: config.clone(),
        }
    }

    /// The Region in the signature of a call to the service.
    pub fn signed_for(&self, service: &str, region: &str) -> String {
        self.endpoint(&SHAPES.services[service], region).region
    }

    /// Sends one request with the SDK's retries, or with one short attempt; the capture has the responses.
    pub async fn send(
        &self,
        (service, operation): (&'static str, &'static str),
        region: &str,
        parameters: &BTreeMap<String, Value>,
        (capture, is_hurried): (Capture, bool),
    ) -> Result<(), impl Error + 'static> {
        let model = &SHAPES.services[service];
        let (retries, limits) = self.tries(is_hurried);
        let mut builder = Operation::builder()
            .service_name(model.id.clone())
            .operation_name(operation)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint(model, region).url)
            .standard_retry(&retries)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Refused>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
            .interceptor(UserAgentInterceptor::new())
            .interceptor(capture)
            .with_connection_poisoning()
            .runtime_plugin(self.signature(model, region));
        if let Some(client) = self.config.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(limits) = limits {
            builder = builder.timeout_config(limits);
        }
        let call =
            builder.serializer(|request: Request| Ok(http_request(&request)?)).deserializer(check_status).build();
        call.invoke(request(service, operation, parameters)).await
    }

    /// How often and how long a request is tried: as configured, or once and shortly.
    pub fn tries(&self, is_hurried: bool) -> (RetryConfig, Option<TimeoutConfig>) {
        let mut retries = self.config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        if is_hurried {
            retries = retries.with_max_attempts(1);
        }
        let limits = self.config.timeout_config().map(|limits| {
            let attempt = limits.operation_attempt_timeout().filter(|limit| is_hurried && *limit > HURRIED);
            match attempt {
                Some(_) => limits.clone().into_builder().operation_attempt_timeout(HURRIED).build(),
                None => limits.clone(),
            }
        });
        (retries, limits)
    }

    /// The user's custom endpoint for this service or for all, otherwise AWS's own.
    fn endpoint(&self, model: &Service, region: &str) -> Endpoint {
        let config = &self.config;
        let mut found =
            endpoint(model, region, config.use_fips().unwrap_or(false), config.use_dual_stack().unwrap_or(false));
        if let Some(url) = configured_endpoint(config, &model.id) {
            found.url = url;
        }
        found
    }

    fn signature(&self, model: &Service, region: &str) -> StaticRuntimePlugin {
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig::default());
        layer.store_put(SigningName::from(model.endpoint.signing_name.clone()));
        layer.store_put(SigningRegion::from(aws_config::Region::new(self.endpoint(model, region).region)));
        layer.store_put(ApiMetadata::new("auditpack", env!("CARGO_PKG_VERSION")));
        if let Some(name) = self.config.app_name() {
            layer.store_put(name.clone());
        }
        let schemes = SharedAuthSchemeOptionResolver::new(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]));
        let mut components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme_option_resolver(Some(schemes))
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_identity_cache(Some(self.cache.clone()));
        if let Some(identity) = &self.identity {
            components = components.with_identity_resolver(SCHEME_ID, identity.clone());
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

/// The user's custom endpoint for a service or for all; `id` is the SDK's name of the service.
pub fn configured_endpoint(config: &SdkConfig, id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let key = key.build().expect("all three are given");
    let own = config.service_config().and_then(|settings| settings.load_config(key));
    let by_code = config.get_origin("endpoint_url").is_client_config();
    let set = config.endpoint_url().map(str::to_owned);
    if by_code { set } else { own.or(set) }
}

fn http_request(request: &Request) -> Result<HttpRequest, aws_smithy_runtime_api::http::HttpError> {
    let mut http = HttpRequest::new(SdkBody::from(request.body.as_str()));
    http.set_method(&request.method)?;
    http.set_uri(request.target.as_str())?;
    for (name, value) in &request.headers {
        http.headers_mut().try_insert(*name, value.clone())?;
    }
    if request.method != "GET" {
        http.headers_mut().try_insert("content-length", request.body.len().to_string())?;
    }
    Ok(http)
}

fn check_status(response: &HttpResponse) -> Result<(), OrchestratorError<Refused>> {
    if response.status().is_success() {
        return Ok(());
    }
    let body = response.body().bytes().unwrap_or_default();
    let stated = refusal(body, response.headers().get("x-amzn-errortype"));
    let mut metadata = ErrorMetadata::builder();
    if let Some(Refusal { code, .. }) = stated {
        metadata = metadata.code(code);
    }
    Err(OrchestratorError::operation(Refused(metadata.build())))
}
