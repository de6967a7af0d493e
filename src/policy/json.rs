//! A JSON parser that keeps what others lose and policies need: both of two equal keys, numbers as written, and the
//! position of each value in the text.

mod print;

use std::ops::Range;

/// Deeper nesting is rejected; AWS's own documents stay below ten.
pub const DEPTH: usize = 64;

/// A value with its byte range in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Json {
    pub value: Value,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// As written: account numbers and versions must not become floats.
    Number(String),
    String(String),
    Array(Vec<Json>),
    /// Members in the order of the text, equal keys included.
    Object(Vec<(String, Json)>),
}

/// The text is not a policy document at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// A lower-case fragment.
    pub problem: String,
}

impl ParseError {
    /// The place of a byte offset in the text.
    pub fn at(text: &str, offset: usize, problem: impl Into<String>) -> Self {
        let before = &text.as_bytes()[..offset.min(text.len())];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            // UTF-8 continuation bytes are not characters.
            column: before[line_start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1,
            problem: problem.into(),
        }
    }
}

impl Json {
    /// A value without a position in a text.
    pub fn made(value: Value) -> Self {
        Self { value, span: 0..0 }
    }
}

/// Parses a text that is one value; a byte order mark is skipped.
pub fn parse(text: &str) -> Result<Json, ParseError> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 } };
    reader.skip_space();
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.error("something follows the JSON value"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, problem: &str) -> ParseError {
        ParseError::at(self.text, self.at, problem)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, ParseError> {
        if depth > DEPTH {
            return Err(self.error("nested more than 64 levels deep, which no policy is"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::Array(self.array(depth)?),
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(_) => return Err(self.error("not JSON: a value is expected here")),
            None => return Err(self.error("the text ends where a value is expected")),
        };
        Ok(Json { value, span: start..self.at })
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("not JSON: only true, false and null stand without quotes"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Json>, ParseError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            if self.closes(b']', "a comma or ] is expected here")? {
                return Ok(items);
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(String, Json)>, ParseError> {
        let mut members = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in quotes is expected here"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.error("a colon is expected after the key"));
            }
            self.at += 1;
            self.skip_space();
            members.push((key, self.value(depth + 1)?));
            if self.closes(b'}', "a comma or } is expected here")? {
                return Ok(members);
            }
        }
    }

    /// After an item: at the end (true), or past the comma (false).
    fn closes(&mut self, end: u8, problem: &str) -> Result<bool, ParseError> {
        self.skip_space();
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.error(problem)),
        }
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.error("a digit is expected here"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<String, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.error("a JSON number does not start with 0; put it in quotes"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text[start..self.at].to_owned())
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            // Quotes, backslashes and controls are single bytes, so the slice ends on a character.
            let plain =
                rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ').unwrap_or(rest.len());
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error("a control character stands unescaped in a string")),
                None => return Err(self.error("the text ends within a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(quoted @ (b'"' | b'\\' | b'/')) => char::from(quoted),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("not an escape of JSON")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self) -> Result<char, ParseError> {
        let first = self.four_hex()?;
        if (0xD800..0xDC00).contains(&first) && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            let mark = self.at;
            self.at += 1;
            let second = self.four_hex()?;
            if (0xDC00..0xE000).contains(&second) {
                let joined = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(joined).expect("a surrogate pair is a character"));
            }
            self.at = mark;
        }
        // Half of a pair is grammatical JSON but no character.
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Starts at the `u` and ends after the digits.
    fn four_hex(&mut self) -> Result<u32, ParseError> {
        self.at += 1;
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        if digits.len() != 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.error("four hexadecimal digits are expected here"));
        }
        let code = digits.iter().fold(0, |code, &digit| code * 16 + char::from(digit).to_digit(16).unwrap_or(0));
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The value as serde_json parses it: the last of equal keys.
    fn plain(json: &Json) -> serde_json::Value {
        match &json.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => serde_json::from_str(number).unwrap(),
            Value::String(string) => string.clone().into(),
            Value::Array(items) => items.iter().map(plain).collect(),
            Value::Object(members) => {
                serde_json::Value::Object(members.iter().map(|(key, value)| (key.clone(), plain(value))).collect())
            }
        }
    }

    proptest! {
        /// Texts near JSON: accepted exactly when serde_json does, with the same values.
        #[test]
        fn agrees_with_serde_json(text in r#"([\[\]{}:, "0-9a-]|"a"|"b":|\\n|\\u00e9|\\ud83d\\ude00|true|null|1e5|-0\.5|é){0,24}"#) {
            match (parse(&text), serde_json::from_str::<serde_json::Value>(&text)) {
                (Ok(ours), Ok(theirs)) => {
                    prop_assert_eq!(plain(&ours), theirs);
                    prop_assert_eq!(&parse(&ours.compact()).unwrap().compact(), &ours.compact());
                    prop_assert_eq!(&parse(&ours.pretty()).unwrap().compact(), &ours.compact());
                }
                (Err(_), Err(_)) => {}
                // Half a surrogate pair and a number beyond a float are grammatical, and refused by serde_json.
                (Ok(_), Err(error)) if text.contains("\\u") || error.to_string().contains("number out of range") => {}
                (ours, theirs) => prop_assert!(false, "{:?}: {:?} but {:?}", text, ours, theirs),
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,64}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn both_of_two_equal_keys_are_kept_and_numbers_stay_as_written() {
        let json = parse(r#"{"a":1.0,"a":12345678901234567890123}"#).unwrap();
        assert_eq!(json.compact(), r#"{"a":1.0,"a":12345678901234567890123}"#);
    }

    #[test]
    fn an_error_has_line_and_column_in_characters() {
        let error = parse("{\"é\": 1,\n \"ü\" 2}").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 6: a colon is expected after the key");
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_an_overflow() {
        let error = parse(&"[".repeat(1_000_000)).unwrap_err();
        assert_eq!(error.column, 66);
        assert!(error.problem.contains("64 levels"), "{error}");
        assert!(parse(&format!("{}{}", "[".repeat(60), "]".repeat(60))).is_ok());
    }

    #[test]
    fn half_a_surrogate_pair_is_shown_as_replaced() {
        assert_eq!(parse(r#""\ud800x""#).unwrap().value, Value::String("\u{fffd}x".to_owned()));
    }
}
