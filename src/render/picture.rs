//! The picture of trust as one self-contained SVG, the same bytes wherever it is shown: basic
//! shapes and text, no script, no style sheet, nothing to fetch.

pub mod bars;
mod fit;
mod order;

use super::text::escape_html;
use crate::pack::register::{Drawn, Mark, Node, Picture, Register, Tie};
use crate::text::visible;
use fit::{TAIL, fit};
use order::{Place, Places};

/// Four units a millimetre: 170 mm, the width of an A4 page's text.
const WIDTH: f64 = 680.0;
/// Where the parties' dots stand, and the roles'.
const LEFT: f64 = 268.0;
const RIGHT: f64 = 412.0;
/// Height of a line.
const LINE: f64 = 17.0;
/// Top of the first line.
const TOP: f64 = 30.0;
const FONT: f64 = 10.5;
const LEGEND: f64 = 74.0;

const INK: &str = "#1b2430";
const MUTED: &str = "#57616e";
const FAINT: &str = "#d5dbe2";
const TIE: &str = "#6f87a3";
const OPEN: &str = "#a3141b";
const UNCLEAR: &str = "#875000";

/// The picture of who trusts whom; none where the register holds no role.
pub fn trust_svg(register: &Register) -> Option<String> {
    let picture = register.picture.as_ref()?;
    let places = order::places(&picture.drawn);
    let bottom = TOP + LINE * places.lines() as f64;
    let height = bottom + LEGEND;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"170mm\" \
         height=\"{:.1}mm\" role=\"group\" aria-labelledby=\"trust-title\" aria-describedby=\"trust-desc\" \
         font-family=\"IBM Plex Sans, sans-serif\" font-size=\"{FONT}\" fill=\"{INK}\">\n\
         <title id=\"trust-title\">Who trusts whom</title>\n<desc id=\"trust-desc\">{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height:.0}\" fill=\"#ffffff\"/>\n",
        height / 4.0,
        escaped(&picture.caption.join(" "))
    );
    svg.push_str(&heads());
    svg.push_str(&ties(&picture.drawn, &places));
    svg.push_str(&lefts(&picture.drawn, &places));
    svg.push_str(&rights(&picture.drawn, &places));
    svg.push_str(&legend(bottom + 14.0));
    svg.push_str("</svg>\n");
    Some(svg)
}

/// The same in sentences, complete: for those who do not see it.
pub fn trust_text(register: &Register) -> Vec<String> {
    let Some(Picture { caption, parties, .. }) = &register.picture else { return Vec::new() };
    let party = parties.iter().map(|party| format!("{} ({}). {}", party.name, party.kind, party.sentence));
    caption.iter().cloned().chain(party).collect()
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    escape_html(text, &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("text stays text")
}

fn heads() -> String {
    let head = |x: f64, anchor: &str, text: &str| {
        format!(
            "<text x=\"{x}\" y=\"13\" text-anchor=\"{anchor}\" font-size=\"9.5\" font-weight=\"600\" fill=\"{MUTED}\">{text}</text>\n"
        )
    };
    format!(
        "{}{}<path d=\"M0 20H{WIDTH}\" stroke=\"{INK}\" fill=\"none\"/>\n",
        head(LEFT + 6.0, "end", "Who is let in"),
        head(RIGHT - 6.0, "start", "Role")
    )
}

fn height_of(line: f64) -> f64 {
    TOP + LINE * line + LINE / 2.0
}

/// Plain ties first, so that those to be seen lie on top.
fn ties(drawn: &Drawn, places: &Places) -> String {
    let mut all: Vec<&Tie> = drawn.ties.iter().collect();
    all.sort_by_key(|tie| (tie.mark, tie.left, tie.right));
    all.iter().map(|tie| tie_path(drawn, tie, places)).collect()
}

fn tie_path(drawn: &Drawn, tie: &Tie, places: &Places) -> String {
    let (from, to) = (height_of(places.left[tie.left]), height_of(places.right[tie.right]));
    let middle = f64::midpoint(LEFT, RIGHT);
    let (colour, extra) = match tie.mark {
        Mark::Open => (OPEN, 0.9),
        Mark::Unclear => (UNCLEAR, 0.2),
        Mark::Plain => (TIE, 0.0),
    };
    let width = (0.8 + extra + (tie.roles.max(1) as f64).log2() * 0.28).min(4.0);
    let dash = if tie.conditional { " stroke-dasharray=\"5 3\"" } else { "" };
    let terms = match (tie.mark, tie.conditional) {
        (Mark::Open, true) => ", open, under conditions",
        (Mark::Open, false) => ", open",
        (Mark::Unclear, true) => ", not settled, under conditions",
        (Mark::Unclear, false) => ", not settled",
        (Mark::Plain, true) => ", under conditions",
        (Mark::Plain, false) => "",
    };
    let title = format!("{} to {}{terms}", short(&drawn.left[tie.left]), short(&drawn.right[tie.right]));
    format!(
        "<path d=\"M{LEFT} {from:.1}C{middle} {from:.1} {middle} {to:.1} {RIGHT} {to:.1}\" fill=\"none\" \
         stroke=\"{colour}\" stroke-width=\"{width:.2}\"{dash}><title>{}</title></path>\n",
        escaped(&title)
    )
}

fn short(node: &Node) -> String {
    fit(&visible(&node.text), 300.0, TAIL)
}

fn lefts(drawn: &Drawn, places: &Places) -> String {
    let heading = |(line, section): &(f64, &'static str)| {
        format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"9\" font-weight=\"600\" fill=\"{MUTED}\">{section}</text>\n",
            LEFT + 6.0,
            height_of(*line) + 5.0
        )
    };
    let mut svg: String = places.headings.iter().map(heading).collect();
    for (node, line) in drawn.left.iter().zip(&places.left) {
        let y = height_of(*line);
        let count = if node.count > 1 { node.count.to_string() } else { String::new() };
        let room = LEFT - 16.0 - count.len() as f64 * 6.5;
        let count = if count.is_empty() { count } else { format!(" <tspan fill=\"{MUTED}\">{count}</tspan>") };
        let text = format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}{count}</text>",
            LEFT - 10.0,
            y + 3.6,
            escaped(&fit(&visible(&node.text), room, TAIL))
        );
        svg.push_str(&group(node, &format!("{}{text}", dot(LEFT, y, node))));
    }
    svg
}

fn rights(drawn: &Drawn, places: &Places) -> String {
    let line = |(node, line): (&Node, &Place)| {
        let y = height_of(*line);
        // Of one role the end of the name tells something; of several roles it is some name's middle.
        let tail = if node.count > 1 { 0.0 } else { TAIL };
        let text = format!(
            "<text x=\"{}\" y=\"{:.1}\">{}</text>",
            RIGHT + 10.0,
            y + 3.6,
            escaped(&fit(&visible(&node.text), WIDTH - RIGHT - 12.0, tail))
        );
        group(node, &format!("{}{text}", dot(RIGHT, y, node)))
    };
    drawn.right.iter().zip(&places.right).map(line).collect()
}

/// A line with its full text, linked to its sheet if it has one.
fn group(node: &Node, inside: &str) -> String {
    let title = format!("<title>{}</title>", escaped(&node.full));
    if node.file.is_empty() {
        return format!("<g>{title}{inside}</g>\n");
    }
    format!("<a href=\"{}\">{title}{inside}</a>\n", escaped(&super::register::href(&node.file)))
}

/// The kind by its shape, a mark by its sign: colour says nothing alone.
fn dot(x: f64, y: f64, node: &Node) -> String {
    let sign = |fill: &str, stroke: &str, ink: &str, sign: &str| {
        format!(
            "<circle cx=\"{x}\" cy=\"{y:.1}\" r=\"5.4\" fill=\"{fill}\" stroke=\"{stroke}\"/><text x=\"{x}\" y=\"{:.1}\" \
             text-anchor=\"middle\" font-size=\"8.5\" font-weight=\"600\" fill=\"{ink}\">{sign}</text>",
            y + 3.0
        )
    };
    match (node.mark, node.section) {
        (Mark::Open, _) => sign(OPEN, OPEN, "#ffffff", "!"),
        (Mark::Unclear, _) => sign("#ffffff", UNCLEAR, UNCLEAR, "?"),
        (Mark::Plain, "AWS services" | "") => format!("<circle cx=\"{x}\" cy=\"{y:.1}\" r=\"3\" fill=\"{INK}\"/>"),
        (Mark::Plain, "Identity providers" | "IAM Identity Center") => {
            format!("<path d=\"M{x} {:.1}l4 4l-4 4l-4 -4z\" fill=\"{INK}\"/>", y - 4.0)
        }
        (Mark::Plain, "This account") => {
            format!("<circle cx=\"{x}\" cy=\"{y:.1}\" r=\"3\" fill=\"#ffffff\" stroke=\"{INK}\"/>")
        }
        (Mark::Plain, _) => {
            format!("<rect x=\"{}\" y=\"{:.1}\" width=\"6\" height=\"6\" fill=\"{INK}\"/>", x - 3.0, y - 3.0)
        }
    }
}

/// What lines and signs mean, below the picture.
fn legend(top: f64) -> String {
    let mut svg = format!("<path d=\"M0 {:.1}H{WIDTH}\" stroke=\"{FAINT}\" fill=\"none\"/>\n", top - 8.0);
    let node =
        |mark| Node { section: "", text: String::new(), full: String::new(), file: String::new(), count: 1, mark };
    let words = |x: f64, y: f64, text: &str| {
        format!("<text x=\"{x}\" y=\"{:.1}\" font-size=\"9\" fill=\"{MUTED}\">{text}</text>\n", y + 3.2)
    };
    let line = |x: f64, y: f64, extra: &str| {
        format!("<path d=\"M{x} {y:.1}h26\" fill=\"none\" stroke=\"{TIE}\" stroke-width=\"1.4\"{extra}/>")
    };
    let (one, two, three) = (top + 6.0, top + 22.0, top + 38.0);
    svg.push_str(&line(0.0, one, ""));
    svg.push_str(&words(34.0, one, "let in; a thicker line stands for more roles, a number for how many"));
    svg.push_str(&line(372.0, one, " stroke-dasharray=\"5 3\""));
    svg.push_str(&words(406.0, one, "let in under conditions that limit who gets in"));
    svg.push_str(&dot(6.0, two, &node(Mark::Open)));
    svg.push_str(&words(
        20.0,
        two,
        "open: anyone, an outside account without an external ID, or any subject or guest of an identity provider",
    ));
    svg.push_str(&dot(6.0, three, &node(Mark::Unclear)));
    svg.push_str(&words(
        20.0,
        three,
        "whether it is open is not settled by the evidence: whose the account is, or what a condition does",
    ));
    svg
}

#[cfg(test)]
mod tests;
