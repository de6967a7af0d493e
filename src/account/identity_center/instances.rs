//! Instances of Identity Center in the account's Regions.

use super::directory::Key;
use super::shapes;
use crate::account::analysis::list;
use crate::account::answers::{Answers, Noted};
use crate::account::details::Details;
use crate::account::fact::{Gap, GapKind, Observed, PERMISSION_SETS, SSO_INSTANCE, SSO_INSTANCES};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::organizations::Membership;
use crate::account::regions::Regions;
use crate::arn::name_of;
use crate::snapshot::Snapshot;
use std::sync::Arc;

shapes! {
    InstancesPage { instances: Option<Vec<Item>>, }
    Item {
        instance_arn: String,
        identity_store_id: Option<String>,
        owner_account_id: Option<String>,
        status: Option<String>,
    }
}

/// `DescribeInstance`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    owner_account_id: Option<String>,
    identity_store_id: Option<String>,
    status: Option<String>,
}

/// An instance, and the first Region whose answer lists it.
#[derive(Debug)]
pub struct Instance {
    pub arn: String,
    pub region: String,
    /// Id of its directory.
    pub store: Option<String>,
    /// The account that owns it.
    pub owner: Option<String>,
    /// Its status, where AWS gives one that is not `ACTIVE`: nobody can sign in there.
    inactive: Option<String>,
}

/// Every instance that this account sees, and what keeps them from being all.
#[derive(Debug)]
pub struct Instances {
    pub all: Vec<Instance>,
    /// Whether the evidence holds any answer about instances.
    pub asked: bool,
    /// Regions whose instances are not known.
    pub unread: Vec<(String, Arc<Gap>)>,
    /// Why there may be further Regions.
    pub regions: Option<Arc<Gap>>,
    /// The first of these gaps.
    pub gap: Option<Arc<Gap>>,
    /// No Region is known that could have been asked.
    unasked: bool,
}

impl Instances {
    pub(super) fn read(snapshot: &Snapshot, regions: &Regions, noted: &mut Noted) -> Self {
        let answers = Answers::of(snapshot, SSO_INSTANCES);
        let uncollected = regions.gap.as_ref().is_some_and(|gap| gap.kind == GapKind::NotCollected);
        let mut found = Self {
            all: Vec::new(),
            asked: !answers.is_empty(),
            unread: Vec::new(),
            regions: regions.gap.clone(),
            gap: regions.gap.clone(),
            unasked: uncollected && regions.names.is_empty(),
        };
        if !found.asked {
            let reason = format!("{SSO_INSTANCES} was not collected");
            noted.add("", &gap(SSO_INSTANCES, GapKind::NotCollected, reason));
        }
        let sets = Answers::of(snapshot, PERMISSION_SETS);
        let has_sets = |region: &str, arn: &str| {
            let source = sets.list(region, &[("InstanceArn", arn)], |page: serde_json::Value| {
                page.get("PermissionSets").and_then(serde_json::Value::as_array).cloned()
            });
            source.gap.is_none()
        };
        let described = Answers::of(snapshot, SSO_INSTANCE);
        for region in &regions.names {
            let source = answers.list(region, &[], |page: InstancesPage| page.instances);
            if let Some(gap) = source.gap {
                if found.asked {
                    noted.add("", &gap);
                }
                found.gap.get_or_insert_with(|| Arc::clone(&gap));
                found.unread.push((region.clone(), gap));
            }
            for mut item in source.data {
                if let Some(gap) = item.compare(&described, region) {
                    noted.add(&item.instance_arn, &gap);
                    found.gap.get_or_insert(gap);
                }
                // One instance can be seen from several Regions. Only its primary Region answers about permission sets
                // (IAM Identity Center user guide, "Use IAM Identity Center across multiple AWS Regions").
                if let Some(seen) = found.all.iter_mut().find(|instance| instance.arn == item.instance_arn) {
                    if !has_sets(&seen.region, &seen.arn) && has_sets(region, &seen.arn) {
                        seen.region.clone_from(region);
                    }
                    continue;
                }
                found.all.push(Instance {
                    arn: item.instance_arn,
                    region: region.clone(),
                    store: item.identity_store_id,
                    owner: item.owner_account_id,
                    inactive: item.status.filter(|status| status != "ACTIVE"),
                });
            }
        }
        found
    }

    /// An instance with permission sets belongs to this account. Of the organization's management account it is
    /// known only where every instance is. An account whose organization is not in the evidence may be one. Of
    /// other accounts, and of evidence without any Region, an instance must show it: IAM alone says nothing about
    /// Identity Center.
    pub fn run_here(&self, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<bool> {
        let own = |instance: &&Instance| instance.owner.as_deref() == Some(place.account.as_str());
        if self.all.iter().filter(own).any(|instance| !instance.is_of_account(membership)) {
            return Observed::Known(true);
        }
        let manages = match membership {
            Observed::Known(known) => known.as_ref().is_some_and(|known| known.management == place.account),
            // Who manages the organization is not in the evidence: it may be this account.
            Observed::Gap(_) => true,
        };
        match &self.gap {
            Some(gap) if manages && !self.unasked => Observed::Gap(Arc::clone(gap)),
            _ => Observed::Known(false),
        }
    }

    /// Those that are active, and why there may be more. A member of an organization is not shown the instance of its
    /// organization.
    pub fn arns(&self, membership: &Observed<Option<Membership>>, place: &Place) -> (Vec<String>, Option<Arc<Gap>>) {
        let unshown = || {
            let known = membership.known()?.as_ref()?;
            let is_shown = known.management == place.account || self.active().next().is_some();
            (!is_shown).then(|| unshown(place))
        };
        let gap = self.gap.clone().or_else(|| self.inactive()).or_else(unshown);
        (self.active().map(|instance| instance.arn.clone()).collect(), gap)
    }

    fn active(&self) -> impl Iterator<Item = &Instance> {
        self.all.iter().filter(|instance| instance.inactive.is_none())
    }

    /// An instance that may become active, or not.
    fn inactive(&self) -> Option<Arc<Gap>> {
        self.all.iter().find_map(|instance| {
            let status = instance.inactive.as_ref()?;
            let reason = format!("the status of Identity Center instance {} is {status}", instance.arn);
            Some(gap(SSO_INSTANCES, GapKind::NotDecided, reason))
        })
    }

    /// Identity Center made roles in this account, and no instance is listed that could have.
    pub fn compare_with_roles(&mut self, details: &Details, membership: &Observed<Option<Membership>>, place: &Place) {
        // A member is not shown the instance of its organization, which is said already.
        let is_member = matches!(membership, Observed::Known(Some(known)) if known.management != place.account);
        let Some(role) = details.roles.iter().find(|role| role.is_of_identity_center()) else { return };
        if is_member || !self.all.is_empty() {
            return;
        }
        let name = name_of(&role.arn);
        let reason =
            format!("the role {name} was created by Identity Center, and {SSO_INSTANCES} lists no instance of it");
        self.gap.get_or_insert_with(|| gap(SSO_INSTANCES, GapKind::Conflict, reason));
    }

    /// Those of the management account. A member need not see them, so that its seeing none says nothing.
    pub fn of_organization(&self, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<Vec<String>> {
        membership.as_ref().and_then(|known| {
            let Some(known) = known else { return Observed::Known(Vec::new()) };
            let own = |instance: &&Instance| instance.owner.as_ref() == Some(&known.management);
            let found = self.active().filter(own).map(|instance| instance.arn.clone()).collect();
            let unseen = || {
                let nameless = self.all.iter().any(|instance| instance.owner.is_none());
                (nameless || known.management != place.account).then(|| unshown(place))
            };
            list(found, self.gap.clone().or_else(unseen).or_else(|| self.inactive()).as_ref())
        })
    }
}

impl Item {
    /// Compares the entry with the description of the instance, if there is one. What they disagree about is removed
    /// from the entry; a status that is not `ACTIVE` is kept from either.
    fn compare(&mut self, described: &Answers, region: &str) -> Option<Arc<Gap>> {
        let about = [("InstanceArn", self.instance_arn.as_str())];
        if !described.asked(region, &about) {
            return None;
        }
        let other = match described.one::<Described>(region, &about) {
            Observed::Known(other) => other,
            Observed::Gap(gap) if gap.kind == GapKind::Conflict => {
                self.owner_account_id = None;
                return Some(gap);
            }
            Observed::Gap(_) => return None,
        };
        if self.status.as_deref().is_none_or(|status| status == "ACTIVE") {
            self.status = other.status.or(self.status.take());
        }
        let members = [
            ("OwnerAccountId", &mut self.owner_account_id, other.owner_account_id),
            ("IdentityStoreId", &mut self.identity_store_id, other.identity_store_id),
        ];
        for (name, listed, other) in members {
            if let (Some(one), Some(other)) = (&*listed, other)
                && *one != other
            {
                let reason = format!(
                    "{SSO_INSTANCES} in {region} says {one} for {name} of the instance of Identity Center {}, and \
                     {SSO_INSTANCE} says {other}",
                    self.instance_arn
                );
                *listed = None;
                return Some(gap(SSO_INSTANCES, GapKind::Conflict, reason));
            }
        }
        None
    }
}

fn unshown(place: &Place) -> Arc<Gap> {
    let reason =
        format!("whether the organization has an Identity Center instance is not shown to account {}", place.account);
    gap(SSO_INSTANCES, GapKind::Absent, reason)
}

impl Instance {
    /// Where its users and groups are found; without a directory, nowhere.
    pub fn directory(&self) -> Key {
        (self.region.clone(), self.store.clone().unwrap_or_default())
    }

    /// An instance of a single account, which has no permission sets. Not known counts as not.
    pub(super) fn is_of_account(&self, membership: &Observed<Option<Membership>>) -> bool {
        match (membership.known(), &self.owner) {
            (Some(None), _) => true,
            (Some(Some(known)), Some(owner)) => known.management != *owner,
            _ => false,
        }
    }
}
