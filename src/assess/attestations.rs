//! Applies attestations to the controls that a person decides, as of the day of the evidence.
//!
//! An attestation decides only those controls, and only while it is in force. Its verdict is a separate one, never a
//! pass. What the population or the scope lacks stays unknown.

use super::{SubjectResult, Verdict};
use crate::catalog::{Attestation, Conclusion, Control};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The result of an attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttestationState {
    /// In force, and the control's verdict relies on it.
    InForce,
    /// In force, but another one in force has a more severe conclusion.
    Outweighed,
    /// In force, but the evidence does not settle the control's scope.
    Undecided,
    /// In force, but no subject is in the control's scope.
    NotNeeded,
    /// Replaced by a later one in force.
    Replaced,
    /// Made or reviewed after the day of the evidence.
    Future,
    /// Ended before the day of the evidence.
    Expired,
    /// Applies to other accounts.
    Elsewhere,
}

impl AttestationState {
    /// The key for machines.
    pub const fn key(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Outweighed => "outweighed",
            Self::Undecided => "undecided",
            Self::NotNeeded => "not_needed",
            Self::Replaced => "replaced",
            Self::Future => "future",
            Self::Expired => "expired",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// The result of one attestation of the catalog.
#[derive(Debug)]
pub struct AttestationResult {
    /// Index into `Catalog::attestations`.
    pub attestation: usize,
    /// Index into `Catalog::controls`.
    pub control: usize,
    pub state: AttestationState,
    /// Its last day in force: its own, or an earlier one if the control allows fewer days.
    pub until: Date,
    /// Days from the evidence to that day; negative if it is past.
    pub days_left: i32,
    /// The subjects that it decides.
    pub decides: usize,
}

/// The ruling of the attestations in force on a control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// The most severe conclusion; `None` if none is in force.
    pub conclusion: Option<Conclusion>,
    /// The attestations with that conclusion; indexes into `Catalog::attestations`.
    pub by: Vec<usize>,
    /// Those for this account that ended before, or start after, the day of the evidence.
    pub not_in_force: Vec<usize>,
}

/// The attestations for an account.
pub struct Statements<'a> {
    attestations: &'a [Attestation],
    account: &'a str,
    /// The day of the evidence in UTC, not the current day.
    day: Date,
    results: Vec<AttestationResult>,
}

impl<'a> Statements<'a> {
    pub fn new(attestations: &'a [Attestation], account: &'a str, evidence: Timestamp) -> Self {
        Self { attestations, account, day: evidence.to_zoned(TimeZone::UTC).date(), results: Vec::new() }
    }

    /// The ruling on a control that a person decides.
    pub fn ruling(&self, control: &Control) -> Ruling {
        let standing: Vec<(usize, Standing)> =
            self.about(control).map(|(at, one)| (at, self.standing(one, control))).collect();
        let with = |wanted: &[Standing]| -> Vec<usize> {
            standing.iter().filter(|(_, is)| wanted.contains(is)).map(|(at, _)| *at).collect()
        };
        let holding = with(&[Standing::Holds]);
        let conclusion = holding.iter().map(|at| self.attestations[*at].conclusion).min();
        let by = holding.into_iter().filter(|at| Some(self.attestations[*at].conclusion) == conclusion).collect();
        Ruling { conclusion, by, not_in_force: with(&[Standing::Expired, Standing::Future]) }
    }

    /// A subject's result under a ruling.
    pub fn rule(&self, ruling: &Ruling) -> (Verdict, String) {
        let Some(conclusion) = ruling.conclusion else { return (Verdict::Manual, String::new()) };
        let verdict = if conclusion == Conclusion::NotMet { Verdict::Fail } else { Verdict::Attested };
        let said: Vec<String> = ruling.by.iter().map(|at| said(&self.attestations[*at])).collect();
        (verdict, said.join("; "))
    }

    /// Ids and last days of those that are not in force, for the conclusion.
    pub fn not_in_force(&self, ruling: &Ruling, control: &Control) -> Vec<String> {
        let told = |at: &usize| {
            let one = &self.attestations[*at];
            if self.day < one.from() {
                format!("attestation {} begins on {}", one.id, one.from())
            } else {
                format!("attestation {} ended on {}", one.id, one.until(control.valid_days()))
            }
        };
        ruling.not_in_force.iter().map(told).collect()
    }

    /// Records the results of a control's attestations. `results` covers the whole population.
    pub fn note(
        &mut self,
        index: usize,
        control: &Control,
        ruling: &Ruling,
        results: &[SubjectResult],
        complete: bool,
    ) {
        let with = |verdicts: &[Verdict]| results.iter().filter(|one| verdicts.contains(&one.verdict)).count();
        let decided = with(&[Verdict::Attested, Verdict::Fail, Verdict::Excepted]);
        let open = with(&[Verdict::Unknown]) > 0 || !complete;
        let mut noted = Vec::new();
        for (at, one) in self.about(control) {
            let state = match self.standing(one, control) {
                Standing::Elsewhere => AttestationState::Elsewhere,
                Standing::Future => AttestationState::Future,
                Standing::Expired => AttestationState::Expired,
                Standing::Replaced => AttestationState::Replaced,
                Standing::Holds if decided == 0 && open => AttestationState::Undecided,
                Standing::Holds if decided == 0 => AttestationState::NotNeeded,
                Standing::Holds if ruling.by.contains(&at) => AttestationState::InForce,
                Standing::Holds => AttestationState::Outweighed,
            };
            let until = one.until(control.valid_days());
            noted.push(AttestationResult {
                attestation: at,
                control: index,
                state,
                until,
                days_left: (until - self.day).get_days(),
                decides: if state == AttestationState::InForce { decided } else { 0 },
            });
        }
        self.results.extend(noted);
    }

    /// The results, in the catalog's order.
    pub fn close(mut self) -> Vec<AttestationResult> {
        self.results.sort_by_key(|result| result.attestation);
        self.results
    }

    fn about(&self, control: &Control) -> impl Iterator<Item = (usize, &'a Attestation)> {
        let id = control.id.clone();
        self.attestations.iter().enumerate().filter(move |(_, one)| one.control == id)
    }

    fn standing(&self, one: &Attestation, control: &Control) -> Standing {
        let days = |one: &Attestation| (one.from(), one.until(control.valid_days()));
        let holds = |one: &Attestation| {
            let (from, until) = days(one);
            one.covers(self.account) && from <= self.day && self.day <= until
        };
        if !one.covers(self.account) {
            Standing::Elsewhere
        } else if self.day < one.from() {
            Standing::Future
        } else if !holds(one) {
            Standing::Expired
        } else if self.about(control).any(|(_, other)| holds(other) && other.replaces.contains(&one.id)) {
            Standing::Replaced
        } else {
            Standing::Holds
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Holds,
    Replaced,
    Expired,
    Future,
    Elsewhere,
}

/// `met, as Ada Lovelace (Head of Platform) attested on 2026-09-15 (AT-2026-01), reviewed by Grace Hopper (CISO)`.
fn said(one: &Attestation) -> String {
    let reviewed = one.reviewed_by.as_ref().map_or_else(String::new, |reviewed| {
        format!(", reviewed by {} ({}) on {}", reviewed.by.name, reviewed.by.role, reviewed.date)
    });
    let reason = one.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    format!(
        "{}, as {} ({}) attested on {} ({}){reviewed}{reason}",
        one.conclusion.label(),
        one.attested_by.name,
        one.attested_by.role,
        one.date,
        one.id
    )
}
