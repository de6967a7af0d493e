//! `exceptions.toml`: failures that somebody accepted, for a reason and until
//! a date.
//!
//! Deliberately absent: any effect. Whether an exception is in force is
//! decided by the evidence's time, which this room does not know.

mod pattern;
mod read;
#[cfg(test)]
mod tests;

use super::source::{Source, whole_file};
use super::{Control, Problems};
use crate::digest::sha256;
use jiff::civil::Date;
use std::path::Path;

/// One accepted failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The organization's own reference, unique in the file: letters, digits, `.`, `-`, `_`.
    pub id: String,
    /// The control's id; it exists in the catalogue.
    pub control: String,
    /// Ids of subjects, letter for letter.
    pub subjects: Vec<String>,
    /// Patterns on ids: `*` is any text, `?` any one character.
    pub subjects_like: Vec<String>,
    pub reason: String,
    /// Who answers for the failure.
    pub owner: String,
    /// Who accepted it; never the owner.
    pub approver: String,
    /// First day on which it holds.
    pub approved: Date,
    /// Last day on which it holds, at most [`super::LONGEST`] days later.
    pub expires: Date,
    /// What is done instead of the control.
    pub compensating_control: Option<String>,
    pub ticket: Option<String>,
}

impl Exception {
    /// Whether it names a subject.
    pub fn names(&self, subject: &str) -> bool {
        self.subjects.iter().any(|id| id == subject)
            || self.subjects_like.iter().any(|pattern| pattern::matches(pattern, subject))
    }

    /// What it names that is none of the given subjects.
    pub fn unmatched<'a>(&'a self, subjects: &[&str]) -> Vec<&'a str> {
        let ids = self.subjects.iter().filter(|id| !subjects.contains(&id.as_str()));
        let patterns = self.subjects_like.iter();
        let patterns = patterns.filter(|pattern| !subjects.iter().any(|id| pattern::matches(pattern, id)));
        ids.chain(patterns).map(String::as_str).collect()
    }
}

/// A file of exceptions as it was given.
#[derive(Debug)]
pub struct Given {
    /// In order of their ids.
    pub exceptions: Vec<Exception>,
    /// The file's own bytes, which a pack keeps.
    pub bytes: Vec<u8>,
    pub sha256: String,
}

/// Reads a file of exceptions from the given controls; all mistakes are reported at once.
pub fn exceptions(file: &Path, controls: &[Control]) -> Result<Given, Problems> {
    let name = file.to_string_lossy();
    let told = |message: String, next: &str| Problems(vec![whole_file(&name, message, next)]);
    let bytes = crate::files::read_written(file)
        .map_err(|error| told(format!("cannot be read: {error}"), "name an existing file with --exceptions"))?;
    let source = Source::from_bytes(&name, &bytes).map_err(|problem| Problems(vec![problem]))?;
    let ids: Vec<&str> = controls.iter().map(|control| control.id.as_str()).collect();
    let exceptions = read::read_exceptions(&source, &ids)?;
    let sha256 = sha256(&bytes);
    Ok(Given { exceptions, bytes, sha256 })
}
