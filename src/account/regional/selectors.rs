//! What a trail's selectors take in of the management events.

use super::shapes::{AdvancedSelector, Selector, SelectorsAnswer};
use crate::account::answers::listed;
use crate::account::fact::EVENT_SELECTORS;

/// What is left out, in words; empty if every management event that reads or writes is recorded. None where the
/// answer holds no selectors, or one that AWS does not document.
pub fn left_out(answer: &SelectorsAnswer) -> Option<Vec<String>> {
    let classic = answer.event_selectors.as_deref().filter(|list| !list.is_empty());
    let advanced = answer.advanced_event_selectors.as_deref().filter(|list| !list.is_empty());
    let (mut reads, mut writes) = (false, false);
    let mut narrowed = Vec::new();
    if classic.is_none() && advanced.is_none() {
        return None;
    }
    // A selector that AWS does not document may take in anything.
    let about = || "what a trail records".to_owned();
    let is_odd = |selector: &Selector| {
        let kind = selector.read_write_type.as_ref();
        kind.is_some_and(|kind| listed(kind, "ReadWriteType", EVENT_SELECTORS, about).gap().is_some())
    };
    if classic.is_some_and(|list| list.iter().any(is_odd)) {
        return None;
    }
    for selector in classic.into_iter().flatten() {
        classic_selector(selector, &mut reads, &mut writes, &mut narrowed);
    }
    for selector in advanced.into_iter().flatten() {
        advanced_selector(selector, &mut reads, &mut writes, &mut narrowed);
    }
    if reads && writes {
        return Some(Vec::new());
    }
    if narrowed.is_empty() {
        narrowed.extend((!reads).then(|| "read events".to_owned()));
        narrowed.extend((!writes).then(|| "write events".to_owned()));
    }
    Some(narrowed)
}

fn classic_selector(selector: &Selector, reads: &mut bool, writes: &mut bool, narrowed: &mut Vec<String>) {
    if selector.include_management_events != Some(true) {
        return;
    }
    let excluded = selector.exclude_management_event_sources.as_deref().unwrap_or_default();
    if !excluded.is_empty() {
        narrowed.push(format!("events of {}", excluded.join(", ")));
        return;
    }
    match selector.read_write_type.as_deref() {
        Some("All") => (*reads, *writes) = (true, true),
        Some("ReadOnly") => *reads = true,
        Some("WriteOnly") => *writes = true,
        _ => {}
    }
}

/// Fields of a selector must all hold: any but the category and `readOnly` leaves something out.
fn advanced_selector(selector: &AdvancedSelector, reads: &mut bool, writes: &mut bool, narrowed: &mut Vec<String>) {
    let fields = selector.field_selectors.as_deref().unwrap_or_default();
    let only = |field: &super::shapes::FieldSelector, value: &str| {
        field.others.is_empty() && field.equals.as_ref().is_some_and(|all| all.iter().any(|one| one == value))
    };
    if !fields.iter().any(|field| field.field == "eventCategory" && only(field, "Management")) {
        return;
    }
    let (mut here_reads, mut here_writes) = (true, true);
    for field in fields.iter().filter(|field| field.field != "eventCategory") {
        if field.field == "readOnly" {
            here_reads &= only(field, "true");
            here_writes &= only(field, "false");
        } else {
            narrowed.push(format!("some events, by their {}", field.field));
            (here_reads, here_writes) = (false, false);
        }
    }
    *reads |= here_reads;
    *writes |= here_writes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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
}
