//! Grants against denials: what each denial certainly takes off.
//!
//! Every grant may meet every denial, so what is compared is made ready once,
//! and the cheap questions come first.

use super::reading::Unknown;
use super::{Denial, Granted};
use crate::policy::actions::Bits;
use crate::policy::document::Actions;
use std::collections::BTreeMap;

/// What is known of the grants while denials are taken off.
pub(super) struct Against {
    /// What each grant names, denials aside.
    named: Vec<Bits>,
    /// Different patterns of grants that the table does not know.
    patterns: Vec<Unknown>,
    /// Of each grant, its patterns' places among the different ones.
    unknown: Vec<Vec<usize>>,
    /// Of each grant, whether the pattern is denied.
    pub unknown_denied: Vec<Vec<bool>>,
}

impl Against {
    pub fn of(grants: &[Granted]) -> Self {
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
            patterns: patterns.into_iter().map(Unknown::of).collect(),
            unknown_denied: unknown.iter().map(|own| vec![false; own.len()]).collect(),
            unknown,
        }
    }

    /// Takes a denial off the grants that it certainly covers.
    pub fn take_off(&mut self, denial: &mut Denial, grants: &mut [Granted]) {
        if self.named.is_empty() {
            // Made at the first denial: most principals have none.
            self.named = grants.iter().map(named).collect();
        }
        let mut denied = Bits::default();
        denied.add(&denial.said().actions);
        let patterns = self.denied_patterns(denial);
        for (at, granted) in grants.iter_mut().enumerate() {
            let touches = self.named[at].meets(&denied);
            let unknown = self.unknown[at].iter().any(|place| patterns[*place]);
            if !(touches || unknown) || !granted.within(denial) {
                continue;
            }
            denial.cancels = true;
            if touches {
                granted.left.get_or_insert_with(|| self.named[at].clone()).subtract(&denied);
            }
            for (place, gone) in self.unknown[at].iter().zip(&mut self.unknown_denied[at]) {
                *gone |= patterns[*place];
            }
        }
    }

    /// For each of the different patterns whether the denial takes all that it matches.
    fn denied_patterns(&self, denial: &Denial) -> Vec<bool> {
        match &denial.statement().actions {
            _ if self.patterns.is_empty() => Vec::new(),
            Actions::Only(list) => {
                let denied: Vec<Unknown> = list.iter().map(|pattern| Unknown::of(pattern)).collect();
                self.patterns.iter().map(|pattern| denied.iter().any(|denied| denied.covers(pattern))).collect()
            }
            Actions::AllBut(list) => vec![list.is_empty(); self.patterns.len()],
            Actions::Missing => vec![false; self.patterns.len()],
        }
    }
}

fn named(granted: &Granted) -> Bits {
    let mut named = Bits::default();
    named.add(&granted.said().actions);
    named
}
