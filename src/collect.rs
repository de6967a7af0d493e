//! Speaks to AWS; one source a file; each source declares its API actions.
//!
//! Deliberately absent: judgement, and names of controls. A call that failed is recorded
//! and the rest goes on; what its absence means is decided elsewhere.

mod capture;
mod client;
mod hopeless;
pub mod permissions;
mod query;
mod session;
pub mod source;
#[cfg(test)]
mod tests;
mod wire;

use crate::snapshot::{CallError, FORMAT, Header, Origin, Requested, WriteError, Writer};
use aws_config::SdkConfig;
use client::Clients;
use jiff::{SignedDuration, Timestamp};
use session::{Session, Stop};
use source::SOURCES;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// A snapshot older than this is not gone on with, unless the user accepts facts of unlike age.
const RESUME_LIMIT: SignedDuration = SignedDuration::from_hours(4);

/// What the caller may choose; everything else is the standard AWS configuration.
#[derive(Clone, Debug)]
pub struct Options {
    /// The account that is meant. Another one that answers is an error; without an answer this is believed.
    pub account: Option<String>,
    pub profile: Option<String>,
    pub region: Option<String>,
    /// `MaxItems` of paged calls, at most 1,000.
    pub page_size: i32,
    /// How long the credential report may take.
    pub report_deadline: Duration,
    /// The first pause between two looks at the credential report.
    pub poll_interval: Duration,
    /// The base of the pauses between attempts of one request.
    pub backoff: Duration,
    /// How long one attempt of one request may take.
    pub attempt_timeout: Duration,
    /// Resume a snapshot that was started more than four hours ago.
    pub allow_mixed_times: bool,
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
        }
    }
}

/// What happens while it works.
pub trait Progress {
    /// A source begins.
    fn started(&self, source: &str);
    /// A request of the source was answered or failed; counts are the source's so far.
    fn asked(&self, source: &str, requests: u64, items: u64);
    /// A source ended. The error is one line of plain words, safe to print.
    fn finished(&self, source: &str, result: Result<(), &str>);
}

/// Says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _: &str) {}
    fn asked(&self, _: &str, _: u64, _: u64) {}
    fn finished(&self, _: &str, _: Result<(), &str>) {}
}

/// How a collection ended that went through all its sources.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `None` if neither AWS nor the user told; no pack can be made then.
    pub account: Option<String>,
    /// HTTP requests of this run.
    pub requests: u64,
    /// Answers of an earlier run that were not asked for again.
    pub kept: u64,
    /// One entry a source that did not get everything it asked for.
    pub failures: Vec<Failure>,
}

/// A source that did not get everything it asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    pub source: &'static str,
    pub operation: String,
    pub error: CallError,
}

/// Why a collection could not go through its sources. What was collected stays.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("no call can succeed: {code}: {message}\n  next: {next}")]
    Hopeless { code: String, message: String, next: &'static str },
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
        "AWS does not say whose these credentials are ({code}: {message}), so they may be for another account than the snapshot\n  next: {next}"
    )]
    Unconfirmed { code: String, message: String, next: &'static str },
    #[error(
        "the snapshot was started at {started}, more than four hours ago\n  next: start a new snapshot, or accept facts of unlike age with --allow-mixed-times"
    )]
    TooOld { started: Timestamp },
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Collects into a new snapshot in `dir`.
pub fn collect(dir: &Path, options: &Options, progress: &dyn Progress) -> Result<Outcome, CollectError> {
    let done = runtime()?.block_on(async {
        let config = client::configuration(options).await?;
        let writer = Writer::create(dir, header(&config))?;
        run(writer, &config, options, progress).await
    });
    done.map_err(|error| error.about_profile(options))
}

/// Goes on with the snapshot in `dir`: answers that are whole stay, the rest is asked again.
pub fn resume(dir: &Path, options: &Options, progress: &dyn Progress) -> Result<Outcome, CollectError> {
    let done = runtime()?.block_on(async {
        let writer = reopen(dir, options)?;
        let config = client::configuration(options).await?;
        run(writer, &config, options, progress).await
    });
    done.map_err(|error| error.about_profile(options))
}

/// Every API action that the sources may call, sorted.
pub fn actions() -> Vec<&'static str> {
    let actions: BTreeSet<_> = operations().map(|(_, operation)| operation.action).collect();
    actions.into_iter().collect()
}

fn operations() -> impl Iterator<Item = (&'static str, &'static source::Operation)> {
    SOURCES.iter().flat_map(|source| source.operations.iter().map(|operation| (source.name, operation)))
}

fn runtime() -> Result<tokio::runtime::Runtime, CollectError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|problem| CollectError::Setup { problem: format!("the runtime does not start: {problem}") })
}

fn header(config: &SdkConfig) -> Header {
    let requested = |(source, operation): (&str, &source::Operation)| Requested {
        source: source.to_owned(),
        service: operation.service.to_owned(),
        operation: operation.name.to_owned(),
    };
    Header {
        format: FORMAT.to_owned(),
        origin: Origin::Observed,
        account: None,
        partition: None,
        regions: config.region().map(ToString::to_string).into_iter().collect(),
        caller: None,
        started: now(),
        finished: None,
        resumed: Vec::new(),
        mixed_times: false,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        depth: "standard".to_owned(),
        requested: operations().map(requested).collect(),
    }
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
        header.mixed_times |= is_old;
        header.finished = None;
    });
    Ok(writer)
}

/// The time, in the milliseconds that the log shows.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

async fn run(
    mut writer: Writer,
    config: &SdkConfig,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Outcome, CollectError> {
    let mut session = Session::new(Clients::new(config), options, &mut writer, progress);
    let mut failures = Vec::new();
    for source in SOURCES {
        session.enter(source.name);
        match (source.run)(&mut session).await {
            Ok(()) => progress.finished(source.name, Ok(())),
            Err(Stop::Fatal(error)) => {
                progress.finished(source.name, Err("the collection stops here"));
                return Err(error);
            }
            Err(Stop::Failed(error)) => {
                let failed = session.new_calls().iter().rfind(|call| call.error.as_ref() == Some(&error));
                let operation = failed.map_or_else(|| source.name.to_owned(), |call| call.operation.clone());
                let told = hopeless::plain(&format!("{operation}: {}: {}", error.code, error.message));
                progress.finished(source.name, Err(&told));
                failures.push(Failure { source: source.name, operation, error });
            }
        }
        if let Some(error) = hopeless::verdict(session.new_calls()) {
            return Err(error);
        }
    }
    let (requests, kept) = (session.new_calls().len() as u64, session.kept);
    writer.update(|header| {
        if header.account.is_none() {
            header.account.clone_from(&options.account);
        }
        header.finished = Some(now());
    })?;
    Ok(Outcome { account: writer.header().account.clone(), requests, kept, failures })
}
