//! CloudTrail's trails, and the events that somebody is told of.

use super::{Opening, at_least, missing};
use crate::account::fact::Observed;
use crate::pack::Inputs;
use crate::pack::words::{count, listed, sentence};

pub(super) fn opening(inputs: &Inputs<'_>) -> Opening {
    let account = inputs.account;
    let trails = &account.trails;
    let mut sentences = vec![match (trails.subjects.len(), trails.gaps.is_empty()) {
        (0, true) => "The account has no trail of CloudTrail.".to_owned(),
        (0, false) => "Which trails of CloudTrail the account has is not known.".to_owned(),
        _ => format!(
            "The account has {}; one that shows in every region counts once.",
            at_least(trails, "trail of CloudTrail", "trails of CloudTrail")
        ),
    }];
    if let Some(monitoring) = account.monitoring.subjects.first() {
        sentences.push(match &monitoring.complete_trails {
            Observed::Known(names) if names.is_empty() && trails.subjects.is_empty() => {
                "Nothing records the management events of the account.".to_owned()
            }
            Observed::Known(names) if names.is_empty() => {
                "None of them records every management event of all regions without a fault.".to_owned()
            }
            Observed::Known(names) => {
                format!("Every management event of all regions is recorded by {}.", listed(names))
            }
            Observed::Gap(gap) => {
                sentence(&format!("whether a trail records every management event is not known: {}", gap.reason))
            }
        });
        for lacking in monitoring.incomplete_trails.known().into_iter().flatten() {
            sentences.push(sentence(lacking));
        }
    }
    let events = &account.watched_events.subjects;
    let told = events.iter().filter(|one| one.alarms.known().is_some_and(|alarms| !alarms.is_empty())).count();
    let open = events.iter().filter(|one| one.alarms.gap().is_some()).count();
    let unknown = if open > 0 { format!("; of {open} it is not known") } else { String::new() };
    sentences.push(format!(
        "An alarm that reaches somebody is raised for {told} of the {} looked at here{unknown}.",
        count(events.len(), "kind of event", "kinds of events")
    ));
    Opening { sentences, missing: missing(trails.gaps.iter().chain(&account.watched_events.gaps)), charts: Vec::new() }
}
