//! JSON in fewer lines: what fits on a line stands on one. Only white space between tokens changes.

/// Deeper nesting is left as it is.
const DEEPEST: usize = 40;

/// A piece of JSON; leaves are slices of the text, untouched.
enum Node<'a> {
    Leaf(&'a str),
    /// Opening bracket, then members (with their key, where it is an object), then the closing bracket.
    Group(char, Vec<(Option<&'a str>, Node<'a>)>, char),
}

/// The same document in lines of up to `width` characters where its words allow; unchanged if it is no JSON.
pub(super) fn fold(json: &str, width: usize) -> String {
    let mut reader = Reader { rest: json };
    match reader.node(0) {
        Some(node) if reader.rest.trim_start().is_empty() => {
            let mut out = String::with_capacity(json.len());
            write(&node, 0, 0, width, &mut out);
            out
        }
        _ => json.to_owned(),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(wanted)?;
        Some(())
    }

    fn node(&mut self, depth: usize) -> Option<Node<'a>> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            _ if depth > DEEPEST => None,
            '{' => self.group('{', '}', depth),
            '[' => self.group('[', ']', depth),
            '"' => self.string().map(Node::Leaf),
            _ => {
                let end = self.rest.find(|c: char| c.is_whitespace() || ",]}:{[\"".contains(c));
                let (leaf, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                (!leaf.is_empty()).then_some(Node::Leaf(leaf))
            }
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let (leaf, rest) = self.rest.split_at(at + 1);
                    self.rest = rest;
                    return Some(leaf);
                }
                _ => {}
            }
        }
        None
    }

    fn group(&mut self, open: char, close: char, depth: usize) -> Option<Node<'a>> {
        self.take(open)?;
        let mut members = Vec::new();
        if self.take(close).is_some() {
            return Some(Node::Group(open, members, close));
        }
        loop {
            let key = if open == '{' {
                self.rest = self.rest.trim_start();
                let key = self.rest.starts_with('"').then(|| self.string()).flatten()?;
                self.take(':')?;
                Some(key)
            } else {
                None
            };
            members.push((key, self.node(depth + 1)?));
            if self.take(',').is_none() {
                self.take(close)?;
                return Some(Node::Group(open, members, close));
            }
        }
    }
}

impl Node<'_> {
    /// Its length on one line; `None` once that is more than `room`.
    fn length(&self, room: usize) -> Option<usize> {
        let length = match self {
            Node::Leaf(text) => text.chars().count(),
            Node::Group(open, members, _) => {
                let mut length = if *open == '{' && !members.is_empty() { 4 } else { 2 };
                for (index, (key, member)) in members.iter().enumerate() {
                    length += key.map_or(0, |key| key.chars().count() + 2) + if index > 0 { 2 } else { 0 };
                    length += member.length(room.checked_sub(length)?)?;
                }
                length
            }
        };
        (length <= room).then_some(length)
    }
}

/// Writes a node whose first line begins at `column`; its further lines are indented by `indent`.
fn write(node: &Node<'_>, indent: usize, column: usize, width: usize, out: &mut String) {
    match node {
        Node::Leaf(text) => out.push_str(text),
        Node::Group(..) if node.length(width.saturating_sub(column + 1)).is_some() => flat(node, out),
        Node::Group(open, members, close) => {
            out.push(*open);
            let inner = indent + 2;
            // Words of a list fill lines; all else has a line of its own.
            let words = *open == '[' && members.iter().all(|(_, member)| matches!(member, Node::Leaf(_)));
            let mut at = usize::MAX;
            for (index, (key, member)) in members.iter().enumerate() {
                let room = width.saturating_sub(at.saturating_add(3));
                match member.length(room).filter(|_| words) {
                    Some(length) => {
                        out.push(' ');
                        at += length + 2;
                    }
                    None => {
                        out.push('\n');
                        out.extend(std::iter::repeat_n(' ', inner));
                        at = inner + member.length(width).unwrap_or(width) + 1;
                    }
                }
                let mut column = inner;
                if let Some(key) = key {
                    out.push_str(key);
                    out.push_str(": ");
                    column += key.chars().count() + 2;
                }
                write(member, inner, column, width, out);
                if index + 1 < members.len() {
                    out.push(',');
                }
            }
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            out.push(*close);
        }
    }
}

fn flat(node: &Node<'_>, out: &mut String) {
    match node {
        Node::Leaf(text) => out.push_str(text),
        Node::Group(open, members, close) => {
            let padded = *open == '{' && !members.is_empty();
            out.push(*open);
            for (index, (key, member)) in members.iter().enumerate() {
                out.push_str(if index > 0 {
                    ", "
                } else if padded {
                    " "
                } else {
                    ""
                });
                if let Some(key) = key {
                    out.push_str(key);
                    out.push_str(": ");
                }
                flat(member, out);
            }
            out.push_str(if padded { " " } else { "" });
            out.push(*close);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn what_fits_stands_on_one_line_and_lists_fill_lines() {
        let json = "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n    \"s3:GetObject\",\n    \"s3:PutObject\",\n    \
                    \"s3:ListBucket\"\n  ],\n  \"Principal\": {\n    \"AWS\": \"*\"\n  },\n  \"Resource\": []\n}";
        let folded = "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n    \"s3:GetObject\", \"s3:PutObject\",\n    \
                      \"s3:ListBucket\"\n  ],\n  \"Principal\": { \"AWS\": \"*\" },\n  \"Resource\": []\n}";
        assert_eq!(fold(json, 36), folded);
        assert_eq!(fold("[ ]", 10), "[]");
    }

    #[test]
    fn nothing_but_white_space_changes() {
        let hostile = [
            "{\"a\": \"x  y\\\" } ] ,\", \"a\": [1, -2.5e3, true, null, {}], \"\": {\"b\": [[], [\"\\\\\"]]}}",
            "{\"Sid\": \"  spaces  \", \"Action\": [\"s3:*\"], \"Action\": \"twice\"}",
        ];
        for json in hostile {
            for width in [1, 8, 20, 200] {
                let bare = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(bare(&fold(json, width)), bare(json), "{width}");
                let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                assert_eq!(read(&fold(json, width)), read(json), "{width}");
            }
        }
    }

    #[test]
    fn what_is_no_json_is_left_alone() {
        for text in ["not json", "{\"a\": }", "{\"a\" 1}", "[1", "", "{} {}", &"[".repeat(9_000)] {
            assert_eq!(fold(text, 20), *text);
        }
    }
}
