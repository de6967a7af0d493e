//! The charts of an account's pack as pictures: the same bytes in HTML and PDF.

use super::picture::bars::{Bar, Columns, Drawing, Hue, Plan, draw};
use crate::pack::Pack;
use crate::pack::openings::{Chart, Tone};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct Drawings<'a> {
    /// Controls by chapter and verdict; none where the pack has no chapter.
    summary: Option<Drawing>,
    /// Letters of the chapters, with their charts in order.
    chapters: BTreeMap<&'a str, Vec<Drawing>>,
}

pub(super) fn draw_all(pack: &Pack) -> Drawings<'_> {
    let charts = |chapter: &crate::pack::Chapter| -> Vec<Drawing> {
        chapter.opening.iter().flat_map(|opening| &opening.charts).map(draw_chart).collect()
    };
    Drawings {
        summary: (!pack.summary.by_chapter.is_empty()).then(|| draw_summary(pack)),
        chapters: pack.chapters.iter().map(|chapter| (chapter.letter.as_str(), charts(chapter))).collect(),
    }
}

fn draw_summary(pack: &Pack) -> Drawing {
    let hues: Vec<Hue> = pack.summary.verdicts.iter().map(|part| Hue::for_verdict(part.verdict)).collect();
    let bars: Vec<Bar> =
        pack.summary.by_chapter.iter().map(|chapter| bar(&chapter.title, "", &hues, &chapter.counts)).collect();
    draw(&Plan {
        name: "by-chapter".to_owned(),
        title: "Controls by chapter and verdict",
        heads: ["Chapter", "", "Verdicts", "Controls"],
        columns: Columns { note: 220.0, bar: 220.0, end: 630.0 },
        even: false,
        legend: &hues,
        bars: &bars,
    })
}

fn draw_chart(chart: &Chart) -> Drawing {
    let hues: Vec<Hue> = chart.kinds.iter().map(|(tone, words)| hue(*tone, words)).collect();
    let bars: Vec<Bar> = chart.lines.iter().map(|line| bar(&line.label, &line.note, &hues, &line.counts)).collect();
    let has_notes = chart.lines.iter().any(|line| !line.note.is_empty());
    draw(&Plan {
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
    })
}

fn bar(label: &str, note: &str, hues: &[Hue], counts: &[usize]) -> Bar {
    Bar {
        depth: 0,
        label: label.to_owned(),
        note: note.to_owned(),
        parts: hues.iter().copied().zip(counts.iter().copied()).collect(),
        total: counts.iter().sum::<usize>().to_string(),
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
