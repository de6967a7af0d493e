//! A response body as a tree of elements.
//!
//! Strict, because an invalid body must become a recorded gap and never a partial answer: no document types, no unknown
//! entities, no text after the end.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Far above any AWS answer, and low enough for recursion over the tree.
const DEPTH: usize = 64;

/// One element: its local name, its own text, its children in order.
#[derive(Debug, Default, PartialEq)]
pub struct Node {
    pub name: String,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    /// The only child of that name; `None` if there are several.
    pub fn child(&self, name: &str) -> Option<&Node> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    /// The text of the only child of that name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Parses a document. The error is a sentence fragment with position and problem.
pub fn parse(body: &[u8]) -> Result<Node, String> {
    let text = std::str::from_utf8(body).map_err(|error| format!("no UTF-8 at byte {}", error.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some((place, letter)) = text.char_indices().find(|(_, letter)| !is_allowed(*letter)) {
        return Err(format!("at byte {place}: the character {letter:?}, which XML forbids"));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Node> = Vec::new();
    let mut root: Option<Node> = None;
    loop {
        let event = reader.read_event().map_err(|error| format!("at byte {}: {error}", reader.error_position()))?;
        let place = reader.buffer_position();
        match event {
            Event::Start(start) => {
                if open.len() == DEPTH {
                    return Err(format!("at byte {place}: elements are nested deeper than {DEPTH}"));
                }
                if root.is_some() {
                    return Err(format!("at byte {place}: a second document begins"));
                }
                open.push(Node { name: start.local_name().as_ref().to_owned(), ..Node::default() });
            }
            Event::End(_) => {
                let node = open.pop().ok_or_else(|| format!("at byte {place}: an element ends that never began"))?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => root = Some(node),
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content(), place)?,
            Event::CData(text) => append(&mut open, &text.xml10_content(), place)?,
            Event::GeneralRef(reference) => {
                let letter = resolve(&reference).map_err(|problem| format!("at byte {place}: {problem}"))?;
                append(&mut open, letter.encode_utf8(&mut [0; 4]), place)?;
            }
            Event::DocType(_) => return Err(format!("at byte {place}: a document type, which AWS never sends")),
            Event::Empty(_) => unreachable!("empty elements are expanded into a start and an end"),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (open.last(), root) {
        (Some(cut), _) => Err(format!("the document ends inside element {}", cut.name)),
        (None, Some(root)) => Ok(root),
        (None, None) => Err("no element at all".to_owned()),
    }
}

fn append(open: &mut [Node], text: &str, place: u64) -> Result<(), String> {
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(format!("at byte {place}: text outside of the document")),
    }
    Ok(())
}

/// XML 1.0, section 2.2: no control characters except tab and line ends, literally or as references.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        if !is_allowed(letter) {
            return Err(format!("a reference to the character {letter:?}, which XML forbids"));
        }
        return Ok(letter);
    }
    match &*reference.xml10_content() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(format!("the entity {other:?} is not one of XML's own")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_cdata_and_empty_elements_are_read() {
        let node = parse(b"<?xml version=\"1.0\"?><a xmlns=\"urn:x\"><b>&lt;i&gt; &amp;&#x41;&#66;</b><c/><d><![CDATA[<raw&>]]></d><!-- no --></a>\n")
            .unwrap();
        assert_eq!(node.text_of("b"), Some("<i> &AB"));
        assert_eq!(node.text_of("c"), Some(""));
        assert_eq!(node.text_of("d"), Some("<raw&>"));
    }

    #[test]
    fn hostile_or_cut_documents_are_refused_with_a_place() {
        let bomb = b"<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\">]><a>&x;</a>";
        for (body, says) in [
            (&bomb[..], "document type"),
            (b"<a>&x;</a>", "entity"),
            (b"<a><b>text", "ends inside element b"),
            (b"<a><b></a>", "at byte"),
            (b"<a/><b/>", "second document"),
            (b"<a/>tail", "outside"),
            (b"", "no element"),
            (b"<a>\xff</a>", "UTF-8"),
            (b"<a>&#0;</a>", "at byte"),
            (b"<a>run\0ning</a>", "at byte 6: the character '\\0', which XML forbids"),
            (b"<a b='\x01'/>", "which XML forbids"),
            (b"<a>&#1;</a>", "which XML forbids"),
            (b"<a>&#xB;</a>", "which XML forbids"),
            ("<a>\u{ffff}</a>".as_bytes(), "which XML forbids"),
        ] {
            let problem = parse(body).unwrap_err();
            assert!(problem.contains(says), "{:?}: {problem}", String::from_utf8_lossy(body));
        }
        let deep = "<a>".repeat(100_000);
        assert!(parse(deep.as_bytes()).unwrap_err().contains("nested"));
    }
}
