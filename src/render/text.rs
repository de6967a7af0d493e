//! What HTML and JSON make of text that [`crate::text`] made safe to look at,
//! and what a pack says of the characters that were replaced.

use super::Replaced;
use crate::pack::Pack;
use crate::text::{is_hidden, token};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

/// Writes text into HTML, element content or quoted attribute: hidden
/// characters as tokens, markup as references.
pub fn escape_html(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let (mut done, mut place) = (0, 0);
    // Most bytes need no look at the character that they are of.
    while let Some(step) = text.as_bytes()[place..].iter().position(|byte| !PLAIN[usize::from(*byte)]) {
        place += step;
        let letter = text[place..].chars().next().expect("plain bytes are whole characters");
        let reference = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            _ => "",
        };
        if !reference.is_empty() || is_hidden(letter) {
            out.write_all(&text.as_bytes()[done..place])?;
            if reference.is_empty() {
                out.write_all(token(letter).as_bytes())?;
            } else {
                out.write_all(reference.as_bytes())?;
            }
            done = place + letter.len_utf8();
        }
        place += letter.len_utf8();
    }
    out.write_all(&text.as_bytes()[done..])
}

/// Bytes that are a visible character in themselves, and mean nothing in HTML.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
        byte += 1;
    }
    plain
};

/// Whether all of it is visible ASCII, as nearly all text is: nothing in it is hidden.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// How often each hidden character occurs in the pack.
pub fn count(pack: &Pack) -> Replaced {
    count_in(pack)
}

/// The same in any plain data.
pub fn count_in(data: &impl serde::Serialize) -> Replaced {
    let mut counter = Counter::default();
    let mut serializer = serde_json::Serializer::with_formatter(io::sink(), &mut counter);
    data.serialize(&mut serializer).expect("a pack is plain data, and a sink takes everything");
    Replaced { characters: counter.characters }
}

/// Reads every string of a value as it is written as JSON.
#[derive(Default)]
struct Counter {
    characters: BTreeMap<char, usize>,
}

impl serde_json::ser::Formatter for &mut Counter {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        if is_plain(fragment) {
            return Ok(());
        }
        for letter in fragment.chars().filter(|letter| is_hidden(*letter)) {
            *self.characters.entry(letter).or_default() += 1;
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        escape: serde_json::ser::CharEscape,
    ) -> io::Result<()> {
        use serde_json::ser::CharEscape;
        let letter = match escape {
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::CarriageReturn => '\r',
            CharEscape::AsciiControl(byte) => char::from(byte),
            _ => return Ok(()),
        };
        *self.characters.entry(letter).or_default() += 1;
        Ok(())
    }
}

/// A hidden character as JSON writes it: `\u202e`, a surrogate pair above U+FFFF.
pub fn json_escape(letter: char) -> String {
    let mut units = [0; 2];
    letter.encode_utf16(&mut units).iter().fold(String::new(), |mut text, unit| {
        write!(text, "\\u{unit:04x}").expect("a String takes any text");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        let mut out = Vec::new();
        escape_html("<a href=\"x\">'&\u{202E}</a>", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;⟨U+202E⟩&lt;/a&gt;");
        let mut out = Vec::new();
        escape_html("é\u{7f}日<\n\u{1F600}\t\0\u{E000}>", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "é⟨U+007F⟩日&lt;\n\u{1F600}\t⟨U+0000⟩⟨U+E000⟩&gt;");
    }

    #[test]
    fn json_escapes_pairs() {
        assert_eq!(json_escape('\u{202E}'), "\\u202e");
        assert_eq!(json_escape('\u{E0041}'), "\\udb40\\udc41");
    }
}
