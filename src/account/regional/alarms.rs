//! From an event to the people who are told of it: trail, log group, metric filter, alarm, topic.

mod effect;
mod expression;
mod notification;
mod topics;
mod words;

use super::pattern::{Event, Pattern};
use super::regional_evidence::{Lists, RegionalEvidence};
use super::shapes::{Alarm, AlarmsAnswer, CompositeAlarm, FiltersAnswer, MetricFilter};
use super::subjects::WatchedEvent;
use super::trails::{Trails, is_complete};
use crate::account::Population;
use crate::account::answers::{is_foreign, unless_empty};
use crate::account::fact::{ALARMS, Gap, GapKind, METRIC_FILTERS, Observed, SUBSCRIPTIONS};
use crate::account::gaps::{gap, located};
use effect::Effect;
use expression::watched;
use notification::Notifications;
use std::collections::BTreeMap;
use std::sync::Arc;
use topics::{Own, TOPICS, Topic};
use words::words;

/// The parameters of the request that returns composite alarms beside metric alarms.
const WITH_COMPOSITES: &[(&str, &str)] = &[("AlarmTypes", r#"["CompositeAlarm","MetricAlarm"]"#)];

/// A log group that a trail writes to.
struct LogGroup {
    region: String,
    name: String,
}

/// A metric filter of such a group, with the alarms on its metric.
struct Watch<'a> {
    filter: &'a MetricFilter,
    /// None where it is of a kind that is not understood.
    pattern: Option<Pattern>,
    effects: Vec<Effect>,
}

impl Watch<'_> {
    /// Whether an alarm on its metric is known to go off and to notify somebody.
    fn works(&self) -> bool {
        self.effects.iter().any(|effect| effect.works().is_some())
    }
}

/// The events, and what keeps the lists of filters and alarms from being whole, in whatever Region.
pub fn read(evidence: &RegionalEvidence<'_>, trails: &Trails) -> (Population<WatchedEvent>, Vec<Arc<Gap>>) {
    let filters = evidence.lists(METRIC_FILTERS, |page: FiltersAnswer| page.metric_filters, |_| None);
    let alarms = evidence.lists_about(
        ALARMS,
        &[WITH_COMPOSITES, &[]],
        |page: AlarmsAnswer| page.metric_alarms,
        |alarm| alarm.alarm_arn.as_deref(),
    );
    let composites = composites(evidence);
    let subscriptions = evidence.answers(SUBSCRIPTIONS);
    let (groups, mut gaps) = groups(evidence, trails);
    let mut watches = Vec::new();
    for group in &groups {
        let (Some(filters), Some(alarms)) = (filters.get(&group.region), alarms.get(&group.region)) else {
            let reason =
                format!("{METRIC_FILTERS} was not collected in {}, the Region of a trail's log group", group.region);
            gaps.push(gap(METRIC_FILTERS, GapKind::NotCollected, reason));
            continue;
        };
        gaps.extend(filters.gap.iter().chain(&alarms.gap).cloned());
        gaps.extend(filters.data.iter().find_map(|filter| incomplete(filter, group)));
        let here = filters.data.iter().filter(|filter| filter.log_group_name.as_deref() == Some(&group.name));
        let Some(composites) = composites.get(&group.region) else { continue };
        let (place, region) = (evidence.place, group.region.as_str());
        let notifications = Notifications { place, region, subscriptions: &subscriptions, composites };
        watches.extend(here.map(|filter| watch(&notifications, filter, &alarms.data)));
    }
    let unclear: Vec<Arc<Gap>> =
        watches.iter().flat_map(|watch| &watch.effects).filter_map(Effect::gap).cloned().collect();
    let own = Own::of(evidence.place);
    let subjects = TOPICS.iter().map(|topic| subject(evidence, (topic, &own), &groups, &watches, &gaps)).collect();
    let of_lists = filters.values().map(|list| &list.gap).chain(alarms.values().map(|list| &list.gap));
    (Population { subjects, gaps: Vec::new() }, of_lists.flatten().chain(&unclear).cloned().collect())
}

/// Log groups of trails that record everything, and why others may have been missed.
fn groups(evidence: &RegionalEvidence<'_>, trails: &Trails) -> (Vec<LogGroup>, Vec<Arc<Gap>>) {
    let mut gaps = trails.gaps.clone();
    let mut groups: Vec<LogGroup> = Vec::new();
    for trail in &trails.trails {
        let delivers = trail.log_group_error.as_ref().map(Option::is_none);
        let arn = match &trail.log_group {
            Observed::Known(Some(arn)) => arn,
            Observed::Known(None) => continue,
            Observed::Gap(gap) => {
                gaps.push(Arc::clone(gap));
                continue;
            }
        };
        match (is_complete(trail), delivers) {
            (Observed::Known(true), Observed::Known(true)) => {}
            (Observed::Known(false), _) | (_, Observed::Known(false)) => continue,
            (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => {
                gaps.push(gap);
                continue;
            }
        }
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        if is_foreign(arn, evidence.place) || parts.len() < 7 {
            let reason = format!(
                "{} delivers to a log group of another account, whose metric filters are not in the evidence: {arn}",
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

/// Composite alarms of every Region. The call returns them only where it names their type.
fn composites(evidence: &RegionalEvidence<'_>) -> Lists<CompositeAlarm> {
    let mut lists = evidence.lists_about(
        ALARMS,
        &[WITH_COMPOSITES, &[]],
        |page: AlarmsAnswer| Some(page.composite_alarms.unwrap_or_default()),
        |alarm| alarm.alarm_arn.as_deref(),
    );
    let answers = evidence.answers(ALARMS);
    for (region, list) in &mut lists {
        if list.data.is_empty() && list.gap.is_none() && !answers.asked(region, WITH_COMPOSITES) {
            let reason = format!("{ALARMS} was requested without composite alarms (AlarmTypes)");
            list.gap = Some(located(&gap(ALARMS, GapKind::NotCollected, reason), region));
        }
    }
    lists
}

/// A metric filter that may be of the log group, or may count its events, and of which the answer does not say so.
fn incomplete(filter: &MetricFilter, group: &LogGroup) -> Option<Arc<Gap>> {
    let is_here = filter.log_group_name.as_deref().is_none_or(|name| name == group.name);
    let missing = match (&filter.log_group_name, &filter.filter_pattern) {
        (None, _) => "log group",
        (_, None) if is_here => "pattern",
        _ => return None,
    };
    let name = filter.filter_name.as_deref().unwrap_or("without a name");
    let reason = format!("{METRIC_FILTERS} in {} does not return the {missing} of metric filter {name}", group.region);
    Some(gap(METRIC_FILTERS, GapKind::Absent, reason))
}

fn watch<'a>(notifications: &Notifications<'_>, filter: &'a MetricFilter, alarms: &[Alarm]) -> Watch<'a> {
    let pattern = filter.filter_pattern.as_deref().and_then(Pattern::read);
    let mut effects = Vec::new();
    let counted = filter.metric_transformations.iter().flatten();
    // A metric with dimensions is another metric than the one without, which an alarm without them watches.
    for one in counted.filter(|one| one.dimensions.as_ref().is_none_or(BTreeMap::is_empty)) {
        let account = notifications.place.account.as_str();
        let on = alarms.iter().filter_map(|alarm| watched(alarm, one, account));
        effects.extend(on.map(|watched| Effect::of((account, notifications), &watched, (filter, one))));
    }
    Watch { filter, pattern, effects }
}

/// Whether the filter certainly counts an event, and not ordinary ones too: a filter that counts everything tells
/// nobody anything.
fn takes_in(watch: &Watch<'_>, event: &Event<'_>, ordinary: &[Event<'_>]) -> bool {
    watch.pattern.as_ref().is_some_and(|pattern| {
        pattern.matches(event) == Some(true) && ordinary.iter().all(|ordinary| pattern.matches(ordinary) == Some(false))
    })
}

fn subject(
    evidence: &RegionalEvidence<'_>,
    (topic, own): (&Topic, &Own),
    groups: &[LogGroup],
    watches: &[Watch<'_>],
    gaps: &[Arc<Gap>],
) -> WatchedEvent {
    let (alarms, until) = match cover(topic, own, watches) {
        Observed::Gap(gap) => (Observed::Gap(Arc::clone(&gap)), Observed::Gap(gap)),
        Observed::Known(covered) => {
            let alarms = covered.as_ref().map(|(names, _)| names.clone()).unwrap_or_default();
            let alarms = unless_empty(alarms, gaps.iter().cloned());
            let until = alarms.as_ref().map(|_| covered.as_ref().map(|(_, events)| *events));
            (alarms, until)
        }
    };
    WatchedEvent {
        id: format!("{}#{}", evidence.place.account, topic.name.replace(' ', "-")),
        label: topic.name.to_owned(),
        as_of: evidence.started,
        topic: Observed::Known(topic.name.to_owned()),
        alarms,
        events_until_alarm: until,
        found: Observed::Known(words((topic, own), groups, watches)),
    }
}

/// Alarms that every form of the event reaches, and how many events the slowest takes; none if a form is known to reach
/// no alarm.
fn cover(topic: &Topic, own: &Own, watches: &[Watch<'_>]) -> Observed<Option<(Vec<String>, i64)>> {
    let ordinary = (topic.ordinary)();
    let mut names = Vec::new();
    let mut slowest = 1;
    let mut unknown = None;
    for event in (topic.events)(own) {
        let counting = watches.iter().filter(|watch| takes_in(watch, &event, &ordinary));
        let effects: Vec<&Effect> = counting.flat_map(|watch| &watch.effects).collect();
        match effects.iter().filter_map(|effect| effect.works()).min_by_key(|(_, events)| *events) {
            Some((name, events)) => {
                names.push(name.to_owned());
                slowest = slowest.max(events);
            }
            None => match effects.iter().find_map(|effect| effect.gap()) {
                Some(gap) => unknown = unknown.or_else(|| Some(Arc::clone(gap))),
                None => return Observed::Known(None),
            },
        }
    }
    names.sort();
    names.dedup();
    unknown.map_or(Observed::Known(Some((names, slowest))), Observed::Gap)
}
