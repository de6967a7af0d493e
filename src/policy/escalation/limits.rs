//! The limits of denials, the boundary and resource tags on a permission.

mod retagging;

use super::reach::LimitedReach;
use super::{
    AccountContext, Certainty, Grant, Grants, Holder, On, Reach, Spelling, Target, is_changed_by_aws_only,
    met_by_services, requester, variables,
};
use crate::policy::document::Condition;
use crate::policy::grants::{Denies, Mfa, Requester, is_resource_tag, turned};
use std::sync::Arc;

/// The most resources that are listed individually; with more, a condition on tags stays undecided.
const MANY: usize = 1_000;
/// The most denials of one action that are compared with resources; further ones are ignored.
const DENIALS: usize = 100;

/// The limits on one action of one principal, independent of the allowing statement.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    denied: Arc<Vec<Reach>>,
    /// Denied unless the principal signs in with MFA, with the certainty of the rest.
    unless_mfa: Vec<(Reach, Certainty)>,
    /// The boundary's resources; `None` without a boundary.
    within: Option<Vec<(Reach, Certainty)>>,
}

/// The purpose of an action, as far as it decides conditions.
pub(super) struct Purpose<'a> {
    /// Whether a condition holds or fails; `None` if the purpose does not decide it.
    pub decides: &'a dyn Fn(&Condition) -> Option<bool>,
    /// The services that a role is passed to.
    pub services: &'a [String],
}

/// The limits of an action on a kind of target.
pub fn limits(holder: &Holder<'_>, grants: &dyn Grants, around: &AccountContext<'_>, action: &str, on: On) -> Limits {
    limits_of(holder, grants, around, action, on, &Purpose { decides: &|_| None, services: &[] })
}

/// The limits of an action that is needed for a purpose.
pub(super) fn limits_of(
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
    action: &str,
    on: On,
    purpose: &Purpose<'_>,
) -> Limits {
    let mut limits = Limits::default();
    let who = requester(holder, around);
    let mut denied: Vec<Reach> = Vec::new();
    for denial in grants.denials(action) {
        if denied.len() + limits.unless_mfa.len() >= DENIALS || denied.contains(&Reach::Everything) {
            break;
        }
        let Some(conditions) = beyond_services(denial.conditions, purpose.services, around) else { continue };
        let (tagged, others): (Vec<Condition>, Vec<Condition>) = conditions.into_iter().partition(is_resource_tag);
        let resources = variables::filled(denial.resources, denial.version, holder, around);
        let mut reach = Reach::of_denial(&resources, denial.version, holder, on);
        let denies = who.denied(&others, action);
        if denies <= Denies::Perhaps {
            continue;
        }
        if !tagged.is_empty() {
            let Some(met) = meeting(&reach, &tagged, on, around, &who, false) else { continue };
            reach = retagging::without_escaped(met, &tagged, (action, on), holder, grants, around);
        }
        // For the principal itself, the denial either applies or does not.
        if matches!(on, On::OwnUser | On::OwnRole) {
            reach = if reach.matches(holder.arn) { Reach::Everything } else { continue };
        }
        if is_nothing(&reach) {
            continue;
        }
        if denies == Denies::Always {
            denied.push(reach);
        } else {
            let with = if around.mfa == Mfa::AtWill { Certainty::WithMfa } else { Certainty::Conditional };
            limits.unless_mfa.push((reach, with));
        }
    }
    limits.denied = Arc::new(denied);
    if let Some(boundary) = grants.boundary() {
        let inner = limits_of(holder, boundary, around, action, on, purpose);
        let mut within = Vec::new();
        for grant in boundary.allows(action) {
            let Some(certainty) = allowed(&grant, &who, action, purpose) else { continue };
            let resources = variables::filled(grant.resources, grant.version, holder, around);
            let reach = Reach::of_statement(&resources, grant.version, holder, on);
            within.extend(inner.apply(reach).into_iter().map(|(reach, most)| (reach, certainty.min(most))));
        }
        limits.within = Some(within);
    }
    limits
}

/// A denial's conditions without those that every target service meets; `None` if it does not deny passing a role to
/// one of the services.
fn beyond_services(
    conditions: &[Condition],
    services: &[String],
    around: &AccountContext<'_>,
) -> Option<Vec<Condition>> {
    let mut others = Vec::new();
    for condition in conditions {
        match met_by_services(condition, services, around, Spelling::Both) {
            Some(met) if met.contains(&false) => return None,
            Some(_) => {}
            None => others.push(condition.clone()),
        }
    }
    Some(others)
}

/// How certainly a statement of the boundary allows the action for its purpose; `None` if it never does.
fn allowed(grant: &Grant<'_>, who: &Requester<'_>, action: &str, purpose: &Purpose<'_>) -> Option<Certainty> {
    let mut certainty = Certainty::Unconditional;
    for (condition, binding) in grant.conditions.iter().zip(grant.bindings) {
        match (purpose.decides)(condition) {
            Some(true) => continue,
            Some(false) => return None,
            None => {}
        }
        let met = who.meets(std::slice::from_ref(condition), std::slice::from_ref(binding), action);
        certainty = certainty.min(Certainty::of_met(met)?);
    }
    Some(certainty)
}

impl Limits {
    /// Whether nothing limits the action.
    pub fn is_none(&self) -> bool {
        self.denied.is_empty() && self.unless_mfa.is_empty() && self.within.is_none()
    }

    /// How certainly the action remains allowed on this ARN, if it does.
    pub fn leave(&self, arn: &str) -> Option<Certainty> {
        if self.denied.iter().any(|denied| denied.matches(arn)) {
            return None;
        }
        let hit = self.unless_mfa.iter().filter(|(denied, _)| denied.matches(arn)).map(|(_, most)| *most).min();
        let most = hit.unwrap_or(Certainty::Unconditional);
        match &self.within {
            None => Some(most),
            Some(within) => {
                let allowed = within.iter().filter(|(reach, _)| reach.matches(arn)).map(|(_, certainty)| *certainty);
                allowed.max().map(|certainty| certainty.min(most))
            }
        }
    }

    /// The rest of a reach, by certainty.
    pub(super) fn apply(&self, of: Reach) -> Vec<(Reach, Certainty)> {
        if self.denied.contains(&Reach::Everything) {
            return Vec::new();
        }
        let Some(within) = &self.within else {
            return self.by_mfa(&of, None, Certainty::Unconditional);
        };
        let mut found = Vec::new();
        for certainty in [Certainty::Unconditional, Certainty::WithMfa, Certainty::Conditional] {
            if !within.iter().any(|(_, own)| *own == certainty) {
                continue;
            }
            let allowed: Vec<Reach> =
                within.iter().filter(|(_, own)| *own >= certainty).map(|(reach, _)| reach.clone()).collect();
            let (of, within) = if allowed.contains(&Reach::Everything) {
                (of.clone(), None)
            } else if of == Reach::Everything && allowed.len() == 1 {
                (allowed[0].clone(), None)
            } else {
                (of.clone(), Some(Arc::new(allowed)))
            };
            found.extend(self.by_mfa(&of, within, certainty));
        }
        found
    }

    fn by_mfa(&self, of: &Reach, within: Option<Arc<Vec<Reach>>>, certainty: Certainty) -> Vec<(Reach, Certainty)> {
        let limited = |denied: Arc<Vec<Reach>>| {
            if denied.is_empty() && within.is_none() {
                of.clone()
            } else {
                Reach::Limited(Box::new(LimitedReach { of: of.clone(), denied, within: within.clone() }))
            }
        };
        let Some(least) = self.unless_mfa.iter().map(|(_, most)| *most).min() else {
            return vec![(limited(Arc::clone(&self.denied)), certainty)];
        };
        let mut found = vec![(limited(Arc::clone(&self.denied)), certainty.min(least))];
        // Resources that no such denial covers need no MFA.
        if !self.unless_mfa.iter().any(|(reach, _)| *reach == Reach::Everything) {
            let without_mfa = self.unless_mfa.iter().map(|(reach, _)| reach);
            let all: Vec<Reach> = self.denied.iter().chain(without_mfa).cloned().collect();
            found.push((limited(Arc::new(all)), certainty));
        }
        found
    }
}

fn is_nothing(reach: &Reach) -> bool {
    matches!(reach, Reach::Only(patterns) if patterns.is_empty())
}

/// The targets of a kind, if the evidence shows them.
fn kind<'a>(on: On, around: &'a AccountContext<'a>) -> Option<&'a [Target<'a>]> {
    let targets = around.targets?;
    Some(match on {
        On::User | On::OwnUser => &targets.users,
        On::Role | On::OwnRole => &targets.roles,
        On::Group | On::OwnGroup => &targets.groups,
        On::Policy | On::OwnPolicy => &targets.policies,
        On::SamlProvider | On::Something => return None,
    })
}

/// Whether the limited reach still includes a needed target.
pub(super) fn reaches_any(reach: &Reach, on: On, holder: &Holder<'_>, around: &AccountContext<'_>) -> bool {
    match on {
        On::OwnUser | On::OwnRole => return reach.matches(holder.arn),
        On::OwnGroup => return holder.groups.iter().any(|arn| reach.matches(arn)),
        On::OwnPolicy => return holder.policies.iter().any(|arn| reach.matches(arn)),
        On::User | On::Role | On::Group | On::Policy | On::SamlProvider | On::Something => {}
    }
    if !matches!(reach, Reach::Limited(_)) {
        return !is_nothing(reach);
    }
    match (kind(on, around), around.targets) {
        (Some(_), Some(targets)) if targets.holds_all(on) && matches!(on, On::User | On::Role) => {
            targets.reaches_another(on == On::User, reach, holder.arn)
        }
        (Some(list), Some(targets)) if targets.holds_all(on) => {
            list.iter().any(|target| target.arn != holder.arn && reach.matches(target.arn))
        }
        _ => true,
    }
}

/// Removes the roles that only AWS can change, if the action changes a role; `None` if nothing is left.
pub(super) fn changeable(reach: Reach, action: &str, on: On, holder: &Holder<'_>) -> Option<Reach> {
    let changes = action.starts_with("iam:") && action != "iam:PassRole";
    if !changes || !matches!(on, On::Role | On::OwnRole) {
        return Some(reach);
    }
    if on == On::OwnRole {
        return (!is_changed_by_aws_only(holder.arn)).then_some(reach);
    }
    match reach {
        Reach::Only(mut patterns) => {
            patterns.retain(|pattern| !is_changed_by_aws_only(&pattern.literal));
            (!patterns.is_empty()).then_some(Reach::Only(patterns))
        }
        other => Some(other),
    }
}

/// The parts of the reach whose resource tags meet the conditions, or may, and whether that is decided.
pub(super) fn tagged(
    reach: Reach,
    conditions: &[Condition],
    (action, on): (&str, On),
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
) -> Vec<(Reach, bool)> {
    let tagged: Vec<Condition> = conditions.iter().filter(|condition| is_resource_tag(condition)).cloned().collect();
    if tagged.is_empty() {
        return vec![(reach, false)];
    }
    // A principal that can set the tags meets the conditions at will.
    let mut parts: Vec<(Reach, bool)> = retagging::meeting(&tagged, (action, on), holder, grants, around)
        .iter()
        .map(|usable| (reach.clone().and(&usable.reach), true))
        .collect();
    let may_tag = retagging::may_tag(grants);
    match meeting(&reach, &tagged, on, around, &requester(holder, around), true) {
        Some(met) if is_nothing(&met) => {}
        Some(met) => parts.push((met, true)),
        None => return parts.into_iter().chain([(reach, false)]).collect(),
    }
    // According to AWS's guide, role tags cannot reliably limit iam:PassRole: only that they are met is certain.
    if may_tag || action == "iam:PassRole" {
        parts.push((reach, false));
    }
    parts
}

/// The resources in the reach whose tags meet the conditions; `None` if unknown. `generous` includes resources with
/// unknown tags, and those whose tags meet the conditions for some requests of the principal.
fn meeting(
    reach: &Reach,
    conditions: &[Condition],
    on: On,
    around: &AccountContext<'_>,
    who: &Requester<'_>,
    generous: bool,
) -> Option<Reach> {
    let list = kind(on, around)?;
    if around.targets.is_none_or(|targets| generous && !targets.holds_all(on)) {
        return None;
    }
    let (mut met, mut open) = (Vec::new(), false);
    for target in list.iter().filter(|target| reach.matches(target.arn)) {
        let mut all = Some(true);
        for condition in conditions {
            let condition = turned(condition);
            let key = condition.key.split_once('/').map(|(_, key)| key.to_lowercase()).unwrap_or_default();
            let decided = target.tags.and_then(|tags| {
                let own = tags.iter().filter_map(|tag| tag.split_once('=')).find(|(own, _)| own.to_lowercase() == key);
                let own = own.map(|(_, value)| value);
                if generous { who.may_meet_with_tag(&condition, own) } else { who.meets_with_tag(&condition, own) }
            });
            all = match (all, decided) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (None, _) | (_, None) => None,
                _ => Some(true),
            };
        }
        match all {
            Some(true) => met.push(target.arn),
            None if generous && target.tags.is_none() => return None,
            None => open = true,
            Some(false) => {}
        }
        if met.len() > MANY {
            return None;
        }
    }
    // What is met for certain says more than what may be met.
    if generous && open && met.is_empty() {
        return None;
    }
    Some(Reach::exactly(met.into_iter()))
}
