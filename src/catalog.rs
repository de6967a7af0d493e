//! Reads and validates controls, framework editions and parameter overrides.
//!
//! Deliberately absent: AWS types. A control knows kinds of subjects and their
//! facts, nothing of how they were collected.

mod problem;

pub use problem::{Problem, Problems};

use crate::account::fact::{Evidence, Field, Kind};
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
    /// Chapter of the pack: `Root user`, `Password policy`, `Users and credentials`, `Policies`, `Roles`, `Certificates`.
    pub section: String,
    pub kind: &'static Kind,
    pub in_scope: Option<Criterion>,
    pub passes: Criterion,
    /// `{{ … }}` holds CEL of any printable type.
    pub fails_because: Template,
    pub parameters: BTreeMap<String, Parameter>,
    /// Framework edition → requirement ids.
    pub satisfies: BTreeMap<String, Vec<String>>,
    /// Facts that the criteria read, in order of first mention.
    pub reads: Vec<&'static Field>,
    /// Evidence behind the criteria and the population, each once.
    pub evidence: Vec<Evidence>,
    pub body: Body,
    /// `embedded` or the file's path.
    pub from: String,
}

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

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub value: ParameterValue,
    /// The page's own value, where the configuration overrides it.
    pub overridden_from: Option<ParameterValue>,
}

#[derive(Clone, Debug, PartialEq)]
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

/// The embedded catalogue, and a customer's own pages where given.
pub fn load(_own: Option<&std::path::Path>, _overrides: &Overrides) -> Result<Catalog, Problems> {
    unimplemented!()
}
