//! Rewrites times in seconds since 1970 as ISO 8601.
//!
//! AWS's JSON services send times as numbers. AWS CLI version 1 prints them unchanged, and so does version 2 with
//! `cli_timestamp_format = wire`; the rest of the program expects ISO 8601. The numbers are rewritten in the text of an
//! answer before it is parsed. The evidence itself stays as supplied.

use jiff::Timestamp;

/// Suffixes of member names that hold times in AWS's models.
const ENDINGS: &[&str] = &[
    "Time",
    "Date",
    "Timestamp",
    "TimeStamp",
    "At",
    "On",
    "Used",
    "Accessed",
    "Authenticated",
    "Modified",
    "Change",
    "Since",
    "Until",
    "Expiration",
    "Expiry",
    "Before",
    "After",
    "DateEnabled",
];
/// The year 1973. A smaller number is a count, a duration or a year.
const FIRST: f64 = 100_000_000.0;
/// One second after the year 9999. Times in milliseconds are larger and are not rewritten.
const END: f64 = 253_402_300_800.0;
/// The last day of the calendar, which date arithmetic cannot represent.
const LAST_DAY: &str = "9999-12-31T23:59:59Z";

/// The answer with its times as ISO 8601; `None` if it has no numeric time. Line numbers do not change.
pub fn as_iso(json: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut copied = 0;
    let mut scanner = Scanner::new(json);
    while let Some((name, value)) = scanner.member() {
        let Some(text) = (is_time(name)).then(|| iso(&json[value.0..value.1])).flatten() else { continue };
        out.extend_from_slice(&json[copied..value.0]);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        copied = value.1;
    }
    (copied > 0).then(|| {
        out.extend_from_slice(&json[copied..]);
        out
    })
}

/// Condition keys (`aws:EpochTime`) contain numbers of policies, not times of answers.
fn is_time(name: &[u8]) -> bool {
    !name.contains(&b':') && ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()) || is_whole(name, ending))
}

/// `date` for `Date`.
fn is_whole(name: &[u8], ending: &str) -> bool {
    name.eq_ignore_ascii_case(ending.as_bytes())
}

/// A number, with or without quotes, as a time.
fn iso(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim_matches('"');
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+".contains(&byte));
    let seconds: f64 = text.parse().ok().filter(|_| plain)?;
    if !(FIRST..END).contains(&seconds) {
        return None;
    }
    // The number is not exact below a microsecond.
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let microseconds = (seconds * 1e6).round() as i64;
    let time = Timestamp::from_microsecond(microseconds);
    Some(time.map_or_else(|_| LAST_DAY.to_owned(), |time| time.to_string()))
}

/// Iterates over members whose value is a number or a text, at any depth.
pub(super) struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(json: &'a [u8]) -> Self {
        Self { json, at: 0 }
    }

    /// The next member's name and the range of its value.
    pub fn member(&mut self) -> Option<(&'a [u8], (usize, usize))> {
        loop {
            self.at += self.json.get(self.at..)?.iter().position(|byte| *byte == b'"')?;
            let (start, end) = self.text()?;
            self.spaces();
            if self.json.get(self.at) != Some(&b':') {
                continue;
            }
            self.at += 1;
            self.spaces();
            let value = self.at;
            match self.json.get(self.at)? {
                b'"' => {
                    self.text()?;
                }
                digit if digit.is_ascii_digit() => {
                    let number = |byte: &u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
                    self.at += self.json[self.at..].iter().take_while(|byte| number(byte)).count();
                }
                _ => continue,
            }
            return Some((&self.json[start + 1..end - 1], (value, self.at)));
        }
    }

    /// Skips a text and returns its range, including quotes.
    fn text(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.json.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some((start, self.at));
                }
                _ => self.at += 1,
            }
        }
    }

    fn spaces(&mut self) {
        self.at +=
            self.json.get(self.at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(json: &str) -> Option<String> {
        as_iso(json.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn times_as_numbers_are_rewritten_wherever_they_are() {
        for (before, after) in [
            (r#"{"createdAt": 1790668800}"#, r#"{"createdAt": "2026-09-29T08:00:00Z"}"#),
            (
                r#"{"a":[{"LastStatusChangeTime":1790668800.123,"n":1}]}"#,
                r#"{"a":[{"LastStatusChangeTime":"2026-09-29T08:00:00.123Z","n":1}]}"#,
            ),
            ("{\"JoinedTimestamp\"\n:\n1790668800.0}", "{\"JoinedTimestamp\"\n:\n\"2026-09-29T08:00:00Z\"}"),
            (r#"{"CreatedDate":"1790668800.5"}"#, r#"{"CreatedDate":"2026-09-29T08:00:00.5Z"}"#),
            (r#"{"CreateDate":1.7906688E9}"#, r#"{"CreateDate":"2026-09-29T08:00:00Z"}"#),
            (r#"{"Expiration":253402300799}"#, r#"{"Expiration":"9999-12-31T23:59:59Z"}"#),
        ] {
            assert_eq!(rewritten(before).as_deref(), Some(after));
        }
    }

    #[test]
    fn other_numbers_and_texts_stay() {
        for json in [
            r#"{"MaxSessionDuration": 3600, "creationTime": 1790668800123, "Count": 1790668800, "Date": 9999}"#,
            r#"{"CreateDate": "2026-09-30T06:00:00+00:00", "ValidUntil": null, "Date": "9999", "Time": -1790668800}"#,
            r#"{"Condition": {"NumericLessThan": {"aws:EpochTime": 1790668800}}}"#,
            r#"{"Document": "{\"CreateDate\": 1790668800}", "s": "x\\"}"#,
            r#"{"CreateDate"#,
            r#""CreateDate": "#,
            "\"a\\",
        ] {
            assert_eq!(rewritten(json), None, "{json}");
        }
    }
}
