//! AWS Config's own rules about identity and the audit trail: whether they run, and what they found.

use super::regional_evidence::{Lists, RegionalEvidence};
use super::shapes::{
    ComplianceSummary, Evaluation, EvaluationsAnswer, Rule, RuleCompliance, RuleComplianceAnswer, RuleStatus,
    RuleStatusAnswer, RulesAnswer,
};
use super::subjects::ConfigRule;
use crate::account::Population;
use crate::account::answers::{listed, unless_empty};
use crate::account::fact::{Gap, GapKind, Observed, RULE_COMPLIANCE, RULE_DETAILS, RULE_STATUS, RULES};
use crate::account::gaps::gap;
use crate::operations::IDENTITY_RULES;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What AWS Config says of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compliance {
    Compliant,
    NonCompliant,
    /// Not applicable, or not enough data: says nothing.
    Silent,
    /// Compliant by the rule in one Region, and not compliant by the same rule in another.
    RegionsDisagree,
}

/// What a rule says of a resource, in all Regions together. Each Region evaluates by itself, and neither its time nor
/// its name makes one Region's result truer than another's.
#[derive(Clone, Debug)]
pub struct RuleResult {
    /// As AWS Config names it: a user's, role's or policy's id, or the account's number.
    pub resource_id: String,
    pub resource_type: String,
    /// The ARN of the user, group, role or policy of that id, or of the root user for the account; none if the
    /// authorization details know none.
    pub subject: Option<String>,
    pub compliance: Compliance,
    /// Regions by what they say; those that say nothing are left out.
    pub compliant_in: Vec<String>,
    pub not_compliant_in: Vec<String>,
}

/// What a rule says of everything it looked at.
#[derive(Clone, Debug)]
pub struct RuleResults {
    /// Of the subject in [`ConfigRule`].
    pub rule: String,
    pub identifier: String,
    pub parameters: BTreeMap<String, Value>,
    pub results: Vec<RuleResult>,
    /// What keeps the results from being all.
    pub gap: Option<Arc<Gap>>,
}

/// A rule with the same parameters, wherever it runs.
struct Same {
    identifier: String,
    parameters: BTreeMap<String, Value>,
    /// What cannot be read as parameters is told as it is, and compared with nothing.
    raw: Option<String>,
    /// Region and name.
    places: Vec<(String, String)>,
}

pub fn read(evidence: &RegionalEvidence<'_>) -> (Population<ConfigRule>, Vec<RuleResults>) {
    let lists = evidence.lists(RULES, |page: RulesAnswer| page.config_rules, |rule| rule.config_rule_arn.as_deref());
    let status = evidence.lists(RULE_STATUS, |page: RuleStatusAnswer| page.config_rules_evaluation_status, |_| None);
    let mut gaps: Vec<Arc<Gap>> = evidence.regions.gap.iter().cloned().collect();
    let mut rules: BTreeMap<String, Same> = BTreeMap::new();
    for (region, source) in lists {
        gaps.extend(source.gap.or_else(|| absent(&source.data, &status[&region].data, &region)));
        for rule in source.data {
            // Whether AWS or the customer owns a rule decides whether it is one that is known.
            let owner = rule.source.as_ref().map(|source| {
                let about = || format!("the owner of rule {} in {region}", rule.config_rule_name);
                listed(&source.owner, "Owner", RULES, about)
            });
            gaps.extend(owner.as_ref().and_then(|owner| owner.gap().cloned()));
            add(&mut rules, &region, rule);
        }
    }
    let compliance =
        evidence.lists(RULE_COMPLIANCE, |page: RuleComplianceAnswer| page.compliance_by_config_rules, |_| None);
    let details = evidence.answers(RULE_DETAILS);
    let (mut subjects, mut results) = (Vec::new(), Vec::new());
    for (id, rule) in rules {
        let compliance = found(&rule, &compliance);
        subjects.push(subject(evidence, (&id, &rule), compliance, |region, name| {
            let source = &status[region];
            match (source.data.iter().find(|one| one.config_rule_name == name), &source.gap) {
                (Some(status), _) => Observed::Known(status.clone()),
                (None, Some(gap)) => Observed::Gap(Arc::clone(gap)),
                (None, None) => {
                    let reason = format!("{RULE_STATUS} in {region} returns no status for rule {name}");
                    Observed::Gap(gap(RULE_STATUS, GapKind::Absent, reason))
                }
            }
        }));
        let mut by_resource: BTreeMap<String, RuleResult> = BTreeMap::new();
        let mut missing = None;
        for (region, name) in &rule.places {
            let source =
                details.list(region, &[("ConfigRuleName", name)], |page: EvaluationsAnswer| page.evaluation_results);
            missing = missing.or(source.gap).or_else(|| undocumented(&source.data, name, region));
            source.data.into_iter().for_each(|one| add_result(&mut by_resource, region, one));
        }
        results.push(RuleResults {
            rule: id,
            identifier: rule.identifier,
            parameters: rule.parameters,
            results: by_resource.into_values().map(RuleResult::settle).collect(),
            gap: missing,
        });
    }
    name_subjects(evidence, &mut results);
    (Population { subjects, gaps }, results)
}

/// AWS Config names resources by their ids; the authorization details know whose they are.
fn name_subjects(evidence: &RegionalEvidence<'_>, results: &mut [RuleResults]) {
    if results.iter().all(|rule| rule.results.is_empty()) {
        return;
    }
    let mut arns = evidence.details.ids();
    let root = format!("arn:{}:iam::{}:root", evidence.place.partition, evidence.place.account);
    arns.insert(evidence.place.account.clone(), root);
    for one in results.iter_mut().flat_map(|rule| &mut rule.results) {
        one.subject = arns.get(&one.resource_id).cloned();
    }
}

fn add(rules: &mut BTreeMap<String, Same>, region: &str, rule: Rule) {
    let Some(source) = rule.source.filter(|source| source.owner == "AWS") else { return };
    let Some(identifier) = source.source_identifier else { return };
    let about = IDENTITY_RULES.iter().any(|start| identifier.starts_with(start));
    // The evaluations of an internal rule are AWS's own business and cannot be read.
    if !about || rule.evaluation_visibility.as_deref() == Some("INTERNAL") {
        return;
    }
    let text = rule.input_parameters.filter(|text| !text.trim().is_empty());
    let parameters = text.as_deref().map(serde_json::from_str::<BTreeMap<String, Value>>);
    let (parameters, raw) = match parameters {
        None => (BTreeMap::new(), None),
        Some(Ok(parameters)) => (parameters, None),
        Some(Err(_)) => (BTreeMap::new(), text),
    };
    let words = raw.clone().unwrap_or_else(|| serde_json::to_string(&parameters).expect("JSON always serialises"));
    let id = if words == "{}" { identifier.clone() } else { format!("{identifier} {words}") };
    let same = rules.entry(id).or_insert_with(|| Same { identifier, parameters, raw, places: Vec::new() });
    same.places.push((region.to_owned(), rule.config_rule_name));
}

fn subject(
    evidence: &RegionalEvidence<'_>,
    (id, rule): (&str, &Same),
    compliance: Observed<Vec<String>>,
    status: impl Fn(&str, &str) -> Observed<RuleStatus>,
) -> ConfigRule {
    let mut evaluated: Observed<Vec<Option<Timestamp>>> = Observed::Known(Vec::new());
    let mut errors = Vec::new();
    let mut missing = Vec::new();
    for (region, name) in &rule.places {
        let one = status(region, name);
        if let Observed::Known(status) = &one {
            errors.extend(error(status).map(|words| format!("{region}: {words}")));
        }
        missing.extend(one.gap().cloned());
        evaluated = evaluated.and_then(|mut times| {
            let at = one.and_then(|status| match status.last_successful_evaluation_time {
                Some(at) => evidence.seen(at, RULE_STATUS, || format!("the evaluation of rule {name}")).map(Some),
                None => Observed::Known(None),
            });
            at.map(|at| {
                times.push(at);
                times
            })
        });
    }
    let parameters = serde_json::to_string(&rule.parameters).expect("JSON always serialises");
    ConfigRule {
        id: id.to_owned(),
        label: id.to_owned(),
        as_of: evidence.started,
        identifier: Observed::Known(rule.identifier.clone()),
        parameters: Observed::Known(rule.raw.clone().or_else(|| (!rule.parameters.is_empty()).then_some(parameters))),
        names: Observed::Known(rule.places.iter().map(|(region, name)| format!("{name} ({region})")).collect()),
        // A Region in which it never was leaves none; the oldest of the others counts.
        last_evaluated: evaluated
            .map(|times| if times.contains(&None) { None } else { times.into_iter().flatten().min() }),
        errors: unless_empty(errors, missing),
        compliance,
    }
}

/// What the rule says of all that it evaluated, Region by Region.
fn found(rule: &Same, compliance: &Lists<RuleCompliance>) -> Observed<Vec<String>> {
    let (mut words, mut missing) = (Vec::new(), Vec::new());
    for (region, name) in &rule.places {
        let source = &compliance[region];
        let one = source.data.iter().find(|one| one.config_rule_name == *name);
        match one.and_then(|one| one.compliance.as_ref()) {
            Some(one) => words.push(format!("{region}: {}", result(one))),
            None => missing.extend(source.gap.clone().or_else(|| {
                let reason = format!("{RULE_COMPLIANCE} in {region} does not list the rule {name}");
                Some(gap(RULE_COMPLIANCE, GapKind::Absent, reason))
            })),
        }
    }
    match missing.into_iter().next() {
        Some(gap) => Observed::Gap(gap),
        None => Observed::Known(words),
    }
}

/// AWS's result in words; a word that AWS does not document stays as it is.
fn result(of: &ComplianceSummary) -> String {
    let count = of.compliance_contributor_count.as_ref().map(|count| {
        let more = if count.cap_exceeded == Some(true) { "more than " } else { "" };
        let noun = if count.capped_count == 1 && more.is_empty() { "resource" } else { "resources" };
        format!("{more}{} {noun}", count.capped_count)
    });
    match (of.compliance_type.as_deref(), count) {
        (Some("NON_COMPLIANT"), Some(count)) => format!("non-compliant ({count})"),
        (Some("NON_COMPLIANT"), None) => "non-compliant".to_owned(),
        (Some("COMPLIANT"), _) => "compliant".to_owned(),
        (Some("INSUFFICIENT_DATA"), _) => "insufficient data".to_owned(),
        (Some("NOT_APPLICABLE"), _) => "not applicable".to_owned(),
        (other, _) => other.unwrap_or("no result").to_owned(),
    }
}

/// A rule that has a status and that the list of rules lacks.
fn absent(rules: &[Rule], status: &[RuleStatus], region: &str) -> Option<Arc<Gap>> {
    let is_listed = |one: &&RuleStatus| rules.iter().any(|rule| rule.config_rule_name == one.config_rule_name);
    let absent = status.iter().find(|one| !is_listed(one))?;
    let name = &absent.config_rule_name;
    let reason = format!("{RULE_STATUS} in {region} returns a status for rule {name}, which {RULES} does not list");
    Some(gap(RULES, GapKind::Conflict, reason))
}

/// An error that was followed by a success is over.
fn error(status: &RuleStatus) -> Option<String> {
    let stands = match (status.last_failed_evaluation_time, status.last_successful_evaluation_time) {
        (Some(failed), Some(success)) => failed > success,
        (Some(_), None) => true,
        (None, success) => status.last_error_code.is_some() && success.is_none(),
    };
    let words = [&status.last_error_code, &status.last_error_message];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    stands.then(|| if words.is_empty() { "the last evaluation failed".to_owned() } else { words.join(": ") })
}

/// A result that AWS does not document may be any.
fn undocumented(results: &[Evaluation], rule: &str, region: &str) -> Option<Arc<Gap>> {
    let about = || format!("a result of rule {rule} in {region}");
    results.iter().find_map(|one| listed(&one.compliance_type, "ComplianceType", RULE_DETAILS, about).gap().cloned())
}

/// Adds what the rule says of a resource in a Region.
fn add_result(by_resource: &mut BTreeMap<String, RuleResult>, region: &str, one: Evaluation) {
    let qualifier = one.evaluation_result_identifier.evaluation_result_qualifier;
    let result = by_resource.entry(qualifier.resource_id.clone()).or_insert_with(|| RuleResult {
        resource_id: qualifier.resource_id,
        resource_type: qualifier.resource_type.unwrap_or_default(),
        subject: None,
        compliance: Compliance::Silent,
        compliant_in: Vec::new(),
        not_compliant_in: Vec::new(),
    });
    let regions = match &*one.compliance_type {
        "COMPLIANT" => &mut result.compliant_in,
        "NON_COMPLIANT" => &mut result.not_compliant_in,
        _ => return,
    };
    if !regions.iter().any(|known| known == region) {
        regions.push(region.to_owned());
    }
}

impl RuleResult {
    fn settle(mut self) -> Self {
        self.compliance = match (self.compliant_in.is_empty(), self.not_compliant_in.is_empty()) {
            (true, true) => Compliance::Silent,
            (false, true) => Compliance::Compliant,
            (true, false) => Compliance::NonCompliant,
            (false, false) => Compliance::RegionsDisagree,
        };
        self
    }
}
