//! IAM Access Analyzer: analyzers of every type, their archive rules, findings and statistics.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};

/// See the module.
pub const SOURCE: Source = Source {
    name: "access-analyzer",
    set: Set::AccessAnalyzer,
    only_with: None,
    operations: &[
        operation!("accessanalyzer", "ListAnalyzers" => "access-analyzer:ListAnalyzers"),
        operation!("accessanalyzer", "GetAnalyzer" => "access-analyzer:GetAnalyzer"),
        operation!("accessanalyzer", "ListArchiveRules" => "access-analyzer:ListArchiveRules"),
        operation!("accessanalyzer", "GetFindingsStatistics" => "access-analyzer:GetFindingsStatistics"),
        operation!("accessanalyzer", "ListFindings" => "access-analyzer:ListFindings"),
        operation!("accessanalyzer", "ListFindingsV2" => "access-analyzer:ListFindings"),
        operation!("accessanalyzer", "GetFindingV2" => "access-analyzer:GetFinding"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    for analyzer in aws.list("ListAnalyzers", json!({}), "analyzers").await? {
        // The list leaves the configuration out.
        let by_name = json!({ "analyzerName": text(&analyzer, "name") });
        aws.one("GetAnalyzer", by_name.clone()).await?;
        aws.pages("ListArchiveRules", by_name).await?;
        aws.one("GetFindingsStatistics", json!({ "analyzerArn": text(&analyzer, "arn") })).await?;
        findings(aws, &analyzer).await?;
    }
    Ok(())
}

/// The first API's list holds the details of external findings, a page at a time; of the other types it
/// knows nothing, and the second API tells details only one by one.
async fn findings(aws: &Aws<'_, '_>, analyzer: &Value) -> Result<(), Stop> {
    let arn = text(analyzer, "arn");
    let by_arn = json!({ "analyzerArn": arn });
    if matches!(text(analyzer, "type"), "ACCOUNT" | "ORGANIZATION") {
        return aws.pages("ListFindings", by_arn).await.map(drop);
    }
    for finding in aws.list("ListFindingsV2", by_arn, "findings").await? {
        aws.pages("GetFindingV2", json!({ "analyzerArn": arn, "id": text(&finding, "id") })).await?;
    }
    Ok(())
}
