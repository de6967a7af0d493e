//! Encodings of names, documents and blobs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// RFC 3986: everything but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encoding as IAM applies it to policy documents.
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// One name or value of a form: `+` is a space.
pub fn form(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// An operation as the AWS CLI spells it: `GetSAMLProvider` becomes `get-saml-provider`.
pub fn kebab(operation: &str) -> String {
    // botocore inserts a dash before a capital that follows a small letter, and
    // before the last capital of a run that a small letter follows.
    let letters = operation.as_bytes();
    let capital = |i: usize| letters.get(i).is_some_and(u8::is_ascii_uppercase);
    let mut name = String::new();
    for (i, letter) in letters.iter().enumerate() {
        if i > 0 && capital(i) && (!capital(i - 1) || letters.get(i + 1).is_some_and(u8::is_ascii_lowercase)) {
            name.push('-');
        }
        name.push(char::from(letter.to_ascii_lowercase()));
    }
    name
}

/// A parameter's value as a file name of a snapshot or dump: letters, digits, `-`, `_` and, except in
/// first place, `.` stand for themselves; what grows past 180 bytes is cut and ends in a hash.
pub fn file_name(value: &str) -> String {
    let mut name = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if !name.is_empty() => name.push('.'),
            other => write!(name, "%{other:02X}").expect("a String takes any text"),
        }
    }
    if name.len() > 180 {
        let hash = Sha256::digest(value.as_bytes());
        name.truncate(150);
        name.push('~');
        for byte in &hash[..8] {
            write!(name, "{byte:02x}").expect("a String takes any text");
        }
    }
    name
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i > chunk.len() {
                text.push('=');
            } else {
                let six = (word >> (18 - 6 * i) & 63) as usize;
                text.push(char::from(BASE64[six]));
            }
        }
    }
    text
}

/// The bytes behind Base64; `None` if it is not.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=') {
        let six = BASE64.iter().position(|known| *known == letter)?;
        word = word << 6 | u32::try_from(six).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits & 255) as u8);
            word &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_spelled_as_the_cli_spells_them() {
        for (api, cli) in [
            ("GetSAMLProvider", "get-saml-provider"),
            ("ListVirtualMFADevices", "list-virtual-mfa-devices"),
            ("ListOpenIDConnectProviders", "list-open-id-connect-providers"),
            ("GetAccountAuthorizationDetails", "get-account-authorization-details"),
            ("ListUsers", "list-users"),
        ] {
            assert_eq!(kebab(api), cli);
        }
    }

    #[test]
    fn file_names_stay_in_their_folder() {
        assert_eq!(file_name("../../etc/passwd"), "%2E.%2F..%2Fetc%2Fpasswd");
        assert_eq!(
            file_name("arn:aws:iam::aws:policy/AWSSupportAccess"),
            "arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAWSSupportAccess"
        );
        let long = file_name(&"ß".repeat(200));
        assert_eq!(long.len(), 167);
        assert_ne!(long, file_name(&"ß".repeat(201)));
    }

    #[test]
    fn base64_round_trips() {
        for (plain, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(plain.as_bytes()), encoded);
            assert_eq!(from_base64(encoded).unwrap(), plain.as_bytes());
        }
        assert_eq!(from_base64("no*base64"), None);
    }

    #[test]
    fn documents_are_percent_encoded_without_plus() {
        assert_eq!(percent("{\"a b\":\"ü~\"}"), "%7B%22a%20b%22%3A%22%C3%BC~%22%7D");
        assert_eq!(form("a+b%2B%3D"), "a b+=");
    }
}
