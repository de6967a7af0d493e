//! The difference between two versions of a policy, line by line.

use super::sheet::DiffLine;
use similar::{ChangeTag, TextDiff};

/// Longer documents than AWS takes are not compared: the work grows with the square.
const LINES: usize = 3_000;

/// The changed lines with three unchanged ones around them; why not, where it cannot be said.
pub fn lines(before: &str, after: &str) -> Result<Vec<DiffLine>, &'static str> {
    if before == after {
        return Err("The text did not change.");
    }
    if before.lines().count().max(after.lines().count()) > LINES {
        return Err("The documents are too long to be compared here.");
    }
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (number, group) in diff.grouped_ops(3).iter().enumerate() {
        if number > 0 {
            lines.push(DiffLine { sign: '…', text: String::new() });
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(DiffLine { sign, text: change.value().trim_end_matches('\n').to_owned() });
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_changed_line_stands_between_its_neighbours() {
        let told: Vec<String> =
            lines("a\nb\nc\n", "a\nB\nc\n").unwrap().iter().map(|line| format!("{}{}", line.sign, line.text)).collect();
        assert_eq!(told, [" a", "-b", "+B", " c"]);
        assert!(lines("a", "a").is_err());
        assert!(lines(&"x\n".repeat(4_000), "a").is_err());
    }
}
