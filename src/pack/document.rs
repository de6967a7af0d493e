//! The same conclusions for machines, as `assessment.json` holds them.

use super::assessment::{
    AccountRef, CatalogRef, Control, Disagreement, Document, Exception, Gap, Population, Reconciliation, SubjectResult,
};
use super::chapters::subject_verdict;
use super::words::{gap_kind, key, severity};
use super::{Inputs, evidence, exceptions};
use crate::account::{self, fact};
use crate::assess::{ControlResult, ExceptionResult};
use crate::catalog::ParameterValue;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn document(inputs: &Inputs<'_>) -> Document {
    let account = inputs.account;
    let (gaps, places) = gaps(inputs);
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
        controls: inputs.assessment.controls.iter().map(|result| control(inputs, result, &places)).collect(),
        gaps: gaps.into_iter().map(gap).collect(),
        reconciliation: account.reconciliation.iter().map(reconciliation).collect(),
        disagreements: account.disagreements.iter().map(disagreement).collect(),
    }
}

/// Every gap once, those of the account first, and where each stands.
fn gaps<'a>(inputs: &Inputs<'a>) -> (Vec<&'a fact::Gap>, BTreeMap<&'a fact::Gap, usize>) {
    let met = inputs.assessment.controls.iter().flat_map(|result| &result.gaps);
    let mut gaps = Vec::new();
    let mut places = BTreeMap::new();
    for gap in inputs.account.gaps.iter().chain(met).map(Arc::as_ref) {
        places.entry(gap).or_insert_with(|| {
            gaps.push(gap);
            gaps.len() - 1
        });
    }
    (gaps, places)
}

fn gap(gap: &fact::Gap) -> Gap {
    Gap {
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
        verdict: key(result.verdict),
        conclusion: result.conclusion.clone(),
        population: Population {
            total: population.total,
            in_scope: population.in_scope,
            passed: population.passed,
            failed: population.failed,
            excepted: population.excepted,
            unknown: population.unknown,
            complete: population.complete,
        },
        results: result
            .results
            .iter()
            .map(|one| SubjectResult {
                subject: subjects[one.subject].id().to_owned(),
                verdict: subject_verdict(one.verdict),
                reason: one.reason.clone(),
                exceptions: exceptions::ids(inputs, result.control, one.subject).map(|one| one.id.clone()).collect(),
            })
            .collect(),
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
    };
    let counts = line.counts.iter().map(|count| (count.evidence.to_string(), count.count.known().copied())).collect();
    Reconciliation { what: line.what.clone(), counts, result, explanation: line.explanation.clone() }
}

fn disagreement(line: &account::Disagreement) -> Disagreement {
    Disagreement {
        subject: line.subject.clone(),
        about: line.about.clone(),
        says: line.says.iter().map(|(source, says)| (source.to_string(), says.clone())).collect(),
        explanation: line.explanation.clone(),
    }
}
