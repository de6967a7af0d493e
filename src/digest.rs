//! SHA-256 and hexadecimal: the same everywhere a hash is written. And the one
//! form of data that is hashed: JSON with members in the order of their names.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes any text");
        text
    })
}

/// SHA-256 of some bytes as lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Data as canonical JSON: members sorted by the code points of their names, no white space, numbers and escapes as
/// `serde_json` writes them. For data of texts, whole numbers, truth values, lists and maps this is RFC 8785.
pub fn canonical(data: &impl Serialize) -> Vec<u8> {
    let mut value = serde_json::to_value(data).expect("plain data with texts as names always serializes");
    value.sort_all_objects();
    serde_json::to_vec(&value).expect("JSON always serializes")
}

/// SHA-256 of data in its canonical form.
pub fn sha256_of(data: &impl Serialize) -> String {
    sha256(&canonical(data))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn the_canonical_form_does_not_depend_on_the_order_of_members() {
        let one = json!({"b": [1, {"z": null, "a": "é\u{1}"}], "a": true});
        let other = json!({"a": true, "b": [1, {"a": "é\u{1}", "z": null}]});
        let wanted = "{\"a\":true,\"b\":[1,{\"a\":\"é\\u0001\",\"z\":null}]}";
        assert_eq!(super::canonical(&one), wanted.as_bytes());
        assert_eq!(super::sha256_of(&one), super::sha256_of(&other));
        assert_ne!(super::sha256_of(&one), super::sha256_of(&json!({"a": true, "b": [{"a": "é\u{1}", "z": null}, 1]})));
    }

    #[test]
    fn the_hash_of_nothing_is_the_known_one() {
        assert_eq!(super::sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
