//! Names of the register's files: readable, safe on every file system, never two alike.

use crate::digest::sha256;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longer names end in a hash.
const LONGEST: usize = 100;

/// File names for subjects, each given as (folder, name, id). Names that differ only
/// in case, or not at all, bear a piece of their id's hash.
pub fn files(subjects: &[(&str, &str, &str)]) -> Vec<String> {
    let plain: Vec<String> = subjects.iter().map(|(folder, name, _)| format!("{folder}/{}", safe(name))).collect();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for file in &plain {
        *times.entry(file.to_lowercase()).or_default() += 1;
    }
    let named = |(file, (_, name, id)): (&String, &(&str, &str, &str))| {
        if times[&file.to_lowercase()] > 1 || safe(name).len() >= LONGEST || is_reserved(name) {
            format!("{file}-{}.html", &sha256(id.as_bytes())[..12])
        } else {
            format!("{file}.html")
        }
    };
    plain.iter().zip(subjects).map(named).collect()
}

/// What IAM names are made of stays; all else is percent-encoded.
fn safe(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for (place, letter) in name.char_indices() {
        let mut room = [0; 4];
        let written = match letter {
            '.' | '-' if place == 0 => format!("%{:02X}", letter as u32),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '+' | '=' | ',' | '@' => letter.to_string(),
            other => other.encode_utf8(&mut room).bytes().fold(String::new(), |mut text, byte| {
                write!(text, "%{byte:02X}").expect("a String takes any text");
                text
            }),
        };
        if text.len() + written.len() > LONGEST {
            break;
        }
        text.push_str(&written);
    }
    if text.is_empty() { "unnamed".to_owned() } else { text }
}

/// Names that Windows keeps for its devices.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |start: &str| stem.strip_prefix(start).is_some_and(|rest| rest.len() == 1);
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::files;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_readable_safe_and_never_alike() {
        let long = "x".repeat(128);
        let names = ["app", "App", "../../etc/passwd", "+=,.@-_", "..", "-rf", "con", "", "a<b>", "ß", &long];
        let subjects: Vec<(&str, &str, &str)> = names.iter().map(|name| ("roles", *name, *name)).collect();
        let files = files(&subjects);
        assert_eq!(files[3], "roles/+=,.@-_.html");
        assert_eq!(files[2], "roles/%2E.%2F..%2Fetc%2Fpasswd.html");
        let lower: BTreeSet<String> = files.iter().map(|file| file.to_lowercase()).collect();
        assert_eq!(lower.len(), names.len(), "{files:?}");
        for file in &files {
            assert_eq!(file.matches('/').count(), 1, "{file}");
            assert!(!file.contains(['<', '>', '\\']) && !file["roles/".len()..].starts_with(['.', '-']), "{file}");
            assert!(file.len() < 160, "{file}");
        }
        assert_ne!(files[6], "roles/con.html");
    }
}
