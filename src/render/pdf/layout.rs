//! How wide a sheet's columns are, which rows are one line, and how many rows a volume takes.

use super::glyphs::Drawable;
use crate::pack::{Column, Row};

/// Sheets up to this length are part of `pack.pdf`.
pub(super) const INLINE_ROWS: usize = 300;

/// Cells a volume: about 30 landscape pages, and 0.2 GB while it is made.
const CELLS_PER_VOLUME: usize = 16_000;

/// Between the margins of a landscape page, in points.
const PAGE_WIDTH: f64 = 750.0;
/// The sheets' type size.
const SIZE: f64 = 7.0;
/// A mark's column.
const MARK_WIDTH: f64 = 21.0;
/// White space left and right of a cell's text.
const INSET: f64 = 6.0;
/// The same for numbers, which stand to the right.
const NUMBER_INSET: f64 = 12.0;
/// Longest word or time that a column is made for, in points.
const LONG_WORD: f64 = 84.0;
/// The same for names.
const LONG_NAME: f64 = 100.0;
/// Rows of a sheet that are looked at to share the width among texts.
const SAMPLE: usize = 400;
/// Text columns grow in steps of so many points.
const STEP: f64 = 5.0;
/// Kerning and rounding may make a line a little longer than the sum of its characters.
const SLACK: f64 = 1.0;

/// Text of this length may need a row that is taller than a page.
pub(super) const TALL: usize = 1_000;

/// Rows of one annex volume.
pub(super) fn rows_per_volume(columns: usize) -> usize {
    (CELLS_PER_VOLUME / columns.max(1) / 50 * 50).clamp(100, 1_500)
}

/// A sheet's columns; together they fill the page.
pub(super) struct Columns {
    pub widths: Vec<f64>,
    /// Room for text in each fact column, in points.
    room: Vec<f64>,
}

impl Columns {
    /// Set from all rows of the sheet, so that its volumes look the same.
    pub fn measure(columns: &[Column], rows: &[Row], drawable: &Drawable) -> Self {
        let (controls, facts): (Vec<_>, Vec<_>) = columns.iter().partition(|column| column.control.is_some());
        let marks = controls.len() as f64;
        let mark = MARK_WIDTH.min(PAGE_WIDTH / 2.0 / marks.max(1.0));
        let every = rows.len() / SAMPLE + 1;
        let lengths = facts.iter().enumerate().map(|(index, column)| {
            // Words are all looked at, so that none breaks; of texts a part tells enough.
            let cells = rows.iter().step_by(if rigid(column) { 1 } else { every });
            let cells = cells.filter_map(|row| row.cells.get(index));
            cells.map(|cell| drawable.width(cell) * SIZE + 1.5 * SLACK).collect::<Vec<f64>>()
        });
        let lengths: Vec<Vec<f64>> = lengths.collect();
        let widths = share(&facts, &lengths, PAGE_WIDTH - mark * marks, drawable);
        // Tenths of a point, so that the figures are the same everywhere.
        let facts_wide: Vec<f64> = widths.iter().map(|width| (width * 10.0).floor() / 10.0).collect();
        let mut next = facts_wide.iter();
        let width = |column: &Column| match column.control {
            Some(_) => (mark * 10.0).floor() / 10.0,
            None => next.next().copied().unwrap_or_default(),
        };
        let widths = columns.iter().map(width).collect();
        let room = facts.iter().zip(&facts_wide).map(|(column, width)| (width - inset(column) - SLACK).max(1.0));
        Self { widths, room: room.collect() }
    }

    /// Whether a cell's text fits on one line.
    pub fn holds(&self, fact: usize, text: &str, drawable: &Drawable) -> bool {
        self.room.get(fact).is_some_and(|room| !text.contains('\n') && drawable.width(text) * SIZE <= *room)
    }

    /// How many wide characters fit on one line.
    pub fn characters(&self, fact: usize) -> usize {
        // Between zero and what a page holds.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let characters = (self.room.get(fact).copied().unwrap_or(PAGE_WIDTH) / (SIZE * 0.62)).max(4.0) as usize;
        characters
    }

    /// Whether a row may need more than a page, so that it must be allowed to break.
    pub fn tall(&self, rows: &[Row]) -> bool {
        let lines = |(fact, cell): (usize, &String)| cell.len() / self.characters(fact) + cell.matches('\n').count();
        rows.iter().any(|row| row.cells.iter().enumerate().any(|cell| lines(cell) > 12))
    }
}

/// Words, figures and times get what they want; text shares the rest so that rows have few lines.
fn share(facts: &[&Column], lengths: &[Vec<f64>], page: f64, drawable: &Drawable) -> Vec<f64> {
    let mut widths: Vec<f64> =
        facts.iter().zip(lengths).map(|(column, cells)| least(column, cells, drawable)).collect();
    if let (Some(first), Some(names)) = (widths.first_mut(), lengths.first()) {
        // The first column names the row: most names stay whole.
        *first = first.max(INSET + percentile(names, 90).min(LONG_NAME));
    }
    let texts: Vec<usize> = (0..facts.len()).filter(|index| !rigid(facts[*index])).collect();
    let mut rest = page - widths.iter().sum::<f64>();
    while rest > STEP {
        let Some(column) = most_wanting(&texts, &widths, lengths) else { break };
        widths[column] += STEP;
        rest -= STEP;
    }
    // All columns share what is left over or missing.
    let scale = page / widths.iter().sum::<f64>().max(1.0);
    widths.iter().map(|width| width * scale).collect()
}

/// The text column that makes the most rows tall; none if all rows are one line.
#[expect(clippy::needless_range_loop, reason = "a row is read across several columns")]
fn most_wanting(texts: &[usize], widths: &[f64], lengths: &[Vec<f64>]) -> Option<usize> {
    let rows = texts.first().map_or(0, |first| lengths[*first].len());
    let mut blame = vec![0.0; widths.len()];
    for row in 0..rows {
        let length = |column: usize| lengths[column][row];
        let lines = |column: usize| length(column) / (widths[column] - INSET);
        let tallest = texts.iter().copied().max_by(|a, b| lines(*a).total_cmp(&lines(*b)));
        if let Some(tallest) = tallest.filter(|column| lines(*column) > 1.0) {
            // What a step more would save.
            let room = widths[tallest] - INSET;
            blame[tallest] += length(tallest) * STEP / (room * (room + STEP));
        }
    }
    texts.iter().copied().filter(|column| blame[*column] > 0.0).max_by(|a, b| blame[*a].total_cmp(&blame[*b]))
}

/// The narrowest that a column may be: the words of its heading, and for words and times nearly all of its cells.
fn least(column: &Column, lengths: &[f64], drawable: &Drawable) -> f64 {
    let words = column.title.split_whitespace().map(|word| drawable.width(word) * SIZE * 1.12);
    let heading = words.fold(20.0, f64::max) + SLACK;
    let usual = percentile(lengths, 98);
    inset(column) + if rigid(column) { heading.max(usual.min(LONG_WORD)) } else { heading }
}

fn percentile(lengths: &[f64], percent: usize) -> f64 {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default()
}

/// Words, figures and times stay on one line.
fn rigid(column: &Column) -> bool {
    column.kind != "text"
}

fn inset(column: &Column) -> f64 {
    if column.kind == "number" { NUMBER_INSET } else { INSET }
}

#[cfg(test)]
mod tests {
    use super::{Columns, PAGE_WIDTH, rows_per_volume};
    use crate::pack::{Column, Row};
    use crate::render::pdf::glyphs::Drawable;
    use crate::render::pdf::press::fonts;

    fn column(title: &str, kind: &'static str, control: Option<&str>) -> Column {
        Column { title: title.into(), key: title.into(), control: control.map(Into::into), kind }
    }

    #[test]
    fn columns_fill_the_page_and_long_text_does_not_push_the_rest_out() {
        let drawable = Drawable::by(&fonts());
        let columns = [column("User", "text", None), column("Age", "number", None), column("B3", "mark", Some("x"))];
        let row = |name: &str| Row { id: String::new(), cells: vec![name.into(), "7".into()], marks: vec![None] };
        let columns = Columns::measure(&columns, &[row("anna"), row(&"x".repeat(4_000))], &drawable);
        let total = columns.widths.iter().sum::<f64>();
        assert!(total <= PAGE_WIDTH && total > PAGE_WIDTH - 2.0, "{total}");
        assert!(columns.holds(1, "365", &drawable) && columns.widths[2] >= 15.0, "{:?}", columns.widths);
        assert!(columns.holds(0, "anna", &drawable) && !columns.holds(0, &"x".repeat(4_000), &drawable));
        assert!(!columns.holds(0, "a\nb", &drawable));
    }

    #[test]
    fn words_and_times_stay_whole_beside_long_text() {
        let drawable = Drawable::by(&fonts());
        let text = |title| column(title, "text", None);
        let columns = [text("Name"), column("Created", "time", None), column("Kind", "word", None), text("Trusts")];
        let cells = ["x".repeat(60), "2026-11-22 05:56:27".into(), "customer".into(), "y".repeat(900)];
        let row = || Row { id: String::new(), cells: cells.to_vec(), marks: Vec::new() };
        let columns = Columns::measure(&columns, &[row(), row()], &drawable);
        assert!(columns.holds(1, &cells[1], &drawable) && columns.holds(2, &cells[2], &drawable));
        let total = columns.widths.iter().sum::<f64>();
        assert!(total <= PAGE_WIDTH && total > PAGE_WIDTH - 2.0, "{total}");
    }

    #[test]
    fn eighty_controls_leave_half_of_the_page_to_the_facts() {
        let mut columns = vec![column("User", "text", None)];
        columns.extend((0..80).map(|_| column("B3", "mark", Some("x"))));
        assert!(Columns::measure(&columns, &[], &Drawable::by(&fonts())).widths[0] >= PAGE_WIDTH / 2.0 - 1.0);
    }

    #[test]
    fn volumes_are_bounded_by_their_cells() {
        assert_eq!(rows_per_volume(16), 1_000);
        assert_eq!(rows_per_volume(5), 1_500);
        assert_eq!(rows_per_volume(1_000), 100);
    }
}
