//! AWS Config: where it records, its rules by state, and its results beside our own verdicts.

use super::{Chart, ChartLine, Opening, Tone, at_least, missing, of_regions, shortened};
use crate::account::regional::{Compliance, RuleResult, RuleResults};
use crate::pack::Inputs;
use crate::pack::corroboration::{self, Beside};
use crate::pack::numbering::Numbers;
use crate::pack::words::{capital, count};

const STATES: [(Tone, &str); 4] = [
    (Tone::Alarming, "not compliant"),
    (Tone::Unclear, "Regions disagree"),
    (Tone::Settled, "compliant"),
    (Tone::Plain, "without a result"),
];
const BESIDE: [(Tone, &str); 4] = [
    (Tone::Alarming, "contradicted"),
    (Tone::Unclear, "Regions disagree"),
    (Tone::Settled, "corroborated"),
    (Tone::Plain, "not comparable"),
];

pub(super) fn opening(inputs: &Inputs<'_>, numbers: &Numbers) -> Opening {
    let account = inputs.account;
    let recording = of_regions(&account.regions, |region| region.config_recording.clone());
    let rules = &account.config_rules;
    let mut sentences = vec![format!("The account's own recorder of AWS Config is on in {recording}.")];
    sentences.push(match (rules.subjects.len(), rules.gaps.is_empty()) {
        (0, true) => "No rule of AWS's own about identity or the audit trail is in use.".to_owned(),
        (0, false) => "Which rules about identity or the audit trail are in use is not known.".to_owned(),
        (all, _) => capital(&format!(
            "{} of AWS's own about identity or the audit trail {} in use; the same rule with the same parameters counts \
             once, in however many regions it runs.",
            at_least(rules, "rule", "rules"),
            if all == 1 { "is" } else { "are" }
        )),
    });
    let beside = corroboration::all(inputs);
    if !beside.is_empty() {
        let sum = |of: fn(&Beside) -> usize| beside.iter().map(of).sum::<usize>();
        sentences.push(format!(
            "Where such a rule asks what one of our controls asks, its results stand beside our verdicts: {} corroborated, {} \
             contradicted, {} not comparable{}. AWS Config's results are no evidence for a verdict; a contradiction is for the \
             reader to look into.",
            count(sum(|one| one.corroborated), "verdict is", "verdicts are"),
            sum(|one| one.contradicted.len()),
            sum(|one| one.not_comparable),
            match sum(|one| one.disputed.len()) {
                0 => String::new(),
                disputed => format!(
                    "; about {} the Regions disagree, which counts as neither",
                    count(disputed, "resource", "resources")
                ),
            }
        ));
    }
    let gaps = account.config_rules.gaps.iter().chain(account.rule_results.iter().filter_map(|rule| rule.gap.as_ref()));
    Opening {
        sentences,
        missing: missing(gaps),
        charts: [states(inputs), against(inputs, numbers, &beside)].into_iter().flatten().collect(),
    }
}

/// A line a rule: resources by what the rule says of them.
fn states(inputs: &Inputs<'_>) -> Option<Chart> {
    let of = |results: &[RuleResult], wanted: Compliance| results.iter().filter(|one| one.compliance == wanted).count();
    let mut lines: Vec<ChartLine> = inputs
        .account
        .rule_results
        .iter()
        .map(|rule| ChartLine {
            label: rule.identifier.clone(),
            note: note(rule),
            counts: [Compliance::NonCompliant, Compliance::RegionsDisagree, Compliance::Compliant, Compliance::Silent]
                .map(|wanted| of(&rule.results, wanted))
                .to_vec(),
        })
        .collect();
    lines.sort_by(|one, other| (other.counts[0], &one.label).cmp(&(one.counts[0], &other.label)));
    (!lines.is_empty()).then(|| Chart {
        id: "config-rules-by-state".to_owned(),
        title: "AWS Config rules by state".to_owned(),
        heads: ["Rule", "Parameters", "Resources by result", "All"],
        kinds: STATES.to_vec(),
        lines: shortened(lines, "rules"),
    })
}

/// What tells a rule from another of the same kind, and whether its results are whole.
fn note(rule: &RuleResults) -> String {
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut words: Vec<String> =
        rule.parameters.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
    if rule.gap.is_some() {
        words.insert(0, "not whole".to_owned());
    }
    words.join(", ")
}

/// A line a control and rule: our verdicts by what the rule says of the same subjects.
fn against(inputs: &Inputs<'_>, numbers: &Numbers, beside: &[Beside]) -> Option<Chart> {
    let lines: Vec<ChartLine> = beside
        .iter()
        .map(|one| ChartLine {
            label: format!("{} {}", numbers.get(one.control), inputs.catalog.controls[one.control].title),
            note: if one.differs.is_some() { "other parameters".to_owned() } else { String::new() },
            counts: vec![one.contradicted.len(), one.disputed.len(), one.corroborated, one.not_comparable],
        })
        .collect();
    (!lines.is_empty()).then(|| Chart {
        id: "config-beside-our-verdicts".to_owned(),
        title: "Our verdicts beside AWS Config's results".to_owned(),
        heads: ["Control", "", "Verdicts", "All"],
        kinds: BESIDE.to_vec(),
        lines: shortened(lines, "controls"),
    })
}
