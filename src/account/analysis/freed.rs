//! Who would administer the account without its permissions boundary, or without policies that deny.
//!
//! Somebody else who may take these off frees the principal, and then may become it.

use super::own_change::{Gain, gain, readings};
use super::removal::{SINGLY, denies};
use super::{Analysed, Analysis, Held, name_of};
use crate::policy::escalation::{AccountContext, FREEING, REMOVING, Removals};
use crate::policy::grants::{PolicyAnalysis, Requester, differs_by_requester, union_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Kinds of removals that are combined; of more, each alone and all together are evaluated.
const COMBINED: usize = 4;

/// One kind of removal, and the policies that it takes off.
struct Removal<'a> {
    action: &'static str,
    arn: &'a str,
    taken: Vec<&'a Held>,
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

    /// Notes the same of those who would have an open path to an administrator, and of those whom denials keep from
    /// administering; tells whether it found any. Only what somebody may take off counts.
    pub(super) fn note_freed(&mut self, becoming: &BTreeSet<usize>) -> bool {
        let may = |actions: &[&str]| {
            let others = self.all.iter().filter(|one| !one.grants.is_full_admin());
            others.into_iter().any(|one| actions.iter().any(|action| one.grants.allows(action).is_some()))
        };
        let (frees, removes) = (may(&FREEING), may(&REMOVING));
        if !frees && !removes {
            return false;
        }
        let targets = self.targets_with(becoming);
        let mut found = Vec::new();
        for (at, one) in self.all.iter().enumerate() {
            if one.kind == "group" || one.is_service_linked() || one.grants.is_full_admin() || becoming.contains(&at) {
                continue;
            }
            let around = self.around(one, &targets);
            let capped = frees && !one.capped && one.boundary.is_some() && administers(one, &|_| true, false, &around);
            let removals = if removes { removals(one, &around) } else { Vec::new() };
            if capped || removals != one.removals {
                found.push((at, capped, removals));
            }
        }
        for (at, capped, removals) in &mut found {
            self.all[*at].capped |= *capped;
            self.all[*at].removals = std::mem::take(removals);
        }
        !found.is_empty()
    }
}

/// Whether the principal administers the account, or has an open path to do so, with these of its policies.
fn administers(
    one: &Analysed,
    keeps: &dyn Fn(&Held) -> bool,
    under_boundary: bool,
    around: &AccountContext<'_>,
) -> bool {
    let left = one.held.iter().filter(|held| keeps(held));
    let left: Vec<(Arc<str>, Arc<PolicyAnalysis>)> =
        left.filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?))).collect();
    let cap = one.cap.as_ref().filter(|_| under_boundary);
    let grants = union_of(&left, cap, &one.requester(&one.tags, around));
    gain(one, &grants, &one.tags, around, &one.paths) == Gain::Administrator
}

/// The smallest sets of removals after which the principal administers.
fn removals(one: &Analysed, around: &AccountContext<'_>) -> Vec<Removals> {
    let kinds = kinds(one);
    let without =
        |taken: &[&Held]| administers(one, &|held| !taken.iter().any(|taken| std::ptr::eq(*taken, held)), true, around);
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    for set in sets(kinds.len()) {
        if found.iter().any(|smaller| smaller.is_subset(&set)) {
            continue;
        }
        let all: Vec<&Held> = set.iter().flat_map(|at| &kinds[*at].taken).copied().collect();
        // Each removal is a call of its own: a policy that also allows what is needed may stay.
        let singly = || set.len() == 1 && all.len() > 1 && all.iter().take(SINGLY).any(|only| without(&[only]));
        if without(&all) || singly() {
            found.push(set);
        }
    }
    let named = |at: &usize| (kinds[*at].action, kinds[*at].arn.to_owned());
    found.iter().map(|set| set.iter().map(named).collect()).collect()
}

/// The ways to take a denying policy off the principal.
fn kinds(one: &Analysed) -> Vec<Removal<'_>> {
    let user = one.kind == "user";
    let mut found: BTreeMap<(&'static str, &str), Vec<&Held>> = BTreeMap::new();
    for held in one.held.iter().filter(|held| denies(held)) {
        let managed = held.policy.is_some();
        match &held.through {
            None => {
                let action = match (user, managed) {
                    (true, true) => "iam:DetachUserPolicy",
                    (true, false) => "iam:DeleteUserPolicy",
                    (false, true) => "iam:DetachRolePolicy",
                    (false, false) => "iam:DeleteRolePolicy",
                };
                found.entry((action, &one.arn)).or_default().push(held);
            }
            Some(name) => {
                let Some(group) = one.groups.iter().find(|arn| name_of(arn) == name) else { continue };
                found
                    .entry((if managed { "iam:DetachGroupPolicy" } else { "iam:DeleteGroupPolicy" }, group))
                    .or_default()
                    .push(held);
                // Out of the group, the user has none of its policies.
                let of_group = one.held.iter().filter(|held| held.through.as_ref() == Some(name)).collect();
                found.insert(("iam:RemoveUserFromGroup", group), of_group);
            }
        }
    }
    found.into_iter().map(|((action, arn), taken)| Removal { action, arn, taken }).collect()
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
