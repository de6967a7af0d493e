//! JSON as text: on one line, a line for each member, or in lines of a width.

use super::{Json, Value};

impl Json {
    /// The value without spaces, equal keys kept.
    pub fn compact(&self) -> String {
        let mut line = Line { text: String::new(), room: usize::MAX, spaced: false };
        let _ = line.put(self);
        line.text
    }

    /// The value with a line for each member and item, equal keys kept.
    pub fn pretty(&self) -> String {
        self.wrapped(0)
    }

    /// The value in lines of up to `width` characters where its words allow: what fits on a line is on one, and the
    /// words of a list fill lines. Equal keys are kept.
    pub fn wrapped(&self, width: usize) -> String {
        let mut out = String::new();
        self.write(0, 0, width, &mut out);
        out
    }

    /// Writes the value, whose first line begins at `column`; further lines are indented by `indent`.
    fn write(&self, indent: usize, column: usize, width: usize, out: &mut String) {
        // A comma may follow. Empty brackets are never broken.
        let room = width.saturating_sub(column + 1).max("[]".len());
        let mut line = Line { text: String::new(), room, spaced: true };
        if line.put(self).is_some() {
            return out.push_str(&line.text);
        }
        let inner = indent + 2;
        match &self.value {
            Value::Array(items) => {
                out.push('[');
                if items.iter().all(Self::is_leaf) {
                    write_words(items, inner, width, out);
                } else {
                    write_lines(items, inner, out, |item, out| item.write(inner, inner, width, out));
                }
                new_line(indent, out);
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                write_lines(members, inner, out, |(key, value), out| {
                    let start = out.len();
                    write_string(key, out);
                    out.push_str(": ");
                    let column = inner + out[start..].chars().count();
                    value.write(inner, column, width, out);
                });
                new_line(indent, out);
                out.push('}');
            }
            _ => self.write_leaf(out),
        }
    }

    fn is_leaf(&self) -> bool {
        !matches!(self.value, Value::Array(_) | Value::Object(_))
    }

    fn write_leaf(&self, out: &mut String) {
        match &self.value {
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => out.push_str(number),
            Value::String(string) => write_string(string, out),
            Value::Null | Value::Array(_) | Value::Object(_) => out.push_str("null"),
        }
    }
}

/// A value on one line.
struct Line {
    text: String,
    /// Characters that the line may still have.
    room: usize,
    /// With spaces between the tokens.
    spaced: bool,
}

impl Line {
    /// Adds a value; `None` once the line is too long.
    fn put(&mut self, json: &Json) -> Option<()> {
        match &json.value {
            Value::Array(items) => {
                self.push("[")?;
                for (index, item) in items.iter().enumerate() {
                    self.separate(index)?;
                    self.put(item)?;
                }
                self.push("]")
            }
            Value::Object(members) => {
                let edge = if self.spaced && !members.is_empty() { " " } else { "" };
                self.push("{")?;
                self.push(edge)?;
                for (index, (key, value)) in members.iter().enumerate() {
                    self.separate(index)?;
                    self.add(|text| write_string(key, text))?;
                    self.push(if self.spaced { ": " } else { ":" })?;
                    self.put(value)?;
                }
                self.push(edge)?;
                self.push("}")
            }
            _ => self.add(|text| json.write_leaf(text)),
        }
    }

    fn separate(&mut self, index: usize) -> Option<()> {
        match index {
            0 => Some(()),
            _ => self.push(if self.spaced { ", " } else { "," }),
        }
    }

    fn push(&mut self, text: &str) -> Option<()> {
        self.add(|line| line.push_str(text))
    }

    fn add(&mut self, write: impl FnOnce(&mut String)) -> Option<()> {
        let start = self.text.len();
        write(&mut self.text);
        self.room = self.room.checked_sub(self.text[start..].chars().count())?;
        Some(())
    }
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Items with a line each.
fn write_lines<T>(items: &[T], indent: usize, out: &mut String, write: impl Fn(&T, &mut String)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        new_line(indent, out);
        write(item, out);
    }
}

/// Strings, numbers and the like, as many on a line as fit.
fn write_words(words: &[Json], indent: usize, width: usize, out: &mut String) {
    let mut column = usize::MAX;
    for (index, word) in words.iter().enumerate() {
        let mut text = String::new();
        word.write_leaf(&mut text);
        let length = text.chars().count();
        if index > 0 {
            out.push(',');
        }
        // A space before it and a comma after it.
        let end = column.saturating_add(length + 2);
        if end < width {
            out.push(' ');
            column = end;
        } else {
            new_line(indent, out);
            column = indent + length + 1;
        }
        out.push_str(&text);
    }
}

/// A JSON string with its quotes.
fn write_string(string: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    for character in string.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                write!(out, "\\u{:04x}", u32::from(control)).expect("writing to a string cannot fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn what_fits_is_on_one_line_and_lists_fill_lines() {
        let text = r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:ListBucket"],
            "Principal":{"AWS":"*"},"Resource":[ ]}"#;
        let json = parse(text).unwrap();
        let wrapped = "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n    \"s3:GetObject\", \"s3:PutObject\",\n    \
                       \"s3:ListBucket\"\n  ],\n  \"Principal\": { \"AWS\": \"*\" },\n  \"Resource\": []\n}";
        assert_eq!(json.wrapped(36), wrapped);
        let pretty = "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n    \"s3:GetObject\",\n    \"s3:PutObject\",\n    \
                      \"s3:ListBucket\"\n  ],\n  \"Principal\": {\n    \"AWS\": \"*\"\n  },\n  \"Resource\": []\n}";
        assert_eq!(json.pretty(), pretty);
    }

    #[test]
    fn wrapping_changes_only_white_space() {
        let hostile = [
            r#"{"a": "x  y\" } ] ,", "a": [1, -2.5e3, true, null, {}], "": {"b": [[], ["\\"]]}}"#,
            r#"{"Sid": "  spaces  ", "Action": ["s3:*"], "Action": "twice"}"#,
        ];
        for text in hostile {
            let json = parse(text).unwrap();
            for width in [0, 1, 8, 20, 200] {
                assert_eq!(parse(&json.wrapped(width)).unwrap().compact(), json.compact(), "{width}");
            }
        }
    }
}
