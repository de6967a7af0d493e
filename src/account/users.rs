//! Users: joined by ARN over credential report, authorization details and user list.

use super::credential_report::{CredentialReport, Row};
use super::details::{UserItem, name_of};
use super::fact::{AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Gap, GapKind, Observed, USER_LIST};
use super::gaps::{gap, some_names};
use super::sources::Sources;
use super::subjects::User;
use super::{Disagreement, Population, Times};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A user as each source sees them.
pub struct Joined<'a> {
    pub arn: &'a str,
    pub row: Observed<&'a Row>,
    pub detail: Observed<&'a UserItem>,
    pub listed: bool,
}

/// The join, and what the sources lack.
pub struct Join<'a> {
    pub users: Vec<Joined<'a>>,
    /// Users of the lists of whom the credential report does not know: their credentials are not known.
    pub younger: Option<Arc<Gap>>,
    pub disagreements: Vec<Disagreement>,
}

#[derive(Default)]
struct Seen<'a> {
    row: Option<Result<&'a Row, &'a Arc<Gap>>>,
    detail: Option<&'a UserItem>,
    listed: bool,
}

/// Joins the three sources. Nobody whom any source names is left out.
pub fn join<'a>(report: &'a Observed<CredentialReport>, sources: &'a Sources, times: &Times) -> Join<'a> {
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    if let Observed::Known(report) = report {
        for (arn, row) in &report.rows {
            seen.entry(arn).or_default().row = Some(Ok(row));
        }
        for (arn, gap) in &report.bad {
            seen.entry(arn).or_default().row = Some(Err(gap));
        }
    }
    for detail in &sources.details.data.users {
        seen.entry(&detail.arn).or_default().detail = Some(detail);
    }
    for user in &sources.users.data {
        seen.entry(&user.arn).or_default().listed = true;
    }

    let lacking = |lacks: &dyn Fn(&Seen<'_>) -> bool| -> Vec<&str> {
        seen.iter().filter(|(_, seen)| lacks(seen)).map(|(arn, _)| *arn).collect()
    };
    let no_row = lacking(&|seen| seen.row.is_none());
    let no_detail = lacking(&|seen| seen.detail.is_none());
    let row_gap = match report {
        Observed::Gap(gap) => Arc::clone(gap),
        Observed::Known(_) => {
            absent(CREDENTIAL_REPORT, &no_row, &format!("the credential report{}", times.report_words()))
        }
    };
    let detail_gap = sources
        .details
        .gap
        .clone()
        .unwrap_or_else(|| absent(AUTHORIZATION_DETAILS, &no_detail, "the authorization details"));
    let younger = (report.known().is_some() && !no_row.is_empty()).then(|| Arc::clone(&row_gap));

    let mut disagreements = Vec::new();
    let mut users = Vec::new();
    for (arn, seen) in seen {
        disagreements.extend(existence(arn, &seen, report, sources, times));
        users.push(Joined {
            arn,
            row: match seen.row {
                Some(Ok(row)) => Observed::Known(row),
                Some(Err(gap)) => Observed::Gap(Arc::clone(gap)),
                None => Observed::Gap(Arc::clone(&row_gap)),
            },
            detail: seen.detail.map_or_else(|| Observed::Gap(Arc::clone(&detail_gap)), Observed::Known),
            listed: seen.listed,
        });
    }
    Join { users, younger, disagreements }
}

fn absent(evidence: Evidence, arns: &[&str], source: &str) -> Arc<Gap> {
    let names = some_names(arns.iter().map(|arn| name_of(arn)));
    let who = if arns.len() == 1 { "1 user is".to_owned() } else { format!("{} users are", arns.len()) };
    gap(evidence, GapKind::Absent, format!("{who} not in {source} though another source names them: {names}"))
}

/// Whole sources that differ about whether a user exists.
fn existence(
    arn: &str,
    seen: &Seen<'_>,
    report: &Observed<CredentialReport>,
    sources: &Sources,
    times: &Times,
) -> Option<Disagreement> {
    // A source that is not whole says something about those it names only.
    let whole_report = report.known().is_some_and(|report| report.row_gaps.is_empty());
    let says: Vec<(Evidence, bool)> = [
        (CREDENTIAL_REPORT, seen.row.is_some(), whole_report),
        (AUTHORIZATION_DETAILS, seen.detail.is_some(), sources.details.gap.is_none()),
        (USER_LIST, seen.listed, sources.users.gap.is_none()),
    ]
    .into_iter()
    .filter(|(_, names, whole)| *names || *whole)
    .map(|(evidence, names, _)| (evidence, names))
    .collect();
    if says.iter().all(|(_, names)| *names) {
        return None;
    }
    let lists: Vec<bool> =
        says.iter().filter(|(evidence, _)| *evidence != CREDENTIAL_REPORT).map(|(_, n)| *n).collect();
    let explanation = if lists.contains(&true) && lists.contains(&false) {
        "the user was probably created or deleted while the evidence was collected".to_owned()
    } else {
        let what = if seen.row.is_some() { "deleted" } else { "created" };
        format!(
            "the user was probably {what} after the credential report was made; AWS hands out the same report for up to \
             four hours{}",
            times.report_words()
        )
    };
    let words = |names: bool| if names { "names the user" } else { "does not name the user" }.to_owned();
    Some(Disagreement {
        subject: arn.to_owned(),
        about: "existence".to_owned(),
        says: says.into_iter().map(|(evidence, names)| (evidence, words(names))).collect(),
        explanation: Some(explanation),
    })
}

/// The population of IAM users.
pub fn population(join: &Join<'_>, gaps: Vec<Arc<Gap>>, times: &Times) -> Population<User> {
    Population { subjects: join.users.iter().map(|user| subject(user, times)).collect(), gaps }
}

fn subject(user: &Joined<'_>, times: &Times) -> User {
    let row = &user.row;
    let detail = &user.detail;
    let created =
        row.as_ref().and_then(|row| super::credentials::needed(&row.created, row, "when the user was created"));
    let count = |each: &dyn Fn(&Row, usize) -> Observed<bool>| {
        row.as_ref().and_then(|row| {
            [0, 1]
                .into_iter()
                .try_fold(0, |sum, slot| match each(row, slot) {
                    Observed::Known(yes) => Ok(sum + i64::from(yes)),
                    Observed::Gap(gap) => Err(gap),
                })
                .map_or_else(Observed::Gap, Observed::Known)
        })
    };
    let active_and = |row: &Row, slot: usize, then: &dyn Fn() -> Observed<bool>| match &row.keys[slot].active {
        Observed::Known(true) => then(),
        Observed::Known(false) => Observed::Known(false),
        Observed::Gap(gap) => Observed::Gap(Arc::clone(gap)),
    };
    User {
        id: user.arn.to_owned(),
        label: name_of(user.arn).to_owned(),
        as_of: times.of_report(row.known().is_some()),
        name: Observed::Known(name_of(user.arn).to_owned()),
        path: detail.as_ref().map(|detail| detail.path.clone()),
        has_password: row.as_ref().and_then(|row| row.password_enabled.clone()),
        mfa_active: row.as_ref().and_then(|row| row.mfa_active.clone()),
        active_access_keys: count(&|row, slot| row.keys[slot].active.clone()),
        access_keys_made_with_user: count(&|row, slot| {
            active_and(row, slot, &|| {
                let made =
                    super::credentials::needed(&row.keys[slot].rotated, row, "when an active access key was made");
                made.and_then(|made| {
                    let near = |created| made.duration_since(created).abs() <= SignedDuration::from_secs(10);
                    created.as_ref().map(|created| near(*created))
                })
            })
        }),
        access_keys_never_used: count(&|row, slot| {
            active_and(row, slot, &|| row.keys[slot].last_used.as_ref().map(Option::is_none))
        }),
        active_signing_certificates: count(&|row, slot| row.certificates[slot].active.clone()),
        password_last_used: row.as_ref().and_then(|row| row.password_last_used.clone()),
        created,
        groups: detail.as_ref().and_then(|detail| detail.groups.clone()),
        attached_policies: detail.as_ref().and_then(|detail| detail.holdings.attached.clone()),
        inline_policies: detail.as_ref().and_then(|detail| detail.holdings.inline_names()),
        permissions_boundary: detail.as_ref().map(|detail| detail.boundary.clone()),
    }
}
