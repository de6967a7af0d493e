//! Pack → bytes, one format a file. Sees only [`crate::pack`].

pub mod csv;
pub mod html;
pub mod json;
pub mod text;
// MERGE: `mod pdf;` goes here with src/render/pdf.rs, and its call into `all` below.

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
pub fn all(pack: &Pack, dir: &Path, progress: Progress<'_>) -> Result<Replaced, RenderError> {
    make_dir(dir)?;
    let replaced = html::write(pack, dir, progress)?;
    // MERGE: let replaced = replaced.or(pdf::write(pack, dir, progress)?);
    progress("tables");
    csv::write(pack, dir)?;
    progress("assessment.json");
    json::write(pack, dir)?;
    Ok(replaced)
}

impl Replaced {
    /// What either of two formats had to replace; both render the same text, so counts are not added.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (character, times) in other.characters {
            let known = self.characters.entry(character).or_default();
            *known = times.max(*known);
        }
        self
    }
}

fn make_dir(dir: &Path) -> Result<(), RenderError> {
    std::fs::create_dir_all(dir).map_err(|source| RenderError::Write { path: dir.display().to_string(), source })
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    std::fs::write(path, bytes).map_err(|source| RenderError::Write { path: path.display().to_string(), source })
}
