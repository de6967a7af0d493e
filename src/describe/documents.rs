//! Policy documents: each read and explained once, however many hold it.

use super::sheet::{DOCUMENT_WIDTH, Explained, ExplainedStatement, STATEMENT_WIDTH, TrustEntry, TrustPart};
use crate::policy::document::{Actions, Effect};
use crate::policy::grants::{self, Reading};
use crate::policy::parse::parse;
use crate::policy::trust::{self, Trust, TrustContext};
use crate::policy::words;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All documents so far, by text.
#[derive(Default)]
pub struct Documents {
    /// The time that the evidence speaks of.
    as_of: Option<Timestamp>,
    places: BTreeMap<String, usize>,
    /// None: it is not JSON.
    readings: Vec<Option<Arc<Reading>>>,
    pub explained: Vec<Explained>,
    trusts: BTreeMap<String, Option<Arc<Trusted>>>,
}

/// A trust policy, for the graph and for the page.
pub struct Trusted {
    pub trust: Trust,
    pub part: TrustPart,
}

impl Documents {
    /// None so far.
    pub fn new(as_of: Timestamp) -> Self {
        Self { as_of: Some(as_of), ..Self::default() }
    }

    /// The document's place in the register.
    pub fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let (reading, explained) = explain(text, self.as_of);
        self.readings.push(reading);
        self.explained.push(explained);
        self.places.insert(text.to_owned(), self.explained.len() - 1);
        self.explained.len() - 1
    }

    /// None where the document could not be read at all.
    pub fn reading(&self, place: usize) -> Option<&Arc<Reading>> {
        self.readings[place].as_ref()
    }

    /// A role's trust policy, explained; `None` if it is not JSON.
    pub fn trust(&mut self, text: &str, context: &TrustContext) -> Option<Arc<Trusted>> {
        if let Some(known) = self.trusts.get(text) {
            return known.clone();
        }
        let explained = parse(text).ok().map(|document| {
            let secrets = Secrets::of(text);
            let trust = trust::explain(&document, context);
            let entries = trust.entries.iter().map(|entry| TrustEntry {
                sentence: secrets.hide(&entry.sentence),
                conditions: entry
                    .conditions
                    .iter()
                    .map(|shown| (secrets.hide(&shown.text), secrets.hide(&shown.judgement.reason)))
                    .collect(),
            });
            let part = TrustPart {
                entries: entries.collect(),
                denials: trust.denials.iter().map(|denial| secrets.hide(&denial.sentence)).collect(),
                notes: trust.not_understood.iter().map(|note| secrets.hide(note)).collect(),
                json: trust::masked_in_lines(text, DOCUMENT_WIDTH),
            };
            Arc::new(Trusted { trust, part })
        });
        self.trusts.insert(text.to_owned(), explained.clone());
        explained
    }
}

fn explain(text: &str, as_of: Option<Timestamp>) -> (Option<Arc<Reading>>, Explained) {
    let document = match parse(text) {
        Ok(document) => document,
        Err(problem) => {
            let note = format!("The document is not JSON ({problem}); what it grants is not known.");
            return (
                None,
                Explained {
                    statements: Vec::new(),
                    notes: vec![note],
                    json: Some(trust::masked_in_lines(text, DOCUMENT_WIDTH)),
                },
            );
        }
    };
    let secrets = Secrets::of(text);
    let reading = grants::read_as_of(&document, as_of);
    let statements = document.statements.iter().zip(&reading.statements).enumerate();
    let statements: Vec<ExplainedStatement> = statements
        .map(|(index, (statement, read))| ExplainedStatement {
            number: index + 1,
            sid: statement.sid.clone(),
            denies: statement.effect == Effect::Deny,
            actions: match &statement.actions {
                Actions::Only(list) | Actions::AllBut(list) => list.iter().map(|name| secrets.hide(name)).collect(),
                Actions::Missing => Vec::new(),
            },
            words: secrets.hide(&words::statement(statement, read)),
            json: trust::masked_in_lines(&statement.text, STATEMENT_WIDTH),
        })
        .collect();
    let notes: Vec<String> =
        document.notes.iter().map(|note| secrets.hide(&format!("{}: {}", note.place, note.text))).collect();
    let json = (!notes.is_empty() || statements.is_empty()).then(|| trust::masked_in_lines(text, DOCUMENT_WIDTH));
    (Some(Arc::new(reading)), Explained { statements, notes, json })
}

/// The values of external ids in a document. What quotes the document may quote them,
/// where they stand in a place that is not understood.
struct Secrets(Vec<String>);

/// External ids that are taken out one by one; each is looked for in every sentence.
const MANY: usize = 256;

impl Secrets {
    fn of(text: &str) -> Self {
        let mut found = Vec::new();
        // Nearly no document has one.
        if text.to_ascii_lowercase().contains("externalid")
            && let Ok(tree) = serde_json::from_str(text)
        {
            gather(&tree, false, &mut found);
        }
        found.retain(|secret: &String| !secret.is_empty());
        // A secret inside another must not leave the other half hidden.
        found.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        found.dedup();
        Self(found)
    }

    fn hide(&self, text: &str) -> String {
        if self.0.len() > MANY {
            return "(withheld: the document holds too many external ids to take each out)".to_owned();
        }
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "(masked)"))
    }
}

fn gather(tree: &Value, secret: bool, found: &mut Vec<String>) {
    match tree {
        Value::Object(members) => {
            for (key, value) in members {
                gather(value, secret || key.trim().eq_ignore_ascii_case("sts:ExternalId"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, secret, found)),
        Value::String(text) if secret => found.push(text.clone()),
        // A number or a word such as `true` would hide half of every sentence; masked() hides it where it stands.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_is_nowhere_even_where_it_is_not_understood() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"AWS":"999988887777"},"Extra":{"sts:ExternalId":"hunter2-a"},
            "Condition":{"StringEquals":{"sts:ExternalId":["hunter2","hunter2-a",{"deep":"hunter2-b"}]}}}]}"#;
        let mut documents = Documents::default();
        let place = documents.place(text);
        let context = TrustContext { account: "111122223333".to_owned(), ..TrustContext::default() };
        let trust = documents.trust(text, &context).unwrap();
        let shown = format!("{:?}{:?}", documents.explained[place], trust.part);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("(masked)"));
        assert!(!documents.explained[place].notes.is_empty(), "the strange member is told");
    }

    #[test]
    fn more_external_ids_than_can_be_taken_out_withhold_the_sentences() {
        let ids: Vec<String> = (0..300).map(|at| format!("\"hunter{at:03}\"")).collect();
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{{"AWS":"999988887777"}},"Condition":{{"StringEquals":{{"sts:ExternalId":[{}]}}}}}}]}}"#,
            ids.join(",")
        );
        let mut documents = Documents::default();
        let place = documents.place(&text);
        let context = TrustContext { account: "111122223333".to_owned(), ..TrustContext::default() };
        let trust = documents.trust(&text, &context).unwrap();
        let shown = format!("{:?}{:?}", documents.explained[place], trust.part);
        assert!(!shown.contains("hunter") && shown.contains("withheld"), "{shown}");
    }

    #[test]
    fn what_is_no_json_is_withheld_and_said() {
        let mut documents = Documents::default();
        let place = documents.place("{ not json");
        assert!(documents.reading(place).is_none());
        assert!(documents.explained[place].notes[0].contains("not known"));
        assert_eq!(documents.place("{ not json"), place);
    }
}
