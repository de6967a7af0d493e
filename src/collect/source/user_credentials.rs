//! Every credential of every IAM user: keys by id and last use, kinds of MFA devices, and what the
//! credential report leaves out (service-specific credentials, SSH keys, certificates).

use super::{Extra, Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};

/// See the module.
pub const SOURCE: Source = Source {
    name: "user-credentials",
    set: Set::Iam,
    only_with: Some(Extra::Deep),
    operations: &[
        operation!("iam", "ListAccessKeys"),
        operation!("iam", "GetAccessKeyLastUsed"),
        operation!("iam", "ListMFADevices"),
        operation!("iam", "ListServiceSpecificCredentials"),
        operation!("iam", "ListSSHPublicKeys"),
        operation!("iam", "ListSigningCertificates"),
    ],
    run: Run::Once(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    for page in aws.collected("iam", "ListUsers")? {
        for user in page.get("Users").and_then(Value::as_array).into_iter().flatten() {
            let by_name = json!({ "UserName": text(user, "UserName") });
            for key in aws.list("ListAccessKeys", by_name.clone(), "AccessKeyMetadata").await? {
                aws.one("GetAccessKeyLastUsed", json!({ "AccessKeyId": text(&key, "AccessKeyId") })).await?;
            }
            aws.pages("ListMFADevices", by_name.clone()).await?;
            aws.pages("ListServiceSpecificCredentials", by_name.clone()).await?;
            aws.pages("ListSSHPublicKeys", by_name.clone()).await?;
            aws.pages("ListSigningCertificates", by_name).await?;
        }
    }
    Ok(())
}
