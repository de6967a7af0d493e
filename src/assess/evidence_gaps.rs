//! Missing evidence, counted in one place.
//!
//! Cover, summary, scope page, terminal, `--json`, `assessment.json` and exit code 3 all use this list, so they agree.

use super::{Assessment, Verdict};
use crate::account::Account;
use crate::account::fact::{Gap, GapKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Why evidence is missing, grouped by what the reader can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapClass {
    /// It was requested and did not arrive, arrived in part, could not be understood, or contradicts another source.
    /// Any of these makes the evidence incomplete.
    Gap,
    /// Only `--depth deep` requests it, and this collection was not deep.
    NotRequested,
    /// No analyzer of the account covers it, so AWS has no answer. A separate control tests for analyzers.
    NotAnalyzed,
}

impl GapClass {
    /// The class's key for machines.
    pub fn key(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::NotRequested => "not_requested",
            Self::NotAnalyzed => "not_analyzed",
        }
    }
}

/// A missing piece of evidence, and the controls that use it.
#[derive(Clone, Debug)]
pub struct MissingEvidence {
    pub gap: Arc<Gap>,
    pub class: GapClass,
    /// Indexes into `Catalog::controls`, ascending.
    pub controls: Vec<usize>,
}

/// All missing evidence of an account.
#[derive(Clone, Debug, Default)]
pub struct EvidenceGaps {
    /// Distinct gaps: those of the account in order, then those that only a control met.
    pub all: Vec<MissingEvidence>,
    /// `standard` or `deep`.
    pub depth: String,
    /// Controls whose verdict is unknown, in the assessment's order.
    pub inconclusive: Vec<usize>,
}

impl EvidenceGaps {
    /// `depth` is the collection's depth in its header.
    pub fn of(account: &Account, assessment: &Assessment, depth: &str) -> Self {
        let mut controls: BTreeMap<&Arc<Gap>, BTreeSet<usize>> = BTreeMap::new();
        let mut order: Vec<&Arc<Gap>> = Vec::new();
        let met =
            assessment.controls.iter().flat_map(|result| result.gaps.iter().map(|gap| (gap, Some(result.control))));
        for (gap, control) in account.gaps.iter().map(|gap| (gap, None)).chain(met) {
            let affected = controls.entry(gap).or_insert_with(|| {
                order.push(gap);
                BTreeSet::new()
            });
            affected.extend(control);
        }
        let missing = |gap: &Arc<Gap>| MissingEvidence {
            gap: Arc::clone(gap),
            class: class(gap, depth),
            controls: controls[gap].iter().copied().collect(),
        };
        let inconclusive = assessment.controls.iter().filter(|result| result.verdict == Verdict::Unknown);
        Self {
            all: order.into_iter().map(missing).collect(),
            depth: depth.to_owned(),
            inconclusive: inconclusive.map(|result| result.control).collect(),
        }
    }

    /// The missing evidence of a class.
    pub fn with(&self, class: GapClass) -> impl Iterator<Item = &MissingEvidence> {
        self.all.iter().filter(move |one| one.class == class)
    }

    /// The count of a class: gaps and unanswered questions individually, evidence that was not requested by source.
    pub fn count(&self, class: GapClass) -> usize {
        match class {
            GapClass::NotRequested => self.sources(class).len(),
            GapClass::Gap | GapClass::NotAnalyzed => self.with(class).count(),
        }
    }

    /// The distinct operations of a class's missing evidence: `iam:GetPolicy`.
    pub fn sources(&self, class: GapClass) -> BTreeSet<String> {
        self.with(class).map(|one| one.gap.evidence.to_string()).collect()
    }

    /// The controls that use a class's missing evidence.
    pub fn controls(&self, class: GapClass) -> BTreeSet<usize> {
        self.with(class).flat_map(|one| one.controls.iter().copied()).collect()
    }

    /// Whether the evidence is incomplete; exit code 3.
    pub fn incomplete(&self) -> bool {
        self.count(GapClass::Gap) > 0
    }

    /// The counts in sentences, gaps first. Empty classes are omitted, except that there are no gaps.
    pub fn sentences(&self) -> Vec<String> {
        [GapClass::Gap, GapClass::NotRequested, GapClass::NotAnalyzed]
            .into_iter()
            .filter_map(|class| self.sentence(class))
            .collect()
    }

    /// `3 evidence gaps affect 12 controls.`
    pub fn sentence(&self, class: GapClass) -> Option<String> {
        let number = self.count(class);
        let count = grouped(number);
        let controls = match self.controls(class).len() {
            0 => "no control".to_owned(),
            1 => "1 control".to_owned(),
            several => format!("{} controls", grouped(several)),
        };
        let affected = if self.controls(class).len() == 1 { "depends" } else { "depend" };
        let affected = if self.controls(class).is_empty() { "depends" } else { affected };
        match (class, number) {
            (GapClass::Gap, 0) => Some("There are no evidence gaps.".to_owned()),
            (_, 0) => None,
            (GapClass::Gap, 1) => Some(format!("1 evidence gap affects {controls}.")),
            (GapClass::Gap, _) => Some(format!("{count} evidence gaps affect {controls}.")),
            (GapClass::NotRequested, 1) => {
                Some(format!("1 source was not requested at {} depth; {controls} {affected} on it.", self.depth))
            }
            (GapClass::NotRequested, _) => Some(format!(
                "{count} sources were not requested at {} depth; {controls} {affected} on them.",
                self.depth
            )),
            (GapClass::NotAnalyzed, 1) => Some(format!(
                "1 question has no answer because no analyzer of the account covers it; {controls} {affected} on it."
            )),
            (GapClass::NotAnalyzed, _) => Some(format!(
                "{count} questions have no answer because no analyzer of the account covers them; {controls} {affected} \
                 on them."
            )),
        }
    }
}

/// `1,234`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    groups.join(",")
}

fn class(gap: &Gap, depth: &str) -> GapClass {
    match gap.kind {
        GapKind::NotCollected if depth != "deep" && gap.evidence.is_deep() => GapClass::NotRequested,
        GapKind::NotLookedFor => GapClass::NotAnalyzed,
        _ => GapClass::Gap,
    }
}
