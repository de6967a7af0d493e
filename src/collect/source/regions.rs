//! The regions of the account with their opt-in state, and with them where regional sources are asked.

use crate::collect::ask::{Aws, text};
use crate::collect::client::looks_like_a_region;
use crate::collect::session::Stop;
use serde_json::json;

/// Regional sources need it, whether or not the rest of its set is chosen.
pub const NAME: &str = "regions";

pub async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let listed = aws.list("ListRegions", json!({}), "Regions").await?;
    // A Region in a state that AWS does not document may be in use: it is gone through.
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
    // Without a list there is the configured region, and it is gone through where the list broke off before
    // it; that the list is missing or not whole stands in the log.
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
