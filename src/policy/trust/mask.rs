//! A policy's text for reports, with external ids masked.

use crate::policy::{json, secret};

/// The document as indented JSON with every value of `sts:ExternalId` masked, a line for each member and item.
pub fn masked(text: &str) -> String {
    masked_in_lines(text, 0)
}

/// The same in lines of up to `width` characters where its words allow.
/// Text that is not JSON is withheld whole: where an external id is in it cannot be known.
pub fn masked_in_lines(text: &str, width: usize) -> String {
    match json::parse(text) {
        Ok(mut value) => {
            secret::hide(&mut value);
            value.wrapped(width)
        }
        Err(_) => "(withheld: the text is not JSON, and may hold an external id)".to_owned(),
    }
}
