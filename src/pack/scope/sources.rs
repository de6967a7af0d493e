//! One line an operation: what was requested and what came back.

use crate::account::fact::GapKind;
use crate::assess::evidence_gaps::{EvidenceGaps, GapClass};
use crate::operations::{List, find};
use crate::pack::words::number;
use crate::pack::{Inputs, SourceLine, evidence};
use crate::snapshot::format::Origin;
use crate::snapshot::{Exhibit, Outcome};

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It answered, that nothing is set included.
    Answered,
    /// Another operation listed nothing to ask about.
    NotNeeded,
    /// Not part of this run.
    NotRequested,
    /// It was refused, failed, was cut short or cannot be understood; or could not be asked because another did.
    Missing,
}

/// What the run requested and received.
pub(super) struct Requested<'a> {
    inputs: &'a Inputs<'a>,
    missing: &'a EvidenceGaps,
}

impl<'a> Requested<'a> {
    pub(super) fn of(inputs: &'a Inputs<'a>, missing: &'a EvidenceGaps) -> Self {
        Self { inputs, missing }
    }

    pub(super) fn lines(&self) -> Vec<SourceLine> {
        self.operations().into_iter().map(|(service, operation)| self.line(service, operation)).collect()
    }

    /// What the collection set out to ask, then whatever else there is evidence or a gap of; each once.
    pub(super) fn operations(&self) -> Vec<(&'a str, &'a str)> {
        let inputs = self.inputs;
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

    fn exhibits(&self, service: &str, operation: &str) -> Vec<&'a Exhibit> {
        let of = |one: &&Exhibit| one.service == service && one.operation == operation;
        self.inputs.exhibits.iter().filter(of).collect()
    }

    fn has_gap(&self, service: &str, operation: &str, is: impl Fn(GapClass, &GapKind) -> bool) -> bool {
        self.missing.all.iter().any(|one| {
            one.gap.evidence.service == service
                && one.gap.evidence.operation == operation
                && is(one.class, &one.gap.kind)
        })
    }

    /// How an operation ended.
    pub(super) fn state(&self, service: &str, operation: &str) -> State {
        let exhibits = self.exhibits(service, operation);
        if !exhibits.is_empty() {
            let unreadable = self.has_gap(service, operation, |_, kind| *kind == GapKind::Unreadable);
            let all = exhibits.iter().all(|exhibit| is_answer(exhibit));
            return if all && !unreadable { State::Answered } else { State::Missing };
        }
        let is_requested =
            self.inputs.header.requested.iter().any(|one| one.service == service && one.operation == operation);
        if self.has_gap(service, operation, |class, _| class == GapClass::Gap) {
            // A list that names members nobody answered about is a gap, and so is a source that nothing replaced.
            return State::Missing;
        }
        if !is_requested {
            return State::NotRequested;
        }
        match needed_by(service, operation).as_slice() {
            [] => State::Missing,
            needs => {
                let states: Vec<State> = needs.iter().map(|list| self.state(list.service, list.operation)).collect();
                if states.contains(&State::Missing) { State::Missing } else { State::NotNeeded }
            }
        }
    }

    /// The operation without whose answer this one could not be asked.
    pub(super) fn blocked_by(&self, service: &str, operation: &str) -> Option<(&'static str, &'static str)> {
        if !self.exhibits(service, operation).is_empty() {
            return None;
        }
        let mut needs = needed_by(service, operation).into_iter().map(|list| (list.service, list.operation));
        needs.find(|(service, operation)| self.state(service, operation) == State::Missing)
    }

    fn line(&self, service: &str, operation: &str) -> SourceLine {
        let calls = self.inputs.calls.iter().filter(|call| call.service == service && call.operation == operation);
        let items: Vec<u64> = calls
            .clone()
            .filter(|call| call.error.is_none() && !call.superseded)
            .filter_map(|call| call.items)
            .collect();
        let exhibits = self.exhibits(service, operation);
        let state = self.state(service, operation);
        SourceLine {
            operation: evidence::operation(service, operation),
            title: evidence::title(service, operation).to_owned(),
            requests: calls.count(),
            items: (!items.is_empty()).then(|| items.iter().sum()),
            outcome: self.outcome(service, operation, &exhibits, state),
            is_gap: state == State::Missing,
            exhibit: match exhibits.as_slice() {
                [] => None,
                [only] => Some(only.id.clone()),
                [first, .., last] => Some(format!("{} to {}", first.id, last.id)),
            },
        }
    }

    /// What came back, in words.
    pub(super) fn outcome(&self, service: &str, operation: &str, exhibits: &[&Exhibit], state: State) -> String {
        let bad: Vec<&&Exhibit> = exhibits.iter().filter(|exhibit| !is_answer(exhibit)).collect();
        match (exhibits, bad.as_slice()) {
            ([], _) => match (state, self.blocked_by(service, operation)) {
                (State::NotRequested, _) if self.inputs.header.origin == Origin::Supplied => "not supplied".to_owned(),
                (State::NotRequested, _) => format!("not requested at {} depth", self.missing.depth),
                (State::NotNeeded, _) => "not needed: nothing was listed to ask about".to_owned(),
                (_, Some((service, operation))) => {
                    format!("not requested: {} is missing", evidence::operation(service, operation))
                }
                _ => "not collected".to_owned(),
            },
            ([_], [only]) => evidence::outcome(only),
            (all, [first, ..]) => {
                format!("{} of {}: {}", number(bad.len()), number(all.len()), evidence::outcome(first))
            }
            (_, []) if state == State::Missing => "cannot be understood".to_owned(),
            (all, []) => match all.iter().filter(|exhibit| evidence::is_none_set(exhibit)).count() {
                0 => "complete".to_owned(),
                none if none == all.len() => "answered: none set".to_owned(),
                none => format!("complete; {} of {}: none set", number(none), number(all.len())),
            },
        }
    }

    /// The outcome of an operation that did not answer.
    pub(super) fn why(&self, service: &str, operation: &str) -> String {
        let exhibits = self.exhibits(service, operation);
        self.outcome(service, operation, &exhibits, self.state(service, operation))
    }

    /// It answered that there is none of what it was asked about.
    pub(super) fn is_none_set(&self, service: &str, operation: &str) -> bool {
        let exhibits = self.exhibits(service, operation);
        !exhibits.is_empty() && exhibits.iter().all(|exhibit| evidence::is_none_set(exhibit))
    }
}

/// The answers without which an operation cannot be asked, or has nothing to be asked about; none where it is asked in any
/// case. A tree lists its lower levels itself and does not wait for them.
fn needed_by(service: &str, operation: &str) -> Vec<List> {
    let row = find(service, operation);
    row.into_iter().flat_map(|row| row.lists().iter().copied().filter(|list| !list.is_of(row))).collect()
}

fn is_answer(exhibit: &Exhibit) -> bool {
    exhibit.outcome == Outcome::Complete || evidence::is_none_set(exhibit)
}
