//! The regions that a question about the whole account has to reach.

use super::answers::{Answers, GLOBAL};
use super::fact::{Gap, GapKind, REGIONS};
use super::gaps::gap;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    regions: Option<Vec<Listed>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    region_name: String,
    region_opt_status: Option<String>,
}

/// Regions that are not switched off, and what keeps the list from being all of them.
pub struct Regions {
    /// Sorted; where the list of them is not whole, those that were gone through as well.
    pub names: Vec<String>,
    pub gap: Option<Arc<Gap>>,
}

pub fn read(snapshot: &Snapshot) -> Regions {
    let source = Answers::of(snapshot, REGIONS).list(GLOBAL, &[], |page: Page| page.regions);
    // A region on its way in is not there yet; one on its way out still has what it has.
    let off = |status: Option<&str>| matches!(status, Some("DISABLED" | "ENABLING"));
    let on = source.data.into_iter().filter(|region| !off(region.region_opt_status.as_deref()));
    let mut names: BTreeSet<String> = on.map(|region| region.region_name).collect();
    let empty = || gap(REGIONS, GapKind::Unreadable, format!("{REGIONS} names no region that is switched on"));
    let missing = source.gap.or_else(|| names.is_empty().then(empty));
    let header = &snapshot.header;
    names.extend(header.regions_enabled.iter().cloned());
    if missing.is_some() {
        names.extend(header.regions.iter().filter(|name| is_region(name)).cloned());
    }
    Regions { names: names.into_iter().collect(), gap: missing }
}

/// `aws-global` and the like are no regions.
fn is_region(name: &str) -> bool {
    name.matches('-').count() >= 2 && name.ends_with(|last: char| last.is_ascii_digit())
}
