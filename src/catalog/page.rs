//! A control page: a TOML header between `+++` lines, then five headings.

use super::check::Scope;
use super::criterion::{criterion, template};
use super::header::{Member, Reader};
use super::source::{Literal, Source, whole_file};
use super::suggest::did_you_mean;
use super::types::Base;
use super::{Control, Criterion, Parameter, ParameterValue, Part, Problem, Section, Severity, Test, naming};
use crate::account::KINDS;
use crate::account::fact::{Evidence, Field, Kind};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::DeTable;

mod body;
pub mod review;
mod satisfies;

pub use satisfies::Editions;

const SEVERITIES: &[(&str, Severity)] =
    &[("low", Severity::Low), ("medium", Severity::Medium), ("high", Severity::High), ("critical", Severity::Critical)];

const KEYS: &[&str] = &[
    "id",
    "title",
    "severity",
    "section",
    "order",
    "subject",
    "assessment",
    "in_scope",
    "scope",
    "subjects",
    "passes",
    "fails_because",
    "needs",
    "shows",
    "params",
    "satisfies",
];

/// A control, and what the loader needs of its page besides.
pub struct Page {
    pub control: Control,
    pub order: i64,
    /// Values that a parameter may take, where the page limits them.
    pub allowed: BTreeMap<String, Vec<ParameterValue>>,
    /// Byte of the id in the file.
    pub id_at: usize,
}

/// Reads a page; `stem` is its file's name without `.md`.
pub fn page(source: &Source, stem: &str, from: &str, editions: &Editions, problems: &mut Vec<Problem>) -> Option<Page> {
    let before = problems.len();
    let Some((header, body_at)) = split(&source.text) else {
        let message = "the page does not begin with a header between two +++ lines";
        problems.push(whole_file(
            &source.name,
            message,
            "begin with +++, the TOML header, and +++ on a line of its own",
        ));
        return None;
    };
    let body = body::body(source, body_at, problems);
    let table = Reader::parse(source, header.clone(), problems)?;
    let mut reader = Reader { source, offset: header.start, problems };
    reader.only(&table, KEYS, "a page");
    let id = reader.text(&table, "id");
    if let Some(id) = &id {
        name(&mut reader, id, stem);
    }
    let title = reader.text(&table, "title");
    let severity = choice(&mut reader, &table, "severity", SEVERITIES);
    let section =
        choice(&mut reader, &table, "section", &Section::ALL.iter().map(|s| (s.title(), *s)).collect::<Vec<_>>());
    let order = reader.member(&table, "order").and_then(|member| reader.integer("order", member));
    let kind = choice(&mut reader, &table, "subject", &KINDS.iter().map(|k| (k.name, *k)).collect::<Vec<_>>());
    let (bases, parameters, allowed) = parameters(&mut reader, &table);
    let satisfies = satisfies::satisfies(&mut reader, &table, editions);
    let in_scope = table.get("in_scope").map(|member| reader.literal("in_scope", member));
    let subjects = table.get("subjects").and_then(|member| reader.literal("subjects", member)).map(|text| text.value);
    let scope_words = table.get("scope").and_then(|member| reader.literal("scope", member)).map(|text| text.value);
    let manual = review::manual(&mut reader, &table);

    // Without a population there is nothing to hold criteria against.
    let kind = kind?;
    let scope = Scope { kind, parameters: &bases };
    let in_scope = in_scope.flatten().and_then(|text| criterion(&text, scope, source, reader.problems));
    let test = if manual {
        review::limits(&mut reader, &table, &parameters);
        Some(Test::Person(review::review(&mut reader, &table, &bases)))
    } else {
        test(&mut reader, &table, scope)
    };
    let (id, test) = (id?, test?);
    let parameters =
        parameters.into_iter().map(|(name, value)| (name, Parameter { value, overridden_from: None })).collect();
    let control = Control {
        title: title?.value,
        severity: severity?,
        section: section?,
        kind,
        reads: reads(in_scope.as_ref(), &test, |criterion| &criterion.reads),
        account_reads: reads(in_scope.as_ref(), &test, |criterion| &criterion.account_reads),
        evidence: evidence(kind, in_scope.as_ref(), &test),
        id: id.value.clone(),
        in_scope,
        subjects,
        scope_words,
        test,
        parameters,
        satisfies,
        body: body?,
        from: from.to_owned(),
    };
    (problems.len() == before).then_some(Page { control, order: order?, allowed, id_at: id.byte(0) })
}

/// The criterion of a page that the evidence decides, and its sentence.
fn test(reader: &mut Reader<'_>, table: &DeTable<'_>, scope: Scope<'_>) -> Option<Test> {
    let passes = reader.text(table, "passes");
    let fails_because = reader.text(table, "fails_because");
    let source = reader.source;
    let passes = passes.and_then(|text| {
        let passes = criterion(&text, scope, source, reader.problems)?;
        // A condition that reads no fact would pass in every account.
        if passes.reads.is_empty() && passes.account_reads.is_empty() {
            let message = "the criterion reads no fact, so it would decide without evidence";
            reader.problems.push(source.problem(text.byte(0), message, format!("name a fact of {}", scope.kind.name)));
        }
        Some(passes)
    });
    let fails_because = fails_because.and_then(|text| template(&text, scope, source, reader.problems));
    Some(Test::Criterion { passes: passes?, fails_because: fails_because? })
}

/// The header's bytes and where the body begins.
fn split(text: &str) -> Option<(Range<usize>, usize)> {
    let first = text.split_inclusive('\n').next()?;
    if first.trim_end() != "+++" {
        return None;
    }
    let mut at = first.len();
    for line in text[at..].split_inclusive('\n') {
        if line.trim_end() == "+++" {
            return Some((first.len()..at, at + line.len()));
        }
        at += line.len();
    }
    None
}

fn name(reader: &mut Reader<'_>, id: &Literal, stem: &str) {
    let at = id.byte(0);
    if let Some(fault) = naming::fault(&id.value) {
        let next = "say what should hold: access-keys-are-rotated";
        reader.problems.push(reader.source.problem(at, format!("the id {:?} {fault}", id.value), next));
    }
    if id.value != stem {
        let message = format!("the id is {}, the file is called {stem}", id.value);
        reader.problems.push(reader.source.problem(at, message, "call both the same"));
    }
}

fn choice<T: Copy>(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
    let text = reader.text(table, key)?;
    let found = choices.iter().find(|(name, _)| *name == text.value);
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let next = did_you_mean(&text.value, names.iter().copied(), &format!("{key} is one of {}", names.join(", ")));
        let message = format!("unknown {key} {:?}", text.value);
        reader.problems.push(reader.source.problem(text.byte(0), message, next));
    }
    found.map(|(_, value)| *value)
}

type Bases = BTreeMap<String, Base>;
type Values = BTreeMap<String, ParameterValue>;
type Allowed = BTreeMap<String, Vec<ParameterValue>>;

/// `[params]`: a value, or `{ value = …, one_of = […] }`.
fn parameters(reader: &mut Reader<'_>, table: &DeTable<'_>) -> (Bases, Values, Allowed) {
    let (mut bases, mut values, mut allowed) = (Bases::new(), Values::new(), Allowed::new());
    let Some(params) = table.get("params").and_then(|member| reader.table("params", member)) else {
        return (bases, values, allowed);
    };
    for (key, member) in params {
        let name = key.get_ref().as_ref();
        let identifier = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !identifier || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            reader.problem(&key.span(), format!("a parameter cannot be called {name:?}"), "use a-z, 0-9 and _");
        }
        let value = match member.get_ref().as_table() {
            None => reader.parameter(name, member),
            Some(limited) => {
                reader.only(limited, &["value", "one_of"], "a parameter");
                let one_of = one_of(reader, name, limited);
                let value = match limited.get("value") {
                    Some(member) => reader.parameter(name, member),
                    None => reader.wrong(name, member, "a value, or { value = …, one_of = […] }"),
                };
                if value.as_ref().is_some_and(|value| !one_of.contains(value)) {
                    reader.problem(&member.span(), format!("{name} is none of its one_of"), "list the value there");
                }
                allowed.insert(name.to_owned(), one_of);
                value
            }
        };
        bases.insert(name.to_owned(), value.as_ref().map_or(Base::Unclear, ParameterValue::base));
        values.extend(value.map(|value| (name.to_owned(), value)));
    }
    (bases, values, allowed)
}

fn one_of<'t>(reader: &mut Reader<'_>, name: &str, limited: &'t DeTable<'t>) -> Vec<ParameterValue> {
    let items: Vec<Member<'t>> =
        limited.get("one_of").and_then(|m| m.get_ref().as_array()).map_or(Vec::new(), |items| items.iter().collect());
    items.into_iter().filter_map(|item| reader.parameter(name, item)).collect()
}

fn reads(
    in_scope: Option<&Criterion>,
    test: &Test,
    of: impl Fn(&Criterion) -> &Vec<&'static Field>,
) -> Vec<&'static Field> {
    let passes = match test {
        Test::Criterion { passes, .. } => Some(passes),
        Test::Person(_) => None,
    };
    let mut found: Vec<&'static Field> = Vec::new();
    for field in in_scope.into_iter().chain(passes).flat_map(of) {
        if !found.iter().any(|known| known.name == field.name) {
            found.push(field);
        }
    }
    found
}

/// What decided, what the reasons quote, what a reviewer is shown, and what enumerates the population.
fn evidence(kind: &Kind, in_scope: Option<&Criterion>, test: &Test) -> Vec<Evidence> {
    fn add(found: &mut Vec<Evidence>, criterion: &Criterion) {
        for field in criterion.reads.iter().chain(&criterion.account_reads) {
            found.extend_from_slice(field.evidence);
        }
    }
    let mut found = Vec::new();
    if let Some(criterion) = in_scope {
        add(&mut found, criterion);
    }
    match test {
        Test::Criterion { passes, fails_because } => {
            add(&mut found, passes);
            for part in &fails_because.parts {
                if let Part::Value(criterion) = part {
                    add(&mut found, criterion);
                }
            }
        }
        Test::Person(review) => {
            for shown in &review.shows {
                shown.when.iter().for_each(|criterion| add(&mut found, criterion));
                shown.facts.iter().for_each(|field| found.extend_from_slice(field.evidence));
                found.extend_from_slice(shown.kind.enumerated_by);
            }
        }
    }
    found.extend_from_slice(kind.enumerated_by);
    let mut once = Vec::new();
    for evidence in found {
        if !once.contains(&evidence) {
            once.push(evidence);
        }
    }
    once
}
