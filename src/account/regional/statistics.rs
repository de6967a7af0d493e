//! AWS's own counts of findings: a second source that shows whether a list of findings is complete.

use super::shapes::{Analyzer, Statistics, StatisticsAnswer, Totals};
use crate::account::answers::Answers;
use crate::account::fact::{Evidence, FINDING_STATISTICS, Gap, GapKind, Observed};
use crate::account::gaps::gap;
use jiff::Timestamp;
use std::sync::Arc;

/// What matters of a listed finding: whether it is active, and when it last changed.
pub struct Listed {
    pub active: bool,
    pub updated: Option<Timestamp>,
}

/// Why the list of an analyzer's findings cannot be complete. AWS counts from time to time: a finding that is settled
/// and changed since the count was active then.
pub fn contradiction(
    statistics: &Answers,
    region: &str,
    analyzer: &Analyzer,
    list: Evidence,
    listed: impl Iterator<Item = Listed>,
) -> Option<Arc<Gap>> {
    let about = [("analyzerArn", analyzer.arn.as_str())];
    if !statistics.asked(region, &about) {
        return None;
    }
    let Observed::Known(answer) = statistics.one::<StatisticsAnswer>(region, &about) else { return None };
    let counted_at = answer.last_updated_at?;
    let counted: u64 = answer.findings_statistics?.iter().filter_map(active).sum();
    let may_have_been = |one: &Listed| one.active || one.updated.is_none_or(|updated| updated >= counted_at);
    let most = listed.filter(may_have_been).count() as u64;
    (counted > most).then(|| {
        let reason = format!(
            "{FINDING_STATISTICS} in {region} counts {counted} active findings of analyzer {}, and {list} lists {most}",
            analyzer.name
        );
        gap(list, GapKind::Conflict, reason)
    })
}

fn active(of: &Statistics) -> Option<u64> {
    let totals: [&Option<Totals>; 3] = [
        &of.external_access_findings_statistics,
        &of.internal_access_findings_statistics,
        &of.unused_access_findings_statistics,
    ];
    totals.into_iter().flatten().find_map(|totals| totals.total_active_findings)
}
