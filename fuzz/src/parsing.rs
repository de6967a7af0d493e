//! A document that is read, printed and read again says the same.

use crate::bounded;
use crate::policy::parse::parse;
use crate::policy::print::print;
use crate::policy::trust::masked;

pub fn check(text: &str) {
    bounded("the masked text", masked(text).len(), text.len());
    let document = match parse(text) {
        Ok(document) => document,
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1);
            return bounded("the error", error.to_string().len(), text.len());
        }
    };
    assert_eq!(&*document.text, text, "the text stays verbatim");
    let notes: usize = document.notes.iter().map(|note| note.place.len() + note.text.len()).sum();
    bounded("the notes", notes, text.len());
    let statements: usize = document.statements.iter().map(|statement| statement.text.len()).sum();
    assert!(statements <= text.len(), "statements do not overlap");

    let printed = print(&document);
    bounded("the printed document", printed.len(), text.len());
    let again = parse(&printed).unwrap_or_else(|error| panic!("{error} in {printed}"));
    assert!(document.same_meaning(&again), "{document:?} printed as {printed}");
    assert_eq!(print(&again), printed, "printing settles");
}
