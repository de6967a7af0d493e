//! A credential report as a CSV file, as downloaded from the console.

use super::super::read::BOM;
use jiff::Timestamp;

/// The first columns of every credential report.
const COLUMNS: [&str; 3] = ["user", "arn", "user_creation_time"];
/// Column separators: AWS writes commas; spreadsheets in some languages save semicolons or tabs.
const SEPARATORS: [(u8, &str); 3] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs")];

/// The kind of a CSV file.
#[derive(Debug, PartialEq, Eq)]
pub enum CsvKind {
    Report {
        separator: &'static str,
    },
    /// UTF-16, which is not supported.
    Utf16,
    /// Another table, with its first column names.
    Other(String),
}

/// Detects the kind from the header row.
pub fn detect(bytes: &[u8]) -> CsvKind {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return CsvKind::Utf16;
    }
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let first = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let header = String::from_utf8_lossy(&first[..first.len().min(2_000)]).to_ascii_lowercase();
    for (separator, name) in SEPARATORS {
        let columns: Vec<&str> =
            header.split(char::from(separator)).map(|column| column.trim().trim_matches('"')).collect();
        if COLUMNS.iter().all(|wanted| columns.contains(wanted)) {
            return CsvKind::Report { separator: name };
        }
    }
    CsvKind::Other(header.chars().take(80).collect())
}

/// The latest time in the report that is not after `now`: the report cannot be older. Password expiry dates are in the
/// future, so for an old report this time may be too late.
pub fn latest_time(bytes: &[u8], now: Timestamp) -> Option<Timestamp> {
    let cells = bytes.split(|byte| b",;\t\r\n\"".contains(byte)).filter(|cell| cell.len() >= 20);
    cells.filter_map(|cell| std::str::from_utf8(cell).ok()?.parse().ok()).filter(|time| *time <= now).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_known_by_its_header() {
        let report = |separator| CsvKind::Report { separator };
        for (text, looked) in [
            ("user,arn,user_creation_time,password_enabled\n", report("commas")),
            ("\u{feff}user;arn;user_creation_time\r\n", report("semicolons")),
            ("\"User\"\t\"ARN\"\t\"user_creation_time\"", report("tabs")),
            ("name,arn\n", CsvKind::Other("name,arn".to_owned())),
            ("", CsvKind::Other(String::new())),
        ] {
            assert_eq!(detect(text.as_bytes()), looked, "{text}");
        }
        assert_eq!(detect(b"\xFF\xFEu\0"), CsvKind::Utf16);
    }

    #[test]
    fn the_latest_time_is_not_one_of_the_future() {
        let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let text = "a,2026-09-30T04:12:00+00:00,N/A\r\nb;2027-01-01T00:00:00+00:00;2026-10-02T00:00:00Z";
        assert_eq!(latest_time(text.as_bytes(), now), Some("2026-10-02T00:00:00Z".parse().unwrap()));
        assert_eq!(latest_time(b"user,arn", now), None);
    }
}
