//! When a time window restricts a grant.
//!
//! A grant that is open on the day of the evidence, and stays open for longer than the [`HORIZON`], is a standing grant
//! despite its end date. An end date in the past or within the horizon restricts, and so does a start date beyond it. A
//! start date in the past or within the horizon does not: from then on the grant has no end.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A quarter: accounts are reviewed four times a year, and a grant that outlasts the next review is not temporary.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(92 * 24);

/// Whether a key (in lower case) is the time of the request or of the session's start, which the caller can renew.
pub(super) fn is_of(key: &str) -> bool {
    matches!(key, "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime")
}

/// Whether a key (in lower case) is the time of the request.
pub(super) fn is_of_request(key: &str) -> bool {
    matches!(key, "aws:currenttime" | "aws:epochtime")
}

/// Whether such a comparison restricts. A request passes if it meets one of several values.
pub(super) fn binds(operator: &str, values: &[String], as_of: Option<Timestamp>) -> bool {
    let Some(as_of) = as_of else { return false };
    let Some(horizon) = as_of.checked_add(HORIZON).ok() else { return false };
    // A value that is not a time must not hide a grant.
    let Some(times) = values.iter().map(|value| instant(operator, value)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let (Some(earliest), Some(latest)) = (times.iter().min(), times.iter().max()) else { return false };
    match operator {
        "DateLessThan" | "DateLessThanEquals" | "NumericLessThan" | "NumericLessThanEquals" => *latest <= horizon,
        "DateGreaterThan" | "DateGreaterThanEquals" | "NumericGreaterThan" | "NumericGreaterThanEquals" => {
            *earliest > horizon
        }
        // A single instant, not a window.
        "DateEquals" | "NumericEquals" => true,
        _ => false,
    }
}

/// Whether every request meets the comparison from the time of the evidence until beyond the horizon, or none does;
/// `None` if that changes in between or is not known. The key is in lower case.
pub(super) fn certain(key: &str, operator: &str, values: &[String], as_of: Option<Timestamp>) -> Option<bool> {
    let (earliest, latest) = ends(key, operator, values)?;
    let as_of = as_of?;
    let horizon = as_of.checked_add(HORIZON).ok()?;
    match operator.trim_start_matches("Date").trim_start_matches("Numeric") {
        "LessThan" | "LessThanEquals" if latest < as_of => Some(false),
        "LessThan" | "LessThanEquals" => (latest > horizon).then_some(true),
        "GreaterThan" | "GreaterThanEquals" if earliest < as_of => Some(true),
        "GreaterThan" | "GreaterThanEquals" => (earliest > horizon).then_some(false),
        _ => None,
    }
}

/// Whether no request meets the comparison since a time before the evidence, nor will.
pub(super) fn is_past(key: &str, operator: &str, values: &[String], as_of: Option<Timestamp>) -> bool {
    let Some(((_, latest), as_of)) = ends(key, operator, values).zip(as_of) else { return false };
    let ending = ["LessThan", "LessThanEquals", "Equals"];
    ending.contains(&operator.trim_start_matches("Date").trim_start_matches("Numeric")) && latest < as_of
}

/// The earliest and the latest of the values that the time of a request is compared with; `None` if the key is not that
/// time, the operator does not fit it, or a value is not a time.
fn ends(key: &str, operator: &str, values: &[String]) -> Option<(Timestamp, Timestamp)> {
    let fits = match key {
        "aws:currenttime" => operator.starts_with("Date"),
        "aws:epochtime" => operator.starts_with("Date") || operator.starts_with("Numeric"),
        _ => false,
    };
    let times = values.iter().map(|value| instant(operator, value)).collect::<Option<Vec<_>>>().filter(|_| fits)?;
    Some((*times.iter().min()?, *times.iter().max()?))
}

/// A time in a format that AWS accepts: ISO 8601 of any length, or seconds since 1970, which numeric operators compare.
fn instant(operator: &str, text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.len() == 4 && !operator.starts_with("Numeric") {
        return utc(format!("{text}-01-01").parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()));
    }
    if digits {
        // A time beyond the calendar means no end.
        return Some(text.parse().ok().and_then(|it| Timestamp::from_second(it).ok()).unwrap_or(Timestamp::MAX));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if text.len() == 7 {
        return utc(format!("{text}-01").parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()));
    }
    if let Ok(time) = text.trim_end_matches(['Z', 'z']).parse::<DateTime>() {
        return utc(time);
    }
    // The last day of the calendar, to which no offset can be added.
    text.starts_with("9999-12-3").then_some(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_of() -> Timestamp {
        "2026-09-30T06:00:00Z".parse().unwrap()
    }
    fn bound(operator: &str, values: &[&str]) -> bool {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        binds(operator, &values, Some(as_of()))
    }

    #[test]
    fn an_end_binds_if_it_is_past_or_near() {
        for (value, expected) in [
            ("2020-01-01T00:00:00Z", true),
            ("2026-10-01", true),
            ("2026-12-30T00:00:00Z", true),
            ("2027-01-02T00:00:00Z", false),
            ("2027-01", false),
            ("2099-01-01T00:00:00+02:00", false),
            ("9999-12-31T23:59:59Z", false),
            ("1893456000", false),
            ("1577836800", true),
            ("99999999999999999999", false),
            ("2027-06-01T00:00Z", false),
            ("tomorrow", false),
            ("${aws:TokenIssueTime}", false),
        ] {
            for operator in ["DateLessThan", "DateLessThanEquals", "NumericLessThan"] {
                assert_eq!(bound(operator, &[value]), expected, "{operator} {value}");
            }
        }
        assert!(!bound("DateLessThan", &["2030"]), "a year");
        assert!(bound("NumericLessThan", &["2030"]), "seconds: half an hour of 1970");
        assert!(!bound("DateLessThan", &["2026-10-01", "2099-01-01"]), "one of two ends is enough to pass");
        assert!(!binds("DateLessThan", &["2020-01-01".to_owned()], None), "without a time nothing is past");
    }

    #[test]
    fn a_date_decides_if_it_stays_so_until_the_next_review() {
        let decided = |key: &str, operator: &str, values: &[&str]| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            certain(key, operator, &values, Some(as_of()))
        };
        let now = "aws:currenttime";
        assert_eq!(decided(now, "DateGreaterThan", &["2020-01-01T00:00:00Z"]), Some(true));
        assert_eq!(decided(now, "DateGreaterThanEquals", &["2099-01-01", "2020-01-01"]), Some(true), "one is enough");
        assert_eq!(decided(now, "DateGreaterThan", &["2026-10-15"]), None, "it begins before the next review");
        assert_eq!(decided(now, "DateGreaterThan", &["2099-01-01"]), Some(false));
        assert_eq!(decided(now, "DateLessThan", &["2020-01-01T00:00:00Z"]), Some(false));
        assert_eq!(decided(now, "DateLessThan", &["2026-10-15"]), None);
        assert_eq!(decided(now, "DateLessThan", &["2099-01-01"]), Some(true));
        assert_eq!(decided("aws:epochtime", "NumericGreaterThan", &["1577836800"]), Some(true));
        assert_eq!(decided("aws:epochtime", "NumericLessThan", &["1577836800"]), Some(false));
        assert_eq!(decided(now, "NumericGreaterThan", &["1577836800"]), None, "the operator does not fit the key");
        assert_eq!(decided(now, "DateGreaterThan", &["then"]), None);
        assert_eq!(decided("aws:tokenissuetime", "DateGreaterThan", &["2020-01-01"]), None, "a session may be older");
    }

    #[test]
    fn a_beginning_binds_if_it_is_far_ahead() {
        for (value, expected) in [
            ("2020-01-01T00:00:00Z", false),
            ("0", false),
            ("2026-10-15", false),
            ("2028-01-01T00:00:00Z", true),
            ("then", false),
        ] {
            for operator in ["DateGreaterThan", "NumericGreaterThanEquals"] {
                assert_eq!(bound(operator, &[value]), expected, "{operator} {value}");
            }
        }
        assert!(!bound("DateGreaterThan", &["2028-01-01", "2020-01-01"]));
        assert!(bound("DateEquals", &["2026-10-01"]) && !bound("DateNotEquals", &["2026-10-01"]));
    }
}
