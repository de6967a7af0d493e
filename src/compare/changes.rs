//! `changes.json`, format `auditpack.changes/v1`: what a comparison found.
//! Members are only ever added. Text from AWS is hostile here; external ids
//! are masked already.

use crate::describe::DiffLine;
use crate::verdict::Verdict;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub const FORMAT: &str = "auditpack.changes/v1";

/// Everything that a comparison found, sorted.
#[derive(Debug, Serialize)]
pub struct Changes {
    /// `auditpack.changes/v1`.
    pub format: &'static str,
    /// Twelve digits.
    pub account: String,
    pub old: SideRef,
    pub new: SideRef,
    /// The catalogue by which both sides were judged for `verdicts`.
    pub catalog: CatalogRef,
    /// Opening + added − removed = closing, a population each.
    pub rollforward: Vec<Roll>,
    /// What an auditor asks about first.
    pub notable: Vec<NotableGroup>,
    /// Everything that is not plainly unchanged: by kind, then by id.
    pub entities: Vec<Entity>,
    /// Controls whose verdict or failing subjects are others now.
    pub verdicts: Vec<VerdictChange>,
    /// What became of the attestations; null where only evidence was compared.
    pub attestations: Option<super::statements::Statements>,
    /// Ids of what was compared in full and did not change; a population's count stands in its rollforward.
    #[serde(skip)]
    pub unchanged: BTreeSet<String>,
    /// User's ARN → why this user's credentials could not be compared.
    #[serde(skip)]
    pub credentials: BTreeMap<String, BTreeSet<String>>,
    /// Why nobody's credentials could be.
    #[serde(skip)]
    pub all_credentials: BTreeSet<String>,
}

#[derive(Debug, Serialize)]
pub struct SideRef {
    /// Start of the collection, RFC 3339.
    pub as_of: String,
    /// GeneratedTime of the credential report; null if there is none.
    pub credential_report_as_of: Option<String>,
    /// Null where a bare snapshot was compared.
    pub pack_id: Option<String>,
    /// What this side's evidence lacks, in sentences.
    pub missing: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct CatalogRef {
    pub version: String,
    pub sha256: String,
}

/// A population carried from the earlier evidence to the later.
#[derive(Debug, Serialize)]
pub struct Roll {
    /// As in `assessment.json`: `user`, `access_key` …
    pub kind: &'static str,
    pub title: &'static str,
    pub opening: Counted,
    /// Null where it cannot be known: the earlier evidence does not hold the whole population.
    pub added: Option<usize>,
    /// Null where it cannot be known: the later evidence does not hold the whole population.
    pub removed: Option<usize>,
    pub closing: Counted,
    /// Of those added and removed: deleted and made anew under the same name, counted once in both.
    pub made_anew: usize,
    /// On both sides, and not the same.
    pub changed: usize,
    pub unchanged: usize,
    /// Members of which it cannot be said what became of them.
    pub not_comparable: usize,
    /// Why the row cannot be added up; empty if it can.
    pub reasons: Vec<String>,
}

/// A count, and whether the evidence holds them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub count: usize,
    /// False: there may be more.
    pub complete: bool,
}

impl Roll {
    /// The row can be added up: both sides hold the whole population.
    pub fn adds_up(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// What became of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Added,
    Removed,
    /// The same name, another entity: the earlier one was deleted.
    MadeAnew,
    Changed,
    /// Evidence is missing on a side; see `missing`.
    NotComparable,
}

/// A user, role, policy, key … that is not plainly unchanged.
#[derive(Debug, Serialize)]
pub struct Entity {
    pub kind: &'static str,
    pub id: String,
    pub label: String,
    pub change: Change,
    /// What is different.
    pub rows: Vec<Row>,
    /// What could not be compared, and why.
    pub missing: Vec<Missing>,
}

/// One thing that is different.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// For machines: the fact's name, `trust_policy`, `document`.
    pub fact: &'static str,
    /// `Trust policy`, `Attached policies` …
    pub what: String,
    /// Empty where `lines` show it, or where it is new.
    pub before: String,
    /// Empty where `lines` show it, or where it is gone.
    pub after: String,
    /// Of lists and documents: what is gone (`-`) and new (`+`).
    pub lines: Vec<DiffLine>,
}

/// What could not be compared, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// Names of facts, as in [`Row::fact`].
    #[serde(skip)]
    pub facts: Vec<&'static str>,
    /// Labels of facts; empty: whether it was there at all, or whether it is the same one.
    pub what: Vec<String>,
    /// `The later evidence: iam:ListUsers was refused …`.
    pub reason: String,
}

impl Missing {
    /// About a subject as a whole.
    pub const fn all(reason: String) -> Self {
        Self { facts: Vec::new(), what: Vec::new(), reason }
    }
}

/// Changes of one sort that an auditor asks about first.
#[derive(Debug, Serialize)]
pub struct NotableGroup {
    /// `new_administrators` …
    pub sort: &'static str,
    pub title: &'static str,
    pub items: Vec<Notable>,
    /// Why there may be more than `items`; empty if these are all.
    pub not_known: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Notable {
    pub kind: &'static str,
    pub id: String,
    /// One sentence.
    pub text: String,
}

/// A control judged on both sides by the same catalogue.
#[derive(Debug, Serialize)]
pub struct VerdictChange {
    pub control: String,
    pub title: String,
    /// `fail`, `unknown`, `excepted`, `manual`, `attested`, `not_applicable`, `pass`.
    pub before: Verdict,
    pub after: Verdict,
    /// `worse`, `better`, `same`, or `not_comparable` where a side is unknown, or only one was decided by a person.
    pub direction: &'static str,
    /// Subjects that fail now and passed, or were not in scope, or did not exist.
    pub newly_failing: Vec<String>,
    /// Subjects that fail now and could not be judged before.
    pub failing_before_unknown: Vec<String>,
    /// Subjects that failed and are known not to fail any more, or to be gone.
    pub no_longer_failing: Vec<String>,
    /// Subjects that failed and cannot be judged now.
    pub failing_now_unknown: Vec<String>,
}
