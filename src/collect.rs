//! Speaks to AWS: asks for everything that the table in `operations` names, and records what comes back.
//!
//! Deliberately absent: judgement, and names of controls. A call that failed is recorded
//! and the rest goes on; what its absence means is decided elsewhere.

mod api_client;
pub mod assume;
mod attempts;
mod capture;
mod circuit_breaker;
mod client;
mod dispatch;
mod endpoint;
mod fatal_error;
#[cfg(test)]
mod fault_injection;
mod identity_rules;
mod limited_body;
mod page_guard;
pub mod permissions;
mod query;
pub mod rate_limit;
pub mod rederive;
pub mod sdk_config;
pub mod secrets;
mod session;
mod source;
mod source_context;
#[cfg(test)]
mod tests;
mod walk;

pub use crate::operations::{Extra, Set};
use crate::operations::{Operation, Source, sources};
use crate::snapshot::{Call, CallError, Endpoint, FORMAT, Header, Origin, Requested, Throttled, WriteError, Writer};
use crate::wire::shape::SHAPES;
use assume::Assume;
use aws_config::SdkConfig;
use client::Clients;
pub use client::looks_like_a_region;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
pub use rate_limit::RateLimiter;
use session::{OUT_OF_TIME, Session, SourceError};
use source_context::SourceContext;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// A snapshot older than this is not resumed, unless the user accepts evidence from different times.
const RESUME_LIMIT: SignedDuration = SignedDuration::from_hours(4);

/// Regions that are queried at the same time.
const CONCURRENT_REGIONS: usize = 6;

/// What the caller may choose; everything else is the standard AWS configuration.
#[derive(Clone, Debug)]
pub struct Options {
    /// The expected account. An answer from another account is an error; without an answer this one is assumed.
    pub account: Option<String>,
    pub profile: Option<String>,
    pub region: Option<String>,
    /// `MaxItems` of paged calls, at most 1,000.
    pub page_size: i32,
    /// The time limit for generating the credential report.
    pub report_deadline: Duration,
    /// The first pause between two polls of the credential report; later ones are longer.
    pub poll_interval: Duration,
    /// The base of the pauses between attempts of one request.
    pub backoff: Duration,
    /// How long one attempt of one request may take.
    pub attempt_timeout: Duration,
    /// Resume a snapshot that was started more than four hours ago.
    pub allow_mixed_times: bool,
    /// What is collected.
    pub sources: BTreeSet<Set>,
    /// What is collected beyond that.
    pub extras: BTreeSet<Extra>,
    /// The Regions to collect from, in place of all enabled ones.
    pub regions: Vec<String>,
    /// The pause between two calls of `cloudtrail:LookupEvents`, of which AWS allows two a second.
    pub event_interval: Duration,
    /// The role to assume, in place of the caller's own permissions.
    pub assume: Option<Assume>,
    /// The time limit of the whole collection.
    pub deadline: Option<Deadline>,
    /// The largest response body that is read, in bytes.
    pub largest_answer: u64,
    /// Request rates of the caller's own account; clones of the options share them.
    pub rate_limiter: RateLimiter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            account: None,
            profile: None,
            region: None,
            page_size: 1000,
            report_deadline: Duration::from_mins(5),
            poll_interval: Duration::from_secs(2),
            backoff: Duration::from_secs(1),
            attempt_timeout: Duration::from_mins(1),
            allow_mixed_times: false,
            sources: BTreeSet::from([Set::Iam]),
            extras: BTreeSet::new(),
            regions: Vec::new(),
            event_interval: Duration::from_millis(500),
            assume: None,
            deadline: None,
            largest_answer: limited_body::MOST,
            rate_limiter: RateLimiter::default(),
        }
    }
}

/// The time limit of a collection, and what happens when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// The collection fails with [`CollectError::Deadline`].
    Fail(Duration),
    /// Calls that were not made by then are recorded as such, and the collection ends with what it has.
    Stop(Duration),
}

/// Receives progress while a collection runs.
pub trait Progress {
    /// A source starts.
    fn started(&self, source: &str);
    /// A request of the source was answered or failed; the counts are the source's totals so far.
    fn asked(&self, source: &str, requests: u64, items: u64);
    /// AWS throttled a service; `per_second` is the reduced request rate.
    fn throttled(&self, service: &str, per_second: f64);
    /// A service is called at a custom endpoint that the user configured.
    fn asks_elsewhere(&self, _service: &str, _url: &str) {}
    /// A source ended. The error is one line and safe to print.
    fn finished(&self, source: &str, result: Result<(), &str>);
}

/// Ignores progress.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _: &str) {}
    fn asked(&self, _: &str, _: u64, _: u64) {}
    fn throttled(&self, _: &str, _: f64) {}
    fn finished(&self, _: &str, _: Result<(), &str>) {}
}

/// The result of a collection that went through all its sources.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `None` if neither AWS nor the user named it; no pack can be made then.
    pub account: Option<String>,
    /// HTTP requests of this run.
    pub requests: u64,
    /// Answers of an earlier run that were reused.
    pub kept: u64,
    /// Throttling responses of this run.
    pub throttled: u64,
    /// One entry a source that did not get everything it asked for.
    pub failures: Vec<Failure>,
    /// The time limit ended it; a resumed run can make the calls that are missing.
    pub out_of_time: bool,
}

/// A source that did not get everything it asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    pub source: &'static str,
    pub operation: String,
    /// The region, where the source is asked in several.
    pub region: Option<String>,
    pub error: CallError,
}

/// Why a collection could not go through its sources. What was collected stays.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("no call can succeed: {code}: {message}\n  next: {next}")]
    EveryCallFails { code: String, message: String, next: &'static str },
    #[error(
        "the credentials expired during the collection ({code}: {message}); what was collected is kept\n  next: sign in again (`aws sso login`, or new temporary credentials), then run the same command again (`collect` with --resume): it asks only for what is missing"
    )]
    Expired { code: String, message: String },
    #[error(
        "{region:?} is not the name of an AWS region\n  next: give one like eu-central-1 with --region or AWS_REGION"
    )]
    Region { region: String },
    #[error("{problem}\n  next: correct the setting and start again")]
    Setup { problem: String },
    #[error(
        "the credentials are for account {answered}, not {expected}\n  next: choose other credentials (--profile), or start a new snapshot"
    )]
    OtherAccount { expected: String, answered: String },
    #[error(
        "{operation} answered about account {answered} ({named}), but the evidence is of account {expected}\n  next: choose credentials of {expected} (--profile) and run again, or start a new collection of {answered} in another folder"
    )]
    ForeignEvidence { operation: String, named: String, answered: String, expected: String },
    #[error(
        "AWS does not say whose these credentials are ({code}: {message}), so they may be for another account than the snapshot\n  next: {next}"
    )]
    Unconfirmed { code: String, message: String, next: &'static str },
    #[error(
        "the snapshot was started at {started}, more than four hours ago\n  next: start a new snapshot, or accept facts of unlike age with --allow-mixed-times"
    )]
    TooOld { started: Timestamp },
    #[error("{role} cannot be assumed: {code}: {message}\n  next: {next}")]
    Role { role: String, code: String, message: String, request_id: Option<String>, next: &'static str },
    #[error("not finished after {seconds} seconds\n  next: run again, or allow more time with --account-timeout")]
    Deadline { seconds: u64 },
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Collects several accounts at the same time, with shared connections and credentials.
#[derive(Debug)]
pub struct Collector {
    /// Its own thread drives the connections, so callers on any thread can wait for an answer.
    runtime: tokio::runtime::Runtime,
    config: SdkConfig,
}

impl Collector {
    /// The options that every account shares: profile, region, pauses.
    pub fn new(options: &Options) -> Result<Self, CollectError> {
        let runtime = build_runtime(tokio::runtime::Builder::new_multi_thread().worker_threads(1))?;
        let config = runtime.block_on(client::configuration(options))?;
        Ok(Self { runtime, config })
    }

    /// The same with a configuration that the caller prepared, for a program or a test with its own credentials and
    /// endpoint.
    pub fn with(loader: aws_config::ConfigLoader, options: &Options) -> Result<Self, CollectError> {
        let runtime = build_runtime(tokio::runtime::Builder::new_multi_thread().worker_threads(1))?;
        let config = runtime.block_on(client::complete_config(loader, options))?;
        Ok(Self { runtime, config })
    }

    /// Collects into `dir`, or resumes an interrupted collection there. Blocks the caller's thread.
    pub fn collect(&self, dir: &Path, options: &Options, progress: &dyn Progress) -> Result<Outcome, CollectError> {
        let begun = dir.join("snapshot.json").exists();
        let writer = if begun { reopen(dir, options)? } else { Writer::create(dir, header(&self.config, options))? };
        self.runtime.block_on(run(writer, &self.config, options, progress))
    }
}

/// Collects into a new snapshot in `dir`.
pub fn collect(dir: &Path, options: &Options, progress: &dyn Progress) -> Result<Outcome, CollectError> {
    let done = runtime()?.block_on(async {
        let config = client::configuration(options).await?;
        let writer = Writer::create(dir, header(&config, options))?;
        run(writer, &config, options, progress).await
    });
    done.map_err(|error| error.with_profile(options))
}

/// Resumes the snapshot in `dir`: complete answers are kept, the rest is requested again.
pub fn resume(dir: &Path, options: &Options, progress: &dyn Progress) -> Result<Outcome, CollectError> {
    let done = runtime()?.block_on(async {
        let writer = reopen(dir, options)?;
        let config = client::configuration(options).await?;
        run(writer, &config, options, progress).await
    });
    done.map_err(|error| error.with_profile(options))
}

impl Options {
    /// The sources that are chosen, in their order.
    fn chosen(&self) -> impl Iterator<Item = &'static Source> {
        let is_meant = |source: &Source| {
            // The caller's identity is always collected: it says which account the evidence belongs to.
            let with_its_option = source.only_with.is_none_or(|extra| self.extras.contains(&extra));
            source.name == source::caller_identity::NAME || (self.sources.contains(&source.set) && with_its_option)
        };
        let regional = sources().any(|source| is_meant(source) && source.is_regional);
        sources().filter(move |source| is_meant(source) || (regional && source.name == source::regions::NAME))
    }

    /// The operations of the chosen sources, each with its source.
    fn operations(&self) -> impl Iterator<Item = (&'static str, &'static Operation)> {
        self.chosen().flat_map(|source| source.operations.iter().map(|operation| (source.name, operation)))
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CollectError> {
    build_runtime(&mut tokio::runtime::Builder::new_current_thread())
}

fn build_runtime(builder: &mut tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, CollectError> {
    builder
        .enable_all()
        .build()
        .map_err(|problem| CollectError::Setup { problem: format!("the runtime does not start: {problem}") })
}

fn header(config: &SdkConfig, options: &Options) -> Header {
    Header {
        format: FORMAT.to_owned(),
        origin: Origin::Observed,
        account: None,
        partition: None,
        regions: config.region().map(ToString::to_string).into_iter().collect(),
        regions_enabled: Vec::new(),
        caller: None,
        started: now(),
        finished: None,
        resumed: Vec::new(),
        mixed_times: false,
        throttled: Vec::new(),
        endpoints: Vec::new(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        depth: depth(options).to_owned(),
        requested: requested(options).collect(),
    }
}

fn depth(options: &Options) -> &'static str {
    if options.extras.contains(&Extra::Deep) { "deep" } else { "standard" }
}

fn requested(options: &Options) -> impl Iterator<Item = Requested> {
    options.operations().map(|(source, operation)| Requested {
        source: source.to_owned(),
        service: operation.service.to_owned(),
        operation: operation.name.to_owned(),
    })
}

fn reopen(dir: &Path, options: &Options) -> Result<Writer, CollectError> {
    let mut writer = Writer::resume(dir)?;
    let started = writer.header().started;
    let is_old = now().duration_since(started) > RESUME_LIMIT;
    if is_old && !options.allow_mixed_times {
        return Err(CollectError::TooOld { started });
    }
    // Written once the account is seen to be the same.
    writer.plan(|header| {
        header.resumed.push(now());
        // A resumed run may request more than the first one; it never requests less.
        for more in requested(options) {
            if !header.requested.contains(&more) {
                header.requested.push(more);
            }
        }
        if header.depth == "standard" {
            depth(options).clone_into(&mut header.depth);
        }
        header.mixed_times |= is_old;
        header.finished = None;
    });
    Ok(writer)
}

/// The current time, truncated to the milliseconds that the log shows.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

async fn run(
    writer: Writer,
    config: &SdkConfig,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Outcome, CollectError> {
    let Some(Deadline::Fail(deadline)) = options.deadline else {
        return run_sources(writer, config, options, progress).await;
    };
    let limited = tokio::time::timeout(deadline, run_sources(writer, config, options, progress)).await;
    limited.unwrap_or(Err(CollectError::Deadline { seconds: deadline.as_secs() }))
}

async fn run_sources(
    mut writer: Writer,
    config: &SdkConfig,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Outcome, CollectError> {
    for endpoint in endpoints(config, options) {
        if !writer.header().endpoints.contains(&endpoint) {
            progress.asks_elsewhere(&endpoint.service, &endpoint.url);
            writer.plan(|header| header.endpoints.push(endpoint));
        }
    }
    let before = writer.calls().len();
    let assumed = match &options.assume {
        Some(role) => Some(assume::assume(role, config, options, &mut writer, progress).await?),
        None => None,
    };
    // A successful AssumeRole does not show that the account itself answers.
    let assuming = writer.calls().len() - before;
    let config = assumed.as_ref().unwrap_or(config);
    let mut session = Session::new(Clients::new(config), options, &mut writer, progress);
    if assumed.is_some() {
        // AWS counts another account's requests separately.
        session.rate_limiter = options.rate_limiter.for_another_account();
    }
    session.set_first_call(before);
    let mut session = RefCell::new(session);
    let mut failures = Vec::new();
    for source in options.chosen() {
        session.get_mut().start_source(source.name);
        match collect_from(source, &session).await {
            Ok(failed) if failed.is_empty() => progress.finished(source.name, Ok(())),
            Ok(failed) => {
                progress.finished(source.name, Err(&failure_summary(&failed)));
                failures.extend(failed);
            }
            Err(error) => {
                progress.finished(source.name, Err("the collection stops here"));
                return Err(error);
            }
        }
        if let Some(error) = fatal_error::fatal_error(&session.borrow().new_calls()[assuming..]) {
            return Err(error);
        }
    }
    let session = session.into_inner();
    if let Some(error) = session.expiry.last_error().filter(|_| session.has_answers()) {
        return Err(CollectError::expired(error));
    }
    let throttled = throttled(session.new_calls());
    let out_of_time =
        session.new_calls().iter().any(|call| call.error.as_ref().is_some_and(|it| it.code == OUT_OF_TIME));
    let (requests, kept, regions) = (session.new_calls().len() as u64, session.kept, session.regions);
    let regional = options.chosen().any(|source| source.is_regional);
    writer.update(|header| {
        if header.account.is_none() {
            header.account.clone_from(&options.account);
        }
        if regional {
            header.regions = regions;
        }
        for more in &throttled {
            add_throttled(header, more);
        }
        header.finished = Some(now());
    })?;
    let throttled = throttled.iter().map(|one| one.answers).sum();
    Ok(Outcome { account: writer.header().account.clone(), requests, kept, throttled, failures, out_of_time })
}

/// Throttling responses by service and Region.
fn throttled(calls: &[Call]) -> Vec<Throttled> {
    let mut found: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for call in
        calls.iter().filter(|call| call.error.as_ref().is_some_and(|error| rate_limit::is_throttling(&error.code)))
    {
        *found.entry((&call.service, &call.region)).or_default() += 1;
    }
    let entries = found.into_iter();
    entries
        .map(|((service, region), answers)| Throttled {
            service: service.to_owned(),
            region: region.to_owned(),
            answers,
        })
        .collect()
}

/// Services of the collection that have a custom endpoint.
fn endpoints(config: &SdkConfig, options: &Options) -> Vec<Endpoint> {
    let assumed = options.assume.as_ref().map(|_| "sts");
    let services: BTreeSet<&str> =
        options.operations().map(|(_, operation)| operation.service).chain(assumed).collect();
    let set = services.into_iter().filter_map(|service| {
        let url = api_client::configured_endpoint(config, &SHAPES.services.get(service)?.id)?;
        Some(Endpoint { service: service.to_owned(), url: crate::text::in_sentence(&without_password(&url)) })
    });
    set.collect()
}

/// A URL without the user name and password that it may hold.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |place| rest.split_at(place));
    format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or(authority))
}

/// Adds a throttling count to those of earlier runs.
fn add_throttled(header: &mut Header, more: &Throttled) {
    let same = |known: &&mut Throttled| known.service == more.service && known.region == more.region;
    match header.throttled.iter_mut().find(same) {
        Some(known) => known.answers += more.answers,
        None => header.throttled.push(more.clone()),
    }
}

/// Collects one source. Returns the failures, at most one a Region.
async fn collect_from(source: &'static Source, session: &RefCell<Session<'_>>) -> Result<Vec<Failure>, CollectError> {
    let regions = if source.is_regional {
        session.borrow().regions.clone()
    } else {
        vec![session.borrow().clients.region.clone()]
    };
    let at_work: Vec<SourceContext<'_, '_>> =
        regions.iter().map(|region| SourceContext::new(session, source, region)).collect();
    let ended = stream::iter(at_work.iter().map(source::run)).buffered(CONCURRENT_REGIONS).collect::<Vec<_>>().await;
    let mut failures = Vec::new();
    for (aws, end) in at_work.into_iter().zip(ended) {
        match end {
            Err(SourceError::Fatal(error)) => return Err(error),
            Err(SourceError::Failed(error)) => failures.push(ended_by(source, &session.borrow(), error)),
            // Other failures were noted where the call was made.
            Ok(()) => failures.extend(aws.failure()),
        }
    }
    Ok(failures)
}

/// The failure that ended a source.
fn ended_by(source: &Source, session: &Session<'_>, error: CallError) -> Failure {
    let failed = session.new_calls().iter().rfind(|call| call.error.as_ref() == Some(&error));
    let operation = failed.map_or_else(|| source.name.to_owned(), |call| call.operation.clone());
    Failure { source: source.name, operation, region: None, error }
}

/// The failures on one line.
fn failure_summary(failed: &[Failure]) -> String {
    let one = |failure: &Failure| {
        let place = failure.region.as_ref().map_or(String::new(), |region| format!(" in {region}"));
        // AWS's wording. A principal of the account cannot lift such a denial, so it is worth naming.
        let by_scp = failure.error.message.contains("explicit deny in a service control policy");
        let why = if by_scp { " (denied by a service control policy)" } else { "" };
        format!("{}{place}{why}: {}: {}", failure.operation, failure.error.code, failure.error.message)
    };
    crate::text::in_sentence(&failed.iter().map(one).collect::<Vec<_>>().join("; "))
}
