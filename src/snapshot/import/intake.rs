//! Imports the files of a folder, call by call.

use super::super::format::{CallError, Caller};
use super::super::is_definitive;
use super::super::layout::{file_name, kebab, stem};
use super::super::read::BOM;
use super::super::unix_time::as_iso;
use super::operations::OPERATIONS;
use super::operations::{About, Operation};
use super::owner::Owners;
use super::peek::{Peek, report_csv};
use super::report_csv::{self, CsvKind};
use super::{BadFile, CLOCKS_DIFFER, COLLECTED_AT, FIRST_SECOND, StartedFrom, naming, stderr};
use crate::files;
use crate::text::one_line;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// File extensions of one call.
const ENDS: [&str; 3] = [".json", ".stderr", ".exit"];

/// Name in the snapshot of a credential report that was supplied as a CSV file.
const RAW_REPORT: &str = "evidence/iam/get-credential-report.csv";
/// How long AWS returns the same credential report.
const FRESH: jiff::SignedDuration = jiff::SignedDuration::from_hours(4);

/// One file, or one error, that becomes a line of the call log.
pub struct Taken {
    pub operation: &'static Operation,
    /// For a regional service.
    pub region: Option<String>,
    pub parameters: BTreeMap<String, Value>,
    pub page: Option<u32>,
    pub more: bool,
    pub items: Option<u64>,
    /// Name in the folder and in the snapshot.
    pub file: Option<(String, String)>,
    pub error: Option<CallError>,
}

impl Taken {
    /// Whether it leaves a gap; an error that means "none" does not.
    pub fn is_gap(&self) -> bool {
        self.error.as_ref().is_some_and(|error| {
            let code = error.code.strip_suffix("Exception").unwrap_or(&error.code);
            !is_definitive(&error.code) && !is_definitive(code)
        })
    }
}

/// The subject of a call's files.
struct CallSubject {
    operation: &'static Operation,
    region: Option<String>,
    parameters: BTreeMap<String, Value>,
}

pub struct Intake<'a> {
    from: &'a Path,
    /// Unclaimed files as relative paths with `/`.
    pub files: BTreeSet<String>,
    pub bad: Vec<BadFile>,
    pub taken: Vec<Taken>,
    caller: Option<(String, Caller)>,
}

impl<'a> Intake<'a> {
    pub fn new(from: &'a Path, files: BTreeSet<String>, bad: Vec<BadFile>) -> Self {
        Self { from, files, bad, taken: Vec::new(), caller: None }
    }

    /// The Regions of a service in the folder, sorted.
    pub fn regions_of(&self, operation: &Operation) -> Vec<String> {
        let below = format!("{}/", operation.service);
        let regions = self.files.iter().filter_map(|name| Some(name.strip_prefix(&below)?.split_once('/')?.0));
        regions.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Every Region with an imported file, sorted.
    pub fn regions(&self) -> Vec<String> {
        self.taken.iter().filter_map(|taken| taken.region.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The account's enabled Regions, if the list is complete.
    pub fn enabled_regions(&self) -> Vec<String> {
        let lists: Vec<&Taken> = self.taken.iter().filter(|taken| taken.operation.name == "ListRegions").collect();
        if lists.iter().any(|taken| taken.error.is_some()) || lists.last().is_none_or(|last| last.more) {
            return Vec::new();
        }
        let lists = lists.iter().filter_map(|taken| files::read(&self.from.join(&taken.file.as_ref()?.0)).ok());
        let mut regions: Vec<String> = lists.flat_map(|bytes| naming::enabled(&bytes)).collect();
        regions.sort();
        regions
    }

    /// Imports every answer of an operation; for a regional service, in one Region.
    pub fn operation(&mut self, operation: &'static Operation, region: Option<&str>) {
        let place = region.map_or_else(String::new, |region| format!("{region}/"));
        let base = format!("{}/{place}{}", operation.service, kebab(operation.name));
        let evidence = stem(operation.service, region.unwrap_or("aws-global"), operation.name);
        let parameters = if operation.about == About::Nothing { self.requested(&base) } else { BTreeMap::new() };
        let asked = CallSubject { operation, region: region.map(str::to_owned), parameters };
        if matches!(operation.about, About::Nothing | About::NothingAndEach(_)) {
            self.pages(&base, &evidence, &asked);
        }
        if operation.about == About::Nothing {
            let next = "name the pages 0001.json, 0002.json and so on";
            self.unclaimed(&base, "the name is not the number of a page", next);
        } else {
            self.each(&base, &evidence, &asked);
        }
    }

    /// The parameters of a call that has no others, if a file beside its answer records them.
    fn requested(&mut self, base: &str) -> BTreeMap<String, Value> {
        let name = format!("{base}.request");
        if !self.files.remove(&name) {
            return BTreeMap::new();
        }
        let text = self.text(&name);
        serde_json::from_str(&text).unwrap_or_else(|_| {
            self.bad(&name, "it is not a JSON object of request parameters", "remove it, or collect the answer again");
            BTreeMap::new()
        })
    }

    /// `op.json`, or the pages `op/0001.json` …
    fn pages(&mut self, base: &str, evidence: &str, asked: &CallSubject) {
        let pages = self.stems_in(base);
        let mut numbers: BTreeMap<u32, String> = BTreeMap::new();
        let is_number = |page: &str| page.bytes().all(|byte| byte.is_ascii_digit());
        let found: Vec<(u32, &String)> =
            pages.iter().filter(|page| is_number(page)).filter_map(|page| Some((page.parse().ok()?, page))).collect();
        let there_twice = !found.is_empty();
        if self.claim(base, evidence, asked, None) && there_twice {
            let problem = "the answer is there twice: as this file and as pages in a folder of the same name";
            self.bad(&format!("{base}.json"), problem, "keep the one that belongs to this collection");
            return;
        }
        for (number, page) in found.into_iter().filter(|(number, _)| *number > 0) {
            let (from, to) = (format!("{base}/{page}"), format!("{evidence}/{number:04}"));
            match numbers.get(&number) {
                Some(other) => {
                    let problem = format!("page {number} is there twice: here and as {}", one_line(other));
                    self.bad(&from, &problem, "keep the one that belongs to this collection");
                }
                None => {
                    self.claim(&from, &to, asked, Some(number));
                }
            }
            numbers.entry(number).or_insert(from);
        }
        let gap = numbers.iter().zip(1..).find(|((number, _), expected)| *number != expected);
        if let Some(((number, from), expected)) =
            gap.map(|((number, from), expected)| ((*number, from.clone()), expected))
        {
            let problem = format!("page {number} is there and page {expected} is not");
            self.bad(&from, &problem, "add the missing page, or number the pages from 1 without a gap");
        }
    }

    /// `op/<percent-encoded parameters>.json`, or their pages in a folder of that name.
    fn each(&mut self, base: &str, evidence: &str, asked: &CallSubject) {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let what = naming::what(asked.operation);
        for name in self.names_in(base) {
            let document = self.files.remove(&format!("{base}/{name}.document"));
            let document = if document { self.text(&format!("{base}/{name}.document")) } else { String::new() };
            let request = self.files.remove(&format!("{base}/{name}.request"));
            let request = if request { self.text(&format!("{base}/{name}.request")) } else { String::new() };
            // A request file takes precedence over the name, which may have been shortened.
            let sent = naming::sent(asked.operation, &request);
            let named = sent.or_else(|| naming::parameters(asked.operation, &name, &document));
            let Some((parameters, value)) = named else { continue };
            if let Some(other) = known.insert(value.clone(), name.clone()) {
                let problem = format!("the name means the same {what} as {}", one_line(&other));
                self.bad(&format!("{base}/{name}.json"), &problem, "keep the one that belongs to this collection");
                continue;
            }
            let about = CallSubject { operation: asked.operation, region: asked.region.clone(), parameters };
            self.pages(&format!("{base}/{name}"), &format!("{evidence}/{}", file_name(&value)), &about);
        }
        let problem = format!("the name is not a percent-encoded {what}");
        self.unclaimed(base, &problem, "name the file as the script of `auditpack import --script` does");
    }

    /// Reports unclaimed answers in an operation's folder, which would otherwise be lost silently.
    fn unclaimed(&mut self, folder: &str, problem: &str, next: &str) {
        let inside = |name: &&String| {
            name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
                && ENDS.iter().any(|end| name.ends_with(end))
        };
        let left: Vec<String> = self.files.iter().filter(inside).cloned().collect();
        let named: BTreeSet<String> = self.bad.iter().map(|bad| bad.file.clone()).collect();
        for name in left.iter().filter(|name| {
            !named.contains(*name) && !named.contains(name.rsplit_once('.').map_or("", |(stem, _)| stem))
        }) {
            self.bad(name, problem, next);
        }
    }

    /// Distinct names in a folder without extensions, sorted.
    fn stems_in(&self, folder: &str) -> BTreeSet<String> {
        let inside = |name: &String| {
            let name = name.strip_prefix(folder)?.strip_prefix('/')?;
            ENDS.iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned)
        };
        self.files.iter().filter_map(inside).filter(|name| !name.contains('/')).collect()
    }

    /// The same, and the folders in it.
    fn names_in(&self, folder: &str) -> BTreeSet<String> {
        let inside = |name: &String| Some(name.strip_prefix(folder)?.strip_prefix('/')?.split_once('/')?.0.to_owned());
        self.stems_in(folder).into_iter().chain(self.files.iter().filter_map(inside)).collect()
    }

    /// Imports the files of one call; returns `false` if there are none.
    fn claim(&mut self, from: &str, to: &str, asked: &CallSubject, page: Option<u32>) -> bool {
        let operation = asked.operation;
        let [json, text, exit] = ENDS.map(|end| format!("{from}{end}"));
        let there = [&json, &text, &exit].map(|name| self.files.remove(name));
        if !there.contains(&true) {
            return false;
        }
        let said = if there[1] { self.text(&text) } else { String::new() };
        let code = if there[2] { self.text(&exit) } else { String::new() };
        let answer = if there[0] { self.bytes(&json) } else { Vec::new() };
        let failed = match code.trim() {
            "" => answer.trim_ascii().is_empty() && !said.trim().is_empty(),
            "0" => false,
            _ => true,
        };
        let (region, parameters) = (asked.region.clone(), asked.parameters.clone());
        let taken = Taken { operation, region, parameters, page, more: false, items: None, file: None, error: None };
        if failed {
            self.taken.push(Taken { error: Some(stderr::error(&said, code.trim())), ..taken });
            return true;
        }
        match Peek::parse(&answer) {
            Ok(glance) => {
                if operation.name == "GetCallerIdentity" {
                    self.caller = glance.caller();
                    if self.caller.is_none() {
                        let problem = "the answer does not name an account of twelve digits and a caller's ARN";
                        self.bad(&json, problem, "run `aws sts get-caller-identity` again, or remove the file");
                    }
                }
                let more = glance.is_unfinished(operation.name);
                let file = Some((json, format!("{to}.json")));
                self.taken.push(Taken { more, items: glance.items, file, ..taken });
            }
            Err(broken) => self.bad.push(BadFile {
                file: json,
                line: broken.position.map(|(line, _)| line),
                column: broken.position.map(|(_, column)| column),
                problem: broken.problem,
                next: broken.next.to_owned(),
            }),
        }
        true
    }

    /// The collection time that the folder states.
    fn collected_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        if !self.files.remove(COLLECTED_AT) {
            return None;
        }
        let text = self.text(COLLECTED_AT);
        let text = text.trim_start_matches('\u{feff}').trim();
        match text.parse::<Timestamp>() {
            Ok(time) if time > now.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX) => {
                let problem = format!("{time} is in the future");
                self.bad(
                    COLLECTED_AT,
                    &problem,
                    "write when the answers were collected, and check this computer's clock",
                );
                None
            }
            Ok(time) if time.as_second() < FIRST_SECOND => {
                let problem = format!("{time} is before AWS had IAM");
                self.bad(COLLECTED_AT, &problem, "write when the answers were collected, or remove the file");
                None
            }
            Ok(time) => Some(time),
            Err(_) => {
                let problem = format!("{text:?} is not a time");
                self.bad(COLLECTED_AT, &problem, "write it like 2026-11-22T05:56:27Z, or remove the file");
                None
            }
        }
    }

    /// The collection time and its source: the folder, the option, or neither.
    pub fn started(&mut self, now: Timestamp, option: Option<Timestamp>) -> (Timestamp, StartedFrom) {
        match (self.collected_at(now), option) {
            (Some(file), Some(option)) if file != option => {
                let problem = format!("{file} is another time than --collected-at {option}");
                self.bad(COLLECTED_AT, &problem, "leave --collected-at away, or correct the file");
                (file, StartedFrom::File)
            }
            (Some(file), _) => (file, StartedFrom::File),
            (None, Some(option)) => (option, StartedFrom::Option),
            (None, None) => (now, StartedFrom::Now),
        }
    }

    /// Imports a credential report in a CSV file; returns its column separator.
    pub fn raw_report(&mut self) -> Option<&'static str> {
        let tables: Vec<String> =
            self.files.iter().filter(|name| name.to_ascii_lowercase().ends_with(".csv")).cloned().collect();
        let mut found: Option<(String, &'static str)> = None;
        for name in tables {
            let bytes = self.bytes(&name);
            match report_csv::detect(&bytes) {
                CsvKind::Report { separator } => match &found {
                    Some((other, _)) => {
                        let problem = format!("this is a credential report, and {} is one too", one_line(other));
                        self.bad(&name, &problem, "keep the one that belongs to this collection");
                    }
                    None => found = Some((name, separator)),
                },
                CsvKind::Utf16 => {
                    let problem = "the file is UTF-16, as Excel writes \"Unicode text\"";
                    self.bad(&name, problem, "save it as \"CSV UTF-8\"");
                }
                CsvKind::Other(_) => {}
            }
        }
        let (name, separator) = found?;
        self.files.remove(&name);
        let operation = OPERATIONS.iter().find(|one| one.name == "GetCredentialReport")?;
        self.taken.push(Taken {
            operation,
            region: None,
            parameters: BTreeMap::new(),
            page: None,
            more: false,
            items: None,
            file: Some((name, RAW_REPORT.to_owned())),
            error: None,
        });
        Some(separator)
    }

    /// The account ID, partition and caller: from the caller's identity, otherwise from ARNs of the account's
    /// resources. The option is used only if both are missing.
    pub fn identity(&mut self, option: Option<&str>) -> (Option<String>, Option<String>, Option<Caller>) {
        let owners = self.owners();
        let partition_of = |arn: &str| arn.split(':').nth(1).map(str::to_owned);
        if let Some((account, caller)) = self.caller.take() {
            if let Some(option) = option.filter(|option| *option != account) {
                let problem = format!("the answers are those of account {account}, not of {option}");
                self.bad("sts/get-caller-identity.json", &problem, "leave --account away, or name the right folder");
            }
            if let Some((other, file)) = owners.accounts.iter().find(|(other, _)| **other != account) {
                let problem =
                    format!("this is about account {other}, and sts/get-caller-identity.json about {account}");
                self.bad(file, &problem, "import the answers of one account at a time");
            }
            let partition = partition_of(&caller.arn);
            return (Some(account), partition, Some(caller));
        }
        let mut found = owners.accounts.iter();
        let (first, second) = (found.next(), found.next());
        if let (Some((one, in_one)), Some((other, in_other))) = (first, second) {
            let problem = format!("this is about account {other}, and {} about account {one}", one_line(in_one));
            self.bad(in_other, &problem, "import the answers of one account at a time");
        } else if let (Some((account, file)), Some(option)) = (first, option)
            && account != option
        {
            let problem = format!("this is about account {account}, not about {option}");
            self.bad(file, &problem, "leave --account away, or name the right folder");
        }
        let account = first.map(|(account, _)| account.clone()).or_else(|| option.map(str::to_owned));
        (account, owners.partition, None)
    }

    /// The accounts in the answers' ARNs.
    fn owners(&mut self) -> Owners {
        let mut owners = Owners::default();
        for (service, name, file) in self.evidence() {
            let bytes = self.bytes(&file);
            if name == "GetCredentialReport" {
                let csv = if file.ends_with(".json") { report_csv(&bytes).unwrap_or_default() } else { bytes };
                owners.add_report(&file, &csv);
            } else {
                owners.add_answer((service, name), &file, &bytes);
            }
        }
        owners
    }

    /// Service, operation and file of everything imported.
    fn evidence(&self) -> Vec<(&'static str, &'static str, String)> {
        let file =
            |taken: &Taken| Some((taken.operation.service, taken.operation.name, taken.file.as_ref()?.0.clone()));
        self.taken.iter().filter_map(file).collect()
    }

    /// Notes about the files for the user, in sentences.
    pub fn notes(
        &mut self,
        separator: Option<&'static str>,
        (started, from): (Timestamp, StartedFrom),
        now: Timestamp,
    ) -> Vec<String> {
        let mut notes = Vec::new();
        let mut generated = None;
        let mut epoch = None;
        for (_, name, file) in self.evidence() {
            let bytes = self.bytes(&file);
            if name == "GetCredentialReport" {
                generated =
                    if separator.is_some() { report_csv::latest_time(&bytes, now) } else { generated_time(&bytes) };
            }
            if epoch.is_none() && file.ends_with(".json") && as_iso(&bytes).is_some() {
                epoch = Some(file);
            }
        }
        let seconds = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        if let Some(separator) = separator {
            let latest =
                generated.map_or_else(String::new, |time| format!("; the latest time in it is {}", seconds(time)));
            notes.push(format!(
                "the credential report is a CSV file, which does not say when it was generated: {} is taken{latest}",
                seconds(started)
            ));
            if separator != "commas" {
                notes.push(format!(
                    "its columns are separated by {separator}, as a spreadsheet saves them: it was opened and saved \
                     since AWS generated it"
                ));
            }
        } else if let Some(generated) = generated.filter(|_| from == StartedFrom::Now)
            && started.duration_since(generated) > FRESH
        {
            notes.push(format!(
                "the credential report was generated at {}; the other answers were probably collected then: say so with \
                 --collected-at or {COLLECTED_AT}, or the report counts as too old",
                seconds(generated)
            ));
        }
        if let Some(file) = epoch {
            notes.push(format!(
                "times are seconds since 1970, as AWS CLI version 1 prints them, or version 2 with cli_timestamp_format = \
                 wire (first in {}); they are read as such",
                one_line(&file)
            ));
        }
        notes
    }

    fn bytes(&mut self, name: &str) -> Vec<u8> {
        files::read(&self.from.join(name)).unwrap_or_else(|error| {
            self.bad(name, &error.to_string(), "make the file readable");
            Vec::new()
        })
    }

    fn text(&mut self, name: &str) -> String {
        String::from_utf8_lossy(&self.bytes(name)).into_owned()
    }

    fn bad(&mut self, file: &str, problem: &str, next: &str) {
        let (problem, next) = (problem.to_owned(), next.to_owned());
        self.bad.push(BadFile { file: file.to_owned(), line: None, column: None, problem, next });
    }
}

/// `GeneratedTime` of the credential report.
fn generated_time(answer: &[u8]) -> Option<Timestamp> {
    let answer: Value = serde_json::from_slice(answer.strip_prefix(BOM).unwrap_or(answer)).ok()?;
    answer.get("GeneratedTime")?.as_str()?.parse().ok()
}
