//! The accounts of a run, from AWS Organizations or a file, listed once for all processes of the run.

use super::entries::{run_id, write_again};
use super::run_state::RunState;
use crate::collect::{self, Options, Set, Silent};
use crate::files;
use crate::organization::About;
use crate::organization::listing::{self, Listed, Listing};
use crate::run::plan::Plan;
use crate::run::progress::Console;
use crate::run::staging::FREE_SPACE;
use crate::snapshot::Snapshot;
use std::collections::BTreeSet;
use std::error::Error;

/// The accounts of a run, and the caller from its first snapshot.
pub struct ListedAccounts {
    pub listing: Listing,
    pub about: About,
    pub snapshot: Option<Snapshot>,
    /// The run's ID, the same for all its processes and after resumption.
    pub run: String,
}

impl ListedAccounts {
    pub fn caller_account(&self) -> Option<&str> {
        self.snapshot.as_ref()?.header.account.as_deref()
    }

    /// Adds the organization's accounts to the plan, if the list is complete.
    pub fn add_to_plan(&self, plan: &mut Plan) {
        let (true, Some(at)) = (self.about.list_is_complete, &self.about.listed_at) else { return };
        let accounts = self.listing.accounts.iter().map(|account| account.id.clone());
        let listed_in = format!("the list that {} gave to the run over all of them at {at}", self.about.listed_by);
        plan.know_the_organization(self.listing.organization.as_deref(), accounts, listed_in);
    }

    pub fn partition(&self) -> &str {
        self.about.partition.as_deref().unwrap_or("aws")
    }

    /// Reads a finished snapshot of the organization; `named` are the accounts of a file.
    pub fn from_snapshot(snapshot: Snapshot, named: Option<&[String]>) -> Result<Self, Box<dyn Error>> {
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
            id: listing.organization.clone().unwrap_or_else(|| "accounts".to_owned()),
            partition: header.partition.clone(),
            caller: header.caller.as_ref().map(|caller| caller.arn.clone()),
            listed_by: match named {
                None => "organizations:ListAccounts".to_owned(),
                Some(accounts) => format!("a file with {} accounts, which may leave some out", accounts.len()),
            },
            list_is_complete: listing.is_whole,
            listed_at: Some(header.started.to_string()),
            ..About::default()
        };
        Ok(Self { listing, about, run, snapshot: Some(snapshot) })
    }
}

/// Collects the caller and the accounts once for each run, in the first process.
pub fn list_accounts(
    state: &RunState,
    shared: &Options,
    named: Option<&[String]>,
    console: &Console,
) -> Result<ListedAccounts, Box<dyn Error>> {
    let dir = state.listing();
    if let Some(remote) = &state.remote {
        remote.fetch_listing(&dir, named)?;
    }
    if !dir.exists() {
        let _step = console.step("asking AWS for the accounts");
        let sources =
            if named.is_some() { BTreeSet::new() } else { BTreeSet::from([Set::Organizations, Set::IdentityCenter]) };
        let options = Options { sources, extras: BTreeSet::new(), ..shared.clone() };
        let making = tempfile::Builder::new().prefix(".listing-").tempdir_in(&state.dir);
        let making = making.map_err(|error| files::at(&state.dir, &error, FREE_SPACE))?;
        collect::collect(making.path(), &options, &Silent)?;
        // Checked before it is renamed, so that the next run retries after a failure.
        let snapshot = Snapshot::open(making.path())?;
        let read = ListedAccounts::from_snapshot(snapshot, named)?;
        if read.about.partition.is_none() {
            let next = "the caller must be allowed to call sts:GetCallerIdentity";
            return Err(format!("AWS does not say who the caller is, so no role can be named\n  next: {next}").into());
        }
        if let Some(named) = named {
            write_again(&state.dir.join("accounts.json"), &serde_json::to_vec(named)?)?;
        }
        // Another process may have been faster; then its list is used.
        if std::fs::rename(making.path(), &dir).is_ok() {
            let _ = making.keep();
        }
    }
    if let Some(remote) = &state.remote {
        remote.publish_listing(&dir, named)?;
    }
    let found = ListedAccounts::from_snapshot(Snapshot::open(&dir)?, named)?;
    let active = found.listing.accounts.iter().filter(|account| account.is_active()).count();
    let all = found.listing.accounts.len();
    console.line(&format!("{all} accounts listed, {active} of them active"));
    Ok(found)
}
