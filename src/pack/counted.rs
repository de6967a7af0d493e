//! What a control's counts count.

use serde::{Serialize, Serializer};

/// Written as its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Population,
    InScope,
    Passed,
    Failed,
    Excepted,
    Inconclusive,
    Undecided,
    Attested,
}

impl Counted {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Population => "Population",
            Self::InScope => "In scope",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Excepted => "Excepted",
            Self::Inconclusive => "Inconclusive",
            Self::Undecided => "To be decided",
            Self::Attested => "Attested",
        }
    }
}

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.label())
    }
}
