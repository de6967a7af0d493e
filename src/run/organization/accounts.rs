//! The accounts of a run: listed by AWS Organizations or by a file, once for all processes of the run.

use super::entries::{run_id, write_again};
use super::run_state::RunState;
use crate::collect::{self, Options, Set, Silent};
use crate::files;
use crate::organization::About;
use crate::organization::listing::{self, Listed, Listing};
use crate::run::plan::Plan;
use crate::run::progress::Voice;
use crate::run::staging::FREE_SPACE;
use crate::snapshot::Snapshot;
use std::collections::BTreeSet;
use std::error::Error;

/// The accounts of a run, and what its first snapshot says about the caller.
pub struct ListedAccounts {
    pub listing: Listing,
    pub about: About,
    pub snapshot: Option<Snapshot>,
    /// The run's id, the same for all its processes and after it was taken up again.
    pub run: String,
}

impl ListedAccounts {
    pub fn caller_account(&self) -> Option<&str> {
        self.snapshot.as_ref()?.header.account.as_deref()
    }

    /// Whose accounts are the organization's own, where the list of them is complete.
    pub fn tell(&self, plan: &mut Plan) {
        let (true, Some(at)) = (self.about.list_is_complete, &self.about.listed_at) else { return };
        let accounts = self.listing.accounts.iter().map(|account| account.id.clone());
        let listed_in = format!("the list that {} gave to the run over all of them at {at}", self.about.listed_by);
        plan.know_the_organization(self.listing.organization.as_deref(), accounts, listed_in);
    }

    pub fn partition(&self) -> &str {
        self.about.partition.as_deref().unwrap_or("aws")
    }

    /// From a finished snapshot of the organization; `named` are the accounts of a file.
    pub fn read(snapshot: Snapshot, named: Option<&[String]>) -> Result<Self, Box<dyn Error>> {
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

/// Who calls, and which accounts there are: asked once a run, by whichever process comes first.
pub fn listed(
    state: &RunState,
    shared: &Options,
    named: Option<&[String]>,
    say: &Voice,
) -> Result<ListedAccounts, Box<dyn Error>> {
    let dir = state.listing();
    if let Some(remote) = &state.remote {
        remote.fetch_listing(&dir, named)?;
    }
    if !dir.exists() {
        let _step = say.step("asking AWS for the accounts");
        let sources =
            if named.is_some() { BTreeSet::new() } else { BTreeSet::from([Set::Organizations, Set::IdentityCenter]) };
        let options = Options { sources, extras: BTreeSet::new(), ..shared.clone() };
        let making = tempfile::Builder::new().prefix(".listing-").tempdir_in(&state.dir);
        let making = making.map_err(|error| files::at(&state.dir, &error, FREE_SPACE))?;
        collect::collect(making.path(), &options, &Silent)?;
        // Checked before it takes its place, so that a refusal is asked for again by the next run.
        let snapshot = Snapshot::open(making.path())?;
        let read = ListedAccounts::read(snapshot, named)?;
        if read.about.partition.is_none() {
            let next = "the caller must be allowed to call sts:GetCallerIdentity";
            return Err(format!("AWS does not say who the caller is, so no role can be named\n  next: {next}").into());
        }
        if let Some(named) = named {
            write_again(&state.dir.join("accounts.json"), &serde_json::to_vec(named)?)?;
        }
        // Another process may have been faster; then its list holds.
        if std::fs::rename(making.path(), &dir).is_ok() {
            let _ = making.keep();
        }
    }
    if let Some(remote) = &state.remote {
        remote.publish_listing(&dir, named)?;
    }
    let found = ListedAccounts::read(Snapshot::open(&dir)?, named)?;
    let active = found.listing.accounts.iter().filter(|account| account.is_active()).count();
    let all = found.listing.accounts.len();
    say.line(&format!("{all} accounts listed, {active} of them active"));
    Ok(found)
}
