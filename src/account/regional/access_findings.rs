//! Findings of unused and of internal access. AWS tells them by the second version of its list, and what each rests
//! on one by one.

use super::analyzers::{self, is_active};
use super::regional_evidence::{Lists, RegionalEvidence};
use super::shapes::{AccessFindingAnswer, AccessFindingsAnswer, Analyzer, FindingDetails, ListedAccessFinding};
use super::statistics::{Listed, contradiction};
use super::subjects::AccessFinding;
use crate::account::Population;
use crate::account::answers::{Answers, listed, needed};
use crate::account::fact::{ACCESS_FINDING, ACCESS_FINDINGS, ANALYZERS, FINDING_STATISTICS, Gap, GapKind, Observed};
use crate::account::gaps::gap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A finding as an analyzer of a Region tells it.
struct Seen {
    region: String,
    finding: ListedAccessFinding,
    details: Observed<Vec<String>>,
}

pub fn read(evidence: &RegionalEvidence<'_>, analyzers: &Lists<Analyzer>) -> Population<AccessFinding> {
    let (lists, single) = (evidence.answers(ACCESS_FINDINGS), evidence.answers(ACCESS_FINDING));
    let statistics = evidence.answers(FINDING_STATISTICS);
    let mut gaps: Vec<Arc<Gap>> = evidence.regions.gap.iter().cloned().collect();
    let mut groups: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for (region, source) in analyzers {
        gaps.extend(source.gap.clone());
        for analyzer in source.data.iter().filter(|one| !analyzers::looks_for_external_access(one)) {
            let about = [("analyzerArn", analyzer.arn.as_str())];
            let findings = lists.list(region, &about, |page: AccessFindingsAnswer| page.findings);
            gaps.extend(findings.gap);
            let listed =
                findings.data.iter().map(|one| Listed { active: one.status == "ACTIVE", updated: one.updated_at });
            gaps.extend(contradiction(&statistics, region, analyzer, ACCESS_FINDINGS, listed));
            for finding in findings.data {
                let details = details(&single, region, analyzer, &finding);
                groups.entry(key(&finding)).or_default().push(Seen { region: region.clone(), finding, details });
            }
        }
    }
    if gaps.is_empty()
        && !analyzers.values().flat_map(|source| &source.data).any(|one| finds_unused(one) && is_active(one))
    {
        // What nobody looks for is not absent.
        gaps.push(gap(
            ANALYZERS,
            GapKind::NotLookedFor,
            "no active analyzer of this account looks for unused access".to_owned(),
        ));
    }
    Population { subjects: groups.into_iter().map(|(key, seen)| subject(evidence, key, &seen)).collect(), gaps }
}

fn finds_unused(analyzer: &Analyzer) -> bool {
    matches!(&*analyzer.kind, "ACCOUNT_UNUSED_ACCESS" | "ORGANIZATION_UNUSED_ACCESS")
}

/// Unused access is the same wherever it is told; each finding of internal access stands for itself.
fn key(finding: &ListedAccessFinding) -> String {
    match (&finding.resource, is_unused(finding)) {
        (Some(resource), Some(true)) => format!("{resource}#{}", kind(finding)),
        (Some(resource), _) => format!("{resource}#{}", finding.id),
        (None, _) => format!("finding {}", finding.id),
    }
}

fn kind(finding: &ListedAccessFinding) -> &str {
    finding.finding_type.as_deref().unwrap_or_default()
}

/// None where AWS does not say, or says what it does not document.
fn is_unused(finding: &ListedAccessFinding) -> Option<bool> {
    let about = || about("type", &finding.id);
    let kind = listed(finding.finding_type.as_ref()?, "FindingType", ACCESS_FINDINGS, about);
    kind.known().map(|kind| kind.starts_with("Unused"))
}

fn subject(evidence: &RegionalEvidence<'_>, id: String, seen: &[Seen]) -> AccessFinding {
    let first = &seen[0].finding;
    let resource = first.resource.clone().unwrap_or_else(|| format!("finding {}", first.id));
    let errors: Vec<String> =
        seen.iter().filter_map(|one| Some(format!("{} ({})", one.finding.error.as_ref()?, one.region))).collect();
    let has_status = |status: &str| seen.iter().any(|one| one.finding.status == status && one.finding.error.is_none());
    let settled = |one: &Seen| matches!(&*one.finding.status, "ARCHIVED" | "RESOLVED");
    let active = if has_status("ACTIVE") {
        Observed::Known(true)
    } else if errors.is_empty() && seen.iter().all(settled) {
        Observed::Known(false)
    } else {
        let reason = if errors.is_empty() {
            format!("the status of the finding about {resource} is not one that AWS documents")
        } else {
            format!("the analysis of {resource} failed: {}", errors.join("; "))
        };
        Observed::Gap(gap(ACCESS_FINDINGS, if errors.is_empty() { GapKind::Absent } else { GapKind::Failed }, reason))
    };
    let since = seen.iter().filter(|one| active.known() != Some(&true) || one.finding.status == "ACTIVE");
    let since = since.filter_map(|one| one.finding.created_at).min();
    let mut regions: Vec<String> = seen.iter().map(|one| one.region.clone()).collect();
    regions.sort();
    regions.dedup();
    AccessFinding {
        label: format!("{} of {resource}", words(kind(first))),
        id,
        as_of: evidence.started,
        finding_type: needed(first.finding_type.as_deref().map(words), ACCESS_FINDINGS, || about("type", &resource)),
        unused: needed(is_unused(first), ACCESS_FINDINGS, || about("type", &resource)),
        resource_type: Observed::Known(first.resource_type.clone()),
        own: needed(first.resource_owner_account.as_ref(), ACCESS_FINDINGS, || about("owner", &resource))
            .map(|owner| *owner == evidence.place.account),
        active,
        archived: Observed::Known(seen.iter().any(|one| one.finding.status == "ARCHIVED")),
        since: needed(since, ACCESS_FINDINGS, || about("time", &resource)),
        details: seen[0].details.clone(),
        regions: Observed::Known(regions),
        errors: Observed::Known(errors),
        resource: Observed::Known(resource),
    }
}

fn about(what: &str, resource: &str) -> String {
    format!("the {what} of the finding about {resource}")
}

/// AWS's types of findings as people say them.
fn words(finding_type: &str) -> String {
    match finding_type {
        "UnusedIAMRole" => "unused role".to_owned(),
        "UnusedIAMUserAccessKey" => "unused access key".to_owned(),
        "UnusedIAMUserPassword" => "unused password".to_owned(),
        "UnusedPermission" => "unused permissions".to_owned(),
        "InternalAccess" => "internal access".to_owned(),
        "" => "finding of an unknown type".to_owned(),
        other => other.to_owned(),
    }
}

fn details(
    single: &Answers,
    region: &str,
    analyzer: &Analyzer,
    finding: &ListedAccessFinding,
) -> Observed<Vec<String>> {
    let about = [("analyzerArn", analyzer.arn.as_str()), ("id", finding.id.as_str())];
    let source = single.list(region, &about, |page: AccessFindingAnswer| page.finding_details);
    match source.gap {
        Some(gap) => Observed::Gap(gap),
        None => Observed::Known(source.data.iter().flat_map(sentences).collect()),
    }
}

/// What a finding rests on, in words.
fn sentences(details: &FindingDetails) -> Vec<String> {
    let used = |last: Option<jiff::Timestamp>| match last {
        Some(last) => format!("last used {}", last.strftime("%Y-%m-%d")),
        None => "no use within the tracking period".to_owned(),
    };
    let mut found = Vec::new();
    if let Some(role) = &details.unused_iam_role_details {
        found.push(used(role.last_accessed));
    }
    if let Some(password) = &details.unused_iam_user_password_details {
        found.push(used(password.last_accessed));
    }
    if let Some(key) = &details.unused_iam_user_access_key_details {
        found.push(format!("access key {}: {}", key.access_key_id, used(key.last_accessed)));
    }
    if let Some(permission) = &details.unused_permission_details {
        let actions: Vec<&str> = permission.actions.iter().flatten().map(|one| one.action.as_str()).collect();
        let which = match actions.len() {
            0 => "every action".to_owned(),
            1..=5 => actions.join(", "),
            count => format!("{count} actions, the first {}", actions[..3].join(", ")),
        };
        found.push(format!("{}: {which}; {}", permission.service_namespace, used(permission.last_accessed)));
    }
    if let Some(internal) = &details.internal_access_details {
        let who: Vec<String> = internal.principal.iter().flatten().map(|(kind, who)| format!("{kind} {who}")).collect();
        let what = internal.action.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
        found.push(format!(
            "{} may: {what}",
            if who.is_empty() { "no principal named".to_owned() } else { who.join(", ") }
        ));
    }
    found
}
