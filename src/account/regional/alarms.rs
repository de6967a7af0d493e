//! From an event to the people who are told of it: trail, log group, metric filter, alarm, topic.

mod topics;

use super::desk::Desk;
use super::pattern::Pattern;
use super::shapes::{Alarm, AlarmsAnswer, FiltersAnswer, MetricFilter, SubscriptionsAnswer, Transformation};
use super::subjects::WatchedEvent;
use super::trails::{Trails, is_complete};
use crate::account::Population;
use crate::account::answers::{Answers, is_foreign, unless_empty};
use crate::account::fact::{ALARMS, Gap, GapKind, METRIC_FILTERS, Observed, SUBSCRIPTIONS};
use crate::account::gaps::gap;
use std::collections::BTreeMap;
use std::sync::Arc;
use topics::{TOPICS, Topic};

/// A log group that a trail writes to.
struct LogGroup {
    region: String,
    name: String,
}

/// A metric filter of such a group, with the alarms on its metric that tell somebody and how many events set each off.
struct Watch<'a> {
    filter: &'a MetricFilter,
    pattern: Option<Pattern>,
    alarms: Vec<(String, i64)>,
    /// Why other alarms may tell somebody, too.
    gaps: Vec<Arc<Gap>>,
}

/// The events, and what keeps the lists of filters and alarms from being whole, in whatever region.
pub fn read(desk: &Desk<'_>, trails: &Trails) -> (Population<WatchedEvent>, Vec<Arc<Gap>>) {
    let filters = desk.lists(METRIC_FILTERS, |page: FiltersAnswer| page.metric_filters, |_| None);
    let alarms = desk.lists(ALARMS, |page: AlarmsAnswer| page.metric_alarms, |alarm| alarm.alarm_arn.as_deref());
    let subscriptions = desk.answers(SUBSCRIPTIONS);
    let (groups, mut gaps) = groups(desk, trails);
    let mut watches = Vec::new();
    for group in &groups {
        let (Some(filters), Some(alarms)) = (filters.get(&group.region), alarms.get(&group.region)) else {
            let reason = format!("{METRIC_FILTERS} was not collected in {}, where a trail delivers to", group.region);
            gaps.push(gap(METRIC_FILTERS, GapKind::NotCollected, reason));
            continue;
        };
        gaps.extend(filters.gap.iter().chain(&alarms.gap).cloned());
        let here = filters.data.iter().filter(|filter| filter.log_group_name.as_deref() == Some(&group.name));
        let told = (&subscriptions, group.region.as_str());
        watches.extend(here.map(|filter| watch(desk, told, filter, &alarms.data)));
    }
    let untold: Vec<Arc<Gap>> = watches.iter().flat_map(|watch| &watch.gaps).cloned().collect();
    gaps.extend(untold.iter().cloned());
    let subjects = TOPICS.iter().map(|topic| subject(desk, topic, &groups, &watches, &gaps)).collect();
    let of_lists = filters.values().map(|list| &list.gap).chain(alarms.values().map(|list| &list.gap));
    (Population { subjects, gaps: Vec::new() }, of_lists.flatten().chain(&untold).cloned().collect())
}

/// Log groups of trails that record everything, and why others may have been missed.
fn groups(desk: &Desk<'_>, trails: &Trails) -> (Vec<LogGroup>, Vec<Arc<Gap>>) {
    let mut gaps = trails.gaps.clone();
    let mut groups: Vec<LogGroup> = Vec::new();
    for trail in &trails.trails {
        let delivers = trail.log_group_error.as_ref().map(Option::is_none);
        let Some(Some(arn)) = trail.log_group.known() else { continue };
        match (is_complete(trail), delivers) {
            (Observed::Known(true), Observed::Known(true)) => {}
            (Observed::Known(false), _) | (_, Observed::Known(false)) => continue,
            (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => {
                gaps.push(gap);
                continue;
            }
        }
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        if is_foreign(arn, desk.place) || parts.len() < 7 {
            let reason = format!(
                "{} delivers to a log group of another account, whose filters cannot be seen: {arn}",
                trail.label
            );
            gaps.push(gap(METRIC_FILTERS, GapKind::Absent, reason));
            continue;
        }
        let name = parts[6].strip_suffix(":*").unwrap_or(parts[6]);
        if !groups.iter().any(|group| group.region == parts[3] && group.name == name) {
            groups.push(LogGroup { region: parts[3].to_owned(), name: name.to_owned() });
        }
    }
    (groups, gaps)
}

fn watch<'a>(desk: &Desk<'_>, told: (&Answers, &str), filter: &'a MetricFilter, alarms: &[Alarm]) -> Watch<'a> {
    let pattern = filter.filter_pattern.as_deref().and_then(Pattern::read);
    let mut watch = Watch { filter, pattern, alarms: Vec::new(), gaps: Vec::new() };
    let counted = filter.metric_transformations.iter().flatten();
    // A metric with dimensions is another metric than the one without, which an alarm without them watches.
    for one in counted.filter(|one| one.dimensions.as_ref().is_none_or(BTreeMap::is_empty)) {
        let on = alarms.iter().filter(|alarm| {
            alarm.metric_name.as_ref() == Some(&one.metric_name)
                && alarm.namespace.as_ref() == Some(&one.metric_namespace)
        });
        for alarm in on {
            let Some(events) = events(alarm, one) else { continue };
            match tells_somebody(desk, told, alarm) {
                Observed::Known(true) => watch.alarms.push((alarm.alarm_name.clone(), events)),
                Observed::Known(false) => {}
                Observed::Gap(gap) => watch.gaps.push(gap),
            }
        }
    }
    watch
}

/// Whether an alarm notifies a topic with a subscription that was confirmed: until it is, nothing is sent.
fn tells_somebody(desk: &Desk<'_>, (subscriptions, region): (&Answers, &str), alarm: &Alarm) -> Observed<bool> {
    let notifies = alarm.actions_enabled == Some(true) && alarm.dimensions.as_ref().is_none_or(Vec::is_empty);
    let topic = format!("arn:{}:sns:", desk.place.partition);
    let topics = alarm.alarm_actions.iter().flatten().filter(|action| notifies && action.starts_with(&topic));
    let mut unknown = None;
    for topic in topics {
        let about = [("TopicArn", topic.as_str())];
        // The topic is gone.
        if matches!(subscriptions.code(region, &about), Some("NotFound" | "NotFoundException")) {
            continue;
        }
        let list = subscriptions.list(region, &about, |page: SubscriptionsAnswer| page.subscriptions);
        // In place of an ARN stands `PendingConfirmation` or `Deleted`.
        let confirmed = |arn: &Option<String>| arn.as_deref().is_some_and(|arn| arn.starts_with("arn:"));
        if list.data.iter().any(|one| confirmed(&one.subscription_arn)) {
            return Observed::Known(true);
        }
        unknown = unknown.or(list.gap);
    }
    unknown.map_or(Observed::Known(false), Observed::Gap)
}

/// How many events it takes until the alarm goes off; none if no number does, or it cannot be told.
fn events(alarm: &Alarm, counted: &Transformation) -> Option<i64> {
    let value: f64 = counted.metric_value.trim().parse().ok().filter(|value| *value > 0.0)?;
    let threshold = alarm.threshold.filter(|threshold| threshold.is_finite())?;
    let each = match alarm.statistic.as_deref()? {
        "Sum" => value,
        "SampleCount" => 1.0,
        _ => return None,
    };
    let needed = match alarm.comparison_operator.as_deref()? {
        "GreaterThanOrEqualToThreshold" => (threshold / each).ceil(),
        "GreaterThanThreshold" => (threshold / each).floor() + 1.0,
        _ => return None,
    };
    // An alarm that looks at several periods wants as many of them to be over the threshold.
    let periods = alarm.datapoints_to_alarm.or(alarm.evaluation_periods).unwrap_or(1).max(1);
    if needed > 1_000_000_000.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within bounds")]
    let needed = needed.max(1.0) as i64;
    needed.checked_mul(periods)
}

fn subject(
    desk: &Desk<'_>,
    topic: &Topic,
    groups: &[LogGroup],
    watches: &[Watch<'_>],
    gaps: &[Arc<Gap>],
) -> WatchedEvent {
    let covered = cover(topic, watches);
    let alarms = covered.as_ref().map(|(names, _)| names.clone()).unwrap_or_default();
    let alarms = unless_empty(alarms, gaps.iter().cloned());
    let until = alarms.as_ref().map(|_| covered.as_ref().map(|(_, events)| *events));
    WatchedEvent {
        id: format!("{}#{}", desk.place.account, topic.name.replace(' ', "-")),
        label: topic.name.to_owned(),
        as_of: desk.started,
        topic: Observed::Known(topic.name.to_owned()),
        alarms,
        events_until_alarm: until,
        found: Observed::Known(words(topic, groups, watches)),
    }
}

/// Alarms that every form of the event reaches, and how many events the slowest takes.
fn cover(topic: &Topic, watches: &[Watch<'_>]) -> Option<(Vec<String>, i64)> {
    let ordinary = (topic.ordinary)();
    let mut names = Vec::new();
    let mut slowest = 1;
    for event in (topic.events)() {
        let takes_in = |watch: &&Watch<'_>| {
            // A filter that counts everything tells nobody anything.
            let pattern = watch.pattern.as_ref();
            pattern.is_some_and(|pattern| {
                pattern.matches(&event) == Some(true)
                    && ordinary.iter().all(|ordinary| pattern.matches(ordinary) == Some(false))
            })
        };
        let alarms = watches.iter().filter(takes_in).flat_map(|watch| &watch.alarms);
        let (name, events) = alarms.min_by_key(|(_, events)| *events)?;
        names.push(name.clone());
        slowest = slowest.max(*events);
    }
    names.sort();
    names.dedup();
    Some((names, slowest))
}

fn words(topic: &Topic, groups: &[LogGroup], watches: &[Watch<'_>]) -> String {
    const SHOWN: usize = 4;
    if groups.is_empty() {
        return "no trail that records everything in all regions delivers to a log group of this account".to_owned();
    }
    let named: Vec<String> = groups.iter().map(|group| format!("{} ({})", group.name, group.region)).collect();
    let named = named.join(", ");
    if watches.is_empty() {
        return format!("log group {named} has no metric filter");
    }
    let events = (topic.events)();
    let about = |watch: &&Watch<'_>| {
        watch.pattern.as_ref().is_some_and(|pattern| events.iter().any(|event| pattern.matches(event) != Some(false)))
    };
    let near: Vec<&Watch<'_>> = watches.iter().filter(about).collect();
    if near.is_empty() {
        return format!("no metric filter of log group {named} takes in such events");
    }
    let told = |watch: &&Watch<'_>| {
        let alarms = if watch.alarms.is_empty() && !watch.gaps.is_empty() {
            "whom its alarm notifies is not known".to_owned()
        } else if watch.alarms.is_empty() {
            "no alarm that notifies anybody".to_owned()
        } else {
            watch.alarms.iter().map(|(name, _)| format!("alarm {name}")).collect::<Vec<_>>().join(", ")
        };
        let (name, pattern) = (watch.filter.filter_name.as_deref(), watch.filter.filter_pattern.as_deref());
        format!("filter {}: {} – {alarms}", name.unwrap_or("without name"), pattern.unwrap_or_default().trim())
    };
    let more = if near.len() > SHOWN { format!("; and {} more", near.len() - SHOWN) } else { String::new() };
    format!("log group {named}: {}{more}", near.iter().take(SHOWN).map(told).collect::<Vec<_>>().join("; "))
}
