//! An index of the holders of a right by what it reaches. It avoids an edge for each pair: a right over everything is
//! stored in one list, and a pattern in one place for all ARNs that it matches.

use crate::policy::escalation::{Pattern, Reach};
use std::collections::{BTreeMap, BTreeSet};

/// An edge's number.
pub(super) type EdgeId = usize;

/// The holders of one right, by what it reaches.
#[derive(Default)]
pub(super) struct Rights {
    over_all: Vec<EdgeId>,
    exact: BTreeMap<String, Vec<EdgeId>>,
    patterns: BTreeMap<Pattern, Vec<EdgeId>>,
    all_but: Vec<(Reach, EdgeId)>,
    /// By the literal prefix of the pattern; filled in by [`Rights::close`].
    by_start: BTreeMap<String, Vec<(Pattern, Vec<EdgeId>)>>,
    lengths: BTreeSet<usize>,
}

/// The lists that were already walked.
#[derive(Default)]
pub(super) struct Walked {
    over_all: bool,
    patterns: BTreeSet<(String, usize)>,
    all_but: BTreeSet<usize>,
}

impl Rights {
    pub(super) fn add(&mut self, reach: &Reach, edge: EdgeId) {
        match reach {
            Reach::Everything => self.over_all.push(edge),
            Reach::Only(patterns) => {
                for pattern in patterns {
                    // Looked up before cloning, because most patterns already exist.
                    if pattern.exact {
                        match self.exact.get_mut(&pattern.literal) {
                            Some(edges) => edges.push(edge),
                            None => _ = self.exact.insert(pattern.literal.clone(), vec![edge]),
                        }
                    } else {
                        match self.patterns.get_mut(pattern) {
                            Some(edges) => edges.push(edge),
                            None => _ = self.patterns.insert(pattern.clone(), vec![edge]),
                        }
                    }
                }
            }
            Reach::AllBut(_) | Reach::Limited(_) => self.all_but.push((reach.clone(), edge)),
        }
    }

    /// To be called once, after the last right was added.
    pub(super) fn close(&mut self) {
        for (pattern, edges) in std::mem::take(&mut self.patterns) {
            self.lengths.insert(pattern.literal.len());
            self.by_start.entry(pattern.literal.clone()).or_default().push((pattern, edges));
        }
    }

    /// The holders of the right over this ARN, without lists that were already walked for another one.
    pub(super) fn not_walked(&self, arn: &str, walked: &mut Walked) -> Vec<EdgeId> {
        let mut found = Vec::new();
        if !std::mem::replace(&mut walked.over_all, true) {
            found.extend(&self.over_all);
        }
        found.extend(self.exact.get(arn).into_iter().flatten());
        for &length in self.lengths.range(..=arn.len()) {
            let Some(start) = arn.get(..length) else { continue };
            for (index, (pattern, edges)) in self.by_start.get(start).into_iter().flatten().enumerate() {
                if walked.patterns.contains(&(start.to_owned(), index)) || !pattern.matches(arn) {
                    continue;
                }
                walked.patterns.insert((start.to_owned(), index));
                found.extend(edges);
            }
        }
        for (index, (reach, edge)) in self.all_but.iter().enumerate() {
            if !walked.all_but.contains(&index) && reach.matches(arn) {
                walked.all_but.insert(index);
                found.push(*edge);
            }
        }
        found
    }
}
