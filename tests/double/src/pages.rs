//! Paging: entries of one or several lists as one sequence, cut by opaque markers.

use crate::encode::{base64, from_base64};
use serde_json::{Map, Value};

/// Paged operations and their lists.
const PAGED: &[(&str, &[&str])] = &[
    ("GetAccountAuthorizationDetails", &["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]),
    ("ListUsers", &["Users"]),
    ("ListRoles", &["Roles"]),
    ("ListAccountAliases", &["AccountAliases"]),
    ("ListVirtualMFADevices", &["VirtualMFADevices"]),
    ("ListServerCertificates", &["ServerCertificateMetadataList"]),
    ("ListEntitiesForPolicy", &["PolicyGroups", "PolicyUsers", "PolicyRoles"]),
    ("ListAccessKeys", &["AccessKeyMetadata"]),
    ("ListMFADevices", &["MFADevices"]),
    ("ListServiceSpecificCredentials", &["ServiceSpecificCredentials"]),
    ("ListSSHPublicKeys", &["SSHPublicKeys"]),
    ("ListSigningCertificates", &["Certificates"]),
];

/// The lists of a paged operation.
pub fn lists(operation: &str) -> Option<&'static [&'static str]> {
    PAGED.iter().find(|(name, _)| *name == operation).map(|(_, lists)| *lists)
}

/// What AWS may do to a page, or does when something is broken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    None,
    /// Fewer entries than asked for though more follow.
    Short,
    /// No entry at all though all follow.
    Empty,
    /// The page leads to itself.
    Repeated,
    /// Every page has the first entries, and a marker that no other page has.
    Endless,
}

/// What page is wanted.
pub struct Wanted<'a> {
    pub operation: &'a str,
    pub lists: &'a [&'a str],
    pub marker: Option<&'a str>,
    /// Entries at most.
    pub size: usize,
    pub trick: Trick,
    /// After the last entry comes an error: say that more follows.
    pub breaks_off: bool,
    /// Makes markers of empty pages differ.
    pub salt: u64,
}

/// A page, or what AWS says to a marker that it did not give.
pub enum Page {
    Entries(Value),
    /// Past the last entry of a list that breaks off.
    PastTheEnd,
    BadMarker,
}

/// One page of `answer`. `keep` filters entries (`list`, entry).
pub fn page(answer: &Value, wanted: &Wanted, keep: impl Fn(&str, &Value) -> bool) -> Page {
    let Some(offset) = wanted.marker.map_or(Some(0), |marker| offset(wanted.operation, marker)) else {
        return Page::BadMarker;
    };
    let offset = if wanted.trick == Trick::Endless { 0 } else { offset };
    let sequence = sequence(answer, wanted.lists, keep);
    if wanted.breaks_off && offset >= sequence.len() && offset > 0 {
        return Page::PastTheEnd;
    }
    let size = match wanted.trick {
        Trick::Empty => 0,
        // A size that changes from page to page and is never the one asked for.
        Trick::Short => 1 + (offset * 7 + 3) % wanted.size.saturating_sub(1).max(1),
        Trick::None | Trick::Repeated | Trick::Endless => wanted.size,
    };
    let end = sequence.len().min(offset + size);
    let mut lists: Vec<Vec<Value>> = vec![Vec::new(); wanted.lists.len()];
    for (list, entry) in sequence.get(offset..end).unwrap_or_default() {
        lists[*list].push((*entry).clone());
    }
    let mut page = Map::new();
    for (name, entries) in wanted.lists.iter().zip(lists) {
        page.insert((*name).to_owned(), Value::Array(entries));
    }
    let more = end < sequence.len() || wanted.breaks_off || wanted.trick == Trick::Endless;
    let repeated = wanted.marker.filter(|_| wanted.trick == Trick::Repeated);
    if more || repeated.is_some() {
        let salt = if matches!(wanted.trick, Trick::Empty | Trick::Endless) { wanted.salt } else { 0 };
        let next = repeated.map_or_else(|| marker(wanted.operation, end, salt), str::to_owned);
        page.insert("IsTruncated".to_owned(), Value::Bool(true));
        page.insert("Marker".to_owned(), Value::String(next));
    } else {
        page.insert("IsTruncated".to_owned(), Value::Bool(false));
    }
    Page::Entries(Value::Object(page))
}

/// The lists as one sequence that takes from each in turn, so that a page mixes them as AWS's do.
fn sequence<'a>(answer: &'a Value, lists: &[&str], keep: impl Fn(&str, &Value) -> bool) -> Vec<(usize, &'a Value)> {
    let kept: Vec<Vec<&Value>> = lists
        .iter()
        .map(|name| answer[*name].as_array().into_iter().flatten().filter(|entry| keep(name, entry)).collect())
        .collect();
    let longest = kept.iter().map(Vec::len).max().unwrap_or(0);
    let turn = |i: usize| kept.iter().enumerate().filter_map(move |(list, entries)| Some((list, *entries.get(i)?)));
    (0..longest).flat_map(turn).collect()
}

/// Opaque to the caller; full of `+`, `/` and `=`, which a form must encode.
fn marker(operation: &str, offset: usize, salt: u64) -> String {
    let mut bytes = vec![0xfb, 0xef, 0xbe, 0xff, 0xff];
    bytes.extend(format!("{operation}|{offset}|{salt}|").bytes());
    while bytes.len() % 3 != 1 {
        bytes.push(0xff);
    }
    base64(&bytes)
}

fn offset(operation: &str, marker: &str) -> Option<usize> {
    let bytes = from_base64(marker)?;
    let text = String::from_utf8_lossy(bytes.strip_prefix(&[0xfb, 0xef, 0xbe, 0xff, 0xff])?).into_owned();
    let mut parts = text.split('|');
    (parts.next()? == operation).then(|| parts.next()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn collect(size: usize, short: bool) -> (Value, usize) {
        let answer = json!({
            "PolicyGroups": [{"GroupName": "g1"}],
            "PolicyUsers": [],
            "PolicyRoles": (0..23).map(|n| json!({"RoleName": format!("r{n}")})).collect::<Vec<_>>(),
        });
        let lists = lists("ListEntitiesForPolicy").unwrap();
        let mut all = json!({"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": []});
        let (mut marker, mut pages) = (None::<String>, 0);
        loop {
            let wanted = Wanted {
                operation: "ListEntitiesForPolicy",
                lists,
                marker: marker.as_deref(),
                size,
                trick: if short { Trick::Short } else { Trick::None },
                breaks_off: false,
                salt: 0,
            };
            let Page::Entries(page) = page(&answer, &wanted, |_, _| true) else { panic!("no page") };
            pages += 1;
            for list in lists {
                all[*list].as_array_mut().unwrap().extend(page[*list].as_array().unwrap().iter().cloned());
            }
            marker = page["Marker"].as_str().map(str::to_owned);
            assert_eq!(page["IsTruncated"], json!(marker.is_some()));
            if marker.is_none() {
                assert_eq!(all, answer, "every entry once, in order");
                return (all, pages);
            }
        }
    }

    #[test]
    fn every_page_size_gives_the_same_lists() {
        assert_eq!(collect(1, false).1, 24);
        assert_eq!(collect(7, false).1, 4);
        assert_eq!(collect(1000, false).1, 1);
        assert!(collect(10, true).1 > 3, "short pages are shorter than asked for");
        assert_eq!(collect(1, true).1, 24);
    }

    #[test]
    fn broken_pages_are_broken_as_told() {
        let answer = json!({"Users": [{"UserName": "a"}, {"UserName": "b"}, {"UserName": "c"}]});
        let ask = |trick, marker: Option<&str>, salt| {
            let wanted =
                Wanted { operation: "ListUsers", lists: &["Users"], marker, size: 1, trick, breaks_off: false, salt };
            let Page::Entries(page) = page(&answer, &wanted, |_, _| true) else { panic!("no page") };
            (page["Users"].as_array().unwrap().len(), page["Marker"].as_str().unwrap().to_owned())
        };
        let first = ask(Trick::Repeated, None, 1);
        let second = ask(Trick::Repeated, Some(&first.1), 2);
        assert_eq!(second, (1, first.1), "the second page leads to itself");
        let (none, marker) = ask(Trick::Empty, None, 1);
        assert_eq!(none, 0);
        assert_ne!(ask(Trick::Empty, Some(&marker), 2).1, marker, "empty pages lead on, each with a marker of its own");
    }

    #[test]
    fn a_marker_of_another_operation_is_refused() {
        assert_eq!(offset("ListUsers", &marker("ListUsers", 7, 3)), Some(7));
        assert_eq!(offset("ListRoles", &marker("ListUsers", 7, 0)), None);
        assert_eq!(offset("ListUsers", "made up"), None);
        assert!(marker("ListUsers", 7, 0).contains(['+', '/', '=']));
    }
}
