//! The same conclusions for machines, as `assessment.json` holds them.

use super::assessment::{
    AccountRef, Attestation, CatalogRef, Completeness, Control, Difference, Disagreement, Document, Exception, Gap,
    HandedOver, Population, Reconciliation, SubjectResult,
};
use super::attestations::{self, Exhibits, person};
use super::words::{gap_kind, severity};
use super::{Inputs, evidence, exceptions};
use crate::account::{self, fact};
use crate::assess::evidence_gaps::{EvidenceGaps, GapClass, MissingEvidence};
use crate::assess::{AttestationResult, ControlResult, ExceptionResult, Verdict};
use crate::catalog::{Accounts, ParameterValue};
use std::collections::BTreeMap;

pub(super) fn document(inputs: &Inputs<'_>, missing: &EvidenceGaps) -> Document {
    let account = inputs.account;
    let places = missing.all.iter().enumerate().map(|(place, one)| (one.gap.as_ref(), place)).collect();
    Document {
        format: "auditpack.assessment/v1",
        as_of: account.started.to_string(),
        credential_report_as_of: account.report_generated.known().map(ToString::to_string),
        account: AccountRef {
            id: account.id.clone(),
            alias: account.aliases.known().and_then(|aliases| aliases.first().cloned()),
            partition: account.partition.clone(),
        },
        catalog: CatalogRef { version: inputs.catalog.version.clone(), sha256: inputs.catalog.sha256.clone() },
        completeness: completeness(inputs, missing),
        administrators: super::administrators::count(account),
        controls: inputs.assessment.controls.iter().map(|result| control(inputs, result, &places)).collect(),
        gaps: missing.all.iter().map(|one| gap(inputs, one)).collect(),
        reconciliation: account.reconciliation.iter().map(reconciliation).collect(),
        disagreements: account.disagreements.iter().map(disagreement).collect(),
    }
}

fn completeness(inputs: &Inputs<'_>, missing: &EvidenceGaps) -> Completeness {
    let affected = |class| ids(inputs, missing.controls(class));
    Completeness {
        evidence_incomplete: missing.incomplete(),
        depth: missing.depth.clone(),
        gaps: missing.count(GapClass::Gap),
        gap_controls: affected(GapClass::Gap),
        not_requested: missing.count(GapClass::NotRequested),
        not_requested_controls: affected(GapClass::NotRequested),
        not_analyzed: missing.count(GapClass::NotAnalyzed),
        not_analyzed_controls: affected(GapClass::NotAnalyzed),
        inconclusive_controls: ids(inputs, missing.inconclusive.iter().copied()),
    }
}

fn ids(inputs: &Inputs<'_>, controls: impl IntoIterator<Item = usize>) -> Vec<String> {
    controls.into_iter().map(|control| inputs.catalog.controls[control].id.clone()).collect()
}

fn gap(inputs: &Inputs<'_>, missing: &MissingEvidence) -> Gap {
    let gap = &missing.gap;
    Gap {
        class: missing.class.key(),
        controls: ids(inputs, missing.controls.iter().copied()),
        source: evidence::operation(gap.evidence.service, gap.evidence.operation),
        kind: gap_kind(&gap.kind),
        code: gap.code.clone(),
        reason: gap.reason.clone(),
        call: gap.call.clone(),
    }
}

fn control(inputs: &Inputs<'_>, result: &ControlResult, places: &BTreeMap<&fact::Gap, usize>) -> Control {
    let control = &inputs.catalog.controls[result.control];
    let subjects = inputs.account.population(control.kind).subjects;
    let population = result.population;
    let mut gaps: Vec<usize> = result.gaps.iter().map(|gap| places[gap.as_ref()]).collect();
    gaps.sort_unstable();
    gaps.dedup();
    Control {
        id: control.id.clone(),
        title: control.title.clone(),
        severity: severity(control.severity).to_owned(),
        verdict: result.verdict,
        conclusion: result.conclusion.clone(),
        population: Population {
            total: population.total,
            in_scope: population.in_scope,
            passed: population.passed,
            failed: population.failed,
            excepted: population.excepted,
            unknown: population.unknown,
            manual: population.manual,
            attested: population.attested,
            complete: population.complete,
        },
        results: result
            .results
            .iter()
            .map(|one| SubjectResult {
                subject: subjects[one.subject].id().to_owned(),
                verdict: one.verdict,
                reason: one.reason.clone(),
                lists: one.lists.iter().cloned().collect(),
                exceptions: exceptions::ids(inputs, result.control, one.subject).map(|one| one.id.clone()).collect(),
                attestations: attestations_of(inputs, result, one.verdict),
            })
            .collect(),
        assessment: if control.review().is_some() { "manual" } else { "automated" },
        exhibits: evidence::exhibit_ids(inputs, &control.evidence),
        frameworks: control.satisfies.clone(),
        parameters: control.parameters.iter().map(|(name, value)| (name.clone(), json(&value.value))).collect(),
        gaps,
        exceptions: inputs
            .assessment
            .exceptions
            .iter()
            .filter(|one| one.control == result.control)
            .map(|one| exception(inputs, one))
            .collect(),
        attestations: given(inputs, result.control),
    }
}

/// Ids of the attestations by which a subject of a person's control has its verdict.
fn attestations_of(inputs: &Inputs<'_>, result: &ControlResult, verdict: Verdict) -> Vec<String> {
    if result.ruling.is_none() || !matches!(verdict, Verdict::Attested | Verdict::Fail | Verdict::Excepted) {
        return Vec::new();
    }
    attestations::in_force(inputs, result.control).map(|one| one.id.clone()).collect()
}

fn given(inputs: &Inputs<'_>, control: usize) -> Vec<Attestation> {
    let about: Vec<&AttestationResult> =
        inputs.assessment.attestations.iter().filter(|one| one.control == control).collect();
    if about.is_empty() {
        return Vec::new();
    }
    let exhibits = Exhibits::of(inputs);
    about.into_iter().map(|one| attestation(inputs, &exhibits, one)).collect()
}

fn attestation(inputs: &Inputs<'_>, exhibits: &Exhibits, result: &AttestationResult) -> Attestation {
    let attestation = &inputs.catalog.attestations[result.attestation];
    let exhibits = exhibits.behind(attestation).map(|one| HandedOver {
        id: one.id.clone(),
        file: one.name.clone(),
        bytes: one.bytes,
        sha256: one.sha256.clone(),
    });
    let exhibits = exhibits.collect();
    let one = attestation.clone();
    Attestation {
        id: one.id,
        state: result.state.key(),
        accounts: match one.accounts {
            Accounts::Organization => vec!["organization".to_owned()],
            Accounts::Named(numbers) => numbers,
        },
        scope: one.scope,
        statement: one.statement,
        conclusion: one.conclusion.label().replace(' ', "_"),
        reason: one.reason,
        attested_by: person(&one.attested_by),
        reviewed_by: one.reviewed_by.as_ref().map(|reviewed| person(&reviewed.by)),
        date: one.date.to_string(),
        reviewed: one.reviewed_by.as_ref().map(|reviewed| reviewed.date.to_string()),
        valid_until: one.valid_until.to_string(),
        until: result.until.to_string(),
        days_left: result.days_left,
        replaces: one.replaces,
        ticket: one.ticket,
        decides: result.decides,
        exhibits,
    }
}

fn exception(inputs: &Inputs<'_>, result: &ExceptionResult) -> Exception {
    let exception = inputs.catalog.exceptions[result.exception].clone();
    Exception {
        id: exception.id,
        state: result.state.key(),
        subjects: exception.subjects,
        subjects_like: exception.subjects_like,
        reason: exception.reason,
        owner: exception.owner,
        approver: exception.approver,
        approved: exception.approved.to_string(),
        expires: exception.expires.to_string(),
        days_left: result.days_left,
        compensating_control: exception.compensating_control,
        ticket: exception.ticket,
        excepted: result.excepted.len(),
        unmatched: result.unmatched.clone(),
    }
}

fn json(value: &ParameterValue) -> serde_json::Value {
    match value {
        ParameterValue::Bool(value) => (*value).into(),
        ParameterValue::Int(value) => (*value).into(),
        ParameterValue::Text(value) => value.clone().into(),
    }
}

fn reconciliation(line: &account::Reconciliation) -> Reconciliation {
    let result = match line.agrees {
        account::Agreement::Agrees => "agrees",
        account::Agreement::Differs => "differs",
        account::Agreement::NotComparable => "not_comparable",
        account::Agreement::DifferentScope => "different_scope",
    };
    let counts = line.counts.iter().map(|count| (count.evidence.to_string(), count.count.known().copied())).collect();
    let sources = |sources: &[fact::Evidence]| sources.iter().map(ToString::to_string).collect();
    let difference = |one: &account::Difference| Difference {
        named_by: sources(&one.named_by),
        missing_from: sources(&one.missing_from),
        names: one.names.clone(),
    };
    Reconciliation {
        what: line.what.clone(),
        counts,
        population: line.population,
        differences: line.differences.iter().map(difference).collect(),
        result,
        explanation: line.explanation.clone(),
    }
}

fn disagreement(line: &account::Disagreement) -> Disagreement {
    Disagreement {
        subject: line.subject.clone(),
        about: line.about.clone(),
        says: line.says.iter().map(|(source, says)| (source.to_string(), says.clone())).collect(),
        explanation: line.explanation.clone(),
    }
}
