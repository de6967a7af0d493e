//! How far the chain from an event to an alarm reaches, in words: which events reach no alarm, and at which link.

use super::super::pattern::Event;
use super::topics::{Own, Topic};
use super::{LogGroup, Watch, takes_in};
use crate::account::fact::Observed;
use crate::account::gaps::some_names;

/// Filters or alarms that a sentence names.
const SHOWN: usize = 4;

pub fn words((topic, own): (&Topic, &Own), groups: &[LogGroup], watches: &[Watch<'_>]) -> String {
    if groups.is_empty() {
        return "no multi-Region trail that records every management event delivers to a log group of this account"
            .to_owned();
    }
    let group: Vec<String> = groups.iter().map(|group| format!("{} ({})", group.name, group.region)).collect();
    let group = group.join(", ");
    if watches.is_empty() {
        return format!("log group {group} has no metric filter");
    }
    let (events, ordinary) = ((topic.events)(own), (topic.ordinary)());
    let reached = |event: &&Event<'_>| watches.iter().any(|watch| takes_in(watch, event, &ordinary) && watch.works());
    let (reached, missed): (Vec<&Event<'_>>, Vec<&Event<'_>>) = events.iter().partition(reached);
    let mut parts = Vec::new();
    if !missed.is_empty() && !reached.is_empty() {
        parts.push(format!("no alarm for {}", names(&missed)));
    }
    let filtered = |event: &&&Event<'_>| watches.iter().any(|watch| takes_in(watch, event, &ordinary));
    let unfiltered: Vec<&Event<'_>> = missed.iter().filter(|event| !filtered(event)).copied().collect();
    if !unfiltered.is_empty() {
        let which = if unfiltered.len() == events.len() { "such events".to_owned() } else { names(&unfiltered) };
        parts.push(format!("no metric filter of log group {group} counts {which}"));
    }
    parts.extend(shortened(watches.iter().filter_map(|watch| weak_filter(watch, &unfiltered, &ordinary)).collect()));
    let counting = |watch: &&Watch<'_>| events.iter().any(|event| takes_in(watch, event, &ordinary));
    parts.extend(shortened(watches.iter().filter(counting).filter_map(weak_alarms).collect()));
    if !unfiltered.is_empty() {
        parts.extend(shortened(watches.iter().filter_map(not_understood).collect()));
    }
    if parts.is_empty() {
        let alarms =
            watches.iter().filter(counting).flat_map(|watch| watch.effects.iter().filter_map(|one| one.works()));
        let mut alarms: Vec<&str> = alarms.map(|(name, _)| name).collect();
        alarms.sort_unstable();
        alarms.dedup();
        return format!("log group {group}; alarms: {}", some_names(alarms));
    }
    parts.join("; ")
}

fn names(events: &[&Event<'_>]) -> String {
    some_names(events.iter().map(|event| event.name))
}

fn shortened(mut parts: Vec<String>) -> Vec<String> {
    parts.dedup();
    let more = parts.len().saturating_sub(SHOWN);
    parts.truncate(SHOWN);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts
}

fn filter<'a>(watch: &'a Watch<'_>) -> (&'a str, &'a str) {
    let name = watch.filter.filter_name.as_deref().unwrap_or("without a name");
    (name, watch.filter.filter_pattern.as_deref().unwrap_or_default().trim())
}

/// A filter that is meant for events that nothing else counts, and why it does not do.
fn weak_filter(watch: &Watch<'_>, unfiltered: &[&Event<'_>], ordinary: &[Event<'_>]) -> Option<String> {
    let pattern = watch.pattern.as_ref()?;
    let (name, text) = filter(watch);
    let certain = |event: &&&Event<'_>| pattern.matches(event) == Some(true);
    if unfiltered.iter().any(|event| certain(&event)) {
        let counted = ordinary.iter().find(|event| pattern.matches(event) != Some(false))?;
        let why = if pattern.is_alternatives() {
            ": its conditions are alternatives (||), and one of them is met by every such event"
        } else {
            ""
        };
        return Some(format!(
            "metric filter {name} counts ordinary events too, such as {}{why} ({text})",
            counted.name
        ));
    }
    let open = |event: &&&Event<'_>| pattern.matches(event).is_none() && pattern.is_about(event);
    if !unfiltered.iter().any(|event| open(&event)) {
        return None;
    }
    let why = if pattern.is_unclear() { "has a part that is not understood" } else { "has a further condition" };
    Some(format!("metric filter {name} may not match all of them, because its pattern {why} ({text})"))
}

/// The alarms on a filter's metric, where one of them does not do, or there is none.
fn weak_alarms(watch: &Watch<'_>) -> Option<String> {
    let (name, _) = filter(watch);
    if watch.effects.is_empty() {
        return Some(format!("no alarm watches the metric of metric filter {name}"));
    }
    let quick = watch.effects.iter().any(|effect| effect.works().is_some_and(|(_, events)| events == 1));
    if quick {
        return None;
    }
    let told = watch.effects.iter().take(SHOWN).map(|effect| {
        let alarm = &effect.name;
        match &effect.events {
            Observed::Known(Ok(events)) => {
                format!("alarm {alarm} goes off after {events} events: {}", effect.threshold)
            }
            Observed::Known(Err(why)) => format!("alarm {alarm} is not effective: {why}"),
            Observed::Gap(gap) => format!("whether alarm {alarm} notifies anybody is not known: {}", gap.reason),
        }
    });
    Some(told.collect::<Vec<_>>().join("; "))
}

fn not_understood(watch: &Watch<'_>) -> Option<String> {
    let (name, text) = filter(watch);
    let text: String = text.chars().take(200).collect();
    watch
        .pattern
        .is_none()
        .then(|| format!("the pattern of metric filter {name} is not understood and does not count ({text})"))
}
