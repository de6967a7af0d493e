//! Full administrator: by which statements, spelt how, mitigated by what.

use super::reading::{SELF_GRANTS, is_nearly_everything};
use super::{AccessLevel, Grants, Scope, bits};
use crate::policy::actions::{Bits, Level, table};
use crate::policy::document::{Actions, Resources};
use crate::policy::words::condition;

/// That the union allows every action on every resource, or all but little, in
/// effect: certain denials and the boundary are subtracted. Conditions that the
/// principal may meet do not change it; they are named in `mitigations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullAdmin {
    /// `Action` and `Resource` are a single star each in one of the statements.
    pub literal: bool,
    /// Known actions that even the union does not allow on all resources of some type.
    pub left_out: u32,
    /// Numbers of the statements that make it: those that do so alone, or else all that take part.
    pub statements: Vec<usize>,
    /// What stands against it, in sentences; empty if nothing does.
    pub mitigations: Vec<String>,
    /// It holds also without the conditional statements.
    pub unmitigated: bool,
}

/// How much of an administrator a policy makes: enough to add up policies whose texts are not at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breadth {
    /// Known actions that it allows on all resources or on all of a type, of those that a resource can restrict.
    pub actions: u32,
    /// Of the IAM actions that manage permissions, those that it allows so.
    pub iam: u32,
    /// One of these is an action by which the holder can grant themselves every other action.
    pub grants_itself: bool,
}

/// Whether several policies together make an administrator of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administration {
    /// The level that they reach together, whatever they have in common; none below IAM administration.
    pub certain: Option<AccessLevel>,
    /// The level that they reach if they have no action in common; never less than the certain one.
    pub possible: Option<AccessLevel>,
}

impl Administration {
    /// Adds up policies by their breadths. Denials are not considered.
    pub fn of(policies: &[Breadth]) -> Self {
        let grants_itself = policies.iter().any(|one| one.grants_itself);
        let most = |of: fn(&Breadth) -> u32| policies.iter().map(of).max().unwrap_or_default();
        let sum = |of: fn(&Breadth) -> u32| policies.iter().map(of).fold(0, u32::saturating_add);
        Self {
            certain: administrator(most(|one| one.actions), most(|one| one.iam), grants_itself),
            possible: administrator(sum(|one| one.actions), sum(|one| one.iam), grants_itself),
        }
    }
}

/// The level of so many actions, where it is an administrator's.
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
    /// How much of an administrator the union makes, conditions aside.
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
    // Few actions in all are never nearly everything, and no set need be made of them.
    let broad = grants.statements.iter().map(|granted| granted.said().broad().count());
    if broad.sum::<u32>() * 2 < table().scopable().count() {
        return None;
    }
    let mut union = Bits::default();
    let mut alone = Vec::new();
    let mut together = Vec::new();
    for (at, granted) in grants.statements.iter().enumerate() {
        let broad = granted.said().broad();
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

/// The actions on all resources, or on all of a type, conditions aside.
fn broad_of(grants: &Grants) -> Bits {
    let mut union = Bits::default();
    for granted in grants.statements.iter().filter(|granted| !granted.is_excluded()) {
        let mut broad = bits(granted.said().broad());
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
