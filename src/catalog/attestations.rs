//! `attestations/`: what people stated about controls that a person decides,
//! one TOML file a statement, with the files that they hand over beside them.
//!
//! Deliberately absent: any effect, and the clock. Whether an attestation is
//! in force is decided by the evidence's day, which this room does not know.

mod folder;
mod read;
#[cfg(test)]
mod tests;

use super::{Control, Problems};
use jiff::civil::Date;
use std::path::Path;

/// A statement of a person about one control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The organization's own reference, also the file's name without `.toml`.
    pub id: String,
    /// The control's id; a person decides about it.
    pub control: String,
    pub accounts: Accounts,
    /// What the statement is about: which people, systems and time, in the attester's words.
    pub scope: String,
    /// The statement itself, in the attester's words.
    pub statement: String,
    pub conclusion: Conclusion,
    /// Why it does not apply, or what is not met.
    pub reason: Option<String>,
    pub attested_by: Person,
    /// Somebody else, who reviewed it.
    pub reviewed_by: Option<Reviewed>,
    /// The day of the statement.
    pub date: Date,
    /// Last day on which it holds.
    pub valid_until: Date,
    /// Earlier attestations about the same control that it replaces.
    pub replaces: Vec<String>,
    pub ticket: Option<String>,
    /// The file of the statement itself, then those that were handed over, in the order of the statement.
    pub files: Vec<Attested>,
}

impl Attestation {
    /// First day on which it holds: that of the review, where it was reviewed.
    pub fn from(&self) -> Date {
        self.reviewed_by.as_ref().map_or(self.date, |reviewed| reviewed.date.max(self.date))
    }

    /// Last day on which it holds for a control that lets it hold for so many days.
    pub fn until(&self, valid_days: i32) -> Date {
        self.date
            .checked_add(jiff::Span::new().days(valid_days))
            .map_or(self.valid_until, |last| last.min(self.valid_until))
    }

    /// Whether it speaks of an account.
    pub fn covers(&self, account: &str) -> bool {
        match &self.accounts {
            Accounts::Organization => true,
            Accounts::Named(accounts) => accounts.iter().any(|one| one == account),
        }
    }
}

/// Accounts that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// Every account of the organization.
    Organization,
    Named(Vec<String>),
}

/// In the order in which they outweigh each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    NotMet,
    Met,
    NotApplicable,
}

impl Conclusion {
    pub const ALL: [Self; 3] = [Self::NotMet, Self::Met, Self::NotApplicable];

    /// As the file writes it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotMet => "not met",
            Self::Met => "met",
            Self::NotApplicable => "not applicable",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub role: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    pub by: Person,
    pub date: Date,
}

/// A file behind a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Its name in the folder; no path.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// A file of the folder as it was given; a pack keeps it.
#[derive(Debug)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Reads a folder of attestations about the given controls: the statements in order of their ids, and the files that
/// belong to them in order of their names. All mistakes are reported at once.
pub fn attestations(folder: &Path, controls: &[Control]) -> Result<(Vec<Attestation>, Vec<File>), Problems> {
    let mut problems = Vec::new();
    let files = folder::files(folder, &mut problems);
    let read = read::read_statements(&folder.to_string_lossy(), files, controls, &mut problems);
    if problems.is_empty() {
        return Ok(read);
    }
    problems.sort();
    Err(Problems(problems))
}
