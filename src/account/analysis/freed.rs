//! Who would administer the account without its permissions boundary, without policies that deny, by another version of
//! its policies, in another group, or with a policy that a condition lets others attach.
//!
//! Somebody else who may make the change lets the principal administer, and then may become it.

use super::attaching::is_limited_by_policy;
use super::own_change::{Gain, gain, gain_as, readings};
use super::removal::{SINGLY, denies};
use super::{Analysed, Analysis, Held, name_of};
use crate::account::fact::{AUTHORIZATION_DETAILS, GapKind};
use crate::account::gaps::gap;
use crate::policy::escalation::{
    AccountContext, Change, FREEING, Grants as _, Holder, JOINING, OLD_VERSION, On, REMOVING, Targets, usable_for,
};
use crate::policy::grants::{
    AccessLevel, Grants, PolicyAnalysis, Requester, Unable, differs_by_requester, union_of, union_without_denials,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs of a principal and what somebody may give to it that are evaluated.
const GIVEN: usize = 4_096;

/// Attaching a policy to somebody.
const ATTACHING: [&str; 3] = ["iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:AttachGroupPolicy"];

/// Changes that are combined; of more, each alone and all together are evaluated.
const COMBINED: usize = 6;

/// One change of a principal's policies: what it takes off, and the version that it puts in the place of one.
struct Possible<'a> {
    change: Change,
    taken: Vec<&'a Held>,
    given: Vec<(Arc<str>, Arc<PolicyAnalysis>)>,
}

/// What somebody may give to others: groups that users can be added to, and policies that a condition lets be attached.
#[derive(Default)]
struct Gifts<'a> {
    groups: Vec<&'a Analysed>,
    /// By action, such as `iam:AttachUserPolicy`.
    policies: BTreeMap<&'static str, Vec<(&'a str, &'a Arc<PolicyAnalysis>)>>,
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
            let requester = Requester {
                arn: &one.arn,
                id: one.id.as_deref(),
                tags: &one.tags,
                organization,
                mfa: one.mfa,
                whole_tags: one.fixed_tags,
                as_of,
                unable: Unable::default(),
                role_tags: None,
            };
            let administers = || union_of(&held, None, &requester).is_full_admin();
            // Conditions on the principal may tell apart those with the same policies.
            let conditions = held.iter().flat_map(|(_, reading)| &reading.document.statements);
            let alike = !conditions.flat_map(|statement| &statement.conditions).any(differs_by_requester);
            let freed = if alike { *known.entry(key).or_insert_with(administers) } else { administers() };
            one.capped = freed;
        }
    }

    /// Notes the same of those who would have an open path to an administrator, and of those who would administer after a
    /// change of their policies that somebody may make; tells whether it found any.
    pub(super) fn note_freed(&mut self, becoming: &BTreeSet<usize>) -> bool {
        let may = |action: &str| self.others().any(|one| one.grants.allows(action).is_some());
        let frees = FREEING.iter().any(|action| may(action));
        let removals = REMOVING.iter().map(|(action, _)| *action);
        let changes: Vec<&str> = removals.chain([OLD_VERSION]).filter(|action| may(action)).collect();
        let targets = self.targets_with(becoming);
        let gifts = self.gifts(&targets);
        if !frees && changes.is_empty() && gifts.groups.is_empty() && gifts.policies.is_empty() {
            return false;
        }
        let mut found = Vec::new();
        let mut left = GIVEN;
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
            let given = given(one, &gifts);
            left = left.saturating_sub(given.len());
            if left > 0 {
                possible.extend(given);
            }
            let changes = smallest(one, &possible, &around);
            if capped || changes != one.changes {
                found.push((at, capped, changes));
            }
        }
        let is_whole = left > 0;
        for (at, capped, changes) in &mut found {
            self.all[*at].capped |= *capped;
            self.all[*at].changes = std::mem::take(changes);
        }
        if !is_whole {
            self.note_unfinished();
        }
        !found.is_empty()
    }

    /// Those who are no administrators.
    fn others(&self) -> impl Iterator<Item = &Analysed> {
        self.all.iter().filter(|one| !one.grants.is_full_admin())
    }

    fn gifts<'a>(&'a self, targets: &Targets<'_>) -> Gifts<'a> {
        let mut gifts = Gifts::default();
        for one in self.others().filter(|one| one.kind != "group" && one.grants.touches("iam")) {
            let own = one.own_policies();
            let (holder, around) = (one.holder(&own), self.around(one, targets));
            if one.grants.allows(JOINING).is_some() {
                let joins = usable_for(&holder, &*one.grants, &around, JOINING, On::Group);
                let reached = |group: &Analysed| joins.iter().any(|usable| usable.reach.matches(&group.arn));
                for group in self.all.iter().filter(|group| group.kind == "group" && leads(group) && reached(group)) {
                    if !gifts.groups.iter().any(|known| known.arn == group.arn) {
                        gifts.groups.push(group);
                    }
                }
            }
            for action in ATTACHING.into_iter().filter(|action| is_limited_by_policy(one, action)) {
                let own = gifts.policies.entry(action).or_default();
                for (arn, reading) in self.admitted_policies(one, action) {
                    if !own.iter().any(|(known, _)| *known == arn) {
                        own.push((arn, reading));
                    }
                }
            }
        }
        gifts
    }

    /// Some of the changes were not evaluated, so those who can make them are not decided.
    fn note_unfinished(&mut self) {
        for one in self.all.iter_mut().filter(|one| one.kind != "group" && !one.grants.is_full_admin()) {
            let gives = one.grants.allows(JOINING).is_some()
                || ATTACHING.into_iter().any(|action| is_limited_by_policy(one, action));
            if gives && one.undecided.is_none() {
                let reason = format!(
                    "{} can add users to groups or attach policies, and the account has more than {GIVEN} pairs of a \
                     principal and what it can be given; not all of them were evaluated",
                    name_of(&one.arn)
                );
                one.undecided = Some(gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason));
            }
        }
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
        let removals = found.into_iter().map(|(change, taken)| Possible { change, taken, given: Vec::new() });
        let mut possible: Vec<Possible<'_>> = removals.collect();
        for held in one.held.iter().filter(|held| held.policy.is_some()) {
            let policy = self.policies.iter().find(|policy| held.policy.as_ref() == Some(&policy.arn));
            for version in policy.iter().flat_map(|policy| policy.others.iter().flatten()) {
                let arn = held.policy.clone().unwrap_or_default();
                let change = Change { action: OLD_VERSION, arn, policy: None };
                let given = vec![(Arc::clone(&held.label), Arc::clone(version))];
                possible.push(Possible { change, taken: vec![held], given });
            }
        }
        possible
    }
}

/// Whether the group's policies allow anything but reading and writing data: changes of IAM, or steps to other principals.
fn leads(group: &Analysed) -> bool {
    group.held.iter().filter_map(|held| held.text.reading.as_ref()).any(|reading| {
        let grants = union_of(&[(Arc::from("policy"), Arc::clone(reading))], None, &Requester::default());
        grants.access_level() > AccessLevel::Read
    })
}

/// What somebody may give to this principal.
fn given<'a>(one: &Analysed, gifts: &Gifts<'_>) -> Vec<Possible<'a>> {
    let user = one.kind == "user";
    let mut found = Vec::new();
    for group in gifts.groups.iter().filter(|group| user && !one.groups.contains(&group.arn)) {
        let change = Change { action: JOINING, arn: group.arn.clone(), policy: None };
        found.push(Possible { change, taken: Vec::new(), given: readings(group) });
    }
    for (action, policies) in &gifts.policies {
        let holders: Vec<&String> = match *action {
            "iam:AttachUserPolicy" if user => vec![&one.arn],
            "iam:AttachRolePolicy" if !user => vec![&one.arn],
            "iam:AttachGroupPolicy" => one.groups.iter().collect(),
            _ => Vec::new(),
        };
        for arn in holders {
            for (policy, reading) in policies {
                let change = Change { action, arn: arn.clone(), policy: Some((*policy).to_owned()) };
                let label = Arc::from(format!("policy {}", name_of(policy)));
                found.push(Possible { change, taken: Vec::new(), given: vec![(label, Arc::clone(reading))] });
            }
        }
    }
    found
}

/// Whether the principal administers the account, or has an open path to do so, after the changes.
fn administers(one: &Analysed, around: &AccountContext<'_>, changes: &[&Possible<'_>], singly: Option<&Held>) -> bool {
    let is_taken = |held: &Held| {
        let by_change = changes.iter().flat_map(|change| &change.taken).any(|taken| std::ptr::eq(*taken, held));
        singly.map_or(by_change, |only| std::ptr::eq(only, held))
    };
    let after = with_given(one, changes, &|held| !is_taken(held));
    let grants = union_of(&after, one.cap.as_ref(), &one.requester(&one.tags, around));
    gains(one, around, changes, &grants)
}

/// Whether it could at most: everything is given to it, and no policy denies. Few principals get past this question.
fn could_administer(one: &Analysed, around: &AccountContext<'_>, possible: &[Possible<'_>]) -> bool {
    let all: Vec<&Possible<'_>> = possible.iter().collect();
    let after = with_given(one, &all, &|_| true);
    let grants = union_without_denials(&after, one.cap.as_ref(), &one.requester(&one.tags, around));
    gains(one, around, &all, &grants)
}

/// The policies that are kept, and those that the changes give.
fn with_given(
    one: &Analysed,
    changes: &[&Possible<'_>],
    keeps: &dyn Fn(&Held) -> bool,
) -> Vec<(Arc<str>, Arc<PolicyAnalysis>)> {
    let left = one.held.iter().filter(|held| keeps(held));
    let left = left.filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?)));
    left.chain(changes.iter().flat_map(|change| change.given.iter().cloned())).collect()
}

fn gains(one: &Analysed, around: &AccountContext<'_>, changes: &[&Possible<'_>], grants: &Grants) -> bool {
    let policies = one.own_policies();
    let mut groups = one.groups.clone();
    groups.extend(changes.iter().filter(|one| one.change.action == JOINING).map(|one| one.change.arn.clone()));
    let holder = Holder { groups: &groups, ..one.holder(&policies) };
    gain_as(one, &holder, grants, around, &one.paths) == Gain::Administrator
}

/// The smallest sets of changes after which the principal administers.
fn smallest(one: &Analysed, possible: &[Possible<'_>], around: &AccountContext<'_>) -> Vec<Vec<Change>> {
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    if possible.is_empty() || !could_administer(one, around, possible) {
        return Vec::new();
    }
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
