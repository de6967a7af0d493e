//! The register as plain, worded data. Text from AWS is still hostile here.

use super::kind::{Holding, Relation, SheetKind};
use super::picture::Picture;
use crate::policy::actions::Level;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// Characters on a line of a statement's JSON, which is beside its words, and of a whole document.
pub const STATEMENT_WIDTH: usize = 70;
pub const DOCUMENT_WIDTH: usize = 112;

/// A sheet for every role, policy, group and user of an account. No verdicts.
#[derive(Debug, Default, Serialize)]
pub struct Register {
    /// What it holds, how complete it is, and what it does not look at, in sentences.
    pub lead: Vec<String>,
    /// What the reader must know first; empty if all evidence was there.
    pub notices: Vec<String>,
    /// Label and number of each kind of sheet.
    pub counts: Vec<(&'static str, usize)>,
    /// Who trusts whom; none where the evidence holds no role.
    pub picture: Option<Picture>,
    /// In the order of the index: roles, users, groups, policies; by name.
    pub sheets: Vec<Sheet>,
    /// Policy documents, each once however many hold it; sheets point to them by place.
    pub documents: Vec<Explained>,
    /// Tables of what is granted, each once however many principals share it.
    pub tables: Vec<Table>,
}

/// One page of the register.
#[derive(Debug, Serialize)]
pub struct Sheet {
    pub kind: SheetKind,
    /// Below the register's folder: `roles/app.html`.
    pub file: String,
    pub name: String,
    /// ARN; of an inline policy its holder's ARN and its name.
    pub id: String,
    /// `user app`: whose inline policy it is; empty for everything else.
    pub part_of: String,
    pub path: String,
    /// The value of an owner tag; empty if there is none.
    pub owner: String,
    /// The most that it grants or may do: `write`, `full administrator`.
    pub level: String,
    /// The level is one over all services together, which no table shows service by service.
    pub sweeping: bool,
    /// Whether a user, group or role administers the account; none for policies, and where the evidence does not show
    /// it. Left empty here: the room that words the pack takes it from the account, so that it is counted once.
    pub administrator: Option<bool>,
    /// Date, `never`, `not known`; empty where use is not a question.
    pub last_used: String,
    /// What it is for, in one line; `No description` if nothing says so.
    pub purpose: String,
    /// Shortcomings of the evidence behind this sheet.
    pub notices: Vec<String>,
    pub facts: Vec<(&'static str, String)>,
    pub tags: Vec<(String, String)>,
    pub trust: Option<TrustPart>,
    pub grants: Option<GrantsPart>,
    /// Policies that decide what it may do, or the policy's own document.
    pub held: Vec<Held>,
    pub links: Vec<Links>,
    pub versions: Vec<VersionPart>,
    pub reach: Vec<Reach>,
    /// What controls found about it, the worst first. Left empty here: the room that words the pack, which
    /// knows both the verdicts and the sheets, joins them.
    pub findings: Vec<Finding>,
    /// Its change since the previous pack; none where there is no previous pack.
    pub change: Option<Change>,
    /// The evidence that the sheet rests on; joined by the room that words the pack.
    pub exhibits: Vec<SheetExhibit>,
}

impl Sheet {
    /// Its name in a list; many inline policies have the same one, so theirs goes with whom they belong to.
    pub fn listed(&self) -> String {
        if self.part_of.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.part_of) }
    }
}

/// A control's result about a sheet's subject.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The control's id.
    pub control: String,
    /// The control's number in the pack: `4.2`.
    pub number: String,
    pub title: String,
    /// `fail`, `unknown` or `pass`.
    pub verdict: &'static str,
    /// The verdict's label: `Fail`, `Inconclusive`, `Pass`.
    pub label: &'static str,
    /// Why, in a sentence.
    pub reason: String,
    /// Exceptions that cover it: owner, approver, until when. Empty if there are none.
    pub exceptions: Vec<String>,
}

/// What became of a sheet's subject since the previous pack.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// `New since the pack of 2026-06-30.`, `Unchanged since …`, `3 changes since …`.
    pub sentence: String,
    pub rows: Vec<ChangeRow>,
}

/// One thing that changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRow {
    /// `Trust policy`, `Attached policies` …
    pub what: String,
    /// Empty where it is new, or where `lines` show it.
    pub before: String,
    /// Empty where it is gone, or where `lines` show it.
    pub after: String,
    /// The differences of a document.
    pub lines: Vec<DiffLine>,
}

/// An exhibit behind a sheet.
#[derive(Clone, Debug, Serialize)]
pub struct SheetExhibit {
    /// `E-07`: as in the pack's list of exhibits.
    pub id: String,
    /// What it is: `iam:GetAccountAuthorizationDetails, 3 pages`.
    pub text: String,
}

/// Who can assume a role.
#[derive(Clone, Debug, Serialize)]
pub struct TrustPart {
    pub entries: Vec<TrustEntry>,
    /// What the statements that deny come to.
    pub denials: Vec<String>,
    /// What was not understood.
    pub notes: Vec<String>,
    /// The document in lines of up to `DOCUMENT_WIDTH`, external ids masked.
    pub json: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct TrustEntry {
    pub sentence: String,
    /// Each condition and what it does.
    pub conditions: Vec<(String, String)>,
}

/// What it may do, in all.
#[derive(Debug, Serialize)]
pub struct GrantsPart {
    pub sentences: Vec<String>,
    /// Place in [`Register::tables`].
    pub table: Option<usize>,
}

/// Service × access level, broad grants first.
#[derive(Debug, Serialize)]
pub struct Table {
    pub rows: Vec<TableRow>,
    /// Services beyond the rows, by what is granted of them; the most far-reaching first.
    pub rest: Vec<Rest>,
}

impl Table {
    /// How many services have no row.
    pub fn more(&self) -> usize {
        self.rest.iter().map(|group| group.services.len()).sum()
    }
}

/// Services of which the same levels are granted.
#[derive(Debug)]
pub struct Rest {
    /// From the mildest; written as `list, read`.
    pub levels: Vec<Level>,
    /// `athena`, `ec2` …
    pub services: Vec<String>,
}

impl Rest {
    /// `list, read`.
    pub fn levels_in_words(&self) -> String {
        self.levels.iter().map(|level| level.word()).collect::<Vec<_>>().join(", ")
    }
}

impl Serialize for Rest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rest = serializer.serialize_struct("Rest", 2)?;
        rest.serialize_field("levels", &self.levels_in_words())?;
        rest.serialize_field("services", &self.services)?;
        rest.end()
    }
}

#[derive(Debug, Serialize)]
pub struct TableRow {
    /// `Amazon S3`.
    pub title: String,
    /// `s3`.
    pub service: String,
    /// List, read, tagging, write, permissions management.
    pub cells: [Option<Cell>; 5],
}

#[derive(Debug, Serialize)]
pub struct Cell {
    /// `all resources`.
    pub scope: String,
    pub allowed: u32,
    pub of: u32,
    /// It is allowed on all resources, or all of a type.
    pub broad: bool,
}

/// A policy document with each statement in plain words.
#[derive(Debug, Serialize)]
pub struct Explained {
    pub statements: Vec<ExplainedStatement>,
    /// What the parser did not understand.
    pub notes: Vec<String>,
    /// The whole document in lines of up to `DOCUMENT_WIDTH`, where it could not be read as statements.
    pub json: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct ExplainedStatement {
    /// From 1.
    pub number: usize,
    pub sid: Option<String>,
    pub denies: bool,
    /// The actions or patterns of actions that it names, as written; for searching.
    #[serde(skip)]
    pub actions: Vec<String>,
    pub words: String,
    /// In lines of up to `STATEMENT_WIDTH`, external ids masked.
    pub json: String,
}

/// A policy as its holder's sheet shows it.
#[derive(Debug, Serialize)]
pub struct Held {
    pub title: String,
    /// The policy's own sheet; empty on that sheet itself, or where there is none.
    pub file: String,
    pub how: Holding,
    /// Place in [`Register::documents`].
    pub document: Option<usize>,
    /// Why there is none.
    pub missing: Option<String>,
}

/// Links of one kind.
#[derive(Debug, Serialize)]
pub struct Links {
    pub relation: Relation,
    /// Said where the list is empty.
    pub none: &'static str,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub text: String,
    /// Empty: it has no sheet.
    pub file: String,
    pub note: String,
}

/// A version of a managed policy.
#[derive(Debug, Serialize)]
pub struct VersionPart {
    pub id: String,
    pub in_force: bool,
    pub created: String,
    /// What the comparison is with, or why there is none.
    pub change: String,
    pub lines: Vec<DiffLine>,
}

#[derive(Clone, Debug, Serialize)]
pub struct DiffLine {
    /// `+`, `-`, ` ` or `…`.
    pub sign: char,
    pub text: String,
}

/// Ways between principals.
#[derive(Debug, Serialize)]
pub struct Reach {
    pub title: &'static str,
    /// What the list is, or that it is empty.
    pub sentence: String,
    pub steps: Vec<ReachStep>,
}

#[derive(Debug, Serialize)]
pub struct ReachStep {
    pub words: String,
    /// The sheet of the other principal; may be empty.
    pub file: String,
    /// The statements it rests on, and what may prevent it.
    pub evidence: String,
    /// Where the public catalogue describes the path; empty where it has no page.
    pub link: String,
}
