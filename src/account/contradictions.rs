//! Lists that other answers of the same evidence contradict.
//!
//! AWS answers about a permission set, a trail or a policy only where there is one. An answer about a member that the
//! list does not name therefore shows that the list is not complete: a filter, a page that was left out, another time.
//! The operations table says from which list each call takes its parameters, so that this holds for every list. Some
//! answers also name members of a list in what they say. [`NAMED`] has those.
//!
//! Users and roles are decided in `completeness`, and access keys in `credential_lists`, which compare several sources.

pub mod other_region;
pub mod repeated;

use super::fact::{ACCESS_KEY_LIST, Evidence, Gap, GapKind, USER_LIST};
use super::gaps::{gap, some_names};
use crate::arn::name_of;
use crate::operations::{Calls, List, Only, Operation, ValueFrom, find, operation_name, operations};
use crate::snapshot::{Answer, Outcome, Snapshot, is_paging};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An answer that names members of another operation's list.
struct Names {
    list: List,
    by: List,
    /// The member with the name, in an entry of `by`.
    member: &'static str,
    /// Whether a name is one of the list's.
    is_of_list: fn(&str) -> bool,
    /// Whether only an empty list is contradicted.
    if_empty: bool,
}

const fn list(service: &'static str, operation: &'static str, member: &'static str) -> List {
    List { service, operation, member }
}

const NAMED: &[Names] = &[
    // Hardware devices and passkeys have other serial numbers.
    Names {
        list: list("iam", "ListVirtualMFADevices", "VirtualMFADevices"),
        by: list("iam", "ListMFADevices", "MFADevices"),
        member: "SerialNumber",
        is_of_list: |serial| serial.contains(":mfa/"),
        if_empty: false,
    },
    // Some services are administered by a member account without being trusted.
    Names {
        list: list("organizations", "ListAWSServiceAccessForOrganization", "EnabledServicePrincipals"),
        by: list("organizations", "ListDelegatedServicesForAccount", "DelegatedServices"),
        member: "ServicePrincipal",
        is_of_list: |_| true,
        if_empty: true,
    },
    Names {
        list: list("config", "DescribeDeliveryChannels", "DeliveryChannels"),
        by: list("config", "DescribeDeliveryChannelStatus", "DeliveryChannelsStatus"),
        member: "name",
        is_of_list: |_| true,
        if_empty: false,
    },
];

/// What contradicts the answers of one list.
#[derive(Debug, Default)]
pub struct Contradictions(BTreeMap<Question, Arc<Gap>>);

/// A Region, and the parameters in words.
type Question = (Option<String>, String);

fn question(answer: &Answer) -> Question {
    (answer.region.clone(), serde_json::to_string(&answer.parameters).unwrap_or_default())
}

/// Members that the answer to a question lacks, and the operations whose answers are about them.
type Lacking = BTreeMap<Question, (BTreeSet<String>, BTreeSet<String>)>;

impl Contradictions {
    /// Compares the answers of a list with all answers that are about its members.
    pub fn of(snapshot: &Snapshot, evidence: Evidence) -> Self {
        // A user may have been deleted while the evidence was collected, which `completeness` tells apart. The lists of
        // access keys are compared with the credential report, key by key.
        let is = |other: Evidence| (evidence.service, evidence.operation) == (other.service, other.operation);
        if is(USER_LIST) || is(ACCESS_KEY_LIST) {
            return Self::default();
        }
        let is_list = |list: &List| (list.service, list.operation) == (evidence.service, evidence.operation);
        let mut lacking = Lacking::new();
        for (_, row) in operations() {
            // In a tree, an entry is in any of several lists. The last one is the one that can lack it.
            if row.lists().last().is_some_and(is_list)
                && let Calls::Each(lists, parameters) | Calls::OnceAndEach(lists, parameters) = row.calls
            {
                asked_about(snapshot, row, (lists, parameters), &mut lacking);
            }
        }
        for names in NAMED.iter().filter(|names| is_list(&names.list)) {
            named(snapshot, names, &mut lacking);
        }
        let gap_of = |(question, (names, sources)): (Question, (BTreeSet<String>, BTreeSet<String>))| {
            let names = some_names(names.iter().map(|name| name_of(name)));
            let sources = some_names(sources.iter().map(String::as_str));
            let reason = format!("{evidence} does not list {names}, which other answers are about ({sources})");
            (question, gap(evidence, GapKind::Conflict, reason))
        };
        Self(lacking.into_iter().map(gap_of).collect())
    }

    /// What contradicts this answer.
    pub fn about(&self, answer: &Answer) -> Option<Arc<Gap>> {
        self.0.get(&question(answer)).cloned()
    }
}

/// Every answer of an operation that is called for the entries of a list.
fn asked_about(
    snapshot: &Snapshot,
    row: &Operation,
    (lists, parameters): (&[List], &[(&str, ValueFrom)]),
    lacking: &mut Lacking,
) {
    let answers = snapshot.answers(row.service, row.name);
    if answers.is_empty() {
        return;
    }
    let read: Vec<Vec<Listed>> = lists.iter().map(|list| Listed::of(snapshot, *list)).collect();
    let is_anywhere = matches!(row.only, Only::InHomeRegion(_));
    for answer in answers {
        let value = |name: &str| answer.parameters.get(name).and_then(Value::as_str);
        let (of_request, of_entry): (Vec<_>, Vec<_>) =
            parameters.iter().partition(|(_, from)| *from == ValueFrom::Request);
        let Some(entry) = of_entry.iter().map(|(name, _)| value(name)).collect::<Option<Vec<&str>>>() else { continue };
        let is_asked_alike = |listed: &&Listed| {
            (is_anywhere || listed.answer.region == answer.region)
                && of_request
                    .iter()
                    .all(|(name, _)| listed.answer.parameters.get(*name) == answer.parameters.get(*name))
        };
        let of_lists: Vec<Vec<&Listed>> =
            read.iter().map(|listed| listed.iter().filter(is_asked_alike).collect()).collect();
        // A list that is not complete has its own gap.
        let is_complete = lists.iter().zip(&of_lists).all(|(list, listed)| is_complete(*list, listed));
        let is_listed = of_lists.iter().flatten().any(|listed| listed.has(&entry));
        if !is_complete || is_listed || !has_content(&answer) {
            continue;
        }
        let last = of_lists.last().into_iter().flatten();
        let here: Vec<&&Listed> = last.clone().filter(|listed| listed.answer.region == answer.region).collect();
        let contradicted = if here.is_empty() { last.collect() } else { here };
        for listed in contradicted {
            let (names, sources) = lacking.entry(question(&listed.answer)).or_default();
            names.extend(entry.iter().map(|name| (*name).to_owned()));
            sources.insert(operation_name(row.service, row.name));
        }
    }
}

/// Every name in another answer.
fn named(snapshot: &Snapshot, names: &Names, lacking: &mut Lacking) {
    let lists = Listed::of(snapshot, names.list);
    for by in Listed::of(snapshot, names.by) {
        let here: Vec<&Listed> = lists.iter().filter(|listed| listed.answer.region == by.answer.region).collect();
        if !is_complete(names.list, &here) || (names.if_empty && here.iter().any(|listed| !listed.entries.is_empty())) {
            continue;
        }
        let found = by.entries.iter().filter_map(|entry| entry.get(names.member)?.as_str());
        for name in found.filter(|name| (names.is_of_list)(name)) {
            if here.iter().any(|listed| listed.has(&[name])) {
                continue;
            }
            for listed in &here {
                let (members, sources) = lacking.entry(question(&listed.answer)).or_default();
                members.insert(name.to_owned());
                sources.insert(operation_name(names.by.service, names.by.operation));
            }
        }
    }
}

/// The entries in one answer of a list.
struct Listed {
    answer: Answer,
    entries: Vec<Value>,
    /// Every text by which an entry goes.
    texts: BTreeSet<String>,
}

impl Listed {
    fn of(snapshot: &Snapshot, list: List) -> Vec<Self> {
        let entries = |answer: &Answer| {
            let pages = answer.pages.iter().filter_map(|page| page.read::<Value>().ok());
            pages.filter_map(|page| page.get(list.member)?.as_array().cloned()).flatten().collect()
        };
        let answers = snapshot.answers(list.service, list.operation).into_iter();
        let texts = |entry: &Value| -> Vec<String> {
            let members = entry.as_object().into_iter().flat_map(|members| members.values());
            members.chain(std::iter::once(entry)).filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let listed = |answer: Answer| {
            let entries: Vec<Value> = entries(&answer);
            Self { texts: entries.iter().flat_map(texts).collect(), entries, answer }
        };
        answers.map(listed).collect()
    }

    /// Whether an entry goes by all these values. Many calls take a name as well as an ARN.
    fn has(&self, values: &[&str]) -> bool {
        let is = |text: &Value, value: &str| text.as_str() == Some(value);
        let goes_by = |entry: &Value, value: &str| match entry {
            Value::Object(members) => members.values().any(|member| is(member, value)),
            text => is(text, value),
        };
        // Thousands of answers may be about a list of thousands: most are found, or not, by their only name.
        let are_there = values.iter().all(|value| self.texts.contains(*value));
        let by_one_entry = || self.entries.iter().any(|entry| values.iter().all(|value| goes_by(entry, value)));
        are_there && (values.len() == 1 || by_one_entry())
    }
}

/// Whether all that was to be asked of a list arrived.
fn is_complete(list: List, listed: &[&Listed]) -> bool {
    let values = match find(list.service, list.operation).map(|row| row.calls) {
        Some(Calls::Values(name, values)) => values
            .iter()
            .all(|value| listed.iter().any(|one| one.answer.parameters.get(name).is_some_and(|it| it == value))),
        _ => true,
    };
    values && !listed.is_empty() && listed.iter().all(|one| one.answer.outcome == Outcome::Complete)
}

/// Whether an answer says anything. AWS lists no assignments in an account for a permission set that is not there.
fn has_content(answer: &Answer) -> bool {
    let is_filled = |(name, value): (&String, &Value)| match value {
        Value::Null => false,
        Value::Array(entries) => !entries.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::String(text) => !text.is_empty() && !is_paging(name),
        Value::Bool(_) => name != "IsTruncated",
        Value::Number(_) => true,
    };
    let mut pages = answer.pages.iter().filter_map(|page| page.read::<Value>().ok());
    pages.any(|page| page.as_object().is_some_and(|members| members.iter().any(is_filled)))
}
