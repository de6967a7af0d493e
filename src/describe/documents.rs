//! Policy documents: each explained once, however many hold it.

use super::sheet::{DOCUMENT_WIDTH, Explained, ExplainedStatement, STATEMENT_WIDTH, TrustEntry, TrustPart};
use crate::account::document::PolicyText;
use crate::policy::document::{Actions, Document, Effect};
use crate::policy::grants::PolicyAnalysis;
use crate::policy::parse::parse;
use crate::policy::plain_english;
use crate::policy::trust::{Trust, masked_in_lines};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All documents so far, by text.
#[derive(Default)]
pub struct Documents {
    places: BTreeMap<Arc<str>, usize>,
    /// None: it is not JSON.
    readings: Vec<Option<Arc<PolicyAnalysis>>>,
    pub explained: Vec<Explained>,
    trusts: BTreeMap<Arc<str>, Trusted>,
}

/// A trust policy, for the graph and for the page.
#[derive(Clone)]
pub struct Trusted {
    pub trust: Arc<Trust>,
    pub part: Arc<TrustPart>,
}

impl Documents {
    /// The document's place in the register; none where the evidence does not hold it.
    pub fn place(&mut self, policy: &PolicyText) -> Option<usize> {
        let text = policy.text.as_ref()?;
        if let Some(place) = self.places.get(text) {
            return Some(*place);
        }
        self.explained.push(policy.reading.as_ref().map_or_else(|| unreadable(text), |reading| explain(reading)));
        self.readings.push(policy.reading.clone());
        self.places.insert(Arc::clone(text), self.explained.len() - 1);
        Some(self.explained.len() - 1)
    }

    /// None where the document could not be read at all.
    pub fn reading(&self, place: usize) -> Option<&Arc<PolicyAnalysis>> {
        self.readings[place].as_ref()
    }

    /// A role's trust policy with its explanation.
    pub fn trust(&mut self, trust: &Arc<Trust>, document: &Document) -> Trusted {
        let made = || Trusted { trust: Arc::clone(trust), part: Arc::new(trust_part(trust, document)) };
        self.trusts.entry(Arc::clone(&document.text)).or_insert_with(made).clone()
    }
}

fn trust_part(trust: &Trust, document: &Document) -> TrustPart {
    let entries = trust.entries.iter().map(|entry| TrustEntry {
        sentence: entry.sentence.clone(),
        conditions: entry.conditions.iter().map(|shown| (shown.text.clone(), shown.judgement.reason.clone())).collect(),
    });
    TrustPart {
        entries: entries.collect(),
        denials: trust.denials.iter().map(|denial| denial.sentence.clone()).collect(),
        notes: trust.not_understood.clone(),
        json: masked_in_lines(&document.text, DOCUMENT_WIDTH),
    }
}

fn unreadable(text: &str) -> Explained {
    let problem = parse(text).err().map(|problem| format!(" ({problem})")).unwrap_or_default();
    let note = format!("The document is not JSON{problem}; what it grants is not known.");
    Explained { statements: Vec::new(), notes: vec![note], json: Some(masked_in_lines(text, DOCUMENT_WIDTH)) }
}

fn explain(reading: &PolicyAnalysis) -> Explained {
    let document = &reading.document;
    let ids = &document.external_ids;
    let statements = document.statements.iter().zip(&reading.statements).enumerate();
    let statements: Vec<ExplainedStatement> = statements
        .map(|(index, (statement, read))| ExplainedStatement {
            number: index + 1,
            sid: statement.sid.clone(),
            denies: statement.effect == Effect::Deny,
            actions: match &statement.actions {
                Actions::Only(list) | Actions::AllBut(list) => list.iter().map(|name| ids.hide(name)).collect(),
                Actions::Missing => Vec::new(),
            },
            words: ids.hide(&plain_english::statement(statement, read)),
            json: masked_in_lines(&statement.text, STATEMENT_WIDTH),
        })
        .collect();
    let notes: Vec<String> =
        document.notes.iter().map(|note| ids.hide(&format!("{}: {}", note.place, note.text))).collect();
    let json = (!notes.is_empty() || statements.is_empty()).then(|| masked_in_lines(&document.text, DOCUMENT_WIDTH));
    Explained { statements, notes, json }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::grants::analyze_as_of;
    use crate::policy::trust::{TrustContext, explain};

    fn text(text: &str) -> PolicyText {
        let reading = parse(text).ok().map(|document| Arc::new(analyze_as_of(&document, None)));
        PolicyText { text: Some(Arc::from(text)), reading, everything: None, gap: None }
    }

    fn shown(json: &str) -> String {
        let mut documents = Documents::default();
        let place = documents.place(&text(json)).unwrap();
        let document = parse(json).unwrap();
        let context = TrustContext { account: "111122223333".to_owned(), ..TrustContext::default() };
        let trust = documents.trust(&Arc::new(explain(&document, &context)), &document);
        assert!(trust.part.entries.len() == 1 && !documents.explained[place].statements.is_empty());
        format!("{:?}{:?}{:?}", documents.explained[place], trust.part, trust.trust)
    }

    #[test]
    fn an_external_id_is_nowhere_even_where_it_is_not_understood() {
        let shown = shown(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"AWS":"999988887777"},"Extra":{"sts:ExternalId":"hunter2-a"},
            "Condition":{"StringEquals":{"sts:ExternalId":["hunter2","hunter2-a",{"deep":"hunter2-b"}]}}}]}"#,
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("(masked)") && shown.contains("Extra"), "the strange member is told");
    }

    #[test]
    fn an_external_id_that_another_one_follows_is_hidden_too() {
        let shown = shown(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"hunter-a","Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"AWS":["999988887777"]},
            "Condition":{"StringEquals":{"sts:ExternalId":"hunter-a","sts:ExternalId":"hunter-b","aws:X":"hunter-a"}}}]}"#,
        );
        assert!(shown.contains("aws:X = (masked)") && !shown.contains("= hunter"), "{shown}");
    }

    #[test]
    fn more_external_ids_than_can_be_taken_out_withhold_the_sentences() {
        let ids: Vec<String> = (0..300).map(|at| format!("\"hunter{at:03}\"")).collect();
        let shown = shown(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{{"AWS":"999988887777"}},"Condition":{{"StringEquals":{{"sts:ExternalId":[{}]}}}}}}]}}"#,
            ids.join(",")
        ));
        assert!(!shown.contains("hunter") && shown.contains("withheld"), "{shown}");
    }

    #[test]
    fn what_is_no_json_is_withheld_and_said() {
        let mut documents = Documents::default();
        let broken = text("{ not json");
        let place = documents.place(&broken).unwrap();
        assert!(documents.reading(place).is_none());
        assert!(documents.explained[place].notes[0].contains("not known"));
        assert_eq!(documents.place(&broken), Some(place));
    }
}
