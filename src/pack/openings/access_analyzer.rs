//! Findings of Access Analyzer by type and age.

use super::{Chart, ChartLine, Opening, Tone, at_least, missing, of_regions};
use crate::account::fact::Observed;
use crate::pack::Inputs;
use crate::pack::words::{count, listed};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Up to how many days a finding counts as new, and as of some age.
const AGES: [i64; 2] = [30, 90];
const KINDS: [(Tone, &str); 5] = [
    (Tone::Alarming, "active for more than 90 days"),
    (Tone::Open, "31 to 90 days"),
    (Tone::Plain, "up to 30 days"),
    (Tone::Settled, "archived or resolved"),
    (Tone::Unclear, "not known"),
];

pub(super) fn opening(inputs: &Inputs<'_>) -> Opening {
    let account = inputs.account;
    let mut by_type: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let mut add = |order: usize, label: &str, kind: usize| {
        by_type.entry((order, label.to_owned())).or_insert_with(|| vec![0; KINDS.len()])[kind] += 1;
    };
    for finding in &account.analyzer_findings.subjects {
        let (order, label) = match &finding.public {
            Observed::Known(true) => (0, "open to anybody"),
            Observed::Known(false) => (1, "open to named principals outside"),
            Observed::Gap(_) => (2, "of external access, not known to whom"),
        };
        add(order, label, age(&finding.active, &finding.since, finding.as_of));
    }
    for finding in &account.access_findings.subjects {
        let label = finding.finding_type.known().map_or("of an unknown type", String::as_str);
        add(3, label, age(&finding.active, &finding.since, finding.as_of));
    }
    let line = |((_, label), counts)| ChartLine { label, note: String::new(), counts };
    let lines: Vec<ChartLine> = by_type.into_iter().map(line).collect();
    let chart = Chart {
        id: "findings-by-type-and-age".to_owned(),
        title: "Findings of Access Analyzer by type and age".to_owned(),
        heads: ["Finding", "", "Active, by age; settled", "All"],
        kinds: KINDS.to_vec(),
        lines,
    };
    Opening {
        sentences: sentences(inputs),
        missing: missing(account.analyzer_findings.gaps.iter().chain(&account.access_findings.gaps)),
        charts: if chart.lines.is_empty() { Vec::new() } else { vec![chart] },
    }
}

/// Place in [`KINDS`].
fn age(active: &Observed<bool>, since: &Observed<Timestamp>, as_of: Timestamp) -> usize {
    match (active, since) {
        (Observed::Known(false), _) => 3,
        (Observed::Known(true), Observed::Known(since)) => {
            let is_over = |days: i64| as_of.duration_since(*since) > SignedDuration::from_hours(24 * days);
            if is_over(AGES[1]) {
                0
            } else if is_over(AGES[0]) {
                1
            } else {
                2
            }
        }
        _ => 4,
    }
}

fn sentences(inputs: &Inputs<'_>) -> Vec<String> {
    let account = inputs.account;
    let covered =
        of_regions(&account.regions, |region| region.external_analyzers.as_ref().map(|names| !names.is_empty()));
    let mut told = vec![format!("An active analyzer of this account looks for access from outside in {covered}.")];
    told.push(match &account.monitoring.subjects.first().map(|one| &one.unused_access_analyzers) {
        Some(Observed::Known(names)) if !names.is_empty() => {
            format!("Unused access is looked for by {}.", listed(names))
        }
        Some(Observed::Known(_)) => "No analyzer looks for unused access.".to_owned(),
        _ => "Whether an analyzer looks for unused access is not known.".to_owned(),
    });
    let archived = account.analyzer_findings.subjects.iter().filter(|one| one.archived.known() == Some(&true)).count();
    if archived > 0 {
        told.push(format!(
            "{} of external access {} archived: accepted by somebody or by an archive rule ({}), not removed.",
            count(archived, "finding", "findings"),
            if archived == 1 { "is" } else { "are" },
            at_least(&account.archive_rules, "rule", "rules")
        ));
    }
    told
}
