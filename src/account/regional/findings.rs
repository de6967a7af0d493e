//! Findings of external access: the same finding of several Regions is one.

use super::analyzers::{has_begun, is_active, looks_for_external_access};
use super::regional_evidence::{Lists, RegionalEvidence};
use super::shapes::{Analyzer, Finding, FindingsAnswer};
use super::statistics::{Listed, contradiction};
use super::subjects::AnalyzerFinding;
use crate::account::Population;
use crate::account::answers::unless_empty;
use crate::account::fact::{ANALYZERS, FINDING_STATISTICS, FINDINGS, Gap, GapKind, Observed};
use crate::account::gaps::gap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A finding as one Region tells it.
type Seen = (String, Finding);

pub fn read(evidence: &RegionalEvidence<'_>, analyzers: &Lists<Analyzer>) -> Population<AnalyzerFinding> {
    let (answers, statistics) = (evidence.answers(FINDINGS), evidence.answers(FINDING_STATISTICS));
    let mut gaps: Vec<Arc<Gap>> = evidence.regions.gap.iter().cloned().collect();
    let mut groups: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for (region, source) in analyzers {
        gaps.extend(source.gap.clone());
        let external = || source.data.iter().filter(|one| looks_for_external_access(one));
        if source.gap.is_none() && !external().any(|one| is_active(one) && has_begun(one)) {
            // Where there is an analyzer the answer is on its way; where there is none, nothing can be asked.
            let (what, kind) = if external().any(is_active) {
                ("has begun to look", GapKind::Absent)
            } else {
                ("looks", GapKind::NotLookedFor)
            };
            let reason = format!("no active analyzer of this account {what} for external access in {region}");
            gaps.push(gap(ANALYZERS, kind, reason));
        }
        for analyzer in external() {
            let findings =
                answers.list(region, &[("analyzerArn", &analyzer.arn)], |page: FindingsAnswer| page.findings);
            gaps.extend(findings.gap);
            let listed =
                findings.data.iter().map(|one| Listed { active: one.status == "ACTIVE", updated: one.updated_at });
            gaps.extend(contradiction(&statistics, region, analyzer, FINDINGS, listed));
            for finding in findings.data {
                groups.entry(key(&finding)).or_default().push((region.clone(), finding));
            }
        }
    }
    Population { subjects: groups.into_iter().map(|(key, seen)| subject(evidence, key, &seen)).collect(), gaps }
}

/// Resources that anybody may use: what is known decides; none is known only where nothing is missing.
pub fn public(findings: &Population<AnalyzerFinding>) -> Observed<Vec<String>> {
    let mut found = Vec::new();
    let mut gaps = findings.gaps.clone();
    for finding in &findings.subjects {
        if finding.own.known() == Some(&false) {
            continue;
        }
        match (&finding.own, &finding.public, &finding.active) {
            (Observed::Known(_), Observed::Known(true), Observed::Known(true)) => found.push(finding.label.clone()),
            (_, _, Observed::Known(false)) => {}
            (_, Observed::Known(false), _) if finding.errors.known().is_some_and(Vec::is_empty) => {}
            (own, public, active) => {
                let missing = [own.gap(), public.gap(), active.gap()].into_iter().flatten().next().cloned();
                let failed = || {
                    let errors = finding.errors.known().map(|errors| errors.join("; ")).unwrap_or_default();
                    gap(FINDINGS, GapKind::Failed, format!("the analysis of {} failed: {errors}", finding.label))
                };
                gaps.push(missing.unwrap_or_else(failed));
            }
        }
    }
    found.sort();
    found.dedup();
    unless_empty(found, gaps)
}

/// Resource and, hashed, what makes the finding one: who may do what under which condition.
fn key(finding: &Finding) -> String {
    let mut actions = finding.action.clone().unwrap_or_default();
    actions.sort();
    let public = finding.is_public == Some(true);
    let what = (&finding.principal, actions, &finding.condition, public, &finding.resource_type);
    let words = serde_json::to_string(&what).expect("texts always serialise");
    // An analysis that failed tells nothing about access; its own id keeps it apart from others.
    let resource = finding.resource.clone().unwrap_or_else(|| format!("finding {}", finding.id));
    format!("{resource}#{}", &crate::digest::sha256(words.as_bytes())[..12])
}

fn subject(evidence: &RegionalEvidence<'_>, id: String, seen: &[Seen]) -> AnalyzerFinding {
    let (_, first) = &seen[0];
    let resource = first.resource.clone().unwrap_or_else(|| format!("finding {}", first.id));
    let errors: Vec<String> =
        seen.iter().filter_map(|(region, one)| Some(format!("{} ({region})", one.error.as_ref()?))).collect();
    let has_status = |status: &str| seen.iter().any(|(_, one)| one.status == status && one.error.is_none());
    let missing = |what: &str| {
        gap(FINDINGS, GapKind::Absent, format!("{FINDINGS} does not return {what} of the finding about {resource}"))
    };
    let failed = || gap(FINDINGS, GapKind::Failed, format!("the analysis of {resource} failed: {}", errors.join("; ")));
    let active = if has_status("ACTIVE") {
        Observed::Known(true)
    } else if errors.is_empty() && seen.iter().all(|(_, one)| matches!(&*one.status, "ARCHIVED" | "RESOLVED")) {
        Observed::Known(false)
    } else if errors.is_empty() {
        Observed::Gap(gap(
            FINDINGS,
            GapKind::Absent,
            format!("the status of the finding about {resource} is not one that AWS documents"),
        ))
    } else {
        Observed::Gap(failed())
    };
    let is_active = active.known() == Some(&true);
    let times = seen.iter().filter(|(_, one)| !is_active || one.status == "ACTIVE").map(|(_, one)| one.created_at);
    let mut regions: Vec<String> = seen.iter().map(|(region, _)| region.clone()).collect();
    regions.sort();
    regions.dedup();
    let owner = first.resource_owner_account.as_ref();
    AnalyzerFinding {
        label: resource.clone(),
        id,
        as_of: evidence.started,
        resource_type: Observed::Known(first.resource_type.clone()),
        principal: Observed::Known(principal(first)),
        own: owner.map_or_else(
            || Observed::Gap(missing("the owner account")),
            |owner| Observed::Known(*owner == evidence.place.account),
        ),
        public: first
            .is_public
            .map_or_else(|| Observed::Gap(missing("whether access is public (isPublic)")), Observed::Known),
        active,
        archived: Observed::Known(seen.iter().any(|(_, one)| one.status == "ARCHIVED")),
        since: times.min().map_or_else(|| Observed::Gap(missing("the time (createdAt)")), Observed::Known),
        regions: Observed::Known(regions),
        errors: Observed::Known(errors),
        resource: Observed::Known(resource),
    }
}

fn principal(finding: &Finding) -> String {
    let named = finding.principal.iter().flatten().map(|(kind, who)| format!("{kind} {who}"));
    let named = named.collect::<Vec<_>>().join(", ");
    match (finding.is_public, named.is_empty()) {
        (Some(true), false) => format!("anyone ({named})"),
        (Some(true), true) => "anyone".to_owned(),
        (_, true) => "no principal named".to_owned(),
        (_, false) => named,
    }
}
