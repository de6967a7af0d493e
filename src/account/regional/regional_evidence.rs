//! The regional answers of a snapshot: per Region, of this account only, and what another account may hold.

use super::shapes::ServicesAnswer;
use crate::account::Times;
use crate::account::answers::{Answers, GLOBAL, is_foreign};
use crate::account::details::Details;
use crate::account::fact::{Evidence, Gap, GapKind, ORGANIZATION, Observed, TRUSTED_SERVICES};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::regions::Regions;
use crate::account::sources::Source;
use crate::snapshot::Snapshot;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A list's answer in every Region.
pub type Lists<T> = BTreeMap<String, Source<Vec<T>>>;

/// The regional answers of a snapshot, and the account and Regions they are about.
pub struct RegionalEvidence<'a> {
    pub snapshot: &'a Snapshot,
    pub details: &'a Details,
    pub place: &'a Place,
    pub times: &'a Times,
    pub started: Timestamp,
    pub regions: &'a Regions,
}

impl RegionalEvidence<'_> {
    /// All answers of one operation.
    pub fn answers(&self, evidence: Evidence) -> Answers {
        Answers::of(self.snapshot, evidence)
    }

    /// A time that the evidence can show; one after the end of the collection is a gap.
    pub fn seen(&self, time: Timestamp, evidence: Evidence, what: impl FnOnce() -> String) -> Observed<Timestamp> {
        self.times.seen(time, evidence, what)
    }

    /// A list in every Region. What belongs to another account is refused.
    pub fn lists<P: DeserializeOwned, T>(
        &self,
        evidence: Evidence,
        of: impl Fn(P) -> Option<Vec<T>>,
        owner: impl Fn(&T) -> Option<&str>,
    ) -> Lists<T> {
        self.lists_about(evidence, &[&[]], of, owner)
    }

    /// The same of a call that may have been asked in several ways which all mean the whole list.
    pub fn lists_about<P: DeserializeOwned, T>(
        &self,
        evidence: Evidence,
        ways: &[&[(&str, &str)]],
        of: impl Fn(P) -> Option<Vec<T>>,
        owner: impl Fn(&T) -> Option<&str>,
    ) -> Lists<T> {
        let answers = self.answers(evidence);
        let of_region = |region: &String| {
            let way = ways.iter().find(|about| answers.asked(region, about)).unwrap_or(&ways[0]);
            let mut source = answers.list(region, way, &of);
            if let Some(arn) = source.data.iter().filter_map(&owner).find(|arn| is_foreign(arn, self.place)) {
                let reason =
                    format!("{evidence} in {region} answered about another account than {}: {arn}", self.place.account);
                source = Source { data: Vec::new(), gap: Some(gap(evidence, GapKind::Conflict, reason)) };
            }
            (region.clone(), source)
        };
        self.regions.names.iter().map(of_region).collect()
    }

    /// Whether a resource of the organization in another account may cover this one. The evidence of this account can show
    /// that the account is in no organization, or that the organization does not trust the service, and nothing more.
    pub fn organization_may_cover(&self, service: &str) -> bool {
        if self.answers(ORGANIZATION).code(GLOBAL, &[]) == Some("AWSOrganizationsNotInUseException") {
            return false;
        }
        let services = self.answers(TRUSTED_SERVICES);
        let trusted = services.list(GLOBAL, &[], |page: ServicesAnswer| page.enabled_service_principals);
        trusted.gap.is_some() || trusted.data.iter().any(|one| one.service_principal == service)
    }
}

/// This account has none of its own, and one of the organization may cover it. Nothing is missing from the evidence, so
/// the gap is of the kind that the evidence does not decide.
pub fn perhaps_of_organization(what: &str, evidence: Evidence) -> Arc<Gap> {
    let reason = format!(
        "the account has no {what} of its own; whether one of the organization in another account covers it is not shown \
         to this account"
    );
    gap(evidence, GapKind::NotDecided, reason)
}

/// The one of several things that a Region may have, or that it has none.
pub fn only<T: Clone>(source: &Source<Vec<T>>) -> Observed<Option<T>> {
    match (&source.gap, source.data.first()) {
        (Some(gap), None) => Observed::Gap(Arc::clone(gap)),
        (_, first) => Observed::Known(first.cloned()),
    }
}
