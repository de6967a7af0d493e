//! The answers of a user's own credentials: keys, MFA devices and certificates, one call a user.
//!
//! They are derived from what the credential report, the account summary and the list of virtual MFA devices are
//! derived from, so that no two of these differ.

use super::{Blueprint, Key, Mfa, User};
use crate::account::{Account, place};
use crate::generate::rng::hex;
use crate::time::cli;
use serde_json::{Value, json};

impl Blueprint {
    /// [`Self::account`] with what each user's credentials are.
    pub fn with_credentials(self) -> Account {
        let mut answers: Vec<(String, Value)> = Vec::new();
        for (number, user) in self.users.iter().filter(|user| !user.deleted).enumerate() {
            let of_user = |operation: &str, list: &str, entries: Vec<Value>| {
                (place("iam", operation, |_| Some(user.name.clone())), json!({ list: entries }))
            };
            answers.push(of_user("ListMFADevices", "MFADevices", self.devices_of(user)));
            answers.push(of_user("ListSigningCertificates", "Certificates", certificates(user)));
            answers.push(of_user("ListServiceSpecificCredentials", "ServiceSpecificCredentials", Vec::new()));
            answers.push(of_user("ListSSHPublicKeys", "SSHPublicKeys", Vec::new()));
            let mut listed = Vec::new();
            for (slot, key) in user.keys.iter().enumerate() {
                let Some(key) = key else { continue };
                let id = format!("AKIAEXAMPLE{:09}", 2 * number + slot);
                listed.push(json!({ "UserName": user.name, "AccessKeyId": id, "CreateDate": cli(key.created),
                    "Status": status(key.active) }));
                answers.push((place("iam", "GetAccessKeyLastUsed", |_| Some(id.clone())), last_used(user, key)));
            }
            answers.push(of_user("ListAccessKeys", "AccessKeyMetadata", listed));
        }
        let mut account = self.account();
        account.answers.extend(answers);
        account
    }

    /// Devices of every kind; those that are not virtual are security keys here.
    fn devices_of(&self, user: &User) -> Vec<Value> {
        let one = |(number, mfa): (usize, &Mfa)| {
            let (serial, enabled) = match mfa {
                Mfa::Virtual { name, enabled } => (format!("mfa/{name}"), *enabled),
                Mfa::Other => (format!("u2f/user/{}/key-{number}", user.name), user.created + 900),
            };
            json!({ "UserName": user.name, "SerialNumber": self.arn(&serial), "EnableDate": cli(enabled) })
        };
        user.mfa.iter().enumerate().map(one).collect()
    }
}

fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}

fn certificates(user: &User) -> Vec<Value> {
    let present = user.certificates.iter().flatten().enumerate();
    let one = |(number, (active, uploaded)): (usize, &(bool, i64))| {
        let id = hex(&format!("{} {number}", user.name), 32).to_uppercase();
        json!({ "UserName": user.name, "CertificateId": id, "CertificateBody": "-----BEGIN CERTIFICATE-----",
            "Status": status(*active), "UploadDate": cli(*uploaded) })
    };
    present.map(one).collect()
}

/// AWS sends no date for a key that was never used.
fn last_used(user: &User, key: &Key) -> Value {
    let used = match key.used {
        Some((when, region, service)) => {
            json!({ "LastUsedDate": cli(when), "ServiceName": service, "Region": region })
        }
        None => json!({ "ServiceName": "N/A", "Region": "N/A" }),
    };
    json!({ "UserName": user.name, "AccessKeyLastUsed": used })
}
