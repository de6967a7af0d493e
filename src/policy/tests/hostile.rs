//! What hostile input costs: counted in steps, not in seconds.

use crate::policy::actions::table;
use crate::policy::document::Document;
use crate::policy::grants::{Library, read};
use crate::policy::matching::STEPS;
use crate::policy::parse::parse;
use std::sync::Arc;

/// The symbols that were looked at while something was done.
fn steps<T>(work: impl FnOnce() -> T) -> usize {
    let before = STEPS.with(std::cell::Cell::get);
    work();
    STEPS.with(std::cell::Cell::get) - before
}

/// Different words over an alphabet that nearly every action has letters of.
fn word(mut number: usize) -> String {
    let mut word = String::new();
    for _ in 0..4 {
        word.push(['e', 't', 's', 'a', 'r', 'o'][number % 6]);
        number /= 6;
    }
    word
}

fn of_actions(count: usize) -> String {
    let list: Vec<String> =
        (0..count).map(|at| format!("\"*:*{}*\"", word(at).split("").collect::<Vec<_>>().join("*"))).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        list.join(",")
    )
}

fn of_resources(count: usize) -> String {
    let list: Vec<String> =
        (0..count).map(|at| format!("\"*{}*\"", word(at).split("").collect::<Vec<_>>().join("*"))).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":[{}]}}]}}"#,
        list.join(",")
    )
}

#[test]
fn a_pattern_is_held_against_each_name_at_most_once_and_only_if_its_letters_are_there() {
    let names: usize = (0..table().len()).map(|at| table().full_name(at).len()).sum();
    for pattern in ["*:*q1*", "*:*zq*", "*:?*x*7*", "*z*:*y*x*w*v*"] {
        let cost = steps(|| table().expand(pattern));
        assert!(cost < names / 10, "{pattern} took {cost} of {names}");
    }
    for pattern in ["*:*e*t*", "*:?*?*?*?*", "*?*:*?*a*?*"] {
        let cost = steps(|| table().expand(pattern));
        assert!(cost <= names, "{pattern} took {cost} of {names}");
        assert_eq!(steps(|| table().expand(pattern)), 0, "{pattern} is expanded once");
    }
}

#[test]
fn twice_the_patterns_take_at_most_twice_the_steps() {
    for make in [of_actions, of_resources] {
        let cost = |count: usize| {
            let document = parse(&make(count)).expect("JSON");
            steps(|| read(&document))
        };
        // Words come in a fixed order, so the longer list begins with the shorter; what is expanded already is free.
        let (few, many) = (cost(100), cost(300));
        assert!(many <= 4 * few.max(1), "{few} steps for 100 patterns, {many} for 300");
    }
}

#[test]
fn a_text_is_worked_out_once_however_many_hold_it() {
    let mut library = Library::default();
    let text = of_resources(50);
    let first = library.read(&text).expect("JSON");
    let cost = steps(|| {
        for _ in 0..1_000 {
            assert!(Arc::ptr_eq(&first, &library.read(&text).expect("JSON")));
        }
    });
    assert_eq!(cost, 0);
}

/// Memory of what was read, roughly.
fn weight(document: &Document) -> usize {
    let notes: usize = document.notes.iter().map(|note| note.place.len() + note.text.len()).sum();
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    let conditions: usize = conditions.map(|it| it.operator.len() + it.key.len()).sum();
    notes + conditions
}

#[test]
fn a_long_name_is_not_repeated_at_each_of_its_members() {
    let members: Vec<String> = (0..5_000).map(|at| format!("\"k{at}\":null")).collect();
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{}":{{{}}}}}}}]}}"#,
        "x".repeat(50_000),
        members.join(",")
    );
    let document = parse(&text).expect("JSON");
    assert_eq!(document.statements[0].conditions.len(), 5_000, "nothing is dropped");
    assert!(document.text.contains(&"x".repeat(50_000)), "the text is whole");
    assert!(weight(&document) < 50 * text.len(), "{} from {}", weight(&document), text.len());
}

#[test]
fn large_and_deep_documents_are_read_or_refused_without_harm() {
    let many: Vec<String> = (0..20_000).map(|at| format!("\"arn:aws:s3:::bucket-{at}\"")).collect();
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":[{}]}}]}}"#,
        many.join(",")
    );
    assert!(text.len() > 100_000);
    let document = parse(&text).expect("JSON");
    assert!(document.notes.is_empty() && read(&document).statements[0].resources.len() == 20_000);

    let deep = format!(r#"{{"Statement":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    assert!(parse(&deep).expect_err("too deep").problem.contains("64 levels"));
    // What ends in the middle of a character never reaches the parser as text; a replaced character does.
    let lossy = String::from_utf8_lossy(b"{\"Statement\":[],\"Id\":\"\xff\xc3\"}").into_owned();
    assert_eq!(parse(&lossy).expect("JSON").id.as_deref(), Some("\u{fffd}\u{fffd}"));
}
