//! The account of the answers, from ARNs of the account's own resources.

use super::super::format::is_partition;
use super::super::unix_time::Scanner;
use crate::arn::is_account;
use std::collections::BTreeMap;

/// Answers that list the account's own resources, with the ARN's member. AWS-managed policies have no account, and
/// trails and analyzers may belong to the organization, so they are not used.
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

/// The accounts and partitions in ARNs.
#[derive(Debug, Default)]
pub struct Owners {
    /// Account → the first file that names it.
    pub accounts: BTreeMap<String, String>,
    /// From the account's own ARNs, otherwise from any.
    pub partition: Option<String>,
    is_own: bool,
}

impl Owners {
    /// Adds the ARNs of an answer.
    pub fn add_answer(&mut self, (service, operation): (&str, &str), file: &str, bytes: &[u8]) {
        let own = OWN.iter().find(|(of, name, _)| (*of, *name) == (service, operation)).map(|(.., member)| *member);
        let mut scanner = Scanner::new(bytes);
        while let Some((name, value)) = scanner.member() {
            let Some(arn) = text(&bytes[value.0..value.1]).filter(|arn| arn.starts_with("arn:")) else { continue };
            self.add_arn(arn, file, own.is_some_and(|own| own.as_bytes() == name));
        }
    }

    /// Adds the ARNs of the credential report: every row has one of the account.
    pub fn add_report(&mut self, file: &str, csv: &[u8]) {
        for cell in csv.split(|byte| b",;\t\r\n\"".contains(byte)) {
            let Ok(arn) = std::str::from_utf8(cell) else { continue };
            if arn.starts_with("arn:") && (arn.contains(":user/") || arn.ends_with(":root")) {
                self.add_arn(arn, file, true);
            }
        }
    }

    fn add_arn(&mut self, arn: &str, file: &str, own: bool) {
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

/// A quoted text without escapes; ARNs do not need any.
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
        owners.add_answer(("cloudtrail", "DescribeTrails"), "trails.json", trail);
        assert_eq!((owners.accounts.len(), owners.partition.as_deref()), (0, Some("aws-cn")));
        let details = br#"{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/a","AssumeRolePolicyDocument":
            {"Statement":[{"Principal":{"AWS":"arn:aws:iam::999988887777:root"}}]}}],
            "Policies":[{"Arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}]}"#;
        owners.add_answer(("iam", "GetAccountAuthorizationDetails"), "details.json", details);
        assert_eq!(owners.accounts.keys().collect::<Vec<_>>(), ["111122223333"]);
        assert_eq!(owners.partition.as_deref(), Some("aws"));
        owners.add_report("report.csv", b"user;arn\r\nada;arn:aws:iam::111122223333:user/ada\r\n");
        assert_eq!(owners.accounts.len(), 1);
    }
}
