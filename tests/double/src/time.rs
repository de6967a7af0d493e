//! Seconds since 1970 and their spellings. Only what a double needs.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// Seconds since 1970 of a UTC time.
pub fn at(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * m + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * DAY + hour * 3600 + minute * 60 + second
}

/// Year, month, day of a day count since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn stamp(seconds: i64, zone: &str) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{zone}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// As the wire and the live credential report spell it: `2026-01-02T03:04:05Z`.
pub fn zulu(seconds: i64) -> String {
    stamp(seconds, "Z")
}

/// As the AWS CLI prints it: `2026-01-02T03:04:05+00:00`.
pub fn cli(seconds: i64) -> String {
    stamp(seconds, "+00:00")
}

/// A time of day without its zone as JSON protocols send it: seconds since 1970, with a fraction where it has one.
pub fn seconds(text: &str) -> serde_json::Value {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().expect("the shape was checked");
    let whole = at(number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19));
    match text.get(20..) {
        None => whole.into(),
        Some(_) => serde_json::from_str(&format!("{whole}{}", &text[19..])).expect("digits are a number"),
    }
}

/// As HTTP's `Date` header spells it.
pub fn http_date(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    let name = |table: &[&'static str], index: i64| table[usize::try_from(index).expect("reduced to the table")];
    let weekday = name(&WEEKDAYS, seconds.div_euclid(DAY).rem_euclid(7));
    let month = name(&MONTHS, month - 1);
    format!("{weekday}, {day:02} {month} {year} {:02}:{:02}:{:02} GMT", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The machine's clock, for the `Date` header only.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_known_instants() {
        let leap = at(2024, 2, 29, 23, 59, 59);
        assert_eq!(leap, 1_709_251_199);
        assert_eq!(zulu(leap), "2024-02-29T23:59:59Z");
        assert_eq!(zulu(leap + 1), "2024-03-01T00:00:00Z");
        assert_eq!(cli(at(2026, 9, 30, 4, 12, 7)), "2026-09-30T04:12:07+00:00");
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
