//! What watches over the account, Region by Region: Access Analyzer, AWS Config, CloudTrail, alarms.
//!
//! A Region that was not asked, or did not answer, is a gap of that Region. Whatever is claimed of every Region
//! is therefore unknown until all enabled Regions answered, unless a known one decides it.

pub mod subjects;

mod access_findings;
mod alarms;
mod analyzers;
mod deployments;
mod findings;
mod pattern;
mod recorders;
mod recording_scope;
mod regional_evidence;
mod rules;
mod selectors;
mod shapes;
mod statistics;
mod trails;

use super::details::Details;
use super::fact::{Gap, Observed};
use super::identity::Place;
use super::regions::Regions;
use super::{Population, Times};
use crate::snapshot::Snapshot;
use regional_evidence::RegionalEvidence;
use std::sync::Arc;
use subjects::{
    AccessFinding, AnalyzerFinding, ArchiveRule, ConfigDeployment, ConfigRule, Monitoring, Region, Trail, WatchedEvent,
};

pub use rules::{Compliance, RuleResult, RuleResults};

/// The regional populations.
pub struct Regional {
    pub regions: Population<Region>,
    pub monitoring: Population<Monitoring>,
    pub analyzer_findings: Population<AnalyzerFinding>,
    pub access_findings: Population<AccessFinding>,
    pub archive_rules: Population<ArchiveRule>,
    pub config_rules: Population<ConfigRule>,
    pub config_deployments: Population<ConfigDeployment>,
    pub trails: Population<Trail>,
    pub watched_events: Population<WatchedEvent>,
    /// What AWS Config found of single resources, rule by rule; for the comparison with our own verdicts.
    pub rule_results: Vec<RuleResults>,
    /// Gaps of whole answers, which need not have reached any fact.
    pub answer_gaps: Vec<Arc<Gap>>,
}

/// Reads the regional answers of a snapshot.
pub(super) fn read(
    snapshot: &Snapshot,
    details: &Details,
    regions: &Regions,
    place: &Place,
    times: &Times,
) -> Regional {
    let evidence = RegionalEvidence { snapshot, details, place, times, started: times.started, regions };
    let analyzers = analyzers::read(&evidence);
    let recorders = recorders::read(&evidence);
    let trails = trails::read(&evidence);
    let (config_rules, rule_results) = rules::read(&evidence);
    let of_regions = regions.names.iter().map(|name| {
        let analyzers = analyzers::region(&analyzers, name);
        recorders::region(&evidence, &recorders[name], name, analyzers)
    });
    let (watched_events, answer_gaps) = alarms::read(&evidence, &trails);
    let findings = findings::read(&evidence, &analyzers.lists);
    Regional {
        answer_gaps,
        regions: Population { subjects: of_regions.collect(), gaps: regions.gap.iter().cloned().collect() },
        monitoring: Population {
            subjects: vec![Monitoring {
                id: format!("{}#monitoring", place.account),
                label: "the account, in all enabled Regions".to_owned(),
                as_of: times.started,
                complete_trails: trails::complete(&trails),
                incomplete_trails: trails::incomplete(&trails),
                public_resources: findings::public(&findings),
                unused_access_analyzers: analyzers::unused(&evidence, &analyzers),
                identity_types_recorded_in: recorders::identity_types(&evidence, &recorders),
                recorders_found: Observed::Known(recorders::found(&recorders)),
            }],
            gaps: Vec::new(),
        },
        analyzer_findings: findings,
        access_findings: access_findings::read(&evidence, &analyzers.lists),
        archive_rules: analyzers::archive_rules(&evidence, &analyzers.lists),
        config_rules,
        config_deployments: deployments::read(&evidence),
        watched_events,
        trails: trails::population(trails),
        rule_results,
    }
}

#[cfg(test)]
pub(super) mod tests;
