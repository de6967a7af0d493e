//! What AWS Config has besides rules: conformance packs, aggregators, and what the organization deploys.

use super::regional_evidence::{Lists, RegionalEvidence};
use super::shapes::{
    AggregateCompliance, AggregateComplianceAnswer, AggregateResult, AggregateResultsAnswer, Aggregator,
    AggregatorSource, AggregatorSourcesAnswer, AggregatorsAnswer, ConformancePack, ConformancePackComplianceAnswer,
    ConformancePackStatus, ConformancePackStatusAnswer, ConformancePacksAnswer, OrganizationPackStatusAnswer,
    OrganizationPacksAnswer, OrganizationRuleStatusAnswer, OrganizationRulesAnswer, PackRule,
};
use super::subjects::ConfigDeployment;
use crate::account::Population;
use crate::account::answers::Answers;
use crate::account::fact::{
    AGGREGATE_COMPLIANCE, AGGREGATE_DETAILS, AGGREGATOR_SOURCES, AGGREGATORS, CONFORMANCE_PACK_COMPLIANCE,
    CONFORMANCE_PACK_STATUS, CONFORMANCE_PACKS, Evidence, Gap, GapKind, ORGANIZATION_PACK_STATUS, ORGANIZATION_PACKS,
    ORGANIZATION_RULE_STATUS, ORGANIZATION_RULES, Observed,
};
use crate::account::gaps::gap;
use std::sync::Arc;

/// The name, the status and AWS's error of what the organization deploys.
type Deployed = (String, String, Option<String>);

pub fn read(regional: &RegionalEvidence<'_>) -> Population<ConfigDeployment> {
    let mut population =
        Population { subjects: Vec::new(), gaps: regional.regions.gap.iter().cloned().collect::<Vec<_>>() };
    conformance_packs(regional, &mut population);
    aggregators(regional, &mut population);
    let rules = names(regional, ORGANIZATION_RULES, |page: OrganizationRulesAnswer| {
        Some(page.organization_config_rules?.into_iter().map(|one| one.organization_config_rule_name).collect())
    });
    let status = names(regional, ORGANIZATION_RULE_STATUS, |page: OrganizationRuleStatusAnswer| {
        let all = page.organization_config_rule_statuses?.into_iter();
        let error = |code, message| error(code, message);
        Some(
            all.map(|one| {
                let error = error(one.error_code, one.error_message);
                (one.organization_config_rule_name, one.organization_rule_status, error)
            })
            .collect(),
        )
    });
    deployed(regional, &mut population, ("organization rule", ORGANIZATION_RULE_STATUS), rules, status);
    let packs = names(regional, ORGANIZATION_PACKS, |page: OrganizationPacksAnswer| {
        let all = page.organization_conformance_packs?.into_iter();
        Some(all.map(|one| one.organization_conformance_pack_name).collect())
    });
    let status = names(regional, ORGANIZATION_PACK_STATUS, |page: OrganizationPackStatusAnswer| {
        let all = page.organization_conformance_pack_statuses?.into_iter();
        let status = |one: super::shapes::OrganizationPackStatus| {
            (one.organization_conformance_pack_name, one.status, error(one.error_code, one.error_message))
        };
        Some(all.map(status).collect())
    });
    deployed(regional, &mut population, ("organization conformance pack", ORGANIZATION_PACK_STATUS), packs, status);
    population.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    population
}

/// A list of the organization's, which only the accounts that manage it are asked for; none where nobody asked.
fn names<P: serde::de::DeserializeOwned, T>(
    regional: &RegionalEvidence<'_>,
    evidence: Evidence,
    of: impl Fn(P) -> Option<Vec<T>>,
) -> Option<Lists<T>> {
    let was_asked = !regional.answers(evidence).is_empty();
    was_asked.then(|| regional.lists(evidence, of, |_| None))
}

fn deployed(
    regional: &RegionalEvidence<'_>,
    population: &mut Population<ConfigDeployment>,
    (what, evidence): (&str, Evidence),
    names: Option<Lists<String>>,
    status: Option<Lists<Deployed>>,
) {
    for (region, source) in names.into_iter().flatten() {
        population.gaps.extend(source.gap);
        let known = status.as_ref().and_then(|status| status.get(&region));
        for name in source.data {
            let own = known.and_then(|source| source.data.iter().find(|(of, ..)| *of == name));
            let missing = || known.and_then(|source| source.gap.clone()).unwrap_or_else(|| unlisted(evidence, &name));
            let mut one = subject(regional, what, &name, &region);
            match own {
                Some((_, status, error)) => {
                    one.status = Observed::Known(Some(status.clone()));
                    one.found = Observed::Known(error.iter().cloned().collect());
                }
                None => {
                    one.status = Observed::Gap(missing());
                    one.found = Observed::Gap(missing());
                }
            }
            population.subjects.push(one);
        }
    }
}

fn conformance_packs(regional: &RegionalEvidence<'_>, population: &mut Population<ConfigDeployment>) {
    let packs = regional.lists(
        CONFORMANCE_PACKS,
        |page: ConformancePacksAnswer| page.conformance_pack_details,
        |pack: &ConformancePack| pack.conformance_pack_arn.as_deref(),
    );
    let status = regional.lists(
        CONFORMANCE_PACK_STATUS,
        |page: ConformancePackStatusAnswer| page.conformance_pack_status_details,
        |_: &ConformancePackStatus| None,
    );
    let results = regional.answers(CONFORMANCE_PACK_COMPLIANCE);
    for (region, source) in packs {
        population.gaps.extend(source.gap);
        for pack in source.data {
            let name = pack.conformance_pack_name;
            let states = &status[&region];
            let own = states.data.iter().find(|one| one.conformance_pack_name == name);
            let mut one = subject(regional, "conformance pack", &name, &region);
            one.status = match own {
                Some(own) => {
                    let reason = own.conformance_pack_status_reason.iter().map(|reason| format!(": {reason}"));
                    Observed::Known(Some(format!("{}{}", own.conformance_pack_state, reason.collect::<String>())))
                }
                None => Observed::Gap(states.gap.clone().unwrap_or_else(|| unlisted(CONFORMANCE_PACK_STATUS, &name))),
            };
            one.found = pack_results(&results, &region, &name);
            population.subjects.push(one);
        }
    }
}

/// The rules of a conformance pack by result.
fn pack_results(results: &Answers, region: &str, pack: &str) -> Observed<Vec<String>> {
    let about = [("ConformancePackName", pack)];
    let source = results
        .list(region, &about, |page: ConformancePackComplianceAnswer| page.conformance_pack_rule_compliance_list);
    if let Some(gap) = source.gap {
        return Observed::Gap(gap);
    }
    let of =
        |result: &str| source.data.iter().filter(|rule| rule.compliance_type == result).collect::<Vec<&PackRule>>();
    let count = |rules: usize| if rules == 1 { "1 rule".to_owned() } else { format!("{rules} rules") };
    let mut words = vec![format!("{} compliant", count(of("COMPLIANT").len()))];
    words.extend(of("NON_COMPLIANT").into_iter().map(|rule| format!("non-compliant: {}", rule.config_rule_name)));
    let others = source.data.iter().filter(|rule| !matches!(&*rule.compliance_type, "COMPLIANT" | "NON_COMPLIANT"));
    match others.count() {
        0 => {}
        others => words.push(format!("{} without a result", count(others))),
    }
    Observed::Known(words)
}

fn aggregators(regional: &RegionalEvidence<'_>, population: &mut Population<ConfigDeployment>) {
    let aggregators = regional.lists(
        AGGREGATORS,
        |page: AggregatorsAnswer| page.configuration_aggregators,
        |aggregator: &Aggregator| aggregator.configuration_aggregator_arn.as_deref(),
    );
    let sources = regional.answers(AGGREGATOR_SOURCES);
    let (compliance, details) = (regional.answers(AGGREGATE_COMPLIANCE), regional.answers(AGGREGATE_DETAILS));
    for (region, source) in aggregators {
        population.gaps.extend(source.gap);
        for aggregator in source.data {
            let name = aggregator.configuration_aggregator_name;
            let about = [("ConfigurationAggregatorName", &*name)];
            let listed =
                sources.list(&region, &about, |page: AggregatorSourcesAnswer| page.aggregated_source_status_list);
            let results = compliance
                .list(&region, &about, |page: AggregateComplianceAnswer| page.aggregate_compliance_by_config_rules);
            let mut one = subject(regional, "aggregator", &name, &region);
            one.found = match listed.gap.or(results.gap) {
                Some(gap) => Observed::Gap(gap),
                None => {
                    let failed = listed.data.iter().filter_map(unsuccessful);
                    let failing = results.data.iter().filter(|one| is_failing(one));
                    let failing = failing.map(|one| not_compliant(&details, &region, &name, one));
                    Observed::Known(failed.chain(failing).collect())
                }
            };
            population.subjects.push(one);
        }
    }
}

fn is_failing(of: &AggregateCompliance) -> bool {
    of.compliance.as_ref().is_some_and(|result| result.compliance_type.as_deref() == Some("NON_COMPLIANT"))
}

/// A rule that is not compliant in an account, with the resources where they were asked for.
fn not_compliant(details: &Answers, region: &str, aggregator: &str, of: &AggregateCompliance) -> String {
    let about = [
        ("AccountId", of.account_id.as_str()),
        ("AwsRegion", &of.aws_region),
        ("ComplianceType", "NON_COMPLIANT"),
        ("ConfigRuleName", &of.config_rule_name),
        ("ConfigurationAggregatorName", aggregator),
    ];
    let head = format!("{} {}: non-compliant: {}", of.account_id, of.aws_region, of.config_rule_name);
    if !details.asked(region, &about) {
        return head;
    }
    let list = details.list(region, &about, |page: AggregateResultsAnswer| page.aggregate_evaluation_results);
    let resource = |one: AggregateResult| one.evaluation_result_identifier.evaluation_result_qualifier.resource_id;
    let mut resources: Vec<String> = list.data.into_iter().map(resource).collect();
    resources.sort();
    let rest = if list.gap.is_some() { ", others unavailable" } else { "" };
    if resources.is_empty() {
        format!("{head} (resources unavailable)")
    } else {
        format!("{head} ({}{rest})", resources.join(", "))
    }
}

/// A source of an aggregator whose last update did not succeed, in words.
fn unsuccessful(source: &AggregatorSource) -> Option<String> {
    let status = source.last_update_status.as_deref().unwrap_or("no status");
    if status == "SUCCEEDED" {
        return None;
    }
    let from = [&source.source_id, &source.aws_region].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let code = source.last_error_code.iter().map(|code| format!(" ({code})")).collect::<String>();
    Some(format!("{from}: {status}{code}"))
}

fn error(code: Option<String>, message: Option<String>) -> Option<String> {
    let words: Vec<String> = [code, message].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(": "))
}

fn unlisted(evidence: Evidence, name: &str) -> Arc<Gap> {
    gap(evidence, GapKind::Absent, format!("{evidence} does not list {name}"))
}

fn subject(regional: &RegionalEvidence<'_>, deployed: &str, name: &str, region: &str) -> ConfigDeployment {
    ConfigDeployment {
        deployed: Observed::Known(deployed.to_owned()),
        name: Observed::Known(name.to_owned()),
        region: Observed::Known(region.to_owned()),
        ..ConfigDeployment::blank(
            format!("{region}/{deployed}/{name}"),
            format!("{deployed} {name} ({region})"),
            regional.started,
        )
    }
}
