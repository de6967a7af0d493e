//! Makes text from the account safe to typeset.
//!
//! PDF/A fails as a whole if one character has no glyph, so every character
//! that the embedded fonts do not draw, or that must not act in a document
//! (controls, bidirectional overrides, invisible and private-use characters,
//! combining marks), is replaced by a visible `⟨U+202E⟩` and counted. Long
//! words get places where a line may break.
//!
//! What only the user's fonts draw passes by the user-perceived character: a
//! letter and its marks must all be in one font, or the marks are replaced.

use crate::render::Replaced;
use crate::text::is_hidden;
use serde_json::Value;
use std::fmt::Write as _;
use typst::layout::Abs;
use typst::text::{Font, FontInstance, FontVariant, FontVariations};
use unicode_segmentation::UnicodeSegmentation;

/// Marks a place where a line may break. The templates turn it into a space of
/// no width, so it never reaches the text that a reader copies.
const BREAK: char = '\u{200b}';

/// A line may break after these.
const SEPARATORS: &str = "/:.-_@=,+";

/// Words up to this length stay whole where no column says otherwise.
pub(super) const PROSE: usize = 24;

/// Blocks whose characters stand alone, from left to right, one glyph each.
/// Soft hyphens, combining marks and invisible spaces are left out.
const BLOCKS: [(u32, u32); 15] = [
    (0x20, 0x7e),     // Basic Latin
    (0xa0, 0xac),     // Latin-1, up to the soft hyphen
    (0xae, 0x2ff),    // Latin, phonetic letters, modifier letters
    (0x370, 0x482),   // Greek and Cyrillic
    (0x48a, 0x52f),   // Cyrillic after its combining marks
    (0x1e00, 0x1fff), // Latin and Greek with diacritics
    (0x2010, 0x2027), // dashes, quotation marks, bullets
    (0x2030, 0x205e), // per mille … general punctuation
    (0x2070, 0x209c), // superscripts and subscripts
    (0x20a0, 0x20c0), // currency
    (0x2100, 0x218b), // letter-like symbols, number forms
    (0x2190, 0x23ff), // arrows, mathematics, technical
    (0x2460, 0x24ff), // enclosed characters
    (0x2500, 0x27bf), // boxes, shapes, dingbats
    (0x27e6, 0x27eb), // mathematical brackets
];

/// The families that the templates name for every text, in their order. A character must be in all faces of
/// one of them: what a face lacks is looked for in the next family, not in the family's other faces.
const FAMILIES: [&str; 3] = ["IBM Plex Sans", "DejaVu Sans Mono", "Libertinus Serif"];

const LIMIT: usize = 0x2800;

/// Wide enough for any character that another font has to draw.
const FALLBACK_ADVANCE: f64 = 1.3;

fn advance_of(font: &FontInstance, code: u32) -> Option<f64> {
    let glyph = font.ttf().glyph_index(char::from_u32(code)?)?;
    Some(f64::from(font.ttf().glyph_hor_advance(glyph)?) / f64::from(font.ttf().units_per_em()))
}

fn as_it_is(font: &Font) -> FontInstance {
    font.clone().instantiate(FontVariant::default(), Abs::pt(10.0), &FontVariations::default())
}

/// The characters that can be typeset as they are.
pub(super) struct Drawable {
    covered: Vec<bool>,
    /// Width of a character in em.
    advance: Vec<f64>,
    /// The user's families, each with its faces.
    more: Vec<Vec<FontInstance>>,
}

/// Characters of one text at most. AWS's longest are policies of some ten thousand; a server may send millions, and
/// typesetting one paragraph of those would take minutes.
const LONGEST: usize = 60_000;

/// Leaves the end of an endless text out, and says so.
pub fn shorten(text: &mut String) {
    if text.len() <= LONGEST {
        return;
    }
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        let more = text[end..].chars().count();
        text.truncate(end);
        write!(text, " [{more} more characters are left out here; the evidence holds the whole text]")
            .expect("writing to a string cannot fail");
    }
}

impl Drawable {
    /// The first font is the one that text is set in.
    pub fn by(fonts: &[Font]) -> Self {
        let mut covered = vec![false; LIMIT];
        let mut advance = vec![0.0; LIMIT];
        let text = fonts.first().map(as_it_is);
        let families =
            FAMILIES.map(|name| fonts.iter().filter(|font| font.info().family.starts_with(name)).collect::<Vec<_>>());
        for (from, to) in BLOCKS {
            for code in from..=to {
                let at = code as usize;
                covered[at] = families.iter().any(|faces| faces.iter().all(|face| face.info().coverage.contains(code)));
                advance[at] = text.as_ref().and_then(|font| advance_of(font, code)).unwrap_or(FALLBACK_ADVANCE);
            }
        }
        Self { covered, advance, more: Vec::new() }
    }

    /// The user's fonts draw what ours do not.
    pub fn with(mut self, more: Vec<(String, Vec<Font>)>) -> Self {
        self.more = more.into_iter().map(|(_, faces)| faces.iter().map(as_it_is).collect()).collect();
        self
    }

    /// How wide the text is on one line, in em.
    pub fn width(&self, text: &str) -> f64 {
        text.chars().map(|c| self.advance.get(c as usize).copied().unwrap_or_default()).sum()
    }

    pub fn has(&self, c: char) -> bool {
        self.covered.get(c as usize).copied().unwrap_or(false)
    }

    /// One of the user's families has all of it in each of its faces. What a font says it covers is not asked:
    /// tables name characters that have no glyph.
    fn one_has(&self, cluster: &str) -> bool {
        let draws =
            |face: &FontInstance| cluster.chars().all(|c| face.ttf().glyph_index(c).is_some_and(|glyph| glyph.0 != 0));
        !cluster.chars().any(|c| is_hidden(c) || c.is_whitespace())
            && self.more.iter().any(|faces| faces.iter().all(draws))
    }

    /// Cleans every string of a JSON value in place.
    pub fn clean_all(&self, value: &mut Value, replaced: &mut Replaced) {
        match value {
            Value::String(text) => {
                shorten(text);
                self.clean(text, PROSE, replaced);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_all(item, replaced)),
            Value::Object(members) => members.values_mut().for_each(|member| self.clean_all(member, replaced)),
            _ => {}
        }
    }

    /// Replaces what cannot be drawn; words longer than `fits` characters may break.
    pub fn clean(&self, text: &mut String, fits: usize, replaced: &mut Replaced) {
        if !text.chars().all(|c| self.has(c)) {
            *text = self.replace(text, replaced);
        }
        if text.split_whitespace().any(|word| longer(word, fits)) {
            *text = soften(text, fits);
        }
    }

    fn replace(&self, text: &str, replaced: &mut Replaced) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        if self.more.is_empty() {
            self.replace_each(text, &mut out, replaced);
        } else {
            for cluster in text.graphemes(true) {
                if !cluster.chars().all(|c| self.has(c)) && self.one_has(cluster) {
                    out.push_str(cluster);
                } else if let Some((first, marks)) = self.split(cluster) {
                    out.push_str(first);
                    self.replace_each(marks, &mut out, replaced);
                } else {
                    self.replace_each(cluster, &mut out, replaced);
                }
            }
        }
        out
    }

    /// A letter that can be drawn, and the marks on it that cannot.
    fn split<'a>(&self, cluster: &'a str) -> Option<(&'a str, &'a str)> {
        let (first, marks) = cluster.split_at(cluster.chars().next()?.len_utf8());
        // A mark without its letter would be drawn on the one before.
        let alone = format!("a{first}").graphemes(true).count() == 2;
        (!marks.is_empty() && alone && self.one_has(first)).then_some((first, marks))
    }

    fn replace_each(&self, text: &str, out: &mut String, replaced: &mut Replaced) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                _ if self.has(c) => out.push(c),
                '\n' => out.push('\n'),
                '\t' => out.push(' '),
                '\r' if chars.peek() == Some(&'\n') => {}
                _ => {
                    *replaced.characters.entry(c).or_default() += 1;
                    write!(out, "⟨U+{:04X}⟩", c as u32).expect("writing to a string cannot fail");
                }
            }
        }
    }
}

fn longer(word: &str, fits: usize) -> bool {
    word.len() > fits && word.chars().count() > fits
}

/// Gives the words that are longer than `fits` places to break.
fn soften(text: &str, fits: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for word in text.split_inclusive(char::is_whitespace) {
        if longer(word.trim_end(), fits) {
            // A SHA-256 breaks in the middle.
            let hash = word.trim_end().len() == 64 && word.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit());
            let most = if hash && fits >= PROSE { 32 } else { fits.clamp(4, PROSE) };
            soften_word(word, most, &mut out);
        } else {
            out.push_str(word);
        }
    }
    out
}

/// After separators, between the parts of `CamelCase`, and at the latest after `most` characters.
fn soften_word(word: &str, most: usize, out: &mut String) {
    let mut run = 0;
    // Marks stay with their letter.
    let mut clusters = word.graphemes(true).peekable();
    while let Some(cluster) = clusters.next() {
        out.push_str(cluster);
        run += 1;
        let (Some(c), Some(next)) = (cluster.chars().last(), clusters.peek().and_then(|next| next.chars().next()))
        else {
            break;
        };
        let part_ends = SEPARATORS.contains(c) || (run >= 4 && c.is_ascii_lowercase() && next.is_ascii_uppercase());
        if part_ends || run >= most {
            out.push(BREAK);
            run = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BREAK, Drawable};
    use crate::render::Replaced;
    use crate::render::pdf::press::fonts;

    fn clean(text: &str, fits: usize) -> (String, Replaced) {
        let (mut text, mut replaced) = (text.to_owned(), Replaced::default());
        Drawable::by(&fonts()).clean(&mut text, fits, &mut replaced);
        (text, replaced)
    }

    #[test]
    fn an_endless_text_is_cut_with_a_notice() {
        use super::{LONGEST, shorten};
        let mut text = "é".repeat(LONGEST + 5);
        shorten(&mut text);
        assert!(text.ends_with("é [5 more characters are left out here; the evidence holds the whole text]"));
        let mut whole = "é".repeat(LONGEST);
        shorten(&mut whole);
        assert_eq!(whole.chars().count(), LONGEST);
    }

    #[test]
    fn readable_text_is_left_alone() {
        for text in ["anna.mueller-01@example.com", "Zoë Łukasz", "Ελληνικά", "Привет", "“quoted” – 5 €", "✓ ×"]
        {
            assert_eq!(clean(text, 99), (text.to_owned(), Replaced::default()));
        }
    }

    #[test]
    fn what_no_font_draws_or_must_not_act_is_shown_and_counted() {
        let (text, replaced) = clean("a\u{202e}b \u{e000} 中 ع 😀 e\u{301} \u{200b}\u{1b}[31m\0", 99);
        assert_eq!(text, "a⟨U+202E⟩b ⟨U+E000⟩ ⟨U+4E2D⟩ ⟨U+0639⟩ ⟨U+1F600⟩ e⟨U+0301⟩ ⟨U+200B⟩⟨U+001B⟩[31m⟨U+0000⟩");
        assert_eq!(replaced.characters.len(), 9);
        assert_eq!(replaced.characters[&'\u{202e}'], 1);
    }

    #[test]
    fn the_replacement_itself_can_be_drawn() {
        let drawable = Drawable::by(&fonts());
        assert!("⟨U+0123456789ABCDEF⟩✓×?–M".chars().all(|c| drawable.has(c)));
    }

    #[test]
    fn lines_stay_lines_and_tabs_become_spaces() {
        assert_eq!(clean("one\r\ntwo\tthree", 99).0, "one\ntwo three");
    }

    #[test]
    fn long_words_may_break_and_short_ones_may_not() {
        let shown = |text: &str, fits| clean(text, fits).0.replace(BREAK, "|");
        assert_eq!(shown("role/ReadOnly and anna", 10), "role/|Read|Only and anna");
        assert_eq!(shown(&"x".repeat(30), 24), format!("{}|{}", "x".repeat(24), "x".repeat(6)));
        assert_eq!(shown(&"0f".repeat(32), 24), format!("{}|{}", "0f".repeat(16), "0f".repeat(16)));
        assert_eq!(shown("anna.mueller", 12), "anna.mueller");
        assert_eq!(shown(&"é".repeat(12), 12), "é".repeat(12));
    }
}
