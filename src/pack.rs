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
pub use counted::Counted;
use serde::Serialize;

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
pub struct Cover {
    /// `Evidence pack: identity and access`.
    pub title: String,
    /// As configured; `Organization not stated` is not printed, absent is absent.
    pub organization: Option<String>,
    pub account: String,
    pub account_from: String,
    pub alias: Option<String>,
    pub partition: String,
    /// `2026-Q3`, as configured. A label: evidence is point-in-time.
    pub period: Option<String>,
    /// Date of the collection, `2026-11-22`; in running heads and names.
    pub date: String,
    /// `22 November 2026, 05:56:27 UTC`: start of the collection.
    pub as_of: String,
    /// The same as RFC 3339, for metadata.
    pub as_of_rfc3339: String,
    /// When the credential report was generated, worded with its age; or why there is none.
    pub report_as_of: String,
    /// SHA-256 over the inputs, hex; see `pack.json`.
    pub pack_id: String,
    pub tool_version: String,
    pub catalog_version: String,
    pub catalog_sha256: String,
    /// `recorded sample`, `supplied, not observed` …: what the reader must know first. Empty for an ordinary pack.
    pub notices: Vec<String>,
    /// Whether it is signed, and how to check it: a sentence and the command that it ends with; may be empty.
    pub verification: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
pub struct Summary {
    /// Plain sentences that open the pack, the most important first.
    pub sentences: Vec<String>,
    /// Controls by verdict, in the order fail, unknown, excepted (where exceptions were given), manual, attested
    /// (where attestations were given), pass, not_applicable; zeros included.
    pub verdicts: Vec<VerdictCount>,
    /// Chart: a bar a chapter, parts by verdict in the same order.
    pub by_chapter: Vec<ChapterBar>,
    /// What the account holds: label and number, `at least 41`, or `not known`.
    pub populations: Vec<(String, String)>,
    /// One line a control, worst first.
    pub controls: Vec<SummaryLine>,
}

#[derive(Debug, Serialize)]
pub struct VerdictCount {
    pub verdict: Verdict,
    /// `Fail`, `Unknown`, `Fails under exception`, `Manual`, `Attested`, `Pass`, `Not applicable`.
    pub label: String,
    pub count: usize,
}

#[derive(Debug, Serialize)]
pub struct ChapterBar {
    pub title: String,
    pub total: usize,
    /// Aligned with `Summary::verdicts`.
    pub counts: Vec<usize>,
}

#[derive(Debug, Serialize)]
pub struct SummaryLine {
    pub id: String,
    /// As in [`ControlSection::number`].
    pub number: String,
    pub title: String,
    pub severity: String,
    pub verdict: Verdict,
    pub verdict_label: String,
    /// `3 of 41 fail`.
    pub conclusion: String,
}

/// Scope and completeness.
#[derive(Debug, Serialize)]
pub struct Scope {
    /// Label and value, in order: collected by, from, to, requests, depth, mixed times …
    pub facts: Vec<(String, String)>,
    /// One line a source operation: what was asked and what came back.
    pub sources: Vec<SourceLine>,
    /// The evidence gaps; that there are none is said by `gaps_sentence`.
    pub gaps: Vec<GapLine>,
    pub gaps_sentence: String,
    /// What this depth does not request, and what no analyzer of the account looks for. No gaps: nothing was refused.
    pub not_requested: Vec<GapLine>,
    pub not_requested_sentences: Vec<String>,
    pub reconciliation: Vec<ReconciliationLine>,
    pub reconciliation_sentence: String,
    pub disagreements: Vec<DisagreementLine>,
    /// What the reader should know besides, in sentences.
    pub notes: Vec<String>,
    /// What the pack does not look at at all, in sentences.
    pub limits: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct SourceLine {
    /// `iam:GetCredentialReport`.
    pub operation: String,
    /// `Credential report`.
    pub title: String,
    pub requests: usize,
    pub items: Option<u64>,
    /// `complete`, `answered: none set`, `AccessDenied`, `cut short`, `not collected`.
    pub outcome: String,
    /// True where `outcome` is a gap.
    pub is_gap: bool,
    pub exhibit: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct GapLine {
    /// `iam:ListUsers`.
    pub source: String,
    /// `AccessDenied`, `not collected` …
    pub code: String,
    pub reason: String,
    /// Call log line, where there is one.
    pub call: Option<String>,
    /// Controls that met it.
    pub controls: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ReconciliationLine {
    pub what: String,
    /// Source title and count (`not known` for a gap), in order.
    pub counts: Vec<(String, String)>,
    /// `agrees`, `differs`, `not comparable`, `different scope`.
    pub result: String,
    pub explanation: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct DisagreementLine {
    pub subject: String,
    pub about: String,
    /// Source title and what it says.
    pub says: Vec<(String, String)>,
    pub explanation: Option<String>,
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

/// The register of exceptions.
#[derive(Debug, Serialize)]
pub struct Exceptions {
    /// How many there are, what became of them, what they do to the results.
    pub sentences: Vec<String>,
    /// In order of their ids.
    pub rows: Vec<ExceptionRow>,
}

/// One exception, and what became of it on the day of the evidence.
#[derive(Debug, Serialize)]
pub struct ExceptionRow {
    pub id: String,
    /// The control's id, number and title.
    pub control: String,
    pub number: String,
    pub title: String,
    /// Ids and patterns as written in the file, a few of them.
    pub subjects: Vec<String>,
    /// `and 12 more, in exceptions.toml`.
    pub more_subjects: Option<String>,
    /// Failures that it excepts.
    pub excepted: usize,
    pub reason: String,
    pub owner: String,
    pub approver: String,
    /// `2026-07-01`.
    pub approved: String,
    pub expires: String,
    /// `92 days after the evidence`.
    pub days_left: String,
    pub compensating_control: Option<String>,
    pub ticket: Option<String>,
    /// `in_force`, `undecided`, `not_needed`, `unused`, `future`, `expired`.
    pub state: &'static str,
    /// The same for readers.
    pub state_label: String,
    /// What it did, and what its owner should look at.
    pub note: String,
}

/// The register of attestations.
#[derive(Debug, Serialize)]
pub struct Attestations {
    /// How many there are, what became of them, what rests on them.
    pub sentences: Vec<String>,
    /// In order of their ids.
    pub rows: Vec<AttestationRow>,
    /// The statements and the files that were handed over.
    pub exhibits: Vec<AttestationExhibit>,
}

/// One attestation, and what became of it on the day of the evidence.
#[derive(Clone, Debug, Serialize)]
pub struct AttestationRow {
    pub id: String,
    /// The control's id, number and title.
    pub control: String,
    pub number: String,
    pub title: String,
    /// `every account of the organization`, or the accounts' numbers, a few of them.
    pub accounts: String,
    /// Whom and what it is about, and the statement itself, in the attester's words.
    pub scope: String,
    pub statement: String,
    /// `met`, `not met`, `not applicable`.
    pub conclusion: &'static str,
    pub reason: Option<String>,
    /// `Ada Lovelace, Head of Platform`.
    pub attested_by: String,
    pub reviewed_by: Option<String>,
    /// `2026-09-15`; of the review only where there was one.
    pub date: String,
    pub reviewed: Option<String>,
    pub valid_until: String,
    /// `92 days after the evidence`.
    pub days_left: String,
    pub replaces: Vec<String>,
    pub ticket: Option<String>,
    /// Numbers and names of the exhibits, the statement's own file first.
    pub exhibits: Vec<(String, String)>,
    /// As [`crate::assess::AttestationState::key`] has it.
    pub state: &'static str,
    /// The same for readers.
    pub state_label: String,
    /// What rests on it, and what its owner should look at.
    pub note: String,
}

/// A file that a person handed over, the statement itself included.
#[derive(Clone, Debug, Serialize)]
pub struct AttestationExhibit {
    /// `EA-01`.
    pub id: String,
    /// In the pack: `attestations/…`.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    /// Ids of the attestations that hand it over.
    pub of: Vec<String>,
    /// It is a statement itself.
    pub is_statement: bool,
}

/// Collected facts that a reviewer looks at.
#[derive(Debug, Serialize)]
pub struct MaterialTable {
    pub title: String,
    /// How many there are, whether they are all, and that they decide nothing.
    pub sentence: String,
    pub heads: Vec<String>,
    /// Up to half a page.
    pub rows: Vec<Vec<String>>,
    /// The subject's id of each row; not printed.
    #[serde(skip)]
    pub ids: Vec<String>,
    /// `And 40 more: see the sheet Users.`
    pub more: Option<String>,
}

/// A block of prose from a control page.
#[derive(Debug, Serialize)]
#[serde(tag = "block", rename_all = "lowercase")]
pub enum Block {
    Paragraph { spans: Vec<Span> },
    List { ordered: bool, items: Vec<Vec<Span>> },
    Code { text: String },
}

/// A run of text in one style.
#[derive(Debug, Serialize)]
pub struct Span {
    pub text: String,
    /// `plain`, `code`, `strong`, `emphasis`.
    pub style: &'static str,
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

/// An edition's requirements and the controls that answer them.
#[derive(Debug, Serialize)]
pub struct FrameworkTable {
    pub id: String,
    pub name: String,
    pub scope: String,
    /// How much of it this pack covers, in words.
    pub sentence: String,
    pub rows: Vec<FrameworkRow>,
}

#[derive(Debug, Serialize)]
pub struct FrameworkRow {
    pub requirement: String,
    pub title: String,
    /// `automated`, `manual` … in this edition.
    pub assessment: Option<String>,
    /// Control id and its verdict; empty: not covered by this pack.
    pub controls: Vec<(String, Verdict, String)>,
}

#[derive(Debug, Serialize)]
pub struct ExhibitRow {
    pub id: String,
    pub operation: String,
    pub parameters: String,
    /// When asked (first to last call), worded.
    pub time: String,
    pub outcome: String,
    pub calls: Vec<String>,
    /// File in the pack (`snapshot/evidence/…`), bytes, SHA-256.
    pub files: Vec<ExhibitFileRow>,
}

#[derive(Debug, Serialize)]
pub struct ExhibitFileRow {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Serialize)]
pub struct CallRow {
    pub id: String,
    pub operation: String,
    pub parameters: String,
    pub time: String,
    pub ms: u64,
    /// `200`, `AccessDenied` …
    pub outcome: String,
    pub request_id: String,
    pub sha256: String,
}

#[derive(Debug, Serialize)]
pub struct Term {
    pub term: String,
    pub meaning: String,
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
