//! A file's text, and line and column of a place in it.

use super::Problem;

/// A page, edition or configuration as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// As problems name it: `controls/x.md`, or the customer's path.
    pub name: String,
    pub text: String,
}

impl Source {
    /// A file's text; Windows editors begin one with a byte order mark.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let text =
            std::str::from_utf8(bytes).map_err(|_| whole_file(name, "is not text in UTF-8", "save it as UTF-8"))?;
        Ok(Self { name: name.to_owned(), text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned() })
    }

    /// A problem at a byte of the text.
    pub fn problem(&self, at: usize, message: impl Into<String>, next: impl Into<String>) -> Problem {
        let (line, column) = self.place(at);
        Problem {
            file: self.name.clone(),
            line: Some(line),
            column: Some(column),
            message: message.into(),
            next: Some(next.into()),
        }
    }

    /// Line and column, both from 1, columns in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }
}

/// A problem of a whole file.
pub fn whole_file(file: &str, message: impl Into<String>, next: impl Into<String>) -> Problem {
    Problem { file: file.to_owned(), line: None, column: None, message: message.into(), next: Some(next.into()) }
}

/// A TOML string's value, each character of which knows its byte in the file:
/// a criterion is inside a TOML string, and a mistake in it should be
/// reported where the author sees it.
#[derive(Clone, Debug)]
pub struct Literal {
    pub value: String,
    /// One a character of `value`, and one for its end.
    bytes: Vec<usize>,
}

impl Literal {
    /// `raw` is the string with its quotes found at byte `start` of the file; `value` is what TOML says it means.
    pub fn new(raw: &str, start: usize, value: &str) -> Self {
        let (decoded, end) = decode(raw);
        // Should the two readings ever differ, the string's start is still the right line.
        let bytes = if decoded.iter().map(|(c, _)| *c).eq(value.chars()) {
            decoded.iter().map(|(_, at)| start + at).chain([start + end]).collect()
        } else {
            vec![start]
        };
        Self { value: value.to_owned(), bytes }
    }

    /// The place of the value's character in the file.
    pub fn byte(&self, character: usize) -> usize {
        self.bytes.get(character).or(self.bytes.last()).copied().expect("there is always the end")
    }

    /// The part of the value from one byte of it to another.
    pub fn part(&self, from: usize, to: usize) -> Self {
        let first = self.value[..from].chars().count();
        let last = self.value[..to].chars().count();
        Self {
            value: self.value[from..to].to_owned(),
            bytes: (first..=last).map(|character| self.byte(character)).collect(),
        }
    }
}

/// The characters of a TOML string of any of the four kinds, each with its
/// byte in `raw`, and the byte of the closing quotes.
fn decode(raw: &str) -> (Vec<(char, usize)>, usize) {
    let (quote, basic) = [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)]
        .into_iter()
        .find(|(quote, _)| raw.len() >= 2 * quote.len() && raw.starts_with(quote) && raw.ends_with(quote))
        .unwrap_or(("", false));
    let mut at = quote.len();
    let end = raw.len() - quote.len();
    if quote.len() == 3 {
        // A newline right after the opening quotes is not part of the value.
        at += ["\r\n", "\n"].iter().find(|newline| raw[at..end].starts_with(**newline)).map_or(0, |n| n.len());
    }
    let mut found = Vec::new();
    while let Some(c) = raw[at..end].chars().next() {
        if c != '\\' || !basic {
            // TOML normalises line ends.
            if !(c == '\r' && raw[at..end].starts_with("\r\n")) {
                found.push((c, at));
            }
            at += c.len_utf8();
            continue;
        }
        let escape = raw[at + 1..end].chars().next().unwrap_or('\\');
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            let code = raw.get(at + 2..at + 2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
            found.push((code.and_then(char::from_u32).unwrap_or('\u{fffd}'), at));
            at += 2 + digits;
        } else if escape.is_whitespace() {
            // A backslash at the end of a line swallows all white space that follows.
            at = end - raw[at + 1..end].trim_start().len();
        } else {
            let meant = match escape {
                'b' => '\u{8}',
                't' => '\t',
                'n' => '\n',
                'f' => '\u{c}',
                'r' => '\r',
                'e' => '\u{1b}',
                other => other,
            };
            found.push((meant, at));
            at += 1 + escape.len_utf8();
        }
        if at > end {
            break;
        }
    }
    (found, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(raw: &str) -> Literal {
        let text = format!("k = {raw}\n");
        let value = toml::from_str::<toml::Table>(&text).unwrap()["k"].as_str().unwrap().to_owned();
        Literal::new(raw, 100, &value)
    }

    #[test]
    fn a_character_of_a_plain_string_is_one_further_than_in_the_value() {
        let literal = literal(r#""key.active""#);
        assert_eq!((literal.byte(0), literal.byte(4), literal.byte(10)), (101, 105, 111));
    }

    #[test]
    fn escapes_take_more_room_in_the_file_than_in_the_value() {
        let literal = literal(r#""a\"b\u00e9\tc""#);
        assert_eq!(literal.value, "a\"b\u{e9}\tc");
        let places: Vec<_> = (0..=6).map(|c| literal.byte(c) - 100).collect();
        assert_eq!(places, [1, 2, 4, 5, 11, 13, 14]);
    }

    #[test]
    fn many_lines_and_swallowed_line_ends() {
        let literal = literal("\"\"\"\na \\\n   b\nc\"\"\"");
        assert_eq!(literal.value, "a b\nc");
        assert_eq!(literal.byte(2) - 100, 11, "b stands after the swallowed white space");
        assert_eq!(literal.byte(4) - 100, 13);
    }

    #[test]
    fn literal_strings_have_no_escapes() {
        let literal = literal(r"'a\nb'");
        assert_eq!(literal.value, r"a\nb");
        assert_eq!(literal.byte(3) - 100, 4);
    }

    #[test]
    fn a_part_keeps_its_place() {
        let part = literal(r#""see {{ key.slot }}""#).part(7, 15);
        assert_eq!(part.value, "key.slot");
        assert_eq!(part.byte(1) - 100, 9);
    }

    #[test]
    fn columns_count_characters() {
        let source = Source { name: "x".into(), text: "a\n\u{e9}\u{e9} b".into() };
        let problem = source.problem(7, "m", "n");
        assert_eq!((problem.line, problem.column), (Some(2), Some(4)));
    }
}
