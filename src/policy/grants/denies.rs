//! Subtracts certain denials from grants.
//!
//! Comparing every grant with every denial would take time quadratic in the text. Denials on all resources are
//! therefore merged first and compared with each grant once. For denials on particular resources, and for denied
//! patterns with inner wildcards that the table does not list, comparisons are limited by a fixed budget. Denials
//! beyond it subtract nothing, as any uncertain denial, and the result says so.

use super::policy_analysis::Unknown;
use super::{Denial, Granted};
use crate::policy::actions::Bits;
use crate::policy::document::Actions;
use crate::policy::matching::counted;
use std::collections::BTreeMap;

/// The budget in characters of patterns. A managed policy has at most 6,144 characters.
const BUDGET: usize = 16_384;
/// The cost of a pattern besides its characters.
const PATTERN_COST: usize = 64;

/// The reason that denials beyond the budget are not certain.
pub(super) const NOT_COMPARED: &str = "on particular resources beyond so many others that it is not compared";

/// The state while denials are subtracted.
pub(super) struct DenialSubtraction {
    /// The actions of each grant before denials.
    named: Vec<Bits>,
    /// The principal's account, if known.
    account: Option<String>,
    /// The distinct granted patterns that the table does not list.
    patterns: Vec<Unknown>,
    /// For each grant, the indexes of its patterns among the distinct ones.
    unknown: Vec<Vec<usize>>,
    /// For each grant, whether each pattern is denied.
    pub unknown_denied: Vec<Vec<bool>>,
}

impl DenialSubtraction {
    pub fn new(grants: &[Granted], account: Option<&str>) -> Self {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut patterns = Vec::new();
        let mut unknown = Vec::with_capacity(grants.len());
        for granted in grants {
            let own = granted.analysis().unknown.iter().map(|pattern| {
                *places.entry(pattern).or_insert_with(|| {
                    patterns.push(pattern.as_str());
                    patterns.len() - 1
                })
            });
            unknown.push(own.collect::<Vec<_>>());
        }
        Self {
            named: Vec::new(),
            account: account.map(str::to_owned),
            patterns: patterns.into_iter().map(Unknown::new).collect(),
            unknown_denied: unknown.iter().map(|own| vec![false; own.len()]).collect(),
            unknown,
        }
    }

    /// Subtracts the certain denials from the grants that they certainly cover.
    pub fn subtract(&mut self, denials: &mut [Denial], grants: &mut [Granted]) {
        if !denials.iter().any(Denial::is_certain) || grants.is_empty() {
            return;
        }
        // Built only if there is a denial: most principals have none.
        self.named = grants.iter().map(actions_of).collect();
        let mut budget = BUDGET;
        self.subtract_on_all_resources(denials, grants, &mut budget);
        let mut resources = BUDGET;
        for denial in denials.iter_mut().filter(|denial| denial.is_certain() && !denial.is_on_everything()) {
            let cost = denial.analysis().resources.iter().map(|one| one.text().len() + PATTERN_COST).sum::<usize>();
            match resources.checked_sub(cost) {
                Some(rest) => resources = rest,
                None => {
                    denial.doubt = Some(NOT_COMPARED);
                    continue;
                }
            }
            self.subtract_on_some_resources(denial, grants, &mut budget);
        }
    }

    /// All denials on all resources at once.
    fn subtract_on_all_resources(&mut self, denials: &mut [Denial], grants: &mut [Granted], budget: &mut usize) {
        let mut all_named = Bits::default();
        self.named.iter().for_each(|named| all_named.union(named));
        let (mut all_denied, mut patterns) = (Bits::default(), Denied::default());
        for (number, denial) in denials.iter_mut().enumerate() {
            if !denial.is_certain() || !denial.is_on_everything() {
                continue;
            }
            let mut denied = Bits::default();
            denied.add(denial.actions());
            denial.cancels = all_named.meets(&denied);
            all_denied.union(&denied);
            if !self.patterns.is_empty() && denial.certain_for.is_none() {
                patterns.add(number, &denial.statement().actions, budget);
            }
        }
        let (denied_patterns, by) = patterns.denied_patterns(&self.patterns);
        for number in by {
            denials[number].cancels = true;
        }
        counted(grants.len());
        for (at, granted) in grants.iter_mut().enumerate() {
            if self.named[at].meets(&all_denied) {
                granted.left.get_or_insert_with(|| self.named[at].clone()).subtract(&all_denied);
            }
            for (place, denied) in self.unknown[at].iter().zip(&mut self.unknown_denied[at]) {
                *denied |= denied_patterns[*place];
            }
        }
    }

    /// One denial on particular resources.
    fn subtract_on_some_resources(&mut self, denial: &mut Denial, grants: &mut [Granted], budget: &mut usize) {
        let mut denied = Bits::default();
        denied.add(denial.actions());
        let mut patterns = Denied::default();
        if !self.patterns.is_empty() && denial.certain_for.is_none() {
            patterns.add(0, &denial.statement().actions, budget);
        }
        let (denied_patterns, _) = patterns.denied_patterns(&self.patterns);
        counted(grants.len());
        for (at, granted) in grants.iter_mut().enumerate() {
            let touches = self.named[at].meets(&denied);
            let unknown = self.unknown[at].iter().any(|place| denied_patterns[*place]);
            if !(touches || unknown) {
                continue;
            }
            if !granted.within(denial) {
                // It may still deny some actions on every resource of their types.
                let mut wholly = Bits::default();
                if let Some(runs) = denial.analysis().wholly(denial.statement(), self.account.as_deref()) {
                    wholly.add(runs);
                }
                wholly.intersect(&denied);
                if self.named[at].meets(&wholly) {
                    denial.cancels = true;
                    granted.left.get_or_insert_with(|| self.named[at].clone()).subtract(&wholly);
                }
                continue;
            }
            denial.cancels = true;
            if touches {
                granted.left.get_or_insert_with(|| self.named[at].clone()).subtract(&denied);
            }
            for (place, denied) in self.unknown[at].iter().zip(&mut self.unknown_denied[at]) {
                *denied |= denied_patterns[*place];
            }
        }
    }
}

/// Denied patterns, indexed for lookup, with the numbers of their denials.
#[derive(Default)]
struct Denied {
    /// Patterns for all actions.
    all: Vec<usize>,
    /// Patterns for a whole service, by prefix.
    services: BTreeMap<String, Vec<usize>>,
    /// Literal patterns by text.
    exact: BTreeMap<String, Vec<usize>>,
    /// Patterns with wildcards elsewhere, which must be compared.
    others: Vec<(Unknown, usize)>,
}

impl Denied {
    fn add(&mut self, number: usize, actions: &Actions, budget: &mut usize) {
        let list = match actions {
            Actions::Only(list) => list.as_slice(),
            Actions::AllBut(list) if list.is_empty() => return self.all.push(number),
            Actions::AllBut(_) | Actions::Missing => &[],
        };
        for pattern in list {
            let pattern = pattern.to_ascii_lowercase();
            let stars = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'*');
            let wild = |text: &str| text.contains(['*', '?']);
            match pattern.split_once(':') {
                _ if stars(&pattern) => self.all.push(number),
                Some((service, name)) if stars(name) && !wild(service) => {
                    self.services.entry(service.to_owned()).or_default().push(number);
                }
                _ if wild(&pattern) => {
                    if let Some(rest) = budget.checked_sub(pattern.len() + PATTERN_COST) {
                        *budget = rest;
                        self.others.push((Unknown::new(&pattern), number));
                    }
                    self.exact.entry(pattern).or_default().push(number);
                }
                _ => self.exact.entry(pattern).or_default().push(number),
            }
        }
    }

    /// Whether each pattern is denied, and the denials that deny at least one.
    fn denied_patterns(mut self, patterns: &[Unknown]) -> (Vec<bool>, Vec<usize>) {
        let everything = !self.all.is_empty() && !patterns.is_empty();
        let mut by = if everything { std::mem::take(&mut self.all) } else { Vec::new() };
        let denied_patterns = patterns
            .iter()
            .map(|pattern| {
                counted(self.others.len() + 1);
                let mut is_denied = everything;
                // These denials are already recorded; the pattern stays denied.
                if let Some(found) = pattern.service().and_then(|service| self.services.get_mut(service)) {
                    is_denied = true;
                    by.append(found);
                }
                if let Some(found) = self.exact.get_mut(pattern.text()) {
                    is_denied = true;
                    by.append(found);
                }
                for (other, number) in &self.others {
                    if other.covers(pattern) {
                        is_denied = true;
                        by.push(*number);
                        break;
                    }
                }
                is_denied
            })
            .collect();
        (denied_patterns, by)
    }
}

fn actions_of(granted: &Granted) -> Bits {
    if let Some(left) = &granted.left {
        return left.clone();
    }
    let mut named = Bits::default();
    named.add(&granted.analysis().actions);
    named
}
