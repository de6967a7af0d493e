//! Applies exceptions: accepted failures, as of the evidence.
//!
//! An exception turns a failure into an excepted failure and does nothing else. It never makes a pass, and it does not
//! affect unknown subjects or missing parts of the population.

use super::{SubjectResult, Verdict};
use crate::account::fact::Subject;
use crate::catalog::{Control, Exception};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The result of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExceptionState {
    /// In force, and it excepts failures.
    InForce,
    /// In force, but its subjects could not be assessed: missing evidence cannot be accepted.
    Undecided,
    /// In force, but its subjects do not fail.
    NotNeeded,
    /// In force, but it matches no subject.
    Unused,
    /// Approved after the day of the evidence.
    Future,
    /// Ended before the day of the evidence.
    Expired,
}

impl ExceptionState {
    /// The key for machines.
    pub const fn key(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Undecided => "undecided",
            Self::NotNeeded => "not_needed",
            Self::Unused => "unused",
            Self::Future => "future",
            Self::Expired => "expired",
        }
    }
}

/// The result of one exception of the catalog.
#[derive(Debug)]
pub struct ExceptionResult {
    /// Index into `Catalog::exceptions`.
    pub exception: usize,
    /// Index into `Catalog::controls`.
    pub control: usize,
    pub state: ExceptionState,
    /// Days from the evidence to its last day in force; negative if it is past.
    pub days_left: i32,
    /// The subjects whose failure it excepts, in order.
    pub excepted: Vec<usize>,
    /// Named subjects that fail without an exception in force.
    pub failing: usize,
    /// Named subjects that pass or are out of scope.
    pub not_failing: usize,
    pub unknown: usize,
    /// IDs and patterns that match no subject.
    pub unmatched: Vec<String>,
}

/// The exceptions for an account.
pub struct ExceptionMatcher<'a> {
    exceptions: &'a [Exception],
    /// The day of the evidence in UTC, not the current day.
    day: Date,
    results: Vec<ExceptionResult>,
}

impl<'a> ExceptionMatcher<'a> {
    pub fn new(exceptions: &'a [Exception], evidence: Timestamp) -> Self {
        Self { exceptions, day: evidence.to_zoned(TimeZone::UTC).date(), results: Vec::new() }
    }

    /// Marks a control's failures that are excepted. `results` are those of the whole population.
    pub fn apply(&mut self, index: usize, control: &Control, subjects: &[&dyn Subject], results: &mut [SubjectResult]) {
        let of_control: Vec<(usize, &Exception)> =
            self.exceptions.iter().enumerate().filter(|(_, exception)| exception.control == control.id).collect();
        // Collect the failures before marking any, because two exceptions may match the same one.
        let failing: Vec<bool> = results.iter().map(|result| result.verdict == Verdict::Fail).collect();
        let named: Vec<Vec<usize>> = of_control
            .iter()
            .map(|(_, one)| (0..results.len()).filter(|at| one.names(subjects[results[*at].subject].id())).collect())
            .collect();
        for ((_, exception), named) in of_control.iter().zip(&named) {
            if self.holds(exception) {
                for at in named.iter().filter(|at| failing[**at]) {
                    results[*at].verdict = Verdict::Excepted;
                }
            }
        }
        let ids: Vec<&str> = if of_control.is_empty() { Vec::new() } else { subjects.iter().map(|s| s.id()).collect() };
        for ((place, exception), named) in of_control.iter().zip(&named) {
            let holds = self.holds(exception);
            let with = |verdict: Verdict| named.iter().filter(|at| results[**at].verdict == verdict).count();
            let excepted: Vec<usize> =
                named.iter().filter(|at| holds && failing[**at]).map(|at| results[*at].subject).collect();
            self.results.push(ExceptionResult {
                exception: *place,
                control: index,
                state: self.state(exception, named.len(), excepted.len(), with(Verdict::Unknown)),
                days_left: (exception.expires - self.day).get_days(),
                excepted,
                failing: with(Verdict::Fail),
                not_failing: with(Verdict::Pass) + with(Verdict::NotApplicable),
                unknown: with(Verdict::Unknown),
                unmatched: exception.unmatched(&ids).into_iter().map(str::to_owned).collect(),
            });
        }
    }

    /// Both days are inclusive.
    fn holds(&self, exception: &Exception) -> bool {
        exception.approved <= self.day && self.day <= exception.expires
    }

    fn state(&self, exception: &Exception, named: usize, excepted: usize, unknown: usize) -> ExceptionState {
        if self.day > exception.expires {
            ExceptionState::Expired
        } else if self.day < exception.approved {
            ExceptionState::Future
        } else if named == 0 {
            ExceptionState::Unused
        } else if excepted > 0 {
            ExceptionState::InForce
        } else if unknown > 0 {
            ExceptionState::Undecided
        } else {
            ExceptionState::NotNeeded
        }
    }

    /// The results, in the catalog's order.
    pub fn close(mut self) -> Vec<ExceptionResult> {
        self.results.sort_by_key(|result| result.exception);
        self.results
    }
}
