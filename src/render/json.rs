//! `assessment.json`: the text as it is, one result a line.
//!
//! Hidden characters are written as JSON escapes: the value is the same, and a
//! terminal that shows the file executes nothing.

use super::{RenderError, text};
use crate::pack::Pack;
use std::io::{self, Write as _};
use std::path::Path;

/// Containers nested deeper than this are written on one line.
const LINES_TO: usize = 4;

/// Writes `assessment.json` into `dir`, and `changes.json` where there was a previous pack.
pub fn write(pack: &Pack, dir: &Path) -> Result<(), RenderError> {
    super::save(&dir.join("assessment.json"), &safe(&pack.assessment)?)?;
    match &pack.changes.machine {
        Some(changes) => super::save(&dir.join("changes.json"), &safe(changes)?),
        None => Ok(()),
    }
}

/// Plain data as JSON that is safe to show.
pub fn safe(data: &impl serde::Serialize) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::with_capacity(1 << 20);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Lines::default());
    data.serialize(&mut serializer)
        .map_err(|error| RenderError::Template { format: "JSON", problem: error.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Lines down to the results, then compact.
#[derive(Default)]
struct Lines {
    depth: usize,
    /// The innermost container has a member.
    filled: bool,
}

impl Lines {
    fn open<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.filled && self.depth < LINES_TO {
            self.indent(writer)?;
        }
        self.filled = true;
        writer.write_all(bracket)
    }

    fn member<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.filled = true;
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= LINES_TO { self.indent(writer) } else { Ok(()) }
    }

    fn indent<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        for _ in 0..self.depth {
            writer.write_all(b"  ")?;
        }
        Ok(())
    }
}

impl serde_json::ser::Formatter for Lines {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.member(writer, first)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.member(writer, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, mut writer: &mut W, fragment: &str) -> io::Result<()> {
        if text::is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut done = 0;
        for (place, letter) in fragment.char_indices().filter(|(_, letter)| crate::text::is_hidden(*letter)) {
            writer.write_all(&fragment.as_bytes()[done..place])?;
            write!(&mut writer, "{}", text::json_escape(letter))?;
            done = place + letter.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[done..])
    }
}
