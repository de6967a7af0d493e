//! How every source asks: it names an operation and parameters, and gets what came back. Pages, recording, resuming
//! and failures are settled here, whichever client sends the request.

use super::capture::{Attempt, Capture};
use super::query::{Answer, Asked, Parameters, Place, Query};
use super::session::{LONGEST_MARKER, Pages as Odd, Session, Stop, by, most_pages, seen};
use super::{Failure, Options};
use crate::operations::{Constant, Operation, Source};
use crate::snapshot::{CallError, is_definitive, layout};
use crate::wire::shape::{self, Pages};
use serde_json::Value;
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::sleep;

/// One source at work in one region. Several of them share a session; none keeps it while it waits.
pub struct Aws<'s, 'a> {
    pub(super) session: &'s RefCell<Session<'a>>,
    pub(super) source: &'static Source,
    pub region: String,
    failure: RefCell<Option<Failure>>,
}

impl<'s, 'a> Aws<'s, 'a> {
    pub fn new(session: &'s RefCell<Session<'a>>, source: &'static Source, region: &str) -> Self {
        Self { session, source, region: region.to_owned(), failure: RefCell::default() }
    }

    pub fn options(&self) -> &'a Options {
        self.session.borrow().options
    }

    /// Whether anything went wrong here so far.
    pub fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// The last thing that went wrong here.
    pub fn failure(self) -> Option<Failure> {
        self.failure.into_inner()
    }

    /// An answer of one page, or `None`: its line in the log says why.
    pub async fn one(&self, operation: &'static str, parameters: Value) -> Result<Option<Answer>, Stop> {
        Ok(self.pages(operation, parameters).await?.pop())
    }

    /// The entries of a list, page after page; where paging breaks off, those that came.
    pub async fn list(&self, operation: &'static str, parameters: Value, member: &str) -> Result<Vec<Value>, Stop> {
        let pages = self.pages(operation, parameters).await?;
        let lists = pages.into_iter().filter_map(|mut page| page.shift_remove(member));
        Ok(lists.filter_map(|list| if let Value::Array(list) = list { Some(list) } else { None }).flatten().collect())
    }

    /// The pages of an answer. What fails is recorded and noted, and the pages so far are returned.
    pub async fn pages(&self, operation: &'static str, parameters: Value) -> Result<Vec<Answer>, Stop> {
        let most = most_pages(self.options().page_size);
        self.at_most((most, Duration::ZERO), operation, parameters).await
    }

    /// The same, but no more than so many pages, with a pause before each; that there are more is then a gap.
    pub async fn at_most(
        &self,
        (limit, pause): (u32, Duration),
        operation: &'static str,
        parameters: Value,
    ) -> Result<Vec<Answer>, Stop> {
        self.answers(self.query(operation, parameters), (limit, pause), true).await
    }

    /// The pages of a row of the table. Those that no other row is asked about are not kept in memory: `is_used` is false.
    pub async fn row(
        &self,
        row: &'static Operation,
        parameters: &Parameters,
        is_used: bool,
    ) -> Result<Vec<Answer>, Stop> {
        let most = most_pages(self.options().page_size);
        self.answers(self.query_of(row, parameters.clone()), (most, Duration::ZERO), is_used).await
    }

    async fn answers(&self, query: Query, pace: (u32, Duration), is_used: bool) -> Result<Vec<Answer>, Stop> {
        let kept = self.session.borrow_mut().kept_pages(&query)?;
        match kept {
            Some(Ok(pages)) => return Ok(pages),
            Some(Err(Stop::Failed(error))) => {
                self.failed(&query, error);
                return Ok(Vec::new());
            }
            Some(Err(fatal)) => return Err(fatal),
            None => {}
        }
        let mut answers = Vec::new();
        match self.turn(query.clone(), pace, (&mut answers, is_used)).await {
            Ok(()) => {}
            Err(Stop::Failed(error)) => self.failed(&query, error),
            Err(fatal) => return Err(fatal),
        }
        Ok(answers)
    }

    /// The pages of an operation that another source asked for before.
    pub fn collected(&self, service: &'static str, operation: &'static str) -> Result<Vec<Answer>, Stop> {
        Ok(self.session.borrow().collected(service, operation, &self.region)?)
    }

    /// The same, of the answer to one query.
    pub fn collected_by(&self, query: &Query) -> Result<Vec<Answer>, Stop> {
        Ok(self.session.borrow().collected_by(query, &self.region)?)
    }

    /// The account's number, where AWS told it.
    pub fn account(&self) -> Option<String> {
        self.session.borrow().writer.header().account.clone()
    }

    /// What is asked, as a query.
    pub fn query(&self, operation: &str, parameters: Value) -> Query {
        let declared = self.source.operations.iter().find(|declared| declared.name == operation);
        let Value::Object(parameters) = parameters else { unreachable!("parameters are a JSON object") };
        self.query_of(declared.expect("a source declares what it asks for"), parameters.into_iter().collect())
    }

    /// The same, of any row of the table.
    pub fn query_of(&self, row: &'static Operation, mut parameters: Parameters) -> Query {
        parameters.extend(row.constants.iter().map(|(name, constant)| {
            let value = match constant {
                Constant::Text(text) => Value::from(*text),
                Constant::True => Value::Bool(true),
            };
            ((*name).to_owned(), value)
        }));
        let region = self.session.borrow().clients.wire.signed_for(row.service, &self.region);
        let asked = Asked { region, sent: parameters.clone(), parameters, constants: row.constants };
        Query { asked: Some(asked), ..Query::any(row.service, row.name) }
    }

    async fn turn(
        &self,
        mut query: Query,
        (limit, pause): (u32, Duration),
        (answers, is_used): (&mut Vec<Answer>, bool),
    ) -> Result<(), Stop> {
        let (_, model) = shape::operation(query.service, query.operation).expect("a test looks for every model");
        let mut place = self.session.borrow().place(&query, model.pages.is_some());
        if let Some(rules) = &model.pages {
            self.set_size(&mut query, rules);
        }
        let mut pages = Odd::default();
        loop {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let before = self.session.borrow().items;
            let answer = self.request(&query, &mut place).await?;
            let (more, items) = ((query.more)(&answer), self.session.borrow().items - before);
            let told = model.pages.as_ref().and_then(|rules| answer.get(&rules.told)).and_then(Value::as_str);
            let token = told.filter(|token| !token.is_empty()).map(str::to_owned);
            if !is_used {
                answers.clear();
            }
            answers.push(answer);
            if !more {
                return Ok(());
            }
            if model.pages.is_none() {
                let message = "the answer announces more, which this operation has no way to ask for";
                let error = CallError::new("MalformedResponse", message);
                return Err(self.session.borrow_mut().note(&query, &place, error)?);
            }
            let token = token.as_deref();
            let problem = pages.problem(answers.last().expect("it was pushed"), token, items, &place, limit);
            if let (Some(rules), Some(token), Some(asked)) = (&model.pages, token, &mut query.asked) {
                asked.sent.insert(rules.ask.clone(), Value::from(token.get(..LONGEST_MARKER).unwrap_or(token)));
            }
            if let Some(error) = problem {
                return Err(self.session.borrow_mut().note(&query, &place, error)?);
            }
        }
    }

    /// Sends one request and records its attempts.
    pub async fn request(&self, query: &Query, place: &mut Place) -> Result<Answer, Stop> {
        let refusal = self.session.borrow().refusal(query);
        if let Some(error) = refusal {
            return Err(self.session.borrow_mut().note(query, place, error)?);
        }
        let attempts = self.send(query).await;
        self.session.borrow_mut().record(query, place, attempts)
    }

    /// Sends one request and records nothing yet.
    pub async fn send(&self, query: &Query) -> Vec<Attempt> {
        let asked = query.asked.as_ref().expect("a query of a source has parameters");
        let is_hurried = self.session.borrow().pace.is_long_silent(query.service, &asked.region);
        let clients = self.session.borrow().clients.clone();
        let lane = self.session.borrow().pace.lane(query.service, &asked.region);
        lane.turn().await;
        let (most, deadline) = (self.options().largest_answer, self.session.borrow().deadline);
        let capture = Capture::on(&lane, most);
        let operation = (query.service, query.operation);
        let sending = clients.send(operation, &asked.region, &asked.sent, (capture.clone(), is_hurried));
        seen(&capture, by(deadline, sending).await)
    }

    fn set_size(&self, query: &mut Query, rules: &Pages) {
        let (Some(limit), Some(asked)) = (&rules.limit, &mut query.asked) else { return };
        // EC2 takes no page of less than five.
        let least = if query.service == "ec2" { 5 } else { 1 };
        let most = rules.most.unwrap_or(1000);
        let size = self.session.borrow().options.page_size.clamp(least, most);
        asked.sent.insert(limit.clone(), Value::from(size));
    }

    /// Notes what went wrong, unless the error is itself an answer.
    pub fn failed(&self, query: &Query, error: CallError) {
        if !is_definitive(&error.code) {
            let (source, operation) = (self.source.name, query.operation.to_owned());
            let region = layout::is_regional(query.service).then(|| self.region.clone());
            self.failure.replace(Some(Failure { source, operation, region, error }));
        }
    }
}

/// The entries of a list over all pages of an answer.
pub fn entries<'p>(pages: &'p [Answer], list: &'p str) -> impl Iterator<Item = &'p Value> {
    pages.iter().filter_map(move |page| page.get(list).and_then(Value::as_array)).flatten()
}

/// A text member of an entry; empty where there is none.
pub fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
