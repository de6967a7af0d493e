//! Numbers, times and verdicts as this pack writes them; decided once, here.

use crate::account::fact::{Gap, GapKind, Observed};
use crate::assess::Verdict;
use crate::catalog::{ParameterValue, Severity};
pub(super) use crate::text::{capital, thousands};
use jiff::Timestamp;

/// What stands where a value could not be read.
pub(super) const NOT_KNOWN: &str = "not known";

/// Verdicts in the order in which the pack counts them.
pub(super) const ORDER: [Verdict; 7] = [
    Verdict::Fail,
    Verdict::Unknown,
    Verdict::Excepted,
    Verdict::Manual,
    Verdict::Attested,
    Verdict::Pass,
    Verdict::NotApplicable,
];

/// `30 September 2026`.
pub(super) fn day(date: jiff::civil::Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// How far a last day lies from the evidence; below zero it is past.
pub(super) fn days_left(left: i32) -> String {
    let days = count(usize::try_from(left.unsigned_abs()).expect("days are few"), "day", "days");
    match left {
        0 => "on the day of the evidence".to_owned(),
        left if left < 0 => format!("{days} before the evidence"),
        _ => format!("{days} after the evidence"),
    }
}

/// `22 November 2026, 05:56:27 UTC`.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// `2026-11-22 05:56:27`: for columns of times, which sort; their headings say UTC.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-11-22`.
pub(super) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// [`thousands`] of a length.
pub(super) fn number(count: usize) -> String {
    thousands(count as u64)
}

/// `1 user`, `2,000 users`, `no users` is not used: zero is `0 users`.
pub(super) fn count(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The two largest units of a duration: `3 hours 12 minutes`, `2 days`.
pub(super) fn duration(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        let whole = rest / size;
        rest %= size;
        if whole > 0 {
            parts.push(format!("{} {name}{}", thousands(whole), if whole == 1 { "" } else { "s" }));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() { "less than a second".to_owned() } else { parts.join(" ") }
}

/// A sentence that ends as one. Its beginning stays: it may be a name from AWS.
pub(super) fn full_stop(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// `3 in force and 1 expired`: how many are in each state, in the order of the list; zeros are left out.
pub(super) fn tally<S: PartialEq>(states: &[(S, &str)], found: impl Iterator<Item = S> + Clone) -> String {
    let parts = states.iter().map(|(state, label)| (found.clone().filter(|one| one == state).count(), label));
    let parts: Vec<String> =
        parts.filter(|(count, _)| *count > 0).map(|(count, label)| format!("{} {label}", number(count))).collect();
    listed(&parts)
}

/// A sentence of our own, with a capital at its beginning.
pub(super) fn sentence(text: &str) -> String {
    full_stop(&capital(text.trim()))
}

/// The words of a doc comment as running text.
pub(super) fn running(doc: &str) -> String {
    doc.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value in a cell, or the words for a gap.
pub(super) fn shown<T>(value: &Observed<T>, show: impl FnOnce(&T) -> String) -> String {
    value.known().map_or_else(|| NOT_KNOWN.to_owned(), show)
}

pub(super) fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// `critical`, `high`, `medium`, `low`.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

/// A parameter's value as a control page writes it.
pub(super) fn parameter(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Bool(value) => value.to_string(),
        ParameterValue::Int(value) => value.to_string(),
        ParameterValue::Text(value) if value.is_empty() => "empty".to_owned(),
        ParameterValue::Text(value) => value.clone(),
    }
}

/// A gap's kind for machines, and where AWS gave no code of its own.
pub(super) fn gap_kind(kind: &GapKind) -> &'static str {
    match kind {
        GapKind::Denied => "denied",
        GapKind::Throttled => "throttled",
        GapKind::Failed => "failed",
        GapKind::NotCollected => "not_collected",
        GapKind::Absent => "absent",
        GapKind::NotLookedFor => "not_looked_for",
        GapKind::NotDecided => "not_decided",
        GapKind::Unreadable => "unreadable",
        GapKind::Conflict => "conflict",
    }
}

/// AWS's error code, or what took its place.
pub(super) fn gap_code(gap: &Gap) -> String {
    gap.code.clone().unwrap_or_else(|| {
        match gap.kind {
            GapKind::Absent => "not in the evidence",
            GapKind::NotLookedFor => "not looked for",
            GapKind::NotDecided => "not decided by the evidence",
            GapKind::Unreadable => "cannot be understood",
            GapKind::Conflict => "sources contradict each other",
            ref kind => return gap_kind(kind).replace('_', " "),
        }
        .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_are_worded_the_same_everywhere() {
        let time: Timestamp = "2026-11-02T05:56:27.9Z".parse().unwrap();
        assert_eq!(moment(time), "2 November 2026, 05:56:27 UTC");
        assert_eq!(stamp(time), "2026-11-02 05:56:27");
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(duration(0), "less than a second");
        assert_eq!(duration(61), "1 minute 1 second");
        assert_eq!(duration(14_400), "4 hours");
        assert_eq!(duration(90_061), "1 day 1 hour");
        assert_eq!(count(1, "user", "users"), "1 user");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(sentence("it is late"), "It is late.");
        assert_eq!(sentence("iam:ListUsers was refused"), "iam:ListUsers was refused.");
        assert_eq!(full_stop("bob is late"), "bob is late.");
    }
}
