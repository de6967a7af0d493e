//! The changes as text for a terminal: sorted, one thing a line. Hidden
//! characters are shown, line breaks in names too, so that no name can write
//! lines or colours of its own.

use crate::pack::changes::{ChangesPart, NotablePart, Pointer, RollLine};
use crate::text::one_line;
use std::fmt::Write as _;

/// The whole text; with colours only where asked.
pub fn text(part: &ChangesPart, colours: bool) -> String {
    let mut page = Page { out: String::new(), colours };
    for sentence in &part.sentences {
        page.line("", sentence);
    }
    page.heading("Populations");
    page.rolls(&part.rollforward);
    for group in &part.notable {
        page.notable(group);
    }
    page.heading("Verdicts");
    page.line("  ", &part.verdicts_sentence);
    for one in &part.verdicts {
        let words = if one.words.is_empty() { String::new() } else { format!(" ({})", one.words) };
        page.line("  ", &format!("{}: {} → {}{words}", one.id, one.before_label, one.after_label));
    }
    if let Some(stated) = &part.attestations {
        page.heading("Attestations");
        page.line("  ", &stated.sentence);
        for one in &stated.lines {
            page.line("  ", &format!("{} ({}): {}", one.id, one.control, one.change));
            one.rows.iter().for_each(|row| page.line("    ", row));
        }
    }
    for group in &part.moves {
        page.heading(&group.title);
        page.pointers(&group.names, &group.more);
    }
    if !part.not_comparable.is_empty() {
        page.heading("Not comparable");
        for one in &part.not_comparable {
            page.line("  ", &one.reason);
            one.whom.iter().for_each(|whom| page.line("    ", whom));
        }
    }
    if let Some(changes) = &part.machine {
        page.details(changes);
    }
    page.out
}

struct Page {
    out: String,
    colours: bool,
}

impl Page {
    fn line(&mut self, indent: &str, text: &str) {
        writeln!(self.out, "{indent}{}", one_line(text)).expect("a String takes any text");
    }

    fn heading(&mut self, text: &str) {
        let text = one_line(text);
        let line = if self.colours { format!("\n\u{1b}[1m{text}\u{1b}[0m") } else { format!("\n{text}") };
        writeln!(self.out, "{line}").expect("a String takes any text");
    }

    fn coloured(&mut self, indent: &str, colour: &str, text: &str) {
        if self.colours {
            writeln!(self.out, "{indent}\u{1b}[{colour}m{}\u{1b}[0m", one_line(text)).expect("a String takes any text");
        } else {
            self.line(indent, text);
        }
    }

    fn rolls(&mut self, rolls: &[RollLine]) {
        let head =
            ["", "opening", "+ added", "− removed", "= closing", "recreated", "changed", "unchanged", "not comp."];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(rolls.iter().map(|roll| {
            [
                roll.title.to_owned(),
                roll.opening.clone(),
                roll.added.clone(),
                roll.removed.clone(),
                roll.closing.clone(),
                roll.made_anew.clone(),
                roll.changed.clone(),
                roll.unchanged.clone(),
                roll.not_comparable.clone(),
            ]
        }));
        let widths: Vec<usize> = (0..head.len())
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        for (number, row) in rows.iter().enumerate() {
            let mut line = format!("{:<width$}", row[0], width = widths[0]);
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                write!(line, "  {cell:>width$}").expect("a String takes any text");
            }
            if number > 0 && !rolls[number - 1].reasons.is_empty() {
                line.push_str("  not comparable");
            }
            self.line("  ", line.trim_end());
        }
    }

    fn notable(&mut self, group: &NotablePart) {
        self.heading(group.title);
        self.pointers(&group.lines, &group.more);
        if !group.none.is_empty() {
            self.line("  ", &group.none);
        }
        group.not_known.iter().for_each(|reason| self.coloured("    ", "33", &format!("not known: {reason}")));
    }

    fn pointers(&mut self, lines: &[Pointer], more: &str) {
        for line in lines {
            self.line("  ", &line.text);
        }
        if !more.is_empty() {
            self.line("  ", more);
        }
    }

    fn details(&mut self, changes: &crate::pack::changes::Changes) {
        let with_rows = changes.entities.iter().filter(|entity| !entity.rows.is_empty());
        for (number, entity) in with_rows.enumerate() {
            if number == 0 {
                self.heading("In detail");
            }
            self.line("", &format!("{} {}", entity.kind.replace('_', " "), entity.id));
            for row in &entity.rows {
                if row.lines.is_empty() {
                    self.line("  ", &format!("{}: {} → {}", row.what, row.before, row.after));
                    continue;
                }
                self.line("  ", &format!("{}:", row.what));
                for line in &row.lines {
                    let colour = match line.sign {
                        '+' => "32",
                        '-' => "31",
                        _ => "2",
                    };
                    self.coloured("    ", colour, &format!("{} {}", line.sign, line.text));
                }
            }
        }
    }
}
