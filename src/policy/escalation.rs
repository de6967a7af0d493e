//! Privilege escalation: how a principal can gain more permissions than it was given.
//!
//! Evaluated for one principal over its effective permissions, so paths over several policies are found. A denial,
//! boundary or condition that certainly blocks a path removes it; one that may block it lowers its grade and is
//! reported. If the evidence shows the resources that a path ends at (see [`AccountContext`]), they decide.

mod account_context;
mod arn_index;
mod chosen_boundary;
mod limits;
mod path_targets;
mod reach;
mod table;
mod union_grants;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::arn::name_of;
use crate::policy::document::{Condition, Resources, Version};
use crate::policy::grants::{Binding, Met as Meets, Requester, Unable, bears, is_resource_tag};
use crate::policy::matching::Glob;
use crate::policy::session_tags::{Tag, admits};

/// The location of a permission.
pub use crate::policy::grants::Place as Evidence;
pub use account_context::{AccountContext, Certainty, Change, Target, Targets, is_changed_by_aws_only};
pub use arn_index::ArnIndex;
pub use limits::{Limits, limits};
pub use path_targets::{admits_policy, assumes_administrator};
pub use reach::{Pattern, Reach};
pub use table::{Gives, Kind, KnownPath, Need, On, known_paths};
#[cfg(test)]
pub use table::{checked, known_path, retired};

/// The queries on a principal's permissions that this module needs.
pub trait Grants {
    /// Every statement that allows the action, after certain denials. The action may be missing from the action table.
    fn allows(&self, action: &str) -> Vec<Grant<'_>>;

    /// May be `false` only if nothing of this service is allowed; saves a query for each action.
    fn touches(&self, service: &str) -> bool {
        let _ = service;
        true
    }

    /// May be `false` only if an action that the path needs is not allowed at all; `way` is its index in [`known_paths`].
    fn may_open(&self, way: usize) -> bool {
        let _ = way;
        true
    }

    /// Statements that deny the action on some resources or under conditions, possibly including those that were
    /// already subtracted.
    fn denials(&self, action: &str) -> Vec<Denied<'_>> {
        let _ = action;
        Vec::new()
    }

    /// The permissions of the boundary; `None` if there is none or it could not be read.
    fn boundary(&self) -> Option<&dyn Grants> {
        None
    }

    /// Whether a statement depends on a tag of the principal.
    fn depends_on_own_tags(&self) -> bool {
        false
    }
}

/// An Allow statement for an action.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    pub resources: &'a Resources,
    pub conditions: &'a [Condition],
    /// What each condition restricts.
    pub bindings: &'a [Binding],
    pub version: Version,
    pub evidence: Evidence,
}

/// A Deny statement for an action.
#[derive(Clone, Copy, Debug)]
pub struct Denied<'a> {
    pub resources: &'a Resources,
    pub conditions: &'a [Condition],
    pub version: Version,
}

/// The principal under evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// `arn:aws:iam::111122223333:user/ops/alice`, or a role's.
    pub arn: &'a str,
    /// The ARNs of its groups.
    pub groups: &'a [String],
    /// The ARNs of the customer-managed policies attached to it and to its groups.
    pub policies: &'a [String],
    /// The label of its permissions boundary.
    pub boundary: Option<&'a str>,
    /// Its known tags: `key=value`.
    pub tags: &'a [String],
}

impl Holder<'_> {
    /// Its name, without the path.
    pub fn name(&self) -> &str {
        name_of(self.arn)
    }

    /// The prefix of ARNs of its account's users, roles and policies; empty if its own ARN is invalid.
    fn arn_start(&self) -> &str {
        self.arn.match_indices(':').nth(4).map_or("", |(at, _)| &self.arn[..=at])
    }

    /// Whether it is a user; otherwise it is a role.
    pub fn is_user(&self) -> bool {
        self.arn.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("user/"))
    }
}

/// The grade of a permission or a path. A path has the lowest grade of its permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The permissions exist; the gain depends on a privileged resource that IAM data does not show.
    Dependent,
    /// Only under conditions.
    ConditionScoped,
    /// Only on some resources.
    ResourceScoped,
    /// On all resources, or exactly on the one that matters, such as the principal itself.
    Unrestricted,
}

/// A path that is open to the principal.
#[derive(Clone, Debug)]
pub struct Path {
    pub way: &'static KnownPath,
    pub grade: Grade,
    /// Its certainty under the conditions of its permissions.
    pub certainty: Certainty,
    /// One for each needed action, except those that the evidence shows to be unnecessary.
    pub needs: Vec<Met>,
    /// An administrator that it ends at, if the permissions are limited to some resources.
    pub administrator: Option<String>,
    /// The permissions reach that administrator, but its trust policy does not admit the principal now.
    pub lacks_trust: bool,
    /// The permissions boundary, if it could not be read and its effect is uncertain.
    pub boundary: Option<String>,
    /// It gives more, but a boundary or denials that remain certainly keep from administering the account.
    pub capped: bool,
}

impl Path {
    /// Whether it certainly escalates: only MFA limits it, or it is limited to an administrator.
    pub fn is_open(&self) -> bool {
        self.certainty > Certainty::Conditional
            && (self.grade == Grade::Unrestricted
                || self.grade == Grade::ResourceScoped && self.administrator.is_some())
    }
}

/// A needed action and the statements that allow it.
#[derive(Clone, Debug)]
pub struct Met {
    pub need: &'static Need,
    /// The best of `by`; never [`Grade::Dependent`].
    pub grade: Grade,
    /// Never empty.
    pub by: Vec<Usable>,
}

/// A statement that allows a needed action on what the path needs.
#[derive(Clone, Debug)]
pub struct Usable {
    pub grade: Grade,
    pub certainty: Certainty,
    pub reach: Arc<Reach>,
    pub evidence: Evidence,
}

/// The paths that are open to the holder by its permissions alone, in the table's order.
///
/// Not useful for administrators: all paths are open to them.
pub fn paths(holder: &Holder<'_>, grants: &dyn Grants) -> Vec<Path> {
    paths_among(holder, grants, &AccountContext::default())
}

/// The same with the evidence about the holder's account.
pub fn paths_among(holder: &Holder<'_>, grants: &dyn Grants, around: &AccountContext<'_>) -> Vec<Path> {
    let mut asked = GrantQueries::new(holder, grants, around);
    known_paths()
        .iter()
        .enumerate()
        .filter(|(at, way)| !way.by_graph && (!way.own_boundary || holder.boundary.is_some()) && grants.may_open(*at))
        .filter_map(|(_, way)| path(way, &mut asked))
        .filter(|path| !path.way.own_tag || grants.depends_on_own_tags() || around.trusts_by_tag())
        .collect()
}

/// Whether a permissions boundary leaves no step to another principal, whatever else allows one: nothing of IAM and AWS
/// STS, and no known path through another service. Paths that rest on what IAM data does not show are none, except those
/// of IAM Identity Center, which may be run from the account.
pub fn leaves_no_step(boundary: &dyn Grants) -> bool {
    let opens =
        |(at, way): (usize, &KnownPath)| (!way.depends() || way.id.starts_with("sso-")) && boundary.may_open(at);
    !boundary.touches("iam") && !boundary.touches("sts") && !known_paths().iter().enumerate().any(opens)
}

/// The statements by which the holder may assume other roles.
pub fn assuming(holder: &Holder<'_>, grants: &dyn Grants, around: &AccountContext<'_>) -> Vec<Usable> {
    usable_for(holder, grants, around, "sts:AssumeRole", On::Role)
}

/// The statements by which the holder may take an action on things of a kind.
pub fn usable_for(
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
    action: &'static str,
    on: On,
) -> Vec<Usable> {
    let mut asked = GrantQueries::new(holder, grants, around);
    let held = asked.about(action, on);
    held.iter().filter_map(|held| settled(held, action, on, &|_| None)).collect()
}

/// The statements by which the holder may attach or detach this policy with an action such as `iam:AttachUserPolicy`.
pub fn with_policy(
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
    (action, on): (&'static str, On),
    policy: &str,
) -> Vec<Usable> {
    let admits = |condition: &Condition| admits_policy(condition, policy);
    let mut asked = GrantQueries::new(holder, grants, around);
    let held = asked.about_question((action, on, &[], false), &admits);
    held.iter().filter_map(|held| settled(held, action, on, &admits)).collect()
}

/// The statements that allow assuming a role with these session tags; `action` is `sts:AssumeRole` or `sts:TagSession`,
/// and both are needed.
pub fn assuming_with_tags(
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
    action: &'static str,
    tags: &[Tag],
) -> Vec<Usable> {
    let mut asked = GrantQueries::new(holder, grants, around);
    let held = asked.about(action, On::Role);
    held.iter().filter_map(|held| settled(held, action, On::Role, &|condition| admits(condition, tags))).collect()
}

/// Writes a customer-managed policy, and so the permissions of all principals that have it.
pub const NEW_VERSION: &str = "iam:CreatePolicyVersion";

/// Puts another version of a customer managed policy in force, and so writes the policies of all who have it.
pub const OLD_VERSION: &str = "iam:SetDefaultPolicyVersion";

/// Adds any user of the account to a group, and so gives it the group's policies.
pub const JOINING: &str = "iam:AddUserToGroup";

/// Permissions that take the permissions boundary off a user or role, or put another one in its place.
pub const FREEING: [&str; 4] = [
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
];

/// Permissions that remove a permissions boundary, replace it, or rewrite its policy.
pub const CHANGING_BOUNDARIES: [&str; 6] = [FREEING[0], FREEING[1], FREEING[2], FREEING[3], OLD_VERSION, NEW_VERSION];

/// Permissions that take a policy with a denial off another user, role or group, or a user out of the group that has it,
/// and what each is about.
pub const REMOVING: [(&str, On); 7] = [
    ("iam:DetachUserPolicy", On::User),
    ("iam:DeleteUserPolicy", On::User),
    ("iam:DetachRolePolicy", On::Role),
    ("iam:DeleteRolePolicy", On::Role),
    ("iam:DetachGroupPolicy", On::Group),
    ("iam:DeleteGroupPolicy", On::Group),
    ("iam:RemoveUserFromGroup", On::Group),
];

/// Permissions that write the policies of another user, role or group, and what each is about.
const WRITING: [(&str, On); 13] = [
    ("iam:AttachUserPolicy", On::User),
    ("iam:PutUserPolicy", On::User),
    ("iam:AttachRolePolicy", On::Role),
    ("iam:PutRolePolicy", On::Role),
    ("iam:AttachGroupPolicy", On::Group),
    ("iam:PutGroupPolicy", On::Group),
    (NEW_VERSION, On::Policy),
    (OLD_VERSION, On::Policy),
    (JOINING, On::Group),
    (FREEING[0], On::User),
    (FREEING[1], On::User),
    (FREEING[2], On::Role),
    (FREEING[3], On::Role),
];

/// A right to change the policies of others.
#[derive(Clone, Debug)]
pub struct Right {
    pub action: &'static str,
    /// The managed policy that it detaches; `None` if it is not about one.
    pub policy: Option<String>,
    /// The statement that allows it.
    pub usable: Usable,
}

impl Right {
    /// Whether it takes a policy off somebody.
    pub fn is_removal(&self) -> bool {
        REMOVING.iter().any(|(action, _)| *action == self.action)
    }

    /// Whether it allows the change.
    pub fn makes(&self, change: &Change) -> bool {
        self.action == change.action && self.policy == change.policy && self.usable.reach.matches(&change.arn)
    }
}

/// The rights of the holder to change policies of others.
pub fn writing(holder: &Holder<'_>, grants: &dyn Grants, around: &AccountContext<'_>) -> Vec<Right> {
    let mut asked = GrantQueries::new(holder, grants, around);
    let mut found = Vec::new();
    for (action, on) in WRITING {
        let held = asked.about(action, on);
        let usable = held.iter().filter_map(|held| settled(held, action, on, &|_| None));
        found.extend(usable.map(|usable| Right { action, policy: None, usable }));
    }
    let changes: BTreeSet<_> = around.targets.iter().flat_map(|targets| targets.changes()).collect();
    let removals: BTreeSet<_> = changes.iter().map(|change| (change.action, change.policy.as_deref())).collect();
    let has_right =
        |action: &str, policy: Option<&str>| policy.is_none() && WRITING.iter().any(|(own, _)| *own == action);
    for (action, policy) in removals.into_iter().filter(|(action, policy)| !has_right(action, *policy)) {
        let Some((_, on)) = REMOVING.into_iter().chain(WRITING).find(|(own, _)| *own == action) else { continue };
        let usable = match policy {
            Some(policy) => with_policy(holder, grants, around, (action, on), policy),
            None => usable_for(holder, grants, around, action, on),
        };
        let policy = policy.map(str::to_owned);
        found.extend(usable.into_iter().map(|usable| Right { action, policy: policy.clone(), usable }));
    }
    found
}

/// A cache of permission queries. Few paths get past their first action, and half of them share it.
struct GrantQueries<'a> {
    holder: &'a Holder<'a>,
    grants: &'a dyn Grants,
    around: &'a AccountContext<'a>,
    services: BTreeMap<&'static str, bool>,
    actions: BTreeMap<Question, Vec<Held<'a>>>,
    /// By services: whether a role can be passed to them, and whether an administrator is among these roles.
    passed: BTreeMap<&'static [String], (bool, Option<String>)>,
}

/// A query: an action on a kind of target and, if that decides conditions, the services that a role is passed to and
/// whether the principal creates the resource.
type Question = (&'static str, On, &'static [String], bool);

/// A statement that allows an action on what is needed.
#[derive(Clone)]
struct Held<'a> {
    requester: Requester<'a>,
    conditions: &'a [Condition],
    bindings: &'a [Binding],
    reach: Arc<Reach>,
    /// The highest certainty that denials and the boundary leave.
    most: Certainty,
    /// The conditions on resource tags are decided: the reach contains only resources that meet them.
    tags_settled: bool,
    evidence: Evidence,
}

impl<'a> GrantQueries<'a> {
    fn new(holder: &'a Holder<'a>, grants: &'a dyn Grants, around: &'a AccountContext<'a>) -> Self {
        Self { holder, grants, around, services: BTreeMap::new(), actions: BTreeMap::new(), passed: BTreeMap::new() }
    }

    /// The statements that allow an action for any purpose.
    fn about(&mut self, action: &'static str, on: On) -> &[Held<'a>] {
        self.about_question((action, on, &[], false), &|_| None)
    }

    /// The statements that allow a need of a path.
    fn about_need(&mut self, need: &'static Need, way: &'static KnownPath) -> &[Held<'a>] {
        let asking = Asking { holder: self.holder, grants: self.grants, around: self.around };
        let services: &[String] = if need.action == "iam:PassRole" { &way.passes_to } else { &[] };
        let question = (need.action.as_str(), need.on, services, is_own_making(need, way));
        self.about_question(question, &|condition| decided(condition, need, way, asking))
    }

    /// `decides` says whether a condition holds or fails for the query.
    fn about_question(&mut self, question: Question, decides: &dyn Fn(&Condition) -> Option<bool>) -> &[Held<'a>] {
        let (action, on, services, _) = question;
        let service = action.split(':').next().unwrap_or_default();
        let (holder, grants, around) = (self.holder, self.grants, self.around);
        if !*self.services.entry(service).or_insert_with(|| grants.touches(service)) {
            return &[];
        }
        self.actions.entry(question).or_insert_with(|| {
            let granted = grants.allows(action);
            if granted.is_empty() {
                return Vec::new();
            }
            let requester = requester(holder, around);
            let limits = limits::limits_of(holder, grants, around, action, on, &limits::Purpose { decides, services });
            let mut found = Vec::new();
            for grant in granted {
                if requester.meets(grant.conditions, grant.bindings, action) == Meets::Never {
                    continue;
                }
                let resources = variables::filled(grant.resources, grant.version, holder, around);
                let reach = Reach::of_statement(&resources, grant.version, holder, on);
                let Some(reach) = limits::changeable(reach, action, on, holder) else { continue };
                for (reach, tags_settled) in
                    limits::tagged(reach, grant.conditions, (action, on), holder, grants, around)
                {
                    let Some(reach) = reaching(reach, on, holder) else { continue };
                    for (reach, most) in limits.apply(reach) {
                        let others = matches!(on, On::User | On::Role);
                        let Some(reach) = (if others { reach.beyond(holder) } else { Some(reach) }) else { continue };
                        if !limits::reaches_any(&reach, on, holder, around) {
                            continue;
                        }
                        let Grant { conditions, bindings, .. } = grant;
                        let evidence = grant.evidence.clone();
                        let reach = Arc::new(reach);
                        found.push(Held { requester, conditions, bindings, reach, most, tags_settled, evidence });
                    }
                }
            }
            found
        })
    }

    /// Whether the holder can create a role with a trust policy of its choice.
    fn makes_roles(&mut self) -> bool {
        ["iam:CreateRole", "iam:UpdateAssumeRolePolicy"].iter().any(|action| !self.about(action, On::Role).is_empty())
    }
}

/// The holder as the requester of conditions.
fn requester<'a>(holder: &Holder<'a>, around: &AccountContext<'a>) -> Requester<'a> {
    let arn = if around.anyone { "" } else { holder.arn };
    Requester {
        arn,
        id: around.id,
        tags: holder.tags,
        organization: around.organization,
        mfa: around.mfa,
        whole_tags: around.session || around.fixed_tags,
        as_of: around.as_of,
        unable: Unable::default(),
        role_tags: None,
    }
}

/// What the holder's own policies do not let it set when it assumes a role, on any role.
pub fn unable_to_set(holder: &Holder<'_>, grants: &dyn Grants, around: &AccountContext<'_>) -> Unable {
    let lacks = |action: &'static str| assuming_with_tags(holder, grants, around, action, &[]).is_empty();
    Unable { source_identity: lacks("sts:SetSourceIdentity"), tags: lacks("sts:TagSession") }
}

fn path(way: &'static KnownPath, asked: &mut GrantQueries<'_>) -> Option<Path> {
    let mut needs = Vec::with_capacity(way.needs.len());
    for need in &way.needs {
        let by: Vec<Usable> = asked
            .about_need(need, way)
            .to_vec()
            .iter()
            .filter_map(|held| {
                let asking = Asking { holder: asked.holder, grants: asked.grants, around: asked.around };
                settled(held, &need.action, need.on, &|condition| decided(condition, need, way, asking))
            })
            .collect();
        let best = by.iter().map(|usable| (usable.certainty > Certainty::Conditional, usable.grade)).max();
        let Some((_, grade)) = best else {
            // If the role's trust policy names the principal, the permission is not needed.
            if need.unless_named && asked.around.targets.is_some() {
                continue;
            }
            return None;
        };
        needs.push(Met { need, grade, by });
    }
    if !is_one_making(&needs) {
        return None;
    }
    // The principal chooses the name of a resource that it creates, so only the role's limits count.
    let limit = |met: &Met| match met.grade {
        Grade::ResourceScoped if met.need.made || is_own_making(met.need, way) => Grade::Unrestricted,
        grade => grade,
    };
    let grade = needs.iter().map(limit).min().unwrap_or(Grade::Unrestricted);
    let best = |met: &Met| met.by.iter().filter(|one| one.grade == met.grade).map(|one| one.certainty).max();
    let certainty = needs.iter().filter_map(best).min().unwrap_or(Certainty::Unconditional);
    let boundary = asked.holder.boundary.filter(|_| asked.around.boundary_unread).map(str::to_owned);
    let mut path =
        Path { way, grade, certainty, needs, administrator: None, lacks_trust: false, boundary, capped: false };
    if !path_targets::apply_context(&mut path, asked) {
        return None;
    }
    let runs_identity_center = asked.around.identity_center && way.id.starts_with("sso-");
    // The evidence shows an administrator under a boundary that the path takes off.
    let frees = path.administrator.is_some() && path.needs.iter().any(|met| FREEING.contains(&&*met.need.action));
    if way.depends() && !runs_identity_center && !frees {
        path.grade = Grade::Dependent;
    }
    Some(path)
}

/// The part of the reach that the need concerns; `None` if there is none.
fn reaching(reach: Reach, on: On, holder: &Holder<'_>) -> Option<Reach> {
    let own = |of_this_kind: bool, arns: &[String]| of_this_kind && arns.iter().any(|arn| reach.matches(arn));
    let reaches = match on {
        On::OwnUser => holder.is_user() && reach.matches(holder.arn),
        On::OwnRole => !holder.is_user() && reach.matches(holder.arn),
        On::OwnGroup => own(holder.is_user(), holder.groups),
        On::OwnPolicy => own(true, holder.policies),
        // Acting on oneself is not escalation; the statement must reach another principal.
        On::User | On::Role => return reach.beyond(holder),
        On::Group | On::Policy | On::SamlProvider | On::Something => {
            !matches!(&reach, Reach::Only(patterns) if patterns.is_empty())
        }
    };
    reaches.then_some(reach)
}

/// Who asks: the principal, its permissions and its account.
#[derive(Clone, Copy)]
struct Asking<'a> {
    holder: &'a Holder<'a>,
    grants: &'a dyn Grants,
    around: &'a AccountContext<'a>,
}

/// Whether a condition holds or fails on this path; `None` if the path does not decide it.
fn decided(condition: &Condition, need: &Need, way: &KnownPath, asking: Asking<'_>) -> Option<bool> {
    let around = asking.around;
    // Decided by the services of this path, by an administrator's policy, or by the boundary that the principal chooses.
    let admitted = passed_to(condition, way, around)
        .or_else(|| path_targets::is_of_the_instance(condition, need, way, around))
        .or_else(|| path_targets::attaches_administrator(condition, need, way, around))
        .or_else(|| chosen_boundary::admits_open(condition, way, asking));
    admitted.or((is_own_making(need, way) && is_of_the_making(condition)).then_some(true))
}

/// The statement with its certainty; `decides` says whether a condition holds or fails on this path.
fn settled(held: &Held<'_>, action: &str, on: On, decides: &dyn Fn(&Condition) -> Option<bool>) -> Option<Usable> {
    let mut certainty = held.most;
    for (condition, binding) in held.conditions.iter().zip(held.bindings) {
        match decides(condition) {
            Some(true) => continue,
            Some(false) => return None,
            None => {}
        }
        if bears(condition, held.requester.tags) || held.tags_settled && is_resource_tag(condition) {
            continue;
        }
        let met = held.requester.meets(std::slice::from_ref(condition), std::slice::from_ref(binding), action);
        certainty = certainty.min(Certainty::of_met(met)?);
    }
    let own = matches!(on, On::OwnUser | On::OwnRole | On::OwnGroup | On::OwnPolicy);
    let grade = if certainty == Certainty::Conditional {
        Grade::ConditionScoped
    } else if own || held.reach.is_broad() {
        Grade::Unrestricted
    } else {
        Grade::ResourceScoped
    };
    Some(Usable { grade, certainty, reach: held.reach.clone(), evidence: held.evidence.clone() })
}

/// Whether one resource that the principal creates can satisfy all needs that concern it.
fn is_one_making(needs: &[Met]) -> bool {
    let mut made = needs.iter().filter(|met| met.need.made);
    let Some(first) = made.next() else { return true };
    let meet =
        |one: &Met, other: &Met| one.by.iter().any(|one| other.by.iter().any(|other| one.reach.may_meet(&other.reach)));
    made.all(|other| meet(first, other))
}

/// Whether the principal creates the resource for the path.
fn is_own_making(need: &Need, way: &KnownPath) -> bool {
    way.kind == Kind::NewPassrole && need.on == On::Something
}

/// Whether the condition is about the created resource, such as an instance type or a function's network: its creator
/// can meet it. The few conditions that fix the code or the template do restrict.
fn is_of_the_making(condition: &Condition) -> bool {
    const HOLDING: &[&str] = &["cloudformation:templateurl", "lambda:codesigningconfigarn"];
    let key = condition.key.to_ascii_lowercase();
    !(key.starts_with("aws:") || key.contains("resourcetag/") || HOLDING.contains(&key.as_str()))
}

/// Whether `iam:PassedToService` admits a service of this way; `None` for any other condition.
fn passed_to(condition: &Condition, way: &KnownPath, around: &AccountContext<'_>) -> Option<bool> {
    met_by_services(condition, &way.passes_to, around, Spelling::Either).map(|met| met.contains(&true))
}

/// Which names of a service must meet a condition in the partition of China, where some have the end `.cn`. Elsewhere no
/// service has such a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Either, which is enough for a grant.
    Either,
    /// Both, so that a denial is certain.
    Both,
}

/// For each service that a role is passed to, whether it meets a condition on `iam:PassedToService`; `None` for any
/// other condition. The key is always present in `iam:PassRole` checks.
fn met_by_services(
    condition: &Condition,
    services: &[String],
    around: &AccountContext<'_>,
    spelling: Spelling,
) -> Option<Vec<bool>> {
    if services.is_empty() || !condition.key.eq_ignore_ascii_case("iam:PassedToService") {
        return None;
    }
    let operator = condition.operator.to_ascii_lowercase();
    let any = |test: &dyn Fn(&str) -> bool| condition.values.iter().any(|value| test(value));
    let meets = |service: &str| match operator.as_str() {
        "stringequals" => Some(any(&|value| value == service)),
        "stringequalsignorecase" => Some(any(&|value| value.eq_ignore_ascii_case(service))),
        "stringlike" => Some(any(&|value| Glob::of_action(value).matches(service))),
        "stringnotequals" => Some(!any(&|value| value == service)),
        "stringnotequalsignorecase" => Some(!any(&|value| value.eq_ignore_ascii_case(service))),
        "stringnotlike" => Some(!any(&|value| Glob::of_action(value).matches(service))),
        _ => None,
    };
    let meets = |service: &String| {
        let usual = meets(service)?;
        if !around.china {
            return Some(usual);
        }
        let chinese = meets(&format!("{service}.cn"))?;
        Some(if spelling == Spelling::Both { usual && chinese } else { usual || chinese })
    };
    if condition.has_variable() {
        return None;
    }
    services.iter().map(meets).collect()
}

#[cfg(test)]
mod tests;
