//! An organization of accounts as data: every account with its state, control × account, what reaches whom.
//!
//! Deliberately absent: files, the network, markup. An account without evidence counts as unknown in
//! every control; nothing that was not looked at can become a pass.

pub mod access;
pub mod assessed;
mod gaps;
pub mod inheritance;
pub mod listing;
pub mod people;
mod roll_up;

use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

pub use assessed::Assessed;
pub use roll_up::{About, roll_up};

/// Format of `organization.json`.
pub const FORMAT: &str = "auditpack.organization/v1";

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The role could not be assumed.
    Refused,
    /// The collection could not go through.
    Unreachable,
    /// The time allowed for the account ran out.
    OutOfTime,
    /// No result of this account was written: its part of the run has not ended, or never ran.
    Missing,
    /// Its pack is not what was sealed.
    Altered,
    /// A pack was made; evidence is missing in it.
    Incomplete,
    /// A pack was made, nothing is missing.
    Complete,
    /// Suspended, closed or on its way in or out; nobody can look into it.
    NotActive,
}

impl State {
    /// Whether a pack of it is rolled up.
    pub const fn has_pack(self) -> bool {
        matches!(self, Self::Incomplete | Self::Complete)
    }

    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refused => "role refused",
            Self::Unreachable => "not reached",
            Self::OutOfTime => "out of time",
            Self::Missing => "no result",
            Self::Altered => "pack altered",
            Self::Incomplete => "evidence incomplete",
            Self::Complete => "evidence complete",
            Self::NotActive => "not active",
        }
    }
}

/// What became of an account: a line of the run's own book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub account: String,
    pub state: State,
    /// AWS's error code, or ours.
    pub code: Option<String>,
    /// Why there is no pack, in one line.
    pub reason: Option<String>,
    /// AWS's id of the request that failed.
    pub request_id: Option<String>,
    /// When this was found, RFC 3339.
    pub at: String,
    /// The pack's folder.
    pub pack: Option<String>,
    pub pack_id: Option<String>,
    /// SHA-256 of the pack's manifest.
    pub manifest_sha256: Option<String>,
}

/// How many of each verdict, in the order of [`Verdict::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub fail: usize,
    pub unknown: usize,
    pub excepted: usize,
    pub manual: usize,
    pub attested: usize,
    pub pass: usize,
    pub not_applicable: usize,
}

impl Counts {
    pub fn add(&mut self, mark: Verdict) {
        *self.of(mark) += 1;
    }

    fn of(&mut self, mark: Verdict) -> &mut usize {
        match mark {
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Excepted => &mut self.excepted,
            Verdict::Manual => &mut self.manual,
            Verdict::Attested => &mut self.attested,
            Verdict::Pass => &mut self.pass,
            Verdict::NotApplicable => &mut self.not_applicable,
        }
    }

    /// The verdict of all of them together: the first that any has, and a pass only where nothing is open.
    pub fn together(self) -> Verdict {
        let present =
            [self.fail, self.unknown, self.excepted, self.manual, self.attested, self.pass, self.not_applicable];
        // Nobody to be tested at all is no pass either.
        present.iter().position(|count| *count > 0).map_or(Verdict::Unknown, |place| Verdict::ALL[place])
    }
}

/// `organization.json`.
#[derive(Debug, Serialize)]
pub struct Organization {
    /// [`FORMAT`].
    pub format: &'static str,
    /// AWS's id of the organization, or its replacement where a file listed the accounts.
    pub id: String,
    /// The name on the cover.
    pub name: Option<String>,
    pub period: Option<String>,
    pub management_account: Option<String>,
    pub partition: Option<String>,
    pub caller: Option<String>,
    /// Where the list of accounts is from, in words.
    pub listed_by: String,
    /// Whether that list holds every account.
    pub list_is_complete: bool,
    /// When the accounts were listed, RFC 3339; none where the packs alone say which there are.
    pub listed_at: Option<String>,
    /// First and last day of the accounts' evidence.
    pub as_of: Option<(String, String)>,
    pub totals: Totals,
    /// Worst first.
    pub controls: Vec<Control>,
    /// Worst first; those without a pack lead.
    pub accounts: Vec<Account>,
    /// The root and the units, each before those below it.
    pub units: Vec<listing::Unit>,
    /// Types of policies that are looked at; none where nothing about them was asked.
    pub policy_types: Vec<inheritance::Kind>,
    pub policies: Vec<inheritance::Policy>,
    /// Who reaches which account with what.
    pub identity_center: access::Center,
    /// What was asked about all of this, by operation.
    pub asked: Vec<listing::Asked>,
    /// What the list of accounts, the policies or the assignments lack, in words.
    pub gaps: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub struct Totals {
    pub accounts: usize,
    pub with_pack: usize,
    pub without_pack: usize,
    pub not_active: usize,
    /// State → accounts, in the order of the states.
    pub states: Vec<(State, usize)>,
    /// Verdicts of every control in every active account.
    pub verdicts: Counts,
}

/// One control over all active accounts.
#[derive(Debug, Serialize)]
pub struct Control {
    pub id: String,
    pub title: String,
    pub severity: String,
    /// Over all active accounts.
    pub verdict: Verdict,
    pub accounts: Counts,
    /// Subjects that fail, in all accounts together.
    pub failed_subjects: u64,
}

/// One account.
#[derive(Debug, Serialize)]
pub struct Account {
    pub id: String,
    pub name: Option<String>,
    /// As AWS lists it: `ACTIVE`, `SUSPENDED` …
    pub listed_state: Option<String>,
    /// Units from the root to the account.
    pub path: Vec<String>,
    pub state: State,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
    pub at: Option<String>,
    pub pack: Option<String>,
    pub pack_id: Option<String>,
    pub manifest_sha256: Option<String>,
    /// Start of its collection.
    pub as_of: Option<String>,
    pub gaps: usize,
    pub verdicts: Counts,
    /// Failed controls: critical, high, medium, low.
    pub failed_by_severity: [usize; 4],
    /// One a control, in the order of [`Organization::controls`]; none where the account is not active.
    pub marks: Vec<Verdict>,
    /// The unit that holds it, by its place in [`Organization::units`].
    pub unit: Option<usize>,
    /// Why the unit is not known, where it is not.
    pub unplaced: Option<String>,
    /// What reaches it, for each of [`Organization::policy_types`].
    pub inherited: Vec<inheritance::Inherited>,
}

#[cfg(test)]
mod tests;
