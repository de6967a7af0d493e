//! Who would administer the account without its permissions boundary, without policies that deny, or by another version
//! of its policies.
//!
//! Somebody else who may make the change lets the principal administer, and then may become it.

use super::own_change::{Gain, gain, readings};
use super::removal::{SINGLY, denies};
use super::{Analysed, Analysis, Held, name_of};
use crate::policy::escalation::{AccountContext, Change, FREEING, OLD_VERSION, REMOVING};
use crate::policy::grants::{PolicyAnalysis, Requester, differs_by_requester, union_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Changes that are combined; of more, each alone and all together are evaluated.
const COMBINED: usize = 6;

/// One change of a principal's policies: what it takes off, and the version that it puts in the place of one.
struct Possible<'a> {
    change: Change,
    taken: Vec<&'a Held>,
    version: Option<&'a Arc<PolicyAnalysis>>,
}

impl Analysis {
    /// Notes who would be an administrator without its permissions boundary.
    pub(super) fn note_capped(&mut self) {
        let mut known: BTreeMap<Vec<usize>, bool> = BTreeMap::new();
        let (organization, as_of) = (self.context.organization.as_deref(), self.context.as_of);
        for one in self.all.iter_mut().filter(|one| one.boundary.is_some() && !one.grants.is_full_admin()) {
            let held = readings(one);
            let mut key: Vec<usize> = held.iter().map(|(_, reading)| Arc::as_ptr(reading) as usize).collect();
            key.sort_unstable();
            let requester =
                Requester { arn: &one.arn, tags: &one.tags, organization, mfa: one.mfa, as_of, ..Requester::default() };
            let administers = || union_of(&held, None, &requester).is_full_admin();
            // Conditions on the principal may tell apart those with the same policies.
            let conditions = held.iter().flat_map(|(_, reading)| &reading.document.statements);
            let alike = !conditions.flat_map(|statement| &statement.conditions).any(differs_by_requester);
            let freed = if alike { *known.entry(key).or_insert_with(administers) } else { administers() };
            one.capped = freed;
        }
    }

    /// Notes the same of those who would have an open path to an administrator, and of those whom denials or the
    /// versions of their policies keep from administering; tells whether it found any. Only what somebody may change
    /// counts.
    pub(super) fn note_freed(&mut self, becoming: &BTreeSet<usize>) -> bool {
        let may = |action: &str| {
            let others = self.all.iter().filter(|one| !one.grants.is_full_admin());
            others.into_iter().any(|one| one.grants.allows(action).is_some())
        };
        let frees = FREEING.iter().any(|action| may(action));
        let changes: Vec<&str> = REMOVING.iter().map(|(action, _)| *action).chain([OLD_VERSION]).collect();
        let changes: Vec<&str> = changes.into_iter().filter(|action| may(action)).collect();
        if !frees && changes.is_empty() {
            return false;
        }
        let targets = self.targets_with(becoming);
        let mut found = Vec::new();
        for (at, one) in self.all.iter().enumerate() {
            if one.kind == "group" || one.is_service_linked() || one.grants.is_full_admin() || becoming.contains(&at) {
                continue;
            }
            let around = self.around(one, &targets);
            let is_capped = || {
                let grants = union_of(&readings(one), None, &one.requester(&one.tags, &around));
                gain(one, &grants, &one.tags, &around, &one.paths) == Gain::Administrator
            };
            let capped = frees && !one.capped && one.boundary.is_some() && is_capped();
            let mut possible = self.possible(one);
            possible.retain(|one| changes.contains(&one.change.action));
            let changes = smallest(one, &possible, &around);
            if capped || changes != one.changes {
                found.push((at, capped, changes));
            }
        }
        for (at, capped, changes) in &mut found {
            self.all[*at].capped |= *capped;
            self.all[*at].changes = std::mem::take(changes);
        }
        !found.is_empty()
    }

    /// The changes that take a denying policy off the principal or put another version of a policy of it in force.
    fn possible<'a>(&'a self, one: &'a Analysed) -> Vec<Possible<'a>> {
        let user = one.kind == "user";
        let group_of = |held: &Held| {
            let name = held.through.as_ref()?;
            one.groups.iter().find(|arn| name_of(arn) == name)
        };
        let mut found: BTreeMap<Change, Vec<&Held>> = BTreeMap::new();
        for held in one.held.iter().filter(|held| denies(held)) {
            let action = match (held.through.is_some(), user, held.policy.is_some()) {
                (true, _, true) => "iam:DetachGroupPolicy",
                (true, _, false) => "iam:DeleteGroupPolicy",
                (false, true, true) => "iam:DetachUserPolicy",
                (false, true, false) => "iam:DeleteUserPolicy",
                (false, false, true) => "iam:DetachRolePolicy",
                (false, false, false) => "iam:DeleteRolePolicy",
            };
            let holder = if held.through.is_some() { group_of(held) } else { Some(&one.arn) };
            let Some(arn) = holder.cloned() else { continue };
            found.entry(Change { action, arn, policy: held.policy.clone() }).or_default().push(held);
            if let Some(arn) = group_of(held).cloned() {
                // Out of the group, the user has none of its policies.
                let of_group = one.held.iter().filter(|other| other.through == held.through).collect();
                found.insert(Change { action: "iam:RemoveUserFromGroup", arn, policy: None }, of_group);
            }
        }
        let removals = found.into_iter().map(|(change, taken)| Possible { change, taken, version: None });
        let mut possible: Vec<Possible<'_>> = removals.collect();
        for held in one.held.iter().filter(|held| held.policy.is_some()) {
            let policy = self.policies.iter().find(|policy| held.policy.as_ref() == Some(&policy.arn));
            for version in policy.iter().flat_map(|policy| policy.others.iter().flatten()) {
                let arn = held.policy.clone().unwrap_or_default();
                let change = Change { action: OLD_VERSION, arn, policy: None };
                possible.push(Possible { change, taken: vec![held], version: Some(version) });
            }
        }
        possible
    }
}

/// Whether the principal administers the account, or has an open path to do so, after the changes.
fn administers(one: &Analysed, around: &AccountContext<'_>, changes: &[&Possible<'_>], singly: Option<&Held>) -> bool {
    let is_taken = |held: &Held| {
        let by_change = changes.iter().flat_map(|change| &change.taken).any(|taken| std::ptr::eq(*taken, held));
        singly.map_or(by_change, |only| std::ptr::eq(only, held))
    };
    let left = one.held.iter().filter(|held| !is_taken(held));
    let left = left.filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?)));
    let versions = changes
        .iter()
        .filter_map(|change| Some((Arc::clone(&change.taken.first()?.label), Arc::clone(change.version?))));
    let after: Vec<(Arc<str>, Arc<PolicyAnalysis>)> = left.chain(versions).collect();
    let grants = union_of(&after, one.cap.as_ref(), &one.requester(&one.tags, around));
    gain(one, &grants, &one.tags, around, &one.paths) == Gain::Administrator
}

/// The smallest sets of changes after which the principal administers.
fn smallest(one: &Analysed, possible: &[Possible<'_>], around: &AccountContext<'_>) -> Vec<Vec<Change>> {
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    for set in sets(possible.len()) {
        if found.iter().any(|smaller| smaller.is_subset(&set)) {
            continue;
        }
        let changes: Vec<&Possible<'_>> = set.iter().map(|at| &possible[*at]).collect();
        // Each removal is a call of its own: a policy that also allows what is needed may stay.
        let singly = || {
            let [only] = changes[..] else { return false };
            only.taken.len() > 1
                && only.change.action != "iam:RemoveUserFromGroup"
                && only.taken.iter().take(SINGLY).any(|held| administers(one, around, &changes, Some(held)))
        };
        if administers(one, around, &changes, None) || singly() {
            found.push(set);
        }
    }
    found.iter().map(|set| set.iter().map(|at| possible[*at].change.clone()).collect()).collect()
}

/// Sets of so many things, small ones first: all of a few, of many each alone and all together.
fn sets(count: usize) -> Vec<BTreeSet<usize>> {
    if count > COMBINED {
        let mut sets: Vec<BTreeSet<usize>> = (0..count).map(|at| BTreeSet::from([at])).collect();
        sets.push((0..count).collect());
        return sets;
    }
    let of = |bits: usize| (0..count).filter(|at| bits >> at & 1 == 1).collect();
    let mut sets: Vec<BTreeSet<usize>> = (1..1 << count).map(of).collect();
    sets.sort_by_key(BTreeSet::len);
    sets
}
