//! A policy's text for reports, with external ids masked.

use crate::policy::{json, secret};

/// The document as indented JSON with every value of `sts:ExternalId` masked.
/// Text that is no JSON is withheld whole: nobody could say where an id is in it.
pub fn masked(text: &str) -> String {
    match json::parse(text) {
        Ok(mut value) => {
            secret::hide(&mut value);
            value.pretty()
        }
        Err(_) => "(withheld: the text is not JSON, and may hold an external id)".to_owned(),
    }
}
