//! IAM Access Analyzer: analyzers of every type with archive rules, findings and statistics, and policy validation.

use super::row::{About, Calls, List, Only, Operation, ValueFrom, list_in, operation};
use super::{Extra, Set, Source};

const ANALYZERS: &[List] = &[list_in("accessanalyzer", "ListAnalyzers", "analyzers")];
const FINDINGS: &[List] = &[list_in("accessanalyzer", "ListFindingsV2", "findings")];
const BY_NAME: &[(&str, ValueFrom)] = &[("analyzerName", ValueFrom::Member("name"))];
const BY_ARN: &[(&str, ValueFrom)] = &[("analyzerArn", ValueFrom::Member("arn"))];
/// External access analyzers. The first API lists their findings with all details, but no other findings; the second
/// needs a separate call for the details of each finding.
const EXTERNAL: &[&str] = &["ACCOUNT", "ORGANIZATION"];

pub(super) static SOURCES: &[Source] = &[
    Source::regional(
        "access-analyzer",
        Set::AccessAnalyzer,
        &[
            analyzer("ListAnalyzers", "IAM Access Analyzer analyzers"),
            // The list does not contain the configuration.
            analyzer("GetAnalyzer", "IAM Access Analyzer analyzers, one by one").each(ANALYZERS, BY_NAME),
            analyzer("ListArchiveRules", "IAM Access Analyzer archive rules").each(ANALYZERS, BY_NAME),
            analyzer("GetFindingsStatistics", "IAM Access Analyzer finding statistics").each(ANALYZERS, BY_ARN),
            analyzer("ListFindings", "IAM Access Analyzer external access findings")
                .each(ANALYZERS, BY_ARN)
                .only(Only::With("type", EXTERNAL)),
            analyzer("ListFindingsV2", "IAM Access Analyzer unused and internal access findings")
                .each(ANALYZERS, BY_ARN)
                .only(Only::WithoutAnyOf("type", EXTERNAL))
                .permitted_by("ListFindings"),
            analyzer("GetFindingV2", "IAM Access Analyzer findings, one by one")
                .each(FINDINGS, &[("analyzerArn", ValueFrom::Request), ("id", ValueFrom::Member("id"))])
                .permitted_by("GetFinding"),
        ],
    ),
    Source::once(
        "policy-validation",
        Set::AccessAnalyzer,
        &[analyzer("ValidatePolicy", "Policy validation by IAM Access Analyzer")
            .calls(Calls::ByCode(About::Document, &[list_in("iam", "GetAccountAuthorizationDetails", "Policies")]))],
    )
    .only_with(Extra::ValidatePolicies),
];

const fn analyzer(name: &'static str, title: &'static str) -> Operation {
    operation("accessanalyzer", name, title)
}
