//! Denials that their holder can remove: they do not protect.
//!
//! A path that takes a denying policy off its holder counts in full where the
//! holder is an administrator, or has an open path, without that policy.

use super::own_change::{Gain, gain};
use super::{Analysed, Held, name_of};
use crate::policy::document::Effect;
use crate::policy::escalation::{AccountContext, Certainty, Grade, Path};
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

/// Settles the paths that take a denying policy off.
pub(super) fn settle(one: &Analysed, around: &AccountContext<'_>, paths: &mut Vec<Path>) {
    if !paths.iter().any(|path| takes_off(path).is_some()) {
        return;
    }
    let removes =
        |path: &Path, held: &Held| takes_off(path).is_some_and(|what| denies(held) && what.concerns(held, one, path));
    // Without a denying policy there is none to remove; what was not read may be one.
    let read = one.gap.is_none();
    paths.retain(|path| takes_off(path).is_none() || !read || one.held.iter().any(|held| removes(path, held)));
    let certain = |path: &&Path| takes_off(path).is_some() && path.certainty > Certainty::Conditional;
    let removed = |held: &Held| paths.iter().filter(certain).any(|path| removes(path, held));
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
