//! Reads and validates controls, framework editions, parameter overrides,
//! exceptions and attestations.
//!
//! Deliberately absent: AWS types. A control knows kinds of subjects and their
//! facts, nothing of how they were collected.

mod attestations;
mod check;
mod criterion;
mod entry;
mod exceptions;
mod framework;
mod header;
mod load;
mod naming;
mod page;
mod problem;
mod schema;
mod section;
mod source;
mod suggest;
mod types;

pub use attestations::{Accounts, Attestation, Attested, Conclusion, File, Person, Reviewed, attestations};
pub use entry::LONGEST;
pub use exceptions::{Exception, Given, exceptions};
pub use problem::{Problem, Problems};
pub use schema::schema_text;
pub use section::Section;

use crate::account::fact::{Evidence, Field, Kind};
use serde::Serialize;
use std::collections::BTreeMap;

/// Controls and framework editions, validated: criteria parse and fit the
/// facts' schema, every framework id exists in its edition.
#[derive(Debug)]
pub struct Catalog {
    /// Semantic version of the embedded catalogue (`controls/catalog.toml`).
    pub version: String,
    /// SHA-256 over every page and edition, in order of their names.
    pub sha256: String,
    /// Sorted by section, then by the order given in the page.
    pub controls: Vec<Control>,
    /// Sorted by id.
    pub frameworks: Vec<Framework>,
    /// Failures that the organization accepted, sorted by id; not part of `sha256`.
    pub exceptions: Vec<Exception>,
    /// What people stated about controls that a person decides, sorted by id; not part of `sha256`.
    pub attestations: Vec<Attestation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// One control page.
#[derive(Debug)]
pub struct Control {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// Chapter of the pack.
    pub section: Section,
    pub kind: &'static Kind,
    pub in_scope: Option<Criterion>,
    /// What is in scope, as a plural noun, where that is less than the kind's: `users and roles`.
    pub subjects: Option<String>,
    /// Whom that leaves in scope, in words: `active access keys`.
    pub scope_words: Option<String>,
    pub test: Test,
    pub parameters: BTreeMap<String, Parameter>,
    /// Framework edition → requirement ids.
    pub satisfies: BTreeMap<String, Vec<String>>,
    /// Facts of the subject that the criteria read, in order of first mention.
    pub reads: Vec<&'static Field>,
    /// Facts of the account that they read besides, where the account is not the subject.
    pub account_reads: Vec<&'static Field>,
    /// Evidence behind the criteria, the failures' sentences, the reviewer's material and the population, each once.
    pub evidence: Vec<Evidence>,
    pub body: Body,
    /// `embedded` or the file's path.
    pub from: String,
}

/// Who decides about a subject in scope.
#[derive(Debug)]
pub enum Test {
    /// The collected evidence.
    Criterion {
        passes: Criterion,
        /// `{{ … }}` holds CEL of any printable type.
        fails_because: Template,
    },
    /// A person, in an attestation. Without one in force nobody has decided.
    Person(Review),
}

/// What a page asks of the person who decides, and lays before that person.
#[derive(Debug)]
pub struct Review {
    /// Collected facts that the reviewer looks at; they decide nothing.
    pub shows: Vec<Shown>,
    /// A second person has to have reviewed the statement.
    pub needs_reviewer: bool,
    /// Whoever states that it is met has to hand over a file.
    pub needs_evidence: bool,
}

/// Members of a population with some of their facts.
#[derive(Debug)]
pub struct Shown {
    pub title: String,
    pub kind: &'static Kind,
    /// Which members; all where there is none.
    pub when: Option<Criterion>,
    pub facts: Vec<&'static Field>,
}

impl Control {
    /// The criterion, where the evidence decides.
    pub fn passes(&self) -> Option<&Criterion> {
        match &self.test {
            Test::Criterion { passes, .. } => Some(passes),
            Test::Person(_) => None,
        }
    }

    /// What is asked of the person, where one decides.
    pub fn review(&self) -> Option<&Review> {
        match &self.test {
            Test::Criterion { .. } => None,
            Test::Person(review) => Some(review),
        }
    }

    /// For how many days an attestation holds at most.
    pub fn valid_days(&self) -> i32 {
        let own = match self.parameters.get(VALID_DAYS).map(|parameter| &parameter.value) {
            Some(ParameterValue::Int(days)) => i32::try_from(*days).ok(),
            _ => None,
        };
        own.unwrap_or(LONGEST).clamp(1, LONGEST)
    }
}

/// The parameter by which a page shortens for how long an attestation holds.
pub const VALID_DAYS: &str = "valid_days";

/// The five fixed headings of a page, as Markdown.
#[derive(Debug)]
pub struct Body {
    pub requirement: String,
    pub why: String,
    pub how_tested: String,
    pub how_to_fix: String,
    pub limits: String,
}

/// A CEL expression that was checked against the schema.
#[derive(Debug)]
pub struct Criterion {
    /// As written; printed in the pack.
    pub source: String,
    pub program: cel::Program,
    /// Fields of the subject that it reads.
    pub reads: Vec<&'static Field>,
    /// Fields of the account that it reads, where the account is not the subject.
    pub account_reads: Vec<&'static Field>,
}

/// Text with CEL in `{{ }}`.
#[derive(Debug)]
pub struct Template {
    pub source: String,
    pub parts: Vec<Part>,
}

#[derive(Debug)]
pub enum Part {
    Text(String),
    Value(Criterion),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    pub value: ParameterValue,
    /// The page's own value, where the configuration overrides it.
    pub overridden_from: Option<ParameterValue>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ParameterValue {
    Bool(bool),
    Int(i64),
    Text(String),
}

/// A framework edition, `controls/frameworks/<id>.toml`.
#[derive(Debug)]
pub struct Framework {
    /// `cis-aws-7.0.0`.
    pub id: String,
    /// `CIS AWS Foundations Benchmark 7.0.0`.
    pub name: String,
    /// What part of the framework the file lists, in one sentence.
    pub scope: String,
    pub requirements: Vec<Requirement>,
}

#[derive(Debug)]
pub struct Requirement {
    /// A string: `1.1` is not `1.10`.
    pub id: String,
    /// Our own wording.
    pub title: String,
    /// `automated`, `manual` …, as this edition calls it.
    pub assessment: Option<String>,
    pub level: Option<u8>,
}

/// Values that `auditpack.toml` sets in place of a page's own: control id → parameter → value.
pub type Overrides = BTreeMap<String, BTreeMap<String, ParameterValue>>;

/// The embedded catalogue, and a customer's own pages where given. Either all
/// of it is sound, or every problem of every file is told.
pub fn load(own: Option<&std::path::Path>, overrides: &Overrides) -> Result<Catalog, Problems> {
    let mut files = load::embedded();
    let mut problems = Vec::new();
    if let Some(folder) = own {
        files.extend(load::own(folder, &mut problems));
    }
    load::assemble(&files, problems, overrides)
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}
