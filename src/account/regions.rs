//! The Regions that a question about the whole account has to reach.

use super::answers::{Answers, GLOBAL};
use super::fact::{Gap, GapKind, REGIONS};
use super::gaps::gap;
use crate::operations::operations;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
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
    // A Region on its way in is not there yet; one on its way out still has what it has.
    let off = |status: Option<&str>| matches!(status, Some("DISABLED" | "ENABLING"));
    let on = source.data.into_iter().filter(|region| !off(region.region_opt_status.as_deref()));
    let mut names: BTreeSet<String> = on.map(|region| region.region_name).collect();
    let unlisted = unlisted(snapshot, &names);
    let empty = || gap(REGIONS, GapKind::Unreadable, format!("{REGIONS} lists no enabled Region"));
    let missing = source.gap.or_else(|| names.is_empty().then(empty)).or_else(|| {
        let (first, why) = unlisted.first_key_value()?;
        let more =
            if unlisted.len() > 1 { format!("; {} more are missing", unlisted.len() - 1) } else { String::new() };
        Some(gap(REGIONS, GapKind::Conflict, format!("{REGIONS} does not list {first} as enabled, {why}{more}")))
    });
    let header = &snapshot.header;
    names.extend(header.regions_enabled.iter().cloned());
    if missing.is_some() {
        names.extend(header.regions.iter().filter(|name| is_region(name)).cloned());
        names.extend(unlisted.into_keys());
    }
    Regions { names: names.into_iter().collect(), gap: missing }
}

/// Regions that AWS enables in every account and lets nobody disable, by partition. IAM and its events are at home in
/// the first of each. Guide of AWS Account Management, "Enable or disable AWS Regions in your account".
const BY_DEFAULT: [&[&str]; 3] = [
    &[
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
    ],
    &["cn-north-1", "cn-northwest-1"],
    &["us-gov-west-1", "us-gov-east-1"],
];

/// Regions that the list should have and lacks, and how that is known: one that is always enabled, and those that
/// services answered from. `--region-opt-status-contains ENABLED` alone leaves out those that are enabled by default.
fn unlisted(snapshot: &Snapshot, names: &BTreeSet<String>) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    if names.is_empty() {
        return found;
    }
    let regional: BTreeSet<(&str, &str)> = operations()
        .filter(|(source, _)| source.is_regional)
        .map(|(_, operation)| (operation.service, operation.name))
        .collect();
    for call in &snapshot.calls {
        let is_answer = call.evidence.is_some() && !call.superseded;
        if is_answer
            && is_region(&call.region)
            && !names.contains(&call.region)
            && regional.contains(&(call.service.as_str(), call.operation.as_str()))
        {
            found.insert(call.region.clone(), "although services answered from there");
        }
    }
    let starts = |prefix: &str| names.iter().any(|name| name.starts_with(prefix));
    let [aws, china, gov] = BY_DEFAULT;
    let by_default = if starts("cn-") {
        china
    } else if starts("us-gov-") {
        gov
    } else if starts("us-iso") || starts("eu-iso") || starts("eusc-") {
        &[]
    } else {
        aws
    };
    // A list of a few Regions may be that of a model of an account; one of most of them is AWS's own.
    let lacking = by_default.iter().filter(|name| !names.contains(**name));
    let is_long = lacking.clone().count() * 2 < by_default.len();
    for name in lacking.filter(|name| is_long || by_default.first() == Some(name)) {
        found.entry((*name).to_owned()).or_insert("which is always enabled");
    }
    found
}

/// `aws-global` and the like are no Regions.
fn is_region(name: &str) -> bool {
    name.matches('-').count() >= 2 && name.ends_with(|last: char| last.is_ascii_digit())
}
