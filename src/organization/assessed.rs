//! What is kept of an account's `assessment.json`: verdicts and counts, nothing about single subjects.

use crate::verdict::Verdict;
use serde::Deserialize;

/// An account's assessment, reduced.
#[derive(Debug, Deserialize)]
pub struct Assessed {
    pub format: String,
    pub as_of: String,
    pub account: AccountRef,
    pub controls: Vec<Control>,
    pub gaps: Vec<Gap>,
}

#[derive(Debug, Deserialize)]
pub struct AccountRef {
    pub id: String,
}

#[derive(Debug, Deserialize)]
pub struct Control {
    pub id: String,
    pub title: String,
    pub severity: String,
    pub verdict: Verdict,
    pub population: Population,
}

#[derive(Debug, Deserialize)]
pub struct Gap {
    pub kind: String,
    /// `gap`, `not_requested` or `not_analyzed`; absent in packs of versions that did not tell these apart.
    #[serde(default)]
    pub class: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Population {
    pub failed: u64,
}

impl Assessed {
    /// The evidence gaps, as the account's own pack counts them.
    pub fn missing(&self) -> usize {
        let counts = |gap: &&Gap| match gap.class.as_deref() {
            Some(class) => class == "gap",
            // A fact that is absent or contradicted shows in the verdicts of such a pack.
            None => !matches!(gap.kind.as_str(), "absent" | "conflict"),
        };
        self.gaps.iter().filter(counts).count()
    }

    pub fn is_complete(&self) -> bool {
        let has_classes = self.gaps.iter().all(|gap| gap.class.is_some());
        let concluded = self.controls.iter().all(|control| control.verdict != Verdict::Unknown);
        self.missing() == 0 && (concluded || has_classes && !self.gaps.is_empty())
    }
}

/// Reads it; a member that is missing or of another kind is an error and never a default.
pub fn read(bytes: &[u8]) -> Result<Assessed, String> {
    let assessed: Assessed = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    match assessed.format.as_str() {
        "auditpack.assessment/v1" => Ok(assessed),
        other => Err(format!("the format is {other:?}, not auditpack.assessment/v1")),
    }
}
