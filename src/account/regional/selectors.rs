//! What a trail's selectors take in of the management events.

use super::shapes::{AdvancedSelector, FieldSelector, Selector, SelectorsAnswer};
use crate::account::answers::listed;
use crate::account::fact::EVENT_SELECTORS;
use serde_json::Value;
use std::collections::BTreeSet;

/// Management events that the selectors read so far take in: an event is recorded if any selector takes it in.
#[derive(Default)]
struct Taken {
    /// Sources whose reading events no selector takes in; none where no selector takes in any.
    reads: Option<BTreeSet<String>>,
    writes: Option<BTreeSet<String>>,
    /// What single selectors leave out, in words.
    narrowed: Vec<String>,
    /// A selector may take in anything.
    is_unclear: bool,
}

impl Taken {
    /// A selector that takes in reading or writing events, except those of some sources.
    fn add(&mut self, (reads, writes): (bool, bool), excluded: &BTreeSet<String>) {
        for (takes, taken) in [(reads, &mut self.reads), (writes, &mut self.writes)] {
            if takes {
                let both = taken.take().map(|sources| sources.intersection(excluded).cloned().collect());
                *taken = Some(both.unwrap_or_else(|| excluded.clone()));
            }
        }
    }

    fn narrow(&mut self, words: String) {
        if !self.narrowed.contains(&words) {
            self.narrowed.push(words);
        }
    }
}

/// What is left out, in words; empty if every management event that reads or writes is recorded. None where the
/// answer holds no selectors, or one that is not complete or that AWS does not document, unless the others record
/// everything.
pub fn left_out(answer: &SelectorsAnswer) -> Option<Vec<String>> {
    let classic = answer.event_selectors.as_deref().unwrap_or_default();
    let advanced = answer.advanced_event_selectors.as_deref().unwrap_or_default();
    if classic.is_empty() && advanced.is_empty() {
        return None;
    }
    let mut taken = Taken::default();
    for selector in classic {
        classic_selector(selector, &mut taken);
    }
    for selector in advanced {
        advanced_selector(selector, &mut taken);
    }
    let is_all = |sources: &Option<BTreeSet<String>>| sources.as_ref().is_some_and(BTreeSet::is_empty);
    if is_all(&taken.reads) && is_all(&taken.writes) {
        return Some(Vec::new());
    }
    if taken.is_unclear {
        return None;
    }
    if taken.narrowed.is_empty() {
        taken.narrowed.extend(taken.reads.is_none().then(|| "read events".to_owned()));
        taken.narrowed.extend(taken.writes.is_none().then(|| "write events".to_owned()));
    }
    Some(taken.narrowed)
}

fn classic_selector(selector: &Selector, taken: &mut Taken) {
    let kind = selector.read_write_type.as_ref();
    // Letters in another case than AWS's are read as AWS's.
    let kind = kind.and_then(|kind| {
        listed(kind, "ReadWriteType", EVENT_SELECTORS, || "what a trail records".to_owned()).known().cloned()
    });
    let (reads, writes) = match (selector.include_management_events, kind.as_deref()) {
        (Some(false), _) => return,
        (Some(true), Some("All")) => (true, true),
        (Some(true), Some("ReadOnly")) => (true, false),
        (Some(true), Some("WriteOnly")) => (false, true),
        // AWS returns both members.
        _ => {
            taken.is_unclear = true;
            return;
        }
    };
    let excluded: BTreeSet<String> = selector.exclude_management_event_sources.iter().flatten().cloned().collect();
    if !excluded.is_empty() {
        taken.narrow(format!("events of {}", excluded.iter().map(String::as_str).collect::<Vec<_>>().join(", ")));
    }
    taken.add((reads, writes), &excluded);
}

/// Fields of a selector must all hold: any but the category, `readOnly` and sources that are excluded leaves out events
/// of every source.
fn advanced_selector(selector: &AdvancedSelector, taken: &mut Taken) {
    let fields = selector.field_selectors.as_deref().unwrap_or_default();
    let only = |field: &FieldSelector, value: &str| {
        field.others.is_empty() && field.equals.as_ref().is_some_and(|all| all.iter().any(|one| one == value))
    };
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let is_odd = |field: &FieldSelector| {
        field.others.values().any(is_empty)
            || field.equals.as_ref().map_or(field.others.is_empty(), Vec::is_empty)
            || (field.field == "eventCategory" && field.equals.iter().flatten().any(|name| !is_category(name)))
    };
    if fields.iter().any(is_odd) {
        taken.is_unclear = true;
        return;
    }
    if !fields.iter().any(|field| field.field == "eventCategory" && only(field, "Management")) {
        return;
    }
    let (mut reads, mut writes) = (true, true);
    let mut excluded = BTreeSet::new();
    for field in fields.iter().filter(|field| field.field != "eventCategory") {
        match excluded_sources(field) {
            _ if field.field == "readOnly" => {
                reads &= only(field, "true");
                writes &= only(field, "false");
                continue;
            }
            Some(sources) => excluded.extend(sources),
            None => (reads, writes) = (false, false),
        }
        taken.narrow(format!("some events, by their {}", field.field));
    }
    taken.add((reads, writes), &excluded);
}

/// AWS CloudTrail API reference, AdvancedFieldSelector.
fn is_category(name: &str) -> bool {
    ["Management", "Data", "NetworkActivity"].contains(&name)
}

/// The sources that a field excludes, if it does nothing else.
fn excluded_sources(field: &FieldSelector) -> Option<Vec<String>> {
    let is_plain = field.field == "eventSource" && field.equals.is_none() && field.others.len() == 1;
    let sources = field.others.get("NotEquals").filter(|_| is_plain)?.as_array()?;
    sources.iter().map(|source| source.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(answer: Value) -> Option<Vec<String>> {
        left_out(&serde_json::from_value(answer).unwrap())
    }

    fn field(name: &str, operator: &str, value: &str) -> Value {
        json!({ "Field": name, operator: [value] })
    }

    fn advanced(selectors: &[&[Value]]) -> Value {
        let all: Vec<Value> = selectors.iter().map(|fields| json!({ "FieldSelectors": fields })).collect();
        json!({ "AdvancedEventSelectors": all })
    }

    #[test]
    fn everything_is_recorded_by_one_selector_or_by_two_halves() {
        let all =
            json!({ "ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": [] });
        assert_eq!(of(json!({ "EventSelectors": [all] })), Some(vec![]));
        let half = |kind: &str| json!({ "ReadWriteType": kind, "IncludeManagementEvents": true });
        assert_eq!(of(json!({ "EventSelectors": [half("ReadOnly"), half("WriteOnly")] })), Some(vec![]));
        let management = || field("eventCategory", "Equals", "Management");
        assert_eq!(of(advanced(&[&[management()]])), Some(vec![]));
        let read = field("readOnly", "Equals", "true");
        let write = field("readOnly", "Equals", "false");
        assert_eq!(of(advanced(&[&[management(), read], &[management(), write]])), Some(vec![]));
    }

    #[test]
    fn whatever_narrows_leaves_something_out() {
        let excluded = json!({ "ReadWriteType": "All", "IncludeManagementEvents": true,
            "ExcludeManagementEventSources": ["kms.amazonaws.com"] });
        assert_eq!(of(json!({ "EventSelectors": [excluded] })).unwrap()[0], "events of kms.amazonaws.com");
        let management = || field("eventCategory", "Equals", "Management");
        for fields in [
            vec![management(), field("readOnly", "Equals", "true")],
            vec![management(), field("readOnly", "Equals", "false")],
            vec![management(), field("readOnly", "NotEquals", "true")],
            vec![management(), field("eventSource", "NotEquals", "kms.amazonaws.com")],
            vec![field("eventCategory", "Equals", "Data")],
            vec![field("eventCategory", "NotEquals", "Data")],
        ] {
            let found = of(advanced(&[&fields])).unwrap();
            assert!(!found.is_empty(), "{fields:?}");
        }
        let data_only = json!({ "ReadWriteType": "All", "IncludeManagementEvents": false });
        assert_eq!(of(json!({ "EventSelectors": [data_only] })).unwrap().len(), 2);
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({ "EventSelectors": [] })), None);
    }

    #[test]
    fn selectors_together_take_in_what_each_of_them_leaves_out() {
        let management = || field("eventCategory", "Equals", "Management");
        let not = |source: &str| field("eventSource", "NotEquals", source);
        let (kms, rds) = ("kms.amazonaws.com", "rdsdata.amazonaws.com");
        assert_eq!(of(advanced(&[&[management(), not(kms)], &[management(), not(rds)]])), Some(vec![]));
        let both = of(advanced(&[&[management(), not(kms)], &[management(), not(kms)]]));
        assert_eq!(both, Some(vec!["some events, by their eventSource".to_owned()]), "each once");
    }

    #[test]
    fn what_a_selector_does_not_say_is_not_known() {
        let of_one = |selector: Value| of(json!({ "EventSelectors": [selector] }));
        assert_eq!(of_one(json!({ "ReadWriteType": "all", "IncludeManagementEvents": true })), Some(vec![]));
        assert_eq!(of_one(json!({ "ReadWriteType": "All" })), None);
        assert_eq!(of_one(json!({ "IncludeManagementEvents": true })), None);
        assert_eq!(of(advanced(&[&[field("eventCategory", "Equals", "management")]])), None);
        let empty = json!({ "Field": "eventSource", "NotEquals": [] });
        assert_eq!(of(advanced(&[&[field("eventCategory", "Equals", "Management"), empty]])), None);
        let all = json!({ "ReadWriteType": "All", "IncludeManagementEvents": true });
        assert_eq!(of(json!({ "EventSelectors": [{ "ReadWriteType": "Everything" }, all] })), Some(vec![]));
    }
}
