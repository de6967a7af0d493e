//! Sources of evidence in readers' words, and the exhibits that came of them.

use super::Inputs;
use crate::account::fact::{EVALUATION, Evidence};
use crate::operations::{find, operation_name};
use crate::snapshot::{Exhibit, Outcome};

/// `Credential report`; an operation without a title keeps its name.
pub(super) fn title<'o>(service: &str, operation: &'o str) -> &'o str {
    match find(service, operation) {
        Some(row) => row.title,
        None if operation == EVALUATION.operation => "Evaluation of a criterion",
        None => operation,
    }
}

/// A kind of evidence in words: `holders of AWSSupportAccess`.
pub(super) fn source(evidence: &Evidence) -> String {
    match evidence.about {
        Some(policy) if evidence.operation == "ListEntitiesForPolicy" => format!("Holders of {policy}"),
        Some(about) => format!("{} ({about})", title(evidence.service, evidence.operation)),
        None => title(evidence.service, evidence.operation).to_owned(),
    }
}

/// `the credential report`: a kind of evidence inside a sentence.
pub(super) fn in_sentence(evidence: &Evidence) -> String {
    let title = source(evidence);
    let mut letters = title.chars();
    // `IAM` and `CloudTrail` keep their capitals.
    let is_name = title.split(' ').next().is_some_and(|word| word.chars().skip(1).any(char::is_uppercase));
    match letters.next() {
        Some(first) if !is_name => format!("the {}{}", first.to_lowercase(), letters.as_str()),
        _ => format!("the {title}"),
    }
}

/// `iam:GetCredentialReport`: the IAM action, whatever the AWS CLI calls the service.
pub(super) fn operation(service: &str, operation: &str) -> String {
    operation_name(service, operation)
}

/// Exhibits that hold a kind of evidence.
pub(super) fn held_by<'a>(inputs: &Inputs<'a>, evidence: Evidence) -> impl Iterator<Item = &'a Exhibit> {
    inputs.exhibits.iter().filter(move |exhibit| {
        exhibit.service == evidence.service
            && exhibit.operation == evidence.operation
            && evidence.about.is_none_or(|about| {
                exhibit.parameters.values().any(|value| value.as_str().is_some_and(|text| text.ends_with(about)))
            })
    })
}

/// The numbers of the exhibits behind several kinds of evidence, each once, in order.
pub(super) fn exhibit_ids(inputs: &Inputs<'_>, evidence: &[Evidence]) -> Vec<String> {
    let wanted: Vec<&str> =
        evidence.iter().flat_map(|one| held_by(inputs, *one)).map(|exhibit| exhibit.id.as_str()).collect();
    let in_order = inputs.exhibits.iter().map(|exhibit| exhibit.id.as_str()).filter(|id| wanted.contains(id));
    in_order.map(str::to_owned).collect()
}

/// The error is an answer: what was asked about is not set.
pub(super) fn is_none_set(exhibit: &Exhibit) -> bool {
    let row = find(&exhibit.service, &exhibit.operation);
    matches!(&exhibit.outcome, Outcome::Failed { error, .. }
        if row.is_some_and(|row| row.none_set == Some(error.code.as_str())))
}

/// How an exhibit's answer stands, in words.
pub(super) fn outcome(exhibit: &Exhibit) -> String {
    match &exhibit.outcome {
        _ if is_none_set(exhibit) => "answered: none set".to_owned(),
        Outcome::Complete => "complete".to_owned(),
        Outcome::Failed { error, .. } => error.code.clone(),
        Outcome::CutShort { error, .. } => format!("cut short: {}", error.code),
        Outcome::NotCollected => "not collected".to_owned(),
    }
}

/// Parameters as `Name=value`, without quotes around texts.
pub(super) fn parameters<'a>(parameters: impl IntoIterator<Item = (&'a String, &'a serde_json::Value)>) -> String {
    let one = |(name, value): (&String, &serde_json::Value)| match value {
        serde_json::Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    parameters.into_iter().map(one).collect::<Vec<_>>().join(", ")
}
