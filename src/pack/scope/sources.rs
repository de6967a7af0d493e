//! One line an operation: what was asked and what came back.

use crate::account::fact::GapKind;
use crate::pack::words::number;
use crate::pack::{Inputs, SourceLine, evidence};
use crate::snapshot::{Exhibit, Outcome};

/// Operations that are asked once for each entry of a list, and not at all where the list is empty.
const ONE_BY_ONE: &[&str] = &["GetSAMLProvider", "GetOpenIDConnectProvider"];

pub(super) fn sources(inputs: &Inputs<'_>) -> Vec<SourceLine> {
    operations(inputs).into_iter().map(|(service, operation)| line(inputs, service, operation)).collect()
}

/// What the collection set out to ask, then whatever else there is evidence or a gap of; each once.
fn operations<'a>(inputs: &Inputs<'a>) -> Vec<(&'a str, &'a str)> {
    let requested = inputs.header.requested.iter().map(|one| (one.service.as_str(), one.operation.as_str()));
    let called = inputs.calls.iter().map(|call| (call.service.as_str(), call.operation.as_str()));
    let exhibits = inputs.exhibits.iter().map(|one| (one.service.as_str(), one.operation.as_str()));
    let gaps = inputs.account.gaps.iter().map(|gap| (gap.evidence.service, gap.evidence.operation));
    let mut operations = Vec::new();
    for operation in requested.chain(called).chain(exhibits).chain(gaps) {
        if !operations.contains(&operation) {
            operations.push(operation);
        }
    }
    operations
}

fn line(inputs: &Inputs<'_>, service: &str, operation: &str) -> SourceLine {
    let calls = inputs.calls.iter().filter(|call| call.service == service && call.operation == operation);
    let items: Vec<u64> =
        calls.clone().filter(|call| call.error.is_none() && !call.superseded).filter_map(|call| call.items).collect();
    let exhibits: Vec<&Exhibit> =
        inputs.exhibits.iter().filter(|exhibit| exhibit.service == service && exhibit.operation == operation).collect();
    let (outcome, is_gap) = outcome(inputs, service, operation, &exhibits);
    SourceLine {
        operation: evidence::operation(service, operation),
        title: evidence::title(operation).to_owned(),
        requests: calls.count(),
        items: (!items.is_empty()).then(|| items.iter().sum()),
        outcome,
        is_gap,
        exhibit: match exhibits.as_slice() {
            [] => None,
            [only] => Some(only.id.clone()),
            [first, .., last] => Some(format!("{} to {}", first.id, last.id)),
        },
    }
}

/// What came back, in words, and whether that is a gap.
fn outcome(inputs: &Inputs<'_>, service: &str, operation: &str, exhibits: &[&Exhibit]) -> (String, bool) {
    let gaps = || {
        let gaps = inputs.account.gaps.iter();
        gaps.filter(|gap| gap.evidence.service == service && gap.evidence.operation == operation)
    };
    let bad: Vec<&&Exhibit> = exhibits
        .iter()
        .filter(|exhibit| exhibit.outcome != Outcome::Complete && !evidence::is_none_set(exhibit))
        .collect();
    match (exhibits, bad.as_slice()) {
        ([], _) if gaps().next().is_none() && ONE_BY_ONE.contains(&operation) => {
            ("not needed: none listed".to_owned(), false)
        }
        ([], _) => ("not collected".to_owned(), true),
        ([_], [only]) => (evidence::outcome(only), true),
        (all, [first, ..]) => {
            (format!("{} of {}: {}", number(bad.len()), number(all.len()), evidence::outcome(first)), true)
        }
        (_, []) if gaps().any(|gap| gap.kind == GapKind::Unreadable) => ("cannot be understood".to_owned(), true),
        (all, []) => match all.iter().filter(|exhibit| evidence::is_none_set(exhibit)).count() {
            0 => ("complete".to_owned(), false),
            none if none == all.len() => ("answered: none set".to_owned(), false),
            none => (format!("complete; {} of {}: none set", number(none), number(all.len())), false),
        },
    }
}
