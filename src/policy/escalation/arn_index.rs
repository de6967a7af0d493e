//! An index of resources by ARN, to find those that a pattern reaches without checking all of them.

use super::Reach;
use std::collections::BTreeSet;

/// List indexes by ARN.
#[derive(Debug, Default)]
pub struct ArnIndex<'a>(Vec<(&'a str, usize)>);

impl<'a> ArnIndex<'a> {
    /// Builds the index; an ARN may have several list indexes.
    pub fn new(arns: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let mut all: Vec<_> = arns.collect();
        all.sort_unstable();
        Self(all)
    }

    /// The list indexes that may be reached, in order; `None` if all may be.
    pub fn within<'r>(&self, reaches: impl Iterator<Item = &'r Reach>) -> Option<BTreeSet<usize>> {
        let mut found = BTreeSet::new();
        for reach in reaches {
            for (start, whole) in reach.starts()? {
                let from = self.0.partition_point(|(arn, _)| *arn < start);
                let fits = |arn: &str| if whole { arn == start } else { arn.starts_with(start) };
                found.extend(self.0[from..].iter().take_while(|(arn, _)| fits(arn)).map(|(_, at)| at));
            }
        }
        Some(found)
    }

    /// The first list index of an ARN.
    pub fn find(&self, arn: &str) -> Option<usize> {
        let at = self.0.partition_point(|(other, _)| *other < arn);
        self.0.get(at).filter(|(other, _)| *other == arn).map(|(_, place)| *place)
    }
}
