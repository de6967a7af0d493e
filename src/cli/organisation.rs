//! `run --org`, `run --accounts` and `render --org`: many accounts, then the pack of all of them.

mod ahead;
mod alone;
mod book;
mod joining;
mod remote;
mod share;
mod work;

use super::arguments::{RenderOptions, RunOptions};
use super::collecting;
use super::exit::Exit;
use super::making::{FREE_SPACE, Plan};
use super::progress::Voice;
use super::{interrupt, staging};
use crate::collect::assume::Assume;
use crate::collect::{self, Options, Set, Silent};
use crate::digest::sha256;
use crate::files;
use crate::organisation::listing::{self, Listed, Listing};
use crate::organisation::{About, State};
use crate::snapshot::Snapshot;
use book::Book;
use share::Share;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

pub fn run(options: &RunOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let share = Share::chosen(options.many.shard.as_deref())?;
    let named = options.many.accounts.as_deref().map(share::accounts).transpose()?;
    let shared = collecting::options(&options.aws);
    let mut plan = Plan::new(&options.pack)?.with_store(&options.pack, true, &shared, say)?;
    let book = Book::open(&options.pack.out, share, options.fresh, plan.store.as_ref(), say)?;
    staging::clear(&options.pack.out, say);
    interrupt::say(&format!(
        "accounts that are finished, and what was collected of the others, are kept in {}; run the same command again \
         to go on",
        options.pack.out.display()
    ));
    let listed = listed(&book, &shared, named.as_deref(), say)?;

    listed.tell(&mut plan);

    let entries = book.entries()?;
    let mut finished = book.done(&entries)?;
    let mut unkept = Vec::new();
    for entry in book.unkept(&entries, &finished) {
        finished.insert(entry.account.clone());
        let (entry, problem) = book.settle(entry)?;
        unkept.extend(problem.map(|problem| format!("{}: {problem}", entry.account)));
    }
    let is_done = |account: &Listed| finished.contains(&account.id);
    let mine = |account: &&Listed| account.is_active() && share.holds(&account.id);
    let (done, todo): (Vec<&Listed>, Vec<&Listed>) =
        listed.listing.accounts.iter().filter(mine).partition(|account| is_done(account));
    if !done.is_empty() {
        say.line(&format!("{} accounts were finished before and are not asked again", done.len()));
    }
    let orders = work::Orders {
        book: &book,
        plan: &plan,
        pack: &options.pack,
        shared: &shared,
        caller: listed.caller_account(),
        role: &|account: &str| Assume {
            role_arn: format!("arn:{}:iam::{account}:role/{}", listed.partition(), options.many.role),
            external_id: options.many.external_id.clone(),
            session_name: format!("auditpack-{}", listed.run),
        },
        deadline: Duration::from_secs(options.many.account_timeout),
    };
    let worked = work::work(&orders, &todo, usize::from(options.many.parallel), done.len(), say)?;
    unkept.extend(worked.unkept);
    told_unkept(&unkept, &options.pack.out)?;
    let incomplete = worked.incomplete;
    if share.of > 1 {
        let (part, of) = (share.index + 1, share.of);
        let join = match &plan.store {
            Some(store) => format!("--store {}", store.address()),
            None => options.pack.out.display().to_string(),
        };
        say.result(
            &serde_json::json!({ "part": part, "of": of, "accounts": done.len() + todo.len(), "incomplete": incomplete }),
            &format!(
                "part {part} of {of}: {} accounts, {incomplete} of them incomplete or not reached\n\
                 when every part is done: auditpack render --org {join}",
                done.len() + todo.len()
            ),
        );
        return Ok(if incomplete > 0 { Exit::Incomplete } else { Exit::Done });
    }
    let entries = book.entries()?;
    let made = joining::join(&book.dir, &options.pack, &plan, listed, entries, say)?;
    book.close(&made.name)?;
    Ok(made.exit)
}

/// An account that is not kept is no failure of the account, but the run has not done what it was asked.
fn told_unkept(unkept: &[String], out: &Path) -> Result<(), String> {
    let Some(first) = unkept.first() else { return Ok(()) };
    Err(format!(
        "{} accounts are not kept in the store; their packs stay in {}\n{first}\n  then: run again with the same --out: \
         what is there is uploaded, not asked for again",
        unkept.len(),
        out.display()
    ))
}

pub fn render(options: &RenderOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let plan =
        Plan::new(&options.pack)?.with_store(&options.pack, options.snapshot.is_none(), &Options::default(), say)?;
    let mut pack = options.pack.clone();
    // The packs of the accounts and that of the organisation name each other by their folders.
    if let Some(folder) = &options.snapshot {
        pack.out.clone_from(folder);
    }
    staging::clear(&pack.out, say);
    joining::again(&pack, &plan, say)
}

/// The accounts of a run, and what its first snapshot says about the caller.
pub(super) struct ListedAccounts {
    pub listing: Listing,
    pub about: About,
    snapshot: Option<Snapshot>,
    /// The run's id, the same for all its processes and after it was taken up again.
    run: String,
}

impl ListedAccounts {
    fn caller_account(&self) -> Option<&str> {
        self.snapshot.as_ref()?.header.account.as_deref()
    }

    /// Whose accounts are the organisation's own, where the list of them is complete.
    fn tell(&self, plan: &mut Plan) {
        let (true, Some(at)) = (self.about.list_is_complete, &self.about.listed_at) else { return };
        let accounts = self.listing.accounts.iter().map(|account| account.id.clone());
        let listed_in = format!("the list that {} gave to the run over all of them at {at}", self.about.listed_by);
        plan.know_the_organisation(self.listing.organisation.as_deref(), accounts, listed_in);
    }

    fn partition(&self) -> &str {
        self.about.partition.as_deref().unwrap_or("aws")
    }

    /// From a finished snapshot of the organisation; `named` are the accounts of a file.
    fn read(snapshot: Snapshot, named: Option<&[String]>) -> Result<Self, Box<dyn Error>> {
        let listing = match named {
            None => listing::read(&snapshot).map_err(|problem| {
                format!(
                    "{problem}\n  next: use credentials of the management account or a delegated administrator, or list \
                     the accounts in a file with --accounts"
                )
            })?,
            Some(accounts) => {
                Listing { accounts: accounts.iter().map(|id| Listed::named(id)).collect(), ..Listing::default() }
            }
        };
        let header = &snapshot.header;
        let run = run_id(&snapshot.dir)?;
        let about = About {
            id: listing.organisation.clone().unwrap_or_else(|| "accounts".to_owned()),
            partition: header.partition.clone(),
            caller: header.caller.as_ref().map(|caller| caller.arn.clone()),
            listed_by: match named {
                None => "organizations:ListAccounts".to_owned(),
                Some(accounts) => format!("a file with {} accounts, which may leave some out", accounts.len()),
            },
            list_is_complete: named.is_none(),
            listed_at: Some(header.started.to_string()),
            ..About::default()
        };
        Ok(Self { listing, about, run, snapshot: Some(snapshot) })
    }
}

/// Who calls, and which accounts there are: asked once a run, by whichever process comes first.
fn listed(
    book: &Book,
    shared: &Options,
    named: Option<&[String]>,
    say: &Voice,
) -> Result<ListedAccounts, Box<dyn Error>> {
    let dir = book.listing();
    if let Some(remote) = &book.remote {
        remote.fetch_listing(&dir, named)?;
    }
    if !dir.exists() {
        let _step = say.step("asking AWS for the accounts");
        let sources =
            if named.is_some() { BTreeSet::new() } else { BTreeSet::from([Set::Organizations, Set::IdentityCenter]) };
        let options = Options { sources, extras: BTreeSet::new(), ..shared.clone() };
        let making = tempfile::Builder::new().prefix(".listing-").tempdir_in(&book.dir);
        let making = making.map_err(|error| files::at(&book.dir, &error, FREE_SPACE))?;
        collect::collect(making.path(), &options, &Silent)?;
        // Checked before it takes its place, so that a refusal is asked for again by the next run.
        let snapshot = Snapshot::open(making.path())?;
        let read = ListedAccounts::read(snapshot, named)?;
        if read.about.partition.is_none() {
            let next = "the caller must be allowed to call sts:GetCallerIdentity";
            return Err(format!("AWS does not say who the caller is, so no role can be named\n  next: {next}").into());
        }
        if let Some(named) = named {
            write_again(&book.dir.join("accounts.json"), &serde_json::to_vec(named)?)?;
        }
        // Another process may have been faster; then its list holds.
        if std::fs::rename(making.path(), &dir).is_ok() {
            let _ = making.keep();
        }
    }
    if let Some(remote) = &book.remote {
        remote.publish_listing(&dir, named)?;
    }
    let found = ListedAccounts::read(Snapshot::open(&dir)?, named)?;
    let active = found.listing.accounts.iter().filter(|account| account.is_active()).count();
    let all = found.listing.accounts.len();
    say.line(&format!("{all} accounts listed, {active} of them active"));
    Ok(found)
}

/// What tells the run of a listing from every other.
fn run_id(listing: &Path) -> Result<String, String> {
    let log = listing.join("calls.jsonl");
    let bytes = files::read(&log).map_err(|error| files::at(&log, &error, "begin again with --fresh"))?;
    Ok(sha256(&bytes)[..16].to_owned())
}

/// Writes a small file of the run's own, in place of an earlier one.
fn write_again(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = files::create_again(path).and_then(|mut file| std::io::Write::write_all(&mut file, bytes));
    written.map_err(|error| files::at(path, &error, FREE_SPACE))
}

/// A folder's name that an entry may hold: nothing that leads elsewhere.
fn is_plain(name: &str) -> bool {
    Path::new(name).components().count() == 1
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// An entry's state in one line.
fn told(entry: &crate::organisation::Entry) -> String {
    match (&entry.state, &entry.reason) {
        (State::Complete | State::Incomplete, _) => entry.state.words().to_owned(),
        (state, Some(reason)) => format!("{}: {reason}", state.words()),
        (state, None) => state.words().to_owned(),
    }
}
