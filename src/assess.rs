//! Evaluates criteria over populations.
//!
//! Deliberately absent: network, clock, files, formatting. Missing evidence is a third truth value (Kleene): an operand
//! that decides alone decides, and the gap is named; otherwise the subject is unknown, as it is on any evaluation
//! error. Unknown is never a pass, and neither is a failure under exception or an attested verdict.

mod attestations;
mod evaluate;
pub mod evidence_gaps;
mod exceptions;
mod judge;
mod material;
mod wording;

pub use crate::verdict::Verdict;
pub use attestations::{AttestationResult, AttestationState, Ruling};
pub use exceptions::{ExceptionResult, ExceptionState};
pub use material::Material;

use crate::account::Account;
use crate::account::fact::Gap;
use crate::catalog::Catalog;
use std::sync::Arc;

#[derive(Debug)]
pub struct Assessment {
    /// In the catalog's order.
    pub controls: Vec<ControlResult>,
    /// The result of every exception, in the catalog's order.
    pub exceptions: Vec<ExceptionResult>,
    /// The result of every attestation, in the catalog's order.
    pub attestations: Vec<AttestationResult>,
}

#[derive(Debug)]
pub struct ControlResult {
    /// Index into `Catalog::controls`.
    pub control: usize,
    pub verdict: Verdict,
    /// One sentence: why this verdict (`3 of 41 access keys in scope fail.`).
    pub conclusion: String,
    pub population: PopulationCount,
    /// One for each subject, in the population's order, including subjects out of scope.
    pub results: Vec<SubjectResult>,
    /// The distinct gaps that this control met: in the population's enumeration and in facts, even if another operand
    /// decided.
    pub gaps: Vec<Arc<Gap>>,
    /// The attestations' ruling, if a person decides.
    pub ruling: Option<Ruling>,
    /// The evidence for the person who decides, in the page's order.
    pub material: Vec<Material>,
}

/// `in_scope` = passed + failed + excepted + unknown + manual + attested; `total` adds the subjects out of scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PopulationCount {
    pub total: usize,
    pub in_scope: usize,
    pub passed: usize,
    pub failed: usize,
    pub excepted: usize,
    pub unknown: usize,
    /// To be decided by a person.
    pub manual: usize,
    /// Decided by a person, as met or not applicable.
    pub attested: usize,
    /// False if a gap in the enumeration means that there may be more.
    pub complete: bool,
}

#[derive(Debug)]
pub struct SubjectResult {
    /// Index into the population.
    pub subject: usize,
    pub verdict: Verdict,
    /// For failures, including excepted ones, the page's sentence; for unknown subjects the missing evidence; for
    /// attested ones the attestation; otherwise empty.
    pub reason: String,
    /// The full lists that the reason shortens, by fact: `principal.escalation_paths`.
    pub lists: Vec<(String, Vec<String>)>,
}

/// Evaluates every control of the catalog for the account.
pub fn assess(account: &Account, catalog: &Catalog) -> Assessment {
    let mut matcher = exceptions::ExceptionMatcher::new(&catalog.exceptions, account.started);
    let mut statements = attestations::Statements::new(&catalog.attestations, &account.id, account.started);
    let controls = judge::controls(account, &catalog.controls, &mut matcher, &mut statements);
    Assessment { controls, exceptions: matcher.close(), attestations: statements.close() }
}
