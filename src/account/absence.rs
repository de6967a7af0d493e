//! Somebody whom some sources name and another lacks: one sentence, which says who names them and why that can be.

use super::Times;
use super::fact::{
    AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Gap, GapKind, ROLE_LIST, USER_LIST, VIRTUAL_MFA_DEVICES,
};
use super::gaps::{gap, some_names};
use crate::arn::name_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who names somebody.
pub type NamedBy = BTreeSet<Evidence>;

/// Members of one kind whom one source lacks.
#[derive(Debug)]
pub struct Absent {
    lacking: Evidence,
    gaps: BTreeMap<NamedBy, Arc<Gap>>,
}

impl Absent {
    /// Of each member that `lacking` does not hold, its id and who names it. Those whom the same sources name share a
    /// gap. `kind` is `user`, `group` or `role`.
    pub fn new<'a>(
        kind: &str,
        lacking: Evidence,
        members: impl Iterator<Item = (&'a str, NamedBy)>,
        times: &Times,
    ) -> Self {
        let mut by_sources: BTreeMap<NamedBy, Vec<&str>> = BTreeMap::new();
        for (id, named_by) in members {
            by_sources.entry(named_by).or_default().push(name_of(id));
        }
        let gap_of = |(named_by, names): (NamedBy, Vec<&str>)| {
            let reason = sentence(kind, lacking, (&named_by, &names), times);
            (named_by, gap(lacking, GapKind::Absent, reason))
        };
        Self { lacking, gaps: by_sources.into_iter().map(gap_of).collect() }
    }

    /// The gap in the place of what the source would say of one whom these name.
    pub fn gap(&self, named_by: &NamedBy) -> Arc<Gap> {
        let unnamed = || gap(self.lacking, GapKind::Absent, format!("{} does not hold it", self.lacking));
        self.gaps.get(named_by).cloned().unwrap_or_else(unnamed)
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Gap>> {
        self.gaps.values()
    }
}

/// `user jo is named only by the credential report (generated …), not by the authorization details; it may have been
/// deleted since`.
fn sentence(kind: &str, lacking: Evidence, (named_by, names): (&NamedBy, &[&str]), times: &Times) -> String {
    let sources: Vec<String> = named_by.iter().map(|evidence| namer(kind, *evidence, times)).collect();
    let (who, they) = match names {
        [name] => (format!("{kind} {name} is"), "it"),
        names => (format!("{} {kind}s ({}) are", names.len(), some_names(names.iter().copied())), "they"),
    };
    let of_report = |evidence: &Evidence| *evidence == CREDENTIAL_REPORT;
    let why = if named_by.iter().all(of_report) {
        "may have been deleted since"
    } else if of_report(&lacking) {
        "may have been created since"
    } else {
        "may have been created or deleted while the evidence was collected, unless the answer is incomplete"
    };
    format!("{who} named only by {}, not by {}; {they} {why}", sources.join(" and "), title(lacking, times))
}

/// A source that names somebody. The authorization details name groups twice: in a list, and as the groups of users.
fn namer(kind: &str, evidence: Evidence, times: &Times) -> String {
    match evidence {
        AUTHORIZATION_DETAILS if kind == "group" => "the group lists of users".to_owned(),
        evidence => title(evidence, times),
    }
}

/// A source in a sentence.
fn title(evidence: Evidence, times: &Times) -> String {
    match evidence {
        CREDENTIAL_REPORT => format!("the credential report{}", times.report_words()),
        AUTHORIZATION_DETAILS => "the authorization details".to_owned(),
        USER_LIST => "the list of users".to_owned(),
        ROLE_LIST => "the list of roles".to_owned(),
        VIRTUAL_MFA_DEVICES => "the list of virtual MFA devices".to_owned(),
        other => other.about.map_or_else(|| other.to_string(), |policy| format!("the list of holders of {policy}")),
    }
}
