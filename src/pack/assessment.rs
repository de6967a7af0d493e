//! `assessment.json`, format `auditpack.assessment/v1`: the frozen twin of the
//! pack for machines. Members are only ever added.

use crate::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub struct Document {
    /// `auditpack.assessment/v1`.
    pub format: &'static str,
    /// Start of the collection, RFC 3339.
    pub as_of: String,
    /// GeneratedTime of the credential report.
    pub credential_report_as_of: Option<String>,
    pub account: AccountRef,
    pub catalog: CatalogRef,
    pub completeness: Completeness,
    pub administrators: Administrators,
    pub controls: Vec<Control>,
    pub gaps: Vec<Gap>,
    pub reconciliation: Vec<Reconciliation>,
    pub disagreements: Vec<Disagreement>,
}

#[derive(Debug, Serialize)]
pub struct AccountRef {
    pub id: String,
    pub alias: Option<String>,
    pub partition: String,
}

#[derive(Debug, Serialize)]
pub struct CatalogRef {
    pub version: String,
    pub sha256: String,
}

#[derive(Debug, Serialize)]
pub struct Control {
    pub id: String,
    pub title: String,
    pub severity: String,
    pub verdict: Verdict,
    /// `automated`: the evidence decides; `manual`: a person does, by attestation.
    pub assessment: &'static str,
    pub conclusion: String,
    pub population: Population,
    pub results: Vec<SubjectResult>,
    pub exhibits: Vec<String>,
    pub frameworks: BTreeMap<String, Vec<String>>,
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Indexes into `gaps`.
    pub gaps: Vec<usize>,
    /// The exceptions given for this control, whatever became of them; by id.
    pub exceptions: Vec<Exception>,
    /// The attestations given for this control, whatever became of them; by id.
    pub attestations: Vec<Attestation>,
}

/// A person's statement about a control that a person decides.
#[derive(Debug, Serialize)]
pub struct Attestation {
    pub id: String,
    /// `in_force` (the verdict rests on it), `outweighed` (another one says something graver), `undecided` (whom the
    /// control is about is unknown), `not_needed` (nobody is in scope), `replaced`, `future`, `expired`, `elsewhere`
    /// (about other accounts). Only `in_force` has an effect.
    pub state: &'static str,
    /// Numbers, or `organization` for every account.
    pub accounts: Vec<String>,
    pub scope: String,
    pub statement: String,
    /// `met`, `not_met`, `not_applicable`.
    pub conclusion: String,
    pub reason: Option<String>,
    pub attested_by: String,
    pub reviewed_by: Option<String>,
    pub date: String,
    pub reviewed: Option<String>,
    pub valid_until: String,
    /// Last day on which it holds: `valid_until`, or an earlier one where the control allows fewer days.
    pub until: String,
    /// From the day of the evidence to that day; below zero once expired.
    pub days_left: i32,
    pub replaces: Vec<String>,
    pub ticket: Option<String>,
    /// How many subjects it decides about.
    pub decides: usize,
    /// The statement's own file first.
    pub exhibits: Vec<HandedOver>,
}

/// A file that was handed over, in the pack.
#[derive(Debug, Serialize)]
pub struct HandedOver {
    pub id: String,
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Serialize)]
pub struct Exception {
    pub id: String,
    /// `in_force`, `undecided` (what it names is unknown), `not_needed` (it does not fail), `unused` (nobody fits),
    /// `future` (approved after the day of the evidence), `expired`. Only `in_force` has an effect.
    pub state: &'static str,
    /// As given.
    pub subjects: Vec<String>,
    pub subjects_like: Vec<String>,
    pub reason: String,
    pub owner: String,
    pub approver: String,
    /// First and last day on which it holds.
    pub approved: String,
    pub expires: String,
    /// From the day of the evidence to the last day; below zero once expired.
    pub days_left: i32,
    pub compensating_control: Option<String>,
    pub ticket: Option<String>,
    /// How many failures it excepts.
    pub excepted: usize,
    /// Ids and patterns that no subject fits.
    pub unmatched: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Population {
    pub total: usize,
    pub in_scope: usize,
    pub passed: usize,
    pub failed: usize,
    pub excepted: usize,
    pub unknown: usize,
    /// To be decided by a person, and decided by one; none of them passed.
    pub manual: usize,
    pub attested: usize,
    pub complete: bool,
}

#[derive(Debug, Serialize)]
pub struct SubjectResult {
    pub subject: String,
    /// `pass`, `fail`, `unknown`, `excepted` (fails under an exception), `manual` (a person has to decide), `attested`
    /// (a person did: met or not applicable), `not_applicable` (out of scope).
    pub verdict: Verdict,
    pub reason: String,
    /// Lists that the reason shortens, whole, by fact: `principal.escalation_paths`; absent where it shortens none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Vec<String>>,
    /// Ids of the exceptions under which it fails; absent for any other verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<String>,
    /// Ids of the attestations by which it has this verdict; absent where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<String>,
}

/// How complete the evidence is; the counts of cover, summary, terminal and exit code.
#[derive(Debug, Default, Serialize)]
pub struct Completeness {
    /// There are gaps; exit code 3.
    pub evidence_incomplete: bool,
    /// `standard` or `deep`.
    pub depth: String,
    /// Members of `gaps` of class `gap`, and the ids of the controls that they affect.
    pub gaps: usize,
    pub gap_controls: Vec<String>,
    /// Sources that this depth does not request.
    pub not_requested: usize,
    pub not_requested_controls: Vec<String>,
    /// Questions that no analyzer of the account covers.
    pub not_analyzed: usize,
    pub not_analyzed_controls: Vec<String>,
    /// Controls whose verdict is unknown.
    pub inconclusive_controls: Vec<String>,
}

/// Users, groups and roles with full administration of the account.
#[derive(Debug, Default, Serialize)]
pub struct Administrators {
    pub total: usize,
    pub users: usize,
    pub groups: usize,
    pub roles: usize,
    /// Users, groups and roles of which it is not known.
    pub undetermined: usize,
}

#[derive(Debug, Serialize)]
pub struct Gap {
    /// `gap`, `not_requested` (at this depth), `not_analyzed` (no analyzer of the account looks for it).
    pub class: &'static str,
    /// Ids of the controls that read it.
    pub controls: Vec<String>,
    pub source: String,
    pub kind: &'static str,
    pub code: Option<String>,
    pub reason: String,
    pub call: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Reconciliation {
    pub what: String,
    pub counts: BTreeMap<String, Option<u64>>,
    /// Members that any source names, where sources give names.
    pub population: Option<usize>,
    /// Members that not all of these sources name.
    pub differences: Vec<Difference>,
    /// `agrees`, `differs`, `not_comparable` (fewer than two sources could be read), `different_scope` (the sources
    /// count different things).
    pub result: &'static str,
    pub explanation: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Difference {
    pub named_by: Vec<String>,
    pub missing_from: Vec<String>,
    pub names: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Disagreement {
    pub subject: String,
    pub about: String,
    pub says: BTreeMap<String, String>,
    pub explanation: Option<String>,
}
