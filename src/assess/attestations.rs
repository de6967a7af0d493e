//! Attestations applied: what people stated about the controls that a person
//! decides, as of the day of the evidence.
//!
//! A statement decides nothing but those controls, and only while it is in
//! force. What it decides is a verdict of its own, never pass; what the
//! population or the scope lacks stays unknown whatever is stated.

use super::{SubjectResult, Verdict};
use crate::catalog::{Attestation, Conclusion, Control};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What became of an attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttestationState {
    /// Holds, and the control's verdict rests on it.
    InForce,
    /// Holds, but another one in force says something graver.
    Outweighed,
    /// Holds, but the evidence leaves open whom the control is about.
    Undecided,
    /// Holds, but nobody is in the control's scope.
    NotNeeded,
    /// A later one in force stands in its place.
    Replaced,
    /// Made or reviewed after the day of the evidence.
    Future,
    /// Ended before the day of the evidence.
    Expired,
    /// Speaks of other accounts.
    Elsewhere,
}

impl AttestationState {
    /// As machines read it.
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

/// What became of one attestation of the catalogue.
#[derive(Debug)]
pub struct AttestationResult {
    /// Index into `Catalog::attestations`.
    pub attestation: usize,
    /// Index into `Catalog::controls`.
    pub control: usize,
    pub state: AttestationState,
    /// Last day on which it holds: its own, or an earlier one where the control allows it fewer days.
    pub until: Date,
    /// From the day of the evidence to that day; below zero once it is past.
    pub days_left: i32,
    /// Subjects about which it decides.
    pub decides: usize,
}

/// What the attestations in force say about a control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// The gravest of their conclusions; none where none is in force.
    pub conclusion: Option<Conclusion>,
    /// Those that say so; indexes into `Catalog::attestations`.
    pub by: Vec<usize>,
    /// Those about this account that ended, or begin only after the day of the evidence.
    pub not_in_force: Vec<usize>,
}

/// The attestations at work on an account.
pub struct Statements<'a> {
    attestations: &'a [Attestation],
    account: &'a str,
    /// The day of the evidence in UTC; never the clock's.
    day: Date,
    results: Vec<AttestationResult>,
}

impl<'a> Statements<'a> {
    pub fn new(attestations: &'a [Attestation], account: &'a str, evidence: Timestamp) -> Self {
        Self { attestations, account, day: evidence.to_zoned(TimeZone::UTC).date(), results: Vec::new() }
    }

    /// What they say about a control that a person decides.
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

    /// Notes what became of those about a control. `results` are those of the whole population.
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

    /// What became of each, in the catalogue's order.
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
