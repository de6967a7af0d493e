//! How a pack ended: the last words, and the exit code.
//!
//! It is taken before anything is laid out, so that account and assessment can
//! be let go by then.

use super::arguments::FailOn;
use super::exit::Exit;
use crate::account::Account;
use crate::account::fact::{DEEP, Gap, GapKind};
use crate::assess::{Assessment, AttestationState, ControlResult, ExceptionState, Verdict};
use crate::catalog::{Catalog, Severity};
use std::path::Path;
use std::sync::Arc;

/// What is left to say of an assessment when its pack is made.
pub(super) struct Ending {
    /// The account's number.
    account: String,
    controls: usize,
    /// In the order they are told.
    verdicts: [(&'static str, usize); 7],
    /// What keeps the account's evidence from being whole.
    missing: Vec<Arc<Gap>>,
    /// Evidence is missing, or a control could not be decided.
    pub incomplete: bool,
    /// A control failed at or above the limit that was given.
    failed: bool,
    exceptions: Vec<ExceptionEnd>,
    attestations: Vec<AttestationEnd>,
}

struct ExceptionEnd {
    id: String,
    state: ExceptionState,
    excepted: usize,
}

struct AttestationEnd {
    id: String,
    control: String,
    state: AttestationState,
}

impl Ending {
    pub fn of(account: &Account, catalog: &Catalog, assessment: &Assessment, fail_on: Option<FailOn>) -> Self {
        let count = |verdict| assessment.controls.iter().filter(|result| result.verdict == verdict).count();
        let missing: Vec<Arc<Gap>> = account.gaps.iter().filter(|gap| is_missing(gap)).cloned().collect();
        let exceptions = assessment.exceptions.iter().map(|one| ExceptionEnd {
            id: catalog.exceptions[one.exception].id.clone(),
            state: one.state,
            excepted: one.excepted.len(),
        });
        let attestations = assessment.attestations.iter().map(|one| AttestationEnd {
            id: catalog.attestations[one.attestation].id.clone(),
            control: catalog.controls[one.control].id.clone(),
            state: one.state,
        });
        Self {
            account: account.id.clone(),
            controls: assessment.controls.len(),
            verdicts: [
                ("fail", count(Verdict::Fail)),
                ("unknown", count(Verdict::Unknown)),
                ("excepted", count(Verdict::Excepted)),
                ("manual", count(Verdict::Manual)),
                ("attested", count(Verdict::Attested)),
                ("pass", count(Verdict::Pass)),
                ("not applicable", count(Verdict::NotApplicable)),
            ],
            incomplete: !missing.is_empty() || assessment.controls.iter().any(is_open),
            missing,
            failed: has_failed(catalog, assessment, fail_on),
            exceptions: exceptions.collect(),
            attestations: attestations.collect(),
        }
    }

    /// Failed and unknown controls.
    pub fn counts(&self) -> (usize, usize) {
        (self.verdicts[0].1, self.verdicts[1].1)
    }

    /// The documented order is 2, 4, 3, 1.
    pub fn exit(&self) -> Exit {
        match (self.incomplete, self.failed) {
            (true, _) => Exit::Incomplete,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Done,
        }
    }

    /// The end of a run in words.
    pub fn words(&self, place: &Path) -> String {
        let mut words = vec![format!("{}", place.display())];
        let counted = self.verdicts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}"));
        words.push(format!("{} controls: {}", self.controls, counted.collect::<Vec<_>>().join(", ")));
        words.extend(self.exceptions_in_short());
        words.extend(self.attestations_in_short());
        if !self.missing.is_empty() {
            words.push("evidence is incomplete:".to_owned());
            words.extend(self.missing.iter().map(|gap| format!("  {}: {}", gap.evidence, in_short(gap))));
        }
        words.push(format!("open {}", place.join("index.html").display()));
        words.join("\n")
    }

    /// The same for machines.
    pub fn json(&self, place: &Path, id: &str) -> serde_json::Value {
        let verdicts = self.verdicts.iter().map(|(name, n)| (name.replace(' ', "_"), serde_json::json!(n)));
        let exceptions = self
            .exceptions
            .iter()
            .map(|one| serde_json::json!({"id": one.id, "state": one.state.key(), "excepted": one.excepted}));
        let attestations = self
            .attestations
            .iter()
            .map(|one| serde_json::json!({"id": one.id, "state": one.state.key(), "control": one.control}));
        let gaps = self.missing.iter().map(|gap| {
            serde_json::json!({
                "source": gap.evidence.to_string(), "code": gap.code, "reason": gap.reason, "call": gap.call,
            })
        });
        serde_json::json!({
            "pack": place,
            "pack_id": id,
            "account": self.account,
            "exit": self.exit().code(),
            "verdicts": verdicts.collect::<serde_json::Map<_, _>>(),
            "evidence_incomplete": self.incomplete,
            "failed_at_or_above_limit": self.failed,
            "exceptions": exceptions.collect::<Vec<_>>(),
            "attestations": attestations.collect::<Vec<_>>(),
            "gaps": gaps.collect::<Vec<_>>(),
        })
    }

    /// Exceptions by state, by id where their owners should look at them.
    fn exceptions_in_short(&self) -> Option<String> {
        let results = &self.exceptions;
        let in_force = results.iter().filter(|one| one.state == ExceptionState::InForce).count();
        let mut parts = vec![format!("{in_force} in force")];
        for look in [
            ExceptionState::Expired,
            ExceptionState::Future,
            ExceptionState::Unused,
            ExceptionState::NotNeeded,
            ExceptionState::Undecided,
        ] {
            let ids: Vec<&str> = results.iter().filter(|one| one.state == look).map(|one| one.id.as_str()).collect();
            if !ids.is_empty() {
                parts.push(format!("{}: {}", look.key().replace('_', " "), ids.join(", ")));
            }
        }
        (!results.is_empty()).then(|| format!("{} exceptions: {}", results.len(), parts.join("; ")))
    }

    /// Attestations by state, by id where their owners should look at them.
    fn attestations_in_short(&self) -> Option<String> {
        let results = &self.attestations;
        let in_force = results.iter().filter(|one| one.state == AttestationState::InForce).count();
        let mut parts = vec![format!("{in_force} in force")];
        for look in [
            AttestationState::Expired,
            AttestationState::Future,
            AttestationState::Outweighed,
            AttestationState::Undecided,
            AttestationState::NotNeeded,
            AttestationState::Replaced,
            AttestationState::Elsewhere,
        ] {
            let ids: Vec<&str> = results.iter().filter(|one| one.state == look).map(|one| one.id.as_str()).collect();
            if !ids.is_empty() {
                parts.push(format!("{}: {}", look.key().replace('_', " "), ids.join(", ")));
            }
        }
        (!results.is_empty()).then(|| format!("{} attestations: {}", results.len(), parts.join("; ")))
    }
}

/// What keeps the account's evidence from being whole. What `--depth deep` alone asks for is not missed where nobody
/// asked for it.
fn is_missing(gap: &Gap) -> bool {
    !matches!(gap.kind, GapKind::Absent | GapKind::Conflict) && !is_left_out(gap)
}

/// A fact that is absent or contradicted makes the evidence incomplete where a control hangs on it.
fn is_open(result: &ControlResult) -> bool {
    let left_out = !result.gaps.is_empty() && result.gaps.iter().all(|gap| is_left_out(gap));
    result.verdict == Verdict::Unknown && !left_out
}

/// Nor is what no analyzer of the account looks for: there is nothing to collect, and a control of its own tells.
fn is_left_out(gap: &Gap) -> bool {
    match gap.kind {
        GapKind::NotCollected => DEEP.contains(&gap.evidence),
        GapKind::NotLookedFor => true,
        _ => false,
    }
}

fn has_failed(catalog: &Catalog, assessment: &Assessment, fail_on: Option<FailOn>) -> bool {
    fail_on.is_some_and(|limit| {
        assessment.controls.iter().any(|result| {
            result.verdict == Verdict::Fail && catalog.controls[result.control].severity >= severity(limit)
        })
    })
}

/// AWS's code and the call where a call failed; the pack has the whole message.
fn in_short(gap: &Gap) -> String {
    match (&gap.code, &gap.call) {
        (Some(code), Some(call)) => format!("{code} (call {call})"),
        (Some(code), None) => code.clone(),
        (None, _) => gap.reason.clone(),
    }
}

/// A severity by its name in `assessment.json`; one that is not known counts as the worst.
pub(super) fn severity_named(name: &str) -> Severity {
    match name {
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        _ => Severity::Critical,
    }
}

pub(super) fn severity(limit: FailOn) -> Severity {
    match limit {
        FailOn::Low => Severity::Low,
        FailOn::Medium => Severity::Medium,
        FailOn::High => Severity::High,
        FailOn::Critical => Severity::Critical,
    }
}
