//! Checks the targets that a path ends at, if the evidence shows them.

use super::{AccountContext, Certainty, Gives, Grade, GrantQueries, KnownPath, Met, Need, On, Path, Target};
use super::{
    CHANGING_BOUNDARIES, FREEING, Grants, Holder, OLD_VERSION, assuming, is_changed_by_aws_only, limits, requester,
    unable_to_set,
};
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::grants::{Requester, admits_administrator};
use crate::policy::matching::{Glob, symbols};
use std::collections::BTreeSet;

/// Whether `iam:AssociatedResourceArn` admits the instance that the role is passed to (IAM user guide, "AWS IAM condition
/// keys": the instance that `iam:PassRole` is asked for); `None` if the condition is not on it or names single instances.
pub(super) fn is_of_the_instance(
    condition: &Condition,
    need: &Need,
    way: &KnownPath,
    around: &AccountContext<'_>,
) -> Option<bool> {
    let launches = way.needs.iter().any(|need| need.action == "ec2:RunInstances");
    let positive = matches!(condition.operator.as_str(), "StringLike" | "ArnEquals" | "ArnLike");
    if need.action != "iam:PassRole" || !launches || !positive || condition.set == Some(SetPrefix::ForAllValues) {
        return None;
    }
    let own = around.targets.and_then(|targets| {
        let mut all = targets.users.iter().chain(&targets.roles);
        all.find_map(|one| one.arn.split(':').nth(4))
    });
    let every_instance = |value: &String| {
        let parts: Vec<&str> = value.splitn(6, ':').collect();
        let [arn, partition, service, _, account, resource] = parts[..] else { return value == "*" };
        let ours = |one: &str| one == "*" || own == Some(one);
        arn == "arn"
            && (partition == "*" || partition.starts_with("aws"))
            && matches!(service, "ec2" | "*")
            && ours(account)
            && matches!(resource, "instance/*" | "instance/i-*" | "*")
    };
    let meets =
        condition.key.eq_ignore_ascii_case("iam:AssociatedResourceArn") && condition.values.iter().any(every_instance);
    meets.then_some(true)
}

/// Applies the evidence to a path; returns `false` if no target exists that it could end at.
pub(super) fn apply_context(path: &mut Path, asked: &mut GrantQueries<'_>) -> bool {
    let Some(targets) = asked.around.targets else { return true };
    if path.way.needs.iter().any(|need| need.made) {
        return true;
    }
    let on = |on: On| path.way.needs.iter().any(|need| need.on == on);
    match path.way.gives {
        Gives::PassedRole => {
            let services = path.way.passes_to.as_slice();
            // Paths to the same services need the same role, so the result is cached.
            let (any, administrator) = asked.passed.entry(services).or_insert_with(|| {
                let passable = |role: &Target<'_>| reached(&path.needs, On::Role, role.arn);
                let narrow = of_kind(&path.needs, On::Role).filter_map(|met| targets.reached(false, met));
                match narrow.min_by_key(BTreeSet::len) {
                    // Only a few roles can be passed, so each is checked directly.
                    Some(few) => {
                        let serving =
                            |role: &&Target<'_>| role.services.iter().any(|service| services.contains(service));
                        let roles = || few.iter().map(|at| &targets.roles[*at]).filter(serving);
                        (roles().any(passable), administrator(roles(), &path.needs, On::Role))
                    }
                    None => {
                        let any = targets.serving(services, false).any(passable);
                        (any, administrator(targets.serving(services, true), &path.needs, On::Role))
                    }
                }
            });
            let any = *any;
            path.administrator.clone_from(administrator);
            if targets.complete && !any && !asked.makes_roles() {
                return false;
            }
        }
        Gives::FederatedRole => return federated(path, asked),
        Gives::User => {
            let users = targets.administrators_within(true, of_kind(&path.needs, On::User));
            path.administrator = administrator(users, &path.needs, On::User);
        }
        Gives::Role => {
            let roles = targets.administrators_within(false, of_kind(&path.needs, On::Role));
            path.administrator = administrator(roles, &path.needs, On::Role);
        }
        Gives::Group => {
            if !asked.holder.is_user() {
                return false;
            }
            path.administrator = administrator(targets.groups.iter(), &path.needs, On::Group);
        }
        Gives::Administrator | Gives::Unseen if path.way.needs.iter().any(|need| need.unless_named) => {
            return assumed(path, asked);
        }
        Gives::Administrator if on(On::User) || on(On::Role) => return same(path, asked),
        Gives::Unseen if path.way.needs.iter().any(|need| need.action == OLD_VERSION && need.on == On::OwnPolicy) => {
            // Without another version, there is none to set as default.
            let own = asked.holder.policies.iter().map(|arn| targets.policy(arn));
            let all_known = own.clone().all(|policy| policy.is_some());
            let mut others = own.flatten().filter(|policy| policy.others);
            let any = others.any(|policy| reached(&path.needs, On::OwnPolicy, policy.arn));
            return any || !all_known;
        }
        Gives::Administrator | Gives::Unseen => {}
    }
    true
}

fn of_kind(needs: &[Met], on: On) -> impl Iterator<Item = &Met> + Clone {
    needs.iter().filter(move |met| met.need.on == on)
}

/// Whether every need of that kind reaches the ARN.
fn reached(needs: &[Met], on: On, arn: &str) -> bool {
    of_kind(needs, on).all(|met| met.by.iter().any(|usable| usable.reach.matches(arn)))
}

/// An administrator among the targets that every need of that kind reaches unconditionally.
fn administrator<'a>(targets: impl Iterator<Item = &'a Target<'a>>, needs: &[Met], on: On) -> Option<String> {
    let certain = |met: &Met, arn: &str| {
        met.by.iter().any(|usable| usable.certainty > Certainty::Conditional && usable.reach.matches(arn))
    };
    let mut administrators = targets.filter(|target| target.administrator);
    let found = administrators.find(|target| of_kind(needs, on).all(|met| certain(met, target.arn)));
    found.map(|target| target.arn.to_owned())
}

/// Paths through an identity provider: a role must trust a provider that all needs reach.
fn federated(path: &mut Path, asked: &GrantQueries<'_>) -> bool {
    let Some(targets) = asked.around.targets else { return true };
    let (mut best, mut administrator) = (None, None);
    for (provider, roles) in targets.federating().filter(|(arn, _)| arn.starts_with(asked.holder.arn_start())) {
        let possible = match targets.has_provider(provider) {
            Some(exists) if exists == path.way.absent => continue,
            None if path.way.absent => Certainty::Conditional,
            _ => Certainty::Unconditional,
        };
        let certainty_of = |met: &Met| {
            let reaching = met.by.iter().filter(|usable| usable.reach.matches(provider));
            reaching.map(|usable| usable.certainty).max()
        };
        let own = path.needs.iter().try_fold(possible, |least, met| Some(least.min(certainty_of(met)?)));
        let Some(own) = own else { continue };
        for (role, trusted) in roles {
            let certainty = own.min(*trusted);
            best = best.max(Some(certainty));
            let role = &targets.roles[*role];
            if role.administrator && certainty > Certainty::Conditional {
                administrator.get_or_insert_with(|| role.arn.to_owned());
            }
        }
    }
    let Some(certainty) = best else {
        path.grade = Grade::Dependent;
        return !targets.complete;
    };
    path.administrator = administrator;
    path.certainty = certainty;
    if certainty == Certainty::Conditional {
        path.grade = Grade::ConditionScoped;
    }
    true
}

/// How certainly the principal can assume a role that is an administrator; `None` if it cannot.
pub fn assumes_administrator(
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
) -> Option<(Certainty, String)> {
    let targets = around.targets?;
    let who = Requester { unable: unable_to_set(holder, grants, around), ..requester(holder, around) };
    let left = limits(holder, grants, around, "sts:AssumeRole", On::Role);
    let permissions = assuming(holder, grants, around);
    let mut best: Option<(Certainty, String)> = None;
    for (role, admissions) in targets.entrances(&who, None, |role| role.administrator) {
        let by_name = admissions.named.and_then(|named| Some(left.leave(role.arn)?.min(Certainty::of_met(named.met)?)));
        let through = admissions.through_account.and_then(|through| {
            let reaching = permissions.iter().filter(|usable| usable.reach.matches(role.arn));
            Some(reaching.map(|usable| usable.certainty).max()?.min(Certainty::of_met(through.met)?))
        });
        let Some(certainty) = by_name.max(through) else { continue };
        if best.as_ref().is_none_or(|(before, _)| *before < certainty) {
            best = Some((certainty, role.arn.to_owned()));
        }
    }
    best
}

/// Paths that change a role's permissions and then assume it: a role must admit the principal.
fn assumed(path: &mut Path, asked: &mut GrantQueries<'_>) -> bool {
    let Some(targets) = asked.around.targets else { return true };
    let unable = unable_to_set(asked.holder, asked.grants, asked.around);
    let who = Requester { unable, ..requester(asked.holder, asked.around) };
    let left = limits(asked.holder, asked.grants, asked.around, "sts:AssumeRole", On::Role);
    let permission = path.needs.iter().find(|met| met.need.unless_named);
    let mut best: Option<(Certainty, bool)> = None;
    let frees = path.needs.iter().any(|met| FREEING.contains(&&*met.need.action));
    // Only roles that the principal can both change and assume count; start with the narrower permission.
    let changing = |path: &Path| path.needs.iter().filter(|met| !met.need.unless_named).cloned().collect::<Vec<_>>();
    let others = changing(path);
    let narrow = others.iter().chain(permission).filter_map(|met| targets.reached(false, met));
    let narrow = narrow.min_by_key(BTreeSet::len);
    let changed = |role: &Target<'_>| {
        !is_changed_by_aws_only(role.arn) && others.iter().all(|met| change_of(met, role).is_some())
    };
    let most = most_of(&others);
    let uncapping = changes_boundaries(asked.grants);
    let mut capped: Option<(Certainty, bool)> = None;
    for (role, admissions) in targets.entrances(&who, narrow.as_ref(), changed) {
        let mut certainty = None;
        let mut by_name = false;
        if let Some(named) = admissions.named {
            let own = left.leave(role.arn).zip(Certainty::of_met(named.met)).map(|(left, met)| left.min(met));
            by_name = own.is_some();
            certainty = certainty.max(own);
        }
        if let (Some(through), Some(permission)) = (admissions.through_account, permission) {
            let reaching = permission.by.iter().filter(|usable| usable.reach.matches(role.arn));
            let own = reaching.map(|usable| usable.certainty).max();
            certainty = certainty.max(own.zip(Certainty::of_met(through.met)).map(|(own, met)| own.min(met)));
        }
        let Some(certainty) = certainty else { continue };
        let changed =
            others.iter().map(|met| change_of(met, role)).try_fold(certainty, |least, one| Some(least.min(one?)));
        let Some(certainty) = changed else { continue };
        if certainty > Certainty::Conditional && role.capping.is_some() && frees {
            path.administrator = Some(role.arn.to_owned());
        }
        if role.closed && !uncapping {
            capped = capped.max(Some((certainty, by_name)));
            continue;
        }
        if best.is_none_or(|(before, _)| before < certainty) {
            best = Some((certainty, by_name));
        }
        if certainty >= most && (!frees || path.administrator.is_some()) {
            break;
        }
    }
    path.capped = best.is_none() && capped.is_some() && targets.complete;
    let Some((certainty, by_name)) = best.or(capped) else {
        let Some(permission) = permission else { return false };
        // The permissions reach an administrator whose trust policy does not admit the principal now.
        let assumable = |role: &&Target<'_>| permission.by.iter().any(|usable| usable.reach.matches(role.arn));
        let changed = |role: &&Target<'_>| others.iter().all(|met| change_of(met, role) > Some(Certainty::Conditional));
        let within = others.iter().chain(std::iter::once(permission));
        let mut roles = targets.administrators_within(false, within).filter(assumable);
        path.administrator = roles.find(changed).map(|role| role.arn.to_owned());
        path.lacks_trust = path.administrator.is_some();
        if path.lacks_trust {
            path.grade = path.grade.min(Grade::ResourceScoped);
        } else {
            set(path, Certainty::Conditional);
        }
        return path.lacks_trust || !targets.complete;
    };
    if by_name {
        path.needs.retain(|met| !met.need.unless_named);
    }
    set(path, certainty);
    true
}

/// How certainly the permission changes the role's permissions: on the role itself or on an attached policy.
fn change_of(met: &Met, role: &Target<'_>) -> Option<Certainty> {
    let reaching = met.by.iter().filter(|usable| match met.need.on {
        On::Policy => role.policies.iter().any(|policy| usable.reach.matches(policy)),
        _ => usable.reach.matches(role.arn),
    });
    reaching.map(|usable| usable.certainty).max()
}

/// Whether the principal may change permissions boundaries or the policies that are boundaries.
fn changes_boundaries(grants: &dyn Grants) -> bool {
    CHANGING_BOUNDARIES.iter().any(|action| !grants.allows(action).is_empty())
}

/// The highest certainty that the needs can have together.
fn most_of(needs: &[Met]) -> Certainty {
    let best = |met: &Met| met.by.iter().map(|usable| usable.certainty).max();
    needs.iter().filter_map(best).min().unwrap_or(Certainty::Unconditional)
}

/// Paths that change a user's or role's permissions and become it: both must apply to the same one.
fn same(path: &mut Path, asked: &GrantQueries<'_>) -> bool {
    let Some(targets) = asked.around.targets else { return true };
    let users = path.way.needs.iter().any(|need| need.on == On::User);
    let others = targets
        .narrowest(users, path.needs.iter())
        .filter(|target| target.arn != asked.holder.arn && !is_changed_by_aws_only(target.arn));
    let (mut best, mut capped) = (None, None);
    let uncapping = changes_boundaries(asked.grants);
    let most = most_of(&path.needs);
    for target in others {
        let all = path.needs.iter().map(|met| change_of(met, target));
        let certainty = all.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min());
        if target.closed && !uncapping {
            capped = capped.max(certainty);
            continue;
        }
        best = best.max(certainty);
        if best >= Some(most) {
            break;
        }
    }
    path.capped = best.is_none() && capped.is_some() && targets.complete;
    let Some(certainty) = best.or(capped) else { return !targets.complete };
    set(path, certainty);
    true
}

/// A target that exists does not count as a limit to some resources.
fn set(path: &mut Path, certainty: Certainty) {
    path.certainty = certainty;
    path.grade = if certainty == Certainty::Conditional { Grade::ConditionScoped } else { Grade::Unrestricted };
}

/// Whether a condition on the attached policy admits this one; `None` for other conditions.
pub fn admits_policy(condition: &Condition, policy: &str) -> Option<bool> {
    let of_policy = condition.key.eq_ignore_ascii_case("iam:PolicyARN");
    let plain = condition.set.is_none() && !condition.has_variable();
    if !of_policy || !plain {
        return None;
    }
    let like = |value: &String| Glob::new(symbols(value, Version::V2008)).matches(policy);
    let matches = |value: &String| match condition.operator.trim_end_matches("IfExists") {
        "StringEquals" | "StringNotEquals" => value == policy,
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => value.eq_ignore_ascii_case(policy),
        _ => like(value),
    };
    match condition.operator.trim_end_matches("IfExists") {
        "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnEquals" | "ArnLike" => {
            Some(condition.values.iter().any(matches))
        }
        "StringNotEquals" | "StringNotEqualsIgnoreCase" | "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => {
            Some(!condition.values.iter().any(matches))
        }
        _ => None,
    }
}

/// Whether a condition on the attached policy admits an administrator's; `None` for other conditions and ways.
pub(super) fn attaches_administrator(
    condition: &Condition,
    need: &Need,
    way: &KnownPath,
    around: &AccountContext<'_>,
) -> Option<bool> {
    let attaching = need.action.starts_with("iam:Attach") && way.gives == Gives::Administrator;
    let positive = matches!(
        condition.operator.as_str(),
        "StringEquals" | "StringLike" | "ArnEquals" | "ArnLike" | "StringEqualsIgnoreCase"
    );
    let single = condition.set.is_none() && !condition.values.is_empty();
    if !attaching || !positive || !single || !condition.key.eq_ignore_ascii_case("iam:PolicyARN") {
        return None;
    }
    if condition.values.iter().any(|value| admits_administrator("iam:policyarn", value)) {
        return Some(true);
    }
    // AWS-managed policies are known by name; patterns for them were compared with the administrators above.
    let of_aws = |value: &String| value.split(':').nth(4).is_some_and(|account| account == "aws");
    if !condition.has_variable() && condition.values.iter().all(of_aws) {
        return Some(false);
    }
    let targets = around.targets?;
    let fits = |policy: &Target<'_>| {
        condition.values.iter().any(|value| Glob::new(symbols(value, Version::V2008)).matches(policy.arn))
    };
    if targets.policies.iter().any(|policy| policy.administrator && fits(policy)) {
        return Some(true);
    }
    // A variable, or a policy that the holder could still change, is undecided.
    let open = |value: &String| value.contains(['*', '?']) && !of_aws(value);
    if !targets.complete_policies || condition.has_variable() || condition.values.iter().any(open) {
        None
    } else {
        Some(false)
    }
}
