//! Users who are not those of the credential report any more: deleted and created again under the same name, or given a
//! password, after the report was made.

use super::SAME_TIME;
use crate::account::Times;
use crate::account::credential_report::{CredentialReport, Row, later_than};
use crate::account::fact::{AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Gap, GapKind, Observed, USER_LIST};
use crate::account::gaps::gap;
use crate::account::sources::Sources;
use crate::arn::name_of;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A user as one of the two lists shows it.
#[derive(Default)]
struct Shown<'a> {
    id: Option<&'a str>,
    created: Option<Timestamp>,
}

/// Takes the row of every recreated user out of the report, and the cells that a later sign-in contradicts.
pub fn compare(report: &mut CredentialReport, sources: &Sources, times: &Times) {
    let listed: BTreeMap<&str, _> = sources.users.data.iter().map(|user| (user.arn.as_str(), user)).collect();
    let detailed: BTreeMap<&str, _> = sources.details.data.users.iter().map(|user| (user.arn.as_str(), user)).collect();
    let mut recreated: Vec<(String, Arc<Gap>)> = Vec::new();
    for (arn, row) in &mut report.rows {
        let in_list = listed.get(arn.as_str());
        let in_details = detailed.get(arn.as_str());
        let shown = [
            (USER_LIST, in_list.map(|user| Shown { id: user.user_id.as_deref(), created: user.create_date })),
            (AUTHORIZATION_DETAILS, in_details.map(|user| Shown { id: user.id.as_deref(), created: user.created })),
        ];
        let shown = shown.map(|(evidence, shown)| (evidence, shown.unwrap_or_default()));
        if let Some(reason) = is_another(row, &shown) {
            recreated.push((arn.clone(), gap(CREDENTIAL_REPORT, GapKind::Conflict, reason)));
        } else if let Some(used) = in_list.and_then(|user| user.password_last_used) {
            signed_in(row, used, report.generated, times);
        }
    }
    for (arn, gap) in recreated {
        report.rows.remove(&arn);
        report.row_gaps.push(Arc::clone(&gap));
        report.bad.insert(arn, gap);
    }
}

/// Why the user of that name is not the one of the row.
fn is_another(row: &Row, shown: &[(Evidence, Shown<'_>); 2]) -> Option<String> {
    let name = name_of(&row.arn);
    if let [(one, Shown { id: Some(first), .. }), (other, Shown { id: Some(second), .. })] = shown
        && first != second
    {
        return Some(format!(
            "{one} and {other} return different user IDs for {name} ({first}, {second}): the user was deleted and \
             created again, and the credential report may be about either"
        ));
    }
    let in_report = row.created.known().copied().flatten()?;
    let later = |(_, shown): &&(Evidence, Shown<'_>)| {
        shown.created.is_some_and(|created| created.duration_since(in_report).abs() > SAME_TIME)
    };
    let (evidence, shown) = shown.iter().find(later)?;
    Some(format!(
        "by {evidence}, the user {name} was created {}, by the credential report {in_report}: they are not the same user",
        shown.created?
    ))
}

/// A sign-in after the report shows a password that the report may lack. A last sign-in before the one in the report
/// cannot be.
fn signed_in(row: &mut Row, used: Timestamp, generated: Timestamp, times: &Times) {
    let name = name_of(&row.arn);
    let conflict = |words: String| gap(CREDENTIAL_REPORT, GapKind::Conflict, words);
    if later_than(times.ended, used) {
        row.password_last_used = Observed::Gap(conflict(format!(
            "{USER_LIST} answered {used} for the last sign-in of {name}, which is after the collection ended"
        )));
    } else if row.password_enabled.known() == Some(&false) && used > generated {
        row.password_enabled = Observed::Gap(conflict(format!(
            "the credential report shows no password of {name}, and by {USER_LIST} the user signed in with one at \
             {used}, after the report"
        )));
    } else if let Some(reported) = row.password_last_used.known().copied().flatten()
        && reported.duration_since(used) > SAME_TIME
    {
        row.password_last_used = Observed::Gap(conflict(format!(
            "the last sign-in of {name} was {reported} by the credential report and {used} by {USER_LIST}, which is later \
             evidence: a last sign-in cannot become earlier"
        )));
    }
}
