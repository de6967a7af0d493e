//! What a permission set grants, as far as its policies can be read from here.

use super::shapes;
use crate::account::answers::Answers;
use crate::account::document::PolicyText;
use crate::account::fact::{AUTHORIZATION_DETAILS, Evidence, Gap, GapKind, Observed};
use crate::account::fact::{SET_CUSTOMER, SET_INLINE, SET_MANAGED};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::sources::{Source, Sources};
use crate::policy::grants::{Reading, read, union};
use crate::policy::parse::parse;
use crate::snapshot::Snapshot;
use std::sync::Arc;

shapes! {
    InlineAnswer { inline_policy: Option<String>, }
    ManagedPage { attached_managed_policies: Option<Vec<Managed>>, }
    Managed { name: Option<String>, arn: String, }
    CustomerPage { customer_managed_policy_references: Option<Vec<Reference>>, }
    Reference { name: String, path: Option<String>, }
}

/// AWS's policies that are common in permission sets and, by their texts, allow nothing beyond [`BOUND`]; a test holds
/// every version of them against it. They stand here because their texts are among the evidence only where a role of
/// this account holds them.
const LIMITED: &[&str] = &[
    "AWSBillingReadOnlyAccess",
    "AWSSupportAccess",
    "AmazonEC2FullAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "Billing",
    "IAMReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "ViewOnlyAccess",
];

/// More than any of [`LIMITED`] allows: everything but what makes an administrator out of it.
const BOUND: &str = r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Resource": "*", "NotAction": [
    "iam:Add*", "iam:Attach*", "iam:CreateAccessKey", "iam:CreateGroup", "iam:CreateLoginProfile", "iam:CreatePolicy*",
    "iam:CreateRole", "iam:CreateUser", "iam:PassRole", "iam:Put*", "iam:Set*", "iam:Update*" ] } }"#;

/// A permission set's policies.
pub struct Granted {
    pub names: Observed<Vec<String>>,
    pub full: Observed<bool>,
}

pub struct Policies<'a> {
    inline: Answers,
    managed: Answers,
    customer: Answers,
    sources: &'a Sources,
    place: &'a Place,
}

impl<'a> Policies<'a> {
    pub fn read(snapshot: &Snapshot, sources: &'a Sources, place: &'a Place) -> Self {
        Self {
            inline: Answers::of(snapshot, SET_INLINE),
            managed: Answers::of(snapshot, SET_MANAGED),
            customer: Answers::of(snapshot, SET_CUSTOMER),
            sources,
            place,
        }
    }

    pub fn of(&self, region: &str, about: &[(&str, &str)], accounts: &Source<Vec<String>>) -> Granted {
        let inline = self
            .inline
            .one(region, about)
            .map(|answer: InlineAnswer| answer.inline_policy.filter(|text| !text.trim().is_empty()));
        let managed = self.managed.list(region, about, |page: ManagedPage| page.attached_managed_policies);
        let customer = self.customer.list(region, about, |page: CustomerPage| page.customer_managed_policy_references);

        let mut names: Vec<String> = Vec::new();
        let mut held: Vec<Held> = Vec::new();
        for policy in &managed.data {
            let name = policy.name.clone().unwrap_or_else(|| policy.arn.clone());
            held.push(self.aws_managed(&policy.arn));
            names.push(format!("AWS managed {name}"));
        }
        for reference in &customer.data {
            let path = reference.path.as_deref().unwrap_or("/");
            held.push(self.customer_managed(path, &reference.name, accounts));
            names.push(format!("customer managed {path}{}", reference.name));
        }
        if let Observed::Known(Some(text)) = &inline {
            held.push(inline_text(text));
            names.push("inline policy".to_owned());
        }
        let unread = managed.gap.or(customer.gap).or(inline.gap().cloned());
        let full = self.full(&held, unread.clone());
        Granted { names: unread.map_or(Observed::Known(names), Observed::Gap), full }
    }

    /// Full administration, by one policy or by several together.
    fn full(&self, held: &[Held], unread: Option<Arc<Gap>>) -> Observed<bool> {
        let readings = || held.iter().filter_map(|held| held.reading.clone());
        let alone = |reading: Arc<Reading>| reading.everything(&self.place.account, &self.place.partition).is_some();
        if held.iter().any(|held| held.whole) || readings().any(alone) || is_full(readings()) {
            return Observed::Known(true);
        }
        if let Some(gap) = unread.or(held.iter().find_map(|held| held.gap.clone())) {
            return Observed::Gap(gap);
        }
        let limited: Vec<&str> = held.iter().filter_map(|held| held.limited.as_deref()).collect();
        if !limited.is_empty() && is_full(readings().chain([bound()])) {
            let what = format!(
                "what {} grants together with the other policies is not known, as its text is not among the evidence",
                limited.join(", ")
            );
            return Observed::Gap(gap(SET_MANAGED, GapKind::Absent, what));
        }
        Observed::Known(false)
    }

    fn aws_managed(&self, arn: &str) -> Held {
        if let Some(policy) = self.sources.details.data.policies.iter().find(|policy| policy.arn == arn) {
            return Held::of(&policy.text);
        }
        let name = arn.rsplit('/').next().unwrap_or_default();
        let aws = arn.split(':').nth(4) == Some("aws");
        match name {
            "AdministratorAccess" if aws => Held { whole: true, ..Held::default() },
            name if aws && LIMITED.contains(&name) => Held { limited: Some(name.to_owned()), ..Held::default() },
            _ => unread(
                SET_MANAGED,
                format!("the text of {arn} is not among the evidence, as no role of this account holds it"),
            ),
        }
    }

    /// The policy of that name in each account is what counts; of other accounts nothing is read here.
    fn customer_managed(&self, path: &str, name: &str, accounts: &Source<Vec<String>>) -> Held {
        let arn = format!("arn:{}:iam::{}:policy{path}{name}", self.place.partition, self.place.account);
        let policies = &self.sources.details.data.policies;
        let mut held = policies.iter().find(|policy| policy.arn == arn).map(|policy| Held::of(&policy.text));
        let elsewhere = accounts.gap.is_some() || accounts.data.iter().any(|account| *account != self.place.account);
        if elsewhere || held.is_none() {
            let what = format!(
                "the customer managed policy “{name}” could not be read in every account where the permission set is \
                 provisioned"
            );
            held.get_or_insert_default().gap = unread(AUTHORIZATION_DETAILS, what).gap;
        }
        held.unwrap_or_default()
    }
}

/// A policy of a permission set, as far as it is known.
#[derive(Clone, Default)]
struct Held {
    reading: Option<Arc<Reading>>,
    /// AWS's policy for administrators.
    whole: bool,
    /// The name of one of [`LIMITED`], of which no text is here.
    limited: Option<String>,
    /// It may grant more than the reading says.
    gap: Option<Arc<Gap>>,
}

impl Held {
    fn of(text: &PolicyText) -> Self {
        Self { reading: text.reading.clone(), gap: text.gap.clone(), ..Self::default() }
    }
}

fn inline_text(text: &str) -> Held {
    let Ok(document) = parse(text) else {
        return unread(SET_INLINE, "the inline policy of a permission set is not understood".to_owned());
    };
    let part = (!document.notes.is_empty()).then(|| {
        gap(SET_INLINE, GapKind::Absent, "the inline policy of a permission set is not understood as a whole")
    });
    Held { reading: Some(Arc::new(read(&document))), gap: part, ..Held::default() }
}

fn unread(evidence: Evidence, reason: String) -> Held {
    Held { gap: Some(gap(evidence, GapKind::Absent, reason)), ..Held::default() }
}

fn bound() -> Arc<Reading> {
    Arc::new(read(&parse(BOUND).expect("the bound is a policy")))
}

fn is_full(readings: impl Iterator<Item = Arc<Reading>>) -> bool {
    let labelled: Vec<(Arc<str>, Arc<Reading>)> = readings.map(|reading| (Arc::from("policy"), reading)).collect();
    union(&labelled, None).is_full_admin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::corpus::aws_managed_policies;

    fn actions(readings: &[Arc<Reading>]) -> crate::policy::grants::Grants {
        let labelled: Vec<(Arc<str>, Arc<Reading>)> =
            readings.iter().map(|reading| (Arc::from("policy"), Arc::clone(reading))).collect();
        union(&labelled, None)
    }

    #[test]
    fn no_version_of_the_limited_policies_allows_more_than_the_bound() {
        let mut seen = std::collections::BTreeSet::new();
        let most = actions(&[bound()]);
        for (title, text) in aws_managed_policies() {
            let name = title.split(' ').next().unwrap();
            if !LIMITED.contains(&name) {
                continue;
            }
            seen.insert(name.to_owned());
            let reading = Arc::new(read(&parse(&text).unwrap()));
            assert!(!actions(&[Arc::clone(&reading)]).is_full_admin(), "{title}");
            let together = actions(&[reading, bound()]);
            assert!(together.actions() == most.actions(), "{title} allows more than the bound");
            assert!(!together.is_full_admin(), "{title}");
        }
        assert_eq!(seen.len(), LIMITED.len(), "{seen:?}");
    }
}
