//! A control page's Markdown as blocks of plain text.
//!
//! Only what the pages use is kept: paragraphs, lists, code. A link leaves its
//! words and, where they differ, its address as text; nothing in a pack leads
//! away from it. HTML in a page is text.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde::Serialize;

/// A block of prose from a control page.
#[derive(Debug, Serialize)]
#[serde(tag = "block", rename_all = "lowercase")]
pub enum Block {
    Paragraph { spans: Vec<Span> },
    List { ordered: bool, items: Vec<Vec<Span>> },
    Code { text: String },
}

/// A run of text in one style.
#[derive(Debug, Serialize)]
pub struct Span {
    pub text: String,
    /// `plain`, `code`, `strong`, `emphasis`.
    pub style: &'static str,
}

pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new(markdown) {
        reader.take(event);
    }
    reader.end_paragraph();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    /// The outermost list: ordered, and its items so far. Items of inner lists join it.
    list: Option<(bool, Vec<Vec<Span>>)>,
    depth: usize,
    code: Option<String>,
    strong: usize,
    emphasis: usize,
    link: Option<String>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text, None),
            },
            Event::Code(text) => self.push(&text, Some("code")),
            Event::SoftBreak | Event::HardBreak => self.push(" ", None),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.end_item();
                self.depth += 1;
                if self.depth == 1 {
                    self.end_paragraph();
                    self.list = Some((first.is_some(), Vec::new()));
                }
            }
            Tag::CodeBlock(_) => {
                self.end_item();
                self.code = Some(String::new());
            }
            Tag::Strong => self.strong += 1,
            Tag::Emphasis => self.emphasis += 1,
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::HtmlBlock => {
                if self.list.is_some() {
                    self.push(" ", None);
                } else {
                    self.end_paragraph();
                }
            }
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0
                    && let Some((ordered, items)) = self.list.take()
                {
                    self.blocks.push(Block::List { ordered, items });
                }
            }
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.blocks.push(Block::Code { text: code.trim_end().to_owned() });
                }
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Emphasis => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Link => self.end_link(),
            _ => {}
        }
    }

    fn end_link(&mut self) {
        let Some(address) = self.link.take() else { return };
        if self.spans.last().is_none_or(|span| span.text != address) {
            self.push(&format!(" ({address})"), None);
        }
    }

    fn end_item(&mut self) {
        let Some((_, items)) = &mut self.list else { return };
        let item = trimmed(std::mem::take(&mut self.spans));
        if !item.is_empty() {
            items.push(item);
        }
    }

    fn end_paragraph(&mut self) {
        let spans = trimmed(std::mem::take(&mut self.spans));
        if !spans.is_empty() {
            self.blocks.push(Block::Paragraph { spans });
        }
    }

    fn push(&mut self, text: &str, style: Option<&'static str>) {
        let style = style.unwrap_or(match (self.strong, self.emphasis) {
            (0, 0) => "plain",
            (0, _) => "emphasis",
            _ => "strong",
        });
        match self.spans.last_mut() {
            Some(last) if last.style == style && style != "code" => last.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), style }),
        }
    }
}

/// Without the blanks that closing elements leave at the end.
fn trimmed(mut spans: Vec<Span>) -> Vec<Span> {
    while let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        spans.pop();
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(blocks: &[Block]) -> String {
        let line = |spans: &[Span]| spans.iter().map(|s| format!("{}[{}]", s.style, s.text)).collect::<String>();
        blocks
            .iter()
            .map(|block| match block {
                Block::Paragraph { spans } => format!("p {}\n", line(spans)),
                Block::List { ordered, items } => {
                    format!("l{ordered} {}\n", items.iter().map(|i| line(i)).collect::<Vec<_>>().join("|"))
                }
                Block::Code { text } => format!("c {text}\n"),
            })
            .collect()
    }

    #[test]
    fn paragraphs_lists_code_and_links_become_plain_blocks() {
        let page = "One *two* `three`\nfour.\n\n1. first\n2. **second**\n\n   more\n\n```\naws iam x\n```\nSee [the guide](https://example.com/x).";
        assert_eq!(
            words(&blocks(page)),
            "p plain[One ]emphasis[two]plain[ ]code[three]plain[ four.]\n\
             ltrue plain[first]|strong[second]plain[ more]\n\
             c aws iam x\n\
             p plain[See the guide (https://example.com/x).]\n"
        );
    }

    #[test]
    fn markup_in_a_page_is_text() {
        assert_eq!(words(&blocks("a <script>x</script> b")), "p plain[a <script>x</script> b]\n");
        assert!(words(&blocks("<div onclick=x>\nhi\n</div>")).contains("<div onclick=x>"));
    }
}
