//! The summary of a finished pack: closing text and exit code.
//!
//! It is built before typesetting, so that account and assessment can be dropped.

use super::exit::Exit;
use super::options::FailOn;
use crate::account::fact::Gap;
use crate::assess::evidence_gaps::{EvidenceGaps, GapClass, MissingEvidence};
use crate::assess::{Assessment, AttestationState, ExceptionState, Verdict};
use crate::catalog::{Catalog, Severity};
use std::collections::BTreeMap;
use std::path::Path;

/// The parts of an assessment that the summary needs.
pub(super) struct PackSummary {
    /// The account ID.
    account: String,
    controls: usize,
    /// Label, key, and the number of controls.
    verdicts: [(&'static str, &'static str, usize); 7],
    /// The evidence gaps, with the same counts as in the pack.
    missing: EvidenceGaps,
    /// Custom endpoints and their services.
    endpoints: Vec<String>,
    /// IDs of the catalog's controls, to which `missing` refers by index.
    ids: Vec<String>,
    /// Whether a control failed at or above the `--fail-on` severity.
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

impl PackSummary {
    pub fn new(
        account: &str,
        catalog: &Catalog,
        assessment: &Assessment,
        missing: EvidenceGaps,
        endpoints: Vec<String>,
        fail_on: Option<FailOn>,
    ) -> Self {
        let count = |verdict| assessment.controls.iter().filter(|result| result.verdict == verdict).count();
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
            account: account.to_owned(),
            controls: assessment.controls.len(),
            verdicts: Verdict::ALL.map(|verdict| (verdict.word(), verdict.key(), count(verdict))),
            missing,
            endpoints,
            ids: catalog.controls.iter().map(|control| control.id.clone()).collect(),
            failed: has_failed(catalog, assessment, fail_on),
            exceptions: exceptions.collect(),
            attestations: attestations.collect(),
        }
    }

    /// Failed and unknown controls.
    pub fn counts(&self) -> (usize, usize) {
        (self.verdicts[0].2, self.verdicts[1].2)
    }

    /// Whether the account's evidence has gaps.
    pub fn incomplete(&self) -> bool {
        self.missing.incomplete()
    }

    /// The documented order is 2, 4, 3, 1.
    pub fn exit(&self) -> Exit {
        match (self.incomplete(), self.failed) {
            (true, _) => Exit::Incomplete,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Done,
        }
    }

    /// The closing text. `manifest` is the SHA-256 of the pack's `SHA256SUMS`.
    pub fn text(&self, place: &Path, manifest: &str) -> String {
        let mut words = vec![format!("{}", place.display())];
        let counted = self.verdicts.iter().filter(|(.., n)| *n > 0).map(|(name, _, n)| format!("{n} {name}"));
        words.push(format!("{} controls: {}", self.controls, counted.collect::<Vec<_>>().join(", ")));
        words.extend(self.exceptions_in_short());
        words.extend(self.attestations_in_short());
        words.extend(self.endpoints.iter().map(|one| format!("not AWS's own endpoint: {one}")));
        words.extend(self.missing_in_short());
        words.extend(how_to_check(place, manifest));
        words.push(format!("open {}", place.join("index.html").display()));
        words.join("\n")
    }

    /// The same as JSON.
    pub fn json(&self, place: &Path, id: &str, manifest: &str) -> serde_json::Value {
        let verdicts = self.verdicts.iter().map(|(_, key, n)| ((*key).to_owned(), serde_json::json!(n)));
        let exceptions = self
            .exceptions
            .iter()
            .map(|one| serde_json::json!({"id": one.id, "state": one.state.key(), "excepted": one.excepted}));
        let attestations = self
            .attestations
            .iter()
            .map(|one| serde_json::json!({"id": one.id, "state": one.state.key(), "control": one.control}));
        let missing = |class| -> Vec<serde_json::Value> {
            self.missing.with(class).map(|one| self.missing_as_json(one)).collect()
        };
        serde_json::json!({
            "pack": place.display().to_string(),
            "pack_id": id,
            "account": self.account,
            "exit": self.exit().code(),
            "verdicts": verdicts.collect::<serde_json::Map<_, _>>(),
            "manifest_sha256": manifest,
            "signed": false,
            "evidence_incomplete": self.incomplete(),
            "failed_at_or_above_limit": self.failed,
            "exceptions": exceptions.collect::<Vec<_>>(),
            "attestations": attestations.collect::<Vec<_>>(),
            "endpoints": self.endpoints,
            "depth": self.missing.depth,
            "gaps": missing(GapClass::Gap),
            "gap_count": self.missing.count(GapClass::Gap),
            "not_requested": missing(GapClass::NotRequested),
            "not_requested_count": self.missing.count(GapClass::NotRequested),
            "not_analyzed": missing(GapClass::NotAnalyzed),
            "not_analyzed_count": self.missing.count(GapClass::NotAnalyzed),
        })
    }

    fn missing_as_json(&self, one: &MissingEvidence) -> serde_json::Value {
        let controls: Vec<&str> = one.controls.iter().map(|control| self.ids[*control].as_str()).collect();
        let gap = &one.gap;
        serde_json::json!({
            "source": gap.evidence.to_string(), "code": gap.code, "reason": gap.reason, "call": gap.call,
            "controls": controls,
        })
    }

    /// The pack's sentences, followed by the gaps, one line for each kind.
    fn missing_in_short(&self) -> Vec<String> {
        let mut words: Vec<String> = self.missing.sentence(GapClass::Gap).into_iter().collect();
        let mut alike: BTreeMap<(String, Option<&str>), Vec<&Gap>> = BTreeMap::new();
        for one in self.missing.with(GapClass::Gap) {
            let kind = (one.gap.evidence.to_string(), one.gap.code.as_deref());
            alike.entry(kind).or_default().push(&one.gap);
        }
        words.extend(alike.into_iter().map(|((source, _), gaps)| {
            let more = if gaps.len() > 1 { format!(", and {} more", gaps.len() - 1) } else { String::new() };
            let short = in_short(gaps[0]);
            if short.starts_with(&source) { format!("  {short}{more}") } else { format!("  {source}: {short}{more}") }
        }));
        if let Some(sentence) = self.missing.sentence(GapClass::NotRequested) {
            let sources: Vec<String> = self.missing.sources(GapClass::NotRequested).into_iter().collect();
            words.push(sentence);
            words.push(format!("  {}: add --depth deep", sources.join(", ")));
        }
        words.extend(self.missing.sentence(GapClass::NotAnalyzed));
        words
    }

    /// Exceptions by state, with IDs if their owners should act.
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

    /// Attestations by state, with IDs if their owners should act.
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

/// How the recipient verifies a pack.
pub(super) fn how_to_check(place: &Path, manifest: &str) -> [String; 3] {
    [
        format!("SHA-256 of SHA256SUMS: {manifest}"),
        "The pack is not signed. Send this SHA-256 separately; the recipient checks the pack with".to_owned(),
        format!("  auditpack verify {} --expect {manifest}", place.display()),
    ]
}

fn has_failed(catalog: &Catalog, assessment: &Assessment, fail_on: Option<FailOn>) -> bool {
    fail_on.is_some_and(|limit| {
        assessment.controls.iter().any(|result| {
            result.verdict == Verdict::Fail && catalog.controls[result.control].severity >= severity(limit)
        })
    })
}

/// A gap in short: AWS's code and the call; the pack has the whole message.
fn in_short(gap: &Gap) -> String {
    match (&gap.code, &gap.call) {
        (Some(code), Some(call)) => format!("{code} (call {call})"),
        (Some(code), None) => code.clone(),
        (None, _) => gap.reason.clone(),
    }
}

/// A severity by its name in `assessment.json`; an unknown name counts as the highest.
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
