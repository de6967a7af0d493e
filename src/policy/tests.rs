//! Acceptance tests of policies and trust policies through the module's public functions, and limits on the cost of
//! hostile input.

mod adversarial;
mod denials;
mod escalation;
mod evaluation;
mod hostile;
mod masking;
mod reserved;
mod scaling;
mod spelling;
mod syntax;
mod trust;
mod trust_properties;
mod trust_table;
mod values;

use super::document::Document;
use super::grants::{AnalysisCache, Grants, Requester, union, union_of};
use super::parse::parse;
use super::trust::{Trust, TrustContext, explain};
use std::sync::Arc;

const OWN: &str = "111122223333";
const SISTER: &str = "222233334444";
const VENDOR: &str = "444455556666";

/// A principal's grants from the texts of its policies.
fn granted(texts: &[&str]) -> Grants {
    capped(texts, None)
}

/// The same under a permissions boundary.
fn capped(texts: &[&str], boundary: Option<&str>) -> Grants {
    let mut library = AnalysisCache::default();
    let mut read = |label: String, text: &str| (Arc::from(label), library.analyze(text).expect("JSON"));
    let documents: Vec<_> =
        texts.iter().enumerate().map(|(index, text)| read(format!("policy {}", index + 1), text)).collect();
    let boundary = boundary.map(|text| read("boundary".to_owned(), text));
    union(&documents, boundary.as_ref())
}

/// The same for the requests of one principal of the organization o-a1b2c3d4e5.
fn granted_to(texts: &[&str], boundary: Option<&str>, arn: &str, tags: &[String]) -> Grants {
    let mut library = AnalysisCache::default();
    let mut read = |label: String, text: &str| (Arc::from(label), library.analyze(text).expect("JSON"));
    let documents: Vec<_> =
        texts.iter().enumerate().map(|(index, text)| read(format!("policy {}", index + 1), text)).collect();
    let boundary = boundary.map(|text| read("boundary".to_owned(), text));
    let requester =
        Requester { arn, tags, organization: Some("o-a1b2c3d4e5"), as_of: Some(as_of()), ..Requester::default() };
    union_of(&documents, boundary.as_ref(), &requester)
}

/// The time of the evidence.
fn as_of() -> jiff::Timestamp {
    "2026-09-30T06:00:00Z".parse().expect("a time")
}

fn document(text: &str) -> Document {
    parse(text).expect("JSON")
}

/// Who may become a role with this trust policy, seen from an organization of two accounts that knows one vendor.
fn trusted(text: &str) -> Trust {
    let context = TrustContext {
        account: OWN.to_owned(),
        partition: "aws".to_owned(),
        organization_accounts: Some([OWN, SISTER].map(str::to_owned).into()),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        vendors: [(VENDOR.to_owned(), "Watchful".to_owned())].into(),
        as_of: Some(as_of()),
        ..TrustContext::default()
    };
    explain(&document(text), &context)
}
