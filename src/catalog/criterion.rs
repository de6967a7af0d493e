//! Criteria and sentences: parsed, checked, and their mistakes placed in the
//! file.

use super::check::{Checked, Scope, check};
use super::source::{Literal, Source};
use super::types::{Base, Type};
use super::{Criterion, Part, Problem, Template};

/// A criterion that must yield true or false.
pub fn criterion(text: &Literal, scope: Scope<'_>, source: &Source, problems: &mut Vec<Problem>) -> Option<Criterion> {
    let (criterion, ty) = compile(text, scope, source, problems)?;
    if ty == Type::new(Base::Bool) {
        return Some(criterion);
    }
    let next = "a criterion is a condition, such as key.active";
    problems.push(source.problem(text.byte(0), format!("expected true or false, found {ty}"), next));
    None
}

/// A sentence with CEL in `{{ }}`.
pub fn template(text: &Literal, scope: Scope<'_>, source: &Source, problems: &mut Vec<Problem>) -> Option<Template> {
    let before = problems.len();
    let value = &text.value;
    let mut parts = Vec::new();
    let mut at = 0;
    let place = |byte: usize| text.byte(value[..byte].chars().count());
    while let Some(open) = value[at..].find("{{").map(|found| at + found) {
        plain(&value[at..open], place(at), source, problems, &mut parts);
        let Some(close) = value[open..].find("}}").map(|found| open + found) else {
            problems.push(source.problem(place(open), "{{ is never closed", "write {{ key.user }}"));
            return None;
        };
        let inner = &value[open + 2..close];
        let trimmed = inner.trim();
        if trimmed.is_empty() {
            problems.push(source.problem(place(open), "{{ }} holds nothing", "name a fact: {{ key.user }}"));
        } else {
            let from = open + 2 + (inner.len() - inner.trim_start().len());
            let expression = text.part(from, from + trimmed.len());
            parts.extend(compile(&expression, scope, source, problems).map(|(criterion, _)| Part::Value(criterion)));
        }
        at = close + 2;
    }
    plain(&value[at..], place(at), source, problems, &mut parts);
    if value.trim().is_empty() {
        problems.push(source.problem(text.byte(0), "the sentence is empty", "say which subject fails and why"));
    }
    (problems.len() == before).then(|| Template { source: value.clone(), parts })
}

fn plain(text: &str, at: usize, source: &Source, problems: &mut Vec<Problem>, parts: &mut Vec<Part>) {
    if text.contains("}}") {
        problems.push(source.problem(at, "}} without {{ before it", "write {{ key.user }}"));
    } else if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

fn compile(
    text: &Literal,
    scope: Scope<'_>,
    source: &Source,
    problems: &mut Vec<Problem>,
) -> Option<(Criterion, Type)> {
    let program = match cel::Program::compile(&text.value) {
        Ok(program) => program,
        Err(errors) => {
            // The parser's later messages follow from its first.
            let error = &errors.errors[0];
            let at = text.byte(character(&text.value, error.pos));
            let next = "the other pages have examples; https://cel.dev describes the language";
            problems.push(source.problem(at, format!("this is not CEL: {}", plain_words(&error.msg)), next));
            return None;
        }
    };
    let Checked { ty, reads, account_reads, mistakes } = check(program.expression(), program.source_info(), scope);
    let flawed = !mistakes.is_empty();
    for mistake in mistakes {
        let before = text.value.get(..mistake.at).unwrap_or_default();
        problems.push(source.problem(text.byte(before.chars().count()), mistake.message, mistake.next));
    }
    let criterion = Criterion { source: text.value.clone(), program, reads, account_reads };
    (!flawed && ty.base != Base::Unclear).then_some((criterion, ty))
}

/// The parser's message without the grammar's own vocabulary.
fn plain_words(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default().trim_start_matches("Syntax error: ");
    let what = message.split(" expecting ").next().unwrap_or(message);
    let unexpected =
        ["mismatched input ", "extraneous input ", "no viable alternative at input ", "token recognition error at: "];
    let what = match unexpected.iter().find_map(|prefix| what.strip_prefix(prefix)) {
        Some(token) => format!("unexpected {token}"),
        None => what.to_owned(),
    };
    what.replace("'<EOF>'", "end")
}

/// The character of a text at a line and column, both from 1.
fn character(text: &str, (line, column): (isize, isize)) -> usize {
    let lines = usize::try_from(line - 1).unwrap_or(0);
    let before: usize = text.split_inclusive('\n').take(lines).map(|line| line.chars().count()).sum();
    before + usize::try_from(column - 1).unwrap_or(0)
}
