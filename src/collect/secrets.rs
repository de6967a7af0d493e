//! Masks the secrets of this run wherever a server or an error message repeats them.
//!
//! Every secret access key, session token and external ID that the program uses is registered here when it is
//! obtained. Text from outside (error messages, headers, bodies) passes [`masked`] or [`mask_bytes`] before it is kept.
//! The list is shared by the process: accounts are collected concurrently, and a secret of one must not appear in
//! another's log either.
//!
//! An external ID is masked in log lines and messages, but not in response bodies: the trust policy that requires it is
//! evidence of the account.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

const MASK: &str = "[masked]";

/// A secret key has 40 characters and a token hundreds; shorter texts would match ordinary text.
const SHORTEST_KEY: usize = 16;
/// External IDs are short; those below this length would match ordinary words and numbers.
const SHORTEST_EXTERNAL_ID: usize = 6;

#[derive(Default)]
struct Secrets {
    /// Keys and tokens.
    keys: BTreeSet<String>,
    external_ids: BTreeSet<String>,
}

static SECRETS: RwLock<Secrets> = RwLock::new(Secrets { keys: BTreeSet::new(), external_ids: BTreeSet::new() });

/// Registers a secret key or a session token.
pub fn note_key(secret: &str) {
    if secret.len() >= SHORTEST_KEY {
        let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
        secrets.keys.insert(secret.to_owned());
    }
}

/// Registers an external ID.
pub fn note_external_id(secret: &str) {
    if secret.len() >= SHORTEST_EXTERNAL_ID {
        let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
        secrets.external_ids.insert(secret.to_owned());
    }
}

/// Where a secret begins and ends in a text. Its special characters may be plain, or encoded as in a URL, in JSON or in
/// XML.
fn find(text: &str, secret: &str, from: usize) -> Option<(usize, usize)> {
    let first = secret.chars().next()?;
    if first.is_ascii_alphanumeric() {
        let starts = text[from..].match_indices(first).map(|(place, _)| from + place);
        return starts.into_iter().find_map(|start| Some((start, matched(text, secret, start)?)));
    }
    (from..text.len())
        .filter(|start| text.is_char_boundary(*start))
        .find_map(|start| Some((start, matched(text, secret, start)?)))
}

/// The end of a secret that starts at `start`, if it does.
fn matched(text: &str, secret: &str, start: usize) -> Option<usize> {
    let mut place = start;
    for letter in secret.chars() {
        let rest = &text[place..];
        place += if rest.starts_with(letter) {
            letter.len_utf8()
        } else if letter.is_ascii_alphanumeric() || !letter.is_ascii() {
            return None;
        } else {
            spelled(rest, letter)?
        };
    }
    Some(place)
}

/// The length of a special character's encoding at the start of a text.
fn spelled(text: &str, letter: char) -> Option<usize> {
    let code = u32::from(letter);
    let spellings = [
        format!("%{code:02X}"),
        format!("\\{letter}"),
        format!("\\u{code:04x}"),
        format!("&#{code};"),
        format!("&#x{code:X};"),
        format!("%25{code:02X}"),
    ];
    let begins =
        |spelling: &&String| text.get(..spelling.len()).is_some_and(|start| start.eq_ignore_ascii_case(spelling));
    spellings.iter().find(begins).map(String::len)
}

/// A text with a secret masked; `None` if it does not contain it.
fn without(text: &str, secret: &str) -> Option<String> {
    let (mut masked, mut done) = (String::new(), 0);
    while let Some((start, end)) = find(text, secret, done) {
        masked.push_str(&text[done..start]);
        masked.push_str(MASK);
        done = end;
    }
    (done > 0).then(|| masked + &text[done..])
}

/// Registers the secrets in environment variables.
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

/// A text with every secret of this run masked.
pub fn masked(text: &str) -> String {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut text = text.to_owned();
    for secret in secrets.keys.iter().chain(&secrets.external_ids) {
        text = without(&text, secret).unwrap_or(text);
    }
    text
}

/// A body with every key and token of this run masked; `None` if it contains none.
pub fn mask_bytes(body: &[u8]) -> Option<Vec<u8>> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    // A body that is not UTF-8 is not a valid answer, so a lossy copy is good enough.
    let text = String::from_utf8_lossy(body);
    let mut masked: Option<String> = None;
    for secret in &secrets.keys {
        masked = without(masked.as_deref().unwrap_or(&text), secret).or(masked);
    }
    masked.map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_every_encoding() {
        let token = "IQoJb3JpZ2luX2VjEXAMPLE+a/b==";
        note_key(token);
        note_external_id("hush-7f3a/9");
        for echo in [
            token.to_owned(),
            token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            token.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
            token.replace('/', "\\/"),
            token.replace('/', "%2F"),
            token.replace('+', "&#43;").replace('=', "&#x3d;"),
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
