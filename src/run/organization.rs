//! `run --org`, `run --accounts` and `render --org`: many accounts, then the pack of all of them.

mod accounts;
mod aggregate;
mod discover_packs;
mod entries;
mod parallel;
mod remote_state;
mod run_state;
mod shard;
mod workers;

use super::exit::Exit;
use super::options::{RenderOptions, RunOptions};
use super::plan::Plan;
use super::progress::Console;
use super::{collection, interrupt, staging};
use crate::collect::Options;
use crate::collect::assume::Assume;
use crate::organization::listing::Listed;
use accounts::list_accounts;
use run_state::RunState;
use shard::Shard;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

pub fn run(options: &RunOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let shard = Shard::chosen(options.many.shard.as_deref())?;
    let named = options.many.accounts.as_deref().map(shard::accounts).transpose()?;
    let shared = collection::options(&options.aws);
    let mut plan = Plan::new(&options.pack)?.with_store(&options.pack, true, &shared, console)?;
    let state = RunState::open(&options.pack.out, shard, options.fresh, plan.store.as_ref(), console)?;
    staging::clear(&options.pack.out, console);
    interrupt::set_message(&format!(
        "accounts that are finished, and what was collected of the others, are kept in {}; run the same command again \
         to go on",
        options.pack.out.display()
    ));
    let listed = list_accounts(&state, &shared, named.as_deref(), console)?;

    listed.add_to_plan(&mut plan);

    let entries = state.entries()?;
    let mut finished = state.done(&entries)?;
    let mut unkept = Vec::new();
    for entry in state.unkept(&entries, &finished) {
        finished.insert(entry.account.clone());
        let (entry, problem) = state.settle(entry)?;
        unkept.extend(problem.map(|problem| format!("{}: {problem}", entry.account)));
    }
    let is_done = |account: &Listed| finished.contains(&account.id);
    let mine = |account: &&Listed| account.is_active() && shard.contains(&account.id);
    let (done, todo): (Vec<&Listed>, Vec<&Listed>) =
        listed.listing.accounts.iter().filter(mine).partition(|account| is_done(account));
    if !done.is_empty() {
        console.line(&format!("{} accounts were finished before and are not asked again", done.len()));
    }
    let context = workers::WorkContext {
        state: &state,
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
    let worked = workers::work(&context, &todo, usize::from(options.many.parallel), done.len(), console)?;
    unkept.extend(worked.unkept);
    check_all_stored(&unkept, &options.pack.out)?;
    let incomplete = worked.incomplete;
    if shard.of > 1 {
        let (part, of) = (shard.index + 1, shard.of);
        let join = match &plan.store {
            Some(store) => format!("--store {}", store.address()),
            None => options.pack.out.display().to_string(),
        };
        console.result(
            &serde_json::json!({ "part": part, "of": of, "accounts": done.len() + todo.len(), "incomplete": incomplete }),
            &format!(
                "part {part} of {of}: {} accounts, {incomplete} of them incomplete or not reached\n\
                 when every part is done: auditpack render --org {join}",
                done.len() + todo.len()
            ),
        );
        return Ok(if incomplete > 0 { Exit::Incomplete } else { Exit::Done });
    }
    let entries = state.entries()?;
    let made = aggregate::join(&state.dir, &options.pack, &plan, listed, entries, console)?;
    state.close(&made.name)?;
    Ok(made.exit)
}

/// A pack that was not stored is not a failure of the account, but the run is incomplete.
fn check_all_stored(unkept: &[String], out: &Path) -> Result<(), String> {
    let Some(first) = unkept.first() else { return Ok(()) };
    Err(format!(
        "{} accounts are not kept in the store; their packs stay in {}\n{first}\n  then: run again with the same --out: \
         what is there is uploaded, not asked for again",
        unkept.len(),
        out.display()
    ))
}

pub fn render(options: &RenderOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let plan = Plan::new(&options.pack)?.with_store(
        &options.pack,
        options.snapshot.is_none(),
        &Options::default(),
        console,
    )?;
    let mut pack = options.pack.clone();
    // The packs of the accounts and of the organization refer to each other by folder name.
    if let Some(folder) = &options.snapshot {
        pack.out.clone_from(folder);
    }
    staging::clear(&pack.out, console);
    aggregate::rebuild(&pack, &plan, console)
}
