//! Processes accounts concurrently; a failure of one does not affect the others.

use super::entries;
use super::parallel::processors;
use super::run_state::RunState;
use crate::collect::assume::Assume;
use crate::collect::{CollectError, Collector, Deadline, Options, Silent};
use crate::digest::sha256;
use crate::files;
use crate::organization::listing::Listed;
use crate::organization::{Entry, State};
use crate::render::Pdf;
use crate::run::options::PackOptions;
use crate::run::pack::{self, Evidence, FinishedPack, PackJob};
use crate::run::plan::Plan;
use crate::run::progress::Console;
use crate::run::staging::FREE_SPACE;
use crate::snapshot::{Bring, Header};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::error::Error;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// The context that all workers share.
pub struct WorkContext<'a> {
    pub state: &'a RunState,
    pub plan: &'a Plan,
    pub pack: &'a PackOptions,
    pub shared: &'a Options,
    /// The caller's own account is collected with the caller's own permissions.
    pub caller: Option<&'a str>,
    pub role: &'a (dyn Fn(&str) -> Assume + Sync),
    pub deadline: Duration,
}

/// Typesetting needs more than a thread's usual two megabytes.
const STACK: usize = 16 << 20;

/// The result of all accounts.
pub struct WorkSummary {
    /// Accounts without a pack or with incomplete evidence.
    pub incomplete: usize,
    /// Packs that are not stored, with the reason.
    pub unkept: Vec<String>,
}

/// Processes the accounts.
///
/// Collecting waits for the network, making packs uses the processors: separate threads do each, with a bounded queue
/// between them.
pub fn work(
    context: &WorkContext<'_>,
    accounts: &[&Listed],
    at_once: usize,
    done: usize,
    console: &Console,
) -> Result<WorkSummary, Box<dyn Error>> {
    // Shared, so that credentials are fetched once and connections are reused.
    let collector = Collector::new(context.shared)?;
    let queue: Mutex<VecDeque<&Listed>> = Mutex::new(accounts.iter().copied().collect());
    // Typesetting takes the memory of many accounts.
    let makers = if context.pack.pdf() == Pdf::None { processors() } else { 1 };
    let (pass, ready) = mpsc::sync_channel::<(&Listed, u64)>(makers);
    let ready = Mutex::new(ready);
    let (tell, hear) = mpsc::channel::<Result<Settled, String>>();
    let all = accounts.len() + done;
    std::thread::scope(|scope| -> Result<WorkSummary, Box<dyn Error>> {
        let settle = |(entry, words): Ended, tell: &mpsc::Sender<_>| {
            let settled = context.state.settle(entry).map(|(entry, unkept)| Settled { entry, words, unkept });
            // The receiver is gone because the run is over.
            let _ = tell.send(settled);
        };
        let thread = || std::thread::Builder::new().stack_size(STACK);
        for _ in 0..at_once.min(accounts.len()) {
            let (pass, tell, collector, queue) = (pass.clone(), tell.clone(), &collector, &queue);
            thread().spawn_scoped(scope, move || {
                while let Some(account) = next(queue) {
                    match guarded(account, || collect(context, collector, account)) {
                        Ok(throttled) => drop(pass.send((account, throttled))),
                        Err(ended) => settle(*ended, &tell),
                    }
                }
            })?;
        }
        for _ in 0..makers {
            let (tell, ready) = (tell.clone(), &ready);
            thread().spawn_scoped(scope, move || {
                while let Some((account, throttled)) = taken(ready) {
                    settle(
                        guarded(account, || make(context, account, throttled)).unwrap_or_else(|ended| *ended),
                        &tell,
                    );
                }
            })?;
        }
        drop((pass, tell));
        let step = console.step(&format!("0 of {all} accounts"));
        let (mut incomplete, mut unkept) = (0, Vec::new());
        for (number, ended) in (done + 1..).zip(hear) {
            let Settled { entry, words, unkept: problem } = ended.inspect_err(|_| locked(&queue).clear())?;
            incomplete += usize::from(entry.state != State::Complete);
            let name = accounts.iter().find(|account| account.id == entry.account).and_then(|it| it.name.as_deref());
            let name = name.map_or(String::new(), |name| format!(" {name}"));
            step.permanent_line(&format!(
                "[{number}/{all}] {}{name}: {}{words}",
                entry.account,
                entries::state_text(&entry)
            ));
            if let Some(problem) = problem {
                step.permanent_line(&format!("{} is not kept in the store: {problem}", entry.account));
                unkept.push(format!("{}: {problem}", entry.account));
            }
            step.tick(&format!("{number} of {all} accounts, {incomplete} incomplete or not reached"));
        }
        Ok(WorkSummary { incomplete, unkept })
    })
}

/// An account's result, a text for the progress, and a storage error if any.
struct Settled {
    entry: Entry,
    words: String,
    unkept: Option<String>,
}

/// An account's result with a text for the progress.
type Ended = (Entry, String);

fn next<'a>(queue: &Mutex<VecDeque<&'a Listed>>) -> Option<&'a Listed> {
    locked(queue).pop_front()
}

/// The lock is released before the work starts.
fn taken<T>(ready: &Mutex<mpsc::Receiver<T>>) -> Option<T> {
    let next = locked(ready).recv();
    next.ok()
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processes one account; a failure, even a panic, becomes the account's result.
fn guarded<T>(account: &Listed, work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<T, Box<Ended>> {
    let entry = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => match error.downcast_ref::<CollectError>() {
            Some(error) => without_pack(account, error),
            None => failed(account, State::Unreachable, None, &error.to_string()),
        },
        // The panic message is already on standard error.
        Err(_) => failed(account, State::Unreachable, None, "this program broke off in this account"),
    };
    Err(Box::new((entry, String::new())))
}

/// Completes the account's snapshot. Returns the number of throttling responses.
fn collect(context: &WorkContext<'_>, collector: &Collector, account: &Listed) -> Result<u64, Box<dyn Error>> {
    let staging = context.state.staging(&account.id);
    let snapshot = staging.join("snapshot");
    if is_finished(&snapshot) {
        return Ok(0);
    }
    let options = Options {
        account: Some(account.id.clone()),
        assume: (context.caller != Some(account.id.as_str())).then(|| (context.role)(&account.id)),
        deadline: Some(Deadline::Fail(context.deadline)),
        ..context.shared.clone()
    };
    files::private_folder(&staging).map_err(|error| files::at(&staging, &error, FREE_SPACE))?;
    let outcome = match collector.collect(&snapshot, &options, &Silent) {
        // Evidence from hours ago is not combined with new evidence.
        Err(CollectError::TooOld { .. }) => {
            fs::remove_dir_all(&snapshot).map_err(|error| files::at(&snapshot, &error, "remove this folder"))?;
            collector.collect(&snapshot, &options, &Silent)?
        }
        other => other?,
    };
    Ok(outcome.throttled)
}

/// Makes the pack of the account's snapshot.
fn make(context: &WorkContext<'_>, account: &Listed, throttled: u64) -> Result<Ended, Box<dyn Error>> {
    let staging = context.state.staging(&account.id);
    let snapshot = staging.join("snapshot");
    let place = finished_before(&snapshot, &context.pack.out, &account.id);
    let ended = if let Some(place) = place {
        (made_before(account, &place)?, String::new())
    } else {
        let quiet = Console::new(true, false);
        // The staging folder is only read from here on and is removed after the pack is finished.
        let made = pack::build(
            &PackJob {
                evidence: Evidence::Folder(&snapshot, Bring::Link),
                account: Some(&account.id),
                options: context.pack,
                plan: context.plan,
                note: &|_, _| Ok(()),
            },
            &quiet,
        )?;
        let (fail, unknown) = made.ending.counts();
        let slowed = if throttled > 0 { format!(", throttled {throttled} times") } else { String::new() };
        (made_now(account, &made)?, format!(", {fail} fail, {unknown} inconclusive{slowed}"))
    };
    // Record the entry before removing the staging folder, so that an interruption never collects the account twice.
    context.state.note(&ended.0)?;
    fs::remove_dir_all(&staging).map_err(|error| files::at(&staging, &error, "remove this folder"))?;
    Ok(ended)
}

fn header(snapshot: &Path) -> Option<Header> {
    serde_json::from_slice(&files::read(&snapshot.join("snapshot.json")).ok()?).ok()
}

fn is_finished(snapshot: &Path) -> bool {
    header(snapshot).is_some_and(|header| header.finished.is_some())
}

/// The finished pack of this snapshot, if the program was killed before recording it.
fn finished_before(snapshot: &Path, out: &Path, account: &str) -> Option<PathBuf> {
    let own = header(snapshot)?;
    let name = format!("{account}-{}", &own.started.to_string()[..10]);
    let places = std::iter::once(out.join(&name)).chain((2..).map(|n: u32| out.join(format!("{name}-{n}"))));
    places.take_while(|place| files::exists(place)).find(|place| {
        files::is_file(&place.join("SHA256SUMS")) && header(&place.join("snapshot")).as_ref() == Some(&own)
    })
}

fn made_now(account: &Listed, made: &FinishedPack) -> Result<Entry, Box<dyn Error>> {
    let state = if made.ending.incomplete() { State::Incomplete } else { State::Complete };
    packed(account, state, &made.place, Some(made.id.clone()))
}

fn made_before(account: &Listed, place: &Path) -> Result<Entry, Box<dyn Error>> {
    // Assessed again during aggregation; until then it counts as incomplete.
    packed(account, State::Incomplete, place, None)
}

fn packed(account: &Listed, state: State, place: &Path, pack_id: Option<String>) -> Result<Entry, Box<dyn Error>> {
    let manifest = place.join("SHA256SUMS");
    let manifest = files::read(&manifest).map_err(|error| files::at(&manifest, &error, "run again"))?;
    Ok(Entry {
        account: account.id.clone(),
        state,
        code: None,
        reason: None,
        request_id: None,
        at: Timestamp::now().to_string(),
        pack: place.file_name().map(|name| name.to_string_lossy().into_owned()),
        pack_id: pack_id.or_else(|| recorded_pack_id(place)),
        manifest_sha256: Some(sha256(&manifest)),
    })
}

fn recorded_pack_id(place: &Path) -> Option<String> {
    let told: serde_json::Value = serde_json::from_slice(&files::read(&place.join("pack.json")).ok()?).ok()?;
    told["pack_id"].as_str().map(str::to_owned)
}

fn without_pack(account: &Listed, error: &CollectError) -> Entry {
    match error {
        CollectError::Role { role, code, message, request_id, .. } => {
            let state = if code == "AccessDenied" { State::Refused } else { State::Unreachable };
            let reason = format!("{role} cannot be assumed: {code}: {message}");
            Entry { request_id: request_id.clone(), ..failed(account, state, Some(code), &reason) }
        }
        CollectError::Deadline { .. } => {
            failed(account, State::OutOfTime, Some("DeadlineExceeded"), &error.to_string())
        }
        CollectError::EveryCallFails { code, .. } | CollectError::Expired { code, .. } => {
            failed(account, State::Unreachable, Some(code), &error.to_string())
        }
        other => failed(account, State::Unreachable, None, &other.to_string()),
    }
}

fn failed(account: &Listed, state: State, code: Option<&str>, reason: &str) -> Entry {
    Entry {
        account: account.id.clone(),
        state,
        code: code.map(str::to_owned),
        // Without the next step, because the page is read long after the run.
        reason: Some(reason.split("\n  next:").next().unwrap_or_default().to_owned()),
        request_id: None,
        at: Timestamp::now().to_string(),
        pack: None,
        pack_id: None,
        manifest_sha256: None,
    }
}
