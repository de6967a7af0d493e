//! What a principal gains by changing itself: taking off or widening its permissions boundary, and tagging itself.
//!
//! The permissions are evaluated again as they would be after the change. Where the principal is an
//! administrator then, or has an open path to one, the path counts as one to an administrator.

use super::Analysed;
use crate::account::details::name_of;
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind};
use crate::account::gaps::gap;
use crate::policy::document::{Condition, Resources};
use crate::policy::escalation::{self, Certainty, Gives, Grants as _, Holder, On, Path, Reach, Surroundings, Targets};
use crate::policy::grants::{Grants, Reading, Requester, tag_meets, union_of};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Values of own tags that are tried for one principal; with more, what it gains is not decided.
const TRIED: usize = 64;

/// What a principal has after a change of itself that it had not before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gain {
    Nothing,
    Something,
    Administrator,
}

/// Compares what is open after the change with the paths that were open before.
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
    let known = |path: &&Path| before.iter().any(|other| other.way.id == path.way.id && other.is_open());
    let mut gain = Gain::Nothing;
    for path in open.iter().filter(|path| path.is_open() && !known(path)) {
        let ends = path.way.gives == Gives::Administrator || path.administrator.is_some();
        gain = gain.max(if ends { Gain::Administrator } else { Gain::Something });
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

/// A tag with the value that a condition asks for: the key in lower case, and the value.
type Tag = (String, String);

/// The tags of principals that trust policies ask for.
pub(super) fn demanded_by_trust(targets: &Targets<'_>) -> BTreeSet<Tag> {
    let documents = targets.roles.iter().filter_map(|role| role.trust);
    let conditions = documents.flat_map(|document| &document.statements).flat_map(|statement| &statement.conditions);
    conditions.flat_map(demanded).collect()
}

/// Tags that meet the condition: each value with something for its wildcards.
fn demanded(condition: &Condition) -> Vec<Tag> {
    let key = condition.key.to_lowercase();
    let Some(tag) = key.strip_prefix("aws:principaltag/") else { return Vec::new() };
    let value = |value: &String| match condition.operator.as_str() {
        "Null" => "x".to_owned(),
        "StringLike" | "StringNotLike" => value.replace('*', "").replace('?', "x"),
        _ => value.clone(),
    };
    let fixed = condition.values.iter().filter(|value| !value.contains("${"));
    fixed.map(|text| (tag.to_owned(), value(text))).collect()
}

/// Settles the paths by which the holder changes itself; tells why what it gains is not decided.
pub(super) fn settle(
    one: &Analysed,
    around: &Surroundings<'_>,
    by_trust: &BTreeSet<Tag>,
    paths: &mut Vec<Path>,
) -> Option<Arc<Gap>> {
    without_boundary(one, around, paths);
    tagged(one, around, by_trust, paths)
}

fn requester<'a>(one: &'a Analysed, tags: &'a [String], around: &Surroundings<'a>) -> Requester<'a> {
    Requester { arn: &one.arn, tags, organization: around.organization, mfa: around.mfa }
}

fn without_boundary(one: &Analysed, around: &Surroundings<'_>, paths: &mut [Path]) {
    let changes = |path: &Path| path.way.own_boundary && path.is_open();
    if !paths.iter().any(changes) {
        return;
    }
    let grants = union_of(&readings(one), None, &requester(one, &one.tags, around));
    if gain(one, &grants, &one.tags, around, paths) == Gain::Administrator {
        paths.iter_mut().filter(|path| changes(path)).for_each(|path| path.administrator = Some(one.arn.clone()));
    }
}

fn tagged(
    one: &Analysed,
    around: &Surroundings<'_>,
    by_trust: &BTreeSet<Tag>,
    paths: &mut Vec<Path>,
) -> Option<Arc<Gap>> {
    let action = paths.iter().find(|path| path.way.own_tag).map(|path| path.needs[0].need.action.as_str())?;
    let readings = readings(one);
    let statements = readings.iter().flat_map(|(_, reading)| &reading.document.statements);
    let own: BTreeSet<Tag> = statements.flat_map(|statement| &statement.conditions).flat_map(demanded).collect();
    // A permission that compares two tags, or holds one in a variable, depends on values that are not listed here.
    let by_variable = own.is_empty() && one.grants.depends_on_own_tags();
    let mut best = if by_variable { Gain::Something } else { Gain::Nothing };
    let settable: BTreeSet<&Tag> = own.iter().chain(by_trust).filter(|tag| may_set(one, action, tag)).collect();
    for &tag in settable.iter().take(TRIED) {
        let (key, value) = tag;
        let others = one.tags.iter().filter(|own| !own.to_lowercase().starts_with(&format!("{key}=")));
        let tags: Vec<String> = others.cloned().chain([format!("{key}={value}")]).collect();
        let grants = union_of(&readings, one.cap.as_ref(), &requester(one, &tags, around));
        best = best.max(gain(one, &grants, &tags, around, paths));
        if own.contains(tag) {
            best = best.max(Gain::Something);
        }
    }
    let untried = (settable.len() > TRIED && best < Gain::Administrator).then(|| {
        let reason = format!(
            "{} can give itself any of {} tags that policies ask for with aws:PrincipalTag; {TRIED} of them were tried",
            name_of(&one.arn),
            settable.len()
        );
        gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
    });
    if best == Gain::Nothing {
        paths.retain(|path| !path.way.own_tag);
    }
    if best == Gain::Administrator {
        let tagging = paths.iter_mut().filter(|path| path.way.own_tag);
        tagging.for_each(|path| path.administrator = Some(one.arn.clone()));
    }
    untried
}

/// Whether the conditions on the request's tags let the holder give itself this one.
fn may_set(one: &Analysed, action: &str, tag: &Tag) -> bool {
    let policies = one.own_policies();
    let holder = one.holder(&policies);
    let own = if holder.is_user() { On::OwnUser } else { On::OwnRole };
    let denied = one.grants.denials(action).iter().any(|denial| {
        let about_tag = |condition: &Condition| asked(condition, tag) == Some(true);
        !matches!(denial.resources, Resources::Missing)
            && denial.conditions.iter().all(about_tag)
            && Reach::of_denial(denial.resources, denial.version, &holder, own).matches(&one.arn)
    });
    let admits = |conditions: &[Condition]| conditions.iter().all(|condition| asked(condition, tag) != Some(false));
    !denied && escalation::Grants::allows(&*one.grants, action).iter().any(|grant| admits(grant.conditions))
}

/// Whether a request that sets only this tag meets a condition on the request's tags; none for other conditions.
fn asked(condition: &Condition, (key, value): &Tag) -> Option<bool> {
    let name = condition.key.to_lowercase();
    if name == "aws:tagkeys" {
        let folded =
            Condition { values: condition.values.iter().map(|one| one.to_lowercase()).collect(), ..condition.clone() };
        return tag_meets(&folded, Some(key));
    }
    let wanted = name.strip_prefix("aws:requesttag/")?;
    // Other tags may be set besides.
    if wanted == key { tag_meets(condition, Some(value)) } else { None }
}
