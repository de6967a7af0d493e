//! Whose answers these are, by the ARNs of the account's own things in them.

use super::super::epoch::Scanner;
use super::super::format::{is_account, is_partition};
use std::collections::BTreeMap;

/// Answers that list what belongs to the account itself, with the member that holds its ARN. A policy of AWS names no
/// account; a trail or an analyzer may be an organization's, so those prove nothing.
const OWN: &[(&str, &str, &str)] = &[
    ("iam", "GetAccountAuthorizationDetails", "Arn"),
    ("iam", "ListUsers", "Arn"),
    ("iam", "ListRoles", "Arn"),
    ("iam", "ListServerCertificates", "Arn"),
    ("iam", "ListSAMLProviders", "Arn"),
    ("iam", "ListOpenIDConnectProviders", "Arn"),
    ("iam", "ListVirtualMFADevices", "SerialNumber"),
    ("config", "DescribeConfigurationRecorders", "arn"),
    ("config", "DescribeConfigRules", "ConfigRuleArn"),
    ("cloudwatch", "DescribeAlarms", "AlarmArn"),
];

/// Accounts and partitions that ARNs name.
#[derive(Debug, Default)]
pub struct Owners {
    /// Account → the first file that names it.
    pub accounts: BTreeMap<String, String>,
    /// Of the account's own ARNs, or of any other where there are none.
    pub partition: Option<String>,
    is_own: bool,
}

impl Owners {
    /// Reads an answer.
    pub fn read(&mut self, (service, operation): (&str, &str), file: &str, bytes: &[u8]) {
        let own = OWN.iter().find(|(of, name, _)| (*of, *name) == (service, operation)).map(|(.., member)| *member);
        let mut scanner = Scanner::new(bytes);
        while let Some((name, value)) = scanner.member() {
            let Some(arn) = text(&bytes[value.0..value.1]).filter(|arn| arn.starts_with("arn:")) else { continue };
            self.take(arn, file, own.is_some_and(|own| own.as_bytes() == name));
        }
    }

    /// Reads the credential report, in which every row has the ARN of a user of the account.
    pub fn read_report(&mut self, file: &str, csv: &[u8]) {
        for cell in csv.split(|byte| b",;\t\r\n\"".contains(byte)) {
            let Ok(arn) = std::str::from_utf8(cell) else { continue };
            if arn.starts_with("arn:") && (arn.contains(":user/") || arn.ends_with(":root")) {
                self.take(arn, file, true);
            }
        }
    }

    fn take(&mut self, arn: &str, file: &str, own: bool) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let &[_, partition, _, _, account, _] = &parts[..] else { return };
        if !is_partition(partition) {
            return;
        }
        let own = own && is_account(account);
        if self.partition.is_none() || (own && !self.is_own) {
            self.partition = Some(partition.to_owned());
            self.is_own = own;
        }
        if own && !self.accounts.contains_key(account) {
            self.accounts.insert(account.to_owned(), file.to_owned());
        }
    }
}

/// A text in quotation marks without escapes; an ARN has none that matters here.
fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_arns_name_the_account_and_others_do_not() {
        let mut owners = Owners::default();
        let trail = br#"{"trailList":[{"TrailARN":"arn:aws-cn:cloudtrail:cn-north-1:999988887777:trail/org"}]}"#;
        owners.read(("cloudtrail", "DescribeTrails"), "trails.json", trail);
        assert_eq!((owners.accounts.len(), owners.partition.as_deref()), (0, Some("aws-cn")));
        let details = br#"{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/a","AssumeRolePolicyDocument":
            {"Statement":[{"Principal":{"AWS":"arn:aws:iam::999988887777:root"}}]}}],
            "Policies":[{"Arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}]}"#;
        owners.read(("iam", "GetAccountAuthorizationDetails"), "details.json", details);
        assert_eq!(owners.accounts.keys().collect::<Vec<_>>(), ["111122223333"]);
        assert_eq!(owners.partition.as_deref(), Some("aws"));
        owners.read_report("report.csv", b"user;arn\r\nada;arn:aws:iam::111122223333:user/ada\r\n");
        assert_eq!(owners.accounts.len(), 1);
    }
}
