//! Policy documents: the text as received, each distinct text read once, and what is not understood as a gap.

use super::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed};
use super::gaps::gap;
use super::identity::Place;
use crate::policy::document::{Document, Effect, Principal, Principals};
use crate::policy::grants::{FullAccess, PolicyAnalysis, analyze_as_of};
use crate::policy::parse::{ParseError, parse};
use jiff::Timestamp;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

/// A document's text; none where AWS did not give it. An object keeps its members as they stand, also those that
/// stand twice; a text may be percent-encoded, as on the wire.
#[derive(Clone, Debug, Default)]
pub struct Text(pub Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut node = Node::default();
        Writer(&mut node).deserialize(deserializer)?;
        let text = || String::from_utf8(node.json).expect("what writes JSON writes UTF-8");
        Ok(Self(match node.kind {
            Kind::Null => None,
            Kind::Text(text) if text.trim_start().starts_with('{') => Some(text),
            Kind::Text(text) => Some(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()),
            Kind::Json => Some(text()),
        }))
    }
}

/// Any JSON, on its way back to text.
#[derive(Default)]
struct Node {
    /// Of the outermost value.
    kind: Kind,
    json: Vec<u8>,
    depth: usize,
}

#[derive(Default)]
enum Kind {
    #[default]
    Null,
    Text(String),
    Json,
}

impl Node {
    fn text(&mut self, text: &str) {
        if self.depth == 0 {
            self.kind = Kind::Text(text.to_owned());
        } else {
            self.plain(&text);
        }
    }

    fn plain(&mut self, value: &impl serde::Serialize) {
        if self.depth == 0 {
            self.kind = Kind::Json;
        }
        serde_json::to_writer(&mut self.json, value).expect("numbers, words and texts are JSON");
    }

    fn open(&mut self, bracket: u8) {
        if self.depth == 0 {
            self.kind = Kind::Json;
        }
        self.depth += 1;
        self.json.push(bracket);
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.json.push(bracket);
    }
}

/// Writes what is read into one text, however deep it is.
struct Writer<'a>(&'a mut Node);

impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy document")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        if self.0.depth > 0 {
            self.0.plain(&());
        }
        Ok(())
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.plain(&value);
        Ok(())
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.plain(&value);
        Ok(())
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.plain(&value);
        Ok(())
    }
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.plain(&value);
        Ok(())
    }
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.text(value);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.open(b'[');
        let empty = self.0.json.len();
        loop {
            let before = self.0.json.len();
            if before > empty {
                self.0.json.push(b',');
            }
            if items.next_element_seed(Writer(self.0))?.is_none() {
                self.0.json.truncate(before);
                break;
            }
        }
        self.0.close(b']');
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.open(b'{');
        let empty = self.0.json.len();
        loop {
            let before = self.0.json.len();
            if before > empty {
                self.0.json.push(b',');
            }
            // A name is a text like any other.
            if members.next_key_seed(Writer(self.0))?.is_none() {
                self.0.json.truncate(before);
                break;
            }
            self.0.json.push(b':');
            members.next_value_seed(Writer(self.0))?;
        }
        self.0.close(b'}');
        Ok(())
    }
}

/// A policy document as far as it could be read. While there is a gap, it may grant more than the reading says.
#[derive(Clone, Debug)]
pub struct PolicyText {
    /// As received; none where AWS did not give it.
    pub text: Option<Arc<str>>,
    pub reading: Option<Arc<PolicyAnalysis>>,
    /// It allows every action on every resource.
    pub everything: Option<Arc<FullAccess>>,
    pub gap: Option<Arc<Gap>>,
}

impl PolicyText {
    /// A document that nobody has seen.
    pub fn unseen(gap: Arc<Gap>) -> Self {
        Self { text: None, reading: None, everything: None, gap: Some(gap) }
    }

    /// It grants full administration.
    pub fn full(&self) -> Observed<bool> {
        self.known(|_| self.everything.is_some(), |full| *full)
    }

    /// What decides alone decides; otherwise the gap is what is known.
    pub fn known<T>(&self, of: impl FnOnce(&PolicyAnalysis) -> T, decides: impl FnOnce(&T) -> bool) -> Observed<T> {
        let found = self.reading.as_deref().map(of);
        match (found, &self.gap) {
            (Some(found), None) => Observed::Known(found),
            (Some(found), Some(_)) if decides(&found) => Observed::Known(found),
            (_, Some(gap)) => Observed::Gap(Arc::clone(gap)),
            (None, None) => unreachable!("what was not read has a gap"),
        }
    }
}

/// A trust policy as far as it could be read.
#[derive(Clone, Debug)]
pub struct TrustText {
    /// As received; none where AWS did not give it.
    pub text: Option<Arc<str>>,
    pub document: Option<Arc<Document>>,
    pub gap: Option<Arc<Gap>>,
}

/// All texts so far. Many principals hold the same document, and most trust policies are alike.
#[derive(Debug)]
pub struct Documents {
    place: Place,
    /// The time that the evidence speaks of.
    as_of: Timestamp,
    policies: Texts<Worked>,
    trusts: Texts<Arc<Document>>,
}

/// Each distinct text once, and what was made of it.
#[derive(Debug)]
struct Texts<T>(HashMap<Arc<str>, Result<T, ParseError>>);

impl<T> Texts<T> {
    fn read(&mut self, text: &str, make: impl FnOnce(Document) -> T) -> (Arc<str>, &Result<T, ParseError>) {
        if !self.0.contains_key(text) {
            let (text, made) = match parse(text) {
                Ok(document) => (Arc::clone(&document.text), Ok(make(document))),
                Err(error) => (Arc::from(text), Err(error)),
            };
            self.0.insert(text, made);
        }
        let (text, made) = self.0.get_key_value(text).expect("it was read just now");
        (Arc::clone(text), made)
    }
}

#[derive(Debug)]
struct Worked {
    reading: Arc<PolicyAnalysis>,
    everything: Option<Arc<FullAccess>>,
}

impl Worked {
    fn out(document: &Document, place: &Place, as_of: Timestamp) -> Self {
        let reading = analyze_as_of(document, Some(as_of));
        let everything = reading.full_access(&place.account, &place.partition).map(Arc::new);
        Self { reading: Arc::new(reading), everything }
    }
}

impl Documents {
    pub fn new(place: &Place, as_of: Timestamp) -> Self {
        Self { place: place.clone(), as_of, policies: Texts(HashMap::new()), trusts: Texts(HashMap::new()) }
    }

    /// Reads a policy document; `policy` is what it is called in a gap.
    pub fn policy(&mut self, text: &Text, policy: &str) -> PolicyText {
        let unread = |problem: &str| {
            let reason = format!("the policy {policy} cannot be understood: {problem}");
            gap(AUTHORIZATION_DETAILS, GapKind::Unreadable, reason)
        };
        let Some(text) = &text.0 else {
            return PolicyText::unseen(unread("there is no document"));
        };
        let (text, made) = self.policies.read(text, |document| Worked::out(&document, &self.place, self.as_of));
        let text = Some(text);
        match made {
            Ok(Worked { reading, everything }) => PolicyText {
                text,
                gap: not_understood(&reading.document).map(|places| {
                    let reason = format!("the policy {policy} is not understood in full: {places}");
                    gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
                }),
                reading: Some(Arc::clone(reading)),
                everything: everything.clone(),
            },
            Err(problem) => {
                let gap = unread(&format!("the document is not JSON: {problem}"));
                PolicyText { text, ..PolicyText::unseen(gap) }
            }
        }
    }

    /// Reads the trust policy of a role.
    pub fn trust(&mut self, text: &Text, role: &str) -> TrustText {
        let unread = |problem: &str| {
            let reason = format!("the trust policy of {role} cannot be understood: {problem}");
            gap(AUTHORIZATION_DETAILS, GapKind::Unreadable, reason)
        };
        let Some(text) = &text.0 else {
            return TrustText { text: None, document: None, gap: Some(unread("there is no document")) };
        };
        let (text, made) = self.trusts.read(text, Arc::new);
        let text = Some(text);
        match made {
            Ok(document) => TrustText {
                text,
                gap: not_understood(document).map(|places| {
                    let reason = format!("the trust policy of {role} is not understood in full: {places}");
                    gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
                }),
                document: Some(Arc::clone(document)),
            },
            // What a parser says of a broken text may quote an external id.
            Err(_) => TrustText { text, document: None, gap: Some(unread("the document is not JSON")) },
        }
    }
}

/// The places that are not understood. What stands there is not quoted: it may be anything.
fn not_understood(document: &Document) -> Option<String> {
    const SHOWN: usize = 3;
    let places: BTreeSet<&str> = document.notes.iter().map(|note| note.place.as_str()).collect();
    let shown: Vec<&str> = places.iter().copied().take(SHOWN).collect();
    let more = if places.len() > SHOWN { format!(" and {} more", places.len() - SHOWN) } else { String::new() };
    (!places.is_empty()).then(|| format!("{}{more}", shown.join(", ")))
}

/// Whom a trust policy's `Allow` statements name, verbatim and sorted; `everyone but …` for `NotPrincipal`.
pub fn trusted(trust: &TrustText) -> Observed<Vec<String>> {
    let gap_of = |trust: &TrustText| trust.gap.clone().expect("what was not read has a gap");
    let Some(document) = &trust.document else { return Observed::Gap(gap_of(trust)) };
    let mut names = BTreeSet::new();
    for statement in &document.statements {
        match (statement.effect, &statement.principals) {
            (Effect::Deny, _) => {}
            (Effect::Allow, Some(Principals::Only(list))) => names.extend(list.iter().map(verbatim)),
            (Effect::Allow, Some(Principals::AllBut(list))) => {
                let list: Vec<String> = list.iter().map(verbatim).collect();
                names.insert(format!("everyone but {}", list.join(", ")));
            }
            (Effect::Allow, None) | (Effect::Other, _) => return Observed::Gap(gap_of(trust)),
        }
    }
    match &trust.gap {
        // A list that may be short must not look whole.
        Some(gap) if document.notes.iter().any(|note| hides_principals(&note.place)) => Observed::Gap(Arc::clone(gap)),
        _ => Observed::Known(names.into_iter().collect()),
    }
}

/// A strange condition or Sid hides nobody; a strange statement or principal may.
fn hides_principals(place: &str) -> bool {
    !["Condition", "Sid", "Action", "Version", "Id", "Resource"].iter().any(|part| place.contains(part))
}

fn verbatim(principal: &Principal) -> String {
    match principal {
        Principal::Everyone => "*".to_owned(),
        Principal::Account(text)
        | Principal::Arn(text)
        | Principal::Service(text)
        | Principal::Federated(text)
        | Principal::CanonicalUser(text)
        | Principal::Dangling(text)
        | Principal::Other { value: text, .. } => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn documents() -> Documents {
        let place = Place { account: "111122223333".to_owned(), partition: "aws".to_owned() };
        Documents::new(&place, Timestamp::UNIX_EPOCH)
    }
    fn text(json: &str) -> Text {
        serde_json::from_str(json).unwrap()
    }
    fn trust_of(document: &Value) -> Observed<Vec<String>> {
        trusted(&documents().trust(&text(&document.to_string()), "arn"))
    }
    fn policy_of(document: &Value) -> PolicyText {
        documents().policy(&text(&document.to_string()), "p")
    }

    #[test]
    fn trust_is_read_verbatim_whatever_its_spelling() {
        let document = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": ["999988887777", "arn:aws:iam::1:role/=cmd<b>"], "Service": "ec2.amazonaws.com" } } });
        let expected = ["999988887777", "arn:aws:iam::1:role/=cmd<b>", "ec2.amazonaws.com"].map(str::to_owned).to_vec();
        assert_eq!(trust_of(&document), Observed::Known(expected.clone()));
        let plain = document.to_string();
        let encoded = percent_encoding::utf8_percent_encode(&plain, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(trust_of(&json!(encoded)), Observed::Known(expected));
        let anyone = json!({ "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*" },
            { "Effect": "Deny", "Action": "sts:AssumeRole", "Principal": { "AWS": "arn:aws:iam::2:root" } }] });
        assert_eq!(trust_of(&anyone), Observed::Known(vec!["*".to_owned()]));
        for broken in [json!(null), json!({}), json!("%"), json!({ "Statement": [1] })] {
            assert!(trust_of(&broken).gap().is_some(), "{broken}");
        }
    }

    /// T30.
    #[test]
    fn members_that_stand_twice_are_both_read() {
        let twice = r#"{"Statement":{"Effect":"Allow","Action":"*","Action":"s3:GetObject","Resource":"*"}}"#;
        let policy = documents().policy(&text(twice), "p");
        assert_eq!(policy.full(), Observed::Known(true));
        let harmless = twice.replace("\"*\",\"Action\"", "\"s3:ListBucket\",\"Action\"");
        assert!(documents().policy(&text(&harmless), "p").full().gap().is_some());
    }

    #[test]
    fn what_cannot_be_read_is_never_a_no() {
        for document in [
            json!(null),
            json!({}),
            json!("not json"),
            json!({ "Statement": "x" }),
            json!({ "Statement": { "Action": "*", "Resource": "*" } }),
            json!({ "Statement": { "Effect": "allow", "Action": "*", "Resource": "*" } }),
            json!({ "Statement": { "Effect": "Allow", "Action": 1, "Resource": "*" } }),
            json!({ "Statement": { "Effect": "Allow", "Resource": "*" } }),
            json!({ "Statement": { "Effect": "Allow", "Action": "*" } }),
        ] {
            assert!(policy_of(&document).full().gap().is_some(), "{document}");
        }
        let one_good =
            json!({ "Statement": [{ "Effect": "?" }, { "Effect": "Allow", "Action": "*", "Resource": "*" }] });
        assert_eq!(policy_of(&one_good).full(), Observed::Known(true));
    }

    #[test]
    fn a_gap_quotes_no_external_id() {
        let odd = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "999988887777" },
            "Condition": { "StringEquals": { "sts:ExternalId": { "deep": "hunter2" } } } } });
        let trust = documents().trust(&text(&odd.to_string()), "arn");
        assert!(!trust.gap.unwrap().reason.contains("hunter2"));
        let broken = documents().trust(&Text(Some("{\"sts:ExternalId\":\"hunter2\"".to_owned())), "arn");
        assert!(!broken.gap.unwrap().reason.contains("hunter2"));
    }
}
