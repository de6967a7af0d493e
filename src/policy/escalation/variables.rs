//! Resource patterns with the holder's tags in place of variables.

use super::{AccountContext, Holder};
use crate::policy::document::{Resources, Version};
use std::borrow::Cow;

/// The resources with the values of the holder's tags, where no request carries others.
///
/// A pattern with a variable without a value and without a default matches nothing (IAM user guide, "IAM policy
/// elements: Variables and tags"); of `NotResource` it is left as it is.
pub(super) fn filled<'r>(
    resources: &'r Resources,
    version: Version,
    holder: &Holder<'_>,
    around: &AccountContext<'_>,
) -> Cow<'r, Resources> {
    let is_certain = (around.fixed_tags || around.session) && version != Version::V2008;
    let (Resources::Only(list) | Resources::AllBut(list)) = resources else { return Cow::Borrowed(resources) };
    if !is_certain || !list.iter().any(|text| text.contains("${")) {
        return Cow::Borrowed(resources);
    }
    let texts = list.iter().map(|text| (text, fill(text, holder)));
    Cow::Owned(match resources {
        Resources::AllBut(_) => {
            Resources::AllBut(texts.map(|(text, filled)| filled.unwrap_or_else(|| text.clone())).collect())
        }
        _ => Resources::Only(texts.filter_map(|(_, filled)| filled).collect()),
    })
}

/// `None` if it names a tag that the holder lacks and no default value.
fn fill(text: &str, holder: &Holder<'_>) -> Option<String> {
    let own = |key: &str| {
        let tags = holder.tags.iter().filter_map(|tag| tag.split_once('='));
        tags.into_iter().find(|(own, _)| own.to_lowercase() == key).map(|(_, value)| value)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((variable, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = match variable.split_once(',') {
            Some((name, default)) => (name, Some(default.trim().trim_matches('\''))),
            None => (variable, None),
        };
        let name = name.trim().to_lowercase();
        match name.strip_prefix("aws:principaltag/") {
            // A tag has no wildcards; a default value may.
            Some(key) => match own(key) {
                Some(value) if value.contains(['*', '?', '$']) => out.push_str(&format!("${{{variable}}}")),
                Some(value) => out.push_str(value),
                None => out.push_str(default?),
            },
            None => out.push_str(&format!("${{{variable}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}
