//! Grants against denials: what each denial certainly takes off.
//!
//! Every grant could meet every denial, which would cost the square of the
//! text. So denials on everything are united first and held against each grant
//! once, and of the denials on particular resources, and of denied patterns
//! with wildcards inside that the table does not know, only so many are
//! compared as fit a fixed measure. What is beyond it takes nothing off, as
//! whatever is not certain does not, and that is told.

use super::reading::Unknown;
use super::{Denial, Granted};
use crate::policy::actions::Bits;
use crate::policy::document::Actions;
use crate::policy::matching::counted;
use std::collections::BTreeMap;

/// Letters of patterns that everything may be compared with. A managed policy has 6,144 in all.
const MEASURE: usize = 16_384;
/// What a pattern takes of the measure besides its letters.
const EACH: usize = 64;

/// The doubt of denials beyond the measure.
pub(super) const BEYOND: &str = "on particular resources beyond so many others that it is not compared";

/// What is known of the grants while denials are taken off.
pub(super) struct Against {
    /// What each grant names, denials aside.
    named: Vec<Bits>,
    /// The principal's account, if known.
    account: Option<String>,
    /// Different patterns of grants that the table does not know.
    patterns: Vec<Unknown>,
    /// Of each grant, its patterns' places among the different ones.
    unknown: Vec<Vec<usize>>,
    /// Of each grant, whether the pattern is denied.
    pub unknown_denied: Vec<Vec<bool>>,
}

impl Against {
    pub fn of(grants: &[Granted], account: Option<&str>) -> Self {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut patterns = Vec::new();
        let mut unknown = Vec::with_capacity(grants.len());
        for granted in grants {
            let own = granted.said().unknown.iter().map(|pattern| {
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
            patterns: patterns.into_iter().map(Unknown::of).collect(),
            unknown_denied: unknown.iter().map(|own| vec![false; own.len()]).collect(),
            unknown,
        }
    }

    /// Takes the certain denials off the grants that they certainly cover.
    pub fn take_off(&mut self, denials: &mut [Denial], grants: &mut [Granted]) {
        if !denials.iter().any(Denial::is_certain) || grants.is_empty() {
            return;
        }
        // Made where there is a denial: most principals have none.
        self.named = grants.iter().map(named).collect();
        let mut measure = MEASURE;
        self.take_off_everywhere(denials, grants, &mut measure);
        let mut resources = MEASURE;
        for denial in denials.iter_mut().filter(|denial| denial.is_certain() && !denial.is_on_everything()) {
            let cost = denial.said().resources.iter().map(|one| one.text().len() + EACH).sum::<usize>();
            match resources.checked_sub(cost) {
                Some(rest) => resources = rest,
                None => {
                    denial.doubt = Some(BEYOND);
                    continue;
                }
            }
            self.take_off_there(denial, grants, &mut measure);
        }
    }

    /// All denials on everything at once.
    fn take_off_everywhere(&mut self, denials: &mut [Denial], grants: &mut [Granted], measure: &mut usize) {
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
                patterns.add(number, &denial.statement().actions, measure);
            }
        }
        let (gone, by) = patterns.gone(&self.patterns);
        for number in by {
            denials[number].cancels = true;
        }
        counted(grants.len());
        for (at, granted) in grants.iter_mut().enumerate() {
            if self.named[at].meets(&all_denied) {
                granted.left.get_or_insert_with(|| self.named[at].clone()).subtract(&all_denied);
            }
            for (place, denied) in self.unknown[at].iter().zip(&mut self.unknown_denied[at]) {
                *denied |= gone[*place];
            }
        }
    }

    /// One denial on particular resources.
    fn take_off_there(&mut self, denial: &mut Denial, grants: &mut [Granted], measure: &mut usize) {
        let mut denied = Bits::default();
        denied.add(denial.actions());
        let mut patterns = Denied::default();
        if !self.patterns.is_empty() && denial.certain_for.is_none() {
            patterns.add(0, &denial.statement().actions, measure);
        }
        let (gone, _) = patterns.gone(&self.patterns);
        counted(grants.len());
        for (at, granted) in grants.iter_mut().enumerate() {
            let touches = self.named[at].meets(&denied);
            let unknown = self.unknown[at].iter().any(|place| gone[*place]);
            if !(touches || unknown) {
                continue;
            }
            if !granted.within(denial) {
                // It may still deny some actions on every resource that they work on.
                let mut wholly = Bits::default();
                if let Some(runs) = denial.said().wholly(denial.statement(), self.account.as_deref()) {
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
                *denied |= gone[*place];
            }
        }
    }
}

/// Denied patterns, by how they are found, with the numbers of their denials.
#[derive(Default)]
struct Denied {
    /// Of everything.
    all: Vec<usize>,
    /// Of a whole service, by its prefix.
    services: BTreeMap<String, Vec<usize>>,
    /// By their text.
    exact: BTreeMap<String, Vec<usize>>,
    /// With wildcards elsewhere; these must be compared.
    others: Vec<(Unknown, usize)>,
}

impl Denied {
    fn add(&mut self, number: usize, actions: &Actions, measure: &mut usize) {
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
                    if let Some(rest) = measure.checked_sub(pattern.len() + EACH) {
                        *measure = rest;
                        self.others.push((Unknown::of(&pattern), number));
                    }
                    self.exact.entry(pattern).or_default().push(number);
                }
                _ => self.exact.entry(pattern).or_default().push(number),
            }
        }
    }

    /// For each of the patterns whether it is denied, and which denials deny any.
    fn gone(mut self, patterns: &[Unknown]) -> (Vec<bool>, Vec<usize>) {
        let everything = !self.all.is_empty() && !patterns.is_empty();
        let mut by = if everything { std::mem::take(&mut self.all) } else { Vec::new() };
        let gone = patterns
            .iter()
            .map(|pattern| {
                counted(self.others.len() + 1);
                let mut gone = everything;
                // Whose denials were noted once need not be again, but the pattern stays denied.
                if let Some(found) = pattern.service().and_then(|service| self.services.get_mut(service)) {
                    gone = true;
                    by.append(found);
                }
                if let Some(found) = self.exact.get_mut(pattern.text()) {
                    gone = true;
                    by.append(found);
                }
                for (other, number) in &self.others {
                    if other.covers(pattern) {
                        gone = true;
                        by.push(*number);
                        break;
                    }
                }
                gone
            })
            .collect();
        (gone, by)
    }
}

fn named(granted: &Granted) -> Bits {
    if let Some(left) = &granted.left {
        return left.clone();
    }
    let mut named = Bits::default();
    named.add(&granted.said().actions);
    named
}
