//! Groups the lines of the call log into answers: their pages and their outcome.

use super::format::{Call, CallError};
use super::layout;
use super::read::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;

/// Paging parameters.
const PAGING: &[&str] =
    &["Marker", "MaxItems", "NextToken", "nextToken", "MaxResults", "maxResults", "MaxRecords", "Limit", "limit"];

/// Whether a parameter is for paging.
pub fn is_paging(parameter: &str) -> bool {
    PAGING.contains(&parameter)
}

/// Polled jobs: the last answer counts.
const POLLED: &[&str] = &["GenerateCredentialReport"];

/// The calls of one operation in one Region with one set of parameters, in log order.
pub(super) struct Group<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    /// `None` for a global service.
    pub region: Option<&'a str>,
    pub parameters: BTreeMap<String, Value>,
    /// Superseded ones included.
    pub all: Vec<&'a Call>,
}

/// Every group, in the order of its first call.
pub(super) fn groups<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<(&str, &str, Option<&str>, String), usize> = BTreeMap::new();
    for call in calls {
        let mut parameters = call.parameters.clone();
        parameters.retain(|name, _| !is_paging(name));
        let words = serde_json::to_string(&parameters).expect("JSON values always serialise");
        // A global service may be called through any Region.
        let region = layout::is_regional(&call.service).then_some(call.region.as_str());
        let (service, operation) = (call.service.as_str(), call.operation.as_str());
        let index = *known.entry((service, operation, region, words)).or_insert_with(|| {
            groups.push(Group { service, operation, region, parameters, all: Vec::new() });
            groups.len() - 1
        });
        groups[index].all.push(call);
    }
    groups
}

impl<'a> Group<'a> {
    /// The outcome, and the calls of its pages in page order.
    pub fn resolve(&self) -> (Outcome, Vec<&'a Call>) {
        let live: Vec<&'a Call> = self.all.iter().copied().filter(|call| !call.superseded).collect();
        let polled = POLLED.contains(&self.operation);
        let mut pages: BTreeMap<u32, (usize, &'a Call)> = BTreeMap::new();
        for (index, call) in live.iter().enumerate().filter(|(_, call)| call.evidence.is_some()) {
            pages.insert(if polled { 1 } else { call.page.unwrap_or(1) }, (index, call));
        }
        // An error counts unless a retry returned the same page, or paging started again with the first page.
        let stands = |index: usize, call: &Call| {
            let later = |page: u32| pages.get(&page).is_some_and(|(success, _)| *success > index);
            let made_good = match call.page.filter(|_| !polled) {
                Some(page) => later(page) || later(1),
                None => pages.values().any(|(success, _)| *success > index),
            };
            !made_good
        };
        let failure =
            live.iter().enumerate().rev().find_map(|(index, call)| {
                call.error.as_ref().filter(|_| stands(index, call)).map(|error| (*call, error))
            });

        let last = pages.last_key_value().map(|(_, (_, call))| *call);
        let whole = pages.keys().copied().eq(1..=u32::try_from(pages.len()).unwrap_or(u32::MAX));
        let outcome = match (last, failure) {
            (None, None) if live.is_empty() => Outcome::NotCollected,
            (None, None) => Outcome::Failed { call: live.last().map(|call| call.id.clone()), error: no_answer() },
            (None, Some((call, error))) => Outcome::Failed { call: Some(call.id.clone()), error: error.clone() },
            (Some(_), Some((call, error))) => Outcome::CutShort { call: Some(call.id.clone()), error: error.clone() },
            (Some(call), None) if call.more || !whole => {
                Outcome::CutShort { call: Some(call.id.clone()), error: incomplete(polled, whole) }
            }
            (Some(_), None) => Outcome::Complete,
        };
        (outcome, pages.into_values().map(|(_, call)| call).collect())
    }
}

fn no_answer() -> CallError {
    CallError {
        code: "Incomplete".to_owned(),
        message: "the call log holds neither an answer nor an error for this call".to_owned(),
    }
}

fn incomplete(polled: bool, whole: bool) -> CallError {
    let message = match (polled, whole) {
        (true, _) => "the job was not finished when it was last asked about",
        (false, true) => "the last page that arrived announces another one, which was not collected",
        (false, false) => "a page in the middle is missing",
    };
    CallError { code: "Incomplete".to_owned(), message: message.to_owned() }
}
