//! Tags that change what a principal may do: those that it gives itself, and those that the caller of
//! `sts:AssumeRole` gives to a session of a role.
//!
//! The permissions are evaluated again as they are with the tags. Sets of tags are tried: all that the principal's
//! policies ask for together, those that one statement asks for, and each by itself.

use super::own_change::{Gain, gain, readings};
use super::{Analysed, Analysis};
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind};
use crate::account::gaps::gap;
use crate::arn::name_of;
use crate::policy::document::{Condition, Document, Effect, Principal, Principals, Resources, Statement};
use crate::policy::escalation::{self, AccountContext, Grants as _, On, Path, Reach, Targets};
use crate::policy::grants::{PolicyAnalysis, analyze, union_of};
use crate::policy::session_tags::{
    Tag, admits, demanded, denied, escaping, filled, in_variables, is_of_tagging, own_key,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Sets of tags that are tried for one principal; with more, what it gains is not decided.
const TRIED: usize = 64;

/// The tags of principals that trust policies ask for.
pub(super) fn demanded_by_trust(targets: &Targets<'_>) -> BTreeSet<Tag> {
    let documents = targets.roles.iter().filter_map(|role| role.trust);
    let conditions = documents.flat_map(|document| &document.statements).flat_map(|statement| &statement.conditions);
    conditions.flat_map(demanded).collect()
}

/// What a principal's policies ask of its tags.
struct Demands {
    /// By statement.
    sets: Vec<Vec<Tag>>,
    /// Keys whose tags stand in variables.
    variables: BTreeSet<String>,
    /// Keys that conditions are on.
    keys: BTreeSet<String>,
}

impl Demands {
    fn of<'a>(readings: impl Iterator<Item = &'a Arc<PolicyAnalysis>>) -> Self {
        let mut demands = Self { sets: Vec::new(), variables: BTreeSet::new(), keys: BTreeSet::new() };
        for statement in readings.flat_map(|reading| &reading.document.statements) {
            let escapes = statement.effect == Effect::Deny;
            let tags = |condition: &Condition| if escapes { escaping(condition) } else { demanded(condition) };
            let set: Vec<Tag> = statement.conditions.iter().flat_map(tags).collect();
            if !set.is_empty() {
                demands.sets.push(set);
            }
            demands.keys.extend(statement.conditions.iter().filter_map(own_key));
            demands.variables.extend(in_variables(statement));
        }
        demands
    }

    /// Sets of settable tags, the largest first, each with a value of the caller's choice for every variable.
    fn candidates(&self, by_trust: &BTreeSet<Tag>, settable: &dyn Fn(&Tag) -> bool) -> Vec<Vec<Tag>> {
        let any: Vec<Tag> = self.variables.iter().map(|key| Tag::of_any_value(key)).filter(settable).collect();
        let one_a_key = |tags: &mut dyn Iterator<Item = &Tag>| {
            let mut by_key: BTreeMap<&str, &Tag> = BTreeMap::new();
            for tag in tags.filter(|tag| settable(tag)) {
                by_key.entry(&tag.key).or_insert(tag);
            }
            let mut set: Vec<Tag> = by_key.into_values().cloned().collect();
            let others: Vec<Tag> =
                any.iter().filter(|tag| !set.iter().any(|own| own.key == tag.key)).cloned().collect();
            set.extend(others);
            set
        };
        let all = one_a_key(&mut self.sets.iter().flatten());
        let by_statement = self.sets.iter().map(|set| one_a_key(&mut set.iter()));
        let singly = self.sets.iter().flatten().chain(by_trust).map(|tag| one_a_key(&mut std::iter::once(tag)));
        let mut found: Vec<Vec<Tag>> = Vec::new();
        for set in std::iter::once(all).chain(by_statement).chain(singly).filter(|set| !set.is_empty()) {
            if !found.contains(&set) {
                found.push(set);
            }
        }
        found
    }
}

/// What the principal gains where its sessions have these tags instead of, or besides, its own.
fn gain_with(one: &Analysed, around: &AccountContext<'_>, tags: &[Tag], before: &[Path]) -> Gain {
    let set = |key: &str| tags.iter().any(|tag| tag.key == key);
    let mut all = without(one, &set);
    all.extend(tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)));
    let fill = |(label, reading): &(Arc<str>, Arc<PolicyAnalysis>)| {
        let named = reading.document.statements.iter().flat_map(in_variables).collect::<BTreeSet<_>>();
        let changes = tags.iter().any(|tag| named.contains(&tag.key));
        let reading = if changes { Arc::new(analyze(&filled(&reading.document, tags))) } else { Arc::clone(reading) };
        (Arc::clone(label), reading)
    };
    let requester = one.requester(&all, around);
    let policies: Vec<_> = readings(one).iter().map(fill).collect();
    let grants = union_of(&policies, one.cap.as_ref().map(fill).as_ref(), &requester);
    gain(one, &grants, &all, around, before)
}

/// The principal's tags without those of some keys.
fn without(one: &Analysed, taken: &dyn Fn(&str) -> bool) -> Vec<String> {
    let kept = |own: &&String| !own.split_once('=').is_some_and(|(key, _)| taken(&key.to_lowercase()));
    one.tags.iter().filter(kept).cloned().collect()
}

/// Settles the paths by which the holder removes tags of its own; drops those that change nothing.
pub(super) fn settle_removed(one: &Analysed, around: &AccountContext<'_>, paths: &mut Vec<Path>) {
    let untags = |path: &Path| path.way.own_tag && path.needs[0].need.action.starts_with("iam:Untag");
    let Some(action) = paths.iter().find(|path| untags(path)).map(|path| path.needs[0].need.action.as_str()) else {
        return;
    };
    let readings = readings(one);
    let demands = Demands::of(readings.iter().map(|(_, reading)| reading).chain(one.cap.iter().map(|(_, cap)| cap)));
    let has = |key: &String| {
        one.tags.iter().any(|own| own.split_once('=').is_some_and(|(own, _)| own.to_lowercase() == *key))
    };
    let keys = demands.keys.iter().filter(|key| has(key) && may_set(one, action, &Tag::of_any_value(key)));
    let keys: Vec<&String> = keys.take(TRIED).collect();
    let sets = keys.iter().map(|key| vec![*key]).chain([keys.clone()]).filter(|set| !set.is_empty());
    let gains = |set: Vec<&String>| {
        let left = without(one, &|key| set.iter().any(|taken| *taken == key));
        let requester = one.requester(&left, around);
        let grants = union_of(&readings, one.cap.as_ref(), &requester);
        gain(one, &grants, &left, around, paths)
    };
    match sets.map(gains).max().unwrap_or(Gain::Nothing) {
        Gain::Nothing => paths.retain(|path| !untags(path)),
        Gain::Something => {}
        Gain::Administrator => {
            let untagging = paths.iter_mut().filter(|path| untags(path));
            untagging.for_each(|path| path.administrator = Some(one.arn.clone()));
        }
    }
}

/// Settles the paths by which the holder tags itself; tells why what it gains is not decided.
pub(super) fn settle_own(
    one: &Analysed,
    around: &AccountContext<'_>,
    by_trust: &BTreeSet<Tag>,
    paths: &mut Vec<Path>,
) -> Option<Arc<Gap>> {
    let tags_itself = |path: &Path| path.way.own_tag && path.needs[0].need.action.starts_with("iam:Tag");
    let action = paths.iter().find(|path| tags_itself(path)).map(|path| path.needs[0].need.action.as_str())?;
    let readings = readings(one);
    let demands = Demands::of(readings.iter().map(|(_, reading)| reading));
    let own: BTreeSet<&str> = demands.sets.iter().flatten().map(|tag| tag.key.as_str()).collect();
    let settable = |tag: &Tag| may_set(one, action, tag);
    let all = demands.candidates(by_trust, &settable);
    // A permission that compares two tags depends on values that are not listed here.
    let by_variable = own.is_empty() && one.grants.depends_on_own_tags();
    let mut best = if by_variable { Gain::Something } else { Gain::Nothing };
    for tags in all.iter().take(TRIED) {
        best = best.max(gain_with(one, around, tags, paths));
        if tags.iter().any(|tag| own.contains(tag.key.as_str())) {
            best = best.max(Gain::Something);
        }
    }
    let untried = (all.len() > TRIED && best < Gain::Administrator).then(|| {
        let reason = format!(
            "{} can give itself any of {} sets of tags that policies ask for with aws:PrincipalTag; {TRIED} of them \
             were tried",
            name_of(&one.arn),
            all.len()
        );
        gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
    });
    if best == Gain::Nothing {
        paths.retain(|path| !tags_itself(path));
    }
    if best == Gain::Administrator {
        let tagging = paths.iter_mut().filter(|path| tags_itself(path));
        tagging.for_each(|path| path.administrator = Some(one.arn.clone()));
    }
    untried
}

/// Whether the conditions on the request's tags let the holder give itself this one.
fn may_set(one: &Analysed, action: &str, tag: &Tag) -> bool {
    let policies = one.own_policies();
    let holder = one.holder(&policies);
    let own = if holder.is_user() { On::OwnUser } else { On::OwnRole };
    let tags = std::slice::from_ref(tag);
    let refused = one.grants.denials(action).iter().any(|denial| {
        !matches!(denial.resources, Resources::Missing)
            && denial.conditions.iter().all(|condition| denied(condition, tags) == Some(true))
            && Reach::of_denial(denial.resources, denial.version, &holder, own).matches(&one.arn)
    });
    !refused && escalation::Grants::allows(&*one.grants, action).iter().any(|grant| all_admit(grant.conditions, tags))
}

fn all_admit(conditions: &[Condition], tags: &[Tag]) -> bool {
    conditions.iter().all(|condition| admits(condition, tags) != Some(false))
}

/// The sets of tags with which a session of a role administers the account.
#[derive(Clone, Debug, Default)]
pub struct AdministratingTags {
    pub sets: Vec<Vec<Tag>>,
    /// Why there may be others, or who outside the account sets them.
    pub gap: Option<Arc<Gap>>,
}

impl Analysis {
    /// What callers gain by the tags that they give to sessions, by principal.
    pub(super) fn session_tags(&self, becoming: &BTreeSet<usize>) -> Vec<AdministratingTags> {
        let targets = self.targets_with(becoming);
        let by_trust = demanded_by_trust(&targets);
        let of = |one: &Analysed| {
            let Some(document) = one.trust_document.as_deref() else { return AdministratingTags::default() };
            if one.grants.is_full_admin() || one.is_service_linked() || !lets_callers_set(document) {
                return AdministratingTags::default();
            }
            let around = AccountContext { session: true, ..self.around(one, &targets) };
            administrating(one, document, &around, &by_trust)
        };
        self.all.iter().map(of).collect()
    }
}

/// Whether the trust policy lets somebody other than a service set session tags.
pub(super) fn lets_callers_set(document: &Document) -> bool {
    statements(document).any(|_| true)
}

/// Statements of a trust policy that let somebody other than a service set session tags.
fn statements(document: &Document) -> impl Iterator<Item = &Statement> {
    let people = |statement: &&Statement| match &statement.principals {
        Some(Principals::Only(list)) => list.iter().any(|one| !matches!(one, Principal::Service(_))),
        Some(Principals::AllBut(_)) => true,
        None => false,
    };
    let allowing = |statement: &&Statement| statement.effect == Effect::Allow && is_of_tagging(statement);
    document.statements.iter().filter(allowing).filter(people)
}

fn administrating(
    one: &Analysed,
    document: &Document,
    around: &AccountContext<'_>,
    by_trust: &BTreeSet<Tag>,
) -> AdministratingTags {
    let readings = readings(one);
    let demands = Demands::of(readings.iter().map(|(_, reading)| reading).chain(one.cap.iter().map(|(_, cap)| cap)));
    let settable =
        |tag: &Tag| statements(document).any(|statement| all_admit(&statement.conditions, std::slice::from_ref(tag)));
    // Tags that trust policies ask for matter to a role that assumes others.
    let none = BTreeSet::new();
    let by_trust = if one.grants.touches("sts") { by_trust } else { &none };
    let all = demands.candidates(by_trust, &settable);
    let mut found = AdministratingTags::default();
    for tags in all.iter().take(TRIED) {
        if gain_with(one, around, tags, &one.paths) == Gain::Administrator {
            found.sets.push(tags.clone());
        }
    }
    let name = name_of(&one.arn);
    let outside = statements(document).find(|statement| {
        is_outside(statement, &one.arn) && found.sets.iter().any(|tags| all_admit(&statement.conditions, tags))
    });
    let reason = if outside.is_some() {
        let tags = found.sets[0].iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Some(format!(
            "a session of role {name} with the session tag {tags} administers the account, and the trust policy lets \
             principals outside the account set session tags"
        ))
    } else {
        (all.len() > TRIED && found.sets.is_empty()).then(|| {
            format!(
                "callers can give sessions of role {name} any of {} sets of tags that policies ask for with \
                 aws:PrincipalTag; {TRIED} of them were tried",
                all.len()
            )
        })
    };
    found.gap = reason.map(|reason| gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason));
    found
}

/// The statement lets in somebody who is no principal of the role's own account.
fn is_outside(statement: &Statement, role: &str) -> bool {
    let account = role.split(':').nth(4).unwrap_or_default();
    let outside = |principal: &Principal| match principal {
        Principal::Account(text) | Principal::Arn(text) => !text.contains(account),
        Principal::Everyone | Principal::Federated(_) | Principal::CanonicalUser(_) => true,
        Principal::Service(_) | Principal::Dangling(_) | Principal::Other { .. } => false,
    };
    match &statement.principals {
        Some(Principals::Only(list)) => list.iter().any(outside),
        Some(Principals::AllBut(_)) => true,
        None => false,
    }
}
