//! The verdict of a control: one list, with its key for machines and its words
//! and sign for people. Deliberately absent: how a verdict comes about
//! (`assess`).

use serde::{Deserialize, Serialize};

/// A control's conclusion over its population, and a subject's result; in the order of every list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Fail,
    /// The evidence does not decide. Never a pass.
    Unknown,
    /// Fails, and every failure is accepted by an exception in force. Never a pass.
    Excepted,
    /// A person has to decide, and no attestation in force says that one did.
    Manual,
    /// Met or not applicable by the word of a person, in an attestation in force. Never a pass by evidence.
    Attested,
    Pass,
    NotApplicable,
}

impl Verdict {
    /// Each verdict once.
    pub const ALL: [Self; 7] =
        [Self::Fail, Self::Unknown, Self::Excepted, Self::Manual, Self::Attested, Self::Pass, Self::NotApplicable];

    /// For machines: as every JSON file writes it, and as style sheets and templates know it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Excepted => "excepted",
            Self::Manual => "manual",
            Self::Attested => "attested",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// In a sentence or a table's cell: `inconclusive`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "inconclusive",
            Self::Excepted => "excepted",
            Self::Manual => "manual",
            Self::Attested => "attested",
            Self::Pass => "pass",
            Self::NotApplicable => "not applicable",
        }
    }

    /// As a label of its own: `Inconclusive`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fail => "Fail",
            Self::Unknown => "Inconclusive",
            Self::Excepted => "Fails under exception",
            Self::Manual => "Manual",
            Self::Attested => "Attested",
            Self::Pass => "Pass",
            Self::NotApplicable => "Not applicable",
        }
    }

    /// Beside the word, so that color alone never tells.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Fail => "✗",
            Self::Unknown => "?",
            Self::Excepted => "(✗)",
            Self::Manual => "✎",
            Self::Attested => "(✓)",
            Self::Pass => "✓",
            Self::NotApplicable => "–",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    #[test]
    fn the_list_is_whole_and_in_order_and_keys_are_those_of_the_files() {
        assert!(Verdict::ALL.is_sorted());
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.key());
            assert_eq!(serde_json::from_value::<Verdict>(verdict.key().into()).unwrap(), verdict);
        }
    }
}
