//! How a principal could give itself more than it was given.
//!
//! Evaluated for one principal over the union of its policies, so a path whose
//! actions come from several policies is found. What keeps a path from working
//! must be known to; what only may (a condition, a prerequisite) lowers its
//! grade and is told.

mod held;
mod reach;
mod table;

use std::collections::BTreeMap;

use crate::policy::document::{Condition, Resources, Version};
use crate::policy::grants::restricts;
use crate::policy::matching::Glob;

/// Where a permission stands.
pub use crate::policy::grants::Place as Evidence;
pub use reach::{Pattern, Reach};
pub use table::{Gives, Kind, Need, On, Way, retired, way, ways};

/// What a principal's policies allow, as far as this room needs it.
pub trait Grants {
    /// Every statement that allows the action, after those denials that certainly
    /// cancel it. Actions that the action table does not know are asked for too.
    fn allows(&self, action: &str) -> Vec<Grant<'_>>;

    /// May be `false` only if nothing of this service is allowed; saves asking for each action.
    fn touches(&self, service: &str) -> bool {
        let _ = service;
        true
    }
}

/// A statement that allows an action.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    pub resources: &'a Resources,
    pub conditions: &'a [Condition],
    pub version: Version,
    pub evidence: Evidence,
}

/// The principal that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// `arn:aws:iam::111122223333:user/ops/alice`, or a role's.
    pub arn: &'a str,
    /// The ARNs of the groups that it is in.
    pub groups: &'a [String],
    /// The ARNs of the customer-managed policies attached to it and to its groups.
    pub policies: &'a [String],
    /// The label of its permissions boundary.
    pub boundary: Option<&'a str>,
}

impl Holder<'_> {
    /// Its name, without the path.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(self.arn)
    }

    /// How the ARNs of its account's users, roles and policies begin.
    fn arn_start(&self) -> String {
        let parts: Vec<&str> = self.arn.splitn(6, ':').collect();
        match parts[..] {
            [arn, partition, service, region, account, _] => format!("{arn}:{partition}:{service}:{region}:{account}:"),
            _ => String::new(),
        }
    }

    /// A user; otherwise it is a role.
    pub fn is_user(&self) -> bool {
        self.arn.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("user/"))
    }
}

/// How far a permission, or a whole path, reaches. A path has the least of what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The permissions are there; the gain rests on a privileged resource that IAM data does not show.
    Dependent,
    /// Only under conditions.
    ConditionScoped,
    /// Only on some resources.
    ResourceScoped,
    /// Anywhere, or exactly where it matters: on the principal itself.
    Unrestricted,
}

/// A way that is open to the principal.
#[derive(Clone, Debug)]
pub struct Path {
    pub way: &'static Way,
    pub grade: Grade,
    /// One for each needed action.
    pub needs: Vec<Met>,
    /// The permissions boundary that may cap it; it is told, and not subtracted.
    pub boundary: Option<String>,
}

/// A needed action and what allows it.
#[derive(Clone, Debug)]
pub struct Met {
    pub need: &'static Need,
    /// The best of `by`; never [`Grade::Dependent`].
    pub grade: Grade,
    /// Never empty.
    pub by: Vec<Usable>,
}

/// A statement that allows a needed action where the path needs it.
#[derive(Clone, Debug)]
pub struct Usable {
    pub grade: Grade,
    pub reach: Reach,
    pub evidence: Evidence,
}

/// The ways that are open to the holder, in the table's order.
///
/// An administrator's are not worth asking for: all of them are open.
pub fn paths(holder: &Holder<'_>, grants: &dyn Grants) -> Vec<Path> {
    let mut asked = Asked { grants, services: BTreeMap::new(), actions: BTreeMap::new() };
    ways()
        .iter()
        .filter(|way| !way.by_graph && (!way.own_boundary || holder.boundary.is_some()))
        .filter_map(|way| path(way, holder, &mut asked))
        .collect()
}

/// The grants that were asked for already; few paths get past their first action.
struct Asked<'a> {
    grants: &'a dyn Grants,
    services: BTreeMap<&'static str, bool>,
    actions: BTreeMap<&'static str, Vec<Grant<'a>>>,
}

impl<'a> Asked<'a> {
    fn about(&mut self, action: &'static str) -> &[Grant<'a>] {
        let service = action.split(':').next().unwrap_or_default();
        let grants = self.grants;
        if !*self.services.entry(service).or_insert_with(|| grants.touches(service)) {
            return &[];
        }
        self.actions.entry(action).or_insert_with(|| grants.allows(action))
    }
}

fn path(way: &'static Way, holder: &Holder<'_>, asked: &mut Asked<'_>) -> Option<Path> {
    let mut needs = Vec::with_capacity(way.needs.len());
    for need in &way.needs {
        let by: Vec<Usable> =
            asked.about(&need.action).iter().filter_map(|grant| usable(grant, need, way, holder)).collect();
        let grade = by.iter().map(|usable| usable.grade).max()?;
        needs.push(Met { need, grade, by });
    }
    let least = needs.iter().map(|met| met.grade).min()?;
    let grade = if way.depends() { Grade::Dependent } else { least };
    Some(Path { way, grade, needs, boundary: holder.boundary.map(str::to_owned) })
}

fn usable(grant: &Grant<'_>, need: &Need, way: &Way, holder: &Holder<'_>) -> Option<Usable> {
    let mut conditional = false;
    for condition in grant.conditions {
        match passed_to(condition, way) {
            // It admits a service of this path, so for this path it limits nothing.
            Some(true) => {}
            Some(false) => return None,
            None => conditional |= restricts(condition),
        }
    }
    let reach = Reach::of(grant.resources, grant.version, holder, need.on);
    let (reach, own) = match need.on {
        On::OwnUser => (own(reach, holder.is_user(), [holder.arn])?, true),
        On::OwnRole => (own(reach, !holder.is_user(), [holder.arn])?, true),
        On::OwnGroup => (own(reach, holder.is_user(), holder.groups)?, true),
        On::OwnPolicy => (own(reach, true, holder.policies)?, true),
        // Serving oneself is what every user may do; reaching others is not.
        On::User | On::Role => (reach.beyond(holder)?, false),
        On::Group | On::Policy | On::Something => (reach, false),
    };
    if matches!(&reach, Reach::Only(patterns) if patterns.is_empty()) {
        return None;
    }
    let grade = match (conditional, own, &reach) {
        (true, ..) => Grade::ConditionScoped,
        (false, true, _) | (false, false, Reach::Everything) => Grade::Unrestricted,
        (false, false, _) => Grade::ResourceScoped,
    };
    Some(Usable { grade, reach, evidence: grant.evidence.clone() })
}

/// The reach, if it touches one of the holder's own.
fn own<S: AsRef<str>>(reach: Reach, of_this_kind: bool, arns: impl IntoIterator<Item = S>) -> Option<Reach> {
    let touches = of_this_kind && arns.into_iter().any(|arn| reach.matches(arn.as_ref()));
    touches.then_some(reach)
}

/// Whether `iam:PassedToService` admits a service of this way; `None` for any other
/// condition. The key is always present when a role is passed.
fn passed_to(condition: &Condition, way: &Way) -> Option<bool> {
    if way.passes_to.is_empty() || !condition.key.eq_ignore_ascii_case("iam:PassedToService") {
        return None;
    }
    let operator = condition.operator.to_ascii_lowercase();
    let admits = |service: &String| match operator.as_str() {
        "stringequals" => Some(condition.values.iter().any(|value| value == service)),
        "stringequalsignorecase" => Some(condition.values.iter().any(|value| value.eq_ignore_ascii_case(service))),
        "stringlike" => {
            Some(condition.values.iter().any(|value| value.contains("${") || Glob::of_action(value).matches(service)))
        }
        _ => None,
    };
    if condition.values.iter().any(|value| value.contains("${")) {
        return None;
    }
    let admitted: Vec<bool> = way.passes_to.iter().map(admits).collect::<Option<_>>()?;
    Some(admitted.contains(&true))
}

#[cfg(test)]
mod tests;
