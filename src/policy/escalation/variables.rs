//! Resource patterns with variables that have no value.

use super::{AccountContext, Holder};
use crate::policy::document::{Resources, Version};
use std::borrow::Cow;

/// The resources without the patterns that match nothing because they name a tag that the holder does not have.
///
/// A variable without a value and without a default matches nothing (IAM user guide, "IAM policy elements: Variables and
/// tags"). `NotResource` is left as it is.
pub(super) fn without_unset_tags<'r>(
    resources: &'r Resources,
    version: Version,
    holder: &Holder<'_>,
    around: &AccountContext<'_>,
) -> Cow<'r, Resources> {
    match resources {
        Resources::Only(list) if around.fixed_tags && version != Version::V2008 => {
            let unset = |text: &String| names_unset_tag(text, holder);
            if !list.iter().any(unset) {
                return Cow::Borrowed(resources);
            }
            Cow::Owned(Resources::Only(list.iter().filter(|text| !unset(text)).cloned().collect()))
        }
        _ => Cow::Borrowed(resources),
    }
}

fn names_unset_tag(text: &str, holder: &Holder<'_>) -> bool {
    let has = |key: &str| {
        let own = holder.tags.iter().filter_map(|tag| tag.split_once('='));
        own.into_iter().any(|(own, _)| own.to_lowercase() == key)
    };
    let variables = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    // A default value stands in where there is no tag.
    let plain = variables.filter(|name| !name.contains(',')).map(|name| name.trim().to_lowercase());
    plain.into_iter().any(|name| name.strip_prefix("aws:principaltag/").is_some_and(|key| !has(key)))
}
