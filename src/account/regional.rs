//! What watches over the account, region by region: Access Analyzer, AWS Config, CloudTrail, alarms.
//!
//! A region that was not asked, or did not answer, is a gap of that region. Whatever is claimed of every region
//! is therefore unknown until all enabled regions answered, unless a known one decides it.

pub mod subjects;

mod access_findings;
mod alarms;
mod analyzers;
mod desk;
mod findings;
mod pattern;
mod recorders;
mod recording_scope;
mod rules;
mod selectors;
mod shapes;
mod trails;

use super::fact::{Gap, Kind, Observed, Subject};
use super::identity::Place;
use super::regions::Regions;
use super::{Population, Times, View};
use crate::snapshot::Snapshot;
use desk::Desk;
use std::collections::BTreeSet;
use std::sync::Arc;
use subjects::{AccessFinding, AnalyzerFinding, ArchiveRule, ConfigRule, Monitoring, Region, Trail, WatchedEvent};

pub use rules::{Compliance, RuleResult, RuleResults};

/// The regional populations.
#[derive(Clone, Debug)]
pub struct Regional {
    pub regions: Population<Region>,
    pub monitoring: Population<Monitoring>,
    pub findings: Population<AnalyzerFinding>,
    pub access_findings: Population<AccessFinding>,
    pub archive_rules: Population<ArchiveRule>,
    pub config_rules: Population<ConfigRule>,
    pub trails: Population<Trail>,
    pub watched_events: Population<WatchedEvent>,
    /// What AWS Config found of single resources, rule by rule; for the comparison with our own verdicts.
    pub rule_results: Vec<RuleResults>,
    /// Gaps of whole answers, which need not have reached any fact.
    pub answer_gaps: Vec<Arc<Gap>>,
}

/// Applies a macro's worth of work to every population, so that none is forgotten.
macro_rules! each {
    ($regional:expr, $do:expr) => {{
        let regional = $regional;
        $do(view(&regional.regions));
        $do(view(&regional.monitoring));
        $do(view(&regional.findings));
        $do(view(&regional.access_findings));
        $do(view(&regional.archive_rules));
        $do(view(&regional.config_rules));
        $do(view(&regional.trails));
        $do(view(&regional.watched_events));
    }};
}

fn view<T: Subject>(population: &Population<T>) -> View<'_> {
    View { subjects: population.subjects.iter().map(|one| one as &dyn Subject).collect(), gaps: &population.gaps }
}

impl Regional {
    /// The members of a kind, if it is one of these.
    pub fn population(&self, kind: &Kind) -> Option<View<'_>> {
        match kind.name {
            "region" => Some(view(&self.regions)),
            "monitoring" => Some(view(&self.monitoring)),
            "analyzer_finding" => Some(view(&self.findings)),
            "access_finding" => Some(view(&self.access_findings)),
            "archive_rule" => Some(view(&self.archive_rules)),
            "config_rule" => Some(view(&self.config_rules)),
            "trail" => Some(view(&self.trails)),
            "watched_event" => Some(view(&self.watched_events)),
            _ => None,
        }
    }

    /// Every gap that stands anywhere here.
    pub fn gaps(&self) -> BTreeSet<Arc<Gap>> {
        let mut found: BTreeSet<Arc<Gap>> = self.answer_gaps.iter().cloned().collect();
        each!(self, |view: View<'_>| {
            found.extend(view.gaps.iter().cloned());
            for subject in view.subjects {
                let facts = (0..subject.kind().fields.len()).map(|index| subject.fact(index));
                found.extend(facts.filter_map(|fact| fact.gap().cloned()));
            }
        });
        found
    }
}

/// Reads the regional answers of a snapshot.
pub(super) fn read(snapshot: &Snapshot, regions: &Regions, place: &Place, times: &Times) -> Regional {
    let desk = Desk::new(snapshot, place, times.started, regions);
    let analyzers = analyzers::read(&desk);
    let recorders = recorders::read(&desk);
    let trails = trails::read(&desk);
    let (config_rules, rule_results) = rules::read(&desk);
    let of_regions = regions.names.iter().map(|name| {
        let analyzers = analyzers::region(&desk, &analyzers, name);
        recorders::region(&desk, &recorders[name], name, analyzers)
    });
    let (watched_events, answer_gaps) = alarms::read(&desk, &trails);
    let findings = findings::read(&desk, &analyzers);
    Regional {
        answer_gaps,
        regions: Population { subjects: of_regions.collect(), gaps: regions.gap.iter().cloned().collect() },
        monitoring: Population {
            subjects: vec![Monitoring {
                id: format!("{}#monitoring", place.account),
                label: "the account, over all enabled regions".to_owned(),
                as_of: times.started,
                complete_trails: trails::complete(&trails),
                incomplete_trails: trails::incomplete(&trails),
                public_resources: findings::public(&findings),
                unused_access_analyzers: analyzers::unused(&desk, &analyzers),
                identity_types_recorded_in: recorders::identity_types(&desk, &recorders),
                recorders_found: Observed::Known(recorders::found(&recorders)),
            }],
            gaps: Vec::new(),
        },
        findings,
        access_findings: access_findings::read(&desk, &analyzers),
        archive_rules: analyzers::archive_rules(&desk, &analyzers),
        config_rules,
        watched_events,
        trails: trails::population(trails),
        rule_results,
    }
}

#[cfg(test)]
pub(super) mod tests;
