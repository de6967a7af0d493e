//! The accounts, several at a time; none of them costs another.

use super::book::Book;
use super::told;
use crate::cli::arguments::PackOptions;
use crate::cli::making::{self, Made, Plan};
use crate::cli::progress::Voice;
use crate::collect::assume::Assume;
use crate::collect::{CollectError, Collector, Options, Silent};
use crate::digest::sha256;
use crate::organisation::listing::Listed;
use crate::organisation::{Entry, State};
use crate::snapshot::Header;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::error::Error;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// What every worker is told.
pub struct Orders<'a> {
    pub book: &'a Book,
    pub plan: &'a Plan,
    pub pack: &'a PackOptions,
    pub shared: &'a Options,
    /// The caller's own account is looked at with the caller's own permissions.
    pub caller: Option<&'a str>,
    pub role: &'a (dyn Fn(&str) -> Assume + Sync),
    pub deadline: Duration,
}

/// Typesetting needs more than a thread's usual two megabytes.
const STACK: usize = 16 << 20;

/// How it went.
pub struct Worked {
    /// Accounts without a pack, or with one that lacks evidence.
    pub incomplete: usize,
    /// What is not kept in the store, and why.
    pub unkept: Vec<String>,
}

/// Works through the accounts.
pub fn work(
    orders: &Orders<'_>,
    accounts: &[&Listed],
    at_once: usize,
    done: usize,
    say: &Voice,
) -> Result<Worked, Box<dyn Error>> {
    let queue: Mutex<VecDeque<&Listed>> = Mutex::new(accounts.iter().copied().collect());
    let gate = Gate::new(if orders.pack.no_pdf { processors() } else { 1 });
    let (tell, hear) = mpsc::channel::<Result<Settled, String>>();
    let all = accounts.len() + done;
    std::thread::scope(|scope| -> Result<Worked, Box<dyn Error>> {
        for _ in 0..at_once.min(accounts.len()) {
            let (tell, queue, gate) = (tell.clone(), &queue, &gate);
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                let collector = Collector::new(orders.shared);
                while let Some(account) = next(queue) {
                    let (entry, words) = one(orders, &collector, account, gate);
                    let noted = orders.book.settle(entry).map(|(entry, unkept)| Settled { entry, words, unkept });
                    // Nobody listens any more where the run is over.
                    let _ = tell.send(noted.map_err(|error| format!("{}: {error}", orders.book.dir.display())));
                }
            })?;
        }
        drop(tell);
        let step = say.step(&format!("0 of {all} accounts"));
        let (mut incomplete, mut unkept) = (0, Vec::new());
        for (number, ended) in (done + 1..).zip(hear) {
            let Settled { entry, words, unkept: problem } = ended?;
            incomplete += usize::from(entry.state != State::Complete);
            let name = accounts.iter().find(|account| account.id == entry.account).and_then(|it| it.name.as_deref());
            let name = name.map_or(String::new(), |name| format!(" {name}"));
            step.told(&format!("[{number}/{all}] {}{name}: {}{words}", entry.account, told(&entry)));
            if let Some(problem) = problem {
                step.told(&format!("{} is not kept in the store: {problem}", entry.account));
                unkept.push(format!("{}: {problem}", entry.account));
            }
            step.tick(&format!("{number} of {all} accounts, {incomplete} incomplete or not reached"));
        }
        Ok(Worked { incomplete, unkept })
    })
}

/// What became of an account, a few words for the progress, and why it is not kept in the store if it is not.
struct Settled {
    entry: Entry,
    words: String,
    unkept: Option<String>,
}

fn next<'a>(queue: &Mutex<VecDeque<&'a Listed>>) -> Option<&'a Listed> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// What became of one account, with a few words for the progress.
fn one(
    orders: &Orders<'_>,
    collector: &Result<Collector, CollectError>,
    account: &Listed,
    gate: &Gate,
) -> (Entry, String) {
    let collector = match collector {
        Ok(collector) => collector,
        Err(error) => return (without_pack(account, error), String::new()),
    };
    let tried = catch_unwind(AssertUnwindSafe(|| attempt(orders, collector, account, gate)));
    match tried {
        Ok(Ok(ended)) => ended,
        Ok(Err(error)) => {
            let entry = match error.downcast_ref::<CollectError>() {
                Some(error) => without_pack(account, error),
                None => failed(account, State::Unreachable, None, &error.to_string()),
            };
            (entry, String::new())
        }
        // The message is on standard error already.
        Err(_) => (failed(account, State::Unreachable, None, "this program broke off in this account"), String::new()),
    }
}

fn attempt(
    orders: &Orders<'_>,
    collector: &Collector,
    account: &Listed,
    gate: &Gate,
) -> Result<(Entry, String), Box<dyn Error>> {
    let staging = orders.book.staging(&account.id);
    let snapshot = staging.join("snapshot");
    if !is_finished(&snapshot) {
        let options = Options {
            account: Some(account.id.clone()),
            assume: (orders.caller != Some(account.id.as_str())).then(|| (orders.role)(&account.id)),
            deadline: Some(orders.deadline),
            ..orders.shared.clone()
        };
        fs::create_dir_all(&staging)?;
        match collector.collect(&snapshot, &options, &Silent) {
            // What was collected hours ago is not mixed with what is collected now.
            Err(CollectError::TooOld { .. }) => {
                fs::remove_dir_all(&snapshot)?;
                collector.collect(&snapshot, &options, &Silent)?;
            }
            other => drop(other?),
        }
    }
    let place = finished_before(&snapshot, &orders.pack.out, &account.id);
    let ended = if let Some(place) = place {
        (made_before(account, &place)?, String::new())
    } else {
        let quiet = Voice::new(true, false);
        let made =
            gate.enter(|| making::build(&snapshot, Some(&account.id), None, orders.pack, orders.plan, &quiet))?;
        let (fail, unknown) = made.counts();
        (made_now(orders, account, &made)?, format!(", {fail} fail, {unknown} unknown"))
    };
    // The entry before the staging goes: whatever kills the program, the account is not asked twice.
    orders.book.note(&ended.0)?;
    fs::remove_dir_all(&staging)?;
    Ok(ended)
}

fn header(snapshot: &Path) -> Option<Header> {
    serde_json::from_slice(&fs::read(snapshot.join("snapshot.json")).ok()?).ok()
}

fn is_finished(snapshot: &Path) -> bool {
    header(snapshot).is_some_and(|header| header.finished.is_some())
}

/// The pack of this very snapshot, where the program was killed between making it and noting that.
fn finished_before(snapshot: &Path, out: &Path, account: &str) -> Option<PathBuf> {
    let own = header(snapshot)?;
    let name = format!("{account}-{}", &own.started.to_string()[..10]);
    let places = std::iter::once(out.join(&name)).chain((2..).map(|n: u32| out.join(format!("{name}-{n}"))));
    places
        .take_while(|place| place.exists())
        .find(|place| place.join("SHA256SUMS").is_file() && header(&place.join("snapshot")).as_ref() == Some(&own))
}

fn made_now(orders: &Orders<'_>, account: &Listed, made: &Made) -> Result<Entry, Box<dyn Error>> {
    let (incomplete, _) = made.end(&orders.plan.catalog, None);
    let state = if incomplete { State::Incomplete } else { State::Complete };
    packed(account, state, &made.place, Some(made.id.clone()))
}

fn made_before(account: &Listed, place: &Path) -> Result<Entry, Box<dyn Error>> {
    // Judged again when the packs are joined; until then nothing better than incomplete is claimed.
    packed(account, State::Incomplete, place, None)
}

fn packed(account: &Listed, state: State, place: &Path, pack_id: Option<String>) -> Result<Entry, Box<dyn Error>> {
    let manifest = fs::read(place.join("SHA256SUMS"))?;
    Ok(Entry {
        account: account.id.clone(),
        state,
        code: None,
        reason: None,
        request_id: None,
        at: Timestamp::now().to_string(),
        pack: place.file_name().map(|name| name.to_string_lossy().into_owned()),
        pack_id: pack_id.or_else(|| told_id(place)),
        manifest_sha256: Some(sha256(&manifest)),
    })
}

fn told_id(place: &Path) -> Option<String> {
    let told: serde_json::Value = serde_json::from_slice(&fs::read(place.join("pack.json")).ok()?).ok()?;
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
        CollectError::Hopeless { code, .. } => failed(account, State::Unreachable, Some(code), &error.to_string()),
        other => failed(account, State::Unreachable, None, &other.to_string()),
    }
}

fn failed(account: &Listed, state: State, code: Option<&str>, reason: &str) -> Entry {
    Entry {
        account: account.id.clone(),
        state,
        code: code.map(str::to_owned),
        // Without what to do next: the page is read long after.
        reason: Some(reason.split("\n  next:").next().unwrap_or_default().to_owned()),
        request_id: None,
        at: Timestamp::now().to_string(),
        pack: None,
        pack_id: None,
        manifest_sha256: None,
    }
}

/// So many at a time.
struct Gate {
    free: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    fn new(places: usize) -> Self {
        Self { free: Mutex::new(places.max(1)), left: Condvar::new() }
    }

    fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        let _inside = Inside::of(self);
        work()
    }
}

/// A place that is given back whatever happens.
struct Inside<'a>(&'a Gate);

impl<'a> Inside<'a> {
    fn of(gate: &'a Gate) -> Self {
        let free = gate.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = gate.left.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Self(gate)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}
