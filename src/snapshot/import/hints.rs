//! Describes a folder without any known answer, to suggest the next step.

use super::report_csv::{CsvKind, detect};
use crate::text::one_line;
use std::collections::BTreeSet;

/// Outer members that identify an answer in a file with another name, and the right name.
const KNOWN: &[(&str, &str)] = &[
    ("UserDetailList", "iam/get-account-authorization-details.json"),
    ("RoleDetailList", "iam/get-account-authorization-details.json"),
    ("SummaryMap", "iam/get-account-summary.json"),
    ("PasswordPolicy", "iam/get-account-password-policy.json"),
    ("Users", "iam/list-users.json"),
    ("Roles", "iam/list-roles.json"),
    ("VirtualMFADevices", "iam/list-virtual-mfa-devices.json"),
    ("Content", "iam/get-credential-report.json"),
    ("UserId", "sts/get-caller-identity.json"),
];
/// The most files that are named, and that are opened.
const NAMED: usize = 5;
const LOOKED_INTO: usize = 200;

/// What the folder contains, as the end of a sentence, and a next step if one is clear.
pub fn describe_folder(files: &BTreeSet<String>, read: impl Fn(&str) -> Option<Vec<u8>>) -> (String, Option<String>) {
    if files.is_empty() {
        return ("it holds no file".to_owned(), None);
    }
    let named: Vec<String> = files.iter().take(NAMED).map(|name| one_line(name)).collect();
    let more = files.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let seen = format!("it holds {}{more}", named.join(", "));
    (seen, below(files).or_else(|| renamed(files, &read)))
}

/// The answers are in a subfolder.
fn below(files: &BTreeSet<String>) -> Option<String> {
    let place = files.iter().find_map(|name| {
        let at = ["/iam/", "/sts/"].iter().find_map(|inside| name.find(inside))?;
        Some(one_line(&name[..at]))
    })?;
    Some(format!("the answers lie in {place}: name that folder"))
}

/// An answer in a file with another name.
fn renamed(files: &BTreeSet<String>, read: &impl Fn(&str) -> Option<Vec<u8>>) -> Option<String> {
    let ends = |name: &str, end: &str| name.to_ascii_lowercase().ends_with(end);
    files.iter().filter(|name| ends(name, ".json") || ends(name, ".csv")).take(LOOKED_INTO).find_map(|name| {
        let bytes = read(name)?;
        let shown = one_line(name);
        if ends(name, ".csv") {
            return match detect(&bytes) {
                CsvKind::Other(header) => Some(format!(
                    "{shown} is no credential report, whose columns begin with user, arn and user_creation_time; it \
                     begins with {:?}",
                    one_line(&header)
                )),
                _ => None,
            };
        }
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(4_000)]).into_owned();
        let (_, right) = KNOWN.iter().find(|(member, _)| start.contains(&format!("\"{member}\"")))?;
        Some(format!("{shown} looks like the answer that belongs at {right}: give it that name"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(files: &[(&str, &str)]) -> (String, Option<String>) {
        let names = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        describe_folder(&names, |name| {
            files.iter().find(|(one, _)| *one == name).map(|(_, text)| text.as_bytes().to_vec())
        })
    }

    #[test]
    fn what_is_there_is_named_with_the_next_step() {
        assert_eq!(described(&[]), ("it holds no file".to_owned(), None));
        let (seen, next) = described(&[("readme.txt", ""), ("2026/answers/iam/list-users.json", "{}")]);
        assert_eq!(seen, "it holds 2026/answers/iam/list-users.json, readme.txt");
        assert_eq!(next.unwrap(), "the answers lie in 2026/answers: name that folder");
        let (_, next) = described(&[("gaad.json", "{\"UserDetailList\": []}")]);
        assert!(next.unwrap().starts_with("gaad.json looks like the answer that belongs at iam/get-account-auth"));
        let (_, next) = described(&[("users.csv", "name;mail\n")]);
        assert!(next.unwrap().contains("it begins with \"name;mail\""));
    }
}
