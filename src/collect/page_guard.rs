//! The bounds of one answer's pages: their number, their bytes, and markers that lead nowhere new.

use super::query::{Answer, EvidencePath};
use crate::snapshot::CallError;
use std::collections::BTreeSet;

/// Empty pages in a row with a marker, after which paging is given up.
pub const EMPTY_PAGES: u32 = 100;
/// The most pages of one answer. The largest accounts have some hundred pages of a thousand entries.
const MOST_PAGES: u32 = 5_000;
/// The same when the user chose small pages.
const MOST_SMALL_PAGES: u32 = 50_000;
/// The most bytes of all pages of one answer.
pub const MOST_BYTES: u64 = 512 << 20;
/// The most bytes of a marker; AWS's markers have some hundred, rarely some thousand.
pub const LONGEST_MARKER: usize = 64 << 10;

/// The most pages of one answer, by page size.
pub fn most_pages(size: i32) -> u32 {
    if size < 100 { MOST_SMALL_PAGES } else { MOST_PAGES }
}

/// Detects paging that repeats itself or does not end.
#[derive(Default)]
pub struct PageGuard {
    markers: BTreeSet<String>,
    contents: BTreeSet<String>,
    empty: u32,
}

impl PageGuard {
    /// Why no further page is requested, or `None`. `marker` leads to the next page, `items` counts the entries on this one.
    pub fn problem(
        &mut self,
        answer: &Answer,
        marker: Option<&str>,
        items: u64,
        place: &EvidencePath,
        most: u32,
    ) -> Option<CallError> {
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        let problem = |code: &str, message: &str| Some(CallError::new(code, message));
        let Some(marker) = marker else {
            return problem("MalformedResponse", "the answer announces more and holds no marker for it");
        };
        if marker.len() > LONGEST_MARKER {
            return problem("MarkerTooLong", &format!("the marker of the next page has {} letters", marker.len()));
        }
        if !self.markers.insert(marker.to_owned()) {
            return problem("RepeatedMarker", "the same marker came twice, so the pages go round");
        }
        if self.empty >= EMPTY_PAGES {
            return problem("RepeatedMarker", &format!("{} empty pages in a row announced more", self.empty));
        }
        if items > 0 && !self.contents.insert(content_hash(answer)) {
            return problem("RepeatedPage", "two pages hold the same entries, so the pages go round");
        }
        if place.page >= most {
            let message = format!("{most} pages were read and more were announced; the rest was left out");
            return problem("PageLimit", &message);
        }
        if place.bytes >= MOST_BYTES {
            let message = format!(
                "{} pages of {} MB in all were read and more were announced; the rest was left out",
                place.page,
                place.bytes >> 20
            );
            return problem("PageLimit", &message);
        }
        None
    }
}

/// A hash of a page's lists, without its paging members.
fn content_hash(answer: &Answer) -> String {
    let mut hash = String::new();
    for (_, value) in answer.iter().filter(|(_, value)| value.is_array()) {
        hash.push_str(&crate::digest::sha256(value.to_string().as_bytes()));
    }
    crate::digest::sha256(hash.as_bytes())
}
