//! How wide a sheet's columns are, and how many rows a volume takes.

use crate::pack::{Column, Row};

/// Sheets up to this length are part of `pack.pdf`.
pub(super) const INLINE_ROWS: usize = 300;

/// Cells a volume: about 40 landscape pages, and 0.2 GB while it is made.
const CELLS_PER_VOLUME: usize = 16_000;

/// Between the margins of a landscape page, in points.
const PAGE_WIDTH: f64 = 750.0;
/// A mark's column.
const MARK_WIDTH: f64 = 21.0;
/// White space left and right of a cell's text.
const INSET: f64 = 6.0;
/// A character at the sheets' type size, on average.
const CHARACTER: f64 = 3.9;

/// Rows of one annex volume.
pub(super) fn rows_per_volume(columns: usize) -> usize {
    (CELLS_PER_VOLUME / columns.max(1) / 50 * 50).clamp(100, 1_500)
}

/// Each column's width in points; together they fill the page.
///
/// Set from all rows of the sheet, so that its volumes look the same.
pub(super) fn widths(columns: &[Column], rows: &[Row]) -> Vec<f64> {
    let marks = columns.iter().filter(|column| column.control.is_some()).count();
    let facts: Vec<f64> = columns
        .iter()
        .filter(|column| column.control.is_none())
        .enumerate()
        .map(|(index, column)| {
            let cells = rows.iter().filter_map(|row| row.cells.get(index));
            characters(column, cells.map(|cell| cell.chars().count()).collect())
        })
        .collect();
    let wanted: f64 = facts.iter().map(|characters| characters * CHARACTER + INSET).sum();
    let mark_width = MARK_WIDTH.min(PAGE_WIDTH / 2.0 / marks.max(1) as f64);
    let scale = (PAGE_WIDTH - mark_width * marks as f64) / wanted.max(1.0);
    let mut facts = facts.into_iter();
    let width = |column: &Column| match column.control {
        Some(_) => mark_width,
        None => (facts.next().unwrap_or_default() * CHARACTER + INSET) * scale,
    };
    let widths = columns.iter().map(width);
    widths.map(|width| (width * 10.0).floor() / 10.0).collect()
}

/// How many characters fit on one line of a column.
pub(super) fn fits(width: f64) -> usize {
    // A width is between 0 and the page's.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let characters = ((width - INSET) / CHARACTER).floor().max(4.0) as usize;
    characters
}

/// Text of this length may need a row that is taller than a page.
pub(super) const TALL: usize = 1_000;

/// Whether a row of the sheet may need more than a page, so that it must be allowed to break.
pub(super) fn tall(widths: &[f64], rows: &[Row]) -> bool {
    let lines = |(cell, width): (&String, &f64)| cell.len() / fits(*width) + cell.matches('\n').count();
    rows.iter().any(|row| row.cells.iter().zip(widths).any(|cell| lines(cell) > 12))
}

/// Room for nearly all of a column's cells; the longest few wrap.
fn characters(column: &Column, mut lengths: Vec<usize>) -> f64 {
    lengths.sort_unstable();
    let usual = lengths.get(lengths.len() * 95 / 100).copied().unwrap_or_default();
    let heading = column.title.split_whitespace().map(|word| word.chars().count()).max().unwrap_or_default() + 1;
    let most = if column.kind == "text" { 34 } else { 18 };
    usual.min(most).max(heading).max(4) as f64
}

#[cfg(test)]
mod tests {
    use super::{PAGE_WIDTH, fits, rows_per_volume, widths};
    use crate::pack::{Column, Row};

    fn column(title: &str, kind: &'static str, control: Option<&str>) -> Column {
        Column { title: title.into(), key: title.into(), control: control.map(Into::into), kind }
    }

    #[test]
    fn columns_fill_the_page_and_long_text_does_not_push_the_rest_out() {
        let columns = [column("User", "text", None), column("Age", "number", None), column("B3", "mark", Some("x"))];
        let row = |name: &str| Row { id: String::new(), cells: vec![name.into(), "7".into()], marks: vec![None] };
        let widths = widths(&columns, &[row("anna"), row(&"x".repeat(4_000))]);
        assert!(widths.iter().sum::<f64>() <= PAGE_WIDTH);
        assert!(widths.iter().sum::<f64>() > PAGE_WIDTH - 2.0);
        assert!(fits(widths[1]) >= 4 && widths[2] >= 15.0, "{widths:?}");
    }

    #[test]
    fn forty_controls_leave_half_of_the_page_to_the_facts() {
        let mut columns = vec![column("User", "text", None)];
        columns.extend((0..80).map(|_| column("B3", "mark", Some("x"))));
        assert!(widths(&columns, &[])[0] >= PAGE_WIDTH / 2.0 - 1.0);
    }

    #[test]
    fn volumes_are_bounded_by_their_cells() {
        assert_eq!(rows_per_volume(16), 1_000);
        assert_eq!(rows_per_volume(5), 1_500);
        assert_eq!(rows_per_volume(1_000), 100);
    }
}
