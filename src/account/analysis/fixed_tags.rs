//! Whose own tags stay as they are, so that conditions on them are decided.
//!
//! A user's requests carry its tags, and a role session carries the role's tags and the session tags that its caller
//! sets. They are known where the evidence holds them all, no caller sets session tags, and nobody who is no
//! administrator can change the tags or, of a role, who sets them.

use super::own_change::readings;
use super::{Analysed, Analysis};
use crate::policy::actions::table;
use crate::policy::document::{Effect, Resources, Version};
use crate::policy::escalation::{
    AccountContext, FREEING, Grants as _, Holder, OLD_VERSION, On, REMOVING, Reach, Targets,
};
use crate::policy::grants::{Granted, Grants, PolicyAnalysis, Requester, union_of};
use crate::policy::session_tags::is_of_tagging;
use std::sync::Arc;

const OF_USERS: &[&str] = &["iam:TagUser", "iam:UntagUser"];
/// With another trust policy callers may set session tags.
const OF_ROLES: &[&str] = &["iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy"];

/// Actions with which somebody gets the permissions of a policy that nobody has yet.
const GIVING: &[&str] = &["iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", OLD_VERSION];

/// Statements that are compared with each principal; with more, no tags are certain.
const COMPARED: usize = 256;
/// Rounds until nobody else's tags become uncertain; with more, no tags are certain.
const ROUNDS: usize = 8;

impl Analysis {
    /// Notes whose tags stay as they are, and works out again what these may do.
    ///
    /// That nobody changes the tags of some may rest on that nobody changes those of others, so all are assumed to stay
    /// as they are, and those of whom that turns out wrong are taken out until nothing changes.
    pub(super) fn note_fixed_tags(&mut self) {
        if self.any_gap.is_some() {
            return;
        }
        let mut fixed: Vec<bool> = self.all.iter().map(are_known).collect();
        let mut again: Vec<Option<Arc<Grants>>> = {
            let targets = Targets::default();
            let of = |(one, fixed): (&Analysed, &bool)| {
                (*fixed && depends_on_own_tags(one)).then(|| {
                    let around = AccountContext { fixed_tags: true, ..self.around(one, &targets) };
                    Arc::new(union_of(&readings(one), one.cap.as_ref(), &one.requester(&one.tags, &around)))
                })
            };
            self.all.iter().zip(&fixed).map(of).collect()
        };
        for round in 0.. {
            let changed = self.changed(&fixed, &again);
            if round == ROUNDS {
                fixed.fill(false);
            } else if changed.iter().any(|changed| *changed) {
                fixed.iter_mut().zip(&changed).for_each(|(fixed, changed)| *fixed &= !changed);
            } else {
                break;
            }
            again.iter_mut().zip(&fixed).filter(|(_, fixed)| !**fixed).for_each(|(again, _)| *again = None);
            if !fixed.contains(&true) {
                break;
            }
        }
        for ((one, fixed), again) in self.all.iter_mut().zip(fixed).zip(again) {
            one.fixed_tags = fixed;
            if let Some(grants) = again {
                one.grants = grants;
            }
        }
    }

    /// Of those whose tags are assumed to stay as they are, whether somebody can change them.
    fn changed(&self, fixed: &[bool], again: &[Option<Arc<Grants>>]) -> Vec<bool> {
        let [users, roles] = [OF_USERS, OF_ROLES].map(|actions| self.tagging(actions, again));
        let is_changed = |((one, fixed), again): ((&Analysed, &bool), &Option<Arc<Grants>>)| {
            let by = if one.kind == "user" { &users } else { &roles };
            let grants = again.as_ref().unwrap_or(&one.grants);
            // A session of GetFederationToken can have session tags.
            let federates =
                || ["sts:GetFederationToken", "sts:TagSession"].iter().all(|action| grants.allows(action).is_some());
            *fixed
                && (one.kind == "user" && federates()
                    || by.as_ref().is_none_or(|by| by.iter().any(|reach| reach.matches(&one.arn))))
        };
        self.all.iter().zip(fixed).zip(again).map(is_changed).collect()
    }

    /// What can be changed by those who are no administrators; `None` if that is too much, or not known.
    fn tagging(&self, actions: &[&str], again: &[Option<Arc<Grants>>]) -> Option<Vec<Reach>> {
        let able = || {
            let both = self.all.iter().zip(again).map(|(one, again)| (one, again.as_ref().unwrap_or(&one.grants)));
            both.filter(|(one, grants)| !grants.is_full_admin() && !one.is_service_linked())
        };
        // What denials and boundaries keep from somebody counts where somebody may take them off.
        let removing = || REMOVING.iter().map(|(action, _)| *action).chain(FREEING).chain([OLD_VERSION]);
        let lifts = able().any(|(_, grants)| removing().any(|action| grants.allows(action).is_some()));
        let gives = able().any(|(_, grants)| GIVING.iter().any(|action| grants.allows(action).is_some()));
        let numbers: Vec<u32> = actions.iter().filter_map(|action| table().number(action)).collect();
        let on = if actions.contains(&OF_USERS[0]) { On::User } else { On::Role };
        let mut found: Vec<Reach> = Vec::new();
        for (one, grants) in able() {
            let policies = one.own_policies();
            let holder = one.holder(&policies);
            for granted in grants.statements.iter().filter(|granted| !granted.is_excluded()) {
                let names = |&number: &u32| granted.analysis().actions.contains(number);
                if !numbers.iter().any(|number| if lifts { names(number) } else { granted.allows(*number) }) {
                    continue;
                }
                let statement = granted.statement();
                let reach = reach_of(&statement.resources, granted.reading.document.version, &holder, on, one.kind);
                if reach == Reach::Everything || found.len() == COMPARED {
                    return None;
                }
                if !found.contains(&reach) {
                    found.push(reach);
                }
            }
        }
        let by_policy = || {
            let customer = self.policies.iter().filter(|policy| !policy.administrator);
            let customer = customer.flat_map(|policy| policy.reading.iter().chain(policy.others.iter().flatten()));
            let of_aws = self.aws_policies.iter().filter_map(|(_, reading)| reading.as_ref());
            customer.chain(of_aws).any(|reading| grants_any(reading, actions))
        };
        (!gives || !by_policy()).then_some(found)
    }
}

/// Whether the evidence holds every tag that the principal's requests carry.
fn are_known(one: &Analysed) -> bool {
    if one.gap.is_some() || one.tags_gap.is_some() || one.cap_gap.is_some() {
        return false;
    }
    match one.kind {
        "user" => true,
        "role" => {
            one.trust_gap.is_none()
                && one.trust_document.as_deref().is_some_and(|trust| {
                    !trust
                        .statements
                        .iter()
                        .any(|statement| statement.effect == Effect::Allow && is_of_tagging(statement))
                })
        }
        _ => false,
    }
}

fn depends_on_own_tags(one: &Analysed) -> bool {
    let of_boundary = || one.grants.capped_by.as_ref().is_some_and(|cap| cap.grants.depends_on_own_tags());
    one.grants.depends_on_own_tags() || of_boundary()
}

fn grants_any(reading: &Arc<PolicyAnalysis>, actions: &[&str]) -> bool {
    let grants = union_of(&[(Arc::from("policy"), Arc::clone(reading))], None, &Requester::default());
    let numbers = || actions.iter().filter_map(|action| table().number(action));
    let names = |granted: &Granted| numbers().any(|number| granted.analysis().actions.contains(number));
    !grants.is_full_admin() && grants.statements.iter().any(names)
}

/// The resources of a statement; for a group, a variable may be any of its members.
fn reach_of(resources: &Resources, version: Version, holder: &Holder<'_>, on: On, kind: &str) -> Reach {
    match resources {
        Resources::Only(list) if kind == "group" && list.iter().any(|text| text.contains("${")) => Reach::Everything,
        _ => Reach::of_statement(resources, version, holder, on),
    }
}
