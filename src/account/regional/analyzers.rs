//! Analyzers of every Region and their archive rules.

use super::regional_evidence::{Lists, RegionalEvidence, perhaps_of_organization};
use super::shapes::{Analyzer, AnalyzerAnswer, AnalyzersAnswer, ArchiveRulesAnswer, ListedArchiveRule};
use super::subjects::ArchiveRule;
use crate::account::Population;
use crate::account::answers::{Answers, listed, unless_empty};
use crate::account::fact::{ANALYZER, ANALYZERS, ARCHIVE_RULES, Gap, Observed};
use crate::arn::is_account;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

const SERVICE: &str = "access-analyzer.amazonaws.com";

/// What a Region has in the way of analyzers.
pub struct OfRegion {
    pub external: Observed<Vec<String>>,
    pub other: Observed<Vec<String>>,
}

/// The analyzers of every Region.
pub struct Analyzers {
    pub lists: Lists<Analyzer>,
    /// All answers about single analyzers.
    details: Answers,
    organization_may_cover: bool,
}

pub fn read(evidence: &RegionalEvidence<'_>) -> Analyzers {
    Analyzers {
        lists: evidence.lists(ANALYZERS, |page: AnalyzersAnswer| page.analyzers, |analyzer| Some(&analyzer.arn)),
        details: evidence.answers(ANALYZER),
        organization_may_cover: evidence.organization_may_cover(SERVICE),
    }
}

pub fn looks_for_external_access(analyzer: &Analyzer) -> bool {
    matches!(&*analyzer.kind, "ACCOUNT" | "ORGANIZATION")
}

pub fn is_active(analyzer: &Analyzer) -> bool {
    analyzer.status == "ACTIVE"
}

/// An analyzer of a type or in a state that AWS does not document may be any that is looked for.
fn undocumented(analyzers: &[Analyzer]) -> Option<Arc<Gap>> {
    analyzers.iter().find_map(|one| {
        let kind = listed(one.kind.clone(), "Type", ANALYZERS, || format!("the type of analyzer {}", one.name));
        let status = || {
            listed(one.status.clone(), "AnalyzerStatus", ANALYZERS, || format!("the status of analyzer {}", one.name))
        };
        kind.and_then(|_| status()).gap().cloned()
    })
}

/// A new analyzer takes up to half an hour until it has looked at anything; until then its finding nothing says nothing.
pub fn has_begun(analyzer: &Analyzer) -> bool {
    analyzer.last_resource_analyzed_at.is_some()
}

/// The analyzers of one Region.
pub fn region(analyzers: &Analyzers, name: &str) -> OfRegion {
    let source = &analyzers.lists[name];
    let counts = |analyzer: &&Analyzer| looks_for_external_access(analyzer) && is_active(analyzer);
    let external: Vec<String> = source.data.iter().filter(counts).map(|one| one.name.clone()).collect();
    let described = |one: &Analyzer| {
        let is_unused = one.kind.ends_with("_UNUSED_ACCESS");
        let age = if is_unused { unused_after(&analyzers.details, name, one) } else { String::new() };
        format!("{} ({}, {}{age})", one.name, one.kind, one.status)
    };
    let other = source.data.iter().filter(|one| !counts(one)).map(described).collect();
    let elsewhere = || analyzers.elsewhere(&format!("active analyzer for external access in {name}"));
    let gap = source.gap.clone().or_else(|| undocumented(&source.data)).or_else(elsewhere);
    OfRegion {
        external: unless_empty(external, gap),
        other: source.gap.clone().map_or(Observed::Known(other), Observed::Gap),
    }
}

impl Analyzers {
    fn elsewhere(&self, what: &str) -> Option<Arc<Gap>> {
        self.organization_may_cover.then(|| perhaps_of_organization(what, ANALYZERS))
    }
}

/// `, unused after 90 days`: the list of analyzers leaves that out.
fn unused_after(details: &Answers, region: &str, analyzer: &Analyzer) -> String {
    let days = details.one(region, &[("analyzerName", &analyzer.name)]).map(|answer: AnalyzerAnswer| {
        let configuration = answer.analyzer.and_then(|analyzer| analyzer.configuration);
        configuration.and_then(|all| all.unused_access).and_then(|unused| unused.unused_access_age)
    });
    match days {
        Observed::Known(Some(days)) => format!(", unused after {days} days"),
        Observed::Known(None) => String::new(),
        Observed::Gap(_) => ", days until unused unavailable".to_owned(),
    }
}

/// Analyzers of unused access; one Region is enough, as IAM is the same in all.
pub fn unused(evidence: &RegionalEvidence<'_>, analyzers: &Analyzers) -> Observed<Vec<String>> {
    let counts = |one: &&Analyzer| {
        matches!(&*one.kind, "ACCOUNT_UNUSED_ACCESS" | "ORGANIZATION_UNUSED_ACCESS") && is_active(one)
    };
    let found = analyzers.lists.iter().flat_map(|(region, source)| {
        source.data.iter().filter(counts).map(move |one| format!("{} ({region})", one.name))
    });
    let gaps =
        evidence.regions.gap.iter().chain(analyzers.lists.values().filter_map(|source| source.gap.as_ref())).cloned();
    let odd = analyzers.lists.values().filter_map(|source| undocumented(&source.data));
    let elsewhere = analyzers.elsewhere("active analyzer for unused access");
    unless_empty(found.collect(), gaps.chain(odd).chain(elsewhere))
}

pub fn archive_rules(evidence: &RegionalEvidence<'_>, analyzers: &Lists<Analyzer>) -> Population<ArchiveRule> {
    let answers = evidence.answers(ARCHIVE_RULES);
    let mut gaps: Vec<Arc<Gap>> = evidence.regions.gap.iter().cloned().collect();
    let mut subjects = Vec::new();
    for (region, source) in analyzers {
        gaps.extend(source.gap.clone());
        for analyzer in &source.data {
            let rules = answers
                .list(region, &[("analyzerName", &analyzer.name)], |page: ArchiveRulesAnswer| page.archive_rules);
            gaps.extend(rules.gap);
            subjects.extend(rules.data.iter().map(|rule| subject(evidence, region, analyzer, rule)));
        }
    }
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    Population { subjects, gaps }
}

fn subject(
    evidence: &RegionalEvidence<'_>,
    region: &str,
    analyzer: &Analyzer,
    rule: &ListedArchiveRule,
) -> ArchiveRule {
    let criteria = criteria(rule.filter.as_ref());
    ArchiveRule {
        id: format!("{}/archive-rule/{}", analyzer.arn, rule.rule_name),
        label: format!("{} of {} ({region})", rule.rule_name, analyzer.name),
        as_of: evidence.started,
        name: Observed::Known(rule.rule_name.clone()),
        analyzer: Observed::Known(analyzer.name.clone()),
        region: Observed::Known(region.to_owned()),
        names_what_it_is_for: Observed::Known(criteria.iter().any(|one| one.is_narrow(&evidence.place.account))),
        takes_in_public_access: listed(&analyzer.kind, "Type", ANALYZERS, || {
            format!("the type of analyzer {}", analyzer.name)
        })
        .map(|_| {
            looks_for_external_access(analyzer)
                && !criteria.iter().any(|one| one.leaves_out_public(&evidence.place.account))
        }),
        criteria: Observed::Known(criteria.iter().map(Criterion::words).collect()),
    }
}

/// `resource eq […]`: all criteria of a rule must hold, and one of the values of each.
struct Criterion {
    key: String,
    operator: String,
    values: Vec<String>,
}

fn criteria(filter: Option<&BTreeMap<String, Value>>) -> Vec<Criterion> {
    let mut found = Vec::new();
    for (key, value) in filter.into_iter().flatten() {
        for (operator, values) in value.as_object().into_iter().flatten() {
            let values = match values {
                Value::Array(values) => values.iter().map(plain).collect(),
                one => vec![plain(one)],
            };
            found.push(Criterion { key: key.clone(), operator: operator.clone(), values });
        }
    }
    found
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Criterion {
    fn words(&self) -> String {
        format!("{} {} {}", self.key, self.operator, self.values.join(", "))
    }

    /// `neq` and `exists` take in everything else, and a part of a name may be a part of any.
    fn is_narrow(&self, own_account: &str) -> bool {
        let about = self.key == "resource" || self.key.starts_with("principal.");
        about
            && !self.values.is_empty()
            && self.values.iter().all(|value| match &*self.operator {
                "eq" => !value.is_empty() && !value.contains('*'),
                "contains" => is_a_name(value, own_account),
                _ => false,
            })
    }

    /// All criteria must hold, so that one which public access cannot meet is enough.
    fn leaves_out_public(&self, own_account: &str) -> bool {
        let not_public =
            self.key == "isPublic" && self.operator == "eq" && self.values.iter().all(|value| value == "false");
        let named = self.key.starts_with("principal.") && self.is_narrow(own_account);
        (not_public && !self.values.is_empty()) || named
    }
}

/// A part of a name that can only be part of certain names: another account's number, or an ARN that goes on to
/// the resource's name.
fn is_a_name(value: &str, own_account: &str) -> bool {
    let is_number = is_account(value);
    let resource = value.splitn(6, ':').nth(5).filter(|_| value.starts_with("arn:")).unwrap_or_default();
    let name = resource.rsplit(['/', ':']).next().unwrap_or_default();
    (is_number && value != own_account) || (name.len() >= 4 && !value.contains('*') && !is_type(resource))
}

/// `role`, `user`: the beginning of every resource of a type, not of one name.
fn is_type(resource: &str) -> bool {
    const TYPES: &[&str] =
        &["role", "user", "key", "function", "layer", "secret", "snapshot", "repository", "table", "file-system"];
    TYPES.iter().any(|kind| kind.starts_with(resource))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Whether a rule names what it is for, and whether it leaves out public access.
    fn of(filter: Value) -> (bool, bool) {
        let filter: BTreeMap<String, Value> = serde_json::from_value(filter).unwrap();
        let criteria = criteria(Some(&filter));
        let any = |holds: fn(&Criterion, &str) -> bool| criteria.iter().any(|one| holds(one, "111122223333"));
        (any(Criterion::is_narrow), any(Criterion::leaves_out_public))
    }

    #[test]
    fn a_rule_is_narrow_where_it_names_something() {
        for filter in [
            json!({ "principal.AWS": { "eq": ["999988887777"] } }),
            json!({ "principal.AWS": { "contains": ["999988887777"] } }),
            json!({ "resource": { "eq": ["arn:aws:s3:::site"] }, "isPublic": { "eq": ["false"] } }),
        ] {
            assert_eq!(of(filter.clone()), (true, true), "{filter}");
        }
        for filter in [
            json!({ "resource": { "eq": ["arn:aws:s3:::site"] } }),
            json!({ "resource": { "contains": ["arn:aws:s3:::site-"] } }),
        ] {
            assert_eq!(of(filter.clone()), (true, false), "{filter}");
        }
    }

    #[test]
    fn what_takes_in_nearly_everything_is_not_narrow() {
        for filter in [
            json!({}),
            json!({ "resourceType": { "eq": ["AWS::S3::Bucket"] } }),
            json!({ "resource": { "exists": true } }),
            json!({ "resource": { "neq": ["arn:aws:s3:::site"] } }),
            json!({ "resource": { "contains": ["arn:aws:"] } }),
            json!({ "resource": { "contains": ["arn:aws:iam::111122223333:role"] } }),
            json!({ "resource": { "contains": ["arn:aws:iam::111122223333:role/"] } }),
            json!({ "resource": { "contains": ["111122223333"] } }),
            json!({ "principal.AWS": { "eq": [] } }),
        ] {
            assert_eq!(of(filter.clone()), (false, false), "{filter}");
        }
    }

    #[test]
    fn public_access_is_taken_in_in_several_ways() {
        for filter in [
            json!({ "isPublic": { "eq": ["true"] } }),
            json!({ "isPublic": { "eq": ["true", "false"] } }),
            json!({ "isPublic": { "neq": ["false"] } }),
            json!({ "isPublic": { "exists": true } }),
            json!({ "isPublic": { "eq": [] } }),
            json!({ "principal.AWS": { "eq": ["*"] } }),
            json!({ "principal.AWS": { "neq": ["999988887777"] } }),
            json!({ "resource": { "eq": ["arn:aws:s3:::site"] }, "isPublic": { "eq": ["true"] } }),
        ] {
            assert!(!of(filter.clone()).1, "{filter}");
        }
    }
}
