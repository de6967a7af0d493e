//! A running collection: records each attempt and reuses the answers of an earlier run.

mod earlier;

use super::attempts::request_id;
use super::capture::Attempt;
use super::client::{Clients, partition_of};
use super::fatal_error::SessionExpiry;
use super::query::{Answer, EvidencePath, Query, parameters, parse_attempt, pretty};
use super::rate_limit::{RateLimiter, is_throttling};
use super::source::{caller_identity, credential_report};
use super::{CollectError, Deadline, Options, Progress};
use crate::snapshot::{Call, CallError, WriteError, Writer, is_paging, layout, page_name};
use crate::text::in_sentence;
use crate::wire;
use crate::wire::subject::owners;
use std::time::{Duration, Instant};

/// The error code of calls that were not made because the collection's time limit was over.
pub const OUT_OF_TIME: &str = "OutOfTime";

/// Why a source stops early.
#[derive(Debug)]
pub enum SourceError {
    /// The call failed and its line in the log says why; the other sources continue.
    Failed(CallError),
    /// The whole collection stops.
    Fatal(CollectError),
}

impl From<WriteError> for SourceError {
    fn from(error: WriteError) -> Self {
        Self::Fatal(error.into())
    }
}

/// A running collection.
pub struct Session<'a> {
    pub clients: Clients,
    pub options: &'a Options,
    pub writer: &'a mut Writer,
    progress: &'a dyn Progress,
    /// Request rates of this session's account.
    pub rate_limiter: RateLimiter,
    source: &'static str,
    requests: u64,
    pub items: u64,
    /// The Regions that regional sources collect from.
    pub regions: Vec<String>,
    /// Calls before this index belong to an earlier run.
    first: usize,
    /// Answers of an earlier run that were reused.
    pub kept: u64,
    /// Calls in a row that failed because the credentials expired.
    pub expiry: SessionExpiry,
    /// No call is made after this.
    pub deadline: Option<Instant>,
}

impl<'a> Session<'a> {
    /// A session that continues the writer's log.
    pub fn new(clients: Clients, options: &'a Options, writer: &'a mut Writer, progress: &'a dyn Progress) -> Self {
        let first = writer.calls().len();
        let regions = vec![clients.region.clone()];
        let rate_limiter = options.rate_limiter.clone();
        Self {
            clients,
            options,
            writer,
            progress,
            rate_limiter,
            source: "",
            requests: 0,
            items: 0,
            regions,
            first,
            kept: 0,
            expiry: SessionExpiry::default(),
            deadline: match options.deadline {
                Some(Deadline::Stop(after)) => Instant::now().checked_add(after),
                _ => None,
            },
        }
    }

    /// Why a call is not made: its service does not answer, or the time limit is over.
    pub fn refusal(&self, query: &Query) -> Option<CallError> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            let limit = match self.options.deadline {
                Some(Deadline::Stop(limit)) => limit.as_secs(),
                _ => 0,
            };
            let message = format!("not asked: the collection's time limit of {limit} seconds was over (--timeout)");
            return Some(CallError::new(OUT_OF_TIME, &message));
        }
        self.rate_limiter.refusal(query.service, self.region_of(query), query.operation)
    }

    /// Calls from this index on count as this run's, though they were recorded before the session began.
    pub fn set_first_call(&mut self, line: usize) {
        self.first = line;
    }

    /// Attributes the calls that follow to this source.
    pub fn start_source(&mut self, source: &'static str) {
        self.source = source;
        (self.requests, self.items) = (0, 0);
        self.progress.started(source);
    }

    /// The calls of this run.
    pub fn new_calls(&self) -> &[Call] {
        &self.writer.calls()[self.first..]
    }

    /// The partition to build ARNs in: the caller's, else the region's.
    pub fn partition(&self) -> String {
        let known = self.writer.header().partition.clone();
        known.unwrap_or_else(|| partition_of(&self.clients.region).to_owned())
    }

    /// The path of a query's answer in the evidence.
    pub fn place(&self, query: &Query, paged: bool) -> EvidencePath {
        let region = query.params.as_ref().map_or(&self.clients.region, |params| &params.region);
        let stem = layout::stem(query.service, region, query.operation);
        EvidencePath {
            stem: self.writer.free_stem(&stem, query.evidence_name().as_deref()),
            page: 0,
            paged,
            numbered: false,
            bytes: 0,
        }
    }

    /// The Region of a query.
    fn region_of<'q>(&'q self, query: &'q Query) -> &'q str {
        query.params.as_ref().map_or(&self.clients.region, |params| &params.region)
    }

    /// Writes the attempts of one request into the snapshot.
    pub fn record(
        &mut self,
        query: &Query,
        place: &mut EvidencePath,
        attempts: Vec<Attempt>,
    ) -> Result<Answer, SourceError> {
        place.page += 1;
        place.bytes += attempts.last().and_then(|attempt| attempt.body.as_ref()).map_or(0, |body| body.len() as u64);
        let is_silent = attempts.last().is_some_and(Attempt::is_silent);
        let took = Duration::from_millis(attempts.iter().map(|attempt| attempt.ms).sum());
        let ended = is_silent.then_some(took);
        self.rate_limiter.note_answer(query.service, self.region_of(query), query.operation, ended);
        let last = attempts.len();
        let mut throttled = false;
        let mut result = Err(CallError { code: "Connection".to_owned(), message: "nothing was sent".to_owned() });
        let mut foreign = None;
        for (number, attempt) in (1..).zip(attempts) {
            let read = parse_attempt(query, &attempt).and_then(|converted| {
                match self.foreign_account(query, &converted.value) {
                    None => Ok(converted),
                    Some(other) => {
                        let message = other.to_string();
                        foreign = Some(other);
                        Err(CallError { code: "OtherAccount".to_owned(), message })
                    }
                }
            });
            let is_last = number == last;
            let body = attempt.body.as_deref();
            let mut call = self.log_line(query, place, &attempt, u32::try_from(number).unwrap_or(u32::MAX));
            // The body of a failed call is kept too: it proves the failure.
            let mut wire = body;
            let mut files: Vec<(String, Vec<u8>)> = Vec::new();
            match &read {
                Ok(converted) if is_last => {
                    call.items = converted.items;
                    call.more = (query.more)(&converted.value);
                    place.numbered |= place.page == 1 && call.more;
                    let page = place.numbered.then_some(place.page);
                    let json = pretty(&converted.value);
                    let name = page_name(&place.stem, page);
                    call.evidence_sha256 = Some(crate::digest::sha256(&json));
                    call.evidence = Some(name.clone());
                    files.push((name, json));
                    if let Some((name, bytes, rows)) = credential_report::table(query, place, &converted.value) {
                        call.items = Some(rows);
                        files.push((name, bytes));
                    }
                    wire = wire.filter(|_| !converted.secret);
                    call.withheld = converted.secret;
                    self.items += call.items.unwrap_or(0);
                }
                // The SDK retried although this answer is valid: only the last one counts.
                Ok(_) => {
                    let message = "the answer was not accepted and the request repeated".to_owned();
                    call.error = Some(CallError { code: "MalformedResponse".to_owned(), message });
                }
                Err(error) => {
                    throttled |= is_throttling(&error.code);
                    call.error = Some(error.clone());
                }
            }
            // A body that was rejected or could not be parsed may still hold a secret.
            if call.error.is_some()
                && wire.is_some_and(|body| wire::refusal(body, None).is_none())
                && wire::may_hold_a_secret(query.service, query.operation)
            {
                (wire, call.withheld) = (None, true);
            }
            let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
            self.writer.record(call, wire, &files)?;
            self.requests += 1;
            self.progress.asked(self.source, self.requests, self.items);
            result = read;
        }
        if throttled {
            let region = query.params.as_ref().map_or(&self.clients.region, |params| &params.region);
            self.progress.throttled(query.service, self.rate_limiter.bucket(query.service, region).per_second());
        }
        if let Some(foreign) = foreign {
            return Err(SourceError::Fatal(foreign));
        }
        self.expiry.note(query.operation, result.as_ref().err());
        if let Some(error) = self.expiry.confirmed_error().filter(|_| self.has_answers()) {
            return Err(SourceError::Fatal(CollectError::expired(error)));
        }
        match result {
            Ok(converted) => Ok(converted.value),
            Err(error) => Err(SourceError::Failed(error)),
        }
    }

    /// Whether anything was collected yet, by this run or an earlier one.
    pub fn has_answers(&self) -> bool {
        self.writer.calls().iter().any(|call| call.error.is_none())
    }

    /// The error if an answer belongs to another account than the one that is collected.
    fn foreign_account(&self, query: &Query, answer: &Answer) -> Option<CollectError> {
        let expected = self.writer.header().account.as_deref().or(self.options.account.as_deref())?;
        let (answered, named) =
            owners(query.service, query.operation, answer).find(|(account, _)| *account != expected)?;
        if query.operation == caller_identity::OPERATION {
            return Some(CollectError::OtherAccount { expected: expected.to_owned(), answered: answered.to_owned() });
        }
        Some(CollectError::ForeignEvidence {
            operation: format!("{}:{}", query.service, query.operation),
            named: in_sentence(named),
            answered: answered.to_owned(),
            expected: expected.to_owned(),
        })
    }

    /// Records a request whose answer is not kept, not even as a hash. Returns the error of the last attempt and its
    /// request ID.
    pub fn record_without_body(
        &mut self,
        query: &Query,
        attempts: Vec<Attempt>,
    ) -> Result<(Option<CallError>, Option<String>), WriteError> {
        let mut last = (None, None);
        for (number, attempt) in (1..).zip(attempts) {
            let place = EvidencePath { stem: String::new(), page: 1, paged: false, numbered: false, bytes: 0 };
            let taken = attempt.failure.is_none() && attempt.status.is_some_and(|it| (200..300).contains(&it));
            let mut call = self.log_line(query, &place, &attempt, number);
            (call.sha256, call.error_type) = (None, None);
            call.error = if taken { None } else { parse_attempt(query, &attempt).err() };
            last = (call.error.clone(), call.request_id.clone());
            self.writer.record(call, None, &[])?;
            self.requests += 1;
            self.progress.asked(self.source, self.requests, self.items);
        }
        Ok(last)
    }

    /// Records an error that stopped a query without a request of its own.
    pub fn record_stop(
        &mut self,
        query: &Query,
        place: &EvidencePath,
        error: CallError,
    ) -> Result<SourceError, WriteError> {
        let attempt = Attempt::unsent(error.clone());
        let mut call = self.log_line(query, place, &attempt, 1);
        // Copy the parameters of the preceding pages, so this error is grouped with them.
        if let Some(before) = self.writer.calls().iter().rfind(|before| query.matches(before)) {
            let about = before.parameters.iter().filter(|(name, _)| !is_paging(name));
            call.parameters.extend(about.map(|(name, value)| (name.clone(), value.clone())));
        }
        call.page = place.paged.then_some(place.page + 1);
        call.error = Some(error.clone());
        self.writer.record(call, None, &[])?;
        Ok(SourceError::Failed(error))
    }

    fn log_line(&self, query: &Query, place: &EvidencePath, attempt: &Attempt, number: u32) -> Call {
        let parameters = parameters(query, attempt);
        let configured = query.params.as_ref().map_or(&self.clients.region, |params| &params.region);
        let region = attempt.region.clone().unwrap_or_else(|| configured.clone());
        Call {
            id: String::new(),
            source: self.source.to_owned(),
            service: query.service.to_owned(),
            operation: query.operation.to_owned(),
            region: if query.service == "iam" { format!("{}-global", partition_of(&region)) } else { region },
            parameters,
            started: attempt.started,
            ms: attempt.ms,
            attempt: number,
            status: attempt.status,
            request_id: attempt.request_id.clone().or_else(|| request_id(attempt)),
            date: attempt.date.clone(),
            items: None,
            page: place.paged.then_some(place.page),
            more: false,
            sha256: attempt.body.as_deref().map(crate::digest::sha256),
            error_type: attempt.error_code.clone(),
            evidence: None,
            evidence_sha256: None,
            withheld: false,
            error: None,
            masked: attempt.masked,
            superseded: false,
        }
    }
}
