//! Sets of action numbers: runs for the actions of a statement, bit sets for unions.

use std::ops::Range;

/// Ascending, disjoint runs of numbers: a service's prefix pattern is one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs(Vec<Range<u32>>);

impl Runs {
    /// One run.
    pub fn one(range: Range<u32>) -> Self {
        Self(if range.is_empty() { Vec::new() } else { vec![range] })
    }

    /// The runs.
    pub fn iter(&self) -> impl Iterator<Item = Range<u32>> {
        self.0.iter().cloned()
    }

    /// The numbers, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.iter().cloned().flatten()
    }

    /// How many numbers.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|run| run.end - run.start).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the number is in one of the runs.
    pub fn contains(&self, number: u32) -> bool {
        let after = self.0.partition_point(|run| run.end <= number);
        self.0.get(after).is_some_and(|run| run.contains(&number))
    }

    /// From runs in any order, overlapping or not.
    pub fn merged(mut runs: Vec<Range<u32>>) -> Self {
        runs.retain(|run| !run.is_empty());
        runs.sort_unstable_by_key(|run| run.start);
        let mut merged: Vec<Range<u32>> = Vec::with_capacity(runs.len());
        for run in runs {
            match merged.last_mut() {
                Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
                _ => merged.push(run),
            }
        }
        Self(merged)
    }

    /// All numbers below `end` that are not in the runs.
    #[must_use]
    pub fn complement(&self, end: u32) -> Self {
        let mut gaps = Self::default();
        let mut from = 0;
        for run in self.iter() {
            gaps.push(from..run.start);
            from = run.end;
        }
        gaps.push(from..end);
        gaps
    }

    /// Whether all numbers of the range are there.
    pub fn contains_range(&self, range: &Range<u32>) -> bool {
        let after = self.0.partition_point(|run| run.end <= range.start);
        self.0.get(after).is_some_and(|run| run.start <= range.start && range.end <= run.end)
    }

    /// Whether a number of the range is there; an empty range has none.
    pub fn meets_range(&self, range: &Range<u32>) -> bool {
        let after = self.0.partition_point(|run| run.end <= range.start);
        !range.is_empty() && self.0.get(after).is_some_and(|run| run.start < range.end)
    }

    /// All numbers of several sets.
    pub fn all_of<'a>(sets: impl Iterator<Item = &'a Self> + Clone) -> Self {
        const FEW: usize = 64;
        if sets.clone().map(|runs| runs.0.len()).sum::<usize>() <= FEW {
            return Self::merged(sets.flat_map(Self::iter).collect());
        }
        // For many sets, a bit set is cheaper than sorting all their runs.
        let mut bits = Bits::default();
        sets.for_each(|runs| bits.add(runs));
        bits.runs()
    }

    /// Adds a number that is at least the last; the last once more adds nothing.
    pub fn push_once(&mut self, number: u32) {
        if self.0.last().is_none_or(|last| last.end <= number) {
            self.push(number..number + 1);
        }
    }

    /// Adds a run that starts at or behind the end of the last.
    pub fn push(&mut self, run: Range<u32>) {
        if run.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.end == run.start => last.end = run.end,
            _ => self.0.push(run),
        }
    }
}

impl FromIterator<u32> for Runs {
    /// From ascending numbers.
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut runs = Self::default();
        for number in numbers {
            runs.push(number..number + 1);
        }
        runs
    }
}

/// A set as bits, as wide as its highest number.
#[derive(Clone, Debug, Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    fn reach(&mut self, words: usize) {
        if self.0.len() < words {
            self.0.resize(words, 0);
        }
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u32) {
        let at = number as usize;
        self.reach(at / 64 + 1);
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub fn contains(&self, number: u32) -> bool {
        let at = number as usize;
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Adds all numbers of the runs.
    pub fn add(&mut self, runs: &Runs) {
        for run in runs.iter() {
            self.reach((run.end as usize).div_ceil(64));
            for_words(&run, |word, mask| self.0[word] |= mask);
        }
    }

    /// From words of 64 bits.
    pub fn from_words(words: Vec<u64>) -> Self {
        Self(words)
    }

    /// The same as runs.
    pub fn runs(&self) -> Runs {
        let mut runs = Runs::default();
        self.push_runs(&(0..u32::try_from(self.0.len() * 64).expect("some 22,000 actions")), &mut runs);
        runs
    }

    /// Adds the numbers of the range to runs that end at or before it.
    pub fn push_runs(&self, range: &Range<u32>, runs: &mut Runs) {
        for_words(range, |word, mask| {
            let mut bits = self.0.get(word).copied().unwrap_or(0) & mask;
            let first = u32::try_from(word * 64).expect("some 22,000 actions");
            while bits != 0 {
                let start = bits.trailing_zeros();
                let length = (bits >> start).trailing_ones();
                runs.push(first + start..first + start + length);
                bits &= if start + length == 64 { 0 } else { u64::MAX << (start + length) };
            }
        });
    }

    /// Adds all numbers of another set.
    pub fn union(&mut self, other: &Self) {
        self.reach(other.0.len());
        for (own, theirs) in self.0.iter_mut().zip(&other.0) {
            *own |= theirs;
        }
    }

    /// Removes all numbers of another set.
    pub fn subtract(&mut self, other: &Self) {
        for (own, theirs) in self.0.iter_mut().zip(&other.0) {
            *own &= !theirs;
        }
    }

    /// Keeps what the other set has too.
    pub fn intersect(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (own, theirs) in self.0.iter_mut().zip(&other.0) {
            *own &= theirs;
        }
    }

    /// All numbers below `end` that are not in the set.
    #[must_use]
    pub fn complement(&self, end: u32) -> Self {
        let mut all = Self::default();
        all.add(&Runs::one(0..end));
        all.subtract(self);
        all
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many numbers.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// How many numbers of the range.
    pub fn count_in(&self, range: &Range<u32>) -> u32 {
        let mut count = 0;
        for_words(range, |word, mask| count += self.0.get(word).map_or(0, |bits| (bits & mask).count_ones()));
        count
    }

    /// How many numbers of the range are in the other set too.
    pub fn count_common(&self, other: &Self, range: &Range<u32>) -> u32 {
        let mut count = 0;
        for_words(range, |word, mask| {
            if let (Some(own), Some(theirs)) = (self.0.get(word), other.0.get(word)) {
                count += (own & theirs & mask).count_ones();
            }
        });
        count
    }

    /// Whether the sets have a number in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(own, theirs)| own & theirs != 0)
    }

    /// Whether all numbers of the other set are in this one.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.0.iter().enumerate().all(|(at, theirs)| theirs & !self.0.get(at).copied().unwrap_or(0) == 0)
    }

    /// The numbers, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.iter().enumerate().filter(|(_, bits)| **bits != 0).flat_map(|(word, bits)| {
            let first = u32::try_from(word * 64).expect("some 22,000 actions");
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| first + bit)
        })
    }
}

impl PartialEq for Bits {
    /// Equal as sets, even if their widths differ.
    fn eq(&self, other: &Self) -> bool {
        self.contains_all(other) && other.contains_all(self)
    }
}

/// Each word that the range touches, with the mask of the range's bits in it.
fn for_words(range: &Range<u32>, mut visit: impl FnMut(usize, u64)) {
    let (start, end) = (range.start as usize, range.end as usize);
    let mut at = start;
    while at < end {
        let word = at / 64;
        let stop = end.min((word + 1) * 64);
        let width = stop - at;
        let ones = if width == 64 { u64::MAX } else { (1 << width) - 1 };
        visit(word, ones << (at % 64));
        at = stop;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_empty_range_inside_a_run_meets_nothing() {
        let runs = Runs::one(83..85);
        assert!(!runs.meets_range(&(84..84)));
        assert!(runs.meets_range(&(84..85)));
    }

    proptest! {
        #[test]
        fn bits_are_sets(a in proptest::collection::btree_set(0..300_u32, 0..40), b in proptest::collection::btree_set(0..300_u32, 0..40), start in 0..300_u32, length in 0..200_u32) {
            let range = start..start + length;
            let (runs_a, runs_b): (Runs, Runs) = (a.iter().copied().collect(), b.iter().copied().collect());
            let mut bits = Bits::default();
            bits.add(&runs_a);
            let mut other = Bits::default();
            other.add(&runs_b);
            let singles = a.iter().rev().flat_map(|number| [*number..*number + 1, *number..*number]).collect();
            prop_assert_eq!(&Runs::merged(singles), &runs_a);
            prop_assert_eq!(runs_a.complement(300).numbers().collect::<BTreeSet<_>>(), (0..300).filter(|number| !a.contains(number)).collect());
            prop_assert_eq!(runs_a.meets_range(&range), a.iter().any(|number| range.contains(number)));
            prop_assert!(length == 0 || runs_a.contains_range(&range) == range.clone().all(|number| a.contains(&number)));
            prop_assert_eq!(bits.count_in(&range) as usize, a.iter().filter(|number| range.contains(number)).count());
            prop_assert_eq!(bits.count_common(&other, &range) as usize, a.intersection(&b).filter(|number| range.contains(number)).count());
            prop_assert_eq!(bits.contains_all(&other), b.is_subset(&a));
            prop_assert_eq!(bits.meets(&other), !a.is_disjoint(&b));
            prop_assert!(a.iter().all(|number| runs_a.contains(*number) && bits.contains(*number)));
            prop_assert_eq!(bits.complement(300).numbers().collect::<BTreeSet<_>>(), (0..300).filter(|number| !a.contains(number)).collect());
            prop_assert_eq!(&bits.runs(), &runs_a);
            let mut within = Runs::default();
            bits.push_runs(&range, &mut within);
            prop_assert_eq!(within.numbers().collect::<BTreeSet<_>>(), a.iter().copied().filter(|number| range.contains(number)).collect());
            let both = [&runs_a, &runs_b, &runs_a];
            prop_assert_eq!(Runs::all_of(both.iter().copied()).numbers().collect::<BTreeSet<_>>(), &a | &b);
            let mut common = bits.clone();
            common.intersect(&other);
            prop_assert_eq!(common.numbers().collect::<BTreeSet<_>>(), &a & &b);
            bits.subtract(&other);
            prop_assert_eq!(bits.numbers().collect::<BTreeSet<_>>(), &a - &b);
            bits.union(&other);
            prop_assert_eq!(bits.count() as usize, (&a | &b).len());
        }
    }
}
