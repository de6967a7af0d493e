//! What else Identity Center lets in and out: the instance's own settings, the issuers whose tokens it trusts, and
//! the applications with whoever is assigned to them.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, entries, text};
use crate::collect::session::Stop;
use serde_json::json;

/// See the module.
pub const SOURCE: Source = Source {
    name: "identity-center-applications",
    set: Set::IdentityCenter,
    only_with: None,
    operations: &[
        operation!("sso-admin", "DescribeInstance" => "sso:DescribeInstance"),
        operation!("sso-admin", "ListTrustedTokenIssuers" => "sso:ListTrustedTokenIssuers"),
        operation!("sso-admin", "DescribeTrustedTokenIssuer" => "sso:DescribeTrustedTokenIssuer"),
        operation!("sso-admin", "ListApplications" => "sso:ListApplications"),
        operation!("sso-admin", "ListApplicationAssignments" => "sso:ListApplicationAssignments"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    for instance in entries(&aws.collected("sso-admin", "ListInstances")?, "Instances") {
        let about = json!({ "InstanceArn": text(instance, "InstanceArn") });
        aws.one("DescribeInstance", about.clone()).await?;
        for issuer in aws.list("ListTrustedTokenIssuers", about.clone(), "TrustedTokenIssuers").await? {
            let issuer = json!({ "TrustedTokenIssuerArn": text(&issuer, "TrustedTokenIssuerArn") });
            aws.one("DescribeTrustedTokenIssuer", issuer).await?;
        }
        for application in aws.list("ListApplications", about, "Applications").await? {
            let application = json!({ "ApplicationArn": text(&application, "ApplicationArn") });
            aws.pages("ListApplicationAssignments", application).await?;
        }
    }
    Ok(())
}
