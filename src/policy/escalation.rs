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
use std::sync::Arc;

use crate::policy::document::{Condition, Resources, Version};
use crate::policy::grants::{Binding, bears, names};
use crate::policy::matching::Glob;

/// Where a permission stands.
pub use crate::policy::grants::Place as Evidence;
pub use reach::{Pattern, Reach};
pub use table::{Gives, Kind, Need, On, Way, checked, retired, way, ways};

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

    /// Whether something is allowed under a condition on a tag of the principal.
    fn depends_on_own_tags(&self) -> bool {
        false
    }
}

/// A statement that allows an action.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    pub resources: &'a Resources,
    pub conditions: &'a [Condition],
    /// What each condition binds.
    pub bindings: &'a [Binding],
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
    /// Its tags, as far as they are known: `key=value`.
    pub tags: &'a [String],
}

impl Holder<'_> {
    /// Its name, without the path.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(self.arn)
    }

    /// How the ARNs of its account's users, roles and policies begin; empty if its own is none.
    fn arn_start(&self) -> &str {
        self.arn.match_indices(':').nth(4).map_or("", |(at, _)| &self.arn[..=at])
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
    pub reach: Arc<Reach>,
    pub evidence: Evidence,
}

/// The ways that are open to the holder, in the table's order.
///
/// An administrator's are not worth asking for: all of them are open.
pub fn paths(holder: &Holder<'_>, grants: &dyn Grants) -> Vec<Path> {
    let mut asked = Asked { holder, grants, services: BTreeMap::new(), actions: BTreeMap::new() };
    ways()
        .iter()
        .filter(|way| !way.by_graph && (!way.own_boundary || holder.boundary.is_some()))
        .filter_map(|way| path(way, &mut asked))
        .filter(|path| !path.way.own_tag || grants.depends_on_own_tags())
        .collect()
}

/// What was asked for already. Few paths get past their first action, and half of
/// them share it.
struct Asked<'a> {
    holder: &'a Holder<'a>,
    grants: &'a dyn Grants,
    services: BTreeMap<&'static str, bool>,
    actions: BTreeMap<(&'static str, On), Vec<Held<'a>>>,
}

/// A statement that allows an action where it is needed.
struct Held<'a> {
    conditions: &'a [Condition],
    bindings: &'a [Binding],
    tags: &'a [String],
    reach: Arc<Reach>,
    evidence: Evidence,
}

impl<'a> Asked<'a> {
    fn about(&mut self, need: &'static Need) -> &[Held<'a>] {
        let action = need.action.as_str();
        let service = action.split(':').next().unwrap_or_default();
        let (holder, grants) = (self.holder, self.grants);
        if !*self.services.entry(service).or_insert_with(|| grants.touches(service)) {
            return &[];
        }
        self.actions.entry((action, need.on)).or_insert_with(|| {
            let held = |grant: Grant<'a>| {
                // What names somebody else is not the holder's.
                if grant.conditions.iter().any(|condition| names(condition, holder.arn) == Some(false)) {
                    return None;
                }
                let reach = Reach::of(grant.resources, grant.version, holder, need.on);
                let reach = Arc::new(reaching(reach, need.on, holder)?);
                let Grant { conditions, bindings, evidence, .. } = grant;
                Some(Held { conditions, bindings, reach, evidence, tags: holder.tags })
            };
            grants.allows(action).into_iter().filter_map(held).collect()
        })
    }
}

fn path(way: &'static Way, asked: &mut Asked<'_>) -> Option<Path> {
    let mut needs = Vec::with_capacity(way.needs.len());
    for need in &way.needs {
        let by: Vec<Usable> = asked.about(need).iter().filter_map(|held| usable(held, need, way)).collect();
        let grade = by.iter().map(|usable| usable.grade).max()?;
        needs.push(Met { need, grade, by });
    }
    if !is_one_making(&needs) {
        return None;
    }
    // What the principal makes for the purpose it may name as it must: there only the role's limits count.
    let limit = |met: &Met| match met.grade {
        Grade::ResourceScoped if met.need.made || is_own_making(met.need, way) => Grade::Unrestricted,
        grade => grade,
    };
    let least = needs.iter().map(limit).min().unwrap_or(Grade::Unrestricted);
    let grade = if way.depends() { Grade::Dependent } else { least };
    Some(Path { way, grade, needs, boundary: asked.holder.boundary.map(str::to_owned) })
}

/// The reach, as far as the need goes; `None` if it does not reach what is needed.
fn reaching(reach: Reach, on: On, holder: &Holder<'_>) -> Option<Reach> {
    let own = |of_this_kind: bool, arns: &[String]| of_this_kind && arns.iter().any(|arn| reach.matches(arn));
    let reaches = match on {
        On::OwnUser => holder.is_user() && reach.matches(holder.arn),
        On::OwnRole => !holder.is_user() && reach.matches(holder.arn),
        On::OwnGroup => own(holder.is_user(), holder.groups),
        On::OwnPolicy => own(true, holder.policies),
        // Serving oneself is what every user may do; reaching others is not.
        On::User | On::Role => return reach.beyond(holder),
        On::Group | On::Policy | On::Something => !matches!(&reach, Reach::Only(patterns) if patterns.is_empty()),
    };
    reaches.then_some(reach)
}

fn usable(held: &Held<'_>, need: &Need, way: &Way) -> Option<Usable> {
    let mut conditional = false;
    let own_making = is_own_making(need, way);
    for (condition, binding) in held.conditions.iter().zip(held.bindings) {
        match passed_to(condition, way) {
            // It admits a service of this path, so for this path it limits nothing.
            Some(true) => {}
            Some(false) => return None,
            None => {
                conditional |= binding.binds(&need.action)
                    && !(own_making && is_of_the_making(condition))
                    && !bears(condition, held.tags);
            }
        }
    }
    let own = matches!(need.on, On::OwnUser | On::OwnRole | On::OwnGroup | On::OwnPolicy);
    let grade = if conditional {
        Grade::ConditionScoped
    } else if own || matches!(*held.reach, Reach::Everything | Reach::AllBut(_)) {
        Grade::Unrestricted
    } else {
        Grade::ResourceScoped
    };
    Some(Usable { grade, reach: held.reach.clone(), evidence: held.evidence.clone() })
}

/// Whether one thing that the principal makes can be what all the needs reach that work on it.
fn is_one_making(needs: &[Met]) -> bool {
    let mut made = needs.iter().filter(|met| met.need.made);
    let Some(first) = made.next() else { return true };
    let meet =
        |one: &Met, other: &Met| one.by.iter().any(|one| other.by.iter().any(|other| one.reach.may_meet(&other.reach)));
    made.all(|other| meet(first, other))
}

/// The principal makes it for the purpose.
fn is_own_making(need: &Need, way: &Way) -> bool {
    way.kind == Kind::NewPassrole && need.on == On::Something
}

/// Does the condition speak of what is made, which its maker shapes so that it is met: an instance's type, a
/// function's network? The few that take the code or the template out of the maker's hands do hold.
fn is_of_the_making(condition: &Condition) -> bool {
    const HOLDING: &[&str] = &["cloudformation:templateurl", "lambda:codesigningconfigarn"];
    let key = condition.key.to_ascii_lowercase();
    !(key.starts_with("aws:") || key.contains("resourcetag/") || HOLDING.contains(&key.as_str()))
}

/// Whether `iam:PassedToService` admits a service of this way; `None` for any other
/// condition. The key is always present when a role is passed.
fn passed_to(condition: &Condition, way: &Way) -> Option<bool> {
    if way.passes_to.is_empty() || !condition.key.eq_ignore_ascii_case("iam:PassedToService") {
        return None;
    }
    let operator = condition.operator.to_ascii_lowercase();
    // In the partition of China names end in `.cn`.
    let any = |test: &dyn Fn(&str) -> bool| {
        condition.values.iter().any(|value| test(value) || value.strip_suffix(".cn").is_some_and(test))
    };
    let admits = |service: &String| match operator.as_str() {
        "stringequals" => Some(any(&|value| value == service)),
        "stringequalsignorecase" => Some(any(&|value| value.eq_ignore_ascii_case(service))),
        "stringlike" => Some(any(&|value| Glob::of_action(value).matches(service))),
        "stringnotequals" => Some(!any(&|value| value == service)),
        "stringnotequalsignorecase" => Some(!any(&|value| value.eq_ignore_ascii_case(service))),
        "stringnotlike" => Some(!any(&|value| Glob::of_action(value).matches(service))),
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
