//! Pack → bytes, one format a file. Sees only [`crate::pack`].

pub mod pdf;

use crate::pack::Pack;
use std::path::Path;

/// Why a format could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("{format}: {problem}")]
    Template { format: &'static str, problem: String },
    #[error("{path}: {source}")]
    Write { path: String, source: std::io::Error },
}

/// What a renderer had to do to the text so that it could be shown.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Replaced {
    /// Character → times replaced: no embedded font draws it, or it must not be in a document.
    pub characters: std::collections::BTreeMap<char, usize>,
}

/// Called with a few words before each longer step (`pack.pdf`, `annex/users-2.pdf`).
pub type Progress<'a> = &'a dyn Fn(&str);

/// Writes every format into `dir` and says what had to be replaced.
pub fn all(_pack: &Pack, _dir: &Path, _progress: Progress<'_>) -> Result<Replaced, RenderError> {
    unimplemented!()
}
