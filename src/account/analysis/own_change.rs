//! What a principal gains by taking off or widening its permissions boundary.
//!
//! The permissions are evaluated again as they would be after the change. Where the principal is an
//! administrator then, or has an open path to one or to a principal that can become one, the path counts as
//! one to an administrator.

use super::Analysed;
use crate::policy::escalation::{self, Certainty, Gives, Holder, Path, Surroundings};
use crate::policy::grants::{Grants, Reading, union_of};
use std::sync::Arc;

/// What a principal has after a change of itself that it had not before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gain {
    Nothing,
    Something,
    Administrator,
}

/// Compares what is open after the change with the paths that were open before.
///
/// An administrator among the targets of `around` is an administrator, or a principal that can become one.
pub(super) fn gain(
    one: &Analysed,
    grants: &Grants,
    tags: &[String],
    around: &Surroundings<'_>,
    before: &[Path],
) -> Gain {
    if grants.is_full_admin() {
        return Gain::Administrator;
    }
    let policies = one.own_policies();
    let holder = Holder { tags, ..one.holder(&policies) };
    let open = escalation::paths_among(&holder, grants, around);
    let ends = |path: &Path| path.way.gives == Gives::Administrator || path.administrator.is_some();
    let mut gain = Gain::Nothing;
    for path in open.iter().filter(|path| path.is_open()) {
        let known = before.iter().find(|other| other.way.id == path.way.id && other.is_open());
        match known {
            None if !ends(path) => gain = gain.max(Gain::Something),
            Some(known) if !ends(path) || ends(known) => {}
            _ => gain = Gain::Administrator,
        }
    }
    let certain = |found: Option<(Certainty, String)>| found.is_some_and(|(how, _)| how > Certainty::Conditional);
    let assumes = certain(escalation::assumes_administrator(&holder, grants, around));
    if assumes && !certain(escalation::assumes_administrator(&one.holder(&policies), &*one.grants, around)) {
        gain = Gain::Administrator;
    }
    gain
}

/// The policies of a principal, labelled.
pub(super) fn readings(one: &Analysed) -> Vec<(Arc<str>, Arc<Reading>)> {
    let all = one.held.iter().filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?)));
    let mut all: Vec<_> = all.collect();
    all.dedup_by(|one, other| Arc::ptr_eq(&one.0, &other.0));
    all
}

/// Settles the paths by which the holder takes off or widens its own permissions boundary.
pub(super) fn settle(one: &Analysed, around: &Surroundings<'_>, paths: &mut [Path]) {
    let changes = |path: &Path| path.way.own_boundary && path.is_open();
    if !paths.iter().any(changes) {
        return;
    }
    let requester = one.requester(&one.tags, around);
    let grants = union_of(&readings(one), None, &requester);
    if gain(one, &grants, &one.tags, around, paths) == Gain::Administrator {
        paths.iter_mut().filter(|path| changes(path)).for_each(|path| path.administrator = Some(one.arn.clone()));
    }
}
