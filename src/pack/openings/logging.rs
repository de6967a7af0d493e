//! CloudTrail's trails, and the events that somebody is told of.

use super::{Opening, missing};
use crate::account::fact::Observed;
use crate::pack::Inputs;
use crate::pack::words::{count, listed, sentence};

pub(super) fn opening(inputs: &Inputs<'_>) -> Opening {
    let regional = &inputs.account.regional;
    let trails = &regional.trails;
    let mut sentences = vec![format!(
        "{} {} this account; one that shows in every region counts once.",
        count(trails.subjects.len(), "trail of CloudTrail", "trails of CloudTrail"),
        if trails.subjects.len() == 1 { "records" } else { "record" }
    )];
    if let Some(monitoring) = regional.monitoring.subjects.first() {
        sentences.push(match &monitoring.complete_trails {
            Observed::Known(names) if names.is_empty() => {
                "None of them records every management event of all regions without a fault.".to_owned()
            }
            Observed::Known(names) => {
                format!("Every management event of all regions is recorded by {}.", listed(names))
            }
            Observed::Gap(gap) => {
                sentence(&format!("whether one records every management event is not known: {}", gap.reason))
            }
        });
        for lacking in monitoring.incomplete_trails.known().into_iter().flatten() {
            sentences.push(sentence(lacking));
        }
    }
    let events = &regional.watched_events.subjects;
    let told = events.iter().filter(|one| one.alarms.known().is_some_and(|alarms| !alarms.is_empty())).count();
    let open = events.iter().filter(|one| one.alarms.gap().is_some()).count();
    let unknown = if open > 0 { format!("; of {open} it is not known") } else { String::new() };
    sentences.push(format!(
        "Somebody is told of {told} of {}{unknown}.",
        count(events.len(), "kind of event", "kinds of events")
    ));
    Opening { sentences, missing: missing(trails.gaps.iter().chain(&regional.watched_events.gaps)), charts: Vec::new() }
}
