//! File names in the evidence folder: the AWS CLI's names, safe on every file system.

use crate::digest;
use std::fmt::Write as _;

/// Global services, whose evidence has no Region folder.
const GLOBAL: &[&str] = &["iam", "sts", "account", "organizations"];

/// Whether a service is regional.
pub fn is_regional(service: &str) -> bool {
    !GLOBAL.contains(&service)
}

/// An API operation as the AWS CLI spells it: `GetSAMLProvider` → `get-saml-provider`.
pub fn kebab(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut name = String::with_capacity(letters.len() + 8);
    for (index, letter) in letters.iter().enumerate() {
        let after_small = index > 0 && !letters[index - 1].is_ascii_uppercase();
        let ends_acronym = index > 0 && letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_small || ends_acronym) {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// A parameter's value as a file name: percent-encoded, so no text from AWS can leave the folder or collide; long ones
/// are cut and end in a hash.
pub fn file_name(value: &str) -> String {
    let mut name = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || (byte == b'.' && !name.is_empty()) {
            name.push(char::from(byte));
        } else {
            write!(name, "%{byte:02X}").expect("a String takes any text");
        }
    }
    if name.len() > 180 {
        let hash = digest::sha256(value.as_bytes());
        name.truncate(150);
        write!(name, "~{}", &hash[..16]).expect("a String takes any text");
    }
    name
}

/// `evidence/iam/list-users`: the stem that pages and parameters extend.
pub fn stem(service: &str, region: &str, operation: &str) -> String {
    if is_regional(service) {
        format!("evidence/{service}/{}/{}", file_name(region), kebab(operation))
    } else {
        format!("evidence/{service}/{}", kebab(operation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_spelled_as_the_cli_spells_them() {
        for (api, cli) in [
            ("GetCredentialReport", "get-credential-report"),
            ("GetSAMLProvider", "get-saml-provider"),
            ("ListVirtualMFADevices", "list-virtual-mfa-devices"),
            ("ListOpenIDConnectProviders", "list-open-id-connect-providers"),
            ("GetAccountAuthorizationDetails", "get-account-authorization-details"),
        ] {
            assert_eq!(kebab(api), cli);
        }
    }

    #[test]
    fn no_value_leaves_its_folder() {
        assert_eq!(file_name("../../etc/passwd"), "%2E.%2F..%2Fetc%2Fpasswd");
        assert_eq!(file_name("arn:aws:iam::aws:policy/X"), "arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FX");
        assert!(file_name(&"é".repeat(500)).len() < 200);
    }
}
