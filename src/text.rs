//! Text from outside, made safe to look at: what is invisible, moves the cursor
//! or turns the writing direction becomes a visible token. One rule for file
//! names, messages, terminals and every format. And what every room's sentences need: capitals, lists of names,
//! thousands. Deliberately absent: markup, which each format escapes for itself.

use std::borrow::Cow;

/// A character that a reader cannot see, that moves other text about, or whose
/// appearance no standard fixes: controls, direction marks, zero-width and
/// filler characters, variation selectors, tags, private use, noncharacters.
/// A line break and a tab are layout, not hidden.
pub fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        ' '..='~' => false,
        _ => {
            matches!(u32::from(letter),
            0x00..=0x1F | 0x7F..=0x9F | 0xAD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5
            | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164
            | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF | 0xF0000..=0x0010_FFFF)
                || u32::from(letter) & 0xFFFE == 0xFFFE
        }
    }
}

/// What is shown for a hidden character: `⟨U+202E⟩`.
pub fn token(letter: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(letter))
}

/// The text with every hidden character shown as its token; line breaks and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, is_hidden)
}

/// The text on one line: line breaks and tabs are shown as tokens, too, so that two names stay two.
pub fn one_line(text: &str) -> String {
    shown(text, |letter| is_hidden(letter) || matches!(letter, '\n' | '\t')).into_owned()
}

/// A message inside a sentence: runs of white space become one space, the rest is as on one line.
pub fn in_sentence(text: &str) -> String {
    one_line(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first letter as a capital; the name of a call (`iam:ListUsers`) stays as AWS writes it.
pub fn capital(text: &str) -> String {
    if text.split(' ').next().is_some_and(|first| first.contains(':')) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `app, billing and 12 more`: up to `most` names.
pub fn some_names<N: AsRef<str>>(names: impl IntoIterator<Item = N>, most: usize) -> String {
    let mut names = names.into_iter();
    let first: Vec<N> = names.by_ref().take(most).collect();
    let shown = first.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    match names.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn shown(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Most texts need no look at their characters.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(&hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if hides(letter) {
            shown.push_str(&token(letter));
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind: control, delete, C1, soft hyphen, joiner, Arabic letter mark, Hangul filler,
    /// zero width, direction, isolate, line separator, variation selector, byte order mark, private use,
    /// noncharacter, music format, tag, last plane.
    const HOSTILE: &str = "\u{0}\u{1b}\u{7f}\u{9b}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200f}\u{202e}\u{2066}\u{2028}\u{2069}\u{3164}\u{fe0f}\u{feff}\u{e000}\u{fdd0}\u{fffe}\u{1d173}\u{e0041}\u{10ffff}";

    #[test]
    fn every_kind_of_hidden_character_is_shown_as_its_number() {
        for letter in HOSTILE.chars() {
            let text = format!("a{letter}b");
            let wanted = format!("a⟨U+{:04X}⟩b", u32::from(letter));
            assert_eq!((visible(&text).as_ref(), one_line(&text).as_str()), (wanted.as_str(), wanted.as_str()));
            assert!(!in_sentence(&text).chars().any(is_hidden), "{wanted}");
        }
        // Surrogates are no characters of Rust; what a decoder makes of them stays to be seen.
        assert_eq!(visible(&String::from_utf8_lossy(b"a\xED\xA0\x80b")), "a\u{fffd}\u{fffd}\u{fffd}b");
        assert_eq!(visible("Zoë 东京 עִברית é 🙂"), "Zoë 东京 עִברית é 🙂");
    }

    #[test]
    fn lines_stay_lines_only_where_lines_are_wanted() {
        let text = "a\nb\t c\r\u{1b}[2J";
        assert_eq!(visible(text), "a\nb\t c⟨U+000D⟩⟨U+001B⟩[2J");
        assert_eq!(one_line(text), "a⟨U+000A⟩b⟨U+0009⟩ c⟨U+000D⟩⟨U+001B⟩[2J");
        assert_eq!(in_sentence(text), "a b c ⟨U+001B⟩[2J");
    }

    #[test]
    fn words_of_sentences() {
        assert_eq!(capital("élan of users"), "Élan of users");
        assert_eq!(capital("iam:ListUsers was denied"), "iam:ListUsers was denied");
        assert_eq!(capital(""), "");
        assert_eq!(some_names(["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(some_names(["a", "b"], 2), "a, b");
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
