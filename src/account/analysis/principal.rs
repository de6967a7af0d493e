//! One principal at a time: the policies that it holds, united under its permissions boundary. Principals with the
//! same policies share the union.

use super::{Analysed, Held};
use crate::account::details::{Details, GroupItem, Holdings};
use crate::account::document::PolicyText;
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed};
use crate::account::gaps::gap;
use crate::account::policies::old_versions;
use crate::account::sources::Source;
use crate::arn::name_of;
use crate::policy::grants::{Grants, Mfa, PolicyAnalysis, Requester, Unable, differs_by_requester, union_of};
use crate::policy::trust::TrustContext;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn gap_of_absence(reason: String) -> Arc<Gap> {
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
}

/// What a principal has besides policies.
#[derive(Default)]
pub(super) struct Given<'a> {
    /// AWS's unique ID.
    pub id: Option<&'a str>,
    pub groups: Vec<String>,
    pub tags: Vec<String>,
    pub boundary: Option<&'a str>,
}

/// What somebody holds, and what of it is not known.
#[derive(Default)]
pub(super) struct HeldPolicies {
    pub held: Vec<Held>,
    pub gap: Option<Arc<Gap>>,
}

impl HeldPolicies {
    pub fn missing(&mut self, reason: String) {
        self.gap.get_or_insert_with(|| gap_of_absence(reason));
    }

    pub fn extend(&mut self, more: Self) {
        self.held.extend(more.held);
        self.gap = self.gap.take().or(more.gap);
    }
}

/// The same policies under the same labels and boundary: addresses, which live as long as the details. Where a
/// condition is decided by who asks, the principal is part of it.
type Set = (Vec<(usize, usize)>, Option<usize>, Option<String>);

/// What is shared between principals.
pub(super) struct PrincipalAnalyzer<'a> {
    whole_gap: Option<&'a Arc<Gap>>,
    pub groups: BTreeMap<&'a str, &'a GroupItem>,
    managed: BTreeMap<&'a str, (Arc<str>, &'a PolicyText)>,
    /// By ARN, the versions not in force that grant everything.
    old_full: BTreeMap<&'a str, Observed<Vec<String>>>,
    inline: BTreeMap<(&'a str, &'a str), Arc<str>>,
    unions: BTreeMap<Set, Arc<Grants>>,
    /// The organization of the account, if known.
    organization: Option<String>,
    /// The time of the evidence.
    as_of: Option<jiff::Timestamp>,
    /// By address, whether a reading has conditions that are decided by who asks.
    differing: BTreeMap<usize, bool>,
}

impl<'a> PrincipalAnalyzer<'a> {
    pub fn new(details: &'a Source<Details>, context: &TrustContext) -> Self {
        let data = &details.data;
        let label = |arn: &str, aws: bool| -> Arc<str> {
            Arc::from(format!("{} {}", if aws { "AWS-managed policy" } else { "policy" }, name_of(arn)))
        };
        let managed = data.policies.iter();
        Self {
            whole_gap: details.gap.as_ref(),
            groups: data.groups.iter().map(|group| (group.name.as_str(), group)).collect(),
            managed: managed.map(|one| (one.arn.as_str(), (label(&one.arn, one.aws_managed()), &one.text))).collect(),
            old_full: data.policies.iter().map(|one| (one.arn.as_str(), old_versions(one))).collect(),
            inline: BTreeMap::new(),
            unions: BTreeMap::new(),
            organization: context.organization.clone(),
            as_of: context.as_of,
            differing: BTreeMap::new(),
        }
    }

    fn differs(&mut self, reading: &Arc<PolicyAnalysis>) -> bool {
        *self.differing.entry(Arc::as_ptr(reading) as usize).or_insert_with(|| {
            let conditions = reading.document.statements.iter().flat_map(|statement| &statement.conditions);
            conditions.into_iter().any(differs_by_requester)
        })
    }

    pub fn held(&mut self, owner: &'a str, who: &str, holdings: &'a Holdings, through: Option<&str>) -> HeldPolicies {
        let mut policies = HeldPolicies { held: Vec::new(), gap: self.whole_gap.cloned() };
        let through = through.map(str::to_owned);
        match &holdings.attached {
            Observed::Gap(gap) => policies.gap = policies.gap.or_else(|| Some(Arc::clone(gap))),
            Observed::Known(arns) => {
                for arn in arns {
                    let Some((label, text)) = self.managed.get(arn.as_str()) else {
                        policies.missing(format!("the authorization details do not hold the policy {arn} of {who}"));
                        continue;
                    };
                    let (label, text) = (Arc::clone(label), (*text).clone());
                    let old_full = self.old_full[arn.as_str()].clone();
                    policies.held.push(Held {
                        label,
                        policy: Some(arn.clone()),
                        through: through.clone(),
                        text,
                        old_full,
                    });
                }
            }
        }
        match &holdings.inline {
            Observed::Gap(gap) => policies.gap = policies.gap.or_else(|| Some(Arc::clone(gap))),
            Observed::Known(items) => {
                for item in items {
                    let label = self.inline.entry((owner, &item.name));
                    let label = label.or_insert_with(|| Arc::from(format!("inline policy {} of {who}", item.name)));
                    let (label, text) = (Arc::clone(label), item.text.clone());
                    let old_full = Observed::Known(Vec::new());
                    policies.held.push(Held { label, policy: None, through: through.clone(), text, old_full });
                }
            }
        }
        policies
    }

    pub fn analyze(&mut self, kind: &'static str, arn: &str, policies: HeldPolicies, given: Given<'_>) -> Analysed {
        let HeldPolicies { mut held, gap } = policies;
        let Given { id, groups, tags, boundary } = given;
        // A user's own policy may be a group's as well.
        held.sort_by(|one, other| (&one.label, &one.through).cmp(&(&other.label, &other.through)));
        let gap = gap.or_else(|| held.iter().find_map(|held| held.text.gap.clone()));
        let capping = boundary.and_then(|arn| self.managed.get(arn));
        let cap_gap = boundary.and_then(|boundary| match capping {
            Some((_, text)) => text.gap.clone(),
            None => {
                let reason =
                    format!("the authorization details do not hold the permissions boundary {boundary} of {arn}");
                Some(gap_of_absence(reason))
            }
        });
        // One that is not understood as a whole may allow anything.
        let cap = capping
            .filter(|_| cap_gap.is_none())
            .and_then(|(label, text)| Some((Arc::clone(label), text.reading.clone()?)));
        let mut readings: Vec<(Arc<str>, Arc<PolicyAnalysis>)> =
            held.iter().filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?))).collect();
        readings.dedup_by(|one, other| Arc::ptr_eq(&one.0, &other.0));
        let address = |(label, reading): &(Arc<str>, Arc<PolicyAnalysis>)| {
            (Arc::as_ptr(label).cast::<u8>() as usize, Arc::as_ptr(reading) as usize)
        };
        let differs = readings.iter().chain(&cap).any(|(_, reading)| self.differs(reading));
        let who = if differs { Some(arn.to_owned()) } else { Some(kind.to_owned()) };
        let key = (readings.iter().map(address).collect(), cap.as_ref().map(|cap| address(cap).0), who);
        // Principals that share the union do not differ in anything that decides a condition of it.
        let requester = Requester {
            arn: if kind == "group" { "" } else { arn },
            id: id.filter(|_| kind != "group"),
            tags: &tags,
            organization: self.organization.as_deref(),
            mfa: Mfa::AtWill,
            whole_tags: false,
            as_of: self.as_of,
            unable: Unable::default(),
            role_tags: None,
        };
        let make = || Arc::new(union_of(&readings, cap.as_ref(), &requester));
        let grants = self.unions.entry(key).or_insert_with(make);
        Analysed {
            arn: arn.to_owned(),
            id: id.map(str::to_owned),
            kind,
            groups,
            tags,
            held,
            boundary: boundary.map(str::to_owned),
            cap,
            cap_gap,
            grants: Arc::clone(grants),
            gap,
            paths: Vec::new(),
            trust: None,
            trust_document: None,
            mfa: Mfa::AtWill,
            trust_gap: None,
            tags_gap: None,
            fixed_tags: false,
            capped: false,
            changes: Vec::new(),
            undecided: None,
            session_tags: super::AdministratingTags::default(),
            way: None,
        }
    }
}
