//! Whether two patterns can match the same text.

use super::Symbol;

/// Whether some text is matched by both. A variable may be any text.
pub(crate) fn overlap(one: &[Symbol], other: &[Symbol]) -> bool {
    let star = |symbol: Option<&Symbol>| matches!(symbol, Some(Symbol::Any | Symbol::Variable(_)));
    let fits =
        |one: &Symbol, other: &Symbol| matches!((one, other), (Symbol::One, _) | (_, Symbol::One)) || one == other;
    // Reachable positions of the other pattern, one row for each position of the first.
    let mut row = vec![false; other.len() + 1];
    row[0] = true;
    for at in 0..=one.len() {
        let own = one.get(at);
        let mut next = vec![false; other.len() + 1];
        for place in 0..=other.len() {
            if !row[place] {
                continue;
            }
            let theirs = other.get(place);
            let (own_star, their_star) = (star(own), star(theirs));
            if place < other.len() && (their_star || own_star) {
                row[place + 1] = true;
            }
            if own.is_some() && (own_star || their_star) {
                next[place] = true;
            }
            if let (Some(own), Some(theirs)) = (own, theirs)
                && !own_star
                && !their_star
                && fits(own, theirs)
            {
                next[place + 1] = true;
            }
        }
        if at == one.len() {
            return row[other.len()];
        }
        if next.iter().all(|reached| !reached) {
            return false;
        }
        row = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::Version;
    use crate::policy::matching::{Glob, symbols};
    use proptest::prelude::*;

    fn both(one: &str, other: &str) -> bool {
        let of = |text: &str| symbols(text, Version::V2012);
        let found = overlap(&of(one), &of(other));
        assert_eq!(found, overlap(&of(other), &of(one)), "{one} {other}");
        found
    }

    #[test]
    fn patterns_overlap_where_a_text_fits_both() {
        for (one, other) in
            [("*", "a"), ("a*", "*b"), ("a?c", "ab?"), ("", "*"), ("x${aws:username}", "xy*"), ("a*b*c", "abc")]
        {
            assert!(both(one, other), "{one} {other}");
        }
        for (one, other) in [("a*", "b*"), ("", "?"), ("role/*", "user/*"), ("a", "ab"), ("?", "ab"), ("a*b", "a*c")] {
            assert!(!both(one, other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn a_common_text_is_never_overlooked(one in "[ab*?]{0,6}", other in "[ab*?]{0,6}", text in "[ab]{0,6}") {
            let glob = |pattern: &str| Glob::new(symbols(pattern, Version::V2012));
            if glob(&one).matches(&text) && glob(&other).matches(&text) {
                prop_assert!(both(&one, &other));
            }
        }
    }
}
