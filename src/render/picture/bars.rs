//! Bars of counts by kind, and a tree with such a bar on every line: the same bytes in HTML and PDF.
//!
//! Colour says nothing alone: a part has its sign, its count where there is room, and its words as a title.

use super::{FAINT, INK, LINE, MUTED, TAIL, WIDTH, escaped, fit};
use crate::text::visible;
use crate::verdict::Verdict;

/// Lines that a picture takes at most, so that it fits on one page.
pub const LINES: usize = 50;

/// A finished picture.
#[derive(serde::Serialize)]
pub struct Drawing {
    /// `states`: a name for the file.
    pub name: String,
    pub title: String,
    pub svg: String,
    /// What it shows, for somebody who does not see it.
    pub alt: String,
}

/// A kind that is counted.
#[derive(Clone, Copy)]
pub struct Hue {
    pub sign: &'static str,
    pub words: &'static str,
    pub colour: &'static str,
}

impl Hue {
    /// How charts show a verdict, with signs that the bundled fonts have.
    pub const fn for_verdict(verdict: Verdict) -> Self {
        let (sign, colour) = match verdict {
            Verdict::Fail => ("×", "#a3141b"),
            Verdict::Unknown => ("?", "#875000"),
            Verdict::Excepted => ("(×)", "#86336e"),
            Verdict::Manual => ("M", "#4b4a94"),
            Verdict::Attested => ("(✓)", "#0b5c6b"),
            Verdict::Pass => ("✓", "#17663a"),
            Verdict::NotApplicable => ("–", "#6b7480"),
        };
        Self { sign, words: verdict.word(), colour }
    }
}

/// A line of the picture.
pub struct Bar {
    /// How far it is below the root of a tree.
    pub depth: usize,
    pub label: String,
    /// Beside the label, small.
    pub note: String,
    /// How many of each kind.
    pub parts: Vec<(Hue, usize)>,
    /// Behind the bar.
    pub total: String,
    /// Where the label leads, in the HTML.
    pub href: String,
}

/// Where the columns of a picture begin.
pub struct Columns {
    pub note: f64,
    pub bar: f64,
    pub end: f64,
}

/// The whole picture. All bars have one scale; with `even` each is as long as the others.
pub struct Plan<'a> {
    pub name: String,
    pub title: &'a str,
    pub heads: [&'a str; 4],
    pub columns: Columns,
    pub even: bool,
    pub legend: &'a [Hue],
    pub bars: &'a [Bar],
}

const TOP: f64 = 26.0;
const STEP: f64 = 13.0;

pub fn draw(plan: &Plan<'_>) -> Drawing {
    let bottom = TOP + LINE * plan.bars.len() as f64;
    let rows = legend_rows(plan.legend);
    let height = bottom + 16.0 + 16.0 * rows.len() as f64;
    let alt = alt(plan);
    let Plan { name, title, .. } = plan;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"170mm\" height=\"{:.1}mm\" \
         role=\"group\" aria-labelledby=\"{name}-title\" font-family=\"IBM Plex Sans, sans-serif\" font-size=\"10.5\" \
         fill=\"{INK}\">\n<title id=\"{name}-title\">{}</title>\n<rect width=\"{WIDTH}\" height=\"{height:.0}\" \
         fill=\"#ffffff\"/>\n",
        height / 4.0,
        escaped(title)
    );
    svg.push_str(&heads(plan));
    let longest = plan.bars.iter().map(total).max().unwrap_or(0).max(1);
    for (line, bar) in plan.bars.iter().enumerate() {
        let top = TOP + LINE * line as f64;
        if bar.depth > 0 {
            svg.push_str(&branch(plan.bars, line, top));
        }
        svg.push_str(&labels(plan, bar, top));
        let whole = if plan.even { total(bar).max(1) } else { longest };
        svg.push_str(&parts(plan, bar, whole, top));
    }
    svg.push_str(&legend(&rows, bottom + 18.0));
    svg.push_str("</svg>\n");
    Drawing { name: name.clone(), title: (*title).to_owned(), svg, alt }
}

fn total(bar: &Bar) -> usize {
    bar.parts.iter().map(|part| part.1).sum()
}

fn heads(plan: &Plan<'_>) -> String {
    let head = |x: f64, anchor: &str, text: &str| {
        format!(
            "<text x=\"{x}\" y=\"13\" text-anchor=\"{anchor}\" font-size=\"9.5\" font-weight=\"600\" fill=\"{MUTED}\">{}</text>\n",
            escaped(text)
        )
    };
    let [label, note, bar, total] = plan.heads;
    format!(
        "{}{}{}{}<path d=\"M0 20H{WIDTH}\" stroke=\"{INK}\" fill=\"none\"/>\n",
        head(0.0, "start", label),
        head(plan.columns.note, "start", note),
        head(plan.columns.bar, "start", bar),
        head(WIDTH, "end", total)
    )
}

/// The line from a unit to the one around it.
fn branch(bars: &[Bar], line: usize, top: f64) -> String {
    let depth = bars[line].depth;
    let x = (depth as f64 - 1.0) * STEP + 4.0;
    let middle = top + LINE / 2.0;
    // Up to the parent, or to the sibling before: whichever is nearer.
    let before = bars[..line].iter().rev().take_while(|bar| bar.depth > depth).count();
    let up = LINE * (before as f64 + 1.0);
    let from = match bars[..line - before.min(line)].last() {
        Some(above) if above.depth == depth => middle - up,
        _ => middle - up + 5.0,
    };
    format!(
        "<path d=\"M{x:.1} {from:.1}V{middle:.1}h{:.1}\" stroke=\"{MUTED}\" stroke-width=\".7\" fill=\"none\"/>\n",
        STEP - 5.0
    )
}

fn labels(plan: &Plan<'_>, bar: &Bar, top: f64) -> String {
    let x = bar.depth as f64 * STEP;
    let y = top + 12.2;
    let shown = escaped(&fit(&visible(&bar.label), plan.columns.note - x - 8.0, TAIL));
    let whole = escaped(&bar.label);
    let label = format!("<text x=\"{x:.1}\" y=\"{y:.1}\"><title>{whole}</title>{shown}</text>");
    let label = if bar.href.is_empty() { label } else { format!("<a href=\"{}\">{label}</a>", escaped(&bar.href)) };
    format!(
        "{label}{}<text x=\"{WIDTH}\" y=\"{y:.1}\" text-anchor=\"end\" font-size=\"9\" fill=\"{MUTED}\">{}</text>\n",
        note(plan, bar, y),
        escaped(&bar.total)
    )
}

/// The small print beside a label.
fn note(plan: &Plan<'_>, bar: &Bar, y: f64) -> String {
    if bar.note.is_empty() {
        return String::new();
    }
    // It is narrower than the estimate for the usual size.
    let room = (plan.columns.bar - plan.columns.note - 8.0) * 1.15;
    let shown = escaped(&fit(&visible(&bar.note), room, 0.0));
    format!(
        "<text x=\"{}\" y=\"{y:.1}\" font-size=\"9\" fill=\"{MUTED}\"><title>{}</title>{shown}</text>",
        plan.columns.note,
        escaped(&bar.note)
    )
}

fn parts(plan: &Plan<'_>, bar: &Bar, whole: usize, top: f64) -> String {
    let room = plan.columns.end - plan.columns.bar;
    let mut x = plan.columns.bar;
    let mut svg = String::new();
    for (hue, count) in bar.parts.iter().filter(|part| part.1 > 0) {
        // One among a thousand is still seen.
        let width = (room * *count as f64 / whole as f64).max(2.5).min((plan.columns.end - x).max(1.0));
        let Hue { sign, words, colour } = hue;
        let title = escaped(&format!("{}: {count} {words}", bar.label));
        svg.push_str(&format!(
            "<g><title>{title}</title><rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"12\" fill=\"{colour}\"/>",
            top + 2.5,
            (width - 0.8).max(0.8)
        ));
        let text = format!("{sign} {count}");
        if width > text.chars().count() as f64 * 5.4 + 5.0 {
            svg.push_str(&format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"8.5\" font-weight=\"600\" fill=\"#ffffff\">{text}</text>",
                x + width / 2.0 - 0.4,
                top + 11.6
            ));
        }
        svg.push_str("</g>\n");
        x += width;
    }
    svg
}

/// Kinds on as few rows as they fit on.
fn legend_rows(legend: &[Hue]) -> Vec<Vec<(f64, Hue)>> {
    let mut rows: Vec<Vec<(f64, Hue)>> = Vec::new();
    let mut x = f64::MAX;
    for hue in legend {
        let width = 26.0 + hue.words.chars().count() as f64 * 5.2 + 14.0;
        if x + width > WIDTH {
            rows.push(Vec::new());
            x = 0.0;
        }
        rows.last_mut().expect("a row was begun").push((x, *hue));
        x += width;
    }
    rows
}

fn legend(rows: &[Vec<(f64, Hue)>], top: f64) -> String {
    let mut svg = format!("<path d=\"M0 {:.1}H{WIDTH}\" stroke=\"{FAINT}\" fill=\"none\"/>\n", top - 12.0);
    for (number, row) in rows.iter().enumerate() {
        let y = top + 16.0 * number as f64;
        for (x, Hue { sign, words, colour }) in row {
            svg.push_str(&format!(
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.1}\" \
                 font-size=\"9\" fill=\"{MUTED}\">{sign} {words}</text>\n",
                y - 6.0,
                x + 13.0,
                y + 2.0
            ));
        }
    }
    svg
}

fn alt(plan: &Plan<'_>) -> String {
    let line = |bar: &Bar| {
        let parts: Vec<String> =
            bar.parts.iter().filter(|part| part.1 > 0).map(|(hue, count)| format!("{count} {}", hue.words)).collect();
        let parts = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
        let note = if bar.note.is_empty() { String::new() } else { format!(" ({})", bar.note) };
        format!("{}{note}: {parts}", bar.label)
    };
    format!("{}. {}.", plan.title, plan.bars.iter().map(line).collect::<Vec<_>>().join("; "))
}
