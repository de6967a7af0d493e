//! How much a permission set grants, as far as its policies can be read from here.
//!
//! AWS-managed policies are graded by the policy room's table. Where a role of the account holds one, its text is
//! among the evidence, and it can only raise the grade. A customer managed policy has a text of its own in every
//! account; it is read where the permission set is provisioned in this account only.

use super::sets::{CustomerPolicy, SetEvidence};
use crate::account::details::Details;
use crate::account::document::PolicyText;
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed, SET_INLINE, SET_MANAGED};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::arn::name_of;
use crate::policy::grants::{AccessLevel, Administration, Breadth, Grants, PolicyAnalysis, analyze, union};
use crate::policy::managed;
use crate::policy::parse::parse;
use std::sync::Arc;

/// The most that a permission set grants.
#[derive(Debug)]
pub struct Grade {
    /// Of what could be read.
    pub level: AccessLevel,
    /// The same in words.
    pub words: String,
    /// What could not be read; it may grant more.
    pub unread: Vec<Unread>,
    /// It makes an administrator: every action on every resource, or IAM as a whole.
    pub administrator: Observed<bool>,
}

/// A part of a permission set that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Unread {
    /// A list of policies or the inline policy was not received, or a text of the evidence is not understood.
    Evidence(Arc<Gap>),
    /// The ARN of a policy whose text is neither among the evidence nor in the table.
    Managed(String),
    /// The name of a policy that each account has for itself.
    Customer(String),
    /// The inline policy is not JSON.
    InlineText,
    /// Parts of the inline policy are not understood.
    InlinePart,
    /// The inline policy allows actions that the action table lacks, which make no administrator.
    InlineActions,
    /// Names of policies that may make an administrator together.
    Together(Vec<String>),
}

impl Unread {
    /// As a gap of the account.
    pub fn gap(&self) -> Arc<Gap> {
        match self {
            Self::Evidence(gap) => Arc::clone(gap),
            Self::Managed(arn) => gap(
                SET_MANAGED,
                GapKind::Absent,
                format!(
                    "the text of {arn} is not among the evidence, and the policy is not in the table of AWS-managed policies"
                ),
            ),
            Self::Customer(name) => {
                let reason = format!(
                    "the customer managed policy “{name}” could not be read in every account where the permission set is \
                     provisioned"
                );
                gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
            }
            Self::InlineText => {
                gap(SET_INLINE, GapKind::Absent, "the inline policy of a permission set is not understood")
            }
            Self::InlinePart => {
                gap(SET_INLINE, GapKind::Absent, "the inline policy of a permission set is not understood as a whole")
            }
            Self::InlineActions => gap(
                SET_INLINE,
                GapKind::NotDecided,
                "the inline policy of a permission set allows actions that AWS's action table lacks",
            ),
            Self::Together(names) => {
                let reason = format!(
                    "whether {} make an administrator together is not known, as not all of their texts are among the evidence",
                    names.join(", ")
                );
                gap(SET_MANAGED, GapKind::NotDecided, reason)
            }
        }
    }
}

/// Grades a permission set. `details` are the account's own, where the evidence is an account's.
pub fn grade(set: &SetEvidence, place: &Place, details: Option<&Details>) -> Grade {
    let mut held = Held { details, ..Held::at(place) };
    held.unread.extend(set.inline.gap().cloned().map(Unread::Evidence));
    held.unread.extend(set.managed.gap.clone().map(Unread::Evidence));
    held.unread.extend(set.customer.gap.clone().map(Unread::Evidence));
    for policy in &set.managed.data {
        held.add_managed(&policy.arn);
    }
    for policy in &set.customer.data {
        held.add_customer(policy, set);
    }
    if let Observed::Known(Some(text)) = &set.inline {
        held.add_inline(text);
    }
    held.grade()
}

/// The policies of a permission set, as far as they are known.
struct Held<'a> {
    place: &'a Place,
    details: Option<&'a Details>,
    /// The most by the table.
    level: AccessLevel,
    /// Of policies that the table alone knows.
    breadths: Vec<Breadth>,
    /// Texts of AWS's policies.
    managed: Vec<Arc<PolicyAnalysis>>,
    /// Texts of the customer's: inline or managed.
    own: Vec<Arc<PolicyAnalysis>>,
    names: Vec<String>,
    unread: Vec<Unread>,
}

impl<'a> Held<'a> {
    fn at(place: &'a Place) -> Self {
        let (level, breadths, managed, own) = (AccessLevel::Nothing, Vec::new(), Vec::new(), Vec::new());
        Self { place, details: None, level, breadths, managed, own, names: Vec::new(), unread: Vec::new() }
    }

    fn text(&self, arn: &str) -> Option<&'a PolicyText> {
        self.details?.policy(arn).map(|policy| &policy.text)
    }

    fn add_managed(&mut self, arn: &str) {
        let (known, text) = (managed::grade(arn), self.text(arn));
        self.names.push(name_of(arn).to_owned());
        self.level = self.level.max(known.map_or(AccessLevel::Nothing, |known| known.level));
        if let Some(text) = text {
            self.managed.extend(text.reading.clone());
            self.unread.extend(text.gap.clone().map(Unread::Evidence));
        }
        match known {
            // A text that is read adds up action by action.
            Some(known) if text.is_none_or(|text| text.reading.is_none()) => self.breadths.push(known.breadth),
            None if text.is_none() => self.unread.push(Unread::Managed(arn.to_owned())),
            _ => {}
        }
    }

    /// The policy of that name in each account is what counts; of other accounts nothing is read here.
    fn add_customer(&mut self, policy: &CustomerPolicy, set: &SetEvidence) {
        let Place { account, partition } = self.place;
        let text = self.text(&format!("arn:{partition}:iam::{account}:policy{}{}", policy.path(), policy.name));
        let elsewhere = set.accounts.gap.is_some() || set.accounts.data.iter().any(|one| one != account);
        if let Some(text) = text {
            self.own.extend(text.reading.clone());
            self.unread.extend(text.gap.clone().map(Unread::Evidence));
        }
        if elsewhere || text.is_none() {
            self.unread.push(Unread::Customer(policy.name.clone()));
        }
        self.names.push(policy.name.clone());
    }

    fn add_inline(&mut self, text: &str) {
        self.names.push("the inline policy".to_owned());
        let Ok(document) = parse(text) else { return self.unread.push(Unread::InlineText) };
        let reading = Arc::new(analyze(&document));
        if !unite([&reading]).unknown.is_empty() {
            self.unread.push(Unread::InlineActions);
        }
        if !document.notes.is_empty() {
            self.unread.push(Unread::InlinePart);
        }
        self.own.push(reading);
    }

    fn grade(mut self) -> Grade {
        let (own, all) = (unite(&self.own), unite(self.managed.iter().chain(&self.own)));
        let breadths: Vec<Breadth> = self.breadths.iter().copied().chain([all.breadth()]).collect();
        let together = Administration::of_policies(&breadths);
        let mut texts = self.managed.iter().chain(&self.own);
        let everything = texts.any(|one| one.full_access(&self.place.account, &self.place.partition).is_some());
        // The customer's own policies in the words of the register, AWS's by the name of the level.
        let mut most = (self.level, self.level.name().to_owned());
        let mut consider = |level: AccessLevel, words: String| {
            if level > most.0 {
                most = (level, words);
            }
        };
        consider(own.access_level(), own.access_level_in_words());
        let others = [Some(all.access_level()), together.certain, everything.then_some(AccessLevel::FullAdmin)];
        for level in others.into_iter().flatten() {
            consider(level, level.name().to_owned());
        }
        let (level, words) = most;
        if together.possible.is_some_and(|possible| possible > level) {
            self.unread.push(Unread::Together(std::mem::take(&mut self.names)));
        }
        let administrator = if level >= AccessLevel::IamAdministration {
            Observed::Known(true)
        } else {
            let open = self.unread.iter().find(|one| **one != Unread::InlineActions);
            open.map_or(Observed::Known(false), |open| Observed::Gap(open.gap()))
        };
        Grade { level, words, unread: self.unread, administrator }
    }
}

fn unite<'a>(readings: impl IntoIterator<Item = &'a Arc<PolicyAnalysis>>) -> Grants {
    let label: Arc<str> = Arc::from("policy");
    let labelled: Vec<(Arc<str>, Arc<PolicyAnalysis>)> =
        readings.into_iter().map(|reading| (Arc::clone(&label), Arc::clone(reading))).collect();
    union(&labelled, None)
}
