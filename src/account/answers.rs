//! Answers of the further evidence, by where and about what they were asked.
//!
//! An answer counts for a question only if it was asked in that Region with these parameters and no others: one
//! that was narrowed down is a part. A question that nobody asked is a gap.

use super::contradictions::Contradictions;
use super::fact::{Evidence, Gap, GapKind, Observed};
use super::gaps::{gap, located};
use super::identity::Place;
pub use super::sources::whole;
use super::sources::{Source, list_of, single_of};
use crate::snapshot::{Answer, Outcome, Snapshot};
use crate::wire::shape::spelling;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where services answer that are asked once for the whole account.
pub const GLOBAL: &str = "";

/// All answers of one operation.
pub struct Answers {
    pub evidence: Evidence,
    /// By Region, then by parameters in words.
    by: BTreeMap<(String, String), Answer>,
    /// What other answers say against these.
    contradictions: Contradictions,
}

impl Answers {
    pub fn of(snapshot: &Snapshot, evidence: Evidence) -> Self {
        let answers = snapshot.answers(evidence.service, evidence.operation).into_iter();
        let by = answers.map(|answer| {
            let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let about = answer.parameters.iter().map(|(name, value)| (name.as_str(), plain(value)));
            ((answer.region.clone().unwrap_or_default(), words(about)), answer)
        });
        Self { evidence, by: by.collect(), contradictions: Contradictions::of(snapshot, evidence) }
    }

    fn get(&self, region: &str, about: &[(&str, &str)]) -> Option<&Answer> {
        let about = words(about.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.by.get(&(region.to_owned(), about))
    }

    /// Whether there is no answer at all.
    pub fn is_empty(&self) -> bool {
        self.by.is_empty()
    }

    /// Whether the question was asked, whatever came of it.
    pub fn asked(&self, region: &str, about: &[(&str, &str)]) -> bool {
        self.get(region, about).is_some()
    }

    /// The code of an answer that is an error and nothing else.
    pub fn code(&self, region: &str, about: &[(&str, &str)]) -> Option<&str> {
        match &self.get(region, about)?.outcome {
            Outcome::Failed { error, .. } => Some(&error.code),
            _ => None,
        }
    }

    /// A list, or what arrived of it.
    pub fn list<P: DeserializeOwned, T>(
        &self,
        region: &str,
        about: &[(&str, &str)],
        of: impl Fn(P) -> Option<Vec<T>>,
    ) -> Source<Vec<T>> {
        match self.get(region, about) {
            Some(answer) => {
                let source = list_of(self.evidence, answer, of);
                let gap = source.gap.or_else(|| self.contradictions.about(answer));
                Source { data: source.data, gap: gap.map(|gap| located(&gap, region)) }
            }
            None => Source { data: Vec::new(), gap: Some(self.not_asked(region, about)) },
        }
    }

    /// An answer of one page.
    pub fn one<P: DeserializeOwned>(&self, region: &str, about: &[(&str, &str)]) -> Observed<P> {
        match self.get(region, about) {
            Some(answer) => match single_of(self.evidence, answer) {
                Observed::Known((_, body)) => Observed::Known(body),
                Observed::Gap(gap) => Observed::Gap(located(&gap, region)),
            },
            None => Observed::Gap(self.not_asked(region, about)),
        }
    }

    /// The answer about something that is the same in whichever Region was asked: the one at home first.
    pub fn anywhere<P: DeserializeOwned>(&self, home: &str, about: &[(&str, &str)]) -> Observed<P> {
        let wanted = words(about.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let elsewhere = self.by.keys().find(|(_, about)| *about == wanted).map(|(region, _)| region.as_str());
        let region = if self.asked(home, about) { home } else { elsewhere.unwrap_or(home) };
        self.one(region, about)
    }

    /// Nobody asked. Where nothing at all was asked, one gap says so for everything.
    fn not_asked(&self, region: &str, about: &[(&str, &str)]) -> Arc<Gap> {
        let evidence = self.evidence;
        if self.by.is_empty() {
            let how = if evidence.is_deep() { "; only a collection with --depth deep requests it" } else { "" };
            return gap(evidence, GapKind::NotCollected, format!("{evidence} was not collected{how}"));
        }
        let about = values(about);
        let about = if about.is_empty() { String::new() } else { format!(" for {about}") };
        let region = if region.is_empty() { String::new() } else { format!(" in {region}") };
        gap(evidence, GapKind::NotCollected, format!("{evidence} was not collected{about}{region}"))
    }
}

/// An answer that is missing or not whole, and the parameters that it was asked with.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    pub about: String,
    pub gap: Arc<Gap>,
}

/// Reads answers and notes which of them are missing.
#[derive(Default)]
pub struct Noted(pub Vec<Missing>);

impl Noted {
    pub fn list<P: DeserializeOwned, T>(
        &mut self,
        answers: &Answers,
        region: &str,
        about: &[(&str, &str)],
        of: impl Fn(P) -> Option<Vec<T>>,
    ) -> Source<Vec<T>> {
        let source = answers.list(region, about, of);
        source.gap.iter().for_each(|gap| self.add(&values(about), gap));
        source
    }

    pub fn one<P: DeserializeOwned>(&mut self, answers: &Answers, region: &str, about: &[(&str, &str)]) -> Observed<P> {
        let answer = answers.one(region, about);
        answer.gap().into_iter().for_each(|gap| self.add(&values(about), gap));
        answer
    }

    pub fn add(&mut self, about: &str, gap: &Arc<Gap>) {
        self.0.push(Missing { about: about.to_owned(), gap: Arc::clone(gap) });
    }
}

fn values(about: &[(&str, &str)]) -> String {
    about.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(", ")
}

fn words<'a>(about: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut parts: Vec<String> = about.map(|(name, value)| format!("{name}={value}")).collect();
    parts.sort();
    parts.join("\n")
}

/// A value that AWS should have given.
pub fn needed<T>(value: Option<T>, evidence: Evidence, what: impl FnOnce() -> String) -> Observed<T> {
    value.map_or_else(
        || Observed::Gap(gap(evidence, GapKind::Absent, format!("the answer of {evidence} does not hold {}", what()))),
        Observed::Known,
    )
}

/// A value of one of AWS's enumerations, in the spelling of AWS's model. One that the model does not list may mean
/// anything, and is not known: whatever is decided by comparing with such a value is decided with this.
pub fn listed(
    value: impl AsRef<str>,
    enumeration: &str,
    evidence: Evidence,
    what: impl FnOnce() -> String,
) -> Observed<String> {
    let value = value.as_ref();
    if let Some(known) = spelling(evidence.service, enumeration, value) {
        return Observed::Known(known.to_owned());
    }
    let reason = format!("{evidence} answered {value:?} for {}, a value that AWS does not document", what());
    Observed::Gap(gap(evidence, GapKind::Unreadable, reason))
}

/// What there is, which decides by itself; or, if nothing is known and something is missing, what is missing.
pub fn unless_empty<T>(known: Vec<T>, gaps: impl IntoIterator<Item = Arc<Gap>>) -> Observed<Vec<T>> {
    match gaps.into_iter().next() {
        Some(gap) if known.is_empty() => Observed::Gap(gap),
        _ => Observed::Known(known),
    }
}

/// Adds a gap that is not there yet.
pub fn add(gaps: &mut Vec<Arc<Gap>>, gap: Option<Arc<Gap>>) {
    if let Some(gap) = gap.filter(|gap| !gaps.contains(gap)) {
        gaps.push(gap);
    }
}

/// An ARN of another account or partition. What is no ARN says nothing.
pub fn is_foreign(arn: &str, place: &Place) -> bool {
    let mut parts = arn.split(':');
    if parts.next() != Some("arn") {
        return false;
    }
    let partition = parts.next();
    partition != Some(&place.partition) || parts.nth(2) != Some(&place.account)
}
