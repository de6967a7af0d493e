//! What a source calls AWS with: it names an operation and parameters and gets the answer. Paging, recording, resuming
//! and failures are handled here, for either client.

use super::attempts::{attempts_of, error_by_deadline};
use super::capture::{Attempt, Capture};
use super::page_guard::{LONGEST_MARKER, PageGuard, most_pages};
use super::query::{Answer, EvidencePath, Parameters, Query, RequestParams};
use super::session::{Session, SourceError};
use super::{Failure, Options};
use crate::operations::{Constant, Operation, Source};
use crate::snapshot::{CallError, is_definitive, layout};
use crate::wire::shape::{self, Pages};
use serde_json::Value;
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::sleep;

/// One source in one Region. Several share a session, and none borrows it across an await.
pub struct SourceContext<'s, 'a> {
    pub(super) session: &'s RefCell<Session<'a>>,
    pub(super) source: &'static Source,
    pub region: String,
    failure: RefCell<Option<Failure>>,
}

impl<'s, 'a> SourceContext<'s, 'a> {
    pub fn new(session: &'s RefCell<Session<'a>>, source: &'static Source, region: &str) -> Self {
        Self { session, source, region: region.to_owned(), failure: RefCell::default() }
    }

    pub fn options(&self) -> &'a Options {
        self.session.borrow().options
    }

    /// Whether a call failed so far.
    pub fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// The last failure.
    pub fn failure(self) -> Option<Failure> {
        self.failure.into_inner()
    }

    /// An answer of one page, or `None`; its line in the log says why.
    pub async fn first_page(&self, operation: &'static str, parameters: Value) -> Result<Option<Answer>, SourceError> {
        Ok(self.pages(operation, parameters).await?.pop())
    }

    /// The entries of a list over all pages; if paging fails, those of the pages before.
    pub async fn list_entries(
        &self,
        operation: &'static str,
        parameters: Value,
        member: &str,
    ) -> Result<Vec<Value>, SourceError> {
        let pages = self.pages(operation, parameters).await?;
        let lists = pages.into_iter().filter_map(|mut page| page.shift_remove(member));
        Ok(lists.filter_map(|list| if let Value::Array(list) = list { Some(list) } else { None }).flatten().collect())
    }

    /// The pages of an answer. A failure is recorded and noted, and the pages before it are returned.
    pub async fn pages(&self, operation: &'static str, parameters: Value) -> Result<Vec<Answer>, SourceError> {
        let most = most_pages(self.options().page_size);
        self.pages_up_to((most, Duration::ZERO), operation, parameters).await
    }

    /// The same with a limit on the pages and a pause before each; further pages are recorded as a gap.
    pub async fn pages_up_to(
        &self,
        (limit, pause): (u32, Duration),
        operation: &'static str,
        parameters: Value,
    ) -> Result<Vec<Answer>, SourceError> {
        self.answers(self.query(operation, parameters), (limit, pause), true).await
    }

    /// The pages of a row of the table. With `is_used` false, only the last page is kept in memory.
    pub async fn row_pages(
        &self,
        row: &'static Operation,
        parameters: &Parameters,
        is_used: bool,
    ) -> Result<Vec<Answer>, SourceError> {
        let most = most_pages(self.options().page_size);
        self.answers(self.query_of(row, parameters.clone()), (most, Duration::ZERO), is_used).await
    }

    async fn answers(&self, query: Query, limits: (u32, Duration), is_used: bool) -> Result<Vec<Answer>, SourceError> {
        let kept = self.session.borrow_mut().reusable_pages(&query)?;
        match kept {
            Some(Ok(pages)) => return Ok(pages),
            Some(Err(SourceError::Failed(error))) => {
                self.note_failure(&query, error);
                return Ok(Vec::new());
            }
            Some(Err(fatal)) => return Err(fatal),
            None => {}
        }
        let mut answers = Vec::new();
        match self.follow_pages(query.clone(), limits, (&mut answers, is_used)).await {
            Ok(()) => {}
            Err(SourceError::Failed(error)) => self.note_failure(&query, error),
            Err(fatal) => return Err(fatal),
        }
        Ok(answers)
    }

    /// The pages of an operation that another source has collected.
    pub fn collected(&self, service: &'static str, operation: &'static str) -> Result<Vec<Answer>, SourceError> {
        Ok(self.session.borrow().collected(service, operation, &self.region)?)
    }

    /// The same, of the answer to one query.
    pub fn collected_by(&self, query: &Query) -> Result<Vec<Answer>, SourceError> {
        Ok(self.session.borrow().collected_by(query, &self.region)?)
    }

    /// The account ID, if it is known.
    pub fn account(&self) -> Option<String> {
        self.session.borrow().writer.header().account.clone()
    }

    /// A query for an operation of this source.
    pub fn query(&self, operation: &str, parameters: Value) -> Query {
        let declared = self.source.operations.iter().find(|declared| declared.name == operation);
        let Value::Object(parameters) = parameters else { unreachable!("parameters are a JSON object") };
        self.query_of(declared.expect("a source declares what it asks for"), parameters.into_iter().collect())
    }

    /// The same for any row of the table.
    pub fn query_of(&self, row: &'static Operation, mut parameters: Parameters) -> Query {
        parameters.extend(row.constants.iter().map(|(name, constant)| {
            let value = match constant {
                Constant::Text(text) => Value::from(*text),
                Constant::Texts(texts) => Value::from(*texts),
                Constant::True => Value::Bool(true),
            };
            ((*name).to_owned(), value)
        }));
        let region = self.session.borrow().clients.api.signed_for(row.service, &self.region);
        let params = RequestParams { region, sent: parameters.clone(), parameters, constants: row.constants };
        Query { params: Some(params), ..Query::any(row.service, row.name) }
    }

    async fn follow_pages(
        &self,
        mut query: Query,
        (limit, pause): (u32, Duration),
        (answers, is_used): (&mut Vec<Answer>, bool),
    ) -> Result<(), SourceError> {
        let (_, model) = shape::operation(query.service, query.operation).expect("a test looks for every model");
        let mut place = self.session.borrow().place(&query, model.pages.is_some());
        if let Some(rules) = &model.pages {
            self.set_page_size(&mut query, rules);
        }
        let mut pages = PageGuard::default();
        loop {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let before = self.session.borrow().items;
            let answer = self.request(&query, &mut place).await?;
            let (more, items) = ((query.more)(&answer), self.session.borrow().items - before);
            let next = model.pages.as_ref().and_then(|rules| answer.get(&rules.token)).and_then(Value::as_str);
            let token = next.filter(|token| !token.is_empty()).map(str::to_owned);
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
                return Err(self.session.borrow_mut().record_stop(&query, &place, error)?);
            }
            let token = token.as_deref();
            let problem = pages.problem(answers.last().expect("it was pushed"), token, items, &place, limit);
            if let (Some(rules), Some(token), Some(params)) = (&model.pages, token, &mut query.params) {
                params.sent.insert(rules.ask.clone(), Value::from(token.get(..LONGEST_MARKER).unwrap_or(token)));
            }
            if let Some(error) = problem {
                return Err(self.session.borrow_mut().record_stop(&query, &place, error)?);
            }
        }
    }

    /// Sends one request and records its attempts.
    pub async fn request(&self, query: &Query, place: &mut EvidencePath) -> Result<Answer, SourceError> {
        let refusal = self.session.borrow().refusal(query);
        if let Some(error) = refusal {
            return Err(self.session.borrow_mut().record_stop(query, place, error)?);
        }
        let attempts = self.send(query).await;
        self.session.borrow_mut().record(query, place, attempts)
    }

    /// Sends one request and records nothing yet.
    pub async fn send(&self, query: &Query) -> Vec<Attempt> {
        let params = query.params.as_ref().expect("a query of a source has parameters");
        let is_hurried = self.session.borrow().rate_limiter.is_hurried(query.service, &params.region);
        let clients = self.session.borrow().clients.clone();
        let bucket = self.session.borrow().rate_limiter.bucket(query.service, &params.region);
        bucket.acquire().await;
        let (most, deadline) = (self.options().largest_answer, self.session.borrow().deadline);
        let capture = Capture::for_request(&bucket, most);
        let operation = (query.service, query.operation);
        let sending = clients.send(operation, &params.region, &params.sent, (capture.clone(), is_hurried));
        attempts_of(&capture, error_by_deadline(deadline, sending).await)
    }

    fn set_page_size(&self, query: &mut Query, rules: &Pages) {
        let (Some(limit), Some(params)) = (&rules.limit, &mut query.params) else { return };
        // EC2 rejects pages of fewer than five entries.
        let least = if query.service == "ec2" { 5 } else { 1 };
        let most = rules.most.unwrap_or(1000);
        let size = self.session.borrow().options.page_size.clamp(least, most);
        params.sent.insert(limit.clone(), Value::from(size));
    }

    /// Notes a failure, unless the error is itself an answer (for example `NoSuchEntity`).
    pub fn note_failure(&self, query: &Query, error: CallError) {
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

/// A text member of an entry; empty if it is absent.
pub fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
