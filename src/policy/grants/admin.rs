//! Full administrator access: its statements, notation and mitigations.

use super::policy_analysis::{SELF_GRANTS, is_nearly_everything};
use super::{AccessLevel, Grants, Scope, bits};
use crate::policy::actions::{Bits, Level, table};
use crate::policy::document::{Actions, Resources};
use crate::policy::plain_english::condition;

/// The union effectively allows every action on every resource, or all except a few, after certain denials and the
/// boundary. Conditions that the principal may meet do not change this; they are listed in `mitigations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullAdmin {
    /// One statement has a single star for both `Action` and `Resource`.
    pub literal: bool,
    /// Known actions that the union does not allow on all resources of some type.
    pub left_out: u32,
    /// Numbers of the statements: those that suffice alone, otherwise all that contribute.
    pub statements: Vec<usize>,
    /// Mitigations, in sentences.
    pub mitigations: Vec<String>,
    /// True also without the conditional statements.
    pub unmitigated: bool,
}

/// How close a policy is to administrator access; enough to combine policies whose text is not available.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breadth {
    /// The number of known actions that it allows on all resources or all of a type, among those that a resource can
    /// restrict.
    pub actions: u32,
    /// The same for IAM actions that manage permissions.
    pub iam: u32,
    /// It includes an action with which the principal can grant itself every other action.
    pub grants_itself: bool,
}

/// Whether several policies together make an administrator of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administration {
    /// The level that they certainly reach together, however much they overlap; `None` below IAM administration.
    pub certain: Option<AccessLevel>,
    /// The level that they reach if they do not overlap; never below the certain one.
    pub possible: Option<AccessLevel>,
}

impl Administration {
    /// Adds up policies by their breadths. Denials are not considered.
    pub fn of_policies(policies: &[Breadth]) -> Self {
        let grants_itself = policies.iter().any(|one| one.grants_itself);
        let most = |of: fn(&Breadth) -> u32| policies.iter().map(of).max().unwrap_or_default();
        let sum = |of: fn(&Breadth) -> u32| policies.iter().map(of).fold(0, u32::saturating_add);
        Self {
            certain: administrator(most(|one| one.actions), most(|one| one.iam), grants_itself),
            possible: administrator(sum(|one| one.actions), sum(|one| one.iam), grants_itself),
        }
    }
}

/// The level for these numbers of actions, if it is an administrator's.
fn administrator(actions: u32, iam: u32, grants_itself: bool) -> Option<AccessLevel> {
    let table = table();
    let managing = table
        .service("iam")
        .map_or(0, |service| table.of_level(Level::PermissionsManagement).count_in(&service.actions));
    if grants_itself && actions.saturating_mul(2) >= table.scopable().count() {
        Some(AccessLevel::FullAdmin)
    } else if iam > 0 && iam.saturating_mul(4) >= managing * 3 {
        Some(AccessLevel::IamAdministration)
    } else {
        None
    }
}

impl Grants {
    /// The breadth of the union, ignoring conditions.
    pub fn breadth(&self) -> Breadth {
        let table = table();
        let mut broad = broad_of(self);
        if let Some(cap) = &self.capped_by {
            broad.intersect(&broad_of(&cap.grants));
        }
        let managing = table.of_level(Level::PermissionsManagement);
        Breadth {
            actions: broad.count_common(table.scopable(), &(0..table.len())),
            iam: table.service("iam").map_or(0, |service| broad.count_common(managing, &service.actions)),
            grants_itself: SELF_GRANTS
                .iter()
                .any(|action| table.number(action).is_some_and(|number| broad.contains(number))),
        }
    }
}

pub(super) fn full_admin(grants: &Grants) -> Option<FullAdmin> {
    // A quick check: few actions can never be nearly all.
    let broad = grants.statements.iter().map(|granted| granted.analysis().broad().count());
    if broad.sum::<u32>() * 2 < table().scopable().count() {
        return None;
    }
    let mut union = Bits::default();
    let mut alone = Vec::new();
    let mut together = Vec::new();
    for (at, granted) in grants.statements.iter().enumerate() {
        let broad = granted.analysis().broad();
        if broad.is_empty() || granted.is_excluded() {
            continue;
        }
        together.push(at);
        if let Some(left) = &granted.left {
            let mut broad = bits(broad);
            broad.intersect(left);
            union.union(&broad);
        } else {
            union.add(broad);
        }
        if granted.makes_administrator() {
            alone.push(at);
        }
    }
    if union.is_empty() {
        return None;
    }
    if let Some(cap) = &grants.capped_by {
        union.intersect(&broad_of(&cap.grants));
    }
    if !is_nearly_everything(&union) {
        return None;
    }
    let statements = if alone.is_empty() { together } else { alone };
    let mut effective = grants.actions_in(Scope::All).clone();
    effective.union(grants.actions_in(Scope::OfType));
    let unmitigated = is_nearly_everything(&effective);
    let scopable = table().scopable();
    Some(FullAdmin {
        literal: statements.iter().any(|&at| is_literal(grants, at)),
        left_out: scopable.count() - union.count_common(scopable, &(0..table().len())),
        mitigations: mitigations(grants, &statements),
        statements,
        unmitigated,
    })
}

/// The actions on all resources or all of a type, ignoring conditions.
fn broad_of(grants: &Grants) -> Bits {
    let mut union = Bits::default();
    for granted in grants.statements.iter().filter(|granted| !granted.is_excluded()) {
        let mut broad = bits(granted.analysis().broad());
        if let Some(left) = &granted.left {
            broad.intersect(left);
        }
        union.union(&broad);
    }
    union
}

fn is_literal(grants: &Grants, at: usize) -> bool {
    let statement = grants.statements[at].statement();
    let star = |list: &[String]| list.iter().any(|pattern| pattern == "*");
    matches!(&statement.actions, Actions::Only(list) if star(list))
        && matches!(&statement.resources, Resources::Only(list) if star(list))
}

fn mitigations(grants: &Grants, statements: &[usize]) -> Vec<String> {
    let mut sentences = Vec::new();
    for &at in statements {
        let granted = &grants.statements[at];
        if granted.is_conditional() {
            let conditions: Vec<String> = granted.statement().conditions.iter().map(condition).collect();
            sentences.push(format!("{} applies only if {}.", capital(&granted.place), conditions.join(" and ")));
        }
    }
    for denial in &grants.denials {
        let place = capital(&denial.place);
        sentences.push(match denial.doubt {
            Some(doubt) => format!("{place} denies {doubt}; it is not subtracted here."),
            None if denial.cancels => {
                let count = denial.actions().count();
                format!("{place} denies {count} of {} known actions.", table().len())
            }
            None => format!("{place} denies on some resources only; it is not subtracted here."),
        });
    }
    if let Some(cap) = &grants.capped_by {
        sentences.push(if cap.grants.is_full_admin() {
            format!("The permissions boundary {} is full administrator itself and caps next to nothing.", cap.policy)
        } else {
            format!("The permissions boundary {} leaves enough to administer the account.", cap.policy)
        });
    }
    sentences
}

fn capital(place: &super::Place) -> String {
    format!("S{}", &place.to_string()[1..])
}
