//! Parses the credential report: by header, tolerant of what AWS adds, never
//! guessing what it does not say.
//!
//! A row that cannot be read is lost to everyone: its facts are gaps, and
//! whoever lists credentials learns that the list may be short. A stray quote
//! can swallow rows, so each such row costs the population its completeness.

use super::fact::{CREDENTIAL_REPORT, Gap, GapKind, Observed};
use super::gaps::some_names;
use crate::arn::is_account;
use crate::arn::name_of;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The columns that facts are made of.
const NEEDED: &[&str] = &[
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// Columns that AWS documents and no fact needs.
const KNOWN: &[&str] = &[
    "password_next_rotation",
    "access_key_1_last_used_region",
    "access_key_2_last_used_region",
    "additional_credentials_info",
];

/// What the report calls the root user.
const ROOT: &str = "<root_account>";

/// The report as data.
#[derive(Clone, Debug)]
pub struct CredentialReport {
    /// `GeneratedTime` of the answer.
    pub generated: Timestamp,
    /// IAM users by ARN; the root user is not among them.
    pub rows: BTreeMap<String, Row>,
    pub root: Observed<Row>,
    /// Users whose row cannot be read, by ARN.
    pub bad: BTreeMap<String, Arc<Gap>>,
    /// Why rows cannot be read, whether or not it is known whose they are.
    pub row_gaps: Vec<Arc<Gap>>,
    /// Columns that are missing or there twice.
    pub column_gaps: Vec<Arc<Gap>>,
    /// Rows of the file, less the root user's.
    pub records: u64,
    /// Columns that this version does not know, in their order.
    pub unknown_columns: Vec<String>,
}

/// One user's row.
#[derive(Clone, Debug)]
pub struct Row {
    pub user: String,
    pub arn: String,
    pub created: Observed<Option<Timestamp>>,
    pub password_enabled: Observed<bool>,
    /// The report says `not_supported` instead, as it did of every root user until 2024.
    pub password_not_supported: bool,
    pub password_last_used: Observed<Option<Timestamp>>,
    pub password_last_changed: Observed<Option<Timestamp>>,
    pub mfa_active: Observed<bool>,
    pub keys: [KeySlot; 2],
    pub certificates: [CertificateSlot; 2],
}

/// Access key 1 or 2.
#[derive(Clone, Debug)]
pub struct KeySlot {
    pub active: Observed<bool>,
    pub rotated: Observed<Option<Timestamp>>,
    pub last_used: Observed<Option<Timestamp>>,
    pub last_used_service: Observed<Option<String>>,
}

/// Signing certificate 1 or 2.
#[derive(Clone, Debug)]
pub struct CertificateSlot {
    pub active: Observed<bool>,
    pub rotated: Observed<Option<Timestamp>>,
}

/// Whether something with a state and a time of change exists: if it is active, or has such a time.
pub fn exists(active: &Observed<bool>, changed: &Observed<Option<Timestamp>>) -> Observed<bool> {
    match (active, changed) {
        (Observed::Known(true), _) | (_, Observed::Known(Some(_))) => Observed::Known(true),
        (Observed::Known(false), Observed::Known(None)) => Observed::Known(false),
        (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => Observed::Gap(Arc::clone(gap)),
    }
}

impl KeySlot {
    pub fn exists(&self) -> Observed<bool> {
        exists(&self.active, &self.rotated)
    }
}

/// Parses the report's bytes. An error is a gap that holds for all of it.
pub fn parse(csv: &[u8], generated: Timestamp, call: Option<&str>) -> Result<CredentialReport, Arc<Gap>> {
    let unreadable = |reason: String| {
        let (code, call) = (None, call.map(str::to_owned));
        Arc::new(Gap { evidence: CREDENTIAL_REPORT, kind: GapKind::Unreadable, code, reason, call })
    };
    let csv = csv.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(csv);
    let mut lines = Lines::of(csv);
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(separator(csv)).from_reader(csv);
    let header = reader
        .byte_headers()
        .map_err(|error| unreadable(format!("the credential report is not valid CSV: {error}")))?;
    let columns = Columns::new(header, &unreadable);
    let Ok(arn_column) = columns.place("arn") else {
        return Err(unreadable(
            "the credential report has no column arn, so no row can be assigned to a user".to_owned(),
        ));
    };

    let mut report = CredentialReport {
        generated,
        rows: BTreeMap::new(),
        root: Observed::Gap(Arc::new(Gap {
            evidence: CREDENTIAL_REPORT,
            kind: GapKind::Absent,
            code: None,
            reason: "the credential report has no row of the root user".to_owned(),
            call: call.map(str::to_owned),
        })),
        bad: BTreeMap::new(),
        row_gaps: Vec::new(),
        column_gaps: columns.missing.values().cloned().collect(),
        records: 0,
        unknown_columns: columns.unknown.clone(),
    };
    let mut root_seen = false;
    for (index, record) in reader.into_byte_records().enumerate() {
        let number = index + 1;
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                report.records += 1;
                report.row_gaps.push(unreadable(format!("row {number} of the credential report: {error}")));
                continue;
            }
        };
        let line = record.position().map_or(0, |position| lines.at(position.byte()));
        let mut place = format!("row {number} of the credential report (line {line})");
        let arn = record.get(arn_column).and_then(|arn| std::str::from_utf8(arn).ok()).filter(|arn| is_arn(arn));
        let is_root = arn.is_some_and(is_root)
            || columns.place("user").is_ok_and(|place| record.get(place) == Some(ROOT.as_bytes()));
        if let Some(arn) = arn {
            place = format!("{place}, {arn},");
        }
        let row = well_formed(&record, columns.count, arn)
            .and_then(|arn| {
                Cells { columns: &columns, record: &record, place: &place, generated, unreadable: &unreadable }.row(arn)
            })
            .map_err(|problem| unreadable(format!("{place} {problem}")));
        if !is_root {
            report.records += 1;
        }
        match row {
            Ok(row) if is_root && !root_seen => report.root = Observed::Known(row),
            Ok(row) if !is_root && !report.rows.contains_key(&row.arn) && !report.bad.contains_key(&row.arn) => {
                report.rows.insert(row.arn.clone(), row);
            }
            other => {
                let gap = other.err().unwrap_or_else(|| {
                    unreadable(format!("{place} appears twice; which of the rows is correct is not known"))
                });
                if is_root {
                    report.root = Observed::Gap(Arc::clone(&gap));
                } else if let Some(arn) = arn {
                    report.rows.remove(arn);
                    report.bad.insert(arn.to_owned(), Arc::clone(&gap));
                }
                report.row_gaps.push(gap);
            }
        }
        root_seen |= is_root;
    }
    Ok(report)
}

/// What separates the columns: AWS writes commas, a spreadsheet may have saved semicolons or tabs.
fn separator(csv: &[u8]) -> u8 {
    let header = csv.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    [b';', b'\t'].into_iter().find(|one| header.contains(one) && !header.contains(&b',')).unwrap_or(b',')
}

/// Counts lines as an editor does, whichever way they end. The CSV reader's own count is one less where lines end in
/// CR LF, as a record begins for it before the LF.
struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// The line of what begins at or after this byte; asked in ascending order.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let breaks = self.text[byte..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        let ends = |at: &usize| match self.text[*at] {
            b'\n' => true,
            b'\r' => self.text.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let start = byte + breaks;
        self.line += (self.counted..start).filter(ends).count() as u64;
        self.counted = self.counted.max(start);
        self.line
    }
}

fn well_formed<'a>(record: &csv::ByteRecord, columns: usize, arn: Option<&'a str>) -> Result<&'a str, String> {
    if record.len() != columns {
        return Err(format!("has {} of {columns} fields", record.len()));
    }
    if record.iter().any(|field| field.contains(&b'\n') || field.contains(&b'\r')) {
        return Err("holds a line break, so a quotation mark is missing or too many".to_owned());
    }
    arn.ok_or_else(|| "has no ARN of an IAM user".to_owned())
}

fn is_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, "iam", "", account, resource]
        if !partition.is_empty()
            && is_account(account)
            && (resource == "root" || resource.strip_prefix("user/").is_some_and(|name| !name.is_empty())))
}

/// Whether an ARN is that of an account's root user, exactly.
pub fn is_root(arn: &str) -> bool {
    is_arn(arn) && arn.ends_with(":root") && !arn.contains("user/")
}

/// Where the columns are.
struct Columns {
    places: BTreeMap<&'static str, usize>,
    missing: BTreeMap<&'static str, Arc<Gap>>,
    unknown: Vec<String>,
    count: usize,
}

impl Columns {
    fn new(header: &csv::ByteRecord, unreadable: &dyn Fn(String) -> Arc<Gap>) -> Self {
        let names: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase()).collect();
        let mut places = BTreeMap::new();
        let mut missing = BTreeMap::new();
        for needed in NEEDED {
            let found: Vec<usize> = (0..names.len()).filter(|index| names[*index] == *needed).collect();
            match found[..] {
                [place] => {
                    places.insert(*needed, place);
                }
                [] => {
                    missing.insert(*needed, unreadable(format!("the credential report has no column {needed}")));
                }
                _ => {
                    let reason = format!("the credential report has several columns {needed}");
                    missing.insert(*needed, unreadable(reason));
                }
            }
        }
        let known: BTreeSet<&str> = NEEDED.iter().chain(KNOWN).copied().collect();
        let unknown = names.iter().filter(|name| !known.contains(name.as_str())).cloned().collect();
        Self { places, missing, unknown, count: names.len() }
    }

    fn place(&self, name: &'static str) -> Result<usize, Arc<Gap>> {
        self.places.get(name).copied().ok_or_else(|| Arc::clone(&self.missing[name]))
    }
}

/// One row's cells, by column.
struct Cells<'a> {
    columns: &'a Columns,
    record: &'a csv::ByteRecord,
    place: &'a str,
    generated: Timestamp,
    unreadable: &'a dyn Fn(String) -> Arc<Gap>,
}

impl Cells<'_> {
    fn row(&self, arn: &str) -> Result<Row, String> {
        let name = name_of(arn);
        let user = match self.text("user") {
            Observed::Known(user) if user == if is_root(arn) { ROOT } else { name } => user,
            Observed::Known(user) => return Err(format!("names the user {user:?}, which does not fit its ARN")),
            Observed::Gap(_) => name.to_owned(),
        };
        Ok(Row {
            user,
            arn: arn.to_owned(),
            created: self.time("user_creation_time"),
            password_enabled: self.boolean("password_enabled"),
            password_not_supported: matches!(
                self.text("password_enabled"),
                Observed::Known(cell) if cell.eq_ignore_ascii_case("not_supported")
            ),
            password_last_used: self.used("password_last_used"),
            password_last_changed: self.time("password_last_changed"),
            mfa_active: self.boolean("mfa_active"),
            keys: [
                KeySlot {
                    active: self.boolean("access_key_1_active"),
                    rotated: self.time("access_key_1_last_rotated"),
                    last_used: self.used("access_key_1_last_used_date"),
                    last_used_service: self.word("access_key_1_last_used_service"),
                },
                KeySlot {
                    active: self.boolean("access_key_2_active"),
                    rotated: self.time("access_key_2_last_rotated"),
                    last_used: self.used("access_key_2_last_used_date"),
                    last_used_service: self.word("access_key_2_last_used_service"),
                },
            ],
            certificates: [
                CertificateSlot { active: self.boolean("cert_1_active"), rotated: self.time("cert_1_last_rotated") },
                CertificateSlot { active: self.boolean("cert_2_active"), rotated: self.time("cert_2_last_rotated") },
            ],
        })
    }

    fn text(&self, column: &'static str) -> Observed<String> {
        match self.columns.place(column) {
            Ok(place) => {
                let cell = self.record.get(place).unwrap_or_default();
                Observed::Known(String::from_utf8_lossy(cell).trim().to_owned())
            }
            Err(gap) => Observed::Gap(gap),
        }
    }

    fn boolean(&self, column: &'static str) -> Observed<bool> {
        self.text(column).and_then(|cell| match cell.to_ascii_lowercase().as_str() {
            "true" => Observed::Known(true),
            "false" => Observed::Known(false),
            _ => self.wrong(column, &cell, "neither true nor false"),
        })
    }

    fn time(&self, column: &'static str) -> Observed<Option<Timestamp>> {
        self.text(column).and_then(|cell| match cell.parse() {
            _ if says_nothing(&cell) => Observed::Known(None),
            Ok(time) if later_than(self.generated, time) => self.wrong(column, &cell, "later than the report itself"),
            Ok(time) => Observed::Known(Some(time)),
            Err(_) => self.wrong(column, &cell, "not a time"),
        })
    }

    /// A time of use. Only `N/A` and `no_information` say that there was none.
    fn used(&self, column: &'static str) -> Observed<Option<Timestamp>> {
        self.text(column).and_then(|cell| match cell.to_ascii_lowercase().as_str() {
            "" | "not_supported" => self.wrong(column, &cell, "neither a time of use nor a word for none"),
            _ => self.time(column),
        })
    }

    fn word(&self, column: &'static str) -> Observed<Option<String>> {
        self.text(column).map(|cell| (!says_nothing(&cell)).then_some(cell))
    }

    fn wrong<T>(&self, column: &str, cell: &str, problem: &str) -> Observed<T> {
        let cell: String = cell.chars().take(80).collect();
        Observed::Gap((self.unreadable)(format!("{} says {cell:?} in column {column}, which is {problem}", self.place)))
    }
}

/// How far two clocks of AWS and ours may differ.
pub const MARGIN: SignedDuration = SignedDuration::from_mins(15);

/// Whether `time` is later than `limit` by more than clocks differ.
pub fn later_than(limit: Timestamp, time: Timestamp) -> bool {
    time.duration_since(limit) > MARGIN
}

/// The words by which the report says that there is nothing to say.
fn says_nothing(cell: &str) -> bool {
    ["", "n/a", "no_information", "not_supported"].contains(&cell.to_ascii_lowercase().as_str())
}

impl CredentialReport {
    /// What a reader should know about columns that were not read.
    pub fn note(&self) -> Option<String> {
        let names = some_names(self.unknown_columns.iter().map(String::as_str));
        (!self.unknown_columns.is_empty())
            .then(|| format!("the credential report has columns that this version does not read: {names}"))
    }
}

#[cfg(test)]
mod tests;
