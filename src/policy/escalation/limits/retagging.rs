//! Conditions on resource tags that the principal meets, or escapes, by changing the tags itself.

use super::super::{AccountContext, Certainty, GrantQueries, Grants, Holder, On, Reach, Usable, requester, settled};
use crate::arn::name_of;
use crate::policy::document::Condition;
use crate::policy::grants::{Requester, turned};
use crate::policy::session_tags::{Tag, admits};

/// The actions that set and remove tags, for what a permission is about.
const TAGGING: [(&[On], &str, &str); 4] = [
    (&[On::User, On::OwnUser], "iam:TagUser", "iam:UntagUser"),
    (&[On::Role, On::OwnRole], "iam:TagRole", "iam:UntagRole"),
    (&[On::Policy, On::OwnPolicy], "iam:TagPolicy", "iam:UntagPolicy"),
    (&[On::SamlProvider], "iam:TagSAMLProvider", "iam:UntagSAMLProvider"),
];

/// Whether the principal may set tags of a user or role at all.
pub(super) fn may_tag(grants: &dyn Grants) -> bool {
    ["iam:TagRole", "iam:TagUser"].iter().any(|tagging| !grants.allows(tagging).is_empty())
}

fn is_tagging(action: &str) -> bool {
    TAGGING.iter().any(|(_, tags, untags)| action == *tags || action == *untags)
}

/// The certain permissions to change tags so that the conditions on them are met.
pub(super) fn meeting(
    conditions: &[Condition],
    (action, on): (&str, On),
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
) -> Vec<Usable> {
    // Whether tags may be changed does not depend on whether they may be changed.
    if is_tagging(action) {
        return Vec::new();
    }
    let Some((_, tags, untags)) = TAGGING.iter().find(|(kinds, ..)| kinds.contains(&on)) else { return Vec::new() };
    let who = requester(holder, around);
    let conditions: Vec<Condition> = conditions.iter().map(|condition| turned(condition).into_owned()).collect();
    let wanted: Vec<Tag> = conditions.iter().filter_map(|condition| demanded(condition, &who)).collect();
    let value = |condition: &Condition| wanted.iter().find(|tag| tag.key == key(condition)).map(|tag| &*tag.value);
    let mut found = Vec::new();
    if conditions.iter().all(|condition| who.may_meet_with_tag(condition, value(condition)) == Some(true)) {
        found.extend(certain((tags, on), &wanted, holder, grants, around));
    }
    if conditions.iter().all(|condition| who.may_meet_with_tag(condition, None) == Some(true)) {
        found.extend(certain((untags, on), &[], holder, grants, around));
    }
    found
}

/// The denied resources without those whose tags the principal can change so that a condition of the denial fails.
pub(super) fn without_escaped(
    denied: Reach,
    conditions: &[Condition],
    (action, on): (&str, On),
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
) -> Reach {
    let Reach::Only(mut patterns) = denied else { return denied };
    if is_tagging(action) {
        return Reach::Only(patterns);
    }
    let Some((_, tags, untags)) = TAGGING.iter().find(|(kinds, ..)| kinds.contains(&on)) else {
        return Reach::Only(patterns);
    };
    let who = requester(holder, around);
    for condition in conditions {
        let condition = &*turned(condition);
        let mut escaping = Vec::new();
        let other = demanded(condition, &who).map_or_else(|| "x".to_owned(), |tag| tag.value);
        for value in [other.as_str(), "x"] {
            if who.meets_with_tag(condition, Some(value)) == Some(false) {
                let wanted = [Tag { key: key(condition), value: value.to_owned() }];
                escaping.extend(certain((tags, on), &wanted, holder, grants, around));
            }
        }
        if who.meets_with_tag(condition, None) == Some(false) {
            escaping.extend(certain((untags, on), &[], holder, grants, around));
        }
        patterns.retain(|pattern| !escaping.iter().any(|usable| usable.reach.matches(&pattern.literal)));
    }
    Reach::Only(patterns)
}

/// The statements that certainly allow setting these tags.
fn certain(
    (action, on): (&'static str, On),
    tags: &[Tag],
    holder: &Holder<'_>,
    grants: &dyn Grants,
    around: &AccountContext<'_>,
) -> Vec<Usable> {
    let mut asked = GrantQueries::new(holder, grants, around);
    let held = asked.about(action, on).to_vec();
    let usable = held.iter().filter_map(|held| settled(held, action, on, &|condition| admits(condition, tags)));
    usable.filter(|usable| usable.certainty > Certainty::Conditional).collect()
}

/// The tag's key in the condition's key.
fn key(condition: &Condition) -> String {
    condition.key.split_once('/').map(|(_, key)| key.to_lowercase()).unwrap_or_default()
}

/// A tag that meets the condition, also one that has the principal's own name or the value of an own tag; `None` if its
/// absence does, or that is not known.
fn demanded(condition: &Condition, who: &Requester<'_>) -> Option<Tag> {
    let value = condition.values.first()?;
    let plain = value.replace('*', "").replace('?', "x");
    let own = who.tags.iter().filter_map(|tag| tag.split_once('=')).map(|(_, value)| value);
    let mut candidates = [value.as_str(), plain.as_str(), "x", name_of(who.arn)].into_iter().chain(own);
    let met = candidates.find(|value| who.may_meet_with_tag(condition, Some(value)) == Some(true))?;
    Some(Tag { key: key(condition), value: met.to_owned() })
}
