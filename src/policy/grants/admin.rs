//! Full administrator: by which statements, spelt how, mitigated by what.

use super::reading::is_nearly_everything;
use super::{Grade, Grants, Scope};
use crate::policy::actions::{Bits, table};
use crate::policy::document::{Actions, Condition, Resources};
use crate::policy::print::written;

/// That the union allows every action on every resource, or all but little.
/// Conditions and denials do not change it; they are told in `mitigations`.
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
    /// It holds also without the conditional statements and without what denials cancel. The boundary is not considered.
    pub unmitigated: bool,
}

pub(super) fn full_admin(grants: &Grants) -> Option<FullAdmin> {
    let mut union = Bits::default();
    let mut alone = Vec::new();
    let mut together = Vec::new();
    for (at, granted) in grants.statements.iter().enumerate() {
        let broad = granted.said().broad();
        if !broad.is_empty() {
            together.push(at);
            union.add(broad);
        }
        if granted.grade == Grade::FullAdmin {
            alone.push(at);
        }
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
        if granted.said().conditional {
            let conditions: Vec<String> = granted.statement().conditions.iter().map(in_words).collect();
            sentences.push(format!("{} holds only where {}.", capital(&granted.place), conditions.join(" and ")));
        }
    }
    for denial in &grants.denials {
        let place = capital(&denial.place);
        sentences.push(match denial.doubt {
            Some(doubt) => format!("{place} denies {doubt}; it is not subtracted here."),
            None if denial.cancels => {
                let count = denial.reading.statements[denial.place.index].actions.count();
                format!("{place} denies {count} of {} known actions.", table().len())
            }
            None => format!("{place} denies on some resources only; it is not subtracted here."),
        });
    }
    if let Some(cap) = &grants.capped_by {
        sentences.push(if cap.grants.is_full_admin() {
            format!("The boundary {} is full administrator itself and caps next to nothing.", cap.policy)
        } else {
            format!("Capped by the boundary {}, which is not full administrator.", cap.policy)
        });
    }
    sentences
}

fn capital(place: &super::Place) -> String {
    format!("S{}", &place.to_string()[1..])
}

/// `aws:SourceIp IpAddress 10.0.0.0/8 or 10.1.0.0/16`.
fn in_words(condition: &Condition) -> String {
    if condition.key.eq_ignore_ascii_case("sts:ExternalId") {
        return format!("{} {} (masked)", condition.key, written(condition));
    }
    format!("{} {} {}", condition.key, written(condition), condition.values.join(" or "))
}
