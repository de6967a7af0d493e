//! AWS Config's results beside our own verdicts, where a rule asks the same of the same subjects.
//!
//! A rule is known by AWS's identifier and its parameters, never by its name. What it found is no evidence for a
//! verdict: an agreement is told as such, and a contradiction is for the reader to look into.

mod table;

use super::numbering::Numbers;
use super::words::{count, listed, number};
use super::{Block, Inputs, Span};
use crate::account::fact::Subject;
use crate::account::regional::{Compliance, RuleResult, RuleResults};
use crate::assess::{ControlResult, Verdict};
use crate::catalog::Control;
use std::collections::BTreeMap;
use table::SAME;

/// Contradictions that are named one by one.
const NAMED: usize = 10;

/// A rule and a control that ask the same, or would with other parameters.
pub(super) struct Beside {
    /// The control's place in the catalogue.
    pub control: usize,
    /// The rule's identifier and parameters.
    pub rule: String,
    /// Why the two are not comparable; none if they are.
    pub differs: Option<String>,
    pub corroborated: usize,
    pub not_comparable: usize,
    /// Each contradiction in words.
    pub contradicted: Vec<String>,
    /// Resources of which the rule says one thing in one region and another elsewhere, in words.
    pub disputed: Vec<String>,
    /// Resources that the rule looked at.
    looked_at: usize,
    /// What keeps the rule's results from being whole.
    missing: Option<String>,
}

/// Every pair, in the order of the assessment.
pub(super) fn all(inputs: &Inputs<'_>) -> Vec<Beside> {
    inputs.assessment.controls.iter().flat_map(|result| pairs(inputs, result)).collect()
}

/// A paragraph for each rule of AWS Config that is about the control.
pub(super) fn of_control(inputs: &Inputs<'_>, result: &ControlResult) -> Vec<Block> {
    let paragraph = |text| Block::Paragraph { spans: vec![Span { text, style: "plain" }] };
    pairs(inputs, result).iter().map(|one| paragraph(one.sentence())).collect()
}

/// How many of AWS Config's results agree with this pack's, and which controls they contradict; none where nothing
/// can be compared.
pub(super) fn summary(inputs: &Inputs<'_>, numbers: &Numbers) -> Option<String> {
    let compared = all(inputs);
    let agree: usize = compared.iter().map(|one| one.corroborated).sum();
    let contradict: usize = compared.iter().map(|one| one.contradicted.len()).sum();
    let disputed: usize = compared.iter().map(|one| one.disputed.len()).sum();
    if agree + contradict + disputed == 0 {
        return None;
    }
    let disputed = match disputed {
        0 => String::new(),
        _ => format!(" Its Regions disagree about {}.", count(disputed, "resource", "resources")),
    };
    let results = |n: usize| count(n, "result", "results");
    let sentence =
        format!("AWS Config agrees with {} of this pack and contradicts {}", results(agree), number(contradict));
    if contradict == 0 {
        return Some(format!("{sentence}.{disputed}"));
    }
    let mut by_control: BTreeMap<usize, usize> = BTreeMap::new();
    for one in compared.iter().filter(|one| !one.contradicted.is_empty()) {
        *by_control.entry(one.control).or_default() += one.contradicted.len();
    }
    let named: Vec<String> = by_control
        .iter()
        .map(|(control, n)| {
            format!("{} of “{}” ({})", number(*n), inputs.catalog.controls[*control].title, numbers.get(*control))
        })
        .collect();
    Some(format!("{sentence}: {}. The controls' own pages name the resources.{disputed}", listed(&named)))
}

fn pairs(inputs: &Inputs<'_>, result: &ControlResult) -> Vec<Beside> {
    let control = &inputs.catalog.controls[result.control];
    let rules = &inputs.account.rule_results;
    let of_control = SAME.iter().filter(|same| same.control == control.id);
    of_control
        .flat_map(|same| rules.iter().filter(|rule| rule.identifier == same.identifier).map(move |rule| (same, rule)))
        .map(|(same, rule)| match same.differs(rule, control) {
            Some(why) => Beside { differs: Some(why), not_comparable: rule.results.len(), ..blank(rule, result) },
            None => compared(inputs, rule, control, result),
        })
        .collect()
}

fn blank(rule: &RuleResults, result: &ControlResult) -> Beside {
    Beside {
        control: result.control,
        rule: rule.rule.clone(),
        differs: None,
        corroborated: 0,
        not_comparable: 0,
        contradicted: Vec::new(),
        disputed: Vec::new(),
        looked_at: rule.results.len(),
        missing: rule.gap.as_ref().map(|gap| gap.reason.clone()),
    }
}

fn compared(inputs: &Inputs<'_>, rule: &RuleResults, control: &Control, result: &ControlResult) -> Beside {
    let subjects = inputs.account.population(control.kind).subjects;
    let mut beside = blank(rule, result);
    for one in &rule.results {
        if one.compliance == Compliance::RegionsDisagree {
            beside.disputed.push(dispute(one));
            continue;
        }
        match (one.compliance, verdict_of(result, one, &subjects)) {
            (Compliance::Compliant, Some(Verdict::Pass)) | (Compliance::NonCompliant, Some(Verdict::Fail)) => {
                beside.corroborated += 1;
            }
            (Compliance::Compliant, Some(Verdict::Fail)) | (Compliance::NonCompliant, Some(Verdict::Pass)) => {
                beside.contradicted.push(contradiction(one));
            }
            _ => beside.not_comparable += 1,
        }
    }
    beside
}

impl Beside {
    fn sentence(&self) -> String {
        if let Some(why) = &self.differs {
            return format!("The AWS Config rule {} is not comparable: {why}.", self.rule);
        }
        let missing =
            self.missing.as_ref().map_or(String::new(), |reason| format!(" Its results are incomplete: {reason}."));
        let contradicted = named("Contradicted", &self.contradicted);
        let disputed = match self.disputed.len() {
            0 => String::new(),
            1 => named("Its Regions disagree about 1 resource, which counts as neither", &self.disputed),
            many => {
                named(&format!("Its Regions disagree about {many} resources, which count as neither"), &self.disputed)
            }
        };
        let evaluated = format!("The AWS Config rule {} evaluated {}", self.rule, self.evaluated());
        format!("{evaluated}{}.{contradicted}{disputed}{missing}", self.agreement())
    }

    fn evaluated(&self) -> String {
        if self.looked_at == 0 { "no resource".to_owned() } else { count(self.looked_at, "resource", "resources") }
    }

    /// ` and agrees with this control's result for each of them`, or the counts of each kind that occurs.
    fn agreement(&self) -> String {
        if self.looked_at == 0 {
            return String::new();
        }
        if self.corroborated == self.looked_at {
            let each = if self.looked_at == 1 { "it" } else { "each of them" };
            return format!(" and agrees with this control's result for {each}");
        }
        let of_its =
            |number: usize, verb: &str| (number > 0).then(|| format!("{verb} {}", count(number, "result", "results")));
        let compared = [of_its(self.corroborated, "agrees with"), of_its(self.contradicted.len(), "contradicts")];
        let left = (self.not_comparable > 0).then(|| {
            let are = if self.not_comparable == 1 { "is" } else { "are" };
            format!("{} {are} not comparable", number(self.not_comparable))
        });
        let compared: Vec<String> = compared.into_iter().flatten().collect();
        let compared = (!compared.is_empty()).then(|| format!("it {}", listed(&compared)));
        let parts: Vec<String> = compared.into_iter().chain(left).collect();
        format!(": {}", parts.join("; "))
    }
}

/// ` What: a, b, and 3 more.`; nothing where there are none.
fn named(what: &str, words: &[String]) -> String {
    if words.is_empty() {
        return String::new();
    }
    let more = if words.len() > NAMED { format!(", and {} more", words.len() - NAMED) } else { String::new() };
    format!(" {what}: {}{more}.", listed(&words[..words.len().min(NAMED)]))
}

/// What the regions say of a resource.
fn dispute(one: &RuleResult) -> String {
    format!(
        "{} (compliant in {}, not compliant in {})",
        one.subject.as_deref().unwrap_or(&one.resource_id),
        listed(&one.compliant_in),
        listed(&one.not_compliant_in)
    )
}

fn contradiction(one: &RuleResult) -> String {
    let says = if one.compliance == Compliance::Compliant { "compliant" } else { "not compliant" };
    format!("{} (AWS Config: {says})", one.subject.as_deref().unwrap_or(&one.resource_id))
}

/// What we say of a resource: of a user whose keys are the subjects, the worst of them; of the account, what we say
/// of the one subject that stands for it.
fn verdict_of(result: &ControlResult, one: &RuleResult, subjects: &[&dyn Subject]) -> Option<Verdict> {
    let is_account = one.resource_type == "AWS::::Account" && subjects.len() == 1;
    let arn = one.subject.as_deref();
    let below = arn.map(|arn| format!("{arn}#"));
    // Instances and trails are named by the last part of their ARN.
    let last = format!("/{}", one.resource_id);
    let about = |id: &str| {
        is_account
            || arn == Some(id)
            || below.as_ref().is_some_and(|below| id.starts_with(below))
            || id == one.resource_id
            || id.ends_with(&last)
    };
    let of_it = result.results.iter().filter(|one| about(subjects[one.subject].id()));
    let verdicts: Vec<Verdict> = of_it.map(|one| one.verdict).collect();
    let has = |verdict| verdicts.contains(&verdict);
    if has(Verdict::Fail) || has(Verdict::Excepted) {
        Some(Verdict::Fail)
    } else if has(Verdict::Unknown) {
        Some(Verdict::Unknown)
    } else {
        has(Verdict::Pass).then_some(Verdict::Pass)
    }
}
