//! What a user gains by joining groups: the groups' policies apply to it, and it may write those of its own groups.

use super::own_change::{Gain, gain_as, readings};
use super::{Analysed, Analysis};
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind};
use crate::account::gaps::gap;
use crate::arn::name_of;
use crate::policy::escalation::{AccountContext, Certainty, Gives, Grade, Holder, On, Path, Usable, usable_for};
use crate::policy::grants::union_of;
use std::sync::Arc;

/// Groups that are tried one by one where joining all of them together gains nothing.
const SINGLY: usize = 64;

impl Analysis {
    /// Settles the paths by which a user joins groups that are no administrators themselves.
    ///
    /// Tells why what it gains is not decided, where it can join more groups than are tried.
    pub(super) fn settle_joining(
        &self,
        one: &Analysed,
        around: &AccountContext<'_>,
        paths: &mut [Path],
    ) -> Option<Arc<Gap>> {
        let joins = |path: &Path| path.way.gives == Gives::Group;
        let is_settled =
            paths.iter().any(|path| path.is_open() && !path.capped && path.way.gives == Gives::Administrator);
        let path = paths.iter().find(|path| joins(path)).filter(|_| one.kind == "user" && !is_settled)?;
        let certain = |usable: &&Usable| usable.certainty > Certainty::Conditional;
        let reach: Vec<&Usable> = path.needs.iter().flat_map(|met| &met.by).filter(certain).collect();
        let joined = |group: &&Analysed| {
            group.kind == "group"
                && !one.groups.contains(&group.arn)
                && reach.iter().any(|usable| usable.reach.matches(&group.arn))
        };
        let groups: Vec<&Analysed> = self.all.iter().filter(joined).collect();
        let gains = |some: &[&Analysed]| !some.is_empty() && by_joining(one, some, around, paths);
        let administers = gains(&groups)
            || groups.iter().take(SINGLY).any(|group| gains(&[group]))
            || makes_group(one, around, &reach);
        if administers {
            for path in paths.iter_mut().filter(|path| joins(path) && path.certainty > Certainty::Conditional) {
                path.grade = Grade::Unrestricted;
                path.administrator = Some(one.arn.clone());
            }
            return None;
        }
        (groups.len() > SINGLY).then(|| {
            let reason = format!(
                "{} can join {} groups; all of them together and {SINGLY} of them singly were evaluated",
                name_of(&one.arn),
                groups.len()
            );
            gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
        })
    }
}

/// Whether the user becomes an administrator as a member of these groups, too.
fn by_joining(one: &Analysed, groups: &[&Analysed], around: &AccountContext<'_>, before: &[Path]) -> bool {
    let mut held = readings(one);
    for group in groups {
        held.extend(readings(group));
    }
    let grants = union_of(&held, one.cap.as_ref(), &one.requester(&one.tags, around));
    let mut policies = one.own_policies();
    policies.extend(groups.iter().flat_map(|group| group.own_policies()));
    let mut all: Vec<String> = one.groups.clone();
    all.extend(groups.iter().map(|group| group.arn.clone()));
    let holder = Holder { groups: &all, ..one.holder(&policies) };
    gain_as(one, &holder, &grants, around, before) == Gain::Administrator
}

/// Whether the user can make a group, write its policies and join it.
fn makes_group(one: &Analysed, around: &AccountContext<'_>, joins: &[&Usable]) -> bool {
    let policies = one.own_policies();
    let holder = one.holder(&policies);
    let certain = |action| {
        let mut all = usable_for(&holder, &*one.grants, around, action, On::Something);
        all.retain(|usable| usable.certainty > Certainty::Conditional);
        all
    };
    let makes = certain("iam:CreateGroup");
    if makes.is_empty() {
        return false;
    }
    let mut writes = certain("iam:PutGroupPolicy");
    writes.extend(certain("iam:AttachGroupPolicy"));
    let joins: Vec<&Arc<_>> = joins.iter().map(|usable| &usable.reach).collect();
    let start = format!("{}group/", one.arn.split("user/").next().unwrap_or_default());
    let names = makes
        .iter()
        .flat_map(|usable| usable.reach.examples(&start))
        .chain(joins.iter().flat_map(|reach| reach.examples(&start)));
    let reached = |all: &[Usable], name: &str| all.iter().any(|usable| usable.reach.matches(name));
    names
        .into_iter()
        .any(|name| reached(&makes, &name) && reached(&writes, &name) && joins.iter().any(|reach| reach.matches(&name)))
}
