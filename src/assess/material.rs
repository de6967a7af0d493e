//! Evidence for the person who decides: members of populations that the page names. It does not affect the verdict.

use super::evaluate::{Boxed, Facts, Scope, holds};
use crate::account::Account;
use crate::account::fact::{Gap, Observed};
use crate::catalog::Shown;
use cel::Env;
use std::sync::Arc;

/// The members that are shown.
#[derive(Debug)]
pub struct Material {
    /// Index into `Review::shows`.
    pub shows: usize,
    /// Indexes into the population, including members that may not belong here.
    pub subjects: Vec<usize>,
    /// How many of them may not belong here.
    pub unknown: usize,
    /// False if a gap in the enumeration means that there may be more.
    pub complete: bool,
}

/// The evidence that a control's page shows, and the gaps in it.
pub fn gather(
    account: &Account,
    shows: &[Shown],
    around: Option<&Facts>,
    params: &Boxed,
    env: &Arc<Env>,
) -> (Vec<Material>, Vec<Arc<Gap>>) {
    let (mut found, mut gaps) = (Vec::new(), Vec::new());
    for (index, shown) in shows.iter().enumerate() {
        let population = account.population(shown.kind);
        gaps.extend(population.gaps.iter().cloned());
        let mut wanted = vec![false; shown.kind.fields.len()];
        for field in shown.when.iter().flat_map(|criterion| &criterion.reads) {
            let (place, _) =
                shown.kind.field(field.name).expect("criteria were held against the kind when the page loaded");
            wanted[place] = true;
        }
        let (mut subjects, mut unknown) = (Vec::new(), 0);
        for (place, subject) in population.subjects.iter().enumerate() {
            if let Some(when) = &shown.when {
                let facts = Facts::of(*subject, &wanted);
                let scope =
                    Scope { variable: shown.kind.variable, subject: &facts, account: around, params: &**params };
                match holds(when, &scope, env) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(_) => unknown += 1,
                }
            }
            for fact in &shown.facts {
                let (place, _) =
                    shown.kind.field(fact.name).expect("facts were held against the kind when the page loaded");
                if let Observed::Gap(gap) = subject.fact(place) {
                    gaps.push(gap);
                }
            }
            subjects.push(place);
        }
        let complete = population.gaps.is_empty()
            && !(shown.kind.enumerated_by.is_empty() && subjects.is_empty() && population.subjects.is_empty());
        found.push(Material { shows: index, subjects, unknown, complete });
    }
    (found, gaps)
}
