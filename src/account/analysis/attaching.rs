//! What a principal gains by attaching a policy to itself where a condition limits which: an existing policy may lead to
//! an administrator without being one, and a policy that the principal makes may have the name that is admitted.

use super::own_change::{Gain, gain_as, readings};
use super::{Analysed, Analysis};
use crate::policy::escalation::{
    self, AccountContext, Certainty, Gives, Grade, Holder, Met, On, Path, Usable, attaching, known_paths, usable_for,
};
use crate::policy::grants::union_of;
use std::sync::Arc;

/// Admitted policies that are tried for one principal.
const TRIED: usize = 64;

/// Attaching a policy to oneself.
const ATTACH: [(&str, On); 3] = [
    ("iam:AttachUserPolicy", On::OwnUser),
    ("iam:AttachRolePolicy", On::OwnRole),
    ("iam:AttachGroupPolicy", On::OwnGroup),
];

impl Analysis {
    /// Settles the paths by which the holder attaches policies that a condition admits; adds those that end at an
    /// administrator although no administrator's policy is admitted.
    pub(super) fn settle_attaching(&self, one: &Analysed, around: &AccountContext<'_>, paths: &mut Vec<Path>) {
        if paths.iter().any(|path| path.is_open() && path.way.gives == Gives::Administrator) {
            return;
        }
        for what in ATTACH {
            if is_limited_by_policy(one, what.0)
                && let Some(by) = self.attachable(one, around, what, paths)
            {
                open(one, what, by, paths);
                return;
            }
        }
    }

    /// The statements by which the holder attaches a policy that makes it an administrator.
    fn attachable(
        &self,
        one: &Analysed,
        around: &AccountContext<'_>,
        what: (&'static str, On),
        before: &[Path],
    ) -> Option<Vec<Usable>> {
        let own = one.own_policies();
        let holder = one.holder(&own);
        let certain = |policy: &str| {
            let mut by = attaching(&holder, &*one.grants, around, what, policy);
            by.retain(|usable| usable.certainty > Certainty::Conditional);
            (!by.is_empty()).then_some(by)
        };
        let others = self.policies.iter().filter(|policy| !own.contains(&policy.arn));
        let admitted_policies =
            others.filter_map(|policy| Some((policy, policy.reading.as_ref()?, certain(&policy.arn)?)));
        for (policy, reading, by) in admitted_policies.take(TRIED) {
            let mut held = readings(one);
            held.push((Arc::from(format!("policy {}", super::name_of(&policy.arn))), Arc::clone(reading)));
            let grants = union_of(&held, one.cap.as_ref(), &one.requester(&one.tags, around));
            let mut policies = own.clone();
            policies.push(policy.arn.clone());
            let after = Holder { policies: &policies, ..one.holder(&own) };
            if gain_as(one, &after, &grants, around, before) == Gain::Administrator {
                return Some(by);
            }
        }
        let makes = usable_for(&holder, &*one.grants, around, "iam:CreatePolicy", On::Something);
        let made = |name: &str| makes.iter().any(|by| by.certainty > Certainty::Conditional && by.reach.matches(name));
        admitted(one, what.0).into_iter().filter(|name| made(name)).find_map(|name| certain(&name))
    }
}

/// Whether a condition says which policies may be attached; without one the path is open or not by itself.
fn is_limited_by_policy(one: &Analysed, action: &str) -> bool {
    let granted = escalation::Grants::allows(&*one.grants, action);
    let mut conditions = granted.iter().flat_map(|grant| grant.conditions);
    conditions.any(|condition| condition.key.eq_ignore_ascii_case("iam:PolicyARN"))
}

/// Names of policies that do not exist yet, and that conditions on the attached policy admit.
fn admitted(one: &Analysed, action: &str) -> Vec<String> {
    let granted = escalation::Grants::allows(&*one.grants, action);
    let conditions = granted.iter().flat_map(|grant| grant.conditions);
    let of_policy = conditions.filter(|condition| condition.key.eq_ignore_ascii_case("iam:PolicyARN"));
    let patterns = of_policy.flat_map(|condition| &condition.values).filter(|value| value.contains('*'));
    let own = |value: &&String| value.split(':').nth(4).is_some_and(|account| account != "aws");
    patterns.filter(own).map(|value| value.replace('*', "new").replace('?', "x")).collect()
}

/// Adds the path, or opens the one that is there.
fn open(one: &Analysed, (action, on): (&str, On), by: Vec<Usable>, paths: &mut Vec<Path>) {
    let is_it = |needs: &[escalation::Need]| needs.len() == 1 && needs[0].action == action && needs[0].on == on;
    let Some(way) = known_paths().iter().find(|way| way.gives == Gives::Administrator && is_it(&way.needs)) else {
        return;
    };
    paths.retain(|path| path.way.id != way.id);
    let certainty = by.iter().map(|usable| usable.certainty).max().unwrap_or(Certainty::WithMfa);
    paths.push(Path {
        way,
        grade: Grade::Unrestricted,
        certainty,
        needs: vec![Met { need: &way.needs[0], grade: Grade::Unrestricted, by }],
        administrator: Some(one.arn.clone()),
        lacks_trust: false,
        boundary: None,
    });
}
