//! Which account this is about.

use super::credential_report::CredentialReport;
use super::fact::{CALLER_IDENTITY, CREDENTIAL_REPORT, Observed};
use super::sources::{answer_gap, some_arn};
use super::{AccountError, Disagreement};
use crate::snapshot::Snapshot;

/// Where evidence is from and policies apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-cn` …
    pub partition: String,
}

/// The account's number and partition, and who says so.
pub struct Identity {
    pub place: Place,
    pub id_from: String,
    pub disagreements: Vec<Disagreement>,
}

/// Finds the account's number: from the caller's identity, else from the credential report, else from the
/// option. A report of another account is an error: it proves nothing about this one, nor may the rest.
pub fn find(
    snapshot: &Snapshot,
    report: &Observed<CredentialReport>,
    option: Option<&str>,
) -> Result<Identity, AccountError> {
    let header = &snapshot.header;
    let in_report = report.known().and_then(an_arn).map(str::to_owned);
    let part = |arn: &str, index: usize| arn.split(':').nth(index).map(str::to_owned);
    let reported = in_report.as_deref().and_then(|arn| part(arn, 4));
    let (account, id_from) = match (&header.account, &header.caller, &reported, option) {
        (Some(account), Some(_), ..) => (account.clone(), "the caller's identity"),
        (Some(account), None, ..) => {
            (account.clone(), "the snapshot's header: as given, or from the ARNs in the evidence, when it was imported")
        }
        (None, _, Some(account), _) => (account.clone(), "the credential report"),
        (None, _, None, Some(account)) => (account.to_owned(), "the --account option"),
        (None, _, None, None) => {
            let refused = answer_gap(snapshot, CALLER_IDENTITY).map(|gap| gap.reason.clone());
            let refused = refused.unwrap_or_else(|| "the caller's identity does not hold it".to_owned());
            let unread = report.gap().map_or("it holds no ARN", |gap| gap.reason.as_str());
            return Err(AccountError::NoAccountId {
                why: format!("{refused}; the credential report does not show it either: {unread}"),
            });
        }
    };
    let partition = header
        .partition
        .clone()
        .or_else(|| part(in_report.as_deref()?, 1))
        .or_else(|| part(&some_arn(snapshot)?, 1))
        .unwrap_or_else(|| "aws".to_owned());
    let mut disagreements = Vec::new();
    if let Some(option) = option.filter(|option| *option != account) {
        disagreements.push(Disagreement {
            subject: format!("arn:{partition}:iam::{account}:root"),
            about: "account".to_owned(),
            says: vec![(CALLER_IDENTITY, account.clone())],
            explanation: Some(format!("the --account option names {option}; the account ID is taken from {id_from}")),
        });
    }
    let foreign =
        report.known().and_then(|report| all_arns(report).find(|arn| part(arn, 4).as_ref() != Some(&account)));
    if let Some(foreign) = foreign.map(str::to_owned) {
        return Err(AccountError::OtherAccount {
            file: report_file(snapshot),
            operation: CREDENTIAL_REPORT.to_string(),
            answered: part(&foreign, 4).unwrap_or_default(),
            named: crate::text::one_line(&foreign),
            expected: account,
        });
    }
    Ok(Identity { place: Place { account, partition }, id_from: id_from.to_owned(), disagreements })
}

fn report_file(snapshot: &Snapshot) -> String {
    let answer = snapshot.answer(CREDENTIAL_REPORT.service, CREDENTIAL_REPORT.operation);
    answer.pages.last().map_or_else(|| CREDENTIAL_REPORT.to_string(), |page| page.name.clone())
}

fn an_arn(report: &CredentialReport) -> Option<&str> {
    all_arns(report).next()
}

/// The root user's ARN first.
fn all_arns(report: &CredentialReport) -> impl Iterator<Item = &str> {
    let root = report.root.known().map(|row| row.arn.as_str());
    root.into_iter().chain(report.rows.keys().chain(report.bad.keys()).map(String::as_str))
}
