//! Chooses the client of a request: AWS's own crate for IAM and STS, otherwise the model-driven client.

use super::capture::Capture;
use super::client::Clients;
use super::query::Parameters;
use serde_json::Value;
use std::error::Error;

type SendResult = Result<(), Box<dyn Error>>;

impl Clients {
    /// Sends one request with the SDK's retries; the capture has the responses.
    pub async fn send(
        &self,
        (service, operation): (&'static str, &'static str),
        region: &str,
        parameters: &Parameters,
        (capture, is_hurried): (Capture, bool),
    ) -> SendResult {
        match self.send_by_sdk(service, operation, parameters, capture.clone()).await {
            Some(sent) => sent,
            None => {
                let sending = self.api.send((service, operation), region, parameters, (capture, is_hurried));
                sending.await.map_err(Into::into)
            }
        }
    }

    /// Sends a request through the crate of IAM or STS, or returns `None` for other operations.
    async fn send_by_sdk(
        &self,
        service: &str,
        operation: &str,
        parameters: &Parameters,
        capture: Capture,
    ) -> Option<SendResult> {
        /// Sends one request; a paged one with its marker and page size.
        macro_rules! sent {
            ($request:expr) => {
                Box::pin($request.customize().interceptor(capture).send()).await.map(drop).map_err(Into::into)
            };
            (paged $request:expr) => {
                sent!($request.set_marker(text(parameters, "Marker")).set_max_items(size(parameters)))
            };
        }
        let (iam, sts) = (&self.iam, &self.sts);
        Some(match (service, operation) {
            ("sts", "GetCallerIdentity") => sent!(sts.get_caller_identity()),
            ("iam", "GenerateCredentialReport") => sent!(iam.generate_credential_report()),
            ("iam", "GetCredentialReport") => sent!(iam.get_credential_report()),
            ("iam", "GetAccountSummary") => sent!(iam.get_account_summary()),
            ("iam", "GetAccountPasswordPolicy") => sent!(iam.get_account_password_policy()),
            ("iam", "GetAccountAuthorizationDetails") => sent!(paged iam.get_account_authorization_details()),
            ("iam", "ListAccountAliases") => sent!(paged iam.list_account_aliases()),
            ("iam", "ListUsers") => sent!(paged iam.list_users()),
            ("iam", "ListRoles") => sent!(paged iam.list_roles()),
            ("iam", "ListServerCertificates") => sent!(paged iam.list_server_certificates()),
            ("iam", "ListVirtualMFADevices") => {
                let status = text(parameters, "AssignmentStatus");
                sent!(paged iam.list_virtual_mfa_devices().set_assignment_status(status))
            }
            ("iam", "ListSAMLProviders") => sent!(iam.list_saml_providers()),
            ("iam", "GetSAMLProvider") => {
                sent!(iam.get_saml_provider().set_saml_provider_arn(text(parameters, "SAMLProviderArn")))
            }
            ("iam", "ListOpenIDConnectProviders") => sent!(iam.list_open_id_connect_providers()),
            ("iam", "GetOpenIDConnectProvider") => {
                let arn = text(parameters, "OpenIDConnectProviderArn");
                sent!(iam.get_open_id_connect_provider().set_open_id_connect_provider_arn(arn))
            }
            ("iam", "ListEntitiesForPolicy") => {
                let usage = text(parameters, "PolicyUsageFilter");
                let request = iam.list_entities_for_policy().set_policy_arn(text(parameters, "PolicyArn"));
                sent!(paged request.set_policy_usage_filter(usage))
            }
            _ => return None,
        })
    }
}

/// A text parameter in the SDK's type.
fn text<T: for<'t> From<&'t str>>(parameters: &Parameters, name: &str) -> Option<T> {
    parameters.get(name).and_then(Value::as_str).map(T::from)
}

/// The number of entries on a page.
fn size(parameters: &Parameters) -> Option<i32> {
    parameters.get("MaxItems").and_then(Value::as_i64).and_then(|size| i32::try_from(size).ok())
}
