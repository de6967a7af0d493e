//! The secrets of this run, so that nobody's echo of them is written or printed.
//!
//! Every secret access key, session token and external id that the program works with is noted here when it is
//! obtained. Whatever comes from outside (error texts, headers, bodies) passes [`masked`] or [`mask_bytes`] before it
//! is kept. One list for the process: accounts are collected side by side, and a secret of one must not show in
//! another's log either.
//!
//! An external id is masked in what is said about calls, but not in the bodies of answers: the trust policy that asks
//! for it is evidence of the account.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

const MASK: &str = "[masked]";

/// A secret key has 40 characters and a token hundreds; shorter texts would be found in texts that echo nothing.
const SHORTEST_KEY: usize = 16;
/// External ids are short by nature; still shorter ones are words and numbers of ordinary texts.
const SHORTEST_EXTERNAL_ID: usize = 6;

#[derive(Default)]
struct Secrets {
    /// Keys and tokens.
    keys: BTreeSet<String>,
    external_ids: BTreeSet<String>,
}

static SECRETS: RwLock<Secrets> = RwLock::new(Secrets { keys: BTreeSet::new(), external_ids: BTreeSet::new() });

/// Notes a secret key or a session token.
pub fn note_key(secret: &str) {
    if secret.len() >= SHORTEST_KEY {
        let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
        if !secrets.keys.contains(secret) {
            secrets.keys.extend(spellings(secret));
        }
    }
}

/// Notes an external id.
pub fn note_external_id(secret: &str) {
    if secret.len() >= SHORTEST_EXTERNAL_ID {
        let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
        secrets.external_ids.extend(spellings(secret));
    }
}

/// How a text reads where it is echoed: as it is, in a form or URL, in JSON, in XML.
fn spellings(secret: &str) -> Vec<String> {
    let form: String = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).collect();
    let url: String = percent_encoding::utf8_percent_encode(secret, URL).collect();
    let json = secret.replace('/', "\\/");
    let xml = secret.replace('+', "&#43;").replace('/', "&#47;");
    vec![secret.to_owned(), lower_escapes(&form), form, lower_escapes(&url), url, json, xml]
}

/// `%2F` → `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        format!("{text}%{}{rest}", digits.to_lowercase())
    })
}

/// What the environment gives away.
pub fn note_environment() {
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] {
        if let Ok(secret) = std::env::var(name) {
            note_key(&secret);
        }
    }
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let url = std::env::var(name).unwrap_or_default();
        let password = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')?.0.split_once(':'));
        if let Some((_, password)) = password {
            note_external_id(password);
        }
    }
}

/// RFC 3986: everything but the unreserved characters.
const URL: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text for the log or the terminal without any secret of this run.
pub fn masked(text: &str) -> String {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut text = text.to_owned();
    for secret in secrets.keys.iter().chain(&secrets.external_ids) {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), MASK);
        }
    }
    text
}

/// A body without any key or token of this run; none where it holds none, which is nearly always.
pub fn mask_bytes(body: &[u8]) -> Option<Vec<u8>> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let text = std::str::from_utf8(body).ok()?;
    let mut masked: Option<String> = None;
    for secret in &secrets.keys {
        let current = masked.as_deref().unwrap_or(text);
        if current.contains(secret.as_str()) {
            masked = Some(current.replace(secret.as_str(), MASK));
        }
    }
    masked.map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_however_it_is_spelled() {
        let token = "IQoJb3JpZ2luX2VjEXAMPLE+a/b==";
        note_key(token);
        note_external_id("hush-7f3a/9");
        for echo in [
            token.to_owned(),
            token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            token.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
            token.replace('/', "\\/"),
        ] {
            let text = format!("X-Amz-Security-Token: {echo}; id hush-7f3a/9.");
            assert_eq!(masked(&text), "X-Amz-Security-Token: [masked]; id [masked].", "{echo}");
            let body = mask_bytes(text.as_bytes()).unwrap();
            // The trust policy's condition stays in evidence.
            assert_eq!(String::from_utf8(body).unwrap(), "X-Amz-Security-Token: [masked]; id hush-7f3a/9.");
        }
        assert_eq!(mask_bytes(b"nothing to hide"), None);
        note_key("short");
        assert_eq!(masked("a short text"), "a short text");
    }
}
