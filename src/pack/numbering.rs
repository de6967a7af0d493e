//! A control's short reference within the pack: `A1`, `A2`, `B1` …
//!
//! Auditors index working papers this way, the references are narrow enough
//! to head a column, and they cannot be taken for a benchmark's `1.4`.

use crate::catalog::{Catalog, Section};

/// Chapters and their controls, in the catalogue's order.
pub(super) struct Numbers {
    pub chapters: Vec<ChapterControls>,
    by_control: Vec<String>,
}

pub(super) struct ChapterControls {
    pub letter: String,
    pub section: Section,
    /// Indexes into the catalogue.
    pub controls: Vec<usize>,
}

impl Numbers {
    pub fn of(catalog: &Catalog) -> Self {
        let mut chapters: Vec<ChapterControls> = Vec::new();
        let mut by_control = Vec::with_capacity(catalog.controls.len());
        for (index, control) in catalog.controls.iter().enumerate() {
            let known = chapters.iter().position(|chapter| chapter.section == control.section);
            let place = known.unwrap_or_else(|| {
                let letter = letters(chapters.len());
                chapters.push(ChapterControls { letter, section: control.section, controls: Vec::new() });
                chapters.len() - 1
            });
            let chapter = &mut chapters[place];
            chapter.controls.push(index);
            by_control.push(format!("{}{}", chapter.letter, chapter.controls.len()));
        }
        Self { chapters, by_control }
    }

    /// The reference of the catalogue's control at `index`.
    pub fn get(&self, index: usize) -> &str {
        &self.by_control[index]
    }

    /// The same by the control's id; the id itself of a control that the catalogue does not have.
    pub fn of_id(&self, catalog: &Catalog, id: &str) -> String {
        let place = catalog.controls.iter().position(|control| control.id == id);
        place.map_or_else(|| id.to_owned(), |place| self.get(place).to_owned())
    }
}

/// `A` … `Z`, `AA`, `AB` …
fn letters(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).expect("a remainder of 26 fits"));
    if index < 26 { last.to_string() } else { format!("{}{last}", letters(index / 26 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn chapters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27, 52].map(letters), ["A", "Z", "AA", "AB", "BA"]);
    }
}
