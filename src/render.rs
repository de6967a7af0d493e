//! Pack → bytes, one format a file. Sees only [`crate::pack`], and [`crate::organization`] for the pack of many.

mod access_review;
pub mod changes;
pub mod csv;
mod drawings;
pub mod html;
pub mod json;
pub mod organization;
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

/// Which PDF files to make. Every other format is always made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pdf {
    /// `pack.pdf`, its annex, and the register's volumes.
    All,
    /// `pack.pdf` and its annex; it says that the register's volumes were left out.
    Pack,
    None,
}

impl Pdf {
    /// What a pack lacks by choice.
    pub fn left_out(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Pack => Some("the register as PDF volumes"),
            Self::None => Some("every PDF file"),
        }
    }
}

/// Writes the formats into `dir` and says what had to be replaced. The pack is used up: what is written is let go.
///
/// `fonts`: the user's, for writing that ours lack.
pub fn write(
    pack: Pack,
    dir: &Path,
    pdf: Pdf,
    fonts: Option<&pdf::Fonts>,
    progress: Progress<'_>,
) -> Result<Replaced, RenderError> {
    make_dir(dir)?;
    let mut replaced = html::write(&pack, dir, progress)?;
    progress("register");
    register::write(&pack, dir)?;
    access_review::write(&pack, dir)?;
    replaced = replaced.or(register::count(&pack));
    progress("tables");
    csv::write(&pack, dir)?;
    progress("assessment.json");
    json::write(&pack, dir)?;
    if pdf != Pdf::None {
        let no_register = pdf == Pdf::Pack;
        let picture = pack.register.as_ref().filter(|_| !no_register).and_then(drawing);
        replaced = replaced.or(pdf::write_last(pack, dir, &pdf::Extras { fonts, picture, no_register }, progress)?);
    }
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
        self.characters.iter().filter(|(letter, _)| !crate::text::is_hidden(**letter)).map(|(_, times)| times).sum()
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
