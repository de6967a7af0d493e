//! The finished document as plain, sorted, worded data.
//!
//! Deliberately absent: markup. Renderers loop and place; every sentence,
//! number format and order is decided here. Text from AWS is still hostile
//! here: escaping belongs to each format.

mod administrators;
pub mod assessment;
mod attestations;
pub mod changes;
mod chapters;
mod corroboration;
mod counted;
mod cover;
mod document;
mod editions;
mod evidence;
mod exceptions;
mod exhibits;
mod frameworks;
mod glossary;
mod joining;
mod material;
mod numbering;
pub mod openings;
mod prose;
pub mod register;
mod scope;
mod sheets;
mod summary;
mod words;

use crate::account::Account;
use crate::assess::Assessment;
use crate::assess::evidence_gaps::EvidenceGaps;
use crate::catalog::Catalog;
use crate::compare::Changes;
use crate::describe::describe;
use crate::snapshot::format::{Call, Header};
use crate::snapshot::{Exhibit, ReadError, Snapshot};
use crate::verdict::Verdict;
pub use attestations::{AttestationExhibit, AttestationRow, Attestations};
pub use counted::Counted;
pub use cover::Cover;
pub use exceptions::{ExceptionRow, Exceptions};
pub use exhibits::{CallRow, ExhibitFileRow, ExhibitRow};
pub use frameworks::{FrameworkRow, FrameworkTable};
pub use glossary::Term;
pub use material::MaterialTable;
pub use prose::{Block, Span};
pub use scope::{DisagreementLine, GapLine, ReconciliationLine, Scope, SourceLine};
use serde::Serialize;
pub use summary::{ChapterBar, Summary, SummaryLine, VerdictCount};

/// Everything a reader of the pack sees.
#[derive(Debug, Serialize)]
pub struct Pack {
    pub cover: Cover,
    pub summary: Summary,
    pub scope: Scope,
    /// Since the previous pack; says so where there is none.
    pub changes: changes::ChangesPart,
    pub chapters: Vec<Chapter>,
    /// The register of exceptions; none where no exception was given.
    pub exceptions: Option<Exceptions>,
    /// The register of attestations; none where none was given.
    pub attestations: Option<Attestations>,
    pub sheets: Vec<Sheet>,
    pub frameworks: Vec<FrameworkTable>,
    pub exhibits: Vec<ExhibitRow>,
    /// What the lines of the call log are, and how many.
    pub calls_intro: String,
    pub calls: Vec<CallRow>,
    pub glossary: Vec<Term>,
    /// A sheet for every role, policy, group and user; none where the pack was worded without a snapshot. It
    /// is many times the rest, so formats that take the pack as a whole do not take this along.
    #[serde(skip)]
    pub register: Option<register::Register>,
    /// The frozen twin for machines: `assessment.json`.
    #[serde(skip)]
    pub assessment: assessment::Document,
}

#[derive(Debug, Serialize)]
pub struct Chapter {
    /// `A`, `B` …; the first part of its controls' numbers.
    pub letter: String,
    pub title: String,
    /// What its evidence shows as a whole; none where the controls are all there is.
    pub opening: Option<openings::Opening>,
    pub controls: Vec<ControlSection>,
}

#[derive(Debug, Serialize)]
pub struct ControlSection {
    pub id: String,
    /// The control's reference in this pack: the chapter's letter and a running number (`B3`). Heads the
    /// control's column in the sheets. Letters, because numbers would read like a benchmark's.
    pub number: String,
    pub title: String,
    pub severity: String,
    pub verdict: Verdict,
    pub verdict_label: String,
    pub conclusion: String,
    pub requirement: Vec<Block>,
    pub why: Vec<Block>,
    pub how_tested: Vec<Block>,
    pub how_to_fix: Vec<Block>,
    pub limits: Vec<Block>,
    /// The very test, as written on the page.
    pub in_scope: Option<String>,
    /// None where a person decides.
    pub passes: Option<String>,
    /// Who decides in its place, and what is asked of an attestation; none where the evidence decides.
    pub decided_by: Option<String>,
    pub parameters: Vec<ParameterLine>,
    /// What the population is (the kind's sentence).
    pub population: String,
    pub counts: Vec<(Counted, usize)>,
    pub population_complete: bool,
    /// The facts that decided: of single subjects (account, root user, password policy), and of the account
    /// where a criterion reads it besides its subject.
    pub facts: Vec<(String, String)>,
    /// Failing subjects, up to about a page.
    pub failing: Vec<SubjectLine>,
    /// Unknown subjects, up to half a page.
    pub unknown: Vec<SubjectLine>,
    /// Subjects that fail under an exception, up to half a page.
    pub excepted: Vec<SubjectLine>,
    /// The exceptions given for this control, whatever became of them.
    pub exceptions: Vec<ExceptionRow>,
    /// The attestations given for it, whatever became of them.
    pub attestations: Vec<AttestationRow>,
    /// Collected facts for the person who decides.
    pub material: Vec<MaterialTable>,
    /// Where the rest stands: `and 212 more, in sheet Users, column USR-3`; absent if all are listed.
    pub more: Option<String>,
    /// Gaps met, in sentences.
    pub gaps: Vec<String>,
    /// Sheet that holds the whole population (or its first part); absent for single subjects.
    pub sheet: Option<String>,
    /// Every sheet with a column for this control: id and title.
    pub sheets: Vec<(String, String)>,
    /// `E-03`.
    pub exhibits: Vec<String>,
    /// Edition's name and requirement ids.
    pub frameworks: Vec<(String, Vec<String>)>,
    /// `embedded`, or the customer's file.
    pub from: String,
}

#[derive(Debug, Serialize)]
pub struct ParameterLine {
    pub name: String,
    pub value: String,
    /// The page's own value, where the configuration overrides it.
    pub overridden_from: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct SubjectLine {
    pub label: String,
    pub id: String,
    pub reason: String,
}

/// A population sheet or inventory: one row a subject, facts first, then one
/// column a control.
#[derive(Debug, Serialize)]
pub struct Sheet {
    /// `users`, `credentials`, `groups`, `roles`, `policies`, `certificates`, `providers`, `mfa-devices`; also the CSV's name.
    pub id: String,
    pub title: String,
    /// What the rows are, and whether they are all (`complete: …`, or what is missing).
    pub intro: String,
    pub complete: bool,
    /// How many of the first columns name the row; a format may put the marks right after them.
    pub lead: usize,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub struct Column {
    /// Short heading.
    pub title: String,
    /// CSV heading: the fact's or the control's id.
    pub key: String,
    /// Control columns: the control's id; its verdict stands in `Row::marks`.
    pub control: Option<String>,
    /// `text` (may be long), `word`, `number`, `time`, `mark`.
    pub kind: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Row {
    /// The subject's id (ARN); not printed in every format.
    pub id: String,
    /// One a fact column; `not known` for a gap, `none`/`never` for null as the column says.
    pub cells: Vec<String>,
    /// One a control column: `Some(mark)`, or none where the control is not about this subject.
    pub marks: Vec<Option<Verdict>>,
}

/// What the person who runs it says about the pack.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Labels {
    pub organization: Option<String>,
    pub period: Option<String>,
    /// Name of the embedded sample, for the notice on the cover.
    pub sample: Option<String>,
}

/// Everything that a pack is worded from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub header: &'a Header,
    /// In the order of the log.
    pub calls: &'a [Call],
    pub exhibits: &'a [Exhibit],
    pub account: &'a Account,
    pub catalog: &'a Catalog,
    /// Made from this very account and catalogue: results point into them by position.
    pub assessment: &'a Assessment,
    pub labels: &'a Labels,
    /// The hash over the inputs.
    pub pack_id: &'a str,
}

/// Words the pack of a snapshot. `pack_id` is the hash over the inputs; `changes` those since the previous pack.
pub fn build(
    snapshot: &Snapshot,
    account: &Account,
    catalog: &Catalog,
    assessment: &Assessment,
    labels: &Labels,
    pack_id: &str,
    changes: Option<Changes>,
) -> Result<Pack, ReadError> {
    let exhibits = snapshot.exhibits()?;
    let (header, calls) = (&snapshot.header, snapshot.calls.as_slice());
    let inputs = Inputs { header, calls, exhibits: &exhibits, account, catalog, assessment, labels, pack_id };
    let numbers = numbering::Numbers::of(catalog);
    let mut register = describe(account);
    joining::join(&mut register, &inputs, &numbers, changes.as_ref());
    administrators::mark(&mut register, account);
    let mut pack = word(&inputs);
    if let Some(changes) = changes {
        pack.scope.facts.push(("Previous pack".to_owned(), scope::previous(&changes)));
        let files = register.sheets.iter().map(|sheet| (sheet.id.as_str(), sheet.file.as_str())).collect();
        let number = |id: &str| numbers.of_id(catalog, id);
        pack.changes = changes::word(changes, &number, &files);
    }
    pack.register = Some(register);
    Ok(pack)
}

/// Words the pack from evidence that was already read.
pub fn word(inputs: &Inputs<'_>) -> Pack {
    let numbers = numbering::Numbers::of(inputs.catalog);
    let missing = EvidenceGaps::of(inputs.account, inputs.assessment, &inputs.header.depth);
    let scope = scope::scope(inputs, &missing);
    Pack {
        cover: cover::cover(inputs, &missing),
        summary: summary::summary(inputs, &numbers, &scope, &missing),
        scope,
        changes: changes::none(),
        chapters: chapters::chapters(inputs, &numbers),
        exceptions: exceptions::exceptions(inputs, &numbers),
        attestations: attestations::attestations(inputs, &numbers),
        sheets: sheets::sheets(inputs, &numbers),
        frameworks: frameworks::frameworks(inputs),
        exhibits: exhibits::exhibits(inputs),
        calls_intro: exhibits::calls_intro(inputs),
        calls: exhibits::calls(inputs),
        glossary: glossary::terms(),
        register: None,
        assessment: document::document(inputs, &missing),
    }
}
