//! The answers of regional services, region by region, and the regions themselves.

use super::shapes::{IdentifiedPage, RegionList, ServicesAnswer};
use crate::account::fact::{Evidence, Gap, GapKind, Observed};
use crate::account::gaps::{gap, of_answer};
use crate::account::identity::Place;
use crate::account::sources::{Source, list_of, single_of};
use crate::snapshot::{Answer, Outcome, Snapshot};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub const REGIONS: Evidence = Evidence::of("account", "ListRegions");
pub const ORGANIZATION: Evidence = Evidence::of("organizations", "DescribeOrganization");
pub const TRUSTED_SERVICES: Evidence = Evidence::of("organizations", "ListAWSServiceAccessForOrganization");
pub const ANALYZERS: Evidence = Evidence::of("accessanalyzer", "ListAnalyzers");
pub const ARCHIVE_RULES: Evidence = Evidence::of("accessanalyzer", "ListArchiveRules");
pub const FINDINGS: Evidence = Evidence::of("accessanalyzer", "ListFindings");
pub const RECORDER: Evidence = Evidence::of("config", "DescribeConfigurationRecorders");
pub const RECORDER_STATUS: Evidence = Evidence::of("config", "DescribeConfigurationRecorderStatus");
pub const DELIVERY: Evidence = Evidence::of("config", "DescribeDeliveryChannels");
pub const DELIVERY_STATUS: Evidence = Evidence::of("config", "DescribeDeliveryChannelStatus");
pub const RULES: Evidence = Evidence::of("config", "DescribeConfigRules");
pub const RULE_STATUS: Evidence = Evidence::of("config", "DescribeConfigRuleEvaluationStatus");
pub const RULE_DETAILS: Evidence = Evidence::of("config", "GetComplianceDetailsByConfigRule");
pub const TRAILS: Evidence = Evidence::of("cloudtrail", "DescribeTrails");
pub const TRAIL_STATUS: Evidence = Evidence::of("cloudtrail", "GetTrailStatus");
pub const EVENT_SELECTORS: Evidence = Evidence::of("cloudtrail", "GetEventSelectors");
pub const METRIC_FILTERS: Evidence = Evidence::of("logs", "DescribeMetricFilters");
pub const ALARMS: Evidence = Evidence::of("cloudwatch", "DescribeAlarms");

/// All of it, in the order in which gaps are told.
pub const EVIDENCE: &[Evidence] = &[
    REGIONS,
    TRUSTED_SERVICES,
    ANALYZERS,
    ARCHIVE_RULES,
    FINDINGS,
    RECORDER,
    RECORDER_STATUS,
    DELIVERY,
    DELIVERY_STATUS,
    RULES,
    RULE_STATUS,
    RULE_DETAILS,
    TRAILS,
    TRAIL_STATUS,
    EVENT_SELECTORS,
    METRIC_FILTERS,
    ALARMS,
];

/// A list's answer in every region.
pub type Lists<T> = BTreeMap<String, Source<Vec<T>>>;

/// Where regional answers are looked up.
pub struct Desk<'a> {
    snapshot: &'a Snapshot,
    pub place: &'a Place,
    pub started: Timestamp,
    /// Enabled regions; those gone through as well where the list of them is not whole.
    pub regions: Vec<String>,
    /// What keeps `regions` from being all.
    pub gap: Option<Arc<Gap>>,
}

impl<'a> Desk<'a> {
    pub fn new(snapshot: &'a Snapshot, place: &'a Place, started: Timestamp) -> Self {
        let answer = snapshot.answers(REGIONS.service, REGIONS.operation).into_iter().next();
        let answer = answer.unwrap_or_else(|| nothing(REGIONS));
        let listed = list_of(REGIONS, &answer, |page: RegionList| page.regions);
        let header = &snapshot.header;
        let mut regions: BTreeSet<String> = header.regions_enabled.iter().cloned().collect();
        // A region on its way out still answers, and still has what it has.
        let on = listed.data.into_iter().filter(|region| region.region_opt_status != "DISABLED");
        regions.extend(on.map(|region| region.region_name));
        let mut gap_of_list = listed.gap;
        if regions.is_empty() {
            gap_of_list
                .get_or_insert_with(|| gap(REGIONS, GapKind::Unreadable, format!("{REGIONS} names no enabled region")));
        }
        if gap_of_list.is_some() {
            regions.extend(header.regions.iter().filter(|name| is_region(name)).cloned());
        }
        Self { snapshot, place, started, regions: regions.into_iter().collect(), gap: gap_of_list }
    }

    /// A list that is asked for without parameters, in every region. What belongs to another account is refused.
    pub fn lists<P: DeserializeOwned, T>(
        &self,
        evidence: Evidence,
        of: impl Fn(P) -> Option<Vec<T>>,
        owner: impl Fn(&T) -> Option<&str>,
    ) -> Lists<T> {
        let answers = self.snapshot.answers(evidence.service, evidence.operation);
        let harmless = |name: &String| name == "includeShadowTrails";
        let plain = |answer: &Answer| answer.parameters.keys().all(harmless);
        let mut lists = BTreeMap::new();
        for region in &self.regions {
            let asked = |answer: &&Answer| answer.region.as_deref() == Some(region) && plain(answer);
            let mut source = match answers.iter().find(asked) {
                Some(answer) => list_of(evidence, answer, &of),
                None => Source { data: Vec::new(), gap: of_answer(evidence, &nothing(evidence)) },
            };
            source.gap = source.gap.map(|gap| located(&gap, region));
            if let Some(arn) = source.data.iter().filter_map(&owner).find(|arn| self.is_foreign(arn)) {
                let reason =
                    format!("{evidence} in {region} answered about another account than {}: {arn}", self.place.account);
                source = Source { data: Vec::new(), gap: Some(gap(evidence, GapKind::Conflict, reason)) };
            }
            lists.insert(region.clone(), source);
        }
        lists
    }

    /// Answers to a call with one parameter, by region and the parameter's value. An answer that was asked for with
    /// further parameters is a part, and does not count.
    pub fn about(&self, evidence: Evidence, parameter: &str) -> About {
        let mut found = BTreeMap::new();
        for answer in self.snapshot.answers(evidence.service, evidence.operation) {
            let value = answer.parameters.get(parameter).and_then(Value::as_str).map(str::to_owned);
            let (Some(region), Some(value), 1) = (answer.region.clone(), value, answer.parameters.len()) else {
                continue;
            };
            found.insert((region, value), answer);
        }
        About { evidence, found }
    }

    /// ARNs of users, groups, roles and policies by their ids.
    pub fn ids(&self) -> BTreeMap<String, String> {
        let evidence = crate::account::fact::AUTHORIZATION_DETAILS;
        let answer = self.snapshot.answer(evidence.service, evidence.operation);
        let lists = list_of(evidence, &answer, |page: IdentifiedPage| Some(page.all()));
        lists.data.into_iter().collect()
    }

    /// An ARN of another account or partition. What is no ARN says nothing.
    pub fn is_foreign(&self, arn: &str) -> bool {
        let mut parts = arn.split(':');
        if parts.next() != Some("arn") {
            return false;
        }
        let partition = parts.next();
        partition != Some(&self.place.partition) || parts.nth(2) != Some(&self.place.account)
    }

    /// Whether something of the organisation's, kept in another account, may do for this one. It cannot be seen from
    /// here; that the account is in no organisation, or that the service is not trusted by it, can.
    pub fn organisation_may_cover(&self, service: &str, what: &str, evidence: Evidence) -> Option<Arc<Gap>> {
        let answer = self.snapshot.answer(ORGANIZATION.service, ORGANIZATION.operation);
        let alone = matches!(&answer.outcome, Outcome::Failed { error, .. } if error.code == "AWSOrganizationsNotInUseException");
        if alone {
            return None;
        }
        let answer = self.snapshot.answer(TRUSTED_SERVICES.service, TRUSTED_SERVICES.operation);
        let trusted = list_of(TRUSTED_SERVICES, &answer, |page: ServicesAnswer| page.enabled_service_principals);
        if trusted.gap.is_none() && !trusted.data.iter().any(|one| one.service_principal == service) {
            return None;
        }
        let reason =
            format!("the account has no {what} of its own, and an organisation's in another account may cover it");
        Some(gap(evidence, GapKind::Absent, reason))
    }
}

/// Answers by region and by what they are about.
pub struct About {
    evidence: Evidence,
    found: BTreeMap<(String, String), Answer>,
}

impl About {
    pub fn list<P: DeserializeOwned, T>(
        &self,
        region: &str,
        value: &str,
        of: impl Fn(P) -> Option<Vec<T>>,
    ) -> Source<Vec<T>> {
        let mut source = match self.found.get(&(region.to_owned(), value.to_owned())) {
            Some(answer) => list_of(self.evidence, answer, of),
            None => Source { data: Vec::new(), gap: Some(self.missing(value)) },
        };
        source.gap = source.gap.map(|gap| located(&gap, region));
        source
    }

    /// The answer about something, whichever region was asked; the one at home first.
    pub fn single<P: DeserializeOwned>(&self, home: &str, value: &str) -> Observed<P> {
        let at_home = self.found.get(&(home.to_owned(), value.to_owned()));
        let anywhere = || self.found.iter().find(|((_, about), _)| about == value).map(|(_, answer)| answer);
        match at_home.or_else(anywhere) {
            Some(answer) => match single_of(self.evidence, answer) {
                Observed::Known((_, body)) => Observed::Known(body),
                Observed::Gap(gap) => Observed::Gap(located(&gap, answer.region.as_deref().unwrap_or(home))),
            },
            None => Observed::Gap(self.missing(value)),
        }
    }

    fn missing(&self, value: &str) -> Arc<Gap> {
        gap(self.evidence, GapKind::NotCollected, format!("{} was not collected for {value}", self.evidence))
    }
}

/// A gap with its region in its words.
pub fn located(gap: &Arc<Gap>, region: &str) -> Arc<Gap> {
    let named = gap.evidence.to_string();
    let reason = gap.reason.replacen(&named, &format!("{named} in {region}"), 1);
    Arc::new(Gap { reason, ..(**gap).clone() })
}

/// The one of several things that a region may have, or that it has none.
pub fn only<T: Clone>(source: &Source<Vec<T>>) -> Observed<Option<T>> {
    match (&source.gap, source.data.first()) {
        (Some(gap), None) => Observed::Gap(Arc::clone(gap)),
        (_, first) => Observed::Known(first.cloned()),
    }
}

/// What there is, which decides by itself; or, if nothing is known and something is missing, what is missing.
pub fn unless_empty<T>(known: Vec<T>, gaps: impl IntoIterator<Item = Arc<Gap>>) -> Observed<Vec<T>> {
    match gaps.into_iter().next() {
        Some(gap) if known.is_empty() => Observed::Gap(gap),
        _ => Observed::Known(known),
    }
}

fn nothing(evidence: Evidence) -> Answer {
    Answer {
        service: evidence.service.to_owned(),
        operation: evidence.operation.to_owned(),
        region: None,
        parameters: BTreeMap::new(),
        outcome: Outcome::NotCollected,
        pages: Vec::new(),
    }
}

/// `aws-global` and the like are no regions.
fn is_region(name: &str) -> bool {
    name.matches('-').count() >= 2 && name.ends_with(|last: char| last.is_ascii_digit())
}
