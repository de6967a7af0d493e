//! EC2 instances of every Region, with the roles in their instance profiles.

use crate::account::answers::{Answers, add, is_foreign, listed, needed};
use crate::account::completeness::Completeness;
use crate::account::details::Details;
use crate::account::fact::{
    AUTHORIZATION_DETAILS, Gap, GapKind, INSTANCES, Observed, REGIONS, ROLE_LIST, RULE_DETAILS, subject,
};
use crate::account::gaps::{gap, some_names};
use crate::account::identity::Place;
use crate::account::regional::{RuleResult, RuleResults};
use crate::account::regions::Regions;
use crate::account::sources::Sources;
use crate::account::{Population, Times};
use crate::arn::name_of;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// An EC2 instance in a Region of the account.
    Instance = "instance" as "instance", "EC2 instances", from &[INSTANCES, REGIONS];
    /// Region.
    region "the instance's Region": Text = &[INSTANCES];
    /// pending, running, stopped …
    state "the instance's state": Text = &[INSTANCES];
    /// ARN of the instance profile; null if it has none.
    profile "whether the instance has an instance profile": Option<String> = &[INSTANCES], title "Instance profile";
    /// Roles in the instance profile; none where there is no profile.
    roles "which roles the instance's profile holds": Texts = &[INSTANCES, AUTHORIZATION_DETAILS, ROLE_LIST];
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    reservations: Option<Vec<Reservation>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    owner_id: Option<String>,
    instances: Option<Vec<Item>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    instance_id: String,
    state: Option<State>,
    iam_instance_profile: Option<Profile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    name: Option<String>,
    code: Option<i64>,
}

impl State {
    /// Whether the code is that of another state. EC2 API reference, InstanceState: the low byte counts.
    fn contradicts_itself(&self) -> bool {
        const CODES: [(i64, &str); 6] = [
            (0, "pending"),
            (16, "running"),
            (32, "shutting-down"),
            (48, "terminated"),
            (64, "stopping"),
            (80, "stopped"),
        ];
        let (Some(name), Some(code)) = (&self.name, self.code) else { return false };
        !CODES.iter().any(|(known, state)| *known == code & 0xff && state == name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    arn: Option<String>,
    id: Option<String>,
}

/// `evaluated` are the results of AWS Config rules, which may name instances.
pub(in crate::account) fn read(
    (snapshot, regions): (&Snapshot, &Regions),
    (sources, complete): (&Sources, &Completeness),
    evaluated: &[RuleResults],
    (place, times): (&Place, &Times),
) -> Population<Instance> {
    let answers = Answers::of(snapshot, INSTANCES);
    let profiles = Profiles::read(&sources.details.data, complete);
    let mut population = Population { subjects: Vec::new(), gaps: regions.gap.iter().cloned().collect() };
    for region in &regions.names {
        let source = answers.list(region, &[], |page: Page| page.reservations);
        let is_empty = source.gap.is_none() && source.data.is_empty();
        add(&mut population.gaps, source.gap);
        if is_empty {
            add(&mut population.gaps, unlisted(evaluated, region));
        }
        for reservation in source.data {
            let owner = reservation.owner_id.as_deref().unwrap_or(&place.account);
            if owner != place.account {
                let reason = format!("{INSTANCES} answered about another account than {}: {owner}", place.account);
                add(&mut population.gaps, Some(gap(INSTANCES, GapKind::Conflict, reason)));
                continue;
            }
            if reservation.instances.is_none() {
                let reason = format!("{INSTANCES} answered a reservation without its instances in {region}");
                add(&mut population.gaps, Some(gap(INSTANCES, GapKind::Unreadable, reason)));
            }
            let items = reservation.instances.into_iter().flatten();
            population.subjects.extend(items.map(|item| instance(item, region, &profiles, place, times)));
        }
    }
    settle(&mut population);
    population.subjects.sort_by(|one, other| one.id.cmp(&other.id));
    population
}

/// An instance of a Region in the results of an AWS Config rule, where the list of instances is empty. A list that has
/// others may lack one that was terminated after its evaluation.
fn unlisted(evaluated: &[RuleResults], region: &str) -> Option<Arc<Gap>> {
    let is_here = |result: &&RuleResult| {
        let mut regions = result.compliant_in.iter().chain(&result.not_compliant_in);
        result.resource_type == "AWS::EC2::Instance" && regions.any(|one| one == region)
    };
    let found = evaluated.iter().flat_map(|rule| &rule.results).find(is_here)?;
    let reason = format!(
        "{INSTANCES} lists no instance in {region}, and {RULE_DETAILS} has a result for instance {} there",
        found.resource_id
    );
    Some(gap(INSTANCES, GapKind::Conflict, reason))
}

/// An instance is in one Region, in one state. Of one that is listed in two Regions, or twice with different values,
/// nothing is known.
fn settle(population: &mut Population<Instance>) {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let mut contrary: BTreeSet<String> = BTreeSet::new();
    population.subjects.retain(|one| {
        let words = format!("{one:?}");
        match first.get(&one.label) {
            None => {
                first.insert(one.label.clone(), words);
                true
            }
            Some(earlier) => {
                if *earlier != words {
                    contrary.insert(one.label.clone());
                }
                false
            }
        }
    });
    population.subjects.retain(|one| !contrary.contains(&one.label));
    let names = some_names(contrary.iter().map(String::as_str));
    let reason = format!("{INSTANCES} lists {names} more than once, with different values or in different Regions");
    add(&mut population.gaps, (!contrary.is_empty()).then(|| gap(INSTANCES, GapKind::Conflict, reason)));
}

fn instance(item: Item, region: &str, profiles: &Profiles<'_>, place: &Place, times: &Times) -> Instance {
    let id = &item.instance_id;
    let profile = match &item.iam_instance_profile {
        None => Observed::Known(None),
        Some(profile) => needed(profile.arn.clone(), INSTANCES, || format!("the instance profile of {id}")).map(Some),
    };
    let profile_id = item.iam_instance_profile.as_ref().and_then(|profile| profile.id.as_deref());
    let roles = profile.clone().and_then(|arn| {
        let Some(arn) = arn else { return Observed::Known(Vec::new()) };
        match of_another_account(&arn, place).or_else(|| profiles.recreated(&arn, profile_id?)) {
            Some(gap) => Observed::Gap(gap),
            None => profiles.roles(&arn),
        }
    });
    let state = match &item.state {
        Some(state) if state.contradicts_itself() => {
            let reason = format!("{INSTANCES} answered a state of {id} whose name is not that of its code");
            Observed::Gap(gap(INSTANCES, GapKind::Conflict, reason))
        }
        state => {
            needed(state.as_ref().and_then(|state| state.name.clone()), INSTANCES, || format!("the state of {id}"))
                .and_then(|state| listed(state, "InstanceStateName", INSTANCES, || format!("the state of {id}")))
        }
    };
    Instance {
        id: format!("arn:{}:ec2:{region}:{}:instance/{id}", place.partition, place.account),
        label: id.clone(),
        as_of: times.started,
        region: Observed::Known(region.to_owned()),
        state,
        profile,
        roles,
    }
}

/// An instance cannot have an instance profile of another account.
fn of_another_account(arn: &str, place: &Place) -> Option<Arc<Gap>> {
    is_foreign(arn, place).then(|| {
        let reason =
            format!("{INSTANCES} answered an instance profile of another account than {}: {arn}", place.account);
        gap(INSTANCES, GapKind::Conflict, reason)
    })
}

/// Roles by the ARN of the instance profile that they are in.
struct Profiles<'a> {
    roles: BTreeMap<&'a str, Vec<String>>,
    ids: BTreeMap<&'a str, &'a str>,
    /// What keeps the roles from being all.
    gap: Option<&'a Arc<Gap>>,
}

impl<'a> Profiles<'a> {
    fn read(details: &'a Details, complete: &'a Completeness) -> Self {
        let mut found = Self { roles: BTreeMap::new(), ids: BTreeMap::new(), gap: complete.role_details.first() };
        for role in &details.roles {
            found.ids.extend(role.profile_ids.iter().map(|(arn, id)| (arn.as_str(), id.as_str())));
            match &role.profiles {
                Observed::Known(profiles) => {
                    for arn in profiles {
                        found.roles.entry(arn).or_default().push(name_of(&role.arn).to_owned());
                    }
                }
                Observed::Gap(gap) => found.gap = found.gap.or(Some(gap)),
            }
        }
        found
    }

    /// A profile that was deleted and created again gives no credentials to an instance that had the former one.
    fn recreated(&self, profile: &str, id: &str) -> Option<Arc<Gap>> {
        let current = self.ids.get(profile).filter(|current| **current != id)?;
        let reason = format!(
            "{INSTANCES} and {AUTHORIZATION_DETAILS} return different ids of the instance profile {} ({id}, {current}), \
             which was deleted and created again",
            name_of(profile)
        );
        Some(gap(INSTANCES, GapKind::Conflict, reason))
    }

    fn roles(&self, profile: &str) -> Observed<Vec<String>> {
        match (self.roles.get(profile), self.gap) {
            (Some(roles), _) => Observed::Known(roles.clone()),
            (None, Some(gap)) => Observed::Gap(Arc::clone(gap)),
            (None, None) => Observed::Known(Vec::new()),
        }
    }
}
