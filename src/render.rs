//! Pack → bytes, one format a file. Sees only [`crate::pack`], and [`crate::organisation`] for the pack of many.

mod access_review;
pub mod changes;
pub mod csv;
mod drawings;
pub mod html;
pub mod json;
pub mod organisation;
pub mod pdf;
pub mod picture;
pub mod register;
pub mod text;

use crate::digest::sha256;
use crate::pack::Pack;
use crate::pack::register::Register;
use include_dir::{Dir, include_dir};
use std::path::Path;
use std::sync::LazyLock;

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

/// Which formats to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formats {
    All,
    /// Everything but `pack.pdf` and its annex volumes, which take the longest.
    WithoutPdf,
}

/// Writes the formats into `dir` and says what had to be replaced. The pack is used up: what is written is let go.
///
/// `fonts`: the user's, for writing that ours lack.
pub fn write(
    mut pack: Pack,
    dir: &Path,
    formats: Formats,
    fonts: Option<&pdf::Fonts>,
    progress: Progress<'_>,
) -> Result<Replaced, RenderError> {
    make_dir(dir)?;
    let mut replaced = html::write(&pack, dir, progress)?;
    progress("register");
    register::write(&pack, dir)?;
    access_review::write(&pack, dir)?;
    replaced = replaced.or(register::count(&pack));
    if formats == Formats::All {
        let picture = pack.register.as_ref().and_then(drawing);
        replaced = replaced.or(pdf::write_last(&mut pack, dir, &pdf::Extras { fonts, picture }, progress)?);
    }
    progress("tables");
    csv::write(&pack, dir)?;
    progress("assessment.json");
    json::write(&pack, dir)?;
    Ok(replaced)
}

/// The picture of trust, as the HTML has it.
fn drawing(register: &Register) -> Option<pdf::Picture> {
    let svg = picture::trust_svg(register)?;
    Some(pdf::Picture { svg, alt: picture::trust_text(register).join(" ") })
}

impl Replaced {
    /// How often it was a character that can be seen, and only a font was missing.
    pub fn for_want_of_a_font(&self) -> usize {
        self.characters.iter().filter(|(letter, _)| !text::is_hidden(**letter)).map(|(_, times)| times).sum()
    }

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

/// SHA-256 over every template and font, in order of their names: an input of the pack.
pub fn templates_sha256() -> String {
    static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
    // They are part of the program: counted once, however many packs it makes.
    static ONCE: LazyLock<String> = LazyLock::new(|| all_of(&TEMPLATES));
    ONCE.clone()
}

fn all_of(templates: &Dir<'_>) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![templates];
    while let Some(folder) = folders.pop() {
        lines.extend(folder.files().map(|file| format!("{} {}\n", file.path().display(), sha256(file.contents()))));
        folders.extend(folder.dirs());
    }
    lines.sort();
    sha256(lines.concat().as_bytes())
}

fn make_dir(dir: &Path) -> Result<(), RenderError> {
    std::fs::create_dir_all(dir).map_err(|source| RenderError::Write { path: dir.display().to_string(), source })
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    std::fs::write(path, bytes).map_err(|source| RenderError::Write { path: path.display().to_string(), source })
}
