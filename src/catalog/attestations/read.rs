//! From TOML to attestations, with every mistake at its place.

use super::{Accounts, Attestation, Attested, Conclusion, File, Person, Reviewed, folder};
use crate::arn::is_account;
use crate::catalog::entry::{Entry, same_person};
use crate::catalog::header::Reader;
use crate::catalog::source::{Source, whole_file};
use crate::catalog::suggest::did_you_mean;
use crate::catalog::{Control, LONGEST, Problem};
use crate::digest::sha256;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::de::DeValue;

const KEYS: [&str; 14] = [
    "id",
    "control",
    "accounts",
    "scope",
    "statement",
    "conclusion",
    "reason",
    "attested_by",
    "reviewed_by",
    "date",
    "valid_until",
    "evidence",
    "replaces",
    "ticket",
];

/// Conflicts between two statements are reported with their place.
type Places = BTreeMap<String, (Source, Vec<(String, Range<usize>)>)>;

/// The statements among the files, and the files that belong to them. `folder` is what problems name.
pub fn read_statements(
    folder: &str,
    files: Vec<File>,
    controls: &[Control],
    problems: &mut Vec<Problem>,
) -> (Vec<Attestation>, Vec<File>) {
    let handed: BTreeMap<&str, &File> =
        files.iter().filter(|file| !folder::is_statement(&file.name)).map(|file| (file.name.as_str(), file)).collect();
    let mut attestations = Vec::new();
    let mut places = Places::new();
    let mut named = BTreeSet::new();
    let mut sound = true;
    for file in files.iter().filter(|file| folder::is_statement(&file.name)) {
        let before = problems.len();
        let source = match Source::from_bytes(&place(folder, &file.name), &file.bytes) {
            Ok(source) => source,
            Err(problem) => {
                problems.push(problem);
                sound = false;
                continue;
            }
        };
        let one = Statement { file, handed: &handed, controls }.read_one(&source, &mut named, problems);
        sound &= problems.len() == before;
        if let Some((attestation, replaces)) = one {
            places.insert(attestation.id.clone(), (source, replaces));
            attestations.push(attestation);
        }
    }
    // A file named only by a statement with mistakes needs no report of its own.
    if sound {
        replaced(&attestations, &places, problems);
        for name in handed.keys().filter(|name| !named.contains(**name)) {
            let next = "name it under evidence, or move it out of the folder";
            problems.push(whole_file(&place(folder, name), "no attestation names this file", next));
        }
    }
    attestations.sort_by(|a, b| a.id.cmp(&b.id));
    let kept: BTreeSet<String> =
        attestations.iter().flat_map(|one| one.files.iter().map(|file| file.name.clone())).collect();
    (attestations, files.into_iter().filter(|file| kept.contains(&file.name)).collect())
}

fn place(folder: &str, name: &str) -> String {
    std::path::Path::new(folder).join(name).to_string_lossy().into_owned()
}

/// Whatever is replaced is there, is about the same control and is not younger.
fn replaced(attestations: &[Attestation], places: &Places, problems: &mut Vec<Problem>) {
    for one in attestations {
        let (source, replaces) = &places[&one.id];
        for (id, span) in replaces {
            let told = match attestations.iter().find(|other| other.id == *id) {
                _ if *id == one.id => Some((format!("{id} replaces itself"), "name an earlier attestation".to_owned())),
                None => {
                    let known = attestations.iter().map(|other| other.id.as_str());
                    let next = did_you_mean(id, known, "keep the earlier statement in the folder: the pack shows both");
                    Some((format!("{} replaces {id}, which is not there", one.id), next))
                }
                Some(other) if other.control != one.control => Some((
                    format!("{} replaces {id}, which is about {}", one.id, other.control),
                    "replace attestations about the same control".to_owned(),
                )),
                Some(other) if other.date > one.date => Some((
                    format!("{} of {} replaces {id} of {}, which is younger", one.id, one.date, other.date),
                    "correct the date, or let the younger one replace this one".to_owned(),
                )),
                Some(_) => None,
            };
            problems.extend(told.map(|(message, next)| source.problem(span.start, message, next)));
        }
    }
}

/// A file that holds a statement.
struct Statement<'a> {
    file: &'a File,
    /// The other files of the folder.
    handed: &'a BTreeMap<&'a str, &'a File>,
    controls: &'a [Control],
}

/// IDs of the attestations that one replaces, and the place of each in its file.
type Replaced = Vec<(String, Range<usize>)>;

impl Statement<'_> {
    /// The attestation and what it replaces; none if it is empty or has a mistake, which is reported.
    fn read_one(
        &self,
        source: &Source,
        named: &mut BTreeSet<String>,
        problems: &mut Vec<Problem>,
    ) -> Option<(Attestation, Replaced)> {
        let before = problems.len();
        let table = Reader::parse(source, 0..source.text.len(), problems)?;
        // A file in which every line is a comment states nothing.
        if table.is_empty() {
            return None;
        }
        let mut reader = Reader { source, offset: 0, problems };
        reader.only(&table, &KEYS, "an attestation");
        let mut entry = Entry { reader: &mut reader, table: &table, place: 0..0, what: "attestation" };
        let id = entry.id("AT-2026-01");
        if let Some(id) = &id {
            entry.named_like(id, &self.file.name);
        }
        let control = entry.decided_by_a_person(self.controls);
        let accounts = entry.accounts();
        let scope = entry.needed("scope", "say which people, systems and time the statement is about");
        let statement = entry.needed("statement", "say in your own words what you did and saw");
        let conclusion = entry.conclusion();
        let reason = entry.optional("reason");
        if conclusion == Some(Conclusion::NotApplicable) && reason.is_none() {
            entry.member("reason", "say why the requirement does not apply");
        }
        let attested_by = entry.person("attested_by", &["name", "role"]);
        let reviewed_by = entry.reviewed(attested_by.as_ref(), control);
        let (date, valid_until) = entry.days_of_statement();
        entry.reviewed_in_time(reviewed_by.as_ref(), date, valid_until);
        let mut files = vec![attested(self.file)];
        files.extend(entry.evidence(self.handed, named).into_iter().map(attested));
        if conclusion == Some(Conclusion::Met) && files.len() == 1 {
            entry.asked_for_evidence(control);
        }
        let replaces = entry.texts("replaces");
        let ticket = entry.optional("ticket");
        let attestation = Attestation {
            id: id?,
            control: control?.id.clone(),
            accounts: accounts?,
            scope: scope?,
            statement: statement?,
            conclusion: conclusion?,
            reason,
            attested_by: attested_by?,
            reviewed_by,
            date: date?,
            valid_until: valid_until?,
            replaces: replaces.iter().map(|(id, _)| id.clone()).collect(),
            ticket,
            files,
        };
        (problems.len() == before).then_some((attestation, replaces))
    }
}

fn attested(file: &File) -> Attested {
    Attested { name: file.name.clone(), bytes: file.bytes.len() as u64, sha256: sha256(&file.bytes) }
}

impl Entry<'_, '_, '_> {
    /// As with control pages, the file's name is the ID.
    fn named_like(&mut self, id: &str, file: &str) {
        if format!("{id}.toml") != file {
            let span = self.span("id");
            let next = format!("call both the same: {id}.toml, or another id");
            self.reader.problem(&span, format!("the id is {id}, the file is called {file}"), next);
        }
    }

    /// The control, if a person decides about it: a statement never overrides collected evidence.
    fn decided_by_a_person<'c>(&mut self, controls: &'c [Control]) -> Option<&'c Control> {
        let ids: Vec<&str> = controls.iter().map(|control| control.id.as_str()).collect();
        let id = self.control(&ids, "the control that the statement is about")?;
        let control = controls.iter().find(|control| control.id == id)?;
        if control.review().is_some() {
            return Some(control);
        }
        let span = self.span("control");
        let message = format!("{id} is decided by collected evidence, which no attestation changes");
        let next = "a failure that was accepted is an exception (exceptions.toml); the controls with \
                    assessment = \"manual\" can be attested";
        self.reader.problem(&span, message, next);
        None
    }

    /// `"organization"`, or a list of account numbers.
    fn accounts(&mut self) -> Option<Accounts> {
        let next = "a list of account numbers, as in [\"123456789012\"], or \"organization\" for all of them";
        let member = self.member("accounts", next)?;
        if matches!(member.get_ref().as_str(), Some("organization" | "organisation")) {
            return Some(Accounts::Organization);
        }
        let mut accounts: Vec<String> = Vec::new();
        let texts = self.reader.texts("accounts", member);
        let mut sound = !texts.is_empty();
        if texts.is_empty() && matches!(member.get_ref(), DeValue::Array(items) if items.is_empty()) {
            self.reader.problem(&member.span(), "accounts names none", format!("give {next}"));
        }
        for (text, span) in texts {
            let number = is_account(&text);
            if !number {
                self.reader.problem(&span, format!("{text:?} is not the number of an account"), format!("give {next}"));
                sound = false;
            } else if accounts.contains(&text) {
                self.reader.problem(&span, format!("{text:?} is named twice"), "name it once");
                sound = false;
            } else {
                accounts.push(text);
            }
        }
        sound.then_some(Accounts::Named(accounts))
    }

    fn conclusion(&mut self) -> Option<Conclusion> {
        let words = Conclusion::ALL.map(Conclusion::label);
        let member = self.member("conclusion", "\"met\", \"not met\" or \"not applicable\"")?;
        let text = self.said("conclusion", member, "write \"met\", \"not met\" or \"not applicable\"")?;
        let found = Conclusion::ALL.into_iter().find(|one| one.label() == text);
        if found.is_none() {
            let next = did_you_mean(&text, words, "a conclusion is \"met\", \"not met\" or \"not applicable\"");
            self.reader.problem(&member.span(), format!("unknown conclusion {text:?}"), next);
        }
        found
    }

    /// `{ name = …, role = … }`.
    fn person(&mut self, key: &'static str, keys: &[&str]) -> Option<Person> {
        let next = "{ name = \"Ada Lovelace\", role = \"Head of Platform\" }";
        let member = self.member(key, next)?;
        let table = self.reader.table(key, member)?;
        self.reader.only(table, keys, key);
        let mut of = |part: &str| {
            let Some(value) = table.get(part) else {
                let message = format!("{key} of {} without {part}", self.named());
                self.reader.problem(&member.span(), message, format!("write {key} = {next}"));
                return None;
            };
            self.said(part, value, "say who it is")
        };
        let (name, role) = (of("name"), of("role"));
        Some(Person { name: name?, role: role? })
    }

    /// Who reviewed it, on which day; never the attester.
    fn reviewed(&mut self, attester: Option<&Person>, control: Option<&Control>) -> Option<Reviewed> {
        let Some(member) = self.table.get("reviewed_by") else {
            if control.and_then(Control::review).is_some_and(|review| review.needs_reviewer) {
                self.member("reviewed_by", "this control asks for another person who reviewed the statement");
            }
            return None;
        };
        let by = self.person("reviewed_by", &["name", "role", "date"]);
        let table = member.get_ref().as_table()?;
        let named = self.named();
        let mut inner = Entry { reader: self.reader, table, place: member.span(), what: "review" };
        let date = inner.date_of("date", &format!("reviewed_by of {named}"), "the day of the review");
        let by = by?;
        if attester.is_some_and(|attester| same_person(&attester.name, &by.name)) {
            let message = format!("{named} is reviewed by its own attester, {}", by.name);
            self.reader.problem(&member.span(), message, "somebody else has to review it");
            return None;
        }
        Some(Reviewed { by, date: date? })
    }

    fn days_of_statement(&mut self) -> (Option<Date>, Option<Date>) {
        let date = self.date("date", "the day of the statement");
        let until = self.date("valid_until", "the last day on which it holds; none holds for ever");
        self.term(date.as_ref(), until.as_ref(), ("ends", "was made"), LONGEST);
        (date.map(|(date, _)| date), until.map(|(date, _)| date))
    }

    fn reviewed_in_time(&mut self, reviewed: Option<&Reviewed>, date: Option<Date>, until: Option<Date>) {
        let (Some(reviewed), Some(date), Some(until)) = (reviewed, date, until) else { return };
        // A term that ends before it begins was reported already.
        if date <= until && !(date..=until).contains(&reviewed.date) {
            let message = format!(
                "{} was reviewed on {}, outside the time from {date} to {until} in which it holds",
                self.named(),
                reviewed.date
            );
            let span = self.span("reviewed_by");
            self.reader.problem(&span, message, "correct one of the dates");
        }
    }

    /// The files that are handed over, each of which lies beside the statement.
    fn evidence<'f>(&mut self, handed: &BTreeMap<&str, &'f File>, named: &mut BTreeSet<String>) -> Vec<&'f File> {
        let mut files = Vec::new();
        for (name, span) in self.texts("evidence") {
            named.insert(name.clone());
            match handed.get(name.as_str()) {
                Some(file) => files.push(*file),
                None => {
                    let all = "evidence names files that lie beside the statement, without a path";
                    let next = did_you_mean(&name, handed.keys().copied(), all);
                    self.reader.problem(&span, format!("no file {name:?} lies in the folder"), next);
                }
            }
        }
        files
    }

    fn asked_for_evidence(&mut self, control: Option<&Control>) {
        if control.and_then(Control::review).is_some_and(|review| review.needs_evidence) {
            let message = format!("{} hands over no file", self.named());
            let next =
                "this control asks for one: put it into the folder and name it, as in evidence = [\"report.pdf\"]";
            let span = self.span("evidence");
            self.reader.problem(&span, message, next);
        }
    }

    /// A list of texts, none of them empty or twice; it may be missing.
    fn texts(&mut self, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(member) = self.table.get(key) else { return Vec::new() };
        let mut texts: Vec<(String, Range<usize>)> = Vec::new();
        for (text, span) in self.reader.texts(key, member) {
            if text.trim().is_empty() {
                self.reader.problem(&span, format!("{key} has an empty text"), "say which, or leave it out");
            } else if texts.iter().any(|(known, _)| *known == text) {
                self.reader.problem(&span, format!("{text:?} is named twice"), "name it once");
            } else {
                texts.push((text, span));
            }
        }
        texts
    }

    /// A date that belongs to a part of the entry.
    fn date_of(&mut self, key: &str, of: &str, next: &str) -> Option<Date> {
        if self.table.get(key).is_none() {
            self.reader.problem(
                &self.place,
                format!("{of} without {key}"),
                format!("add {key}: {next}, as in 2026-09-30"),
            );
            return None;
        }
        self.date(key, next).map(|(date, _)| date)
    }
}
