//! The Regions of the account with their opt-in status. They decide where regional sources are collected.

use crate::collect::client::looks_like_a_region;
use crate::collect::session::SourceError;
use crate::collect::source_context::{SourceContext, text};
use serde_json::json;

/// Regional sources need this source, even if the rest of its set is not chosen.
pub const NAME: &str = "regions";

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    let listed = aws.list_entries("ListRegions", json!({}), "Regions").await?;
    // A Region with an undocumented status may be in use, so it is collected.
    let is_on = |status: &str| !matches!(status, "DISABLED" | "ENABLING");
    let mut enabled: Vec<String> = listed
        .iter()
        .filter(|region| is_on(text(region, "RegionOptStatus")))
        .map(|region| text(region, "RegionName").to_owned())
        .filter(|name| looks_like_a_region(name))
        .collect();
    enabled.sort();
    let is_whole = !aws.has_failed();
    let chosen = &aws.options().regions;
    let mut session = aws.session.borrow_mut();
    // If the list is missing or incomplete, the configured Region is collected as well; the log has the failure.
    if is_whole && !enabled.is_empty() {
        session.regions.clone_from(&enabled);
    } else {
        session.regions.append(&mut enabled);
        session.regions.sort();
        session.regions.dedup();
    }
    if !chosen.is_empty() {
        session.regions.clone_from(chosen);
    }
    session.writer.update(|header| header.regions_enabled = enabled)?;
    Ok(())
}
