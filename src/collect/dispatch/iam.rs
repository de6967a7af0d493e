//! Requests through the crates of IAM and STS.

use super::{SendResult, Sending};

impl Sending<'_> {
    pub(super) async fn send_by_iam_or_sts(self, service: &str) -> Option<SendResult> {
        macro_rules! send {
            ($request:expr) => {
                Box::pin($request.customize().interceptor(self.capture.clone()).send())
                    .await
                    .map(drop)
                    .map_err(Into::into)
            };
            (paged $request:expr) => {
                send!($request.set_marker(self.text("Marker")).set_max_items(self.number("MaxItems")))
            };
        }
        let (iam, sts) = (&self.clients.iam, &self.clients.sts);
        Some(match (service, self.operation) {
            ("sts", "GetCallerIdentity") => send!(sts.get_caller_identity()),
            ("iam", "GenerateCredentialReport") => send!(iam.generate_credential_report()),
            ("iam", "GetCredentialReport") => send!(iam.get_credential_report()),
            ("iam", "GetAccountSummary") => send!(iam.get_account_summary()),
            ("iam", "GetAccountPasswordPolicy") => send!(iam.get_account_password_policy()),
            ("iam", "GetAccountAuthorizationDetails") => send!(paged iam.get_account_authorization_details()),
            ("iam", "ListAccountAliases") => send!(paged iam.list_account_aliases()),
            ("iam", "ListUsers") => send!(paged iam.list_users()),
            ("iam", "ListRoles") => send!(paged iam.list_roles()),
            ("iam", "ListServerCertificates") => send!(paged iam.list_server_certificates()),
            ("iam", "ListVirtualMFADevices") => {
                send!(paged iam.list_virtual_mfa_devices().set_assignment_status(self.text("AssignmentStatus")))
            }
            ("iam", "ListSAMLProviders") => send!(iam.list_saml_providers()),
            ("iam", "GetSAMLProvider") => {
                send!(iam.get_saml_provider().set_saml_provider_arn(self.text("SAMLProviderArn")))
            }
            ("iam", "ListOpenIDConnectProviders") => send!(iam.list_open_id_connect_providers()),
            ("iam", "GetOpenIDConnectProvider") => {
                let arn = self.text("OpenIDConnectProviderArn");
                send!(iam.get_open_id_connect_provider().set_open_id_connect_provider_arn(arn))
            }
            ("iam", "ListEntitiesForPolicy") => {
                let request = iam.list_entities_for_policy().set_policy_arn(self.text("PolicyArn"));
                send!(paged request.set_policy_usage_filter(self.text("PolicyUsageFilter")))
            }
            _ => return None,
        })
    }
}
