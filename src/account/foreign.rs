//! Evidence of another account than the one that the snapshot is of.
//!
//! One such answer means that somebody else's credentials, or somebody else's files, were used. Nothing can be
//! concluded from the rest then, so no account is read at all.

use super::AccountError;
use super::answers::GLOBAL;
use super::fact::{ACCESS_FINDINGS, ANALYZERS, FINDINGS};
use super::identity::Place;
use crate::snapshot::{Answer, Page, Snapshot};
use crate::wire::shape::SHAPES;
use crate::wire::subject::{owners_in, texts_in};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Holds every answer that names its owner against the account.
pub fn refuse(snapshot: &Snapshot, place: &Place) -> Result<(), AccountError> {
    for (service, model) in &SHAPES.services {
        for (operation, _) in model.operations.iter().filter(|(_, operation)| !operation.owners.is_empty()) {
            for answer in snapshot.answers(service, operation) {
                for page in &answer.pages {
                    refuse_page(page, &answer, place, owners_in(service, operation, &page.bytes()?))?;
                }
            }
        }
    }
    findings(snapshot, place)
}

fn refuse_page(page: &Page, answer: &Answer, place: &Place, owners: Vec<(String, String)>) -> Result<(), AccountError> {
    match owners.into_iter().find(|(owner, _)| *owner != place.account) {
        None => Ok(()),
        Some((answered, named)) => Err(AccountError::OtherAccount {
            file: page.name.clone(),
            operation: format!("{}:{}", answer.service, answer.operation),
            named: crate::text::one_line(&named),
            answered,
            expected: place.account.clone(),
        }),
    }
}

#[derive(Deserialize)]
struct Analyzers {
    #[serde(default)]
    analyzers: Vec<Analyzer>,
}

#[derive(Deserialize)]
struct Analyzer {
    arn: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// An analyzer of the account finds nothing of another account's; one of the organization does.
fn findings(snapshot: &Snapshot, place: &Place) -> Result<(), AccountError> {
    let mut of_account: BTreeSet<(String, String)> = BTreeSet::new();
    for answer in snapshot.answers(ANALYZERS.service, ANALYZERS.operation) {
        let region = answer.region.clone().unwrap_or_else(|| GLOBAL.to_owned());
        // A page that cannot be read becomes a gap elsewhere.
        for analyzer in answer.pages.iter().filter_map(|page| page.read::<Analyzers>().ok()).flat_map(|it| it.analyzers)
        {
            if analyzer.kind.is_some_and(|kind| kind.starts_with("ACCOUNT")) {
                of_account.insert((region.clone(), analyzer.arn));
            }
        }
    }
    let path = ["findings[].resourceOwnerAccount".to_owned()];
    for evidence in [FINDINGS, ACCESS_FINDINGS] {
        for answer in snapshot.answers(evidence.service, evidence.operation) {
            let analyzer = answer.parameters.get("analyzerArn").and_then(|arn| arn.as_str()).unwrap_or_default();
            let region = answer.region.clone().unwrap_or_else(|| GLOBAL.to_owned());
            if !of_account.contains(&(region, analyzer.to_owned())) {
                continue;
            }
            for page in &answer.pages {
                let owners = texts_in(&page.bytes()?, &path).into_iter().map(|owner| (owner.clone(), owner));
                refuse_page(page, &answer, place, owners.collect())?;
            }
        }
    }
    Ok(())
}
