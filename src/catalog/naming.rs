//! What a control may be called.
//!
//! An id says what should hold, and never changes once released; thresholds,
//! vendors and verbs of the tool do change, so they have no place in it.

/// Words that say nothing about what should hold.
const EMPTY: &[&str] = &["ensure", "ensures", "check", "checks", "checked", "verify", "test", "control"];
/// Vendors and publishers.
const VENDORS: &[&str] =
    &["aws", "amazon", "azure", "microsoft", "google", "gcp", "cis", "nist", "iso", "pci", "hipaa", "prowler"];

/// What is wrong with an id, if anything.
pub fn fault(id: &str) -> Option<String> {
    if !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Some("has other characters than a-z, 0-9 and hyphens".to_owned());
    }
    let words: Vec<&str> = id.split('-').collect();
    if words.iter().any(|word| word.is_empty()) {
        return Some("has a hyphen too many, or none of its words".to_owned());
    }
    if words.len() < 2 {
        return Some("is a single word and does not say what should hold".to_owned());
    }
    let number = |word: &&str| word.bytes().all(|b| b.is_ascii_digit());
    if let Some(word) = words.iter().copied().find(number) {
        return Some(format!("has the number {word}: thresholds are parameters"));
    }
    if let Some(word) = words.iter().find(|word| EMPTY.contains(word)) {
        return Some(format!("has the word {word:?}, which says nothing about what should hold"));
    }
    words.iter().find(|word| VENDORS.contains(word)).map(|word| format!("names a vendor or publisher ({word:?})"))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn ids_say_what_should_hold() {
        assert_eq!(fault("access-keys-are-rotated"), None);
        for bad in ["Access-keys", "keys--rotate", "-keys", "", "keys", "keys-90-days", "ensure-mfa", "aws-root-mfa"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
