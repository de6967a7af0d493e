//! The charts of the chapters' openings as pictures: the same bytes in HTML and PDF.

use super::picture::bars::{Bar, Columns, Hue, Plan, draw};
use crate::pack::Pack;
use crate::pack::openings::{Chart, ChartLine, Tone};
use serde::Serialize;
use std::collections::BTreeMap;

/// A chart, drawn.
#[derive(Serialize)]
pub(super) struct Figure {
    title: String,
    svg: String,
    /// What it shows, for somebody who does not see it.
    alt: String,
}

/// Letters of the chapters that have any, with their charts in order.
pub(super) fn by_chapter(pack: &Pack) -> BTreeMap<&str, Vec<Figure>> {
    let of = |chapter: &'_ crate::pack::Chapter| -> Vec<Figure> {
        chapter.opening.iter().flat_map(|opening| &opening.charts).map(figure).collect()
    };
    pack.chapters.iter().map(|chapter| (chapter.letter.as_str(), of(chapter))).collect()
}

fn figure(chart: &Chart) -> Figure {
    let hues: Vec<Hue> = chart.kinds.iter().map(|(tone, words)| hue(*tone, words)).collect();
    let bars: Vec<Bar> = chart.lines.iter().map(|line| bar(line, &hues)).collect();
    let has_notes = chart.lines.iter().any(|line| !line.note.is_empty());
    let drawing = draw(&Plan {
        name: chart.id.clone(),
        title: &chart.title,
        heads: chart.heads,
        columns: if has_notes {
            Columns { note: 220.0, bar: 375.0, end: 630.0 }
        } else {
            Columns { note: 300.0, bar: 300.0, end: 630.0 }
        },
        even: false,
        legend: &hues,
        bars: &bars,
    });
    Figure { title: chart.title.clone(), svg: drawing.svg, alt: drawing.alt }
}

fn bar(line: &ChartLine, hues: &[Hue]) -> Bar {
    let total: usize = line.counts.iter().sum();
    Bar {
        depth: 0,
        label: line.label.clone(),
        note: line.note.clone(),
        parts: hues.iter().copied().zip(line.counts.iter().copied()).collect(),
        total: total.to_string(),
        href: String::new(),
    }
}

/// Signs as elsewhere in the pack: never by colour alone.
fn hue(tone: Tone, words: &'static str) -> Hue {
    let (sign, colour) = match tone {
        Tone::Alarming => ("×", "#a3141b"),
        Tone::Open => ("!", "#875000"),
        Tone::Unclear => ("?", "#4b4a94"),
        Tone::Settled => ("✓", "#17663a"),
        Tone::Plain => ("·", "#57616e"),
    };
    Hue { sign, words, colour }
}
