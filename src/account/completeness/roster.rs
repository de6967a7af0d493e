//! One kind of principal as its sources show it.

use super::{Gaps, empty, short};
use crate::account::fact::{AUTHORIZATION_DETAILS, Evidence};
use crate::account::sources::Source;
use crate::arn::name_of;
use std::collections::BTreeSet;

/// A list of its own: ListUsers, ListRoles.
pub struct Listed<'a> {
    pub evidence: Evidence,
    pub arns: BTreeSet<&'a str>,
    pub whole: bool,
}

impl<'a> Listed<'a> {
    pub fn of<T>(evidence: Evidence, source: &'a Source<Vec<T>>, arn: impl Fn(&'a T) -> &'a str) -> Self {
        Self { evidence, arns: source.data.iter().map(arn).collect(), whole: source.gap.is_none() }
    }
}

/// Users, groups or roles.
pub struct Roster<'a> {
    /// `IAM users`.
    pub plural: &'static str,
    /// ARNs in the authorization details.
    pub detailed: BTreeSet<&'a str>,
    /// The authorization details arrived as a whole.
    pub whole: bool,
    /// Somebody else made the calls, and how is not known.
    pub supplied: bool,
    pub listed: Option<Listed<'a>>,
    /// By the account summary.
    pub counted: Option<u64>,
}

impl<'a> Roster<'a> {
    /// The account summary counts no more, or a second list shows the same members. Two supplied lists may both have
    /// been filtered, so that a name in another answer still counts against them.
    pub fn is_proven(&self) -> bool {
        let same = |listed: &Listed<'_>| !self.supplied && listed.whole && listed.arns == self.detailed;
        self.whole && (self.counts_no_more() || self.listed.as_ref().is_some_and(same))
    }

    /// Service-linked roles need not be counted.
    fn counts_no_more(&self) -> bool {
        self.counted.is_some_and(|counted| counted <= self.detailed.len() as u64)
    }

    /// Supplied as an empty list, and neither the count nor a second list says that there is nothing.
    fn may_be_filtered(&self) -> bool {
        let none = |listed: &Listed<'_>| listed.whole && listed.arns.is_empty();
        let both = self.whole && self.listed.as_ref().is_some_and(none);
        let is_empty = self.detailed.is_empty() && self.only_listed().is_empty();
        let counted = self.counted == Some(0);
        self.supplied && is_empty && !counted && !both
    }

    /// The list that decides: the authorization details, or without them the list of its own.
    fn source(&self) -> Evidence {
        match &self.listed {
            Some(listed) if !self.whole => listed.evidence,
            _ => AUTHORIZATION_DETAILS,
        }
    }

    /// Members that their own list names and the authorization details lack.
    pub fn only_listed(&self) -> Vec<&'a str> {
        let listed = self.listed.iter().flat_map(|listed| listed.arns.iter().copied());
        listed.filter(|arn| !self.detailed.contains(arn)).collect()
    }

    /// Names of the members that any of the lists has; names are unique in an account.
    pub fn names(&self) -> BTreeSet<&'a str> {
        self.detailed.iter().copied().chain(self.only_listed()).map(name_of).collect()
    }

    /// What shows that there are members whom no list names.
    /// `unnamed`: no other answer names one.
    pub fn gaps(&self, unnamed: bool) -> Gaps {
        if !self.whole && !self.listed.as_ref().is_some_and(|listed| listed.whole) {
            return Vec::new();
        }
        let known = (self.detailed.len() + self.only_listed().len()) as u64;
        match self.counted {
            Some(counted) if counted > known => vec![short(counted, known, self.plural)],
            _ if unnamed && self.may_be_filtered() => vec![empty(self.source(), self.plural)],
            _ => Vec::new(),
        }
    }
}
