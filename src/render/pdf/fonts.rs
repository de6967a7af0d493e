//! Fonts for the writing that ours lack, from a folder that the user names.

use crate::digest::sha256;
use std::path::{Path, PathBuf};
use typst::foundations::Bytes;
use typst::text::Font;

/// Endings of the files that are read.
const ENDINGS: [&str; 4] = ["ttf", "otf", "ttc", "otc"];

/// Font files, by name; an input of the pack.
#[derive(Default)]
pub struct Fonts {
    files: Vec<(String, Bytes)>,
}

/// Why a folder of fonts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FontsError {
    #[error("{path}: {source}\n  next: name a folder with font files with --fonts")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{0}: no font file here\n  next: name a folder with .ttf, .otf, .ttc or .otc files with --fonts")]
    None(PathBuf),
    #[error("{0}: this is not a font that can be read\n  next: take it out of the folder")]
    Unreadable(PathBuf),
}

impl Fonts {
    /// Every font file of a folder, sorted by name.
    pub fn load(dir: &Path) -> Result<Self, FontsError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| FontsError::Read { path, source }
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(failed(dir))? {
            let path = entry.map_err(failed(dir))?.path();
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
            if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) && path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        let mut files = Vec::new();
        for path in &paths {
            let bytes = Bytes::new(crate::files::read(path).map_err(failed(path))?);
            if Font::iter(bytes.clone()).next().is_none() {
                return Err(FontsError::Unreadable(path.clone()));
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            files.push((name.unwrap_or_default(), bytes));
        }
        if files.is_empty() { Err(FontsError::None(dir.to_owned())) } else { Ok(Self { files }) }
    }

    /// SHA-256 over the files' names and hashes; none where there is no font.
    pub fn sha256(&self) -> Option<String> {
        let lines = self.files.iter().map(|(name, bytes)| format!("{} {name}\n", sha256(bytes)));
        (!self.files.is_empty()).then(|| sha256(lines.collect::<String>().as_bytes()))
    }

    /// `2 files: NotoSansThai.ttf, …`.
    pub fn description(&self) -> String {
        let names: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        format!("font files: {}", names.join(", "))
    }

    /// The faces by family, in the order of the files. The families get unique names: a font
    /// may call itself what ours are called.
    pub(super) fn families(&self) -> Vec<(String, Vec<Font>)> {
        let mut families: Vec<(String, Vec<Font>)> = Vec::new();
        for font in self.files.iter().flat_map(|(_, bytes)| Font::iter(bytes.clone())) {
            let name = format!("user: {}", font.info().family);
            match families.iter_mut().find(|(known, _)| *known == name) {
                Some((_, faces)) => faces.push(font),
                None => families.push((name, vec![font])),
            }
        }
        families
    }
}

#[cfg(test)]
mod tests {
    use super::{Fonts, FontsError};

    #[test]
    fn only_font_files_are_read_in_order_and_hashed() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Fonts::load(dir.path()), Err(FontsError::None(_))));
        let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/fonts");
        for name in ["b.TTF", "a.ttf", "readme.txt"] {
            std::fs::copy(own.join("IBMPlexMono-Regular.ttf"), dir.path().join(name)).unwrap();
        }
        let fonts = Fonts::load(dir.path()).unwrap();
        assert_eq!(fonts.description(), "font files: a.ttf, b.TTF");
        let first = fonts.sha256().unwrap();
        std::fs::rename(dir.path().join("a.ttf"), dir.path().join("c.ttf")).unwrap();
        assert_ne!(Fonts::load(dir.path()).unwrap().sha256().unwrap(), first);
        std::fs::write(dir.path().join("c.ttf"), "no font").unwrap();
        assert!(matches!(Fonts::load(dir.path()), Err(FontsError::Unreadable(_))));
        assert!(matches!(Fonts::load(&dir.path().join("none")), Err(FontsError::Read { .. })));
    }
}
