//! CloudTrail's trails: each once, by its ARN.

use super::regional_evidence::RegionalEvidence;
use super::selectors::left_out;
use super::shapes::{ListedTrail, SelectorsAnswer, TrailStatusAnswer, TrailsAnswer};
use super::subjects::Trail;
use crate::account::Population;
use crate::account::answers::unless_empty;
use crate::account::fact::{EVENT_SELECTORS, Evidence, Gap, GapKind, Observed, TRAIL_STATUS, TRAILS};
use crate::account::gaps::gap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All trails, and what keeps the list from being whole.
pub struct Trails {
    pub trails: Vec<Trail>,
    pub gaps: Vec<Arc<Gap>>,
}

pub fn read(evidence: &RegionalEvidence<'_>) -> Trails {
    // An organization's trail belongs to another account and records this one all the same.
    let ways: [&[_]; 2] = [&[("includeShadowTrails", "true")], &[]];
    let lists = evidence.lists_about(
        TRAILS,
        &ways,
        |page: TrailsAnswer| page.trail_list,
        |one| (one.is_organization_trail != Some(true)).then_some(&*one.arn),
    );
    let status = evidence.answers(TRAIL_STATUS);
    let selectors = evidence.answers(EVENT_SELECTORS);
    let mut gaps: Vec<Arc<Gap>> = evidence.regions.gap.iter().cloned().collect();
    let mut listed: BTreeMap<String, ListedTrail> = BTreeMap::new();
    for source in lists.into_values() {
        gaps.extend(source.gap);
        for trail in source.data {
            listed.entry(trail.arn.clone()).or_insert(trail);
        }
    }
    let subject = |trail: ListedTrail| {
        let status = status.anywhere(&trail.home_region, &[("Name", &trail.arn)]);
        let selectors = selectors.anywhere(&trail.home_region, &[("TrailName", &trail.arn)]);
        subject(evidence, trail, &status, &selectors)
    };
    Trails { trails: listed.into_values().map(subject).collect(), gaps }
}

fn subject(
    evidence: &RegionalEvidence<'_>,
    trail: ListedTrail,
    status: &Observed<TrailStatusAnswer>,
    selectors: &Observed<SelectorsAnswer>,
) -> Trail {
    let arn = trail.arn.clone();
    let missing = move |evidence: Evidence, what: &str| {
        gap(evidence, GapKind::Absent, format!("{evidence} does not return {what} of {arn}"))
    };
    let said =
        |value: Option<bool>, what: &str| value.map_or_else(|| Observed::Gap(missing(TRAILS, what)), Observed::Known);
    let error = |of: fn(&TrailStatusAnswer) -> &Option<String>| {
        status.as_ref().map(|status| of(status).clone().filter(|text| !text.trim().is_empty()))
    };
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let log_group = filled(trail.cloud_watch_logs_log_group_arn);
    // An answer without the time does not say that nothing was ever delivered.
    let last_log_group_delivery =
        status.as_ref().and_then(|status| match (status.latest_cloud_watch_logs_delivery_time, &log_group) {
            (Some(at), _) => {
                evidence.seen(at, TRAIL_STATUS, || format!("the last delivery of {}", trail.arn)).map(Some)
            }
            (None, None) => Observed::Known(None),
            (None, Some(_)) => Observed::Gap(missing(TRAIL_STATUS, "the time of the last delivery to CloudWatch Logs")),
        });
    Trail {
        id: trail.arn.clone(),
        label: format!("trail {} ({})", trail.name, trail.home_region),
        as_of: evidence.started,
        name: Observed::Known(trail.name),
        home_region: Observed::Known(trail.home_region),
        multi_region: said(trail.is_multi_region_trail, "IsMultiRegionTrail"),
        organization: said(trail.is_organization_trail, "IsOrganizationTrail"),
        logging: status.as_ref().and_then(|status| {
            status.is_logging.map_or_else(|| Observed::Gap(missing(TRAIL_STATUS, "IsLogging")), Observed::Known)
        }),
        left_out: selectors.as_ref().and_then(|answer| {
            // Calls to global services, IAM's among them, are left out where this is off.
            let global = said(trail.include_global_service_events, "IncludeGlobalServiceEvents");
            let left_out = left_out(answer)
                .map_or_else(|| Observed::Gap(missing(EVENT_SELECTORS, "the event selectors")), Observed::Known);
            left_out.and_then(|mut words| {
                global.map(|global| {
                    words.extend((!global).then(|| "events of global services such as IAM".to_owned()));
                    words
                })
            })
        }),
        validates_files: said(trail.log_file_validation_enabled, "LogFileValidationEnabled"),
        kms_key: Observed::Known(filled(trail.kms_key_id)),
        log_group: Observed::Known(log_group),
        delivery_error: error(|status| &status.latest_delivery_error),
        log_group_error: error(|status| &status.latest_cloud_watch_logs_delivery_error),
        last_log_group_delivery,
    }
}

/// What a trail lacks to record everything; a gap where that cannot be told.
fn lacks(trail: &Trail) -> Observed<Vec<String>> {
    let mut lacks = Vec::new();
    let mut gaps = Vec::new();
    let mut hold = |met: Observed<bool>, words: String| match met {
        Observed::Known(true) => {}
        Observed::Known(false) => lacks.push(words),
        Observed::Gap(gap) => gaps.push(gap),
    };
    hold(trail.multi_region.clone(), "is a single-Region trail".to_owned());
    hold(trail.logging.clone(), "is not logging".to_owned());
    let left_out = trail.left_out.known().map(|words| words.join(", ")).unwrap_or_default();
    hold(trail.left_out.as_ref().map(Vec::is_empty), format!("excludes {left_out}"));
    let error = trail.delivery_error.known().cloned().flatten().unwrap_or_default();
    hold(trail.delivery_error.as_ref().map(Option::is_none), format!("could not deliver ({error})"));
    unless_empty(lacks, gaps)
}

pub fn is_complete(trail: &Trail) -> Observed<bool> {
    lacks(trail).map(|lacks| lacks.is_empty())
}

pub fn complete(trails: &Trails) -> Observed<Vec<String>> {
    let mut found = Vec::new();
    let mut gaps = trails.gaps.clone();
    for trail in &trails.trails {
        match is_complete(trail) {
            Observed::Known(true) => found.push(trail.label.clone()),
            Observed::Known(false) => {}
            Observed::Gap(gap) => gaps.push(gap),
        }
    }
    unless_empty(found, gaps)
}

/// For the words of a failure: what is known, and a gap only where nothing is.
pub fn incomplete(trails: &Trails) -> Observed<Vec<String>> {
    let words = |trail: &Trail| {
        let lacks = lacks(trail).known().cloned().filter(|lacks| !lacks.is_empty())?;
        Some(format!("{} {}", trail.label, lacks.join(", ")))
    };
    unless_empty(trails.trails.iter().filter_map(words).collect(), trails.gaps.iter().cloned())
}

pub fn population(trails: Trails) -> Population<Trail> {
    Population { subjects: trails.trails, gaps: trails.gaps }
}
