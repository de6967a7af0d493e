//! What is missing in the evidence about the organization, in sentences.

use crate::account::Missing;
use crate::account::fact::GapKind;
use std::collections::BTreeMap;

/// One sentence for calls of an operation that failed alike.
pub fn sentences(missing: &[Missing]) -> Vec<String> {
    let mut groups: BTreeMap<(String, Option<&str>, &GapKind), (&Missing, usize)> = BTreeMap::new();
    for one in missing {
        let key = (one.gap.evidence.to_string(), one.gap.code.as_deref(), &one.gap.kind);
        groups.entry(key).or_insert((one, 0)).1 += 1;
    }
    groups.into_iter().map(|((operation, ..), (first, calls))| sentence(&operation, first, calls)).collect()
}

fn sentence(operation: &str, Missing { about, gap }: &Missing, calls: usize) -> String {
    let more = match calls {
        0 | 1 => String::new(),
        2 => "1 more call".to_owned(),
        calls => format!("{} more calls", calls - 1),
    };
    // A call that was never made names what it would have been about.
    let about = if gap.reason.contains(about.as_str()) { "" } else { about };
    let named = match (about.is_empty(), more.is_empty()) {
        (true, true) => return gap.reason.clone(),
        (true, false) => return format!("{}, and so for {more}", gap.reason),
        (false, true) => format!("{operation} ({about})"),
        (false, false) => format!("{operation} ({about} and {more})"),
    };
    gap.reason.replacen(operation, &named, 1)
}
