//! A policy's text and its explanation for reports, with external ids masked.

use super::{Entry, ExternalId, Trust, TrustedPrincipal};
use crate::policy::document::ExternalIds;
use crate::policy::{external_id_mask, json};

/// Takes the external ids out of every sentence of an explanation.
pub(super) fn hide(trust: &mut Trust, ids: &ExternalIds) {
    if ids.is_empty() {
        return;
    }
    let hide = |text: &mut String| *text = ids.hide(text);
    for entry in &mut trust.entries {
        let Entry { who, external_id, conditions, also_denied, sentence, .. } = entry;
        hide(sentence);
        also_denied.iter_mut().for_each(hide);
        for shown in conditions {
            hide(&mut shown.text);
            hide(&mut shown.judgement.reason);
        }
        if let ExternalId::NotEnforced(why) = external_id {
            hide(why);
        }
        if let TrustedPrincipal::NotUnderstood(text) = who {
            hide(text);
        }
    }
    trust.denials.iter_mut().for_each(|denial| hide(&mut denial.sentence));
    trust.not_understood.iter_mut().for_each(hide);
}

/// The document as indented JSON with every value of `sts:ExternalId` masked, a line for each member and item.
pub fn masked(text: &str) -> String {
    masked_in_lines(text, 0)
}

/// The same in lines of up to `width` characters where its words allow.
/// Text that is not JSON is withheld whole: where an external id is in it cannot be known.
pub fn masked_in_lines(text: &str, width: usize) -> String {
    match json::parse(text) {
        Ok(mut value) => {
            external_id_mask::hide(&mut value);
            value.wrapped(width)
        }
        Err(_) => "(withheld: the text is not JSON, and may hold an external id)".to_owned(),
    }
}
