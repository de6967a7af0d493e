//! CloudTrail's trails: each once, by its ARN, as all Regions list it.

use super::regional_evidence::{Lists, RegionalEvidence};
use super::selectors::left_out;
use super::shapes::{ListedTrail, SelectorsAnswer, TrailStatusAnswer, TrailsAnswer};
use super::subjects::Trail;
use crate::account::Population;
use crate::account::answers::unless_empty;
use crate::account::fact::{EVENT_SELECTORS, Evidence, Gap, GapKind, Observed, TRAIL_STATUS, TRAILS};
use crate::account::gaps::gap;
use crate::account::sources::Source;
use std::collections::BTreeMap;
use std::fmt::Display;
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
    gaps.extend(lists.values().filter_map(|source| source.gap.clone()));
    let mut listed: BTreeMap<&str, Vec<(&str, &ListedTrail)>> = BTreeMap::new();
    for (region, source) in &lists {
        for trail in &source.data {
            listed.entry(&trail.arn).or_default().push((region, trail));
        }
    }
    let subject = |(arn, copies): (&str, Vec<(&str, &ListedTrail)>)| {
        let copies = Copies { arn, copies, lists: &lists };
        let status = status.anywhere(copies.home(), &[("Name", arn)]);
        let selectors = selectors.anywhere(copies.home(), &[("TrailName", arn)]);
        subject(evidence, &copies, &status, &selectors)
    };
    Trails { trails: listed.into_iter().map(subject).collect(), gaps }
}

/// A trail as each Region lists it. A trail of all Regions is listed in every Region, with the same configuration.
struct Copies<'a> {
    arn: &'a str,
    /// By Region; never empty.
    copies: Vec<(&'a str, &'a ListedTrail)>,
    lists: &'a Lists<ListedTrail>,
}

impl Copies<'_> {
    /// The trail's own Region, which its ARN names.
    fn home(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.copies.first().map_or(self.arn, |(_, trail)| &trail.name)
    }

    /// A setting in which all copies agree; none where no copy has it.
    fn setting<T: PartialEq + Display>(
        &self,
        name: &str,
        of: impl Fn(&ListedTrail) -> Option<T>,
    ) -> Observed<Option<T>> {
        let mut found: Option<(&str, T)> = None;
        for (region, trail) in &self.copies {
            match (&found, of(trail)) {
                (Some((first, one)), Some(other)) if *one != other => {
                    let reason = format!(
                        "{TRAILS} answers differently about {name} of {}: {one} in {first}, {other} in {region}",
                        self.arn
                    );
                    return Observed::Gap(gap(TRAILS, GapKind::Conflict, reason));
                }
                (None, Some(value)) => found = Some((region, value)),
                _ => {}
            }
        }
        Observed::Known(found.map(|(_, value)| value))
    }

    /// A text of which an absent one means that nothing is set.
    fn text(&self, name: &str, of: impl Fn(&ListedTrail) -> Option<&String>) -> Observed<Option<String>> {
        let of = |trail: &ListedTrail| {
            let text = of(trail).map(|text| text.trim()).filter(|text| !text.is_empty());
            Some(text.unwrap_or("none").to_owned())
        };
        self.setting(name, of).map(|text| text.filter(|text| text != "none"))
    }

    fn flag(&self, name: &str, of: impl Fn(&ListedTrail) -> Option<bool>) -> Observed<bool> {
        let missing = || gap(TRAILS, GapKind::Absent, format!("{TRAILS} does not return {name} of {}", self.arn));
        self.setting(name, of).and_then(|value| value.map_or_else(|| Observed::Gap(missing()), Observed::Known))
    }

    /// Whether the trail records all Regions. It is then listed in each of them, and its home Region is the one in its
    /// ARN; a Region whose whole list lacks it contradicts that.
    fn multi_region(&self) -> Observed<bool> {
        self.flag("IsMultiRegionTrail", |trail| trail.is_multi_region_trail).and_then(|multi_region| {
            let is_in = |region: &str| self.copies.iter().any(|(listed, _)| *listed == region);
            let lacks = |(region, source): &(&String, &Source<_>)| source.gap.is_none() && !is_in(region);
            let other_home = self.copies.iter().find(|(_, trail)| trail.home_region != self.home());
            let reason = match (self.lists.iter().find(lacks), other_home) {
                (_, Some((_, trail))) => {
                    format!("{TRAILS} names {} as the home Region of {}", trail.home_region, self.arn)
                }
                (Some((region, _)), _) if multi_region => {
                    format!("{TRAILS} in {region} does not list {}, which other Regions list as multi-Region", self.arn)
                }
                _ => return Observed::Known(multi_region),
            };
            Observed::Gap(gap(TRAILS, GapKind::Conflict, reason))
        })
    }
}

fn subject(
    evidence: &RegionalEvidence<'_>,
    copies: &Copies<'_>,
    status: &Observed<TrailStatusAnswer>,
    selectors: &Observed<SelectorsAnswer>,
) -> Trail {
    let arn = copies.arn;
    let missing = |evidence: Evidence, what: &str| {
        gap(evidence, GapKind::Absent, format!("{evidence} does not return {what} of {arn}"))
    };
    let error = |of: fn(&TrailStatusAnswer) -> &Option<String>| {
        status.as_ref().map(|status| of(status).clone().filter(|text| !text.trim().is_empty()))
    };
    let log_group = copies.text("CloudWatchLogsLogGroupArn", |trail| trail.cloud_watch_logs_log_group_arn.as_ref());
    // An answer without the time does not say that nothing was ever delivered.
    let last_log_group_delivery = log_group.clone().and_then(|log_group| {
        status.as_ref().and_then(|status| match (status.latest_cloud_watch_logs_delivery_time, &log_group) {
            (Some(at), _) => evidence.seen(at, TRAIL_STATUS, || format!("the last delivery of {arn}")).map(Some),
            (None, None) => Observed::Known(None),
            (None, Some(_)) => Observed::Gap(missing(TRAIL_STATUS, "the time of the last delivery to CloudWatch Logs")),
        })
    });
    let bucket = copies.text("S3BucketName", |trail| trail.s3_bucket_name.as_ref());
    Trail {
        id: arn.to_owned(),
        label: format!("trail {} ({})", copies.name(), copies.home()),
        as_of: evidence.started,
        name: Observed::Known(copies.name().to_owned()),
        home_region: Observed::Known(copies.home().to_owned()),
        multi_region: copies.multi_region(),
        organization: copies.flag("IsOrganizationTrail", |trail| trail.is_organization_trail),
        logging: status.as_ref().and_then(|status| match status.is_logging {
            Some(on) => is_logging(evidence, arn, on, status),
            None => Observed::Gap(missing(TRAIL_STATUS, "IsLogging")),
        }),
        left_out: selectors.as_ref().and_then(|answer| {
            // Calls to global services, IAM's among them, are left out where this is off.
            let global = copies.flag("IncludeGlobalServiceEvents", |trail| trail.include_global_service_events);
            let left_out = left_out(answer)
                .map_or_else(|| Observed::Gap(missing(EVENT_SELECTORS, "the event selectors")), Observed::Known);
            left_out.and_then(|mut words| {
                global.map(|global| {
                    words.extend((!global).then(|| "events of global services such as IAM".to_owned()));
                    words
                })
            })
        }),
        validates_files: copies.flag("LogFileValidationEnabled", |trail| trail.log_file_validation_enabled),
        kms_key: copies.text("KmsKeyId", |trail| trail.kms_key_id.as_ref()),
        log_group,
        delivery_error: error(|status| &status.latest_delivery_error).and_then(|found| match (found, bucket) {
            (None, Observed::Known(None)) => Observed::Gap(missing(TRAILS, "the S3 bucket")),
            (None, Observed::Gap(gap)) => Observed::Gap(gap),
            (found, _) => Observed::Known(found),
        }),
        log_group_error: error(|status| &status.latest_cloud_watch_logs_delivery_error),
        last_log_group_delivery,
    }
}

/// Days without a delivery after which a trail that is on is not believed to deliver: the calls of the collection
/// itself are events.
const SILENT_DAYS: i64 = 31;

/// Whether a trail is on, unless the times beside that contradict it.
fn is_logging(evidence: &RegionalEvidence<'_>, arn: &str, on: bool, status: &TrailStatusAnswer) -> Observed<bool> {
    let conflict = |reason: String| Observed::Gap(gap(TRAIL_STATUS, GapKind::Conflict, reason));
    let TrailStatusAnswer { start_logging_time: start, stop_logging_time: stop, latest_delivery_time: last, .. } =
        status;
    if let (true, Some(start), Some(stop)) = (on, start, stop)
        && stop > start
    {
        return conflict(format!(
            "{TRAIL_STATUS} says that {arn} is logging, and that it was stopped ({stop}) after it was started ({start})"
        ));
    }
    for (time, what) in [(start, "the start"), (last, "the last delivery")] {
        if let Some(time) = time
            && let Observed::Gap(gap) = evidence.seen(*time, TRAIL_STATUS, || format!("{what} of {arn}"))
        {
            return Observed::Gap(gap);
        }
    }
    match last {
        Some(last) if on && evidence.started.duration_since(*last).as_hours() > 24 * SILENT_DAYS => conflict(format!(
            "{TRAIL_STATUS} says that {arn} is logging, and that its last delivery was on {last}, more than \
             {SILENT_DAYS} days before the collection"
        )),
        _ => Observed::Known(on),
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
