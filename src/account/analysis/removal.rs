//! Denials that their holder can remove: they do not protect.
//!
//! A path that takes a denying policy off its holder counts in full where the
//! holder is an administrator, or has an open path, without that policy.

use super::own_change::{Gain, gain};
use super::{Analysed, Held, name_of};
use crate::policy::document::Effect;
use crate::policy::escalation::{AccountContext, Certainty, Grade, Met, Path, Usable, with_policy};
use crate::policy::grants::{PolicyAnalysis, union_of};
use std::sync::Arc;

/// Which of the holder's policies a path takes off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TakesOff {
    OwnAttached,
    OwnInline,
    Group,
    GroupAttached,
    GroupInline,
}

/// Policies that are taken off one by one, besides all together.
pub(super) const SINGLY: usize = 32;

const PATHS: [(&str, TakesOff); 7] = [
    ("iam-025", TakesOff::OwnAttached),
    ("iam-026", TakesOff::OwnInline),
    ("local-023", TakesOff::OwnAttached),
    ("local-024", TakesOff::OwnInline),
    ("local-025", TakesOff::Group),
    ("local-026", TakesOff::GroupAttached),
    ("local-027", TakesOff::GroupInline),
];

pub(super) fn takes_off(path: &Path) -> Option<TakesOff> {
    PATHS.iter().find(|(id, _)| *id == path.way.id).map(|(_, what)| *what)
}

impl TakesOff {
    fn concerns(self, held: &Held, one: &Analysed, path: &Path) -> bool {
        let managed = held.policy.is_some();
        let of_group = || {
            let Some(name) = &held.through else { return false };
            let group = one.groups.iter().find(|arn| name_of(arn) == name);
            let reaches =
                |arn: &String| path.needs.iter().all(|met| met.by.iter().any(|usable| usable.reach.matches(arn)));
            group.is_some_and(reaches)
        };
        match self {
            Self::OwnAttached => held.through.is_none() && managed,
            Self::OwnInline => held.through.is_none() && !managed,
            Self::Group => of_group(),
            Self::GroupAttached => managed && of_group(),
            Self::GroupInline => !managed && of_group(),
        }
    }
}

pub(super) fn denies(held: &Held) -> bool {
    let statements = held.text.reading.iter().flat_map(|reading| &reading.document.statements);
    statements.into_iter().any(|statement| statement.effect == Effect::Deny)
}

/// The statements by which the path detaches this policy for certain, where a condition names the policy.
fn detaching(one: &Analysed, around: &AccountContext<'_>, path: &Path, held: &Held) -> Vec<Usable> {
    let need = &path.way.needs[0];
    let Some(policy) = held.policy.as_deref().filter(|_| need.action.starts_with("iam:Detach")) else {
        return Vec::new();
    };
    let own = one.own_policies();
    let mut by = with_policy(&one.holder(&own), &*one.grants, around, (&need.action, need.on), policy);
    by.retain(|usable| usable.certainty > Certainty::Conditional);
    by
}

/// Opens the paths that a condition on the detached policy limits, where the policy that denies meets it.
fn open_by_policy(one: &Analysed, around: &AccountContext<'_>, paths: &mut [Path]) {
    for path in paths.iter_mut().filter(|path| takes_off(path).is_some() && path.certainty == Certainty::Conditional) {
        let Some(what) = takes_off(path) else { continue };
        let concerned = one.held.iter().filter(|held| denies(held) && what.concerns(held, one, path));
        let by: Vec<Usable> = concerned.flat_map(|held| detaching(one, around, path, held)).collect();
        let Some(certainty) = by.iter().map(|usable| usable.certainty).max() else { continue };
        path.certainty = certainty;
        path.needs = vec![Met { need: &path.way.needs[0], grade: Grade::Unrestricted, by }];
    }
}

/// Settles the paths that take a denying policy off.
pub(super) fn settle(one: &Analysed, around: &AccountContext<'_>, paths: &mut Vec<Path>) {
    if !paths.iter().any(|path| takes_off(path).is_some()) {
        return;
    }
    open_by_policy(one, around, paths);
    let removes =
        |path: &Path, held: &Held| takes_off(path).is_some_and(|what| denies(held) && what.concerns(held, one, path));
    // Without a denying policy there is none to remove; what was not read may be one.
    let read = one.gap.is_none();
    paths.retain(|path| takes_off(path).is_none() || !read || one.held.iter().any(|held| removes(path, held)));
    let certain = |path: &&Path| takes_off(path).is_some() && path.certainty > Certainty::Conditional;
    // A condition may name the policies that can be detached.
    let takes = |path: &Path, held: &Held| {
        let any_policy = !path.way.needs[0].action.starts_with("iam:Detach") || held.policy.is_none();
        removes(path, held) && (any_policy || !detaching(one, around, path, held).is_empty())
    };
    let removed = |held: &Held| paths.iter().filter(certain).any(|path| takes(path, held));
    if !one.held.iter().any(removed) {
        return;
    }
    let requester = one.requester(&one.tags, around);
    let without = |taken: &dyn Fn(&Held) -> bool| {
        let left = one.held.iter().filter(|held| !taken(held));
        let left = left.filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?)));
        let left: Vec<(Arc<str>, Arc<PolicyAnalysis>)> = left.collect();
        gain(one, &union_of(&left, one.cap.as_ref(), &requester), &one.tags, around, paths)
    };
    // Each removal is a call of its own: a policy that also allows what is needed may stay.
    let singly = one.held.iter().filter(|held| removed(held)).take(SINGLY);
    let singly = singly.map(|only| without(&|held| std::ptr::eq(held, only)));
    let gain = singly.fold(without(&removed), Gain::max);
    if gain == Gain::Nothing {
        return;
    }
    for path in paths.iter_mut().filter(|path| certain(&&**path)) {
        path.grade = Grade::Unrestricted;
        path.administrator = (gain == Gain::Administrator).then(|| one.arn.clone());
    }
}
