//! The five headings of a page.

use crate::catalog::source::Source;
use crate::catalog::{Body, Problem};

const HEADINGS: [&str; 5] = ["Requirement", "Why it matters", "How it is tested", "How to fix it", "Limits"];

/// Reads the body that begins at a byte of the page.
pub fn body(source: &Source, start: usize, problems: &mut Vec<Problem>) -> Option<Body> {
    let before = problems.len();
    let mut parts: [String; 5] = Default::default();
    let mut found = 0;
    let mut fenced = false;
    let mut at = start;
    for line in source.text[start..].split_inclusive('\n') {
        let text = line.trim_end();
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && is_heading(text) {
            if HEADINGS.get(found).is_some_and(|expected| text == format!("## {expected}")) {
                found += 1;
            } else {
                let expected = HEADINGS.get(found).map_or("no further heading", |heading| heading);
                let next = format!("the headings are, in order: ## {}", HEADINGS.join(", ## "));
                problems.push(source.problem(at, format!("expected {expected}, found {text:?}"), next));
                // Later mistakes would only repeat this one.
                return None;
            }
        } else if found > 0 {
            parts[found - 1].push_str(text);
            parts[found - 1].push('\n');
        } else if !text.is_empty() {
            problems.push(source.problem(at, "text before the first heading", "begin with ## Requirement"));
            return None;
        }
        at += line.len();
    }
    if fenced {
        problems.push(source.problem(start, "a code block is never closed", "close it with ```"));
    } else if let Some(missing) = HEADINGS.get(found) {
        problems.push(source.problem(at, format!("the heading ## {missing} is missing"), "a page has all five"));
    }
    let [requirement, why, how_tested, how_to_fix, limits] = parts.map(|part| part.trim().to_owned());
    let body = Body { requirement, why, how_tested, how_to_fix, limits };
    let all = [&body.requirement, &body.why, &body.how_tested, &body.how_to_fix, &body.limits];
    for (heading, part) in HEADINGS.iter().zip(all).take(found) {
        if part.is_empty() {
            problems.push(source.problem(start, format!("nothing stands under ## {heading}"), "write it"));
        }
    }
    (problems.len() == before).then_some(body)
}

fn is_heading(line: &str) -> bool {
    let hashes = line.bytes().take_while(|b| *b == b'#').count();
    (1..=6).contains(&hashes) && line[hashes..].starts_with(' ')
}
