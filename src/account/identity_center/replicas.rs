//! Calls in additional Regions of an Identity Center instance, which only its primary Region answers.
//!
//! Source: IAM Identity Center user guide, "IAM Identity Center service APIs supported in additional AWS Regions":
//! permission sets and account assignments are read in the primary Region only.

use crate::snapshot::{Answer, Outcome};

/// Whether a failed call about an instance or its directory was answered completely in another Region. Applications are
/// read in every Region, so that each Region's answer counts by itself.
pub fn is_answered_elsewhere(failed: &Answer, answers: &[Answer]) -> bool {
    let is_about_instance = match failed.service.as_str() {
        "sso-admin" => failed.parameters.contains_key("InstanceArn") && !failed.operation.contains("Application"),
        "identitystore" => failed.parameters.contains_key("IdentityStoreId"),
        _ => false,
    };
    is_about_instance
        && answers.iter().any(|other| {
            other.region != failed.region && other.parameters == failed.parameters && other.outcome == Outcome::Complete
        })
}
