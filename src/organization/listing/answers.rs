//! The snapshot's answers by what they were asked about, and what is missing in them.

use crate::snapshot::{Answer, Outcome, Page, Snapshot};
use serde_json::Value;
use std::collections::BTreeMap;

/// What arrived of a list, and why there may be more.
#[derive(Debug, Default)]
pub struct Entries {
    pub list: Vec<Value>,
    pub missing: Option<String>,
}

/// What is missing, one line for calls of an operation that failed alike.
#[derive(Debug, Default)]
pub struct Gaps(BTreeMap<(String, String), Missing>);

#[derive(Debug)]
struct Missing {
    about: String,
    problem: String,
    calls: usize,
}

impl Gaps {
    fn add(&mut self, operation: &str, about: &str, code: &str, problem: &str) {
        let first = || Missing { about: about.to_owned(), problem: problem.to_owned(), calls: 0 };
        self.0.entry((operation.to_owned(), code.to_owned())).or_insert_with(first).calls += 1;
    }

    pub fn words(&self) -> Vec<String> {
        let line = |((operation, _), missing): (&(String, String), &Missing)| {
            let Missing { about, problem, calls } = missing;
            let about = if about.is_empty() { String::new() } else { format!(" {about}") };
            let more = match calls {
                0 | 1 => String::new(),
                2 => " and 1 more call".to_owned(),
                calls => format!(" and {} more calls", calls - 1),
            };
            format!("{operation}{about}{more}: {problem}")
        };
        self.0.iter().map(line).collect()
    }
}

/// Every answer of one operation.
pub struct Answers {
    operation: String,
    pub all: Vec<Answer>,
    places: BTreeMap<String, usize>,
}

impl Answers {
    pub fn of(snapshot: &Snapshot, service: &str, operation: &str) -> Self {
        let all = snapshot.answers(service, operation);
        let key = |answer: &Answer| {
            let about = answer.parameters.iter().map(|(name, value)| (name.as_str(), plain(value)));
            key(answer.region.as_deref(), about)
        };
        let places = all.iter().enumerate().map(|(place, answer)| (key(answer), place)).collect();
        Self { operation: format!("{service}:{operation}"), all, places }
    }

    fn get(&self, region: Option<&str>, about: &[(&str, &str)]) -> Option<&Answer> {
        let about = about.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.places.get(&key(region, about)).map(|place| &self.all[*place])
    }

    /// A list; one that was not asked for is missing like one that was refused.
    pub fn list(&self, region: Option<&str>, about: &[(&str, &str)], member: &str, gaps: &mut Gaps) -> Entries {
        match self.get(region, about) {
            Some(answer) => self.entries(answer, member, gaps),
            None => Entries { list: Vec::new(), missing: Some(self.not_asked(region, about, gaps)) },
        }
    }

    /// The list in one of the answers.
    pub fn entries(&self, answer: &Answer, member: &str, gaps: &mut Gaps) -> Entries {
        let mut found = Entries::default();
        let about = answer.parameters.values().map(plain).collect::<Vec<_>>().join(", ");
        let mut problem = match &answer.outcome {
            Outcome::Complete => None,
            Outcome::NotCollected => Some(("not collected".to_owned(), "not collected".to_owned())),
            Outcome::Failed { error, .. } | Outcome::CutShort { error, .. } => {
                Some((error.code.clone(), format!("{}: {}", error.code, error.message)))
            }
        };
        for page in &answer.pages {
            let read = page.read::<Value>().map_err(|error| error.to_string());
            let list = read.and_then(|mut page| match page.get_mut(member).map(Value::take) {
                Some(Value::Array(list)) => Ok(list),
                _ => Err(format!("the answer holds no {member}")),
            });
            match list {
                Ok(list) => found.list.extend(list),
                Err(told) => problem = problem.or(Some(("unreadable".to_owned(), told))),
            }
        }
        if let Some((code, told)) = problem {
            gaps.add(&self.operation, &about, &code, &told);
            found.missing = Some(format!("{}: {told}", self.operation));
        }
        found
    }

    /// An answer of one page.
    pub fn one(&self, region: Option<&str>, about: &[(&str, &str)], gaps: &mut Gaps) -> Result<Value, String> {
        match self.one_or_code(region, about, &[], gaps) {
            Ok(value) => Ok(value.unwrap_or_default()),
            Err(told) => Err(told),
        }
    }

    /// The same where some error codes are answers in themselves: that there is none.
    pub fn one_or_code(
        &self,
        region: Option<&str>,
        about: &[(&str, &str)],
        says_none: &[&str],
        gaps: &mut Gaps,
    ) -> Result<Option<Value>, String> {
        let Some(answer) = self.get(region, about) else { return Err(self.not_asked(region, about, gaps)) };
        let (code, told) = match &answer.outcome {
            Outcome::Complete => match answer.pages.first().map(Page::read::<Value>) {
                Some(Ok(value)) => return Ok(Some(value)),
                Some(Err(error)) => ("unreadable".to_owned(), error.to_string()),
                None => ("empty".to_owned(), "the answer is empty".to_owned()),
            },
            Outcome::NotCollected => ("not collected".to_owned(), "not collected".to_owned()),
            Outcome::Failed { error, .. } if says_none.contains(&error.code.as_str()) => return Ok(None),
            Outcome::Failed { error, .. } | Outcome::CutShort { error, .. } => {
                (error.code.clone(), format!("{}: {}", error.code, error.message))
            }
        };
        let about = answer.parameters.values().map(plain).collect::<Vec<_>>().join(", ");
        gaps.add(&self.operation, &about, &code, &told);
        Err(format!("{}: {told}", self.operation))
    }

    fn not_asked(&self, region: Option<&str>, about: &[(&str, &str)], gaps: &mut Gaps) -> String {
        let words: Vec<&str> = region.into_iter().chain(about.iter().map(|(_, value)| *value)).collect();
        gaps.add(&self.operation, &words.join(", "), "not collected", "not collected");
        format!("{}: not collected", self.operation)
    }
}

fn key(region: Option<&str>, about: impl Iterator<Item = (impl AsRef<str>, String)>) -> String {
    let mut parts: Vec<String> = about.map(|(name, value)| format!("{}={value}", name.as_ref())).collect();
    parts.sort();
    format!("{}\n{}", region.unwrap_or_default(), parts.join("\n"))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A member's text; empty where there is none.
pub fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

/// A member's text, if there is any.
pub fn told(value: &Value, member: &str) -> Option<String> {
    value[member].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
