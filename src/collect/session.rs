//! One collection under way: sends requests, records each attempt, knows what an
//! earlier run already got.

use super::capture::{Attempt, Capture, chain};
use super::client::{Clients, partition_of};
use super::hopeless::Expiry;
use super::pace::{Pace, is_throttling};
use super::query::{Answer, Place, Query, parameters, pretty, read};
use super::secrets::masked;
use super::source::{caller_identity, credential_report};
use super::{CollectError, Deadline, Options, Progress};
use crate::snapshot::{Call, CallError, WriteError, Writer, is_definitive, is_paging, layout, page_name};
use crate::text::in_sentence;
use crate::wire;
use crate::wire::subject::owners;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::Future;
use std::time::{Duration, Instant};

/// AWS may answer with an empty page and a marker; so many in a row are no longer an answer.
pub const EMPTY_PAGES: u32 = 100;
/// Pages of one answer at most. The largest accounts have some hundred at a thousand entries each.
const MOST_PAGES: u32 = 5_000;
/// The same where the user asked for small pages.
const MOST_SMALL_PAGES: u32 = 50_000;
/// Bytes of all pages of one answer at most.
pub const MOST_BYTES: u64 = 512 << 20;
/// Letters of a marker at most; AWS's have some hundred, rarely some thousand.
pub const LONGEST_MARKER: usize = 64 << 10;

/// Pages of one answer at most, by what a page may hold.
pub fn most_pages(size: i32) -> u32 {
    if size < 100 { MOST_SMALL_PAGES } else { MOST_PAGES }
}

/// Why no further page is asked for, where a page is odd; `None` if it is not.
#[derive(Default)]
pub struct Pages {
    markers: BTreeSet<String>,
    contents: BTreeSet<String>,
    empty: u32,
}

impl Pages {
    /// `marker` leads to the next page, `items` are the entries on this one.
    pub fn problem(
        &mut self,
        answer: &Answer,
        marker: Option<&str>,
        items: u64,
        place: &Place,
        most: u32,
    ) -> Option<CallError> {
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        let told = |code: &str, message: &str| Some(CallError::new(code, message));
        let Some(marker) = marker else {
            return told("MalformedResponse", "the answer announces more and holds no marker for it");
        };
        if marker.len() > LONGEST_MARKER {
            return told("MarkerTooLong", &format!("the marker of the next page has {} letters", marker.len()));
        }
        if !self.markers.insert(marker.to_owned()) {
            return told("RepeatedMarker", "the same marker came twice, so the pages go round");
        }
        if self.empty >= EMPTY_PAGES {
            return told("RepeatedMarker", &format!("{} empty pages in a row announced more", self.empty));
        }
        if items > 0 && !self.contents.insert(content(answer)) {
            return told("RepeatedPage", "two pages hold the same entries, so the pages go round");
        }
        if place.page >= most {
            let message = format!("{most} pages were read and more were announced; the rest was left out");
            return told("PageLimit", &message);
        }
        if place.bytes >= MOST_BYTES {
            let message = format!(
                "{} pages of {} MB in all were read and more were announced; the rest was left out",
                place.page,
                place.bytes >> 20
            );
            return told("PageLimit", &message);
        }
        None
    }
}

/// What a page holds besides the way to the next one.
fn content(answer: &Answer) -> String {
    let mut hash = String::new();
    for (_, value) in answer.iter().filter(|(_, value)| value.is_array()) {
        hash.push_str(&crate::digest::sha256(value.to_string().as_bytes()));
    }
    crate::digest::sha256(hash.as_bytes())
}
/// The code of calls that were not made because the collection's time was over.
pub const OUT_OF_TIME: &str = "OutOfTime";

/// Why a source ends before its end.
#[derive(Debug)]
pub enum Stop {
    /// The call failed and its line says why; the other sources go on.
    Failed(CallError),
    /// Nothing can go on.
    Fatal(CollectError),
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        Self::Fatal(error.into())
    }
}

/// A collection under way.
pub struct Session<'a> {
    pub clients: Clients,
    pub options: &'a Options,
    pub writer: &'a mut Writer,
    progress: &'a dyn Progress,
    /// How fast this session's account may be asked.
    pub pace: Pace,
    source: &'static str,
    requests: u64,
    pub items: u64,
    /// The regions that regional sources go through.
    pub regions: Vec<String>,
    /// Lines before this one are an earlier run's.
    first: usize,
    /// What this run did not need to ask again.
    pub kept: u64,
    /// Calls in a row that were refused because the session is over.
    pub expiry: Expiry,
    /// Nothing is asked after this.
    pub deadline: Option<Instant>,
}

impl<'a> Session<'a> {
    /// A session that goes on after whatever the writer's log already holds.
    pub fn new(clients: Clients, options: &'a Options, writer: &'a mut Writer, progress: &'a dyn Progress) -> Self {
        let first = writer.calls().len();
        let regions = vec![clients.region.clone()];
        let pace = options.pace.clone();
        Self {
            clients,
            options,
            writer,
            progress,
            pace,
            source: "",
            requests: 0,
            items: 0,
            regions,
            first,
            kept: 0,
            expiry: Expiry::default(),
            deadline: match options.deadline {
                Some(Deadline::Stop(after)) => Instant::now().checked_add(after),
                _ => None,
            },
        }
    }

    /// Why a call is not made: its service is silent, or the time is over.
    pub fn refusal(&self, query: &Query) -> Option<CallError> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            let limit = match self.options.deadline {
                Some(Deadline::Stop(limit)) => limit.as_secs(),
                _ => 0,
            };
            let message = format!("not asked: the collection's time limit of {limit} seconds was over (--timeout)");
            return Some(CallError::new(OUT_OF_TIME, &message));
        }
        self.pace.refusal(query.service, self.region_of(query), query.operation)
    }

    /// Lines from this one on are this run's, though they were written before the session.
    pub fn began_at(&mut self, line: usize) {
        self.first = line;
    }

    /// Everything asked from here on belongs to this source.
    pub fn enter(&mut self, source: &'static str) {
        self.source = source;
        (self.requests, self.items) = (0, 0);
        self.progress.started(source);
    }

    /// The lines that this run wrote.
    pub fn new_calls(&self) -> &[Call] {
        &self.writer.calls()[self.first..]
    }

    /// The partition to build ARNs in: the caller's, else the region's.
    pub fn partition(&self) -> String {
        let known = self.writer.header().partition.clone();
        known.unwrap_or_else(|| partition_of(&self.clients.region).to_owned())
    }

    /// The place of a query's answer in the evidence.
    pub fn place(&self, query: &Query, paged: bool) -> Place {
        let region = query.asked.as_ref().map_or(&self.clients.region, |asked| &asked.region);
        let stem = layout::stem(query.service, region, query.operation);
        Place {
            stem: self.writer.free_stem(&stem, query.names().as_deref()),
            page: 0,
            paged,
            numbered: false,
            bytes: 0,
        }
    }

    /// Whether an earlier run began this snapshot.
    pub fn resumes(&self) -> bool {
        self.first > 0
    }

    /// Marks what an earlier run got for a query as superseded, so that it is asked again.
    pub fn forget(&mut self, query: &Query) -> Result<(), WriteError> {
        let group = self.older(query);
        if group.is_empty() { Ok(()) } else { self.writer.supersede(&group) }
    }

    fn older(&self, query: &Query) -> Vec<usize> {
        let old = self.writer.calls()[..self.first].iter().enumerate();
        old.filter(|(_, call)| !call.superseded && query.matches(call)).map(|(index, _)| index).collect()
    }

    /// The pages that an earlier run got, if that was a whole answer; otherwise the rest of it is marked superseded.
    pub fn kept_pages(&mut self, query: &Query) -> Result<Option<Result<Vec<Answer>, Stop>>, Stop> {
        let group = self.older(query);
        let Some(last) = group.last().map(|index| &self.writer.calls()[*index]) else { return Ok(None) };
        if let Some(error) = last.error.clone().filter(|error| is_definitive(&error.code)) {
            self.kept += 1;
            return Ok(Some(Err(Stop::Failed(error))));
        }
        if let Some(pages) = self.whole(query)? {
            // The account may be known only now.
            if let Some(foreign) = pages.iter().find_map(|page| self.foreign(query, page)) {
                return Err(Stop::Fatal(foreign));
            }
            self.kept += 1;
            return Ok(Some(Ok(pages)));
        }
        self.writer.supersede(&group)?;
        Ok(None)
    }

    /// What an earlier run got, if that was a whole answer.
    pub fn whole(&self, query: &Query) -> Result<Option<Vec<Answer>>, WriteError> {
        let group = self.older(query);
        let last = group.last().map(|index| &self.writer.calls()[*index]);
        if last.is_none_or(|last| last.error.is_some() || last.evidence.is_none() || last.more) {
            return Ok(None);
        }
        self.read_back(&group)
    }

    /// The pages of an operation that this snapshot has so far, in one region where the service is regional.
    pub fn collected(
        &self,
        service: &'static str,
        operation: &'static str,
        region: &str,
    ) -> Result<Vec<Answer>, WriteError> {
        self.collected_by(&Query::any(service, operation), region)
    }

    /// The same of one query.
    pub fn collected_by(&self, query: &Query, region: &str) -> Result<Vec<Answer>, WriteError> {
        let calls = self.writer.calls().iter().enumerate().filter(|(_, call)| {
            let here = !layout::is_regional(query.service) || call.region == region;
            !call.superseded && query.matches(call) && here
        });
        let places: Vec<usize> = calls.map(|(place, _)| place).collect();
        Ok(self.read_back(&places)?.unwrap_or_default())
    }

    /// The pages of a whole answer. One that cannot be read back is asked for again; the old file stays.
    fn read_back(&self, group: &[usize]) -> Result<Option<Vec<Answer>>, WriteError> {
        let mut pages = BTreeMap::new();
        for call in group.iter().map(|index| &self.writer.calls()[*index]) {
            if let Some(name) = &call.evidence {
                pages.insert(call.page, (name, &call.evidence_sha256));
            }
        }
        let mut answers = Vec::new();
        for (name, hash) in pages.into_values() {
            let bytes = self.writer.read(name)?;
            match serde_json::from_slice(&bytes) {
                Ok(answer) if *hash == Some(crate::digest::sha256(&bytes)) => answers.push(answer),
                _ => return Ok(None),
            }
        }
        Ok(Some(answers).filter(|answers| !answers.is_empty()))
    }

    /// The region that a query is asked in.
    fn region_of<'q>(&'q self, query: &'q Query) -> &'q str {
        query.asked.as_ref().map_or(&self.clients.region, |asked| &asked.region)
    }

    /// Writes the attempts of one request into the snapshot.
    pub fn record(&mut self, query: &Query, place: &mut Place, attempts: Vec<Attempt>) -> Result<Answer, Stop> {
        place.page += 1;
        place.bytes += attempts.last().and_then(|attempt| attempt.body.as_ref()).map_or(0, |body| body.len() as u64);
        let is_silent = attempts.last().is_some_and(Attempt::is_silent);
        let took = Duration::from_millis(attempts.iter().map(|attempt| attempt.ms).sum());
        let ended = is_silent.then_some(took);
        self.pace.note_answer(query.service, self.region_of(query), query.operation, ended);
        let last = attempts.len();
        let mut throttled = false;
        let mut result = Err(CallError { code: "Connection".to_owned(), message: "nothing was sent".to_owned() });
        let mut foreign = None;
        for (number, attempt) in (1..).zip(attempts) {
            let read = read(query, &attempt).and_then(|converted| match self.foreign(query, &converted.value) {
                None => Ok(converted),
                Some(other) => {
                    let message = other.to_string();
                    foreign = Some(other);
                    Err(CallError { code: "OtherAccount".to_owned(), message })
                }
            });
            let is_last = number == last;
            let body = attempt.body.as_deref();
            let mut call = self.line(query, place, &attempt, u32::try_from(number).unwrap_or(u32::MAX));
            // The body of a refusal is kept as well: it shows that the call was refused.
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
                // The SDK asked again although this answer reads well: only the last one counts.
                Ok(_) => {
                    let message = "the answer was not accepted and the request repeated".to_owned();
                    call.error = Some(CallError { code: "MalformedResponse".to_owned(), message });
                }
                Err(error) => {
                    throttled |= is_throttling(&error.code);
                    call.error = Some(error.clone());
                }
            }
            // A body that could not be read, or that does not count, may hold a secret all the same.
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
            let region = query.asked.as_ref().map_or(&self.clients.region, |asked| &asked.region);
            self.progress.throttled(query.service, self.pace.lane(query.service, region).per_second());
        }
        if let Some(foreign) = foreign {
            return Err(Stop::Fatal(foreign));
        }
        self.expiry.note(query.operation, result.as_ref().err());
        if let Some(error) = self.expiry.is_certain().filter(|_| self.has_answers()) {
            return Err(Stop::Fatal(CollectError::expired(error)));
        }
        match result {
            Ok(converted) => Ok(converted.value),
            Err(error) => Err(Stop::Failed(error)),
        }
    }

    /// Whether anything was collected yet, by this run or an earlier one.
    pub fn has_answers(&self) -> bool {
        self.writer.calls().iter().any(|call| call.error.is_none())
    }

    /// Evidence of another account than the one that is collected: its credentials are not those that were meant.
    fn foreign(&self, query: &Query, answer: &Answer) -> Option<CollectError> {
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

    /// Lines for a request whose answer is not kept, not even as a hash. Returns what the last attempt
    /// failed with, and its request id.
    pub fn record_without_body(
        &mut self,
        query: &Query,
        attempts: Vec<Attempt>,
    ) -> Result<(Option<CallError>, Option<String>), WriteError> {
        let mut last = (None, None);
        for (number, attempt) in (1..).zip(attempts) {
            let place = Place { stem: String::new(), page: 1, paged: false, numbered: false, bytes: 0 };
            let taken = attempt.failure.is_none() && attempt.status.is_some_and(|it| (200..300).contains(&it));
            let mut call = self.line(query, &place, &attempt, number);
            (call.sha256, call.error_type) = (None, None);
            call.error = if taken { None } else { read(query, &attempt).err() };
            last = (call.error.clone(), call.request_id.clone());
            self.writer.record(call, None, &[])?;
            self.requests += 1;
            self.progress.asked(self.source, self.requests, self.items);
        }
        Ok(last)
    }

    /// A line for what stopped a query without a request of its own.
    pub fn note(&mut self, query: &Query, place: &Place, error: CallError) -> Result<Stop, WriteError> {
        let attempt = Attempt::unsent(error.clone());
        let mut call = self.line(query, place, &attempt, 1);
        // What the pages before it were asked with belongs to it, too: it is their end.
        if let Some(before) = self.writer.calls().iter().rfind(|before| query.matches(before)) {
            let about = before.parameters.iter().filter(|(name, _)| !is_paging(name));
            call.parameters.extend(about.map(|(name, value)| (name.clone(), value.clone())));
        }
        call.page = place.paged.then_some(place.page + 1);
        call.error = Some(error.clone());
        self.writer.record(call, None, &[])?;
        Ok(Stop::Failed(error))
    }

    fn line(&self, query: &Query, place: &Place, attempt: &Attempt, number: u32) -> Call {
        let parameters = parameters(query, attempt);
        let meant = query.asked.as_ref().map_or(&self.clients.region, |asked| &asked.region);
        let region = attempt.region.clone().unwrap_or_else(|| meant.clone());
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

/// The error of a request, if it has one by the deadline. One that is cut off leaves an attempt without an answer.
pub async fn by<T, E>(deadline: Option<Instant>, sending: impl Future<Output = Result<T, E>>) -> Option<E> {
    match deadline {
        None => sending.await.err(),
        Some(deadline) => tokio::time::timeout_at(deadline.into(), sending).await.ok().and_then(Result::err),
    }
}

/// Every attempt of a request, or one that says why there was none.
pub fn seen(capture: &Capture, error: Option<Box<dyn Error>>) -> Vec<Attempt> {
    let mut attempts = capture.take();
    if attempts.is_empty() {
        let told = error.map_or_else(|| "nothing was sent".to_owned(), |error| chain(error.as_ref()));
        attempts.push(Attempt::unsent(CallError::new("Connection", &masked(&told))));
    }
    attempts
}

impl Attempt {
    /// An attempt that never left this program.
    pub fn unsent(error: CallError) -> Self {
        Self {
            masked: false,
            started: super::now(),
            ms: 0,
            form: String::new(),
            region: None,
            status: None,
            request_id: None,
            date: None,
            error_code: None,
            body: None,
            failure: Some(error),
        }
    }
}

impl Attempt {
    /// Whether nothing came back, or too little to be an answer.
    fn is_silent(&self) -> bool {
        let code = self.failure.as_ref().map_or("", |failure| &failure.code);
        code == "Timeout" || (code == "Connection" && self.status.is_none())
    }
}

/// AWS's request id from the body, where no header held it.
fn request_id(attempt: &Attempt) -> Option<String> {
    wire::request_id(attempt.body.as_deref()?)
}
